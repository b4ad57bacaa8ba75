// SPDX-License-Identifier: MIT
// Puts the settings of a host into an endpoint, and refuses what muster cannot do.
#include "ssh_config/endpoint_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "hosts/host_text.hpp"
#include "ssh_config/algorithms.hpp"
#include "ssh_config/environment.hpp"
#include "ssh_config/jump_route.hpp"
#include "ssh_config/left_out.hpp"
#include "ssh_config/login_methods.hpp"

namespace muster::ssh_config {
namespace {

// Those of ssh 9.2, in its order, without the kinds that nothing here can use.
constexpr std::string_view default_identities[] = {"~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ecdsa_sk",
                                                   "~/.ssh/id_ed25519", "~/.ssh/id_ed25519_sk"};
constexpr std::string_view default_user_known_hosts[] = {"~/.ssh/known_hosts", "~/.ssh/known_hosts2"};
constexpr std::string_view default_global_known_hosts[] = {"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"};

bool is_none(std::vector<std::string> const& words) {
    return equal_ignoring_case(words.front(), "none");
}

/// Fills one endpoint. The first thing found wrong becomes its fault; the rest is filled in all the same.
class endpoint_builder {
  public:
    endpoint_builder(host const& host, ssh_settings const& settings, local_account const& local,
                     host_settings const& found)
        : host_(host), settings_(settings), local_(local), found_(found) {}

    /// The hops of the way to it; empty: there are none.
    std::vector<host> const& hops() const { return hops_; }

    endpoint build() {
        out_.label = host_.label();
        out_.name = host_.name;
        fault(found_.error);
        address();
        login();
        jumps();
        connection();
        algorithms();
        rekeying();
        proxy_command();
        leave_out();
        identities();
        certificates();
        methods();
        agent();
        forwarded_agent();
        terminal();
        made_.environment = environment_of(found_, local_);
        known_hosts();
        revoked_host_keys();
        return std::move(out_);
    }

  private:
    ssh_setting const* of(ssh_option option) const { return found_.of(option); }

    std::string const* word(ssh_option option) const {
        auto const* setting = of(option);
        return setting == nullptr ? nullptr : &setting->words.front();
    }

    bool flag(ssh_option option) const {
        auto const* value = word(option);
        return value != nullptr && to_flag(*value).value_or(false);
    }

    void fault(std::string reason) {
        if (out_.error.empty()) out_.error = std::move(reason);
    }

    void fault(ssh_setting const& setting, std::string_view reason) {
        fault(fmt::format("{}: {}: {}", setting.where, spelled(setting.option), reason));
    }

    void address() {
        out_.address = found_.host_name;
        if (auto const wrong = hosts::address_fault(out_.address)) {
            if (auto const* name = of(ssh_option::host_name))
                fault(*name, wrong->reason);
            else
                fault(wrong->reason);
        }
        out_.port = 22;
        if (auto const* port = word(ssh_option::port)) out_.port = to_service_port(*port).value_or(22);
        if (settings_.port) out_.port = *settings_.port;
        if (host_.port) out_.port = *host_.port;
        if (auto const* limit = word(ssh_option::connect_timeout))
            if (auto const seconds = to_seconds(*limit).value_or(0); seconds > 0)
                made_.connect_timeout = std::chrono::seconds(seconds);
        if (settings_.connect_timeout) made_.connect_timeout = *settings_.connect_timeout;
        if (auto const* alias = word(ssh_option::host_key_alias)) made_.host_key_alias = lower(*alias);
    }

    void login() {
        auto const* const setting = of(ssh_option::user);
        if (!host_.user.empty()) {
            out_.user = host_.user;
        } else if (!settings_.user.empty()) {
            out_.user = settings_.user;
        } else {
            out_.user = setting == nullptr ? local_.user : login_name(*setting);
        }
        if (out_.user.empty() && out_.error.empty()) fault("the login name is not known; give one with -l");
    }

