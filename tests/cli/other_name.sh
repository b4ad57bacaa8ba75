#!/bin/bash
# SPDX-License-Identifier: MIT
# The program under the names pdsh, pdcp and clush: what a user of those may rely on, mostly on this machine (-R exec).
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for name in pdsh pdcp rpdcp clush; do ln -s "$MUSTER_PROGRAM" "$work/$name"; done
unset WCOLL FANOUT PDSH_RCMD_TYPE
export XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/config HOME=$work
failed=0

# is STATUS 'OUTPUT, sorted' COMMAND...
is() {
    local status=$1 wanted=$2 got
    shift 2
    got=$("$@" 2>"$work/err" </dev/null | sort; exit "${PIPESTATUS[0]}")
    local ended=$?
    if [[ $ended != "$status" || $got != "$wanted" ]]; then
        printf 'FAILED: %s\n  wanted %s: %s\n  got    %s: %s\n' "$*" "$status" "$wanted" "$ended" "$got"
        cat "$work/err"
        failed=1
    fi
}
says() {
    grep -q -- "$1" "$work/err" && return
    printf 'FAILED: not said: %s\n' "$1"
    cat "$work/err"
    failed=1
}
pdsh=("$work/pdsh" -R exec)

# who
is 0 $'n1: n1\nn2: n2' "${pdsh[@]}" -w 'n[1-2]' echo %h
is 0 $'n1: n1\nn3: n3' "${pdsh[@]}" -w 'n[1-3]' -x n2 echo %h
is 0 $'a: a\nb: b' "${pdsh[@]}" -w a -w b echo %h
is 0 $'n08: n08\nn09: n09\nn10: n10' "${pdsh[@]}" -w 'n[08-10]' echo %h
printf 'm1\nm2\n' >"$work/machines"
is 0 $'m1: m1\nm2: m2' env WCOLL="$work/machines" "${pdsh[@]}" echo %h
is 0 $'m1: m1\nm2: m2' "${pdsh[@]}" -w "^$work/machines" echo %h
is 0 'n1,n2,n3' bash -c "'$work/pdsh' -Q -w 'n[1-3]' | tail -1"
is 2 '' "${pdsh[@]}" echo %h
says 'pdsh: no hosts'

# how it looks
is 0 'n1' "${pdsh[@]}" -N -w n1 echo %h
is 0 $'n1: a b\nn1: c' "${pdsh[@]}" -w n1 printf '%s\n' 'a b' c
is 0 'n1: $HOME;%' "${pdsh[@]}" -w n1 echo '$HOME;%%'
is 0 'n1: it'\''s' "${pdsh[@]}" -w n1 echo "it's"

# exit codes
is 0 '' "${pdsh[@]}" -w 'n[1-2]' false
is 3 '' "${pdsh[@]}" -S -w 'n[1-3]' sh -c 'test %h != n2 || exit 3; exit 1'
is 1 '' "${pdsh[@]}" -k -w 'n[1-2]' false
is 124 '' "${pdsh[@]}" -S -u 1 -w n1 sleep 100
is 0 '' "$work/clush" -R exec -w n1 false
is 2 '' "${pdsh[@]}" -w n1
says 'there is no prompt here'
is 2 '' "$work/pdsh" -R rsh -w n1 id
says 'there are ssh and exec'
says "^Try 'pdsh -h'\.$"
is 2 '' "$work/rpdcp" -w n1 a
says 'rpdcp -w HOSTS SOURCE... DESTINATION'
says "^Try 'rpdcp -h'\.$"
is 2 '' "$work/clush" -R exec -w n1 --maxr true
says 'no option --maxr'
says "^Try 'clush -h'\.$"

# copies, from the hosts too
echo text >"$work/f"
is 0 '' "$work/rpdcp" -R exec -w 'n[1-2]' -r "$work/f" "$work/out"
is 0 text cat "$work/out/f.n1"
is 0 text cat "$work/out/f.n2"
is 0 '' "$work/clush" -R exec -w n3 --rcopy "$work/f" --dest "$work/out"
is 0 text cat "$work/out/f.n3"

