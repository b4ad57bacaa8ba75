// SPDX-License-Identifier: MIT
// Remembers the answers and passes the open questions on.
#include "ssh_config/local_answers.hpp"

namespace muster::ssh_config {
namespace {

template <typename Answers>
auto const* known(Answers& answers, typename Answers::key_type const& question) {
    auto const& answer = answers[question];
    return answer ? &*answer : nullptr;
}

template <typename Answers, typename Ask>
void ask_open(Answers& answers, Ask const& ask) {
    std::vector<typename Answers::key_type> open;
    for (auto const& [question, answer] : answers)
        if (!answer) open.push_back(question);
    if (open.empty()) return;
    auto const given = ask(open);
    for (std::size_t i = 0; i < open.size(); ++i) answers[open[i]] = given.at(i);
}

std::vector<exec_result> cannot_run(std::vector<std::string> const& commands) {
    return {commands.size(), {0, "this program runs no commands for a configuration"}};
}

}  // namespace

exec_result const* local_answers::of_command(std::string const& command) {
    return known(commands_, command);
}

name_answer const* local_answers::of_name(name_query const& query) {
    return known(names_, query);
}

std::vector<std::string> const& local_answers::addresses() {
    if (!addresses_) addresses_ = machine_.addresses ? machine_.addresses() : std::vector<std::string>{};
    return *addresses_;
}

void local_answers::ask() {
    if (machine_.run)
        ask_open(commands_, machine_.run);
    else
        ask_open(commands_, cannot_run);
    if (machine_.resolve) ask_open(names_, machine_.resolve);
}

}  // namespace muster::ssh_config
