// SPDX-License-Identifier: MIT
// Keeps the addresses in a hash table with open addressing.
#include "ssh/libssh2/block_set.hpp"

#include <algorithm>
#include <cstdint>

namespace muster::ssh {

namespace {

constexpr std::size_t fewest_slots = 64;

}  // namespace

/// Blocks lie 16 bytes apart at least; the multiplier spreads what is left over the high bits.
std::size_t block_set::home(void const* block) const noexcept {
    auto const number = reinterpret_cast<std::uintptr_t>(block) >> 4U;
    return static_cast<std::size_t>((number * 0x9E3779B97F4A7C15U) >> 32U) & (slots_.size() - 1);
}

void block_set::place(void* block) noexcept {
    auto slot = home(block);
    while (slots_[slot] != nullptr) slot = next(slot);
    slots_[slot] = block;
}

void block_set::grow() {
    std::vector<void*> before(std::max(fewest_slots, slots_.size() * 2), nullptr);
    before.swap(slots_);
    for (void* const block : before) {
        if (block != nullptr) place(block);
    }
}

void block_set::insert(void* block) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    place(block);
    ++size_;
}

/// What stands behind the gap moves up, unless it would come before its home.
bool block_set::erase(void* block) noexcept {
    if (slots_.empty()) return false;
    auto gap = home(block);
    while (slots_[gap] != block) {
        if (slots_[gap] == nullptr) return false;
        gap = next(gap);
    }
    auto const distance = [&](std::size_t from, std::size_t to) { return (to - from) & (slots_.size() - 1); };
    for (auto slot = next(gap); slots_[slot] != nullptr; slot = next(slot)) {
        if (distance(home(slots_[slot]), slot) < distance(gap, slot)) continue;
        slots_[gap] = slots_[slot];
        gap = slot;
    }
    slots_[gap] = nullptr;
    --size_;
    return true;
}

}  // namespace muster::ssh
