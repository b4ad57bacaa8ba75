// SPDX-License-Identifier: MIT
// Tries methods and keys in their order, and says what each of them came to.
#include "ssh/login/authenticate.hpp"

#include <libssh2_muster.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <muster/outcome.hpp>

#include "ssh/bytes/plain_text.hpp"
#include "ssh/connection/session_bind.hpp"
#include "ssh/login/password_login.hpp"
#include "ssh/login/user_keys.hpp"

namespace muster::ssh {

namespace {

constexpr int most_steps = 8;              // methods that a server may want one after the other
constexpr std::size_t longest_list = 200;  // of methods, in an error

/// Whether a comma list holds the name.
bool lists(std::string_view names, std::string_view name) {
    while (!names.empty()) {
        auto const text = names.substr(0, names.find(','));
        names.remove_prefix(std::min(text.size() + 1, names.size()));
        if (text == name) return true;
    }
    return false;
}

/// A server's list of methods for an error.
std::string shown_list(std::string const& methods) {
    auto text = plain_text(methods, longest_list);
    return methods.size() > longest_list ? text + "..." : text;
}

/// What libssh2 has to say, for when the connection itself has no trouble.
std::string broken_protocol(LIBSSH2_SESSION* session) {
    char* words = nullptr;
    libssh2_session_last_error(session, &words, nullptr, 0);
    return std::string("the server broke the protocol (") + (words != nullptr ? words : "in an unknown way") + ")";
}

/// What was offered and why it did not help, for the error text.
struct attempts {
    std::vector<std::string> tried;
    std::vector<std::string> troubles;

    void add(std::string label, login_attempt const& made) {
        bool const is_named = made.error_message.find(label) != std::string::npos;
        if (!made.error_message.empty()) troubles.push_back((is_named ? "" : label + ": ") + made.error_message);
        tried.push_back(std::move(label));
    }

    std::string text(std::string_view nothing) const {
        std::string words = tried.empty() ? "; " + std::string(nothing) : "; tried ";
        for (std::size_t i = 0; i < tried.size(); ++i) words += (i == 0 ? "" : ", ") + tried[i];
        for (auto const& trouble : troubles) words += "; " + trouble;
        return words;
    }
};

/// One login, from the first method to the last.
class login {
  public:
    login(login_means const& means, hear_banner const& banner) : means_(means), banner_(banner) {}

    asio::awaitable<void> run() {
        co_await ask_for_service();
        std::vector<public_key> in_agent;
        if (agent_may_help()) {
            means_.connection.push_out();  // what the server has to do meanwhile
            auto bind = session_bind_request(means_.connection.session(), false);
            in_agent = co_await means_.agent.identities_for(std::move(bind), means_.clock);
        }
        auto choice = user_keys(means_.target, means_.files, in_agent);
        keys_ = std::move(choice.keys);
        made_.troubles = std::move(choice.left_out);
        states_.assign(keys_.size(), key_state::fresh);
        if (with_keys()) note_troubles(in_agent);
        means_.connection.hold_back(false);
        if (algorithms_are_wanted()) co_await await_service();
        if (banner_) co_await ask_for_methods();
        for (int steps = 0; steps < most_steps && !authenticated_; ++steps) {
            bool const further = co_await take_step();
            if (!further) break;
        }
        if (!authenticated_ && !methods_) co_await ask_for_methods();  // to tell the user
        if (!authenticated_) fail();
        co_await await_service();  // a server that lets us in without it is not trusted to know what it does
    }

  private:
    enum class key_state : unsigned char { fresh, refused, signed_with };

    /// What logs in goes in the same piece as this, behind our last message of the key exchange: no round trip each.
    asio::awaitable<void> ask_for_service() {
        auto* const session = means_.connection.session();
        long const code = co_await means_.connection.drive([session] { return muster_ask_for_service(session); });
        if (code != 0) throw_broken();
    }

    /// By the server's answer it has also sent the list of its signature algorithms (RFC 8308 section 2.4), if any.
    asio::awaitable<void> await_service() {
        auto* const session = means_.connection.session();
        long const code = co_await means_.connection.drive([session] { return muster_await_service(session); });
        require_service();
        if (code != 0) throw_broken();
    }

    /// Its refusal looks like that of a login that was sent behind the request.
    void require_service() const {
        if (muster_service_refused(means_.connection.session()) == 0) return;
        means_.connection.give_up("the server grants another service than the one for logins");
        throw_broken();
    }

