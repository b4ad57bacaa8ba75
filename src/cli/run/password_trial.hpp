// SPDX-License-Identifier: MIT
// One password for many programs that log in: the first that asks tries it for all.
#pragma once

#include <sys/types.h>

#include <set>
#include <string>

namespace muster::cli {

/// A wrong password reaches one server, not every one. A program is known by its process number. What it does with the
/// password is told by itself where it has logged in, and by its end, or by its asking once more, where it has not.
class password_trial {
  public:
    /// After so many that ended without a word the password counts as refused.
    static constexpr int most_ends = 3;

    password_trial() = default;
    explicit password_trial(int ends) : ends_left_(ends) {}

    enum class verdict { give, wait, refuse };

    /// It asks for the password of `host`. One whose login can't be seen (`is_watched` is false) tries it for itself
    /// alone.
    verdict asks(pid_t program, std::string const& host, bool is_watched = true);
    void logged_in(pid_t program);
    /// Without having logged in, and without having asked again: nothing is learned, for a while.
    void ended(pid_t program);

    /// It was given the password.
    bool has_it(pid_t program) const { return have_it_.contains(program); }
    /// Whose end is to be told; 0: nobody's.
    pid_t tries() const noexcept { return tries_; }
    /// The host that did not take it; empty: none yet.
    std::string const& refused_by() const noexcept { return refused_by_; }

  private:
    bool accepted_ = false;
    std::string refused_by_;
    pid_t tries_ = 0;
    std::string tries_on_;
    int ends_left_ = most_ends;
    std::set<pid_t> have_it_;
};

}  // namespace muster::cli
