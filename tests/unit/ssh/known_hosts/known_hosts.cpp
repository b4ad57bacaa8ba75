// SPDX-License-Identifier: MIT
// known_hosts by OpenSSH's rules, with ssh-keygen as the judge.
#include "ssh/known_hosts/known_hosts.hpp"

#include "ssh/keys/public_key.hpp"
#include "ssh/known_hosts/known_hosts_file.hpp"
#include "ssh/known_hosts/known_hosts_line.hpp"
#include "support/sandbox.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <thread>

using namespace muster::ssh;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using muster::test::run_program;
using muster::test::sandbox;

namespace {

/// Keys that differ in their number; nobody has their secrets.
bytes ed25519(unsigned number) {
    bytes secret(32, 7);
    secret[0] = static_cast<unsigned char>(number);
    secret[1] = static_cast<unsigned char>(number >> 8u);
    secret[2] = static_cast<unsigned char>(number >> 16u);
    return wire_writer().string("ssh-ed25519").string(secret).take();
}

bytes rsa(unsigned number) {
    bytes modulus(256, 9);
    modulus[255] = static_cast<unsigned char>(number * 2 + 1);
    return wire_writer().string("ssh-rsa").mpint(bytes{1, 0, 1}).mpint(modulus).take();
}

std::string text(byte_view key) {
    return std::string(key_type(key)) + " " + base64(key);
}

std::string line(std::string const& names, byte_view key) {
    return names + " " + text(key) + "\n";
}

known_hosts parsed(std::string const& content) {
    known_hosts known;
    known.parse(content, "file");
    return known;
}

host_key_state state_of(known_hosts const& known, std::string_view name, std::uint16_t port, byte_view key) {
    return known.check(name, port, key).state;
}

host_key_state append(std::string const& file, std::string_view name, std::uint16_t port, byte_view key, bool hashed) {
    return known_hosts_file(file).add(name, port, key, hashed).state;
}

/// The numbers of the lines ssh-keygen finds for the name, by marker: "", "REVOKED" or "CA".
std::map<std::string, std::set<std::size_t>> found_by_ssh_keygen(std::string const& file, std::string const& name) {
    std::map<std::string, std::set<std::size_t>> found;
    auto out = run_program({"ssh-keygen", "-F", name, "-f", file}).out;
    std::string const mark = "found: line ";
    for (std::size_t position = 0; (position = out.find(mark, position)) != std::string::npos;) {
        position += mark.size();
        std::size_t used = 0;
        auto const number = std::stoul(out.substr(position), &used);
        auto const rest = out.substr(position + used, out.find('\n', position) - position - used);
        auto const first = rest.find_first_not_of(' ');
        found[first == std::string::npos ? "" : rest.substr(first, rest.find_last_not_of(' ') + 1 - first)].insert(
            number);
    }
    return found;
}

std::vector<std::string> const host_fields{
    "web1",
    "web1,web2,10.0.0.1",
    "WEB3.Example.COM",
    "*.example.com",
    "*.example.com,!bad.example.com",
    "!bad.example.com,*.example.com",
    "!web1",
    "web?",
    "[web1]:2222",
    "[*.example.com]:2222",
    "[web1]:22",
    "10.0.0.*",
    "2001:db8::1",
    "[2001:db8::1]:2222",
    "fe80::1%eth0",
    "*",
    "w*b*1",
    "web1,,web9",
    "@revoked web1",
    "@revoked *.example.com",
    "@revoked web2,web1",
    "@cert-authority *",
    "@cert-authority web1",
    "  web4",
    "\tweb4",
};

struct asked {
    std::string name;
    std::uint16_t port;
};

std::vector<asked> const questions{
    {"web1", 22},
    {"WEB1", 22},
    {"web2", 22},
    {"web3.example.com", 22},
    {"bad.example.com", 22},
    {"a.example.com", 22},
    {"a.example.com", 2222},
    {"web1", 2222},
    {"example.com", 22},
    {"10.0.0.1", 22},
    {"10.0.0.17", 22},
    {"10.0.1.1", 22},
    {"2001:db8::1", 22},
    {"2001:db8::1", 2222},
    {"fe80::1%eth0", 22},
    {"web9", 22},
    {"web4", 22},
    {"web", 22},
    {"web10", 22},
    {"bad.example.com", 2222},
};

void agree_with_ssh_keygen(std::string const& file, std::size_t lines) {
    known_hosts const known({file});
    for (auto const& question : questions) {
        auto const name = known_hosts_name(question.name, question.port);
        auto const found = found_by_ssh_keygen(file, name);
        auto const bare = found_by_ssh_keygen(file, known_hosts_name(question.name, 22));
        for (std::size_t number = 1; number <= lines; ++number) {
            // ssh looks for the bare name, too, unless it has found one with the port.
            auto const has = [&](auto const& lines_of, char const* marker) {
                return lines_of.contains(marker) && lines_of.at(marker).contains(number);
            };
            auto const is_in = [&](char const* marker) {
                bool const alone = found.contains("") || has(found, "REVOKED");
                return has(found, marker) || (!alone && has(bare, marker));
            };
            auto const verdict = known.check(question.name, question.port, ed25519(static_cast<unsigned>(number)));
            INFO(name << ", line " << number);
            CHECK((verdict.state == host_key_state::known) == is_in(""));
            CHECK((verdict.state == host_key_state::revoked) == is_in("REVOKED"));
            if (verdict.state == host_key_state::known) CHECK(verdict.line == number);
            bool const any_known = found.contains("");
            if (!is_in("") && !is_in("REVOKED"))
                CHECK(verdict.state == (any_known ? host_key_state::changed : host_key_state::unknown));
            CHECK(known.key_types(question.name, question.port).empty() != (any_known || bare.contains("")));
        }
    }
}

}  // namespace