# A directory that was fetched before is replaced as a whole, and a file never by one.
mkdir -p "$work/far/sub"
echo x >"$work/far/sub/x"
for way in rpdcp 'clush --rcopy'; do
    rm -rf "$work/old"
    mkdir -p "$work/old/far.n1"
    echo mine >"$work/old/far.n1/mine"
    echo file >"$work/old/far.n2"
    if [[ $way == rpdcp ]]; then words=(rpdcp -R exec -S -w 'n[1-2]' -r "$work/far" "$work/old"); else
        words=(clush -R exec -S -w 'n[1-2]' --rcopy "$work/far" --dest "$work/old"); fi
    is 255 '' "$work/${words[0]}" "${words[@]:1}"
    says 'is no directory here'
    is 0 'far.n1 far.n1/sub far.n1/sub/x far.n2' bash -c "cd '$work/old' && find * | sort | xargs"
done

# As cp puts it: into a folder that is there, whose other files stay, and never in place of one.
mkdir -p "$work/ex/keep" "$work/dd"
echo mine >"$work/ex/keep/me"
echo new >"$work/dd/x"
is 0 '' "$work/clush" -R exec -w n1 -c "$work/dd" --dest "$work/ex"
is 0 '' "$work/pdcp" -R exec -w n1 -r "$work/dd" "$work/ex"
is 0 '' "$work/pdcp" -R exec -w n1 "$work/f" "$work/ex"
is 0 'dd dd/x f keep keep/me' bash -c "cd '$work/ex' && find * | sort | xargs"
echo local >"$work/ex/dd/y"
is 255 '' "$work/clush" -R exec -S -w n1 -c "$work/dd" --dest "$work/ex"
says 'is there with other content'
is 0 'dd dd/x dd/y f keep keep/me' bash -c "cd '$work/ex' && find * | sort | xargs"
is 0 '' "$work/clush" -R exec -w n1 -c "$work/dd" --dest "$work/new"
is 0 new cat "$work/new/x"
is 255 '' "$work/clush" -R exec -S -w n1 -c "$work/f" "$work/dd/x" --dest "$work/none"
is 255 '' "$work/pdcp" -R exec -S -w n1 "$work/f" "$work/dd/x" "$work/none"
is 1 '' test -e "$work/none"
is 0 '' bash -c "cd '$work' && ./clush -R exec -w n1 -c dd/x"
is 0 new cat "$work/dd/x"

# clush
is 0 $'n1: a\nn1: n1\nn2: a\nn2: n2' "$work/clush" -R exec -w 'n[1-2]' 'echo a; echo %h'
is 0 $'n1: 0\nn2: 1' "$work/clush" -R exec -w 'n[1-2]' echo %rank
is 0 1 bash -c "'$work/clush' -R exec -w 'n[1-2]' -b echo same | grep -c same"

odd="'[ %h = n2 ] && echo y || echo x'"
is 0 '---------------|n[1,3] (2)|---------------|x|---------------|n2|---------------|y|' \
    bash -c "'$work/clush' -R exec -w 'n[1-3]' -b $odd | tr '\n' '|'"
is 0 '--- n[1,3] (2)|+++ n2|@@ -1 +1 @@|-x|+y|' bash -c "'$work/clush' -R exec -w 'n[1-3]' --diff $odd | tr '\n' '|'"
is 0 'n1: n1 bob' "${pdsh[@]}" -w bob@n1 echo %h %u

# Ctrl-C once says who runs, twice within a second ends. A shell's job in the background ignores it, unless told not to.
env --default-signal=INT "${pdsh[@]}" -f 2 -w 'n[1-2]' sleep 1000 2>"$work/err" </dev/null &
run=$!
waits() { for _ in $(seq 600); do "$@" && return; sleep 0.1; done; echo "FAILED: waited in vain for: $*"; cat "$work/err"; failed=1; }
has_two() { [[ $(pgrep -c -P "$run") == 2 ]]; }
waits has_two
kill -INT "$run"
waits grep -q 'running 2' "$work/err"
grep -qF 'interrupt (one more within 1 sec to abort)' "$work/err" || { echo "FAILED: no word of a second Ctrl-C"; failed=1; }
has_two || { echo "FAILED: the first Ctrl-C ended something"; failed=1; }
kill -INT "$run"
kill -INT "$run"
is_gone() { ! kill -0 "$run" 2>/dev/null; }
for _ in $(seq 50); do is_gone && break; kill -INT "$run" 2>/dev/null; sleep 0.2; done
is_gone || { echo "FAILED: Ctrl-C twice does not end the run"; kill -KILL "$run"; failed=1; }
wait "$run"
ended=$?
[[ $ended == 130 ]] || { echo "FAILED: Ctrl-C twice: $ended"; cat "$work/err"; failed=1; }
exit "$failed"
