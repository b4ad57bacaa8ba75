// SPDX-License-Identifier: MIT
// Random trees of scopes, failures and cancellations, run in virtual time and compared with a model (tree_model.hpp).
//
// Seeded; MUSTER_SEED=n repeats a run, MUSTER_LONG=1 runs 100,000 trees. Two sorts of trees: with durations so fine
// that no two events share a time, where the model foretells the end, the end state and every error; and with coarse
// ones, where almost everything happens in the same tick, for what must hold in any order: no error is lost or
// invented, nothing outlives its parent, nothing is left.
#include "support/coro.hpp"
#include "support/heap.hpp"
#include "support/virtual_loop.hpp"
#include "unit/coro/tree_model.hpp"

#include <muster/coro/coro.hpp>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <vector>

using namespace muster;
using tree::foretell;
using tree::kind;
using tree::maker;
using tree::never;
using tree::node;
using tree::outcome;

namespace {

// ---- running them --------------------------------------------------------------------------------------------------

struct tree_error {
    int id;
};

struct observer {
    std::vector<int> thrown;    // every error, where it is thrown
    std::vector<int> consumed;  // read as values (gather)
    int alive = 0;
    bool orphan = false;  // a node outlived its parent
};

// A node that runs. Ends before its parent does.
class presence {
  public:
    presence(observer& o, presence* parent) : observer_(o), parent_(parent) {
        ++o.alive;
        if (parent_) ++parent_->children_;
    }
    presence(presence const&) = delete;
    ~presence() {
        --observer_.alive;
        if (children_ != 0) observer_.orphan = true;
        if (parent_) --parent_->children_;
    }

