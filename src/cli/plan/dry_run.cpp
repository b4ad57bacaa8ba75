// SPDX-License-Identifier: MIT
// Shows a plan as text and as JSON.
#include "cli/plan/dry_run.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "cli/options/transport_table.hpp"
#include "cli/options/values.hpp"
#include "cli/plan/host_facts.hpp"
#include "cli/plan/plan_json.hpp"
#include "cli/plan/rollout_plan.hpp"
#include "output/json/json_text.hpp"
#include "output/terminal/sanitise.hpp"
#include "output/terminal/shown_word.hpp"
#include "output/words/words.hpp"

namespace muster::cli {

namespace {

using strings = std::vector<std::string>;

/// Labels by a value, in order of the values' first appearance.
class labels_by_value {
  public:
    void add(std::string const& value, std::string const& label) {
        auto const [place, is_new] = index_.try_emplace(value, rows_.size());
        if (is_new) rows_.emplace_back(value, strings());
        rows_[place->second].second.push_back(label);
    }
    std::vector<std::pair<std::string, strings>> const& rows() const { return rows_; }

  private:
    std::vector<std::pair<std::string, strings>> rows_;
    std::map<std::string, std::size_t> index_;
};

/// "push site.conf as ~/site.conf"
std::string push_in_words(named_push const& push, std::string const& host) {
    auto const source = with_host(push.source, host);
    auto target = push.what.to.starts_with("~/") ? push.what.to.substr(2) : push.what.to;
    if (target == "~") target.clear();
    if (push.what.as_cp)
        return fmt::format("push {} to {}{}, or into it", source, target.starts_with('/') ? "" : "~/", target);
    if (target.empty() || target.ends_with('/'))
        target += push.what.content ? push.what.content->base_name : source.substr(source.rfind('/') + 1);
    return fmt::format("push {} as {}{}", source, target.starts_with('/') ? "" : "~/", target);
}

/// What the host does, in the order of make_job().
strings commands_of(run_plan const& plan, arguments const& args, std::size_t index) {
    strings out;
    bool const is_done = !plan.command_done.empty() && plan.command_done[index];
    auto const hook = [&](char const* name, std::string const& text) {
        if (!text.empty()) out.push_back(fmt::format("{} {}", name, with_host(text, plan.hosts[index].name)));
    };
    if (!is_done) hook("before", args.rollout.before);
    if (!is_done)
        for (auto const& push : plan.pushes) out.push_back(push_in_words(push, plan.hosts[index].name));
    bool const is_local = !transport_of(args).reads_ssh_config;  // replaces {host} itself
    auto command = plan.command_for ? plan.command_for(index) : args.command;
    if (is_local) command = with_host(std::move(command), plan.hosts[index].name);
    if (!command.empty() && !is_done) out.push_back(std::move(command));
    if (!args.check.empty()) out.push_back("check " + (plan.check_for ? plan.check_for(index) : args.check));
    for (auto const& pull : args.pulls) out.push_back("pull " + pull);
    for (std::size_t i = 0; i < args.always.size(); ++i)
        out.push_back("always " + (plan.always_for.empty() ? args.always[i] : plan.always_for[i](index)));
    hook("after", args.rollout.after);
    return out;
}

std::string address_of(endpoint const& endpoint) {
    auto const bracketed =
        endpoint.address.find(':') == std::string::npos ? endpoint.address : fmt::format("[{}]", endpoint.address);
    return fmt::format("{}@{}:{}", endpoint.user, bracketed, endpoint.port);
}

/// The hosts on the way, the first one first.
std::vector<endpoint const*> jumps_of(endpoint const& endpoint) {
    std::vector<muster::endpoint const*> out;
    for (auto const* hop = endpoint.settings->jump.get(); hop != nullptr; hop = hop->settings->jump.get())
        out.push_back(hop);
    std::ranges::reverse(out);
    return out;
}

/// "root@bastion:22"
strings jump_addresses(endpoint const& endpoint) {
    strings out;
    for (auto const* const hop : jumps_of(endpoint)) out.push_back(address_of(*hop));
    return out;
}

/// The program that carries the connection; empty: none.
std::string proxy_words(endpoint const& endpoint) {
    auto const& command = endpoint.settings->proxy_command;
    return command.empty() ? std::string() : " by ProxyCommand " + output::sanitised(command);
}

std::string way_to(endpoint const& endpoint, arguments const& args) {
    if (!endpoint.error.empty()) return "can't be used: " + output::sanitised(endpoint.error);
    if (!transport_of(args).reads_ssh_config) return "a process on this machine";
    auto text = address_of(endpoint);
    auto const* before = " via ";
    for (auto const* const hop : jumps_of(endpoint))
        text += std::exchange(before, ", ") + address_of(*hop) + proxy_words(*hop);
    return text + proxy_words(endpoint);
}

/// A heading, then rows of two columns.
void append_table(std::string& to, char const* heading, std::vector<std::pair<std::string, std::string>> const& rows) {
    std::size_t width = 0;
    for (auto const& row : rows) width = std::max(width, std::min<std::size_t>(row.first.size(), 30));
    to += fmt::format("{}:\n", heading);
    for (auto const& [left, right] : rows) to += fmt::format("  {:<{}}  {}\n", left, width, right);
}

void append_groups(std::string& to, run_plan const& plan, std::vector<planned_host> const& hosts) {
    labels_by_value groups;
    for (std::size_t i = 0; i < hosts.size(); ++i)
        for (auto const& group : hosts[i].groups) groups.add("@" + group, plan.endpoints[i].label);
    if (groups.rows().empty()) return;
    std::vector<std::pair<std::string, std::string>> rows;
    for (auto const& [group, labels] : groups.rows()) rows.emplace_back(output::sanitised(group), fold(labels));
    std::ranges::sort(rows);
    append_table(to, "groups", rows);
}

void append_batches(std::string& to, run_plan const& plan, arguments const& args) {
    auto const lines = plan_lines(args.how.rollout, plan.hosts, args);
    if (!lines.empty()) to += "batches:\n";
    for (auto const& line : lines) to += fmt::format("  {}\n", line);
}

/// Further lines of a command stand below the first one.
std::string indented(std::string const& text) {
    std::string out;
    for (char const c : text) out += c == '\n' ? std::string("\n    ") : std::string(1, c);
    return out;
}

void append_commands(std::string& to, run_plan const& plan, std::vector<planned_host> const& hosts) {
    labels_by_value commands;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        std::string key;
        for (auto const& command : hosts[i].commands) key += (key.empty() ? "" : "\nthen ") + command;
        commands.add(key, plan.endpoints[i].label);
    }
    to += "commands:\n";
    for (auto const& [text, labels] : commands.rows()) to += fmt::format("  {}: {}\n", fold(labels), indented(text));
}

/// As a ledger keeps them.
void append_options(std::string& to, arguments const& args) {
    if (args.taken.empty()) return;
    to += "options:\n ";
    for (auto const& option : args.taken) to += " " + output::sanitised(output::shown_word(option), std::string::npos);
    to += "\n";
}

/// What goes out when no host has it yet.
void append_volume(std::string& to, std::vector<planned_host> const& hosts) {
    std::uint64_t all = 0;
    for (auto const& host : hosts) all += host.pushed;
    if (all == 0) return;
    auto const each = hosts.front().pushed;
    bool const is_even = std::ranges::all_of(hosts, [each](auto const& host) { return host.pushed == each; });
    auto const shares = is_even ? output::size_in_words(each) + " to each of " : std::string();
    to += fmt::format("pushes bring {}{}: {}\n", shares, output::hosts_in_words(hosts.size()),
                      output::size_in_words(all));
}

void append_missing(std::string& to, run_plan const& plan, std::vector<planned_host> const& hosts) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (std::size_t i = 0; i < hosts.size(); ++i)
        for (auto const& path : hosts[i].missing) rows.emplace_back(plan.endpoints[i].label, output::sanitised(path));
    if (!rows.empty()) append_table(to, "not there to be pushed", rows);
}