TEST_CASE("each line means the names that ssh-keygen -F finds it for") {
    sandbox const box;
    std::string content;
    unsigned number = 0;
    for (auto const& names : host_fields) content += line(names, ed25519(++number));
    std::string const line_end = GENERATE("\n", "\r\n", "\r\r\n");
    std::string text;
    for (auto const c : content) text += c == '\n' ? line_end : std::string(1, c);
    content = text;
    content.pop_back();  // no line end after the last line
    agree_with_ssh_keygen(box.write("known_hosts", content), host_fields.size());
}

TEST_CASE("lines hashed by ssh-keygen -H are found as it finds them") {
    sandbox const box;
    std::string content;
    unsigned number = 0;
    for (auto const* name : {"web1", "WEB2", "[web1]:2222", "10.0.0.1", "[2001:db8::1]:2222", "@revoked web9"})
        content += line(name, ed25519(++number));
    auto const file = box.write("known_hosts", content);
    REQUIRE(run_program({"ssh-keygen", "-q", "-H", "-f", file}).status == 0);
    REQUIRE_THAT(box.read("known_hosts"), ContainsSubstring("|1|"));
    agree_with_ssh_keygen(file, number);
}

TEST_CASE("a key that is not the known one is a change, whatever its type") {
    auto const known = parsed(line("web1", ed25519(1)) + line("web1", rsa(1)) + line("web2", rsa(2)));
    auto const other = known.check("web1", 22, rsa(9));
    CHECK(other.state == host_key_state::changed);
    CHECK(other.file == "file");
    CHECK(other.line == 2);  // the line of the same type
    CHECK(other.known_types == std::vector<std::string>{"ssh-ed25519", "ssh-rsa"});
    auto const other_type = known.check("web2", 22, ed25519(1));
    CHECK(other_type.state == host_key_state::changed);
    CHECK(other_type.type == "ssh-rsa");
    CHECK(state_of(known, "web3", 22, ed25519(1)) == host_key_state::unknown);
    CHECK(known.key_types("web1", 22) == std::vector<std::string>{"ssh-ed25519", "ssh-rsa"});
    CHECK(known.key_types("web2", 22) == std::vector<std::string>{"ssh-rsa"});
}

