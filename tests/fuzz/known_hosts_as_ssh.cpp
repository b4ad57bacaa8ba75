// SPDX-License-Identifier: MIT
// known_hosts files, as muster and as ssh-keygen -F read them: the first line is the host asked for, the rest the file.
// A key is known or revoked for us exactly where a line that ssh-keygen finds says so.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "other_program.hpp"
#include "ssh/bytes/wire.hpp"
#include "ssh/known_hosts/known_hosts.hpp"

using namespace muster::ssh;

namespace {

/// A NUL byte ends a line for ssh-keygen, and it takes these blanks in the middle of base64.
constexpr std::string_view oddities("\0\v\f", 3);

struct found_lines {
    bool plain = false, revoked = false;  // there is one with the key
};

bool is_askable(std::string_view name) {
    constexpr std::string_view fit = "abcdefghijklmnopqrstuvwxyz0123456789.-";
    return !name.empty() && name.size() <= 60 && name.front() != '-' &&
           name.find_first_not_of(fit) == std::string_view::npos;
}

/// Whether the line's key is that one: after a marker, if there is one, come the hosts, the type, the key.
bool has_key(std::string_view line, std::string_view key) {
    while (line.ends_with('\r')) line.remove_suffix(1);
    std::vector<std::string_view> fields;
    constexpr auto blanks = " \t";
    for (auto position = line.find_first_not_of(blanks); position != std::string_view::npos;) {
        auto const end = std::min(line.find_first_of(blanks, position), line.size());
        fields.push_back(line.substr(position, end - position));
        position = line.find_first_not_of(blanks, end);
    }
    std::size_t const first = !fields.empty() && fields[0].starts_with('@') ? 1 : 0;
    return fields.size() > first + 2 && fields[first + 1] == "ssh-ed25519" && fields[first + 2] == key;
}

/// ssh-keygen says "# Host NAME found: line 3", perhaps with " REVOKED" or " CA", before each line.
found_lines lines_with(std::string const& key, std::string_view output) {
    found_lines found;
    std::string_view head;
    for (std::string_view rest = output; !rest.empty();) {
        auto const line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        if (line.starts_with("# Host ")) {
            head = line;
        } else if (!head.empty() && has_key(line, key)) {
            found.revoked = found.revoked || head.ends_with(" REVOKED");
            found.plain = found.plain || (!head.ends_with(" REVOKED") && !head.ends_with(" CA"));
        }
    }
    return found;
}

found_lines ask_ssh_keygen(std::string_view name, std::string_view file, std::string const& key) {
    int const memory = ::memfd_create("known_hosts", 0);  // ssh-keygen inherits it
    if (memory < 0 || ::write(memory, file.data(), file.size()) != static_cast<ssize_t>(file.size())) std::abort();
    auto const out = muster::fuzz::told_by("ssh-keygen -F " + std::string(name) + " -f /proc/self/fd/" +
                                           std::to_string(memory) + " 2>/dev/null")
                         .out;
    ::close(memory);
    return lines_with(key, out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const input = text_of({data, size});
    auto const name = input.substr(0, input.find('\n'));
    auto const file = input.substr(std::min(input.size(), name.size() + 1));
    static bytes const key = wire_writer().string("ssh-ed25519").string(std::string(32, 'k')).take();
    static std::string const key_text = base64(key);
    if (!is_askable(name) || file.find(key_text) == std::string_view::npos) return 0;
    if (file.find_first_of(oddities) != std::string_view::npos) return 0;
    known_hosts known;
    try {
        known.parse(file, "file");
    } catch (known_hosts_error const&) {
        return 0;  // a line of @revoked that can't be read
    }
    auto const state = known.scan(name, 22, key).state;
    auto const found = ask_ssh_keygen(name, file, key_text);
    if ((state == host_key_state::revoked) != found.revoked) std::abort();
    if (!found.revoked && (state == host_key_state::known) != found.plain) std::abort();
    return 0;
}
