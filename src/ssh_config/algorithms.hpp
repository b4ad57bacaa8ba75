// SPDX-License-Identifier: MIT
// The names of algorithms that ssh knows, those of them that muster can use, and lists of them as in ssh_config(5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace muster::ssh_config {

enum class algorithm_kind : unsigned char { key_exchange, host_key, cipher, mac, user_key, ca_signature };

/// Those that muster offers when nothing else is configured, by preference, comma-separated.
std::string_view default_algorithms(algorithm_kind kind);
/// All that muster can use, comma-separated; some are too weak to be among the defaults.
std::string_view usable_algorithms(algorithm_kind kind);

/// What is wrong with a list as it stands in the configuration: a name that ssh does not know, or a pattern where there
/// may be none.
std::optional<std::string> algorithms_fault(algorithm_kind kind, std::string_view list);

/// What remains of a list without a fault: a leading `+` appends to the defaults, `-` removes from them, `^` puts in
/// front; patterns are replaced by names, and what muster can't use is left out. Empty: nothing remains.
std::string chosen_algorithms(algorithm_kind kind, std::string_view list);

/// Those of a list of ciphers that authenticate by themselves, so that no MAC is used; of the default one if it is
/// empty.
std::string authenticated_ciphers(std::string_view list);

}  // namespace muster::ssh_config
