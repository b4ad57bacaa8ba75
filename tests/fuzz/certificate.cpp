// SPDX-License-Identifier: MIT
// Certificates as servers send them, from lines as in KEY-cert.pub: none is good unless every byte is as it was signed.
#include "ssh/keys/certificate.hpp"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ssh/keys/public_key.hpp"

using namespace muster::ssh;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const line = text_of({data, size});
    auto const blank = line.find(' ');
    if (blank == std::string_view::npos) return 0;
    auto const blob = from_base64(line.substr(blank + 1));
    if (!blob) return 0;
    auto const plain = certified_key(*blob);
    if (plain.empty()) return 0;
    if (!well_formed(plain) || is_certificate(key_type(plain))) std::abort();
    auto const certificate = parse_certificate(*blob);
    std::chrono::system_clock::time_point const within(std::chrono::seconds(1'800'000'000));  // 2027
    bool const good = host_certificate_fault(certificate, "web1", within).empty();
    // The seeds' authority is thrown away: whoever passes has changed nothing that it signed.
    if (good && (certificate.key_id != "seed" || certificate.serial != 7 || certificate.principals.size() != 2))
        std::abort();
    return 0;
}
