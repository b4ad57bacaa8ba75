// SPDX-License-Identifier: MIT
// Several sinks as one.
#include "output/views/tee_sink.hpp"

#include <exception>

namespace muster::output {

flow tee_sink::tell(event const& event) {
    auto answer = flow::go_on;
    std::exception_ptr first;
    for (auto* sink : sinks_) {
        try {
            if (sink->tell(event) == flow::full) answer = flow::full;
        } catch (...) {
            if (!first) first = std::current_exception();
        }
    }
    if (first) std::rethrow_exception(first);
    return answer;
}

}  // namespace muster::output
