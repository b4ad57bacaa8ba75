// SPDX-License-Identifier: MIT
// Expansion of tokens, variables and home directories.
#include "ssh_config/tokens.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <optional>

#include "hosts/host_text.hpp"
#include "ssh_config/sha1.hpp"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves its declaration to the program

namespace muster::ssh_config {
namespace {

struct account_entry {
    std::string user;
    std::string home;
};

std::optional<account_entry> entry_of(std::function<int(passwd*, char*, std::size_t, passwd**)> const& look_up) {
    std::string buffer(16384, '\0');
    passwd entry{};
    passwd* found = nullptr;
    if (look_up(&entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return {};
    return account_entry{found->pw_name, found->pw_dir};
}

std::optional<account_entry> entry_of_user(std::string const& name) {
    return entry_of([&](auto* entry, auto* buffer, auto size, auto** found) {
        return getpwnam_r(name.c_str(), entry, buffer, size, found);
    });
}

std::string_view before_dot(std::string_view name) {
    return name.substr(0, name.find('.'));
}

std::string connection_hash(token_values const& values) {
    return sha1_hex(
        fmt::format("{}{}{}{}{}", values.local.host_name, values.host, values.port, values.user, values.jump_host));
}

std::string token(char letter, token_values const& values) {
    switch (letter) {
        case '%':
            return "%";
        case 'C':
            return connection_hash(values);
        case 'd':
            return values.local.home;
        case 'h':
            return std::string(values.host);
        case 'i':
            return std::to_string(values.local.user_id);
        case 'j':
            return std::string(values.jump_host);
        case 'k':
            return std::string(values.key_alias.empty() ? values.original_host : values.key_alias);
        case 'L':
            return std::string(before_dot(values.local.host_name));
        case 'l':
            return values.local.host_name;
        case 'n':
            return std::string(values.original_host);
        case 'p':
            return std::to_string(values.port);
        case 'r':
            return std::string(values.user);
        case 'u':
            return values.local.user;
        default:
            throw token_error(fmt::format("unknown token %{}", letter));
    }
}

// The value of the variable whose "${NAME}" stands at `at`, which moves to the closing brace.
std::string const& variable(std::string_view text, std::size_t& position, local_account const& local) {
    auto const end = text.find('}', position);
    if (end == std::string_view::npos) throw token_error("\"${\" without \"}\"");
    auto const name = text.substr(position + 2, end - position - 2);
    auto const found = local.environment.find(name);
    if (found == local.environment.end())
        throw token_error(fmt::format("the environment variable {} is not set", name));
    position = end;
    return found->second;
}

using token_source = std::function<std::string(char)>;

token_source only(std::string_view letters, token_values const& values) {
    return [letters, &values](char letter) {
        if (letter != '%' && letters.find(letter) == letters.npos)
            throw token_error(fmt::format("unknown token %{}", letter));
        return token(letter, values);
    };
}

std::string expand(std::string_view text, token_source const& token, local_account const* variables) {
    std::string out;
    for (std::size_t position = 0; position < text.size(); ++position) {
        if (variables != nullptr && text.substr(position, 2) == "${") {
            out += variable(text, position, *variables);
        } else if (text[position] == '%' && token) {
            if (++position == text.size()) throw token_error("a lone % at the end; write %% for a percent sign");
            out += token(text[position]);
        } else {
            out += text[position];
        }
    }
    return out;
}

}  // namespace

local_account this_account() {
    local_account out;
    out.user_id = ::getuid();
    for (auto** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        std::string_view const text(*entry);
        if (auto const equals = text.find('='); equals != std::string_view::npos)
            out.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    if (auto const entry = entry_of([](auto* entry, auto* buffer, auto size, auto** found) {
            return getpwuid_r(::getuid(), entry, buffer, size, found);
        })) {
        out.user = entry->user;
        out.home = entry->home;
    }
    if (auto const home = out.environment.find("HOME"); home != out.environment.end() && home->second.starts_with('/'))
        out.home = home->second;
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) == 0) out.host_name = name.data();
    return out;
}

std::string expand_tilde(std::string_view path, local_account const& local) {
    if (!path.starts_with('~')) return std::string(path);
    auto const slash = std::min(path.find('/'), path.size());
    auto home = local.home;
    if (slash > 1) {
        auto const entry = entry_of_user(std::string(path.substr(1, slash - 1)));
        if (!entry) throw token_error(fmt::format("there is no user {}", path.substr(1, slash - 1)));
        home = entry->home;
    }
    if (home.empty()) throw token_error("the home directory is not known");
    if (home.ends_with('/')) home.pop_back();
    return home.append(path.substr(slash));
}

std::string expand_tokens(std::string_view text, token_values const& values) {
    if (text.find_first_of("%$") == std::string_view::npos) return std::string(text);
    return expand(
        text, [&](char letter) { return token(letter, values); }, &values.local);
}

std::string expand_some_tokens(std::string_view text, token_values const& values, std::string_view letters) {
    return expand(text, only(letters, values), &values.local);
}

std::string expand_tokens_alone(std::string_view text, token_values const& values, std::string_view letters) {
    return expand(text, only(letters, values), nullptr);
}

bool uses_token(std::string_view text, char letter) noexcept {
    for (auto position = text.find('%'); position != text.npos && position + 1 < text.size();
         position = text.find('%', position + 2))
        if (text[position + 1] == letter) return true;
    return false;
}

std::string expand_variables(std::string_view text, local_account const& local) {
    return expand(text, {}, &local);
}

std::string expand_host_name(std::string_view text, std::string_view host) {
    auto const token = [&](char letter) -> std::string {
        if (letter == 'h') return std::string(host);
        if (letter == '%') return "%";
        throw token_error(fmt::format("unknown token %{}", letter));
    };
    return expand(text, token, nullptr);
}

}  // namespace muster::ssh_config
