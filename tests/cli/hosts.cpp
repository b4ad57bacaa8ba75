// SPDX-License-Identifier: MIT
// Where hosts come from: groups of ClusterShell and dsh, inventories, files, and choices among them.
#include <sys/stat.h>

#include <fmt/format.h>
#include <array>
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
        program_set_up set_up;
        set_up.environment = {"HOME=" + folder_.string(), "CLUSTERSHELL_CFGDIR=" + path("cs")};
        set_up.environment.insert(set_up.environment.end(), more.begin(), more.end());
        return run_muster(words, set_up);
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

void write_groups(home const& home) {
    home.write("cs/groups.conf",
               "[Main]\ndefault: own\nautodir: $CFGDIR/groups.d\nconfdir: $CFGDIR/conf.d\n"
               "[own]\nmap: sed -n 's/^$GROUP://p' $CFGDIR/own.cfg\n"
               "list: sed 's/:.*//' $CFGDIR/own.cfg\nall: echo n[1-4]\n");
    home.write("cs/own.cfg", "web: n[1-2]\ndb: n3 n4\nnone:\n");
    home.write("cs/groups.d/racks.yaml",
               "rack:\n  r1: 'n[1,3]'\n  r2:\n    - n2\n    - 'n4'\n  both: '@r1,@own:db'\n  me: '@me'\n");
    home.write("cs/conf.d/x.conf", "[slow,s2]\nmap: echo $SOURCE-$GROUP\n[bad]\nmap: echo no >&2; exit 3\n");
    home.write(".dsh/group/old", "o1\no2 # two\n");
}

constexpr auto array = R"([{"host":"a1","address":"127.0.0.9","port":1,"groups":["z1"],"rack":3}, "b1",
    {"host":"c1","user":"x","groups":["z1","z2"]}])";

}  // namespace

TEST_CASE("option -A without an agent that can be reached is an error of each host, before any connection") {
    home const home;
    for (auto const& [variable, words] :
         {std::pair{"SSH_AUTH_SOCK=", "SSH_AUTH_SOCK is not set"},
          std::pair{"SSH_AUTH_SOCK=/no/such", "(/no/such: No such file or directory)"}}) {
        program_set_up set_up;
        set_up.environment = {variable};
        auto const end = run_muster({"-A", "-F", "none", "--json", "127.0.0.1:1,127.0.0.2:1", "true"}, set_up);
        CHECK(end.code() == 3);
        CHECK_THAT(end.out, ContainsSubstring("\"attempts\":0") && ContainsSubstring("-A: there is no agent to lend") &&
                                ContainsSubstring(words));
    }
}

TEST_CASE("groups come from ClusterShell's configuration and from dsh's files") {
    home const home;
    write_groups(home);
    using row = std::pair<strings, char const*>;
    auto const [words, folded] = GENERATE(
        row{{"@web"}, "n[1-2]"}, row{{"-g", "web,db"}, "n[1-4]"}, row{{"-a"}, "n[1-4]"},
        row{{"-a", "-X", "db"}, "n[1-2]"}, row{{"@rack:r1"}, "n[1,3]"}, row{{"@rack:r[1-2]"}, "n[1-4]"},
        row{{"@rack:r?!@web"}, "n[3-4]"}, row{{"@rack:both"}, "n[1,3-4]"}, row{{"@rack:r*"}, "n[1-4]"},
        row{{"@slow:x"}, "slow-x"}, row{{"@s2:x"}, "s2-x"}, row{{"@old"}, "o[1-2]"}, row{{"@dsh:old!o1"}, "o2"},
        row{{"n?"}, "n[1-4]"}, row{{"-w", "/[13]$/"}, "n[1,3]"}, row{{"m1,@web!@none"}, "m1,n[1-2]"},
        row{{"root@n[34]*:22"}, "no known host matches"}, row{{"root@n*:22&n1"}, "root@n1:22"});
    CAPTURE(words);
    CHECK_THAT(home.hosts(words), ContainsSubstring(folded));
}

