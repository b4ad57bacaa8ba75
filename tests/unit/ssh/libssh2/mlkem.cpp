// SPDX-License-Identifier: MIT
// ML-KEM-768 gives the bytes that OpenSSL 3.5 and libcrux agree on.
#include <libssh2_muster.h>

#include <catch2/catch_test_macros.hpp>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "ssh/bytes/libcrypto.hpp"

extern "C" {
// Not there where libssh2 was built without.
[[gnu::weak]] int muster_mlkem_new(unsigned char* public_half, unsigned char* private_half, unsigned char const* seed);
[[gnu::weak]] int muster_mlkem_open(unsigned char* secret, unsigned char const* sealed,
                                    unsigned char const* private_half);
}

namespace {

using bytes = std::vector<unsigned char>;

bytes counting(std::size_t size) {
    bytes made(size);
    std::iota(made.begin(), made.end(), static_cast<unsigned char>(0));
    return made;
}

std::string hex(bytes const& from) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (auto const byte : from) (text += digits[byte >> 4U]) += digits[byte & 15U];
    return text;
}

std::string digest(bytes const& of) {
    bytes made(32);
    REQUIRE(EVP_Digest(of.data(), of.size(), made.data(), nullptr, EVP_sha256(), nullptr) == 1);
    return hex(made);
}

}  // namespace

TEST_CASE("ML-KEM: a seed makes the keys that it must, and what nobody sealed opens to a secret of its own") {
    if (muster_post_quantum() == nullptr) SKIP("this libssh2 has no post-quantum key exchange");
    auto const seed = counting(64);
    bytes public_half(1184);
    bytes private_half(2400);
    REQUIRE(muster_mlkem_new(public_half.data(), private_half.data(), seed.data()) == 0);
    CHECK(digest(public_half) == "0b7934c83125c788995e2ba6bd761e33046b3e40571be53e023309a29f398cc9");
    CHECK(digest(private_half) == "dac268bde6a8dd238e9887117d6b664e7a7a9350ad6b7c08a948e504809572a5");
    bytes secret(32);
    auto const sealed = counting(1088);
    REQUIRE(muster_mlkem_open(secret.data(), sealed.data(), private_half.data()) == 0);
    CHECK(hex(secret) == "2dcec6eacd41f41e98bbf1e6c4b6d1cfa76d83079fa78decb49d77f6ff9b796d");
}
