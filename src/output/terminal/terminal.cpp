// SPDX-License-Identifier: MIT
// Asks the kernel and the environment.
#include "output/terminal/terminal.hpp"

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cctype>
#include <cstdlib>
#include <string>

namespace muster::output {

namespace {

std::atomic<bool> reads_own_keys = false;

}  // namespace

terminal_size size_of_terminal(int descriptor) noexcept {
    terminal_size size;
    winsize told{};
    if (::ioctl(descriptor, TIOCGWINSZ, &told) != 0) return size;
    if (told.ws_col > 0) size.columns = told.ws_col;
    if (told.ws_row > 0) size.rows = told.ws_row;
    return size;
}

/// A terminal that is not ours to control answers ENOTTY: no user types a command line there.
bool in_foreground(int terminal) noexcept {
    auto const group = ::tcgetpgrp(terminal);
    return group == -1 || group == ::getpgrp();
}

bool is_in_line_mode(int terminal) noexcept {
    termios mode{};
    if (::tcgetattr(terminal, &mode) != 0) return true;
    bool const edited = (mode.c_lflag & ICANON) != 0;
    return edited || (reads_own_keys && (mode.c_lflag & ISIG) != 0 && (mode.c_oflag & OPOST) != 0);
}

void note_own_mode(bool reads_keys) noexcept {
    reads_own_keys = reads_keys;
}

bool rewraps_lines() noexcept {
    auto const* const kind = std::getenv("TERM");
    return std::getenv("XTERM_VERSION") == nullptr && (kind == nullptr || std::string_view(kind) != "linux");
}

bool locale_is_utf8() noexcept {
    for (char const* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        auto const* const value = std::getenv(name);
        if (value == nullptr || *value == '\0') continue;
        std::string codeset;
        for (auto const* at = value; *at != '\0'; ++at) {
            auto const byte = static_cast<unsigned char>(*at);
            if (std::isalnum(byte) != 0) codeset += static_cast<char>(std::toupper(byte));
        }
        return codeset.ends_with("UTF8");
    }
    return false;
}

std::string_view ellipsis(bool utf8) noexcept {
    return utf8 ? "…" : "~";
}

}  // namespace muster::output
