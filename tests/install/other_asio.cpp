// SPDX-License-Identifier: MIT
// A file that uses Asio for itself and knows nothing of muster.
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>

extern "C" int other_library() {
    asio::io_context context;
    int rings = 0;
    asio::steady_timer timer(context, std::chrono::milliseconds(1));
    timer.async_wait([&](std::error_code) { ++rings; });
    asio::post(context, [&] { ++rings; });
    context.run();
    return rings == 2 ? 0 : 1;
}
