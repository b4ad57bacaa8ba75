// SPDX-License-Identifier: MIT
// The patches that let libcrypto and libsodium do libssh2's work give the same bytes. Inside the library the symbols
// begin with muster_.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <array>
#include <cstdint>
#include <vector>

#include "ssh/bytes/libcrypto.hpp"

extern "C" {

struct chacha_ctx {
    std::uint32_t input[16];
};

void muster_chacha_encrypt_plain(chacha_ctx* state, unsigned char const* from, unsigned char* to, unsigned size);
void muster_chacha_encrypt_bytes(chacha_ctx* state, unsigned char const* from, unsigned char* to, unsigned size);
void muster_poly1305_auth_plain(unsigned char* tag, unsigned char const* text, std::size_t size,
                                unsigned char const* key);
void muster_poly1305_auth(unsigned char* tag, unsigned char const* text, std::size_t size, unsigned char const* key);
int muster__libssh2_curve25519_gen_k(BIGNUM** secret, std::uint8_t* ours, std::uint8_t* theirs);
int muster__libssh2_ecdh_gen_k(BIGNUM** secret, EVP_PKEY* ours, unsigned char const* theirs, std::size_t size);
}

namespace {

using bytes = std::vector<unsigned char>;

/// Some bytes that differ from each other.
bytes made_up(std::size_t size, unsigned first) {
    bytes made(size);
    for (auto& byte : made) byte = static_cast<unsigned char>((first = first * 1103515245U + 12345U) >> 16U);
    return made;
}

bytes secret_of(int (*exchange)(BIGNUM**, std::uint8_t*, std::uint8_t*), bytes ours, bytes theirs) {
    muster::ssh::number const made{BN_new()};
    BIGNUM* secret = made.get();
    if (exchange(&secret, ours.data(), theirs.data()) != 0) return {};
    bytes result(32);
    REQUIRE(BN_bn2binpad(secret, result.data(), 32) == 32);
    return result;
}

bytes public_point(EVP_PKEY* of) {
    unsigned char* encoded = nullptr;
    auto const size = EVP_PKEY_get1_encoded_public_key(of, &encoded);
    bytes const point(encoded, encoded + size);
    OPENSSL_free(encoded);
    return point;
}

bytes public_half(bytes const& private_half) {
    muster::ssh::pkey_handle const key{EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, private_half.data(), 32)};
    bytes half(32);
    std::size_t size = half.size();
    REQUIRE(EVP_PKEY_get_raw_public_key(key.get(), half.data(), &size) == 1);
    return half;
}

bytes secret_by_libcrypto(bytes const& private_half, bytes const& theirs) {
    muster::ssh::pkey_handle const own{EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, private_half.data(), 32)};
    muster::ssh::pkey_handle const peer{EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, theirs.data(), 32)};
    muster::ssh::pkey_context const derivation{EVP_PKEY_CTX_new(own.get(), nullptr)};
    bytes secret(32);
    std::size_t size = secret.size();
    REQUIRE(EVP_PKEY_derive_init(derivation.get()) == 1);
    REQUIRE(EVP_PKEY_derive_set_peer(derivation.get(), peer.get()) == 1);
    REQUIRE(EVP_PKEY_derive(derivation.get(), secret.data(), &size) == 1);
    return secret;
}

/// Empty: refused.
bytes nist_secret(EVP_PKEY* ours, bytes const& theirs) {
    muster::ssh::number const made{BN_new()};
    BIGNUM* secret = made.get();
    if (muster__libssh2_ecdh_gen_k(&secret, ours, theirs.data(), theirs.size()) != 0) return {};
    bytes result(static_cast<std::size_t>(BN_num_bytes(secret)));
    BN_bn2bin(secret, result.data());
    return result;
}

}  // namespace

