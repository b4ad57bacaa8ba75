// SPDX-License-Identifier: MIT
// The table of keywords, and the checks of their values.
#include "fleet/ssh_option.hpp"

#include <fmt/format.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <unordered_map>

#include "fleet/config_line.hpp"
#include "fleet/host_text.hpp"
#include "fleet/jump_route.hpp"

namespace muster::fleet {
namespace {

using option = ssh_option;
using kind = value_kind;

// OpenSSH 9.2, the keywords that Debian adds, and those that came later. Of the ignored ones only the kind of a value
// is checked, where it is plain.
constexpr ssh_keyword keywords[] = {
    // structure
    {"host", option::host, kind::anything},
    {"match", option::match, kind::rest},
    {"include", option::include, kind::anything},
    {"ignoreunknown", option::ignore_unknown, kind::word},
    // read
    {"addressfamily", option::address_family, kind::family},
    {"bindaddress", option::bind_address, kind::word},
    {"ciphers", option::ciphers, kind::algorithms},
    {"connectionattempts", option::connection_attempts, kind::positive},
    {"batchmode", option::batch_mode, kind::flag},
    {"certificatefile", option::certificate_file, kind::word},
    {"challengeresponseauthentication", option::kbd_interactive_authentication, kind::flag},
    {"connecttimeout", option::connect_timeout, kind::time},
    {"dsaauthentication", option::pubkey_authentication, kind::pubkey},
    {"forwardagent", option::forward_agent, kind::word},
    {"globalknownhostsfile", option::global_known_hosts_file, kind::files},
    {"hashknownhosts", option::hash_known_hosts, kind::flag},
    {"hostkeyalgorithms", option::host_key_algorithms, kind::algorithms},
    {"hostkeyalias", option::host_key_alias, kind::word},
    {"hostname", option::host_name, kind::word},
    {"identitiesonly", option::identities_only, kind::flag},
    {"identityagent", option::identity_agent, kind::agent},
    {"identityfile", option::identity_file, kind::word},
    {"identityfile2", option::identity_file, kind::word},
    {"keepalive", option::tcp_keep_alive, kind::flag},
    {"kexalgorithms", option::kex_algorithms, kind::algorithms},
    {"macs", option::macs, kind::algorithms},
    {"kbdinteractiveauthentication", option::kbd_interactive_authentication, kind::flag},
    {"passwordauthentication", option::password_authentication, kind::flag},
    {"port", option::port, kind::port},
    {"preferredauthentications", option::preferred_authentications, kind::word},
    {"proxyjump", option::proxy_jump, kind::jumps},
    {"protocolkeepalives", option::server_alive_interval, kind::time},
    {"pubkeyacceptedalgorithms", option::pubkey_accepted_algorithms, kind::algorithms},
    {"pubkeyacceptedkeytypes", option::pubkey_accepted_algorithms, kind::algorithms},
    {"pubkeyauthentication", option::pubkey_authentication, kind::pubkey},
    {"requesttty", option::request_tty, kind::terminal},
    {"requiredrsasize", option::required_rsa_size, kind::number},
    {"revokedhostkeys", option::revoked_host_keys, kind::word},
    {"sendenv", option::send_env, kind::names_of_variables},
    {"serveralivecountmax", option::server_alive_count_max, kind::number},
    {"serveraliveinterval", option::server_alive_interval, kind::time},
    {"setenv", option::set_env, kind::variables},
    {"stricthostkeychecking", option::strict_host_key_checking, kind::strict},
    {"tcpkeepalive", option::tcp_keep_alive, kind::flag},
    {"skeyauthentication", option::kbd_interactive_authentication, kind::flag},
    {"tisauthentication", option::kbd_interactive_authentication, kind::flag},
    {"user", option::user, kind::word},
    {"userknownhostsfile", option::user_known_hosts_file, kind::files},
    // refused
    {"bindinterface", option::bind_interface, kind::word},
    {"canonicalizehostname", option::canonicalize_hostname, kind::word},
    {"knownhostscommand", option::known_hosts_command, kind::rest},
    {"pkcs11provider", option::pkcs11_provider, kind::word},
    {"proxycommand", option::proxy_command, kind::rest},
    {"refuseconnection", option::refuse_connection, kind::word},
    {"remotecommand", option::remote_command, kind::rest},
    {"sessiontype", option::session_type, kind::word},
    {"smartcarddevice", option::pkcs11_provider, kind::word},
    {"verifyhostkeydns", option::verify_host_key_dns, kind::word},
    // ignored: authentication by what muster does not offer, how often to ask (once), and adding to the agent
    {"addkeystoagent", option::ignored, kind::anything},
    {"enablesshkeysign", option::ignored, kind::flag},
    {"gssapiauthentication", option::ignored, kind::flag},
    {"gssapiclientidentity", option::ignored, kind::anything},
    {"gssapidelegatecredentials", option::ignored, kind::flag},
    {"gssapikexalgorithms", option::ignored, kind::anything},
    {"gssapikeyexchange", option::ignored, kind::flag},
    {"gssapirenewalforcesrekey", option::ignored, kind::flag},
    {"gssapiserveridentity", option::ignored, kind::anything},
    {"gssapitrustdns", option::ignored, kind::flag},
    {"hostbasedacceptedalgorithms", option::ignored, kind::anything},
    {"hostbasedauthentication", option::ignored, kind::flag},
    {"hostbasedkeytypes", option::ignored, kind::anything},
    {"kbdinteractivedevices", option::ignored, kind::anything},
    {"numberofpasswordprompts", option::ignored, kind::number},
    {"securitykeyprovider", option::ignored, kind::anything},
    // ignored: without effect as host certificates, canonical names, look-ups by address and `no` are not used
    {"canonicaldomains", option::ignored, kind::anything},
    {"canonicalizefallbacklocal", option::ignored, kind::flag},
    {"canonicalizemaxdots", option::ignored, kind::number},
    {"canonicalizepermittedcnames", option::ignored, kind::anything},
    {"casignaturealgorithms", option::ignored, kind::anything},
    {"checkhostip", option::ignored, kind::flag},
    {"fingerprinthash", option::ignored, kind::anything},
    {"nohostauthenticationforlocalhost", option::ignored, kind::flag},
    {"updatehostkeys", option::ignored, kind::word},
    {"visualhostkey", option::ignored, kind::flag},
    // ignored: sharing of connections, forwarding of ports, tunnels, local commands, logs
    {"clearallforwardings", option::ignored, kind::flag},
    {"controlmaster", option::ignored, kind::anything},
    {"controlpath", option::ignored, kind::anything},
    {"controlpersist", option::ignored, kind::anything},
    {"dynamicforward", option::ignored, kind::anything},
    {"enableescapecommandline", option::ignored, kind::flag},
    {"escapechar", option::ignored, kind::anything},
    {"exitonforwardfailure", option::ignored, kind::flag},
    {"forkafterauthentication", option::ignored, kind::flag},
    {"forwardx11", option::ignored, kind::flag},
    {"forwardx11timeout", option::ignored, kind::time},
    {"forwardx11trusted", option::ignored, kind::flag},
    {"gatewayports", option::ignored, kind::flag},
    {"localcommand", option::ignored, kind::rest},
    {"localforward", option::ignored, kind::anything},
    {"loglevel", option::ignored, kind::anything},
    {"logverbose", option::ignored, kind::anything},
    {"permitlocalcommand", option::ignored, kind::flag},
    {"permitremoteopen", option::ignored, kind::anything},
    {"proxyusefdpass", option::ignored, kind::flag},
    {"remoteforward", option::ignored, kind::anything},
    {"stdinnull", option::ignored, kind::flag},
    {"streamlocalbindmask", option::ignored, kind::anything},
    {"streamlocalbindunlink", option::ignored, kind::flag},
    {"syslogfacility", option::ignored, kind::anything},
    {"tunnel", option::ignored, kind::word},
    {"tunneldevice", option::ignored, kind::anything},
    {"xauthlocation", option::ignored, kind::anything},
    // ignored: tuning
    {"channeltimeout", option::ignored, kind::anything},
    {"compression", option::ignored, kind::flag},
    {"ipqos", option::ignored, kind::anything},
    {"obscurekeystroketiming", option::ignored, kind::anything},
    {"rekeylimit", option::ignored, kind::anything},
    {"setuptimeout", option::ignored, kind::time},
    {"tag", option::ignored, kind::anything},
    {"versionaddendum", option::ignored, kind::rest},
    {"warnweakcrypto", option::ignored, kind::anything},
    // ignored: what ssh itself has given up
    {"afstokenpassing", option::ignored, kind::anything},
    {"cipher", option::ignored, kind::anything},
    {"compressionlevel", option::ignored, kind::anything},
    {"fallbacktorsh", option::ignored, kind::anything},
    {"globalknownhostsfile2", option::ignored, kind::anything},
    {"kerberosauthentication", option::ignored, kind::anything},
    {"kerberostgtpassing", option::ignored, kind::anything},
    {"protocol", option::ignored, kind::anything},
    {"rhostsauthentication", option::ignored, kind::anything},
    {"rhostsrsaauthentication", option::ignored, kind::anything},
    {"rsaauthentication", option::ignored, kind::anything},
    {"useblacklistedkeys", option::ignored, kind::anything},
    {"useprivilegedport", option::ignored, kind::anything},
    {"userknownhostsfile2", option::ignored, kind::anything},
    {"useroaming", option::ignored, kind::anything},
    {"usersh", option::ignored, kind::anything},
};

constexpr std::size_t max_files = 32;

bool is_none(std::string_view text) {
    return equal_ignoring_case(text, "none");
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [&](auto word) { return equal_ignoring_case(text, word); });
}

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 9 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_variable_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '_';
    });
}

