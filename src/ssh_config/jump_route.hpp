// SPDX-License-Identifier: MIT
// The hosts that ProxyJump and -J name, and the endpoints made of them, each once.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <muster/endpoint.hpp>
#include <muster/host.hpp>

namespace muster::ssh_config {

/// "[user@]host[:port],...", also as "ssh://[user@]host[:port]", in the order of the way there. "none" is no host at
/// all. Nothing for a text that is no such list.
std::optional<std::vector<host>> parse_jumps(std::string_view text);

/// Makes the endpoint of a hop: as the configuration has it, but reached through the hops given unless there are none.
class jump_routes {
  public:
    using maker = std::function<endpoint(host const& hop, std::vector<host> const& before)>;

    /// `make` asks for the hops before the hop by calling to() again.
    explicit jump_routes(maker make) : make_(std::move(make)) {}

    /// The last of these hops (one at least), reached through those before it. Equal ways are one object. A way that
    /// leads through itself is a fault of the endpoint.
    std::shared_ptr<endpoint const> to(std::vector<host> const& hops);

  private:
    struct way {
        std::string key;
        std::shared_ptr<endpoint const> end;
    };

    maker make_;
    std::vector<way> known_;
    std::vector<std::string> in_the_making_;
};

}  // namespace muster::ssh_config
