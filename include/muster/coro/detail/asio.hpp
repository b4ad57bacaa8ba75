// SPDX-License-Identifier: MIT
// Which Asio this is: one that can work, and, when linked, the one the library was built with.
#pragma once

// Asio looks for std::aligned_alloc by a macro that any header of the standard library brings: now it is there.
#include <version>

#include <asio/version.hpp>

#if ASIO_VERSION != 102201 && ASIO_VERSION < 103002
#error \
    "This Asio cannot work with muster: versions between 1.22.1 and 1.30.2 have cancellation bugs. Use 1.22.1, or 1.30.2 or later."
#endif

// Before 1.26 Asio does not know that clang has coroutines.
#if defined(__clang__) && ASIO_VERSION < 102600 && !defined(ASIO_HAS_CO_AWAIT)
#if defined(ASIO_DETAIL_CONFIG_HPP)
#error \
    "With clang and this Asio define ASIO_HAS_CO_AWAIT and ASIO_HAS_STD_COROUTINE for all files, or include muster's headers first."
#endif
#define ASIO_HAS_CO_AWAIT 1
#define ASIO_HAS_STD_COROUTINE 1
#endif

// Macros that change Asio's inline functions. Files that disagree on one of them can't be in one program: the linker
// keeps one copy of a function and drops the others.
#if defined(ASIO_NO_DEPRECATED)
#define MUSTER_ASIO_NO_DEPRECATED _NO_DEPRECATED
#else
#define MUSTER_ASIO_NO_DEPRECATED
#endif
#if defined(ASIO_NO_TS_EXECUTORS)
#define MUSTER_ASIO_NO_TS_EXECUTORS _NO_TS_EXECUTORS
#else
#define MUSTER_ASIO_NO_TS_EXECUTORS
#endif
#if defined(ASIO_NO_EXCEPTIONS)
#define MUSTER_ASIO_NO_EXCEPTIONS _NO_EXCEPTIONS
#else
#define MUSTER_ASIO_NO_EXCEPTIONS
#endif
#if defined(ASIO_DISABLE_THREADS)
#define MUSTER_ASIO_DISABLE_THREADS _DISABLE_THREADS
#else
#define MUSTER_ASIO_DISABLE_THREADS
#endif
#if defined(ASIO_DISABLE_EPOLL)
#define MUSTER_ASIO_DISABLE_EPOLL _DISABLE_EPOLL
#else
#define MUSTER_ASIO_DISABLE_EPOLL
#endif
#if defined(ASIO_HAS_IO_URING)
#define MUSTER_ASIO_HAS_IO_URING _HAS_IO_URING
#else
#define MUSTER_ASIO_HAS_IO_URING
#endif
#if defined(ASIO_ENABLE_HANDLER_TRACKING) || defined(ASIO_CUSTOM_HANDLER_TRACKING)
#define MUSTER_ASIO_HANDLER_TRACKING _HANDLER_TRACKING
#else
#define MUSTER_ASIO_HANDLER_TRACKING
#endif
#if defined(ASIO_DISABLE_STD_ALIGNED_ALLOC)
#define MUSTER_ASIO_DISABLE_STD_ALIGNED_ALLOC _DISABLE_STD_ALIGNED_ALLOC
#else
#define MUSTER_ASIO_DISABLE_STD_ALIGNED_ALLOC
#endif
#if defined(ASIO_DISABLE_SMALL_BLOCK_RECYCLING) || defined(ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
#define MUSTER_ASIO_DISABLE_RECYCLING _DISABLE_RECYCLING
#else
#define MUSTER_ASIO_DISABLE_RECYCLING
#endif
#if defined(ASIO_ENABLE_BOOST)
#define MUSTER_ASIO_BOOST _ENABLE_BOOST
#else
#define MUSTER_ASIO_BOOST
#endif

#if defined(ASIO_USE_TS_EXECUTOR_AS_DEFAULT)
#define MUSTER_ASIO_TS_EXECUTOR _USE_TS_EXECUTOR_AS_DEFAULT
#else
#define MUSTER_ASIO_TS_EXECUTOR
#endif

#define MUSTER_JOIN_NOW(a, b, c, d, e, f, g, h, i, j, k, l) asio_##a##b##c##d##e##f##g##h##i##j##k##l
#define MUSTER_JOIN(...) MUSTER_JOIN_NOW(__VA_ARGS__)
#define MUSTER_THIS_ASIO                                                                                            \
    MUSTER_JOIN(ASIO_VERSION, MUSTER_ASIO_NO_DEPRECATED, MUSTER_ASIO_NO_TS_EXECUTORS, MUSTER_ASIO_NO_EXCEPTIONS,    \
                MUSTER_ASIO_DISABLE_THREADS, MUSTER_ASIO_DISABLE_EPOLL, MUSTER_ASIO_HAS_IO_URING,                   \
                MUSTER_ASIO_HANDLER_TRACKING, MUSTER_ASIO_DISABLE_STD_ALIGNED_ALLOC, MUSTER_ASIO_DISABLE_RECYCLING, \
                MUSTER_ASIO_BOOST, MUSTER_ASIO_TS_EXECUTOR)

namespace muster::coro::detail::the_library_was_built_with_another_asio_or_macros_than {

/// Defined in the library for its own Asio: a file that was compiled with another one does not link.
extern char const MUSTER_THIS_ASIO;
[[gnu::used]] static char const* const checked_when_linked = &MUSTER_THIS_ASIO;

}  // namespace muster::coro::detail::the_library_was_built_with_another_asio_or_macros_than
