// SPDX-License-Identifier: MIT
// The server's half of a key exchange. The first byte chooses the method, the second the type of the host key; then
// come the parts of the reply, each as two bytes n and n bytes: host key, public value, signature, and for a group
// exchange modulus and generator before them. An empty part stands for one that is well formed.
#include "keyed_server.hpp"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include <asio/this_coro.hpp>

#include <muster/coro/runner.hpp>

#include "scripted_server.hpp"
#include "ssh/connection/handshake.hpp"
#include "ssh/net/socket_stream.hpp"
#include "ssh/ssh_transport.hpp"

using namespace muster;

namespace {

struct method {
    char const* name;
    int curve;          // NIST's; 0: none
    bool chosen_group;  // by the server
};

constexpr std::array<method, 9> methods = {{{"curve25519-sha256", 0, false},
                                            {"ecdh-sha2-nistp256", NID_X9_62_prime256v1, false},
                                            {"ecdh-sha2-nistp384", NID_secp384r1, false},
                                            {"ecdh-sha2-nistp521", NID_secp521r1, false},
                                            {"diffie-hellman-group14-sha256", 0, false},
                                            {"diffie-hellman-group16-sha512", 0, false},
                                            {"diffie-hellman-group-exchange-sha256", 0, true},
                                            {"curve25519-sha256@libssh.org", 0, false},
                                            {"mlkem768x25519-sha256", 0, false}}};
constexpr std::array<char const*, 3> host_key_types = {"ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512"};

ssh::bytes generator_of(int curve) {
    std::unique_ptr<EC_GROUP, ssh::crypto_deleter<EC_GROUP_free>> const group{EC_GROUP_new_by_curve_name(curve)};
    ssh::bytes point(200);
    point.resize(EC_POINT_point2oct(group.get(), EC_GROUP_get0_generator(group.get()), POINT_CONVERSION_UNCOMPRESSED,
                                    point.data(), point.size(), nullptr));
    return point;
}

ssh::bytes host_key(unsigned type) {
    if (type == 0) return ssh::wire_writer().string("ssh-ed25519").string(ssh::bytes(32, 'k')).take();
    if (type == 1)
        return ssh::wire_writer()
            .string("ecdsa-sha2-nistp256")
            .string("nistp256")
            .string(generator_of(NID_X9_62_prime256v1))
            .take();
    ssh::bytes const exponent{1, 0, 1};
    return ssh::wire_writer().string("ssh-rsa").mpint(exponent).mpint(ssh::bytes(256, 0xc5)).take();
}

ssh::bytes public_value(method const& method) {
    if (method.curve != 0) return generator_of(method.curve);
    if (std::string_view(method.name).starts_with("mlkem")) return ssh::bytes(1088 + 32, 'k');
    bool const curve25519 = std::string_view(method.name).starts_with("curve25519");
    return curve25519 ? ssh::bytes(32, 'k') : ssh::bytes{5};
}

/// RFC 3526's group of 2048 bits.
ssh::bytes modulus() {
    ssh::number const p{BN_get_rfc3526_prime_2048(nullptr)};
    ssh::bytes made(static_cast<std::size_t>(BN_num_bytes(p.get())));
    BN_bn2bin(p.get(), made.data());
    made.insert(made.begin(), 0);
    return made;
}

/// The next part of the input, or `otherwise`.
ssh::bytes part_of(ssh::byte_view& input, ssh::bytes otherwise) {
    if (input.size() < 2) return otherwise;
    std::size_t const size = std::min<std::size_t>(input[0] * 256U + input[1], input.size() - 2);
    ssh::bytes part(input.begin() + 2, input.begin() + 2 + static_cast<std::ptrdiff_t>(size));
    input = input.subspan(2 + size);
    return part.empty() ? otherwise : part;
}

ssh::bytes offer(method const& method, char const* key_type) {
    ssh::wire_writer message;
    message.u8(20);
    for (int i = 0; i < 16; ++i) message.u8(0);
    message.string(method.name).string(key_type).string("aes128-ctr").string("aes128-ctr");
    message.string("hmac-sha2-256").string("hmac-sha2-256").string("none").string("none").string("").string("");
    return message.u8(0).u32(0).take();
}

std::string said(ssh::byte_view input) {
    auto const& how = methods[input[0] % methods.size()];
    unsigned const type = input[1] % host_key_types.size();
    auto rest = input.subspan(2);
    ssh::bytes all;
    fuzz::add(all, ssh::view_of("SSH-2.0-reply\r\n"));
    fuzz::add(all, fuzz::in_the_clear(offer(how, host_key_types[type])));
    if (how.chosen_group) {
        auto const group = ssh::wire_writer().u8(31).string(part_of(rest, modulus())).string(part_of(rest, {2})).take();
        fuzz::add(all, fuzz::in_the_clear(group));
    }
    ssh::wire_writer reply;
    reply.u8(how.chosen_group ? 33 : 31).string(part_of(rest, host_key(type))).string(part_of(rest, public_value(how)));
    reply.string(part_of(rest, ssh::wire_writer().string(host_key_types[type]).string(ssh::bytes(64, 's')).take()));
    fuzz::add(all, fuzz::in_the_clear(fuzz::joined(reply.data(), rest)));
    fuzz::add(all, fuzz::in_the_clear(ssh::bytes{21}));
    return std::string(ssh::text_of(all));
}

asio::awaitable<void> exchange(std::string const& bytes) {
    auto const loop = co_await asio::this_coro::executor;
    fuzz::scripted_server server(bytes);
    ssh::pump connection(std::make_unique<ssh::socket_stream>(server.connect(loop)));
    coro::deadline clock(loop, std::chrono::hours(1));
    connect_progress progress(stage::banner, clock);
    auto offered = ssh::algorithms_of(endpoint{}, {}, false);
    offered.key_exchange.clear();
    for (auto const& how : methods)
        offered.key_exchange.append(offered.key_exchange.empty() ? "" : ",").append(how.name);
    try {
        co_await ssh::handshake(connection, offered, progress);
        std::abort();  // no signature is right
    } catch (transport_error const& error) {
        if (std::string_view(error.what()).empty()) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static coro::runner loop;
    static ssh::ssh_transport const started(loop.context().get_executor());
    if (size >= 2) loop.run(exchange(said({data, size})));
    return 0;
}