/// Sources with {host} in their name, which are read when the host's turn comes.
void look_at_own_sources(run_plan const& plan, std::size_t index, planned_host& into) {
    for (auto const& push : plan.pushes) {
        if (push.what.content) continue;
        auto const path = with_host(push.source, plan.hosts[index].name);
        std::error_code unknown;
        auto const size = std::filesystem::file_size(path, unknown);
        if (!unknown) into.pushed += size;
        if (unknown == std::errc::no_such_file_or_directory) into.missing.push_back(path);
    }
}

void append_list(std::string& to, strings const& texts) {
    auto const* before = "[\"";
    for (auto const& text : texts) {
        to += std::exchange(before, "\",\"");
        output::append_escaped(to, text);
    }
    to += texts.empty() ? "[]" : "\"]";
}

}  // namespace

std::vector<planned_host> describe(run_plan const& plan, arguments const& args, host_sources& sources) {
    auto groups = groups_of(plan.hosts, sources);
    std::uint64_t bytes = 0;
    for (auto const& push : plan.pushes)
        if (push.what.content) bytes += push.what.content->size;
    std::vector<planned_host> out;
    for (std::size_t i = 0; i < plan.endpoints.size(); ++i)
        out.push_back({std::move(groups[i]), commands_of(plan, args, i), 0, bytes, {}});
    for (std::size_t i = 0; i < out.size(); ++i) look_at_own_sources(plan, i, out[i]);
    for (auto const& batch : args.how.rollout.batches)
        for (auto const index : batch.hosts) out[index].batch = batch.number;
    return out;
}

