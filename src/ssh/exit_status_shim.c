/* SPDX-License-Identifier: MIT
   See exit_status_shim.h. The private header belongs to the very source that the linked library was built from. */
#include "exit_status_shim.h"

#ifdef MUSTER_LIBSSH2_PRIVATE

#include <limits.h>

#include "libssh2_priv.h"

void muster_exit_status_mark(LIBSSH2_CHANNEL* channel) {
    channel->exit_status = INT_MIN;
}
int muster_exit_status_came(LIBSSH2_CHANNEL* channel) {
    return channel->exit_status != INT_MIN;
}

#else /* 1.11.2 and later say it themselves */

void muster_exit_status_mark(LIBSSH2_CHANNEL* channel) {
    (void)channel;
}
int muster_exit_status_came(LIBSSH2_CHANNEL* channel) {
    return libssh2_channel_has_exit_status(channel);
}

#endif
