// SPDX-License-Identifier: MIT
// A server in memory that exchanges keys as it should (curve25519-sha256, ssh-ed25519), and then says what it is told,
// with valid tags whatever the lengths: what comes out of a fuzzing engine gets past the authentication of packets.
#pragma once

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <muster/endpoint.hpp>

#include "ssh/bytes/libcrypto.hpp"
#include "ssh/bytes/wire.hpp"
#include "ssh/connection/algorithms.hpp"
#include "ssh/net/byte_stream.hpp"
#include "ssh_config/algorithms.hpp"

namespace muster::fuzz {

inline void must(bool done) {
    if (!done) std::abort();
}

/// A cipher, and the MAC beside it for one that has no tag of its own.
struct protection {
    char const* cipher;
    char const* mac;
    char const* algorithm;  // libcrypto's name of the cipher, of what its key and IV are
    std::size_t key_size, iv_size;
    char const* digest;  // of the MAC; null: none
    std::size_t mac_size;
    bool etm;
    std::size_t block = 1;  // it encrypts no less
};

inline constexpr std::array<protection, 9> protections = {{
    {"chacha20-poly1305@openssh.com", "hmac-sha2-256", "ChaCha20", 64, 0, nullptr, 0, false},
    {"aes256-gcm@openssh.com", "hmac-sha2-256", "AES-256-GCM", 32, 12, nullptr, 0, false},
    {"aes128-ctr", "hmac-sha2-256", "AES-128-CTR", 16, 16, "SHA256", 32, false},
    {"aes128-ctr", "hmac-sha2-256-etm@openssh.com", "AES-128-CTR", 16, 16, "SHA256", 32, true},
    {"aes256-ctr", "hmac-sha2-512", "AES-256-CTR", 32, 16, "SHA512", 64, false},
    {"aes256-ctr", "hmac-sha2-512-etm@openssh.com", "AES-256-CTR", 32, 16, "SHA512", 64, true},
    {"aes128-cbc", "hmac-sha2-256", "AES-128-CBC", 16, 16, "SHA256", 32, false, 16},
    {"aes128-cbc", "hmac-sha2-256-etm@openssh.com", "AES-128-CBC", 16, 16, "SHA256", 32, true, 16},
    {"3des-cbc", "hmac-sha1", "DES-EDE3-CBC", 24, 8, "SHA1", 20, false, 8},
}};

/// What the client offers: the ciphers that it does not offer by itself as well.
inline ssh::offered_algorithms everything_offered() {
    endpoint all;
    all.settings.change().algorithms.cipher = ssh_config::usable_algorithms(ssh_config::algorithm_kind::cipher);
    return ssh::algorithms_of(all, {}, false);
}

inline ssh::bytes joined(ssh::byte_view head, ssh::byte_view rest) {
    ssh::bytes all(head.begin(), head.end());
    all.insert(all.end(), rest.begin(), rest.end());
    return all;
}

inline ssh::bytes sha256(ssh::byte_view text) {
    ssh::bytes digest(32);
    must(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1);
    return digest;
}

/// A packet before there are keys.
inline ssh::bytes in_the_clear(ssh::byte_view payload) {
    std::size_t const padding = 16 - (5 + payload.size()) % 8;
    ssh::wire_writer head;
    head.u32(static_cast<std::uint32_t>(1 + payload.size() + padding)).u8(static_cast<std::uint8_t>(padding));
    auto packet = joined(head.data(), payload);
    packet.resize(packet.size() + padding);
    return packet;
}

/// What the server sends, encrypted and authenticated with what the exchange has agreed on.
class packet_maker {
  public:
    /// `derive(letter, size)` gives the keys of RFC 4253 section 7.2.
    template <class Derive>
    packet_maker(protection const& protection, Derive derive, std::uint32_t sequence)
        : protection_(protection),
          key_(derive('D', protection.key_size)),
          iv_(derive('B', protection.iv_size)),
          sequence_(sequence) {
        if (protection.digest != nullptr) mac_key_ = derive('F', protection.mac_size);
        if (protection.digest != nullptr) stream_ = started(key_, iv_);
    }

