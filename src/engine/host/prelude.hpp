// SPDX-License-Identifier: MIT
// What goes on in a channel before the command proper begins: sudo's question, the bytes of a script.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <muster/job.hpp>
#include <muster/transport.hpp>

#include "engine/host/last_words.hpp"
#include "engine/host/run_state.hpp"
#include "shell/marked_stream.hpp"

namespace muster {

/// A script with the bytes that it is made of.
struct sent_script {
    std::string bytes;
    std::string mark;  ///< that its loader answers with
};

/// Stands between one command and its listener. Writes to the command only when that has asked, and cuts the marks by
/// which it does out of the output.
class prelude {
  public:
    using listener = std::function<void(output_piece const& piece, bool last)>;

    /// `what` has sudo, or there is a script. `pass_on` gets the output of the command proper. All must live longer.
    prelude(run_state& run, std::size_t index, step const& step, sent_script const* script, listener pass_on);
    ~prelude();
    prelude(prelude const&) = delete;
    prelude& operator=(prelude const&) = delete;

    /// What is to be started in place of the step.
    step const& line() const noexcept { return line_; }
    void hear(output_piece const& piece, bool last);
    /// The command proper has begun.
    bool begun() const noexcept { return awaited_ == stage_of_talk::nothing; }
    /// Asks it to end, where that needs another way than the connection's; false: it is the connection's.
    bool stop(stop_signal signal);
    /// A stop can prove its end.
    bool is_provable() const noexcept { return !step_.sudo || watched_ || !step_.input || !begun(); }
    /// For a command that is cut before it began, as far as that is known: puts its fate into what is known of its end.
    void note_cut(host_result& end) const;
    /// Where a command for that stage stands: sudo and the sending of a script come before it.
    muster::stage stage_now(muster::stage begun) const noexcept;
    /// For a command that has ended before it began: throws step_failed.
    [[noreturn]] void fail(host_result const& end) const;

  private:
    enum class stage_of_talk { sudo, loader, nothing };

    /// One stream up to the command's own output. They say nothing of each other: what is printed first may be read
    /// last.
    struct heard_stream {
        shell::marked_stream marks;
        bool started;   ///< what comes is no longer sudo's
        bool is_plain;  ///< there are no marks in it any more
    };

    void act_on(heard_stream& heard, int mark);
    void start(heard_stream& heard);
    void question();
    void go_on();
    std::string sudo_words(host_result const& end) const;

    run_state& run_;
    std::size_t index_;
    step const& step_;
    sent_script const* script_;
    listener pass_on_;
    bool watched_;
    std::string question_;
    std::string start_;
    std::shared_ptr<command_input> input_;
    step line_;
    stage_of_talk awaited_;
    heard_stream out_;
    heard_stream err_;
    last_words said_;
    bool sent_ = false;     // the password, or it waits for its turn
    bool brought_ = false;  // the script, which is asked for once
    bool owed_ = false;     // sudo waits for it
    bool refused_ = false;  // it was, by this host
    bool withheld_ = false;
};

}  // namespace muster
