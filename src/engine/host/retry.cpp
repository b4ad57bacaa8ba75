// SPDX-License-Identifier: MIT
// Decides by state and stage whether a failure may pass, and doubles the pauses.
#include "engine/host/retry.hpp"

#include <algorithm>

namespace muster {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds first_pause = 500ms;
constexpr std::chrono::nanoseconds longest_pause = 15s;
constexpr unsigned most_doublings = 5;  // beyond, the pause is the longest anyway

}  // namespace

bool may_try_again(final_state state, stage stage) noexcept {
    if (state != final_state::unreachable && state != final_state::timed_out) return false;
    switch (stage) {
        case stage::resolve:
        case stage::connect:
        case stage::banner:
        case stage::handshake:
            return true;
        default:
            return false;
    }
}

std::chrono::nanoseconds retry_pause(unsigned n, double chance) noexcept {
    auto const full = std::min(first_pause * (1u << std::min(n, most_doublings)), longest_pause);
    auto const spread = std::chrono::duration<double, std::nano>(full) * (0.5 + std::clamp(chance, 0.0, 1.0) / 2);
    return std::chrono::duration_cast<std::chrono::nanoseconds>(spread);
}

std::optional<std::chrono::nanoseconds> attempts_left::pause_after(final_state state, stage stage,
                                                                   double chance) noexcept {
    if (!may_try_again(state, stage)) return std::nullopt;
    ++failures_;
    if (stage == stage::connect && failures_ < attempts_) return 1s;
    if (retries_ == 0) return std::nullopt;
    --retries_;
    return retry_pause(failures_ - 1, chance);
}

}  // namespace muster
