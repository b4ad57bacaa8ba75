// SPDX-License-Identifier: MIT
// Hosts as text and as JSON.
#include "cli/hosts/listing.hpp"

#include <cstdint>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "output/json/json_text.hpp"

namespace muster::cli {

namespace {

std::vector<std::string> labels_of(host_list const& hosts) {
    std::vector<std::string> labels;
    labels.reserve(hosts.size());
    for (auto const& host : hosts) labels.push_back(host.label());
    return labels;
}

}  // namespace

std::string folded(host_list const& hosts) {
    return fold(labels_of(hosts));
}

std::string listing(host_list const& hosts) {
    auto const labels = labels_of(hosts);
    return fmt::format("{}\n{}\n{}\n", fold(labels), labels.size(), fmt::join(labels, ","));
}

std::string listing_json(host_list const& hosts) {
    auto const labels = labels_of(hosts);
    std::string line;
    output::json_object object(line);
    object.number("v", 1).string("type", "hosts").string("folded", fold(labels));
    object.number("count", static_cast<std::int64_t>(labels.size()));
    auto& list = object.key("hosts");
    for (std::size_t i = 0; i < labels.size(); ++i) {
        list += i == 0 ? "[\"" : ",\"";
        output::append_escaped(list, labels[i]);
        list += '"';
    }
    list += ']';
    object.end();
    return line;
}

}  // namespace muster::cli
