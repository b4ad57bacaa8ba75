// SPDX-License-Identifier: MIT
// Cuts a stream into slots of the file and reads it back in order.
#include "output/grouped/gathered.hpp"

#include <algorithm>
#include <utility>

#include "output/json/json_text.hpp"

namespace muster::output {

namespace {

/// Reads a stream back, piece by piece, and encodes it. What a piece can't encode alone is carried into the next.
class json_reader {
  public:
    explicit json_reader(gathered&& stream) : stream_(std::move(stream)) {}

    std::string_view next() {
        encoded_.clear();
        while (encoded_.empty() && !over_) {
            over_ = !stream_.read(position_++, raw_);
            if (over_) raw_.clear();
            encode();
        }
        return encoded_;
    }

  private:
    void encode() {
        raw_.insert(0, carried_);
        auto const left = over_ ? 0 : stream_.is_text() ? incomplete_tail(raw_) : raw_.size() % 3;
        carried_ = raw_.substr(raw_.size() - left);
        raw_.resize(raw_.size() - left);
        if (stream_.is_text()) {
            append_escaped(encoded_, raw_);
        } else {
            append_base64(encoded_, raw_);
        }
    }

    gathered stream_;
    std::size_t position_ = 0;
    bool over_ = false;
    std::string raw_, carried_, encoded_;
};

}  // namespace

gathered::gathered(gathered&& other) noexcept
    : file_(other.file_),
      limit_(other.limit_),
      size_(other.size_),
      dropped_(other.dropped_),
      tail_(std::move(other.tail_)),
      slots_(std::exchange(other.slots_, {})),
      last_slot_size_(other.last_slot_size_),
      check_(other.check_) {}

void gathered::append(std::string_view bytes, writer& through, writer::target to) {
    auto const kept = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), limit_ - size_)));
    dropped_ += bytes.size() - kept.size();
    size_ += kept.size();
    check_.add(kept);
    bytes = kept;
    while (!bytes.empty()) {
        if (tail_.size() == spill_file::slot_size) {
            spill_tail(through, to);
            tail_.reserve(spill_file::slot_size);
        }
        auto const size = std::min(bytes.size(), spill_file::slot_size - tail_.size());
        tail_ += bytes.substr(0, size);
        bytes.remove_prefix(size);
    }
}

void gathered::finish(std::size_t in_memory, writer& through, writer::target to) {
    if (tail_.size() > in_memory) {
        spill_tail(through, to);
    } else {
        tail_.shrink_to_fit();
    }
    slots_.shrink_to_fit();
}

void gathered::spill_tail(writer& through, writer::target to) {
    last_slot_size_ = tail_.size();
    auto const where = slots_.emplace_back(file_->reserve());
    auto const full = std::make_shared<std::string const>(std::exchange(tail_, {}));
    auto put = [file = file_, where, full]() -> std::string_view {
        file->put(where, *full);
        return {};
    };
    through.write(to, std::move(put), full->size(), writer::urgency::with_the_next);
}

bool gathered::read(std::size_t index, std::string& piece) const {
    if (index > slots_.size()) return false;
    if (index == slots_.size()) {
        piece = tail_;
    } else {
        file_->get(slots_[index], piece, index + 1 == slots_.size() ? last_slot_size_ : spill_file::slot_size);
    }
    return true;
}

writer::source gathered::as_json(gathered&& stream) {
    return pieces_of(std::make_shared<json_reader>(std::move(stream)));
}

}  // namespace muster::output