TEST_CASE("a group that can't be had is an error that says where it was looked for") {
    home const home;
    write_groups(home);
    using row = std::pair<strings, char const*>;
    auto const [words, text] = GENERATE(
        row{{"n1!@wbe"}, "did you mean @web?"}, row{{"@rack:r3"}, "racks.yaml; did you mean @r1?"},
        row{{"@rakc:r1"}, "no group source rakc; did you mean rack?"}, row{{"@rack:me"}, "@rack:me contains itself"},
        row{{"@bad:x"}, "ended with status 3: no"}, row{{"@own:$(id)"}, "^"},
        row{{"@slow:-x"}, "can't be the name of a group"}, row{{"@own:none"}, "no hosts: @own:none names none"},
        row{{"@nothing"}, "no group nothing"}, row{{"@last"}, "such as @last:failed"},
        row{{"@last:"}, "a state is missing"}, row{{"@ledger"}, "@ledger:FILE:STATES"});
    CAPTURE(words);
    CHECK_THAT(home.hosts(words), ContainsSubstring(text));
    ::chmod(home.path("cs/groups.conf").c_str(), 0666);
    CHECK_THAT(home.hosts({"@web"}), ContainsSubstring("writable by others"));
}

TEST_CASE("a group that its source does not list is no empty group, unless the source is named") {
    home const home;
    home.write("cs/groups.conf",
               "[Main]\ndefault: own\n[own]\nmap: sed -n 's/^$GROUP://p' $CFGDIR/own.cfg\n"
               "list: sed 's/:.*//' $CFGDIR/own.cfg\n");
    home.write("cs/own.cfg", "web: n[1-2]\nnone:\n");
    for (auto const* const words : {"n1!@drained", "n1!@n1", "@drained"})
        CHECK_THAT(home.hosts({words}), ContainsSubstring("no group "));
    CHECK(home.hosts({"n1!@none"}) == "n1");
    CHECK(home.hosts({"n1!@own:drained"}) == "n1");  // as a source of states, which lists those that some node has
}

TEST_CASE("a group file that is wrong is an error with file, line and a caret") {
    home const home;
    using row = std::array<char const*, 4>;
    auto const [file, text, wanted, excerpt] = GENERATE(
        row{"groups.conf", "[Main]\n\n  [own\nmap: x\n", "groups.conf:3: '[' without ']'", "\n  [own\n  ^\n"},
        row{"groups.conf", "map: x\n", "groups.conf:1: stands before the first [section]", "\nmap: x\n^\n"},
        row{"groups.conf", "[a]\r\nmap: x\r\n \r\nlist\r\n", "groups.conf:4: neither [section]", "\nlist\n^\n"},
        row{"groups.conf", "[a]\nmap: x\n[b]\nlist: x\n", "groups.conf:3: the source b has no map", "\n[b]\n^\n"},
        row{"g/y.yaml", "r:\n  a: [n1\n  b: n2\n", "y.yaml:3: ", "\n  b: n2\n"},
        row{"g/y.yaml", "r:\n  a: n1\n  b: {c: d}\n", "y.yaml:3: b is neither hosts nor", "\n  b: {c: d}\n     ^\n"},
        row{"g/y.yaml", "r:\n  a:\n    - n1\n    - [n2]\n", "y.yaml:4: the list of a may", "\n    - [n2]\n      ^\n"},
        row{"g/y.yaml", "r:\n  a: n1\nweb: n2\n", "y.yaml:3: the source web is no mapping", "\nweb: n2\n^\n"},
        row{"g/y.yaml", "- r\n", "y.yaml:1: this is no mapping of group sources", "\n- r\n^\n"});
    home.write("cs/groups.conf", "[Main]\nautodir: $CFGDIR/g\n");
    home.write(std::string("cs/") + file, text);
    CAPTURE(text);
    auto const end = home.run({"-Q", "@a"});
    CHECK(end.code() == 2);
    CHECK_THAT(end.err, ContainsSubstring(wanted) && ContainsSubstring(excerpt));
}

