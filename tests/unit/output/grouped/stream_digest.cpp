// SPDX-License-Identifier: MIT
// Which streams count as equal.
#include "output/grouped/stream_digest.hpp"

#include <catch2/catch_test_macros.hpp>
#include <set>
#include <string>

using namespace muster::output;

namespace {

std::string digest_of(digest_key const& key, std::string_view bytes, std::size_t piece = std::string::npos) {
    stream_digest digest(key);
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) digest.add(bytes.substr(0, piece));
    return digest.finish();
}

}  // namespace

TEST_CASE("A stream has one digest, however it comes") {
    digest_key const key;
    std::string const text(10'000, 'x');
    for (std::size_t const piece : {1, 7, 16, 4096}) CHECK(digest_of(key, text, piece) == digest_of(key, text));
}

TEST_CASE("Streams that differ in a byte, in their order, or in zeros at the end have different digests") {
    digest_key const key;
    std::set<std::string> seen;
    std::string text(64, 'x');
    for (std::size_t at = 0; at < text.size(); ++at) {
        auto other = text;
        other[at] = 'y';
        seen.insert(digest_of(key, other));
    }
    for (std::size_t zeros = 0; zeros < 40; ++zeros) seen.insert(digest_of(key, std::string(zeros, '\0')));
    CHECK(seen.size() == 64 + 40);
    CHECK(seen.begin()->size() == 16);
}

TEST_CASE("The digest of a stream can't be foreseen: each run has a key of its own") {
    CHECK(digest_of(digest_key(), "x") != digest_of(digest_key(), "x"));
}
