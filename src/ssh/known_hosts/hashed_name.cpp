// SPDX-License-Identifier: MIT
// Host names as known_hosts hides them.
#include "ssh/known_hosts/hashed_name.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>

namespace muster::ssh {

namespace {

constexpr std::string_view mark = "|1|";

bool decode_20(std::string_view text, std::array<unsigned char, 20>& out) {
    auto const data = from_base64(text);
    if (!data || data->size() != out.size()) return false;
    std::ranges::copy(*data, out.begin());
    return true;
}

void must(int result) {
    if (result != 1) throw crypto_error("libcrypto can't compute HMAC-SHA1");
}

}  // namespace

std::optional<hashed_name> parse_hashed_name(std::string_view text) {
    if (!text.starts_with(mark)) return std::nullopt;
    text.remove_prefix(mark.size());
    auto const bar = text.find('|');
    if (bar == std::string_view::npos) return std::nullopt;
    hashed_name name{};
    bool const whole = decode_20(text.substr(0, bar), name.salt) && decode_20(text.substr(bar + 1), name.hash);
    return whole ? std::optional(name) : std::nullopt;
}

name_hasher::name_hasher(std::string name) : name_(std::move(name)) {
    mac_handle const mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    if (!mac) throw crypto_error("libcrypto has no HMAC");
    context_.reset(EVP_MAC_CTX_new(mac.get()));
    char digest[] = "SHA1";
    std::array const params{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                            OSSL_PARAM_construct_end()};
    must(EVP_MAC_CTX_set_params(context_.get(), params.data()));
}

std::array<unsigned char, 20> name_hasher::hash_with(std::array<unsigned char, 20> const& salt) const {
    std::array<unsigned char, 20> hash{};
    std::size_t size = 0;
    must(EVP_MAC_init(context_.get(), salt.data(), salt.size(), nullptr));
    must(EVP_MAC_update(context_.get(), view_of(name_).data(), name_.size()));
    must(EVP_MAC_final(context_.get(), hash.data(), &size, hash.size()));
    return hash;
}

bool name_hasher::matches(hashed_name const& line) const {
    return hash_with(line.salt) == line.hash;
}

std::string name_hasher::fresh() const {
    std::array<unsigned char, 20> salt{};
    must(RAND_bytes(salt.data(), static_cast<int>(salt.size())));
    return std::string(mark) + base64(salt) + "|" + base64(hash_with(salt));
}

}  // namespace muster::ssh