TEST_CASE("folders of groups may stand in quotes, and of a key that is written twice the last one counts") {
    home const home;
    home.write("cs/groups.conf", "[Main]\ndefault: r\nautodir: \"$CFGDIR/my groups\" '$CFGDIR/g'\n");
    home.write("cs/my groups/a.yaml", "r:\n  web: n1\n  web: n2\n");
    home.write("cs/g/b.yaml", "s: {web: n3}\n");
    CHECK(home.hosts({"@web,@s:web"}) == "n[2-3]");
}

TEST_CASE("a source of groups whose program fails is named") {
    home const home;
    write_groups(home);
    CHECK_THAT(home.hosts({"@bad:x"}),
               ContainsSubstring("map of source bad: echo no >&2; exit 3: ended with status 3: no"));
}

TEST_CASE("an empty result names the source that all hosts were to come from") {
    home const home;
    home.write("cs/groups.conf", "[Main]\ndefault: own\n[own]\nmap: true\nall: true\n");
    CHECK_THAT(home.hosts({"-a"}), ContainsSubstring("no hosts: -a (") && ContainsSubstring("groups.conf [own]"));
    auto const none = home.write("none.json", "[]");
    CHECK_THAT(home.hosts({"--inventory", none, "-a"}), ContainsSubstring("no hosts: -a (" + none + ") names none"));
}

TEST_CASE("an inventory in JSON gives hosts, groups, and ways to reach them") {
    home const home;
    auto const file = home.write("array.json", array);
    CHECK(home.hosts({"--inventory", file, "-a"}) == "a1,b1,c1");
    CHECK(home.hosts({"--inventory", "cat '" + file + "'|", "@z1!@z2"}) == "a1");
    CHECK_THAT(home.hosts({"--inventory", file, "z1"}), ContainsSubstring("z1 is a group of the inventory"));
    CHECK_THAT(home.hosts({"--inventory", file, "-X", "z3", "-a"}), ContainsSubstring("did you mean @z"));
    auto const end = home.run({"--inventory", file, "-F", "none", "a1", "true"});
    CHECK(end.code() == 3);
    CHECK_THAT(end.err, ContainsSubstring("a1: connect: "));

    auto const groups =
        home.write("list.json", R"({"all":{"children":["web","db"]},"web":{"hosts":["w1","w2"],"vars":{"v":1}},
        "db":["d1"],"_meta":{"hostvars":{"w1":{"ansible_host":"127.0.0.9","ansible_port":1},"w2":{"ansible_connection":"local"},
        "d1":{"ansible_host":"{{ x }}"}}}})");
    CHECK(home.hosts({"--inventory", groups, "@all!@db"}) == "w[1-2]");
    auto const reached = home.run({"--inventory", groups, "-F", "none", "-a", "true"});
    CHECK_THAT(reached.err, ContainsSubstring("w1: connect: ") && ContainsSubstring("ansible_connection=local") &&
                                ContainsSubstring("holds a template"));
}

TEST_CASE("an inventory that can't be used is code 2 before anything starts") {
    home const home;
    using row = std::pair<char const*, char const*>;
    auto const [text, reason] =
        GENERATE(row{"{\"a\":", "this is no JSON"}, row{"[{\"name\":\"x\"}]", "with \"host\""},
                 row{"[\"a\",1e999999]", "a number that is too large"}, row{"{\"g\":3}", "group g"},
                 row{"[{\"host\":\"x\",\"port\":\"99999\"}]", "port '99999'"},
                 row{"[{\"host\":\"x\",\"user\":\"-l\"}]", "user '-l'"},
                 row{"[{\"host\":\"x\",\"address\":\"-oProxyCommand=x\"}]", "address"},
                 row{"[\"../x\"]", "can't begin with '.'"},
                 row{"{\"a\":{\"children\":[\"b\"]},\"b\":{\"children\":[\"a\"]}}", "group a contains itself"});
    auto const end = home.run({"--inventory", home.write("i.json", text), "-a", "true"});
    CAPTURE(text);
    CHECK(end.code() == 2);
    CHECK_THAT(end.err, ContainsSubstring(reason));
}

