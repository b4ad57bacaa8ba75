// SPDX-License-Identifier: MIT
// Reads a file of hosts into memory.
#include "hosts/read_host_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

namespace muster::hosts {
namespace {

constexpr std::size_t largest_file = std::size_t{1} << 30;

struct close_file {
    void operator()(std::FILE* file) const noexcept {
        if (file != stdin) std::fclose(file);
    }
};

std::string place_of(std::string const& path, std::string const& beside) {
    std::filesystem::path const near = std::filesystem::path(beside).parent_path() / path;
    std::error_code ignored;
    return !beside.empty() && path.front() != '/' && std::filesystem::exists(near, ignored) ? near.string() : path;
}

std::string read_all(std::string const& path) {
    std::unique_ptr<std::FILE, close_file> const file(path == "-" ? stdin : std::fopen(path.c_str(), "re"));
    auto const fail = [&](int error) {
        throw lookup_error(fmt::format("{}: {}", path, std::generic_category().message(error)));
    };
    if (!file) fail(errno);
    std::string text;
    char block[65536];
    while (auto const size = std::fread(block, 1, sizeof block, file.get())) {
        text.append(block, size);
        if (text.size() > largest_file) fail(EFBIG);
    }
    if (std::ferror(file.get()) != 0) fail(errno);
    return text;
}

}  // namespace

found_hosts read_host_file(std::string const& path, std::string const& beside) {
    found_hosts out;
    auto const place = place_of(path, beside);
    out.text = read_all(place);
    out.origin = path == "-" ? "standard input" : place;
    out.is_file = true;
    return out;
}

}  // namespace muster::hosts
