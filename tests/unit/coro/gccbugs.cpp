// SPDX-License-Identifier: MIT
// A canary for the compiler: what g++ 12 makes wrong code of near co_await, and what this code base writes instead.
//
// The constructs count their objects. A number above 0 after the end is an object that was never destroyed, one below 0
// an object that was destroyed twice.
#include "support/coro.hpp"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <muster/coro/call.hpp>

#include <memory>

namespace {

int alive = 0;

struct counted {
    counted() { ++alive; }
    counted(counted const&) { ++alive; }
    counted(counted&&) noexcept { ++alive; }
    counted& operator=(counted const&) = default;
    ~counted() { --alive; }
};

struct aggregate {
    counted member;
    int number;
};

struct with_constructor {
    explicit with_constructor(counted m, int n) : member(std::move(m)), number(n) {}
    counted member;
    int number;
};

asio::awaitable<int> take(aggregate a) {
    co_return a.number;
}
asio::awaitable<int> take_ref(aggregate const& a) {
    co_return a.number;
}
asio::awaitable<int> take_class(with_constructor w) {
    co_return w.number;
}
asio::awaitable<int> take_class_ref(with_constructor const& w) {
    co_return w.number;
}
asio::awaitable<int> take_string(std::string s) {
    co_return static_cast<int>(s.size());
}
asio::awaitable<counted> give() {
    co_return counted();
}

template <class F>
asio::awaitable<int> call(F f) {
    co_return f();
}

asio::awaitable<int> call_function(std::function<int()> f) {
    co_return f();
}

// ---- what goes wrong with g++ 12
// -------------------------------------------------------------------------------------

asio::awaitable<void> aggregate_temporary() {
    int const n = co_await take(aggregate{counted(), 1});
    CHECK(n == 1);
}

asio::awaitable<void> aggregate_temporary_by_reference() {
    int const n = co_await take_ref(aggregate{counted(), 1});
    CHECK(n == 1);
}

asio::awaitable<void> aggregate_braces_only() {
    int const n = co_await take({counted(), 1});
    CHECK(n == 1);
}

asio::awaitable<void> closure_with_capture() {
    counted const c;
    int const n = co_await call([c] { return (void)c, 1; });
    CHECK(n == 1);
}

asio::awaitable<void> closure_with_moved_capture() {
    counted c;
    int const n = co_await call([c = std::move(c)] { return (void)c, 1; });
    CHECK(n == 1);
}

asio::awaitable<void> function_from_closure() {
    counted const c;
    int const n = co_await call_function([c] { return (void)c, 1; });
    CHECK(n == 1);
}

// ---- what is right everywhere, and written here
// ----------------------------------------------------------------------

asio::awaitable<void> named_aggregate() {
    aggregate a{counted(), 1};
    int const n = co_await take(std::move(a));
    CHECK(n == 1);
}

asio::awaitable<void> class_temporary() {
    int const n = co_await take_class(with_constructor(counted(), 1));
    int const m = co_await take_class_ref(with_constructor(counted(), 1));
    CHECK(n + m == 2);
}

asio::awaitable<void> named_closure() {
    counted const c;
    auto f = [c] { return (void)c, 1; };
    int const n = co_await call(std::move(f));
    CHECK(n == 1);
}

asio::awaitable<void> closure_by_reference() {
    counted const c;
    int const n = co_await call([&] { return (void)c, 1; });
    CHECK(n == 1);
}

asio::awaitable<void> coroutine_lambda_with_parameters() {
    auto work = [](counted, std::string s) -> asio::awaitable<int> { co_return static_cast<int>(s.size()); };
    int const n = co_await work(counted(), "abc");
    CHECK(n == 3);
}

asio::awaitable<void> awaited_before_the_condition() {
    auto const c = co_await give();
    if ((void)c, alive != 1) throw std::runtime_error("wrong");
    int const n = co_await take_string("text");
    if (n != 4) throw std::runtime_error("wrong");
}

asio::awaitable<void> two_awaits_and_a_conditional() {
    int const n = (co_await take_string("a")) + (co_await take_string("bc"));
    int const m = n == 3 ? co_await take_string("abc") : 0;
    auto const [x, y] = std::pair(n, m);
    CHECK(x + y == 6);
}

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
// What the functions of the layer refuse of it, whatever the parameters of a closure.
template <class T>
constexpr bool is_refused = !muster::coro::detail::passed_safely<T>;
auto const owning = [c = counted()](std::string const&) { return (void)c, 1; };
auto const owning_any = [c = counted()](auto const&...) { return (void)c, 1; };
auto const trivial = [p = &alive](int) { return *p; };
static_assert(is_refused<std::remove_const_t<decltype(owning)>> &&
              is_refused<std::remove_const_t<decltype(owning_any)>>);
static_assert(is_refused<aggregate> && is_refused<std::function<int()>>);
static_assert(!is_refused<decltype(owning)&> && !is_refused<aggregate&> && !is_refused<aggregate const&>);
static_assert(!is_refused<std::remove_const_t<decltype(trivial)>> && !is_refused<int (*)(counted)>);
static_assert(!is_refused<with_constructor> && !is_refused<std::string> && !is_refused<std::unique_ptr<counted>>);
static_assert(!is_refused<asio::awaitable<int>> && !is_refused<std::reference_wrapper<aggregate>>);
#endif

/// How many objects are left over, or were destroyed too often.
int balance(asio::awaitable<void> work) {
    alive = 0;
    asio::io_context context;
    std::exception_ptr error;
    asio::co_spawn(context, std::move(work), [&](std::exception_ptr e) { error = e; });
    context.run();
    if (error) std::rethrow_exception(error);
    return alive;
}

}  // namespace

TEST_CASE("compiler: what this code base writes near co_await is compiled right", "[gccbugs]") {
    CHECK(balance(named_aggregate()) == 0);
    CHECK(balance(class_temporary()) == 0);
    CHECK(balance(named_closure()) == 0);
    CHECK(balance(closure_by_reference()) == 0);
    CHECK(balance(coroutine_lambda_with_parameters()) == 0);
    CHECK(balance(awaited_before_the_condition()) == 0);
    CHECK(balance(two_awaits_and_a_conditional()) == 0);
}

// Fails when the compiler has learnt it: then the rules of writing can go for it.
TEST_CASE("compiler: what it makes wrong code of", "[gccbugs]") {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ == 12
    bool const broken = true;
#elif defined(__clang__)
    bool const broken = false;
#else
    SKIP("not known for this compiler");
    bool const broken = false;
#endif
    CHECK((balance(aggregate_temporary()) != 0) == broken);
    CHECK((balance(aggregate_temporary_by_reference()) != 0) == broken);
    CHECK((balance(aggregate_braces_only()) != 0) == broken);
    CHECK((balance(closure_with_capture()) != 0) == broken);
    CHECK((balance(closure_with_moved_capture()) != 0) == broken);
    CHECK((balance(function_from_closure()) != 0) == broken);
}
