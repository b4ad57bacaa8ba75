// SPDX-License-Identifier: MIT
// Puts an endpoint and a step into the words of ssh(1).
#include "system_ssh/ssh_words.hpp"

#include <strings.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "shell/quoting.hpp"
#include "ssh/session/request_text.hpp"
#include "system_ssh/ssh_log.hpp"

namespace muster::system_ssh {

namespace {

class words {
  public:
    void add(std::string text) { all_.push_back(std::move(text)); }
    void add(std::string letter, std::string value) {
        add(std::move(letter));
        add(std::move(value));
    }
    void option(std::string_view name, std::string_view value) { add("-o", fmt::format("{}={}", name, value)); }
    std::vector<std::string> take() { return std::move(all_); }

  private:
    std::vector<std::string> all_{"ssh"};
};

void add_settings(words& all, ssh_settings const& settings) {
    for (auto const& option : settings.options) all.add("-o", option);
    if (settings.config_file) all.add("-F", *settings.config_file);
    if (settings.family == address_family::ipv4) all.add("-4");
    if (settings.family == address_family::ipv6) all.add("-6");
    if (!settings.jump.empty()) all.add("-J", settings.jump);
    if (settings.forward_agent) all.add("-A");
    if (settings.accept_new) all.option("StrictHostKeyChecking", "accept-new");
}

/// Whatever the user has said: an ssh that goes into the background, or runs no command, ends with 0 before a command
/// has ended; and what the command reads comes from here.
void add_session_rules(words& all) {
    all.option("ForkAfterAuthentication", "no");
    all.option("SessionType", "default");
    all.option("StdinNull", "no");
}

/// Where a % begins a token.
std::string without_tokens(std::string text) {
    for (auto at = text.find('%'); at != text.npos; at = text.find('%', at + 2)) text.insert(at, "%");
    return text;
}

/// Who answers must learn that ssh has logged in; this goes before what the user has said.
void add_login_command(words& all, std::string const& program) {
    all.option("PermitLocalCommand", "yes");
    all.option("LocalCommand", without_tokens("exec " + shell::quoted(program)));
}

/// No user can answer a thousand questions, and the second one is not answered: it tells that the password was refused.
/// A connection that outlives its ssh would outlive the run.
void add_own_rules(words& all, bool may_ask, long connect_timeout) {
    may_ask ? all.option("NumberOfPasswordPrompts", "2") : all.option("BatchMode", "yes");
    all.option("ControlMaster", "no");
    all.option("ControlPath", "none");
    if (connect_timeout > 0) all.option("ConnectTimeout", std::to_string(connect_timeout));
}

/// The jump as an option: what names another way before it counts, where -J would be an error.
void add_host(words& all, endpoint const& endpoint, ssh_target const& target) {
    if (!target.user.empty()) all.add("-l", target.user);
    if (target.port) all.add("-p", std::to_string(*target.port));
    for (auto const& identity : endpoint.settings->identities)
        if (identity.required) all.add("-i", without_tokens(identity.path));
    if (!target.jump.empty()) all.option("ProxyJump", target.jump);
}

/// All in one: of several SetEnv ssh takes the first alone.
std::string variables(endpoint const& endpoint, step const& step) {
    std::string text;
    for (auto const* all : {&endpoint.settings->environment, &step.environment}) {
        for (auto const& [name, value] : *all) {
            text.append(text.empty() ? "" : " ").append(name).append("=\"");
            for (char const c : value) text.append(c == '"' || c == '\\' ? "\\" : "").append(1, c);
            text += '"';
        }
    }
    return text;
}

bool is_word(std::string_view text, std::string_view word) {
    return text.size() == word.size() && ::strncasecmp(text.data(), word.data(), word.size()) == 0;
}

/// "ControlPath=/a/b" and "controlpath /a/b", as ssh takes them.
bool names_control_path(std::string_view option) {
    constexpr char const* blanks = " \t=\"";
    auto const begin = std::min(option.find_first_not_of(blanks), option.size());
    auto const end = std::min(option.find_first_of(blanks, begin), option.size());
    if (!is_word(option.substr(begin, end - begin), "controlpath")) return false;
    auto const value = option.substr(std::min(option.find_first_not_of(blanks, end), option.size()));
    return !is_word(value.substr(0, value.find_first_of(blanks)), "none");
}

}  // namespace

bool shares_connections(ssh_settings const& settings) {
    return std::ranges::any_of(settings.options, names_control_path);
}

bool asks_questions(ssh_settings const& settings) {
    return settings.answers && !settings.answers->login_command.empty();
}

std::vector<std::string> ssh_words(ssh_settings const& settings, endpoint const& endpoint, step const& step,
                                   long connect_timeout) {
    words all;
    add_session_rules(all);
    if (!shares_connections(settings)) all.option("LogVerbose", verbose_functions);
    bool const may_ask = asks_questions(settings);
    if (may_ask) add_login_command(all, settings.answers->login_command);
    add_settings(all, settings);
    add_own_rules(all, may_ask, connect_timeout);
    auto const target = settings.target_of(endpoint);
    add_host(all, endpoint, target);
    bool const terminal = step.tty.value_or(endpoint.settings->tty) == tty_request::yes && !step.lease;
    all.add(terminal ? "-tt" : "-T");
    if (!step.environment.empty()) all.option("SetEnv", variables(endpoint, step));
    all.add(target.name);
    all.add("--", ssh::request_text(step));
    return all.take();
}

}  // namespace muster::system_ssh
