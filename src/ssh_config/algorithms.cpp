// SPDX-License-Identifier: MIT
// Reads a list with + - ^ against ssh's names, and keeps what muster has.
#include "ssh_config/algorithms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "hosts/host_text.hpp"
#include "ssh_config/config_line.hpp"

namespace muster::ssh_config {
namespace {

using kind = algorithm_kind;
using names = std::vector<std::string_view>;

/// Comma-separated. Weak ones among the usable are used by those alone who name them.
struct catalogue {
    std::string_view defaults;
    std::string_view weak;
    std::string_view not_usable;  // known to ssh, but not to libssh2 or to muster
};

#ifdef MUSTER_POST_QUANTUM
#define MUSTER_MLKEM "mlkem768x25519-sha256"
#else
#define MUSTER_MLKEM ""
#endif

// A post-quantum one first, then curve25519: DH group exchange would keep the loop busy for 20 ms. chacha20 first:
// fastest on bulk output.
constexpr catalogue key_exchanges = {
    MUSTER_MLKEM
    ",curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,"
    "diffie-hellman-group14-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,"
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group14-sha1,diffie-hellman-group1-sha1,diffie-hellman-group-exchange-sha1",
    "sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,mlkem768x25519-sha256",
};
constexpr catalogue ciphers = {
    "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com",
    "aes128-cbc,aes192-cbc,aes256-cbc,3des-cbc",
    "",
};
constexpr catalogue macs = {
    "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,hmac-sha2-256,"
    "hmac-sha2-512,hmac-sha1",
    "hmac-sha1-96,hmac-md5,hmac-md5-96",
    "umac-64@openssh.com,umac-128@openssh.com,umac-64-etm@openssh.com,umac-128-etm@openssh.com,"
    "hmac-sha1-96-etm@openssh.com,hmac-md5-etm@openssh.com,hmac-md5-96-etm@openssh.com",
};
constexpr std::string_view plain_keys =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256";
constexpr std::string_view security_keys = "sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com";
constexpr std::string_view certificates =
    "ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com,"
    "ecdsa-sha2-nistp384-cert-v01@openssh.com,ecdsa-sha2-nistp521-cert-v01@openssh.com,"
    "sk-ssh-ed25519-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256-cert-v01@openssh.com,"
    "rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com";
constexpr std::string_view host_certificates =
    "ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com,"
    "ecdsa-sha2-nistp384-cert-v01@openssh.com,ecdsa-sha2-nistp521-cert-v01@openssh.com,"
    "rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com";
constexpr std::string_view sha1_keys = "ssh-rsa,ssh-rsa-cert-v01@openssh.com";
constexpr std::string_view old_keys =
    "ssh-dss,ssh-dss-cert-v01@openssh.com,ssh-rsa-cert-v01@openssh.com,webauthn-sk-ecdsa-sha2-nistp256@openssh.com";

void add(names& out, std::string_view list) {
    while (!list.empty()) {
        auto const end = std::min(list.find(','), list.size());
        auto const name = list.substr(0, end);
        if (!name.empty() && std::ranges::find(out, name) == out.end()) out.push_back(name);
        list.remove_prefix(std::min(end + 1, list.size()));
    }
}

names split(std::initializer_list<std::string_view> lists) {
    names out;
    for (auto const list : lists) add(out, list);
    return out;
}

std::string joined(names const& all) {
    std::string out;
    for (auto const name : all) out.append(out.empty() ? "" : ",").append(name);
    return out;
}

struct algorithm_set {
    names defaults;
    names usable;
    names known;
    std::string defaults_text;
    std::string usable_text;
    bool patterns;  // may stand in a list
};

algorithm_set from(catalogue const& catalogue) {
    algorithm_set out{split({catalogue.defaults}),
                      split({catalogue.defaults, catalogue.weak}),
                      split({catalogue.defaults, catalogue.weak, catalogue.not_usable}),
                      {},
                      {},
                      false};
    out.defaults_text = joined(out.defaults);
    out.usable_text = joined(out.usable);
    return out;
}

algorithm_set host_keys() {
    algorithm_set out{split({host_certificates, plain_keys}),
                      split({host_certificates, plain_keys, "ssh-rsa"}),
                      split({host_certificates, plain_keys, "ssh-rsa", certificates, security_keys, old_keys}),
                      {},
                      {},
                      true};
    out.defaults_text = joined(out.defaults);
    out.usable_text = joined(out.usable);
    return out;
}

algorithm_set user_keys() {
    algorithm_set out{split({certificates, plain_keys, security_keys}),
                      split({certificates, plain_keys, security_keys, sha1_keys}),
                      split({certificates, plain_keys, security_keys, "ssh-rsa", old_keys}),
                      {},
                      {},
                      true};
    out.defaults_text = joined(out.defaults);
    out.usable_text = joined(out.usable);
    return out;
}

// Of an authority's signature. All are kept in a list: one that muster can't check makes no certificate valid.
algorithm_set ca_signatures() {
    algorithm_set out{split({plain_keys, security_keys}),
                      split({plain_keys, security_keys, "ssh-rsa", "ssh-dss"}),
                      split({plain_keys, security_keys, "ssh-rsa", "ssh-dss"}),
                      {},
                      {},
                      true};
    out.defaults_text = joined(out.defaults);
    out.usable_text = joined(out.usable);
    return out;
}

algorithm_set const& set_of(kind kind) {
    static algorithm_set const sets[] = {from(key_exchanges), host_keys(), from(ciphers),
                                         from(macs),          user_keys(), ca_signatures()};
    return sets[static_cast<std::size_t>(kind)];
}

bool is_known(algorithm_set const& all, std::string_view name) {
    if (std::ranges::find(all.known, name) != all.known.end()) return true;
    return all.patterns && !name.starts_with('!') &&
           std::ranges::any_of(all.known, [&](auto known) { return matches_pattern(known, name); });
}

/// The names of `from` that match a pattern of the list, in the list's order.
names matching(names const& from, std::string_view list) {
    names out;
    for (auto const pattern : split({list}))
        for (auto const name : from)
            if (matches_pattern(name, pattern)) add(out, name);
    return out;
}

}  // namespace

std::string_view default_algorithms(algorithm_kind kind) {
    return set_of(kind).defaults_text;
}

std::string_view usable_algorithms(algorithm_kind kind) {
    return set_of(kind).usable_text;
}

std::optional<std::string> algorithms_fault(algorithm_kind kind, std::string_view list) {
    if (list.starts_with('-')) return {};  // patterns of what is not wanted
    if (list.starts_with('+') || list.starts_with('^')) list.remove_prefix(1);
    auto const& all = set_of(kind);
    auto const given = split({list});
    if (given.empty()) return "the list is empty";
    for (auto const name : given)
        if (!is_known(all, name)) return fmt::format("\"{}\" is no algorithm that ssh knows", hosts::printable(name));
    return {};
}

std::string chosen_algorithms(algorithm_kind kind, std::string_view list) {
    auto const& all = set_of(kind);
    auto const sign = list.empty() ? ' ' : list.front();
    if (sign == '+' || sign == '-' || sign == '^') list.remove_prefix(1);
    auto named = matching(all.usable, list);
    if (sign == '-') {
        auto rest = all.defaults;
        std::erase_if(rest, [&](auto name) { return std::ranges::find(named, name) != named.end(); });
        return joined(rest);
    }
    if (sign == '+') {
        auto out = all.defaults;
        for (auto const name : named) add(out, name);
        return joined(out);
    }
    if (sign == '^')
        for (auto const name : all.defaults) add(named, name);
    return joined(named);
}

std::string authenticated_ciphers(std::string_view list) {
    auto names = split({list.empty() ? default_algorithms(kind::cipher) : list});
    std::erase_if(names,
                  [](auto name) { return name.find("-gcm@") == name.npos && name.find("poly1305") == name.npos; });
    return joined(names);
}

}  // namespace muster::ssh_config
