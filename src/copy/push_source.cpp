// SPDX-License-Identifier: MIT
// Reads a file or a tree once, for all hosts.
#include <muster/copy.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "copy/sha256.hpp"
#include "copy/tar_writer.hpp"
#include "copy/tree.hpp"
#include "files/descriptor.hpp"
#include "files/nameless_file.hpp"
#include "process/unique_fd.hpp"

namespace muster {

namespace {

constexpr std::string_view host_mark = "{host}";

[[noreturn]] void fail(std::string const& path, int code = errno) {
    throw copy_error(path + ": " + std::generic_category().message(code));
}

struct stat about(int file, std::string const& path) {
    struct stat found {};
    if (::fstat(file, &found) != 0) fail(path);
    return found;
}

std::string base_name_of(std::string const& path) {
    auto const whole = std::filesystem::absolute(path).lexically_normal();
    return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

bool is_same(struct stat const& a, struct stat const& b) {
    return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

/// Keeps the file open for those who read from it.
std::shared_ptr<command_input> input_of(std::shared_ptr<unique_fd> const& file, std::string const& path,
                                        std::uint64_t size) {
    auto input = command_input::of_regular_file(file->get(), path, size);
    auto* const plain = input.get();
    return {plain, [file, kept = std::move(input)](command_input*) mutable { kept.reset(); }};
}

std::string digest_of(int file, std::string const& path, std::uint64_t size) {
    copy::sha256 digest;
    std::array<char, std::size_t{64} * 1024> room;
    for (std::uint64_t done = 0; done < size;) {
        auto const got = ::pread(file, room.data(), room.size(), static_cast<off_t>(done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail(path);
        if (got == 0) throw copy_error(path + ": changes while it is read");
        auto const count = std::min<std::uint64_t>(static_cast<std::uint64_t>(got), size - done);
        digest.add(std::string_view(room.data(), static_cast<std::size_t>(count)));
        done += count;
    }
    return digest.hex();
}

pushed_content content_of_file(std::shared_ptr<unique_fd> file, std::string const& path) {
    auto const before = about(file->get(), path);
    pushed_content content;
    content.size = static_cast<std::uint64_t>(before.st_size);
    content.sha256 = digest_of(file->get(), path, content.size);
    if (!is_same(before, about(file->get(), path))) throw copy_error(path + ": changes while it is read");
    content.mode = before.st_mode & 07777U;
    content.base_name = base_name_of(path);
    content.bytes = input_of(file, path, content.size);
    content.changed = [file, before, path]() -> std::string {
        struct stat now {};
        bool const same = ::fstat(file->get(), &now) == 0 && is_same(before, now);
        return same ? std::string() : path + ": has changed while it was sent; nothing came of its push";
    };
    return content;
}

/// A tar in memory, or, when it is larger, in a nameless file.
class kept_tar {
  public:
    kept_tar() : file_(std::make_shared<unique_fd>(::memfd_create("muster-push", MFD_CLOEXEC))) {}

    void take(std::string_view bytes) {
        constexpr std::uint64_t most_in_memory = 1u << 20u;
        if (!on_disk_ && (size_ + bytes.size() > most_in_memory || !*file_)) move_to_disk();
        write(bytes);
        digest_.add(bytes);
        size_ += bytes.size();
    }

    void put_into(pushed_content& content, std::string const& path) {
        content.size = size_;
        content.sha256 = digest_.hex();
        content.bytes = input_of(file_, path, size_);
    }

  private:
    void write(std::string_view bytes) {
        errno = files::write_all(file_->get(), bytes);
        if (errno != 0) fail_without_room();
    }

    void move_to_disk() {
        auto const memory =
            std::exchange(file_, std::make_shared<unique_fd>(files::nameless_file(files::temporary_folder())));
        on_disk_ = true;
        if (!*file_) fail_without_room();
        std::string bytes(size_, '\0');
        if (size_ > 0 && ::pread(memory->get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(size_))
            fail_without_room();
        write(bytes);
    }

    [[noreturn]] static void fail_without_room() {
        throw copy_error("a tar can't be kept in " + files::temporary_folder() + ": " +
                         std::generic_category().message(errno) + " (TMPDIR names another folder)");
    }

    std::shared_ptr<unique_fd> file_;
    bool on_disk_ = false;
    std::uint64_t size_ = 0;
    copy::sha256 digest_;
};

pushed_content content_of_directory(std::string const& path) {
    auto tree = copy::read_tree(path);
    kept_tar tar;
    copy::write_tar(path, tree, [&tar](std::string_view bytes) { tar.take(bytes); });
    pushed_content content;
    content.directory = true;
    for (auto const& link : copy::links_out_of(tree))
        content.warnings.push_back(path + ": the link " + link + " leads out of it, and is copied as it is");
    content.mode = tree.front().about.st_mode & 07777U;
    content.tree = copy::listing_digest(tree);
    content.modes = copy::modes_of(tree);
    content.base_name = base_name_of(path);
    tar.put_into(content, path);
    return content;
}

std::string with_host(std::string text, std::string const& host) {
    for (auto position = text.find(host_mark); position != std::string::npos;
         position = text.find(host_mark, position + host.size()))
        text.replace(position, host_mark.size(), host);
    return text;
}

}  // namespace

push_source::push_source(std::string const& path) {
    // without waiting for the writer of a FIFO
    auto file = std::make_shared<unique_fd>(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (!*file) fail(path);
    auto const kind = about(file->get(), path).st_mode;
    if (S_ISREG(kind)) {
        content_ = std::make_shared<pushed_content>(content_of_file(std::move(file), path));
    } else if (S_ISDIR(kind)) {
        content_ = std::make_shared<pushed_content>(content_of_directory(path));
    } else {
        throw copy_error(path + ": is neither a file nor a directory");
    }
}

push_step push_of(std::string const& path, std::string to) {
    push_step push;
    push.to = std::move(to);
    if (path.find(host_mark) == std::string::npos) {
        push.content = push_source(path).content();
    } else {
        push.source = [path](std::string const& host) { return push_source(with_host(path, host)).content(); };
    }
    return push;
}

}  // namespace muster
