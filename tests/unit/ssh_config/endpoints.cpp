// SPDX-License-Identifier: MIT
// Endpoints: precedence, defaults, faults of one host and errors of all. Files are values here.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <ctime>

#include "machine.hpp"

using muster::endpoint;
using muster::host_key_policy;
using muster::parse_hosts;
using namespace muster::ssh_config;

namespace {

using strings = std::vector<std::string>;

#ifdef __SANITIZE_ADDRESS__
constexpr bool is_sanitized = true;
#else
constexpr bool is_sanitized = false;
#endif

strings paths(endpoint const& endpoint) {
    strings out;
    for (auto const& file : endpoint.settings->identities) out.push_back(file.path);
    return out;
}

}  // namespace

TEST_CASE("without configuration a host is reached as ssh would") {
    auto const endpoint = machine().one("Web1");
    CHECK(endpoint.label == "Web1");
    CHECK(endpoint.name == "Web1");
    CHECK(endpoint.address == "web1");
    CHECK(endpoint.port == 22);
    CHECK(endpoint.user == "me");
    CHECK(paths(endpoint) == strings{"/home/me/.ssh/id_rsa", "/home/me/.ssh/id_ecdsa", "/home/me/.ssh/id_ecdsa_sk",
                                     "/home/me/.ssh/id_ed25519", "/home/me/.ssh/id_ed25519_sk"});
    CHECK(std::ranges::none_of(endpoint.settings->identities, &muster::identity_file::required));
    CHECK(endpoint.settings->agent_socket == "/run/agent");
    CHECK(endpoint.settings->user_known_hosts == strings{"/home/me/.ssh/known_hosts", "/home/me/.ssh/known_hosts2"});
    CHECK(endpoint.settings->global_known_hosts == strings{"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"});
    CHECK(endpoint.settings->host_keys == host_key_policy::strict);
    CHECK_FALSE(endpoint.settings->identities_only);
    CHECK_FALSE(endpoint.settings->connect_timeout);
    CHECK(endpoint.error.empty());
}

TEST_CASE("host before command line before -o before the user's file before the system's") {
    auto here = with_config("Port 4\nConnectTimeout 4\nHost x\nUser user-file\n");
    here.files["/etc/ssh/ssh_config"] = "Port 5\nUser system\nHostKeyAlias system\n";
    CHECK(here.one("x").user == "user-file");
    CHECK(here.one("y").user == "system");
    CHECK(here.one("x").port == 4);
    CHECK(here.one("x").settings->host_key_alias == "system");
    here.settings.options = {"Port=3", "User=option", "User=second"};
    CHECK(here.one("x").port == 3);
    CHECK(here.one("x").user == "option");
    here.settings.port = 2;
    here.settings.user = "flag";
    CHECK(here.one("x").port == 2);
    CHECK(here.one("x").user == "flag");
    auto const written = here.one("host@x:1");
    CHECK(written.port == 1);
    CHECK(written.user == "host");
    CHECK(written.label == "host@x:1");
    CHECK(here.one("x").settings->connect_timeout == std::chrono::seconds(4));
    here.settings.connect_timeout = std::chrono::seconds(9);
    CHECK(here.one("x").settings->connect_timeout == std::chrono::seconds(9));
}

TEST_CASE("option -F replaces both files") {
    auto here = with_config("Port 4\n");
    here.files["/etc/ssh/ssh_config"] = "User system\n";
    here.files["own"] = "HostKeyAlias own\n";
    here.settings.config_file = "own";
    CHECK(here.one("x").settings->host_key_alias == "own");
    CHECK(here.one("x").port == 22);
    CHECK(here.one("x").user == "me");
    here.settings.config_file = "none";
    CHECK(here.one("x").settings->host_key_alias.empty());
    here.settings.config_file = "missing";
    CHECK(here.error() == "-F missing: no such file");
}

TEST_CASE("identity files") {
    auto here =
        with_config("IdentityFile ~/%n-%h-%r\nIdentityFile ${KEYS}/%p\nHostName %h.example.com\nIdentityFile /k\n");
    CHECK(paths(here.one("x")) == strings{"/home/me/x-x.example.com-me", "/keys/22", "/k"});
    here.settings.identities = {"own", "/k"};
    auto const endpoint = here.one("x");
    CHECK(paths(endpoint) == strings{"own", "/k", "/home/me/x-x.example.com-me", "/keys/22"});
    CHECK(endpoint.settings->identities[0].required);
    CHECK(endpoint.settings->identities[1].required);
    CHECK_FALSE(endpoint.settings->identities[2].required);
    CHECK(paths(with_config("IdentityFile none\n").one("x")).empty());
    machine only_flag;
    only_flag.settings.identities = {"own"};
    CHECK(paths(only_flag.one("x")) == strings{"own"});
}

