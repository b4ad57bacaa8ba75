// SPDX-License-Identifier: MIT
// The hosts' scripts, acted out.
#include "support/fake_transport.hpp"

#include <muster/coro/event.hpp>
#include <muster/coro/time.hpp>

#include <algorithm>
#include <asio/error.hpp>
#include <asio/system_error.hpp>
#include <deque>
#include <stdexcept>
#include <utility>

namespace support {

namespace coro = muster::coro;
using muster::final_state;
using muster::stage;
using muster::transport_error;

namespace {

coro::awaitable<void> wait_for(coro::duration d) {
    if (d == forever_long) {
        coro::event never;
        co_await never.wait();
    }
    if (d > d.zero()) co_await coro::sleep_for(d);
}

std::deque<scripted_output> in_order(std::vector<scripted_output> pieces) {
    std::ranges::stable_sort(pieces, {}, &scripted_output::at);
    return {pieces.begin(), pieces.end()};
}

}  // namespace

class counted {
  public:
    counted(std::size_t& now, std::size_t& most) : now_(now) { most = std::max(most, ++now_); }
    ~counted() { --now_; }
    counted(counted const&) = delete;
    counted& operator=(counted const&) = delete;

  private:
    std::size_t& now_;
};

/// Counts a connection as open while it lives.
class fake_link {
  public:
    fake_link(fake_transport& of, std::string label, coro::executor loop)
        : owner(of), host(std::move(label)), loop(std::move(loop)) {
        owner.most_open_ = std::max(owner.most_open_, ++owner.open_);
        note("connect");
    }
    ~fake_link() {
        --owner.open_;
        note("drop");
    }
    fake_link(fake_link const&) = delete;
    fake_link& operator=(fake_link const&) = delete;

    void note(std::string what) { owner.note(host, loop, std::move(what)); }

    fake_transport& owner;
    std::string host;
    coro::executor loop;
};

class fake_command final : public muster::command {
  public:
    fake_command(fake_link& link, host_script script)
        : link_(link), script_(std::move(script)), output_(in_order(script_.output)) {}

    coro::awaitable<muster::command_event> read() override {
        if (!started_) {
            co_await start();
            co_return muster::command_started{};
        }
        for (;;) {
            if (broken_) break_down();
            auto const due = next_due();
            if (due <= now()) co_return take();
            co_await wait_for(due == coro::time_point::max() ? forever_long : due - now());
        }
    }

    coro::awaitable<void> idle() override {
        std::size_t most = 0;
        counted const one(link_.owner.idling_, most);
        co_await wait_for(forever_long);
    }

    coro::awaitable<void> ask() override {
        link_.note("ask");
        answer_ = script_.answer_time == forever_long ? coro::time_point::max() : now() + script_.answer_time;
        co_return;
    }

    muster::command_end end_so_far() const override { return exit_message(); }

    coro::awaitable<void> stop(muster::stop_signal signal) override {
        started_ = true;
        co_await wait_for(script_.stop_time);
        bool const kill = signal == muster::stop_signal::kill;
        link_.note(kill ? "KILL" : "TERM");
        if (script_.breaks_when_signalled) broken_ = true;
        bool const survives = kill ? script_.survives_kill : script_.survives_term;
        bool const runs = begun_ != coro::time_point::max() && now() < end_;
        if (!survives && runs) die(kill ? "KILL" : "TERM");
        if (!exited_) co_return;
        if (script_.holder_dies) script_.held = now() - end_ + script_.dies_after;
        let_go_ = script_.holder_unreachable;
    }

  private:
    coro::awaitable<void> start() {
        co_await wait_for(script_.exec_time);
        started_ = true;
        if (script_.exec == exec_answer::refused) {
            throw transport_error(final_state::refused, stage::session, "the server refused the command");
        }
        if (script_.exec == exec_answer::lost) break_down();
        begun_ = now();
        if (script_.runs != forever_long) end_ = begun_ + script_.runs;
    }

    coro::time_point now() const { return coro::now(link_.loop); }

    [[noreturn]] static void break_down() {
        throw transport_error(final_state::lost, stage::command, "connection reset by peer");
    }

    void die(char const* of) {
        auto const when = now() + script_.dies_after;
        if (when >= end_) return;
        end_ = when;
        script_.signal = of;
        script_.status.reset();
        std::erase_if(output_, [&](auto const& piece) { return begun_ + piece.at > end_; });
    }

    coro::time_point next_due() const {
        if (begun_ == coro::time_point::max()) return begun_;
        auto const output = output_.empty() ? coro::time_point::max() : begun_ + output_.front().at;
        if (!exited_) return std::min(output, end_);
        if (let_go_) return now();
        return std::min({output, after_exit(script_.held), after_exit(script_.breaks_after), answer_});
    }

    coro::time_point after_exit(coro::duration d) const {
        return d == forever_long ? coro::time_point::max() : end_ + d;
    }

    muster::command_end exit_message() const {
        muster::command_end end;
        end.status = script_.status;
        end.signal = script_.signal;
        end.nameless = script_.nameless;
        return end;
    }

