// SPDX-License-Identifier: MIT
// From variables to overrides.
#include "hosts/sources/inventory_variables.hpp"

#include <fmt/format.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <sstream>

#include "hosts/host_text.hpp"
#include "hosts/name_lookup.hpp"

namespace muster::hosts {
namespace {

/// The first of these variables that is there; "" otherwise.
std::string value_of(overrides const& about, std::initializer_list<char const*> names) {
    for (auto const* name : names)
        if (auto const found = about.variables.find(name); found != about.variables.end()) return found->second;
    return {};
}

void check(std::string const& value, std::optional<text_fault> const& error, char const* what) {
    if (error) throw lookup_error(fmt::format("{} '{}': {}", what, printable(value), error->reason));
}

void set(overrides& about, std::string const& address, std::string const& port, std::string const& user) {
    if (!address.empty()) check(address, name_fault(address), "address");
    if (!user.empty()) check(user, user_fault(user), "user");
    if (!port.empty() && !to_port(port))
        throw lookup_error(fmt::format("port '{}': must be 1 to 65535", printable(port)));
    about.address = address;
    about.user = user;
    if (!port.empty()) about.port = to_port(port);
}

/// The jump hosts of "-J a,b", "-oProxyJump=a" or "-o ProxyJump=a" among ssh's arguments.
std::string jump_in(std::string const& arguments) {
    std::istringstream words(arguments);
    constexpr std::string_view option = "ProxyJump=";
    for (std::string word; words >> word;) {
        if (word == "-J" || word == "-o") {
            bool const is_jump = word == "-J";
            if (!(words >> word)) return {};
            if (is_jump) return word;
        } else if (word.starts_with("-J")) {
            return word.substr(2);
        } else if (word.starts_with("-o")) {
            word.erase(0, 2);
        }
        std::erase_if(word, [](char c) { return c == '"' || c == '\''; });
        if (word.starts_with(option)) return word.substr(option.size());
    }
    return {};
}

bool is_ssh(std::string const& connection) {
    auto const name = connection.substr(connection.rfind('.') + 1);
    return name.empty() || name == "ssh" || name == "smart" || name == "paramiko" || name == "paramiko_ssh" ||
           name == "libssh";
}

std::string fault_of(overrides const& about, std::initializer_list<std::pair<char const*, std::string>> values) {
    auto const connection = value_of(about, {"ansible_connection"});
    if (!is_ssh(connection))
        return fmt::format("the inventory wants ansible_connection={}; muster reaches hosts over SSH only",
                           printable(connection));
    for (auto const& [name, value] : values)
        if (value.find("{{") != std::string::npos)
            return fmt::format("{} holds a template, which only Ansible can fill in", name);
    return {};
}

}  // namespace

std::string variable_text(nlohmann::json const& value) {
    return value.is_string() ? value.get<std::string>()
                             : value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void read_plain_variables(overrides& about) {
    set(about, value_of(about, {"address"}), value_of(about, {"port"}), value_of(about, {"user"}));
    about.identity = value_of(about, {"key"});
    about.jump = value_of(about, {"jump"});
}

void read_ansible_variables(overrides& about) {
    auto const address = value_of(about, {"ansible_host", "ansible_ssh_host"});
    auto const port = value_of(about, {"ansible_port", "ansible_ssh_port"});
    auto const user = value_of(about, {"ansible_user", "ansible_ssh_user"});
    about.identity = value_of(about, {"ansible_ssh_private_key_file", "ansible_private_key_file"});
    auto const arguments =
        value_of(about, {"ansible_ssh_common_args"}) + " " + value_of(about, {"ansible_ssh_extra_args"});
    about.error = fault_of(about, {{"ansible_host", address},
                                   {"ansible_port", port},
                                   {"ansible_user", user},
                                   {"ansible_ssh_private_key_file", about.identity},
                                   {"ansible_ssh_common_args", arguments}});
    if (!about.error.empty()) return;
    set(about, address, port, user);
    about.jump = jump_in(arguments);
}

}  // namespace muster::hosts
