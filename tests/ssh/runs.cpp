// SPDX-License-Identifier: MIT
// See runs.hpp.
#include "runs.hpp"

#include <utility>

#include <muster/run.hpp>

namespace muster::test {

flow calling_sink::tell(event const& what) {
    if (hear_) hear_(what);
    return flow::go_on;
}

report run_on(std::vector<endpoint> const& where, std::string const& command, options const& how, listener hear,
              std::stop_token stop) {
    calling_sink told(std::move(hear));
    return run(where, job{command}, how, told, std::move(stop));
}

host_result run_on(endpoint const& where, std::string const& command, options const& how, listener hear) {
    std::vector<endpoint> const alone{where};
    return run_on(alone, command, how, std::move(hear)).hosts.front();
}

std::string ending(host_result const& result) {
    std::string words(to_string(result.state));
    words.append(" ").append(to_string(result.command)).append(" ").append(to_string(result.at));
    if (result.status) words += " " + std::to_string(*result.status);
    if (!result.signal.empty()) words += " " + result.signal;
    return words;
}

}  // namespace muster::test
