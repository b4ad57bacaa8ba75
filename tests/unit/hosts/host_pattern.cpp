// SPDX-License-Identifier: MIT
// The grammar of host patterns: what expands to what, and what is refused, at which column.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <ctime>
#include <fstream>

#include <muster/host.hpp>

#include "hosts/name_match.hpp"

using muster::fold;
using muster::host_list;
using muster::host_syntax_error;
using muster::parse_hostfile;
using muster::parse_hosts;

namespace {

std::string labels(host_list const& hosts) {
    std::string out;
    for (auto const& host : hosts) out += (out.empty() ? "" : " ") + host.label();
    return out;
}

std::string expanded(std::string_view pattern) {
    return labels(parse_hosts(pattern));
}

struct refusal {
    std::string reason;
    std::size_t column = std::string::npos;
};

refusal refused(std::string_view pattern, std::size_t limit = 1'000'000) {
    try {
        (void)parse_hosts(pattern, limit);
    } catch (host_syntax_error const& e) {
        CHECK(e.pattern() == pattern);
        return {e.what(), e.column()};
    }
    return {"accepted: " + std::string(pattern), std::string::npos};
}

std::string file_error(std::string_view text) {
    try {
        return "accepted: " + labels(parse_hostfile(text, "fleet.txt"));
    } catch (host_syntax_error const& e) {
        return e.what() + (" @" + std::to_string(e.column()));
    }
}

// Of the processor: a busy machine is no slower by it. Sanitizers are.
double seconds_used() {
#ifdef __SANITIZE_ADDRESS__
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC / 20;
#else
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
#endif
}

std::size_t resident_kib() {
    std::ifstream statm("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    statm >> total >> resident;
    return resident * 4;
}

}  // namespace

TEST_CASE("patterns expand in the order written") {
    CHECK(expanded("web01") == "web01");
    CHECK(expanded("n[1-3,7]") == "n1 n2 n3 n7");
    CHECK(expanded("n[3,1]") == "n3 n1");
    CHECK(expanded("n[01-10]") == "n01 n02 n03 n04 n05 n06 n07 n08 n09 n10");
    CHECK(expanded("n[98-101]") == "n98 n99 n100 n101");
    CHECK(expanded("n[08-100/46]") == "n08 n54 n100");
    CHECK(expanded("n[000-002]") == "n000 n001 n002");
    CHECK(expanded("n[0-10/2]") == "n0 n2 n4 n6 n8 n10");
    CHECK(expanded("n[0-10/20]") == "n0");
    CHECK(expanded("a[1-2]b[3-4]") == "a1b3 a1b4 a2b3 a2b4");
    CHECK(expanded("[1-2][1-2]") == "11 12 21 22");
    CHECK(expanded("[1-2]-rack.example.com") == "1-rack.example.com 2-rack.example.com");
    CHECK(expanded("10.0.[0-1].[1-2]") == "10.0.0.1 10.0.0.2 10.0.1.1 10.0.1.2");
    CHECK(expanded("web[1-2],db01,root@[::1]:2222") == "web1 web2 db01 root@[::1]:2222");
    CHECK(expanded("n[999999999999999998-999999999999999999]") == "n999999999999999998 n999999999999999999");
}

TEST_CASE("set operators work from left to right and keep the order of the left side") {
    CHECK(expanded("n[1-5]!n[2-3]") == "n1 n4 n5");
    CHECK(expanded("n[5,3,1]&n[1-4]") == "n3 n1");
    CHECK(expanded("n[1-3]^n[3-5]") == "n1 n2 n4 n5");
    CHECK(expanded("a,b!a,a") == "b a");
    CHECK(expanded("n[1-9]!n1!n2,m!n3&n[1-5]") == "n4 n5");
    CHECK(expanded("a ! b") == "a");
    CHECK(expanded("a ^ b") == "a b");
    CHECK(expanded("N1,n2!n1") == "n2");
    CHECK(parse_hosts("a!a").empty());
}

TEST_CASE("a name without user and port is left out whatever user and port it was named with") {
    CHECK(expanded("root@db1:22,db2!db1") == "db2");
    CHECK(expanded("root@db1,x@db1!root@db1") == "x@db1");
    CHECK(expanded("db1!root@db1") == "db1");
    CHECK(expanded("root@db1,db2&db[1-3]") == "root@db1 db2");
    CHECK(expanded("root@db1:22!db1:23") == "root@db1:22");
}

TEST_CASE("blanks and line ends separate hosts as commas do") {
    CHECK(expanded("a b") == "a b");
    CHECK(expanded(" a,  b\n\tc\r\n") == "a b c");
    CHECK(expanded("n[1 , 3] m") == "n1 n3 m");
    CHECK(expanded("a -b b") == "a");
}

TEST_CASE("what pdsh leaves out and filters holds for the whole list") {
    CHECK(expanded("-n10,n[9-11]") == "n9 n11");
    CHECK(expanded("n[0-20],/0$/") == "n0 n10 n20");
    CHECK(expanded("/0$/,n[0-20],-/^n1/") == "n0 n20");
    CHECK(expanded("n[0-20],-/[1-9]$/") == "n0 n10 n20");
    CHECK(expanded("n[1-3],/n{1,2}[12]/") == "n1 n2");
    CHECK(expanded("a[1-3],b1&/1/") == "a1 b1");
    CHECK(expanded("a[1-3]!/[12]/,b1") == "a3 b1");
    CHECK(parse_hosts("a,/b/").empty());
}

TEST_CASE("what differs from ClusterShell on purpose") {
    CHECK(expanded("n[1-2][1-2]") == "n11 n12 n21 n22");
    CHECK(expanded("n[1-3/2]0") == "n10 n30");
    CHECK(expanded("n1[9-10]") == "n19 n110");
    CHECK(expanded("n[08-100/46]") == "n08 n54 n100");
    CHECK(expanded("b,a") == "b a");
    CHECK(expanded("a b") == "a b");
    CHECK(expanded("b,a,-b") == "a");
    CHECK(expanded("root@n1!n1").empty());
    CHECK(refused("a ^f").reason == "files can't be used here");
    CHECK(refused("n[-1-3]").reason == "a number is missing in the range");
    CHECK(expanded("N1,n1") == "N1");
    CHECK(refused("n[0-00]").reason == "the ends of the range 0-00 are padded differently");
    CHECK(expanded("n[1-5,8/2]") == "n1 n2 n3 n4 n5 n8");
    CHECK(refused("../x").reason == "a host name can't begin with '.'");
}

TEST_CASE("users, ports and addresses") {
    auto const hosts =
        parse_hosts("u@n[1-2]:2222,[::1]:22,u@[::1]:2222,2001:db8::1,fe80::1%eth0,[fe80::2%eth0],::,1:2");
    REQUIRE(hosts.size() == 9);
    CHECK(hosts[1] == muster::host{"n2", "u", 2222});
    CHECK(hosts[2] == muster::host{"::1", "", 22});
    CHECK(hosts[3] == muster::host{"::1", "u", 2222});
    CHECK(hosts[4] == muster::host{"2001:db8::1", "", {}});
    CHECK(hosts[5] == muster::host{"fe80::1%eth0", "", {}});
    CHECK(hosts[6] == muster::host{"fe80::2%eth0", "", {}});
    CHECK(hosts[7] == muster::host{"::", "", {}});
    CHECK(hosts[8] == muster::host{"1", "", 2});
    CHECK(labels(hosts) == "u@n1:2222 u@n2:2222 [::1]:22 u@[::1]:2222 2001:db8::1 fe80::1%eth0 fe80::2%eth0 :: 1:2");
    CHECK(parse_hosts("me@corp@n1")[0] == muster::host{"n1", "me@corp", {}});
    CHECK(parse_hosts("CORP\\me@n1")[0].user == "CORP\\me");
    CHECK(expanded("2001:db8::[8-10]") == "2001:db8::8 2001:db8::9 2001:db8::10");
    CHECK(expanded("n:65535,n:1") == "n:65535 n:1");
}

TEST_CASE("a malformed pattern is refused at its column") {
    struct row {
        std::string_view pattern;
        std::size_t column;
        std::string_view reason;
    };
    // The first block are the patterns on which pdsh and ClusterShell disagree, or which both refuse.
    for (auto const& [pattern, column, reason] : std::initializer_list<row>{
             {"foo[3-1]", 4, "runs backwards"},
             {"foo[]", 4, "range is empty"},
             {"foo[a-c]", 4, "'a' can't stand in a range"},
             {"foo[1-", 3, "'[' without ']'"},
             {"foo[09-010]", 4, "padded differently"},
             {"a,,b", 2, "missing here"},
             {"[::1", 0, "'[' without ']'"},
             {"", 0, "missing here"},
             {",a", 0, "missing here"},
             {"a,", 2, "missing here"},
             {"a,b[1-2", 3, "'[' without ']'"},
             {"n1]", 2, "']' without '['"},
             {"n[[1-2]]", 2, "inside brackets"},
             {"n[1-]", 4, "number is missing"},
             {"n[-3]", 2, "number is missing"},
             {"n[1--3]", 4, "number is missing"},
             {"n[1,,2]", 4, "number is missing"},
             {"n[1,]", 4, "number is missing"},
             {"n[1-2-3]", 5, "'-' can't stand in a range"},
             {"n[1-2/]", 6, "number is missing"},
             {"n[1-2/0]", 6, "can't be 0"},
             {"n[1-2/x]", 6, "'x' can't stand"},
             {"n[1-010]", 2, "padded differently"},
             {"n[001-10]", 2, "padded differently"},
             {"n[1234567890123456789]", 2, "more than 18 digits"},
             {"n[10.0.0.1]", 4, "'.' can't stand in a range"},
             {"n:0", 2, "1 to 65535"},
             {"n:65536", 2, "1 to 65535"},
             {"n:", 2, "1 to 65535"},
             {"n:+22", 2, "1 to 65535"},
             {"n:ssh", 2, "1 to 65535"},
             {"n:000022", 2, "1 to 65535"},
             {"n:[1-2]", 2, "1 to 65535"},
             {"[::1]:0", 6, "1 to 65535"},
             {"[::1]:65536", 6, "1 to 65535"},
             {"[::1]22", 5, "only :PORT"},
             {"[::g]", 1, "no IPv6 address"},
             {"[fe80::1%]", 1, "no IPv6 address"},
             {"fe80::1%-x", 0, "neither HOST:PORT nor an IPv6 address"},
             {"fe80::1%a/b", 0, "neither HOST:PORT nor an IPv6 address"},
             {"a\x7f@n", 1, "byte 0x7f"},
             {"n:22:33", 0, "neither HOST:PORT nor an IPv6 address"},
             {"2001:db8::[65535-65536]", 0, "neither HOST:PORT nor an IPv6 address"},
             {":22", 0, "host name is missing"},
             {"u@", 2, "host after '@' is missing"},
             {"n,--l@n", 3, "begin with '-'"},
             {"$(id)@n", 0, "'$' can't stand in a user"},
             {"u[1-2]@n", 1, "'[' can't stand in a user"},
             {"u\\@n", 1, "end with '\\'"},
             {"../../etc/passwd", 0, "begin with '.'"},
             {"..", 0, "begin with '.'"},
             {"a..b", 1, "'..' can't stand"},
             {".ssh", 0, "begin with '.'"},
             {"a/b", 1, "'/' can't stand"},
             {std::string_view("a\0b", 3), 1, "byte 0x00"},
             {"a\x1b(0;x", 1, "byte 0x1b"},
             {"a\xe2\x80\xae"  // U+202E turns the direction of writing
              "b",
              1, "byte 0xe2 can't stand"},
             {"a\xc2\xa0", 1, "byte 0xc2"},      // a blank that does not break
             {"\xc2\x9bm", 0, "byte 0xc2"},      // a control character of eight bits
             {"a\xc0\xaf", 1, "byte 0xc0"},      // '/' in a longer form
             {"a\xe0\x81\x81", 1, "byte 0xe0"},  // 'A' likewise
             {"a\xc3", 1, "byte 0xc3"},
             {"\xbc", 0, "byte 0xbc"},
             {"`id`", 0, "can't stand"},
             {"a;b", 1, "';' can't stand in a host name; separate hosts with commas"},
             {"web1 # ours", 5,
              "'#' can't stand in a host name; comments are for files: --hostfile FILE, or ^FILE in a list"},
             {"web{1..3}", 3, "'{' can't stand in a host name; write [1-3]"},
             {"web{a,b}", 3, "ranges are written web[1-3,7]"},
             {"web(1)", 3, "without parentheses"},
             {"a k=v", 3, "an Ansible inventory is read with --inventory"},
             {"n*", 0, "'*' chooses among the hosts of groups and of an inventory"},
             {"!n", 0, "to leave hosts out use -x"},
             {"a,!b", 2, "to leave hosts out use -x"},
             {"&n", 0, "'&' needs hosts before it"},
             {"a!", 2, "missing here"},
             {"a& ", 3, "missing here"},
             {"a^", 2, "missing here"},
             {"a!,b", 2, "missing here"},
             {"a!!b", 2, "'!' needs hosts before it"},
             {" , a", 1, "missing here"},
             {"ssh://n", 0, "write n, without ssh://"},
             {"ssh://u@n:2/,m", 0, "write u@n:2, without ssh://"},
             {"-n", 0, "names no hosts"},
             {"a,-", 2, "'-' needs a host behind it"},
             {"a,- b", 2, "'-' needs a host behind it"},
             {"a!-b", 3, "can't stand behind another operator"},
             {"u@n,-oProxyCommand=x", 18, "'=' can't stand in a host name"},
             {"n,--n", 3, "begin with '-'"},
             {"a,/x", 2, "the '/' that ends /REGEX/ is missing"},
             {"a,/(/", 2, "/(/: "},
             {"a^/x/", 2, "'^' can't stand before /REGEX/"},
             {"a,@", 2, "the group after '@' is missing"},
             {"db!@db", 3, "groups can't be used here"},
             {"root@@db", 4, "a user can't be given to a group"},
             {"@root@db", 0, "groups can't be used here"},
             {"a!b@n!m@@x", 7, "a user can't be given to a group"},
             {"^f", 0, "files can't be used here"},
             {"a, ^f", 3, "files can't be used here"},
             {"a ^f", 2, "files can't be used here"},
         }) {
        INFO(pattern);
        auto const [what, at] = refused(pattern);
        INFO(what);
        CHECK(at == column);
        CHECK(what.find(reason) != std::string::npos);
    }
}

TEST_CASE("a name may have letters of other alphabets") {
    for (std::string const name :
         {"b\xc3\xbcro", "\xd1\x81\xd0\xb5\xd1\x80\xd0\xb2\xd0\xb5\xd1\x80-1", "\xe4\xb8\xbb\xe6\x9c\xba"}) {
        INFO(name);
        auto const hosts = muster::parse_hosts(name + "[1-2],root@" + name + ":22");
        REQUIRE(hosts.size() == 3);
        CHECK(hosts[0].name == name + "1");
        CHECK(hosts[2].label() == "root@" + name + ":22");
    }
}

TEST_CASE("names are at most 255 bytes long, and many ranges in one name do no harm") {
    CHECK(parse_hosts(std::string(255, 'a')).size() == 1);
    CHECK(refused(std::string(256, 'a')).reason == "host name longer than 255 bytes");
    std::string many;
    for (int i = 0; i < 100'000; ++i) many += "[1]";
    CHECK(refused(many).reason == "host name longer than 255 bytes");
}

TEST_CASE("an expansion has a cap") {
    CHECK(parse_hosts("n[1-10]", 10).size() == 10);
    CHECK(refused("n[1-11]", 10).reason == "this makes 11 hosts; a list may have 10");
    CHECK(refused("a[1-6],b[1-5]", 10).column == 7);
    CHECK(refused("h[0-999999999]").reason == "this makes 1000000000 hosts; a list may have 1000000");
    CHECK(refused("h[0-999999999999999999][0-999999999999999999]").reason.starts_with("this makes over "));
    CHECK(refused("a[1-6],b[1-5]", 10).reason == "this makes 11 hosts; a list may have 10");
    CHECK(refused("h[0-999999999999999999,0-999999999999999999]").column == 0);
    CHECK(refused("[::1],[::2]", 1).column == 6);
    CHECK(refused("a[1-6]^b[1-5]", 10).reason == "this makes 11 hosts; a list may have 10");
    CHECK_THROWS_AS(parse_hostfile("a\nb\nc\n", "f", 2), host_syntax_error);
}

TEST_CASE("duplicates run once") {
    auto const hosts = parse_hosts("web1,WEB1,web[1-2],u@web1,web1:22,2001:DB8::1,2001:db8:0::1,[2001:db8::1]");
    CHECK(labels(hosts) == "web1 web2 u@web1 web1:22 2001:DB8::1");
    CHECK(hosts.duplicates() == 4);
    CHECK(parse_hosts("Web1")[0].name == "Web1");
    CHECK(labels(parse_hosts("fe80::1%eth0,FE80:0::1%eth0,fe80::1%eth1")) == "fe80::1%eth0 fe80::1%eth1");
    host_list ports;
    for (int port = 1; port <= 65535; ++port) ports.add({"n", "", static_cast<std::uint16_t>(port)});
    CHECK(ports.size() == 65535);
    host_list more = hosts;
    more.add(hosts);
    CHECK(more.size() == 5);
    CHECK(more.duplicates() == 13);
    more.add(more);
    CHECK(more.size() == 5);
}

TEST_CASE("hostile hosts can't be added without a pattern either") {
    host_list hosts;
    CHECK_THROWS_AS(hosts.add({"-oProxyCommand=x", "", {}}), host_syntax_error);
    CHECK_THROWS_AS(hosts.add({"a/b", "", {}}), host_syntax_error);
    CHECK_THROWS_AS(hosts.add({"a", "-l", {}}), host_syntax_error);
    CHECK_THROWS_AS(hosts.add({"a", "", 0}), host_syntax_error);
    CHECK_THROWS_AS(hosts.add({"", "", {}}), host_syntax_error);
    CHECK(hosts.empty());
}

TEST_CASE("host files") {
    auto const text = "\xef\xbb\xbf# web\r\n\r\n  web[1-2]  # first\nu@db1:22,db2\t\n#\n[::1]:22";
    CHECK(labels(parse_hostfile(text, "f")) == "web1 web2 u@db1:22 db2 [::1]:22");
    CHECK(parse_hostfile("", "f").empty());
    CHECK(parse_hostfile("# nobody\n\n", "f").empty());
    CHECK(labels(parse_hostfile("a\n\n  b c!b\n", "f")) == "a c");
    CHECK(file_error("a\n\n  b/c\n") == "fleet.txt:3: '/' can't stand in a host name @3");
    CHECK(file_error("a\n-b\n").starts_with("fleet.txt:2: '-' leaves hosts out on the command line only"));
    CHECK(file_error("a,/b/\n").starts_with("fleet.txt:1: /REGEX/ filters on the command line only"));
    CHECK(file_error("[web]\nn1\n") ==
          "fleet.txt:1: this looks like an inventory of Ansible; read it with --inventory @0");
    CHECK(file_error("  [web:children]") ==
          "fleet.txt:1: this looks like an inventory of Ansible; read it with --inventory @2");
    CHECK(file_error("---\nall:\n").starts_with("fleet.txt:1: "));
    CHECK(file_error("all:\n").starts_with("fleet.txt:1: this looks like an inventory in YAML"));
    CHECK(file_error("web1:22 deploy\n") == "fleet.txt:1: a user stands before the host: deploy@web1:22 @0");
    CHECK(labels(parse_hostfile("web1:22 web2\n#included x", "f")) == "web1:22 web2");
    CHECK(file_error("\xff\xfen\x01") == "fleet.txt:1: this is a file in UTF-16; save it in UTF-8 @0");
    CHECK(file_error("#include\n") == "fleet.txt:1: an include is written #include FILE @0");
    CHECK(file_error("#include a b\n") == "fleet.txt:1: an include is written #include FILE @0");
    CHECK(file_error("#include a\n") == "fleet.txt:1: files can't be used here @0");
    CHECK(file_error("a\nb,\n") == "fleet.txt:2: a host is missing here @2");
    CHECK(file_error(std::string_view("a\n\x7f"
                                      "ELF\x02\x00\x00",
                                      9)) == "fleet.txt:2: byte 0x7f can't stand in a host name @0");
    CHECK(file_error(std::string_view("a\nb\0c\n", 6)) == "fleet.txt:2: byte 0x00 can't stand in a host name @1");
}

TEST_CASE("an excerpt shows where the pattern is wrong") {
    CHECK(host_syntax_error("x", "a,,b", 2).excerpt() == "a,,b\n  ^");
    CHECK(host_syntax_error("x", "a\x1b[1mb", 1).excerpt() == "a?[1mb\n ^");
    CHECK(host_syntax_error("x", "", 0).excerpt() == "\n^");
    CHECK(host_syntax_error("x", std::string(100, 'a') + '!' + std::string(100, 'b'), 100).excerpt() ==
          "..." + std::string(50, 'a') + '!' + std::string(24, 'b') + "...\n" + std::string(53, ' ') + '^');
}

TEST_CASE("100,000 hosts take less than a second and 200 MB") {
    std::string list;
    std::string file;
    for (int i = 0; i < 100'000; ++i) {
        list += (i == 0 ? "" : ",") + ("admin@rack-node" + std::to_string(i)) + ".example.com:2222";
        file += "rack-node" + std::to_string(i) + ".example.com\n";
    }
    auto const before = resident_kib();
    auto const start = seconds_used();
    auto const from_list = parse_hosts(list);
    auto const from_file = parse_hostfile(file, "f");
    auto const from_range = parse_hosts("rack-node[0-99999].example.com");
    CHECK(seconds_used() - start < 3);
    CHECK(resident_kib() - before < 3 * 200 * 1024);
    CHECK(from_list.size() == 100'000);
    CHECK(from_file.size() == 100'000);
    CHECK(std::ranges::equal(from_file, from_range));
    std::vector<std::string> names;
    for (auto const& host : from_list) names.push_back(host.label());
    auto const fold_start = seconds_used();
    CHECK(fold(names) == "admin@rack-node[0-99999].example.com:2222");
    CHECK(seconds_used() - fold_start < 1);
}

TEST_CASE("a regular expression whose repetitions multiply is refused before it takes all memory") {
    for (auto const* const large : {"a+++++++++++++++++++++++++", "((a{99}){99}){99}", "a{4096}", "(a+)+{9}{9}{9}{9}",
                                    "a+*+", "a???", "x(a|b)*{2}"})
        CHECK_THROWS_WITH(muster::hosts::name_regex(large), Catch::Matchers::ContainsSubstring("too large"));
    CHECK(muster::hosts::name_regex("^web[0-9]+-(a|b){1,3}\\+$").matches("web17-ab+"));
    CHECK(muster::hosts::name_regex("[]+{9}]+").matches("+"));
    CHECK(muster::hosts::name_regex("^n\\d+\\D[]\\d]$").matches("n12-d"));
    CHECK(muster::hosts::name_regex("rack(\\d)").part_of("n1rack27") == "2");
    CHECK(muster::hosts::name_regex(std::string(300, 'a') + "+").matches(std::string(301, 'a')));
    CHECK_THROWS_WITH(muster::hosts::name_regex("(a"), Catch::Matchers::ContainsSubstring("/(a/"));
}
