// SPDX-License-Identifier: MIT
// Walks a folder, and lists it as the script on the host does.
#include "copy/tree.hpp"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <system_error>

#include <muster/copy.hpp>

#include "copy/sha256.hpp"
#include "shell/push_script.hpp"

namespace muster::copy {

namespace {

[[noreturn]] void fail(std::string const& path, std::string const& reason) {
    throw copy_error(path + ": " + reason);
}

std::string words_of(int error) {
    return std::generic_category().message(error);
}

std::string target_of(std::string const& path) {
    std::error_code code;
    auto const target = std::filesystem::read_symlink(path, code);
    if (code) fail(path, code.message());
    return target.string();
}

std::vector<std::string> names_in(std::string const& path) {
    std::vector<std::string> names;
    std::error_code code;
    for (std::filesystem::directory_iterator found(path, code), end; !code && found != end; found.increment(code))
        names.push_back(found->path().filename().string());
    if (code) fail(path, code.message());
    std::ranges::sort(names);
    return names;
}

class tree_reader {
  public:
    explicit tree_reader(std::string const& root) : root_(root) {}

    std::vector<tree_entry> run() {
        add(".");
        return std::move(found_);
    }

  private:
    void add(std::string const& name) {
        auto const path = name == "." ? root_ : root_ + name.substr(1);
        tree_entry entry{name, {}, {}, {}};
        auto const look = name == "." ? ::stat : ::lstat;  // the user named the root, and may have named a link to it
        if (look(path.c_str(), &entry.about) != 0) fail(path, words_of(errno));
        bool const folder = S_ISDIR(entry.about.st_mode);
        if (S_ISLNK(entry.about.st_mode)) {
            entry.target = target_of(path);
        } else if (!folder && !S_ISREG(entry.about.st_mode)) {
            fail(path, "is neither a file, a directory nor a link, and can't be copied");
        }
        found_.push_back(std::move(entry));
        if (!folder) return;
        for (auto const& inner : names_in(path)) add(name + "/" + inner);
    }

    std::string const& root_;
    std::vector<tree_entry> found_;
};

std::string octal(mode_t mode) {
    char text[16];
    std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777U));
    return text;
}

bool leads_out(tree_entry const& link) {
    if (link.target.starts_with('/')) return true;
    auto const where = std::filesystem::path(link.name).parent_path() / link.target;
    return where.lexically_normal().string().starts_with("..");
}

/// Lines of a listing, as sort(1) orders them in the C locale.
std::string sorted_lines(std::vector<std::string> lines) {
    std::ranges::sort(lines);
    std::string text;
    for (auto const& line : lines) text += line + "\n";
    return text;
}

bool needs_escapes(tree_entry const& entry) {
    return (entry.name + entry.target).find_first_of("\n\\") != std::string::npos;
}

bool is_link(tree_entry const& entry) {
    return S_ISLNK(entry.about.st_mode);
}

/// As find(1) names it that begins at ".//.", on one line.
std::string escaped_name(tree_entry const& entry) {
    std::string text = ".//.";
    for (char const c : entry.name.substr(1)) {
        if (c == '\\') text += '\\';
        text += c == '\n' ? std::string("\\n") : std::string(1, c);
    }
    return text;
}

std::string hexadecimal(std::string const& text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (unsigned char const c : text) out += {digits[c >> 4U], digits[c & 15U]};
    return out;
}

std::set<std::string> set_of_modes(std::vector<tree_entry> const& tree) {
    std::set<std::string> modes;
    for (auto const& entry : tree)
        if (!is_link(entry)) modes.insert(octal(entry.about.st_mode));
    return modes;
}

/// Names and targets as they are.
std::string plain_listing(std::vector<tree_entry> const& tree) {
    std::vector<std::string> sums;
    std::vector<std::string> links;
    for (auto const& entry : tree) {
        if (S_ISREG(entry.about.st_mode)) sums.push_back(entry.digest + "  " + entry.name);
        if (is_link(entry)) links.push_back(entry.name);
    }
    std::ranges::sort(links);
    auto text = sorted_lines(std::move(sums));
    for (auto const& name : links) text += name + " " + std::ranges::find(tree, name, &tree_entry::name)->target + "\n";
    for (auto const& mode : set_of_modes(tree)) {
        std::vector<std::string> names;
        for (auto const& entry : tree)
            if (!is_link(entry) && octal(entry.about.st_mode) == mode) names.push_back(entry.name);
        text += mode + "\n" + sorted_lines(std::move(names));
    }
    return text;
}

std::string escaped_listing(std::vector<tree_entry> const& tree) {
    std::map<std::string, tree_entry const*> by_name;
    for (auto const& entry : tree) by_name[escaped_name(entry)] = &entry;
    std::string text;
    for (auto const& [name, entry] : by_name)
        if (S_ISREG(entry->about.st_mode)) text += entry->digest + " " + name + "\n";
    for (auto const& [name, entry] : by_name)
        if (is_link(*entry)) text += name + " " + hexadecimal(entry->target + "\n") + "\n";
    for (auto const& mode : set_of_modes(tree)) {
        text += mode + "\n";
        for (auto const& [name, entry] : by_name)
            if (!is_link(*entry) && octal(entry->about.st_mode) == mode) text += name + "\n";
    }
    return text;
}

}  // namespace

std::vector<tree_entry> read_tree(std::string const& path) {
    return tree_reader(path).run();
}

std::vector<std::string> links_out_of(std::vector<tree_entry> const& tree) {
    std::vector<std::string> names;
    for (auto const& entry : tree)
        if (S_ISLNK(entry.about.st_mode) && leads_out(entry)) names.push_back(entry.name + " -> " + entry.target);
    return names;
}

std::string modes_of(std::vector<tree_entry> const& tree) {
    std::string text;
    for (auto const& mode : set_of_modes(tree)) text += (text.empty() ? "" : " ") + mode;
    return text;
}

std::string listing_digest(std::vector<tree_entry> const& tree) {
    bool const escapes = std::ranges::any_of(tree, needs_escapes);
    sha256 digest;
    digest.add(escapes ? escaped_listing(tree) : plain_listing(tree));
    return (escapes ? std::string(shell::with_escapes) : std::string()) + digest.hex();
}

}  // namespace muster::copy
