// SPDX-License-Identifier: MIT
// What a run asks of its user: the passphrase of each encrypted key, the password of its hosts and that of each jump
// host, each at most once.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <tuple>

#include <asio/awaitable.hpp>
#include <asio/thread_pool.hpp>

#include <muster/coro/semaphore.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/endpoint.hpp>
#include <muster/login_hooks.hpp>

#include "ssh/bytes/secret.hpp"
#include "ssh/keys/private_key.hpp"
#include "ssh/login/login_options.hpp"

namespace muster::ssh {

/// A key that was encrypted, or why it still is.
struct opened_key {
    std::optional<private_key> key;
    std::string error_message;
    bool cancelled = false;  ///< a stop was requested: it may be asked again
};

/// Asks up to three times for the passphrase of a key file with this content. Blocks.
opened_key ask_to_open(ask_user const& ask, std::string const& path, std::string_view content, std::stop_token stop);

/// The hosts of a run, which share one password. A jump host that is none of them has a password of its own: it must
/// not see theirs.
class password_targets {
  public:
    password_targets() = default;
    explicit password_targets(std::span<endpoint const> where);

    /// The endpoint is a target of a run, or a jump host on the way to one.
    bool contains(endpoint const& endpoint) const { return !others_.contains(login_of(endpoint)); }
    /// The question is that of the hosts added last.
    void add(password_targets more);
    /// "Password for 12 hosts (web1, web2, ...): "
    std::string const& question() const noexcept { return question_; }

    using login = std::tuple<std::string, std::string, std::uint16_t>;
    static login login_of(endpoint const& endpoint) { return {endpoint.user, endpoint.address, endpoint.port}; }

  private:
    std::set<login> others_;  // jump hosts that are no target of their run: a million targets are not to be kept
    std::string question_;
};

/// Belongs to one loop. While a login waits for the user, the deadline of its connect stands still.
class prompts {
  public:
    prompts(prompting prompting, asio::thread_pool& threads) : prompting_(std::move(prompting)), threads_(threads) {}

    bool possible() const noexcept { return prompting_.ask != nullptr; }
    /// Requests the stop of the question that is being asked, and of each that follows.
    void stop() { ending_.request_stop(); }
    /// A run begins with these hosts, whose password is one with that of the hosts of other runs. What was asked for in
    /// vain may be asked for again.
    void begin_run(password_targets targets);
    /// There is a password for the host, or it may be asked for.
    bool expects_password(endpoint const& endpoint) const;
    /// It was asked for, in vain.
    bool gave_no_password(endpoint const& endpoint) const;

    /// The key in the encrypted file `path`, which is asked for and decrypted at most once. Without `may_ask` only a
    /// key that is open already.
    asio::awaitable<opened_key> open(std::string path, std::string_view content, bool may_ask, coro::deadline& clock);

    /// Whether the user goes on with this unknown key; false where there is no user to ask.
    asio::awaitable<bool> accept(endpoint const& endpoint, std::string type, std::string fingerprint,
                                 coro::deadline& clock);

    /// The password for the host; null: there is none. It lives as long as this object.
    asio::awaitable<secret_text const*> password(endpoint const& endpoint, coro::deadline& clock);
    /// That of the targets before the first connection, if that is wanted. Returns false if the user gave none.
    asio::awaitable<bool> password_first();

  private:
    struct kept_password {
        std::optional<secret_text> text;
        bool asked = false;
    };
    using login = password_targets::login;

    /// Whose password the host's is; the targets' is that of the empty login.
    login owner_of(endpoint const& endpoint) const;
    bool may_ask(kept_password const& kept) const noexcept;
    asio::awaitable<secret_text const*> password_of(login owner, std::string question, coro::deadline& clock);
    template <class Question>
    asio::awaitable<std::invoke_result_t<Question&, std::stop_token>> ask(Question question);

    prompting prompting_;
    asio::thread_pool& threads_;
    std::stop_source ending_;
    coro::semaphore place_{1};  // one question at a time
    std::map<std::string, opened_key> keys_;
    password_targets targets_;
    std::map<login, kept_password> passwords_;
};

}  // namespace muster::ssh
