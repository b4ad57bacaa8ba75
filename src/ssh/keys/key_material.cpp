// SPDX-License-Identifier: MIT
// Builds libcrypto's keys from SSH's fields, and SSH's blobs and signatures from libcrypto's.
#include "ssh/keys/key_material.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <bit>
#include <deque>

namespace muster::ssh {

namespace {

struct curve {
    std::string_view name;  ///< in SSH
    char const* group;      ///< in libcrypto
    char const* digest;     ///< RFC 5656 section 6.2.1
};

constexpr std::array curves{
    curve{"nistp256", "prime256v1", "SHA256"},
    curve{"nistp384", "secp384r1", "SHA384"},
    curve{"nistp521", "secp521r1", "SHA512"},
};
constexpr std::string_view ecdsa_prefix = "ecdsa-sha2-";
constexpr std::size_t shortest_rsa = 1024;  // bits, as ssh
constexpr std::size_t longest_rsa = 16384;  // likewise

void must(int result) {
    if (result != 1) throw crypto_error("libcrypto refused the key");
}

template <class Handle>
Handle must(Handle handle) {
    if (!handle) throw crypto_error("libcrypto refused the key");
    return handle;
}

/// Parameters for EVP_PKEY_fromdata over memory that is wiped afterwards.
class param_list {
  public:
    void number(char const* key, byte_view big_endian) {
        auto& value = values_.emplace_back(big_endian.begin(), big_endian.end());
        if constexpr (std::endian::native == std::endian::little) std::reverse(value.begin(), value.end());
        list_.push_back(OSSL_PARAM_construct_BN(key, value.data(), value.size()));
    }
    void number(char const* key, BIGNUM const* value) {
        secret_bytes big_endian(static_cast<std::size_t>(BN_num_bytes(value)));
        BN_bn2bin(value, big_endian.data());
        number(key, big_endian);
    }
    void octets(char const* key, byte_view data) {
        auto& value = values_.emplace_back(data.begin(), data.end());
        list_.push_back(OSSL_PARAM_construct_octet_string(key, value.data(), value.size()));
    }
    void text(char const* key, char const* value) {
        list_.push_back(OSSL_PARAM_construct_utf8_string(key, const_cast<char*>(value), 0));
    }
    pkey_handle build(char const* algorithm, int selection = EVP_PKEY_KEYPAIR) {
        list_.push_back(OSSL_PARAM_construct_end());
        auto const context = must(pkey_context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr)));
        EVP_PKEY* key = nullptr;
        must(EVP_PKEY_fromdata_init(context.get()));
        must(EVP_PKEY_fromdata(context.get(), &key, selection, list_.data()));
        return pkey_handle(key);
    }

  private:
    std::deque<secret_bytes> values_;
    std::vector<OSSL_PARAM> list_;
};

pkey_handle read_ed25519(wire_reader& fields) {
    auto const open = fields.string();
    auto const secret = fields.string();  // the seed, then the public half again
    if (open.size() != 32 || secret.size() != 64 || !std::ranges::equal(open, secret.subspan(32)))
        throw wire_error("has an ed25519 key that is damaged");
    return must(pkey_handle(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), 32)));
}

curve const& curve_named(std::string_view name) {
    auto const found = std::ranges::find(curves, name, &curve::name);
    if (found == curves.end()) throw unsupported_key("its curve is not supported");
    return *found;
}

pkey_handle read_ecdsa(std::string_view type, wire_reader& fields) {
    auto const name = fields.text();
    if (type.substr(ecdsa_prefix.size()) != name) throw wire_error("names two different curves");
    param_list params;
    params.text(OSSL_PKEY_PARAM_GROUP_NAME, curve_named(name).group);
    params.octets(OSSL_PKEY_PARAM_PUB_KEY, fields.string());
    auto const secret = fields.mpint();
    if (secret.empty()) throw wire_error("has a zero as secret");
    params.number(OSSL_PKEY_PARAM_PRIV_KEY, secret);
    return params.build("EC");
}

pkey_handle public_ed25519(wire_reader& fields) {
    auto const open = fields.string();
    return must(pkey_handle(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, open.data(), open.size())));
}

