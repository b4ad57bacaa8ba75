#!/bin/bash
# SPDX-License-Identifier: MIT
# refused_closures.sh COMPILER FLAGS...: g++ 12 refuses each temporary of refused_closures.cpp, with the rule in words.
set -euo pipefail
source=$(dirname "$0")/refused_closures.cpp
[[ $("$1" -dumpversion) == 12* && $("$1" --version) == *Free\ Software\ Foundation* ]] || exit 77 # others need no such rule
words=$("$@" -std=c++20 -fsyntax-only -fno-diagnostics-show-caret "$source" 2>&1 || true)
status=0
while read -r line; do
    if ! grep -q "refused_closures.cpp:$line:.*required from here" <<<"$words"; then
        printf 'taken: %s\n' "$(sed -n "${line}p" "$source")"
        status=1
    fi
done < <(grep -n 'refused$' "$source" | grep -v '^2:' | cut -d: -f1)
if grep 'error:' <<<"$words" | grep -v 'static assertion failed: g++ 12 destroys'; then status=1; fi
exit $status