bool is_agent(std::string_view text) {
    return !text.starts_with('$') || text.starts_with("${") || is_variable_name(text.substr(1));
}

/// With a letter in the place of each token of ssh_config(5).
std::string without_tokens(std::string text) {
    for (auto at = text.find('%'); at < text.size(); at = text.find('%', at + 1)) text.replace(at, 2, "x");
    return text;
}

bool fits(kind what, std::string const& text) {
    switch (what) {
        case kind::flag:
            return to_flag(text).has_value();
        case kind::number:
            return is_number(text);
        case kind::port:
            return to_service_port(text).has_value();
        case kind::time:
            return text == "none" || to_seconds(text).has_value();
        case kind::agent:
            return is_agent(text);
        case kind::jumps:
            return parse_jumps(without_tokens(text)).has_value();
        case kind::positive:
            return is_number(text) && text.find_first_not_of('0') != std::string::npos;
        case kind::family:
            return is_one_of(text, {"any", "inet", "inet6"});
        case kind::terminal:
            return to_flag(text) || is_one_of(text, {"force", "auto"});
        case kind::pubkey:
            return to_flag(text) || is_one_of(text, {"unbound", "host-bound"});
        case kind::strict:
            return to_flag(text) || is_one_of(text, {"ask", "off", "accept-new"});
        default:
            return true;
    }
}

