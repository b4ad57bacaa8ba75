// SPDX-License-Identifier: MIT
// Reads a file after a look at its owner and mode.
#include "hosts/sources/trusted_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "hosts/name_lookup.hpp"

namespace muster::hosts {
namespace {

struct close_file {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

void check_owner(int descriptor, std::string const& path) {
    struct stat about {};
    bool const known = ::fstat(descriptor, &about) == 0;
    if (!known || (about.st_uid != 0 && about.st_uid != ::geteuid()) || (about.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        throw lookup_error(
            fmt::format("{}: owned or writable by others, who could run programs here; chmod go-w", path));
}

}  // namespace

std::optional<std::string> read_trusted_file(std::string const& path) {
    std::unique_ptr<std::FILE, close_file> const file(std::fopen(path.c_str(), "re"));
    if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
    if (!file) throw lookup_error(fmt::format("{}: {}", path, std::generic_category().message(errno)));
    check_owner(::fileno(file.get()), path);
    std::string text;
    char block[65536];
    while (auto const size = std::fread(block, 1, sizeof block, file.get())) text.append(block, size);
    if (std::ferror(file.get()) != 0)
        throw lookup_error(fmt::format("{}: {}", path, std::generic_category().message(errno)));
    return text;
}

}  // namespace muster::hosts
