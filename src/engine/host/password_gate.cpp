// SPDX-License-Identifier: MIT
// Lets one host try the password, and the others wait for its answer.
#include "engine/host/password_gate.hpp"

#include <utility>

namespace muster {

void password_gate::ask(std::size_t host, std::function<void(bool may)> then) {
    if (accepted_ || refused_by_) return then(accepted_);
    if (tries_) {
        waiting_.insert_or_assign(host, std::move(then));
        return;
    }
    tries_ = host;
    then(true);
}

void password_gate::tell_all(bool may) {
    for (auto const& [host, then] : std::exchange(waiting_, {})) then(may);
}

void password_gate::accepted(std::size_t host) {
    if (tries_ != host) return;
    tries_.reset();
    accepted_ = true;
    tell_all(true);
}

void password_gate::refused(std::size_t host) {
    if (tries_ != host) return;
    tries_.reset();
    refused_by_ = host;
    tell_all(false);
}

void password_gate::leave(std::size_t host) {
    waiting_.erase(host);
    if (tries_ == host) is_unanswered_ = true;
    refused(host);
}

}  // namespace muster
