// SPDX-License-Identifier: MIT
// Host patterns: comma lists with ranges, and files of them.
//
//   list    = item *("," item)
//   item    = [user "@"] (name [":" port] / "[" IPv6 "]" [":" port] / IPv6)
//   name    = 1*(text / range)             ranges may also stand in a bare IPv6 address
//   range   = "[" span *("," span) "]"
//   span    = number ["-" number ["/" step]]
//
// "[" begins an IPv6 address where its bracket holds a colon, which no range can, and a range everywhere else.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include <muster/host.hpp>

#include "hosts/host_text.hpp"

namespace muster {
namespace {

/// Numbers `low` to `high`, every `step`th, written with at least `width` digits.
struct span {
    std::uint64_t low;
    std::uint64_t high;
    std::uint64_t step;
    std::size_t width;

    std::uint64_t count() const { return (high - low) / step + 1; }
};

/// A piece of a name: text, or, where `spans` is not empty, a range.
struct piece {
    std::string_view text;
    std::vector<span> spans;
};

constexpr std::size_t max_digits = 18;  // any number of that length fits std::uint64_t

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

class pattern_parser {
  public:
    pattern_parser(std::string_view text, host_list& hosts, std::size_t limit)
        : text_(text), hosts_(hosts), limit_(limit) {}

    void run() {
        for (std::size_t begin = 0;; ++begin) {
            auto const end = end_of_item(begin);
            item(begin, end);
            if (end == text_.size()) return;
            begin = end;
        }
    }

  private:
    [[noreturn]] void fail(std::size_t column, std::string const& reason) const {
        throw host_syntax_error(reason, std::string(text_), column);
    }

    void check(std::optional<hosts::text_fault> const& fault, std::size_t column) const {
        if (fault) fail(column + fault->at, fault->reason);
    }

    std::string_view slice(std::size_t begin, std::size_t end) const { return text_.substr(begin, end - begin); }

    // The bracket that closes the one at `open`.
    std::size_t closing(std::size_t open) const {
        auto const at = text_.find_first_of("[]", open + 1);
        if (at == std::string_view::npos) fail(open, "'[' without ']'");
        if (text_[at] == '[') fail(at, "'[' inside brackets");
        return at;
    }

    // The comma that ends the item, or the end of the text.
    std::size_t end_of_item(std::size_t at) const {
        for (; at < text_.size() && text_[at] != ','; ++at) {
            if (text_[at] == ']') fail(at, "']' without '['");
            if (text_[at] == '[') at = closing(at);
        }
        return at;
    }

    void item(std::size_t begin, std::size_t end) {
        if (begin == end) fail(begin, "a host is missing here");
        host one;
        if (auto const at = slice(begin, end).rfind('@'); at != std::string_view::npos) {
            one.user = slice(begin, begin + at);
            check(hosts::user_fault(one.user), begin);
            begin += at + 1;
        }
        if (begin == end) fail(begin, "the host after '@' is missing");
        if (text_[begin] == '[' && slice(begin, closing(begin)).find(':') != std::string_view::npos)
            address(std::move(one), begin, end);
        else
            name(std::move(one), begin, end);
    }

    // "[IPv6]" or "[IPv6]:port"
    void address(host one, std::size_t begin, std::size_t end) {
        auto const close = closing(begin);
        one.name = slice(begin + 1, close);
        if (!hosts::is_ipv6(one.name)) fail(begin + 1, "no IPv6 address in the brackets");
        if (close + 1 < end) {
            if (text_[close + 1] != ':') fail(close + 1, "only :PORT can follow the address");
            one.port = port(close + 2, end);
        }
        check_limit(1, begin);
        hosts_.add(std::move(one));
    }

    // A name or a bare IPv6 address: with two colons or more outside brackets it is an address.
    void name(host one, std::size_t begin, std::size_t end) {
        if (text_[begin] == '-' || text_[begin] == '.') check(hosts::name_fault(slice(begin, end)), begin);
        std::size_t colons = 0;
        std::size_t colon = end;
        for (auto at = begin; at < end; ++at) {
            if (text_[at] == '[') at = closing(at);
            if (text_[at] == ':' && ++colons == 1) colon = at;
        }
        if (colons == 1) one.port = port(colon + 1, end);
        auto const pieces = split(begin, colons == 1 ? colon : end, colons > 1);
        check_limit(count(pieces), begin);
        std::string so_far;
        expand(pieces, 0, so_far, one, begin);
    }

    std::uint16_t port(std::size_t begin, std::size_t end) const {
        auto const value = hosts::to_port(slice(begin, end));
        if (!value) fail(begin, "the port must be 1 to 65535");
        return *value;
    }

    std::vector<piece> split(std::size_t begin, std::size_t end, bool is_address) const {
        std::vector<piece> pieces;
        for (auto at = begin; at < end;) {
            if (pieces.size() > hosts::max_name_length)  // also bounds the recursion of expand()
                fail(at, fmt::format("host name longer than {} bytes", hosts::max_name_length));
            if (text_[at] == '[') {
                auto const close = closing(at);
                pieces.push_back({{}, range(at + 1, close)});
                at = close + 1;
            } else {
                auto const stop = std::min(slice(0, end).find('[', at), end);
                if (!is_address) check(hosts::name_part_fault(slice(at, stop)), at);
                pieces.push_back({slice(at, stop), {}});
                at = stop;
            }
        }
        return pieces;
    }

