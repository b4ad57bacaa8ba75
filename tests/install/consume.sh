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
[[ $("$work/prefix/libexec/muster/pdsh" -Q -w 'n[1-3]' | tail -1) == n1,n2,n3 ]]
for page in "$here"/../../packaging/docs/*.md; do
    [[ -s $work/prefix/share/doc/muster/$(basename "$page") ]] || { printf 'not installed: %s\n' "$page"; exit 1; }
done

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

# The program may have another libssh2 or libarchive, or functions of the same names as those inside ours, and needs no flags for the linker.
names=$(nm --defined-only --extern-only --format=posix "$(find "$work/prefix" -name libmuster_ssh2.a)" "$(find "$work/prefix" -name libmuster_archive.a)" | awk 'NF >= 3 && ($1 !~ /^(muster_|__)/ || $1 ~ /^__archive/) {print $1}')
[[ -z $names ]] || { printf 'global symbols without a prefix: %s\n' "$names"; exit 1; }
names=$(nm --defined-only --extern-only --format=posix "$(find "$work/prefix" -name libmuster.a)" | awk '$2 ~ /^[A-TX-Z]$/ && $1 !~ /^_Z[A-Z]*N[A-Z]*6muster/ {print $1}')
[[ -z $names ]] || { printf 'global symbols outside of namespace muster: %s\n' "$names"; exit 1; }
if pkg-config --libs muster | grep -e -Wl || grep -r LINK_OPTIONS "$work/prefix"; then echo "flags for the linker"; exit 1; fi
for name in libssh2_init libssh2_session_init_ex libssh2_session_handshake _libssh2_error poly1305_auth chacha_encrypt_bytes archive_write_new; do
    printf 'void %s(void) { __builtin_abort(); }\n' $name
done >"$work/own.c"
cc -c -o "$work/own.o" "$work/own.c"
# shellcheck disable=SC2046
c++ -std=c++20 -o "$work/consumer" "$here/consumer.cpp" "$work/own.o" $(pkg-config --cflags --libs muster)
"$work/consumer"
