/* SPDX-License-Identifier: MIT
   What a connection that carries many channels needs of libssh2, and 1.11.1 does not show: reading apart from any channel,
   which channels have something to read, and more than one channel being opened at a time. */
#pragma once

#include <libssh2.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* 0: not with this libssh2; the rest must not be called then. */
int muster_can_share(void);

/* Takes in all packets that have come. LIBSSH2_ERROR_EAGAIN when there are no more, another error when it is over. */
int muster_take_in(LIBSSH2_SESSION *session);

/* The number by which the server calls this channel. */
uint32_t muster_channel_number(LIBSSH2_CHANNEL *channel);

/* Tells the numbers of all channels that have data to read or have ended; the same one perhaps more than once. */
void muster_tell_news(LIBSSH2_SESSION *session, void (*tell)(void *context, uint32_t number), void *context);

/* Where libssh2_channel_open_ex() has got to. */
typedef struct muster_open_state muster_open_state;

/* At the beginning; null when there is no memory. */
muster_open_state *muster_open_begin(void);
/* Exchanges it with the session's own: before and after every call of libssh2_channel_open_ex(). */
void muster_open_swap(LIBSSH2_SESSION *session, muster_open_state *state);
/* Frees it, and what it has of the session, which must still be there. */
void muster_open_end(LIBSSH2_SESSION *session, muster_open_state *state);

#ifdef __cplusplus
}
#endif
