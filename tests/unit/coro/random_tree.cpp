// SPDX-License-Identifier: MIT
// Random trees of scopes, failures and cancellations, run in virtual time and compared with a model of a hundred lines.
//
// Seeded; MUSTER_SEED=n repeats a run, MUSTER_LONG=1 runs 100,000 trees. Two sorts of trees: with durations so fine
// that no two events share a time, where the model foretells the end, the end state and every error; and with coarse
// ones, where almost everything happens in the same tick, for what must hold in any order: no error is lost or
// invented, nothing outlives its parent, nothing is left.
#include "support/coro.hpp"
#include "support/heap.hpp"
#include "support/virtual_loop.hpp"

#include <muster/coro/coro.hpp>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <vector>

using namespace muster;

namespace {

enum class kind {
    sleep,
    fail,
    all,
    any,
    gather,
    nursery,
    timeout,
    shield,
    finally,
    swallow,
    sequence,
    cancel,
    thread_count
};

struct node {
    kind what = kind::sleep;
    int id = 0;
    std::int64_t d = 0;  // nanoseconds
    bool keep_going = false;
    std::vector<std::int64_t> gaps;  // nursery: the body's sleep before each start
    std::vector<char> daemon;
    std::vector<node> children;
};

// ---- making trees --------------------------------------------------------------------------------------------------

struct maker {
    maker(std::uint64_t seed, bool coarse) : random(seed), coarse(coarse) {}

    std::int64_t time() { return coarse ? below(4) : 1 + below(std::int64_t(1) << 50); }
    std::int64_t below(std::int64_t n) { return std::uniform_int_distribution<std::int64_t>(0, n - 1)(random); }

    node make(int depth) {
        node n;
        n.id = ++ids;
        n.d = time();
        n.what = depth == 0 || below(6) == 0 ? (below(3) == 0 ? kind::fail : kind::sleep) : composite();
        auto const count = child_count(n.what);
        for (std::int64_t i = 0; i < count; ++i) {
            n.children.push_back(make(depth - 1));
            n.gaps.push_back(below(2) == 0 ? 0 : time());
            // Not the last: a daemon that is started and cancelled in one tick runs to its first suspension.
            n.daemon.push_back(i + 1 < count && below(4) == 0);
        }
        n.keep_going = below(3) == 0;
        return n;
    }

    kind composite() { return static_cast<kind>(2 + below(static_cast<int>(kind::thread_count) - 2)); }

    std::int64_t child_count(kind what) {
        switch (what) {
            case kind::sleep:
            case kind::fail:
                return 0;
            case kind::timeout:
            case kind::shield:
            case kind::swallow:
            case kind::cancel:
                return 1;
            case kind::finally:
            case kind::sequence:
                return 2;
            default:
                return 1 + below(3);
        }
    }

    std::mt19937_64 random;
    bool coarse;
    int ids = 0;
};

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

// ---- the model -----------------------------------------------------------------------------------------------------

constexpr auto never = std::numeric_limits<std::int64_t>::max();

struct outcome {
    std::int64_t end = 0;
    bool cancelled = false;
    std::vector<int> errors;
    std::vector<int> consumed;

    bool failed() const { return !errors.empty(); }
    bool finished() const { return !cancelled && !failed(); }
    void take(outcome const& other) {
        end = std::max(end, other.end);
        errors.insert(errors.end(), other.errors.begin(), other.errors.end());
        consumed.insert(consumed.end(), other.consumed.begin(), other.consumed.end());
    }
};

outcome foretell(node const& n, std::int64_t begin, std::int64_t cancel);

// Children of one scope, in a world where the scope is cancelled at a given time.
struct scope_model {
    node const& n;
    std::int64_t begin;
    bool has_body;
    std::vector<outcome> children;
    std::int64_t body_end = 0;

