/* SPDX-License-Identifier: MIT
   Tells a missing exit status from exit status 0, which libssh2 1.11.1 can't: the field of its channel is preset. */
#pragma once

#include <libssh2.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Call right after the channel was opened. */
void muster_exit_status_mark(LIBSSH2_CHANNEL *channel);
/* 1 if the server has sent an exit status, which libssh2_channel_get_exit_status() then returns; otherwise 0. */
int muster_exit_status_came(LIBSSH2_CHANNEL *channel);

#ifdef __cplusplus
}
#endif
