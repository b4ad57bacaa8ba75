// SPDX-License-Identifier: MIT
// Reads [sections], "key: value" or "key = value", comments, and values that go on in indented lines.
#include "hosts/sources/ini_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hosts/host_text.hpp"
#include "hosts/name_lookup.hpp"

namespace muster::hosts {
namespace {

std::string_view trimmed(std::string_view text) {
    auto const begin = std::min(text.find_first_not_of(" \t\r"), text.size());
    return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

class ini_reader {
  public:
    ini_reader(std::string const& path, ini_text& into) : path_(path), into_(into) {}

    void line(std::string_view text) {
        ++number_;
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

  private:
    [[noreturn]] void fail(char const* reason) const {
        throw lookup_error(fmt::format("{}:{}: {}", path_, number_, reason));
    }

    void section(std::string_view text) {
        if (text.back() != ']') fail("'[' without ']'");
        section_ = &into_[std::string(trimmed(text.substr(1, text.size() - 2)))];
        value_ = nullptr;
    }

    void entry(std::string_view text) {
        auto const at = text.find_first_of(":=");
        if (section_ == nullptr) fail("stands before the first [section]");
        if (at == std::string_view::npos) fail("neither [section] nor KEY: VALUE");
        std::string key(trimmed(text.substr(0, at)));
        std::ranges::transform(key, key.begin(), to_lower);
        value_ = &((*section_)[key] = trimmed(text.substr(at + 1)));
    }

    std::string const& path_;
    ini_text& into_;
    std::size_t number_ = 0;
    std::map<std::string, std::string>* section_ = nullptr;
    std::string* value_ = nullptr;
};

}  // namespace

void read_ini(std::string_view text, std::string const& path, ini_text& into) {
    ini_reader reader(path, into);
    while (!text.empty()) {
        auto const end = std::min(text.find('\n'), text.size());
        reader.line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

}  // namespace muster::hosts
