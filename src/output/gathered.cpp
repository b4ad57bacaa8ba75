// SPDX-License-Identifier: MIT
// One stream of a host, kept whole.
#include "output/gathered.hpp"

#include <algorithm>
#include <utility>

#include "output/json_text.hpp"

namespace muster::output {

namespace {

/// Reads a stream back, slot by slot, and encodes it. What a piece can't encode alone is carried into the next.
class json_reader {
  public:
    json_reader(std::vector<spill_file::slot> slots, std::string tail, bool text, std::shared_ptr<spill_file> file)
        : file_(std::move(file)), slots_(std::move(slots)), tail_(std::move(tail)), text_(text) {}
    json_reader(json_reader const&) = delete;
    json_reader& operator=(json_reader const&) = delete;
    ~json_reader() { file_->release(slots_); }

    std::string_view next() {
        encoded_.clear();
        while (encoded_.empty() && at_ <= slots_.size()) {
            bool const last = at_ == slots_.size();
            if (last) {
                raw_ = std::move(tail_);
            } else {
                file_->get(slots_[at_], raw_);
            }
            ++at_;
            encode(last);
        }
        return encoded_;
    }

  private:
    void encode(bool last) {
        raw_.insert(0, carried_);
        auto const left = last ? 0 : text_ ? incomplete_tail(raw_) : raw_.size() % 3;
        carried_ = raw_.substr(raw_.size() - left);
        raw_.resize(raw_.size() - left);
        if (text_) {
            append_escaped(encoded_, raw_);
        } else {
            append_base64(encoded_, raw_);
        }
    }

    std::shared_ptr<spill_file> file_;
    std::vector<spill_file::slot> slots_;
    std::string tail_;
    bool text_;
    std::size_t at_ = 0;  // the next slot; one more for the tail
    std::string raw_, carried_, encoded_;
};

}  // namespace

void gathered::append(std::string_view bytes, std::shared_ptr<spill_file> const& file, writer& through,
                      writer::target to) {
    check_.add(bytes);
    while (!bytes.empty()) {
        if (tail_.size() == spill_file::slot_size) {
            auto const where = slots_.emplace_back(file->reserve());
            auto const full = std::make_shared<std::string const>(std::exchange(tail_, {}));
            auto put = [file, where, full]() -> std::string_view {
                file->put(where, *full);
                return {};
            };
            through.write(to, std::move(put), full->size());
            tail_.reserve(spill_file::slot_size);
        }
        auto const size = std::min(bytes.size(), spill_file::slot_size - tail_.size());
        tail_ += bytes.substr(0, size);
        bytes.remove_prefix(size);
    }
}

writer::source gathered::as_json(gathered&& stream, std::shared_ptr<spill_file> file) {
    bool const text = stream.is_text();
    auto reader =
        std::make_shared<json_reader>(std::move(stream.slots_), std::move(stream.tail_), text, std::move(file));
    return [reader] { return reader->next(); };
}

}  // namespace muster::output
