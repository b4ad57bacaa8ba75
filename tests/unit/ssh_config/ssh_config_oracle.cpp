// SPDX-License-Identifier: MIT
// Every case of ssh_config_corpus.txt means to make_endpoints what it means to `ssh -G`.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include "ssh_config/algorithms.hpp"
#include "ssh_config/config_line.hpp"
#include "ssh_config/endpoints.hpp"
#include "support/paths.hpp"

namespace {

using muster::endpoint;
namespace ssh_config = muster::ssh_config;
namespace fs = std::filesystem;
using strings = std::vector<std::string>;

enum class versions { all, old, recent };  // all, before OpenSSH 9.9, OpenSSH 10 and later

struct corpus_run {
    std::string arguments;
    versions compared = versions::all;
};

struct corpus_case {
    std::string name;
    std::vector<corpus_run> runs;
    std::map<std::string, std::string> files;  // name to content
};

std::string replaced(std::string text, std::string const& what, std::string const& with) {
    for (auto position = text.find(what); position != std::string::npos;
         position = text.find(what, position + with.size()))
        text.replace(position, what.size(), with);
    return text;
}

std::vector<corpus_case> read_corpus() {
    std::ifstream file(fs::path(muster::test::source_dir) / "tests/unit/ssh_config/ssh_config_corpus.txt");
    std::vector<corpus_case> cases;
    std::string into;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("=== ")) {
            cases.push_back({line.substr(4), {}, {{"config", ""}}});
            into = "config";
        } else if (cases.empty()) {
            continue;
        } else if (line.starts_with("@ ")) {
            cases.back().runs.push_back({line.substr(2)});
        } else if (line.starts_with("@old ")) {
            cases.back().runs.push_back({line.substr(5), versions::old});
        } else if (line.starts_with("@new ")) {
            cases.back().runs.push_back({line.substr(5), versions::recent});
        } else if (line.starts_with("[file ")) {
            into = line.substr(6, line.size() - 7);
        } else {
            cases.back().files[into] += line + '\n';
        }
    }
    return cases;
}