TEST_CASE("tokens") {
    auto const endpoint =
        with_config("HostName real\nHostKeyAlias Alias\nUserKnownHostsFile %d %h %i %k %L %l %n %p %r %u %% %C\n")
            .one("u@x:7");
    CHECK(endpoint.settings->user_known_hosts == strings{"/home/me", "real", "1000", "alias", "desk",
                                                         "desk.example.com", "x", "7", "u", "me", "%",
                                                         // printf desk.example.comreal7u | sha1sum
                                                         "008350d3f5a692a8be1e8e938ef8c354e4eaf22d"});
    CHECK(with_config("HostName %p\n").one("x").error == "/home/me/.ssh/config:1: HostName: unknown token %p");
    CHECK(with_config("\nIdentityFile ${NO}\n").one("x").error ==
          "/home/me/.ssh/config:2: IdentityFile: the environment variable NO is not set");
    CHECK(with_config("IdentityFile /a%\n").one("x").error.find("lone %") != std::string::npos);
    CHECK(with_config("IdentityFile /a${NO\n").one("x").error.find("without \"}\"") != std::string::npos);
    CHECK(with_config("IdentityFile ~nobody-has-this-name/k\n").one("x").error.find("there is no user") !=
          std::string::npos);
    CHECK(with_config("IdentityFile ${NO}\n").endpoints("x,y").at(1).error.find("NO is not set") != std::string::npos);
}

TEST_CASE("the agent") {
    CHECK(with_config("IdentityAgent none\n").one("x").settings->agent_socket.empty());
    CHECK(with_config("IdentityAgent SSH_AUTH_SOCK\n").one("x").settings->agent_socket == "/run/agent");
    CHECK(with_config("IdentityAgent $KEYS\n").one("x").settings->agent_socket == "/keys");
    CHECK(with_config("IdentityAgent $NOT_SET\n").one("x").settings->agent_socket.empty());
    CHECK(with_config("IdentityAgent ~/%n\n").one("x").settings->agent_socket == "/home/me/x");
    machine without;
    without.local.environment.clear();
    CHECK(without.one("x").settings->agent_socket.empty());
}

TEST_CASE("host keys") {
    CHECK(with_config("StrictHostKeyChecking yes\n").one("x").settings->host_keys == host_key_policy::strict);
    CHECK(with_config("StrictHostKeyChecking ask\n").one("x").settings->host_keys == host_key_policy::strict);
    CHECK(with_config("StrictHostKeyChecking accept-new\n").one("x").settings->host_keys ==
          host_key_policy::accept_new);
    CHECK(with_config("StrictHostKeyChecking no\n").one("x").settings->host_keys == host_key_policy::accept_new);
    auto here = with_config("StrictHostKeyChecking yes\n");
    here.settings.accept_new = true;
    CHECK(here.one("x").settings->host_keys == host_key_policy::accept_new);
}

TEST_CASE("after ProxyJump none a ProxyCommand counts, as with OpenSSH 10 (but not 9.2)") {
    auto const here = with_config("ProxyJump none\nProxyCommand nc %h %p\nProxyJump b\n").one("x");
    CHECK(here.error.empty());
    CHECK(here.settings->proxy_command == "nc x 22");
    CHECK(here.settings->jump == nullptr);
}

