// SPDX-License-Identifier: MIT
// A file that stops several runs: --stop-file.
#pragma once

#include <string>

#include <asio/awaitable.hpp>

#include <muster/options.hpp>
#include <muster/sink.hpp>

namespace muster::cli {

/// Creates the file when failures stop the run, with the word of the halt policy in it. A file that can't be created is
/// a write_error, from the constructor where that is known before.
class stop_file_sink final : public sink {
  public:
    explicit stop_file_sink(std::string path);
    flow tell(event const& event) override;

    /// This run has made the file.
    bool made() const noexcept { return made_; }

  private:
    bool made_ = false;
    std::string path_;
};

/// Looks for the file once a second. Returns when it is there: `now` if that is the word in it, else `soon`.
asio::awaitable<halt_when> watch_stop_file(std::string path);

}  // namespace muster::cli
