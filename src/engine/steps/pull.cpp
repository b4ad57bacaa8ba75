// SPDX-License-Identifier: MIT
// Passes the bytes of a host on to the disk, and puts them in place when all have come.
#include "engine/steps/pull.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/thread_pool.hpp>

#include <muster/coro/errors.hpp>
#include <muster/coro/timeout.hpp>

#include "copy/pull_folder.hpp"
#include "engine/host/job_failure.hpp"
#include "engine/host/last_words.hpp"
#include "engine/host/step_record.hpp"
#include "engine/host/talk.hpp"
#include "engine/steps/ordered_work.hpp"
#include "shell/pull_script.hpp"

namespace muster {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t longest_head = 4096;

/// What the script has announced.
struct pull_head {
    bool directory = false;
    std::uint64_t size = 0;
    unsigned mode = 0;
};

/// Of "-rw-r-----"; what cannot be read permits nothing.
unsigned mode_of(std::string_view listed) {
    constexpr std::string_view all = "-rwxrwxrwx";
    unsigned mode = 0;
    if (listed.size() < all.size()) return mode;
    for (std::size_t i = 1; i < all.size(); ++i) mode = mode << 1U | (listed[i] == all[i] ? 1U : 0U);
    return mode;
}

std::optional<pull_head> head_of(std::string_view words) {
    if (words == "tar") return pull_head{true};
    constexpr std::string_view file = "file ";
    if (!words.starts_with(file)) return std::nullopt;
    pull_head head;
    auto const number = words.substr(file.size());
    auto const [end, code] = std::from_chars(number.data(), number.data() + number.size(), head.size);
    std::string_view const rest(end, static_cast<std::size_t>(number.data() + number.size() - end));
    if (code != std::errc() || !rest.starts_with(' ')) return std::nullopt;
    head.mode = mode_of(rest.substr(1));
    return head;
}

[[noreturn]] void fail(std::string const& words) {
    throw step_failed(final_state::failed, stage::pull, words);
}

class pull_course {
  public:
    pull_course(host_place place, asio::any_io_executor const& loop, pull_step const& pull)
        : step_(pull), mark_(place.run.mark()), threads_(place.run.threads()), work_(loop, threads_) {
        script_.command = shell::pull_command(mark_, pull.from);
        script_.tty = tty_request::no;
        script_.sudo = pull.sudo;
        auto const& label = place.endpoint().label;
        add([into = pull.into, label](slot& own) {
            own.target = into(label);
            if (!own.target) fail("there is no target for this host");
        });
    }

    /// What is thrown away may be many files.
    ~pull_course() {
        asio::post(threads_, [own = std::move(own_)] {});
    }
    pull_course(pull_course const&) = delete;
    pull_course& operator=(pull_course const&) = delete;

    step const& script() const { return script_; }
    coro::remote_event& room() { return work_.room(); }

    void hear(output_piece const& piece, bool last) {
        if (last) return;
        if (piece.from == stream::err) return errors_.take(piece.bytes);
        if (head_) return take(piece.bytes);
        begun_ += piece.bytes;
        read_head();
    }

    std::uint64_t taken() const noexcept { return taken_; }

    asio::awaitable<void> finish(host_result const& end) {
        if (end.state != final_state::ok || !head_) fail_as(end);
        if (!head_->directory && taken_ != head_->size)
            fail("only " + std::to_string(taken_) + " of " + std::to_string(head_->size) + " bytes came");
        add_pieces([](slot& own) {
            if (auto* const in_pieces = dynamic_cast<copy::pieced_target*>(own.target.get()))
                return in_pieces->finish_some();
            own.target->finish();
            return true;
        });
        co_await work_.done();
    }

  private:
    /// Used on the other threads.
    struct slot {
        std::unique_ptr<pull_target> target;
    };

