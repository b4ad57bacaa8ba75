// SPDX-License-Identifier: MIT
// ssh_config: endpoints, or an error that names a file; the text is also what every Include finds.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "ssh_config/endpoints.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace muster::ssh_config;
    std::string const text(reinterpret_cast<char const*>(data), size);
    local_machine const machine{
        [](auto const& commands) {
            return std::vector<exec_result>(commands.size(), {static_cast<int>(commands[0].size() % 2), {}});
        },
        [](auto const& names) {
            return std::vector<name_answer>(names.size(), {true, names[0].name + "x"});
        },
        [] {
            return std::vector<std::string>{"192.0.2.1", "fe80::1%eth0"};
        }};
    int reads = 0;
    config_files const files{
        [&](auto const&, trust) { return ++reads > 40 ? std::optional<std::string>() : std::optional(text); },
        [](auto const& pattern) { return std::vector{pattern}; }};
    local_account const local{"me", 1000, "/home/me", "desk", {{"A", "%h"}}};
    static auto const hosts = muster::parse_hosts("web1,u@db1:2222,[::1]:22,WEB1");
    ssh_settings settings;
    settings.options.push_back(text.substr(0, text.find('\n')));
    try {
        auto const all = make_endpoints(hosts, settings, local, machine, files);
        if (all.size() != hosts.size()) std::abort();
    } catch (config_error const& e) {
        if (std::string_view(e.what()).find(": ") == std::string_view::npos) std::abort();
    }
    return 0;
}
