// SPDX-License-Identifier: MIT
// Starts the script, gives it the bytes when it asks for them, and believes nothing but its last word.
#include "engine/steps/push.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include <muster/coro/errors.hpp>
#include <muster/coro/exception_group.hpp>
#include <muster/coro/to_thread.hpp>

#include "engine/host/job_failure.hpp"
#include "engine/host/last_words.hpp"
#include "engine/host/talk.hpp"
#include "shell/push_script.hpp"

namespace muster {

namespace {

/// The script ends with its input; SIGKILL would leave on the host what has come so far.
constexpr std::chrono::seconds time_to_clear_up{1};

using content_pointer = std::shared_ptr<pushed_content const>;

/// "dir/" is the folder for it, "" and "~" the home directory; "~/" is where a login begins anyway. As with cp the
/// script finds the folders.
std::string target_of(push_step const& push, std::string const& base_name) {
    constexpr std::string_view home = "~/";
    auto to = push.to;
    if (to == "~") to.clear();
    if (to.starts_with(home)) to.erase(0, home.size());
    if (push.as_cp) return to.empty() ? "." : to;
    if (to.empty() || to.ends_with('/')) to += base_name;
    return to;
}

/// One push to one host, as far as the script has come.
class push_talk {
  public:
    push_talk(content_pointer content, push_step const& push, std::string const& mark)
        : content_(std::move(content)), answers_(mark), input_(command_input::of_writes()) {
        script_.command = shell::push_command({mark, target_of(push, content_->base_name), content_->size,
                                               content_->sha256, content_->mode, content_->directory, content_->tree,
                                               content_->modes, push.as_cp ? content_->base_name : std::string()});
        script_.input = input_;
        script_.tty = tty_request::no;
        script_.sudo = push.sudo;
    }

    step const& script() const { return script_; }

    /// The script takes the end of its input for a cut, and leaves nothing.
    bool stop() {
        input_->cut();
        return false;
    }

    void hear(output_piece const& piece) {
        if (piece.from == stream::err) return errors_.take(piece.bytes);
        answers_.feed(piece.bytes);
        for (auto word = answers_.next(); !word.empty(); word = answers_.next()) act_on(word);
    }

    /// The host could compare nothing but sizes.
    bool by_size_only() const noexcept { return by_size_only_; }

    /// What came of it, when the script has ended like this.
    push_outcome conclude(host_result const& end) const {
        if (end.state == final_state::ok && outcome_) return *outcome_;
        if (content_->changed && !content_->changed().empty()) throw input_error(content_->changed());
        if (end.state == final_state::no_status)
            throw step_failed(final_state::no_status, stage::push, "the server closed the session without an answer");
        auto words = errors_.reason(end);
        if (!answered_) words += "; the host's shell did not run the script of the push";
        throw step_failed(final_state::failed, stage::push, words);
    }

  private:
    void act_on(std::string const& word) {
        answered_ = true;
        if (word == "send") {
            input_->go_on_with(content_->bytes);
        } else if (word == "size-only") {
            by_size_only_ = true;
        } else if (word == "same" || word == "done") {
            outcome_ = word == "same" ? push_outcome::same : push_outcome::changed;
            if (word == "same") input_->go_on_with(nullptr);
        }
    }

    content_pointer content_;
    shell::marked_lines answers_;
    std::shared_ptr<command_input> input_;
    step script_;
    last_words errors_;
    bool answered_ = false;
    bool by_size_only_ = false;
    std::optional<push_outcome> outcome_;
};

asio::awaitable<content_pointer> content_for(host_place place, push_step const& push) {
    if (push.content) co_return push.content;
    auto const& name = place.endpoint().name;
    auto const read = [source = push.source, name](std::stop_token const&) { return source(name); };
    std::exception_ptr thrown;
    try {
        auto content = co_await coro::to_thread(place.run.threads(), read);
        if (content) co_return content;
    } catch (...) {
        thrown = std::current_exception();
    }
    if (!thrown) throw step_failed(final_state::failed, stage::push, "there is nothing to push for this host");
    if (coro::is_cancellation(thrown)) std::rethrow_exception(thrown);
    throw job_failure(final_state::failed, stage::push, coro::describe(thrown), thrown);
}

}  // namespace

asio::awaitable<push_outcome> push(host_place place, push_step const& push) {
    auto content = co_await content_for(place, push);
    place.run.watch(content->bytes);
    push_talk course(std::move(content), push, place.run.mark());
    own_command const command{course.script(), stage::push, [&course](auto const& piece, bool) { course.hear(piece); },
                              [&course](stop_signal) { return course.stop(); }, time_to_clear_up};
    auto const end = co_await run_own(place, command);
    auto const outcome = course.conclude(end);
    if (course.by_size_only()) place.result().remarks.edit().push_back({remark_code::size_only});
    co_return outcome;
}

}  // namespace muster
