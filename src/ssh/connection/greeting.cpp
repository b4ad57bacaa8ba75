// SPDX-License-Identifier: MIT
// Follows the lines up to the one that begins with "SSH-".
#include "ssh/connection/greeting.hpp"

#include "ssh/bytes/plain_text.hpp"

namespace muster::ssh {

namespace {

constexpr std::size_t kept = 256;  // of all, and of each line

}  // namespace

std::size_t greeting_reader::read(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && !complete() && error_.empty()) take(bytes[used++]);
    bytes_ += used;
    if (!complete() && error_.empty() && bytes_ > limit)
        error_ = "not an SSH server (no SSH- line in the first 64 KiB), said: " + text();
    return used;
}

void greeting_reader::take(char byte) {
    if (text_.size() < kept) text_ += byte;
    if (byte == '\n') return end_line();
    if (line_.size() < kept) line_ += byte;
    if (byte == '\0') error_ = "no identification of an SSH server (a NUL byte in it), said: " + text();
    if (state_ == state::line_start && line_.size() == 4)
        state_ = line_ == "SSH-" ? state::version_line : state::other_line;
}

void greeting_reader::end_line() {
    if (state_ != state::version_line) {
        state_ = state::line_start;
    } else if (line_.starts_with("SSH-2.0-") || line_.starts_with("SSH-1.99-")) {
        state_ = state::complete;
    } else {
        error_ = "the server speaks SSH-1 only, or no SSH at all: " + plain_text(line_, 80);
    }
    line_.clear();
}

std::string greeting_reader::text() const {
    return plain_text(text_, 80);
}

}  // namespace muster::ssh
