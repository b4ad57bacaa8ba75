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

/// The processes that may be of group $1, this shell among them. A shell reads a table byte by byte, and a busy host
/// has thousands: grep(1) finds the few that matter. Where it can't be used they are all.
inline constexpr std::string_view group_candidates = R"(
near() { m=$(echo /proc/[0-9]*/stat | xargs grep -l " $1 ");
 for p in ${m:-/proc/[0-9]*}; do p=${p#/proc/}; echo ${p%/stat}; done; };
)";

}  // namespace muster::shell
