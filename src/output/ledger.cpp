// SPDX-License-Identifier: MIT
// The record of a run.
#include "output/ledger.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <utility>
#include <variant>

#include "output/json_text.hpp"
#include "output/result_json.hpp"

namespace muster::output {

namespace {

/// Closes on the way out of a constructor that fails.
class opened_file {
  public:
    opened_file(std::string const& path, std::string const& name)
        : descriptor_(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR)) {
        if (descriptor_ < 0) throw write_error(name, errno);
    }
    opened_file(opened_file const&) = delete;
    opened_file& operator=(opened_file const&) = delete;
    ~opened_file() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    int get() const noexcept { return descriptor_; }
    int release() noexcept { return std::exchange(descriptor_, -1); }

  private:
    int descriptor_;
};

/// The errno of a write that did not do everything; then nothing of it stays in the file.
std::optional<int> append_whole(int descriptor, std::string_view bytes) {
    auto const before = ::lseek(descriptor, 0, SEEK_END);
    while (!bytes.empty()) {
        auto const done = ::write(descriptor, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) {
            int const code = errno;
            if (before >= 0) (void)!::ftruncate(descriptor, before);
            return code;
        }
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    return std::nullopt;
}

bool ends_inside_a_line(int descriptor) {
    auto const size = ::lseek(descriptor, 0, SEEK_END);
    char last = '\n';
    return size > 0 && ::pread(descriptor, &last, 1, size - 1) == 1 && last != '\n';
}

/// Ready for whole lines, and ours alone.
int open_ledger(std::string const& path, std::string const& name) {
    opened_file file(path, name);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        throw std::runtime_error(name + ": another run is writing it");
    }
    if (ends_inside_a_line(file.get())) {
        if (auto const code = append_whole(file.get(), "\n")) throw write_error(name, *code);
    }
    return file.release();
}

}  // namespace

ledger::ledger(writer& into, std::string const& path, ledger_header header)
    : writer_(into),
      name_("ledger " + path),
      header_(std::move(header)),
      descriptor_(open_ledger(path, name_)),
      target_(into.add(descriptor_, name_, writer::ownership::owned)) {}

flow ledger::tell(event const& what) {
    line_.clear();
    std::visit([this](auto const& one) { append(one); }, what);
    if (line_.empty()) return flow::go_on;
    auto const code = put();
    if (code && !std::exchange(told_error_, true)) throw write_error(name_, *code);
    return writer_.answer();
}

std::optional<int> ledger::put() {
    auto const code = append_whole(descriptor_, line_);
    if (!code) writer_.sync(target_);
    return code;
}

void ledger::append(events::run_started const& run) {
    hosts_ = run.hosts;
    json_object object(line_);
    object.number("v", 1).string("type", "run").string("version", header_.version);
    object.string("command", header_.command).string("command_hash", header_.command_hash);
    object.number("hosts", static_cast<std::int64_t>(hosts_.size()));
    object.string("started", rfc3339(std::chrono::system_clock::now()));
    object.end();
}

void ledger::append(events::command_sent const& sent) {
    json_object object(line_);
    object.number("v", 1).string("type", "command_sent").string("host", hosts_[sent.index].host);
    object.string("at", rfc3339(std::chrono::system_clock::now()));
    object.end();
}

void ledger::append(events::stopping const& stop) {
    json_object object(line_);
    object.number("v", 1).string("type", "stopping").string("cause", to_string(stop.cause));
    object.string_or_null("culprit", stop.culprit ? hosts_[*stop.culprit].host : std::string());
    object.number("running", static_cast<std::int64_t>(stop.running)).boolean("soon", stop.soon);
    object.end();
}

void ledger::append(events::host_ended const& ended) {
    json_object object(line_);
    begin_result(object, ended.result);
    end_result(object, ended.result);
}

void ledger::append(events::run_ended const& run) {
    append_summary(line_, run.results);
}

}  // namespace muster::output
