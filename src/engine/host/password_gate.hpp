// SPDX-License-Identifier: MIT
// One password for many hosts: the first that wants it tries it for all.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>

namespace muster {

/// A wrong password costs one attempt in all, not one on each host.
class password_gate {
  public:
    /// The host wants the password: `then` is called when it is known whether it may be sent, perhaps at once. The
    /// first may; it tries it for the others.
    void ask(std::size_t host, std::function<void(bool may)> then);
    /// What became of the trial. Of a host that does not try nothing is learned.
    void accepted(std::size_t host);
    void refused(std::size_t host);
    /// The host wants it no more. The one that tries may have counted a failed attempt, so the others do not get it.
    void leave(std::size_t host);

    /// The host that did not take it.
    std::optional<std::size_t> refused_by() const noexcept { return refused_by_; }
    /// That host ended before it answered.
    bool is_unanswered() const noexcept { return is_unanswered_; }

  private:
    void tell_all(bool may);

    bool accepted_ = false;
    bool is_unanswered_ = false;
    std::optional<std::size_t> refused_by_;
    std::optional<std::size_t> tries_;
    std::map<std::size_t, std::function<void(bool)>> waiting_;
};

}  // namespace muster
