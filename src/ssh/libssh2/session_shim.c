/* SPDX-License-Identifier: MIT
   See session_shim.h. The private headers belong to the very source that the linked library was built from. */
#include "session_shim.h"

#ifdef MUSTER_LIBSSH2_PRIVATE

#include <limits.h>

#include "libssh2_priv.h"

void muster_exit_status_mark(LIBSSH2_CHANNEL* channel) {
    channel->exit_status = INT_MIN;
}

int muster_exit_status_came(LIBSSH2_CHANNEL* channel) {
    return channel->exit_status != INT_MIN;
}

int muster_allow_request(LIBSSH2_CHANNEL* channel) {
    if (channel->process_state != libssh2_NB_state_end) return 0; /* a request waits for its answer */
    channel->process_state = libssh2_NB_state_idle;
    return 1;
}

int muster_channel_closed(LIBSSH2_CHANNEL* channel) {
    return channel->remote.close;
}

void muster_keepalive_now(LIBSSH2_SESSION* session) {
    session->keepalive_last_sent = 0;
}

#else /* 1.11.2 and later say the exit status themselves; the rest goes without */

void muster_exit_status_mark(LIBSSH2_CHANNEL* channel) {
    (void)channel;
}

int muster_exit_status_came(LIBSSH2_CHANNEL* channel) {
    return libssh2_channel_has_exit_status(channel);
}

int muster_allow_request(LIBSSH2_CHANNEL* channel) {
    (void)channel;
    return 0;
}

int muster_channel_closed(LIBSSH2_CHANNEL* channel) {
    (void)channel;
    return 0;
}

void muster_keepalive_now(LIBSSH2_SESSION* session) {
    (void)session;
}

#endif
