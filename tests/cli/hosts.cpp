// SPDX-License-Identifier: MIT
// Where hosts come from: groups of ClusterShell and dsh, inventories, files, and choices among them.
#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "program_run.hpp"

using namespace muster::test;
using Catch::Matchers::ContainsSubstring;

namespace {

namespace fs = std::filesystem;

/// A home with files of hosts, and nothing else.
class home {
  public:
    home() {
        auto name = (fs::temp_directory_path() / "muster-hosts-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    home(home const&) = delete;
    home& operator=(home const&) = delete;
    ~home() { fs::remove_all(folder_); }

    std::string path(std::string const& name) const { return folder_ / name; }

    std::string write(std::string const& name, std::string const& text) const {
        fs::create_directories(fs::path(path(name)).parent_path());
        std::ofstream(path(name)) << text;
        ::chmod(path(name).c_str(), 0644);
        return path(name);
    }

    program_end run(strings words, strings more = {}) const {
        program_set_up how;
        how.environment = {"HOME=" + folder_.string(), "CLUSTERSHELL_CFGDIR=" + path("cs")};
        how.environment.insert(how.environment.end(), more.begin(), more.end());
        return run_muster(words, how);
    }

    /// The folded list of -Q, or the error.
    std::string hosts(strings words) const {
        words.insert(words.begin(), {"-q", "-Q"});
        auto const end = run(words);
        return end.code() == 0 ? end.out.substr(0, end.out.find('\n')) : end.err;
    }

  private:
    fs::path folder_;
};

void write_groups(home const& at) {
    at.write("cs/groups.conf",
             "[Main]\ndefault: own\nautodir: $CFGDIR/groups.d\nconfdir: $CFGDIR/conf.d\n"
             "[own]\nmap: sed -n 's/^$GROUP://p' $CFGDIR/own.cfg\n"
             "list: sed 's/:.*//' $CFGDIR/own.cfg\nall: echo n[1-4]\n");
    at.write("cs/own.cfg", "web: n[1-2]\ndb: n3 n4\nnone:\n");
    at.write("cs/groups.d/racks.yaml",
             "rack:\n  r1: 'n[1,3]'\n  r2:\n    - n2\n    - 'n4'\n  both: '@r1,@own:db'\n  me: '@me'\n");
    at.write("cs/conf.d/x.conf", "[slow,s2]\nmap: echo $SOURCE-$GROUP\n[bad]\nmap: echo no >&2; exit 3\n");
    at.write(".dsh/group/old", "o1\no2 # two\n");
}

constexpr auto array = R"([{"host":"a1","address":"127.0.0.9","port":1,"groups":["z1"],"rack":3}, "b1",
    {"host":"c1","user":"x","groups":["z1","z2"]}])";

}  // namespace

TEST_CASE("groups come from ClusterShell's configuration and from dsh's files") {
    home const at;
    write_groups(at);
    using row = std::pair<strings, char const*>;
    auto const [words, folded] = GENERATE(
        row{{"@web"}, "n[1-2]"}, row{{"-g", "web,db"}, "n[1-4]"}, row{{"-a"}, "n[1-4]"},
        row{{"-a", "-X", "db"}, "n[1-2]"}, row{{"@rack:r1"}, "n[1,3]"}, row{{"@rack:r[1-2]"}, "n[1-4]"},
        row{{"@rack:r?!@web"}, "n[3-4]"}, row{{"@rack:both"}, "n[1,3-4]"}, row{{"@rack:r*"}, "n[1-4]"},
        row{{"@slow:x"}, "slow-x"}, row{{"@s2:x"}, "s2-x"}, row{{"@old"}, "o[1-2]"}, row{{"@dsh:old!o1"}, "o2"},
        row{{"n?"}, "n[1-4]"}, row{{"-w", "/[13]$/"}, "n[1,3]"}, row{{"m1,@web!@none"}, "m1,n[1-2]"},
        row{{"root@n[34]*:22"}, "no known host matches"}, row{{"root@n*:22&n1"}, "root@n1:22"});
    CAPTURE(words);
    CHECK_THAT(at.hosts(words), ContainsSubstring(folded));
}