    std::string login_name(ssh_setting const& setting) {
        try {
            return expand_some_tokens(setting.words.front(), tokens(), "Ldhijklnpu");
        } catch (token_error const& e) {
            fault(setting, e.what());
            return {};
        }
    }

    unsigned number(ssh_option option, unsigned otherwise) const {
        auto const* value = word(option);
        unsigned out = otherwise;
        if (value != nullptr) std::from_chars(value->data(), value->data() + value->size(), out);
        return out;
    }

    void connection() {
        if (auto const* family = word(ssh_option::address_family)) {
            if (equal_ignoring_case(*family, "inet")) made_.family = address_family::ipv4;
            if (equal_ignoring_case(*family, "inet6")) made_.family = address_family::ipv6;
        }
        if (settings_.family) made_.family = *settings_.family;
        if (auto const* address = word(ssh_option::bind_address)) made_.bind_address = *address;
        made_.connection_attempts = number(ssh_option::connection_attempts, 1);
        made_.tcp_keepalive = of(ssh_option::tcp_keep_alive) == nullptr || flag(ssh_option::tcp_keep_alive);
        if (auto const* interval = word(ssh_option::server_alive_interval))
            made_.alive_interval = std::chrono::seconds(to_seconds(*interval).value_or(0));
        made_.alive_count_max = number(ssh_option::server_alive_count_max, made_.alive_count_max);
    }

    void algorithms() {
        choose(ssh_option::kex_algorithms, made_.algorithms.key_exchange);
        choose(ssh_option::host_key_algorithms, made_.algorithms.host_key);
        choose(ssh_option::ciphers, made_.algorithms.cipher);
        choose_macs();
        choose(ssh_option::pubkey_accepted_algorithms, made_.algorithms.user_key);
        if (auto const* list = word(ssh_option::ca_signature_algorithms)) {
            made_.algorithms.ca_signature = chosen_algorithms(algorithm_kind::ca_signature, *list);
            if (made_.algorithms.ca_signature.empty()) made_.algorithms.ca_signature = "none";
        }
        if (auto const* list = word(ssh_option::host_key_algorithms))
            made_.algorithms.host_key_in_order = !list->starts_with('+') && !list->starts_with('-');
        made_.required_rsa_size = std::max(1024U, number(ssh_option::required_rsa_size, 1024));
    }

    void choose(ssh_option option, std::string& into) {
        auto const* setting = of(option);
        if (setting == nullptr) return;
        auto const kind = algorithms_of(option);
        into = chosen_algorithms(kind, setting->words.front());
        if (into.empty())
            fault(*setting, fmt::format("none of these is left that muster can use; it has {}; -o {}=+{} uses its own",
                                        usable_algorithms(kind), spelled(option), first_of(default_algorithms(kind))));
    }

    static std::string_view first_of(std::string_view list) { return list.substr(0, list.find(',')); }

    // With a cipher that authenticates by itself no MAC is used, so that a list without a usable one leaves those.
    void choose_macs() {
        auto const* setting = of(ssh_option::macs);
        if (setting == nullptr || made_.algorithms.mac == setting->words.front()) return;
        made_.algorithms.mac = chosen_algorithms(algorithm_kind::mac, setting->words.front());
        if (!made_.algorithms.mac.empty()) return;
        made_.algorithms.cipher = authenticated_ciphers(made_.algorithms.cipher);
        if (made_.algorithms.cipher.empty())
            fault(*setting, fmt::format("none of these is left that muster can use (libcrypto has no UMAC), and no "
                                        "cipher that does without; muster has {}; -o MACs=+{} uses its own",
                                        usable_algorithms(algorithm_kind::mac),
                                        first_of(default_algorithms(algorithm_kind::mac))));
    }

    void rekeying() {
        if (auto const* bytes = word(ssh_option::rekey_limit)) made_.rekey.bytes = to_bytes(*bytes).value_or(0);
        if (auto const* interval = word(ssh_option::rekey_interval))
            made_.rekey.interval = std::chrono::seconds(to_seconds(*interval).value_or(0));
    }

