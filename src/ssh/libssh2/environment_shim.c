/* SPDX-License-Identifier: MIT
   See environment_shim.h. The private header belongs to the very source that the linked library was built from. */
#include "environment_shim.h"

#ifdef MUSTER_LIBSSH2_PRIVATE

#include "libssh2_priv.h"
#include "misc.h"
#include "transport.h"

int muster_send_variable(LIBSSH2_CHANNEL* channel, char const* name, unsigned name_size, char const* value,
                         unsigned value_size) {
    LIBSSH2_SESSION* const session = channel->session;
    size_t const size = 1 + 4 + (4 + 3) + 1 + (4 + (size_t)name_size) + (4 + (size_t)value_size);
    unsigned char* const packet = LIBSSH2_ALLOC(session, size);
    unsigned char* end = packet;
    int code = LIBSSH2_ERROR_ALLOC;
    if (packet == NULL) return code;
    *end++ = SSH_MSG_CHANNEL_REQUEST;
    _libssh2_store_u32(&end, channel->remote.id);
    _libssh2_store_str(&end, "env", 3);
    *end++ = 0; /* no answer */
    _libssh2_store_str(&end, name, name_size);
    _libssh2_store_str(&end, value, value_size);
    code = _libssh2_transport_send(session, packet, size, NULL, 0);
    LIBSSH2_FREE(session, packet);
    return code;
}

#else /* with the round trip; most servers refuse most variables */

int muster_send_variable(LIBSSH2_CHANNEL* channel, char const* name, unsigned name_size, char const* value,
                         unsigned value_size) {
    int const code = libssh2_channel_setenv_ex(channel, name, name_size, value, value_size);
    return code == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED ? 0 : code;
}

#endif