TEST_CASE("an error in an inventory shows the place") {
    home const home;
    using row = std::array<char const*, 3>;
    auto const [text, wanted, excerpt] =
        GENERATE(row{"{\"a\":\n\n", "i.json:1: this is no JSON", "\n{\"a\":\n     ^\n"},
                 row{"[\n \"a\",\n \"b\" \"c\"\n]", "i.json:3: this is no JSON", "\n \"b\" \"c\"\n       ^\n"},
                 row{"{\"g\":[\"a\",\"b c\"]}", "i.json: ' ' can't stand in a host name", "\nb c\n ^\n"});
    auto const end = home.run({"--inventory", home.write("i.json", text), "-a", "true"});
    CAPTURE(text);
    CHECK(end.code() == 2);
    CHECK_THAT(end.err, ContainsSubstring(wanted) && ContainsSubstring(excerpt));
}

TEST_CASE("JSON with a byte order mark is an inventory, and what a program says is named as one") {
    home const home;
    CHECK(home.hosts({"--inventory", home.write("i.json", "\xef\xbb\xbf[\"b1\"]"), "-a"}) == "b1");
    CHECK_THAT(home.hosts({"--inventory", "exit 3|", "-a"}),
               ContainsSubstring("inventory exit 3: ended with status 3"));
}

TEST_CASE("a program that takes more than a second to name hosts is told, but with -q") {
    home const home;
    home.write("cs/groups.conf", "[Main]\ndefault: own\n[own]\nmap: sleep 1.5; echo a\nlist: echo g\n");
    auto const config = home.write("config", "Match exec \"sleep 1.5\"\n  User x\n");
    struct row {
        strings words;
        char const* told;
    };
    for (auto const& [words, told] :
         {row{{"--inventory", "sleep 1.5; echo '[\"a\"]'|", "-F", "none", "-a"},
              "muster: waiting for the inventory's program (sleep 1.5; echo '[\"a\"]'), 30 s at most\n"},
          row{{"-F", "none", "@g"}, "muster: waiting for a program of groups.conf (sleep 1.5; echo a), 30 s at most\n"},
          row{{"-F", config, "a"}, "muster: waiting for Match exec (sleep 1.5)\n"}}) {
        strings all = {"--dry-run"};
        all.insert(all.end(), words.begin(), words.end());
        all.emplace_back("true");
        CHECK_THAT(home.run(all).err, ContainsSubstring(told));
        all.insert(all.begin(), "-q");
        CHECK(home.run(all).err.empty());
    }
}

TEST_CASE("a file that Ansible can't read is an error, with the place where Ansible names it") {
    if (std::system("command -v ansible-inventory >/dev/null") != 0) SKIP("ansible-core is not installed");
    home const home;
    using row = std::array<char const*, 4>;
    auto const [name, text, wanted, excerpt] =
        GENERATE(row{"h.ini", "[web]\nn1\nn2 rack\n", "h.ini:3: Expected key=value", "\nn2 rack\n^\n"},
                 row{"h.yml", "all:\n  hosts\n  x: [\n", "h.yml:3: mapping values", "\n  x: [\n   ^\n"},
                 row{"h.ini", "[web\n", "h.ini: Ansible can't read it: ", ""});
    auto const end = home.run({"--inventory", home.write(name, text), "-a", "true"});
    CAPTURE(text);
    CHECK(end.code() == 2);
    CHECK_THAT(end.err, ContainsSubstring(wanted) && ContainsSubstring(excerpt));
}

