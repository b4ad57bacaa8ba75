// SPDX-License-Identifier: MIT
// Templates: what is replaced, how it is quoted, and where a value can't stand.
#include "cli/plan/command_template.hpp"

#include <sys/wait.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdio>
#include <random>
#include <string>

#include "shell/quoting.hpp"

using namespace muster;
using namespace muster::cli;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string filled(std::string const& text, std::string const& value) {
    command_template const made(text);
    return made.filled(std::vector<std::string>(made.names().size(), value));
}

std::string refusal(std::string const& text) {
    try {
        command_template const made(text);
        return "";
    } catch (template_error const& error) {
        return error.what();
    }
}

std::string output_of(std::string const& command) {
    auto* const pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string out;
    std::array<char, 4096> block;
    while (auto const size = std::fread(block.data(), 1, block.size(), pipe)) out.append(block.data(), size);
    ::pclose(pipe);
    return out;
}

}  // namespace

TEST_CASE("in a word that no shell reads a value is put as it is, also between quotes") {
    command_template const made("it's \"{x}\" {{x}} ${x} \\{x}", template_form::word);
    CHECK(made.filled({"a 'b"}) == "it's \"a 'b\" {x} ${x} \\a 'b");
}

TEST_CASE("a name in braces is replaced, and other braces stay") {
    using row = std::pair<char const*, char const*>;
    auto const [text, expected] = GENERATE(
        row{"echo {x}", "echo 'a b'"}, row{"{x}{x}", "'a b''a b'"}, row{"--to={x}.log", "--to='a b'.log"},
        row{"{{x}}", "{x}"}, row{"${x} $x", "${x} $x"}, row{"{ x; } {a,b} {1..3} {}", "{ x; } {a,b} {1..3} {}"},
        row{"awk '{{print}}' {x}", "awk '{print}' 'a b'"}, row{"\\{x} {x}", "\\{x} 'a b'"},
        row{"echo \"$HOME\" 'q' {x} # it's", "echo \"$HOME\" 'q' 'a b' # it's"},
        row{"a=$(echo {x})", "a=$(echo 'a b')"}, row{"# don't\necho {x}", "# don't\necho 'a b'"},
        row{"echo \"$(date)\" {x}", "echo \"$(date)\" 'a b'"}, row{"cat <<< {x}", "cat <<< 'a b'"});
    CHECK(filled(text, "a b") == expected);
}

TEST_CASE("a name where quotes would not hold is refused with its place") {
    using row = std::pair<char const*, char const*>;
    auto const [text, reason] = GENERATE(
        row{"echo '{x}'", "inside single quotes"}, row{"echo \"{x}\"", "inside double quotes"},
        row{"echo \"$(echo {x})\"", "inside double quotes"}, row{"echo \"$(echo \"{x}\")\"", "double quotes"},
        row{"echo \"$(echo \"a\")\" {x}", "behind quotes within quotes"}, row{"echo `echo {x}`", "inside backquotes"},
        row{"echo $'it\\'s {x}'", "inside single quotes"}, row{"cat <<E\n{x}\nE", "behind a here-document"},
        row{"echo $(( {x} + 1 ))", "inside arithmetic"}, row{"echo ${y:-{x}}", "inside ${...}"},
        row{"echo \"$(case a in a) echo \"{x}\";; esac)\"", "behind quotes within quotes"});
    CAPTURE(text);
    CHECK_THAT(refusal(text), ContainsSubstring(reason) && ContainsSubstring("^"));
}

TEST_CASE("a quoted value is one word of a shell, whatever bytes it holds") {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        std::string value;
        for (auto size = random() % 12; size > 0; --size)
            value += random() % 2 == 0 ? "'\\\"$`!*;& \n"[random() % 11] : static_cast<char>(1 + random() % 255);
        CAPTURE(value);
        CHECK(output_of("printf %s " + shell::portable_word(value)) == value);
    }
}
