// SPDX-License-Identifier: MIT
// Looks through the texts of each step.
#include "engine/host/nul_byte.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <variant>

namespace muster {

namespace {

bool has_nul_byte(std::string_view text) {
    return text.find('\0') != std::string_view::npos;
}

std::string if_in(std::string_view text, char const* name) {
    return has_nul_byte(text) ? name : std::string();
}

std::string if_in_rights(std::optional<sudo_terms> const& sudo) {
    return sudo ? if_in(sudo->user, "the name of the user for sudo") : std::string();
}

std::string if_in_any(std::span<std::string const> texts, char const* name) {
    return std::ranges::any_of(texts, has_nul_byte) ? name : std::string();
}

std::string first_of(std::initializer_list<std::string> names) {
    auto const* const found = std::ranges::find_if(names, [](auto const& name) { return !name.empty(); });
    return found != names.end() ? *found : std::string();
}

std::string if_in_environment(step const& step) {
    bool const found = std::ranges::any_of(step.environment, [](auto const& variable) {
        return has_nul_byte(variable.first) || has_nul_byte(variable.second);
    });
    return found ? "a variable of the environment" : std::string();
}

struct text_of_step {
    std::string operator()(step const& command) const { return text_with_nul_byte(command); }
    std::string operator()(script_step const& script) const {
        return first_of({if_in(script.name, "the name of the script"),
                         if_in_any(script.interpreter, "the interpreter of the script"),
                         if_in_any(script.arguments, "an argument of the script"), if_in_environment(script.with),
                         if_in_rights(script.with.sudo)});
    }
    std::string operator()(push_step const& push) const {
        return first_of({if_in(push.to, "the target of the push"), if_in_rights(push.sudo)});
    }
    std::string operator()(pull_step const& pull) const {
        return first_of({if_in(pull.from, "the source of the pull"), if_in_rights(pull.sudo)});
    }
    std::string operator()(check_step const& check) const { return text_with_nul_byte(check.what); }
    std::string operator()(always_step const& always) const { return text_with_nul_byte(always.what); }
};

}  // namespace

std::string text_with_nul_byte(step const& step) {
    return first_of({if_in(step.command, "the command"), if_in_environment(step), if_in_rights(step.sudo)});
}

std::string text_with_nul_byte(job const& job) {
    for (auto const& step : job.steps)
        if (auto found = std::visit(text_of_step(), step); !found.empty()) return found;
    return {};
}

void require_no_nul_byte(job const& job) {
    if (auto const text = text_with_nul_byte(job); !text.empty())
        throw std::invalid_argument(text + " holds a NUL byte");
}

}  // namespace muster
