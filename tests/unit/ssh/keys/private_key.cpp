// SPDX-License-Identifier: MIT
// Private keys of every type, format and cipher ssh-keygen makes, and files that are of no use.
#include "ssh/keys/private_key.hpp"
#include "ssh/keys/public_key_file.hpp"

#include "support/sandbox.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <openssl/evp.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>

using namespace muster::ssh;
using muster::test::run_program;
using muster::test::sandbox;

namespace {

struct kind {
    std::vector<std::string> options;
    std::string type;
};

std::vector<kind> const kinds{
    {{"-t", "ed25519"}, "ssh-ed25519"},
    {{"-t", "ecdsa", "-b", "256"}, "ecdsa-sha2-nistp256"},
    {{"-t", "ecdsa", "-b", "384"}, "ecdsa-sha2-nistp384"},
    {{"-t", "ecdsa", "-b", "521"}, "ecdsa-sha2-nistp521"},
    {{"-t", "rsa", "-b", "2048"}, "ssh-rsa"},
};

std::string sha512(std::string_view text) {
    std::array<unsigned char, 64> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha512(), nullptr);
    return std::string(text_of(digest));
}

/// A signature file (PROTOCOL.sshsig) made with the key, which ssh-keygen then verifies.
bool ssh_keygen_verifies(sandbox const& box, private_key const& key, std::string_view algorithm) {
    std::string const message = "hello";
    auto const hash = sha512(message);
    wire_writer to_sign;
    for (char c : std::string("SSHSIG")) to_sign.u8(static_cast<std::uint8_t>(c));
    to_sign.string("test").string("").string("sha512").string(hash);
    wire_writer file;
    for (char c : std::string("SSHSIG")) file.u8(static_cast<std::uint8_t>(c));
    file.u32(1).string(key.public_blob()).string("test").string("").string("sha512");
    file.string(wire_writer().string(algorithm).string(key.sign(to_sign.data(), algorithm)).data());
    box.write("sig", "-----BEGIN SSH SIGNATURE-----\n" + base64(file.data()) + "\n-----END SSH SIGNATURE-----\n");
    auto const input = box.write("message", message);
    auto const result =
        run_program({"ssh-keygen", "-Y", "check-novalidate", "-n", "test", "-s", box.file("sig")}, input);
    INFO(result.out);
    return result.status == 0;
}

key_fault fault_of(std::string const& path, std::string_view passphrase = {}) {
    try {
        private_key::read(path, passphrase);
    } catch (key_error const& error) {
        UNSCOPED_INFO(error.what());
        return error.fault();
    }
    FAIL("the key was accepted");
    return key_fault::malformed;
}

std::string public_line(sandbox const& box, std::string_view name) {
    return box.read(std::string(name) + ".pub");
}

}  // namespace

TEST_CASE("every key type in every format signs what ssh-keygen verifies") {
    auto const& item = GENERATE(from_range(kinds));
    sandbox const box;
    std::string format = GENERATE("", "PEM", "PKCS8");
    std::string passphrase = GENERATE("", "correct horse");
    if (item.type == "ssh-ed25519") format.clear();  // ssh-keygen writes it in its own format only
    auto const path = box.key("key", item.options);
    if (!format.empty() || !passphrase.empty()) {
        std::vector<std::string> words{"ssh-keygen", "-q", "-p", "-f", path, "-P", "", "-N", passphrase, "-a", "1"};
        if (!format.empty()) words.insert(words.end(), {"-m", format});
        REQUIRE(run_program(words).status == 0);
    }
    INFO(item.type << " " << format << " " << passphrase);

    if (!passphrase.empty()) {
        CHECK(fault_of(path) == key_fault::encrypted);
        CHECK(fault_of(path, "wrong") == key_fault::wrong_passphrase);
    }
    auto const key = private_key::read(path, passphrase);
    CHECK(key.type() == item.type);
    auto const open = parse_public_key(public_line(box, "key").substr(0, public_line(box, "key").find('\n')));
    REQUIRE(open);
    CHECK(std::ranges::equal(key.public_blob(), open->blob));
    if (format.empty()) CHECK(key.comment() == "a comment");
    for (auto const algorithm : key.algorithms()) CHECK(ssh_keygen_verifies(box, key, algorithm));
}

