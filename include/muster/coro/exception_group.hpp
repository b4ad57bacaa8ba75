// SPDX-License-Identifier: MIT
// Several exceptions thrown as one.
#pragma once

#include <exception>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace muster::coro {

/// What a call with several children throws when any of them failed: always a group, even for one exception.
/// Members may be groups themselves. Copies share their content, so that copying never throws.
class exception_group : public std::exception {
  public:
    explicit exception_group(std::vector<std::exception_ptr> exceptions);
    exception_group(exception_group const&) = default;  // no move: a group is never without content
    exception_group& operator=(exception_group const&) = default;

    /// One line that names every member, at any depth.
    char const* what() const noexcept override;

    std::span<std::exception_ptr const> exceptions() const noexcept;

    /// Calls on_each(E&) for each member of type E at any depth and returns the others, flattened (Python's except*).
    /// With E = exception_group the nested groups are members like others.
    template <class E, class F>
    [[nodiscard]] std::vector<std::exception_ptr> split(F on_each) const {
        std::vector<std::exception_ptr> rest;
        visit<E>(on_each, rest);
        return rest;
    }

    /// Every member that is no group, at any depth, in order.
    std::vector<std::exception_ptr> flatten() const;

  private:
    template <class E, class F>
    void visit(F& on_each, std::vector<std::exception_ptr>& rest) const {
        for (std::exception_ptr const& member : exceptions()) try {
                std::rethrow_exception(member);
            } catch (E& match) {
                on_each(match);
            } catch (...) {
                if (auto const nested = as_group(member))
                    nested->template visit<E>(on_each, rest);
                else
                    rest.push_back(member);
            }
    }

    static std::unique_ptr<exception_group> as_group(std::exception_ptr const& member);

    struct content;
    std::shared_ptr<content const> content_;
};

/// Throws an exception_group of what split() has left over, unless there is none: the end of an except*.
void rethrow_rest(std::vector<std::exception_ptr> rest);

/// The text of any exception: what() of a std::exception, else the name of its type.
std::string describe(std::exception_ptr const& exception);

}  // namespace muster::coro
