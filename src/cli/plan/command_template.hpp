// SPDX-License-Identifier: MIT
// --template: a command with {name} in it, and what stands there for a host.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <muster/error.hpp>

namespace muster::cli {

/// A template that can't be filled in safely; two more lines show the place.
struct template_error : error_with<exit_status::usage> {
    using error_with::error_with;
};

/// What a template becomes: a line that a shell reads, or one word that none does.
enum class template_form { shell_line, word };

/// `{name}` stands for a value, in a line quoted as one word of a POSIX shell; `{{name}}` is the text "{name}", and
/// `${name}` stays the shell's. A value cannot stand inside quotes, backquotes, a here-document or arithmetic, where
/// its own quotes would mean something else: that is an error, for a value could then run as a command.
class command_template {
  public:
    /// Throws template_error.
    explicit command_template(std::string_view text, template_form form = template_form::shell_line);

    /// Every name that stands in it, once.
    std::vector<std::string> const& names() const noexcept { return names_; }

    /// The command with values for names(), in their order.
    std::string filled(std::vector<std::string> const& values) const;

  private:
    struct piece {
        std::string text;
        std::optional<std::size_t> name;  ///< what follows the text
    };

    std::size_t number_of(std::string const& name);

    template_form form_;
    std::vector<piece> pieces_;
    std::vector<std::string> names_;
};

}  // namespace muster::cli
