// SPDX-License-Identifier: MIT
// Counts failures by their kinds, and compares the count with the policy.
#include "engine/rollout/halt.hpp"

#include <algorithm>
#include <cmath>

namespace muster {

bool is_ok_status(std::uint32_t status, std::span<std::uint32_t const> ok_status) noexcept {
    return std::ranges::find(ok_status, status) != ok_status.end();
}

bool counts_as_failure(host_result const& result, halt_on counted) noexcept {
    switch (result.state) {
        case final_state::ok:
        case final_state::stopped:
        case final_state::not_started:
            return false;
        case final_state::failed:
        case final_state::signalled:
        case final_state::no_status:
        case final_state::lost:
        case final_state::timed_out:
            return counted == halt_on::any || result.command != command_fate::not_sent;
        case final_state::unreachable:
        case final_state::host_key:
        case final_state::auth:
        case final_state::refused:
            return counted == halt_on::any;
    }
    return true;
}

std::size_t halt_threshold(halt_policy const& policy, std::size_t targets) noexcept {
    if (policy.when == halt_when::never) return 0;
    auto const all = static_cast<double>(targets);
    // A hair less than the exact share, so that 7 % of 100 is 7 and not 8 for the sake of the last binary digit.
    double const wanted = std::ceil(policy.percent ? policy.fail * all / 100 - 1e-9 : policy.fail);
    return static_cast<std::size_t>(std::clamp(wanted, 1.0, all + 1));
}

}  // namespace muster
