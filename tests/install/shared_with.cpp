// SPDX-License-Identifier: MIT
// A program that uses muster, and another library for something of its own, before and after: shared_with SSH_CONFIG
// HOST
#include <iostream>

#include <muster/muster.hpp>

extern "C" int other_library();  // one of the other_*.cpp; 0: it works

int main(int count, char** words) {
    if (count != 3) return 2;
    int const before = other_library();
    muster::ssh_settings settings;
    settings.config_file = words[1];
    muster::null_sink told;
    auto const where = muster::resolve(muster::parse_hosts(words[2]), settings);
    auto const results = muster::run(where, {"echo hello"}, {}, told);
    int const after = other_library();
    std::cout << to_string(results.hosts.at(0).state) << " " << error_message(results.hosts.at(0))
              << "; the other library: " << before << " before, " << after << " after\n";
    return results.ok() && before == 0 && after == 0 ? 0 : 1;
}