    // The scope's children cancelled at `cancel`; daemons when all the others have ended. What had ended by `known` in
    // the play before stays as it was.
    void play(std::int64_t cancel, std::int64_t known = 0) {
        children.resize(n.children.size());
        std::int64_t start = begin;
        std::vector<std::int64_t> starts;
        for (std::size_t i = 0; i < n.children.size(); ++i) {
            if (has_body && n.what == kind::nursery) start = start == never ? never : start + n.gaps[i];
            if (start > cancel) start = never;  // the body was cancelled in its sleep
            starts.push_back(start);
        }
        body_end = starts.empty() || starts.back() == never ? cancel : starts.back();
        std::int64_t members_end = body_end;
        auto const is_daemon = [&](std::size_t i) { return n.what == kind::nursery && n.daemon[i]; };
        for (bool daemons : {false, true}) {
            auto const limit = daemons ? std::min(cancel, members_end) : cancel;
            for (std::size_t i = 0; i < n.children.size(); ++i) {
                if (is_daemon(i) != daemons) continue;
                if (starts[i] == never)
                    children[i] = outcome{};
                else if (known == 0 || children[i].end > known)
                    children[i] = foretell(n.children[i], starts[i], limit);
                if (!daemons) members_end = std::max(members_end, children[i].end);
            }
        }
        if (!has_body) body_end = begin;
    }
};

// The first end that makes the scope cancel its children.
std::int64_t trigger(scope_model const& s, bool on_failure, bool on_finish) {
    std::int64_t first = never;
    for (auto const& c : s.children)
        if ((on_failure && c.failed()) || (on_finish && c.end > 0 && c.finished())) first = std::min(first, c.end);
    return first;
}

outcome foretell_scope(node const& n, std::int64_t begin, std::int64_t cancel) {
    bool const body = n.what == kind::nursery;
    bool const failure_cancels = n.what == kind::all || n.what == kind::any || (body && !n.keep_going);
    scope_model s{n, begin, body, {}, 0};
    s.play(cancel);
    // What happens before the first trigger doesn't depend on it.
    auto const first = trigger(s, failure_cancels, n.what == kind::any);
    if (first < cancel) s.play(first, first);
    outcome all;
    all.end = s.body_end;
    for (auto const& c : s.children) all.take(c);
    if (n.what == kind::gather && cancel > all.end) {
        all.consumed.insert(all.consumed.end(), all.errors.begin(), all.errors.end());
        all.errors.clear();
    }
    all.cancelled = all.errors.empty() && cancel <= all.end;
    return all;
}

outcome foretell_cancel(node const& n, std::int64_t begin, std::int64_t cancel) {
    auto const by_body = begin + n.d;
    auto child = foretell(n.children[0], begin, std::min(cancel, by_body));
    auto const body_end = std::min({by_body, cancel, child.failed() ? child.end : never});
    outcome all = child;
    all.end = std::max(child.end, body_end);
    all.cancelled = all.errors.empty() && cancel <= all.end;
    return all;
}

outcome foretell_timeout(node const& n, std::int64_t begin, std::int64_t cancel) {
    auto child = foretell(n.children[0], begin, std::min(cancel, begin + n.d));
    if (!child.cancelled || cancel <= child.end) return child;
    child.cancelled = false;
    child.errors.push_back(n.id);
    return child;
}

outcome foretell_finally(node const& n, std::int64_t begin, std::int64_t cancel) {
    auto all = foretell(n.children[0], begin, cancel);
    bool const cancelled = all.cancelled;
    all.take(foretell(n.children[1], all.end, never));
    all.cancelled = cancelled && all.errors.empty();
    return all;
}

outcome foretell_sequence(node const& n, std::int64_t begin, std::int64_t cancel) {
    auto first = foretell(n.children[0], begin, cancel);
    if (!first.finished()) return first;
    auto second = foretell(n.children[1], first.end, cancel);
    second.consumed.insert(second.consumed.end(), first.consumed.begin(), first.consumed.end());
    return second;
}

outcome foretell(node const& n, std::int64_t begin, std::int64_t cancel) {
    outcome r;
    r.end = begin;
    r.cancelled = true;
    if (cancel <= begin) return r;
    switch (n.what) {
        case kind::sleep:
        case kind::fail:
            r.end = std::min(begin + n.d, cancel);
            r.cancelled = cancel < begin + n.d;
            if (!r.cancelled && n.what == kind::fail) r.errors.push_back(n.id);
            return r;
        case kind::timeout:
            return foretell_timeout(n, begin, cancel);
        case kind::shield:
            return foretell(n.children[0], begin, never);
        case kind::finally:
            return foretell_finally(n, begin, cancel);
        case kind::swallow:
            r = foretell(n.children[0], begin, cancel);
            r.cancelled = false;
            return r;
        case kind::sequence:
            return foretell_sequence(n, begin, cancel);
        case kind::cancel:
            return foretell_cancel(n, begin, cancel);
        default:
            return foretell_scope(n, begin, cancel);
    }
}

// ---- comparing -----------------------------------------------------------------------------------------------------

outcome run_for_real(node const& tree, observer& o) {
    outcome r;
    support::virtual_loop loop;
    try {
        loop.run(run(tree, o, nullptr));
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
    node const tree = m.make(4);
    observer o;
    auto const real = run_for_real(tree, o);
    INFO("MUSTER_SEED=" << seed << (coarse ? " (coarse)" : ""));
    REQUIRE(o.alive == 0);
    REQUIRE_FALSE(o.orphan);
    if (coarse) {
        REQUIRE(joined(real.errors, real.consumed) == sorted(o.thrown));
        return;
    }
    auto const model = foretell(tree, 0, never);
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