class temporary_folder {
  public:
    temporary_folder() {
        std::string name = (fs::temp_directory_path() / "muster-ssh-config-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    temporary_folder(temporary_folder const&) = delete;
    temporary_folder& operator=(temporary_folder const&) = delete;
    ~temporary_folder() { fs::remove_all(path_); }
    fs::path const& path() const { return path_; }

  private:
    fs::path path_;
};

struct answer {
    bool ok = false;
    std::string errors;
    std::multimap<std::string, std::string> values;

    std::string value(std::string const& key) const {
        auto const found = values.find(key);
        return found == values.end() ? "" : found->second;
    }
};

ssh_config::local_account account() {
    auto out = ssh_config::this_account();
    out.environment = {{"HOME", out.home}, {"AGENT", "/tmp/agent-socket"}, {"SSH_AUTH_SOCK", "/tmp/auth-sock"}};
    return out;
}

// ssh takes the home directory from the password database.
ssh_config::local_account account_of_ssh() {
    ::unsetenv("HOME");
    return account();
}

// A network of its own, in which names have the addresses of a file and no others.
std::string with_hosts(fs::path const& hosts, std::string& variables) {
    if (!fs::exists(hosts)) return "";
    variables += " LD_PRELOAD=$(echo /usr/lib/*/libnss_wrapper.so) NSS_WRAPPER_HOSTS=" + hosts.string();
    return "unshare --net ";
}

answer ask_ssh(std::string const& ssh, std::string const& config, std::string const& arguments,
               fs::path const& folder) {
    std::string variables = "AGENT=/tmp/agent-socket SSH_AUTH_SOCK=/tmp/auth-sock PATH=/usr/bin:/bin";
    auto const errors = folder / "errors";
    auto const front = with_hosts(folder / "hosts", variables);
    auto const command = front + "env -i " + variables + ' ' + ssh + " -G -F " + config + ' ' + arguments +
                         " </dev/null 2>" + errors.string();
    auto const close = [](FILE* pipe) { ::pclose(pipe); };
    std::unique_ptr<FILE, decltype(close)> pipe(::popen(command.c_str(), "r"), close);
    answer out;
    char line[4096];
    while (std::fgets(line, sizeof line, pipe.get()) != nullptr) {
        std::string_view const text(line, std::string_view(line).find('\n'));
        auto const blank = text.find(' ');
        out.values.emplace(text.substr(0, blank), blank == text.npos ? "" : text.substr(blank + 1));
    }
    auto const status = ::pclose(pipe.release());
    out.ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    std::ifstream file(errors);
    out.errors.assign(std::istreambuf_iterator<char>(file), {});
    return out;
}

// What the same arguments are to make_endpoints. In muster's precedence -p and -l come before -o, so no run gives both
// in another order.
struct request {
    ssh_config::ssh_settings settings;
    std::string host;
    std::string user;
};

// The word behind the one at `at`, which moves there.
std::string const& value_at(strings const& words, std::size_t& position) {
    return words.at(++position);
}

request parse(std::string const& arguments, std::string const& config) {
    request out;
    auto& settings = out.settings;
    settings.config_file = config;
    auto const words = ssh_config::split_words(arguments);
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (!out.host.empty())
            settings.command += (settings.command.empty() ? "" : " ") + words[i];
        else if (words[i] == "-o")
            settings.options.push_back(value_at(words, i));
        else if (words[i] == "-l")
            settings.user = value_at(words, i);
        else if (words[i] == "-p")
            settings.port = static_cast<std::uint16_t>(std::stoi(value_at(words, i)));
        else if (words[i] == "-J")
            settings.jump = value_at(words, i);
        else if (words[i] == "-i")
            settings.identities.push_back(value_at(words, i));
        else
            out.host = words[i];
    }
    auto const position = out.host.rfind('@');
    if (position != std::string::npos) {
        out.user = out.host.substr(0, position);
        out.host.erase(0, position + 1);
    }
    return out;
}

// The first name of the line of the hosts file that has this one; empty: none has it.
std::string first_name(fs::path const& hosts, std::string name) {
    if (name.ends_with('.')) name.pop_back();
    std::ifstream file(hosts);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string address;
        words >> address;
        strings const names(std::istream_iterator<std::string>(words), {});
        if (std::ranges::find(names, name) != names.end()) return names.front();
    }
    return "";
}

ssh_config::local_machine machine_with(fs::path const& folder) {
    return {[](strings const& commands) {
                std::vector<ssh_config::exec_result> out;
                for (auto const& command : commands)
                    out.push_back({std::system(("exec </dev/null >/dev/null\n" + command).c_str()), {}});
                return out;
            },
            [folder](std::vector<ssh_config::name_query> const& queries) {
                std::vector<ssh_config::name_answer> out;
                for (auto const& query : queries) {
                    auto const name = first_name(folder / "hosts", query.name);
                    out.push_back({!name.empty(), name});
                }
                return out;
            },
            [] {
                return strings{"127.0.0.1", "::1"};
            }};
}

std::string joined(strings const& all) {
    std::string out;
    for (auto const& text : all) out += (out.empty() ? "" : " ") + text;
    return out;
}

std::string identities(endpoint const& endpoint) {
    strings paths;
    for (auto const& file : endpoint.settings->identities) paths.push_back(file.path);
    return joined(paths);
}

// Those of ssh, but for `none` and the defaults that no method of muster can use.
std::string identities(answer const& ssh, ssh_config::local_account const& local) {
    strings paths;
    auto const [first, last] = ssh.values.equal_range("identityfile");
    for (auto it = first; it != last; ++it)
        if (it->second != "none" && it->second != "~/.ssh/id_xmss" && it->second != "~/.ssh/id_dsa")
            paths.push_back(ssh_config::expand_tilde(it->second, local));
    return joined(paths);
}

std::string timeout(endpoint const& endpoint) {
    if (!endpoint.settings->connect_timeout) return "none";
    return std::to_string(
        std::chrono::duration_cast<std::chrono::seconds>(*endpoint.settings->connect_timeout).count());
}

std::string known_hosts(std::string const& of_ssh) {
    return of_ssh == "none" ? "" : of_ssh;
}