TEST_CASE("the cipher's bytes and state are the same by libcrypto", "[libcrypto]") {
    auto const size = GENERATE(0U, 1U, 64U, 1023U, 1024U, 1025U, 1088U, 4095U, 32768U, 35000U);
    auto const counter = GENERATE(0U, 1U, 0xFFFFFFFFU - 3U);
    auto const key = made_up(48, size + counter);
    chacha_ctx theirs{};
    for (std::size_t i = 0; i < 16; ++i) theirs.input[i] = key[i] * 0x01010101U + key[i + 16];
    theirs.input[12] = counter;
    theirs.input[13] = 0;
    // The constant: libcrypto knows no other.
    for (std::size_t i = 0; i < 4; ++i)
        theirs.input[i] = std::array{0x61707865U, 0x3320646eU, 0x79622d32U, 0x6b206574U}.at(i);
    auto ours = theirs;
    auto const text = made_up(size, 7);
    bytes expected(size);
    bytes result(size);
    muster_chacha_encrypt_plain(&theirs, text.data(), expected.data(), size);
    muster_chacha_encrypt_bytes(&ours, text.data(), result.data(), size);
    CHECK(result == expected);
    // Where the next call would go on.
    bytes more_expected(2048);
    bytes more(2048);
    muster_chacha_encrypt_plain(&theirs, more.data(), more_expected.data(), 2048);
    muster_chacha_encrypt_plain(&ours, more.data(), more.data(), 2048);
    CHECK(more == more_expected);
}

TEST_CASE("the authentication code is the same by libcrypto", "[libcrypto]") {
    auto const size = GENERATE(0U, 1U, 16U, 1023U, 1024U, 1025U, 4097U, 35000U);
    auto const text = made_up(size, 3);
    auto const key = made_up(32, size);
    bytes expected(16);
    bytes result(16);
    muster_poly1305_auth_plain(expected.data(), text.data(), size, key.data());
    muster_poly1305_auth(result.data(), text.data(), size, key.data());
    CHECK(result == expected);
}

TEST_CASE("libsodium comes to libcrypto's shared secret", "[libsodium]") {
    for (unsigned first = 0; first < 20; ++first) {
        auto const mine = made_up(32, first);
        auto const theirs = public_half(made_up(32, first + 100));
        CHECK(secret_of(muster__libssh2_curve25519_gen_k, mine, theirs) == secret_by_libcrypto(mine, theirs));
    }
}

TEST_CASE("two sides of an exchange come to the same secret", "[libsodium]") {
    for (unsigned first = 0; first < 20; ++first) {
        auto const mine = made_up(32, first);
        auto const theirs = made_up(32, first + 100);
        auto const secret = secret_of(muster__libssh2_curve25519_gen_k, mine, public_half(theirs));
        CHECK(secret.size() == 32);
        CHECK(secret == secret_of(muster__libssh2_curve25519_gen_k, theirs, public_half(mine)));
    }
}

TEST_CASE("a public half that makes a secret of zeros is refused", "[libsodium]") {
    CHECK(secret_of(muster__libssh2_curve25519_gen_k, made_up(32, 1), bytes(32)).empty());
}

TEST_CASE("two sides of an exchange on one of NIST's curves come to the same secret", "[libcrypto]") {
    auto const* const curve = GENERATE("P-256", "P-384", "P-521");
    muster::ssh::pkey_handle const key{EVP_EC_gen(curve)};
    muster::ssh::pkey_handle const other{EVP_EC_gen(curve)};
    REQUIRE(key);
    REQUIRE(other);
    auto const secret = nist_secret(key.get(), public_point(other.get()));
    CHECK(secret.size() > 30);
    CHECK(secret == nist_secret(other.get(), public_point(key.get())));
}

TEST_CASE("what is no point of the curve is refused", "[libcrypto]") {
    muster::ssh::pkey_handle const key{EVP_EC_gen("P-256")};
    REQUIRE(key);
    auto point = public_point(key.get());
    CHECK_FALSE(nist_secret(key.get(), point).empty());
    point.back() ^= 1U;
    CHECK(nist_secret(key.get(), point).empty());
    CHECK(nist_secret(key.get(), {}).empty());
    CHECK(nist_secret(key.get(), bytes(65)).empty());
    muster::ssh::pkey_handle const elsewhere{EVP_EC_gen("P-384")};
    CHECK(nist_secret(key.get(), public_point(elsewhere.get())).empty());
}
