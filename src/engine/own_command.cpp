// SPDX-License-Identifier: MIT
// Runs the command at its stage and turns what breaks it into a failed step.
#include "engine/own_command.hpp"

#include <array>
#include <cstdint>
#include <utility>

#include <asio/this_coro.hpp>

#include <muster/coro/timeout.hpp>

#include "engine/conversation.hpp"

namespace muster {

namespace {

constexpr std::array<std::uint32_t, 1> only_zero{0};

/// The host is at a stage as long as this lives, and stays there when that ends by an exception.
class at_stage {
  public:
    at_stage(host_result& host, stage at) : host_(host), before_(std::exchange(host.at, at)) {}
    void passed() { host_.at = before_; }

  private:
    host_result& host_;
    stage before_;
};

/// What a refusal or a break means for a host whose step it ends.
step_failed as_failure(transport_error const& error, stage at) {
    return {error.state(), error.state() == final_state::lost ? at : error.at(), error.what()};
}

}  // namespace

asio::awaitable<host_result> run_own(host_place where, own_command const& one) {
    host_result end;
    at_stage stands(where.result(), one.at);
    where.run.next_step(where.index);
    try {
        talk_terms terms{end, false, one.at, only_zero, one.hear, one.may_read};
        conversation talk(co_await asio::this_coro::executor, where.run, where.index, where.host, one.what,
                          std::move(terms));
        co_await talk.run();
    } catch (transport_error const& error) {
        throw as_failure(error, one.at);
    } catch (coro::timed_out const&) {
        throw step_failed(final_state::timed_out, end.at == stage::session ? stage::session : one.at, end.error);
    }
    stands.passed();
    co_return end;
}

}  // namespace muster
