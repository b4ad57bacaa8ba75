// SPDX-License-Identifier: MIT
// Reads entries with libarchive, and refuses what leaves the folder or is no file, folder or link.
#include "copy/tar_reader.hpp"

#include <muster_archive_names.h>  // before archive.h

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include <muster/copy.hpp>

#include "files/folder.hpp"
#include "process/unique_fd.hpp"

namespace muster::copy {

namespace {

constexpr std::size_t most_entries = 1'000'000;
constexpr std::size_t most_depth = 100;

/// In one piece of the work: entries, folders that were opened, blocks of bytes and of names.
constexpr std::size_t most_spent = 1000;
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

constexpr std::size_t block = 4096;

/// A folder on the way to where an entry lies.
struct way_part {
    std::string name;
    unique_fd folder;  // few of a long way are open
};

using way = std::vector<way_part>;

void close_all(way& parts) {
    for (auto& part : parts) part.folder.reset();
}

/// A file of which not all has come from the tar yet.
struct open_file {
    std::string name;
    unique_fd file;
    la_int64_t size = 0;  // of all
    la_int64_t end = 0;   // of what was written
};

}  // namespace

class unpacking::state {
  public:
    state(int file, std::string const& folder, std::uint64_t most) : left_(most), from_(::archive_read_new()) {
        if (::mkdir(folder.c_str(), 0777) != 0) throw input_error(folder + ": " + reason_of(errno));
        folds_case_ = files::folds_case(folder);
        root_ = unique_fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
        if (!root_ || ::lseek(file, 0, SEEK_SET) != 0) throw input_error(folder + ": " + reason_of(errno));
        ::archive_read_support_format_tar(from_.get());
        check(::archive_read_open_fd(from_.get(), file, std::size_t{64} * 1024));
    }

    /// Between two pieces no folder is open but the root: many hosts may stand there.
    bool go_on() {
        for (spent_ = 0; spent_ < most_spent;) {
            bool const has_more = file_ ? write_more() : add_next();
            if (!has_more) return true;
        }
        close_all(way_);
        close_all(way_of_link_);
        return false;
    }

  private:
    void check(int code) {
        if (code < ARCHIVE_WARN)
            throw copy_error(std::string("the host's tar: ") + ::archive_error_string(from_.get()));
    }

    [[noreturn]] void fail_to_make(std::string const& name) const {
        if (errno == EEXIST) fail_as_second(name);
        fail_here(name);
    }

    /// There is something by that name.
    [[noreturn]] void fail_as_second(std::string const& name) const {
        refuse(name, folds_case_
                         ? "is in it twice, or differs only in case from another, which the file system here does "
                           "not tell apart; pull to another file system"
                         : "is in it twice");
    }

    /// Where the file system takes two names for one, a folder that is there must be one that was made by this name:
    /// else two folders of the host would become one here.
    void make_folder(std::string const& name, std::string const& path, int where, char const* last) {
        int const code = ::mkdirat(where, last, 0777) == 0 ? 0 : errno;
        if (code != 0 && code != EEXIST) fail_here(name);
        if (!folds_case_) return;
        if (code == 0) made_.insert(path);
        if (code == EEXIST && !made_.contains(path)) fail_as_second(name);
    }

