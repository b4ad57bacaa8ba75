// SPDX-License-Identifier: MIT
// Takes out of an error what differs from host to host.
#include "output/words/folded_errors.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "output/words/words.hpp"

namespace muster::output {

namespace {

constexpr std::array by_weight = {final_state::failed,   final_state::signalled,   final_state::no_status,
                                  final_state::lost,     final_state::timed_out,   final_state::auth,
                                  final_state::host_key, final_state::refused,     final_state::unreachable,
                                  final_state::stopped,  final_state::not_started, final_state::ok};

bool is_word(char byte) noexcept {
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           byte == '_' || static_cast<unsigned char>(byte) >= 0x80;
}

/// Every `what` that stands alone, not as a part of a longer word.
void replace_words(std::string& text, std::string_view what, std::string_view by) {
    if (what.empty()) return;
    for (auto position = text.find(what); position != std::string::npos; position = text.find(what, position)) {
        auto const end = position + what.size();
        bool const alone =
            (position == 0 || !is_word(text[position - 1])) && (end == text.size() || !is_word(text[end]));
        if (alone) text.replace(position, what.size(), by);
        position += alone ? by.size() : what.size();
    }
}

/// "SHA256:" and 43 characters of base64 (RFC 4648).
void replace_fingerprints(std::string& text) {
    constexpr std::string_view scheme = "SHA256:";
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    for (auto position = text.find(scheme); position != std::string::npos; position = text.find(scheme, position)) {
        position += scheme.size();
        auto const end = std::min(text.find_first_not_of(alphabet, position), text.size());
        if (end - position < 40) continue;
        text.replace(position, end - position, "...");
        position += 3;
    }
}

/// What a push calls its file beside another is named by host and process.
void replace_push_names(std::string& text) {
    constexpr std::string_view begin = ".muster-push.";
    for (auto at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
        at += begin.size();
        auto const end = std::min(text.find_first_of(" :'\"/\n", at), text.size());
        text.replace(at, end - at, "...");
    }
}

/// The number of a line behind the path of a file.
void replace_line_numbers(std::string& text) {
    for (auto colon = text.find(':'); colon != std::string::npos; colon = text.find(':', colon + 1)) {
        auto const word = text.rfind(' ', colon) + 1;
        auto const end = std::min(text.find_first_not_of("0123456789", colon + 1), text.size());
        bool const is_path = text.find('/', word) < colon;
        if (is_path && end > colon + 1) text.replace(colon + 1, end - colon - 1, "...");
    }
}

}  // namespace

bool is_bare(host_result const& result) noexcept {
    return result.state == final_state::not_started && result.error.empty() && result.remarks.empty() &&
           result.steps.empty();
}

host_error_text error_of(host_result const& result) {
    host_error_text text{explain(result), {}};
    text.folded = text.own;
    replace_words(text.folded, result.host, "HOST");
    replace_words(text.folded, result.address, "HOST");
    replace_words(text.folded, "port " + std::to_string(result.port), "port ...");
    replace_fingerprints(text.folded);
    replace_push_names(text.folded);
    replace_line_numbers(text.folded);
    return text;
}

std::size_t count_of(report const& results, final_state state) noexcept {
    return static_cast<std::size_t>(std::count_if(results.hosts.begin(), results.hosts.end(),
                                                  [state](auto const& host) { return host.state == state; }));
}

state_counts::state_counts(report const& results) noexcept {
    for (auto const& host : results.hosts) ++counts_[static_cast<std::size_t>(host.state)];
}

std::size_t weight_of(final_state state) noexcept {
    auto const* const found = std::find(by_weight.begin(), by_weight.end(), state);
    return static_cast<std::size_t>(found - by_weight.begin());
}

std::vector<error_group> grouped_errors(report const& results) {
    std::vector<error_group> groups;
    std::map<std::pair<final_state, std::string>, std::size_t> known;
    std::optional<std::size_t> not_begun;
    for (std::size_t i = 0; i < results.hosts.size(); ++i) {
        bool const bare = is_bare(results.hosts[i]);
        if (bare && not_begun) {
            groups[*not_begun].hosts.push_back(i);
            continue;
        }
        auto text = error_of(results.hosts[i]);
        if (text.own.empty()) continue;
        auto const state = results.hosts[i].state;
        auto const [place, fresh] = known.try_emplace({state, text.folded}, groups.size());
        if (bare) not_begun = place->second;
        if (fresh) groups.push_back({state, std::move(text.own), {}});
        auto& group = groups[place->second];
        group.hosts.push_back(i);
        if (!fresh && group.text != text.own) group.text = std::move(text.folded);
    }
    std::stable_sort(groups.begin(), groups.end(),
                     [](auto const& a, auto const& b) { return weight_of(a.state) < weight_of(b.state); });
    return groups;
}

}  // namespace muster::output
