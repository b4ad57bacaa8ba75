// SPDX-License-Identifier: MIT
// Answers sudo's question and sends a script's bytes before the command gets its input.
#include "engine/host/prelude.hpp"

#include <utility>
#include <vector>

#include "shell/sudo_script.hpp"

namespace muster {

namespace {

// Which mark of a stream was found.
constexpr int of_question = 0;
constexpr int of_start = 1;
constexpr int of_send = 2;
constexpr int of_go = 3;

std::vector<std::string> marks(std::string const& question, std::string const& start, sent_script const* script) {
    // Without a script there is no loader that writes its words.
    std::string const loader = script == nullptr ? start + "-" : script->mark;
    return {question, start, loader + " send", loader + " go"};
}

}  // namespace

prelude::prelude(run_state& run, std::size_t index, step const& step, sent_script const* script, listener pass_on)
    : run_(run),
      index_(index),
      step_(step),
      script_(script),
      pass_on_(std::move(pass_on)),
      watched_(step.sudo && !step.input && script == nullptr),
      question_(run.mark()),
      start_(run.mark()),
      input_(command_input::of_writes()),
      line_(step),
      awaited_(step.sudo ? stage_of_talk::sudo : stage_of_talk::loader),
      out_{shell::marked_stream(marks(question_, start_, script)), !step.sudo, false},
      err_{shell::marked_stream(marks(question_, start_, script)), !step.sudo, !step.sudo} {
    line_.input = input_;
    line_.sudo.reset();
    line_.lease.reset();
    if (!step.sudo) return;
    shell::sudo_line const sudo{step.sudo->user, step.sudo->password ? question_ : std::string(), start_, watched_,
                                run.args().options.grace};
    line_.command = shell::sudo_command(step.command, sudo);
}

prelude::~prelude() {
    if (step_.sudo) run_.passwords().leave(index_);
}

/// The command's standard input is what the step says; a watch waits for lines instead.
void prelude::go_on() {
    awaited_ = stage_of_talk::nothing;
    if (!watched_) input_->go_on_with(step_.input);
}

void prelude::question() {
    if (sent_) {  // again: it was wrong
        refused_ = true;
        run_.passwords().refused(index_);
        return input_->cut();
    }
    sent_ = true;
    owed_ = true;
    run_.passwords().ask(index_, [this](bool may) {
        withheld_ = !may;
        if (!may) return input_->cut();
        owed_ = false;
        input_->write(*step_.sudo->password);
        input_->write("\n");
    });
}

void prelude::start(heard_stream& heard) {
    heard.started = true;
    heard.is_plain = &heard == &err_ || script_ == nullptr;  // a script's loader speaks on standard output
    if (awaited_ != stage_of_talk::sudo) return;
    if (sent_) run_.passwords().accepted(index_);
    if (script_ == nullptr) return go_on();
    awaited_ = stage_of_talk::loader;
}

void prelude::act_on(heard_stream& heard, int mark) {
    if (mark == of_question && awaited_ == stage_of_talk::sudo) return question();
    if (mark == of_start && !heard.started) {
        start(heard);
    } else if (mark == of_send && awaited_ == stage_of_talk::loader && !std::exchange(brought_, true)) {
        input_->write(script_->bytes);
    } else if (mark == of_go) {
        heard.is_plain = true;
        go_on();
    }
}

/// What sudo says before the start is for the error, whoever decorates the question.
void prelude::hear(output_piece const& piece, bool last) {
    auto& heard = piece.from == muster::stream::out ? out_ : err_;
    if (heard.is_plain) {
        if (!begun()) said_.take(piece.bytes);
        return pass_on_(piece, last);
    }
    heard.marks.feed(piece.bytes);
    while (!heard.is_plain) {
        auto const found = heard.marks.next();
        if (!heard.started) said_.take(found.before);
        if (heard.started && !found.before.empty()) pass_on_({piece.from, found.before}, last);
        if (found.mark < 0) return;
        act_on(heard, found.mark);
    }
    auto const behind = heard.marks.rest();
    if (!behind.empty()) pass_on_({piece.from, behind}, last);
}

bool prelude::stop(stop_signal signal) {
    if (!begun()) {
        input_->cut();
        return false;
    }
    if (watched_) input_->write(signal == stop_signal::term ? "t\n" : "k\n");
    return watched_;
}

/// A sudo that has ended without the mark has not run it, and neither does one that still waits for the password.
void prelude::note_cut(host_result& end) const {
    if (begun()) return;
    if (end.command == command_fate::unknown && !owed_) return;
    end.command = command_fate::not_sent;
    end.status.reset();
    end.signal.clear();
}

stage prelude::stage_now(stage begun) const noexcept {
    if (awaited_ == stage_of_talk::nothing) return begun;
    return awaited_ == stage_of_talk::sudo ? stage::sudo : stage::push;
}

std::string prelude::sudo_words(host_result const& end) const {
    if (refused_) return "sudo did not take the password; it was tried on no other host";
    if (withheld_) {
        auto const first = run_.passwords().refused_by();
        auto const* const why = run_.passwords().is_unanswered() ? " ended before it took it" : " did not take it";
        return "the password was not sent: " + (first ? run_.result(*first).host : "another host") + why;
    }
    auto words = shell::without_script(said_.reason(end), start_);
    if (!step_.sudo->password) words += "; --sudo-password asks for the password that sudo wants";
    return words;
}

void prelude::fail(host_result const& end) const {
    if (awaited_ == stage_of_talk::sudo) throw step_failed(final_state::auth, stage::sudo, sudo_words(end));
    throw step_failed(final_state::failed, stage::push, said_.reason(end));
}

}  // namespace muster