std::string policy(endpoint const& endpoint) {
    return endpoint.settings->host_keys == muster::host_key_policy::strict ? "strict" : "accept_new";
}

std::string policy(std::string const& of_ssh) {
    return of_ssh == "true" || of_ssh == "ask" ? "strict" : "accept_new";
}

std::string agent(answer const& ssh) {
    if (ssh.values.count("identityagent") == 0) return "/tmp/auth-sock";
    auto const value = ssh.value("identityagent");
    if (value == "none") return "";
    if (value == "SSH_AUTH_SOCK") return "/tmp/auth-sock";
    return value == "$AGENT" ? "/tmp/agent-socket" : value;
}

bool has_proxy_command(answer const& ssh) {
    return ssh.values.count("proxycommand") > 0 && ssh.value("proxycommand") != "none";
}

// The last hops of the way, as many as ssh names; those before them come from the hops' own configuration.
std::string jumps(endpoint const& ours, std::string const& of_ssh) {
    auto left = of_ssh.empty() ? 0 : std::ranges::count(of_ssh, ',') + 1;
    std::string out;
    for (auto const* hop = ours.settings->jump.get(); hop != nullptr && left > 0;
         hop = hop->settings->jump.get(), --left)
        out = hop->label + (out.empty() ? "" : ",") + out;
    return out;
}

// The names in a list that muster can use, in no order.
std::set<std::string> usable(std::string const& list, ssh_config::algorithm_kind kind) {
    auto const split = [](std::string_view names) {
        std::set<std::string> out;
        std::istringstream text{std::string(names)};
        for (std::string name; std::getline(text, name, ',');) out.insert(name);
        return out;
    };
    std::set<std::string> out;
    std::ranges::set_intersection(split(list), split(ssh_config::usable_algorithms(kind)),
                                  std::inserter(out, out.end()));
    return out;
}

/// OpenSSH knows it since 9.9.
std::set<std::string> known_to_any_ssh(std::set<std::string> names) {
    names.erase("mlkem768x25519-sha256");
    return names;
}

// Where no MAC is left, muster keeps to ciphers that need none.
bool keeps_to_authenticated_ciphers(endpoint const& ours, answer const& ssh) {
    return usable(ssh.value("macs"), ssh_config::algorithm_kind::mac).empty() &&
           !ours.settings->algorithms.cipher.empty();
}

void compare_algorithms(endpoint const& ours, answer const& ssh) {
    struct row {
        std::string const& chosen;
        char const* keyword;
        ssh_config::algorithm_kind kind;
    };
    using kind = ssh_config::algorithm_kind;
    auto const& lists = ours.settings->algorithms;
    for (auto const& [chosen, keyword, what] :
         {row{lists.key_exchange, "kexalgorithms", kind::key_exchange},
          row{lists.host_key, "hostkeyalgorithms", kind::host_key}, row{lists.cipher, "ciphers", kind::cipher},
          row{lists.mac, "macs", kind::mac}, row{lists.user_key, "pubkeyacceptedalgorithms", kind::user_key},
          row{lists.ca_signature, "casignaturealgorithms", kind::ca_signature}}) {
        INFO(keyword);
        if ((what == kind::mac || what == kind::cipher) && keeps_to_authenticated_ciphers(ours, ssh)) continue;
        if (chosen == "none" && ssh.value(keyword).empty()) continue;
        auto const of_ssh = known_to_any_ssh(usable(ssh.value(keyword), what));
        if (!chosen.empty())
            CHECK(known_to_any_ssh(usable(chosen, what)) == of_ssh);
        else
            CHECK((of_ssh.empty() != ours.error.empty() ||
                   of_ssh == known_to_any_ssh(usable(std::string(ssh_config::default_algorithms(what)), what))));
    }
    CHECK(std::to_string(ours.settings->required_rsa_size) == ssh.value("requiredrsasize"));
}

std::string forwarded_agent(answer const& ssh) {
    auto const value = ssh.value("forwardagent");
    if (value == "no") return "";
    if (value == "yes") return agent(ssh);
    return value == "$AGENT" ? "/tmp/agent-socket" : value;
}

