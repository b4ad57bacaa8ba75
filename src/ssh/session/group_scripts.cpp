// SPDX-License-Identifier: MIT
// See group_scripts.hpp. A login shell of any kind (POSIX, csh, fish) hands the scripts on, in single quotes and in one
// line: they hold no single quote, no exclamation mark, and no backslash before a backslash.
#include "ssh/session/group_scripts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace muster::ssh {

namespace {

/// Of process $1, from /proc/PID/stat (proc(5)), behind the name: z state, q parent, r process group, s session.
constexpr std::string_view process_fields = R"(
of() { read -r x <"/proc/$1/stat" || return 1;
 case $x in *\)\ *) ;; *) x=; while read -r y; do x=$x$y; done <"/proc/$1/stat";; esac;
 x=${x##*\) }; set -- $x; z=$1 q=$2 r=$3 s=$4;
 case $z in [A-Za-z]) ;; *) return 1;; esac; };
)";

/// g: the groups. First those whose leaders are other children of our parent, the server; then those whose leaders are
/// gone, known by the connection in a member's environment, unless nothing ties them to a stream any more.
constexpr std::string_view sibling_script = R"(
exec 2>/dev/null; g=;
add() { case " $g " in *" $1 "*) ;; *) g="$g $1";; esac; };
led() { if [ $q = $PPID ] && [ $1 = $r ] && [ $1 -ne $$ ]; then add $1; fi; };
orphan() { of $1 || return; i=$r; if [ $z = Z ] || [ $i != $s ] || [ $i = $$ ]; then return; fi;
 if of $i && [ $z != Z ]; then return; fi;
 tr "\000" "\012" <"/proc/$1/environ" | grep -qxF "SSH_CONNECTION=$SSH_CONNECTION" || return;
 for d in 0 1 2; do if [ -p "/proc/$1/fd/$d" ] || [ -S "/proc/$1/fd/$d" ]; then add $i; fi; done; };
if [ -r /proc/self/stat ]; then
 for p in /proc/[0-9]*; do p=${p#/proc/}; if of $p; then led $p; fi; done;
 if [ -n "$SSH_CONNECTION" ]; then
 for f in $(LC_ALL=C grep -lF "SSH_CONNECTION=$SSH_CONNECTION" /proc/[0-9]*/environ); do
 p=${f#/proc/}; orphan ${p%/environ}; done; fi;
 lives() { for p in /proc/[0-9]*; do if of ${p#/proc/} && [ $z != Z ]; then
 case " $g " in *" $r "*) return 0;; esac; fi; done; return 1; };
else
 for l in $(ps -A -o pid= -o ppid= -o pgid= | while read -r p q r; do echo $p:$q:$r; done); do
 p=${l%%:*}; l=${l#*:}; q=${l%%:*} r=${l#*:}; led $p; done;
 lives() { ps -A -o pgid= -o stat= | { n=1; while read -r r z; do
 case " $g " in *" $r "*) case $z in Z*) ;; *) n=0;; esac;; esac; done; exit $n; }; };
fi;
echo groups$g;
while read -r w; do
 case $w in TERM|KILL) for i in $g; do kill -s $w -- -$i; done;; esac;
 if lives; then echo alive; else echo gone; fi;
done
)";

/// $1 the watch, $2 and $3 its limits, $4 the command. The watch gets what the channel sends, and is nobody's child. It
/// keeps the command's standard error open: the channel is not closed before the watch is gone.
constexpr std::string_view lease_script = R"(
c=$(printf %b. "$4"); c=${c%.};
exec 3<&0 </dev/null;
( SHELL_PATH -c "$1" muster-lease $$ "$2" "$3" <&3 3<&- >/dev/null & );
exec 3<&-;
exec "${SHELL:-SHELL_PATH}" -c "$c"
)";

/// $1 the leader and group, $2 seconds until the lease expires, $3 seconds of grace. A reader beside it
/// turns lines into signals: USR1 renews, USR2 ends. The watch, the reader and what they start don't count as the
/// group.
constexpr std::string_view watch_script = R"(
exec 3<&0 4>&2 </dev/null 2>/dev/null; cd /; l=$1 e=$2 g=$3 t= f=;
mine() { [ $1 -eq $$ ] || [ $2 -eq $$ ] || [ $1 -eq $t ] || [ $2 -eq $t ]; };
if [ -r /proc/self/stat ]; then
 lives() { for p in /proc/[0-9]*; do p=${p#/proc/};
 if of $p && [ $r = $l ] && [ $z != Z ]; then if mine $p $q; then :; else return 0; fi; fi; done; return 1; };
else
 lives() { ps -A -o pid= -o ppid= -o pgid= -o stat= | { n=1; while read -r p q r z; do
 if [ $r = $l ]; then case $z in Z*) ;; *) if mine $p $q; then :; else n=0; fi;; esac; fi; done; exit $n; }; };
fi;
end() { trap : USR2; if kill -0 $l; then
 kill -s TERM 0; sleep $g & g=$!;
 while lives; do kill -0 $g || kill -s KILL 0; sleep 0.1 || sleep 1; done; kill -s KILL $g; fi;
 kill -s KILL $t $!; exit; };
trap : HUP INT QUIT TERM USR1; trap f=1 USR2;
( trap "" HUP INT QUIT TERM;
 while read -r w <&3; do case $w in b) kill -s USR1 $$;; t) kill -s USR2 $$;; k) kill -s KILL 0;; esac; done;
 kill -s USR2 $$; kill -s USR2 $$ ) & t=$!;
exec 3<&-; trap end USR2; if [ -n "$f" ]; then end; fi;
while :; do
 sleep $e & s=$!;
 if wait $s; then end; fi;
 kill -s KILL $s;
done
)";

std::string in_one_line(std::string_view script) {
    std::string line(script);
    std::ranges::replace(line, '\n', ' ');
    return line;
}

std::string with_shell(std::string script, std::string_view shell) {
    constexpr std::string_view place = "SHELL_PATH";
    for (auto at = script.find(place); at != std::string::npos; at = script.find(place)) {
        script.replace(at, place.size(), shell);
    }
    return script;
}

/// As printf's %b reads it (POSIX.1-2017, printf), with nothing in it that a shell's single quotes would not keep.
std::string escaped(std::string_view command) {
    std::string text;
    for (char const c : command) {
        auto const byte = static_cast<unsigned char>(c);
        bool const plain = byte >= 0x20 && byte != 0x7f && c != '\'' && c != '\\' && c != '!';
        text += plain ? std::string(1, c) : fmt::format("\\0{:03o}", byte);
    }
    return text;
}

/// As sleep(1) takes it, with a fraction only where there is one: not all can.
std::string seconds_of(std::chrono::nanoseconds time) {
    using namespace std::chrono;
    auto const tenths = ceil<duration<std::int64_t, std::deci>>(time).count();
    return tenths % 10 == 0 ? fmt::format("{}", tenths / 10) : fmt::format("{}.{}", tenths / 10, tenths % 10);
}

}  // namespace

std::string sibling_command(std::string_view shell) {
    auto const script = in_one_line(process_fields) + in_one_line(sibling_script);
    return fmt::format("exec {} -c '{}' muster-stop", shell, script);
}

std::string lease_command(std::string_view command, lease_terms const& terms, std::string_view shell) {
    auto const watch = in_one_line(process_fields) + in_one_line(watch_script);
    return fmt::format("exec {} -c '{}' muster-lease '{}' {} {} '{}'", shell,
                       with_shell(in_one_line(lease_script), shell), watch, terms.expires.count(),
                       seconds_of(terms.grace), escaped(command));
}

}  // namespace muster::ssh
