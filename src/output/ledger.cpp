// SPDX-License-Identifier: MIT
// The record of a run.
#include "output/ledger.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <utility>
#include <variant>

#include "output/json_text.hpp"
#include "output/result_json.hpp"

namespace muster::output {

namespace {

constexpr std::string_view head = R"({"v":)";

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

void append_labels(std::string& to, std::span<host_result const> hosts) {
    to += '[';
    for (auto const& one : hosts) {
        to += &one == hosts.data() ? "\"" : ",\"";
        append_escaped(to, one.host);
        to += '"';
    }
    to += ']';
}

/// Pipes and devices have no begin, and are nobody's alone.
bool is_regular(int descriptor) {
    struct stat about {};
    return ::fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
}

/// Begins as a ledger does, or would have.
bool may_be_ledger(int descriptor) {
    if (!is_regular(descriptor)) return true;
    std::array<char, head.size()> begin;
    auto const size = ::pread(descriptor, begin.data(), begin.size(), 0);
    return size >= 0 && head.starts_with(std::string_view(begin.data(), static_cast<std::size_t>(size)));
}

bool locked_by_another(int descriptor) {
    return is_regular(descriptor) && ::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

/// A new file's name is on disk only when its folder is (fsync(2)). Where that cannot be had, the file is no worse.
void sync_folder_of(std::string const& path) {
    auto const slash = path.rfind('/');
    auto const folder = slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
    int const descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    (void)!::fsync(descriptor);
    ::close(descriptor);
}

int open_for_appending(std::string const& path, ledger_file::opening how) {
    int const create = how == ledger_file::opening::existing ? 0 : O_CREAT;
    int const descriptor = ::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | create, S_IRUSR | S_IWUSR);
    if (descriptor >= 0 && create != 0) sync_folder_of(path);
    return descriptor;
}

/// Ready for whole lines.
int ready(ledger_file file) {
    if (ends_inside_a_line(file.descriptor())) {
        if (auto const code = append_whole(file.descriptor(), "\n")) throw write_error(file.name(), *code);
    }
    return file.release();
}

}  // namespace

ledger_file::ledger_file(std::string path, opening how)
    : path_(std::move(path)), descriptor_(open_for_appending(path_, how)) {
    if (descriptor_ < 0) throw write_error(name(), errno);
    auto const* const fault = locked_by_another(descriptor_) ? "another run is writing it"
                              : may_be_ledger(descriptor_)   ? nullptr
                                                             : "the file holds something else";
    if (fault == nullptr) return;
    ::close(descriptor_);
    throw ledger_refused(name() + ": " + fault);
}

ledger_file::ledger_file(ledger_file&& other) noexcept : path_(std::move(other.path_)), descriptor_(other.release()) {}

ledger_file::~ledger_file() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

int ledger_file::release() noexcept {
    return std::exchange(descriptor_, -1);
}

ledger::ledger(writer& into, ledger_file file, ledger_header header)
    : writer_(into),
      name_(file.name()),
      header_(std::move(header)),
      descriptor_(ready(std::move(file))),
      target_(into.add(descriptor_, name_, writer::ownership::owned)) {}

flow ledger::tell(event const& what) {
    line_.clear();
    std::visit([this](auto const& one) { append(one); }, what);
    bool const begins = std::holds_alternative<events::run_started>(what);
    if (line_.empty() || !(begins || begun_)) return flow::go_on;
    auto const code = put();
    if (begins) begun_ = !code;
    if (code && failure_.empty()) {
        failure_ = write_error(name_, *code).what();
        throw write_error(name_, *code);
    }
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
    object.boolean("resumed", header_.resumed).number("hosts", static_cast<std::int64_t>(hosts_.size()));
    append_labels(object.key("targets"), hosts_);
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