TEST_CASE("Ansible's own files are read through ansible-inventory") {
    if (std::system("command -v ansible-inventory >/dev/null") != 0) SKIP("ansible-core is not installed");
    home const home;
    auto const ini = home.write("hosts.ini",
                                "[web]\nweb[01:03]\n[db]\ndb1 ansible_host=127.0.0.9 ansible_port=1\n"
                                "[prod:children]\nweb\ndb\n");
    CHECK(home.hosts({"--inventory", ini, "@prod"}) == "web[01-03],db1");
    CHECK(home.hosts({"--inventory", ini, "@prod!@web"}) == "db1");
    auto const yaml =
        home.write("hosts.yaml", "all:\n  children:\n    y:\n      hosts:\n        y1: {}\n        y2: {}\n");
    CHECK(home.hosts({"--inventory", yaml, "@y"}) == "y[1-2]");
}

TEST_CASE("nested groups, ranges and variables of Ansible's inventories count as they do there") {
    if (std::system("command -v ansible-inventory >/dev/null") != 0) SKIP("ansible-core is not installed");
    home const home;
    auto const ini =
        home.write("i/hosts.ini",
                   "[web]\nweb[01:05:2] rack=r1\nlast ansible_port=2200\n[db]\ndb[a:c]\n[east:children]\nweb\n"
                   "[prod:children]\neast\ndb\n[prod:vars]\nansible_user=deploy\nstage=\"it's prod\"\n"
                   "[web:vars]\nansible_port=2222\n");
    home.write("i/group_vars/db.yml", "rack: r9\nansible_host: 127.0.0.7\n");
    CHECK(home.hosts({"--inventory", ini, "@east"}) == "web[01,03,05],last");
    auto const end =
        home.run({"--inventory", ini, "-F", "none", "--dry-run", "--template", "@prod", "echo {stage} {rack}"});
    CHECK(end.code() == 2);
    CHECK_THAT(end.err, ContainsSubstring("the variable rack is not set for last, but for others"));
    auto const all =
        home.run({"--inventory", ini, "-F", "none", "--dry-run", "--template", "@prod!last", "echo {stage} {rack}"});
    CHECK_THAT(all.out, ContainsSubstring("@east  web[01,03,05]\n") &&
                            ContainsSubstring("web01  deploy@web01:2222\n") &&
                            ContainsSubstring("dba    deploy@127.0.0.7:22\n") &&
                            ContainsSubstring("web[01,03,05]: echo 'it'\\''s prod' r1\n") &&
                            ContainsSubstring("dba,dbb,dbc: echo 'it'\\''s prod' r9\n"));
    CHECK_THAT(home.run({"--inventory", ini, "-F", "none", "--dry-run", "last", "id"}).out,
               ContainsSubstring("last  deploy@last:2200"));
    auto const yaml =
        home.write("y/hosts.yaml",
                   "all:\n  vars: {ansible_user: bob}\n  children:\n    web:\n      hosts:\n        web[1:2]: {}\n"
                   "      children:\n        inner:\n          hosts:\n            in1: {ansible_port: 33}\n");
    CHECK(home.hosts({"--inventory", yaml, "@web"}) == "web[1-2],in1");
    CHECK_THAT(home.run({"--inventory", yaml, "-F", "none", "--dry-run", "@inner", "id"}).out,
               ContainsSubstring("in1  bob@in1:33\n"));
}

TEST_CASE("genders are a source of ClusterShell's through nodeattr") {
    if (std::system("command -v nodeattr >/dev/null") != 0) SKIP("genders is not installed");
    home const home;
    auto const database = home.write("genders", "g[1-4] all,os=linux\ng5 all,spare\n");
    home.write("cs/groups.conf", "[Main]\ndefault: genders\n[genders]\nmap: nodeattr -f " + database +
                                     " -n $GROUP\nall: nodeattr -f " + database + " -n all\nlist: nodeattr -f " +
                                     database + " -l\n");
    CHECK(home.hosts({"@os=linux"}) == "g[1-4]");
    CHECK(home.hosts({"-a", "-X", "spare"}) == "g[1-4]");
}

