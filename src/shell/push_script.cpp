// SPDX-License-Identifier: MIT
// The scripts of a push; they keep to what shell/quoting.hpp wants of them.
#include "shell/push_script.hpp"

#include <array>
#include <cstdio>

#include "shell/quoting.hpp"

namespace muster::shell {

namespace {

/// $1 mark, $2 target, $3 size, $4 digest, $5 name as with cp; t is what is taken away at the end.
///
/// hash leaves the digest of a file in x, whose size is z if that is known; sum is the first of the three programs that
/// is there. Of a large file openssl comes first: its SHA-256 takes a quarter of the time.
///
/// What a push leaves that was ended by SIGKILL on its host is named by that host and by its process, which is gone:
/// sweep takes it away. Other hosts may share the directory, and other pushes may be under way in it. A directory that
/// such a push had moved out of the way, and whose place is empty, is the last copy: back puts it there first.
constexpr std::string_view common_part = R"sh(
LC_ALL=C; export LC_ALL; umask 077; t= z=0;
f=$(printf %b. "$2"); f=${f%.}; s=$3 h=$4; g=$(printf %b. "$5"); g=${g%.};
if [ -n "$g" ] && [ -d "$f" ]; then f=${f%/}/$g; fi;
say() { printf "%s %s\n" "$n" "$1"; }; n=$1; say here;
die() { printf "%s: %s\n" "$f" "$2" >&2; exit $1; };
clear() { rm -rf "$1" 2>/dev/null || { find "$1" -type d -exec chmod u+rwx {} ";" 2>/dev/null; rm -rf "$1"; }; };
back() { for y in 5 4 3 2 1; do for x in "$1/old$y"/* "$1/old$y"/.*; do case $x in */.|*/..) continue;; esac;
 q=$p/${x##*/}; if [ -e "$q" ] || [ -h "$q" ]; then continue; fi;
 if [ -d "$x" ]; then mv -f "$x" "$p/" || [ -e "$q" ] || return 1; fi; done; done; };
drop() { if back "$1"; then clear "$1"; fi; };
trap "trap \"\" HUP INT TERM PIPE; if [ -n \"\$t\" ]; then drop \"\$t\"; fi" EXIT;
trap "exit 129" HUP; trap "exit 130" INT; trap "exit 143" TERM; trap "exit 141" PIPE;
has() { command -v "$1" >/dev/null 2>&1; };
sum() { if has sha256sum; then sha256sum; elif has shasum; then shasum -a 256;
 elif has openssl; then openssl dgst -sha256 -r; else cat >/dev/null; fi; };
hash() { x=; if [ $z -gt 1000000 ] && has openssl; then x=$(openssl dgst -sha256 -r <"$1" 2>/dev/null); fi;
 if [ -z "$x" ]; then x=$(sum <"$1"); fi; x=${x%% *}; };
size() { z=$(wc -c <"$1"); z=$((z)); };
case $f in /*) ;; *) f=./$f;; esac; p=${f%/*};
sweep() { a=$p/.muster-push.$(uname -n).; for i in "$a"*; do if [ -O "$i" ]; then y=${i#"$a"}; y=${y%%.*};
 if kill -s 0 "$y" || [ -d "/proc/$y" ]; then :; else drop "$i"; fi; fi; done; } 2>/dev/null;
sweep;
take() { say send; cat >"$1" || die 74 "the new one cannot be written beside it, where it needs room until it takes its place; nothing is changed"; size "$1";
 if [ $z -ne $s ]; then die 74 "only $z of $s bytes came; nothing is changed"; fi;
 hash "$1"; if [ -z "$x" ]; then say size-only; elif [ "$x" = $h ]; then :;
 else die 74 "the bytes that came are not those that were announced; nothing is changed"; fi; };
)sh";

/// $6 mode.
constexpr std::string_view file_part = R"sh(
m=$6;
if [ -d "$f" ]; then die 73 "is a directory; a name that ends in / puts the file into it"; fi;
if [ -h "$f" ]; then :; elif [ -f "$f" ]; then size "$f";
 if [ $z -eq $s ] && [ -n "$(find "$f" -prune -perm $m)" ]; then hash "$f";
 if [ "$x" = $h ]; then say same; exit 0; fi; fi;
elif [ -e "$f" ]; then die 73 "is a device, a pipe or a socket; a push never replaces that"; fi;
t=$(mktemp "$a$$.XXXXXX") || die 73 "no file can be made beside it, as a push must; nothing is changed";
take "$t";
chmod $m "$t" || die 73 "the mode of the new one cannot be set; nothing is changed";
mv -f "$t" "$f" || die 73 "cannot be replaced; nothing is changed";
t=; say done
)sh";

/// Names, and targets of links, as they are. sha256sum and find would spell others in several ways.
constexpr std::string_view plain_listing = R"sh(
sums() { if has sha256sum; then find . -type f -exec sha256sum {} +; elif has shasum; then find . -type f -exec shasum -a 256 {} +;
 else find . -type f -exec openssl dgst -sha256 -r {} + | sed "s/ [*]/  /"; fi; };
listing() { cd "$f"; sums | sort; find . -type l | sort | while IFS= read -r y; do printf "%s %s\n" "$y" "$(readlink "$y")"; done;
 for y in $m; do echo $y; { find . -type d -perm $y; find . -type f -perm $y; } | sort; done;
 find . -type b -o -type c -o -type p -o -type s | sort; };
)sh";

/// The same with escapes for printf's %b in the names, and targets in hexadecimal digits. Only the first line of a path
/// from find begins with ".//.", for no other place of a path has two slashes. u leaves the name itself in q.
constexpr std::string_view escaped_listing = R"sh(
names() { find .//. "$@" | awk "function e(s, r, i) { r = \"\"; while (i = index(s, b)) { r = r substr(s, 1, i - 1) b b; s = substr(s, i + 1) }; return r s }
 BEGIN { b = sprintf(\"%c\", 92) }
 index(\$0, \".//.\") == 1 { if (n++) print l; l = e(\$0); next }
 { l = l b \"n\" e(\$0) }
 END { if (n) print l }" | sort; };
u() { q=$(printf %b. "$1"); q=${q%.}; };
listing() { cd "$f"; names -type f | while IFS= read -r y; do u "$y"; hash "$q"; printf "%s %s\n" "$x" "$y"; done;
 names -type l | while IFS= read -r y; do u "$y"; printf "%s " "$y"; readlink "$q" | od -An -v -tx1 | tr -d " \n"; echo; done;
 for y in $m; do echo $y; names -perm $y -type d -o -perm $y -type f; done;
 names -type b -o -type c -o -type p -o -type s; };
)sh";

/// $6 the digest of the listing, "-" for none; $7 the modes. A directory is put into its place by two renames, between
/// which nothing but SIGKILL ends the script; the one that was there is taken away afterwards. Both lie under the name
/// b and are moved into the folder of the target: mv would move a directory into a target that another push has made
/// meanwhile. To be moved, a directory must let its owner write. What tar says counts when it fails: GNU's warns of
/// hdrcharset, with which names come that are not UTF-8.
constexpr std::string_view directory_part = R"sh(
w=$6 m=$7;
same() { if [ $w = - ]; then return 1; fi; [ "$(listing 2>/dev/null | sum | cut -d" " -f1)" = $w ]; };
open() { if [ -w "$1" ]; then return 1; fi; chmod u+w "$1" 2>/dev/null; };
shut() { if [ -n "$1" ]; then chmod u-w "$f" 2>/dev/null; fi; };
move_out() { o=; i=; if [ -d "$f" ]; then o=$t/old$k; mkdir "$o"; if open "$f"; then i=y; fi;
 if mv -f "$f" "$o/$b" 2>"$t/err"; then return 0; fi;
 o=; shut "$i"; y="cannot be moved out of the way; nothing is changed"; return 1; fi; };
move_in() { if mv -f "$t/new/$b" "$p/" 2>"$t/err"; then return 0; fi;
 y="the new one cannot be put into its place; what was there is there"; if [ -n "$o" ] && mv -f "$o/$b" "$p/"; then shut "$i"; fi; return 1; };
if [ -h "$f" ]; then die 73 "is a symbolic link; a push does not follow it";
elif [ -d "$f" ]; then
 r=$(cd "$f" && pwd -P); case ${HOME:-/}/ in "$r"/*) die 73 "holds the home directory; a push never replaces that";; esac;
 case $r in /*/*) ;; *) die 73 "lies at the top of the system; a push never replaces a directory there";; esac;
 if same; then say same; exit 0; fi;
 if [ -n "$g" ]; then die 73 "is there with other content, which a copy would be mixed with; muster --push replaces it"; fi;
