// SPDX-License-Identifier: MIT
// Offers a key, has it sign, and sends the signature.
#include "ssh/login/publickey_login.hpp"

#include <libssh2_muster.h>

#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "ssh/connection/algorithms.hpp"
#include "ssh/connection/session_bind.hpp"
#include "ssh/keys/certificate.hpp"
#include "ssh/login/signature_algorithm.hpp"

namespace muster::ssh {

namespace {

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

asio::awaitable<opened_key> open_file(login_means const& means, std::string const& path) {
    auto const& locked = means.files.identity_at(path).locked;
    co_return co_await means.asked.open(path, locked, !means.target.settings->batch_mode, means.clock);
}

/// Answers libssh2's request for a signature: at once with a key that is open, in two turns with another. Signs with
/// no other algorithm than the one that was chosen.
class signer final : public deferred_call {
  public:
    signer(login_means const& means, user_key const& key, std::string_view algorithm)
        : means_(means), key_(key), algorithm_(algorithm), secret_(key.private_key) {}

    static int callback(LIBSSH2_SESSION*, unsigned char** signature, std::size_t* size, unsigned char const* data,
                        std::size_t data_size, void** self) {
        return static_cast<signer*>(*self)->sign(signature, size, byte_view(data, data_size));
    }

    bool pending() const noexcept override { return !to_sign_.empty() && !answered_; }

    asio::awaitable<void> run() override {
        if (key_.encrypted_file.empty()) {
            co_await sign_by_agent();
        } else {
            auto opened = co_await open_file(means_, key_.encrypted_file);
            secret_ = std::move(opened.key);
            error_message_ = std::move(opened.error_message);
        }
        answered_ = true;
    }

    /// Why there was no signature; empty: there was one, or none was asked for.
    std::string const& error_message() const { return error_message_; }
    bool has_signed() const { return !signature_.empty(); }

  private:
    asio::awaitable<void> sign_by_agent() {
        try {
            signature_request wanted{key_.agent_key_blob, to_sign_, algorithm_,
                                     session_bind_request(means_.connection.session(), false), means_.target.label};
            signature_ = co_await means_.agent.sign(std::move(wanted), means_.clock);
        } catch (agent_error const& error) {
            error_message_ = error.what();
        }
    }

    int sign(unsigned char** signature, std::size_t* size, byte_view data) noexcept {
        try {
            if (requested_algorithm(data) != algorithm_) throw std::runtime_error("another algorithm was to sign");
            if (secret_) {
                signature_ = secret_->sign(data, algorithm_);
            } else if (!answered_) {
                to_sign_.assign(data.begin(), data.end());
                return LIBSSH2_ERROR_EAGAIN;
            }
        } catch (std::exception const& error) {
            error_message_ = error.what();
        }
        if (signature_.empty()) return LIBSSH2_ERROR_AUTHENTICATION_FAILED;
        *signature = static_cast<unsigned char*>(std::malloc(signature_.size()));  // freed by libssh2
        if (*signature == nullptr) return LIBSSH2_ERROR_ALLOC;
        std::memcpy(*signature, signature_.data(), signature_.size());
        *size = signature_.size();
        return 0;
    }

    login_means const& means_;
    user_key const& key_;
    std::string algorithm_;
    std::optional<private_key> secret_;
    bytes to_sign_;
    bytes signature_;
    bool answered_ = false;
    std::string error_message_;
};

bool is_refusal(long code) {
    return code == LIBSSH2_ERROR_AUTHENTICATION_FAILED || code == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED;
}

/// A server does not say why it has refused a certificate; sometimes it shows.
std::string certificate_fault(user_key const& key) {
    if (!is_certificate(key.offered.type())) return {};
    try {
        auto const fault = time_fault(parse_certificate(key.offered.blob), std::chrono::system_clock::now());
        return fault.empty() ? fault : "certificate " + fault;
    } catch (wire_error const& error) {
        return std::string("certificate ") + error.what();
    }
}

std::string joined(std::vector<std::string_view> const& names) {
    std::string out;
    for (auto const name : names) out.append(out.empty() ? "" : ",").append(name);
    return out;
}

server_signatures signatures_of(LIBSSH2_SESSION* session) {
    server_signatures server;
    if (auto const* const list = muster_signature_algorithms(session)) server.algorithms = list;
    if (auto const* const banner = libssh2_session_banner_get(session)) server.banner = banner;
    return server;
}

std::string no_mutual_algorithm(std::vector<std::string_view> const& allowed, server_signatures const& server) {
    auto text = "no mutual signature algorithm (PubkeyAcceptedAlgorithms allows " +
                (allowed.empty() ? std::string("none") : joined(allowed));
    if (server.algorithms) text += ", the server takes " + (server.algorithms->empty() ? "none" : *server.algorithms);
    return text + ")";
}

}  // namespace

asio::awaitable<login_attempt> offer_key(login_means const& means, user_key& key, bool at_once) {
    login_attempt made;
    if (key.offered.blob.empty()) {
        auto opened = co_await open_file(means, key.encrypted_file);
        made.error_message = std::move(opened.error_message);
        if (!opened.key) co_return made;
        auto const blob = opened.key->public_blob();
        key.offered.blob.assign(blob.begin(), blob.end());
        key.private_key = std::move(opened.key);
    }
    auto* const session = means.connection.session();
    auto const allowed = allowed_signature_algorithms(means.target, key.offered.type());
    auto const server = signatures_of(session);
    std::string const algorithm(signature_algorithm(key.offered.type(), allowed, server));
    if (algorithm.empty()) {
        made.error_message = no_mutual_algorithm(allowed, server);
        co_return made;
    }
    libssh2_session_method_pref(session, LIBSSH2_METHOD_SIGN_ALGO, algorithm.c_str());
    bool const asks_first = !at_once || !key.private_key;
    muster_sign_at_once(session, asks_first ? 0 : 1);
    signer signs(means, key, algorithm);
    void* context = &signs;
    long const code = co_await means.connection.drive(
        [&] {
            return libssh2_userauth_publickey(session, means.target.user.c_str(), key.offered.blob.data(),
                                              key.offered.blob.size(), &signer::callback, &context);
        },
        &signs);
    made.error_message = signs.error_message();
    if (code == 0) {
        made.answer = login_answer::accepted;
    } else if (!is_refusal(code) || !means.connection.error_message().empty()) {  // a break looks like a refusal
        made.answer = login_answer::broken;
    } else {
        bool const wanted = asks_first ? signs.has_signed() : muster_partial_success(session) != 0;
        if (wanted) made.answer = login_answer::signature_rejected;
        made.certificate_fault = certificate_fault(key);
    }
    co_return made;
}

}  // namespace muster::ssh
