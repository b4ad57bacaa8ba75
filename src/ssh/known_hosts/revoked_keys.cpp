// SPDX-License-Identifier: MIT
// Reads RevokedHostKeys files.
#include "ssh/known_hosts/revoked_keys.hpp"

#include "ssh/bytes/libcrypto.hpp"
#include "ssh/bytes/read_file.hpp"
#include "ssh/keys/public_key.hpp"

#include <algorithm>
#include <array>
#include <system_error>

namespace muster::ssh {

namespace {

constexpr std::string_view list_mark("SSHKRL\n\0", 8);
constexpr std::size_t largest_file = std::size_t{64} << 20U;

enum section : std::uint8_t {
    certificates = 1,
    explicit_keys = 2,
    sha1_fingerprints = 3,
    signature = 4,
    sha256_fingerprints = 5,
    extension = 255,
};

enum certificate_section : std::uint8_t {
    serial_list = 0x20,
    serial_range = 0x21,
    serial_bitmap = 0x22,
    key_id = 0x23,
    certificate_extension = 0x39,
};

std::uint64_t read_u64(wire_reader& fields) {
    std::uint64_t const high = fields.u32();
    return high << 32U | fields.u32();
}

std::string digest(byte_view data, EVP_MD const* with) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    if (EVP_Digest(data.data(), data.size(), out.data(), &size, with, nullptr) != 1)
        throw crypto_error("libcrypto can't compute a fingerprint");
    return std::string(text_of(byte_view(out).first(size)));
}

void add_all(byte_view content, std::unordered_set<std::string>& to) {
    for (wire_reader rest(content); !rest.empty();) to.emplace(rest.text());
}

}  // namespace

void revoked_keys::read_list(byte_view list) {
    wire_reader rest(list);
    rest.take(list_mark.size());
    if (rest.u32() != 1) throw wire_error("is of another version");
    rest.take(24);  // three numbers of 8: the list's number, its date, flags
    rest.string();  // reserved
    rest.string();  // comment
    while (!rest.empty()) {
        auto const type = rest.u8();
        read_section(type, rest.string());
    }
}

void revoked_keys::read_section(std::uint8_t type, byte_view content) {
    switch (type) {
        case explicit_keys:
            return add_all(content, blobs_);
        case sha1_fingerprints:
            return add_all(content, sha1_);
        case sha256_fingerprints:
            return add_all(content, sha256_);
        case extension: {
            wire_reader rest(content);
            rest.string();  // name
            if (rest.u8() != 0) throw wire_error("has a critical extension that is not known");
            return;
        }
        case certificates:
            return read_certificates(content);
        case signature:  // ssh does not check it either
            return;
        default:
            throw wire_error("has a section of unknown type");
    }
}

void revoked_keys::read_certificates(byte_view content) {
    wire_reader rest(content);
    auto const authority = rest.string();
    rest.string();  // reserved
    auto& group = certificates_.emplace_back();
    group.authority.assign(authority.begin(), authority.end());
    while (!rest.empty()) {
        auto const type = rest.u8();
        read_certificate_section(type, rest.string(), group);
    }
}

void revoked_keys::read_certificate_section(std::uint8_t type, byte_view content, revoked_certificates& into) {
    wire_reader rest(content);
    switch (type) {
        case serial_list:
            while (!rest.empty()) {
                auto const serial = read_u64(rest);
                into.serials.emplace_back(serial, serial);
            }
            return;
        case serial_range: {
            auto const first = read_u64(rest);
            into.serials.emplace_back(first, read_u64(rest));
            return;
        }
        case serial_bitmap: {
            auto const offset = read_u64(rest);
            auto const bits = rest.mpint();
            for (std::size_t i = 0; i < bits.size() * 8; ++i) {
                bool const set = (bits[bits.size() - 1 - i / 8] >> (i % 8) & 1U) != 0;
                if (set && !into.serials.empty() && into.serials.back().second + 1 == offset + i)
                    ++into.serials.back().second;
                else if (set)
                    into.serials.emplace_back(offset + i, offset + i);
            }
            return;
        }
        case key_id:
            return add_all(content, into.key_ids);
        case certificate_extension:
            rest.string();  // name
            if (rest.u8() != 0) throw wire_error("has a critical extension that is not known");
            return;
        default:
            throw wire_error("has a section of unknown type");
    }
}

void revoked_keys::read_lines(std::string_view content) {
    while (!content.empty()) {
        auto line = content.substr(0, content.find('\n'));
        content.remove_prefix(std::min(line.size() + 1, content.size()));
        while (line.ends_with('\r')) line.remove_suffix(1);
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if (line.empty() || line.starts_with('#')) continue;
        auto const key = parse_public_key(line);
        if (!key) throw wire_error("has a line that is no public key");
        blobs_.emplace(text_of(key->blob));
    }
}

revoked_keys revoked_keys::parse(std::string_view content, std::string const& name) {
    revoked_keys keys;
    try {
        if (content.starts_with(list_mark))
            keys.read_list(view_of(content));
        else
            keys.read_lines(content);
    } catch (wire_error const& error) {
        throw revoked_keys_error(name + ": the list of revoked keys " + error.what());
    }
    return keys;
}

revoked_keys revoked_keys::read(std::string const& file) {
    try {
        return parse(read_file(file, largest_file).text, file);
    } catch (std::system_error const& error) {
        throw revoked_keys_error(file + ": the list of revoked keys can't be read: " + error.code().message());
    }
}

bool revoked_keys::contains(byte_view key) const {
    return blobs_.contains(std::string(text_of(key))) || sha1_.contains(digest(key, EVP_sha1())) ||
           sha256_.contains(digest(key, EVP_sha256()));
}

bool revoked_keys::contains(certificate const& certificate) const {
    if (contains(certificate.plain_key) || contains(certificate.authority)) return true;
    return std::ranges::any_of(certificates_, [&certificate](revoked_certificates const& group) {
        if (!group.authority.empty() && group.authority != certificate.authority) return false;
        bool const by_serial = std::ranges::any_of(group.serials, [&certificate](auto const& range) {
            return range.first <= certificate.serial && certificate.serial <= range.second;
        });
        return (by_serial && certificate.serial != 0) || group.key_ids.contains(certificate.key_id);
    });
}

}  // namespace muster::ssh
