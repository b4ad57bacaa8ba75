// SPDX-License-Identifier: MIT
// Files each host's output under its digest when the host ends, and writes the groups when the run does.
#include "output/grouped/gather_sink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include <muster/host.hpp>

#include "output/terminal/sanitise.hpp"

namespace muster::output {

namespace {

constexpr std::size_t kept_in_memory = 4096;  // of each stream of each group; the file has the rest

using group_pointer = std::shared_ptr<output_group const>;

std::size_t size_of(group_pointer const& group) {
    return group->hosts.size();
}

/// The one group that is larger than every other; null when there is none.
group_pointer usual_of(std::vector<group_pointer> const& groups) {
    group_pointer largest;
    bool alone = false;
    for (auto const& group : groups) {
        if (largest && size_of(group) < size_of(largest)) continue;
        alone = !largest || size_of(group) > size_of(largest);
        largest = group;
    }
    return alone ? largest : nullptr;
}

}  // namespace

flow gather_sink::tell(event const& event) {
    if (auto const* output = std::get_if<events::output>(&event)) gather(*output);
    if (auto const* ended = std::get_if<events::host_ended>(&event)) file_under(*ended);
    if (auto const* started = std::get_if<events::host_started>(&event); started != nullptr && started->again)
        remove_host(groups_, started->index);
    if (auto const* run = std::get_if<events::run_started>(&event)) begin(*run);
    if (std::holds_alternative<events::run_ended>(event)) show();
    return writer_.answer();
}

void gather_sink::begin(events::run_started const& run) {
    hosts_ = run.hosts;
    groups_.clear();
    running_.clear();
    running_.resize(hosts_.size());
    rule_ = {};
    writer_.on_room(run.resume);
}

void gather_sink::gather(events::output const& output) {
    bool const is_out = output.from == stream::out;
    if (!is_out && !terms_.errors) return;
    auto& host = output_of(output.index);
    auto& marks = is_out ? host.out_marks : host.err_marks;
    auto const bytes = style_.heading ? marks.mark(output.stage, output.bytes) : output.bytes;
    (is_out ? host.out : host.err).add(bytes);
    (is_out ? host.kept->out : host.kept->err).append(bytes, writer_, to_);
    if (!style_.terminal) rule_.add(is_out ? host.out_place : host.err_place, bytes);
}

/// Equal output is dropped here: a group keeps that of its first host.
void gather_sink::file_under(events::host_ended const& ended) {
    bool const has_begun = ended.result.command != command_fate::not_sent || running_[ended.index];
    bool const shown = has_begun && !(terms_.only_failed && ended.result.state == final_state::ok);
    if (!shown) {
        running_[ended.index].reset();
        return;
    }
    auto& host = output_of(ended.index);
    rule_.finish(host.out_place);
    rule_.finish(host.err_place);
    auto& group = groups_[host.out.finish() + host.err.finish()];
    if (!group) {
        group = std::move(host.kept);
        group->out.finish(kept_in_memory, writer_, to_);
        group->err.finish(kept_in_memory, writer_, to_);
    }
    group->hosts.push_back(ended.index);
    running_[ended.index].reset();
}

void gather_sink::show() {
    group_list groups;
    for (auto& [digest, group] : groups_) {
        std::sort(group->hosts.begin(), group->hosts.end());
        groups.push_back(group);
    }
    groups_.clear();
    running_.clear();
    bool const anything = std::any_of(groups.begin(), groups.end(), [](auto const& group) { return !group->silent(); });
    if (!anything) return;
    order(groups);
    if (!style_.share) return show_plainly(groups);
    auto const most = usual_of(groups);
    auto const usual = most ? std::make_shared<usual_group>(most, style_.share) : nullptr;
    auto const rule = rule_.text();
    for (auto const& group : groups) show_group(group, usual, rule);
}

/// As clush: what is silent is not there, and of a diff there is nothing but what differs from the first group.
void gather_sink::show_plainly(group_list groups) {
    std::erase_if(groups, [](auto const& group) { return group->silent(); });
    auto const usual = std::make_shared<usual_group>(groups.front(), style_.share);
    auto const rule = rule_.text();
    for (auto const& group : groups) {
        if (!style_.diff) {
            show_group(group, nullptr, rule);
        } else if (group != usual->group()) {
            writer_.write(to_, diff_heading(hosts_of(*usual->group()), hosts_of(*group)));
            writer_.write(to_, diff_source(usual, group, style_), spill_file::slot_size);
        }
    }
}

void gather_sink::show_group(group_pointer const& group, usual_pointer const& usual, std::string const& rule) {
    bool const odd = usual && group != usual->group();
    bool const compared = style_.diff && odd;
    auto const unseen = odd && !compared && !group->silent() && look_alike(usual->group(), group, style_);
    auto const* const note = group->silent() ? "no output" : unseen ? "in what can't be seen; --diff tells" : "";
    writer_.write(to_, heading_text({hosts_of(*group), note, odd}, rule, style_));
    if (group->silent()) return;
    writer_.write(to_, compared ? diff_source(usual, group, style_) : text_source(group, style_),
                  spill_file::slot_size);
}

/// Of groups of one size the one with the earliest host comes first.
void gather_sink::order(group_list& groups) const {
    bool const by_size = !terms_.host_order;
    std::sort(groups.begin(), groups.end(), [by_size](auto const& a, auto const& b) {
        if (by_size && size_of(a) != size_of(b)) return size_of(a) > size_of(b);
        return a->hosts.front() < b->hosts.front();
    });
}

std::string gather_sink::hosts_of(output_group const& group) const {
    std::vector<std::string> names;
    for (auto const index : group.hosts) names.push_back(hosts_[index].host);
    auto list = sanitised(fold(names), std::string::npos);
    if (hosts_.size() == 1) return list;
    if (!style_.share) return names.size() == 1 || !style_.count ? list : fmt::format("{} ({})", list, names.size());
    return fmt::format("{} ({} of {})", list, names.size(), hosts_.size());
}

gather_sink::host_output& gather_sink::output_of(std::size_t index) {
    auto& host = running_[index];
    if (!host) host = std::make_unique<host_output>(file_, terms_.limit, key_);
    return *host;
}

}  // namespace muster::output
