#!/bin/bash
# SPDX-License-Identifier: MIT
# Pushes, pulls and scripts where a disk is full, read-only or noexec, a rename fails, or /dev/fd is missing: the error names the
# cause, and what was there before is there, whole and alone. In a mount namespace that ends with the test.
set -euo pipefail
skip() { printf '%s\n' "$1"; exit 77; }
((EUID == 0)) || skip 'needs root'
if [[ ${1-} != inside ]]; then
    unshare --mount true 2>/dev/null || skip 'needs namespaces'
    exec unshare --mount bash "$0" inside
fi
mount --make-rprivate /
work=/mnt # not one of the folders that are mounted over below
mount -t tmpfs none $work
cd "$work"
mkdir small fixed here bin home tree
cp "$MUSTER_PROGRAM" muster
for disk in small fixed here; do mount -t tmpfs -o size=1m none $disk; done
head -c 3000000 /dev/urandom >big
cp big tree/
echo new >little
echo old | tee small/app >fixed/app
mkdir small/folder && echo old >small/folder/file
mount -o remount,ro fixed
muster() { code=0; "$work/muster" --transport exec -n "$@" >out 2>err || code=$?; }
fail() { printf '%s\ncode %s\nout: %s\nerr: %s\n' "$1" "$code" "$(head -c 2000 out)" "$(cat err)"; exit 1; }
expect() { # expect NAME CODE TEXT...
    [[ $code == "$2" ]] || fail "$1: exit status"
    local text
    for text in "${@:3}"; do grep -qF -- "$text" err || fail "$1: '$text' is missing"; done
}
unharmed() { [[ $(cat small/app) == old && $(cat small/folder/file) == old && $(find small fixed | sort | xargs) == 'fixed fixed/app small small/app small/folder small/folder/file' ]] || fail "$1: what was there: $(find small fixed)"; }

# --- on the host
muster --push "big:$work/small/app" n1
expect 'a full disk' 1 'n1: push: ' 'No space left on device' "$work/small/app: the new one cannot be written beside it" 'nothing is changed'
unharmed 'a full disk'
muster --push "tree:$work/small/folder" n1
expect 'a full disk, a directory' 1 'n1: push: ' 'No space left on device' "$work/small/folder: " 'nothing is changed'
unharmed 'a full disk, a directory'
muster --push "little:$work/fixed/app" n1
expect 'a disk to read from' 1 'n1: push: ' 'Read-only file system' "$work/fixed/app: no file can be made beside it" 'nothing is changed'
unharmed 'a disk to read from'
printf '#!/bin/sh\necho "mv: cannot move: No space left on device" >&2; exit 1\n' >bin/mv
chmod 755 bin/mv
PATH=$work/bin:$PATH muster --push "little:$work/small/app" n1
expect 'a rename without room' 1 'n1: push: ' 'No space left on device' "$work/small/app: cannot be replaced; nothing is changed"
unharmed 'a rename without room'
PATH=$work/bin:$PATH muster --push "bin:$work/small/folder" n1
expect 'a rename without room, a directory' 1 'No space left on device' 'cannot be moved out of the way; nothing is changed'
unharmed 'a rename without room, a directory'

# --- here
mkdir here/n1 && echo old >here/n1/big
muster --json --pull "$work/big:here" n1 'echo ran'
expect 'a full disk here' 4 'muster: n1: pull: here/n1/big cannot be written here: No space left on device; what lay there is unchanged'
grep -q '"command":"ended"' out || fail 'a full disk here: the command has run'
muster --pull "$work/tree:here" n1
expect 'a full disk here, a directory' 4 'n1: pull: here/n1/tree' 'No space left on device'
[[ $(find here -type f) == here/n1/big && $(cat here/n1/big) == old ]] || fail "a full disk here: what lies there: $(find here)"
muster --pull "$work/little:fixed" n1 "touch $work/began"
expect 'a folder to read from' 4 '--pull: fixed: Read-only file system'
[[ ! -e began ]] || fail 'a folder to read from: the command was sent'

# --- scripts
printf '#!/bin/sh\necho "$1 $MUSTER_SCRIPT"; ls -A /tmp /var/tmp\n' >script
{ cat script; head -c 2000000 /dev/zero | tr '\0' '#'; } >long
for folder in /tmp /var/tmp /dev/shm; do mount -t tmpfs -o noexec,size=64k,mode=1777 none $folder; done
HOME=/tmp muster --script script n1 word
expect 'noexec' 0
[[ $(cat out) == *'n1: word script'* && $(cat out) != *muster-script* ]] || fail 'noexec: what it prints'
HOME=/tmp muster --script long n1
expect 'full disks' 1 'n1: push: no folder takes a file of ' 'for the script: /tmp, /var/tmp, /dev/shm and /tmp were tried'
HOME=$work/home muster --script long n1 word
expect 'a home with room' 0
mount -o remount,ro /tmp
HOME=/tmp muster --script script n1 word
expect 'a /tmp to read from' 0
[[ $(cat out) != *muster-script* ]] || fail 'a /tmp to read from: nothing is left'
mkdir dev && mount -t tmpfs none dev
for file in null zero random urandom; do cp -a "/dev/$file" dev/; done
mount --move dev /dev
HOME=$work/home muster --script script n1 word
expect 'without /dev/fd' 0
[[ $(cat out) == *'n1: word script'* ]] || fail 'without /dev/fd: what it prints'
mount -t tmpfs none /proc
HOME=$work/home muster --script script n1 word
expect 'without /dev/fd and /proc' 1 'n1: push: this host has neither /dev/fd nor /proc' '--push brings it as a file'
