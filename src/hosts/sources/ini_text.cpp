// SPDX-License-Identifier: MIT
// Reads [sections], "key: value" or "key = value", comments, and values that go on in indented lines.
#include "hosts/sources/ini_text.hpp"

#include <algorithm>

#include "hosts/file_place.hpp"
#include "hosts/host_text.hpp"

namespace muster::hosts {
namespace {

std::string_view trimmed(std::string_view text) {
    auto const begin = std::min(text.find_first_not_of(" \t\r"), text.size());
    return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

class ini_reader {
  public:
    ini_reader(std::string_view text, std::string const& path, ini_text& into)
        : text_(text), path_(path), into_(into) {}

    void run() {
        for (auto rest = text_; !rest.empty(); ++number_) {
            auto const end = std::min(rest.find('\n'), rest.size());
            line(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }

  private:
    void line(std::string_view text) {
        auto const used = trimmed(text);
        if (used.empty() || used.front() == '#' || used.front() == ';') return;
        bool const indented = text.front() == ' ' || text.front() == '\t';
        if (indented && value_ != nullptr) {
            value_->append("\n").append(used);
        } else if (used.front() == '[') {
            section(used);
        } else {
            entry(used);
        }
    }

    [[noreturn]] void fail(std::string_view at, char const* reason) const {
        fail_at(path_, text_, static_cast<std::size_t>(at.data() - text_.data()), reason);
    }

    void section(std::string_view text) {
        if (text.back() != ']') fail(text, "'[' without ']'");
        section_ = &into_[std::string(trimmed(text.substr(1, text.size() - 2)))];
        section_->path = path_;
        section_->line = number_;
        section_->heading = text;
        value_ = nullptr;
    }

    void entry(std::string_view text) {
        auto const position = text.find_first_of(":=");
        if (section_ == nullptr) fail(text, "stands before the first [section]");
        if (position == std::string_view::npos) fail(text, "neither [section] nor KEY: VALUE");
        std::string key(trimmed(text.substr(0, position)));
        std::ranges::transform(key, key.begin(), to_lower);
        value_ = &(section_->keys[key] = trimmed(text.substr(position + 1)));
    }

    std::string_view text_;
    std::string const& path_;
    ini_text& into_;
    std::size_t number_ = 1;
    ini_section* section_ = nullptr;
    std::string* value_ = nullptr;
};

}  // namespace

void read_ini(std::string_view text, std::string const& path, ini_text& into) {
    ini_reader(text, path, into).run();
}

}  // namespace muster::hosts
