// SPDX-License-Identifier: MIT
// Adds the words of the login shell before and behind the line, and knows them again.
#include "shell/login_shell.hpp"

#include <algorithm>

namespace muster::shell {

namespace {

constexpr std::string_view begin = "muster: this login shell has begun";
constexpr std::string_view refusal = "muster: this login shell starts no other program";
constexpr std::uint32_t refusal_status = 253;

std::string behind_line() {
    return "; echo " + std::string(refusal) + "; exit " + std::to_string(refusal_status);
}

}  // namespace

std::string or_refusal(std::string line) {
    return line + behind_line();
}

bool may_be_refused(std::string_view line) {
    return line.ends_with(behind_line());
}

std::string with_begin(std::string const& line) {
    return "echo " + std::string(begin) + "; " + line;
}

/// The second one as a terminal writes it.
std::vector<std::string> login_shell_reader::marks() {
    return {std::string(begin) + "\n", std::string(begin) + "\r\n"};
}

std::string_view login_shell_reader::take(std::string_view bytes) {
    if (begin_) {
        begin_->feed(bytes);
        auto found = begin_->next();
        shown_ = std::move(found.before);
        if (found.mark >= 0) {
            shown_ += begin_->rest();
            begin_.reset();
        }
        bytes = shown_;
    }
    constexpr auto most = refusal.size() + std::string_view("\r\n").size();
    end_.append(bytes.substr(bytes.size() - std::min(bytes.size(), most)));
    end_.erase(0, end_.size() - std::min(end_.size(), most));
    return bytes;
}

bool login_shell_reader::is_refused(std::optional<std::uint32_t> status) const {
    if (status != refusal_status) return false;
    std::string_view const last(end_);
    return last.ends_with('\n') && last.substr(0, last.find_last_not_of("\r\n") + 1).ends_with(refusal);
}

std::string never_begun_words(std::uint32_t status) {
    return "the login shell ended with exit status " + std::to_string(status) +
           " and did not start the command (no shell for logins, or a forced command?), as --lease and --env need; "
           "run without";
}

}  // namespace muster::shell