TEST_CASE("what makes ssh stricter or reaches another host, and is not done, is a fault of the hosts it is for") {
    struct row {
        std::string line;
        std::string reason;
        std::string way_out;
    };
    for (auto const& [line, reason, way_out] : std::initializer_list<row>{
             {"RemoteCommand top", "ssh runs no other command on a host with RemoteCommand", "RemoteCommand=none"},
             {"BindInterface eth0", "muster can't bind a connection to an interface", ""},
             {"SessionType none", "the host shall run no command", "SessionType=default"},
             {"SessionType subsystem", "the host shall run no command", "SessionType=default"},
             {"ChannelTimeout agent*=5m session=1h", "muster closes no channel for being silent",
              "ChannelTimeout=none"},
             {"RefuseConnection \"not from here\"", "the configuration refuses connections to this host: not from", ""},
             {"Include %h.conf", "muster reads each file once for all hosts", ""}}) {
        INFO(line);
        auto here = with_config("Host x\n  " + line + '\n');
        auto const name = line.substr(0, line.find(' '));
        auto const both = here.endpoints("x,y");
        CHECK(both[0].error.starts_with("/home/me/.ssh/config:2: " + name + ": " + reason));
        CHECK(both[1].error.empty());
        if (name == "Include") continue;
        here.settings.options = {line};
        CHECK(here.one("y").error.starts_with("-o " + line + ": " + name));
        if (way_out.empty()) continue;
        CHECK(both[0].error.find("-o " + way_out) != std::string::npos);
        here.settings.options = {way_out};
        CHECK(here.one("x").error.empty());
    }
}

TEST_CASE("values that change nothing are no fault") {
    CHECK(with_config("AddressFamily any\nCanonicalizeHostname no\nVerifyHostKeyDNS ask\nSessionType default\n"
                      "ChannelTimeout direct-tcpip=5m tun-connection=1h\n"
                      "PubkeyAuthentication yes\nPreferredAuthentications gssapi-with-mic,publickey,password\n")
              .one("x")
              .error.empty());
}

TEST_CASE("what only adds keys or trust is left out with a note") {
    auto const here = with_config(
        "Host x\nPKCS11Provider /lib/p.so\nKnownHostsCommand /bin/keys %H\nVerifyHostKeyDNS yes\n"
        "Host y\nVerifyHostKeyDNS ask\nPKCS11Provider none\n");
    auto const both = here.endpoints("x,y");
    CHECK(both[0].error.empty());
    CHECK(both[0].settings->login_note == "muster leaves out PKCS11Provider (/home/me/.ssh/config:2)");
    CHECK(both[0].settings->host_key_note ==
          "muster leaves out KnownHostsCommand (/home/me/.ssh/config:3); muster leaves out VerifyHostKeyDNS "
          "(/home/me/.ssh/config:4)");
    CHECK(both[1].settings->login_note.empty());
    CHECK(both[1].settings->host_key_note.empty());
}

TEST_CASE("trust in this machine without its key is left out, with a note on its names alone") {
    auto const here = with_config("NoHostAuthenticationForLocalhost yes\nHost near\nHostName 127.0.0.9\n");
    auto const note = "muster leaves out NoHostAuthenticationForLocalhost (/home/me/.ssh/config:1)";
    CHECK(here.one("near").settings->host_key_note == note);
    CHECK(here.one("localhost").settings->host_key_note == note);
    CHECK(here.one("far").settings->host_key_note.empty());
}

TEST_CASE("variables stand for parts of User and ProxyJump; one that is not set is that host's fault alone") {
    auto here = with_config(
        "Host a\nUser fl${EET}\nProxyJump ${GATE}:${PORT}\nHost b\nUser ${NONE}\nHost c\nProxyJump me@${NONE}\n");
    here.local.environment = {{"EET", "eet"}, {"GATE", "gate"}, {"PORT", "2200"}};
    auto const all = here.endpoints("a,b,c,d");
    CHECK(all[0].user == "fleet");
    REQUIRE(all[0].settings->jump);
    CHECK(all[0].settings->jump->name == "gate");
    CHECK(all[0].settings->jump->port == 2200);
    CHECK(all[1].error == "/home/me/.ssh/config:5: User: the environment variable NONE is not set");
    CHECK(all[2].error == "/home/me/.ssh/config:7: ProxyJump: the environment variable NONE is not set");
    CHECK(all[3].error.empty());
    CHECK(here.one("me@b").error.empty());
    here.settings.user = "other";
    CHECK(here.one("b").user == "other");
    CHECK(here.one("b").error.empty());
    here.settings.jump = "gate";
    CHECK(here.one("c").error.empty());
}

TEST_CASE("a KnownHostsCommand is refused where unknown keys are accepted, as it could contradict them") {
    auto here = with_config("KnownHostsCommand /bin/keys\nHost lax\nStrictHostKeyChecking accept-new\n");
    CHECK(here.one("x").error.empty());
    CHECK(here.one("lax").error.find("would accept a key that it contradicts") != std::string::npos);
    here.settings.accept_new = true;
    CHECK(here.one("x").error.find("KnownHostsCommand=none") != std::string::npos);
    here.settings.options = {"KnownHostsCommand=none"};
    CHECK(here.one("x").error.empty());
}

