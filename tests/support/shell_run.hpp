// SPDX-License-Identifier: MIT
// A command line run by a shell of this machine, with its input and its output.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// Shells that scripts have to get along with, as command lines of one word or two: "/bin/dash", "busybox sh".
std::vector<std::string> posix_shells();

/// What a host's login shell would run: `sh -c LINE` as leader of a session.
class shell_run {
  public:
    /// The working directory is `folder`, and so is HOME.
    shell_run(std::string const& line, std::string const& folder);
    ~shell_run();
    shell_run(shell_run const&) = delete;
    shell_run& operator=(shell_run const&) = delete;

    /// Reads both streams until that text is there or the output ends.
    void wait_for(std::string_view text);
    void write(std::string_view bytes);
    void close_input();
    /// To the whole group.
    void signal(int number) const;
    /// Closes the input and reads to the end; the exit status, or 128 + signal.
    int finish();

    std::string const& out() const { return out_; }
    std::string const& err() const { return err_; }

  private:
    bool read_some();

    pid_t pid_ = -1;
    int in_ = -1;
    int out_fd_ = -1;
    int err_fd_ = -1;
    std::string out_;
    std::string err_;
};

/// A new folder, gone with this.
class test_folder {
  public:
    test_folder();
    ~test_folder();
    test_folder(test_folder const&) = delete;
    test_folder& operator=(test_folder const&) = delete;

    std::string path(std::string const& name = {}) const { return name.empty() ? path_ : path_ + "/" + name; }
    /// Everything in it, sorted, with "/" behind directories.
    std::vector<std::string> names() const;
    std::string write(std::string const& name, std::string_view bytes, unsigned mode = 0644) const;
    std::string read(std::string const& name) const;

  private:
    std::string path_;
};

}  // namespace support
