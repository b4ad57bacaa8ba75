// SPDX-License-Identifier: MIT
// Every keyword: what becomes of it, and which values it takes.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>

#include "machine.hpp"
#include "ssh_config/config_line.hpp"
#include "ssh_config/ssh_option.hpp"

using namespace muster::ssh_config;
using strings = std::vector<std::string>;

namespace {

/// A value under which ssh is stricter than without the keyword, or does something else to the connection.
struct strict_row {
    std::string keyword;
    std::string value;
};

// A keyword belongs here if ssh can refuse by it what it accepts without it. muster honours it (the endpoint differs)
// or refuses the host (the endpoint has a fault).
std::vector<strict_row> const strict = {
    {"AddressFamily", "inet6"},
    {"BatchMode", "yes"},
    {"BindAddress", "127.0.0.9"},
    {"BindInterface", "lo"},
    {"CASignatureAlgorithms", "ssh-ed25519"},
    {"CanonicalizeFallbackLocal", "no"},
    {"CanonicalizeHostname", "yes"},
    {"ChallengeResponseAuthentication", "no"},
    {"ChannelTimeout", "*=5m"},
    {"CheckHostIP", "yes"},
    {"Ciphers", "aes256-ctr"},
    {"ConnectTimeout", "1"},
    {"ConnectionAttempts", "2"},
    {"DSAAuthentication", "no"},
    {"ForwardAgent", "yes"},
    {"GlobalKnownHostsFile", "none"},
    {"HashKnownHosts", "yes"},
    {"HostKeyAlgorithms", "ssh-ed25519"},
    {"HostKeyAlias", "other"},
    {"HostName", "other"},
    {"IdentitiesOnly", "yes"},
    {"IdentityAgent", "none"},
    {"IdentityFile", "none"},
    {"KbdInteractiveAuthentication", "no"},
    {"KeepAlive", "no"},
    {"KexAlgorithms", "ecdh-sha2-nistp256"},
    {"KnownHostsCommand", "/bin/keys"},
    {"MACs", "hmac-sha2-512"},
    {"NumberOfPasswordPrompts", "0"},
    {"PKCS11Provider", "/lib/p.so"},
    {"PasswordAuthentication", "no"},
    {"Port", "2222"},
    {"PreferredAuthentications", "publickey"},
    {"ProtocolKeepAlives", "7"},
    {"ProxyCommand", "nc %h %p"},
    {"ProxyJump", "gate"},
    {"PubkeyAcceptedAlgorithms", "ssh-ed25519"},
    {"PubkeyAcceptedKeyTypes", "ssh-ed25519"},
    {"PubkeyAuthentication", "no"},
    {"RefuseConnection", "no"},
    {"RekeyLimit", "1M"},
    {"RemoteCommand", "top"},
    {"RequestTTY", "force"},
    {"RequiredRSASize", "3072"},
    {"RevokedHostKeys", "/etc/revoked"},
    {"NoHostAuthenticationForLocalhost", "yes"},
    {"SendEnv", "KEYS"},
    {"ServerAliveCountMax", "1"},
    {"ServerAliveInterval", "7"},
    {"SessionType", "none"},
    {"SetEnv", "A=b"},
    {"SkeyAuthentication", "no"},
    {"SmartcardDevice", "/lib/p.so"},
    {"StrictHostKeyChecking", "accept-new"},
    {"TCPKeepAlive", "no"},
    {"TISAuthentication", "no"},
    {"User", "other"},
    {"UserKnownHostsFile", "none"},
    {"VerifyHostKeyDNS", "yes"},
    {"CertificateFile", "/c.pub"},
    {"IdentityFile2", "none"},
};

// These change nothing by themselves.
std::set<std::string> const structure = {"Host",
                                         "Match",
                                         "Include",
                                         "IgnoreUnknown",
                                         "Tag",
                                         "CanonicalDomains",
                                         "CanonicalizeMaxDots",
                                         "CanonicalizePermittedCNAMEs",
                                         "ProxyUseFdpass"};

// Each with the reason why muster is as strict without it.
std::map<std::string, std::string> const harmless = {
    {"AddKeysToAgent", "adds to the agent"},
    {"EnableSSHKeysign", "host-based login is not done"},
    {"GSSAPIAuthentication", "GSSAPI is not done"},
    {"GSSAPIClientIdentity", "GSSAPI is not done"},
    {"GSSAPIDelegateCredentials", "GSSAPI is not done"},
    {"GSSAPIKexAlgorithms", "GSSAPI is not done"},
    {"GSSAPIKeyExchange", "GSSAPI is not done"},
    {"GSSAPIRenewalForcesRekey", "GSSAPI is not done"},
    {"GSSAPIServerIdentity", "GSSAPI is not done"},
    {"GSSAPITrustDns", "GSSAPI is not done"},
    {"HostbasedAcceptedAlgorithms", "host-based login is not done"},
    {"HostbasedAuthentication", "host-based login is not done"},
    {"HostbasedKeyTypes", "host-based login is not done"},
    {"KbdInteractiveDevices", "a wish that the server may ignore"},
    {"SecurityKeyProvider", "security keys sign in the agent"},
    {"FingerprintHash", "display"},
    {"UpdateHostKeys", "learns further keys of a server that has proved itself"},
    {"VisualHostKey", "display"},
    {"ClearAllForwardings", "no forwarding is done"},
    {"ControlMaster", "connections are not shared"},
    {"ControlPath", "connections are not shared"},
    {"ControlPersist", "connections are not shared"},
    {"DynamicForward", "no forwarding is done"},
    {"EnableEscapeCommandline", "there are no escapes"},
    {"EscapeChar", "there are no escapes"},
    {"ExitOnForwardFailure", "no forwarding is done, so none fails"},
    {"ForkAfterAuthentication", "muster stays in the foreground"},
    {"ForwardX11", "no forwarding is done"},
    {"ForwardX11Timeout", "no forwarding is done"},
    {"ForwardX11Trusted", "no forwarding is done"},
    {"GatewayPorts", "no forwarding is done"},
    {"LocalCommand", "no local command runs"},
    {"LocalForward", "no forwarding is done"},
    {"LogLevel", "display"},
    {"LogVerbose", "display"},
    {"PermitLocalCommand", "no local command runs"},
    {"PermitRemoteOpen", "no forwarding is done"},
    {"RemoteForward", "no forwarding is done"},
    {"StdinNull", "-n is muster's own"},
    {"StreamLocalBindMask", "no forwarding is done"},
    {"StreamLocalBindUnlink", "no forwarding is done"},
    {"SyslogFacility", "display"},
    {"Tunnel", "no forwarding is done"},
    {"TunnelDevice", "no forwarding is done"},
    {"XAuthLocation", "no forwarding is done"},
    {"Compression", "data are never compressed"},
    {"IPQoS", "tuning"},
    {"ObscureKeystrokeTiming", "input is never typed into a session"},
    {"SetupTimeOut", "Debian's ssh ignores it, too"},
    {"VersionAddendum", "display"},
    {"WarnWeakCrypto", "a warning"},
    // given up by ssh
    {"AFSTokenPassing", ""},
    {"Cipher", ""},
    {"CompressionLevel", ""},
    {"FallBackToRsh", ""},
    {"GlobalKnownHostsFile2", ""},
    {"KerberosAuthentication", ""},
    {"KerberosTGTPassing", ""},
    {"Protocol", ""},
    {"RhostsAuthentication", ""},
    {"RhostsRSAAuthentication", ""},
    {"RSAAuthentication", ""},
    {"UseBlacklistedKeys", ""},
    {"UsePrivilegedPort", ""},
    {"UserKnownHostsFile2", ""},
    {"UseRoaming", ""},
    {"UseRsh", ""},
};

local_machine without_answers() {
    return {{}, [](auto const& names) { return std::vector<name_answer>(names.size()); }, {}};
}

muster::endpoint endpoint_of(std::string const& config) {
    auto here = with_config(config);
    here.asked = without_answers();
    return here.one("x");
}

bool is_strict(std::string_view keyword) {
    return std::ranges::any_of(strict, [&](auto const& row) { return row.keyword == keyword; });
}

}  // namespace

