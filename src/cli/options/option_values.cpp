// SPDX-License-Identifier: MIT
// Each checks the text of one option.
#include "cli/options/option_values.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "cli/options/transport_table.hpp"
#include "cli/options/values.hpp"
#include "hosts/host_text.hpp"

namespace muster::cli {

using text = std::string const&;

namespace {

template <class Value>
Value one_of(text given, std::initializer_list<std::pair<std::string_view, Value>> choices, char const* otherwise) {
    for (auto const& [word, value] : choices)
        if (given == word) return value;
    throw bad_value(otherwise);
}

/// "ssh2, exec or ssh"
std::string names_of(std::span<transport_row const> rows) {
    std::string text;
    for (auto const& row : rows) {
        if (!text.empty()) text += &row == &rows.back() ? " or " : ", ";
        text += row.name;
    }
    return text;
}

}  // namespace

std::string to_user(text given) {
    if (auto const error = hosts::user_fault(given)) throw bad_value(error->reason);
    return to_text(given);
}

std::string to_ledger(text given) {
    if (given == "-") throw bad_value("is no file: a ledger is read again by --resume; ./- is a file of that name");
    return to_text(given);
}

std::string to_page(text given) {
    if (given == "-")
        throw bad_value("is no file: standard output has what the hosts print; ./- is a file of that name");
    return to_text(given);
}

std::string to_variable(text given) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    auto const name = given.substr(0, given.find('='));
    bool const named =
        !name.empty() && letters.find(name.front()) != letters.npos &&
        std::ranges::all_of(name, [&](char c) { return letters.find(c) != letters.npos || (c >= '0' && c <= '9'); });
    if (!named || name.size() == given.size())
        throw bad_value("must be NAME=VALUE, with letters, digits and _ in NAME");
    return to_text(given);
}

void add_hostfile(arguments& into, text given) {
    bool const again = given == "-" && std::ranges::count(into.hostfiles, "-") > 0;
    if (again) throw bad_value("standard input can be read only once");
    into.hostfiles.push_back(to_text(given));
}

void add_hosts(arguments& into, text given) {
    if (given == "-") return add_hostfile(into, given);
    into.hosts.push_back(given);
}

void add_excluded(arguments& into, text given) {
    into.excluded.push_back(to_text(given));
}

void set_pick(arguments& into, text given) {
    auto const colon = given.find(':');
    random_choice choice{to_number(given.substr(0, colon), 1, most), std::nullopt};
    if (colon != std::string::npos) choice.seed = to_number(given.substr(colon + 1), 0, most_of_all);
    into.pick = choice;
}

void set_order(arguments& into, text given) {
    constexpr std::string_view random = "random";
    into.random_order = given.starts_with(random);
    into.order_seed.reset();
    if (given == "given" || given == random) return;
    if (!given.starts_with("random:")) throw bad_value("must be given, random or random:SEED");
    into.order_seed = to_number(given.substr(random.size() + 1), 0, most_of_all);
}

void set_confirm(arguments& into, text given) {
    bool const is_number = !given.empty() && std::ranges::all_of(given, [](char c) { return c >= '0' && c <= '9'; });
    if (is_number)
        into.confirm_above = to_number(given, 0, most);
    else if (given.empty() || to_switch(given))
        into.confirm_above = 0;
    else
        into.confirm_above.reset();
}

void set_remember(arguments& into, text given) {
    if (given == "auto")
        into.remember = remember_when::automatic;
    else
        into.remember = to_switch(given) ? remember_when::always : remember_when::never;
}

void set_complete(arguments& into, text given) {
    into.what = action::complete;
    into.complete = given;
}

void set_apart(arguments& into, text given) {
    std::tie(into.rollout.apart, into.rollout.apart_limit) = to_key_and_limit(given);
}

void set_halt(arguments& into, text given) {
    into.halt_given = true;
    auto const counted = into.how.halt.counted;
    into.how.halt = to_halt(given);
    into.how.halt.counted = counted;
}

void set_counted(arguments& into, text given) {
    into.how.halt.counted =
        one_of<halt_on>(given, {{"any", halt_on::any}, {"command", halt_on::command}}, "must be any or command");
}

void set_transport(arguments& into, text given) {
    if (find_transport(given) == nullptr) throw bad_value("must be " + names_of(transport_table()));
    into.transport = given;
}

void set_color(arguments& into, text given) {
    into.color = one_of<color_when>(
        given, {{"auto", color_when::automatic}, {"always", color_when::always}, {"never", color_when::never}},
        "must be auto, always or never");
}

}  // namespace muster::cli