std::vector<std::pair<std::string, std::string>> environment(answer const& ssh,
                                                             ssh_config::local_account const& local) {
    std::vector<std::pair<std::string, std::string>> out;
    auto const [first, last] = ssh.values.equal_range("sendenv");
    for (auto const& text : local.environment)
        if (std::any_of(first, last,
                        [&](auto const& line) { return ssh_config::matches_pattern(text.first, line.second); }))
            out.push_back(text);
    auto const [first_set, last_set] = ssh.values.equal_range("setenv");
    for (auto it = first_set; it != last_set; ++it) {
        auto const equals = it->second.find('=');
        out.emplace_back(it->second.substr(0, equals), it->second.substr(equals + 1));
    }
    // What is set is not sent as well.
    for (auto it = out.begin(); it != out.end();) {
        bool const again = std::any_of(it + 1, out.end(), [&](auto const& item) { return item.first == it->first; });
        it = again ? out.erase(it) : it + 1;
    }
    return out;
}

void compare_connection(endpoint const& ours, answer const& ssh, ssh_config::local_account const& local) {
    using muster::address_family;
    auto const family = ssh.value("addressfamily");
    CHECK(ours.settings->family == (family == "inet"    ? address_family::ipv4
                                    : family == "inet6" ? address_family::ipv6
                                                        : address_family::any));
    CHECK(ours.settings->bind_address == ssh.value("bindaddress"));
    CHECK(std::to_string(ours.settings->connection_attempts) == ssh.value("connectionattempts"));
    CHECK(ours.settings->tcp_keepalive == (ssh.value("tcpkeepalive") == "yes"));
    auto const interval =
        ours.settings->alive_interval == std::chrono::seconds(15) ? 0 : ours.settings->alive_interval.count();
    auto const of_ssh = ssh.value("serveraliveinterval");  // 300: what Debian's ssh takes in batch mode
    if (of_ssh != "300" || ssh.value("batchmode") != "yes") CHECK(std::to_string(interval) == of_ssh);
    CHECK(std::to_string(ours.settings->alive_count_max) == ssh.value("serveralivecountmax"));
    auto const tty = ssh.value("requesttty");
    CHECK((ours.settings->tty == muster::tty_request::yes) == (tty == "force" || tty == "true"));
    CHECK(ours.settings->forward_agent_socket == forwarded_agent(ssh));
    CHECK(ours.settings->environment == environment(ssh, local));
}

void compare_limits(endpoint const& ours, answer const& ssh) {
    CHECK(std::to_string(ours.settings->rekey.bytes) + ' ' + std::to_string(ours.settings->rekey.interval.count()) ==
          ssh.value("rekeylimit"));
    CHECK(ours.settings->check_host_ip == (ssh.value("checkhostip") == "yes"));
    CHECK((ours.settings->login_note.empty() || ssh.values.count("pkcs11provider") > 0));
    CHECK((ours.settings->host_key_note.empty() || ssh.value("verifyhostkeydns") != "false" ||
           ssh.values.count("knownhostscommand") > 0 || ssh.value("nohostauthenticationforlocalhost") == "yes"));
}

void compare(endpoint const& ours, answer const& ssh, ssh_config::local_account const& local) {
    CHECK(ours.address == ssh.value("hostname"));
    CHECK(std::to_string(ours.port) == ssh.value("port"));
    CHECK(ours.user == ssh.value("user"));
    CHECK(identities(ours) == identities(ssh, local));
    CHECK(ours.settings->identities_only == (ssh.value("identitiesonly") == "yes"));
    CHECK(ours.settings->agent_socket == agent(ssh));
    CHECK(ours.settings->host_key_alias == ssh.value("hostkeyalias"));
    CHECK(joined(ours.settings->user_known_hosts) == known_hosts(ssh.value("userknownhostsfile")));
    CHECK(joined(ours.settings->global_known_hosts) == known_hosts(ssh.value("globalknownhostsfile")));
    CHECK(ours.settings->hash_known_hosts == (ssh.value("hashknownhosts") == "yes"));
    CHECK(policy(ours) == policy(ssh.value("stricthostkeychecking")));
    CHECK(timeout(ours) == ssh.value("connecttimeout"));
    compare_algorithms(ours, ssh);
    compare_connection(ours, ssh, local);
    compare_limits(ours, ssh);
    CHECK(ours.settings->proxy_command.empty() != has_proxy_command(ssh));
    if (has_proxy_command(ssh)) {
        CHECK(ours.settings->proxy_use_fdpass == (ssh.value("proxyusefdpass") == "yes"));
    }
    CHECK((ours.settings->jump == nullptr) == (ssh.values.count("proxyjump") == 0));
    CHECK(jumps(ours, ssh.value("proxyjump")) == ssh.value("proxyjump"));
}

