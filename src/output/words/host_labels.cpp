// SPDX-License-Identifier: MIT
// Finds the common domain and fits labels into a column.
#include "output/words/host_labels.hpp"

#include <algorithm>
#include <unordered_set>

#include "output/terminal/sanitise.hpp"
#include "output/terminal/text_width.hpp"
#include "output/words/distinct_names.hpp"

namespace muster::output {

namespace {

constexpr std::size_t widest = 24;
constexpr std::size_t narrowest = 4;

std::size_t common_end(std::string_view a, std::string_view b) noexcept {
    auto const ends = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend());
    return static_cast<std::size_t>(ends.first - a.rbegin());
}

/// An address has no domain, and behind a port there is none.
bool may_have_domain(std::string_view label) noexcept {
    auto const last = label.substr(label.rfind('.') + 1);
    return label.find(':') == std::string_view::npos && last.find_first_not_of("0123456789") != std::string_view::npos;
}

}  // namespace

std::size_t common_domain(std::span<host_result const> hosts) {
    if (hosts.size() < 2) return 0;
    std::string_view shared = hosts.front().host;
    for (auto const& host : hosts) {
        if (!may_have_domain(host.host)) return 0;
        shared = shared.substr(shared.size() - common_end(shared, host.host));
    }
    auto const dot = shared.find('.');
    if (dot == std::string_view::npos) return 0;
    auto const size = shared.size() - dot;
    std::unordered_set<std::string_view> names;
    for (auto const& host : hosts) {
        auto const name = std::string_view(host.host).substr(0, host.host.size() - size);
        if (name.empty() || name.ends_with('@') || !names.insert(name).second) return 0;
    }
    return size;
}

void host_labels::begin(std::span<host_result const> hosts, std::string_view ellipsis, bool user) {
    hosts_ = hosts;
    ellipsis_ = ellipsis;
    user_ = user;
    domain_ = common_domain(hosts);
    columns_ = 0;
    fit(80);
}

std::string_view host_labels::full(std::size_t index) const {
    std::string_view const label = hosts_[index].host;
    return user_ ? label : label.substr(label.rfind('@') + 1);
}

/// Without the domain that all hosts share, harmless.
std::string host_labels::short_name(std::size_t index) const {
    auto const label = full(index);
    return sanitised(label.substr(0, label.size() - domain_));
}

void host_labels::fit(std::size_t columns) {
    if (columns == columns_) return;
    columns_ = columns;
    auto const most = std::clamp(columns / 4, narrowest, widest);
    fitted_.clear();
    for (std::size_t index = 0; index < hosts_.size(); ++index) {
        auto const name = short_name(index);
        auto const text = shortened(name, most, ellipsis_);
        if (fitted_.empty() && text == full(index)) continue;
        if (fitted_.empty()) fitted_.resize(hosts_.size());
        fitted_[index] = text;
    }
    for (std::size_t index = 0; index < fitted_.size() && fitted_[index].empty(); ++index) fitted_[index] = full(index);
    keep_distinct(
        fitted_, [this](std::size_t index) { return short_name(index); }, most, ellipsis_);
    width_ = 0;
    for (std::size_t index = 0; index < hosts_.size(); ++index)
        width_ = std::max(width_, columns_of_text(fitted(index)));
}

std::size_t host_labels::padding(std::size_t index) const {
    return width_ - columns_of_text(fitted(index));
}

}  // namespace muster::output