    /// A packet of that length field and body: the length of its padding, what it is for, the padding. More follows
    /// where the cipher takes whole blocks.
    ssh::bytes packet(std::uint32_t length, ssh::byte_view body) {
        auto const field = ssh::wire_writer().u32(length).take();
        ++sequence_;
        if (protection_.key_size == 64) return chacha(field, body);
        if (protection_.digest == nullptr) return gcm(field, body);
        return with_mac(field, body);
    }

    /// As RFC 4253 section 6 wants it.
    ssh::bytes packet(ssh::byte_view payload) {
        std::size_t const outside = protection_.digest != nullptr && !protection_.etm ? 4 : 0;
        std::size_t padding = 16 - (outside + 1 + payload.size()) % 16;
        if (padding < 4) padding += 16;
        ssh::bytes body = joined(ssh::bytes{static_cast<unsigned char>(padding)}, payload);
        body.resize(body.size() + padding);
        return packet(static_cast<std::uint32_t>(body.size()), body);
    }

  private:
    ssh::cipher_context started(ssh::byte_view key, ssh::byte_view iv) const {
        ssh::cipher_handle const cipher{EVP_CIPHER_fetch(nullptr, protection_.algorithm, nullptr)};
        ssh::cipher_context context{EVP_CIPHER_CTX_new()};
        must(cipher && context &&
             EVP_EncryptInit_ex2(context.get(), cipher.get(), key.data(), iv.data(), nullptr) == 1 &&
             EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1);
        return context;
    }
    static ssh::bytes encrypted(EVP_CIPHER_CTX* context, ssh::byte_view text) {
        ssh::bytes out(text.size());
        int size = 0;
        must(text.empty() ||
             EVP_EncryptUpdate(context, out.data(), &size, text.data(), static_cast<int>(text.size())) == 1);
        return out;
    }
    static ssh::bytes tag_of(char const* mac, char const* digest, ssh::byte_view key, ssh::byte_view text) {
        ssh::mac_handle const method{EVP_MAC_fetch(nullptr, mac, nullptr)};
        ssh::mac_context const context{EVP_MAC_CTX_new(method.get())};
        std::string name = digest == nullptr ? "" : digest;
        std::array<OSSL_PARAM, 2> options{OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};
        if (digest != nullptr) options[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0);
        ssh::bytes tag(64);
        std::size_t size = 0;
        must(EVP_MAC_init(context.get(), key.data(), key.size(), options.data()) == 1 &&
             EVP_MAC_update(context.get(), text.data(), text.size()) == 1 &&
             EVP_MAC_final(context.get(), tag.data(), &size, tag.size()) == 1);
        tag.resize(size);
        return tag;
    }
    ssh::bytes sequence_number() const { return ssh::wire_writer().u32(sequence_ - 1).take(); }

    ssh::bytes chacha(ssh::byte_view field, ssh::byte_view body) const {
        ssh::bytes nonce = joined(ssh::bytes(12), sequence_number());
        ssh::byte_view const key{key_};
        auto const header = started(key.subspan(32), nonce);
        auto const first = started(key.first(32), nonce);
        nonce[0] = 1;  // the next block
        auto const rest = started(key.first(32), nonce);
        auto all = joined(encrypted(header.get(), field), encrypted(rest.get(), body));
        return joined(all, tag_of("POLY1305", nullptr, encrypted(first.get(), ssh::bytes(32)), all));
    }
    ssh::bytes gcm(ssh::byte_view field, ssh::byte_view body) {
        auto const context = started(key_, iv_);
        int size = 0;
        must(EVP_EncryptUpdate(context.get(), nullptr, &size, field.data(), static_cast<int>(field.size())) == 1);
        auto const text = encrypted(context.get(), body);
        ssh::bytes tag(16), nothing(16);
        must(EVP_EncryptFinal_ex(context.get(), nothing.data(), &size) == 1 &&
             EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, 16, tag.data()) == 1);
        for (std::size_t i = iv_.size(); i > 4 && ++iv_[--i] == 0;) {
        }
        return joined(joined(field, text), tag);
    }
    ssh::bytes with_mac(ssh::byte_view field, ssh::byte_view text) {
        ssh::bytes body(text.begin(), text.end());
        while ((body.size() + (protection_.etm ? 0 : field.size())) % protection_.block != 0) body.push_back(0);
        auto const plain = joined(field, body);
        auto const sent =
            protection_.etm ? joined(field, encrypted(stream_.get(), body)) : encrypted(stream_.get(), plain);
        auto const covered = joined(sequence_number(), protection_.etm ? sent : plain);
        return joined(sent, tag_of("HMAC", protection_.digest, mac_key_, covered));
    }

