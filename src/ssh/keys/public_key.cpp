// SPDX-License-Identifier: MIT
// Names, fingerprints and files of public keys.
#include "ssh/keys/public_key.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <bit>

namespace muster::ssh {

namespace {

constexpr std::string_view certificate_suffix = "-cert-v01@openssh.com";

}  // namespace

std::string_view public_key::type() const noexcept {
    return key_type(blob);
}

std::string_view key_type(byte_view blob) noexcept {
    if (blob.size() < 4 || blob[0] != 0 || blob[1] != 0 || blob[2] != 0) return {};
    std::size_t const size = blob[3];
    if (size == 0 || size > 64 || blob.size() - 4 < size) return {};
    auto const type = text_of(blob.subspan(4, size));
    bool const printable = std::all_of(type.begin(), type.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    return printable ? type : std::string_view();
}

std::string fingerprint(byte_view blob) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(blob.data(), blob.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("libcrypto has no SHA-256");
    auto text = "SHA256:" + base64(byte_view(digest).first(size));
    text.erase(text.find('='));
    return text;
}

std::string plain_algorithm(std::string_view algorithm) {
    if (!algorithm.ends_with(certificate_suffix)) return std::string(algorithm);
    algorithm.remove_suffix(certificate_suffix.size());
    return std::string(algorithm) + (algorithm.starts_with("sk-") ? "@openssh.com" : "");
}

std::string key_type_label(std::string_view type) {
    std::string const suffix = type.ends_with(certificate_suffix) ? "-CERT" : "";
    std::string const plain = plain_algorithm(type);
    if (plain == "ssh-ed25519") return "ED25519" + suffix;
    if (plain == "ssh-rsa" || plain == "rsa-sha2-256" || plain == "rsa-sha2-512") return "RSA" + suffix;
    if (plain == "ssh-dss") return "DSA" + suffix;
    if (plain.starts_with("ecdsa-sha2-")) return "ECDSA" + suffix;
    if (plain == "sk-ssh-ed25519@openssh.com") return "ED25519-SK" + suffix;
    if (plain.starts_with("sk-ecdsa-sha2-")) return "ECDSA-SK" + suffix;
    return std::string(type);
}

namespace {

void read_ed25519(wire_reader& fields) {
    if (fields.string().size() != 32) throw wire_error("has a key of another size");
}

void read_ecdsa(wire_reader& fields, std::string_view curve) {
    if (fields.text() != curve) throw wire_error("names another curve");
    auto const point = fields.string();
    if (point.empty() || point[0] != 4) throw wire_error("has no uncompressed point");
}

void read_numbers(wire_reader& fields, int count) {
    for (int i = 0; i < count; ++i)
        if (fields.mpint().empty()) throw wire_error("has a zero");
}

/// Reads the fields of the types known here; false for another type.
bool read_fields(wire_reader& fields, std::string_view type) {
    constexpr std::string_view ecdsa = "ecdsa-sha2-";
    if (type == "ssh-ed25519") {
        read_ed25519(fields);
    } else if (type == "ssh-rsa") {
        read_numbers(fields, 2);
    } else if (type == "ssh-dss") {
        read_numbers(fields, 4);
    } else if (type.starts_with(ecdsa) && type.find('@') == std::string_view::npos) {
        read_ecdsa(fields, type.substr(ecdsa.size()));
    } else {
        return false;
    }
    return true;
}

}  // namespace

std::size_t rsa_bits(byte_view blob) noexcept try {
    auto const type = key_type(blob);
    if (type != "ssh-rsa" && type != "ssh-rsa-cert-v01@openssh.com") return 0;
    wire_reader fields(blob);
    fields.string();
    if (type != "ssh-rsa") fields.string();  // nonce
    fields.mpint();                          // exponent
    auto const modulus = fields.mpint();
    return modulus.empty() ? 0 : modulus.size() * 8 - static_cast<std::size_t>(std::countl_zero(modulus.front()));
} catch (wire_error const&) {
    return 0;
}

bool well_formed(byte_view blob) noexcept try {
    auto const type = key_type(blob);
    if (type.empty()) return false;
    wire_reader fields(blob);
    fields.string();
    return !read_fields(fields, type) || fields.empty();
} catch (wire_error const&) {
    return false;
}

std::optional<public_key> parse_public_key(std::string_view line) {
    constexpr std::string_view blanks = " \t";
    auto const word = [&line, blanks] {
        line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
        auto const found = line.substr(0, line.find_first_of(blanks));
        line.remove_prefix(found.size());
        return found;
    };
    auto const type = word();
    auto blob = from_base64(word());
    if (!blob || key_type(*blob) != type || !well_formed(*blob)) return std::nullopt;
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    return public_key{std::move(*blob), std::string(line)};
}

}  // namespace muster::ssh
