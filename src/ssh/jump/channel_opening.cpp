// SPDX-License-Identifier: MIT
// See channel_opening.hpp.
#include "ssh/jump/channel_opening.hpp"

#include <new>

namespace muster::ssh {

namespace {

constexpr unsigned packet_size = 32 * 1024;
constexpr std::string_view type = "direct-tcpip";

}  // namespace

channel_opening::channel_opening(link const& connection, std::string const& host, std::uint16_t port)
    : session_(connection.session()), window_(connection.window()), state_(muster_open_begin()) {
    if (state_ == nullptr) throw std::bad_alloc();
    // Who asks: nobody in particular.
    where_ = wire_writer().string(host).u32(port).string("127.0.0.1").u32(0).take();
}

channel_opening::~channel_opening() {
    muster_open_end(session_, state_);
}

long channel_opening::step() {
    muster_open_swap(session_, state_);
    channel_ =
        libssh2_channel_open_ex(session_, type.data(), type.size(), window_, packet_size,
                                reinterpret_cast<char const*>(where_.data()), static_cast<unsigned>(where_.size()));
    long const code = channel_ != nullptr ? 0 : libssh2_session_last_errno(session_);
    muster_open_swap(session_, state_);
    return code;
}

}  // namespace muster::ssh
