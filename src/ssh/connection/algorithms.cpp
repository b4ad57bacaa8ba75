// SPDX-License-Identifier: MIT
// The defaults, and the lists that go into the key exchange.
#include "ssh/connection/algorithms.hpp"

#include <algorithm>
#include <numeric>

#include "ssh/keys/certificate.hpp"
#include "ssh_config/algorithms.hpp"

namespace muster::ssh {

namespace {

using kind = ssh_config::algorithm_kind;

std::vector<std::string_view> names_in(std::string_view list) {
    std::vector<std::string_view> names;
    names.reserve(24);  // hardly a list has more
    while (!list.empty()) {
        auto const end = std::min(list.find(','), list.size());
        names.push_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return names;
}

std::string joined(std::vector<std::string_view> const& names) {
    std::string out;
    out.reserve(std::accumulate(names.begin(), names.end(), names.size(),
                                [](std::size_t sum, auto name) { return sum + name.size(); }));
    for (auto const name : names) out.append(out.empty() ? "" : ",").append(name);
    return out;
}

std::string chosen(std::string const& list, kind kind) {
    return list.empty() ? std::string(ssh_config::default_algorithms(kind)) : list;
}

bool signs_with(std::string_view type, std::string_view algorithm) {
    return type == algorithm || (type == "ssh-rsa" && algorithm.starts_with("rsa-sha2-"));
}

/// The same for a user's key or certificate: "ssh-rsa-cert-v01@..." signs with "rsa-sha2-256-cert-v01@...".
bool key_signs_with(std::string_view key_type, std::string_view algorithm) {
    if (key_type == algorithm) return true;
    constexpr std::string_view rsa = "ssh-rsa";
    constexpr auto sha2_size = std::string_view("rsa-sha2-256").size();
    return key_type.starts_with(rsa) && algorithm.starts_with("rsa-sha2-") &&
           algorithm.substr(std::min(sha2_size, algorithm.size())) == key_type.substr(rsa.size());
}

bool is_any_of(std::vector<std::string> const& types, std::string_view algorithm) {
    return std::ranges::any_of(types, [&](auto const& type) { return signs_with(type, algorithm); });
}

std::string known_first(std::string_view list, std::vector<std::string> const& known_types) {
    auto names = names_in(list);
    std::stable_partition(names.begin(), names.end(), [&](auto name) { return is_any_of(known_types, name); });
    std::stable_partition(names.begin(), names.end(), &is_certificate);
    return joined(names);
}

/// Without those for certificates, unless there are no others.
std::string plain_only(std::string const& list) {
    auto names = names_in(list);
    std::erase_if(names, &is_certificate);
    return names.empty() ? list : joined(names);
}

}  // namespace

offered_algorithms algorithms_of(endpoint const& endpoint, std::vector<std::string> const& known_types, bool insist,
                                 bool with_certificates) {
    auto const& lists = endpoint.settings->algorithms;
    auto host_key = chosen(lists.host_key, kind::host_key);
    if (insist || !lists.host_key_in_order) host_key = known_first(host_key, known_types);
    if (!with_certificates) host_key = plain_only(host_key);
    return {chosen(lists.key_exchange, kind::key_exchange), std::move(host_key), chosen(lists.cipher, kind::cipher),
            chosen(lists.mac, kind::mac)};
}

std::vector<std::string_view> allowed_signature_algorithms(endpoint const& endpoint, std::string_view key_type) {
    auto const& list = endpoint.settings->algorithms.user_key;
    auto names = names_in(list.empty() ? ssh_config::default_algorithms(kind::user_key) : list);
    std::erase_if(names, [&](auto name) { return !key_signs_with(key_type, name); });
    return names;
}

}  // namespace muster::ssh
