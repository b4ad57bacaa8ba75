// SPDX-License-Identifier: MIT
// The name of the Asio that the library was built with; see detail/asio.hpp.
#include <muster/coro/detail/asio.hpp>

namespace muster::coro::detail::the_library_was_built_with_another_asio_or_macros_than {
char const MUSTER_THIS_ASIO = 0;
}
