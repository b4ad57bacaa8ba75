// SPDX-License-Identifier: MIT
// Host files: hosts, or an error that names a line of the file.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <muster/host.hpp>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    try {
        (void)muster::parse_hostfile(text, "file", 1000);
    } catch (muster::host_syntax_error const& e) {
        if (!std::string_view(e.what()).starts_with("file:") || e.column() > e.pattern().size()) std::abort();
        if (text.find(e.pattern()) == std::string_view::npos) std::abort();
    }
    return 0;
}