TEST_CASE("files include others, and WCOLL names one for who names no hosts") {
    home const home;
    auto const file = home.write("lists/a", "n1\n#include b\n^c\n");
    home.write("lists/b", "n2,n1\n");
    home.write("lists/c", "n[3-4] !n3\n");
    CHECK(home.hosts({"--hostfile", file}) == "n[1-2,4]");
    CHECK(home.hosts({"^" + file + "!n4"}) == "n[1-2]");
    home.write("lists/c", "#include a\n");
    CHECK_THAT(home.hosts({"^" + file}), ContainsSubstring("contains itself"));
    auto const list = home.write("w", "h1\nh2\n");
    CHECK(home.run({"-Q"}, {"WCOLL=" + list}).out == "h[1-2]\n2\nh1,h2\n");
    CHECK(home.run({"-f1", "--transport", "exec", "echo {host}"}, {"WCOLL=" + list}).out == "h1: h1\nh2: h2\n");
    CHECK(home.run({"-Q", "x1"}, {"WCOLL=" + list}).out == "x1\n1\nx1\n");
}

TEST_CASE("forms that pdsh's own tests try mean the same here") {
    home const home;
    using row = std::pair<strings, std::string>;
    auto const [words, folded] =
        GENERATE(row{{"-w", "foo[1-5]", "-x", "foo3"}, "foo[1-2,4-5]"}, row{{"-w", "foo[1-5],-foo[2-3]"}, "foo[1,4-5]"},
                 row{{"-w", "foo[1-3]", "-w", "-foo2"}, "foo[1,3]"},
                 row{{"-w", "foo[0-9]", "-x", "/[02468]$/"}, "foo[1,3,5,7,9]"},
                 row{{"-w", "foo[0-9],/[13]$/"}, "foo[1,3]"}, row{{"-w", "foo[0-9],-/[13]$/"}, "foo[0,2,4-9]"},
                 row{{"-w", "foo[00-03]"}, "foo[00-03]"}, row{{"-w", "foo[1,3-4,9]"}, "foo[1,3-4,9]"},
                 row{{"-w", "foo[1-2]-x"}, "foo[1-2]-x"}, row{{"-w", "foo1,foo1,bar"}, "foo1,bar"},
                 row{{"-w", "foo1", "-w", "foo2"}, "foo[1-2]"}, row{{"-w", "u@foo[1-2]"}, "u@foo[1-2]"});
    CAPTURE(words);
    CHECK(home.hosts(words) == folded);
    auto const all = home.write("all", "foo[0-5]\n");
    auto const some = home.write("some", "foo1\nfoo2\n");
    CHECK(home.hosts({"-w", "^" + all + ",-^" + some}) == "foo[0,3-5]");
    CHECK(home.hosts({"-w", "^" + all, "-x", "^" + some}) == "foo[0,3-5]");
    CHECK_THAT(home.hosts({"-w", "foo[1-3]", "-x", "foo[1-3]"}), ContainsSubstring("no hosts"));
    CHECK_THAT(home.hosts({"-w", "foo[3-1]"}), ContainsSubstring("^"));
}

TEST_CASE("a seed picks the same hosts and the same order again") {
    home const home;
    auto const once = home.run({"-Q", "--pick", "3", "n[1-50]"});
    auto const begin = once.err.find("--pick 3:");
    REQUIRE(begin != std::string::npos);
    auto const choice = once.err.substr(begin + 7, once.err.find('\n', begin) - begin - 7);
    CHECK(home.run({"-Q", "--pick", choice, "n[1-50]"}).out == once.out);
    CHECK(home.run({"-Q", "--pick", "3:7", "n[1-50]"}).out != home.run({"-Q", "--pick", "3:8", "n[1-50]"}).out);
    CHECK(home.hosts({"--pick", "9", "n[1-3]"}) == "n[1-3]");
    auto const order = home.run({"-Q", "--order", "random:5", "n[1-9]"});
    CHECK(order.out.starts_with("n[1-9]\n9\n"));
    CHECK(order.out != home.run({"-Q", "n[1-9]"}).out);
    CHECK(order.out == home.run({"-Q", "--order", "random:5", "n[1-9]"}).out);
    CHECK_THAT(home.run({"--order", "backwards", "n1", "true"}).err, ContainsSubstring("must be given, random"));
}

