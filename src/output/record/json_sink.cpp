// SPDX-License-Identifier: MIT
// JSON Lines: one object a host at its end, and a summary.
#include "output/record/json_sink.hpp"

#include <utility>

#include "output/json/json_text.hpp"

namespace muster::output {

flow json_sink::tell(event const& event) {
    if (auto const* output = std::get_if<events::output>(&event)) gather(*output);
    if (auto const* ended = std::get_if<events::host_ended>(&event)) write_result(*ended);
    if (auto const* run = std::get_if<events::run_ended>(&event)) write_summary(run->results);
    if (auto const* run = std::get_if<events::run_started>(&event)) {
        outputs_.clear();
        outputs_.resize(run->hosts.size());
        writer_.on_room(run->resume);
    }
    return writer_.answer();
}

void json_sink::gather(events::output const& output) {
    auto& host = outputs_[output.index];
    if (!host) host = std::make_unique<host_output>(file_);
    (output.from == stream::out ? host->out : host->err).append(output.bytes, writer_, to_);
}

/// All parts of an object are given to the writer in one call of tell, so that objects can't mix.
void json_sink::write_result(events::host_ended const& ended) {
    auto const output = std::exchange(outputs_[ended.index], nullptr);
    block_.clear();
    json_object object(block_);
    begin_result(object, ended.result);
    append_stream(output ? &output->out : nullptr, "stdout");
    append_stream(output ? &output->err : nullptr, "stderr");
    end_result(object, ended.result, part_);
    writer_.write(to_, block_);
}

void json_sink::append_stream(gathered* stream, std::string const& name) {
    bool const text = stream == nullptr || stream->is_text();
    block_ += ",\"" + name + (text ? "\":\"" : "_b64\":\"");
    if (stream != nullptr && stream->spilled()) {
        writer_.write(to_, block_);
        block_.clear();
        writer_.write(to_, gathered::as_json(std::move(*stream)), spill_file::slot_size);
    } else if (stream != nullptr) {
        text ? append_escaped(block_, stream->in_memory()) : append_base64(block_, stream->in_memory());
    }
    block_ += '"';
}

void json_sink::write_summary(report const& results) {
    block_.clear();
    append_summary(block_, results, part_);
    writer_.write(to_, block_);
}

}  // namespace muster::output
