// SPDX-License-Identifier: MIT
// See authenticate.hpp.
#include "ssh/authenticate.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include <muster/outcome.hpp>

#include "ssh/algorithms.hpp"

namespace muster::ssh {

namespace {

std::string file_name(std::string const& path) {
    return path.substr(path.rfind('/') + 1);
}

/// The algorithm in the data to be signed (RFC 4252 section 7): session id, the request up to "publickey", TRUE,
/// algorithm, key.
std::string requested_algorithm(byte_view data) {
    wire_reader reader(data);
    reader.string();  // session identifier
    reader.u8();      // SSH_MSG_USERAUTH_REQUEST
    reader.string();  // user
    reader.string();  // service
    reader.string();  // "publickey"
    reader.u8();      // TRUE
    return std::string(reader.text());
}

/// Answers libssh2's request for a signature: at once with a key from a file, in two turns with the agent's.
class signer final : public pending_work {
  public:
    signer(candidate const& with, agent& helper, coro::deadline& clock) : with_(with), agent_(helper), clock_(clock) {}

    static int callback(LIBSSH2_SESSION*, unsigned char** signature, std::size_t* size, unsigned char const* data,
                        std::size_t data_size, void** self) {
        return static_cast<signer*>(*self)->sign(signature, size, byte_view(data, data_size));
    }

    bool wanted() const noexcept override { return !to_sign_.empty() && !answered_; }

    asio::awaitable<void> perform() override {
        try {
            signature_ = co_await agent_.sign(with_.key.blob, to_sign_, requested_algorithm(to_sign_), clock_);
        } catch (agent_error const& error) {
            trouble_ = error.what();
        }
        answered_ = true;
    }

    /// Why there was no signature; empty: there was one, or none was asked for.
    std::string const& trouble() const { return trouble_; }

  private:
    int sign(unsigned char** signature, std::size_t* size, byte_view data) noexcept {
        try {
            if (with_.secret) {
                signature_ = with_.secret->sign(data, requested_algorithm(data));
            } else if (!answered_) {
                to_sign_.assign(data.begin(), data.end());
                return LIBSSH2_ERROR_EAGAIN;
            }
        } catch (std::exception const& error) {
            trouble_ = error.what();
        }
        if (signature_.empty()) return LIBSSH2_ERROR_AUTHENTICATION_FAILED;
        *signature = static_cast<unsigned char*>(std::malloc(signature_.size()));  // freed by libssh2
        if (*signature == nullptr) return LIBSSH2_ERROR_ALLOC;
        std::memcpy(*signature, signature_.data(), signature_.size());
        *size = signature_.size();
        return 0;
    }

    candidate const& with_;
    agent& agent_;
    coro::deadline& clock_;
    bytes to_sign_;
    bytes signature_;
    bool answered_ = false;
    std::string trouble_;
};

bool is_refusal(long code) {
    return code == LIBSSH2_ERROR_AUTHENTICATION_FAILED || code == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED;
}

/// What was offered and why it did not help, for the error text.
struct attempts {
    std::vector<std::string> tried;
    std::vector<std::string> troubles;

    std::string text() const {
        std::string words = tried.empty() ? "; no key to offer: use -i or ssh-agent" : "; tried ";
        for (std::size_t i = 0; i < tried.size(); ++i) words += (i == 0 ? "" : ", ") + tried[i];
        for (auto const& trouble : troubles) words += "; " + trouble;
        return words;
    }
};

[[noreturn]] void throw_broken(link const& connection, attempts const& made) {
    auto const trouble = connection.trouble();
    bool const told_why = trouble.starts_with("the server said");
    throw transport_error(told_why ? final_state::auth : final_state::unreachable, stage::auth,
                          "the connection ended during authentication: " + trouble + made.text());
}

asio::awaitable<bool> offer(link& connection, endpoint const& where, candidate const& with, agent& helper,
                            coro::deadline& clock, attempts& made) {
    signer signs(with, helper, clock);
    void* context = &signs;
    auto* const session = connection.session();
    long const code = co_await connection.drive(
        [&] {
            return libssh2_userauth_publickey(session, where.user.c_str(), with.key.blob.data(), with.key.blob.size(),
                                              &signer::callback, &context);
        },
        &signs);
    if (code == 0) co_return true;
    made.tried.push_back(with.label);
    if (!signs.trouble().empty()) made.troubles.push_back(with.label + ": " + signs.trouble());
    if (!is_refusal(code) || !connection.trouble().empty())
        throw_broken(connection, made);  // a break looks like a refusal
    co_return false;
}

/// The methods that the server would take; an empty text when it does not say.
asio::awaitable<std::string> accepted_methods(link& connection, endpoint const& where) {
    auto* const session = connection.session();
    char const* names = nullptr;
    co_await connection.drive([&]() -> long {
        names = libssh2_userauth_list(session, where.user.c_str(), static_cast<unsigned>(where.user.size()));
        return names != nullptr ? 0 : libssh2_session_last_errno(session);
    });
    co_return names != nullptr ? std::string(names) : std::string();
}

bool may_offer(endpoint const& where, public_key const& key) {
    auto const bits = rsa_bits(key.blob);
    return may_log_in_with(where, key.type()) && (bits == 0 || bits >= where.required_rsa_size);
}

}  // namespace

std::vector<candidate> candidates(endpoint const& where, credentials const& files,
                                  std::vector<public_key> const& in_agent) {
    std::vector<candidate> from_agent;
    std::vector<candidate> from_files;
    std::vector<bool> taken(in_agent.size(), false);
    for (auto const& file : where.identities) {
        auto const& found = files.identity_at(file.path);
        if (!found.open || !may_offer(where, *found.open)) continue;
        auto const held = std::ranges::find(in_agent, found.open->blob, &public_key::blob);
        if (held != in_agent.end()) {
            taken[static_cast<std::size_t>(held - in_agent.begin())] = true;
            from_agent.emplace_back(*held, std::nullopt, file_name(file.path));
        } else if (found.secret) {
            from_files.emplace_back(*found.open, found.secret, file_name(file.path));
        }
    }
    for (std::size_t i = 0; i < in_agent.size() && !where.identities_only; ++i) {
        if (!taken[i] && may_offer(where, in_agent[i]))
            from_agent.emplace_back(in_agent[i], std::nullopt, "agent:" + std::to_string(i + 1));
    }
    from_agent.insert(from_agent.end(), from_files.begin(), from_files.end());
    return from_agent;
}

asio::awaitable<void> authenticate(link& connection, endpoint const& where, credentials const& files, agent& helper,
                                   coro::deadline& clock) {
    auto const in_agent = co_await helper.identities(clock);
    auto const offered = candidates(where, files, in_agent);
    attempts made;
    for (auto const& file : where.identities) {
        auto const& found = files.identity_at(file.path);
        bool const elsewhere =
            found.open && std::ranges::find(in_agent, found.open->blob, &public_key::blob) != in_agent.end();
        if (!found.secret && !found.trouble.empty() && !elsewhere) made.troubles.push_back(found.trouble);
    }
    if (!helper.trouble().empty()) made.troubles.push_back(helper.trouble());
    for (auto const& one : offered) {
        bool const accepted = co_await offer(connection, where, one, helper, clock, made);
        if (accepted) co_return;
    }
    auto const methods = co_await accepted_methods(connection, where);
    bool const let_in = libssh2_userauth_authenticated(connection.session()) != 0;  // "none" is enough for some servers
    if (let_in) co_return;
    throw transport_error(final_state::auth, stage::auth,
                          "permission denied" + (methods.empty() ? "" : " (" + methods + ")") + made.text());
}

}  // namespace muster::ssh
