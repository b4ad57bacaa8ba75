// SPDX-License-Identifier: MIT
// See group_scripts.hpp. A login shell of any kind (POSIX, csh, fish) hands the scripts on, in single quotes and in one
// line: they hold no single quote, no exclamation mark, and no backslash before a backslash.
#include "ssh/session/group_scripts.hpp"

#include <fmt/format.h>

#include <chrono>

#include "shell/login_shell.hpp"
#include "shell/process_fields.hpp"
#include "shell/quoting.hpp"

namespace muster::ssh {

namespace {

using shell::in_one_line;
using shell::process_fields;

/// g: the groups. The time this takes must hardly depend on how many processes the host has: a shell reads its input a
/// byte at a time, so that other programs cut the tables of processes down to the rows that matter.
///
/// rows makes lines "PID:STATE:PARENT:GROUP:SESSION:START" of the paths of stat files in its input; row takes one
/// apart. A name of a process can't forge a row: what is behind its last ") " counts, and lines of another form are
/// dropped.
///
/// find looks for groups whose leaders are children of our parent, the server. If there are none, it looks for groups
/// whose leaders are gone, known by the connection in the environment of a member that is ours, unless nothing ties
/// that member to a stream any more.
///
/// still is asked before SIGKILL: is group $1 the one that was found? A number is not used again while a process of its
/// group lives, so a member that is older than this shell, or has the connection in its environment, proves it.
///
/// lives asks the kernel for each group, which costs nothing, and forgets those that are gone. Only when a group stays
/// does it look whether all that is left of it are zombies, in ever larger distances.
constexpr std::string_view signal_script = R"sh(
exec 2>/dev/null; LC_ALL=C; export LC_ALL; g= n=0;
has() { case " $g " in *" $1 "*) return 0;; esac; return 1; };
ours() { [ -O "/proc/$1" ] && [ -n "$SSH_CONNECTION" ] &&
 tr "\000" "\012" <"/proc/$1/environ" | grep -qxF "SSH_CONNECTION=$SSH_CONNECTION"; };
tied() { for d in 0 1 2; do if [ -p "/proc/$1/fd/$d" ] || [ -S "/proc/$1/fd/$d" ]; then return 0; fi; done; return 1; };
headless() { if of $1 && [ $z != Z ]; then return 1; fi; };
led() { if [ "$q" = $PPID ] && [ $p = $r ] && [ $p -ne $$ ]; then has $r || g="$g $r"; fi; };
if [ -r /proc/self/stat ]; then
 rows() { xargs cat | sed "s/ .*[)] / /" | cut -d" " -f1-5,21 | tr " " : |
 grep "^[0-9]*:[A-Za-z]:[0-9]*:[0-9]*:[0-9]*:[0-9]*$"; };
 row() { IFS=:; set -- $1; unset IFS; p=$1 z=$2 q=$3 r=$4 s=$5 b=$6; };
 all() { echo /proc/[0-9]*/stat | rows; };
 mine() { echo /proc/[0-9]*/environ | xargs grep -lF "SSH_CONNECTION=$SSH_CONNECTION" | sed "s/environ/stat/" | rows; };
 find() { a=; for f in /proc/$PPID/task/*/children; do k=; read -r k <$f;
 for p in $k; do if [ $p = $$ ]; then a=1; elif of $p; then led; fi; done; done;
 if [ -z "$a" ]; then for l in $(all | grep "^[0-9]*:.:$PPID:"); do row $l; led; done; fi;
 if [ -z "$g" ] && [ -n "$SSH_CONNECTION" ]; then for l in $(mine); do row $l;
 if [ $z = Z ] || [ $r != $s ] || [ $r = $$ ] || has $r; then continue; fi;
 if tied $p && ours $p; then i=$r; if headless $i; then g="$g $i"; fi; fi; done; fi; };
 members() { all | grep "^[0-9]*:[^Z]:[0-9]*:$1:"; };
 still() { if of $1 && [ $q = $PPID ]; then return 0; fi; row $(echo /proc/$$/stat | rows); m=$b;
 for l in $(members $1); do row $l;
 if [ -O "/proc/$p" ]; then if [ $b -lt $m ] || ours $p; then return 0; fi; fi; done; return 1; };
else
 members() { ps -A -o pgid= -o stat= | grep "^ *$1  *[^Z ]"; };
 still() { return 0; };
 find() { for l in $(ps -A -o pid= -o ppid= -o pgid= | grep "^ *[0-9]*  *$PPID " | sed "s/^ *//;s/  */:/g"); do
 p=${l%%:*}; l=${l#*:}; q=${l%%:*} r=${l#*:}; led; done; };
fi;
lives() { k=$g g= n=$((n + 1));
 for i in $k; do case $(kill -s 0 -- -$i 2>&1) in *"o such process"*) ;;
 *) if [ $n = 1 ] || [ $((n & (n - 1))) -ne 0 ] || [ -n "$(members $i)" ]; then g="$g $i"; fi;; esac; done; [ -n "$g" ]; };
find;
echo groups$g;
while read -r w; do
 case $w in TERM|KILL) n=0;; esac;
 case $w in TERM) for i in $g; do kill -s TERM -- -$i; done;;
 KILL) for i in $g; do if still $i; then kill -s KILL -- -$i; fi; done;; esac;
 if lives; then echo alive; else echo gone; fi;