TEST_CASE("a group that can't be had is an error that says where it was looked for") {
    home const at;
    write_groups(at);
    using row = std::pair<strings, char const*>;
    auto const [words, text] =
        GENERATE(row{{"n1!@wbe"}, "did you mean @web?"}, row{{"@rack:r3"}, "racks.yaml; did you mean @r1?"},
                 row{{"@rakc:r1"}, "no group source rakc; did you mean rack?"},
                 row{{"@rack:me"}, "@rack:me contains itself"}, row{{"@bad:x"}, "ended with status 3: no"},
                 row{{"@own:$(id)"}, "^"}, row{{"@slow:-x"}, "can't be the name of a group"},
                 row{{"@own:none"}, "no hosts: @own:none names none"}, row{{"@nothing"}, "no group nothing"});
    CAPTURE(words);
    CHECK_THAT(at.hosts(words), ContainsSubstring(text));
    ::chmod(at.path("cs/groups.conf").c_str(), 0666);
    CHECK_THAT(at.hosts({"@web"}), ContainsSubstring("writable by others"));
}

TEST_CASE("an inventory in JSON gives hosts, groups, and ways to reach them") {
    home const at;
    auto const file = at.write("array.json", array);
    CHECK(at.hosts({"--inventory", file, "-a"}) == "a1,b1,c1");
    CHECK(at.hosts({"--inventory", "cat '" + file + "'|", "@z1!@z2"}) == "a1");
    CHECK_THAT(at.hosts({"--inventory", file, "z1"}), ContainsSubstring("z1 is a group of the inventory"));
    CHECK_THAT(at.hosts({"--inventory", file, "-X", "z3", "-a"}), ContainsSubstring("did you mean @z"));
    auto const end = at.run({"--inventory", file, "-F", "none", "a1", "true"});
    CHECK(end.code() == 3);
    CHECK_THAT(end.err, ContainsSubstring("a1: connect: "));

    auto const groups =
        at.write("list.json", R"({"all":{"children":["web","db"]},"web":{"hosts":["w1","w2"],"vars":{"v":1}},
        "db":["d1"],"_meta":{"hostvars":{"w1":{"ansible_host":"127.0.0.9","ansible_port":1},"w2":{"ansible_connection":"local"},
        "d1":{"ansible_host":"{{ x }}"}}}})");
    CHECK(at.hosts({"--inventory", groups, "@all!@db"}) == "w[1-2]");
    auto const reached = at.run({"--inventory", groups, "-F", "none", "-a", "true"});
    CHECK_THAT(reached.err, ContainsSubstring("w1: connect: ") && ContainsSubstring("ansible_connection=local") &&
                                ContainsSubstring("holds a template"));
}

TEST_CASE("an inventory that can't be used is code 2 before anything starts") {
    home const at;
    using row = std::pair<char const*, char const*>;
    auto const [text, reason] =
        GENERATE(row{"{\"a\":", "this is no JSON"}, row{"[{\"name\":\"x\"}]", "with \"host\""},
                 row{"{\"g\":3}", "group g"}, row{"[{\"host\":\"x\",\"port\":\"99999\"}]", "port '99999'"},
                 row{"[{\"host\":\"x\",\"user\":\"-l\"}]", "user '-l'"},
                 row{"[{\"host\":\"x\",\"address\":\"-oProxyCommand=x\"}]", "address"},
                 row{"[\"../x\"]", "can't begin with '.'"},
                 row{"{\"a\":{\"children\":[\"b\"]},\"b\":{\"children\":[\"a\"]}}", "a group contains itself"});
    auto const end = at.run({"--inventory", at.write("i.json", text), "-a", "true"});
    CAPTURE(text);
    CHECK(end.code() == 2);
    CHECK_THAT(end.err, ContainsSubstring(reason));
}

