// SPDX-License-Identifier: MIT
// The few words that the engine puts into a host's error.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <muster/report.hpp>

namespace muster {

/// "10 s", "0.5 s".
std::string seconds_words(std::chrono::nanoseconds limit);

/// What was waited for when the connect deadline passed: "no SSH banner within 10 s".
std::string connect_timeout_words(stage at, std::chrono::nanoseconds limit);

/// "exit status 3", "killed by signal KILL".
std::string words_of_end(host_result const& end);

/// The end of what a script of muster's own says on its standard error, as one line.
class last_words {
  public:
    void take(std::string_view bytes);
    std::string text() const;

  private:
    std::string kept_;
};

/// Joins two remarks with a semicolon.
void append_words(std::string& text, std::string_view more);

}  // namespace muster