std::string dry_run_text(run_plan const& plan, std::vector<planned_host> const& hosts, arguments const& args) {
    strings labels;
    std::vector<std::pair<std::string, std::string>> ways;
    for (auto const& endpoint : plan.endpoints) {
        labels.push_back(endpoint.label);
        ways.emplace_back(endpoint.label, way_to(endpoint, args));
    }
    auto text = fmt::format("{}: {}\n", output::hosts_in_words(labels.size()), fold(labels));
    append_batches(text, plan, args);
    append_groups(text, plan, hosts);
    append_table(text, "endpoints", ways);
    append_commands(text, plan, hosts);
    append_volume(text, hosts);
    append_missing(text, plan, hosts);
    append_options(text, args);
    return text;
}

std::string dry_run_json(run_plan const& plan, std::vector<planned_host> const& hosts, arguments const& args) {
    strings labels;
    for (auto const& endpoint : plan.endpoints) labels.push_back(endpoint.label);
    std::string text;
    output::json_object head(text);
    head.number("v", 1).string("type", "plan").number("hosts", static_cast<std::int64_t>(labels.size()));
    head.string("folded", fold(labels)).string("command", args.command);
    append_list(head.key("options"), args.taken);
    append_rollout(head, plan, args);
    head.end();
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        auto const& endpoint = plan.endpoints[i];
        output::json_object object(text);
        object.number("v", 1).string("type", "planned_host").string("host", endpoint.label);
        object.string("address", endpoint.address).number("port", endpoint.port).string("user", endpoint.user);
        append_list(object.key("jump"), jump_addresses(endpoint));
        object.string_or_null("proxy_command", endpoint.settings->proxy_command)
            .string_or_null("error", endpoint.error);
        append_list(object.key("groups"), hosts[i].groups);
        if (hosts[i].batch > 0) object.number("batch", static_cast<std::int64_t>(hosts[i].batch));
        append_list(object.key("commands"), hosts[i].commands);
        if (hosts[i].pushed > 0) object.number("push_bytes", static_cast<std::int64_t>(hosts[i].pushed));
        if (!hosts[i].missing.empty()) append_list(object.key("missing"), hosts[i].missing);
        object.end();
    }
    return text;
}

}  // namespace muster::cli