TEST_CASE("ways to log in: their order, their switches, and none left") {
    using enum muster::auth_method;
    using methods = std::vector<muster::auth_method>;
    CHECK(with_config("").one("x").settings->auth_methods == methods{publickey, keyboard_interactive, password});
    auto const some = with_config(
        "Host x\nPasswordAuthentication no\nHost y\nPreferredAuthentications gssapi-with-mic,password,publickey\n"
        "Host z\nPubkeyAuthentication no\nChallengeResponseAuthentication no\nBatchMode yes\n");
    CHECK(some.one("x").settings->auth_methods == methods{publickey, keyboard_interactive});
    CHECK(some.one("y").settings->auth_methods == methods{password, publickey});
    CHECK(some.one("z").settings->auth_methods == methods{password});
    CHECK(some.one("z").settings->batch_mode);
    CHECK_FALSE(some.one("x").settings->batch_mode);
    for (std::string const line :
         {"PreferredAuthentications gssapi-with-mic,hostbased", "PreferredAuthentications *"}) {
        INFO(line);
        CHECK(
            with_config(line + '\n').one("x").error.starts_with("/home/me/.ssh/config:1: PreferredAuthentications: "));
    }
    CHECK(with_config("PreferredAuthentications publickey\nPubkeyAuthentication no\n")
              .one("x")
              .error.starts_with("/home/me/.ssh/config:2: PubkeyAuthentication: no way to log in is left"));
    auto const none = with_config("PreferredAuthentications none\n").one("x");
    CHECK(none.error.empty());
    CHECK(none.settings->auth_methods.empty());
}

TEST_CASE("where only GSSAPI is left, the fault says so and names the system's ssh") {
    auto const fault = with_config("PreferredAuthentications gssapi-with-mic\n").one("x").error;
    CHECK(fault.starts_with("/home/me/.ssh/config:1: PreferredAuthentications: GSSAPI (Kerberos) is the only way"));
    CHECK(fault.find("--transport ssh") != std::string::npos);
}

TEST_CASE("NumberOfPasswordPrompts 0 leaves no way to log in that asks") {
    using methods = std::vector<muster::auth_method>;
    CHECK(with_config("NumberOfPasswordPrompts 0\n").one("x").settings->auth_methods ==
          methods{muster::auth_method::publickey});
    CHECK(with_config("NumberOfPasswordPrompts 1\n").one("x").settings->auth_methods.size() == 3);
    CHECK(with_config("NumberOfPasswordPrompts 0\nPubkeyAuthentication no\n")
              .one("x")
              .error.starts_with("/home/me/.ssh/config:1: NumberOfPasswordPrompts: no way to log in is left"));
}

TEST_CASE("certificate files add up, with tokens") {
    auto const endpoint = with_config("CertificateFile ~/%n.pub\nCertificateFile /c.pub\n").one("x");
    CHECK(endpoint.settings->certificates == std::vector<std::string>{"/home/me/x.pub", "/c.pub"});
    CHECK(with_config("CertificateFile none\n").one("x").settings->certificates.empty());
}

TEST_CASE("a HostName that is no host name is a fault") {
    CHECK(with_config("HostName -oProxyCommand=x\n").one("x").error.find("HostName") != std::string::npos);
    CHECK(with_config("HostName a/b\n").one("x").error.find("HostName") != std::string::npos);
    CHECK(with_config("HostName fe80::1%%eth0\n").one("x").address == "fe80::1%eth0");
}

TEST_CASE("a name with letters that are not ASCII needs a HostName without them") {
    auto const here = with_config("Host b\xc3\xbcro\nHostName office.example\n");
    CHECK(here.one("b\xc3\xbcro").address == "office.example");
    CHECK(here.one("b\xc3\xbcro").error.empty());
    CHECK(here.one("b\xc3\xbc"
                   "cher")
              .error.starts_with("no name server has names with letters that are not ASCII"));
    CHECK(
        with_config("HostName b\xc3\xbcro\n").one("x").error.starts_with("/home/me/.ssh/config:1: HostName: no name"));
}

