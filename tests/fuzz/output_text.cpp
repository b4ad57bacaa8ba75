// SPDX-License-Identifier: MIT
// Bytes of a host: the same lines however they are cut, nothing that drives a terminal, and JSON that is whole.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "output/json/json_text.hpp"
#include "output/terminal/line_splitter.hpp"
#include "output/terminal/sanitise.hpp"
#include "output/terminal/utf8.hpp"

namespace {

using namespace muster::output;

void require(bool held) {
    if (!held) std::abort();
}

std::string lines_of(std::string_view bytes, std::size_t piece, std::size_t limit, bool overwriting) {
    line_splitter splitter(limit, overwriting);
    std::string lines;
    auto const keep = [&](line_part const& part) {
        require(part.text.size() <= limit);
        lines += part.first ? '<' : '+';
        lines += part.text;
        lines += part.end == line_end::cut ? '-' : '>';
    };
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
        splitter.feed(bytes.substr(0, piece), keep);
    splitter.finish(keep);
    return lines;
}

bool is_utf8(std::string_view bytes) {
    utf8_check check;
    check.add(bytes);
    return check.valid();
}

void require_harmless(std::string_view text) {
    require(is_utf8(text));
    for (; !text.empty(); text.remove_prefix(first_char(text).size)) {
        auto const value = first_char(text).value;
        require(value == '\t' || (value >= ' ' && value != 0x7f && !is_hidden_control(value)));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < 2) return 0;
    std::string_view const bytes(reinterpret_cast<char const*>(data) + 2, size - 2);
    std::size_t const piece = 1 + data[0] % 32;
    std::size_t const limit = 4 + data[1] % 64;
    for (bool const overwriting : {false, true}) {
        require(lines_of(bytes, piece, limit, overwriting) == lines_of(bytes, bytes.size(), limit, overwriting));
    }

    std::string shown;
    append_sanitised(shown, bytes);
    require_harmless(shown);

    std::string text;
    json_object object(text);
    object.string("text", bytes);
    object.end();
    text.pop_back();  // the line feed
    require_harmless(text);
    return 0;
}
