// SPDX-License-Identifier: MIT
// The table of keywords.
#include "ssh_config/ssh_option.hpp"

#include <array>
#include <unordered_map>

namespace muster::ssh_config {
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

}  // namespace muster::ssh_config
