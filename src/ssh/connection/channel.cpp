// SPDX-License-Identifier: MIT
// Opens a channel and gives back to its connection what is left of it.
#include "ssh/connection/channel.hpp"

#include <libssh2_muster.h>

#include <utility>

namespace muster::ssh {

channel::channel(pump& connection, std::string_view type, bytes details, unsigned window)
    : connection_(connection),
      counted_(true),
      opening_(std::make_unique<channel_opening>(connection.session(), type, std::move(details), window)) {
    connection_.add_channel();
}

channel::channel(pump& connection) : channel(connection, "session", {}, connection.window()) {
    has_errors_ = true;
}

channel::channel(pump& connection, LIBSSH2_CHANNEL* opened)
    : connection_(connection), counted_(false), opened_(opened) {
    muster_ignore_errors(opened_);
}

channel::~channel() {
    if (counted_) connection_.drop_channel();
    if (opening_) connection_.settle_later(std::move(opening_));
    if (opened_ != nullptr) connection_.close_channel(opened_);
}

asio::awaitable<long> channel::open() {
    if (is_open()) co_return 0;
    if (!opening_) co_return LIBSSH2_ERROR_CHANNEL_FAILURE;
    long const code = co_await connection_.drive([this] { return opening_->step(); });
    opened_ = opening_->channel();
    opening_.reset();
    if (opened_ != nullptr && !has_errors_) muster_ignore_errors(opened_);
    co_return code;
}

}  // namespace muster::ssh