std::optional<std::string> files_fault(std::vector<std::string> const& words) {
    if (words.size() > 1 && std::ranges::any_of(words, is_none)) return "\"none\" must stand alone";
    if (words.size() > max_files) return fmt::format("more than {} files", max_files);
    return {};
}

std::optional<std::string> variables_fault(std::vector<std::string> const& words, bool with_values) {
    auto const wrong = std::ranges::find_if(
        words, [&](auto const& word) { return word.empty() || (word.find('=') != std::string::npos) != with_values; });
    if (wrong == words.end()) return {};
    return fmt::format("\"{}\" is no {}", printable(*wrong), with_values ? "NAME=VALUE" : "variable's name");
}

std::optional<unsigned> unit_seconds(char unit) {
    switch (to_lower(unit)) {
        case 's':
            return 1;
        case 'm':
            return 60;
        case 'h':
            return 60 * 60;
        case 'd':
            return 24 * 60 * 60;
        case 'w':
            return 7 * 24 * 60 * 60;
        default:
            return {};
    }
}

}  // namespace

std::optional<ssh_keyword> find_ssh_keyword(std::string_view lower_case_name) {
    static auto const index = [] {
        std::unordered_map<std::string_view, ssh_keyword const*> out;
        for (auto const& one : keywords) out.emplace(one.name, &one);
        return out;
    }();
    auto const found = index.find(lower_case_name);
    if (found == index.end()) return {};
    return *found->second;
}