    muster::command_event take() {
        if (!output_.empty() && begun_ + output_.front().at <= now()) {
            auto const from = output_.front().from;
            link_.owner.scratch_ = std::move(output_.front().bytes);
            output_.pop_front();
            answer_ = coro::time_point::max();
            return muster::output_piece{from, link_.owner.scratch_};
        }
        if (script_.ends == ending::connection_breaks && script_.signal.empty()) break_down();
        if (script_.ends == ending::unknown)
            throw muster::transport_error(muster::final_state::no_status, muster::stage::command, "ssh: (255)");
        if (script_.ends == ending::without_status && script_.signal.empty()) return muster::command_end{};
        if (script_.ends == ending::holds_streams && !std::exchange(exited_, true)) return muster::command_exited{};
        if (exited_ && after_exit(script_.breaks_after) <= now()) {
            if (script_.refuses_late)
                throw muster::transport_error(muster::final_state::refused, muster::stage::session, "restricted");
            break_down();
        }
        if (answer_ <= now()) {
            answer_ = coro::time_point::max();
            return muster::caught_up{};
        }
        auto end = exit_message();
        end.proved = !let_go_;
        return end;
    }

    fake_link& link_;
    host_script script_;
    std::deque<scripted_output> output_;
    coro::time_point begun_ = coro::time_point::max();
    coro::time_point end_ = coro::time_point::max();
    coro::time_point answer_ = coro::time_point::max();
    bool started_ = false;
    bool exited_ = false;
    bool let_go_ = false;
    bool broken_ = false;
};

class fake_connection final : public muster::connection {
  public:
    fake_connection(std::unique_ptr<fake_link> link, host_script script)
        : link_(std::move(link)), script_(std::move(script)) {}

    coro::awaitable<std::unique_ptr<muster::command>> start(muster::step const& step,
                                                            std::function<void()> const& sending) override {
        co_await wait_for(script_.open_time);
        if (++started_ == script_.refuses_channel)
            throw transport_error(final_state::refused, stage::session, "the server refused the channel");
        sending();
        if (step.command.find("boot_id") != std::string::npos) {
            link_->note("boot");
            co_return std::make_unique<fake_command>(*link_, boot_script());
        }
        link_->note("exec");
        auto script = script_;
        if (started_ <= script.statuses.size()) script.status = script.statuses[started_ - 1];
        co_return std::make_unique<fake_command>(*link_, std::move(script));
    }

    coro::awaitable<void> close() override {
        link_->note("close");
        co_await wait_for(script_.close_time);
    }

  private:
    host_script boot_script() const {
        host_script script;
        auto const asked = link_->owner.count_of(link_->host, "boot");
        if (!script_.boots.empty())
            script.output = {{1ms, muster::stream::out, script_.boots[std::min(asked, script_.boots.size()) - 1]}};
        return script;
    }

    std::unique_ptr<fake_link> link_;
    host_script script_;
    unsigned started_ = 0;
};

coro::awaitable<std::unique_ptr<muster::connection>> fake_transport::connect(muster::endpoint const& endpoint,
                                                                             muster::connect_progress& progress) {
    auto script = scripts_[endpoint.label];
    auto const tries = count_of(endpoint.label, "connect");
    if (tries >= script.breaks_times) script.ends = ending::exits;
    auto const loop = co_await coro::this_coro::executor;
    auto link = std::make_unique<fake_link>(*this, endpoint.label, loop);
    counted const one(connecting_, most_connecting_);
    if (script.connect_throws) throw std::logic_error("a fault in the transport");
    if (script.connect_aborts) throw asio::system_error(asio::error::operation_aborted);
    for (auto const stage :
         {stage::resolve, stage::connect, stage::banner, stage::handshake, stage::host_key, stage::auth}) {
        progress.enter(stage);
        co_await wait_for(script.stage_time);
        if (script.stalls_at == stage) {
            std::optional<coro::deadline::pause_guard> standing;
            if (script.stall_is_ours) standing.emplace(progress.clock.pause());
            co_await wait_for(script.stall);
        }
        if (stage == stage::connect && tries < script.short_times)
            throw muster::local_resources_exhausted("scripted shortage");
        if (stage == stage::connect && tries > 0 && tries <= script.fails_after_boot)
            throw transport_error(script.fails_as, stage, "it boots");
        if (script.fails_at == stage && tries < script.fails_times)
            throw transport_error(script.fails_as, stage, "scripted failure");
    }
    co_return std::make_unique<fake_connection>(std::move(link), script);
}

void fake_transport::note(std::string const& label, coro::executor const& loop, std::string what) {
    requests_[label].push_back({coro::now(loop), std::move(what)});
}

std::size_t fake_transport::count_of(std::string const& label, std::string const& what) {
    return static_cast<std::size_t>(std::ranges::count(requests_[label], what, &request::what));
}

std::string fake_transport::story(std::string const& label) const {
    std::string story;
    auto const found = requests_.find(label);
    if (found == requests_.end()) return story;
    for (auto const& request : found->second) story += (story.empty() ? "" : " ") + request.what;
    return story;
}

std::size_t fake_transport::count(std::string const& what, coro::time_point since) const {
    std::size_t found = 0;
    for (auto const& [label, requests] : requests_) {
        found += static_cast<std::size_t>(std::ranges::count_if(
            requests, [&](auto const& request) { return request.what == what && request.when >= since; }));
    }
    return found;
}

}  // namespace support
