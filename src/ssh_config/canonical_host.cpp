// SPDX-License-Identifier: MIT
// The steps of ssh from HostName to the name that counts.
#include "ssh_config/canonical_host.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

#include "hosts/host_text.hpp"

namespace muster::ssh_config {
namespace {

enum class canonical_mode { no, yes, always };

std::string word_of(host_settings const& settings, ssh_option option) {
    auto const* setting = settings.of(option);
    return setting == nullptr ? std::string() : setting->words.front();
}

canonical_mode mode_of(host_settings const& settings) {
    auto const word = word_of(settings, ssh_option::canonicalize_hostname);
    if (equal_ignoring_case(word, "always")) return canonical_mode::always;
    return to_flag(word).value_or(false) ? canonical_mode::yes : canonical_mode::no;
}

address_family family_of(host_settings const& settings, host_query const& query) {
    if (query.family) return *query.family;
    auto const word = word_of(settings, ssh_option::address_family);
    if (equal_ignoring_case(word, "inet")) return address_family::ipv4;
    return equal_ignoring_case(word, "inet6") ? address_family::ipv6 : address_family::any;
}

/// An address as getnameinfo(3) writes it; nothing for what is no address of the family. Asks no server.
std::optional<std::string> numeric_name(std::string const& name, address_family family) {
    addrinfo hints{};
    hints.ai_family = family == address_family::ipv4 ? AF_INET : family == address_family::ipv6 ? AF_INET6 : AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* first = nullptr;
    if (::getaddrinfo(name.c_str(), "22", &hints, &first) != 0) return {};
    std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> const found(first, ::freeaddrinfo);
    char text[NI_MAXHOST];
    if (found->ai_next != nullptr ||
        ::getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0)
        return {};
    return text;
}

/// Also what only looks like one, as an address with a zone that does not exist.
bool looks_like_address(std::string_view name) {
    return name.find_first_of("%:") != name.npos || name.find_first_not_of("0123456789.") == name.npos;
}

bool is_domain(std::string_view name) {
    auto const fits = [](char c) {
        return (c >= '0' && c <= '9') || (hosts::to_lower(c) >= 'a' && hosts::to_lower(c) <= 'z') || c == '_';
    };
    return !name.empty() && fits(name.front()) && name.find("..") == name.npos &&
           std::ranges::all_of(name, [&](char c) { return fits(c) || c == '-' || c == '.'; });
}

std::string without_end_dot(std::string name) {
    if (name.ends_with('.')) name.pop_back();
    return name;
}

class canonicalizer {
  public:
    canonicalizer(host_settings& settings, host_query const& query, local_answers& answers)
        : settings_(settings), answers_(answers), mode_(mode_of(settings)), family_(family_of(settings, query)) {}

    bool run() {
        auto const numeric = numeric_name(name(), family_);
        auto const is_address = numeric || looks_like_address(name());
        if (!is_address) name() = lower(name());
        if (numeric && !equal_ignoring_case(*numeric, name())) name() = *numeric;
        if (!is_address && !by_domains()) follow_bare_name();
        return mode_ != canonical_mode::no;
    }

  private:
    std::string& name() { return settings_.host_name; }

    bool is_direct() const {
        auto const is_none = [&](ssh_option option) {
            auto const word = word_of(settings_, option);
            return word.empty() || equal_ignoring_case(word, "none");
        };
        return is_none(ssh_option::proxy_command) && is_none(ssh_option::proxy_jump);
    }

    // A proxy makes its own sense of names, unless the user says otherwise.
    bool may_look_up() const { return is_direct() || mode_ == canonical_mode::always; }

    // Null: not found, not asked for, or not answered yet, which makes the settings incomplete.
    name_answer const* resolve(std::string const& full_name) {
        if (!answers_.can_resolve()) {
            auto const* asks = settings_.of(ssh_option::canonicalize_hostname);
            fail(fmt::format("{}: CanonicalizeHostname: this program looks up no names for a configuration",
                             asks->where));
            return nullptr;
        }
        auto const* answer = answers_.of_name({full_name, family_});
        if (answer == nullptr) settings_.complete = false;
        if (answer != nullptr && !answer->asked) asked_all_ = false;
        return answer != nullptr && answer->found ? answer : nullptr;
    }

    bool accept(std::string const& full_name) {
        auto const* answer = resolve(full_name);
        if (answer == nullptr) return false;
        name() = without_end_dot(full_name);
        follow_alias(*answer);
        return true;
    }

    bool has_few_dots() const {
        auto const* most = settings_.of(ssh_option::canonicalize_max_dots);
        long limit = 1;
        if (most != nullptr)
            std::from_chars(most->words.front().data(), most->words.front().data() + most->words.front().size(), limit);
        return std::ranges::count(settings_.host_name, '.') <= limit;
    }

    // True when the name is settled, or nothing more can be said.
    bool by_domains() {
        if (mode_ == canonical_mode::no || !may_look_up()) return false;
        if (name().ends_with('.')) return accept(name()) || !settings_.complete || refuse();
        if (!has_few_dots()) return false;
        if (auto const* domains = settings_.of(ssh_option::canonical_domains))
            for (auto const& domain : domains->words) {
                if (equal_ignoring_case(domain, "none")) break;
                if (accept(name() + '.' + without_end_dot(lower(domain)) + '.') || !settings_.complete) return true;
            }
        return refuse();
    }

    // True if the host is not to be reached by the name as it stands.
    bool refuse() {
        auto const* local = settings_.of(ssh_option::canonicalize_fallback_local);
        if (!asked_all_ || local == nullptr || to_flag(local->words.front()) != false) return false;
        fail(
            fmt::format("{}: CanonicalizeHostname: no address for {} in any of CanonicalDomains, and "
                        "CanonicalizeFallbackLocal is no",
                        local->where, name()));
        return true;
    }

    void fail(std::string reason) {
        if (settings_.error.empty()) settings_.error = std::move(reason);
    }

    ssh_setting const* permitted() const {
        auto const* setting = settings_.of(ssh_option::canonicalize_permitted_cnames);
        return setting == nullptr || equal_ignoring_case(setting->words.front(), "none") ? nullptr : setting;
    }

    // The name as it stands may be an alias.
    void follow_bare_name() {
        if (mode_ == canonical_mode::no || permitted() == nullptr || !settings_.error.empty() || !may_look_up()) return;
        if (auto const* answer = resolve(name()))
            follow_alias(*answer);
        else if (settings_.complete && is_direct() && asked_all_)
            fail(fmt::format("{}: {}: no address for {}", permitted()->where, spelled(permitted()->option), name()));
    }

    void follow_alias(name_answer const& answer) {
        auto const& alias = answer.canonical_name;
        if (permitted() == nullptr || alias == name() || !is_domain(alias)) return;
        if (std::ranges::any_of(permitted()->words, [&](auto const& rule) { return permits(rule, alias); }))
            name() = alias;
    }

    // "sources:targets", or `*` for every one.
    bool permits(std::string const& rule, std::string const& alias) const {
        if (rule == "*") return true;
        auto const colon = rule.find(':');
        auto const is_source = matches_pattern_list(settings_.host_name, lower(rule.substr(0, colon)));
        return is_source && matches_pattern_list(lower(alias), lower(rule.substr(colon + 1)));
    }

    host_settings& settings_;
    local_answers& answers_;
    canonical_mode mode_;
    address_family family_;
    bool asked_all_ = true;
};

}  // namespace

bool canonicalize(host_settings& settings, host_query const& query, local_answers& answers) {
    return canonicalizer(settings, query, answers).run();
}

}  // namespace muster::ssh_config
