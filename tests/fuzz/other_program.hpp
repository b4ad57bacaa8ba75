// SPDX-License-Identifier: MIT
// What another program says, whatever signals a fuzzing engine's timer sends meanwhile.
#pragma once

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace muster::fuzz {

struct told {
    std::string out;
    bool whole = false;  // it has exited with 0
};

inline told told_by(std::string const& command) {
    auto* const pipe = ::popen(command.c_str(), "re");
    if (pipe == nullptr) std::abort();
    told result;
    for (;;) {
        errno = 0;
        int const c = std::fgetc(pipe);
        if (c != EOF)
            result.out += static_cast<char>(c);
        else if (std::ferror(pipe) != 0 && errno == EINTR)
            std::clearerr(pipe);
        else
            break;
    }
    result.whole = ::pclose(pipe) == 0;
    return result;
}

}  // namespace muster::fuzz
