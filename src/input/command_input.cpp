// SPDX-License-Identifier: MIT
// See muster/input.hpp.
#include <muster/input.hpp>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <asio/post.hpp>
#include <asio/thread_pool.hpp>

#include "input/spool.hpp"
#include "process/unique_fd.hpp"

namespace muster {

namespace {

using callback = std::function<void()>;

constexpr auto unknown_size = std::numeric_limits<std::uint64_t>::max();

[[noreturn]] void throw_errno(std::string const& what, int error = errno) {
    throw std::system_error(error, std::generic_category(), what);
}

struct stat about(int file, std::string const& name) {
    struct stat found {};
    if (::fstat(file, &found) != 0) throw_errno(name);
    if (S_ISDIR(found.st_mode)) throw_errno(name, EISDIR);
    return found;
}

/// Files there are pages of memory, whether or not the kernel can read without waiting.
bool lives_in_memory(int file) {
    struct statfs where {};
    return ::fstatfs(file, &where) == 0 && where.f_type == TMPFS_MAGIC;
}

ssize_t read_without_waiting(int file, std::span<char> into, off_t offset) {
    iovec const part{into.data(), into.size()};
    ssize_t got = 0;
    do got = ::preadv2(file, &part, 1, offset, RWF_NOWAIT);
    while (got < 0 && errno == EINTR);
    if (got >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS)) return got;
    if (lives_in_memory(file)) return ::pread(file, into.data(), into.size(), offset);
    errno = EAGAIN;
    return -1;
}

}  // namespace

struct command_input::state {
    explicit state(std::string called) : name(std::move(called)) {}

    void change(callback const& how);
    std::shared_ptr<command_input> rest_from(std::uint64_t& offset) const;
    found look_into_text(std::uint64_t offset, std::span<char> into);
    void fail(std::string const& reason);
    found look_into_file(int from, std::uint64_t offset, std::span<char> into);
    std::string read(std::uint64_t offset, std::size_t most);
    void read_where_it_lies(int from, off_t first);
    bool has_changed() const;
    void spool_from(int from);

    std::string const name;
    std::string text;  // all there is, when there is no file
    off_t begin = 0;   // of the input in its file

    mutable std::mutex mutex;
    int file = -1;           // where the bytes are: `owned` or the spool's
    std::uint64_t size = 0;  // so many are there
    bool complete = false;   // no more will come
    std::string failure;
    std::map<void const*, callback> waiters;
    std::vector<callback> failure_watchers;

    bool written = false;                 // of_writes: what follows is guarded by the mutex
    std::uint64_t gone = 0;               // so many bytes before `text` have been read
    std::shared_ptr<command_input> rest;  // comes behind `text`
    callback emptied;

    std::optional<struct stat> announced;  // of a file of which more is known than its size

    unique_fd owned;
    std::optional<spool> pipe;                // ends before what is above
    std::optional<asio::thread_pool> reader;  // likewise
};

/// Changes what the mutex guards, and tells it to those who wait.
void command_input::state::change(callback const& how) {
    std::map<void const*, callback> told;
    std::vector<callback> also;
    {
        std::lock_guard const lock(mutex);
        how();
        told.swap(waiters);
        if (!failure.empty()) also.swap(failure_watchers);
    }
    for (auto const& [who, changed] : told) changed();
    for (auto const& failed : also) failed();
}

/// What comes behind the writes, where the offset lies there; it becomes one in that.
std::shared_ptr<command_input> command_input::state::rest_from(std::uint64_t& offset) const {
    std::lock_guard const lock(mutex);
    auto const end = gone + text.size();
    if (!rest || offset < end) return nullptr;
    offset -= end;
    return rest;
}

command_input::found command_input::state::look_into_text(std::uint64_t offset, std::span<char> into) {
    std::lock_guard const lock(mutex);
    auto const end = gone + text.size();
    auto const there = end - std::min<std::uint64_t>(offset, end);  // none behind a cut
    if (there == 0) return {complete ? look::end : look::would_block};
    into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(there, into.size())));
    std::memcpy(into.data(), text.data() + (offset - gone), into.size());
    return {look::bytes, into.size()};
}

void command_input::state::fail(std::string const& reason) {
    change([&] {
        if (failure.empty()) failure = name + ": " + reason;
    });
}

command_input::found command_input::state::look_into_file(int from, std::uint64_t offset, std::span<char> into) {
    auto const got = read_without_waiting(from, into, begin + static_cast<off_t>(offset));
    if (got > 0) return {look::bytes, static_cast<std::size_t>(got)};
    if (got == 0 || errno == EAGAIN) return {look::on_disk};  // some kernels say 0 for what is not in memory
    fail("can't be read: " + std::generic_category().message(errno));
    return {look::would_block};
}

std::string command_input::state::read(std::uint64_t offset, std::size_t most) {
    int from = -1;
    {
        std::lock_guard const lock(mutex);
        from = file;
    }
    std::string bytes(most, '\0');
    ssize_t got = 0;
    do got = ::pread(from, bytes.data(), bytes.size(), begin + static_cast<off_t>(offset));
    while (got < 0 && errno == EINTR);
    if (got < 0) fail("can't be read: " + std::generic_category().message(errno));
    bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return bytes;
}

void command_input::state::read_where_it_lies(int from, off_t first) {
    file = from;
    begin = first;
    size = unknown_size;
    complete = true;
}

bool command_input::state::has_changed() const {
    struct stat now {};
    if (!announced || ::fstat(file, &now) != 0) return false;
    return now.st_size != announced->st_size || now.st_mtim.tv_sec != announced->st_mtim.tv_sec ||
           now.st_mtim.tv_nsec != announced->st_mtim.tv_nsec;
}

