// SPDX-License-Identifier: MIT
// Writes into memory first, then into a nameless file, and reads from both at any place.
#include "input/spool.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "files/descriptor.hpp"
#include "files/nameless_file.hpp"

namespace muster {

namespace {

constexpr std::size_t block_size = std::size_t{64} * 1024;
constexpr std::size_t most_in_memory = std::size_t{1} << 20U;  // an input of up to this needs no folder to write to

constexpr rlim_t few_descriptors = 32;

std::string words_of(int error) {
    return std::generic_category().message(error);
}

[[noreturn]] void throw_no_room() {
    throw std::runtime_error("can't be kept in " + files::temporary_folder() + ": " + words_of(errno) +
                             " (TMPDIR names another folder; with -n no command reads it)");
}

void write_all(int file, char const* bytes, std::size_t size) {
    errno = files::write_all(file, {bytes, size});
    if (errno != 0) throw_no_room();
}

/// A pipe may have other readers, so that what poll(2) has promised is gone before we read: a read must not block then,
/// but the description is not ours to change. Opened anew it is. Not every pipe may be, and where descriptors are few a
/// host needs this one more; -1 then.
unique_fd own_description(int from) {
    struct stat about {};
    rlimit limit{};
    if (::fstat(from, &about) != 0 || !S_ISFIFO(about.st_mode)) return unique_fd();
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < few_descriptors) return unique_fd();
    auto const path = "/proc/self/fd/" + std::to_string(from);
    return unique_fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
}

/// No signal of the process is this thread's.
class signals_held {
  public:
    signals_held() {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~signals_held() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    signals_held(signals_held const&) = delete;
    signals_held& operator=(signals_held const&) = delete;

  private:
    sigset_t before_{};
};

}  // namespace

spool::spool(int from, listener tell)
    : tell_(std::move(tell)),
      reader_(own_description(from)),
      from_(from),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      file_(::memfd_create("muster-input", MFD_CLOEXEC)) {
    if (!stop_) throw std::system_error(errno, std::generic_category(), "eventfd");
    signals_held const held;
    thread_ = std::thread([this] { run(); });
}

spool::~spool() {
    std::uint64_t const number = 1;
    static_cast<void>(!::write(stop_.get(), &number, sizeof number));
    thread_.join();
}

void spool::run() {
    try {
        while (wait() && step()) {
        }
        reader_.reset();
    } catch (std::exception const& error) {
        tell_.failed(error.what());
    }
}

/// False: it shall stop.
bool spool::wait() {
    std::array<pollfd, 2> ready{{{reader_ ? reader_.get() : from_, POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    while (::poll(ready.data(), ready.size(), -1) < 0 && errno == EINTR) {
    }
    return ready[1].revents == 0;
}

/// False: that was all.
bool spool::step() {
    std::array<char, block_size> block;
    auto const size = ::read(reader_ ? reader_.get() : from_, block.data(), block.size());
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (size < 0) {
        tell_.failed("can't be read: " + words_of(errno));
        return false;
    }
    if (size == 0) {
        tell_.ended();
        return false;
    }
    keep(block.data(), static_cast<std::size_t>(size));
    tell_.grown(file_.get(), static_cast<std::size_t>(size));
    return true;
}

void spool::keep(char const* bytes, std::size_t size) {
    if (!file_ || (!on_disk_ && size_ + size > most_in_memory)) move_to_disk();
    write_all(file_.get(), bytes, size);
    size_ += size;
}

/// The file takes the memory's number: a reader may be about to read there, and finds the same bytes.
void spool::move_to_disk() {
    on_disk_ = true;
    unique_fd file(files::nameless_file(files::temporary_folder()));
    if (!file) throw_no_room();
    std::array<char, block_size> block;
    for (std::size_t done = 0; done < size_;) {
        auto const got = ::pread(file_.get(), block.data(), block.size(), static_cast<off_t>(done));
        if (got <= 0) throw_no_room();
        write_all(file.get(), block.data(), static_cast<std::size_t>(got));
        done += static_cast<std::size_t>(got);
    }
    if (!file_) {
        file_ = std::move(file);
    } else if (::dup3(file.get(), file_.get(), O_CLOEXEC) < 0) {
        throw_no_room();
    }
}

}  // namespace muster
