// SPDX-License-Identifier: MIT
// Showing a run: the program's own ways of writing, and the pieces for a sink of one's own.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <muster/sink.hpp>

namespace muster {

/// A host's bytes made harmless for a terminal: control characters, those that change the order of what is read, and
/// bytes that are not UTF-8 are spelled out, `\x1b`. With a limit the text is cut there with "...".
///
/// The mistake: to print a host's output or a server's error as it came. It can drive the terminal (CWE-150).
std::string sanitised(std::string_view bytes);
std::string sanitised(std::string_view bytes, std::size_t limit);

/// Cuts a stream that comes in any pieces into lines; the same bytes give the same lines, however they came. Holds at
/// most `limit` bytes, or 4, for a character, where that is less; a longer line comes in parts. For one thread.
class line_splitter {
  public:
    /// `line` is without its line feed and valid during the call; not `complete`: the rest of the line follows.
    using emit = std::function<void(std::string_view line, bool complete)>;

    explicit line_splitter(std::size_t limit = std::size_t{64} << 10);
    ~line_splitter();
    line_splitter(line_splitter&&) noexcept;
    line_splitter& operator=(line_splitter&&) noexcept;

    void feed(std::string_view bytes, emit const& told);
    /// The stream has ended: what was not closed by a line feed.
    void finish(emit const& told);

  private:
    struct state;
    std::unique_ptr<state> state_;
};

/// How lines are written to one descriptor.
struct line_format {
    bool label = true;      ///< the host in front of each line, and a line feed behind the last; else the bytes alone
    bool align = false;     ///< labels that leave room on a terminal, padded to one width
    bool colour = false;    ///< labels coloured, and the hosts' own colours let through
    bool sanitise = false;  ///< control characters left out

    /// As the program writes to this descriptor: aligned, coloured and sanitised on a terminal, exact elsewhere.
    static line_format of(int descriptor);
};

/// How much a summary tells.
enum class detail_level {
    quiet,    ///< errors at the end, and commands that may still run
    normal,   ///< also stops and counts
    verbose,  ///< also each host's steps
};

/// A sink that writes to descriptors, which stay the caller's, in the ways that were added before the run, on one
/// thread of its own: a reader that is slow slows the hosts down and never the loop. For one run; to add a view to it
/// once it has begun is a std::logic_error.
class views final : public sink {
  public:
    views();
    ~views() override;

    /// `host: line` for each line, standard output to `out` and standard error to `err`.
    views& lines(int out, int err);
    views& lines(int out, line_format out_format, int err, line_format err_format);
    /// JSON Lines, as `muster --json`: one object a host at its end, and a summary.
    views& json(int out);
    /// What is told about a run besides its output, for people.
    views& summary(int err, detail_level how_much = detail_level::normal);

    /// Throws std::runtime_error for a write that failed, which ends the run, and std::logic_error for another run.
    flow tell(event const& event) override;

    /// Writes all that waits. Blocks as long as a reader does; throws the first error there was, std::runtime_error.
    void close();

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace muster