void command_input::state::spool_from(int from) {
    spool::listener tell;
    tell.grown = [this](int into, std::size_t more) {
        change([&] {
            file = into;
            size += more;
        });
    };
    tell.ended = [this] { change([this] { complete = true; }); };
    tell.failed = [this](std::string const& reason) { fail(reason); };
    pipe.emplace(from, std::move(tell));
}

command_input::command_input(std::unique_ptr<state> with) : state_(std::move(with)) {}

command_input::~command_input() = default;

std::shared_ptr<command_input> command_input::of_text(std::string bytes) {
    auto with = std::make_unique<state>("input");
    with->text = std::move(bytes);
    with->size = with->text.size();
    with->complete = true;
    return std::shared_ptr<command_input>(new command_input(std::move(with)));
}

std::shared_ptr<command_input> command_input::of_file(std::string const& path) {
    auto with = std::make_unique<state>(path);
    // without waiting for the writer of a FIFO
    with->owned = unique_fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (!with->owned) throw_errno(path);
    if (S_ISREG(about(with->owned.get(), path).st_mode)) {
        with->read_where_it_lies(with->owned.get(), 0);
    } else {
        with->spool_from(with->owned.get());
    }
    return std::shared_ptr<command_input>(new command_input(std::move(with)));
}

std::shared_ptr<command_input> command_input::of_descriptor(int descriptor, std::string name) {
    auto with = std::make_unique<state>(std::move(name));
    if (S_ISREG(about(descriptor, with->name).st_mode)) {
        with->read_where_it_lies(descriptor, std::max<off_t>(::lseek(descriptor, 0, SEEK_CUR), 0));
    } else {
        with->spool_from(descriptor);
    }
    return std::shared_ptr<command_input>(new command_input(std::move(with)));
}

std::shared_ptr<command_input> command_input::of_regular_file(int descriptor, std::string name, std::uint64_t size) {
    auto with = std::make_unique<state>(std::move(name));
    with->read_where_it_lies(descriptor, 0);
    with->size = size;
    with->announced = about(descriptor, with->name);
    return std::shared_ptr<command_input>(new command_input(std::move(with)));
}

std::shared_ptr<command_input> command_input::of_writes() {
    auto with = std::make_unique<state>("input");
    with->written = true;
    return std::shared_ptr<command_input>(new command_input(std::move(with)));
}

void command_input::write(std::string_view bytes) {
    state_->change([&] { state_->text += bytes; });
}

void command_input::go_on_with(std::shared_ptr<command_input> rest) {
    state_->change([&] {
        state_->complete = rest == nullptr;
        state_->rest = std::move(rest);
    });
}

std::size_t command_input::unread() const {
    std::lock_guard const lock(state_->mutex);
    return state_->text.size();
}

void command_input::on_read(std::function<void()> emptied) {
    std::lock_guard const lock(state_->mutex);
    state_->emptied = std::move(emptied);
}

void command_input::read_to(std::uint64_t offset) {
    auto& self = *state_;
    if (!self.written) return;
    callback told;
    {
        std::lock_guard const lock(self.mutex);
        if (self.text.empty() || offset < self.gone + self.text.size()) return;
        self.gone += self.text.size();
        ::explicit_bzero(self.text.data(), self.text.size());
        self.text.clear();
        told = self.emptied;
    }
    if (told) told();
}

command_input::found command_input::try_read(std::uint64_t offset, std::span<char> into) {
    auto& self = *state_;
    if (self.written) {
        auto const behind = self.rest_from(offset);
        return behind ? behind->try_read(offset, into) : self.look_into_text(offset, into);
    }
    std::uint64_t there = 0;
    int file = -1;
    if (self.announced && offset >= self.size && self.has_changed()) self.fail("has changed while it was sent");
    {
        std::lock_guard const lock(self.mutex);
        if (!self.failure.empty()) return {look::would_block};
        if (offset >= self.size) return {self.complete ? look::end : look::would_block};
        there = self.size - offset;
        file = self.file;
    }
    into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(there, into.size())));
    if (file >= 0) return self.look_into_file(file, offset, into);
    std::memcpy(into.data(), self.text.data() + offset, into.size());
    return {look::bytes, into.size()};
}

void command_input::async_read(std::uint64_t offset, std::size_t most, std::function<void(std::string bytes)> then) {
    auto& self = *state_;
    if (auto const behind = self.rest_from(offset)) return behind->async_read(offset, most, std::move(then));
    std::lock_guard const lock(self.mutex);
    if (!self.reader) self.reader.emplace(1);
    asio::post(*self.reader, [&self, offset, most, then = std::move(then)] { then(self.read(offset, most)); });
}

void command_input::on_change(void const* who, std::function<void()> changed) {
    std::lock_guard const lock(state_->mutex);
    if (state_->rest) state_->rest->on_change(who, changed);
    state_->waiters.insert_or_assign(who, std::move(changed));
}

void command_input::forget(void const* who) {
    std::lock_guard const lock(state_->mutex);
    if (state_->rest) state_->rest->forget(who);
    state_->waiters.erase(who);
}

void command_input::on_failure(std::function<void()> failed) {
    auto& self = *state_;
    {
        std::lock_guard const lock(self.mutex);
        if (self.failure.empty()) {
            self.failure_watchers.push_back(std::move(failed));
            return;
        }
    }
    failed();
}

std::string command_input::failure() const {
    std::lock_guard const lock(state_->mutex);
    if (state_->rest && state_->failure.empty()) return state_->rest->failure();
    return state_->failure;
}

}  // namespace muster
