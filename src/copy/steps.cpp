// SPDX-License-Identifier: MIT
// Scripts and pulls as steps; see muster/copy.hpp.
#include <fstream>
#include <iterator>
#include <utility>

#include <muster/copy.hpp>

#include "copy/pull_folder.hpp"
#include "copy/sha256.hpp"
#include "shell/script_file.hpp"

namespace muster {

namespace {

constexpr std::size_t longest_script = std::size_t{16} << 20U;

std::string read_script(std::string const& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text;
    if (file) text.assign(std::istreambuf_iterator<char>(file), {});
    if (!file) throw copy_error(path + ": can't be read");
    if (text.size() > longest_script) throw copy_error(path + ": is larger than 16 MiB");
    return text;
}

std::string last_part(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return path.substr(path.rfind('/') + 1);
}

}  // namespace

script_step script_of(std::string const& path, std::vector<std::string> arguments) {
    script_step one;
    one.text = read_script(path);
    one.name = path;
    one.arguments = std::move(arguments);
    try {
        one.interpreter = shell::interpreter_of(one.text);
    } catch (shell::script_error const& error) {
        throw copy_error(path + ": " + error.what());
    }
    copy::sha256 digest;
    digest.add(one.text);
    one.sha256 = digest.hex();
    return one;
}

pull_step pull_of(std::string from, std::string folder, std::uint64_t most, pulled_name how) {
    auto const name = last_part(from);
    if (name.empty() || name == "." || name == "..")
        throw copy_error("'" + from + "' has no name that a pulled copy could have");
    pull_step one;
    one.from = from.starts_with("~/") ? from.substr(2) : std::move(from);
    one.most = most;
    one.into = [folder = std::move(folder), name, most, how](std::string const& label) {
        auto const place = copy::place_of(folder, label, name, how);
        return std::make_unique<copy::pull_folder>(place.folder, place.name, most);
    };
    return one;
}

}  // namespace muster
