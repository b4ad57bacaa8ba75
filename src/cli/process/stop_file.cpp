// SPDX-License-Identifier: MIT
// Creates the file, or waits for it.
#include "cli/process/stop_file.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <string_view>
#include <variant>

#include <muster/coro/time.hpp>
#include <muster/error.hpp>

namespace muster::cli {

stop_file_sink::stop_file_sink(std::string path) : path_(std::move(path)) {
    if (::access(path_.c_str(), F_OK) == 0) return;
    std::string beside = path_ + ".XXXXXX";
    int const descriptor = ::mkostemp(beside.data(), O_CLOEXEC);
    if (descriptor < 0) throw write_error("stop file " + path_, errno);
    ::unlink(beside.c_str());
    ::close(descriptor);
}

flow stop_file_sink::tell(event const& event) {
    auto const* const stop = std::get_if<events::stopping>(&event);
    if (stop == nullptr || stop->cause != stop_cause::failure) return flow::go_on;
    int const descriptor = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) throw write_error("stop file " + path_, errno);
    std::string_view const word = stop->soon ? "soon\n" : "now\n";
    made_ = true;
    bool const is_written = ::write(descriptor, word.data(), word.size()) == static_cast<ssize_t>(word.size());
    int const code = errno;
    ::close(descriptor);
    if (!is_written) throw write_error("stop file " + path_, code);
    return flow::go_on;
}

asio::awaitable<halt_when> watch_stop_file(std::string path) {
    for (; ::access(path.c_str(), F_OK) != 0;) co_await coro::sleep_for(std::chrono::seconds(1));
    std::ifstream file(path);
    std::string word;
    file >> word;
    co_return word == "now" ? halt_when::now : halt_when::soon;
}

}  // namespace muster::cli
