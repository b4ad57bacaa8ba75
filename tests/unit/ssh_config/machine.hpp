// SPDX-License-Identifier: MIT
// A machine whose files, account and answers are values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ssh_config/endpoints.hpp"

namespace muster::ssh_config {

struct machine {
    std::map<std::string, std::string> files;
    ssh_settings settings;
    local_machine asked;
    local_account local{
        "me", 1000, "/home/me", "desk.example.com", {{"SSH_AUTH_SOCK", "/run/agent"}, {"KEYS", "/keys"}}};

    std::vector<endpoint> endpoints(std::string_view hosts) const {
        config_files const access{[this](std::string const& path, trust) -> std::optional<std::string> {
                                      auto const found = files.find(path);
                                      return found == files.end() ? std::nullopt : std::optional(found->second);
                                  },
                                  [](std::string const& pattern) { return std::vector<std::string>{pattern}; }};
        return make_endpoints(parse_hosts(hosts), settings, local, asked, access);
    }

    endpoint one(std::string_view host) const { return endpoints(host).at(0); }

    std::string error() const {
        try {
            return "accepted, fault: " + one("x").error;
        } catch (config_error const& e) {
            return e.what();
        }
    }
};

inline machine with_config(std::string text) {
    return {.files = {{"/home/me/.ssh/config", std::move(text)}}, .settings = {}, .asked = {}};
}

}  // namespace muster::ssh_config