TEST_CASE("a line of the bare name is good for another port, unless one with the port says something else") {
    auto const known = parsed(line("web1", ed25519(1)) + line("web2", ed25519(2)) + line("[web2]:2222", rsa(2)) +
                              line("@revoked web3", ed25519(3)) + line("web3", rsa(3)));
    auto const verdict = known.check("Web1", 2222, ed25519(1));
    CHECK(verdict.state == host_key_state::known);
    CHECK(verdict.line == 1);
    CHECK(state_of(known, "web1", 2222, ed25519(9)) == host_key_state::unknown);
    CHECK(state_of(known, "web2", 2222, ed25519(2)) == host_key_state::changed);
    CHECK(state_of(known, "web3", 2222, ed25519(3)) == host_key_state::revoked);
    CHECK(known.scan("web1", 2222, ed25519(1)).state == host_key_state::known);
    CHECK(known.key_types("web1", 2222) == std::vector<std::string>{"ssh-ed25519"});
    CHECK(known.key_types("web2", 2222) == std::vector<std::string>{"ssh-rsa"});
    auto const with_port = parsed(line("[web1]:2222", ed25519(1)));
    CHECK(state_of(with_port, "web1", 22, ed25519(1)) == host_key_state::unknown);
    CHECK(state_of(with_port, "web1", 2223, ed25519(1)) == host_key_state::unknown);
}

TEST_CASE("a revoked key is revoked even where another line knows it") {
    auto const known = parsed(line("web1", ed25519(1)) + line("@revoked *", ed25519(1)));
    auto const verdict = known.check("web1", 22, ed25519(1));
    CHECK(verdict.state == host_key_state::revoked);
    CHECK(verdict.line == 2);
    CHECK(known.key_types("web2", 22).empty());
}

TEST_CASE("an authority's own key proves nothing for a host") {
    auto const known = parsed(line("@cert-authority *", ed25519(1)));
    CHECK(state_of(known, "web1", 22, ed25519(1)) == host_key_state::unknown);
    CHECK(known.warnings().empty());
}

TEST_CASE("a line that can't be understood costs one warning and nothing else") {
    auto const bad = GENERATE(from_range(std::vector<std::string>{
        "web1",
        "web1 ",
        "web1 ssh-ed25519",
        "web1 ssh-ed25519 #",
        "web1 ssh-ed25519 not*base64",
        "web1 ssh-ed25519 AAAA",
        "web1 ssh-rsa " + base64(ed25519(1)),
        "web1 ssh-ed25519 " + base64(ed25519(1)).substr(1),
        "web1 ssh-ed25519 " + base64(wire_writer().string("ssh-ed25519").string("short").take()),
        "web1 ssh-ed25519 " + base64(wire_writer().string("ssh-ed25519").string(std::string(32, 'x')).u8(0).take()),
        "web1 1024 35 1234567890",
        "@unknown web1 " + text(ed25519(1)),
        "@unknown @other web1 " + text(ed25519(1)),
        "@unknown",
        "|1|AAAA|AAAA " + text(ed25519(1)),
        "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y= " + text(ed25519(1)),
        "|2|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= " + text(ed25519(1)),
        std::string("web1\0 ", 6) + text(ed25519(1)),
        std::string(1u << 20u, 'x'),
        std::string(1u << 20u, 'x') + " " + text(ed25519(1)),
    }));
    INFO(bad.substr(0, 80));
    auto const known = parsed(line("web0", ed25519(7)) + bad + "\n" + line("web2", ed25519(2)));
    REQUIRE(known.warnings().size() == 1);
    CHECK_THAT(known.warnings().front(), ContainsSubstring("file:2: "));
    CHECK(state_of(known, "web1", 22, ed25519(1)) == host_key_state::unknown);
    CHECK(state_of(known, "web0", 22, ed25519(7)) == host_key_state::known);
    CHECK(state_of(known, "web2", 22, ed25519(2)) == host_key_state::known);
}

