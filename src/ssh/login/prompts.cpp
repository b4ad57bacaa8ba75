// SPDX-License-Identifier: MIT
// See prompts.hpp.
#include "ssh/login/prompts.hpp"

#include <chrono>
#include <utility>

#include <asio/this_coro.hpp>

#include <muster/coro/to_thread.hpp>

namespace muster::ssh {

namespace {

constexpr int most_tries = 3;  // as ssh

/// A question begins; it ends with this object.
class announcement {
  public:
    explicit announcement(std::function<void(bool)> const& to) : to_(to) {
        if (to_) to_(true);
    }
    ~announcement() {
        if (to_) to_(false);
    }
    announcement(announcement const&) = delete;
    announcement& operator=(announcement const&) = delete;

  private:
    std::function<void(bool)> const& to_;
};

}  // namespace

opened_key ask_to_open(ask_user const& ask, std::string const& path, std::string_view content, std::stop_token stop) {
    std::string prompt = "Enter passphrase for key '" + path + "': ";
    for (int tries = 0; tries < most_tries; ++tries) {
        auto const passphrase = ask(prompt, stop);
        if (!passphrase || passphrase->empty())
            return {{}, path + " is encrypted, and no passphrase was given", stop.stop_requested()};
        try {
            return {private_key::parse(content, path, *passphrase), {}, false};
        } catch (key_error const& error) {
            if (error.fault() != key_fault::wrong_passphrase) return {{}, error.what(), false};
        }
        if (tries == 0) prompt.insert(0, "Wrong passphrase. ");
    }
    return {{}, path + " is encrypted, and the passphrase was wrong three times", false};
}

template <class Question>
asio::awaitable<std::invoke_result_t<Question&, std::stop_token>> prompts::ask(Question question) {
    announcement const told(how_.in_progress);
    co_return co_await coro::to_thread(threads_, std::move(question));
}

asio::awaitable<opened_key> prompts::open(std::string path, std::string_view content, bool may_ask,
                                          coro::deadline& clock) {
    auto const standing = clock.pause();
    auto const place = co_await place_.acquire();
    if (auto const known = keys_.find(path); known != keys_.end()) co_return known->second;
    opened_key opened;
    if (!possible() || !may_ask) {
        opened.trouble = path + " is encrypted; use ssh-agent or --askpass";
        co_return opened;
    }
    auto question = [this, &path, content](std::stop_token stop) { return ask_to_open(how_.ask, path, content, stop); };
    opened = co_await ask(question);
    if (!opened.cancelled) keys_.emplace(path, opened);
    co_return opened;
}

asio::awaitable<bool> prompts::accept(endpoint const& where, std::string type, std::string fingerprint,
                                      coro::deadline& clock) {
    if (!how_.accept_host_key) co_return false;
    auto const standing = clock.pause();
    auto const place = co_await place_.acquire();
    unknown_server const server{where, type, fingerprint};
    auto question = [this, &server](std::stop_token stop) { return how_.accept_host_key(server, std::move(stop)); };
    co_return co_await ask(question);
}

bool prompts::expects_password() const noexcept {
    bool const wanted = how_.password_first || how_.password_when_wanted;
    return password_ || (wanted && possible() && !asked_for_password_);
}

asio::awaitable<secret_text const*> prompts::password(coro::deadline& clock) {
    auto const standing = clock.pause();
    auto const place = co_await place_.acquire();
    if (!password_ && expects_password()) {
        bool cancelled = false;
        auto question = [this, &cancelled](std::stop_token stop) {
            auto answer = how_.ask("Password for all hosts: ", stop);
            cancelled = stop.stop_requested();
            return answer;
        };
        auto answer = co_await ask(question);
        if (!cancelled) asked_for_password_ = true;
        if (answer && !answer->empty()) password_ = std::move(answer);
    }
    co_return password_ ? &*password_ : nullptr;
}

asio::awaitable<bool> prompts::password_first() {
    if (!how_.password_first) co_return true;
    auto const loop = co_await asio::this_coro::executor;
    coro::deadline clock(loop, coro::duration::max());
    auto const* const given = co_await password(clock);
    co_return given != nullptr;
}

}  // namespace muster::ssh
