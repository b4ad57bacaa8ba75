// SPDX-License-Identifier: MIT
// Chooses hosts of an earlier run by what came of them.
#include "hosts/run_states.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hosts/host_text.hpp"
#include "hosts/name_lookup.hpp"
#include "hosts/near_miss.hpp"

namespace muster::hosts {
namespace {

std::vector<std::string> split_states(std::string_view text) {
    std::vector<std::string> out;
    for (bool more = true; more;) {
        auto const comma = text.find(',');
        out.emplace_back(text.substr(0, comma));
        more = comma != std::string_view::npos;
        if (more) text.remove_prefix(comma + 1);
    }
    return out;
}

[[noreturn]] void fail(std::string_view word) {
    if (word.empty()) throw lookup_error(fmt::format("a state is missing; there are {}", fmt::join(run_states, ", ")));
    std::vector<std::string> const known(run_states.begin(), run_states.end());
    throw lookup_error(fmt::format("'{}' is no state of a host{}; there are {}", printable(word),
                                   did_you_mean(word, known, ""), fmt::join(run_states, ", ")));
}

bool is_meant(recorded_host const& recorded, std::string_view word) {
    if (word == "sent") return recorded.sent;
    if (word == "left") return recorded.state != "ok" && !recorded.may_run;
    return recorded.state == word;
}

}  // namespace

record_name parse_record_name(std::string_view text) {
    constexpr std::string_view last = "last:";
    constexpr std::string_view ledger = "ledger:";
    record_name out;
    bool const is_last = text.starts_with(last);
    text.remove_prefix(is_last ? last.size() : ledger.size());
    if (!is_last) {
        auto const colon = text.rfind(':');
        if (colon == std::string_view::npos || colon == 0)
            throw lookup_error("the record of a run is written @ledger:FILE:STATES, such as @ledger:run.jsonl:failed");
        out.file = text.substr(0, colon);
        text.remove_prefix(colon + 1);
    }
    out.states = split_states(text);
    for (auto const& word : out.states)
        if (!is_run_state(word)) fail(word);
    return out;
}

std::string_view record_words(std::string_view group) {
    if (group == "last") return "; the last run's hosts are @last:STATES, such as @last:failed or @last:ok,left";
    if (group == "ledger") return "; the hosts of a ledger are @ledger:FILE:STATES, such as @ledger:run.jsonl:failed";
    return {};
}

host_list select_recorded(std::vector<recorded_host> const& run, std::vector<std::string> const& words) {
    host_list out;
    for (auto const& recorded : run)
        if (std::ranges::any_of(words, [&](std::string const& word) { return is_meant(recorded, word); }))
            out.add(recorded.host);
    return out;
}

}  // namespace muster::hosts