    void add(std::function<void(slot&)> piece, std::size_t held = 0) {
        auto const whole = [piece = std::move(piece)](slot& own) {
            piece(own);
            return true;
        };
        add_pieces(whole, held);
    }

    void add_pieces(std::function<bool(slot&)> piece, std::size_t held = 0) {
        work_.add([own = own_, piece = std::move(piece)] { return piece(*own); }, held);
    }

    void read_head() {
        auto const position = begun_.find(mark_ + ' ');
        auto const end = position == std::string::npos ? position : begun_.find('\n', position);
        if (end == std::string::npos) {
            if (begun_.size() > longest_head) begun_.erase(0, begun_.size() - longest_head);
            return;
        }
        auto const words =
            std::string_view(begun_).substr(position + mark_.size() + 1, end - position - mark_.size() - 1);
        head_ = head_of(words);
        if (!head_) fail("the host's answer is none of the script's");
        if (head_->size > step_.most) fail_over_limit(head_->size);
        add([head = *head_](slot& own) {
            if (!head.directory) own.target->permit(head.mode);
            own.target->begin(head.directory);
        });
        auto const rest = std::exchange(begun_, {}).substr(end + 1);
        if (!rest.empty()) take(rest);
    }

    void take(std::string_view bytes) {
        taken_ += bytes.size();
        if (taken_ > step_.most) fail_over_limit(taken_);
        add([text = std::string(bytes)](slot& own) { own.target->take(text); }, bytes.size());
    }

    [[noreturn]] void fail_over_limit(std::uint64_t size) const {
        fail("has " + std::to_string(size) + " bytes or more, over the limit of " + std::to_string(step_.most) +
             " (--pull-max)");
    }

    [[noreturn]] void fail_as(host_result const& end) const {
        if (end.state == final_state::no_status)
            throw step_failed(final_state::no_status, stage::pull, "the server closed the session without a status");
        auto words = errors_.reason(end);
        if (!head_ && end.state == final_state::ok) words += "; the host did not run the script of the pull";
        fail(words);
    }

    pull_step const& step_;
    std::string mark_;
    std::shared_ptr<slot> own_ = std::make_shared<slot>();
    asio::thread_pool& threads_;
    ordered_work work_;
    step script_;
    std::string begun_;
    std::optional<pull_head> head_;
    std::uint64_t taken_ = 0;
    last_words errors_;
};

/// The limit on a command is one on all of the pull: the disk here has what the host has left of it.
asio::awaitable<void> finish_in_time(host_place place, pull_course& course, host_result const& end,
                                     std::chrono::nanoseconds spent) {
    auto const limit = place.run.args().options.command_timeout;
    if (limit.count() <= 0) co_return co_await course.finish(end);
    try {
        co_await coro::with_timeout(std::max<std::chrono::nanoseconds>(limit - spent, 0ns), course.finish(end));
    } catch (coro::timed_out const&) {
        remark const passed{remark_code::command_timeout, stage::pull, limit};
        throw step_failed(final_state::timed_out, stage::pull, error_message({&passed, 1}, {}));
    }
}

}  // namespace

asio::awaitable<void> pull(host_place place, pull_step const& pull) {
    pull_course course(place, co_await asio::this_coro::executor, pull);
    own_command const command{course.script(),
                              stage::pull,
                              [&course](output_piece const& piece, bool last) { course.hear(piece, last); },
                              {},
                              {},
                              &course.room()};
    auto const begun = place.run.now();
    auto const end = co_await run_own(place, command);
    try {
        co_await finish_in_time(place, course, end, place.run.now() - begun);
        count(place, "bytes", course.taken());
    } catch (input_error const& reason) {  // this machine's fault: it ends the run
        throw input_error(place.result().host + ": pull: " + reason.what());
    } catch (...) {
        auto const thrown = std::current_exception();
        if (coro::is_cancellation(thrown)) throw;
        std::rethrow_exception(end_by_job(thrown, stage::pull, place.result(), true));
    }
}

}  // namespace muster
