// SPDX-License-Identifier: MIT
// A file that stops several runs: --stop-file.
#pragma once

#include <string>

#include <asio/awaitable.hpp>

#include <muster/options.hpp>
#include <muster/sink.hpp>

namespace muster::cli {

/// Creates the file when failures stop the run, with the word of the halt policy in it: it is there with its word, and
/// `now` goes before `soon`. A file that can't be created is a write_error, from the constructor where that is known
/// before.
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

/// Looks for the file once a second. Returns when it is there: `now` if that is the word in it, else `soon`, unless
/// `now` alone is waited for. One that is empty is looked at again: its word may be on the way.
asio::awaitable<halt_when> watch_stop_file(std::string path, bool for_now_alone = false);

}  // namespace muster::cli
