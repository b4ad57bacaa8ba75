#!/bin/bash
# SPDX-License-Identifier: MIT
# What pdsh's own test scripts look at, by their numbers, in words of our own: on this machine (-R exec), or only listed.
# packaging/docs/from-pdsh.md has a table of what is the same and what is not.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/in"
for name in pdsh pdcp rpdcp; do ln -s "$MUSTER_PROGRAM" "$work/bin/$name"; done
unset WCOLL FANOUT PDSH_RCMD_TYPE PDSH_SSH_ARGS PDSH_SSH_ARGS_APPEND PDSH_CONNECT_TIMEOUT PDSH_COMMAND_TIMEOUT DSHPATH
export XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/config HOME=$work/in PATH=$work/bin:$PATH
cd "$work/in" || exit 1
failed=0

same() { # same WHAT WANTED GOT
    if [[ $2 == "$3" ]]; then return; fi
    printf 'FAILED: %s\n  wanted %q\n  got    %q\n' "$1" "$2" "$3"
    failed=1
}
listed() { same "pdsh -Q ${*:2}" "$1" "$(pdsh -Q "${@:2}" </dev/null | tail -1)"; }
folded() { same "pdsh -q ${*:2}" "$1" "$(pdsh -q "${@:2}" </dev/null | tail -1)"; }
ends() { # ends STATUS COMMAND...
    "${@:2}" >"$work/out" 2>"$work/err" </dev/null
    same "status of ${*:2}" "$1" $?
}
setting() { # setting NAME VALUE COMMAND...
    "${@:3}" -q -w foo </dev/null | grep -qF "$1"$'\t'"$2" || { printf 'FAILED: %s: no "%s %s"\n' "${*:3}" "$1" "$2"; failed=1; }
}

# t0001: settings, -V, -h, -N, -u
same "-V begins with the name" pdsh "$(pdsh -V | head -1 | cut -c 1-4)"
same "pdcp -V, too" pdsh "$(pdcp -V | head -1 | cut -c 1-4)"
same "-h" Usage: "$(pdsh -h | head -1 | cut -d ' ' -f 1)"
setting Fanout 32 pdsh
setting Fanout 8 pdsh -f8
setting Fanout 9 env FANOUT=9 pdsh
setting 'Remote username' somebody pdsh -lsomebody
setting 'Connect timeout (secs)' 33 pdsh -t33
setting 'Connect timeout (secs)' 33 env PDSH_CONNECT_TIMEOUT=33 pdsh
setting 'Command timeout (secs)' 22 pdsh -u22
setting 'Command timeout (secs)' 22 env PDSH_COMMAND_TIMEOUT=22 pdsh
setting 'Command timeout (secs)' 0 pdsh
setting 'one ^C will kill pdsh' Yes pdsh -b
setting 'one ^C will kill pdsh' No pdsh
setting 'Display hostname labels' No pdsh -N
setting Fanout 7 pdcp -f 7
same "pdcp -q names what is copied" $'Infile(s)\ta b' "$(pdcp -q -w foo a b /tmp | grep Infile)"
same "-N leaves the label out" "$(pdsh -Rexec -w foo0 echo foo 2>/dev/null </dev/null | sed 's/foo0: //')" \
    "$(pdsh -NRexec -w foo0 echo foo 2>/dev/null </dev/null)"
ends 0 timeout 60 pdsh -wfoo -Rexec -u 1 sleep 100
grep -q 'foo: command: timed out' "$work/err" || { echo "FAILED: -u says nothing"; failed=1; }
ends 2 pdsh -wfoo "-l$(head -c 513 /dev/zero | tr '\0' X)" -q

# t0003: who
listed foo0,foo1,foo2,foo3 -w 'foo[0-3]'
listed foo00,foo01,foo02 -w 'foo[00-02]'
listed foo9,foo10,foo11 -w 'foo[9-11]'
listed foo0,foo1,foo2,foo4 -w 'foo[0-2,4]'
listed foo1-0,foo1-1,foo2-0,foo2-1 -w 'foo[1-2]-[0-1]'
listed foo9,foo11 -w 'foo[9-11]' -x foo10
listed foo0,foo4,foo5 -w 'foo[0-5]' -x 'foo[1-3]'
listed foo0,foo1,foo3 -w 'fooi,fooj,foo[0-3]' -x fooj,fooi,foo2
same "-w - reads standard input" foo1,foo2,foo3 "$(echo foo1,foo2,foo3 | pdsh -Q -w - | tail -1)"
same "-w - and others" foo1,foo2,foo3,foo4 "$(echo foo1,foo2,foo3 | pdsh -Q -w - -w foo4 | tail -1 | tr , '\n' | sort | paste -sd ,)"
printf 'foo[9-11]\nfoo12\n' >wcoll
same "WCOLL" 'foo[9-12]' "$(WCOLL=wcoll pdsh -q </dev/null | tail -1)"
same "WCOLL, listed" foo9,foo10,foo11,foo12 "$(WCOLL=wcoll pdsh -Q </dev/null | tail -1)"
listed foo9,foo10,foo11,foo12 -w ^./wcoll
listed foo8,foo13 -w 'foo[8-13]' -x^wcoll
listed foo1,foo2,foo9,foo10,foo11,foo12 -w 'foo[1-2],^./wcoll'
printf 'foo1\nfoo2\n' >A
printf 'foo7\nfoo8\n' >B
listed foo1,foo2,foo7,foo8 -w ^A,^B
listed foo1,foo2,foo7,foo8 -w ^A -w^B
listed foo8 -w 'foo[8-12],-^./wcoll'
ends 2 pdsh -w ^nosuchfile -q
grep -q 'nosuchfile: No such file' "$work/err" || { echo "FAILED: a missing file is not named"; failed=1; }
listed foo9,foo11 -w 'foo[9-11],-foo10'
listed foo0,foo10,foo20 -w 'foo[0-20],/0$/'
listed foo0,foo10,foo20 -w 'foo[0-20],-/[1-9]$/'
listed foo0,foo10,foo20 -w 'foo[0-20]' '-x/[1-9]$/'
listed foo0,foo10,foo20 -w 'foo[0-20]' '-w-/[1-9]$/'
listed foo1 -w foo1,bar1 '-w/^foo/'
printf 'foo1\n#include B\n' >A
printf 'foo2\n' >B
listed foo1,foo2 -w ^A
mkdir folder
printf 'foo1\n#include B\n' >folder/A
printf '#\n#included A\nfoo10\n' >folder/B
listed foo1,foo10 -w ^folder/A
printf '#include B garbage\n' >folder/C
ends 2 pdsh -Q -w ^folder/C

