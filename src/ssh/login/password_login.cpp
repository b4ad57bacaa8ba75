// SPDX-License-Identifier: MIT
// Sends the password, and answers the one question that asks for it.
#include "ssh/login/password_login.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>

#include <muster/outcome.hpp>

#include "ssh/bytes/plain_text.hpp"

namespace muster::ssh {

namespace {

constexpr auto change_required = "password change required: log in once with ssh and change it";
constexpr std::size_t longest_question = 80;
constexpr int most_rounds = 20;  // of one conversation; more than any that comes to an end

/// Whether a question asks for the password and not for a code, a token, a change of the password or an answer of
/// another kind: PAM's word in the languages that it has been seen in, and what appliances ask.
bool asks_for_password(std::string_view question) {
    constexpr std::array<std::string_view, 12> words{"password",   "passwort",     "mot de passe",    "contrase",
                                                     "wachtwoord", "senha",        "l\xc3\xb6senord", "adgangskode",
                                                     "passord",    "has\xc5\x82o", "heslo",           "parola"};
    std::string lower(question);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    constexpr std::array<std::string_view, 10> others{"one-time", "otp",      "new ",   "current ", "(current)",
                                                      "retype",   "re-enter", "neues ", "nouveau ", "nueva "};
    bool const for_other = std::ranges::any_of(others, [&](auto word) { return lower.find(word) != lower.npos; });
    return !for_other && std::ranges::any_of(words, [&](auto word) { return lower.find(word) != lower.npos; });
}

/// Answers what a keyboard-interactive server asks.
class answers final : public question_answerer {
  public:
    explicit answers(secret_text const& password) : password_(password) {}

    void answer(std::span<LIBSSH2_USERAUTH_KBDINT_PROMPT const> questions,
                std::span<LIBSSH2_USERAUTH_KBDINT_RESPONSE> to) noexcept override try {
        if (++rounds_ > most_rounds) end_ = "the server asks without end";
        if (questions.empty()) return;
        auto const& first = questions.front();
        std::string_view const text(reinterpret_cast<char const*>(first.text), first.length);
        bool const for_password = questions.size() == 1 && first.echo == 0 && asks_for_password(text);
        if (for_password && !given_)
            give_password(to.front());
        else if (for_password)
            end_ = "the server asks \"" + plain_text(text, longest_question) + "\" again";
        else if (error_message_.empty())
            error_message_ = unexpected(first);
        else
            end_ = error_message_ + ", and goes on asking";
    } catch (std::bad_alloc const&) {
    }

    bool given() const noexcept { return given_; }
    std::string const& error_message() const noexcept { return error_message_; }

    /// The last answer, if there is one, has not gone out yet.
    void require_end_in_sight() const {
        if (!end_.empty()) throw transport_error(final_state::auth, stage::auth, "permission denied: " + end_);
    }

  private:
    void give_password(LIBSSH2_USERAUTH_KBDINT_RESPONSE& to) noexcept {
        to.text = static_cast<char*>(std::malloc(password_.size()));  // wiped and freed with the session's memory
        if (to.text == nullptr) return;
        std::memcpy(to.text, password_.data(), password_.size());
        to.length = static_cast<unsigned>(password_.size());
        given_ = true;
    }

    static std::string unexpected(LIBSSH2_USERAUTH_KBDINT_PROMPT const& question) {
        std::string_view const words(reinterpret_cast<char const*>(question.text), question.length);
        auto const text = plain_text(words, longest_question);
        bool const new_password =
            text.starts_with("New ") || text.starts_with("Current ") || text.starts_with("(current)");
        return "the server asks \"" + text + "\", which muster can't answer" +
               (new_password ? std::string("; ") + change_required : "");
    }

    secret_text const& password_;
    bool given_ = false;
    int rounds_ = 0;
    std::string error_message_;
    std::string end_;  // why nothing more is answered
};

void on_questions(char const*, int, char const*, int, int count, LIBSSH2_USERAUTH_KBDINT_PROMPT const* questions,
                  LIBSSH2_USERAUTH_KBDINT_RESPONSE* to, void** self) {
    auto* const answerer = static_cast<pump*>(*self)->answerer();
    auto const size = static_cast<std::size_t>(count);
    if (answerer != nullptr && count >= 0) answerer->answer({questions, size}, {to, size});
}

/// Without it, libssh2 takes a server's wish for a new password for a refusal. It gives none.
void on_expired_password(LIBSSH2_SESSION*, char**, int*, void**) {}

login_answer answer_of(login_means const& means, long code) {
    if (code == 0) return login_answer::accepted;
    bool const refused = code == LIBSSH2_ERROR_AUTHENTICATION_FAILED && means.connection.error_message().empty();
    return refused ? login_answer::signature_rejected : login_answer::broken;
}

}  // namespace

asio::awaitable<login_attempt> offer_password(login_means const& means, secret_text const& password) {
    auto* const session = means.connection.session();
    auto const& user = means.target.user;
    means.connection.wipe_memory();
    long const code = co_await means.connection.drive([&] {
        return libssh2_userauth_password_ex(session, user.data(), static_cast<unsigned>(user.size()), password.data(),
                                            static_cast<unsigned>(password.size()), &on_expired_password);
    });
    if (code == LIBSSH2_ERROR_PASSWORD_EXPIRED) throw transport_error(final_state::auth, stage::auth, change_required);
    co_return login_attempt{answer_of(means, code), {}, {}};
}

asio::awaitable<login_attempt> answer_questions(login_means const& means, secret_text const& password,
                                                bool& password_given) {
    auto* const session = means.connection.session();
    auto const& user = means.target.user;
    answers given(password);
    means.connection.wipe_memory();
    answerer_guard const installed(means.connection, given);
    long const code = co_await means.connection.drive([&]() -> long {
        int const answer = libssh2_userauth_keyboard_interactive_ex(session, user.data(),
                                                                    static_cast<unsigned>(user.size()), &on_questions);
        given.require_end_in_sight();
        return answer;
    });
    password_given = password_given || given.given();
    co_return login_attempt{answer_of(means, code), given.error_message(), {}};
}

}  // namespace muster::ssh
