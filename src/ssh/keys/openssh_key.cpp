// SPDX-License-Identifier: MIT
// Takes OpenSSH's private key files apart and decrypts them.
#include "ssh/keys/openssh_key.hpp"

#include "ssh/bytes/libcrypto.hpp"
#include "ssh/keys/key_error.hpp"

#include <libssh2_muster.h>
#include <openssl/core_names.h>

#include <algorithm>
#include <array>

namespace muster::ssh {

namespace {

constexpr std::string_view begin_mark = "-----BEGIN OPENSSH PRIVATE KEY-----";
constexpr std::string_view end_mark = "-----END OPENSSH PRIVATE KEY-----";
constexpr std::string_view magic("openssh-key-v1\0", 15);
constexpr std::uint32_t most_rounds = 20'000;  // two minutes; more is damage, or meant to hang

/// The parts of the file, pointing into its decoded content.
struct container {
    std::string_view cipher, kdf;
    byte_view kdf_options, public_blob, section, tag;
};

/// The bytes between the marks; nothing when there are none.
secret_bytes unwrap(std::string_view content) {
    if (!is_openssh_key(content)) return {};
    content.remove_prefix(begin_mark.size());
    auto const end = content.find(end_mark);
    if (end == std::string_view::npos) return {};
    secret_text text;
    text.reserve(end);
    for (auto const c : content.substr(0, end))
        if (c != '\n' && c != '\r' && c != ' ' && c != '\t') text.push_back(c);
    return secret_from_base64(text).value_or(secret_bytes());
}

container take_apart(byte_view data) {
    wire_reader reader(data);
    if (text_of(reader.take(magic.size())) != magic) throw wire_error("has no openssh-key-v1 mark");
    container parts;
    parts.cipher = reader.text();
    parts.kdf = reader.text();
    parts.kdf_options = reader.string();
    if (reader.u32() != 1) throw wire_error("holds more than one key");
    parts.public_blob = reader.string();
    if (!well_formed(parts.public_blob)) throw wire_error("holds a damaged public key");
    parts.section = reader.string();
    parts.tag = reader.rest();
    return parts;
}

struct cipher_spec {
    std::string_view name;
    char const* in_libcrypto;
    std::size_t key, iv, block, tag;
};

constexpr std::array ciphers{
    cipher_spec{"aes256-ctr", "AES-256-CTR", 32, 16, 16, 0},
    cipher_spec{"aes192-ctr", "AES-192-CTR", 24, 16, 16, 0},
    cipher_spec{"aes128-ctr", "AES-128-CTR", 16, 16, 16, 0},
    cipher_spec{"aes256-cbc", "AES-256-CBC", 32, 16, 16, 0},
    cipher_spec{"aes192-cbc", "AES-192-CBC", 24, 16, 16, 0},
    cipher_spec{"aes128-cbc", "AES-128-CBC", 16, 16, 16, 0},
    cipher_spec{"3des-cbc", "DES-EDE3-CBC", 24, 8, 8, 0},
    cipher_spec{"aes256-gcm@openssh.com", "AES-256-GCM", 32, 12, 16, 16},
    cipher_spec{"aes128-gcm@openssh.com", "AES-128-GCM", 16, 12, 16, 16},
    cipher_spec{"chacha20-poly1305@openssh.com", "ChaCha20", 64, 0, 8, 16},
};

void cipher_ok(int result) {
    if (result != 1) throw crypto_error("libcrypto can't decrypt");
}

/// False when the tag of an authenticated cipher does not fit.
bool decrypt_with(cipher_spec const& spec, byte_view key, byte_view iv, container const& parts, secret_bytes& plain) {
    cipher_handle const cipher(EVP_CIPHER_fetch(nullptr, spec.in_libcrypto, nullptr));
    if (!cipher) throw crypto_error("libcrypto lacks the cipher");
    cipher_context const context(EVP_CIPHER_CTX_new());
    cipher_ok(EVP_DecryptInit_ex2(context.get(), cipher.get(), key.data(), iv.data(), nullptr));
    cipher_ok(EVP_CIPHER_CTX_set_padding(context.get(), 0));
    if (spec.tag != 0) {
        bytes tag(parts.tag.begin(), parts.tag.end());
        cipher_ok(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()), tag.data()));
    }
    plain.resize(parts.section.size() + spec.block);
    int size = 0;
    int last = 0;
    cipher_ok(EVP_DecryptUpdate(context.get(), plain.data(), &size, parts.section.data(),
                                static_cast<int>(parts.section.size())));
    bool const genuine = EVP_DecryptFinal_ex(context.get(), plain.data() + size, &last) == 1;
    plain.resize(static_cast<std::size_t>(size) + static_cast<std::size_t>(last));
    return genuine;
}

secret_bytes chacha20(byte_view key, std::uint8_t block, byte_view data) {
    std::array<unsigned char, 16> const counter_and_nonce{block};  // both little endian; the nonce is packet number 0
    cipher_handle const cipher(EVP_CIPHER_fetch(nullptr, "ChaCha20", nullptr));
    if (!cipher) throw crypto_error("libcrypto lacks ChaCha20");
    cipher_context const context(EVP_CIPHER_CTX_new());
    cipher_ok(EVP_DecryptInit_ex2(context.get(), cipher.get(), key.data(), counter_and_nonce.data(), nullptr));
    secret_bytes out(data.size());
    int size = 0;
    cipher_ok(EVP_DecryptUpdate(context.get(), out.data(), &size, data.data(), static_cast<int>(data.size())));
    return out;
}

