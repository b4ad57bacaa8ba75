/* SPDX-License-Identifier: MIT
   See channels_shim.h. The private headers belong to the very source that the linked library was built from. */
#include "channels_shim.h"

#ifdef MUSTER_LIBSSH2_PRIVATE

#include <stdlib.h>

#include "libssh2_priv.h"
#include "transport.h"

int muster_can_share(void) {
    return 1;
}

int muster_take_in(LIBSSH2_SESSION* session) {
    int code;
    do {
        code = _libssh2_transport_read(session);
    } while (code > 0);
    return code;
}

uint32_t muster_channel_number(LIBSSH2_CHANNEL* channel) {
    return channel->local.id;
}

void muster_tell_news(LIBSSH2_SESSION* session, void (*tell)(void* context, uint32_t number), void* context) {
    LIBSSH2_PACKET* packet;
    LIBSSH2_CHANNEL* channel;
    for (packet = _libssh2_list_first(&session->packets); packet; packet = _libssh2_list_next(&packet->node)) {
        if (packet->data_len >= 5 && packet->data[0] == SSH_MSG_CHANNEL_DATA)
            tell(context, _libssh2_ntohu32(packet->data + 1));
    }
    for (channel = _libssh2_list_first(&session->channels); channel; channel = _libssh2_list_next(&channel->node)) {
        if (channel->remote.eof || channel->remote.close) tell(context, channel->local.id);
    }
}

struct muster_open_state {
    libssh2_nonblocking_states open_state;
    packet_requirev_state_t open_packet_requirev_state;
    LIBSSH2_CHANNEL* open_channel;
    unsigned char* open_packet;
    size_t open_packet_len;
    unsigned char* open_data;
    size_t open_data_len;
    uint32_t open_local_channel;
};

muster_open_state* muster_open_begin(void) {
    muster_open_state* state = calloc(1, sizeof *state);
    if (state) state->open_state = libssh2_NB_state_idle;
    return state;
}

#define SWAP(type, field)                 \
    do {                                  \
        type const kept = session->field; \
        session->field = state->field;    \
        state->field = kept;              \
    } while (0)

void muster_open_swap(LIBSSH2_SESSION* session, muster_open_state* state) {
    SWAP(libssh2_nonblocking_states, open_state);
    SWAP(packet_requirev_state_t, open_packet_requirev_state);
    SWAP(LIBSSH2_CHANNEL*, open_channel);
    SWAP(unsigned char*, open_packet);
    SWAP(size_t, open_packet_len);
    SWAP(unsigned char*, open_data);
    SWAP(size_t, open_data_len);
    SWAP(uint32_t, open_local_channel);
}

void muster_open_end(LIBSSH2_SESSION* session, muster_open_state* state) {
    if (!state) return;
    if (state->open_packet) LIBSSH2_FREE(session, state->open_packet);
    if (state->open_data) LIBSSH2_FREE(session, state->open_data);
    free(state);
}

#else /* a shared libssh2 keeps all of it to itself */

int muster_can_share(void) {
    return 0;
}
int muster_take_in(LIBSSH2_SESSION* session) {
    (void)session;
    return LIBSSH2_ERROR_METHOD_NOT_SUPPORTED;
}
uint32_t muster_channel_number(LIBSSH2_CHANNEL* channel) {
    (void)channel;
    return 0;
}
void muster_tell_news(LIBSSH2_SESSION* session, void (*tell)(void* context, uint32_t number), void* context) {
    (void)session, (void)tell, (void)context;
}
muster_open_state* muster_open_begin(void) {
    return 0;
}
void muster_open_swap(LIBSSH2_SESSION* session, muster_open_state* state) {
    (void)session, (void)state;
}
void muster_open_end(LIBSSH2_SESSION* session, muster_open_state* state) {
    (void)session, (void)state;
}

#endif