    /// An RSA key signs with what the list names; the other types have one algorithm each.
    bool algorithms_are_wanted() const {
        return std::ranges::any_of(keys_, [](user_key const& key) {
            return key.offered.blob.empty() || key.offered.type().find("rsa") != std::string_view::npos;
        });
    }

    /// It is not asked in vain: it may take its time.
    bool agent_may_help() const {
        auto const is_wanted = [this](identity_file const& file) {
            auto const& found = means_.files.identity_at(file.path);
            return !found.secret && found.open;
        };
        auto const& endpoint = means_.target;
        return !endpoint.settings->identities_only || !endpoint.settings->certificates.empty() ||
               std::ranges::any_of(endpoint.settings->identities, is_wanted);
    }

    /// What the files and the agent are of no use for.
    void note_troubles(std::vector<public_key> const& in_agent) {
        for (auto const& file : means_.target.settings->identities) {
            auto const& found = means_.files.identity_at(file.path);
            bool const elsewhere =
                found.open && std::ranges::find(in_agent, found.open->blob, &public_key::blob) != in_agent.end();
            if (!found.secret && found.locked.empty() && !found.error_message.empty() && !elsewhere)
                made_.troubles.push_back(found.error_message);
        }
        if (!means_.agent.error_message().empty())
            made_.troubles.push_back(means_.agent.error_message());
        else if (in_agent.empty() && agent_may_help())
            made_.troubles.emplace_back(means_.agent.holds_keys()
                                            ? "ssh-agent holds no key that may log in to this host"
                                            : "ssh-agent holds no key");
    }

    /// One method after the other until one brings us on. False: none did.
    asio::awaitable<bool> take_step() {
        for (auto const method : means_.target.settings->auth_methods) {
            bool const further = co_await try_method(method);
            if (further || authenticated_) co_return true;
        }
        co_return false;
    }

    asio::awaitable<bool> try_method(auth_method method) {
        if (method == auth_method::publickey) co_return co_await try_keys();
        if (means_.target.settings->batch_mode || !means_.asked.expects_password(means_.target)) co_return false;
        if (!methods_) co_await ask_for_methods();
        if (authenticated_ || !methods_ || !lists(*methods_, to_string(method))) co_return false;
        co_return co_await try_password(std::string(to_string(method)));
    }

    asio::awaitable<bool> try_keys() {
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            if (methods_ && !lists(*methods_, "publickey")) co_return false;
            if (states_[i] != key_state::fresh) continue;
            auto const made = co_await offer_key(means_, keys_[i], keys_.size() == 1);
            states_[i] = made.answer == login_answer::signature_rejected ? key_state::signed_with : key_state::refused;
            bool const further = co_await is_partial_success("publickey", keys_[i].label, made);
            if (further || authenticated_) co_return true;
        }
        co_return false;
    }

    asio::awaitable<bool> try_password(std::string const& method) {
        auto const* const password = co_await means_.asked.password(means_.target, means_.clock);
        bool const interactive = method == "keyboard-interactive";
        bool& done = interactive ? questions_done_ : password_done_;
        if (password == nullptr || done || (known_to_be_wrong_ && !interactive)) co_return false;
        login_attempt made;
        bool given = false;
        if (interactive)
            made = co_await answer_questions(means_, *password, given);
        else
            made = co_await offer_password(means_, *password);
        done = true;
        bool const further = co_await is_partial_success(method, method, made);
        // The same password again would only count twice against the account.
        if (!further && given && !authenticated_) known_to_be_wrong_ = made.error_message.empty();
        co_return further;
    }

    /// Whether the attempt was a step that the server wants to be followed by others.
    asio::awaitable<bool> is_partial_success(std::string_view method, std::string label, login_attempt made) {
        authenticated_ = made.answer == login_answer::accepted;
        if (authenticated_) co_return false;
        if (certificate_fault_.empty() && !made.certificate_fault.empty())
            certificate_fault_ = made.certificate_fault + " (" + label + ")";
        made_.add(std::move(label), made);
        require_service();
        if (made.answer == login_answer::broken) throw_broken();
        if (made.answer != login_answer::signature_rejected) co_return false;
        auto const before = std::exchange(methods_, std::nullopt);
        co_await ask_for_methods();
        if (authenticated_) co_return true;
        bool const new_list = methods_ && before && *methods_ != *before;
        bool const further = methods_ && (!lists(*methods_, method) || new_list);
        if (further) begin_next_step();
        co_return further;
    }