TEST_CASE("an ed25519 key in PKCS #8 is read") {
    auto const key = private_key::parse(
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
        "-----END PRIVATE KEY-----\n",
        "key");
    sandbox const box;
    CHECK(ssh_keygen_verifies(box, key, "ssh-ed25519"));
    CHECK(text_of(key.public_blob().subspan(19)).starts_with("\xd7\x5a\x98\x01\x82\xb1\x0a\xb7"));  // RFC 8032, test 1
}

TEST_CASE("every cipher that ssh-keygen can encrypt with is opened") {
    auto const cipher =
        GENERATE("3des-cbc", "aes128-cbc", "aes192-cbc", "aes256-cbc", "aes128-ctr", "aes192-ctr", "aes256-ctr",
                 "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com");
    sandbox const box;
    auto const path = box.key("key", {"-t", "ed25519", "-Z", cipher, "-a", "1"}, "secret");
    CHECK(private_key::read(path, "secret").type() == "ssh-ed25519");
    CHECK(fault_of(path, "wrong") == key_fault::wrong_passphrase);
    CHECK(fault_of(path) == key_fault::encrypted);
}

TEST_CASE("RSA signs with SHA-1 only when asked to, and no key with another's algorithm") {
    sandbox const box;
    auto const rsa = private_key::read(box.key("rsa", {"-t", "rsa", "-b", "2048"}));
    CHECK_THROWS_AS(rsa.sign(view_of("x"), "ssh-ed25519"), std::invalid_argument);
    CHECK(rsa.sign(view_of("x"), "ssh-rsa") != rsa.sign(view_of("x"), "rsa-sha2-256"));  // only who asks for it
    CHECK_THROWS_AS(rsa.sign(view_of("x"), "ssh-ed25519"), std::invalid_argument);
    CHECK(rsa.sign(view_of("x"), "rsa-sha2-256-cert-v01@openssh.com") == rsa.sign(view_of("x"), "rsa-sha2-256"));
    auto const ed25519 = private_key::read(box.key("ed25519", {"-t", "ed25519"}));
    CHECK_THROWS_AS(ed25519.sign(view_of("x"), "rsa-sha2-512"), std::invalid_argument);
}

TEST_CASE("a file that is no key says what it is") {
    sandbox const box;
    auto const path = box.key("key", {"-t", "ed25519"});
    auto const good = box.read("key");

    CHECK(fault_of(box.file("absent")) == key_fault::missing);
    CHECK(fault_of(path + "/inside") == key_fault::missing);
    std::filesystem::create_directory(box.file("folder"));
    CHECK(fault_of(box.file("folder")) == key_fault::directory);
    CHECK(fault_of(path + ".pub") == key_fault::public_key);
    CHECK(fault_of(box.write("empty", "")) == key_fault::malformed);
    CHECK(fault_of(box.write("garbage", std::string(3000, '\x80'))) == key_fault::malformed);
    CHECK(fault_of(box.write("large", std::string((1u << 20u) + 1, 'x'))) == key_fault::malformed);
    CHECK(fault_of(box.write("putty", "PuTTY-User-Key-File-3: ssh-ed25519\n")) == key_fault::unsupported);
    CHECK(fault_of(box.write("short", good.substr(0, good.size() / 2))) == key_fault::malformed);
    bool const can_dsa = run_program({"ssh-keygen", "-q", "-t", "dsa", "-N", "", "-f", box.file("dsa")}).status == 0;
    if (can_dsa) CHECK(fault_of(box.file("dsa")) == key_fault::unsupported);  // before OpenSSH 10
    REQUIRE(::chmod(path.c_str(), 0644) == 0);
    CHECK(fault_of(path) == key_fault::exposed);
    CHECK_THROWS_WITH(private_key::read(path), Catch::Matchers::ContainsSubstring("UNPROTECTED PRIVATE KEY FILE"));
}

TEST_CASE("a key file that can't be read is told apart from a missing one") {
    CHECK(fault_of("/proc/self/mem") == key_fault::unreadable);  // root, too, gets an error from reading address 0
}

TEST_CASE("every damaged byte of a key is noticed or harmless") {
    sandbox const box;
    auto const path = box.key("key", GENERATE(values<std::vector<std::string>>({{"-t", "ed25519"}, {"-t", "ecdsa"}})));
    auto const good = box.read("key");
    auto const whole = private_key::read(path);
    for (std::size_t i = 0; i < good.size(); ++i) {
        auto bad = good;
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        try {
            auto const key = private_key::parse(bad, "key");
            CHECK(std::ranges::equal(key.public_blob(), whole.public_blob()));  // a changed comment, say
        } catch (key_error const& error) {
            CHECK(error.fault() != key_fault::wrong_passphrase);
        }
    }
}

