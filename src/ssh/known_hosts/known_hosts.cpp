// SPDX-License-Identifier: MIT
// The index over known_hosts lines, and the look-ups in it.
#include "ssh/known_hosts/known_hosts.hpp"

#include "ssh/bytes/read_file.hpp"
#include "ssh/keys/public_key.hpp"
#include "ssh/known_hosts/known_hosts_line.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <unordered_map>

namespace muster::ssh {

namespace {

constexpr std::size_t quick_hashes = 1000;  // 0.35 ms: as much as one look-up may take on the loop
constexpr std::size_t most_warnings = 100;
constexpr std::size_t largest_file = std::size_t{256} << 20U;

struct entry {
    std::size_t file;  ///< index into the list of files
    std::size_t number;
    known_hosts_line line;
};

using entries = std::vector<entry const*>;

int rank(std::string_view type) {
    if (type == "ssh-ed25519") return 0;
    if (type.starts_with("ecdsa-sha2-")) return 1;
    return type == "ssh-rsa" ? 2 : 3;
}

bool is_better(std::string_view a, std::string_view b) {
    return std::pair(rank(a), a) < std::pair(rank(b), b);
}

struct best_first {
    bool operator()(std::string const& a, std::string const& b) const { return is_better(a, b); }
};

using type_set = std::set<std::string, best_first>;

std::vector<std::string> listed(type_set const& types) {
    return {types.begin(), types.end()};
}

}  // namespace

struct known_hosts::lines {
    std::vector<std::string> files;
    std::deque<entry> all;                                      ///< what the indexes point to
    std::unordered_map<std::string, entries> by_name;           ///< lines of plain names
    std::unordered_map<std::string_view, entries> pattern_key;  ///< lines with wildcards or negation
    std::unordered_map<std::string_view, entries> hashed_key;   ///< lines of hashed names
    std::unordered_map<std::string_view, entries> revoked_key;  ///< @revoked lines; they are in no other index
    entries authorities;                                        ///< @cert-authority lines; likewise
    entries patterns, hashed;
    std::map<std::string, std::size_t, best_first> hashed_types;  ///< how many hashed lines have a key of the type
    std::vector<std::string> warnings;

    void add(entry const& added);
    /// Computes hashes only where there are at most `most_hashes`; otherwise it may be undecided.
    host_key_verdict look_up(std::string name, byte_view key, std::size_t most_hashes) const;
    /// The same for the name with its port, and where that is unknown, for the bare name.
    host_key_verdict look_up(std::string_view name, std::uint16_t port, byte_view key, std::size_t most_hashes) const;
    /// Nothing: only the hashes of many lines could tell.
    std::optional<type_set> types_of(std::string name) const;
    /// The types that about as many hashed lines have as have the most frequent one.
    std::vector<std::string> usual_hashed_types() const;
    void warn(std::size_t file, std::size_t number, std::string const& reason);
};

struct known_hosts::learned {
    std::unordered_map<std::string, std::vector<bytes>> keys;
};

void known_hosts::lines::add(entry const& added) {
    auto const& line = added.line;
    auto const key = text_of(line.key);
    if (line.marker == line_marker::cert_authority) {
        authorities.push_back(&added);
    } else if (line.marker == line_marker::revoked) {
        revoked_key[key].push_back(&added);
    } else if (line.is_plain()) {
        for_each_name(line.names, [&](std::string_view name) { by_name[std::string(name)].push_back(&added); });
    } else if (line.hidden) {
        hashed_key[key].push_back(&added);
        hashed.push_back(&added);
        ++hashed_types[std::string(key_type(line.key))];
    } else {
        pattern_key[key].push_back(&added);
        patterns.push_back(&added);
    }
}

namespace {

template <class Index, class Key>
entries const& find(Index const& index, Key const& key) {
    static entries const none;
    auto const found = index.find(key);
    return found == index.end() ? none : found->second;
}

/// One look-up: a name and the key it has shown, which may be empty.
class search {
  public:
    search(std::string name, byte_view key) : name_(std::move(name)), key_(key) {}

    std::string const& name() const noexcept { return name_; }
    bool shown(byte_view key) const { return std::ranges::equal(key, key_); }

    bool names(entry const& entry) {
        if (!entry.line.hidden) return list_matches(entry.line.names, name_);
        if (!hasher_) hasher_.emplace(name_);
        return hasher_->matches(*entry.line.hidden);
    }

    /// The first line with the key and this name.
    template <class Index>
    entry const* with_key(Index const& index) {
        auto const& candidates = find(index, text_of(key_));
        auto const found =
            std::ranges::find_if(candidates, [this](entry const* candidate) { return names(*candidate); });
        return found == candidates.end() ? nullptr : *found;
    }

