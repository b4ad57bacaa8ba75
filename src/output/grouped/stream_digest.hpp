// SPDX-License-Identifier: MIT
// Tells equal streams from different ones without keeping them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace muster::output {

/// SHA-256 of a stream as it comes: no host can make its output look like another's.
class stream_digest {
  public:
    /// Throws muster::error when libcrypto has no SHA-256.
    stream_digest();
    ~stream_digest();
    stream_digest(stream_digest&&) noexcept;
    stream_digest& operator=(stream_digest&&) noexcept;

    void add(std::string_view bytes) noexcept;
    /// Of all that was added, 32 bytes. Call it once.
    std::string finish();

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace muster::output
