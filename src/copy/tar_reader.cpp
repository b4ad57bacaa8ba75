// SPDX-License-Identifier: MIT
// See tar_reader.hpp.
#include "copy/tar_reader.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <vector>

#include <muster/copy.hpp>

#include "process/unique_fd.hpp"

namespace muster::copy {

namespace {

constexpr std::size_t most_entries = 1'000'000;
constexpr std::size_t most_depth = 100;
constexpr std::size_t longest_shown = 100;

struct freed {
    void operator()(archive* archive) const { ::archive_read_free(archive); }
};

std::string shown(std::string const& name) {
    std::string text;
    for (char const c : name.substr(0, longest_shown)) text += c >= ' ' && c != 0x7f ? c : '?';
    return text;
}

[[noreturn]] void refuse(std::string const& name, std::string const& reason) {
    throw copy_error("the host's tar: '" + shown(name) + "' " + reason);
}

std::string reason_of(int error) {
    return std::generic_category().message(error);
}

/// This machine's disk or its limits are at fault, and not what the tar wants.
bool is_of_this_machine(int error) {
    constexpr std::array these = {ENOSPC, EDQUOT, EIO, EROFS, EMFILE, ENFILE, ENOMEM, ENODEV};
    return std::ranges::find(these, error) != these.end();
}

[[noreturn]] void fail_here(std::string const& name) {
    auto const reason = reason_of(errno);
    if (is_of_this_machine(errno)) throw input_error(shown(name) + ": " + reason);
    if (errno == EEXIST) refuse(name, "is in it twice");
    if (errno == ELOOP || errno == ENOTDIR) refuse(name, "leads through what is no folder");
    refuse(name, "can't be made here: " + reason);
}

/// The parts of a name, none of which leads elsewhere.
std::vector<std::string> parts_of(std::string const& name) {
    if (name.starts_with('/')) refuse(name, "is no relative name");
    std::vector<std::string> parts;
    for (std::size_t position = 0; position < name.size();) {
        auto const end = std::min(name.find('/', position), name.size());
        auto part = name.substr(position, end - position);
        position = end + 1;
        if (part.empty() || part == ".") continue;
        if (part == "..") refuse(name, "leads out of its folder");
        parts.push_back(std::move(part));
    }
    if (parts.size() > most_depth) refuse(name, "lies too deep");
    return parts;
}

class unpacker {
  public:
    unpacker(int file, std::string const& folder, std::uint64_t most) : left_(most), from_(::archive_read_new()) {
        if (::mkdir(folder.c_str(), 0777) != 0) throw input_error(folder + ": " + reason_of(errno));
        root_ = unique_fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
        if (!root_ || ::lseek(file, 0, SEEK_SET) != 0) throw input_error(folder + ": " + reason_of(errno));
        ::archive_read_support_format_tar(from_.get());
        check(::archive_read_open_fd(from_.get(), file, std::size_t{64} * 1024));
    }

    void run() {
        archive_entry* entry = nullptr;
        for (std::size_t count = 0;; ++count) {
            int const code = ::archive_read_next_header(from_.get(), &entry);
            if (code == ARCHIVE_EOF) return;
            check(code);
            if (count == most_entries) throw copy_error("the host's tar has more than 1000000 entries");
            add(entry);
        }
    }

  private:
    void check(int code) {
        if (code < ARCHIVE_WARN)
            throw copy_error(std::string("the host's tar: ") + ::archive_error_string(from_.get()));
    }

    /// The folder that it is to lie in, which is made when it is not there.
    unique_fd folder_of(std::string const& name, std::vector<std::string> const& parts) {
        unique_fd at(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0));
        for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
            if (::mkdirat(at.get(), parts[i].c_str(), 0777) != 0 && errno != EEXIST) fail_here(name);
            unique_fd next(::openat(at.get(), parts[i].c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
            if (!next) fail_here(name);
            at = std::move(next);
        }
        return at;
    }

    void add(archive_entry* entry) {
        char const* const given = ::archive_entry_pathname(entry);
        std::string const name = given != nullptr ? given : "";
        auto const parts = parts_of(name);
        if (parts.empty()) return;  // the folder itself
        auto const where = folder_of(name, parts);
        auto const* const last = parts.back().c_str();
        char const* const link = ::archive_entry_hardlink(entry);
        auto const kind = ::archive_entry_filetype(entry);
        if (link != nullptr) {
            add_hard_link(name, link, where.get(), last);
        } else if (kind == AE_IFDIR) {
            if (::mkdirat(where.get(), last, 0777) != 0 && errno != EEXIST) fail_here(name);
        } else if (kind == AE_IFLNK) {
            char const* const to = ::archive_entry_symlink(entry);
            if (to == nullptr) refuse(name, "is a link to nothing");
            if (::symlinkat(to, where.get(), last) != 0) fail_here(name);
        } else if (kind == AE_IFREG) {
            add_file(name, where.get(), last);
        } else {
            refuse(name, "is a device, a pipe or a socket");
        }
    }

    void add_hard_link(std::string const& name, std::string const& target, int where, char const* last) {
        auto const parts = parts_of(target);
        if (parts.empty()) refuse(name, "is a link to its folder");
        auto const there = folder_of(target, parts);
        if (::linkat(there.get(), parts.back().c_str(), where, last, 0) != 0) fail_here(name);
    }

    void add_file(std::string const& name, int where, char const* last) {
        unique_fd const file(::openat(where, last, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
        if (!file) fail_here(name);
        void const* bytes = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        la_int64_t end = 0;
        for (;;) {
            int const code = ::archive_read_data_block(from_.get(), &bytes, &size, &offset);
            if (code == ARCHIVE_EOF) break;
            check(code);
            auto const grown = offset + static_cast<la_int64_t>(size) - end;
            if (grown > 0) take_from_limit(static_cast<std::uint64_t>(grown));
            end = std::max(end, offset + static_cast<la_int64_t>(size));
            write(name, file.get(), static_cast<char const*>(bytes), size, offset);
        }
    }

    /// Holes count, too.
    void take_from_limit(std::uint64_t size) {
        if (size > left_) throw copy_error("the host's tar has more bytes in it than the limit (--pull-max)");
        left_ -= size;
    }

    static void write(std::string const& name, int file, char const* bytes, std::size_t size, off_t offset) {
        while (size > 0) {
            auto const done = ::pwrite(file, bytes, size, offset);
            if (done < 0 && errno == EINTR) continue;
            if (done < 0) fail_here(name);
            bytes += done;
            size -= static_cast<std::size_t>(done);
            offset += done;
        }
    }

    std::uint64_t left_;
    unique_fd root_;
    std::unique_ptr<archive, freed> from_;
};

}  // namespace

void unpack(int file, std::string const& folder, std::uint64_t most) {
    unpacker(file, folder, most).run();
}

}  // namespace muster::copy
