// SPDX-License-Identifier: MIT
// Fisher and Yates' shuffle on a generator that the C++ standard defines to the last bit.
#include "hosts/pick.hpp"

#include <algorithm>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace muster::hosts {
namespace {

/// The first `count` indexes of a random order of `size`.
std::vector<std::size_t> random_indexes(std::size_t size, std::size_t count, std::uint64_t seed) {
    std::vector<std::size_t> all(size);
    std::iota(all.begin(), all.end(), std::size_t{0});
    std::mt19937_64 random(seed);
    for (std::size_t i = 0; i < count; ++i) std::swap(all[i], all[i + random() % (size - i)]);
    all.resize(count);
    return all;
}

host_list at_indexes(host_list const& from, std::vector<std::size_t> const& indexes) {
    host_list out;
    for (auto const index : indexes) out.add(from[index]);
    return out;
}

}  // namespace

host_list pick(host_list const& from, std::size_t count, std::uint64_t seed) {
    auto indexes = random_indexes(from.size(), std::min(count, from.size()), seed);
    std::ranges::sort(indexes);
    return at_indexes(from, indexes);
}

host_list shuffled(host_list const& from, std::uint64_t seed) {
    return at_indexes(from, random_indexes(from.size(), from.size(), seed));
}

}  // namespace muster::hosts