TEST_CASE("every keyword is honoured, refused, or harmless for a reason") {
    for (auto const& keyword : ssh_keywords()) {
        std::string const name(keyword.name);
        INFO(name);
        CHECK(is_strict(name) + static_cast<int>(structure.count(name) + harmless.count(name)) == 1);
        CHECK((keyword.option == ssh_option::ignored) == (harmless.count(name) == 1));
    }
}

TEST_CASE("no keyword that makes ssh stricter is ignored in silence") {
    std::map<std::string, std::string> const needed = {
        {"CanonicalizeFallbackLocal", "CanonicalizeHostname yes\nCanonicalDomains d\n"},
        {"NoHostAuthenticationForLocalhost", "HostName localhost\n"}};
    for (auto const& [keyword, value] : strict) {
        INFO(keyword);
        auto const before = needed.count(keyword) > 0 ? needed.at(keyword) : std::string();
        auto const plain = endpoint_of(before + "Host y\n  " + keyword + ' ' + value + '\n');
        auto const strictly = endpoint_of(before + "Host x\n  " + keyword + ' ' + value + '\n');
        if (keyword == "CanonicalizeHostname") continue;  // see canonical_host.cpp
        CHECK_FALSE(plain == strictly);
    }
}

TEST_CASE("what waits for the SSH layer is in the endpoint") {
    auto const endpoint =
        endpoint_of("CASignatureAlgorithms ssh-ed25519,rsa-*\nRekeyLimit 1.5K 1h30m\nCheckHostIP yes\n");
    CHECK(endpoint.settings->algorithms.ca_signature == "ssh-ed25519,rsa-sha2-512,rsa-sha2-256");
    CHECK(endpoint.settings->rekey.bytes == 1536);
    CHECK(endpoint.settings->rekey.interval == std::chrono::minutes(90));
    CHECK(endpoint.settings->check_host_ip);
    auto const other = endpoint_of("CASignatureAlgorithms -*\nRekeyLimit default none\n");
    CHECK(other.settings->algorithms.ca_signature == "none");
    CHECK(other.settings->rekey == muster::rekey_limit{});
    CHECK(endpoint_of("").settings->algorithms.ca_signature.empty());
    CHECK(endpoint_of("CASignatureAlgorithms -rsa*\n").settings->algorithms.ca_signature.find("rsa") ==
          std::string::npos);
}

