// SPDX-License-Identifier: MIT
// Host patterns: an error inside the pattern, or hosts whose folded labels are the same hosts again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <muster/host.hpp>

namespace {

std::vector<std::string> sorted_labels(muster::host_list const& hosts) {
    std::vector<std::string> labels;
    for (auto const& host : hosts) labels.push_back(host.label());
    std::ranges::sort(labels);
    return labels;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const pattern(reinterpret_cast<char const*>(data), size);
    try {
        auto const labels = sorted_labels(muster::parse_hosts(pattern, 1000));
        if (!labels.empty() && sorted_labels(muster::parse_hosts(muster::fold(labels), 1000)) != labels) std::abort();
    } catch (muster::host_syntax_error const& e) {
        if (e.column() > size || e.pattern() != pattern || e.excerpt().size() > 300) std::abort();
    }
    return 0;
}
