#!/bin/bash
# SPDX-License-Identifier: MIT
# Installs the build folder $1 under a prefix of its own and builds consumer.cpp against it: by CMake, and by pkg-config.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/first" >"$work/log"
mv "$work/first" "$work/prefix" # an installed tree may be moved
"$work/prefix/bin/muster" --version

mkdir "$work/project"
cp "$here/consumer.cpp" "$work/project"
cat >"$work/project/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(consumer CXX)
find_package(muster 0.1 REQUIRED)
add_executable(consumer consumer.cpp)
target_link_libraries(consumer muster::muster)
END
cmake -S "$work/project" -B "$work/project/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" >"$work/log"
cmake --build "$work/project/build"
"$work/project/build/consumer"

export PKG_CONFIG_PATH
PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name muster.pc)")
# shellcheck disable=SC2046
c++ -std=c++20 -o "$work/consumer" "$here/consumer.cpp" $(pkg-config --cflags --libs muster)
"$work/consumer"