    protection protection_;
    ssh::bytes key_, iv_, mac_key_;
    ssh::cipher_context stream_;  // of a cipher that goes on from packet to packet
    std::uint32_t sequence_;
};

inline void add(ssh::bytes& all, ssh::byte_view more) {
    all.insert(all.end(), more.begin(), more.end());
}

/// How: 0 a packet as it should be, 1 one whose body is given, 2 whose length field is as well, 3 a long one.
inline void add_packet(ssh::bytes& all, packet_maker& packets, unsigned how, ssh::byte_view text) {
    switch (how % 4) {
        case 0:
            return text.empty() ? void() : add(all, packets.packet(text));
        case 1:
            return add(all, packets.packet(static_cast<std::uint32_t>(text.size()), text));
        case 2:
            return text.size() < 4 ? void() : add(all, packets.packet(ssh::wire_reader(text).u32(), text.subspan(4)));
        default:
            return text.empty() ? void() : add(all, packets.packet(ssh::bytes(text.size() * 1000, text[0])));
    }
}

/// A row of packets: a byte that says how, a byte n, n bytes.
inline void add_packets(ssh::bytes& all, packet_maker& packets, ssh::byte_view input) {
    while (input.size() > 2 && all.size() < 1'000'000) {
        std::size_t const size = std::min<std::size_t>(input[1], input.size() - 2);
        add_packet(all, packets, input[0], input.subspan(2, size));
        input = input.subspan(2 + size);
    }
}

/// The client's end of the connection. What the client says after the exchange is not read.
class keyed_server final : public ssh::byte_stream {
  public:
    /// `speak` adds the packets that come after the exchange.
    keyed_server(protection const& to_client, protection const& to_server,
                 std::function<ssh::bytes(packet_maker&)> speak)
        : to_client_(to_client), speak_(std::move(speak)) {
        offer_ = offer(to_client, to_server);
        say(std::string(identification) + "\r\n");
        say(ssh::text_of(in_the_clear(offer_)));
    }

    ssize_t send(void const* bytes, std::size_t size) override {
        if (!keyed_) heard_.append(static_cast<char const*>(bytes), size);
        if (!keyed_) answer();
        return static_cast<ssize_t>(size);
    }
    ssize_t receive(void* bytes, std::size_t size) override {
        if (said_.size() == read_) return keyed_ || ++waits_ > most_waits ? 0 : -EAGAIN;
        size = std::min(size, said_.size() - read_);
        std::memcpy(bytes, said_.data() + read_, size);
        read_ += size;
        return static_cast<ssize_t>(size);
    }
    asio::awaitable<void> readable() override { co_return; }
    asio::awaitable<void> writable() override { co_return; }
    void interrupt() override {}

  private:
    static constexpr std::string_view identification = "SSH-2.0-keyed";
    static constexpr int most_waits = 100;

    static ssh::pkey_handle own_key(int type) {
        ssh::bytes const seed(32, 'k');
        return ssh::pkey_handle{EVP_PKEY_new_raw_private_key(type, nullptr, seed.data(), seed.size())};
    }
    static ssh::bytes public_half(EVP_PKEY* key) {
        ssh::bytes half(32);
        std::size_t size = half.size();
        must(EVP_PKEY_get_raw_public_key(key, half.data(), &size) == 1);
        return half;
    }
    static ssh::bytes offer(protection const& to_client, protection const& to_server) {
        ssh::wire_writer message;
        message.u8(20);
        for (int i = 0; i < 16; ++i) message.u8(0);
        message.string("curve25519-sha256").string("ssh-ed25519");
        message.string(to_server.cipher).string(to_client.cipher).string(to_server.mac).string(to_client.mac);
        message.string("none").string("none").string("").string("");
        return message.u8(0).u32(0).take();
    }
    void say(std::string_view bytes) { said_ += bytes; }

