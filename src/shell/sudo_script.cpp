// SPDX-License-Identifier: MIT
// See sudo_script.hpp. The scripts keep to what shell/quoting.hpp wants of them.
#include "shell/sudo_script.hpp"

#include "shell/process_fields.hpp"
#include "shell/quoting.hpp"

namespace muster::shell {

namespace {

/// Leaves the command in c, and prints the mark when begun. Both streams have it, for nothing orders what is read of
/// one and of the other; on a terminal they are one. A sudo that refuses the command quotes these words: the whole mark
/// must not stand in them.
constexpr std::string_view common_part = R"sh(
c=$(printf %b. "$3"); c=${c%.};
begun() { printf %s%s "$1" "$2"; [ -t 1 ] && [ -t 2 ] || printf %s%s "$1" "$2" >&2; };
)sh";

/// $1 and $2 the halves of the mark, $3 the command.
constexpr std::string_view plain_script = R"sh(
begun "$1" "$2"; exec /bin/sh -c "$c"
)sh";

/// $1 and $2 the halves of the mark, $3 the command, $4 seconds of grace.
///
/// Only what joins the group after the start is the command's: without a terminal sudo itself and the login shell are
/// in it, too. g is the group, b those that don't count, l those that do, i the watch. Without Linux's /proc ps(1)
/// tells. The status is waited for where no signal is handled: bash loses it when the two come together. The watch
/// begins behind the command, or a word that comes early would find nothing to end.
constexpr std::string_view watch_script = R"sh(
exec 3<&0 </dev/null;
if of $$; then g=$r; all() { for p in $(near $g); do if of $p && [ $r = $g ] && [ $z != Z ]; then echo $p; fi; done; } 2>/dev/null;
else g=$(ps -o pgid= -p $$); g=$((g)); all() { ps -A -o pid= -o pgid= -o stat= | while read -r p r z; do
 if [ $r = $g ]; then case $z in Z*) ;; *) echo $p;; esac; fi; done; }; fi;
left() { l=; for i in $(all); do case " $b " in *" $i "*) ;; *) if kill -s 0 $i; then l="$l $i"; fi;; esac; done; [ -n "$l" ]; } 2>/dev/null;
send() { for i in $l; do kill -s $1 $i; done; } 2>/dev/null;
b=; left; b=$l; begun "$1" "$2";
/bin/sh -c "$c" 3<&- & k=$!;
( i=$(exec /bin/sh -c "echo \$PPID"); b="$b $i"; e=t;
 while read -r w <&3; do case $w in [tk]) e=$w; break;; esac; done;
 trap "" USR1; trap "e=k" USR2;
 ( trap - USR2; while read -r w <&3; do case $w in k) kill -s USR2 $i;; esac; done ) & n=$!; b="$b $n";
 if left; then send TERM; fi; sleep $4 & y=$!; b="$b $y";
 while left; do case $e in k) send KILL;; *) kill -s 0 $y || send KILL;; esac; sleep 0.1 || sleep 1; done;
 kill -s KILL $y $n ) 2>/dev/null & m=$!; exec 3<&-;
{ wait $k; s=$?; kill -s USR1 $m; wait $m; } 2>/dev/null; exit $s
)sh";

std::string seconds_of(std::chrono::nanoseconds time) {
    return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count());
}

std::string in_halves(std::string const& mark) {
    auto const middle = mark.size() / 2;
    return mark.substr(0, middle) + ' ' + mark.substr(middle);
}

}  // namespace

std::string watched_command(std::string_view command, sudo_line const& sudo, std::string_view shell) {
    return std::string(shell) + " -c '" + in_one_line(common_part) + in_one_line(process_fields) +
           in_one_line(group_candidates) + in_one_line(watch_script) + "' muster-sudo " + in_halves(sudo.start) + " '" +
           escaped(command) + "' " + seconds_of(sudo.grace);
}

std::string sudo_command(std::string_view command, sudo_line const& sudo) {
    auto line = "exec sudo " + (sudo.question.empty() ? std::string("-n") : "-S -p " + sudo.question) + " -u " +
                shell::quoted(sudo.user) + " -- ";
    if (sudo.watched) return line + watched_command(command, sudo);
    return line + "/bin/sh -c '" + in_one_line(common_part) + in_one_line(plain_script) + "' muster-sudo " +
           in_halves(sudo.start) + " '" + escaped(command) + "'";
}

std::string without_script(std::string words, std::string const& start) {
    constexpr std::string_view option = "/bin/sh -c ";
    auto const begin = words.find(option);
    if (begin == std::string::npos) return words;
    auto const half = start.substr(start.size() / 2);
    auto const mark = words.rfind(half);
    auto const end = mark == std::string::npos ? words.find(left_out, begin) : mark + half.size();
    if (end == std::string::npos || end < begin + option.size()) return words;
    return words.replace(begin + option.size(), end - begin - option.size(), mark == std::string::npos ? "" : "...");
}

}  // namespace muster::shell
