// SPDX-License-Identifier: MIT
// Reads groups back, piece by piece, and shapes them for a terminal or a pipe.
#include "output/grouped/output_group.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "output/terminal/line_splitter.hpp"
#include "output/terminal/palette.hpp"

namespace muster::output {

namespace {

constexpr std::size_t longest_line = std::size_t{64} << 10;
constexpr std::uint64_t most_to_compare = std::uint64_t{4} << 20;  // bytes of each text

std::string dropped_note(gathered const& stream) {
    return fmt::format("[... {} more bytes of output were not kept; --outdir keeps all]\n", stream.dropped());
}

/// Pieces of one stream as they stand in the group's text.
class stream_text {
  public:
    stream_text(gathered const& stream, group_style const& style, bool is_err)
        : stream_(stream), style_(style), is_err_(is_err), lines_(longest_line, true) {}

    /// Appends the next piece; false at the end.
    bool append_next(std::string& to) {
        if (over_) return false;
        over_ = !stream_.read(position_++, piece_);
        if (over_) {
            append_end(to);
        } else {
            append(to, piece_);
        }
        return true;
    }

  private:
    void append(std::string& to, std::string_view bytes) {
        if (!bytes.empty()) open_ = bytes.back() != '\n';
        if (!style_.terminal) {
            to += bytes;
        } else {
            lines_.feed(bytes, [&](line_part const& part) { append_line(to, part); });
        }
    }

    void append_end(std::string& to) {
        lines_.finish([&](line_part const& part) { append_line(to, part); });
        if (open_ && !style_.terminal) to += '\n';
        if (stream_.dropped() > 0) to += dropped_note(stream_);
    }

    void append_line(std::string& to, line_part const& part) {
        to += is_err_ ? "! " : "  ";
        append_terminal_text(to, part.text, style_.text, style_.colour);
        to += '\n';
    }

    gathered const& stream_;
    group_style style_;
    bool is_err_;
    line_splitter lines_;
    std::size_t position_ = 0;
    bool open_ = false;
    bool over_ = false;
    std::string piece_;
};

/// Standard output, then standard error.
class group_reader {
  public:
    group_reader(std::shared_ptr<output_group const> group, group_style const& style)
        : group_(std::move(group)), out_(group_->out, style, false), err_(group_->err, style, true) {}

    std::string_view next() {
        text_.clear();
        while (text_.empty() && (out_.append_next(text_) || err_.append_next(text_))) {
        }
        return text_;
    }

  private:
    std::shared_ptr<output_group const> group_;
    stream_text out_;
    stream_text err_;
    std::string text_;
};

std::string whole(gathered const& stream) {
    std::string text, piece;
    for (std::size_t i = 0; stream.read(i, piece); ++i) text += piece;
    return text;
}

void complete(std::string& text) {
    if (!text.empty() && text.back() != '\n') text += '\n';
}

/// With `marks` lines of standard error are told from others, and a missing line end is seen.
std::string whole(output_group const& group, bool marks) {
    auto text = whole(group.out), errors = whole(group.err);
    if (!marks) {
        complete(text);
        complete(errors);
        return text + errors;
    }
    if (errors.empty()) return text;
    if (!text.empty() && text.back() != '\n') ((text += '\n') += no_line_end) += '\n';
    for (std::string_view rest = errors; !rest.empty();) {
        auto const size = std::min(rest.find('\n'), rest.size() - 1) + 1;
        (text += "! ") += rest.substr(0, size);
        rest.remove_prefix(size);
    }
    return text;
}

bool comparable(output_group const& group) {
    return group.out.size() + group.err.size() <= most_to_compare && group.out.dropped() + group.err.dropped() == 0;
}

std::string_view ink_of_change(char sign) {
    return sign == '+' ? "\x1b[32m" : sign == '-' ? "\x1b[31m" : sign == '@' ? "\x1b[36m" : "";
}

std::string shown_diff(std::string_view diff, group_style const& style) {
    std::string text;
    while (!diff.empty()) {
        auto const line = diff.substr(0, diff.find('\n'));
        diff.remove_prefix(line.size() + 1);
        auto const ink = style.colour ? ink_of_change(line[0]) : std::string_view();
        if (style.terminal) text += "  ";
        text += ink;
        text += line.substr(0, 1);  // the mark, which no carriage return of a host takes away
        append_terminal_text(text, line.substr(1), style.text, style.colour && ink.empty());
        bool const hides_return = style.text != controls::exact && line.ends_with('\r');
        if (hides_return && line[0] != ' ') text += "\\x0d";
        if (!ink.empty()) text += plain_ink;
        text += '\n';
    }
    return text;
}

std::string shown(std::shared_ptr<output_group const> const& group, group_style const& style) {
    group_reader reader(group, style);
    std::string text;
    for (auto piece = reader.next(); !piece.empty(); piece = reader.next()) text += piece;
    return text;
}

bool is_in_memory(output_group const& group) {
    return !group.out.spilled() && !group.err.spilled();
}

}  // namespace

void remove_host(output_groups& groups, std::size_t host) {
    for (auto& [digest, group] : groups) std::erase(group->hosts, host);
    std::erase_if(groups, [](auto const& entry) { return entry.second->hosts.empty(); });
}

std::string heading_text(group_heading const& heading, std::string const& rule, group_style const& style) {
    if (!style.heading) return {};
    auto const note = heading.note.empty() ? "" : (heading.odd ? " differs: " : ": ") + heading.note;
    auto const mark = heading.odd && heading.note.empty() ? " differs" : note;
    if (!style.terminal) return fmt::format("{}\n{}{}\n{}\n", rule, heading.hosts, mark, rule);
    if (!style.colour) return fmt::format("{}{}\n", heading.hosts, mark);
    return fmt::format("{}{}{}{}\n", heading.odd ? "\x1b[1;33m" : "\x1b[1;32m", heading.hosts, mark, plain_ink);
}

std::string diff_heading(std::string const& usual, std::string const& group) {
    return fmt::format("--- {}\n+++ {}\n", usual, group);
}

bool look_alike(std::shared_ptr<output_group const> const& one, std::shared_ptr<output_group const> const& other,
                group_style const& style) {
    return is_in_memory(*one) && is_in_memory(*other) && shown(one, style) == shown(other, style);
}

writer::source text_source(std::shared_ptr<output_group const> group, group_style const& style) {
    return pieces_of(std::make_shared<group_reader>(std::move(group), style));
}

std::optional<std::string> usual_group::diff(output_group const& other) {
    if (!comparable(*group_) || !comparable(other)) return std::nullopt;
    if (!text_) text_.emplace(whole(*group_, marks_));
    return text_->diff(whole(other, marks_));
}

writer::source diff_source(std::shared_ptr<usual_group> usual, std::shared_ptr<output_group const> group,
                           group_style const& style) {
    auto text = std::make_shared<std::optional<std::string>>();
    auto rest = std::make_shared<writer::source>();
    return [usual = std::move(usual), group = std::move(group), style, text, rest]() -> std::string_view {
        if (*rest) return (*rest)();
        if (*text) return {};
        if (auto const diff = usual->diff(*group)) return text->emplace(shown_diff(*diff, style));
        *rest = text_source(group, style);
        return (*rest)();
    };
}

}  // namespace muster::output
