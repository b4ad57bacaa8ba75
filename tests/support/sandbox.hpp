// SPDX-License-Identifier: MIT
// A folder of a test's own, and the programs of OpenSSH run in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster::test {

struct program_result {
    int status = -1;  ///< of a program that exited; otherwise -1
    std::string out;  ///< standard output and error
};

/// Runs a program found in PATH to its end, with `input` as its standard input (a file's path; empty: /dev/null).
program_result run_program(std::vector<std::string> const& words, std::string const& input = {});

/// Starts a program that its destructor ends.
class background_program {
  public:
    explicit background_program(std::vector<std::string> const& words);
    ~background_program();
    background_program(background_program const&) = delete;
    background_program& operator=(background_program const&) = delete;

  private:
    int pid_ = 0;
};

/// Removed with all it holds. Short enough a path for a socket.
class sandbox {
  public:
    sandbox();
    ~sandbox();
    sandbox(sandbox const&) = delete;
    sandbox& operator=(sandbox const&) = delete;

    std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
    /// Writes a file with mode 0600.
    std::string write(std::string_view name, std::string_view content) const;
    std::string read(std::string_view name) const;
    /// A new key pair NAME and NAME.pub by ssh-keygen, which is given the options as well; returns the path of the
    /// private half.
    std::string key(std::string_view name, std::vector<std::string> const& options,
                    std::string const& passphrase = {}) const;

  private:
    std::string path_;
};

}  // namespace muster::test