TEST_CASE("a dry run shows hosts, groups, endpoints and commands, and starts nothing") {
    home const home;
    write_groups(home);
    auto const file = home.write("array.json", array);
    auto const mark = home.path("mark");
    auto const end = home.run({"--inventory", file, "-F", "none", "-l", "me", "--dry-run", "--template", "--ledger",
                               home.path("l"), "a1,@own:web", "touch", mark, "{host}"});
    CHECK(end.code() == 0);
    CHECK(end.out == fmt::format("3 hosts: a1,n[1-2]\ngroups:\n  @own:web  n[1-2]\n  @z1       a1\nendpoints:\n"
                                 "  a1  me@127.0.0.9:1\n  n1  me@n1:22\n  n2  me@n2:22\ncommands:\n"
                                 "  a1: touch {0} a1\n  n1: touch {0} n1\n  n2: touch {0} n2\noptions:\n"
                                 "  --inventory={1} --ssh-config=none --user=me --template\n",
                                 mark, file));
    CHECK_FALSE(fs::exists(mark));
    CHECK_FALSE(fs::exists(home.path("l")));
    auto const json = home.run({"-F", "none", "-J", "x@j:2", "--dry-run", "--json", "root@[::1]:22", "true"});
    CHECK_THAT(json.out,
               ContainsSubstring(R"({"v":1,"type":"plan","hosts":1,"folded":"root@[::1]:22","command":"true",)"
                                 R"("options":["--ssh-config=none","--jump=x@j:2"],"halt":"never",)"));
    CHECK_THAT(json.out, ContainsSubstring(R"("address":"::1","port":22,"user":"root","jump":["x@j:2"])"));
}

