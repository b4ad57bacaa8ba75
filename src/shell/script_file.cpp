// SPDX-License-Identifier: MIT
// See script_file.hpp. The scripts keep to what shell/quoting.hpp wants of them.
#include "shell/script_file.hpp"

#include "shell/quoting.hpp"

namespace muster::shell {

namespace {

/// $1 mark, $2 size, $3 digest, $4 name; then the words of the command that it becomes.
///
/// The file has five descriptors, since each has one offset: 3 for the interpreter, 4 to write, 5 to count, 6 to hash,
/// 7 to find out whether there is room for it, before the bytes are asked for. It lies in the first folder that has.
constexpr std::string_view script = R"sh(
die() { printf "%s\n" "$2" >&2; exit $1; };
plain() { y=$(printf %b. "$1"); y=${y%.}; };
has() { command -v "$1" >/dev/null 2>&1; };
n=$1 s=$2 h=$3; plain "$4"; MUSTER_SCRIPT=$y; export MUSTER_SCRIPT; shift 4;
o=/dev/fd/3; if [ -d /dev/fd ]; then :; elif [ -d /proc/self/fd ]; then o=/proc/self/fd/3;
else die 74 "this host has neither /dev/fd nor /proc, from which a script is run; --push brings it as a file, for a command to run"; fi;
c=$#; while [ $c -gt 0 ]; do plain "$1"; if [ "$y" = /dev/fd/3 ]; then y=$o; fi; shift; set -- "$@" "$y"; c=$((c - 1)); done;
has mktemp || die 74 "this host has no mktemp, which a script needs";
u=$(umask); umask 077; t=; r=;
for d in "${TMPDIR:-/tmp}" /var/tmp /dev/shm "$HOME"; do
 if t=$(mktemp "$d/muster-script.XXXXXX" 2>/dev/null); then
 exec 3<"$t" 4<>"$t" 5<"$t" 6<"$t" 7>"$t"; rm -f "$t";
 if head -c $s /dev/zero 2>/dev/null >&7; then r=y; break; fi; fi; done;
if [ -n "$r" ]; then exec 7>&-; else
 die 74 "no folder takes a file of $s bytes for the script: ${TMPDIR:-/tmp}, /var/tmp, /dev/shm and $HOME were tried"; fi;
umask $u;
printf "%s send" $n; head -c $s >&4; exec 4>&-;
z=$(wc -c <&5); if [ $((z)) -ne $s ]; then die 74 "only $((z)) of $s bytes of the script came; it was not run"; fi;
x=$h; if has sha256sum; then x=$(sha256sum <&6); elif has shasum; then x=$(shasum -a 256 <&6); fi;
if [ "${x%% *}" = $h ]; then :; else die 74 "the script did not come as it was sent; it was not run"; fi;
exec 5<&- 6<&-;
printf "%s go" $n;
exec "$@"
)sh";

constexpr std::string_view blanks = " \t";

std::string_view without_blanks(std::string_view text) {
    auto const begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace

std::vector<std::string> interpreter_of(std::string_view text) {
    if (text.empty()) throw script_error("is empty");
    if (text.starts_with("\xef\xbb\xbf"))
        throw script_error("begins with a byte order mark, behind which no #! is seen; sed '1s/^...//' takes it away");
    if (text.starts_with("\x7f"
                         "ELF"))
        throw script_error("is a program and no script: bring it with --push, and run it by its path there");
    auto const line = text.substr(0, text.find('\n'));
    if (line.ends_with('\r'))
        throw script_error("has the line ends of Windows, which no interpreter takes; dos2unix converts them");
    if (!line.starts_with("#!")) return {"/bin/sh"};
    auto const words = without_blanks(line.substr(2));
    auto const gap = words.find_first_of(blanks);
    if (!words.starts_with('/')) throw script_error("has a #! line that names no program by its full path");
    std::vector<std::string> parts{std::string(words.substr(0, gap))};
    if (gap != std::string_view::npos) parts.emplace_back(without_blanks(words.substr(gap)));
    return parts;
}

std::string script_command(script_terms const& terms, std::string_view shell) {
    auto line = "exec " + std::string(shell) + " -c '" + in_one_line(script) + "' muster-script " + terms.mark + ' ' +
                std::to_string(terms.size) + ' ' + terms.sha256 + " '" + escaped(terms.name) + "'";
    for (auto const& word : terms.interpreter) line += " '" + escaped(word) + "'";
    line += " /dev/fd/3";
    for (auto const& word : terms.arguments) line += " '" + escaped(word) + "'";
    return line;
}

}  // namespace muster::shell
