// SPDX-License-Identifier: MIT
// See output_gate.hpp.
#include "engine/output_gate.hpp"

#include <mutex>
#include <utility>

#include <asio/post.hpp>

namespace muster {

/// What openers share with the gate: outlives it, and knows whether it is still there.
struct output_gate::door {
    std::mutex lock;
    asio::any_io_executor loop;  // empty once the gate is gone
    coro::event* open = nullptr;
};

output_gate::output_gate(asio::any_io_executor loop) : door_(std::make_shared<door>()) {
    open_.set();
    door_->loop = std::move(loop);
    door_->open = &open_;
}

output_gate::~output_gate() {
    std::scoped_lock const held(door_->lock);
    door_->loop = {};
    door_->open = nullptr;
}

std::function<void()> output_gate::opener() const {
    return [shared = door_] {
        std::scoped_lock const held(shared->lock);  // the loop can't go away while it is held
        if (!shared->loop) return;
        asio::post(shared->loop, [shared] {
            if (shared->open) shared->open->set();
        });
    };
}

}  // namespace muster