TEST_CASE("errors name the file and the line") {
    CHECK(with_config("User a\nFoo bar\n").error() ==
          "/home/me/.ssh/config:2: unknown option \"foo\"; IgnoreUnknown foo makes ssh and muster skip it");
    CHECK(with_config("Port 0\n").error() == "/home/me/.ssh/config:1: port: \"0\" is no value for it");
    CHECK(with_config("\n\nUser \"a\n").error() == "/home/me/.ssh/config:3: a quote is not closed");
    CHECK(with_config("User\n").error() == "/home/me/.ssh/config:1: user: the value is missing");
    CHECK(with_config(std::string("a\n\0b\n", 5)).error().starts_with("/home/me/.ssh/config:1: a: the value"));
    CHECK(with_config(std::string("User a\nUser \0b\n", 15)).error() ==
          "/home/me/.ssh/config:2: a NUL byte: this is no text file");
    CHECK(with_config("Include /home/me/.ssh/config\n").error() ==
          "/home/me/.ssh/config:1: Include goes deeper than 16 files");
    CHECK(with_config("Include ${NO}/x\n").error() ==
          "/home/me/.ssh/config:1: include: the environment variable NO is not set");
    machine here;
    here.files["/etc/ssh/ssh_config"] = "Include ~/x\n";
    CHECK(here.error().starts_with("/etc/ssh/ssh_config:1: include: \"~\""));
    for (std::string const option : {"Port", "Port=0", "Bogus=1", "", "Host=x", "Match=all"}) {
        machine flags;
        flags.settings.options = {option};
        INFO(option);
        CHECK(flags.error().starts_with("-o " + option + ": "));
    }
    here.files.clear();
    here.settings.user = "a b";
    CHECK(here.error() == "-l: ' ' can't stand in a user name");
}

TEST_CASE("Include goes 16 files deep") {
    machine here;
    for (int i = 0; i < 16; ++i) here.files["/f" + std::to_string(i)] = "Include /f" + std::to_string(i + 1) + '\n';
    here.files["/f16"] = "Port 16\n";
    here.settings.config_file = "/f0";
    CHECK(here.one("x").port == 16);
    here.files["/f16"] = "Include /f17\n";
    CHECK(here.error() == "/f16:1: Include goes deeper than 16 files");
}

TEST_CASE("Include begins at the folder of its origin") {
    auto here = with_config("Include more\nInclude ~/other\n");
    here.files["/home/me/.ssh/more"] = "Port 1\n";
    here.files["/home/me/other"] = "User other\n";
    here.files["/etc/ssh/ssh_config"] = "Include ssh_config.d/a\nInclude ${KEYS}/c\n";
    here.files["/etc/ssh/ssh_config.d/a"] = "HostKeyAlias a\n";
    here.files["/keys/c"] = "ConnectTimeout 3\n";
    auto const endpoint = here.one("x");
    CHECK(endpoint.port == 1);
    CHECK(endpoint.user == "other");
    CHECK(endpoint.settings->host_key_alias == "a");
    CHECK(endpoint.settings->connect_timeout == std::chrono::seconds(3));
}

