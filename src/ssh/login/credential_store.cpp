// SPDX-License-Identifier: MIT
// Files that have changed are read anew, off the loop; agents and the user are asked once for all runs.
#include "ssh/login/credential_store.hpp"

#include <algorithm>
#include <chrono>
#include <stop_token>
#include <system_error>
#include <utility>

#include <muster/coro/to_thread.hpp>

#include "files/unix_socket.hpp"
#include "ssh/connection/session_bind.hpp"

namespace muster::ssh {

namespace {

/// Files that may have changed are looked at this often at most while a batch goes on.
constexpr std::chrono::seconds between_looks{1};

}  // namespace

asio::awaitable<void> credential_store::prepare(std::vector<endpoint> const& endpoints) {
    begin_batch();  // an earlier run's look does not count, nor for what goes before the first batch
    std::erase_if(agents_, [](auto const& entry) { return !entry.second->error_message().empty(); });
    lendable_.clear();
    co_await read_files_of(endpoints);
    for (auto const& warning : credentials_->warnings()) warn(warning);
    prompts_.begin_run(password_targets(endpoints));
    co_await ask_first();
    co_await open_named_keys(endpoints);
}

asio::awaitable<void> credential_store::read_files_of(std::vector<endpoint> const& endpoints) {
    auto const place = co_await reading_.acquire();
    auto read = [&endpoints, before = credentials_](std::stop_token) {
        return before ? before->with(endpoints) : std::make_shared<credentials>(endpoints);
    };
    credentials_ = co_await coro::to_thread(threads_, read);
}

asio::awaitable<void> credential_store::ask_first() {
    bool const given = co_await prompts_.password_first();
    if (given) co_return;
    throw credentials_error(prompts_.possible() ? "--password: no password was given"
                                                : "--password: there is no terminal to ask on; use --askpass");
}

asio::awaitable<void> credential_store::open_named_keys(std::vector<endpoint> const& endpoints) {
    std::set<std::pair<std::string, std::string>> seen;
    for (auto const& endpoint : endpoints) {
        for (auto const& file : endpoint.settings->identities) {
            bool const to_open =
                file.required && !endpoint.settings->batch_mode && !credentials_->identity_at(file.path).locked.empty();
            if (to_open && seen.emplace(file.path, endpoint.settings->agent_socket).second)
                co_await open_named_key(endpoint, file.path);
        }
    }
}

asio::awaitable<void> credential_store::open_named_key(endpoint const& endpoint, std::string const& path) {
    coro::deadline clock(loop_, coro::duration::max());
    auto const with = credentials_;  // another run may replace them meanwhile
    auto const& found = with->identity_at(path);
    auto const helper = agent_at(endpoint.settings->agent_socket);
    auto const in_agent = co_await helper->identities(clock);
    if (found.open && std::ranges::find(in_agent, found.open->blob, &public_key::blob) != in_agent.end()) co_return;
    auto const opened = co_await prompts_.open(path, found.locked, true, clock);
    if (!opened.key && !opened.cancelled) throw credentials_error(opened.error_message);
}

std::shared_ptr<agent> credential_store::agent_at(std::string const& socket) {
    auto& found = agents_[socket];
    if (!found) {
        agent_listeners told{warn_of_unbound(socket), warn_of_slow(socket)};
        found = std::make_shared<agent>(loop_, socket, agent_limits(), std::move(told));
    }
    return found;
}

bool credential_store::can_lend(std::string const& socket) {
    if (socket.empty()) return false;
    auto const [known, fresh] = lendable_.try_emplace(socket, true);
    if (!fresh) return known->second;
    int const error = files::connect_error(socket);
    known->second = error == 0;
    if (error != 0)
        warn("ForwardAgent: no agent listens at " + socket + " (" + std::generic_category().message(error) +
             "); none is lent");
    return known->second;
}

std::function<void()> credential_store::warn_of_unbound(std::string const& socket) {
    return [this, socket] { warn(unbound_warning(socket)); };
}

/// Once for each agent: whoever has found its question has found those for the other hosts.
std::function<void(std::string const& host)> credential_store::warn_of_slow(std::string const& socket) {
    return [this, socket](std::string const& host) {
        if (slow_agents_.insert(socket).second)
            warn("waiting for the agent at " + socket + " to sign for " + host + ": a touch or a confirmation?");
    };
}

void credential_store::warn(std::string const& text) {
    if (warned_.insert(text).second && warning_) warning_(text);
}

bool credential_store::look_is_due() const {
    return looked_ <= outdated_ || coro::now(loop_) >= next_look_;
}

/// A look is not worth more than a fiftieth of the time.
asio::awaitable<void> credential_store::read_changed_files() {
    auto const begun = coro::now(loop_);
    auto read = [before = credentials_](std::stop_token) { return before->newer(); };
    auto next = co_await coro::to_thread(threads_, read);
    auto const cost = 50 * (coro::now(loop_) - begun);
    look_is_cheap_ = cost <= between_looks;
    looked_ = begun;
    next_look_ = begun + std::max<coro::duration>(between_looks, cost);
    if (!next) co_return;
    credentials_ = std::move(next);
    for (auto const& warning : credentials_->warnings()) warn(warning);
}

asio::awaitable<std::shared_ptr<credentials>> credential_store::current(coro::deadline& clock) {
    if (look_is_due()) {
        auto const standing = clock.pause();
        auto const place = co_await reading_.acquire();
        if (look_is_due()) co_await read_changed_files();
    }
    co_return credentials_;
}

asio::awaitable<std::shared_ptr<credentials>> credential_store::renewed(std::shared_ptr<credentials> const& before,
                                                                        endpoint const& endpoint,
                                                                        coro::deadline& clock) {
    auto const standing = clock.pause();
    auto const place = co_await reading_.acquire();
    bool const looks = credentials_ == before && (look_is_cheap_ || look_is_due());
    if (looks) co_await read_changed_files();
    auto const helper = agent_at(endpoint.settings->agent_socket);
    bool const other_keys = co_await helper->list_again(clock);
    if (credentials_ == before && !other_keys) co_return nullptr;
    co_return credentials_;
}

}  // namespace muster::ssh
