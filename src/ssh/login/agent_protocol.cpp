// SPDX-License-Identifier: MIT
// Builds the requests to ssh-agent and reads its answers, which are not trusted.
#include "ssh/login/agent_protocol.hpp"

#include <string>

namespace muster::ssh {

namespace {

enum message : std::uint8_t {
    failure = 5,
    request_identities = 11,
    identities_answer = 12,
    sign = 13,
    sign_response = 14,
};

enum sign_flags : std::uint32_t { no_flags = 0, rsa_sha2_256 = 2, rsa_sha2_512 = 4 };

sign_flags flags_for(std::string_view algorithm) {
    if (algorithm == "rsa-sha2-256") return rsa_sha2_256;
    return algorithm == "rsa-sha2-512" ? rsa_sha2_512 : no_flags;
}

void require_end(wire_reader const& answer) {
    if (!answer.empty()) throw wire_error("is longer than it says");
}

}  // namespace

bytes list_request() {
    return wire_writer().u8(request_identities).take();
}

std::vector<public_key> parse_list(byte_view data) {
    wire_reader answer(data);
    auto const type = answer.u8();
    if (type == failure) return {};
    if (type != identities_answer) throw wire_error("is of another kind");
    std::vector<public_key> keys;
    for (auto count = answer.u32(); count > 0; --count) {
        auto const blob = answer.string();
        auto const comment = answer.text();
        if (!key_type(blob).empty()) keys.push_back({{blob.begin(), blob.end()}, std::string(comment)});
    }
    require_end(answer);
    return keys;
}

bytes sign_request(byte_view key, byte_view data, std::string_view algorithm) {
    return wire_writer().u8(sign).string(key).string(data).u32(flags_for(plain_algorithm(algorithm))).take();
}

bytes parse_signature(byte_view data, std::string_view algorithm) {
    wire_reader answer(data);
    auto const type = answer.u8();
    if (type == failure) throw agent_refusal("the agent refused to sign");
    if (type != sign_response) throw wire_error("is of another kind");
    wire_reader signature(answer.string());
    require_end(answer);

    if (signature.text() != plain_algorithm(algorithm)) throw agent_refusal("the agent signed with another algorithm");
    auto const all = signature.rest();
    auto const core = signature.string();
    if (core.empty()) throw wire_error("has an empty signature");
    if (algorithm.starts_with("sk-")) return {all.begin(), all.end()};
    require_end(signature);
    return {core.begin(), core.end()};
}

}  // namespace muster::ssh