bool poly1305_fits(byte_view key, byte_view data, byte_view tag) {
    mac_handle const mac(EVP_MAC_fetch(nullptr, "POLY1305", nullptr));
    if (!mac) throw crypto_error("libcrypto lacks Poly1305");
    mac_context const context(EVP_MAC_CTX_new(mac.get()));
    std::array<unsigned char, 16> computed{};
    std::size_t size = 0;
    cipher_ok(EVP_MAC_init(context.get(), key.data(), key.size(), nullptr));
    cipher_ok(EVP_MAC_update(context.get(), data.data(), data.size()));
    cipher_ok(EVP_MAC_final(context.get(), computed.data(), &size, computed.size()));
    return tag.size() == size && CRYPTO_memcmp(tag.data(), computed.data(), size) == 0;
}

/// PROTOCOL.chacha20poly1305 with packet number 0 and nothing but the payload: the first key's block 0 gives the key of
/// the tag over the ciphertext, its blocks from 1 on the key stream.
bool decrypt_chacha20_poly1305(byte_view key, container const& parts, secret_bytes& plain) {
    auto const main_key = key.first(32);
    bytes const zeros(32);
    auto const tag_key = chacha20(main_key, 0, zeros);
    if (!poly1305_fits(tag_key, parts.section, parts.tag)) return false;
    plain = chacha20(main_key, 1, parts.section);
    return true;
}

/// Checks what can be checked without a passphrase.
cipher_spec const& cipher_of(container const& parts, std::string const& name) {
    auto const spec = std::ranges::find(ciphers, parts.cipher, &cipher_spec::name);
    if (spec == ciphers.end())
        throw key_error(key_fault::unsupported, name,
                        "its cipher is not supported (ssh-keygen -p -Z aes256-ctr rewrites it)");
    if (parts.kdf != "bcrypt") throw key_error(key_fault::unsupported, name, "its key derivation is not supported");
    if (parts.tag.size() != spec->tag || parts.section.empty() || parts.section.size() % spec->block != 0)
        throw wire_error("has an encrypted part of a wrong size");
    return *spec;
}

secret_bytes derive(container const& parts, std::string const& name, std::string_view passphrase, std::size_t size) {
    wire_reader options(parts.kdf_options);
    auto const salt = options.string();
    auto const rounds = options.u32();
    if (salt.empty() || rounds == 0) throw wire_error("has no salt or no rounds");
    if (rounds > most_rounds)
        throw key_error(key_fault::unsupported, name, "its key derivation has too many rounds (ssh-keygen -p -a 64)");
    secret_bytes derived(size);
    if (muster_bcrypt_pbkdf(passphrase.data(), passphrase.size(), salt.data(), salt.size(), derived.data(), size,
                            rounds) != 0)
        throw key_error(key_fault::unsupported, name, "its key derivation failed (use ssh-agent)");
    return derived;
}

secret_bytes decrypt(container const& parts, std::string const& name, std::string_view passphrase) {
    auto const& spec = cipher_of(parts, name);
    if (passphrase.empty())
        throw key_error(key_fault::encrypted, name, "is encrypted and needs a passphrase (use ssh-agent or --askpass)");
    auto const derived = derive(parts, name, passphrase, spec.key + spec.iv);
    auto const key = byte_view(derived).first(spec.key);
    auto const iv = byte_view(derived).subspan(spec.key);
    secret_bytes plain;
    bool const genuine =
        spec.iv == 0 ? decrypt_chacha20_poly1305(key, parts, plain) : decrypt_with(spec, key, iv, parts, plain);
    wire_reader checks(plain);
    if (!genuine || checks.u32() != checks.u32())
        throw key_error(key_fault::wrong_passphrase, name, "wrong passphrase");
    return plain;
}

secret_bytes private_section(container const& parts, std::string const& name, std::string_view passphrase) {
    if (parts.cipher != "none") return decrypt(parts, name, passphrase);
    wire_reader checks(parts.section);
    if (parts.kdf != "none" || checks.u32() != checks.u32()) throw wire_error("is damaged");
    return {parts.section.begin(), parts.section.end()};
}

}  // namespace

bool is_openssh_key(std::string_view content) noexcept {
    return content.starts_with(begin_mark);
}

std::optional<public_key> openssh_public_half(std::string_view content) try {
    auto const data = unwrap(content);
    auto const blob = take_apart(data).public_blob;
    return public_key{{blob.begin(), blob.end()}, {}};
} catch (wire_error const&) {
    return std::nullopt;
}

openssh_key open_openssh_key(std::string_view content, std::string const& name, std::string_view passphrase) try {
    auto const data = unwrap(content);
    auto const parts = take_apart(data);
    auto section = private_section(parts, name, passphrase);
    section.erase(section.begin(), section.begin() + 8);  // the two check numbers
    return {{parts.public_blob.begin(), parts.public_blob.end()}, std::move(section)};
} catch (wire_error const& error) {
    throw key_error(key_fault::malformed, name, std::string("the key file ") + error.what());
}

}  // namespace muster::ssh
