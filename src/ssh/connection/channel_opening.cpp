// SPDX-License-Identifier: MIT
// Gives each opening a state of its own in place of the one that libssh2 keeps in its session.
#include "ssh/connection/channel_opening.hpp"

#include <new>
#include <utility>

namespace muster::ssh {

namespace {

constexpr unsigned packet_size = 32 * 1024;

}  // namespace

channel_opening::channel_opening(LIBSSH2_SESSION* session, std::string_view type, bytes details, unsigned window)
    : session_(session), type_(type), details_(std::move(details)), window_(window), state_(muster_open_begin()) {
    if (state_ == nullptr) throw std::bad_alloc();
}

channel_opening::~channel_opening() {
    muster_open_end(session_, state_);
}

long channel_opening::step() {
    auto const* const details = details_.empty() ? nullptr : reinterpret_cast<char const*>(details_.data());
    muster_open_swap(session_, state_);
    channel_ = libssh2_channel_open_ex(session_, type_.data(), static_cast<unsigned>(type_.size()), window_,
                                       packet_size, details, static_cast<unsigned>(details_.size()));
    long const code = channel_ != nullptr ? 0 : libssh2_session_last_errno(session_);
    muster_open_swap(session_, state_);
    return code;
}

}  // namespace muster::ssh
