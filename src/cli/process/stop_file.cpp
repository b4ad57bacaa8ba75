// SPDX-License-Identifier: MIT
// Creates the file, or waits for it.
#include "cli/process/stop_file.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <string>
#include <string_view>
#include <variant>

#include <muster/coro/time.hpp>
#include <muster/error.hpp>

namespace muster::cli {

namespace {

/// A new file beside it, which takes its place whole.
class successor {
  public:
    explicit successor(std::string const& path) : path_(path), beside_(path + ".XXXXXX") {
        file_ = ::mkostemp(beside_.data(), O_CLOEXEC);
        if (file_ < 0) fail();
    }
    ~successor() {
        ::close(file_);
        if (!beside_.empty()) ::unlink(beside_.c_str());
    }
    successor(successor const&) = delete;
    successor& operator=(successor const&) = delete;

    void take_over(std::string_view text) {
        auto const size = static_cast<ssize_t>(text.size());
        if (::write(file_, text.data(), text.size()) != size || ::fchmod(file_, 0644) != 0) fail();
        if (::rename(beside_.c_str(), path_.c_str()) != 0) fail();
        beside_.clear();
    }

  private:
    [[noreturn]] void fail() const { throw write_error("stop file " + path_, errno); }

    std::string path_;
    std::string beside_;
    int file_;
};

bool is_there(std::string const& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

std::string word_in(std::string const& path) {
    std::ifstream file(path);
    std::string word;
    file >> word;
    return word;
}

}  // namespace

stop_file_sink::stop_file_sink(std::string path) : path_(std::move(path)) {
    if (!is_there(path_)) successor const probe(path_);
}

flow stop_file_sink::tell(event const& event) {
    auto const* const stop = std::get_if<events::stopping>(&event);
    if (stop == nullptr || stop->cause != stop_cause::failure) return flow::go_on;
    made_ = true;
    if (stop->soon ? is_there(path_) : word_in(path_) == "now") return flow::go_on;
    successor(path_).take_over(stop->soon ? "soon\n" : "now\n");
    return flow::go_on;
}

asio::awaitable<halt_when> watch_stop_file(std::string path, bool for_now_alone) {
    constexpr std::chrono::seconds between{1};
    for (bool was_empty = false;; co_await coro::sleep_for(between)) {
        if (!is_there(path)) continue;
        auto const word = word_in(path);
        if (word == "now") co_return halt_when::now;
        if (for_now_alone || (word.empty() && !was_empty)) {
            was_empty = true;
            continue;
        }
        co_return halt_when::soon;
    }
}

}  // namespace muster::cli