# t0005 and t2000: the user, the place in the list, and words that stay words
ends 0 pdsh -S -Rexec -lbar -w 'foo[1-9]' test %u = bar
ends 0 pdsh -S -Rexec -w 'bar@foo[1-9]' test %u = bar
ends 0 pdsh -S -Rexec -w u1@foo,u2@bar sh -c 'if test %h = foo; then test %u = u1; else test %u = u2; fi'
ends 0 env PDSH_RCMD_TYPE=ssh pdsh -S -w 'exec:bar@foo[1-9]' test %u = bar
same "every mark" 'foo: buser foo 0 %' "$(pdsh -Rexec -w foo -l buser echo %u %h %n %% 2>/dev/null </dev/null)"
same "places count from 0" 0,1,2 "$(pdsh -N -Rexec -w 'n[1-3]' echo %n 2>/dev/null </dev/null | sort | paste -sd ,)"
same "braces are no marks" '{host} {n} {x}' "$(pdsh -N -Rexec -w n1 echo '{host}' '{n}' "$(printf '{x}')" 2>/dev/null </dev/null)"
ends 2 pdsh -Rexec -w foo

# t0006: copies; on this machine each host has the same files, so that only their names say whose they are
mkdir -p tree/dir/a tree/baz output
echo deep >tree/dir/a/file
ln -s dir tree/link
printf '#!/bin/sh\n' >tree/baz/exec.sh
chmod 755 tree/baz/exec.sh
echo protected >tree/dir/xw
chmod 444 tree/dir/xw
head -c 10000 /dev/urandom >testfile
ends 0 pdcp -Rexec -w host1 testfile "$work/in/copied"
same "pdcp copies" "$(cksum <testfile)" "$(cksum <copied)"
ends 0 rpdcp -Rexec -w 'host[0-3]' "$work/in/testfile" output/
for one in 0 1 2 3; do same "rpdcp from host$one" "$(cksum <testfile)" "$(cksum <output/testfile.host$one)"; done
ends 0 pdcp -Rexec -w host1 -r tree "$work/in/there"
ends 0 diff -r tree there
[[ -x there/baz/exec.sh && -h there/link && ! $(find there/dir/xw -perm /222) ]] || { echo "FAILED: modes and links of a tree"; failed=1; }
ends 0 rpdcp -Rexec -w 'host[0-1]' -r "$work/in/tree" output/
ends 0 diff -r tree output/tree.host1

# t1002: dsh's groups, which include one another
mkdir -p .dsh/group
printf 'foo%s\n' 0 1 2 3 10 >.dsh/group/groupA
printf 'foo%s\n' 5 4 3 >.dsh/group/groupB
printf '#include groupA\n#include groupB\nfoo8\n' >.dsh/group/groupAB
printf '#include %s\n' "$PWD/.dsh/group/groupA" >.dsh/group/groupA2
printf '#include groupY\nfoo1\n' >.dsh/group/groupX
printf '#include groupX\nfoo2\n' >.dsh/group/groupY
folded 'foo[0-3,10]' -g groupA
folded 'foo[0-5,10]' -g groupA,groupB
folded 'foo[0-2,10]' -g groupA -X groupB
folded 'foo[4-9]' -w 'foo[0-10]' -X groupA
folded 'foo[0-5,8,10]' -g groupAB
folded 'foo[0-3,10]' -g groupA2
ends 2 pdsh -g groupX -q
grep -q 'contains itself' "$work/err" || { echo "FAILED: a circle of groups is not told"; failed=1; }

# t2001: exit codes
for n in 1 5 24; do
    ends 77 pdsh -Rexec -S -w "foo[0-$n]" sh -c "test %n != $((n / 2)) || exit 77"
    ends 1 pdsh -Rexec -k -w "foo[0-$n]" sh -c "test %n != $((n / 2)) || exit 77"
    ends 0 pdsh -Rexec -w "foo[0-$n]" sh -c "test %n != $((n / 2)) || exit 77"
done

# t6036 and t6114: long lines, and output without a line end
head -c 100000 /dev/urandom | base64 -w 80000 >long
same "long lines" "$(cksum <long)" "$(pdsh -w foo -N -Rexec cat long 2>/dev/null </dev/null | cksum)"
for size in 1024 8192 8195 10000; do
    head -c $size /dev/zero | tr '\0' a >bytes
    same "$size bytes" "$(cksum <bytes)" "$(pdsh -w foo -N -Rexec cat bytes 2>/dev/null </dev/null | cksum)"
    same "one label" 1 "$(pdsh -w foo -Rexec cat bytes 2>/dev/null </dev/null | grep -o foo | wc -l)"
done
exit "$failed"