TEST_CASE("10,000 hosts with a block each take less than a second") {
    std::string config;
    std::string hosts;
    for (int i = 0; i < 10'000; ++i) {
        auto const name = "node" + std::to_string(i);
        config += "Host " + name + "\n  HostName " + name + ".example.com\n  Port " + std::to_string(1024 + i) +
                  "\n  IdentityFile ~/.ssh/%h\n";
        hosts += (i == 0 ? "" : ",") + name;
    }
    config +=
        "Match host *.example.com user root\n  User other\nHost *\n  User deploy\nMatch final\n  ConnectTimeout 5\n";
    auto const here = with_config(config);
    auto const start = std::clock();  // of the processor: a busy machine is no slower by it
    auto const all = here.endpoints(hosts);
    CHECK(std::clock() - start < CLOCKS_PER_SEC * (is_sanitized ? 20 : 1));
    REQUIRE(all.size() == 10'000);
    CHECK(all[9'999].address == "node9999.example.com");
    CHECK(all[9'999].port == 1024 + 9'999);
    CHECK(all[5'000].user == "deploy");
    CHECK(paths(all[5'000]) == strings{"/home/me/.ssh/node5000.example.com"});
    CHECK(all[5'000].settings->connect_timeout == std::chrono::seconds(5));
}

TEST_CASE("RevokedHostKeys names a file of the endpoint; none names none") {
    auto const machine = with_config("Host a\nRevokedHostKeys ~/revoked-%n\nHost b\nRevokedHostKeys none\n");
    CHECK(machine.one("a").settings->revoked_host_keys == "/home/me/revoked-a");
    CHECK(machine.one("a").error.empty());
    CHECK(machine.one("b").settings->revoked_host_keys.empty());
    CHECK(machine.one("c").settings->revoked_host_keys.empty());
}

TEST_CASE("lists of algorithms keep their order and leave out what muster can't use") {
    auto const lists = [](std::string const& config) { return with_config(config).one("x").settings->algorithms; };
    CHECK(lists("").cipher.empty());
    CHECK(lists("Ciphers aes256-ctr,aes128-ctr\n").cipher == "aes256-ctr,aes128-ctr");
    CHECK(lists("MACs umac-64@openssh.com,hmac-sha2-512,hmac-sha1\n").mac == "hmac-sha2-512,hmac-sha1");
    CHECK(lists("Ciphers ^aes256-ctr\n").cipher.starts_with("aes256-ctr,chacha20-poly1305@openssh.com,aes128-ctr,"));
    CHECK(lists("Ciphers +3des-cbc\n").cipher.ends_with("aes256-gcm@openssh.com,3des-cbc"));
    CHECK_FALSE(lists("HostKeyAlgorithms +ssh-rsa\n").host_key_in_order);
    CHECK_FALSE(lists("HostKeyAlgorithms -ssh-ed25519\n").host_key_in_order);
    CHECK(lists("HostKeyAlgorithms ^rsa-sha2-512\n").host_key_in_order);
    CHECK(lists("HostKeyAlgorithms rsa-*512,ssh-ed25519\n").host_key == "rsa-sha2-512,ssh-ed25519");
    CHECK(lists("HostKeyAlgorithms rsa-*,ssh-ed25519\n").host_key ==
          "rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com,rsa-sha2-512,rsa-sha2-256,ssh-ed25519");
}

TEST_CASE("a host for which no algorithm is left has a fault that names the place and what there is") {
    auto const machine = with_config("Host x\nHostKeyAlgorithms ssh-dss\nHost y\nPort 1\n");
    auto const fault = machine.one("x").error;
    CHECK(fault.starts_with(
        "/home/me/.ssh/config:2: HostKeyAlgorithms: none of these is left that muster can use; it has "));
    CHECK(fault.ends_with("; -o HostKeyAlgorithms=+ssh-ed25519-cert-v01@openssh.com uses its own"));
    CHECK(machine.one("y").error.empty());
    CHECK(with_config("\nCiphers rot13\n").error() ==
          "/home/me/.ssh/config:2: ciphers: \"rot13\" is no algorithm that ssh knows");
}

TEST_CASE("with MACs that muster does not have, only ciphers that need none are left") {
    auto const lists = with_config("MACs umac-64@openssh.com\n").one("x").settings->algorithms;
    CHECK(lists.cipher == "chacha20-poly1305@openssh.com,aes128-gcm@openssh.com,aes256-gcm@openssh.com");
    CHECK(lists.mac.empty());
    auto const some =
        with_config("Ciphers aes256-ctr,aes256-gcm@openssh.com\nMACs umac-128-etm@openssh.com\n").one("x");
    CHECK(some.settings->algorithms.cipher == "aes256-gcm@openssh.com");
    CHECK(some.error.empty());
    auto const none = with_config("Ciphers aes256-ctr\nMACs umac-64@openssh.com\n").one("x");
    CHECK(
        none.error.starts_with("/home/me/.ssh/config:2: MACs: none of these is left that muster can use (libcrypto has "
                               "no UMAC), and no cipher that does without; muster has hmac-"));
    CHECK(none.error.ends_with("; -o MACs=+hmac-sha2-256-etm@openssh.com uses its own"));
}

TEST_CASE("the command line's address family goes before AddressFamily") {
    auto here = with_config("AddressFamily inet\n");
    CHECK(here.one("x").settings->family == muster::address_family::ipv4);
    here.settings.family = muster::address_family::ipv6;
    CHECK(here.one("x").settings->family == muster::address_family::ipv6);
}

TEST_CASE("ProxyJump and -J name the hosts on the way, which are looked up in the files alone") {
    auto here = with_config(
        "Host bastion\n  HostName b.example.com\n  User gate\n  Port 2200\n  ProxyJump none\n"
        "Host inner\n  ProxyJump bastion\n"
        "Host web*\n  ProxyJump inner\n");
    here.settings.user = "deploy";
    here.settings.port = 99;
    here.settings.options = {"HostKeyAlias=mine"};
    auto const both = here.endpoints("web1,web2,db");
    CHECK(both[0].user == "deploy");
    REQUIRE(both[0].settings->jump);
    auto const& inner = *both[0].settings->jump;
    CHECK(inner.label == "inner");
    CHECK(inner.user == "me");
    CHECK(inner.port == 22);
    CHECK(inner.settings->host_key_alias.empty());
    REQUIRE(inner.settings->jump);
    CHECK(inner.settings->jump->address == "b.example.com");
    CHECK(inner.settings->jump->user == "gate");
    CHECK(inner.settings->jump->port == 2200);
    CHECK_FALSE(inner.settings->jump->settings->jump);
    CHECK(both[1].settings->jump == both[0].settings->jump);
    CHECK_FALSE(both[2].settings->jump);

    here.settings.jump = "root@a:1,[::1]:2";
    auto const chain = here.one("web1");
    REQUIRE(chain.settings->jump);
    CHECK(chain.settings->jump->address == "::1");
    CHECK(chain.settings->jump->port == 2);
    REQUIRE(chain.settings->jump->settings->jump);
    CHECK(chain.settings->jump->settings->jump->user == "root");
    CHECK(chain.settings->jump->settings->jump->port == 1);
    here.settings.jump = "none";
    CHECK_FALSE(here.one("web1").settings->jump);
    here.settings.jump = "a,,b";
    CHECK(here.error().starts_with("-J a,,b: not "));
}

TEST_CASE("a host that is reached through the one before it needs no ProxyCommand of its own") {
    auto here = with_config("Host b\n  ProxyCommand tunnel %h\nHost web\n  ProxyJump a,b\nHost db\n  ProxyJump b\n");
    auto const behind_both = here.one("web");
    REQUIRE(behind_both.settings->jump);
    CHECK(behind_both.settings->jump->settings->proxy_command.empty());
    REQUIRE(behind_both.settings->jump->settings->jump);
    CHECK(behind_both.settings->jump->settings->jump->address == "a");
    CHECK(here.one("db").settings->jump->settings->proxy_command == "tunnel b");
    here.settings.jump = "b,a";
    CHECK(here.one("x").settings->jump->settings->jump->settings->proxy_command == "tunnel b");
}

TEST_CASE("quotes around ProxyJump's value are no part of it") {
    auto const here =
        with_config("Host a\n  ProxyJump \"me@gate:22\"\nHost b\n  ProxyJump 'gate'\nHost c\nProxyJump \"none\"\n");
    REQUIRE(here.one("a").settings->jump);
    CHECK(here.one("a").settings->jump->user == "me");
    REQUIRE(here.one("b").settings->jump);
    CHECK(here.one("b").settings->jump->address == "gate");
    CHECK_FALSE(here.one("c").settings->jump);
}

TEST_CASE("the same way by another name is the same object") {
    auto here = with_config("Host a\n  ProxyJump me@gate:22\nHost b\n  ProxyJump gate\nHost c\n  ProxyJump gate:23\n");
    auto const all = here.endpoints("a,b,c");
    CHECK(all[0].settings->jump == all[1].settings->jump);
    CHECK(all[0].settings->jump != all[2].settings->jump);
}

TEST_CASE("a way that leads through itself, or has no end, is a fault that says so") {
    auto const here = with_config("Host *\n  ProxyJump bastion\n");
    CHECK(
        here.one("x").error ==
        "via bastion: via bastion: the way to bastion leads through bastion itself; ProxyJump none for that host ends "
        "it");
    auto const circle = with_config("Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n");
    CHECK(circle.one("a").error.find("leads through") != std::string::npos);
    CHECK(with_config("ProxyJump via-%h\n").one("x").error.find("more than 16 hosts") != std::string::npos);
    CHECK(with_config("ProxyJump %h-gate\nHost x\nHost *-gate\nProxyJump none\n").one("x").error.find("more than 16") !=
          std::string::npos);
    auto const faulty = with_config("Host gate\n  RemoteCommand top\nHost x\n  ProxyJump gate\n").one("x");
    CHECK(faulty.error.starts_with("via gate: /home/me/.ssh/config:2: RemoteCommand: "));
}
