// SPDX-License-Identifier: MIT
// A band ends where the next begins.
#include "output/page/run_bands.hpp"

#include <utility>
#include <variant>

#include <fmt/format.h>

#include "output/terminal/sanitise.hpp"
#include "output/words/batch_words.hpp"

namespace muster::output {

void run_bands::follow(event const& event, std::chrono::nanoseconds now) {
    if (auto const* run = std::get_if<events::run_started>(&event)) hosts_ = run->hosts;
    if (auto const* batch = std::get_if<events::batch_started>(&event))
        open(batch_words(batch->what, batch->count, hosts_), false, now);
    if (auto const* soak = std::get_if<events::soaking>(&event))
        open(fmt::format("pause after batch {}", soak->what.number), true, now);
    if (auto const* asked = std::get_if<events::question_asked>(&event))
        open(fmt::format("{} at batch {}", to_string(asked->kind), asked->what.number), true, now);
    if (auto const* line = std::get_if<events::local_line>(&event);
        line != nullptr && line->of == events::local_program::gate)
        say(line->text);
    if (std::holds_alternative<events::question_answered>(event) || std::holds_alternative<events::batch_ended>(event))
        close(now);
}

std::vector<page_band> run_bands::finish(std::chrono::nanoseconds now) {
    close(now);
    return std::exchange(bands_, {});
}

void run_bands::open(std::string label, bool waits, std::chrono::nanoseconds now) {
    close(now);
    bands_.push_back({std::move(label), waits, now, now});
    open_ = true;
}

/// What a gate prints stands with its band.
void run_bands::say(std::string_view line) {
    constexpr std::size_t longest_label = 4096;
    if (!open_ || bands_.back().label.size() + line.size() > longest_label) return;
    append_sanitised(bands_.back().label += '\n', line, charset::utf8);
}

void run_bands::close(std::chrono::nanoseconds now) {
    if (std::exchange(open_, false)) bands_.back().to = now;
}

}  // namespace muster::output
