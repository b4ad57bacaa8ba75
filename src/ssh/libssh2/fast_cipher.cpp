// SPDX-License-Identifier: MIT
// ChaCha20 and Poly1305 of long packets by libcrypto. libssh2 1.11.1 has both in plain C, where they take most of the
// time of bulk output; libcrypto uses what the processor has. The linker puts these functions in front of libssh2's own
// (--wrap), which still serve short packets: for those, setting up libcrypto's would take longer than they do.
#ifdef MUSTER_LIBSSH2_PRIVATE

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "ssh/bytes/libcrypto.hpp"

namespace muster::ssh {

extern "C" {

/// libssh2's state of the cipher: four words of constant, eight of key, two of block counter, two of nonce (Bernstein's
/// first layout, which SSH uses: draft-ietf-sshm-chacha20-poly1305).
struct chacha_ctx {
    std::uint32_t input[16];
};

// The linker's names. NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
void __real_chacha_encrypt_bytes(chacha_ctx* state, unsigned char const* from, unsigned char* to, unsigned size);
void __real_poly1305_auth(unsigned char* tag, unsigned char const* text, std::size_t size, unsigned char const* key);
void __wrap_chacha_encrypt_bytes(chacha_ctx* state, unsigned char const* from, unsigned char* to, unsigned size);
void __wrap_poly1305_auth(unsigned char* tag, unsigned char const* text, std::size_t size, unsigned char const* key);
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
}

namespace {

constexpr std::size_t long_enough = 1024;
constexpr std::size_t block = 64;
constexpr std::size_t key_size = 32;
constexpr std::size_t tag_size = 16;

/// What is set up once for each thread that has a loop. Null pointers where libcrypto does not have it.
struct engines {
    cipher_handle cipher{EVP_CIPHER_fetch(nullptr, "ChaCha20", nullptr)};
    cipher_context stream{EVP_CIPHER_CTX_new()};
    mac_handle mac{EVP_MAC_fetch(nullptr, "POLY1305", nullptr)};
    mac_context authenticator{mac ? EVP_MAC_CTX_new(mac.get()) : nullptr};
};

engines& of_this_thread() {
    thread_local engines mine;
    return mine;
}

void store(unsigned char* to, std::uint32_t word) {
    for (int i = 0; i < 4; ++i) to[i] = static_cast<unsigned char>(word >> (8 * i));
}

/// The words in the order of bytes in which the cipher takes them.
template <std::size_t count>
std::array<unsigned char, 4 * count> bytes_of(std::uint32_t const* words) {
    std::array<unsigned char, 4 * count> bytes;
    for (std::size_t i = 0; i < count; ++i) store(bytes.data() + 4 * i, words[i]);
    return bytes;
}

bool encrypt(chacha_ctx const& state, unsigned char const* from, unsigned char* to, unsigned size) {
    auto& mine = of_this_thread();
    if (!mine.cipher || !mine.stream || size > static_cast<unsigned>(std::numeric_limits<int>::max())) return false;
    auto const key = bytes_of<key_size / 4>(state.input + 4);
    auto const counter = bytes_of<4>(state.input + 12);
    int done = 0;
    return EVP_EncryptInit_ex2(mine.stream.get(), mine.cipher.get(), key.data(), counter.data(), nullptr) == 1 &&
           EVP_EncryptUpdate(mine.stream.get(), to, &done, from, static_cast<int>(size)) == 1 &&
           done == static_cast<int>(size);
}

bool authenticate(unsigned char* tag, unsigned char const* text, std::size_t size, unsigned char const* key) {
    auto& mine = of_this_thread();
    std::size_t done = 0;
    return mine.authenticator && EVP_MAC_init(mine.authenticator.get(), key, key_size, nullptr) == 1 &&
           EVP_MAC_update(mine.authenticator.get(), text, size) == 1 &&
           EVP_MAC_final(mine.authenticator.get(), tag, &done, tag_size) == 1 && done == tag_size;
}

}  // namespace

void __wrap_chacha_encrypt_bytes(chacha_ctx* state, unsigned char const* from, unsigned char* to, unsigned size) {
    bool const done = size >= long_enough && encrypt(*state, from, to, size);
    if (!done) return __real_chacha_encrypt_bytes(state, from, to, size);
    std::uint64_t const counter =
        (std::uint64_t{state->input[13]} << 32U | state->input[12]) + (size + block - 1) / block;
    state->input[12] = static_cast<std::uint32_t>(counter);
    state->input[13] = static_cast<std::uint32_t>(counter >> 32U);
}

void __wrap_poly1305_auth(unsigned char* tag, unsigned char const* text, std::size_t size, unsigned char const* key) {
    bool const done = size >= long_enough && authenticate(tag, text, size, key);
    if (!done) __real_poly1305_auth(tag, text, size, key);
}

}  // namespace muster::ssh

#endif
