// SPDX-License-Identifier: MIT
// Cuts a command at its {names}.
#include "cli/plan/command_template.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <muster/host.hpp>

#include "cli/plan/shell_context.hpp"
#include "shell/quoting.hpp"

namespace muster::cli {

namespace {

bool is_name_character(char c, bool first) {
    bool const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    return letter || (!first && c >= '0' && c <= '9');
}

/// The name of "{name}" at `at`; empty where no such thing stands.
std::string_view name_at(std::string_view text, std::size_t position) {
    auto end = position + 1;
    while (end < text.size() && is_name_character(text[end], end == position + 1)) ++end;
    bool const whole = text[position] == '{' && end > position + 1 && end < text.size() && text[end] == '}';
    return whole ? text.substr(position + 1, end - position - 1) : std::string_view();
}

[[noreturn]] void fail(std::string_view text, std::size_t position, std::string_view name, char const* obstacle) {
    auto const reason = fmt::format(
        "--template: {{{}}} stands {}; it is quoted by itself, so write it outside (or {{{{{}}}}} for the text {{{}}})",
        name, obstacle, name, name);
    host_syntax_error const shown(reason, std::string(text), position);
    throw template_error(fmt::format("{}\n{}", reason, shown.excerpt()));
}

}  // namespace

command_template::command_template(std::string_view text, template_form form) : form_(form) {
    bool const is_word = form == template_form::word;
    shell_context context(text);
    pieces_.emplace_back();
    for (std::size_t position = 0; position < text.size();) {
        auto& piece = pieces_.back().text;
        if (text[position] == '{' && text.substr(position).starts_with("{{")) {
            auto const literal = name_at(text, position + 1);
            if (!literal.empty() && text.substr(position + literal.size() + 3).starts_with('}')) {
                piece += fmt::format("{{{}}}", literal);
                position += literal.size() + 4;
                continue;
            }
        }
        bool const is_shells = position > 0 && text[position - 1] == '$';
        if (auto const name = name_at(text, position); !name.empty() && !is_shells) {
            auto const* const obstacle = is_word ? nullptr : context.obstacle();
            if (obstacle != nullptr) fail(text, position, name, obstacle);
            pieces_.back().name = number_of(std::string(name));
            pieces_.emplace_back();
            position += name.size() + 2;
            continue;
        }
        auto const next = is_word ? position + 1 : std::min(context.take(position), text.size());
        piece += text.substr(position, next - position);
        position = next;
    }
}

std::size_t command_template::number_of(std::string const& name) {
    auto const found = std::ranges::find(names_, name);
    auto const number = static_cast<std::size_t>(found - names_.begin());
    if (found == names_.end()) names_.push_back(name);
    return number;
}

std::string command_template::filled(std::vector<std::string> const& values) const {
    std::string out;
    for (auto const& piece : pieces_) {
        out += piece.text;
        if (!piece.name) continue;
        auto const& value = values[*piece.name];
        out += form_ == template_form::word ? value : shell::portable_word(value);
    }
    return out;
}

}  // namespace muster::cli
