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

/// Programs that are started as answers() says ask this service through SSH_ASKPASS, and so does each ssh that they
/// start, as to a jump host. It asks `ask`: one question at a time. The password of the hosts is asked for once, in a
/// question that names them; what logs in elsewhere never gets it, and has one question per account. The first program
/// that asks for a password tries it; the others wait until that one has logged in, and where it was refused they are
/// ended. Where there is no answer, the one that asked is ended: it would send an empty one. Lives longer than the
/// programs. Its folder and socket are for this user alone.
class askpass_service {
  public:
    /// `ask` is called on a thread of its own; null: nobody answers. Throws std::system_error.
    askpass_service(std::span<endpoint const> hosts, ssh::ask_user ask);
    askpass_service(askpass_service const&) = delete;
    askpass_service& operator=(askpass_service const&) = delete;
    ~askpass_service();

    /// Asks for the hosts' password now; false: none was given.
    bool ask_password();

    /// For programs that are children of this process.
    system_ssh::ssh_answers answers();

    /// The host's label, by any of the names that ssh has for it; else that name.
    std::string label_of(std::string_view name) const;

  private:
    /// One that waits, of the ssh that has started it.
    struct asker {
        unique_fd socket;
        pid_t ssh = 0;
        pid_t ours = 0;  // the child of this process that has started that ssh, or is it; 0: it is none of ours
        std::string question;
        bool is_for_target() const noexcept { return ssh == ours; }
    };
    /// What one password is for: the hosts, or one account elsewhere.
    struct shared_login {
        std::string question;
        std::string where;  // before a reason; empty: the hosts
        password_trial trial;
    };

    void name_hosts(std::span<endpoint const> hosts);
    void serve(std::stop_token const& stop);
    void take(unique_fd socket, std::stop_token const& stop);
    void answer(asker one, std::stop_token const& stop);
    void answer_password(asker one, std::stop_token const& stop);
    void answer_waiting(std::stop_token const& stop);
    void watch_trial();
    void refuse(asker const& one, std::string reason);
    std::optional<ssh::secret_text> answer_to(std::string const& question, std::stop_token const& stop);
    std::optional<ssh::secret_text> asked_once(std::string const& question, std::stop_token const& stop);
    shared_login& login_of(asker const& one);
    void note_login(pid_t ssh);
    void note_way(pid_t ssh);
    static std::string no_answer_for(asker const& one);
    system_ssh::question_refusal take_refusal(pid_t ssh);

    ssh::ask_user ask_;
    std::unordered_map<std::string, std::string> labels_;
    std::mutex guard_;                            // a question is being asked
    std::map<std::string, shared_login> logins_;  // by account; that of the hosts has none
    std::vector<asker> waiting_;
    std::mutex refusals_guard_;
    std::map<pid_t, system_ssh::question_refusal> refusals_;
    std::unordered_map<std::string, std::optional<ssh::secret_text>> answers_;
    std::string folder_;
    unique_fd listener_;
    std::jthread thread_;  // last: it uses the others
};

/// The arguments are those of a program that asks for an answer.
bool asks_for_programs(arguments const& args) noexcept;

/// The service for a transport by ssh, also where nobody is to be asked; null for another. With --password the user is
/// asked at once. Throws target_error.
std::unique_ptr<askpass_service> serve_questions(arguments const& args, std::span<endpoint const> hosts);

/// This process was started as the SSH_ASKPASS of a service: prints its answer. Nothing: it was not.
std::optional<int> ask_service(std::string_view name, std::span<char const* const> words);

}  // namespace muster::cli
