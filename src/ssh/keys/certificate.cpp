// SPDX-License-Identifier: MIT
// Takes a certificate apart, and checks its times, its names and the authority's signature.
#include "ssh/keys/certificate.hpp"

#include "ssh/keys/key_material.hpp"
#include "ssh/keys/public_key.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace muster::ssh {

namespace {

constexpr std::string_view suffix = "-cert-v01@openssh.com";

std::uint64_t read_u64(wire_reader& fields) {
    std::uint64_t const high = fields.u32();
    return high << 32U | fields.u32();
}

/// How many fields of a plain key follow the nonce.
int key_fields(std::string_view plain_type) {
    if (plain_type == "ssh-ed25519") return 1;
    if (plain_type == "ssh-rsa" || plain_type.starts_with("ecdsa-sha2-")) return 2;
    if (plain_type == "sk-ssh-ed25519@openssh.com") return 2;
    if (plain_type.starts_with("sk-ecdsa-sha2-")) return 3;
    throw wire_error("is of a type that is not known");
}

/// Reads past the plain key's fields.
bytes read_plain_key(wire_reader& fields, std::string_view type) {
    auto const plain_type = plain_algorithm(type);
    auto const from = fields.rest();
    for (auto count = key_fields(plain_type); count > 0; --count) fields.string();
    auto key = wire_writer().string(plain_type).take();
    auto const taken = from.first(from.size() - fields.rest().size());
    key.insert(key.end(), taken.begin(), taken.end());
    if (!well_formed(key)) throw wire_error("holds a damaged key");
    return key;
}

/// As ssh reads names (OpenSSH, sshbuf_get_cstring): a NUL byte may end one, and stands nowhere else.
std::string read_name(wire_reader& fields) {
    auto name = fields.text();
    if (name.ends_with('\0')) name.remove_suffix(1);
    if (name.find('\0') != std::string_view::npos) throw wire_error("has a NUL byte in a name");
    return std::string(name);
}

std::vector<std::string> read_names(byte_view list) {
    std::vector<std::string> names;
    for (wire_reader rest(list); !rest.empty();) names.push_back(read_name(rest));
    return names;
}

/// Reads past options, which are pairs of a name and a value. False: there are none. A name with a NUL byte inside is
/// refused like ssh-keygen refuses it; ssh takes it in a host's certificate, where it reads no option by its name.
bool read_options(byte_view list) {
    for (wire_reader rest(list); !rest.empty();) read_name(rest), rest.string();
    return !list.empty();
}

bytes copy(byte_view data) {
    return {data.begin(), data.end()};
}

/// Whether the authority's signature is genuine. Throws unsupported_key for an authority that can't be checked.
bool is_signed(certificate const& certificate) {
    wire_reader fields(certificate.signature);
    auto const algorithm = fields.text();
    auto const signature = fields.string();
    return fields.empty() && signature_fits(certificate.authority, certificate.signed_part, algorithm, signature);
}

std::string signature_fault(certificate const& certificate) try {
    return is_signed(certificate) ? std::string() : "the authority's signature is wrong";
} catch (std::runtime_error const& error) {  // wire_error, unsupported_key, crypto_error
    return std::string("the authority's signature can't be checked: ") + error.what();
}

}  // namespace

bool is_certificate(std::string_view type) noexcept {
    return type.ends_with(suffix);
}

certificate parse_certificate(byte_view blob) {
    wire_reader fields(blob);
    auto const type = fields.text();
    if (!is_certificate(type)) throw wire_error("is no certificate");
    certificate certificate;
    fields.string();  // nonce
    certificate.plain_key = read_plain_key(fields, type);
    certificate.serial = read_u64(fields);
    certificate.kind = certificate::purpose{fields.u32()};
    certificate.key_id = read_name(fields);
    certificate.principals = read_names(fields.string());
    certificate.valid_after = read_u64(fields);
    certificate.valid_before = read_u64(fields);
    certificate.has_critical_options = read_options(fields.string());
    read_options(fields.string());  // extensions
    fields.string();                // reserved
    certificate.authority = copy(fields.string());
    certificate.signed_part = copy(blob.first(blob.size() - fields.rest().size()));
    certificate.signature = copy(fields.string());
    if (!fields.empty()) throw wire_error("has more behind its end");
    if (is_certificate(key_type(certificate.authority)) || !well_formed(certificate.authority))
        throw wire_error("names no key as its authority");
    return certificate;
}

bytes certified_key(byte_view blob) noexcept try {
    return parse_certificate(blob).plain_key;
} catch (std::exception const&) {
    return {};
}

namespace {

std::string time_text(std::uint64_t seconds) {
    auto const time = static_cast<std::time_t>(seconds);
    std::tm parts{};
    std::array<char, 32> text{};
    if (::gmtime_r(&time, &parts) == nullptr) return std::to_string(seconds);
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace

std::string time_fault(certificate const& certificate, std::chrono::system_clock::time_point now) {
    auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    auto const time = static_cast<std::uint64_t>(std::max<std::int64_t>(seconds, 0));
    if (time < certificate.valid_after) return "is not valid before " + time_text(certificate.valid_after);
    return time >= certificate.valid_before ? "expired at " + time_text(certificate.valid_before) : "";
}

std::string host_certificate_fault(certificate const& certificate, std::string_view host,
                                   std::chrono::system_clock::time_point now) {
    if (certificate.kind != certificate::purpose::host) return "it is not for a host";
    if (auto fault = time_fault(certificate, now); !fault.empty()) return "it " + fault;
    if (!certificate.principals.empty() &&
        std::ranges::find(certificate.principals, host) == certificate.principals.end())
        return "it is for other names";
    if (certificate.has_critical_options) return "it has critical options, which hosts have none of";
    return signature_fault(certificate);
}

std::string signature_algorithm_fault(certificate const& certificate, std::string_view allowed) {
    if (allowed.empty()) return {};
    wire_reader fields(certificate.signature);
    auto const algorithm = fields.text();
    while (!allowed.empty()) {
        auto const name = allowed.substr(0, allowed.find(','));
        if (name == algorithm) return {};
        allowed.remove_prefix(std::min(name.size() + 1, allowed.size()));
    }
    return "it is signed with " + std::string(algorithm) + ", which CASignatureAlgorithms leaves out";
}

}  // namespace muster::ssh