pkey_handle public_ecdsa(wire_reader& fields) {
    param_list params;
    params.text(OSSL_PKEY_PARAM_GROUP_NAME, curve_named(fields.text()).group);
    params.octets(OSSL_PKEY_PARAM_PUB_KEY, fields.string());
    return params.build("EC", EVP_PKEY_PUBLIC_KEY);
}

pkey_handle public_rsa(wire_reader& fields) {
    auto const e = fields.mpint();
    auto const n = fields.mpint();
    if (n.size() * 8 < shortest_rsa) throw unsupported_key("an RSA key of less than 1024 bits is not secure");
    if (n.size() > longest_rsa / 8 || e.size() > 8) throw unsupported_key("an RSA key of such a size is not accepted");
    param_list params;
    params.number(OSSL_PKEY_PARAM_RSA_N, n);
    params.number(OSSL_PKEY_PARAM_RSA_E, e);
    return params.build("RSA", EVP_PKEY_PUBLIC_KEY);
}

/// Of a well-formed blob.
pkey_handle public_key_of(byte_view blob) {
    wire_reader fields(blob);
    auto const type = fields.text();
    if (type == "ssh-ed25519") return public_ed25519(fields);
    if (type == "ssh-rsa") return public_rsa(fields);
    if (type.starts_with(ecdsa_prefix)) return public_ecdsa(fields);
    throw unsupported_key("a key of type " + std::string(type) + " is not supported there");
}

number from_bytes(byte_view big_endian) {
    auto value = must(number(BN_bin2bn(big_endian.data(), static_cast<int>(big_endian.size()), nullptr)));
    BN_set_flags(value.get(), BN_FLG_CONSTTIME);
    return value;
}

/// exponent mod (prime - 1)
number exponent_for(BIGNUM const* exponent, byte_view prime) {
    auto const context = must(number_context(BN_CTX_secure_new()));
    auto const less_one = from_bytes(prime);
    auto result = must(number(BN_new()));
    must(BN_sub_word(less_one.get(), 1));
    must(BN_mod(result.get(), exponent, less_one.get(), context.get()));
    return result;
}

pkey_handle read_rsa(wire_reader& fields) {
    auto const n = fields.mpint();
    auto const e = fields.mpint();
    auto const d = fields.mpint();
    auto const coefficient = fields.mpint();
    auto const p = fields.mpint();
    auto const q = fields.mpint();
    if (n.size() * 8 < shortest_rsa) throw unsupported_key("an RSA key of less than 1024 bits is not secure");
    for (auto const part : {e, d, coefficient, p, q})
        if (part.empty() || part.size() > n.size()) throw wire_error("has an RSA key that is damaged");
    auto const exponent = from_bytes(d);
    param_list params;
    params.number(OSSL_PKEY_PARAM_RSA_N, n);
    params.number(OSSL_PKEY_PARAM_RSA_E, e);
    params.number(OSSL_PKEY_PARAM_RSA_D, d);
    params.number(OSSL_PKEY_PARAM_RSA_FACTOR1, p);
    params.number(OSSL_PKEY_PARAM_RSA_FACTOR2, q);
    params.number(OSSL_PKEY_PARAM_RSA_EXPONENT1, exponent_for(exponent.get(), p).get());
    params.number(OSSL_PKEY_PARAM_RSA_EXPONENT2, exponent_for(exponent.get(), q).get());
    params.number(OSSL_PKEY_PARAM_RSA_COEFFICIENT1, coefficient);
    return params.build("RSA");
}

bytes number_of(EVP_PKEY* key, char const* name) {
    BIGNUM* value = nullptr;
    must(EVP_PKEY_get_bn_param(key, name, &value));
    number const owner(value);
    bytes big_endian(static_cast<std::size_t>(BN_num_bytes(value)));
    BN_bn2bin(value, big_endian.data());
    return big_endian;
}

bytes ed25519_blob(EVP_PKEY* key) {
    std::array<unsigned char, 32> open{};
    auto size = open.size();
    must(EVP_PKEY_get_raw_public_key(key, open.data(), &size));
    return wire_writer().string("ssh-ed25519").string(open).take();
}