std::string_view spelled(ssh_option what) {
    static constexpr std::array<std::string_view, ssh_option_count> names = {
        "Host",
        "Match",
        "Include",
        "IgnoreUnknown",
        "AddressFamily",
        "BindAddress",
        "Ciphers",
        "BatchMode",
        "CertificateFile",
        "ConnectTimeout",
        "ConnectionAttempts",
        "ForwardAgent",
        "GlobalKnownHostsFile",
        "HashKnownHosts",
        "HostKeyAlgorithms",
        "HostKeyAlias",
        "HostName",
        "IdentitiesOnly",
        "IdentityAgent",
        "IdentityFile",
        "KexAlgorithms",
        "MACs",
        "KbdInteractiveAuthentication",
        "PasswordAuthentication",
        "Port",
        "PreferredAuthentications",
        "ProxyJump",
        "PubkeyAcceptedAlgorithms",
        "PubkeyAuthentication",
        "RequestTTY",
        "RequiredRSASize",
        "RevokedHostKeys",
        "SendEnv",
        "ServerAliveCountMax",
        "ServerAliveInterval",
        "SetEnv",
        "StrictHostKeyChecking",
        "TCPKeepAlive",
        "User",
        "UserKnownHostsFile",
        "BindInterface",
        "CanonicalizeHostname",
        "KnownHostsCommand",
        "PKCS11Provider",
        "ProxyCommand",
        "RefuseConnection",
        "RemoteCommand",
        "SessionType",
        "VerifyHostKeyDNS",
        "",
    };
    return names[static_cast<std::size_t>(what)];
}

algorithm_kind algorithms_of(ssh_option what) {
    switch (what) {
        case option::kex_algorithms:
            return algorithm_kind::key_exchange;
        case option::host_key_algorithms:
            return algorithm_kind::host_key;
        case option::ciphers:
            return algorithm_kind::cipher;
        case option::macs:
            return algorithm_kind::mac;
        default:
            return algorithm_kind::user_key;
    }
}

std::optional<std::string> value_fault(ssh_keyword const& keyword, std::vector<std::string> const& words) {
    if (words.empty() || words.front().empty()) return "the value is missing";
    if (keyword.kind == kind::anything) return {};
    if (keyword.kind == kind::files) return files_fault(words);
    if (keyword.kind == kind::variables) return variables_fault(words, true);
    if (keyword.kind == kind::names_of_variables) return variables_fault(words, false);
    if (words.size() > 1)
        return fmt::format("\"{}\" is one value too many; quote a value with blanks", printable(words[1]));
    if (keyword.kind == kind::algorithms) return algorithms_fault(algorithms_of(keyword.option), words.front());
    if (!fits(keyword.kind, words.front())) return fmt::format("\"{}\" is no value for it", printable(words.front()));
    return {};
}

std::optional<unsigned> to_seconds(std::string_view text) {
    if (text.empty()) return {};
    std::uint64_t total = 0;
    while (!text.empty()) {
        auto const digits = std::min(text.find_first_not_of("0123456789"), text.size());
        if (!is_number(text.substr(0, digits))) return {};
        std::uint64_t value = 0;
        std::from_chars(text.data(), text.data() + digits, value);
        auto const unit = digits < text.size() ? unit_seconds(text[digits]) : 1;
        if (!unit) return {};
        total += value * *unit;
        if (total > static_cast<unsigned>(std::numeric_limits<int>::max())) return {};
        text.remove_prefix(std::min(digits + 1, text.size()));
    }
    return static_cast<unsigned>(total);
}

std::optional<unsigned short> to_service_port(std::string const& text) {
    if (text.find_first_not_of("0123456789") == std::string::npos) return to_port(text);
    servent entry{};
    servent* found = nullptr;
    std::array<char, 2048> buffer{};
    if (getservbyname_r(text.c_str(), "tcp", &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
        return {};
    return ntohs(static_cast<std::uint16_t>(found->s_port));
}

std::optional<bool> to_flag(std::string_view text) {
    if (is_one_of(text, {"yes", "true"})) return true;
    if (is_one_of(text, {"no", "false"})) return false;
    return {};
}

bool is_harmless(ssh_option what, std::string_view value) {
    switch (what) {
        case option::canonicalize_hostname:
            return is_one_of(value, {"no", "false"});
        case option::verify_host_key_dns:
            return is_one_of(value, {"no", "false", "ask"});
        case option::session_type:
            return equal_ignoring_case(value, "default");
        case option::known_hosts_command:
        case option::pkcs11_provider:
        case option::proxy_command:
        case option::remote_command:
            return is_none(value);
        default:
            return false;
    }
}

}  // namespace muster::fleet