    /// Once the client's identification, its offer and its half of the key are there.
    void answer() {
        auto const end = heard_.find('\n');
        if (end == std::string::npos) return;
        std::string_view rest = std::string_view(heard_).substr(end + 1);
        auto const offered = next_payload(rest);
        auto const half = next_payload(rest);
        if (half.size() != 1 + 4 + 32) return;
        keyed_ = true;
        exchange(ssh::view_of(std::string_view(heard_).substr(0, end - 1)), ssh::view_of(offered),
                 ssh::view_of(half.substr(5)));
    }
    /// Empty: not all of it has come.
    static std::string_view next_payload(std::string_view& rest) {
        if (rest.size() < 5) return {};
        std::size_t const length = ssh::wire_reader(ssh::view_of(rest)).u32();
        auto const padding = static_cast<unsigned char>(rest[4]);
        if (rest.size() < 4 + length || length < 1U + padding) return {};
        auto const payload = rest.substr(5, length - 1 - padding);
        rest.remove_prefix(4 + length);
        return payload;
    }

    void exchange(ssh::byte_view client, ssh::byte_view offered, ssh::byte_view half) {
        auto const host = own_key(EVP_PKEY_ED25519);
        auto const own = own_key(EVP_PKEY_X25519);
        auto const host_key = ssh::wire_writer().string("ssh-ed25519").string(public_half(host.get())).take();
        auto const own_half = public_half(own.get());
        auto const secret = ssh::wire_writer().mpint(shared_secret(own.get(), half)).take();
        ssh::wire_writer hashed;
        hashed.string(client).string(identification).string(offered).string(offer_);
        hashed.string(host_key).string(half).string(own_half);
        auto const hash = sha256(joined(hashed.data(), secret));
        ssh::wire_writer reply;
        reply.u8(31).string(host_key).string(own_half).string(
            ssh::wire_writer().string("ssh-ed25519").string(signature(host.get(), hash)).take());
        say(ssh::text_of(in_the_clear(reply.data())));
        say(ssh::text_of(in_the_clear(ssh::bytes{21})));
        packet_maker packets(
            to_client_, [&](char letter, std::size_t size) { return derived(secret, hash, letter, size); }, 3);
        say(ssh::text_of(speak_(packets)));
    }
    static ssh::bytes shared_secret(EVP_PKEY* own, ssh::byte_view half) {
        ssh::pkey_handle const peer{EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, half.data(), half.size())};
        ssh::pkey_context const derivation{EVP_PKEY_CTX_new(own, nullptr)};
        ssh::bytes secret(32);
        std::size_t size = secret.size();
        must(EVP_PKEY_derive_init(derivation.get()) == 1 &&
             EVP_PKEY_derive_set_peer(derivation.get(), peer.get()) == 1 &&
             EVP_PKEY_derive(derivation.get(), secret.data(), &size) == 1);
        return secret;
    }
    static ssh::bytes signature(EVP_PKEY* key, ssh::byte_view text) {
        ssh::digest_context const context{EVP_MD_CTX_new()};
        ssh::bytes made(64);
        std::size_t size = made.size();
        must(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
             EVP_DigestSign(context.get(), made.data(), &size, text.data(), text.size()) == 1);
        return made;
    }
    /// RFC 4253 section 7.2; the hash is the session's identifier, too.
    static ssh::bytes derived(ssh::byte_view secret, ssh::byte_view hash, char letter, std::size_t size) {
        auto const known = joined(secret, hash);
        auto key = sha256(joined(joined(known, ssh::bytes{static_cast<unsigned char>(letter)}), hash));
        while (key.size() < size) key = joined(key, sha256(joined(known, key)));
        key.resize(size);
        return key;
    }

    protection to_client_;
    std::function<ssh::bytes(packet_maker&)> speak_;
    ssh::bytes offer_;
    std::string said_, heard_;
    std::size_t read_ = 0;
    bool keyed_ = false;
    int waits_ = 0;
};

}  // namespace muster::fuzz
