// SPDX-License-Identifier: MIT
// Asio's own code, compiled once: every other file sees declarations only (ASIO_SEPARATE_COMPILATION).
#include <asio/impl/src.hpp>
