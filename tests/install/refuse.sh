#!/bin/bash
# SPDX-License-Identifier: MIT
# The build refuses an Asio and a libssh2 that cannot work, with words on the way out, and takes those that can.
set -euo pipefail
top=${MUSTER_SOURCE_DIR:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

configure() { cmake -S "$top" -B "$work/build" -G Ninja -DMUSTER_TESTS=OFF "$@" >"$work/log" 2>&1; }

asio() {
    mkdir -p "$work/asio/asio"
    printf '#define ASIO_VERSION %s\n' "$1" >"$work/asio/asio/version.hpp"
    configure -DASIO_INCLUDE_DIR="$work/asio"
}

fail() { printf '%s\n' "$*"; cat "$work/log"; exit 1; }
said() { tr '\n' ' ' <"$work/log" | tr -s ' ' | grep -q "$1" || fail "no word of: $1"; }

for version in 102201 103002 103600; do asio $version || fail "Asio $version was refused"; done
for version in 102200 102202 102801 103001; do
    if asio $version; then fail "Asio $version was taken"; fi
    said 'Use 1.22.1, or 1.30.2 or later: -DASIO_INCLUDE_DIR='
done

rm -rf "$work/build"
if MUSTER_CACHE=$work/no-cache configure; then fail "a libssh2 without our patches was taken"; fi
said 'Run packaging/set-up'
said 'LIBSSH2_SOURCE_DIR='
