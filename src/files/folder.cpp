// SPDX-License-Identifier: MIT
// Tries with files that are taken away again.
#include "files/folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace muster::files {

namespace {

char other_case(char c) noexcept {
    if (c >= 'a' && c <= 'z') return static_cast<char>(c - 'a' + 'A');
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

int try_folder(std::string const& path) {
    std::error_code code;
    std::filesystem::create_directories(path, code);
    if (code) return code.value();
    auto name = path + "/.muster-XXXXXX";
    int const file = ::mkstemp(name.data());
    if (file < 0) return errno;
    int error = ::write(file, "\n", 1) == 1 ? 0 : errno;
    if (::close(file) != 0 && error == 0) error = errno;
    ::unlink(name.c_str());
    return error;
}

bool folds_case(std::string const& existing) {
    auto other = existing;
    for (auto at = other.rfind('/') + 1; at < other.size(); ++at) other[at] = other_case(other[at]);
    struct stat one {
    }, two{};
    return other != existing && ::lstat(existing.c_str(), &one) == 0 && ::lstat(other.c_str(), &two) == 0 &&
           one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

bool folds_case_in(std::string const& folder) {
    auto name = folder + "/.muster-XXXXXX";
    int const file = ::mkstemp(name.data());
    if (file < 0) return false;
    ::close(file);
    bool const folds = folds_case(name);
    ::unlink(name.c_str());
    return folds;
}

}  // namespace muster::files
