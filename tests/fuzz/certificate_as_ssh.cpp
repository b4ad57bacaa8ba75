// SPDX-License-Identifier: MIT
// Host certificates, as muster and as ssh-keygen -L read them, with a valid signature over whatever the input puts into
// them: what vouches for a host here is one for ssh-keygen, with the same serial number and kind. The first byte
// chooses the kind, the second the time; then come serial number, key id, principals, critical options, extensions,
// what is reserved and what stands behind it, each as a byte n and n bytes. Principals are names with commas, or, after
// a comma at the beginning, raw bytes.
#include <openssl/evp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "other_program.hpp"
#include "ssh/bytes/libcrypto.hpp"
#include "ssh/bytes/wire.hpp"
#include "ssh/keys/certificate.hpp"

using namespace muster::ssh;

namespace {

constexpr std::string_view type = "ssh-ed25519-cert-v01@openssh.com";
constexpr std::uint32_t now = 1'800'000'000;  // 2027

pkey_handle authority() {
    bytes const seed(32, 'a');
    return pkey_handle{EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size())};
}

bytes signature(byte_view text) {
    static auto const key = authority();
    digest_context const context{EVP_MD_CTX_new()};
    bytes made(64);
    std::size_t size = made.size();
    bool const done = EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                      EVP_DigestSign(context.get(), made.data(), &size, text.data(), text.size()) == 1;
    if (!done) std::abort();
    return wire_writer().string("ssh-ed25519").string(made).take();
}

bytes public_half() {
    bytes half(32);
    std::size_t size = half.size();
    if (EVP_PKEY_get_raw_public_key(authority().get(), half.data(), &size) != 1) std::abort();
    return half;
}

byte_view part_of(byte_view& input) {
    if (input.empty()) return {};
    std::size_t const size = std::min<std::size_t>(input[0], input.size() - 1);
    auto const part = input.subspan(1, size);
    input = input.subspan(1 + size);
    return part;
}

bytes principals(byte_view part) {
    auto names = text_of(part);
    if (names.starts_with(',')) return {part.begin() + 1, part.end()};
    wire_writer list;
    while (!names.empty()) {
        auto const end = std::min(names.find(','), names.size());
        list.string(names.substr(0, end));
        names.remove_prefix(std::min(end + 1, names.size()));
    }
    return list.take();
}

bytes certificate_of(byte_view input) {
    std::uint32_t const kinds[] = {2, 1, 3, 0};
    std::uint32_t const kind = kinds[input[0] % 4];
    std::uint32_t const after = (input[1] & 1U) != 0 ? now : 0;
    std::uint32_t const before = (input[1] & 2U) != 0 ? now : now + 1;
    input = input.subspan(2);
    auto const serial = part_of(input);
    wire_writer cert;
    cert.string(type).string(bytes(32, 'n')).string(public_half());
    cert.u32(0).u32(serial.empty() ? 0 : serial[0]).u32(kind).string(part_of(input));
    cert.string(principals(part_of(input))).u32(0).u32(after).u32(0).u32(before);
    cert.string(part_of(input)).string(part_of(input)).string(part_of(input));
    cert.string(wire_writer().string("ssh-ed25519").string(public_half()).take());
    auto const signed_part = cert.data();
    cert.string(signature(signed_part));
    auto blob = cert.take();
    auto const behind = part_of(input);
    blob.insert(blob.end(), behind.begin(), behind.end());
    return blob;
}

/// Empty where it ends with an error, which may come after half of its words.
std::string said_by_ssh_keygen(byte_view blob) {
    auto const line = std::string(type) + " " + base64(blob) + "\n";
    int const memory = ::memfd_create("certificate", 0);  // ssh-keygen inherits it
    if (memory < 0 || ::write(memory, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::abort();
    auto const told =
        muster::fuzz::told_by("ssh-keygen -L -f /proc/self/fd/" + std::to_string(memory) + " 2>/dev/null");
    ::close(memory);
    return told.whole ? told.out : std::string();
}

/// Empty where it is no whole certificate.
std::string fault_of(byte_view blob, std::uint64_t& serial) {
    try {
        auto const certificate = parse_certificate(blob);
        serial = certificate.serial;
        return host_certificate_fault(certificate, "web1",
                                      std::chrono::system_clock::time_point(std::chrono::seconds(now)));
    } catch (wire_error const& error) {
        return error.what();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < 2) return 0;
    auto const blob = certificate_of({data, size});
    std::uint64_t serial = 0;
    bool const good = fault_of(blob, serial).empty();
    if (!good && data[0] % 8 != 0) return 0;
    auto const said = said_by_ssh_keygen(blob);
    bool const host = said.find(" host certificate\n") != std::string::npos;
    bool const same = said.find("Serial: " + std::to_string(serial) + "\n") != std::string::npos;
    if (good && (!host || !same)) std::abort();
    bool const no_options = said.find("Critical Options: (none)") != std::string::npos;
    // ssh-keygen prints a line feed as it is: an input with one can write any line.
    bool const speaks_for_it = std::find(data, data + size, '\n') != data + size;
    bool const named = !speaks_for_it && said.find("\n                web1\n") != std::string::npos;
    bool const in_time = (data[1] & 2U) == 0;
    if (host && no_options && named && in_time && !good) std::abort();
    return 0;
}
