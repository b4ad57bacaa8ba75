// SPDX-License-Identifier: MIT
// See words.hpp.
#include "engine/words.hpp"

#include <cstdio>

namespace muster {

std::string seconds_words(std::chrono::nanoseconds limit) {
    char text[32];
    std::snprintf(text, sizeof text, "%.10g s", std::chrono::duration<double>(limit).count());
    return text;
}

std::string connect_timeout_words(stage at, std::chrono::nanoseconds limit) {
    auto const within = " within " + seconds_words(limit);
    switch (at) {
        case stage::resolve:
            return "no answer from the name service" + within;
        case stage::connect:
            return "timed out after " + seconds_words(limit);
        case stage::banner:
            return "no SSH banner" + within;
        case stage::handshake:
            return "no end of the key exchange" + within;
        case stage::auth:
            return "no end of the authentication" + within;
        default:
            return "no session" + within;
    }
}

std::string words_of_end(host_result const& end) {
    if (end.status) return "exit status " + std::to_string(*end.status);
    return end.signal.empty() ? "killed by a signal without a name" : "killed by signal " + end.signal;
}

void last_words::take(std::string_view bytes) {
    constexpr std::size_t most = 1000;
    kept_ += bytes;
    if (kept_.size() > 2 * most) kept_.erase(0, kept_.size() - most);
}

std::string last_words::text() const {
    std::string line;
    for (char const c : kept_) {
        if (c != '\n' && c != '\r') {
            line += c;
        } else if (!line.empty() && !line.ends_with("; ")) {
            line += "; ";
        }
    }
    if (line.ends_with("; ")) line.erase(line.size() - 2);
    return line;
}

void append_words(std::string& text, std::string_view more) {
    if (!text.empty()) text += "; ";
    text += more;
}

}  // namespace muster
