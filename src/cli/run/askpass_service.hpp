// SPDX-License-Identifier: MIT
// Answers for many programs that each ask for themselves, as ssh does: one question for all of them.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include <muster/options.hpp>
#include <muster/transport.hpp>

#include "cli/options/arguments.hpp"
#include "cli/run/password_trial.hpp"
#include "process/unique_fd.hpp"
#include "ssh/login/login_options.hpp"
#include "system_ssh/ssh_answers.hpp"

namespace muster::cli {

/// What ssh asks for, by the text of its question (OpenSSH's readpass.c and sshconnect2.c).
enum class question_kind {
    host_key,    ///< is not answered: "no"
    password,    ///< of one of the hosts: the same for all of them
    passphrase,  ///< of a key: asked once
    other,       ///< a code that holds once, or a jump host's password: asked each time
};

/// Programs that are started as answers() says ask this service through SSH_ASKPASS, and it asks `ask`: one question at
/// a time. The password of the hosts is asked for once, in a question that names them; what is of other hosts never
/// gets it. The first program that asks for it tries it; the others wait until that one has logged in, and where it was
/// refused they are ended. Lives longer than the programs. Its folder and socket are for this user alone.
class askpass_service {
  public:
    /// `ask` is called on a thread of its own. Throws std::system_error.
    askpass_service(std::span<endpoint const> hosts, ssh::ask_user ask);
    askpass_service(askpass_service const&) = delete;
    askpass_service& operator=(askpass_service const&) = delete;
    ~askpass_service();

    /// Asks for the hosts' password now; false: none was given.
    bool ask_password();

    /// For programs that are children of this process.
    system_ssh::ssh_answers answers();

    question_kind kind_of(std::string_view question) const;

  private:
    /// One that waits, of the ssh that has started it.
    struct asker {
        unique_fd socket;
        pid_t ssh = 0;
        std::string question;
    };

    void serve(std::stop_token const& stop);
    void take(unique_fd socket, std::stop_token const& stop);
    void answer(asker one, std::stop_token const& stop);
    void answer_password(asker one, std::stop_token const& stop);
    void answer_waiting(std::stop_token const& stop);
    void watch_trial();
    void refuse(asker const& one, std::string reason);
    std::optional<ssh::secret_text> answer_to(std::string const& question, std::stop_token const& stop);
    std::optional<ssh::secret_text> asked_once(std::string const& question, std::stop_token const& stop);
    std::string host_of(std::string_view question) const;
    std::string take_refusal(pid_t ssh);

    ssh::ask_user ask_;
    std::string password_question_;
    std::unordered_map<std::string, std::string> hosts_;  // a name or an address, and the label
    std::mutex guard_;                                    // a question is being asked
    password_trial trial_;
    std::vector<asker> waiting_;
    std::mutex refusals_guard_;
    std::map<pid_t, std::string> refusals_;
    std::unordered_map<std::string, std::optional<ssh::secret_text>> answers_;
    std::string folder_;
    unique_fd listener_;
    std::jthread thread_;  // last: it uses the others
};

/// The arguments are those of a program that asks for an answer.
bool asks_for_programs(arguments const& args) noexcept;

/// The service for a transport that is a program per host; null where the arguments name no program and no terminal to
/// ask. With
/// --password the user is asked at once. Throws target_error.
std::unique_ptr<askpass_service> serve_questions(arguments const& args, std::span<endpoint const> hosts);

/// This process was started as the SSH_ASKPASS of a service: prints its answer. Nothing: it was not.
std::optional<int> ask_service(std::string_view name, std::span<char const* const> words);

}  // namespace muster::cli
