#!/bin/bash
# SPDX-License-Identifier: MIT
# hardened.sh BUILD LIBSSH2: the program, our own objects in it and those of the archive LIBSSH2 have what Debian hardens its
# packages with, and do not debug.
set -euo pipefail
build=$1 program=$1/muster libssh2=$2
failed=0
want() {
    if ! grep -qE -e "$2" <<<"$3"; then printf '%s: not there: %s\n' "$1" "$2" >&2; failed=1; fi
}

header=$(readelf -hW "$program")
dynamic=$(readelf -dW "$program")
segments=$(readelf -lW "$program")
want 'position-independent' 'Type: +DYN' "$header"
want 'position-independent program' 'FLAGS_1.*PIE' "$dynamic"
want 'no late binding' 'BIND_NOW|FLAGS_1.*NOW' "$dynamic"
want 'read-only relocations' 'GNU_RELRO' "$segments"
want 'no code on the stack' 'GNU_STACK .* RW +0x' "$segments"

for room in ssh_connection cli_run output_views; do
    archive=$build/libmuster_$room.a
    symbols=$(nm --undefined-only "$archive")
    want "$archive: stack protector" '__stack_chk_fail' "$symbols"
    want "$archive: checks of libstdc++" '__glibcxx_assert_fail' "$symbols"
done

# Object by object: the linker marks no program in which anything lacks it, and Debian's startup objects (Scrt1.o, crti.o) do.
without_protection() {
    readelf -nW "$1" 2>/dev/null | awk '/^File:/ {if (name && !found) print name; name = $2; found = 0} /IBT, SHSTK/ {found = 1}
        END {if (name && !found) print name}'
}
if [[ $(uname -m) == x86_64 ]]; then
    for archive in "$build"/libmuster_*.a "$libssh2"; do
        without=$(without_protection "$archive")
        if [[ $without ]]; then printf '%s: without control-flow protection: %s\n' "$archive" "$without" >&2; failed=1; fi
    done
fi

# A loop that is blocked (a slow disk) must not end the program: nothing in it turns the watch for mistakes on.
switch='coro6detail13set_debuggingEb'
want 'the switch of debugging' "T .*$switch" "$(nm --defined-only "$build/libmuster_coro.a" 2>/dev/null)"
watching=$(nm -A --undefined-only "$build"/libmuster_*.a 2>/dev/null | grep "$switch" || true)
if [[ $watching ]]; then printf 'turns debugging on: %s\n' "$watching" >&2; failed=1; fi
want 'FORTIFY' '__[a-z]+_chk' "$(nm --undefined-only "$build"/libmuster_*.a 2>/dev/null | grep -v stack_chk)"
exit $failed
