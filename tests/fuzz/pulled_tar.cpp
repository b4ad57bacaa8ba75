// SPDX-License-Identifier: MIT
// The tar that a pull brings: an error, or files within its folder, none of which this user can't write to or anybody
// can execute. The first byte chooses: an odd one is followed by the tar itself. Behind an even one each entry is made
// of type, mode, name, target of a link, contents, each of them a byte, or a byte n and n bytes; its checksum is right.
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include <muster/error.hpp>

#include "copy/tar_reader.hpp"

namespace {

using input = std::span<std::uint8_t const>;

constexpr std::size_t block = 512;

void require(bool held) {
    if (!held) std::abort();
}

std::uint8_t byte_of(input& left) {
    if (left.empty()) return 0;
    auto const value = left[0];
    left = left.subspan(1);
    return value;
}

std::string_view text_of(input& left) {
    std::size_t const wanted = byte_of(left);
    std::size_t const size = std::min(wanted, left.size());
    std::string_view const text(reinterpret_cast<char const*>(left.data()), size);
    left = left.subspan(size);
    return text;
}

void put(std::string& header, std::size_t at, std::size_t room, std::string_view text) {
    header.replace(at, std::min(room, text.size()), text.substr(0, room));
}

void put_number(std::string& header, std::size_t at, std::size_t digits, unsigned value) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%0*o", static_cast<int>(digits), value);
    put(header, at, digits, text.data());
}

/// POSIX.1-2017, pax, ustar Interchange Format.
std::string entry_of(input& left) {
    constexpr std::string_view types("0\0001234567xgLKS", 15);
    auto const type = types[byte_of(left) % types.size()];
    auto const mode = byte_of(left);
    auto const name = text_of(left);
    auto const target = text_of(left);
    auto const contents = text_of(left);

    std::string header(block, '\0');
    put(header, 0, 100, name);
    put_number(header, 100, 7, mode * 17U);  // every permission, and set-user-ID
    put_number(header, 108, 7, 0);
    put_number(header, 116, 7, 0);
    put_number(header, 124, 11, static_cast<unsigned>(contents.size()));
    put_number(header, 136, 11, 1);
    header[156] = type;
    put(header, 157, 100, target);
    put(header, 257, 8, std::string_view("ustar\00000", 8));
    put(header, 148, 8, "        ");
    unsigned sum = 0;
    for (char const c : header) sum += static_cast<unsigned char>(c);
    put_number(header, 148, 6, sum);
    header[154] = '\0';
    std::string body(contents);
    body.resize((body.size() + block - 1) / block * block);
    return header + body;
}

std::string tar_of(input left) {
    if (byte_of(left) % 2 == 1) return {reinterpret_cast<char const*>(left.data()), left.size()};
    std::string tar;
    for (int entries = 0; !left.empty() && entries < 64; ++entries) tar += entry_of(left);
    return tar.append(2 * block, '\0');
}

void require_harmless(std::filesystem::path const& folder) {
    for (auto const& each : std::filesystem::recursive_directory_iterator(folder)) {
        struct stat found {};
        require(::lstat(each.path().c_str(), &found) == 0);
        require(found.st_uid == ::geteuid());
        if (S_ISLNK(found.st_mode)) continue;
        require(S_ISDIR(found.st_mode) || S_ISREG(found.st_mode));
        require((found.st_mode & (S_ISUID | S_ISGID)) == 0);
        require((found.st_mode & S_IWUSR) != 0);
        require(S_ISDIR(found.st_mode) || (found.st_mode & 0111) == 0);
    }
}

/// Of one run, with something beside the folder that no tar may reach.
class scratch {
  public:
    scratch() {
        require(::mkdtemp(path_.data()) != nullptr);
        std::filesystem::create_directory(path_ + "/beside");
    }
    ~scratch() { std::filesystem::remove_all(path_); }
    scratch(scratch const&) = delete;
    scratch& operator=(scratch const&) = delete;

    std::string folder() const { return path_ + "/pulled"; }

    void require_untouched() const {
        std::size_t others = 0;
        for (auto const& each : std::filesystem::directory_iterator(path_)) others += each.path() != folder();
        require(others == 1 && std::filesystem::is_empty(path_ + "/beside"));
    }

  private:
    std::string path_ = std::filesystem::temp_directory_path() / "muster-fuzz-XXXXXX";
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const tar = tar_of({data, size});
    int const file = ::memfd_create("tar", MFD_CLOEXEC);
    require(file >= 0 && ::write(file, tar.data(), tar.size()) == static_cast<ssize_t>(tar.size()));
    scratch const around;
    try {
        muster::copy::unpack(file, around.folder(), std::uint64_t{64} * 1024);
    } catch (muster::error const&) {
    }
    ::close(file);
    around.require_untouched();
    if (std::filesystem::exists(around.folder())) require_harmless(around.folder());
    return 0;
}
