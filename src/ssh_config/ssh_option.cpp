// SPDX-License-Identifier: MIT
// The table of keywords.
#include "ssh_config/ssh_option.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "ssh_config/config_line.hpp"

namespace muster::ssh_config {
namespace {

using option = ssh_option;
using kind = value_kind;

// OpenSSH 9.2, the keywords that Debian adds, and those that came later. Values of ignored ones are checked,
// too: ssh refuses a file with a bad one.
constexpr ssh_keyword keywords[] = {
    // structure
    {"Host", option::host, kind::anything},
    {"Match", option::match, kind::rest},
    {"Include", option::include, kind::anything},
    {"IgnoreUnknown", option::ignore_unknown, kind::word},
    // read
    {"AddressFamily", option::address_family, kind::address_family},
    {"BindAddress", option::bind_address, kind::word},
    {"CASignatureAlgorithms", option::ca_signature_algorithms, kind::algorithms},
    {"CanonicalDomains", option::canonical_domains, kind::domains},
    {"CanonicalizeFallbackLocal", option::canonicalize_fallback_local, kind::flag},
    {"CanonicalizeHostname", option::canonicalize_hostname, kind::canonicalize_hostname},
    {"CanonicalizeMaxDots", option::canonicalize_max_dots, kind::number},
    {"CanonicalizePermittedCNAMEs", option::canonicalize_permitted_cnames, kind::permitted_cnames},
    {"Ciphers", option::ciphers, kind::algorithms},
    {"ConnectionAttempts", option::connection_attempts, kind::positive},
    {"BatchMode", option::batch_mode, kind::flag},
    {"CertificateFile", option::certificate_file, kind::word},
    {"KbdInteractiveAuthentication", option::kbd_interactive_authentication, kind::flag},
    {"ChallengeResponseAuthentication", option::kbd_interactive_authentication, kind::flag},
    {"CheckHostIP", option::check_host_ip, kind::flag},
    {"ConnectTimeout", option::connect_timeout, kind::time},
    {"PubkeyAuthentication", option::pubkey_authentication, kind::pubkey_authentication},
    {"DSAAuthentication", option::pubkey_authentication, kind::pubkey_authentication},
    {"ForwardAgent", option::forward_agent, kind::agent},
    {"GlobalKnownHostsFile", option::global_known_hosts_file, kind::files},
    {"HashKnownHosts", option::hash_known_hosts, kind::flag},
    {"HostKeyAlgorithms", option::host_key_algorithms, kind::algorithms},
    {"HostKeyAlias", option::host_key_alias, kind::word},
    {"HostName", option::host_name, kind::word},
    {"IdentitiesOnly", option::identities_only, kind::flag},
    {"IdentityAgent", option::identity_agent, kind::agent},
    {"IdentityFile", option::identity_file, kind::word},
    {"IdentityFile2", option::identity_file, kind::word},
    {"TCPKeepAlive", option::tcp_keep_alive, kind::flag},
    {"KeepAlive", option::tcp_keep_alive, kind::flag},
    {"KexAlgorithms", option::kex_algorithms, kind::algorithms},
    {"MACs", option::macs, kind::algorithms},
    {"NumberOfPasswordPrompts", option::number_of_password_prompts, kind::number},
    {"PasswordAuthentication", option::password_authentication, kind::flag},
    {"Port", option::port, kind::port},
    {"PreferredAuthentications", option::preferred_authentications, kind::word},
    {"ProxyCommand", option::proxy_command, kind::rest},
    {"ProxyJump", option::proxy_jump, kind::jumps},
    {"ProxyUseFdpass", option::proxy_use_fdpass, kind::flag},
    {"ServerAliveInterval", option::server_alive_interval, kind::time},
    {"ProtocolKeepAlives", option::server_alive_interval, kind::time},
    {"PubkeyAcceptedAlgorithms", option::pubkey_accepted_algorithms, kind::algorithms},
    {"PubkeyAcceptedKeyTypes", option::pubkey_accepted_algorithms, kind::algorithms},
    {"RekeyLimit", option::rekey_limit, kind::rekey_limit},
    {"RequestTTY", option::request_tty, kind::request_tty},
    {"RequiredRSASize", option::required_rsa_size, kind::number},
    {"RevokedHostKeys", option::revoked_host_keys, kind::word},
    {"SendEnv", option::send_env, kind::names_of_variables},
    {"ServerAliveCountMax", option::server_alive_count_max, kind::number},
    {"SetEnv", option::set_env, kind::variables},
    {"StrictHostKeyChecking", option::strict_host_key_checking, kind::strict_host_key_checking},
    {"Tag", option::tag, kind::word},
    {"SkeyAuthentication", option::kbd_interactive_authentication, kind::flag},
    {"TISAuthentication", option::kbd_interactive_authentication, kind::flag},
    {"User", option::user, kind::word},
    {"UserKnownHostsFile", option::user_known_hosts_file, kind::files},
    // refused
    {"BindInterface", option::bind_interface, kind::word},
    {"ChannelTimeout", option::channel_timeout, kind::channel_timeouts},
    {"RefuseConnection", option::refuse_connection, kind::word},
    {"RemoteCommand", option::remote_command, kind::rest},
    {"SessionType", option::session_type, kind::session_type},
    // noted
    {"KnownHostsCommand", option::known_hosts_command, kind::rest},
    {"NoHostAuthenticationForLocalhost", option::no_host_authentication_for_localhost, kind::flag},
    {"PKCS11Provider", option::pkcs11_provider, kind::word},
    {"SmartcardDevice", option::pkcs11_provider, kind::word},
    {"VerifyHostKeyDNS", option::verify_host_key_dns, kind::yes_no_ask},
    // ignored: ways to log in that muster does not have, and adding to the agent
    {"AddKeysToAgent", option::ignored, kind::add_keys},
    {"EnableSSHKeysign", option::ignored, kind::flag},
    {"GSSAPIAuthentication", option::ignored, kind::flag},
    {"GSSAPIClientIdentity", option::ignored, kind::word},
    {"GSSAPIDelegateCredentials", option::ignored, kind::flag},
    {"GSSAPIKexAlgorithms", option::ignored, kind::word},
    {"GSSAPIKeyExchange", option::ignored, kind::flag},
    {"GSSAPIRenewalForcesRekey", option::ignored, kind::flag},
    {"GSSAPIServerIdentity", option::ignored, kind::word},
    {"GSSAPITrustDns", option::ignored, kind::flag},
    {"HostbasedAcceptedAlgorithms", option::ignored, kind::algorithms},
    {"HostbasedAuthentication", option::ignored, kind::flag},
    {"HostbasedKeyTypes", option::ignored, kind::algorithms},
    {"KbdInteractiveDevices", option::ignored, kind::word},
    {"SecurityKeyProvider", option::ignored, kind::word},
    // ignored: muster is as strict without them, or stricter
    {"FingerprintHash", option::ignored, kind::fingerprint_hash},
    {"UpdateHostKeys", option::ignored, kind::yes_no_ask},
    {"VisualHostKey", option::ignored, kind::flag},
    // ignored: sharing of connections, forwarding of ports, tunnels, local commands, logs
    {"ClearAllForwardings", option::ignored, kind::flag},
    {"ControlMaster", option::ignored, kind::control_master},
    {"ControlPath", option::ignored, kind::word},
    {"ControlPersist", option::ignored, kind::control_persist},
    {"DynamicForward", option::ignored, kind::dynamic_forward},
    {"EnableEscapeCommandline", option::ignored, kind::flag},
    {"EscapeChar", option::ignored, kind::escape_char},
    {"ExitOnForwardFailure", option::ignored, kind::flag},
    {"ForkAfterAuthentication", option::ignored, kind::flag},
    {"ForwardX11", option::ignored, kind::flag},
    {"ForwardX11Timeout", option::ignored, kind::time},
    {"ForwardX11Trusted", option::ignored, kind::flag},
    {"GatewayPorts", option::ignored, kind::flag},
    {"LocalCommand", option::ignored, kind::rest},
    {"LocalForward", option::ignored, kind::local_forward},
    {"LogLevel", option::ignored, kind::log_level},
    {"LogVerbose", option::ignored, kind::files},
    {"PermitLocalCommand", option::ignored, kind::flag},
    {"PermitRemoteOpen", option::ignored, kind::permitted_opens},
    {"RemoteForward", option::ignored, kind::remote_forward},
    {"StdinNull", option::ignored, kind::flag},
    {"StreamLocalBindMask", option::ignored, kind::file_mask},
    {"StreamLocalBindUnlink", option::ignored, kind::flag},
    {"SyslogFacility", option::ignored, kind::syslog_facility},
    {"Tunnel", option::ignored, kind::tunnel},
    {"TunnelDevice", option::ignored, kind::tunnel_device},
    {"XAuthLocation", option::ignored, kind::word},
    // ignored: tuning
    {"Compression", option::ignored, kind::compression},
    {"IPQoS", option::ignored, kind::ip_qos},
    {"ObscureKeystrokeTiming", option::ignored, kind::keystroke_timing},
    {"SetupTimeOut", option::ignored, kind::time},
    {"VersionAddendum", option::ignored, kind::rest},
    {"WarnWeakCrypto", option::ignored, kind::anything},
    // ignored: what ssh itself has given up
    {"AFSTokenPassing", option::ignored, kind::anything},
    {"Cipher", option::ignored, kind::anything},
    {"CompressionLevel", option::ignored, kind::anything},
    {"FallBackToRsh", option::ignored, kind::anything},
    {"GlobalKnownHostsFile2", option::ignored, kind::anything},
    {"KerberosAuthentication", option::ignored, kind::anything},
    {"KerberosTGTPassing", option::ignored, kind::anything},
    {"Protocol", option::ignored, kind::anything},
    {"RhostsAuthentication", option::ignored, kind::anything},
    {"RhostsRSAAuthentication", option::ignored, kind::anything},
    {"RSAAuthentication", option::ignored, kind::anything},
    {"UseBlacklistedKeys", option::ignored, kind::anything},
    {"UsePrivilegedPort", option::ignored, kind::anything},
    {"UserKnownHostsFile2", option::ignored, kind::anything},
    {"UseRoaming", option::ignored, kind::anything},
    {"UseRsh", option::ignored, kind::anything},
};

}  // namespace

std::optional<ssh_keyword> find_ssh_keyword(std::string_view lower_case_name) {
    static auto const index = [] {
        std::unordered_map<std::string, ssh_keyword const*> out;
        for (auto const& keyword : keywords) out.emplace(lower(keyword.name), &keyword);
        return out;
    }();
    auto const found = index.find(std::string(lower_case_name));
    if (found == index.end()) return {};
    return *found->second;
}

std::span<ssh_keyword const> ssh_keywords() {
    return keywords;
}

std::string_view spelled(ssh_option option) {
    if (option == option::host_include) option = option::include;
    if (option == option::rekey_interval) option = option::rekey_limit;
    return std::ranges::find(keywords, option, &ssh_keyword::option)->name;
}

algorithm_kind algorithms_of(ssh_option option) {
    switch (option) {
        case option::kex_algorithms:
            return algorithm_kind::key_exchange;
        case option::host_key_algorithms:
            return algorithm_kind::host_key;
        case option::ciphers:
            return algorithm_kind::cipher;
        case option::macs:
            return algorithm_kind::mac;
        case option::ca_signature_algorithms:
            return algorithm_kind::ca_signature;
        default:
            return algorithm_kind::user_key;
    }
}

}  // namespace muster::ssh_config