    std::vector<span> range(std::size_t begin, std::size_t end) const {
        if (begin == end) fail(begin, "the range is empty");
        std::vector<span> spans;
        for (auto at = begin;; ++at) {
            auto const stop = std::min(slice(0, end).find(',', at), end);
            spans.push_back(one_span(at, stop));
            if (stop == end) return spans;
            at = stop;
        }
    }

    span one_span(std::size_t begin, std::size_t end) const {
        auto at = begin;
        auto const low = number(at, end);
        auto const low_text = slice(begin, at);
        span out{low, low, 1, is_padded(low_text) ? low_text.size() : 0};
        if (at == end) return out;
        if (text_[at] != '-') fail(at, wrong_in_range(at));
        auto const high_begin = ++at;
        out.high = number(at, end);
        if (out.high < out.low) fail(begin, fmt::format("the range {} runs backwards", slice(begin, at)));
        check_widths(low_text, slice(high_begin, at), begin);
        if (at == end) return out;
        if (text_[at] != '/') fail(at, wrong_in_range(at));
        auto const step_begin = ++at;
        out.step = number(at, end);
        if (at != end) fail(at, wrong_in_range(at));
        if (out.step == 0) fail(step_begin, "the step can't be 0");
        return out;
    }

    static bool is_padded(std::string_view digits) { return digits.size() > 1 && digits.front() == '0'; }

    // [01-10] and [08-100] are clear; [09-010] and [001-10] are not.
    void check_widths(std::string_view low, std::string_view high, std::size_t column) const {
        if ((is_padded(high) && high.size() != low.size()) || (is_padded(low) && high.size() < low.size()))
            fail(column, fmt::format("the ends of the range {}-{} are padded differently", low, high));
    }

    // The number at `at`, which moves behind it.
    std::uint64_t number(std::size_t& at, std::size_t end) const {
        auto const begin = at;
        while (at < end && is_digit(text_[at])) ++at;
        if (at == begin) {
            auto const missing = at == end || text_[at] == '-' || text_[at] == '/';
            fail(at, missing ? "a number is missing in the range" : wrong_in_range(at));
        }
        if (at - begin > max_digits) fail(begin, fmt::format("a number of more than {} digits", max_digits));
        std::uint64_t value = 0;
        std::from_chars(text_.data() + begin, text_.data() + at, value);
        return value;
    }

    std::string wrong_in_range(std::size_t at) const {
        return fmt::format("{} can't stand in a range", hosts::shown(text_[at]));
    }

    // How many names the pieces make; saturates just over the limit.
    std::uint64_t count(std::vector<piece> const& pieces) const {
        std::uint64_t total = 1;
        for (auto const& one : pieces) {
            std::uint64_t here = one.spans.empty() ? 1 : 0;
            for (auto const& numbers : one.spans) here = std::min<std::uint64_t>(limit_ + 1, here + numbers.count());
            if (__builtin_mul_overflow(total, here, &total) || total > limit_) return limit_ + 1;
        }
        return total;
    }

    void check_limit(std::uint64_t more, std::size_t column) const {
        if (more > limit_ || hosts_.size() > limit_ - more)
            fail(column, fmt::format("this makes more than {} hosts", limit_));
    }

    void expand(std::vector<piece> const& pieces, std::size_t next, std::string& so_far, host const& like,
                std::size_t column) {
        if (next == pieces.size()) {
            auto one = like;
            one.name = so_far;
            if (auto const fault = hosts::name_fault(one.name)) fail(column, fault->reason);
            hosts_.add(std::move(one));
            return;
        }
        auto const length = so_far.size();
        auto const& here = pieces[next];
        if (here.spans.empty()) {
            so_far += here.text;
            expand(pieces, next + 1, so_far, like, column);
        }
        for (auto const& numbers : here.spans) {
            for (std::uint64_t i = 0; i < numbers.count(); ++i) {
                so_far.resize(length);
                fmt::format_to(std::back_inserter(so_far), "{:0{}}", numbers.low + i * numbers.step, numbers.width);
                expand(pieces, next + 1, so_far, like, column);
            }
        }
        so_far.resize(length);
    }

    std::string_view text_;
    host_list& hosts_;
    std::size_t limit_;
};

std::string_view without_comment(std::string_view line) {
    line = line.substr(0, line.find('#'));
    auto const last = line.find_last_not_of(" \t\r");
    return last == std::string_view::npos ? std::string_view() : line.substr(0, last + 1);
}

void parse_line(std::string_view line, std::string const& where, host_list& hosts, std::size_t limit) {
    auto const used = without_comment(line);
    auto const indent = std::min(used.find_first_not_of(" \t"), used.size());
    if (indent == used.size()) return;
    try {
        pattern_parser(used.substr(indent), hosts, limit).run();
    } catch (host_syntax_error const& e) {
        throw host_syntax_error(fmt::format("{}: {}", where, e.what()), std::string(line), e.column() + indent);
    }
}

}  // namespace

host_list parse_hosts(std::string_view pattern, std::size_t limit) {
    host_list hosts;
    pattern_parser(pattern, hosts, limit).run();
    return hosts;
}

host_list parse_hostfile(std::string_view text, std::string const& where, std::size_t limit) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // the byte order mark some editors write
    host_list hosts;
    for (std::size_t number = 1; !text.empty(); ++number) {
        auto const end = std::min(text.find('\n'), text.size());
        parse_line(text.substr(0, end), fmt::format("{}:{}", where, number), hosts, limit);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return hosts;
}

}  // namespace muster
