/* SPDX-License-Identifier: MIT
   What libssh2 1.11.1 has no public call for: telling a missing exit status from exit status 0, a request with an answer
   on a channel whose command runs, and a question to a silent server. */
#pragma once

#include <libssh2.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Call right after the channel was opened. */
void muster_exit_status_mark(LIBSSH2_CHANNEL *channel);
/* 1 if the server has sent an exit status, which libssh2_channel_get_exit_status() then returns; otherwise 0. */
int muster_exit_status_came(LIBSSH2_CHANNEL *channel);

/* Makes libssh2_channel_process_startup() usable once more: it can send any channel request, and says what the answer
   was. 0: not with this libssh2. */
int muster_allow_request(LIBSSH2_CHANNEL *channel);
/* 1 if the server has closed the channel, whatever is still to be read: there will be no answer any more. */
int muster_channel_closed(LIBSSH2_CHANNEL *channel);

/* The next libssh2_keepalive_send() sends, whatever the wall clock says. */
void muster_keepalive_now(LIBSSH2_SESSION *session);

#ifdef __cplusplus
}
#endif
