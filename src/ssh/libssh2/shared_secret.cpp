// SPDX-License-Identifier: MIT
// The shared secret of a key exchange on an elliptic curve, in the place of libssh2 1.11.1's functions (the linker's
// --wrap):
// - curve25519 (RFC 8731): libssh2 keeps its private half as bytes and makes a key of them again, for which libcrypto
//   computes the public half, too. That is a sixth of the public-key work of a connection, for nothing.
// - NIST's curves (RFC 5656 section 4): libssh2 leaks the peer's key and two contexts each time.
#ifdef MUSTER_LIBSSH2_PRIVATE

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/param_build.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "ssh/bytes/libcrypto.hpp"

namespace muster::ssh {

extern "C" {

// The linker's names. NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
int __real__libssh2_curve25519_gen_k(BIGNUM** secret, std::uint8_t* ours, std::uint8_t* theirs);
int __wrap__libssh2_curve25519_gen_k(BIGNUM** secret, std::uint8_t* ours, std::uint8_t* theirs);
int __wrap__libssh2_ecdh_gen_k(BIGNUM** secret, EVP_PKEY* ours, unsigned char const* theirs, std::size_t size);
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
}

namespace {

constexpr std::size_t curve25519_size = 32;
constexpr std::size_t longest_secret = 66;  // a coordinate of NIST P-521

/// A key of these halves. libcrypto does not look whether they belong together.
pkey_handle curve25519_key(std::uint8_t* private_half, std::uint8_t* public_half) {
    std::array<OSSL_PARAM, 3> halves{
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, private_half, curve25519_size),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, public_half, curve25519_size),
        OSSL_PARAM_construct_end()};
    pkey_context const maker{EVP_PKEY_CTX_new_id(EVP_PKEY_X25519, nullptr)};
    EVP_PKEY* made = nullptr;
    if (maker && EVP_PKEY_fromdata_init(maker.get()) == 1) {
        EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_KEYPAIR, halves.data());
    }
    return pkey_handle{made};
}

/// Null for what is no point of the curve.
pkey_handle key_on_curve_of(EVP_PKEY* ours, unsigned char const* point, std::size_t size) {
    pkey_handle peer{EVP_PKEY_new()};
    bool const made = peer && EVP_PKEY_copy_parameters(peer.get(), ours) == 1 &&
                      EVP_PKEY_set1_encoded_public_key(peer.get(), point, size) == 1;
    return made ? std::move(peer) : nullptr;
}

/// False also for what RFC 8731 section 3 forbids, a secret of zeros.
bool derive(BIGNUM* secret, EVP_PKEY* ours, EVP_PKEY* theirs) {
    pkey_context const derivation{EVP_PKEY_CTX_new(ours, nullptr)};
    std::array<std::uint8_t, longest_secret> shared{};
    std::size_t size = shared.size();
    bool const done = derivation && EVP_PKEY_derive_init(derivation.get()) == 1 &&
                      EVP_PKEY_derive_set_peer(derivation.get(), theirs) == 1 &&
                      EVP_PKEY_derive(derivation.get(), shared.data(), &size) == 1 &&
                      BN_bin2bn(shared.data(), static_cast<int>(size), secret) != nullptr;
    OPENSSL_cleanse(shared.data(), shared.size());
    return done;
}

bool derive_on_curve25519(BIGNUM* secret, std::uint8_t* ours, std::uint8_t* theirs) {
    pkey_handle const peer{EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, theirs, curve25519_size)};
    // Any public half will do: the secret comes of our private and their public one.
    pkey_handle const own = curve25519_key(ours, theirs);
    return peer && own && derive(secret, own.get(), peer.get());
}

}  // namespace

int __wrap__libssh2_curve25519_gen_k(BIGNUM** secret, std::uint8_t* ours, std::uint8_t* theirs) {
    bool const done = secret != nullptr && *secret != nullptr && derive_on_curve25519(*secret, ours, theirs);
    return done ? 0 : __real__libssh2_curve25519_gen_k(secret, ours, theirs);
}

int __wrap__libssh2_ecdh_gen_k(BIGNUM** secret, EVP_PKEY* ours, unsigned char const* theirs, std::size_t size) {
    if (secret == nullptr || *secret == nullptr || ours == nullptr) return -1;
    pkey_handle const peer = key_on_curve_of(ours, theirs, size);
    return peer && derive(*secret, ours, peer.get()) ? 0 : -1;
}

}  // namespace muster::ssh

#endif
