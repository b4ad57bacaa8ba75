// SPDX-License-Identifier: MIT
// Finds the lines of LogVerbose, and knows ssh's messages (OpenSSH's ssh.c, sshconnect.c, sshconnect2.c, packet.c).
#include "system_ssh/ssh_log.hpp"

#include <algorithm>

namespace muster::system_ssh {

namespace {

constexpr std::size_t longest_line = 4096;

/// A line of LogVerbose: the place in ssh's source, what it says there, and what that means.
struct mark {
    std::string_view place;
    std::string_view text;
    request_progress progress;
};

constexpr mark marks[] = {
    {"ssh.c:ssh_session2_open():", "", request_progress::channel},
    {"channels.c:channel_input_open_failure():", "open failed", request_progress::refused},
    {"channels.c:channel_request_start():", "request exec ", request_progress::sent},
    {"clientloop.c:client_status_confirm():", "exec request accepted", request_progress::taken},
    {"clientloop.c:client_status_confirm():", "exec request failed", request_progress::refused},
};

/// A part of one of ssh's messages, and how the host has ended.
struct message {
    std::string_view part;
    final_state state;
    muster::stage stage;
};

constexpr message messages[] = {
    {"Host key verification failed", final_state::host_key, stage::host_key},
    {"Permission denied", final_state::auth, stage::auth},
    {"Too many authentication failures", final_state::auth, stage::auth},
    {"authentication method", final_state::auth, stage::auth},
    {"Could not resolve hostname", final_state::unreachable, stage::resolve},
    {"timed out during banner exchange", final_state::timed_out, stage::banner},
    {"timed out", final_state::timed_out, stage::connect},
    {"onfiguration option", final_state::unreachable, stage::config},
    {"Bad owner or permissions", final_state::unreachable, stage::config},
    {"kex_exchange_identification", final_state::unreachable, stage::banner},
    {"anner exchange", final_state::unreachable, stage::banner},
    {"Unable to negotiate", final_state::unreachable, stage::handshake},
    {"ssh_dispatch_run_fatal", final_state::unreachable, stage::handshake},
};

message meaning_of(std::string_view line) {
    auto const* const found =
        std::ranges::find_if(messages, [&](message const& known) { return line.find(known.part) != line.npos; });
    return found == std::end(messages) ? message{{}, final_state::unreachable, stage::connect} : *found;
}

/// Of a jump host or a ProxyCommand, which has said more itself.
bool is_vague(std::string_view line) {
    return line.starts_with("kex_exchange_identification: Connection closed") ||
           line.starts_with("Connection closed by UNKNOWN port");
}

/// Where the mark begins whose place stands at `place`: its level, as in "debug2: ", belongs to it.
std::size_t begin_of_mark(std::string_view line, std::size_t place) {
    constexpr std::string_view level = "debug2: ";
    bool const has_level = place >= level.size() && line.substr(place - level.size()).starts_with("debug");
    return has_level ? place - level.size() : place;
}

/// "PLACE:LINE (pid=NUMBER): WORDS"
std::string_view words_of_mark(std::string_view mark) {
    constexpr std::string_view end_of_place = "): ";
    auto const end = mark.find(end_of_place);
    return end == mark.npos ? mark : mark.substr(end + end_of_place.size());
}

}  // namespace

std::string_view ssh_log::take(std::string_view bytes) {
    passed_.clear();
    for (char const byte : bytes) {
        line_ += byte;
        if (byte == '\n') end_line();
        if (line_.size() < longest_line) continue;
        // No line of ssh's is so long, and a mark may be cut: that there is none proves nothing any more.
        progress_ = std::max(progress_, request_progress::sent);
        end_line();
    }
    if (progress_ == request_progress::taken) pass_line_on();
    return passed_;
}

std::string_view ssh_log::take_rest() {
    passed_.clear();
    if (!line_.empty()) end_line();
    return passed_;
}

void ssh_log::pass_line_on() {
    passed_.append(line_, passed_size_);
    passed_size_ = line_.size();
}

void ssh_log::end_line() {
    bool const is_mark = progress_ != request_progress::taken && read_mark(line_);
    if (!is_mark) {
        hear(line_);
        pass_line_on();
    }
    line_.clear();
    passed_size_ = 0;
}

bool ssh_log::read_mark(std::string_view line) {
    bool is_mark = false;
    for (auto const& known : marks) {
        auto const place = line.find(known.place);
        if (place == line.npos) continue;
        if (!is_mark) passed_.append(line.substr(0, begin_of_mark(line, place)));
        is_mark = true;
        if (line.find(known.text, place) == line.npos) continue;
        progress_ = std::max(progress_, known.progress);
        if (known.progress == request_progress::refused) hear(words_of_mark(line.substr(place)));
    }
    return is_mark;
}

void ssh_log::hear(std::string_view line) {
    line = line.substr(0, line.find_last_not_of("\r\n") + 1);
    if (auto const begin = line.rfind('\r'); begin != line.npos) line.remove_prefix(begin + 1);
    if (line.empty() || (is_vague(line) && !reason_.empty())) return;
    reason_ = line;
}

transport_error ssh_log::failure(std::string const& text) const {
    if (progress_ == request_progress::refused) return {final_state::refused, stage::session, text};
    auto const meaning = meaning_of(reason_);
    return {meaning.state, meaning.stage, text};
}

}  // namespace muster::system_ssh