done
)sh";

/// $1 the watch, $2 and $3 its limits, $4 the command. The watch gets what the channel sends, and is no child of the
/// command. It keeps the command's standard error open: the channel is not closed before the watch is gone. A name of
/// its own could be that of a variable which the command is to have.
constexpr std::string_view lease_script = R"sh(
exec 3<&0 </dev/null;
( SHELL_PATH -c "$1" muster-lease $$ "$2" "$3" <&3 3<&- >/dev/null & );
exec 3<&-; set -- "$(printf %b. "$4")";
exec "${SHELL:-SHELL_PATH}" -c "${1%.}"
)sh";

/// The same where it stands in place of exec: $5 to $8 are the script's $1 to $4. The watch is started first, and gets
/// no functions.
constexpr std::string_view bash_lease_script = R"sh(
exec 3<&0 </dev/null;
( SHELL_PATH -c "$5" muster-lease $$ "$6" "$7" <&3 3<&- >/dev/null & );
exec 3<&-; set -- "$(printf %b. "$8")";
HAND_ON
exec "$SHELL" -c "${1%.}";
)sh";

/// $1 the leader and group, $2 seconds until the lease expires, $3 seconds of grace. A reader beside it turns lines
/// into signals: ALRM renews, USR1 ends the group (d: whether or not its leader lives, whose end may be on its way),
/// USR2 says that the connection has ended, or a command whose end was told. USR1 and USR2 don't both come: nothing
/// says which one a shell takes first. end runs in a trap, and ignores all signals: dash 0.5.12 gives what a trap
/// interrupts inside of a trap another exit status. The watch, the reader and what they start don't count as the
/// group. A TERM that comes while a sleep is forked is lost with the shell's trap: end kills it by its number.
constexpr std::string_view watch_script = R"(
exec 3<&0 4>&2 </dev/null 2>/dev/null; cd /; l=$1 e=$2 g=$3 t= f= d=;
mine() { [ $1 -eq $$ ] || [ $2 -eq $$ ] || [ $1 -eq $t ] || [ $2 -eq $t ]; };
if [ -r /proc/self/stat ]; then
 lives() { for p in $(near $l); do
 if of $p && [ $r = $l ] && [ $z != Z ]; then if mine $p $q; then :; else return 0; fi; fi; done; return 1; };
else
 lives() { ps -A -o pid= -o ppid= -o pgid= -o stat= | { n=1; while read -r p q r z; do
 if [ $r = $l ]; then case $z in Z*) ;; *) if mine $p $q; then :; else n=0; fi;; esac; fi; done; exit $n; }; };
fi;
end() { trap "" HUP INT QUIT TERM ALRM USR1 USR2; k=$!; if [ -n "$d" ] || kill -0 $l; then
 kill -s TERM 0; sleep $g & g=$!;
 while lives; do kill -0 $g || kill -s KILL 0; sleep 0.1 || sleep 1; done; kill -s KILL $g; fi;
 kill -s KILL $t $k; exit; };
trap : HUP INT QUIT TERM ALRM; trap "f=1 d=1" USR1; trap f=1 USR2;
( trap "" HUP INT QUIT TERM; u=USR2;
 while read -r w <&3; do case $w in b) kill -s ALRM $$;; t) u=USR1; kill -s $u $$;; k) kill -s KILL 0;; esac; done;
 kill -s $u $$; kill -s $u $$ ) & t=$!;
exec 3<&-; trap "d=1; end" USR1; trap end USR2; if [ -n "$f" ]; then end; fi;
while :; do
 sleep $e & s=$!;
 if wait $s; then end; fi;
 kill -s KILL $s;
done
)";

std::string with(std::string_view text, std::string_view in_place_of, std::string script) {
    for (auto at = script.find(in_place_of); at != std::string::npos; at = script.find(in_place_of))
        script.replace(at, in_place_of.size(), text);
    return script;
}

std::string with_shell(std::string_view script, std::string_view shell) {
    return with(shell, "SHELL_PATH", in_one_line(script));
}

/// As sleep(1) takes it, with a fraction only where there is one: not all can.
std::string seconds_of(std::chrono::nanoseconds time) {
    using namespace std::chrono;
    auto const tenths = ceil<duration<std::int64_t, std::deci>>(time).count();
    return tenths % 10 == 0 ? fmt::format("{}", tenths / 10) : fmt::format("{}.{}", tenths / 10, tenths % 10);
}

}  // namespace

std::string signal_command(std::string_view program) {
    auto const script = in_one_line(process_fields) + in_one_line(signal_script);
    return fmt::format("exec {} -c '{}' muster-stop", program, script);
}

std::string lease_command(std::string_view command, lease_terms const& terms, std::string_view program) {
    auto const watch = in_one_line(process_fields) + in_one_line(shell::group_candidates) + in_one_line(watch_script);
    auto const in_bash = with(shell::bash_hands_on, "HAND_ON", with_shell(bash_lease_script, program));
    return shell::or_refusal(shell::in_place_of_exec(in_bash) +
                             fmt::format("exec {} -c '{}' muster-lease '{}' {} {} '{}'", program,
                                         with_shell(lease_script, program), watch, terms.expires.count(),
                                         seconds_of(terms.grace), shell::escaped(command)));
}

}  // namespace muster::ssh
