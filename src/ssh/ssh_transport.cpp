// SPDX-License-Identifier: MIT
// The way to a host, in the order that safety needs: connect, verify, authenticate.
#include "ssh/ssh_transport.hpp"

#include <malloc.h>
#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include <asio/system_error.hpp>

#include <muster/coro/shield.hpp>
#include <muster/coro/time.hpp>
#include <muster/coro/wait.hpp>

#include "ssh/bytes/message_name.hpp"
#include "ssh/connection/handshake.hpp"
#include "ssh/login/authenticate.hpp"
#include "ssh/login/host_key.hpp"
#include "ssh/net/socket_stream.hpp"
#include "ssh/net/tcp_connect.hpp"
#include "ssh/session/ssh_connection.hpp"

namespace muster::ssh {

namespace {

/// libssh2's global state, for as long as the program runs: it may be used by several fleets.
void start_libssh2() {
    static int const failed = libssh2_init(0);
    if (failed != 0) throw std::runtime_error("libssh2 can't be started");
    accept_host_certificates();
}

/// How often a server behind a jump host may turn one host away: in all, for half a minute.
constexpr unsigned most_attempts = 8;

/// Twice as long each time, from a fifth of a second on, up to 5 s; spread, so that those who were turned away together
/// do not come back together.
std::chrono::nanoseconds pause_after(unsigned attempt, std::minstd_rand& chance) {
    double const longest = std::min(5.0, 0.2 * std::exp2(attempt));
    std::uniform_real_distribution<double> spread(longest / 2, longest);
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(spread(chance)));
}

/// The same error; it says over which host the way goes, unless that host itself has failed, or nothing on the way.
[[noreturn]] void throw_by_way(endpoint const& endpoint, transport_error const& error) {
    bool const as_it_is = !endpoint.settings->jump || dynamic_cast<jump_failure const*>(&error) != nullptr ||
                          dynamic_cast<local_resources_exhausted const*>(&error) != nullptr;
    if (as_it_is) throw;
    throw transport_error(error.state(), error.stage(), "via " + endpoint.settings->jump->label + ": " + error.what());
}

/// A limit that passes says what the ProxyCommand has said by then.
class note_of_carrier {
  public:
    note_of_carrier(pump const& connection, connect_progress& progress)
        : connection_(connection), progress_(progress) {}
    note_of_carrier(note_of_carrier const&) = delete;
    note_of_carrier& operator=(note_of_carrier const&) = delete;
    ~note_of_carrier() {
        if (progress_.note.empty()) progress_.note = connection_.remark();
    }

  private:
    pump const& connection_;
    connect_progress& progress_;
};

/// A ProxyCommand that ended before a server said a word: its own words are the reason.
void throw_if_never_reached(endpoint const& endpoint, pump const& connection) {
    auto const words = connection.error_message();
    if (endpoint.settings->proxy_command.empty() || !connection.greeting_text().empty() || connection.refused() ||
        words.empty())
        return;
    throw transport_error(final_state::unreachable, stage::connect, words);
}

/// What the hosts that are connecting or connected may still need. One more host waits where there is not so much: what
/// runs, and can't do without, is not to be the one that asks in vain.
constexpr std::size_t spare_memory = std::size_t{16} << 20;

bool can_map(std::size_t size) {
    auto* const room = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) return false;
    ::munmap(room, size);
    return true;
}

/// What sessions that have ended gave back is in the heap, which is asked only when there is no room beside it.
void require_memory() {
    if (can_map(spare_memory)) return;
    auto const in_heap = ::mallinfo2().fordblks;
    if (in_heap < spare_memory && !can_map(spare_memory - in_heap))
        throw local_resources_exhausted("not enough memory; lower --fanout or raise `ulimit -v`");
}

}  // namespace

ssh_transport::ssh_transport(asio::any_io_executor loop, login_options logins, std::chrono::nanoseconds jump_timeout)
    : loop_(std::move(loop)),
      store_(loop_, threads_, std::move(logins.asking), std::move(logins.warning)),
      banner_(std::move(logins.banner)),
      message_(std::move(logins.message)),
      jumps_(loop_, jump_timeout,
             [this](endpoint const& endpoint, connect_progress& progress) {
                 return connect_authenticated(endpoint, progress);
             }),
      proxies_(loop_, std::move(logins.proxy_said)) {
    start_libssh2();
}

ssh_transport::~ssh_transport() {
    stop_questions();
    threads_.join();  // while all that a question refers to is there
}