TEST_CASE("a template takes variables of the inventory, quoted for the remote shell") {
    home const home;
    auto const file = home.write("i.json", R"json([{"host":"a","v":"it's $(id)"},{"host":"b","v":"\\ x"}])json");
    auto const end = home.run(
        {"--transport", "exec", "--inventory", file, "--template", "a,b", "printf '%s\\n' {host} {n}/{count} {v}"});
    CHECK_THAT(end.out, ContainsSubstring("a: 0/2\na: it's $(id)\n") && ContainsSubstring("b: 1/2\nb: \\ x\n"));
    auto const wrong = home.run({"--transport", "exec", "--inventory", file, "--template", "-w", "a,c", "echo {v}"});
    CHECK(wrong.code() == 2);
    CHECK_THAT(wrong.err, ContainsSubstring("the variable v is not set for c, but for others"));
    auto const plain = home.run({"--transport", "exec", "--inventory", file, "a", "echo {v}"});
    CHECK(plain.out == "a: {v}\n");
}

TEST_CASE("without a terminal --confirm refuses more hosts than it lets pass") {
    home const home;
    home.write(".config/muster/config", "confirm = 2\n");
    auto const end = home.run({"--transport", "exec", "n[1-3]", "true"});
    CHECK(end.code() == 2);
    CHECK_THAT(end.err, ContainsSubstring("no terminal on which to ask whether to run on 3 hosts; --confirm=3"));
    CHECK(home.run({"--transport", "exec", "n[1-2]", "true"}).code() == 0);
    CHECK(home.run({"--transport", "exec", "--confirm=no", "n[1-3]", "true"}).code() == 0);
}

TEST_CASE("the last run is remembered where it is wanted, and --failed chooses from it") {
    home const home;
    CHECK(home.run({"--transport", "exec", "--remember", "yes", "n1", "true"}, {"HOME=" + home.path("none")}).code() ==
          0);
    CHECK_FALSE(fs::exists(home.path("none")));
    strings const run = {"--transport", "exec", "n[1-3],m", "test $MUSTER_HOST = n2"};
    home.run(run);
    CHECK_FALSE(fs::exists(home.path(".local/state/muster/last-run")));
    auto const none = home.run({"--transport", "exec", "--failed", "true"});
    CHECK(none.code() == 2);
    CHECK_THAT(none.err, ContainsSubstring("no run is remembered"));
    home.run(run, {"MUSTER_REMEMBER=1"});
    auto const file = home.path(".local/state/muster/last-run");
    CHECK(fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    auto const again = home.run({"--transport", "exec", "--failed", "echo again"});
    CHECK(again.code() == 0);
    CHECK(again.err.starts_with("muster: last run, "));
    CHECK_THAT(again.err, ContainsSubstring(": 4 hosts: 1 ok, 3 failed"));
    CHECK(home.hosts({"--failed"}) == "n[1,3],m");
    CHECK(home.hosts({"@last:ok,failed!n1"}) == "n[2-3],m");
    CHECK_THAT(home.hosts({"@last:fialed"}), ContainsSubstring("did you mean failed?"));
    CHECK_THAT(home.hosts({"@last:lost"}), ContainsSubstring("no hosts: @last:lost names none"));
}

TEST_CASE("hosts of a ledger are chosen by their states") {
    home const home;
    auto const ledger = home.path("l.jsonl");
    home.run({"--transport", "exec", "--ledger", ledger, "-f", "1", "--halt", "soon,fail=2", "n[1-4]",
              "test $MUSTER_HOST = n2"});
    CHECK(home.hosts({"@ledger:" + ledger + ":failed"}) == "n[1,3]");
    CHECK(home.hosts({"@ledger:" + ledger + ":not_started,ok"}) == "n[2,4]");
    CHECK(home.hosts({"@ledger:" + ledger + ":sent"}) == "n[1-3]");
    CHECK(home.hosts({"@ledger:" + ledger + ":left!n4"}) == "n[1,3]");
    CHECK_THAT(home.hosts({"@ledger:" + ledger}), ContainsSubstring("@ledger:FILE:STATES"));
    auto const odd = home.path("a b, c [1] n9.jsonl");
    fs::copy_file(ledger, odd);
    CHECK(home.hosts({"@ledger:" + odd + ":failed,ok!n2"}) == "n[1,3]");
    CHECK(home.hosts({"m,@ledger:" + odd + ":not_started,ok,n7"}) == "m,n[2,4,7]");
    CHECK_THAT(home.hosts({"@ledger:/nonexistent:ok"}), ContainsSubstring("/nonexistent: cannot be read"));
}

TEST_CASE("wildcards with a letter choose among aliases, and --complete knows them") {
    home const home;
    auto const config = home.write("config", "Host web1 web2 *.x !no\nMatch host a\nHost db\n");
    home.write(".ssh/known_hosts", "[kh1]:2222,kh2 ssh-ed25519 AAAA\n|1|x= ssh-ed25519 AAAA\n");
    write_groups(home);
    CHECK(home.hosts({"-F", config, "w*"}) == "web[1-2]");
    CHECK(home.hosts({"-F", config, "*"}) == "n[1-4]");
    auto const complete = [&](char const* word) { return home.run({"-F", config, "--complete", word}).out; };
    CHECK(complete("we") == "web1\nweb2\n");
    CHECK(complete("db,root@we") == "db,root@web1\ndb,root@web2\n");
    CHECK(complete("k") == "kh1\nkh2\n");
    CHECK(complete("web1,@w") == "web1,@web\n");
    CHECK(complete("@rack:r") == "@rack:r1\n@rack:r2\n");
    CHECK(complete("zz").empty());
}
