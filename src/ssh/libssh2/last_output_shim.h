/* SPDX-License-Identifier: MIT
   Lets what arrived before the end of a connection be read: libssh2 reads on before it looks at what it has, and after
   an error in that shows nothing more. */
#pragma once

#include <libssh2.h>

#ifdef __cplusplus
extern "C" {
#endif

/* After an error. The session forgets what it has not understood; nothing must be received any more. */
void muster_forget_unread(LIBSSH2_SESSION* session);

#ifdef __cplusplus
}
#endif
