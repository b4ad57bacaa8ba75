// SPDX-License-Identifier: MIT
// Opens, fills and closes the files of hosts.
#include "output/record/host_files_sink.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <utility>
#include <variant>

namespace muster::output {

host_files_sink::host_files_sink(writer& into, std::optional<host_folder> out, std::optional<host_folder> err,
                                 part_of_list part)
    : writer_(into),
      out_(std::move(out)),
      err_(std::move(err)),
      part_(part),
      results_(make(out_ ? *out_ : *err_, std::string(results_file_name))) {
    if (out_ && err_ && out_->same_as(*err_)) err_.reset();
}

flow host_files_sink::tell(event const& event) {
    if (auto const* output = std::get_if<events::output>(&event)) {
        auto const& files = files_[output->index];
        if (files.out == nullptr && files.err == nullptr) open(output->index);  // of a step that needs no command
        auto const to = output->from == stream::out ? files.out : files.err;
        if (to != nullptr) writer_.write(to, output->bytes);
    } else if (auto const* sent = std::get_if<events::command_sent>(&event)) {
        open(sent->index);
    } else if (auto const* ended = std::get_if<events::host_ended>(&event)) {
        finish(*ended);
    } else if (auto const* run = std::get_if<events::run_started>(&event)) {
        hosts_ = run->hosts;
        files_.assign(hosts_.size(), {});
        writer_.on_room(run->resume);
    } else if (auto const* over = std::get_if<events::run_ended>(&event)) {
        std::string text;
        append_summary(text, over->results, part_);
        writer_.write(results_, text);
    }
    return writer_.answer();
}

void host_files_sink::open(std::size_t index) {
    auto& files = files_[index];
    auto const name = host_file_name(hosts_[index].host);
    if (out_ && files.out == nullptr) files.out = make(*out_, name);
    if (files.err != nullptr) return;
    files.err = err_ ? make(*err_, name) : make(*out_, name + ".err");
}

void host_files_sink::finish(events::host_ended const& ended) {
    auto const files = std::exchange(files_[ended.index], {});
    if (files.out != nullptr) writer_.finish(files.out);
    if (files.err != nullptr) writer_.finish(files.err);
    std::string text;
    json_object object(text);
    begin_result(object, ended.result);
    end_result(object, ended.result, part_);
    writer_.write(results_, text);
}

writer::target host_files_sink::make(host_folder const& folder, std::string const& name) {
    int const file = folder.create(name);
    return writer_.add(file, folder.path() + '/' + name, writer::ownership::owned);
}

}  // namespace muster::output
