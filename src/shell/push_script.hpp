// SPDX-License-Identifier: MIT
// The script that takes a file or a directory on a host, and what it answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace muster::shell {

/// Before the digest of a listing whose names have escapes: a line feed or a backslash is in one of them.
constexpr std::string_view with_escapes = "escaped:";

/// What comes, and under which name it is to lie. `mark` is a word that no other program writes: it begins each answer.
struct push_terms {
    std::string mark;
    std::string to;  ///< path, relative to where the login begins
    std::uint64_t size = 0;
    std::string sha256;      ///< of the bytes, in hexadecimal digits
    unsigned mode = 0644;    ///< of a file
    bool directory = false;  ///< the bytes are a tar of a directory's content
    std::string tree = {};   ///< of a directory: the digest of its listing; empty: it can't be compared
    std::string modes = {};  ///< of a directory: every mode in it, "0644 0755"
    std::string name = {};  ///< not empty: as with cp(1) it comes by this name into `to` where that is a directory, and
                            ///< a directory that is there is not replaced
};

/// Answers "MARK here" at once. Compares what lies there, and answers "MARK same", or "MARK send" and then reads its
/// standard input to the end. Only when size and digest agree does the name change hands, in one rename, and the answer
/// is "MARK done". Before that, and however the script is ended short of SIGKILL, what it has made is taken away. Exit
/// statuses beside 0: 73 what lies there must not be replaced or can't be written beside; 74 what came is not what was
/// announced.
///
/// "MARK size-only" before "MARK done": the host has no program that computes SHA-256.
std::string push_command(push_terms const& terms, std::string_view shell = "/bin/sh");

/// Looks for the marked lines in what the script writes, past what a login shell's files write before it.
class marked_lines {
  public:
    explicit marked_lines(std::string mark) : mark_(std::move(mark)) {}

    /// More output. Keeps no more than a line that has begun.
    void feed(std::string_view bytes);
    /// The next word behind a mark; empty: none yet.
    std::string next();

  private:
    void drop_noise();

    std::string mark_;
    std::string text_;  // begins with the mark when there is an answer in it
};

}  // namespace muster::shell
