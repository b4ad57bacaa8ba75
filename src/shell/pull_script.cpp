// SPDX-License-Identifier: MIT
// See pull_script.hpp. The script keeps to what shell/quoting.hpp wants of it.
#include "shell/pull_script.hpp"

#include "shell/quoting.hpp"

namespace muster::shell {

namespace {

/// $1 mark, $2 path. A file may grow meanwhile.
constexpr std::string_view script = R"sh(
f=$(printf %b. "$2"); f=${f%.}; case $f in /*) ;; *) f=./$f;; esac;
die() { printf "%s: %s\n" "$f" "$2" >&2; exit $1; };
if [ -d "$f" ]; then cd "$f" || die 73 "cannot be entered"; printf "%s tar\n" "$1"; exec tar cf - .; fi;
if [ -f "$f" ]; then :; elif [ -e "$f" ]; then die 73 "is neither a file nor a directory"; else die 73 "there is no such file or directory"; fi;
z=$(wc -c <"$f") || die 73 "cannot be read"; m=$(ls -ldLn "$f" 2>/dev/null); printf "%s file %s %s\n" "$1" $((z)) "${m%% *}"; exec head -c $((z)) "$f"
)sh";

}  // namespace

std::string pull_command(std::string const& mark, std::string_view path, std::string_view shell) {
    return "exec " + std::string(shell) + " -c '" + in_one_line(script) + "' muster-pull " + mark + " '" +
           escaped(path) + "'";
}

}  // namespace muster::shell
