// SPDX-License-Identifier: MIT
// The values of options: text in, typed value out.
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <muster/options.hpp>

#include "cli/options/arguments.hpp"

namespace muster::cli {

/// What a value must be: "must be a number from 1 to 65535". The caller adds option and value.
class bad_value : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// "10" (seconds), "1.5", "500ms", "30s", "2m", "1h". Throws bad_value.
std::chrono::nanoseconds to_duration(std::string_view text);

/// "500M", with K, M, G or T of 1024; plain bytes without. Throws bad_value.
std::uint64_t to_size(std::string_view text);

/// Decimal digits only. Throws bad_value.
std::uint64_t to_number(std::string_view text, std::uint64_t least, std::uint64_t most);

/// "0,1,44". Throws bad_value.
std::vector<std::uint32_t> to_statuses(std::string_view text);

/// "5m" or "5m,1m". Throws bad_value.
std::vector<std::chrono::nanoseconds> to_durations(std::string_view text);

/// "1,5,25%": sizes of batches. Throws bad_value.
std::vector<batch_size> to_batch_sizes(std::string_view text);

/// "12" or "90%". Throws bad_value.
amount to_amount(std::string_view text);

/// "rack" or "rack=2": a key, and how many; 1 unless given. Throws bad_value.
std::pair<std::string, std::size_t> to_key_and_limit(std::string_view text);

/// "never", "batch", "soon", "now", "ask", each of the others with ",fail=N" or ",fail=N%". Throws bad_value.
halt_policy to_halt(std::string_view text);

/// What a variable says of a switch: 1, true, yes, on or 0, false, no, off. Throws bad_value.
bool to_switch(std::string_view text);

/// `text` with the name in place of each "{host}".
std::string with_host(std::string text, std::string_view name);

/// Text that is not empty. Throws bad_value.
std::string to_text(std::string_view text);

}  // namespace muster::cli
