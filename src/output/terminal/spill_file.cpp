// SPDX-License-Identifier: MIT
// Output that is too much for memory.
#include "output/terminal/spill_file.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "files/nameless_file.hpp"
#include "output/terminal/writer.hpp"

namespace muster::output {

namespace {

off_t offset_of(spill_file::slot where) noexcept {
    return static_cast<off_t>(where) * spill_file::slot_size;
}

}  // namespace

spill_file::~spill_file() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

spill_file::slot spill_file::reserve() {
    std::lock_guard const lock(mutex_);
    if (free_.empty()) {
        if (free_.capacity() <= next_) free_.reserve(2 * std::size_t{next_} + 16);  // so that release can't throw
        return next_++;
    }
    auto const last = free_.back();
    free_.pop_back();
    return last;
}

void spill_file::release(std::vector<slot> const& slots) noexcept {
    std::lock_guard const lock(mutex_);
    free_.insert(free_.end(), slots.begin(), slots.end());
}

void spill_file::put(slot where, std::string_view bytes) {
    if (descriptor_ < 0) open();
    auto offset = offset_of(where);
    while (!bytes.empty()) {
        auto const done = ::pwrite(descriptor_, bytes.data(), bytes.size(), offset);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) throw write_error("temporary file in " + directory_, errno);
        bytes.remove_prefix(static_cast<std::size_t>(done));
        offset += done;
    }
}

void spill_file::get(slot where, std::string& bytes, std::size_t size) const {
    bytes.resize(size);
    std::size_t got = 0;
    while (got < size) {
        auto const done =
            ::pread(descriptor_, bytes.data() + got, size - got, offset_of(where) + static_cast<off_t>(got));
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) throw write_error("temporary file in " + directory_, done < 0 ? errno : EIO);
        got += static_cast<std::size_t>(done);
    }
}

/// A container may have no folder that can be written to: memory then, which most outputs fit in.
void spill_file::open() {
    descriptor_ = files::nameless_file(directory_);
    if (descriptor_ < 0 && errno != EMFILE && errno != ENFILE)
        descriptor_ = ::memfd_create("muster-output", MFD_CLOEXEC);
    if (descriptor_ < 0) throw write_error("temporary file in " + directory_, errno);
}

}  // namespace muster::output