    void proxy_command() {
        auto const* setting = of(ssh_option::proxy_command);
        if (setting == nullptr || is_none(setting->words)) return;
        made_.proxy_use_fdpass = flag(ssh_option::proxy_use_fdpass);
        made_.proxy_command = expanded(*setting, "hknpr");
        // The shell reads it: what a token stands for must be no piece of shell. (%h and %n are names of hosts.)
        if (uses_token(setting->words.front(), 'r'))
            if (auto const wrong = hosts::user_fault(out_.user)) fault(*setting, "%r: " + wrong->reason);
        if (uses_token(setting->words.front(), 'k') && !made_.host_key_alias.empty())
            if (auto const wrong = hosts::name_fault(made_.host_key_alias)) fault(*setting, "%k: " + wrong->reason);
    }

    void leave_out() {
        auto left = what_is_left_out(found_, policy() == host_key_policy::accept_new);
        fault(std::move(left.error));
        made_.login_note = std::move(left.login_note);
        made_.host_key_note = std::move(left.host_key_note);
    }

    token_values tokens() const {
        return {out_.address, host_.name, made_.host_key_alias, out_.user, out_.port, jump_host_, local_};
    }

    // With those tokens replaced; empty, and a fault, where that is not possible.
    std::string expanded(ssh_setting const& setting, std::string_view letters) {
        try {
            return expand_tokens_alone(setting.words.front(), tokens(), letters);
        } catch (token_error const& e) {
            fault(setting, e.what());
            return {};
        }
    }

    // A path with everything replaced; nothing, and a fault, where that is not possible.
    std::string path(std::string_view text, ssh_setting const* from, std::string_view option) {
        try {
            return expand_tokens(expand_tilde(text, local_), tokens());
        } catch (token_error const& e) {
            if (from != nullptr)
                fault(*from, e.what());
            else
                fault(fmt::format("{}: {}", option, e.what()));
            return {};
        }
    }

    void add_identity(std::string file, bool required) {
        auto const same = [&](auto const& other) { return other.path == file; };
        if (!file.empty() && std::ranges::none_of(made_.identities, same))
            made_.identities.push_back({std::move(file), required});
    }

    void identities() {
        made_.identities_only = flag(ssh_option::identities_only);
        made_.identities.reserve(
            std::max(settings_.identities.size() + found_.identity_files.size(), std::size(default_identities)));
        for (auto const& file : settings_.identities) add_identity(path(file, nullptr, "-i " + file), true);
        for (auto const* setting : found_.identity_files)
            if (!is_none(setting->words)) add_identity(path(setting->words.front(), setting, {}), false);
        if (!settings_.identities.empty() || !found_.identity_files.empty() || local_.home.empty()) return;
        for (auto const& file : default_identities) add_identity(expand_tilde(file, local_), false);
    }

    void certificates() {
        for (auto const* setting : found_.certificate_files)
            if (!is_none(setting->words)) add(made_.certificates, path(setting->words.front(), setting, {}));
    }

    void methods() {
        made_.batch_mode = flag(ssh_option::batch_mode);
        auto chosen = login_methods_of(found_);
        made_.auth_methods = std::move(chosen.methods);
        fault(std::move(chosen.error));
    }

    std::string variable(std::string_view name) const {
        auto const found = local_.environment.find(name);
        return found == local_.environment.end() ? std::string() : found->second;
    }

    /// "$NAME", the variable that holds the path, or the path itself.
    std::string socket(std::string const& value, ssh_setting const* setting) {
        bool const is_variable = value.starts_with('$') && !value.starts_with("${");
        return is_variable ? variable(std::string_view(value).substr(1)) : path(value, setting, {});
    }