TEST_CASE("line ends of another system and a missing last one do no harm") {
    sandbox const box;
    box.key("key", {"-t", "ed25519"});
    std::string crlf;
    for (auto const c : box.read("key")) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
    crlf.resize(crlf.size() - 2);
    CHECK(private_key::parse(crlf, "key").type() == "ssh-ed25519");
}

TEST_CASE("the public half of a file is found without its passphrase") {
    sandbox const box;
    auto const path = box.key("key", {"-t", "ed25519", "-a", "1"}, "secret");
    auto const beside = read_public_key(path);
    REQUIRE(beside);
    CHECK(beside->comment == "a comment");
    CHECK(read_public_key(path + ".pub")->blob == beside->blob);
    std::filesystem::remove(path + ".pub");
    auto const inside = read_public_key(path);
    REQUIRE(inside);
    CHECK(inside->blob == beside->blob);
    CHECK_FALSE(read_public_key(box.file("absent")));
    CHECK_FALSE(read_public_key(box.write("garbage", "x")));
}

TEST_CASE("fingerprints and short names are those of ssh-keygen") {
    auto const& item = GENERATE(from_range(kinds));
    sandbox const box;
    auto const path = box.key("key", item.options);
    auto const listed = run_program({"ssh-keygen", "-l", "-f", path}).out;
    auto const key = read_public_key(path);
    REQUIRE(key);
    CHECK(listed.find(" " + fingerprint(key->blob) + " ") != std::string::npos);
    CHECK(listed.find("(" + key_type_label(key->type()) + ")") != std::string::npos);
}

TEST_CASE("a certificate is a public key of its own type, signed for with the plain algorithm") {
    sandbox const box;
    auto const authority = box.key("ca", {"-t", "ed25519"});
    auto const path = box.key("key", {"-t", "ecdsa"});
    REQUIRE(run_program({"ssh-keygen", "-q", "-s", authority, "-I", "me", "-n", "root", path + ".pub"}).status == 0);
    auto const certificate = read_public_key(path + "-cert.pub");
    REQUIRE(certificate);
    CHECK(certificate->type() == "ecdsa-sha2-nistp256-cert-v01@openssh.com");
    CHECK(plain_algorithm(certificate->type()) == "ecdsa-sha2-nistp256");
    CHECK(run_program({"ssh-keygen", "-l", "-f", path + "-cert.pub"})
              .out.find("(" + key_type_label(certificate->type()) + ")") != std::string::npos);
    CHECK_FALSE(private_key::read(path).sign(view_of("x"), certificate->type()).empty());
    CHECK(plain_algorithm("sk-ssh-ed25519-cert-v01@openssh.com") == "sk-ssh-ed25519@openssh.com");
}

TEST_CASE("a key under single DES is told apart from a wrong passphrase") {
    auto const* const content = GENERATE(
        R"(-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: DES-CBC,94C779E2AB569CA9

XmBzNbEnGwy0RPZcHiI5TjKI9gFLsddJfF3l1w/MfiLGyKv2a/SmfCwB8TSy7ZYz
A9d7t8PbU7bAqMv/UZb042bi4UyDabPXY9k3zblkrfX0irbjotDlEInhLv46L9Q8
WSg/ocE/nCftUpjUntlCucEW/3KEUkZTknEbyJABmwQ=
-----END EC PRIVATE KEY-----
)",
        R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGwMBsGCSqGSIb3DQEFAzAOBAjSx/rXQ+jPVgICCAAEgZD/ZA/vapKwSnocR5Kl
6AOx4eKJd+vX3HMHSA8I2SZr3lxaq4pDtAMhcL1d2UvjvYwDeNu5+dPU9JgDdk8+
ipVVo2YajhD3K1oigS8AhX2xLxiRc4G4G0gcy0/YW84OewhE0ks3/ohKorplAcJg
RwG6LCAABfB3SBCtWpfEp9i/TqWtwInN/O0S0Z8MsPRJgzM=
-----END ENCRYPTED PRIVATE KEY-----
)");
    sandbox const box;
    auto const path = box.write("key", content);
    try {
        private_key::parse(content, path, "right");
        FAIL("no key_error");
    } catch (key_error const& error) {
        CHECK(error.fault() == key_fault::unsupported);
        CHECK_THAT(error.what(), Catch::Matchers::ContainsSubstring("no longer has"));
    }
}