TEST_CASE("a line that may revoke a key and can't be read is an error: skipped, the key would be trusted") {
    auto const key = text(ed25519(1));
    auto const bad = GENERATE_COPY(from_range(std::vector<std::string>{
        "@revoked",
        "@revoked web1",
        "@revoked web1 ssh-ed25519",
        "@revoked " + key,
        "@revoked web1 ssh-rsa " + base64(ed25519(1)),
        "@revoked web1 ssh-ed25519 not*base64",
        "@revoked web1 " + key.substr(0, key.size() - 8),
        "@revoked |1|AAAA|AAAA " + key,
        "@revoked @revoked web1 " + key,
        "@revoked @cert-authority web1 " + key,
        "@cert-authority @revoked web1 " + key,
        "@unknown @other\t@Revoked web1 " + key,
        "@revoked@cert-authority web1 " + key,
        "@REVOKED web1 " + key,
        "@Revoked web1 " + key,
        "@revokedx web1 " + key,
        "@revoke web1 " + key,
        "@ revoked web1 " + key,
        " \t@revoked",
        "\xef\xbb\xbf@revoked web1 " + key,
        "\v@revoked web1 " + key,
        std::string("@revoked web1\0 ", 15) + key,
        "@revoked " + std::string(1u << 20u, 'x') + " " + key,
    }));
    INFO(bad.substr(0, 80));
    CHECK_THROWS_WITH(parsed(line("web1", ed25519(1)) + bad + "\n"), StartsWith("file:2: ") &&
                                                                         ContainsSubstring("@revoked") &&
                                                                         ContainsSubstring("correct or remove"));
}

TEST_CASE("comments, empty lines and unusual keys cost no warning") {
    auto const known = parsed("\n  \n# web1 ssh-ed25519 x\n\r\n" + line("web1", ed25519(1)) + "web2 " +
                              text(ed25519(2)) + " a comment # of words\n" +
                              line("web3", wire_writer().string("sk-ssh-ed25519@openssh.com").string("x").take()));
    CHECK(known.warnings().empty());
    CHECK(state_of(known, "web2", 22, ed25519(2)) == host_key_state::known);
    CHECK(known.key_types("web3", 22) == std::vector<std::string>{"sk-ssh-ed25519@openssh.com"});
}

TEST_CASE("a file of garbage costs a bounded number of warnings") {
    std::string garbage;
    for (int i = 0; i < 5000; ++i) garbage += "garbage\n";
    auto const known = parsed(garbage);
    CHECK(known.warnings().size() == 100);
    CHECK_THAT(known.warnings().back(), ContainsSubstring("4901 more"));
}

TEST_CASE("several files are one view; a missing one is empty, an unreadable one an error") {
    sandbox const box;
    auto const first = box.write("first", line("web1", ed25519(1)));
    auto const second = box.write("second", "\n" + line("web1", ed25519(2)) + line("@revoked web9", ed25519(9)));
    known_hosts const known({first, box.file("absent"), second, "/dev/null", first + "/inside"});
    CHECK(known.check("web1", 22, ed25519(1)).file == first);
    CHECK(known.check("web1", 22, ed25519(2)).file == second);
    CHECK(known.check("web1", 22, ed25519(2)).line == 2);
    CHECK(state_of(known, "web9", 22, ed25519(9)) == host_key_state::revoked);
    CHECK_THROWS_AS(known_hosts({"/proc/self/mem"}), known_hosts_error);
    CHECK_THROWS_AS(known_hosts({std::filesystem::path(first).parent_path().string()}), known_hosts_error);
}

TEST_CASE("what was learned in this run counts for the next host of that name") {
    auto known = parsed(line("web1", ed25519(1)));
    known.learn("Web2", 2222, ed25519(2));
    CHECK(state_of(known, "web2", 2222, ed25519(2)) == host_key_state::known);
    CHECK(state_of(known, "web2", 22, ed25519(2)) == host_key_state::unknown);
    auto const other = known.check("web2", 2222, rsa(1));
    CHECK(other.state == host_key_state::changed);
    CHECK(other.line == 0);
    CHECK(known.key_types("web2", 2222) == std::vector<std::string>{"ssh-ed25519"});
}