TEST_CASE("Ansible's own files are read through ansible-inventory") {
    if (std::system("command -v ansible-inventory >/dev/null") != 0) SKIP("ansible-core is not installed");
    home const at;
    auto const ini = at.write("hosts.ini",
                              "[web]\nweb[01:03]\n[db]\ndb1 ansible_host=127.0.0.9 ansible_port=1\n"
                              "[prod:children]\nweb\ndb\n");
    CHECK(at.hosts({"--inventory", ini, "@prod"}) == "web[01-03],db1");
    CHECK(at.hosts({"--inventory", ini, "@prod!@web"}) == "db1");
    auto const yaml =
        at.write("hosts.yaml", "all:\n  children:\n    y:\n      hosts:\n        y1: {}\n        y2: {}\n");
    CHECK(at.hosts({"--inventory", yaml, "@y"}) == "y[1-2]");
}

TEST_CASE("genders are a source of ClusterShell's through nodeattr") {
    if (std::system("command -v nodeattr >/dev/null") != 0) SKIP("genders is not installed");
    home const at;
    auto const database = at.write("genders", "g[1-4] all,os=linux\ng5 all,spare\n");
    at.write("cs/groups.conf", "[Main]\ndefault: genders\n[genders]\nmap: nodeattr -f " + database +
                                   " -n $GROUP\nall: nodeattr -f " + database + " -n all\nlist: nodeattr -f " +
                                   database + " -l\n");
    CHECK(at.hosts({"@os=linux"}) == "g[1-4]");
    CHECK(at.hosts({"-a", "-X", "spare"}) == "g[1-4]");
}

TEST_CASE("files include others, and WCOLL names one for who names no hosts") {
    home const at;
    auto const file = at.write("lists/a", "n1\n#include b\n^c\n");
    at.write("lists/b", "n2,n1\n");
    at.write("lists/c", "n[3-4] !n3\n");
    CHECK(at.hosts({"--hostfile", file}) == "n[1-2,4]");
    CHECK(at.hosts({"^" + file + "!n4"}) == "n[1-2]");
    at.write("lists/c", "#include a\n");
    CHECK_THAT(at.hosts({"^" + file}), ContainsSubstring("contains itself"));
    auto const list = at.write("w", "h1\nh2\n");
    CHECK(at.run({"-Q"}, {"WCOLL=" + list}).out == "h[1-2]\n2\nh1,h2\n");
    CHECK(at.run({"-f1", "--transport", "exec", "echo {host}"}, {"WCOLL=" + list}).out == "h1: h1\nh2: h2\n");
    CHECK(at.run({"-Q", "x1"}, {"WCOLL=" + list}).out == "x1\n1\nx1\n");
}

TEST_CASE("a seed picks the same hosts and the same order again") {
    home const at;
    auto const once = at.run({"-Q", "--pick", "3", "n[1-50]"});
    auto const begin = once.err.find("--pick 3:");
    REQUIRE(begin != std::string::npos);
    auto const choice = once.err.substr(begin + 7, once.err.find('\n', begin) - begin - 7);
    CHECK(at.run({"-Q", "--pick", choice, "n[1-50]"}).out == once.out);
    CHECK(at.run({"-Q", "--pick", "3:7", "n[1-50]"}).out != at.run({"-Q", "--pick", "3:8", "n[1-50]"}).out);
    CHECK(at.hosts({"--pick", "9", "n[1-3]"}) == "n[1-3]");
    auto const order = at.run({"-Q", "--order", "random:5", "n[1-9]"});
    CHECK(order.out.starts_with("n[1-9]\n9\n"));
    CHECK(order.out != at.run({"-Q", "n[1-9]"}).out);
    CHECK(order.out == at.run({"-Q", "--order", "random:5", "n[1-9]"}).out);
    CHECK_THAT(at.run({"--order", "backwards", "n1", "true"}).err, ContainsSubstring("must be given, random"));
}
