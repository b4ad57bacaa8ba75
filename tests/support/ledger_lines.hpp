// SPDX-License-Identifier: MIT
// What a ledger says, read without muster's own reader.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>

namespace muster::test {

/// Hosts that have such a line; lines that are cut off are left out.
struct recorded {
    explicit recorded(std::string const& ledger) {
        std::istringstream from(ledger);
        for (std::string text; std::getline(from, text);) {
            auto const line = nlohmann::json::parse(text, nullptr, false);
            if (!line.is_object()) continue;
            if (line["type"] == "run") ++runs;
            if (line["type"] == "command_sent") sent.insert(line["host"]);
            if (line["type"] == "step_done" && line["stage"] == "command") done.insert(line["host"]);
            if (line["type"] == "result" && line["state"] == "ok") ok.insert(line["host"]);
        }
    }

    int runs = 0;
    std::set<std::string> sent;
    std::set<std::string> done;
    std::set<std::string> ok;
};

}  // namespace muster::test