TEST_CASE("many hashed lines are never scanned on the loop, and a scan decides") {
    sandbox const box;
    std::string content;
    for (unsigned i = 0; i < 1500; ++i) content += line("web" + std::to_string(i), i % 2 == 0 ? rsa(i) : ed25519(i));
    auto const file = box.write("known_hosts", content);
    REQUIRE(run_program({"ssh-keygen", "-q", "-H", "-f", file}).status == 0);
    known_hosts known({file});

    CHECK(state_of(known, "web1", 22, ed25519(1)) == host_key_state::known);
    CHECK(state_of(known, "web1", 22, ed25519(3)) == host_key_state::undecided);
    auto const changed = known.scan("web2", 22, ed25519(1));
    CHECK(changed.state == host_key_state::changed);
    CHECK(changed.known_types == std::vector<std::string>{"ssh-rsa"});
    auto const unknown = known.scan("other", 22, ed25519(1));
    CHECK(unknown.state == host_key_state::unknown);
    CHECK(known.key_types("web2", 22) == std::vector<std::string>{"ssh-ed25519", "ssh-rsa"});  // a guess

    known.learn("other", 22, ed25519(5000));
    CHECK(known.up_to_date(unknown, "other", 22, ed25519(1)).state == host_key_state::changed);
    CHECK(known.up_to_date(unknown, "other", 22, ed25519(5000)).state == host_key_state::known);
}

TEST_CASE("one key behind many hashed names is undecided rather than slow") {
    sandbox const box;
    std::string content = line("plain", ed25519(2));
    for (unsigned i = 0; i < 1500; ++i) content += line("web" + std::to_string(i), ed25519(1));
    auto const file = box.write("known_hosts", content);
    REQUIRE(run_program({"ssh-keygen", "-q", "-H", "-f", file}).status == 0);
    std::ofstream(file, std::ios::app) << line("plain", ed25519(2));
    known_hosts const known({file});
    CHECK(state_of(known, "web7", 22, ed25519(1)) == host_key_state::undecided);
    CHECK(known.scan("web7", 22, ed25519(1)).state == host_key_state::known);
    CHECK(state_of(known, "plain", 22, ed25519(1)) == host_key_state::undecided);
    CHECK(known.scan("plain", 22, ed25519(1)).state == host_key_state::changed);
    CHECK(state_of(known, "plain", 22, ed25519(2)) == host_key_state::known);
}