    void agent() {
        auto const* setting = of(ssh_option::identity_agent);
        auto const value = setting == nullptr ? "SSH_AUTH_SOCK" : setting->words.front();
        if (value == "none") return;
        made_.agent_socket = value == "SSH_AUTH_SOCK" ? variable(value) : socket(value, setting);
    }

    // The agent that is used is the one that is lent.
    void forwarded_agent() {
        auto const* setting = of(ssh_option::forward_agent);
        if (setting == nullptr) return;
        auto const& value = setting->words.front();
        if (auto const wanted = to_flag(value))
            made_.forward_agent_socket = *wanted ? made_.agent_socket : std::string();
        else
            made_.forward_agent_socket = socket(value, setting);
    }

    // `auto` gives a command no terminal.
    void terminal() {
        auto const* value = word(ssh_option::request_tty);
        if (value == nullptr) return;
        if (equal_ignoring_case(*value, "force") || to_flag(*value).value_or(false)) made_.tty = tty_request::yes;
    }

    void jumps() {
        auto const* setting = of(ssh_option::proxy_jump);
        if (setting == nullptr) return;
        try {
            auto hops = parse_jumps(expand_tokens(setting->words.front(), tokens()));
            if (!hops) fault(*setting, "a token stands for what can't be part of a host's name");
            if (hops) hops_ = std::move(*hops);
            if (!hops_.empty()) jump_host_ = hops_.back().name;
        } catch (token_error const& e) {
            fault(*setting, e.what());
        }
    }

    void known_hosts() {
        made_.hash_known_hosts = flag(ssh_option::hash_known_hosts);
        made_.check_host_ip = flag(ssh_option::check_host_ip);
        made_.host_keys = policy();
        if (auto const* setting = of(ssh_option::user_known_hosts_file)) {
            if (!is_none(setting->words))
                for (auto const& file : setting->words) add(made_.user_known_hosts, path(file, setting, {}));
        } else if (!local_.home.empty()) {
            made_.user_known_hosts.reserve(std::size(default_user_known_hosts));
            for (auto const& file : default_user_known_hosts) add(made_.user_known_hosts, expand_tilde(file, local_));
        }
        if (auto const* setting = of(ssh_option::global_known_hosts_file)) {
            if (!is_none(setting->words)) made_.global_known_hosts = setting->words;
        } else {
            made_.global_known_hosts.assign(std::begin(default_global_known_hosts),
                                            std::end(default_global_known_hosts));
        }
    }

    void revoked_host_keys() {
        auto const* setting = of(ssh_option::revoked_host_keys);
        if (setting != nullptr && !is_none(setting->words))
            made_.revoked_host_keys = path(setting->words.front(), setting, {});
    }

    static void add(std::vector<std::string>& files, std::string file) {
        if (!file.empty()) files.push_back(std::move(file));
    }

    // `no` and `off` accept new keys as accept-new does: a changed key is refused whatever the policy is. `ask` can't
    // ask anybody.
    host_key_policy policy() const {
        if (settings_.accept_new) return host_key_policy::accept_new;
        auto const* value = word(ssh_option::strict_host_key_checking);
        if (value == nullptr) return host_key_policy::strict;
        auto const lax =
            to_flag(*value) == false || equal_ignoring_case(*value, "off") || equal_ignoring_case(*value, "accept-new");
        return lax ? host_key_policy::accept_new : host_key_policy::strict;
    }

    host const& host_;
    ssh_settings const& settings_;
    local_account const& local_;
    host_settings const& found_;
    endpoint out_;
    connection_settings& made_ = out_.settings.change();
    std::string jump_host_;
    std::vector<host> hops_;
};

}  // namespace

built_endpoint build_endpoint(host const& host, ssh_settings const& settings, local_account const& local,
                              host_settings const& found) {
    endpoint_builder builder(host, settings, local, found);
    auto endpoint = builder.build();
    return {std::move(endpoint), builder.hops()};
}

}  // namespace muster::ssh_config
