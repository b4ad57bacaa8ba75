#!/bin/bash
# SPDX-License-Identifier: MIT
# --sudo with this system's sudo, in a mount namespace with accounts and rules of its own: passwords, refusals, stops, with use_pty
# and without, and a stand-in that decorates the question as sudo-rs does.
set -euo pipefail
skip() { printf '%s\n' "$1"; exit 77; }
((EUID == 0)) || skip 'needs root'
for tool in sudo unshare setpriv openssl; do [[ -x $(command -v $tool) ]] || skip "needs $tool"; done
if [[ ${1-} != inside ]]; then
    unshare --mount --pid --fork --mount-proc true 2>/dev/null || skip 'needs namespaces'
    exec unshare --mount --pid --fork --mount-proc bash "$0" inside
fi

work=$(mktemp -d /tmp/muster-sudo.XXXXXX)
trap 'cd /; umount -l /etc/passwd /etc/shadow /etc/group /etc/sudoers /etc/pam.d /run 2>/dev/null || true; rm -rf "$work"' EXIT
chmod 755 "$work"
uid=61234
mount -t tmpfs none /run
{ cat /etc/passwd; echo "tester:x:$uid:$uid::$work/home:/bin/sh"; } >"$work/passwd"
{ echo "root:*:19000:0:99999:7:::"; echo "tester:$(openssl passwd -6 right):19000:0:99999:7:::"; } >"$work/shadow"
{ cat /etc/group; echo "tester:x:$uid:"; } >"$work/group"
mkdir "$work/home" "$work/pam.d" "$work/bin"
printf '%s\n' 'auth required pam_unix.so' 'account required pam_unix.so' 'session required pam_permit.so' | tee "$work/pam.d/sudo" >"$work/pam.d/other"
chown $uid:$uid "$work/home"
: >"$work/sudoers"
chmod 440 "$work/sudoers"
for name in passwd shadow group sudoers pam.d; do mount --bind "$work/$name" "/etc/$name"; done

rules() { printf '%s\n' 'Defaults !lecture, !mail_badpass, !fqdn, timestamp_timeout=0, passwd_tries=3' "Defaults logfile=$work/log" "$@" >"$work/sudoers"; : >"$work/log"; }
cp "$MUSTER_PROGRAM" "$work/bin/muster"
printf '#!/bin/sh\ncat "%s/answer"\n' "$work" >"$work/bin/ask"
chmod 755 "$work/bin/ask"
as_tester() { setpriv --reuid $uid --regid $uid --clear-groups env -i HOME="$work/home" PATH="$work/bin:/usr/bin:/bin" "$@"; }
run() { # run ANSWER WORD...: code, out and err of muster as tester
    printf '%s\n' "$1" >"$work/answer"
    code=0
    as_tester muster --transport "${transport:-exec}" --askpass "$work/bin/ask" "${@:2}" >"$work/out" 2>"$work/err" </dev/null || code=$?
    out=$(sort "$work/out") err=$(cat "$work/err")
}
fail() { printf '%s\ncode %s\nout: %s\nerr: %s\nlog: %s\n' "$1" "$code" "$out" "$err" "$(cat "$work/log")"; exit 1; }
failures() { grep -c 'incorrect password' "$work/log" || true; }
left() { pgrep -x sleep || true; }
stopped() { # stopped WORD...: code, out and err of muster as tester, which Ctrl-C ends when the command has begun to sleep
    printf 'x\n' >"$work/answer"
    as_tester muster "$@" >"$work/out" 2>"$work/err" &
    until grep -q begun "$work/out" && [[ -n $(left) ]]; do sleep 0.05; done
    kill -INT "$(pgrep -x muster)"
    code=0
    wait $! || code=$?
    out=$(cat "$work/out") err=$(cat "$work/err")
}