TEST_CASE("100,000 hashed lines are read and 10,000 hosts looked up in two seconds of the processor") {
    std::string content;
    std::string const hash = "F1E1KeoE/eEWhi10WpGv4OdiO6Y=";
    for (unsigned i = 0; i < 100'000; ++i) content += line("|1|" + hash + "|" + hash, ed25519(i));
    unsigned as_expected = 0;
    auto const start = std::clock();
    auto const known = parsed(content);
    for (unsigned i = 0; i < 10'000; ++i) {
        auto const name = "web" + std::to_string(i);
        bool const undecided = state_of(known, name, 22, ed25519(i)) == host_key_state::undecided;
        if (undecided && !known.key_types(name, 22).empty()) ++as_expected;
    }
    auto const seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    CHECK(as_expected == 10'000);
    CHECK(seconds < 2);
}

TEST_CASE("a new line is what ssh-keygen finds, hashed or not") {
    sandbox const box;
    bool const hashed = GENERATE(false, true);
    auto const file = box.file("home/known_hosts");
    append(file, "Web1", 22, ed25519(1), hashed);
    append(file, "2001:db8::1", 2222, ed25519(2), hashed);
    CHECK(found_by_ssh_keygen(file, "web1").at("") == std::set<std::size_t>{1});
    CHECK(found_by_ssh_keygen(file, "[2001:db8::1]:2222").at("") == std::set<std::size_t>{2});
    CHECK((box.read("home/known_hosts").find("web1") == std::string::npos) == hashed);
    struct stat folder {};
    REQUIRE(::stat(box.file("home").c_str(), &folder) == 0);
    CHECK((folder.st_mode & 0777u) == 0700u);
}

TEST_CASE("a new line starts a line of its own") {
    sandbox const box;
    auto const file = box.write("known_hosts", "web1 " + text(ed25519(1)));
    append(file, "web2", 22, ed25519(2), false);
    CHECK(box.read("known_hosts") == line("web1", ed25519(1)) + line("web2", ed25519(2)));
}

TEST_CASE("a key is recorded once, and another key of the same name not at all, whoever recorded the first") {
    sandbox const box;
    bool const hashed = GENERATE(false, true);
    auto const file = box.write("known_hosts", line("web1", ed25519(1)));
    known_hosts_file first(file);
    known_hosts_file second(file);
    CHECK(first.add("web1", 22, ed25519(1), hashed).state == host_key_state::known);
    CHECK(first.add("web2", 22, ed25519(2), hashed).state == host_key_state::known);
    auto const content = box.read("known_hosts");
    for (auto* const file : {&first, &second}) {
        CHECK(file->add("web2", 22, ed25519(2), hashed).state == host_key_state::known);
        CHECK(file->add("web2", 22, ed25519(3), hashed).state == host_key_state::changed);
        CHECK(file->add("web1", 22, rsa(1), hashed).state == host_key_state::changed);
    }
    CHECK(box.read("known_hosts") == content);
    std::ofstream(file, std::ios::app) << "@revoked * " << text(ed25519(4)) << '\n';
    CHECK(first.add("web4", 22, ed25519(4), hashed).state == host_key_state::revoked);
}

TEST_CASE("a file that was replaced is read again before a key is recorded in it") {
    sandbox const box;
    auto const path = box.write("known_hosts", line("web1", ed25519(1)));
    known_hosts_file file(path);
    CHECK(file.add("web1", 22, ed25519(2), false).state == host_key_state::changed);
    std::filesystem::rename(box.write("other", line("web2", ed25519(3))), path);
    CHECK(file.add("web1", 22, ed25519(2), false).state == host_key_state::known);
    CHECK(file.add("web2", 22, ed25519(2), false).state == host_key_state::changed);
    CHECK(box.read("known_hosts") == line("web2", ed25519(3)) + line("web1", ed25519(2)));
}

TEST_CASE("lines that several threads append at once stay whole") {
    sandbox const box;
    auto const file = box.file("known_hosts");
    std::vector<std::thread> writers;
    for (unsigned writer = 0; writer < 4; ++writer)
        writers.emplace_back([&, writer] {
            for (unsigned i = 0; i < 50; ++i)
                append(file, "web" + std::to_string(writer * 50 + i), 22, ed25519(writer * 50 + i), false);
        });
    for (auto& writer : writers) writer.join();
    known_hosts const known({file});
    CHECK(known.warnings().empty());
    for (unsigned i = 0; i < 200; ++i)
        CHECK(state_of(known, "web" + std::to_string(i), 22, ed25519(i)) == host_key_state::known);
}

TEST_CASE("a line that can't be appended is an error and leaves the file alone") {
    sandbox const box;
    CHECK_THROWS_WITH(append("/dev/full", "web1", 22, ed25519(1), false), ContainsSubstring("No space left"));
    CHECK_THROWS_AS(append(box.file("a/b/c"), "web1", 22, ed25519(1), false), known_hosts_error);
    auto const file = box.write("known_hosts", "");
    for (auto const* name : {"", "a b", "a,b", "*", "#a", "@revoked", "|1|", "a\nb", "!a"})
        CHECK_THROWS_AS(append(file, name, 22, ed25519(1), false), known_hosts_error);
    CHECK(box.read("known_hosts").empty());
}

TEST_CASE("a disk that is full in the middle of a new line leaves the file as it was") {
    sandbox const box;
    auto const content = line("web1", ed25519(1));
    auto const file = box.write("known_hosts", content);
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    auto room = before;
    room.rlim_cur = content.size() + 10;
    auto const had = std::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &room);
    std::string said;
    try {
        append(file, "web2", 22, ed25519(2), false);
    } catch (known_hosts_error const& error) {
        said = error.what();
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, had);
    CHECK_THAT(said, ContainsSubstring("No space left"));
    CHECK(box.read("known_hosts") == content);
}

TEST_CASE("wildcards take time in proportion to the text, not to its powers") {
    std::string const pattern = "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b";
    CHECK_FALSE(list_matches(pattern, std::string(5000, 'a')));
    CHECK(list_matches(pattern, std::string(5000, 'a') + "b"));
}
