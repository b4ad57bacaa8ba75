// SPDX-License-Identifier: MIT
// Files of hosts: a list on each line, comments, includes.
#include <fmt/format.h>

#include <algorithm>

#include "hosts/advice.hpp"
#include "hosts/evaluate.hpp"
#include "hosts/host_text.hpp"
#include "hosts/pattern_text.hpp"

namespace muster::hosts {
namespace {

constexpr std::string_view include_word = "#include";
constexpr std::size_t max_label = 63;  // of a part of a name (RFC 1035 section 2.3.4)

std::string_view trimmed(std::string_view text) {
    auto const begin = std::min(text.find_first_not_of(" \t\r"), text.size());
    return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

/// "#include" alone or with a blank behind it, as pdsh has it; "#included" is a comment.
bool is_include(std::string_view line) {
    if (!line.starts_with(include_word)) return false;
    return line.size() == include_word.size() || is_blank(line[include_word.size()]);
}

/// A name as most lines of large files are; says no to what it does not know.
bool is_plain_name(std::string_view line) {
    auto const is_plain = [](char c) { return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '-'; };
    return line.size() <= max_label && line.front() != '-' && std::ranges::all_of(line, is_plain);
}

}  // namespace

host_list evaluator::file(std::string_view text, std::string const& path) {
    nesting const guard(*this, path);
    return lines(text, path);
}

host_list evaluator::lines(std::string_view text, std::string const& path) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // the byte order mark some editors write
    host_list out;
    for (std::size_t number = 1; !text.empty(); ++number) {
        auto const end = std::min(text.find('\n'), text.size());
        line(text.substr(0, end), path, number, out);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

void evaluator::line(std::string_view text, std::string const& path, std::size_t number, host_list& to) {
    auto const fail = [&](std::string const& reason, std::size_t column) {
        throw host_syntax_error(fmt::format("{}:{}: {}", path, number, reason), std::string(text), column);
    };
    auto const used = trimmed(is_include(trimmed(text)) ? text : text.substr(0, text.find('#')));
    if (used.empty()) return;
    auto const indent = static_cast<std::size_t>(used.data() - text.data());
    if (is_plain_name(used) && to.size() < limit_) return to.add({std::string(used), {}, {}});
    if (auto const mistake = mistake_in_line(used); !mistake.empty()) fail(mistake, indent);
    try {
        to.add(is_include(used) ? included(trimmed(used.substr(include_word.size()))) : inner_list(used, {}));
    } catch (lookup_error const& error) {
        fail(error.what(), indent);
    } catch (host_syntax_error const& error) {
        if (error.pattern() == used) fail(error.what(), error.column() + indent);
        throw host_syntax_error(fmt::format("{}:{}: {}", path, number, error.what()), error.pattern(), error.column());
    }
    if (to.size() > limit_) fail(fmt::format("this makes {} hosts; a list may have {}", to.size(), limit_), indent);
}

host_list evaluator::included(std::string_view path) {
    if (path.empty() || path.find_first_of(" \t") != std::string_view::npos)
        throw lookup_error("an include is written #include FILE");
    return named_file(std::string(path));
}

}  // namespace muster::hosts