    static int open_folder(int where, char const* name) {
        return ::openat(where, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    }

    void restrict_root(archive_entry* entry) const {
        bool const is_folder = ::archive_entry_filetype(entry) == AE_IFDIR;
        if (is_folder && !restrict_mode(root_.get(), ::archive_entry_perm(entry))) fail_here(".");
    }

    /// The folder that it is to lie in, which is made when it is not there. `known` is the way to the one before: the
    /// entries of a tar come folder by folder, and only what is new of the way is walked. Nothing of it changes
    /// meanwhile, since what is there is never replaced.
    int folder_of(std::string const& name, std::vector<std::string> const& parts, way& known) {
        constexpr std::size_t open_each = 8;
        auto const depth = parts.size() - 1;
        std::size_t at = 0;
        while (at < std::min(depth, known.size()) && known[at].name == parts[at]) ++at;
        known.resize(at);
        while (at > 0 && !known[at - 1].folder) --at;
        for (; at < depth; ++at) {
            int const where = at == 0 ? root_.get() : known[at - 1].folder.get();
            if (at == known.size()) {
                make_folder(name, path_of(parts, at + 1), where, parts[at].c_str());
                known.push_back({parts[at], {}});
            }
            known[at].folder = unique_fd(open_folder(where, parts[at].c_str()));
            if (!known[at].folder) fail_here(name);
            if (at % open_each != 0) known[at - 1].folder.reset();
            ++spent_;
        }
        return depth == 0 ? root_.get() : known.back().folder.get();
    }

    static std::string path_of(std::vector<std::string> const& parts, std::size_t count) {
        std::string path;
        for (std::size_t i = 0; i < count; ++i) path += parts[i] + "/";
        return path;
    }

    /// False: there is none.
    bool add_next() {
        archive_entry* entry = nullptr;
        int const code = ::archive_read_next_header(from_.get(), &entry);
        if (code == ARCHIVE_EOF) return false;
        check(code);
        if (count_++ == most_entries) throw copy_error("the host's tar has more than 1000000 entries");
        add(entry);
        return true;
    }

    void add(archive_entry* entry) {
        char const* const given = ::archive_entry_pathname(entry);
        std::string const name = given != nullptr ? given : "";
        spent_ += 1 + name.size() / block;
        auto const parts = parts_of(name);
        if (parts.empty()) return restrict_root(entry);
        int const where = folder_of(name, parts, way_);
        auto const* const last = parts.back().c_str();
        char const* const link = ::archive_entry_hardlink(entry);
        auto const kind = ::archive_entry_filetype(entry);
        if (link != nullptr) {
            add_hard_link(name, link, where, last);
        } else if (kind == AE_IFDIR) {
            make_folder(name, path_of(parts, parts.size()), where, last);
            unique_fd const made(open_folder(where, last));
            if (!made || !restrict_mode(made.get(), ::archive_entry_perm(entry))) fail_here(name);
        } else if (kind == AE_IFLNK) {
            char const* const to = ::archive_entry_symlink(entry);
            if (to == nullptr) refuse(name, "is a link to nothing");
            if (::symlinkat(to, where, last) != 0) fail_to_make(name);
        } else if (kind == AE_IFREG) {
            add_file(name, entry, where, last);
        } else {
            refuse(name, "is a device, a pipe or a socket");
        }
    }

    void add_hard_link(std::string const& name, std::string const& target, int where, char const* last) {
        spent_ += target.size() / block;
        auto const parts = parts_of(target);
        if (parts.empty()) refuse(name, "is a link to its folder");
        int const there = folder_of(target, parts, way_of_link_);
        if (::linkat(there, parts.back().c_str(), where, last, 0) != 0) fail_to_make(name);
    }

    void add_file(std::string const& name, archive_entry* entry, int where, char const* last) {
        unique_fd file(::openat(where, last, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
        if (!file) fail_to_make(name);
        if (!restrict_mode(file.get(), ::archive_entry_perm(entry))) fail_here(name);
        file_.emplace(open_file{name, std::move(file), ::archive_entry_size(entry)});
    }

    /// True: it is whole, or there is more of it.
    bool write_more() {
        auto& into = *file_;
        void const* bytes = nullptr;
        std::size_t size = 0;
        la_int64_t offset = 0;
        int const code = ::archive_read_data_block(from_.get(), &bytes, &size, &offset);
        if (code == ARCHIVE_EOF) return finish_file();
        check(code);
        spent_ += 1 + size / block;
        grow(into, offset + static_cast<la_int64_t>(size));
        write(into.name, into.file.get(), static_cast<char const*>(bytes), size, offset);
        return true;
    }

    bool finish_file() {
        auto& whole = *file_;
        if (whole.size > whole.end) {
            grow(whole, whole.size);
            if (::ftruncate(whole.file.get(), whole.size) != 0) fail_here(whole.name);
        }
        if (::close(whole.file.release()) != 0) fail_here(whole.name);  // a network's file system finds out late
        file_.reset();
        return true;
    }

    void grow(open_file& file, la_int64_t end) {
        if (end > file.end) take_from_limit(static_cast<std::uint64_t>(end - file.end));
        file.end = std::max(file.end, end);
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
    bool folds_case_ = false;
    std::set<std::string> made_;  // folders, where the file system folds case
    unique_fd root_;
    std::unique_ptr<archive, freed> from_;
    std::size_t count_ = 0;  // of entries
    std::size_t spent_ = 0;  // in this piece
    way way_;
    way way_of_link_;
    std::optional<open_file> file_;
};

/// A file system without permissions has none to take away.
bool restrict_mode(int file, unsigned mode) {
    struct stat about {};
    if (::fstat(file, &about) != 0) return false;
    unsigned const of_owner = S_ISDIR(about.st_mode) ? S_IRWXU : S_IRUSR | S_IWUSR;
    unsigned const wanted = about.st_mode & (mode | of_owner) & 0777U;
    bool const done = wanted == (about.st_mode & 0777U) || ::fchmod(file, wanted) == 0;
    return done || errno == EPERM || errno == EOPNOTSUPP;
}

unpacking::unpacking(int file, std::string const& folder, std::uint64_t most)
    : state_(std::make_unique<state>(file, folder, most)) {}

unpacking::~unpacking() = default;

bool unpacking::go_on() {
    return state_->go_on();
}

void unpack(int file, std::string const& folder, std::uint64_t most) {
    unpacking work(file, folder, most);
    while (!work.go_on()) {
    }
}

}  // namespace muster::copy
