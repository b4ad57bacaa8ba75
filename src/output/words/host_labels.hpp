// SPDX-License-Identifier: MIT
// What hosts are called in front of their lines.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <muster/report.hpp>

namespace muster::output {

/// Bytes of the domain that all labels end in, from its dot on; 0 when the labels are not unique without it.
std::size_t common_domain(std::span<host_result const> hosts);

/// Labels for a terminal leave room for the text: at most a quarter of its columns and 24, without the domain that all
/// hosts share, longer ones with an ellipsis in the middle, or around what keeps them apart from others.
class host_labels {
  public:
    /// `ellipsis` is one character. Without `user`, bob@n1 is n1.
    void begin(std::span<host_result const> hosts, std::string_view ellipsis, bool user = true);

    /// Call it when the terminal may have another width.
    void fit(std::size_t columns);

    /// As it was written, but for the user.
    std::string_view full(std::size_t index) const;
    /// For a terminal, harmless there.
    std::string_view fitted(std::size_t index) const { return fitted_.empty() ? full(index) : fitted_[index]; }
    /// How many columns to add behind a fitted label, so that all texts begin in one.
    std::size_t padding(std::size_t index) const;

  private:
    std::string short_name(std::size_t index) const;

    std::span<host_result const> hosts_;
    std::string_view ellipsis_;
    bool user_ = true;
    std::size_t domain_ = 0;  // bytes that all labels end in
    std::size_t columns_ = 0;
    std::size_t width_ = 0;
    std::vector<std::string> fitted_;  // empty: as they are
};

}  // namespace muster::output
