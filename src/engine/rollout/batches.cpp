// SPDX-License-Identifier: MIT
// Cuts hosts into batches.
#include "engine/rollout/batches.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace muster {

namespace {

/// A hair more than the exact share, so that 7 % of 100 is 7 and not 6 for the sake of the last binary digit.
std::size_t size_of(batch_size const& size, std::size_t all) {
    double const most = size.percent ? 100 : static_cast<double>(1u << 31u);
    if (!(size.hosts > 0 && size.hosts <= most))  // NaN is neither
        throw std::invalid_argument("the size of a batch is no number over 0, or a share over 100 %");
    double const exact = size.percent ? size.hosts * static_cast<double>(all) / 100 + 1e-9 : size.hosts;
    return std::max<std::size_t>(1, static_cast<std::size_t>(exact));
}

/// The groups in order of appearance; one group of all when there are none.
std::vector<std::vector<std::size_t>> grouped(std::size_t hosts, std::span<std::size_t const> together) {
    std::vector<std::vector<std::size_t>> groups;
    if (together.empty()) {
        auto& all = groups.emplace_back(hosts);
        std::iota(all.begin(), all.end(), std::size_t{0});
        return groups;
    }
    constexpr auto none = static_cast<std::size_t>(-1);
    std::vector<std::size_t> place(*std::ranges::max_element(together) + 1, none);
    for (std::size_t host = 0; host < hosts; ++host) {
        auto& position = place[together[host]];
        if (position == none) {
            position = groups.size();
            groups.emplace_back();
        }
        groups[position].push_back(host);
    }
    return groups;
}

[[noreturn]] void refuse(char const* reason) {
    throw std::invalid_argument(reason);
}

void require_each_once(std::vector<batch> const& batches, std::size_t hosts) {
    std::vector<bool> known(hosts, false);
    std::size_t count = 0;
    for (auto const& each : batches)
        for (auto const host : each.hosts) {
            if (host >= hosts || known[host]) refuse("a host is in two batches, or there is no such host");
            known[host] = true;
            ++count;
        }
    if (count != hosts) refuse("a host is in no batch");
}

}  // namespace

void require_valid_plan(rollout_options const& plan, std::size_t hosts) {
    constexpr std::chrono::nanoseconds none{};
    if (plan.delay < none) refuse("the delay between hosts is negative");
    if (plan.apart_limit == 0) refuse("no host of a group may run");
    if (!plan.apart.empty() && plan.apart.size() != hosts)
        refuse("the groups of hosts apart are not those of the hosts");
    if (plan.preflight && *plan.preflight > std::max<std::size_t>(hosts, 1))
        refuse("the preflight wants more hosts than there are");
    if (plan.batches.empty()) return;
    require_each_once(plan.batches, hosts);
    std::size_t before = 0;
    for (auto const& each : plan.batches) {
        if (each.number <= before) refuse("the numbers of batches do not rise");
        if (each.soak < none) refuse("the pause after a batch is negative");
        before = each.number;
    }
}

std::vector<batch> cut_into_batches(std::size_t hosts, std::span<batch_size const> sizes,
                                    std::span<std::size_t const> together) {
    std::vector<std::size_t> counts;
    for (auto const& size : sizes) counts.push_back(size_of(size, hosts));
    std::vector<batch> batches;
    if (hosts == 0) return batches;
    for (auto const& group : grouped(hosts, together)) {
        std::span left(group);
        for (std::size_t part = 0; !left.empty(); ++part) {
            auto const wanted = counts.empty() ? left.size() : counts[std::min(part, counts.size() - 1)];
            auto const members = left.first(std::min(wanted, left.size()));
            left = left.subspan(members.size());
            auto& next = batches.emplace_back();
            next.number = batches.size();
            next.hosts = std::vector(members.begin(), members.end());
        }
    }
    return batches;
}

}  // namespace muster
