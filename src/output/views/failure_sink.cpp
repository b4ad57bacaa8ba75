// SPDX-License-Identifier: MIT
// Names the first failures and counts the others.
#include "output/views/failure_sink.hpp"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "output/terminal/palette.hpp"
#include "output/terminal/sanitise.hpp"
#include "output/words/folded_errors.hpp"
#include "output/words/words.hpp"

namespace muster::output {

namespace {

constexpr auto between = std::chrono::seconds(1);

/// What a stop does to a host is no news of that host.
bool is_news(final_state state) noexcept {
    return state != final_state::ok && state != final_state::stopped && state != final_state::not_started;
}

}  // namespace

flow failure_sink::tell(event const& event) {
    if (auto const* ended = std::get_if<events::host_ended>(&event)) {
        --left_;
        bool const news = is_news(ended->result.state);
        if (news && left_ > 0) note(ended->result);
        if (news && left_ == 0) last_ = &ended->result;
    } else if (auto const* started = std::get_if<events::host_started>(&event)) {
        if (started->again) ++left_;
    } else if (std::holds_alternative<events::question_asked>(event)) {
        tell_all();
    } else if (auto const* run = std::get_if<events::run_started>(&event)) {
        left_ = run->hosts.size();
        named_ = 0;
        last_ = nullptr;
        stopping_ = false;
        more_.clear();
    } else if (std::holds_alternative<events::stopping>(event)) {
        stopping_ = true;
    } else if (std::holds_alternative<events::run_ended>(event)) {
        more_.clear();  // the end tells of all
    }
    look();
    return writer_.answer();
}

void failure_sink::look() {
    if (!more_.empty() && steady::now() - flushed_ >= between) flush();
}

void failure_sink::note(host_result const& result) {
    auto const text = error_of(result);
    if (named_ >= named) {
        if (named_++ == named) flushed_ = steady::now();
        ++more_[text.folded];
        return;
    }
    ++named_;
    auto const after = is_command_end(result) ? " after " + in_words(result.duration) : std::string();
    writer_.write(to_, line(fmt::format("{}: {}{}", sanitised(result.host), without_stage(text.own), after)));
}

/// For whoever has to answer a question.
void failure_sink::tell_all() {
    if (auto const* const last = std::exchange(last_, nullptr)) note(*last);
    flush();
}

void failure_sink::flush() {
    for (auto const& [cause, count] : more_)
        writer_.write(to_, line(fmt::format("+ {} more: {}", count, without_stage(cause))));
    more_.clear();
    flushed_ = steady::now();
}

std::string failure_sink::line(std::string const& text) const {
    if (!look_.terminal) return "muster: " + text + "\n";
    auto const marked = fmt::format("{} {}", signs_of(look_.utf8).failed, text);
    return look_.colour ? fmt::format("\x1b[31m{}{}\n", marked, plain_ink) : marked + "\n";
}

}  // namespace muster::output
