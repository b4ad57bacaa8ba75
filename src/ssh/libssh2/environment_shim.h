/* SPDX-License-Identifier: MIT
   Sends a variable without asking for an answer, as ssh does; libssh2's own call costs a round trip for each. */
#pragma once

#include <libssh2.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An "env" request (RFC 4254 section 6.4). 0, LIBSSH2_ERROR_EAGAIN, or another error of libssh2. */
int muster_send_variable(LIBSSH2_CHANNEL *channel, char const *name, unsigned name_size, char const *value,
                         unsigned value_size);

#ifdef __cplusplus
}
#endif
