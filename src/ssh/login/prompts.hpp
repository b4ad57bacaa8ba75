// SPDX-License-Identifier: MIT
// What a run asks of its user: the passphrase of each encrypted key and one password, each at most once.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include <asio/awaitable.hpp>
#include <asio/thread_pool.hpp>

#include <muster/coro/semaphore.hpp>
#include <muster/coro/timeout.hpp>
#include <muster/login_hooks.hpp>

#include "ssh/bytes/secret.hpp"
#include "ssh/keys/private_key.hpp"

namespace muster::ssh {

/// Asks for a secret and waits for it, until a stop is requested; on a thread of its own, one question at a time.
/// Nothing: the user gave none.
using ask_user = std::function<std::optional<secret_text>(std::string const& prompt, std::stop_token stop)>;

/// Asks whether an unknown host key is the right one; likewise.
using ask_about_key = std::function<bool(unknown_server const& server, std::stop_token stop)>;

struct prompting {
    ask_user ask;                       ///< empty: nobody can be asked
    bool password_first = false;        ///< ask for a password before the first connection
    bool password_when_wanted = false;  ///< or when the first server wants one
    ask_about_key accept_host_key{};    ///< empty: the host's policy decides alone
    std::function<void(bool)>
        in_progress;  ///< called on the loop when a question begins and when it ends; may be empty
};

/// A key that was encrypted, or why it still is.
struct opened_key {
    std::optional<private_key> key;
    std::string trouble;
    bool cancelled = false;  ///< a stop was requested: it may be asked again
};

/// Asks up to three times for the passphrase of a key file with this content. Blocks.
opened_key ask_to_open(ask_user const& ask, std::string const& path, std::string_view content, std::stop_token stop);

/// Belongs to one loop. While somebody waits for the user, the deadline of its connect stands still.
class prompts {
  public:
    prompts(prompting how, asio::thread_pool& threads) : how_(std::move(how)), threads_(threads) {}

    bool possible() const noexcept { return how_.ask != nullptr; }
    /// There is a password, or it may be asked for.
    bool expects_password() const noexcept;
    /// It was asked for, in vain.
    bool gave_no_password() const noexcept { return asked_for_password_ && !password_; }

    /// The key in the encrypted file `path`, which is asked for and decrypted at most once. Without `may_ask` only a
    /// key that is open already.
    asio::awaitable<opened_key> open(std::string path, std::string_view content, bool may_ask, coro::deadline& clock);

    /// Whether the user goes on with this unknown key; false where nobody is asked.
    asio::awaitable<bool> accept(endpoint const& where, std::string type, std::string fingerprint,
                                 coro::deadline& clock);

    /// The password for all hosts; null: there is none. It lives as long as this object.
    asio::awaitable<secret_text const*> password(coro::deadline& clock);
    /// The same before the first connection, if that is what is wanted. False: it was to be had from nobody.
    asio::awaitable<bool> password_first();

  private:
    template <class Question>
    asio::awaitable<std::invoke_result_t<Question&, std::stop_token>> ask(Question question);

    prompting how_;
    asio::thread_pool& threads_;
    coro::semaphore place_{1};  // one question at a time
    std::map<std::string, opened_key> keys_;
    std::optional<secret_text> password_;
    bool asked_for_password_ = false;
};

}  // namespace muster::ssh