for pty in use_pty '!use_pty'; do
    rules "Defaults $pty" 'tester ALL=(ALL) ALL'
    run right --sudo --sudo-password 'n[1-3]' 'id -un; cat; exit 3'
    [[ $code == 1 && $out == $'n1: root\nn2: root\nn3: root' ]] || fail "$pty: with the right password"
    [[ $err == *'n[1-3] (3): command: exit status 3'* && $err != *right* ]] || fail "$pty: the status is the command's"

    run wrong --sudo --sudo-password 'n[1-100]' 'echo never'
    [[ $code == 3 && -z $out && $err == *'sudo did not take the password'* && $err == *'was not sent'* ]] || fail "$pty: with a wrong password"
    [[ $(failures) == 1 ]] || fail "$pty: a wrong password is tried once, by one host"

    run wrong --preflight --batch 1 --sudo --sudo-password 'n[1-100]' 'echo never'
    [[ $code == 3 && -z $out && $(failures) == 2 && $err == *'the preflight reached 0 hosts'* ]] || fail "$pty: a preflight with a wrong password"
    run right --preflight --sudo --sudo-password 'n[1-3]' 'id -un'
    [[ $code == 0 && $out == $'n1: root\nn2: root\nn3: root' ]] || fail "$pty: a preflight with the right password"

    run right --sudo n1 'echo never'
    [[ $code == 3 && -z $out && $err == *'--sudo-password asks'* ]] || fail "$pty: without a password"

    rules "Defaults $pty" 'tester ALL=(ALL) NOPASSWD: ALL'
    printf 'rest\n' >"$work/input"
    run secret --sudo --sudo-password --input "$work/input" n1 cat
    [[ $code == 0 && $out == 'n1: rest' ]] || fail "$pty: a password that sudo does not want stays here"

    for trap in '' 'trap "" TERM; '; do
        stopped --transport exec -n --grace 1s --sudo n1 "${trap}echo begun; sleep 77 | cat; sleep 78"
        [[ -z $(left) ]] || fail "$pty: a stop has left root's processes"
        [[ $err != *'may still run'* ]] || fail "$pty: the end was proved and not told"
    done

    echo pushed >"$work/file"
    run x --sudo --push "$work/file:/run/by-root" --check 'test -O /run/by-root' --pull "/run/by-root:$work/home" n1
    [[ $code == 0 && $(stat -c %u /run/by-root) == 0 && $(cat "$work/home/n1/by-root") == pushed ]] || fail "$pty: a push, a check and a pull"
    rm /run/by-root
    printf '#!/bin/sh\nid -un; read x; echo "$1 $x"\n' >"$work/script"
    run x --sudo --script "$work/script" --input "$work/input" n1 word
    [[ $code == 0 && $(cat "$work/out") == $'n1: root\nn1: word rest' ]] || fail "$pty: a script"
done

# Over a server of the test's own: a hundred hosts, a stop, a terminal, where both streams are one.
sshd=$("$MUSTER_SOURCE_DIR/packaging/set-up" --print | sed -n 's/^SSHD=//p')
if [[ -n $sshd ]]; then
    mkdir /run/sshd
    grep -q '^sshd:' "$work/passwd" || echo 'sshd:x:62999:62999::/run/sshd:/bin/false' >>"$work/passwd"
    for key in key host_key; do ssh-keygen -q -t ed25519 -N '' -f "$work/$key"; done
    chown $uid "$work/key"
    port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    printf '%s\n' 'ListenAddress 127.0.0.1' "Port $port" "HostKey $work/host_key" "AuthorizedKeysFile $work/key.pub" 'PidFile none' 'StrictModes no' 'UsePAM no' 'MaxStartups 200' >"$work/sshd_config"
    echo "[127.0.0.1]:$port $(cat "$work/host_key.pub")" >"$work/known_hosts"
    printf '%s\n' 'HostName 127.0.0.1' "Port $port" 'User tester' "IdentityFile $work/key" "UserKnownHostsFile $work/known_hosts" >"$work/ssh_config"
    "$sshd" -D -e -f "$work/sshd_config" 2>"$work/sshd.log" &
    until grep -q 'Server listening' "$work/sshd.log"; do kill -0 $!; sleep 0.05; done
    for pty in use_pty '!use_pty'; do
        for rule in 'ALL=(ALL) ALL' 'ALL=(ALL) NOPASSWD: ALL'; do
            rules "Defaults $pty" "tester $rule"
            transport=ssh2 run right -F "$work/ssh_config" --json --tty --sudo --sudo-password --check 'echo check; false' --check-for 0 --always 'echo end; false' n1 'id -un; test -t 1'
            [[ $code == 1 && $out == *'"stdout":"root\r\ncheck\r\nend\r\n"'* ]] || fail "$pty, $rule: the marks stand in what a terminal shows"
        done
        rules "Defaults $pty" 'tester ALL=(ALL) ALL'
        transport=ssh2 run wrong -F "$work/ssh_config" --sudo --sudo-password 'n[1-100]' 'echo never'
        [[ $code == 3 && -z $out && $(failures) == 1 ]] || fail "$pty: a wrong password costs a hundred hosts one attempt"
        rules "Defaults $pty" 'tester ALL=(ALL) NOPASSWD: ALL'
        for trap in '' 'trap "" TERM; '; do
            stopped -F "$work/ssh_config" -n --grace 1s --sudo n1 "${trap}echo begun; sleep 77 | cat; sleep 78"
            [[ -z $(left) && $err != *'may still run'* ]] || fail "$pty: a stop over SSH reaches root's processes, and proves it"
        done
        stopped -F "$work/ssh_config" --input "$work/input" --grace 1s --sudo n1 'echo begun; sleep 77'
        [[ -z $(left) || $err == *'may still run'* ]] || fail "$pty: root's command with an input of its own is out of reach, and is not named"
        left | xargs -r kill -KILL
    done