class ssh_transport::served_hosts {
  public:
    served_hosts(std::size_t& count, std::size_t more) : count_(count), more_(more) { count_ += more_; }
    ~served_hosts() { count_ -= more_; }
    served_hosts(served_hosts const&) = delete;
    served_hosts& operator=(served_hosts const&) = delete;

  private:
    std::size_t& count_;
    std::size_t more_;
};

asio::awaitable<report> ssh_transport::serve(std::vector<endpoint> const& endpoints, asio::awaitable<report> run) {
    served_hosts const counted(hosts_, endpoints.size());
    jumps_.forget_failures();
    co_await store_.prepare(endpoints);
    bool const has_ways = std::ranges::any_of(endpoints, [](auto const& host) {
        return host.settings->jump != nullptr || !host.settings->proxy_command.empty();
    });
    if (has_ways && !held_) co_return co_await serve_with_ways(std::move(run));
    co_return co_await std::move(run);  // does not even begin when it was cancelled by now
}

namespace {
asio::awaitable<void> run_into(std::optional<report>& results, asio::awaitable<report> run) {
    results.emplace(co_await std::move(run));
}
}  // namespace

asio::awaitable<report> ssh_transport::serve_with_ways(asio::awaitable<report> run) {
    std::optional<report> results;
    auto body = run_into(results, std::move(run));
    co_await keep_ways_for(std::move(body));
    co_return std::move(*results);
}

asio::awaitable<void> ssh_transport::hold(asio::awaitable<void> body) {
    if (std::exchange(held_, true)) throw std::logic_error("ssh_client::hold() is called twice");
    co_await keep_ways_for(std::move(body));
}

asio::awaitable<void> ssh_transport::keep_ways_for(asio::awaitable<void> body) {
    outcome ended;
    auto ways = coro::shield(keep_ways());
    auto whole = run_and_end_ways(std::move(body), ended);
    try {
        co_await coro::run_as_daemon(std::move(ways), std::move(whole));
    } catch (asio::system_error const&) {
        if (!ended.over) throw;
    }
    if (ended.failure) std::rethrow_exception(ended.failure);
}

asio::awaitable<void> ssh_transport::run_and_end_ways(asio::awaitable<void> body, outcome& ended) {
    try {
        co_await std::move(body);
    } catch (...) {
        ended.failure = std::current_exception();
    }
    ended.over = true;
    jumps_.end();
}

void ssh_transport::show_messages(pump& connection, std::string const& host) const {
    connection.on_message([this, host](bool outgoing, int number, std::size_t length) {
        message_(host, outgoing, message_name(number), length);
    });
}

asio::awaitable<std::unique_ptr<pump>> ssh_transport::connect_and_verify(files const& with, endpoint const& endpoint,
                                                                         connect_progress& progress,
                                                                         offered_algorithms offered,
                                                                         bool asked_already) {
    auto way = co_await open_stream(endpoint, progress);
    auto connection = std::make_unique<pump>(std::move(way), pump::window_for(hosts_));
    if (message_) show_messages(*connection, endpoint.label);
    try {
        note_of_carrier const note(*connection, progress);
        co_await handshake(*connection, offered, progress);
    } catch (connection_limited const&) {
        throw_if_never_reached(endpoint, *connection);
        throw;
    }
    progress.note.clear();
    progress.enter(stage::host_key);
    key_question const question{store_.asked(), progress.clock};
    shown_host const shown{endpoint, progress.address, asked_already};
    co_await verify_host_key(*connection, shown, *with, threads_, question);
    co_return connection;
}

asio::awaitable<std::unique_ptr<pump>> ssh_transport::handshake_and_verify(files const& with, endpoint const& endpoint,
                                                                           connect_progress& progress) {
    host_key_name const looked_up(endpoint);
    auto const& known = with->known_hosts_of(endpoint);
    auto types = known.key_types(looked_up.name, looked_up.port);
    bool const certificates = known.has_authority(looked_up.name, looked_up.port);
    try {
        co_return co_await connect_and_verify(with, endpoint, progress,
                                              algorithms_of(endpoint, types, false, certificates), false);
    } catch (ask_for_known_types const& ask) {
        types = ask.types;
    }
    co_return co_await connect_and_verify(with, endpoint, progress, algorithms_of(endpoint, types, true, false), true);
}

