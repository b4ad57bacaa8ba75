// SPDX-License-Identifier: MIT
// Private key files: reads them, tells why one is of no use, and signs.
#include "ssh/keys/private_key.hpp"

#include "ssh/bytes/read_file.hpp"
#include "ssh/keys/key_material.hpp"
#include "ssh/keys/openssh_key.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

namespace muster::ssh {

struct private_key::state {
    pkey_handle key;
    secret_bytes ed25519;  // empty: of another type
    bytes blob;
    std::string type;
    std::string comment;
};

namespace {

constexpr std::size_t largest_key_file = std::size_t{1} << 20U;  // as ssh

key_fault fault_of(int error) {
    switch (error) {
        case ENOENT:
        case ENOTDIR:
            return key_fault::missing;
        case EISDIR:
            return key_fault::directory;
        case EFBIG:
            return key_fault::malformed;
        default:
            return key_fault::unreadable;
    }
}

std::string reason_of(std::error_code const& error) {
    if (error.value() == EISDIR) return "is a directory, not a private key";
    if (error.value() == EFBIG) return "is too large for a private key";
    return error.message();
}

[[noreturn]] void refuse_exposed(std::string const& path, mode_t mode) {
    std::string octal = "0000";
    for (auto digit = octal.rbegin(); digit != octal.rend(); ++digit, mode >>= 3U)
        *digit = static_cast<char>('0' + (mode & 7U));
    throw key_error(key_fault::exposed, path,
                    "UNPROTECTED PRIVATE KEY FILE: permissions " + octal + " are too open (chmod 600 it)");
}

struct passphrase_request {
    std::string_view passphrase;
    bool made = false;
};

int answer_passphrase(char* buffer, int size, int /*writing*/, void* user) {
    auto& request = *static_cast<passphrase_request*>(user);
    request.made = true;
    auto const length = request.passphrase.size();
    if (length == 0 || length > static_cast<std::size_t>(size)) return -1;
    std::ranges::copy(request.passphrase, buffer);
    return static_cast<int>(length);
}

/// Forgets what libcrypto noted about data it could not read, so that no caller takes it for a later failure.
struct error_queue {
    ~error_queue() { ERR_clear_error(); }
};

/// The cipher of an encrypted PEM file (RFC 1421 section 4.6.1.3); empty: another format.
std::string pem_cipher(std::string_view content) {
    constexpr std::string_view field = "\nDEK-Info: ";
    auto const position = content.find(field);
    if (position == std::string_view::npos) return {};
    content.remove_prefix(position + field.size());
    return std::string(content.substr(0, content.find_first_of(",\r\n")));
}

/// Whether libcrypto could not read the key because it no longer has its cipher, such as single DES.
bool lacks_cipher(std::string_view content) {
    if (auto const name = pem_cipher(content); !name.empty()) {
        auto* const cipher = EVP_CIPHER_fetch(nullptr, name.c_str(), nullptr);
        EVP_CIPHER_free(cipher);
        return cipher == nullptr;
    }
    while (auto const error = ERR_get_error())
        if (ERR_GET_LIB(error) == ERR_LIB_EVP && ERR_GET_REASON(error) == ERR_R_UNSUPPORTED) return true;
    return false;
}

bool names_public_key(std::string_view content) {
    auto const line = content.substr(0, content.find_first_of("\r\n"));
    return line.find("PUBLIC KEY-----") != std::string_view::npos || line.starts_with("---- BEGIN SSH2 PUBLIC KEY") ||
           parse_public_key(line).has_value();
}

[[noreturn]] void refuse_content(std::string_view content, std::string const& name) {
    if (names_public_key(content))
        throw key_error(key_fault::public_key, name, "is a public key (give the private one, without .pub)");
    if (content.starts_with("PuTTY-User-Key-File"))
        throw key_error(key_fault::unsupported, name, "is a PuTTY key (puttygen -O private-openssh converts it)");
    throw key_error(key_fault::malformed, name, "holds no private key that can be read");
}

pkey_handle open_pem(std::string_view content, std::string const& name, std::string_view passphrase) {
    passphrase_request request{passphrase};
    bio_handle const source(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
    pkey_handle key(PEM_read_bio_PrivateKey_ex(source.get(), nullptr, answer_passphrase, &request, nullptr, nullptr));
    if (key) return key;
    if (request.made && passphrase.empty())
        throw key_error(key_fault::encrypted, name, "is encrypted and needs a passphrase (use ssh-agent or --askpass)");
    if (request.made && lacks_cipher(content))
        throw key_error(key_fault::unsupported, name,
                        "is encrypted with a cipher that OpenSSL no longer has, such as single DES (write it anew with "
                        "ssh-keygen -p on a machine that still reads it)");
    if (request.made) throw key_error(key_fault::wrong_passphrase, name, "wrong passphrase");
    refuse_content(content, name);
}

void check_padding(byte_view padding) {
    for (std::size_t i = 0; i < padding.size(); ++i)
        if (padding[i] != static_cast<unsigned char>(i + 1)) throw wire_error("has no proper end");
}

struct opened_key {
    pkey_handle key;
    std::string comment;
};

opened_key read_openssh(std::string_view content, std::string const& name, std::string_view passphrase) {
    auto const open = openssh_public_half(content);
    if (open) require_usable_type(open->type());
    auto const file = open_openssh_key(content, name, passphrase);
    wire_reader fields(file.fields);
    auto const type = fields.text();
    auto key = read_private_fields(type, fields);
    auto const comment = fields.text();
    check_padding(fields.rest());
    if (public_blob_of(key.get()) != file.public_blob) throw wire_error("holds two keys that do not belong together");
    return {std::move(key), std::string(comment)};
}

opened_key open_any(std::string_view content, std::string const& name, std::string_view passphrase) {
    if (is_openssh_key(content)) return read_openssh(content, name, passphrase);
    return {open_pem(content, name, passphrase), {}};
}

}  // namespace

secret_text read_key_file(std::string const& path) {
    try {
        auto file = read_file(path, largest_key_file);
        if (file.status.st_uid == ::getuid() && (file.status.st_mode & 077U) != 0)
            if (!names_public_key(file.text)) refuse_exposed(path, file.status.st_mode & 07777U);
        return std::move(file.text);
    } catch (std::system_error const& error) {
        throw key_error(fault_of(error.code().value()), path, reason_of(error.code()));
    }
}

private_key private_key::read(std::string const& path, std::string_view passphrase) {
    return parse(read_key_file(path), path, passphrase);
}

private_key private_key::parse(std::string_view content, std::string const& name, std::string_view passphrase) try {
    error_queue const quiet;
    auto opened = open_any(content, name, passphrase);
    auto blob = public_blob_of(opened.key.get());
    if (!halves_fit(opened.key.get())) throw crypto_error("the key's two halves do not belong together");
    std::string type(key_type(blob));
    auto ed25519 = ed25519_secret_of(opened.key.get());
    return private_key(std::make_shared<state const>(
        state{std::move(opened.key), std::move(ed25519), std::move(blob), std::move(type), std::move(opened.comment)}));
} catch (unsupported_key const& error) {
    throw key_error(key_fault::unsupported, name, error.what());
} catch (wire_error const& error) {
    throw key_error(key_fault::malformed, name, std::string("the key file ") + error.what());
} catch (crypto_error const& error) {
    throw key_error(key_fault::malformed, name, error.what());
}

byte_view private_key::public_blob() const noexcept {
    return state_->blob;
}

std::string_view private_key::type() const noexcept {
    return state_->type;
}

std::string const& private_key::comment() const noexcept {
    return state_->comment;
}

std::vector<std::string_view> private_key::algorithms() const {
    if (type() == "ssh-rsa") return {"rsa-sha2-512", "rsa-sha2-256"};
    return {type()};
}

bytes private_key::sign(byte_view data, std::string_view algorithm) const {
    auto const plain = plain_algorithm(algorithm);
    if (!state_->ed25519.empty() && plain == type()) return ed25519_signature(state_->ed25519, data);
    return sign_with(state_->key.get(), data, type(), plain);
}

}  // namespace muster::ssh
