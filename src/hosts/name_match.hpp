// SPDX-License-Identifier: MIT
// Choosing hosts by their names: wildcards, and regular expressions as in pdsh.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <muster/host.hpp>

namespace muster::hosts {

/// `*` stands for any text, `?` for any character; ASCII case does not matter.
bool matches_wildcard(std::string_view mask, std::string_view name);

/// An extended POSIX regular expression, in which \d is a digit, found anywhere in a name; case matters.
class name_regex {
  public:
    /// Throws lookup_error for what is no expression.
    explicit name_regex(std::string const& text);

    bool matches(std::string const& name) const;

    /// What the first parentheses matched, or the whole expression where it has none; empty when nothing did.
    std::string part_of(std::string const& name) const;
    /// It has parentheses.
    bool has_parts() const noexcept;

    /// The hosts whose names match, or those whose names do not.
    host_list select(host_list const& from, bool matching) const;

  private:
    struct compiled;
    std::shared_ptr<compiled const> expression_;
};

}  // namespace muster::hosts
