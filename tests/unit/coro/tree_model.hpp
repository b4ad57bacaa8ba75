// SPDX-License-Identifier: MIT
// Random trees of scopes, and a model that foretells how each ends: when, in which state, with which errors.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace tree {

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

    std::int64_t child_count(kind kind) {
        switch (kind) {
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

// ---- the model -----------------------------------------------------------------------------------------------------

inline constexpr auto never = std::numeric_limits<std::int64_t>::max();

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

inline outcome foretell(node const& n, std::int64_t begin, std::int64_t cancel);

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
inline std::int64_t trigger(scope_model const& s, bool on_failure, bool on_finish) {
    std::int64_t first = never;
    for (auto const& c : s.children)
        if ((on_failure && c.failed()) || (on_finish && c.end > 0 && c.finished())) first = std::min(first, c.end);
    return first;
}

inline outcome foretell_scope(node const& n, std::int64_t begin, std::int64_t cancel) {
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

inline outcome foretell_cancel(node const& n, std::int64_t begin, std::int64_t cancel) {
    auto const by_body = begin + n.d;
    auto child = foretell(n.children[0], begin, std::min(cancel, by_body));
    auto const body_end = std::min({by_body, cancel, child.failed() ? child.end : never});
    outcome all = child;
    all.end = std::max(child.end, body_end);
    all.cancelled = all.errors.empty() && cancel <= all.end;
    return all;
}

inline outcome foretell_timeout(node const& n, std::int64_t begin, std::int64_t cancel) {
    auto child = foretell(n.children[0], begin, std::min(cancel, begin + n.d));
    if (!child.cancelled || cancel <= child.end) return child;
    child.cancelled = false;
    child.errors.push_back(n.id);
    return child;
}

inline outcome foretell_finally(node const& n, std::int64_t begin, std::int64_t cancel) {
    auto all = foretell(n.children[0], begin, cancel);
    bool const cancelled = all.cancelled;
    all.take(foretell(n.children[1], all.end, never));
    all.cancelled = cancelled && all.errors.empty();
    return all;
}

inline outcome foretell_sequence(node const& n, std::int64_t begin, std::int64_t cancel) {
    auto first = foretell(n.children[0], begin, cancel);
    if (!first.finished()) return first;
    auto second = foretell(n.children[1], first.end, cancel);
    second.consumed.insert(second.consumed.end(), first.consumed.begin(), first.consumed.end());
    return second;
}

inline outcome foretell(node const& n, std::int64_t begin, std::int64_t cancel) {
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

}  // namespace tree