  private:
    observer& observer_;
    presence* parent_;
    int children_ = 0;
};

coro::awaitable<void> run(node const& n, observer& o, presence* parent);

std::vector<coro::awaitable<void>> runs(node const& n, observer& o, presence* self) {
    std::vector<coro::awaitable<void>> works;
    for (auto const& c : n.children) works.push_back(run(c, o, self));
    return works;
}

void collect(std::exception_ptr const& error, std::vector<int>& ids) {
    try {
        std::rethrow_exception(error);
    } catch (tree_error const& e) {
        ids.push_back(e.id);
    } catch (coro::exception_group const& group) {
        for (auto const& member : group.exceptions()) collect(member, ids);
    }
}

coro::awaitable<void> run_nursery(node const& n, observer& o, presence* self) {
    auto const policy = n.keep_going ? coro::on_error::keep_going : coro::on_error::cancel_siblings;
    co_await coro::open_nursery(
        [&](coro::nursery& nursery) -> coro::awaitable<void> {
            for (std::size_t i = 0; i < n.children.size(); ++i) {
                if (n.gaps[i] > 0) co_await coro::sleep_for(coro::duration(n.gaps[i]));
                nursery.start(run(n.children[i], o, self), n.daemon[i] ? coro::daemon : coro::child());
            }
        },
        policy);
}

coro::awaitable<void> run_cancel(node const& n, observer& o, presence* self) {
    co_await coro::open_nursery([&](coro::nursery& nursery) -> coro::awaitable<void> {
        auto const child = nursery.start(run(n.children[0], o, self));
        co_await coro::sleep_for(coro::duration(n.d));
        child.cancel();
    });
}

coro::awaitable<void> run_timeout(node const& n, observer& o, presence* self) {
    bool late = false;
    try {
        co_await coro::with_timeout(coro::duration(n.d), run(n.children[0], o, self));
    } catch (coro::timed_out const&) {
        late = true;
    }
    if (!late) co_return;
    o.thrown.push_back(n.id);
    throw tree_error{n.id};
}

coro::awaitable<void> run_swallow(node const& n, observer& o, presence* self) {
    try {
        co_await run(n.children[0], o, self);
    } catch (asio::system_error const&) {
    }
}

coro::awaitable<void> run_gather(node const& n, observer& o, presence* self) {
    auto const tasks = co_await coro::gather(runs(n, o, self));
    for (auto const& t : tasks)
        if (t.failed()) collect(t.exception(), o.consumed);
}

coro::awaitable<void> run_sequence(node const& n, observer& o, presence* self) {
    for (auto const& c : n.children) co_await run(c, o, self);
}

coro::awaitable<void> run_fail(node const& n, observer& o) {
    if (n.d > 0) co_await coro::sleep_for(coro::duration(n.d));
    o.thrown.push_back(n.id);
    throw tree_error{n.id};
}

coro::awaitable<void> run_all(node const& n, observer& o, presence* self) {
    co_await coro::wait_all(runs(n, o, self));
}
coro::awaitable<void> run_any(node const& n, observer& o, presence* self) {
    co_await coro::wait_any(runs(n, o, self));
}

coro::awaitable<void> work_of(node const& n, observer& o, presence* self) {
    switch (n.what) {
        case kind::fail:
            return run_fail(n, o);
        case kind::all:
            return run_all(n, o, self);
        case kind::any:
            return run_any(n, o, self);
        case kind::gather:
            return run_gather(n, o, self);
        case kind::nursery:
            return run_nursery(n, o, self);
        case kind::timeout:
            return run_timeout(n, o, self);
        case kind::shield:
            return coro::shield(run(n.children[0], o, self));
        case kind::finally:
            return coro::finally(run(n.children[0], o, self), run(n.children[1], o, self));
        case kind::swallow:
            return run_swallow(n, o, self);
        case kind::sequence:
            return run_sequence(n, o, self);
        case kind::cancel:
            return run_cancel(n, o, self);
        default:
            return coro::sleep_for(coro::duration(n.d));
    }
}

coro::awaitable<void> run(node const& n, observer& o, presence* parent) {
    presence self(o, parent);
    co_await work_of(n, o, &self);
}

// ---- comparing -----------------------------------------------------------------------------------------------------

outcome run_for_real(node const& root, observer& o) {
    outcome r;
    support::virtual_loop loop;
    try {
        loop.run(run(root, o, nullptr));
    } catch (asio::system_error const& error) {
        r.cancelled = error.code() == asio::error::operation_aborted;
    } catch (tree_error const& error) {
        r.errors.push_back(error.id);
    } catch (coro::exception_group const&) {
        collect(std::current_exception(), r.errors);
    }
    r.end = loop.elapsed().count();
    r.consumed = o.consumed;
    return r;
}

std::vector<int> sorted(std::vector<int> v) {
    std::sort(v.begin(), v.end());
    return v;
}

std::vector<int> joined(std::vector<int> a, std::vector<int> const& b) {
    a.insert(a.end(), b.begin(), b.end());
    return sorted(std::move(a));
}

void check_tree(std::uint64_t seed, bool coarse) {
    maker m(seed, coarse);
    node const root = m.make(4);
    observer o;
    auto const real = run_for_real(root, o);
    INFO("MUSTER_SEED=" << seed << (coarse ? " (coarse)" : ""));
    REQUIRE(o.alive == 0);
    REQUIRE_FALSE(o.orphan);
    if (coarse) {
        REQUIRE(joined(real.errors, real.consumed) == sorted(o.thrown));
        return;
    }
    auto const model = foretell(root, 0, never);
    REQUIRE(real.end == model.end);
    REQUIRE(real.cancelled == model.cancelled);
    REQUIRE(sorted(real.errors) == sorted(model.errors));
    REQUIRE(sorted(real.consumed) == sorted(model.consumed));
}

std::uint64_t number_from(char const* variable, std::uint64_t otherwise) {
    char const* const text = std::getenv(variable);
    return text && *text ? std::strtoull(text, nullptr, 10) : otherwise;
}

}  // namespace

TEST_CASE("random trees agree with the model, and nothing is lost or left", "[random]") {
    std::uint64_t const trees = number_from("MUSTER_LONG", 0) != 0 ? 100'000 : 2'000;
    std::uint64_t const first = number_from("MUSTER_SEED", std::random_device{}());
    UNSCOPED_INFO("first seed " << first);
    check_tree(first, true);  // what is made once and kept
    auto const before = support::live_blocks();
    for (std::uint64_t i = 0; i < trees; ++i) check_tree(first + i, i % 2 == 1);
    CHECK(support::live_blocks() == before);
}
