// SPDX-License-Identifier: MIT
// How a script finds out about a process.
#pragma once

#include <string_view>

namespace muster::shell {

/// Of process $1, from /proc/PID/stat (proc(5)), behind the name: z state, q parent, r process group, s session.
inline constexpr std::string_view process_fields = R"(
of() { read -r x <"/proc/$1/stat" || return 1;
 case $x in *\)\ *) ;; *) x=; while read -r y; do x=$x$y; done <"/proc/$1/stat";; esac;
 x=${x##*\) }; set -- $x; z=$1 q=$2 r=$3 s=$4;
 case $z in [A-Za-z]) ;; *) return 1;; esac; };
)";

}  // namespace muster::shell
