// SPDX-License-Identifier: MIT
// Parses and expands one item of a host list.
//
//   item    = [user "@"] (name [":" port] / "[" IPv6 "]" [":" port] / IPv6)
//   name    = 1*(text / range)             ranges may also stand in a bare IPv6 address
//   range   = "[" numbers "]"
//
// "[" begins an IPv6 address where its bracket holds a colon, which no range can, and a range everywhere else.
#include "hosts/host_item.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "hosts/advice.hpp"
#include "hosts/number_range.hpp"

namespace muster::hosts {
namespace {

/// Part of a name: text, or, where `spans` is not empty, a range.
struct piece {
    std::string_view text;
    std::vector<number_span> spans;
};

using pieces = std::vector<piece>;

pieces split(pattern_text const& text, std::size_t begin, std::size_t end) {
    pieces out;
    for (auto position = begin; position < end;) {
        if (out.size() > max_name_length)  // also bounds the recursion of expand()
            text.fail(position, fmt::format("host name longer than {} bytes", max_name_length));
        if (text[position] == '[') {
            auto const close = text.closing(position);
            out.push_back({{}, parse_range(text, position + 1, close)});
            position = close + 1;
        } else {
            auto const stop = std::min(text.slice(0, end).find('[', position), end);
            out.push_back({text.slice(position, stop), {}});
            position = stop;
        }
    }
    return out;
}

/// How many names the pieces make; the largest number for more than that.
std::uint64_t count(pieces const& all) {
    std::uint64_t total = 1;
    for (auto const& part : all) {
        std::uint64_t here = part.spans.empty() ? 1 : 0;
        for (auto const& numbers : part.spans)
            if (__builtin_add_overflow(here, numbers.count(), &here)) return UINT64_MAX;
        if (__builtin_mul_overflow(total, here, &total)) return UINT64_MAX;
    }
    return total;
}

void check_count(pattern_text const& text, std::uint64_t made, host_budget budget, std::size_t column) {
    std::uint64_t total = 0;
    if (__builtin_add_overflow(made, budget.used, &total)) total = UINT64_MAX;
    if (total > budget.limit)
        text.fail(column, fmt::format("this makes {}{} hosts; a list may have {}", total == UINT64_MAX ? "over " : "",
                                      total, budget.limit));
}

template <class Take>
void expand(pieces const& all, std::size_t next, std::string& so_far, Take const& take) {
    if (next == all.size()) return take(so_far);
    auto const length = so_far.size();
    auto const& here = all[next];
    if (here.spans.empty()) {
        so_far += here.text;
        expand(all, next + 1, so_far, take);
    }
    for (auto const& numbers : here.spans) {
        for (std::uint64_t i = 0; i < numbers.count(); ++i) {
            so_far.resize(length);
            fmt::format_to(std::back_inserter(so_far), "{:0{}}", numbers.low + i * numbers.step, numbers.width);
            expand(all, next + 1, so_far, take);
        }
    }
    so_far.resize(length);
}

class item_parser {
  public:
    item_parser(pattern_text const& text, wildcards allowed, host_budget budget,
                std::function<void(host const&)> const& take)
        : text_(text), allowed_(allowed), budget_(budget), take_(take) {}

    void run(std::size_t begin, std::size_t end) {
        check_scheme(begin, end);
        if (auto const position = text_.slice(begin, end).rfind('@'); position != std::string_view::npos) {
            like_.user = text_.slice(begin, begin + position);
            text_.check(user_fault(like_.user), begin);
            begin += position + 1;
        }
        if (begin == end) text_.fail(begin, "the host after '@' is missing");
        if (is_bracketed_address(begin))
            address(begin, end);
        else
            name(begin, end);
    }

  private:
    bool is_bracketed_address(std::size_t begin) const {
        return text_[begin] == '[' && text_.slice(begin, text_.closing(begin)).find(':') != std::string_view::npos;
    }

    // "[IPv6]" or "[IPv6]:port"
    void address(std::size_t begin, std::size_t end) {
        auto const close = text_.closing(begin);
        like_.name = text_.slice(begin + 1, close);
        if (!is_ipv6(like_.name)) text_.fail(begin + 1, "no IPv6 address in the brackets");
        if (close + 1 < end) {
            if (text_[close + 1] != ':') text_.fail(close + 1, "only :PORT can follow the address");
            like_.port = port(close + 2, end);
        }
        check_count(text_, 1, budget_, begin);
        take_(like_);
    }

    // A name or a bare IPv6 address: with two colons or more outside brackets it is an address.
    void name(std::size_t begin, std::size_t end) {
        if (text_[begin] == '-' || text_[begin] == '.') text_.check(name_fault(text_.slice(begin, end)), begin);
        std::size_t colons = 0;
        std::size_t colon = end;
        for (auto position = begin; position < end; ++position) {
            if (text_[position] == '[') position = text_.closing(position);
            if (text_[position] == ':' && ++colons == 1) colon = position;
        }
        if (colons == 1) like_.port = port(colon + 1, end);
        auto const stop = colons == 1 ? colon : end;
        auto const all = split(text_, begin, stop);
        if (colons < 2) check_parts(all);
        check_count(text_, count(all), budget_, begin);
        expand_names(all, begin);
    }

    void check_scheme(std::size_t begin, std::size_t end) const {
        constexpr std::string_view scheme = "ssh://";
        auto const url = text_.slice(begin, end);
        if (!url.starts_with(scheme)) return;
        auto const rest = url.substr(scheme.size());
        text_.fail(begin, fmt::format("write {}, without ssh://", printable(rest.substr(0, rest.find('/')))));
    }

    void check_parts(pieces const& all) const {
        for (auto const& part : all) {
            auto error = name_part_fault(part.text, allowed_ == wildcards::kept ? "*?" : "");
            if (!error) continue;
            error->position += static_cast<std::size_t>(part.text.data() - text_.all.data());
            text_.fail(error->position, error->reason + advice(text_.all, error->position));
        }
    }

    void expand_names(pieces const& all, std::size_t column) {
        std::string so_far;
        expand(all, 0, so_far, [&](std::string const& name) {
            if (allowed_ == wildcards::refused)
                if (auto const error = name_fault(name)) text_.fail(column, error->reason);
            like_.name = name;
            take_(like_);
        });
    }

    std::uint16_t port(std::size_t begin, std::size_t end) const {
        auto const value = to_port(text_.slice(begin, end));
        if (!value) text_.fail(begin, "the port must be 1 to 65535");
        return *value;
    }

    pattern_text const& text_;
    wildcards allowed_;
    host_budget budget_;
    std::function<void(host const&)> const& take_;
    host like_;
};

}  // namespace

void expand_item(pattern_text const& text, std::size_t begin, std::size_t end, wildcards allowed, host_budget budget,
                 std::function<void(host const&)> const& take) {
    item_parser(text, allowed, budget, take).run(begin, end);
}

void expand_ranges(pattern_text const& text, std::size_t begin, std::size_t end, host_budget budget,
                   std::function<void(std::string const&)> const& take) {
    auto const all = split(text, begin, end);
    check_count(text, count(all), budget, begin);
    std::string so_far;
    expand(all, 0, so_far, take);
}

}  // namespace muster::hosts
