// SPDX-License-Identifier: MIT
// What every host's command reads as standard input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <muster/error.hpp>

namespace muster {

/// The input can't be had to its end: no host's failure, but the end of the run.
struct input_error : error_with<exit_status::local_error> {
    using error_with::error_with;
};

/// Bytes that many read, each from the start and at its own pace, also while they still come in. Memory does not grow
/// with their number, nor with the number of readers. Thread-safe; functions that it was given are called on threads of
/// its own and must neither block nor throw. Shared by the job and by the sessions that read it.
class command_input {
  public:
    static std::shared_ptr<command_input> of_text(std::string bytes);
    /// A regular file is read where it lies and must not change meanwhile; anything else is read as of_descriptor does.
    /// Throws std::system_error when it can't be opened.
    static std::shared_ptr<command_input> of_file(std::string const& path);
    /// From where it stands to its end. A regular file is read where it lies, and its position stays. What is no
    /// regular file is spooled as it comes, by a thread, to a nameless file in TMPDIR (or /tmp), which must hold all of
    /// it. The descriptor is not closed, must stay open as long as this lives, and is left as it is: it is never made
    /// non-blocking. `name` stands for it in errors. Throws std::system_error.
    static std::shared_ptr<command_input> of_descriptor(int descriptor, std::string name);

    /// The first `size` bytes of a regular file, whatever becomes of it; it must stay open as long as this lives.
    static std::shared_ptr<command_input> of_regular_file(int descriptor, std::string name, std::uint64_t size);
    /// For one reader, which gets what write() is given.
    static std::shared_ptr<command_input> of_writes();

    /// More bytes, for an input of_writes that is still open. They are wiped when they have been read.
    void write(std::string_view bytes);
    /// What comes behind all that was written: another input, or, when that is null, the end.
    void go_on_with(std::shared_ptr<command_input> rest);
    /// Nothing more is to be read, whatever was to come.
    void cut() { go_on_with(nullptr); }
    /// How many of the bytes that were written have not been read.
    std::size_t unread() const;
    /// Calls `emptied` whenever everything that was written has been read.
    void on_read(std::function<void()> emptied);
    /// The reader needs nothing before this offset any more.
    void read_to(std::uint64_t offset);

    command_input(command_input const&) = delete;
    command_input& operator=(command_input const&) = delete;
    /// Does not wait for the end of a pipe.
    ~command_input();

    /// What a look brought.
    enum class look {
        bytes,        ///< so many
        would_block,  ///< more may come: see on_change
        on_disk,      ///< only by read_soon can be said what comes
        end,          ///< there is no byte at this offset, and never will be
    };
    struct found {
        look what;
        std::size_t size = 0;
    };
    /// The bytes from `offset` on, as far as they are at hand. Never blocks. Of an input that has failed nothing more
    /// comes, and no end either.
    found try_read(std::uint64_t offset, std::span<char> into);

    /// Reads from the disk, `most` bytes at the most. `then` gets the bytes; none: the end is there, or the input has
    /// failed.
    void async_read(std::uint64_t offset, std::size_t most, std::function<void(std::string bytes)> then);

    /// Calls `changed` once, when there is more, an end or a failure: what was there before is to be looked for
    /// afterwards. One function for each `who`.
    void on_change(void const* who, std::function<void()> changed);
    /// `who` is not called any more, but for a call that has begun.
    void forget(void const* who);

    /// Calls `failed` when the input can't be had to its end, perhaps at once.
    void on_failure(std::function<void()> failed);
    /// Why; empty: it has not failed.
    std::string failure() const;

  private:
    struct state;
    explicit command_input(std::unique_ptr<state> with);
    std::unique_ptr<state> state_;
};

}  // namespace muster