elif [ -e "$f" ]; then die 73 "is no directory, and a directory does not replace it"; fi;
b=${f##*/}; case $b in .|..) die 73 "is no name that a directory can take";; esac;
t=$(mktemp -d "$a$$.XXXXXX") || die 73 "no directory can be made beside it, as a push must; nothing is changed";
take "$t/tar"; mkdir "$t/new" "$t/new/$b" && ( cd "$t/new/$b" && tar xpof ../../tar 2>../../err ) || { sed "/hdrcharset/d" "$t/err" >&2; false; } || die 74 "the host cannot unpack the new one with its tar; nothing is changed";
rm -f "$t/tar"; trap "" HUP INT TERM PIPE;
v=; if open "$t/new/$b"; then v=y; fi; k=1;
while :; do if move_out && move_in; then break; fi; if same; then say done; exit 0; fi;
 if [ $k -eq 5 ]; then cat "$t/err" >&2; die 73 "$y"; fi; k=$((k + 1)); done;
shut "$v"; say done; clear "$t"; t=
)sh";

std::string octal(unsigned mode) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04o", mode);
    return text.data();
}

}  // namespace

std::string push_command(push_terms const& terms, std::string_view shell) {
    bool const escapes = terms.tree.starts_with(with_escapes);
    auto script = in_one_line(common_part);
    if (terms.directory) script += in_one_line(escapes ? escaped_listing : plain_listing);
    script += in_one_line(terms.directory ? directory_part : file_part);
    std::string line = "exec " + std::string(shell) + " -c '" + script + "' muster-push " + terms.mark + " '" +
                       escaped(terms.to) + "' " + std::to_string(terms.size) + ' ' + terms.sha256 + " '" +
                       escaped(terms.name) + "' ";
    if (!terms.directory) return line + octal(terms.mode);
    auto const tree = escapes ? terms.tree.substr(with_escapes.size()) : terms.tree;
    return line + (tree.empty() ? "-" : tree) + " '" + terms.modes + "'";
}

void marked_lines::feed(std::string_view bytes) {
    text_ += bytes;
    drop_noise();
}

/// Short lines are kept whole, so that a mark is found that comes in pieces. No answer is long.
void marked_lines::drop_noise() {
    constexpr std::size_t longest_line = 4096;
    if (auto const answer = text_.find(mark_ + ' '); answer != std::string::npos) {
        text_.erase(0, answer);
        if (text_.size() > longest_line && text_.find('\n') == std::string::npos) text_.clear();
        return;
    }
    text_.erase(0, text_.rfind('\n') + 1);
    if (text_.size() > longest_line) text_.erase(0, text_.size() - mark_.size());
}

std::string marked_lines::next() {
    std::string word;
    while (word.empty() && text_.starts_with(mark_ + ' ')) {
        auto const end = text_.find('\n');
        if (end == std::string::npos) break;
        auto const begin = mark_.size() + 1;
        word = text_.substr(begin, end - begin);
        text_.erase(0, end + 1);
        drop_noise();
    }
    return word;
}

}  // namespace muster::shell