    /// Adds the lines of this name.
    void add_named(entries const& from, entries& to) {
        std::ranges::copy_if(from, std::back_inserter(to), [this](entry const* entry) { return names(*entry); });
    }

  private:
    std::string name_;
    byte_view key_;
    std::optional<name_hasher> hasher_;
};

host_key_verdict verdict_of(host_key_state state, std::vector<std::string> const& files, entry const& entry) {
    return {state, files[entry.file], entry.number, std::string(key_type(entry.line.key)), {}};
}

/// From all lines of the host, none of which has the shown key; the line of the same type is the one to name.
host_key_verdict changed_or_unknown(std::vector<std::string> const& files, entries const& others, byte_view key) {
    if (others.empty()) return {};
    auto const same_type = [&](entry const* entry) { return key_type(entry->line.key) == key_type(key); };
    auto const found = std::ranges::find_if(others, same_type);
    auto verdict = verdict_of(host_key_state::changed, files, **(found == others.end() ? others.begin() : found));
    type_set types;
    for (auto const* other : others) types.emplace(key_type(other->line.key));
    verdict.known_types = listed(types);
    return verdict;
}

}  // namespace

known_hosts::known_hosts() : lines_(std::make_unique<lines>()), learned_(std::make_unique<learned>()) {}
known_hosts::known_hosts(known_hosts&&) noexcept = default;
known_hosts& known_hosts::operator=(known_hosts&&) noexcept = default;
known_hosts::~known_hosts() = default;

known_hosts::known_hosts(std::vector<std::string> const& files) : known_hosts() {
    for (auto const& file : files) {
        try {
            parse(read_file(file, largest_file).text, file);
        } catch (std::system_error const& error) {
            bool const missing =
                error.code() == std::errc::no_such_file_or_directory || error.code() == std::errc::not_a_directory;
            if (!missing) throw known_hosts_error(file + ": " + error.code().message());
        }
    }
}

void known_hosts::lines::warn(std::size_t file, std::size_t number, std::string const& reason) {
    warnings.push_back(files[file] + ":" + std::to_string(number) + ": " + reason + "; line skipped");
}

void known_hosts::parse(std::string_view content, std::string const& file) {
    auto const index = lines_->files.size();
    lines_->files.push_back(file);
    std::size_t number = 0;
    std::size_t bad = 0;
    while (!content.empty()) {
        auto const text = content.substr(0, content.find('\n'));
        content.remove_prefix(std::min(text.size() + 1, content.size()));
        ++number;
        try {
            if (auto line = parse_known_hosts_line(text))
                lines_->add(lines_->all.emplace_back(entry{index, number, std::move(*line)}));
        } catch (bad_revocation const& error) {
            throw known_hosts_error(file + ":" + std::to_string(number) + ": a line of @revoked can't be read (" +
                                    error.what() + "), so that what it revokes is not known; correct or remove it");
        } catch (bad_line const& error) {
            if (++bad < most_warnings) lines_->warn(index, number, error.what());
        }
    }
    if (bad >= most_warnings)
        lines_->warnings.push_back(file + ": " + std::to_string(bad - most_warnings + 1) + " more lines skipped");
}

std::vector<std::string> const& known_hosts::warnings() const noexcept {
    return lines_->warnings;
}

host_key_verdict known_hosts::lines::look_up(std::string name, byte_view key, std::size_t most_hashes) const {
    search wanted(std::move(name), key);
    auto const found = [this](host_key_state state, entry const& entry) { return verdict_of(state, files, entry); };
    if (auto const* entry = wanted.with_key(revoked_key)) return found(host_key_state::revoked, *entry);

    auto others = find(by_name, wanted.name());
    for (auto const* other : others)
        if (wanted.shown(other->line.key)) return found(host_key_state::known, *other);
    if (auto const* entry = wanted.with_key(pattern_key)) return found(host_key_state::known, *entry);
    bool const may_hash_same_key = find(hashed_key, text_of(key)).size() <= most_hashes;
    if (may_hash_same_key)
        if (auto const* entry = wanted.with_key(hashed_key)) return found(host_key_state::known, *entry);

    bool const may_hash_all = hashed.size() <= most_hashes;
    wanted.add_named(patterns, others);
    if (may_hash_all) wanted.add_named(hashed, others);
    bool const decided = may_hash_all || (may_hash_same_key && !others.empty());
    if (!decided) return {host_key_state::undecided, {}, 0, {}, {}};
    return changed_or_unknown(files, others, key);
}

host_key_verdict known_hosts::lines::look_up(std::string_view name, std::uint16_t port, byte_view key,
                                             std::size_t most_hashes) const {
    auto const exact = known_hosts_name(name, port);
    auto bare = known_hosts_name(name, 0);
    auto verdict = look_up(exact, key, most_hashes);
    if (verdict.state != host_key_state::unknown || exact == bare) return verdict;
    verdict = look_up(std::move(bare), key, most_hashes);
    if (verdict.state == host_key_state::changed) return {};  // on another port there may be another server
    return verdict;
}

host_key_verdict known_hosts::scan(std::string_view name, std::uint16_t port, byte_view key) const {
    return lines_->look_up(name, port, key, lines_->hashed.size());
}

host_key_verdict known_hosts::check(std::string_view name, std::uint16_t port, byte_view key) const {
    return up_to_date(lines_->look_up(name, port, key, quick_hashes), name, port, key);
}

host_key_verdict known_hosts::up_to_date(host_key_verdict verdict, std::string_view name, std::uint16_t port,
                                         byte_view key) const {
    bool const open = verdict.state == host_key_state::unknown || verdict.state == host_key_state::undecided;
    auto const learned = learned_->keys.find(known_hosts_name(name, port));
    if (!open || learned == learned_->keys.end()) return verdict;

    type_set types;
    for (auto const& known : learned->second) {
        if (std::ranges::equal(known, key)) return {host_key_state::known, {}, 0, std::string(key_type(key)), {}};
        types.emplace(key_type(known));
    }
    if (verdict.state == host_key_state::undecided) return verdict;
    return {host_key_state::changed, {}, 0, *types.begin(), listed(types)};
}

bool known_hosts::has_authority(std::string_view name, std::uint16_t port) const {
    if (lines_->authorities.empty()) return false;
    search exact(known_hosts_name(name, port), {});
    search bare(known_hosts_name(name, 0), {});
    return std::ranges::any_of(
        lines_->authorities, [&](auto const* authority) { return exact.names(*authority) || bare.names(*authority); });
}

host_key_verdict known_hosts::check_authority(std::string_view name, std::uint16_t port, byte_view authority) const {
    auto revoked = check_revoked(name, port, authority);
    if (revoked.state == host_key_state::revoked) return revoked;
    for (auto const at : {port, std::uint16_t{0}}) {
        search wanted(known_hosts_name(name, at), authority);
        for (auto const* authority : lines_->authorities)
            if (wanted.shown(authority->line.key) && wanted.names(*authority))
                return verdict_of(host_key_state::known, lines_->files, *authority);
    }
    return {};
}

host_key_verdict known_hosts::check_revoked(std::string_view name, std::uint16_t port, byte_view key) const {
    for (auto const at : {port, std::uint16_t{0}}) {
        search wanted(known_hosts_name(name, at), key);
        if (auto const* entry = wanted.with_key(lines_->revoked_key))
            return verdict_of(host_key_state::revoked, lines_->files, *entry);
    }
    return {};
}

void known_hosts::learn(std::string_view name, std::uint16_t port, byte_view key) {
    auto& keys = learned_->keys[known_hosts_name(name, port)];
    auto const same = [key](bytes const& bytes) { return std::ranges::equal(bytes, key); };
    if (std::ranges::none_of(keys, same)) keys.emplace_back(key.begin(), key.end());
}

std::vector<std::string> known_hosts::lines::usual_hashed_types() const {
    std::size_t most = 0;
    for (auto const& [type, count] : hashed_types) most = std::max(most, count);
    std::vector<std::string> usual;
    for (auto const& [type, count] : hashed_types)
        if (count * 2 >= most) usual.push_back(type);
    return usual;
}

std::optional<type_set> known_hosts::lines::types_of(std::string name) const {
    search wanted(std::move(name), {});
    auto of_host = find(by_name, wanted.name());
    wanted.add_named(patterns, of_host);
    bool const may_hash_all = hashed.size() <= quick_hashes;
    if (may_hash_all) wanted.add_named(hashed, of_host);
    if (of_host.empty() && !may_hash_all) return {};
    type_set types;
    for (auto const* entry : of_host) types.emplace(key_type(entry->line.key));
    return types;
}

std::vector<std::string> known_hosts::key_types(std::string_view name, std::uint16_t port) const {
    auto const exact = known_hosts_name(name, port);
    auto found = lines_->types_of(exact);
    auto types = found.value_or(type_set{});
    if (auto const learned = learned_->keys.find(exact); learned != learned_->keys.end())
        for (auto const& key : learned->second) types.emplace(key_type(key));
    if (types.empty()) {
        found = lines_->types_of(known_hosts_name(name, 0));
        types = found.value_or(type_set{});
    }
    return types.empty() && !found ? lines_->usual_hashed_types() : listed(types);
}

}  // namespace muster::ssh
