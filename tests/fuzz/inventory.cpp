// SPDX-License-Identifier: MIT
// Inventories in JSON: an error with a reason, or hosts and groups of which everything can be asked.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <muster/host.hpp>

#include "hosts/host_text.hpp"
#include "hosts/sources/inventory.hpp"

using namespace muster::hosts;

namespace {

/// What would reach ssh_config must be clean, whatever the inventory said.
void check(overrides const& about) {
    if (!about.error.empty()) return;
    if (!about.address.empty() && name_fault(about.address)) std::abort();
    if (!about.user.empty() && user_fault(about.user)) std::abort();
}

void check_groups(inventory const& from) {
    auto const source = groups_of(from);
    for (auto const& name : source.names()) {
        try {
            auto const found = source.group(name);
            if (!found) std::abort();
            for (auto const& host : found->hosts)
                if (from.find(host.name) == nullptr) std::abort();
        } catch (lookup_error const&) {
        } catch (muster::host_syntax_error const& error) {
            if (error.column() > error.pattern().size()) std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string const text(reinterpret_cast<char const*>(data), size);
    try {
        inventory read;
        read.add(text, "file");
        for (auto const& name : read.hosts()) {
            auto const* const about = read.find(name);
            if (about == nullptr) std::abort();
            check(*about);
        }
        check_groups(read);
    } catch (lookup_error const& error) {
        if (!std::string_view(error.what()).starts_with("inventory file:")) std::abort();
    } catch (muster::host_syntax_error const& error) {
        bool const is_placed = std::string_view(error.what()).starts_with("inventory file:");
        if (!is_placed || error.column() > error.pattern().size() || error.excerpt().size() > 300) std::abort();
    }
    return 0;
}
