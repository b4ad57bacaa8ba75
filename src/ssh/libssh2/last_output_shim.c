/* SPDX-License-Identifier: MIT
   See last_output_shim.h. The private header belongs to the very source that the linked library was built from. */
#include "last_output_shim.h"

#ifdef MUSTER_LIBSSH2_PRIVATE

#include "libssh2_priv.h"

void muster_forget_unread(LIBSSH2_SESSION* session) {
    session->socket_state = LIBSSH2_SOCKET_CONNECTED;
    session->state &= ~LIBSSH2_STATE_EXCHANGING_KEYS;
    session->packet.readidx = 0;
    session->packet.writeidx = 0;
    session->packet.total_num = 0;
    session->readPack_state = libssh2_NB_state_idle;
    session->packAdd_state = libssh2_NB_state_idle;
}

#else /* what came together with the end is lost */

void muster_forget_unread(LIBSSH2_SESSION* session) {
    (void)session;
}

#endif