fi

# A rule for one command alone: sudo quotes the line that it refuses.
rules 'tester ALL=(ALL) /usr/bin/apt-get'
refused="Sorry, user tester is not allowed to execute '/bin/sh -c ... "
run right --json --ok-status 0,1 --sudo --sudo-password n1 'grep -q x /etc/shadow'
[[ $code == 3 && $out == *'"state":"auth","command":"not_sent"'* && $err == *"n1: sudo: $refused"'grep -q x /etc/shadow 5'* ]] || fail 'what sudo refuses has not run'
run right --preflight --sudo --sudo-password n1 'id -un'
[[ $code == 3 && $err == *"n1: sudo: $refused"* ]] || fail 'a preflight has the words of sudo'
run right --sudo --sudo-password --push "$work/file:/run/by-root" n1
[[ $code == 3 && $err == *"n1: sudo: ${refused% }"* && $err != *printf* ]] || fail 'a push that sudo refuses is its refusal, without the script'

# A stop or a limit before the command has begun.
rules 'tester ALL=(ALL) ALL'
printf 'wrong\n' >"$work/answer"
as_tester muster --json --transport exec --askpass "$work/bin/ask" --sudo --sudo-password 'n[1-3]' 'echo never' >"$work/out" 2>"$work/err" </dev/null &
until [[ $(pgrep -cx sudo) == 3 ]]; do sleep 0.02; done
sleep 0.3
kill -INT "$(pgrep -x muster)"
code=0
wait $! || code=$?
out=$(cat "$work/out") err=$(cat "$work/err")
[[ $(grep -cE '"state":"(not_started|auth)","command":"not_sent"' <<<"$out") == 3 ]] || fail 'a stop while sudo waits or refuses: nothing was sent'
printf '#!/bin/sh\nsleep 100\n' >"$work/bin/sudo"
chmod 755 "$work/bin/sudo"
run right --json -u 1s --grace 1s --sudo --sudo-password n1 'id -un'
[[ $code == 3 && $out == *'"state":"timed_out","command":"not_sent"'* && $err == *'n1: sudo: timed out after 1 s'* && -z $(left) ]] || fail 'a sudo that does not answer'

# As sudo-rs decorates the question and asks again.
cat >"$work/bin/sudo" <<'END'
#!/bin/sh
while [ "$1" != -- ]; do if [ "$1" = -p ]; then prompt=$2; fi; shift; done
shift
printf '[sudo: %s] Password: ' "$prompt" >&2
IFS= read -r answer
printf '\n' >&2
if [ "$answer" != right ]; then printf 'sudo: Authentication failed, try again.\n[sudo: %s] Password: ' "$prompt" >&2; read -r answer; exit 1; fi
exec "$@"
END
chmod 755 "$work/bin/sudo"
run right --sudo --sudo-password 'n[1-2]' 'echo done >&2; cat'
[[ $code == 0 && $err == $'n1: done\nn2: done\n'* || $err == $'n2: done\nn1: done\n'* ]] || fail 'a decorated question'
[[ $err != *Password* ]] || fail 'the decoration is not shown'
run wrong --sudo --sudo-password n1 'echo never'
[[ $code == 3 && $err == *'did not take the password'* ]] || fail 'a decorated refusal'

# One that reads the password and does not answer, as PAM does not for a while when it was wrong.
cat >"$work/bin/sudo" <<END
#!/bin/sh
while [ "\$1" != -- ]; do if [ "\$1" = -p ]; then printf %s "\$2" >&2; fi; shift; done
IFS= read -r answer || exit 1
echo "\$answer" >>$work/home/answers
exec sleep 100
END
chmod 755 "$work/bin/sudo"
run wrong -f 1 -u 1s --sudo --sudo-password 'n[1-4]' 'echo never'
[[ $code == 3 && $(cat "$work/home/answers") == wrong && $err == *'the password was not sent: n1 ended before it took it'* ]] || fail 'a host that ends without an answer was the only one that got the password'
echo fine