// "FILE line N" or "FILE: line N" of ssh's message as "FILE:N"; empty where ssh names no line.
std::string place(std::string const& errors) {
    auto const line = errors.find(" line ");
    if (line == std::string::npos) return "";
    auto const begin = errors.rfind('\n', line) == std::string::npos ? 0 : errors.rfind('\n', line) + 1;
    auto const end = errors[line - 1] == ':' ? line - 1 : line;
    auto const file = errors.substr(begin, end - begin);
    if (file == "command-line") return "-o ";
    return file + ':' + std::to_string(std::stoi(errors.substr(line + 6)));
}

void run(std::string const& oracle, std::string const& arguments, fs::path const& folder,
         ssh_config::local_account const& local) {
    auto const config = (folder / "config").string();
    auto const ssh = ask_ssh(oracle, config, arguments, folder);
    if (ssh.errors.find("unshare: ") != std::string::npos) return;  // no network of one's own here
    INFO(ssh.errors);
    auto const asked = parse(arguments, config);
    muster::host_list hosts;
    // What no pattern of muster allows is looked up under a name that it allows.
    hosts.add({asked.host.find(',') == std::string::npos ? asked.host : "no-such-host", asked.user, {}});
    try {
        auto const endpoints = ssh_config::make_endpoints(hosts, asked.settings, local, machine_with(folder));
        REQUIRE(endpoints.size() == 1);
        INFO("fault: " << endpoints[0].error);
        if (asked.host != hosts[0].name) return;
        if (ssh.ok)
            compare(endpoints[0], ssh, local);
        else
            CHECK(!endpoints[0].error.empty());
    } catch (ssh_config::config_error const& e) {
        INFO("muster: " << e.what());
        CHECK_FALSE(ssh.ok);
        CHECK(std::string(e.what()).find(place(ssh.errors)) != std::string::npos);
    }
}

}  // namespace

namespace {

versions version_of(std::string const& ssh) {
    auto const newer = "case $(" + ssh + " -V 2>&1) in OpenSSH_[1-8].*|OpenSSH_9.[0-8]*) exit 1;; esac";
    return std::system(newer.c_str()) == 0 ? versions::recent : versions::old;
}

void compare_corpus_with(std::string const& oracle) {
    auto const version = version_of(oracle);
    auto const local = account_of_ssh();
    auto const cases = read_corpus();
    CHECK(cases.size() > 200);
    for (auto const& corpus_case : cases) {
        temporary_folder const folder;
        for (auto const& [name, content] : corpus_case.files) {
            std::ofstream(folder.path() / name) << replaced(content, "DIR", folder.path().string());
            fs::permissions(folder.path() / name, fs::perms::owner_read | fs::perms::owner_write);
        }
        CHECK_FALSE(corpus_case.runs.empty());
        for (auto const& [text, compared] : corpus_case.runs) {
            if (compared != versions::all && compared != version) continue;
            auto const arguments = replaced(text, "DIR", folder.path().string());
            INFO(corpus_case.name << ": ssh " << arguments);
            run(oracle, arguments, folder.path(), local);
        }
    }
}

}  // namespace

TEST_CASE("ssh -G gives the same answers") {
    if (std::system("command -v ssh >/dev/null") != 0) SKIP("there is no ssh");
    compare_corpus_with("ssh");
}

TEST_CASE("ssh -G of a newer OpenSSH gives the same answers") {
    std::string const newer = muster::test::newer_ssh;
    if (newer.empty()) SKIP("there is no newer ssh");
    compare_corpus_with(newer);
}
