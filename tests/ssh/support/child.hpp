// SPDX-License-Identifier: MIT
// A program as a child process of the test, with what it says and how it ends.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace muster::test {

using namespace std::chrono_literals;

/// What waits for something of another process or host gives up after this long: far more than it can take.
constexpr auto patience = 60s;

/// Asks again and again until it is so; false when it did not come to be within the limit.
bool eventually(std::function<bool()> const& is_so, std::chrono::seconds limit = patience);

struct child_end {
    std::optional<int> code;    ///< exit code
    std::optional<int> signal;  ///< that killed it
    friend bool operator==(child_end const&, child_end const&) = default;
};

/// Started by the constructor, without standard input; ended by the destructor.
class child {
  public:
    /// The program is looked up in PATH; `environment` ("NAME=value") is added to the test's own.
    explicit child(std::vector<std::string> const& words, std::vector<std::string> const& environment = {});
    ~child();
    child(child const&) = delete;
    child& operator=(child const&) = delete;

    /// What it has written so far.
    std::string out() const;
    std::string err() const;

    pid_t pid() const noexcept { return pid_; }
    void send(int signal) const;
    /// Waits for its end. Throws std::runtime_error with its output when that does not come in time.
    child_end wait();

  private:
    int out_;  // files in memory
    int err_;
    pid_t pid_ = 0;
    bool ended_ = false;
};

/// Runs a program to its end and returns its output. Throws std::runtime_error unless it exits with 0.
std::string output_of(std::vector<std::string> const& words, std::vector<std::string> const& environment = {});

}  // namespace muster::test
