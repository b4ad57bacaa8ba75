// SPDX-License-Identifier: MIT
// Starting work on a strand, and coming back from it.
#include <muster/coro/detail/scope.hpp>
#include <muster/coro/strand.hpp>

#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

namespace muster::coro::detail {

namespace {

using strand = asio::strand<executor>;

void start_here(strand const& here, std::shared_ptr<task_state_base> const& work, std::function<void()> ended) {
    auto const root = std::make_shared<scope_state>(here, on_error::keep_going);  // kept by the work while it runs
    work->on_done(std::move(ended));
    root->start(work, {});
}

}  // namespace

awaitable<void> run_on_strand(std::shared_ptr<task_state_base> work) {
    auto initiate = [work]<class Handler>(Handler handler) noexcept {
        auto const here = asio::make_strand(executor(asio::get_associated_executor(handler)));
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected())
            slot.assign([here, work](asio::cancellation_type_t type) {
                using enum asio::cancellation_type;
                if ((type & (terminal | partial)) != none) asio::post(here, [work] { work->cancel(); });
            });
        auto const caller = std::make_shared<Handler>(std::move(handler));
        auto resume = [caller] {
            auto const ex = asio::get_associated_executor(*caller);
            asio::post(ex, [caller] { std::move (*caller)(); });
        };
        asio::post(here, [here, work, resume] { start_here(here, work, resume); });
    };
    return asio::async_initiate<asio::use_awaitable_t<> const&, void()>(initiate, asio::use_awaitable);
}

}  // namespace muster::coro::detail
