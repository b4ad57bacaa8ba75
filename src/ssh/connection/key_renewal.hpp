// SPDX-License-Identifier: MIT
// When a connection changes its keys (RFC 4253 section 9, RekeyLimit of ssh_config(5)).
#pragma once

#include <libssh2_muster.h>

#include <chrono>
#include <cstdint>

#include <muster/endpoint.hpp>

namespace muster::ssh {

/// Knows no connection: it is told what has gone through and what time it is.
class key_renewal {
  public:
    using clock = std::chrono::steady_clock;

    /// The latest, whatever the user says. chacha20-poly1305 numbers its packets in 32 bits, and a number must not come
    /// twice under one set of keys.
    static constexpr std::uint64_t most_bytes = std::uint64_t{1} << 30U;
    static constexpr std::uint32_t most_packets = std::uint32_t{1} << 31U;

    key_renewal(rekey_limit const& limit, clock::time_point now);

    /// Whether the keys in use have done enough. Each set is good for one packet at least.
    bool is_due(muster_keys const& in_use, clock::time_point now);
    /// When to look again, though nothing goes through; max(): not before something does.
    clock::time_point next_look(clock::time_point now) const noexcept;

  private:
    std::uint64_t bytes_;
    std::chrono::seconds interval_;
    std::uint32_t exchanges_ = 0;
    clock::time_point since_;
};

}  // namespace muster::ssh
