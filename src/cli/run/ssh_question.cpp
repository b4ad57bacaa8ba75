// SPDX-License-Identifier: MIT
// Knows ssh's questions.
#include "cli/run/ssh_question.hpp"

#include <algorithm>

namespace muster::cli {

namespace {

/// "(USER@HOST) TEXT OF THE SERVER"
std::string_view account_of_server(std::string_view question) {
    question.remove_prefix(1);
    auto const end = question.find(") ");
    return end == question.npos ? std::string_view() : question.substr(0, end);
}

/// "USER@HOST's password: ", "Enter USER@HOST's old password: "
std::string_view account_of_ssh(std::string_view question) {
    auto const end = question.rfind("'s ");
    if (end == question.npos) return {};
    question = question.substr(0, end);
    for (std::string_view const verb : {"Enter ", "Retype "})
        if (question.starts_with(verb)) return question.substr(verb.size());
    return question;
}

}  // namespace

question_kind kind_of(std::string_view question) {
    auto const holds = [&](std::string_view text) { return question.find(text) != question.npos; };
    if (holds("(yes/no")) return question_kind::host_key;
    if (question.starts_with("Enter passphrase for ")) return question_kind::passphrase;
    if (question.starts_with("Enter PIN for ")) return question_kind::pin;
    if (account_in(question).empty()) return question_kind::other;
    return holds("assword:") && !holds("ew password:") ? question_kind::password : question_kind::code;
}

std::string_view account_in(std::string_view question) {
    auto const account = question.starts_with('(') ? account_of_server(question) : account_of_ssh(question);
    return account.find('@') == account.npos ? std::string_view() : account;
}

std::string_view host_in(std::string_view account) {
    return account.substr(std::min(account.rfind('@') + 1, account.size()));
}

}  // namespace muster::cli