curve const& curve_of(EVP_PKEY* key) {
    std::array<char, 64> group{};
    std::size_t size = 0;
    must(EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(), &size));
    auto const found = std::ranges::find(curves, std::string_view(group.data(), size), &curve::group);
    if (found == curves.end()) throw unsupported_key("its curve is not supported");
    return *found;
}

bytes ecdsa_blob(EVP_PKEY* key) {
    auto const& on = curve_of(key);
    EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed");
    std::array<unsigned char, 256> point{};
    std::size_t size = 0;
    must(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size));
    return wire_writer()
        .string(std::string(ecdsa_prefix) + std::string(on.name))
        .string(on.name)
        .string(byte_view(point).first(size))
        .take();
}

bytes rsa_blob(EVP_PKEY* key) {
    auto const n = number_of(key, OSSL_PKEY_PARAM_RSA_N);
    if (n.size() * 8 < shortest_rsa) throw unsupported_key("an RSA key of less than 1024 bits is not secure");
    return wire_writer().string("ssh-rsa").mpint(number_of(key, OSSL_PKEY_PARAM_RSA_E)).mpint(n).take();
}

char const* digest_for(EVP_PKEY* key, std::string_view type, std::string_view algorithm) {
    if (type == "ssh-rsa" && algorithm == "rsa-sha2-512") return "SHA512";
    if (type == "ssh-rsa" && algorithm == "rsa-sha2-256") return "SHA256";
    if (type == "ssh-rsa" || type != algorithm)
        throw std::invalid_argument("a key of type " + std::string(type) + " can't sign with " +
                                    std::string(algorithm));
    return type == "ssh-ed25519" ? nullptr : curve_of(key).digest;
}

/// Likewise, for a signature that another key has made.
char const* accepted_digest(EVP_PKEY* key, std::string_view type, std::string_view algorithm) try {
    return digest_for(key, type, algorithm);
} catch (std::invalid_argument const& error) {
    throw unsupported_key(error.what());
}

bytes raw_signature(EVP_PKEY* key, byte_view data, char const* digest) {
    auto const context = must(digest_context(EVP_MD_CTX_new()));
    must(EVP_DigestSignInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key, nullptr));
    std::size_t size = 0;
    must(EVP_DigestSign(context.get(), nullptr, &size, data.data(), data.size()));
    bytes signature(size);
    must(EVP_DigestSign(context.get(), signature.data(), &size, data.data(), data.size()));
    signature.resize(size);
    return signature;
}

/// From libcrypto's DER to the two numbers of RFC 5656 section 3.1.2.
bytes ecdsa_numbers(byte_view der) {
    auto const* begin = der.data();
    auto const signature = must(ecdsa_signature(d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(der.size()))));
    wire_writer numbers;
    for (auto const* value : {ECDSA_SIG_get0_r(signature.get()), ECDSA_SIG_get0_s(signature.get())}) {
        bytes big_endian(static_cast<std::size_t>(BN_num_bytes(value)));
        BN_bn2bin(value, big_endian.data());
        numbers.mpint(big_endian);
    }
    return numbers.take();
}

/// From the two numbers to libcrypto's DER.
bytes ecdsa_der(byte_view numbers) {
    wire_reader fields(numbers);
    auto const r = fields.mpint();
    auto const s = fields.mpint();
    if (!fields.empty()) throw wire_error("has more than two numbers");
    auto const signature = must(ecdsa_signature(ECDSA_SIG_new()));
    must(ECDSA_SIG_set0(signature.get(), from_bytes(r).release(), from_bytes(s).release()));
    unsigned char* encoded = nullptr;
    int const size = i2d_ECDSA_SIG(signature.get(), &encoded);
    if (size <= 0) throw crypto_error("libcrypto can't write the signature");
    bytes der(encoded, encoded + size);
    OPENSSL_free(encoded);
    return der;
}

