// SPDX-License-Identifier: MIT
// Asks the user on a thread, one question at a time, and keeps the answers.
#include "ssh/login/prompts.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/this_coro.hpp>

#include <muster/coro/to_thread.hpp>

#include "ssh/bytes/plain_text.hpp"

namespace muster::ssh {

namespace {

constexpr int most_tries = 3;  // as ssh

constexpr std::size_t longest_name = 100;
constexpr std::size_t longest_list = 200;  // of names in a question

/// "a, b, c", or "a, b, ..." where there is no room for all.
std::string listed(std::vector<std::string_view> const& names) {
    std::string out;
    for (auto const name : names) {
        auto const shown = plain_text(name, longest_name);
        bool const fits = out.size() + shown.size() <= longest_list;
        out.append(out.empty() ? "" : ", ").append(fits ? shown : "...");
        if (!fits) break;
    }
    return out;
}

bool may_want_password(endpoint const& endpoint) {
    bool const by_password = std::ranges::any_of(
        endpoint.settings->auth_methods, [](auto auth_method) { return auth_method != auth_method::publickey; });
    return by_password && !endpoint.settings->batch_mode && endpoint.error.empty();
}

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

password_targets::password_targets(std::span<endpoint const> where) {
    std::vector<std::string_view> names;
    std::size_t count = 0;
    endpoint const* last = nullptr;  // jump host: neighbours have the same
    for (auto const& host : where) {
        auto const* const first = host.settings->jump.get();
        for (auto jump = first == last ? nullptr : first; jump != nullptr; jump = jump->settings->jump.get())
            others_.insert(login_of(*jump));
        last = first;
        if (!may_want_password(host)) continue;
        if (names.size() <= longest_list) names.push_back(host.label);
        ++count;
    }
    if (!others_.empty())
        for (auto const& host : where) others_.erase(login_of(host));
    question_ = count == 1 ? "Password for " + listed(names) + ": "
                           : "Password for " + std::to_string(count) + " hosts (" + listed(names) + "): ";
}

void password_targets::add(password_targets more) {
    others_.merge(more.others_);
    question_ = std::move(more.question_);
}

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
    announcement const told(prompting_.in_progress);
    auto asking = [&question, ending = ending_.get_token()](std::stop_token const& cancelled) {
        std::stop_source either;
        auto const request = [&either] { either.request_stop(); };
        std::stop_callback const when_cancelled(cancelled, request), at_the_end(ending, request);
        return question(either.get_token());
    };
    co_return co_await coro::to_thread(threads_, asking);
}

asio::awaitable<opened_key> prompts::open(std::string path, std::string_view content, bool may_ask,
                                          coro::deadline& clock) {
    auto const standing = clock.pause();
    auto const place = co_await place_.acquire();
    if (auto const known = keys_.find(path); known != keys_.end()) co_return known->second;
    opened_key opened;
    if (!possible() || !may_ask) {
        opened.error_message = path + " is encrypted; use ssh-agent or --askpass";
        co_return opened;
    }
    auto question = [this, &path, content](std::stop_token stop) {
        return ask_to_open(prompting_.ask, path, content, stop);
    };
    opened = co_await ask(question);
    if (!opened.cancelled) keys_.emplace(path, opened);
    co_return opened;
}

asio::awaitable<bool> prompts::accept(endpoint const& endpoint, std::string type, std::string fingerprint,
                                      coro::deadline& clock) {
    if (!prompting_.accept_host_key) co_return false;
    auto const standing = clock.pause();
    auto const place = co_await place_.acquire();
    unknown_server const server{endpoint, type, fingerprint};
    auto question = [this, &server](std::stop_token stop) {
        return prompting_.accept_host_key(server, std::move(stop));
    };
    co_return co_await ask(question);
}

void prompts::begin_run(password_targets targets) {
    targets_.add(std::move(targets));
    for (auto& [owner, kept] : passwords_) kept.asked = kept.text.has_value();
    std::erase_if(keys_, [](auto const& entry) { return !entry.second.key; });
}

prompts::login prompts::owner_of(endpoint const& endpoint) const {
    return targets_.contains(endpoint) ? login() : password_targets::login_of(endpoint);
}

bool prompts::may_ask(kept_password const& kept) const noexcept {
    bool const wanted = prompting_.password_first || prompting_.password_when_wanted;
    return wanted && possible() && !kept.asked;
}

bool prompts::expects_password(endpoint const& endpoint) const {
    auto const kept = passwords_.find(owner_of(endpoint));
    if (kept == passwords_.end()) return may_ask({});
    return kept->second.text || may_ask(kept->second);
}

bool prompts::gave_no_password(endpoint const& endpoint) const {
    auto const kept = passwords_.find(owner_of(endpoint));
    return kept != passwords_.end() && kept->second.asked && !kept->second.text;
}

asio::awaitable<secret_text const*> prompts::password_of(login owner, std::string question, coro::deadline& clock) {
    auto const standing = clock.pause();
    auto const place = co_await place_.acquire();
    auto& kept = passwords_[std::move(owner)];
    if (!kept.text && may_ask(kept)) {
        bool cancelled = false;
        auto asking = [this, &cancelled, &question](std::stop_token stop) {
            auto answer = prompting_.ask(question, stop);
            cancelled = stop.stop_requested();
            return answer;
        };
        auto answer = co_await ask(asking);
        if (!cancelled) kept.asked = true;
        if (answer && !answer->empty()) kept.text = std::move(answer);
    }
    co_return kept.text ? &*kept.text : nullptr;
}

asio::awaitable<secret_text const*> prompts::password(endpoint const& endpoint, coro::deadline& clock) {
    auto question = targets_.contains(endpoint)
                        ? targets_.question()
                        : "Password for the jump host " + plain_text(endpoint.label, longest_name) + ": ";
    return password_of(owner_of(endpoint), std::move(question), clock);
}

asio::awaitable<bool> prompts::password_first() {
    if (!prompting_.password_first) co_return true;
    auto const loop = co_await asio::this_coro::executor;
    coro::deadline clock(loop, coro::duration::max());
    auto const* const given = co_await password_of({}, targets_.question(), clock);
    co_return given != nullptr;
}

}  // namespace muster::ssh
