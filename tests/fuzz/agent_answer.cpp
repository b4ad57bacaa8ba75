// SPDX-License-Identifier: MIT
// Answers of ssh-agent, as lists and as signatures: an error or something that was in the answer.
#include "ssh/login/agent_protocol.hpp"

#include <cstdint>
#include <cstdlib>

using namespace muster::ssh;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    byte_view const answer(data, size);
    try {
        std::size_t total = 0;
        for (auto const& key : parse_list(answer)) total += key.blob.size() + key.comment.size();
        if (total > size) std::abort();
    } catch (wire_error const&) {
    }
    for (auto const* algorithm : {"ssh-ed25519", "rsa-sha2-512", "sk-ssh-ed25519@openssh.com"}) {
        try {
            auto const signature = parse_signature(answer, algorithm);
            if (signature.empty() || signature.size() > size) std::abort();
        } catch (wire_error const&) {
        } catch (agent_refusal const&) {
        }
    }
    return 0;
}