bool verifies(EVP_PKEY* key, byte_view data, char const* digest, byte_view signature) {
    auto const context = must(digest_context(EVP_MD_CTX_new()));
    must(EVP_DigestVerifyInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key, nullptr));
    return EVP_DigestVerify(context.get(), signature.data(), signature.size(), data.data(), data.size()) == 1;
}

/// The second half of a secret follows from the first. A signature made and verified would take five times as long.
bool is_whole(secret_bytes const& secret) {
    secret_bytes made(crypto_sign_ed25519_SECRETKEYBYTES);
    std::array<unsigned char, crypto_sign_ed25519_PUBLICKEYBYTES> half{};
    crypto_sign_ed25519_seed_keypair(half.data(), made.data(), secret.data());
    return sodium_memcmp(made.data(), secret.data(), made.size()) == 0;
}

}  // namespace

void require_usable_type(std::string_view type) {
    if (type.starts_with("sk-"))
        throw unsupported_key("a security key (FIDO) signs only through ssh-agent (ssh-add it)");
    if (type == "ssh-dss") throw unsupported_key("DSA keys are not supported: servers no longer accept them");
    if (type != "ssh-ed25519" && type != "ssh-rsa" && !type.starts_with(ecdsa_prefix))
        throw unsupported_key("its key type is not supported");
}

pkey_handle read_private_fields(std::string_view type, wire_reader& fields) {
    require_usable_type(type);
    if (type == "ssh-ed25519") return read_ed25519(fields);
    return type == "ssh-rsa" ? read_rsa(fields) : read_ecdsa(type, fields);
}

bytes public_blob_of(EVP_PKEY* key) {
    if (EVP_PKEY_is_a(key, "ED25519") == 1) return ed25519_blob(key);
    if (EVP_PKEY_is_a(key, "EC") == 1) return ecdsa_blob(key);
    if (EVP_PKEY_is_a(key, "RSA") == 1) return rsa_blob(key);
    if (EVP_PKEY_is_a(key, "DSA") == 1) require_usable_type("ssh-dss");
    throw unsupported_key("its key type is not supported");
}

bytes sign_with(EVP_PKEY* key, byte_view data, std::string_view type, std::string_view algorithm) {
    bool const is_sha1 = type == "ssh-rsa" && algorithm == type;
    auto const* digest = is_sha1 ? "SHA1" : digest_for(key, type, algorithm);
    auto signature = raw_signature(key, data, digest);
    return type.starts_with(ecdsa_prefix) ? ecdsa_numbers(signature) : signature;
}

secret_bytes ed25519_secret_of(EVP_PKEY* key) {
    if (EVP_PKEY_is_a(key, "ED25519") != 1) return {};
    secret_bytes secret(crypto_sign_ed25519_SECRETKEYBYTES);
    std::size_t half = crypto_sign_ed25519_SEEDBYTES;
    must(EVP_PKEY_get_raw_private_key(key, secret.data(), &half));
    must(EVP_PKEY_get_raw_public_key(key, secret.data() + half, &half));
    return secret;
}

bytes ed25519_signature(secret_bytes const& secret, byte_view data) {
    bytes signature(crypto_sign_ed25519_BYTES);
    crypto_sign_ed25519_detached(signature.data(), nullptr, data.data(), data.size(), secret.data());
    return signature;
}

bool signature_fits(byte_view blob, byte_view data, std::string_view algorithm, byte_view signature) {
    auto const key = public_key_of(blob);
    auto const type = text_of(wire_reader(blob).string());
    auto const* digest = accepted_digest(key.get(), type, algorithm);
    if (!type.starts_with(ecdsa_prefix)) return verifies(key.get(), data, digest, signature);
    return verifies(key.get(), data, digest, ecdsa_der(signature));
}

bool halves_fit(EVP_PKEY* key) try {
    if (EVP_PKEY_is_a(key, "ED25519") == 1) return is_whole(ed25519_secret_of(key));
    auto const probe = view_of("probe");
    return verifies(key, probe, "SHA256", raw_signature(key, probe, "SHA256"));
} catch (crypto_error const&) {
    return false;
}

}  // namespace muster::ssh
