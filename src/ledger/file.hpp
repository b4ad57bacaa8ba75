// SPDX-License-Identifier: MIT
// The open file of a ledger: its lock, and lines that are whole or not there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <muster/error.hpp>

namespace muster::ledger {

/// The errno of a write that did not do everything; then nothing of it stays in the file.
std::optional<int> append_whole(int descriptor, std::string_view bytes);

/// The file can't be this run's ledger: another run writes it, or it holds something else.
struct refused : error_with<exit_status::usage> {
    using error_with::error_with;
};

/// The open file of a ledger, locked against other runs as long as it lives.
class file {
  public:
    enum class opening {
        existing,
        existing_or_new,
        shared,  ///< to be read by several, while no run writes it
    };

    /// A new file gets mode 0600. Throws write_error when it can't be opened, and refused.
    explicit file(std::string path, opening kind = opening::existing_or_new);
    file(file&& other) noexcept;
    file& operator=(file&&) = delete;
    ~file();

    std::string const& path() const noexcept { return path_; }
    /// "ledger PATH"
    std::string name() const { return "ledger " + path_; }
    /// The descriptor, which the caller closes. A last line that a sudden end cut off is ended first, and stays
    /// unreadable. Throws write_error.
    int release();

  private:
    std::string path_;
    int descriptor_;
};

}  // namespace muster::ledger
