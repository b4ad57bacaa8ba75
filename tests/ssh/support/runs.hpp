// SPDX-License-Identifier: MIT
// Runs of the library for tests, and their results in few words.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include <muster/endpoint.hpp>
#include <muster/options.hpp>
#include <muster/report.hpp>
#include <muster/sink.hpp>

#include "ssh/make_transport.hpp"

namespace muster::test {

using listener = std::function<void(event const&)>;

/// A sink that calls a function.
class calling_sink final : public sink {
  public:
    explicit calling_sink(listener hear) : hear_(std::move(hear)) {}
    flow tell(event const& event) override;

  private:
    listener hear_;
};

report run_on(std::vector<endpoint> const& where, std::string const& command, options const& options = {},
              listener hear = {}, std::stop_token stop = {});
host_result run_on(endpoint const& target, std::string const& command, options const& options = {}, listener hear = {});

/// With somebody who may be asked for secrets.
report run_on(std::vector<endpoint> const& where, std::string const& command, ssh::login_options logins,
              options const& options = {});

/// "stopped unknown command": final state, the command's fate, the stage; then status or signal, if there is one.
std::string ending(host_result const& result);

std::string random_bytes(std::size_t count);
/// Of commands whose output only a sink gets.
options without_keeping();
/// Of hosts that are slow on a busy machine: the connect limit is far more than they can take.
options patient();

}  // namespace muster::test
