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

void append_words(std::string& text, std::string_view more) {
    if (!text.empty()) text += "; ";
    text += more;
}

}  // namespace muster