asio::awaitable<std::unique_ptr<byte_stream>> ssh_transport::open_stream(endpoint const& endpoint,
                                                                         connect_progress& progress) {
    if (!endpoint.settings->proxy_command.empty()) {
        progress.enter(stage::connect);
        co_return co_await proxies_.connect(endpoint, progress);
    }
    if (!endpoint.settings->jump) {
        auto socket = co_await connect_tcp(endpoint, names_, progress);
        co_return std::make_unique<socket_stream>(std::move(socket));
    }
    progress.enter(stage::connect);
    auto through = co_await jumps_.connection_to(*endpoint.settings->jump);
    co_return co_await open_tunnel(std::move(through), endpoint.address, endpoint.port);
}

asio::awaitable<void> ssh_transport::keep_jumps() {
    co_await jumps_.run();
    proxies_.end();  // they may have carried connections to jump hosts
}

asio::awaitable<void> ssh_transport::keep_ways() {
    auto jumps = keep_jumps();
    auto programs = proxies_.run();
    co_await coro::wait_all(std::move(jumps), std::move(programs));
}

asio::awaitable<std::unique_ptr<pump>> ssh_transport::authenticate_with(files const& with, endpoint const& endpoint,
                                                                        connect_progress& progress) {
    auto connection = co_await handshake_and_verify(with, endpoint, progress);
    progress.enter(stage::auth);
    auto const agent = store_.agent_at(endpoint.settings->agent_socket);
    login_means const means{*connection, endpoint, *with, *agent, store_.asked(), progress.clock};
    hear_banner heard;
    if (banner_) heard = [this, &endpoint](std::string const& text) { banner_(endpoint.label, text); };
    co_await authenticate(means, heard);
    connection->lift_login_limit();
    connection->renew_keys_by(endpoint.settings->rekey);
    co_return connection;
}

/// A login that is refused is tried once more when there are other keys by now: certificates may live for minutes.
asio::awaitable<std::unique_ptr<pump>> ssh_transport::authenticate_direct(endpoint const& endpoint,
                                                                          connect_progress& progress) {
    auto with = co_await store_.current(progress.clock);
    std::exception_ptr refused;
    try {
        co_return co_await authenticate_with(with, endpoint, progress);
    } catch (transport_error const& error) {
        if (error.state() != final_state::auth) throw;
        refused = std::current_exception();
    }
    with = co_await store_.renewed(with, endpoint, progress.clock);
    if (!with) std::rethrow_exception(refused);
    co_return co_await authenticate_with(with, endpoint, progress);
}

/// A server behind a jump host sees the connections of all hosts of a run come from one address, and may turn some away
/// that it would take a moment later. The clock stands for what is not the host's: the first connection to the jump
/// host, which has a limit of its own, and a place behind it. A jump host that breaks its word time and again is not
/// waited for beyond the limit.
asio::awaitable<std::unique_ptr<pump>> ssh_transport::authenticate_via_jump(endpoint const& endpoint,
                                                                            connect_progress& progress) {
    auto standing = std::optional(progress.clock.pause());
    for (unsigned attempt = 1;; ++attempt) {
        progress.enter(stage::connect);
        auto const connection = co_await jumps_.connection_to(*endpoint.settings->jump);
        standing.reset();
        auto const pause = pause_after(attempt, chance_);
        auto place = co_await jumps_.place_behind(*endpoint.settings->jump, progress.clock);
        try {
            auto made = co_await authenticate_direct(endpoint, progress);
            place.succeeded();
            co_return made;
        } catch (connection_limited const&) {
            place.turned_away();
            if (attempt == most_attempts || pause >= progress.clock.remaining()) throw;
        } catch (transport_error const&) {
            if (!connection->host_key_changed()) throw;
            throw jump_failure(final_state::host_key, stage::host_key,
                               "jump host " + connection->name() + ": " + connection->reason());
        }
        place.release();
        co_await coro::sleep_for(pause);
    }
}

asio::awaitable<std::unique_ptr<pump>> ssh_transport::connect_authenticated(endpoint const& endpoint,
                                                                            connect_progress& progress) {
    if (!endpoint.settings->jump) co_return co_await authenticate_direct(endpoint, progress);
    try {
        co_return co_await authenticate_via_jump(endpoint, progress);
    } catch (transport_error const& error) {
        throw_by_way(endpoint, error);
    }
}

asio::awaitable<std::unique_ptr<connection>> ssh_transport::connect(endpoint const& endpoint,
                                                                    connect_progress& progress) {
    require_memory();
    auto below = co_await connect_authenticated(endpoint, progress);
    auto const& lent = endpoint.settings->forward_agent_socket;
    std::function<void()> unbound;
    if (store_.can_lend(lent)) unbound = store_.warn_of_unbound(lent);
    co_return std::make_unique<ssh_connection>(std::move(below), endpoint, scratch_, std::move(unbound));
}

}  // namespace muster::ssh
