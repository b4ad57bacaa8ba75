// SPDX-License-Identifier: MIT
// Parses numbers, durations, shares, policies and lists of them.
#include "cli/options/values.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace muster::cli {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds longest = 24h * 366;

struct unit {
    std::string_view name;
    std::chrono::nanoseconds length;
};
constexpr std::array<unit, 8> units = {
    {{"", 1s}, {"ms", 1ms}, {"s", 1s}, {"sec", 1s}, {"m", 1min}, {"min", 1min}, {"h", 1h}, {"d", 24h}}};

constexpr std::uint64_t largest_batch = 1'000'000'000;
constexpr std::uint64_t largest_status = 255;  // more is no status of a process (wait(2)), and never a success

bool starts_with_digit(std::string_view text) {
    return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

/// A plain decimal number at the begin of `text`, which is cut off.
std::optional<double> take_decimal(std::string_view& text) {
    if (!starts_with_digit(text)) return std::nullopt;
    double value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
    std::uint64_t value = 0;
    auto const* const end = text.data() + text.size();
    auto const [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

halt_when to_when(std::string_view word) {
    if (word == "never") return halt_when::never;
    if (word == "soon") return halt_when::soon;
    if (word == "now") return halt_when::now;
    if (word == "ask") return halt_when::ask;
    if (word == "batch") return halt_when::batch;
    throw bad_value("must be never, batch, soon, now or ask, the others than never also with ,fail=N or ,fail=N%");
}

/// "25%"
double to_share(std::string_view text) {
    text.remove_suffix(1);
    auto const share = take_decimal(text);
    if (!share || !text.empty() || *share <= 0 || *share > 100)
        throw bad_value("the percentage must be over 0 and at most 100");
    return *share;
}

/// Reads "fail=N" or "fail=N%" into the policy.
void read_threshold(std::string_view text, halt_policy& into) {
    constexpr std::string_view key = "fail=";
    if (!text.starts_with(key)) throw bad_value("after batch, soon, now or ask only ,fail=N or ,fail=N% may follow");
    text.remove_prefix(key.size());
    into.percent = text.ends_with('%');
    if (!into.percent) {
        into.fail = static_cast<double>(to_number(text, 1, 1'000'000'000));
        return;
    }
    into.fail = to_share(text);
}

/// Calls `take` with each item between commas.
template <class Take>
void each_item(std::string_view text, Take const& take) {
    for (bool more = true; more;) {
        auto const comma = text.find(',');
        take(text.substr(0, comma));
        more = comma != std::string_view::npos;
        if (more) text.remove_prefix(comma + 1);
    }
}

}  // namespace

std::chrono::nanoseconds to_duration(std::string_view text) {
    auto rest = text;
    auto const count = take_decimal(rest);
    auto const* const found = std::ranges::find(units, rest, &unit::name);
    if (!count || found == units.end())
        throw bad_value("must be a time such as 10 (seconds), 0.5, 500ms, 2m, 1h or 1d");
    double const length = *count * static_cast<double>(found->length.count());
    if (length > static_cast<double>(longest.count())) throw bad_value("is longer than a year");
    return std::chrono::nanoseconds(std::llround(length));
}

std::uint64_t to_number(std::string_view text, std::uint64_t least, std::uint64_t most) {
    auto const value = whole_number(text);
    if (!value || *value < least || *value > most)
        throw bad_value(fmt::format("must be a whole number from {} to {}", least, most));
    return *value;
}

std::uint64_t to_size(std::string_view text) {
    constexpr std::string_view units_of_size = "KMGT";
    auto const unit = text.empty() ? std::string_view::npos : units_of_size.find(text.back());
    auto const shift = unit == std::string_view::npos ? 0 : 10 * (unit + 1);
    if (shift != 0) text.remove_suffix(1);
    auto const count = whole_number(text);
    constexpr std::uint64_t most = std::uint64_t{1} << 50U;
    if (!count || *count == 0 || *count > (most >> shift)) throw bad_value("must be a size such as 4096, 500M or 2G");
    return *count << shift;
}

std::vector<std::uint32_t> to_statuses(std::string_view text) {
    std::vector<std::uint32_t> statuses;
    each_item(text, [&](std::string_view item) {
        auto const status = whole_number(item);
        if (!status || *status > largest_status)
            throw bad_value("must be exit statuses from 0 to 255 with commas between them, such as 0,1");
        statuses.push_back(static_cast<std::uint32_t>(*status));
    });
    return statuses;
}

std::vector<std::chrono::nanoseconds> to_durations(std::string_view text) {
    std::vector<std::chrono::nanoseconds> times;
    each_item(text, [&](std::string_view item) { times.push_back(to_duration(item)); });
    return times;
}

std::vector<batch_size> to_batch_sizes(std::string_view text) {
    std::vector<batch_size> sizes;
    each_item(text, [&](std::string_view item) {
        auto const share = item.ends_with('%') ? std::optional(to_share(item)) : std::nullopt;
        auto const count = share ? std::nullopt : whole_number(item);
        if (!share && (!count || *count == 0 || *count > largest_batch))
            throw bad_value("must be sizes over 0 with commas between them, such as 1,5,25%");
        sizes.push_back(share ? batch_size{*share, true} : batch_size{static_cast<double>(*count), false});
    });
    return sizes;
}

amount to_amount(std::string_view text) {
    if (text.ends_with('%')) return {to_share(text), true};
    return {static_cast<double>(to_number(text, 1, largest_batch)), false};
}

std::pair<std::string, std::size_t> to_key_and_limit(std::string_view text) {
    auto const equals = text.rfind('=');
    bool const has_limit = equals != std::string_view::npos &&
                           text.find_first_not_of("0123456789", equals + 1) == std::string_view::npos &&
                           equals + 1 < text.size();
    auto const limit = has_limit ? to_number(text.substr(equals + 1), 1, largest_batch) : 1;
    return {to_text(has_limit ? text.substr(0, equals) : text), limit};
}

halt_policy to_halt(std::string_view text) {
    auto const comma = text.find(',');
    halt_policy policy;
    policy.when = to_when(text.substr(0, comma));
    if (comma == std::string_view::npos) return policy;
    if (policy.when == halt_when::never) throw bad_value("never halts at no number of failures");
    read_threshold(text.substr(comma + 1), policy);
    return policy;
}

bool to_switch(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    constexpr std::array<std::string_view, 4> yes = {"1", "true", "yes", "on"};
    constexpr std::array<std::string_view, 4> no = {"0", "false", "no", "off"};
    if (std::ranges::find(yes, lower) != yes.end()) return true;
    if (std::ranges::find(no, lower) != no.end()) return false;
    throw bad_value("must be 1 or 0");
}

std::string with_host(std::string text, std::string_view name) {
    constexpr std::string_view mark = "{host}";
    for (auto position = text.find(mark); position != std::string::npos;
         position = text.find(mark, position + name.size()))
        text.replace(position, mark.size(), name);
    return text;
}

std::string to_text(std::string_view text) {
    if (text.empty()) throw bad_value("must not be empty");
    return std::string(text);
}

}  // namespace muster::cli
