// SPDX-License-Identifier: MIT
// Libarchive's writer, fed with the entries of a tree.
#include "copy/tar_writer.hpp"

#include <muster_archive_names.h>  // before archive.h

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>
#include <memory>
#include <system_error>
#include <utility>

#include <muster/copy.hpp>

#include "copy/sha256.hpp"
#include "process/unique_fd.hpp"

namespace muster::copy {

namespace {

struct freed {
    void operator()(archive* archive) const { ::archive_write_free(archive); }
    void operator()(archive_entry* entry) const { ::archive_entry_free(entry); }
};

class tar_writer {
  public:
    tar_writer(std::string const& root, std::function<void(std::string_view)> take)
        : root_(root), take_(std::move(take)), to_(::archive_write_new()) {
        ::archive_write_set_format_pax_restricted(to_.get());
        ::archive_write_add_filter_none(to_.get());
        ::archive_write_set_bytes_per_block(to_.get(), 64 * 1024);
        ::archive_write_set_bytes_in_last_block(to_.get(), 1);
        check(::archive_write_open(to_.get(), this, nullptr, &tar_writer::give, nullptr));
    }

    void add(tree_entry& tree_entry) {
        std::unique_ptr<archive_entry, freed> const entry(::archive_entry_new());
        ::archive_entry_set_pathname(entry.get(), tree_entry.name.c_str());
        ::archive_entry_set_mode(entry.get(), tree_entry.about.st_mode);
        ::archive_entry_set_mtime(entry.get(), tree_entry.about.st_mtim.tv_sec, 0);
        bool const file = S_ISREG(tree_entry.about.st_mode);
        ::archive_entry_set_size(entry.get(), file ? tree_entry.about.st_size : 0);
        if (!tree_entry.target.empty()) ::archive_entry_set_symlink(entry.get(), tree_entry.target.c_str());
        check(::archive_write_header(to_.get(), entry.get()));
        if (file) add_bytes(tree_entry);
    }

    void close() { check(::archive_write_close(to_.get())); }

  private:
    static la_ssize_t give(archive* to, void* self, void const* bytes, std::size_t size) {
        auto& writer = *static_cast<tar_writer*>(self);
        try {
            writer.take_(std::string_view(static_cast<char const*>(bytes), size));
        } catch (...) {
            writer.failure_ = std::current_exception();
            ::archive_set_error(to, EIO, "cannot be written");
            return -1;
        }
        return static_cast<la_ssize_t>(size);
    }

    void check(int code) {
        if (failure_) std::rethrow_exception(failure_);
        if (code < ARCHIVE_WARN) throw copy_error(root_ + ": " + ::archive_error_string(to_.get()));
    }

    void add_bytes(tree_entry& entry) {
        auto const path = root_ + entry.name.substr(1);
        unique_fd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY));
        if (!file) throw copy_error(path + ": " + std::generic_category().message(errno));
        sha256 digest;
        std::array<char, std::size_t{64} * 1024> room;
        for (off_t left = entry.about.st_size; left > 0;) {
            auto const got = ::read(file.get(), room.data(), room.size());
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0 || got > left) throw copy_error(path + ": changes while it is read");
            std::string_view const piece(room.data(), static_cast<std::size_t>(got));
            digest.add(piece);
            if (::archive_write_data(to_.get(), piece.data(), piece.size()) < 0) check(ARCHIVE_FATAL);
            left -= got;
        }
        entry.digest = digest.hex();
    }

    std::string const& root_;
    std::function<void(std::string_view)> take_;
    std::exception_ptr failure_;
    std::unique_ptr<archive, freed> to_;
};

}  // namespace

void write_tar(std::string const& path, std::vector<tree_entry>& tree, std::function<void(std::string_view)> take) {
    tar_writer writer(path, std::move(take));
    for (auto& entry : tree) writer.add(entry);
    writer.close();
}

}  // namespace muster::copy
