// SPDX-License-Identifier: MIT
// Cuts both streams into lines.
#include "cli/run/run_told.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "output/terminal/line_splitter.hpp"
#include "output/words/words.hpp"

namespace muster::cli {

namespace {

class local_lines {
    auto teller(stream from) {
        return [this, from](output::line_part const& part) {
            auto const text = part.text;
            tell(from, text.ends_with('\r') ? text.substr(0, text.size() - 1) : text);
        };
    }

  public:
    local_lines(display& view, events::local_line whose) : view_(view), whose_(whose) {}
    local_lines(local_lines const&) = delete;
    local_lines& operator=(local_lines const&) = delete;

    process::print_listener listener() {
        return [this](process::printed_to to, std::string_view bytes) {
            auto const from = to == process::printed_to::out ? stream::out : stream::err;
            (from == stream::out ? out_ : err_).feed(bytes, teller(from));
        };
    }

    /// The program has ended like this: what was not closed by a line feed.
    void finish(process::run_result const& ended) {
        out_.finish(teller(stream::out));
        err_.finish(teller(stream::err));
        if (ended.truncated) tell(stream::err, "(muster shows 1 MiB of each of its streams, and it has printed more)");
    }

  private:
    static constexpr std::size_t longest_line = 4096;

    void tell(stream from, std::string_view text) {
        auto line = whose_;
        line.from = from;
        line.text = text;
        view_.sink().tell(line);
    }

    display& view_;
    events::local_line whose_;
    output::line_splitter out_{longest_line};
    output::line_splitter err_{longest_line};
};

/// "h1: before"
std::string name_of(events::local_line const& line) {
    auto const program = std::string(to_string(line.of));
    return line.host.empty() ? program : fmt::format("{}: {}", line.host, program);
}

}  // namespace

asio::awaitable<process::run_result> run_told(process::command command, process::run_limits limits, display& view,
                                              events::local_line whose, signal_state& signals) {
    local_lines lines(view, whose);
    limits.at_once = &signals.abort;
    limits.lingers = [&, name = name_of(whose), grace = limits.grace] {
        view.note(fmt::format("{} goes on after SIGTERM, and gets SIGKILL {} after it ({}: at once)", name,
                              output::in_words(grace), keys_to_abort(signals)));
    };
    auto hear = lines.listener();
    auto result = co_await process::run(std::move(command), {}, limits, std::move(hear));
    lines.finish(result);
    co_return result;
}

}  // namespace muster::cli
