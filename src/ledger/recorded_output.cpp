// SPDX-License-Identifier: MIT
// One line at a time, so that only one host's output is in memory.
#include "ledger/recorded_output.hpp"

#include <fstream>
#include <optional>

#include <openssl/evp.h>
#include <nlohmann/json.hpp>

namespace muster::ledger {

namespace {

using nlohmann::json;

/// Empty for what is no base64.
std::string from_base64(std::string const& text) {
    if (text.empty() || text.size() % 4 != 0) return {};
    std::string bytes(text.size() / 4 * 3, '\0');
    int const size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<unsigned char const*>(text.data()), static_cast<int>(text.size()));
    if (size < 0) return {};
    std::size_t const padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    bytes.resize(static_cast<std::size_t>(size) - padding);
    return bytes;
}

std::optional<std::string> stream_of(json const& line, std::string const& name) {
    auto const text = line.find(name);
    if (text != line.end() && text->is_string()) return text->get<std::string>();
    auto const coded = line.find(name + "_b64");
    if (coded != line.end() && coded->is_string()) return from_base64(coded->get<std::string>());
    return std::nullopt;
}

void take_line(json const& line, output_taker const& take) {
    if (!line.is_object() || line.value("type", json()) != "result" || !line.value("host", json()).is_string()) return;
    auto const out = stream_of(line, "stdout");
    auto const err = stream_of(line, "stderr");
    if (out || err) take(line["host"].get<std::string>(), out.value_or(""), err.value_or(""));
}

}  // namespace

void each_output(std::vector<std::string> const& paths, output_taker const& take) {
    for (auto const& path : paths) {
        std::ifstream file(path, std::ios::binary);
        for (std::string text; std::getline(file, text);) take_line(json::parse(text, nullptr, false), take);
    }
}

}  // namespace muster::ledger
