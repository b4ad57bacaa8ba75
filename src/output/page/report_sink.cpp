// SPDX-License-Identifier: MIT
// Notes times and output, and hands the page to the writer.
#include "output/page/report_sink.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>
#include <variant>

#include "files/nameless_file.hpp"
#include "hosts/fold.hpp"
#include "output/json/json_text.hpp"

namespace muster::output {

namespace {

int open_page(files::replaced_file& page, std::string const& path) {
    int const file = page.open();
    if (file < 0) throw write_error(path, errno);
    return file;
}

/// A page as a source: all of it in one piece, made when it is its turn.
class page_reader {
  public:
    page_reader(report results, page_contents contents)
        : results_(std::move(results)), contents_(std::move(contents)) {}

    std::string_view next() {
        if (std::exchange(done_, true)) return {};
        write_page(results_, contents_, [this](std::string_view piece) { text_ += piece; });
        return text_;
    }

  private:
    report results_;
    page_contents contents_;
    std::string text_;
    bool done_ = false;
};

}  // namespace

report_sink::report_sink(writer& into, report_terms terms)
    : writer_(into),
      terms_(std::move(terms)),
      page_(std::make_shared<files::replaced_file>(terms_.path)),
      descriptor_(open_page(*page_, terms_.path)),
      to_(into.add(descriptor_, terms_.path, writer::ownership::owned)),
      file_(std::make_shared<spill_file>(files::temporary_folder())) {}

report_sink::~report_sink() {
    page_->drop();
}

flow report_sink::tell(event const& event) {
    if (auto const* output = std::get_if<events::output>(&event)) {
        take(*output);
        return writer_.answer();
    }
    if (auto const* ended = std::get_if<events::host_ended>(&event)) end(*ended);
    if (auto const* started = std::get_if<events::host_started>(&event)) {
        if (started->again) remove_host(groups_, started->index);
        sent_[started->index] = false;
    }
    if (auto const* sent = std::get_if<events::command_sent>(&event)) sent_[sent->index] = true;
    if (auto const* run = std::get_if<events::run_started>(&event)) begin(*run);
    if (!terms_.recorded) note_times(event);
    if (auto const* over = std::get_if<events::run_ended>(&event)) write(over->results);
    return writer_.answer();
}

void report_sink::begin(events::run_started const& run) {
    begun_ = steady::now();
    contents_ = terms_.recorded.value_or(page_contents{});
    contents_.title = terms_.command;
    if (!terms_.recorded) contents_.when = rfc3339(std::chrono::system_clock::now());
    contents_.times.resize(run.hosts.size());
    told_to_end_.reset();
    groups_.clear();
    running_.clear();
    running_.resize(run.hosts.size());
    sent_.assign(run.hosts.size(), false);
    writer_.on_room(run.resume);
}

void report_sink::note_times(event const& event) {
    bands_.follow(event, elapsed());
    if (auto const* started = std::get_if<events::host_started>(&event))
        (contents_.times[started->index] = {}).started = elapsed();
    if (auto const* sent = std::get_if<events::command_sent>(&event)) contents_.times[sent->index].sent = elapsed();
    if (auto const* stop = std::get_if<events::stopping>(&event); stop != nullptr && !stop->soon)
        told_to_end_ = elapsed();
    if (auto const* ended = std::get_if<events::host_ended>(&event)) {
        contents_.times[ended->index].ended = elapsed();
        contents_.times[ended->index].told_to_end = told_to_end_;
    }
    if (std::holds_alternative<events::run_ended>(event)) contents_.bands = bands_.finish(elapsed());
}

void report_sink::take(events::output const& output) {
    auto& host = running_[output.index];
    if (!host) host = new_output();
    bool const is_out = output.from == stream::out;
    auto const bytes = (is_out ? host->out_marks : host->err_marks).mark(output.stage, output.bytes);
    (is_out ? host->out : host->err).add(bytes);
    (is_out ? host->kept->out : host->kept->err).append(bytes, writer_, to_);
}

std::unique_ptr<report_sink::host_output> report_sink::new_output() const {
    return std::make_unique<host_output>(file_, terms_.limit, key_);
}

/// Hosts whose command printed nothing are a group, too.
void report_sink::end(events::host_ended const& ended) {
    auto host = std::exchange(running_[ended.index], nullptr);
    if (!host && sent_[ended.index] && ended.result.command != command_fate::not_sent) host = new_output();
    if (!host) return;
    auto& group = groups_[host->out.finish() + host->err.finish()];
    if (!group) {
        group = std::move(host->kept);
        group->out.finish(0, writer_, to_);
        group->err.finish(0, writer_, to_);
    }
    group->hosts.push_back(ended.index);
}

void report_sink::write(report const& results) {
    bool const anything = std::ranges::any_of(groups_, [](auto const& each) { return !each.second->silent(); });
    if (!anything) groups_.clear();
    for (auto& [digest, group] : groups_) {
        std::sort(group->hosts.begin(), group->hosts.end());
        contents_.groups.push_back(group);
    }
    groups_.clear();
    std::sort(contents_.groups.begin(), contents_.groups.end(), [](auto const& a, auto const& b) {
        if (a->hosts.size() != b->hosts.size()) return a->hosts.size() > b->hosts.size();
        return a->hosts.front() < b->hosts.front();
    });
    auto const list = [&](std::vector<std::size_t> const& hosts) {
        std::vector<std::string_view> names;
        names.reserve(hosts.size());
        for (auto const index : hosts) names.push_back(results.hosts[index].host);
        return hosts::fold(names);
    };
    for (auto const& line : rerun_lines(results, terms_.again, list)) contents_.again += line + "\n";
    writer_.write(to_, pieces_of(std::make_shared<page_reader>(results, std::move(contents_))), spill_file::slot_size);
    auto const replace = [page = page_, path = terms_.path, file = descriptor_]() -> std::string_view {
        if (int const code = page->finish(file)) throw write_error(path, code);
        return {};
    };
    writer_.write(to_, replace, 0);
}

}  // namespace muster::output
