// SPDX-License-Identifier: MIT
// What a login shell that starts no other program answers, and what only looks so.
#include "shell/login_shell.hpp"

#include <catch2/catch_test_macros.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "shell/quoting.hpp"

using namespace muster::shell;

namespace {

constexpr std::string_view refusal = "muster: this login shell starts no other program\n";

bool is_refused(std::string_view output, std::uint32_t status = 253) {
    login_shell_reader reader;
    for (char const byte : output) reader.take({&byte, 1});
    return reader.is_refused(status);
}

}  // namespace

TEST_CASE("the refusal is the last line with its status, on a terminal, too") {
    CHECK(is_refused(refusal));
    CHECK(is_refused("greeting\nmuster: this login shell starts no other program\r\n"));
    CHECK(!is_refused(refusal, 1));
    CHECK(!is_refused(std::string(refusal) + "more\n"));
    CHECK(!is_refused("muster: this login shell starts no other program"));
    CHECK(!login_shell_reader().is_refused(std::nullopt));
}

TEST_CASE("that the shell has begun is cut out of its output, however it comes") {
    for (std::string const end : {"\n", "\r\n"}) {
        for (std::size_t size = 1; size <= 60; ++size) {
            login_shell_reader reader;
            std::string shown;
            auto const sent = "greeting\nmuster: this login shell has begun" + end + "the command's";
            for (std::size_t at = 0; at < sent.size(); at += size)
                shown += reader.take(std::string_view(sent).substr(at, size));
            CHECK(shown == "greeting\nthe command's");
            CHECK(reader.has_begun());
        }
    }
    login_shell_reader nothing;
    CHECK(nothing.take("This account is not available.\n") == "This account is not available.\n");
    CHECK_FALSE(nothing.has_begun());
}

TEST_CASE("a command with variables may be refused, any other may not") {
    CHECK(may_be_refused(with_variables({"A=b"}, "echo $A")));
    CHECK(may_be_refused(or_refusal("exec true")));
    CHECK(!may_be_refused("exec true"));
}
