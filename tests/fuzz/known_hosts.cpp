// SPDX-License-Identifier: MIT
// known_hosts files: the first line is the host asked for, the rest the file. Both look-ups agree, and so do the key
// types.
#include "ssh/known_hosts/known_hosts.hpp"

#include "ssh/bytes/wire.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace muster::ssh;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const input = text_of({data, size});
    auto const name = input.substr(0, input.find('\n'));
    static bytes const key = wire_writer().string("ssh-ed25519").string(std::string(32, 'k')).take();
    known_hosts known;
    try {
        known.parse(input.substr(name.size()), "file");
    } catch (known_hosts_error const&) {
        return 0;  // a line of @revoked that can't be read
    }
    auto const quick = known.check(name, 22, key);
    auto const whole = known.scan(name, 22, key);
    bool const agree = quick.state == host_key_state::undecided || quick.state == whole.state;
    if (!agree || whole.state == host_key_state::undecided) std::abort();
    if (whole.state == host_key_state::changed && known.key_types(name, 22) != whole.known_types) std::abort();
    if (known.warnings().size() > 100) std::abort();
    known.learn(name, 22, key);
    bool const open = whole.state == host_key_state::unknown;
    if (open && known.check(name, 22, key).state != host_key_state::known) std::abort();
    return 0;
}