TEST_CASE("ProxyCommand is in the endpoint, with its tokens replaced") {
    auto const endpoint = endpoint_of(
        "Host x\n  HostName real\n  User u\n  Port 7\n  ProxyUseFdpass yes\n"
        "  ProxyCommand = \"my nc\" -x '%n' %h %p %r %% ${HOME} # and more\n");
    CHECK(endpoint.settings->proxy_command == "\"my nc\" -x 'x' real 7 u % ${HOME} # and more");
    CHECK(endpoint.settings->proxy_use_fdpass);
    CHECK(endpoint.error.empty());
    CHECK(endpoint_of("ProxyCommand nc %u\n").error.find("unknown token %u") != std::string::npos);
    CHECK(endpoint_of("ProxyCommand none\nProxyJump gate\n").settings->proxy_command.empty());
    CHECK_FALSE(endpoint_of("ProxyCommand none\nProxyJump gate\n").settings->jump);
    CHECK(endpoint_of("ProxyJump gate\nProxyCommand nc\n").settings->proxy_command.empty());
}

TEST_CASE("no token of ProxyCommand can bring a piece of shell into it") {
    CHECK(endpoint_of("User a;b\nProxyCommand nc %r@%h\n").error.find("%r: ';' can't stand") != std::string::npos);
    CHECK(endpoint_of("User a;b\nProxyCommand nc %%r %h\n").error.empty());
    CHECK(endpoint_of("HostName $(id)\nProxyCommand nc %h\n").error.find("HostName") != std::string::npos);
    CHECK(endpoint_of("HostKeyAlias a|b\nProxyCommand nc %k\n").error.find("%k: ") != std::string::npos);
    CHECK(endpoint_of("HostKeyAlias a|b\nProxyCommand nc %h\n").error.empty());
}

TEST_CASE("a host that others are reached over may have a ProxyCommand of its own") {
    auto const behind = endpoint_of("Host gate\n  ProxyCommand tunnel %h\nHost x\n  ProxyJump gate\n");
    CHECK(behind.error.empty());
    REQUIRE(behind.settings->jump);
    CHECK(behind.settings->jump->settings->proxy_command == "tunnel gate");
}

TEST_CASE("sizes of RekeyLimit") {
    CHECK(to_bytes("0") == 0u);
    CHECK(to_bytes("default") == 0u);
    CHECK(to_bytes("512") == 512u);
    CHECK(to_bytes("2k") == 2048u);
    CHECK(to_bytes("1.5M") == 1572864u);
    CHECK(to_bytes("1G") == 1073741824u);
    for (std::string const text : {"", "G", "1X", "-1", "1GB", "1e3", "nan", "99999999999999999999", "9E"}) {
        INFO(text);
        CHECK_FALSE(to_bytes(text));
    }
}
