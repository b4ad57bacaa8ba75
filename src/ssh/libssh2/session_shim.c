/* SPDX-License-Identifier: MIT
   See session_shim.h. The private headers belong to the very source that the linked library was built from. */
#include "session_shim.h"

#ifdef MUSTER_LIBSSH2_PRIVATE

#include <limits.h>

#include "libssh2_priv.h"
#include "packet.h"

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
    unsigned char* answer = NULL;
    size_t size = 0;
    while (_libssh2_packet_ask(session, SSH_MSG_REQUEST_FAILURE, &answer, &size, 0, NULL, 0) == 0)
        LIBSSH2_FREE(session, answer);
    session->keepalive_last_sent = 0;
}

void muster_forget_host_key(LIBSSH2_SESSION* session) {
    if (session->state & LIBSSH2_STATE_NEWKEYS) return; /* freed with the session */
    if (session->hostkey == NULL || session->hostkey->dtor == NULL || session->server_hostkey_abstract == NULL) return;
    session->hostkey->dtor(session, &session->server_hostkey_abstract);
    session->server_hostkey_abstract = NULL;
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

void muster_forget_host_key(LIBSSH2_SESSION* session) {
    (void)session;
}

#endif
