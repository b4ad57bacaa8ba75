// SPDX-License-Identifier: MIT
// The last line of a terminal when it is not output.
#include "output/status_line.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace muster::output {

namespace {

constexpr auto shortest_pause = std::chrono::milliseconds(100);
constexpr auto longest_pause = std::chrono::seconds(1);
constexpr std::string_view to_begin = "\r";
constexpr std::string_view clear_rest = "\x1b[K";  // EL, ECMA-48 8.3.41

std::size_t columns_of(int terminal) noexcept {
    winsize size{};
    return ::ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void put(int terminal, std::string const& text) noexcept {
    (void)!::write(terminal, text.data(), text.size());
}

}  // namespace

void status_line::change(int terminal, composer compose) {
    if (!compose) erase();
    terminal_ = terminal;
    compose_ = std::move(compose);
    due_ = compose_ ? std::min(due_, clock::now() + shortest_pause) : clock::time_point::max();
}

void status_line::erase() {
    if (!std::exchange(shown_, false)) return;
    put(terminal_, std::string(to_begin) += clear_rest);
    due_ = clock::now() + shortest_pause;
}

void status_line::draw_if_due() {
    if (!compose_ || clock::now() < due_) return;
    auto const columns = columns_of(terminal_) - 1;  // the last one would wrap on some terminals
    put(terminal_, (std::string(to_begin) += compose_(columns).substr(0, columns)) += clear_rest);
    shown_ = true;
    due_ = clock::now() + longest_pause;
}

}  // namespace muster::output