    /// A key that was refused may be wanted now.
    void begin_next_step() {
        made_.tried.back() += " (accepted, but not enough)";
        std::ranges::replace(states_, key_state::refused, key_state::fresh);
    }

    /// The methods that the server would take now. Some let us in for asking.
    asio::awaitable<void> ask_for_methods() {
        auto* const session = means_.connection.session();
        auto const& user = means_.target.user;
        char const* names = nullptr;
        co_await means_.connection.drive([&]() -> long {
            names = libssh2_userauth_list(session, user.c_str(), static_cast<unsigned>(user.size()));
            return names != nullptr ? 0 : libssh2_session_last_errno(session);
        });
        require_service();
        authenticated_ = libssh2_userauth_authenticated(session) != 0;
        if (names != nullptr) methods_ = names;
        if (names == nullptr && !authenticated_ && !means_.connection.error_message().empty()) throw_broken();
        tell_banner();
    }

    void tell_banner() {
        char* text = nullptr;
        if (banner_ && libssh2_userauth_banner(means_.connection.session(), &text) == 0 && text != nullptr)
            banner_(text);
    }

    bool server_takes(auth_method method) const { return methods_ && lists(*methods_, to_string(method)); }

    /// Nothing, unless the server would take a password and got none.
    std::string password_trouble() const {
        bool const is_wanted = std::ranges::any_of(means_.target.settings->auth_methods, [this](auth_method method) {
            return method != auth_method::publickey && server_takes(method);
        });
        if (!is_wanted || questions_done_ || password_done_) return {};
        if (means_.target.settings->batch_mode) return "BatchMode asks for no password";
        return means_.asked.gave_no_password(means_.target) ? "no password was given" : "no password: use --password";
    }

    bool with_keys() const {
        auto const& methods = means_.target.settings->auth_methods;
        return std::ranges::find(methods, auth_method::publickey) != methods.end();
    }

    std::string nothing_tried() const {
        if (with_keys()) return "no key to offer: use -i or ssh-agent";
        if (means_.target.settings->auth_methods.empty())
            return "the server wants one of its methods, and none is to be used";
        bool const with_password = means_.asked.expects_password(means_.target);
        return with_password ? "the server takes no password" : "no password: use --password";
    }

    /// Keys would be of no use where the server takes none.
    std::string attempts_made() const {
        auto const password = password_trouble();
        bool const only_password = !password.empty() && !server_takes(auth_method::publickey);
        auto const text = made_.text(only_password ? password : nothing_tried());
        bool const told = password.empty() || text.find(password) != std::string::npos;
        return told ? text : text + "; " + password;
    }

    [[noreturn]] void throw_broken() const {
        means_.connection.require_same_host_key();
        auto trouble = means_.connection.error_message();
        if (trouble.empty()) trouble = broken_protocol(means_.connection.session());
        bool const told_why = trouble.starts_with("the server said");
        auto text = "the connection ended during authentication: " + trouble + made_.text(nothing_tried());
        if (trouble.find("Too many authentication failures") != std::string::npos)
            text += "; give the right key with -i and -o IdentitiesOnly=yes";
        throw transport_error(told_why ? final_state::auth : final_state::unreachable, stage::auth, text);
    }

    [[noreturn]] void fail() const {
        auto const methods = shown_list(methods_.value_or(""));
        auto const reason = certificate_fault_.empty() ? "permission denied" : certificate_fault_ + "; login refused";
        auto const& note = means_.target.settings->login_note;
        throw transport_error(final_state::auth, stage::auth,
                              reason + (methods.empty() ? "" : " (" + methods + ")") + attempts_made() + "; as " +
                                  means_.target.user + (note.empty() ? "" : "; " + note));
    }

    login_means const& means_;
    hear_banner const& banner_;
    std::vector<user_key> keys_;
    std::vector<key_state> states_;
    std::optional<std::string> methods_;  // what the server would take; unknown until it was asked, and after a step
    bool authenticated_ = false;
    bool questions_done_ = false;
    bool password_done_ = false;
    bool known_to_be_wrong_ = false;
    attempts made_;
    std::string certificate_fault_;  // of the first one that was refused for it
};

}  // namespace

asio::awaitable<void> authenticate(login_means const& means, hear_banner const& banner) {
    login login(means, banner);
    co_await login.run();
}

}  // namespace muster::ssh
