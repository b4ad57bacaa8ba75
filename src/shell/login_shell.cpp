// SPDX-License-Identifier: MIT
// Adds the refusal behind the line, and knows it again.
#include "shell/login_shell.hpp"

#include <algorithm>

namespace muster::shell {

namespace {

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

void refusal_reader::take(std::string_view bytes) {
    constexpr auto most = refusal.size() + std::string_view("\r\n").size();
    end_.append(bytes.substr(bytes.size() - std::min(bytes.size(), most)));
    end_.erase(0, end_.size() - std::min(end_.size(), most));
}

bool refusal_reader::is_refused(std::optional<std::uint32_t> status) const {
    if (status != refusal_status) return false;
    std::string_view const last(end_);
    return last.ends_with('\n') && last.substr(0, last.find_last_not_of("\r\n") + 1).ends_with(refusal);
}

}  // namespace muster::shell
