// SPDX-License-Identifier: MIT
// Suspends a coroutine until another wakes it, in terms of Asio's completion handlers.
#include <muster/coro/detail/loop.hpp>
#include <muster/coro/detail/wait_list.hpp>
#include <muster/coro/errors.hpp>

#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/system_error.hpp>
#include <asio/use_awaitable.hpp>
#include <utility>

namespace muster::coro::detail {

std::exception_ptr aborted() {
    return std::make_exception_ptr(asio::system_error(asio::error::operation_aborted));
}

namespace {

constexpr auto another_loop = "used from another loop than its own";
constexpr auto several_threads = "several threads run its loop: give it one thread, or a strand (on_strand)";

struct cancel_waiter {
    explicit cancel_waiter(waiter& w) : subject(&w) {}
    void operator()(asio::cancellation_type_t type) const {
        if ((type & asio::cancellation_type::terminal) != asio::cancellation_type::none) subject->request_cancel();
    }
    waiter* subject;
};

template <class Handler>
class parked final : public waiter {
  public:
    parked(loop& owner, wait_mode const& mode, Handler handler)
        : waiter(owner, mode), handler_(std::move(handler)), slot_(asio::get_associated_cancellation_slot(handler_)) {
        if (slot_.is_connected() && (mode.cancellable || mode.on_cancel)) slot_.template emplace<cancel_waiter>(*this);
    }

    // Only a coroutine that never runs again leaves its slot behind.
    ~parked() override {
        if (slot_.is_connected()) slot_.clear();
    }

    void resume(std::exception_ptr error) override {
        auto& of = this->owner();
        this->unlink();
        auto const ex = asio::get_associated_executor(handler_);
        asio::post(ex, [self = std::unique_ptr<parked>(this), &of, error = std::move(error)]() mutable {
            loop::turn const turn(of, asio::get_associated_executor(self->handler_), true);
            auto handler = std::move(self->handler_);
            self->slot_ = {};
            self.reset();
            std::move(handler)(std::move(error));
        });
    }

    asio::cancellation_slot task_slot() const override { return slot_; }

  private:
    Handler handler_;
    asio::cancellation_slot slot_;
};

}  // namespace

void waiter::request_cancel() {
    if (owner_ == nullptr) return;  // woken before
    if (mode_.cancellable)
        resume(aborted());
    else
        mode_.on_cancel();
}

void waiter::unlink() noexcept {
    if (list_) std::exchange(list_, nullptr)->erase(*this);
    if (owner_) std::exchange(owner_, nullptr)->remove(*this);
}

wait_list::wait_list(executor const& ex) : loop_(&loop::of(ex)) {}

// Those who still wait stay with the loop, until they are cancelled or their context dies.
wait_list::~wait_list() {
    while (first_) erase(*first_);
}

void wait_list::bind(executor const& ex) {
    if (loop_ == nullptr) loop_ = &loop::of(ex);
    if (!loop_->owns(ex)) throw wrong_loop(another_loop);
    if (loop_->is_run_by_several_threads(ex)) throw wrong_loop(several_threads);
}

awaitable<void> wait_list::wait(wait_mode mode) {
    // Runs when the coroutine is suspended; what can't wait is resumed by a post like all others.
    auto initiate = [this, mode]<class Handler>(Handler handler) noexcept {
        executor const ex = asio::get_associated_executor(handler);
        auto& of = loop::of(ex);
        loop::turn const turn(of, ex, false);  // first: what parks can be cancelled at once, by another thread's turn
        // Nothing can be thrown from here: without memory for it the program ends.
        // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new)
        auto* const w = new parked<Handler>(of, mode, std::move(handler));
        if (loop_ == nullptr) loop_ = w->owner_;
        w->owner_->add(*w);
        if (loop_ != w->owner_)
            w->resume(std::make_exception_ptr(wrong_loop(another_loop)));
        else if (mode.cancellable && loop_->is_run_by_several_threads(ex))  // others wait for tasks, which must end
            w->resume(std::make_exception_ptr(wrong_loop(several_threads)));
        else if (mode.unless && *mode.unless)
            w->resume(nullptr);
        else
            push_back(*w);
    };
    return asio::async_initiate<asio::use_awaitable_t<> const&, void(std::exception_ptr)>(initiate,
                                                                                          asio::use_awaitable);
}

void wait_list::push_back(waiter& w) noexcept {
    w.list_ = this;
    w.prev_ = last_;
    (last_ ? last_->next_ : first_) = &w;
    last_ = &w;
}

void wait_list::erase(waiter& w) noexcept {
    w.list_ = nullptr;
    (w.prev_ ? w.prev_->next_ : first_) = w.next_;
    (w.next_ ? w.next_->prev_ : last_) = w.prev_;
    w.next_ = w.prev_ = nullptr;
}

void wait_list::wake_one() noexcept {
    if (first_) first_->resume(nullptr);
}

void wait_list::wake_all(std::exception_ptr error) noexcept {
    while (first_) first_->resume(error);
}

}  // namespace muster::coro::detail
