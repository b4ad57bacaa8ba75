// SPDX-License-Identifier: MIT
// Finds the control sequences of ECMA-48 in a line and lets those pass that set colours.
#include "output/terminal/terminal_text.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "output/terminal/palette.hpp"
#include "output/terminal/sanitise.hpp"
#include "output/terminal/utf8.hpp"

namespace muster::output {

namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd", unknown = "?";
constexpr std::size_t longest_rendition = 64;

/// What a terminal would show of a line in the end: the text behind the last carriage return that does not end it.
std::string_view overwritten(std::string_view line) noexcept {
    while (line.ends_with('\r')) line.remove_suffix(1);
    auto const back = line.rfind('\r');
    return back == std::string_view::npos ? line : line.substr(back + 1);
}

std::size_t plain_prefix(std::string_view bytes) noexcept {
    auto const plain = [](char byte) { return (byte >= ' ' && byte < 0x7f) || byte == '\t'; };
    return static_cast<std::size_t>(std::find_if_not(bytes.begin(), bytes.end(), plain) - bytes.begin());
}

/// The size of CSI ... final byte, from the introducer's end on; 0 when it is not complete.
std::size_t control_sequence(std::string_view bytes) noexcept {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto const byte = static_cast<unsigned char>(bytes[i]);
        if (byte >= 0x40 && byte <= 0x7e) return i + 1;
        if (byte < 0x20 || byte > 0x7e) return 0;
    }
    return 0;
}

/// The size of a string that BEL or ST ends; 0 when it does not end here.
std::size_t control_string(std::string_view bytes) noexcept {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (bytes[i] == '\a') return i + 1;
        if (bytes[i] == '\x1b' && i + 1 < bytes.size() && bytes[i + 1] == '\\') return i + 2;
        if (bytes[i] == '\xc2' && i + 1 < bytes.size() && bytes[i + 1] == '\x9c') return i + 2;
    }
    return 0;
}

struct sequence {
    std::size_t size;            ///< from its first byte
    std::string_view rendition;  ///< parameters of SGR; only when `is_rendition`
    bool is_rendition = false;
};

sequence read_control_sequence(std::string_view bytes, std::size_t introducer) {
    auto const body = bytes.substr(introducer);
    auto const size = control_sequence(body);
    sequence found{introducer + size, {}};
    if (size == 0 || body[size - 1] != 'm' || size > longest_rendition) return found;
    auto const parameters = body.substr(0, size - 1);
    found.is_rendition = parameters.find_first_not_of("0123456789;:") == std::string_view::npos;
    found.rendition = parameters;
    return found;
}

/// The sequence that begins with the control character at the front of `bytes`, which has `width` bytes.
sequence read_sequence(std::string_view bytes, std::size_t width, char32_t value) {
    constexpr std::string_view strings = "]P_^X";  // OSC, DCS, APC, PM, SOS
    if (value == 0x1b && bytes.size() > 1) {
        if (bytes[1] == '[') return read_control_sequence(bytes, 2);
        if (strings.find(bytes[1]) != std::string_view::npos) return {2 + control_string(bytes.substr(2)), {}};
        auto const next = static_cast<unsigned char>(bytes[1]);
        return {next > 0x20 && next < 0x7f ? std::size_t{2} : std::size_t{1}, {}};
    }
    if (value == 0x9b) return read_control_sequence(bytes, width);
    if (value == 0x9d || value == 0x90 || value == 0x9f || value == 0x9e || value == 0x98)
        return {width + control_string(bytes.substr(width)), {}};
    return {width, {}};
}

/// Without the parameter 8, conceal. 38, 48 and 58 take the next two or four parameters with them.
std::string without_conceal(std::string_view parameters) {
    std::string kept;
    bool first = true;
    std::size_t arguments = 0;
    bool kind_follows = false;
    for (std::size_t position = 0; position <= parameters.size();) {
        auto const end = std::min(parameters.find(';', position), parameters.size());
        auto const text = parameters.substr(position, end - position);
        position = end + 1;
        auto const number = text.substr(std::min(text.find_first_not_of('0'), text.size()));
        bool const is_argument = arguments > 0 || kind_follows;
        if (arguments > 0) --arguments;
        if (std::exchange(kind_follows, false)) arguments = number == "5" ? 1 : number == "2" ? 3 : 0;
        if (!is_argument && (number == "38" || number == "48" || number == "58")) kind_follows = true;
        if (!is_argument && (number == "8" || number.starts_with("8:"))) continue;
        if (!std::exchange(first, false)) kept += ';';
        kept += text;
    }
    return first && !parameters.empty() ? "none" : kept;
}

class line_shower {
  public:
    line_shower(std::string& to, controls controls, bool colour, charset known)
        : to_(to), controls_(controls), colour_(colour), known_(known) {}

    void show(std::string_view bytes) {
        while (!bytes.empty()) {
            auto const plain = plain_prefix(bytes);
            to_ += bytes.substr(0, plain);
            bytes.remove_prefix(plain);
            if (!bytes.empty()) bytes.remove_prefix(show_other(bytes));
        }
        if (coloured_) to_ += plain_ink;
    }

  private:
    /// Answers how many bytes it has taken.
    std::size_t show_other(std::string_view bytes) {
        auto const character = first_char(bytes);
        bool const valid = character.form == utf8_form::valid;
        if (valid && character.value >= 0x80 && !is_hidden_control(character.value)) {
            append_above_ascii(bytes.substr(0, character.size));
            return character.size;
        }
        if (!valid && controls_ == controls::dropped) {
            to_ += known_ == charset::utf8 ? replacement : unknown;
            return character.size;
        }
        auto const found = valid ? read_sequence(bytes, character.size, character.value) : sequence{character.size, {}};
        if (found.is_rendition && colour_) {
            render(found.rendition);
        } else if (controls_ == controls::spelled) {
            append_sanitised(to_, bytes.substr(0, found.size), known_);
        }
        return found.size;
    }

    void append_above_ascii(std::string_view character) {
        if (known_ == charset::utf8) {
            to_ += character;
        } else if (controls_ == controls::dropped) {
            to_ += unknown;
        } else {
            append_sanitised(to_, character, known_);
        }
    }

    void render(std::string_view parameters) {
        auto const kept = without_conceal(parameters);
        if (kept == "none") return;
        ((to_ += "\x1b[") += kept) += 'm';
        coloured_ = true;
    }

    std::string& to_;
    controls controls_;
    bool colour_;
    charset known_;
    bool coloured_ = false;
};

}  // namespace

void append_terminal_text(std::string& to, std::string_view line, controls controls, bool colour, charset known) {
    if (controls == controls::exact) {
        to += line;
    } else {
        line_shower(to, controls, colour, known).show(overwritten(line));
    }
}

}  // namespace muster::output
