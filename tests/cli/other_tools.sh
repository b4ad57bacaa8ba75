#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs every example line of the pages for those who come from another tool, over a local process per host and with stand-ins for the hosts'
# programs, and looks at what the tables promise of them. /etc of a host is a folder here.
# shellcheck disable=SC2016 # stand-ins expand what is in single quotes
set -euo pipefail
umask 022
pages=$MUSTER_SOURCE_DIR/packaging/docs
work=$(mktemp -d "${TMPDIR:-/tmp}/muster-other-tools.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
for name in "${!MUSTER_@}" WCOLL FANOUT PDSH_RCMD_TYPE; do [[ $name == MUSTER_PROGRAM ]] || unset "$name"; done
mkdir -p bin home groups etc/nginx
export CLUSTERSHELL_CFGDIR=$work/groups HOME=$work/home PATH=$work/bin:$PATH MUSTER_TRANSPORT=exec LOG=$work/log
for name in muster pdsh pdcp rpdcp clush; do ln -s "$MUSTER_PROGRAM" "bin/$name"; done

stand_in() { printf '#!/bin/sh\n%s\n' "$2" >"$1"; chmod +x "$1"; }
for name in uptime systemctl ping pkill; do stand_in "bin/$name" "echo \"\$MUSTER_HOST $name \$*\" >>\"\$LOG\"; echo $name"; done
stand_in bin/uname '[ "$1" = -r ] && echo release || exec /bin/uname "$@"'
stand_in bin/sudo 'while [ "$1" != -- ]; do [ "$1" != -u ] || AS=$2; shift; done; shift; export AS; exec "$@"'
stand_in bin/ansible-inventory 'echo "{\"web\": {\"hosts\": [\"web1\", \"web2\", \"both\"]}, \"db\": {\"hosts\": [\"db1\", \"both\"]}}"'
for folder in . home; do
    stand_in $folder/deploy 'echo "$MUSTER_HOST deploy $1 $AS" >>"$LOG"'
    stand_in $folder/nightly 'echo "$MUSTER_HOST nightly" >>"$LOG"; echo well'
    stand_in $folder/install 'echo "$MUSTER_HOST install $(cat)" >>"$LOG"'
done
stand_in check.sh 'echo "$MUSTER_HOST check $*" >>"$LOG"'
printf '[web]\nweb[1:2]\n' >hosts.ini
printf 'web1\nweb2\ndb1\n' >hosts.txt
printf '[Main]\ndefault: here\n[here]\nmap: echo web[1-9]\nall: echo web[1-9]\n' >groups/groups.conf
echo yes >answers.txt
echo conf | tee nginx.conf >etc/nginx/nginx.conf
echo welcome >etc/motd

failed=0
fail() { printf 'FAILED: %s\n' "$@"; cat out err "$LOG" 2>/dev/null || true; failed=1; }
# after PAGE BEGIN-OF-LINE: runs the line of the page, to be followed by ran, made, prints
after() {
    local line
    line=$(sed -n '/^```/,/^```$/p' "$pages/$1" | grep -F -- "$2" | head -n 1) || true
    [[ $line ]] || fail "$1 has no line $2"
    last="$1: $line"
    echo "$last" >>lines
    rm -f "$LOG"
    touch "$LOG"
    bash -c "${line//\/etc\//$work/etc/}" >out 2>err </dev/null || fail "$last"
}
ran() { [[ $(sort "$LOG" | paste -sd ,) == "$1" ]] || fail "$last" "it did not run as: $1"; }
runs() { [[ $(wc -l <"$LOG") == "$1" ]] || fail "$last" "it did not run $1 commands"; }
made() { for file; do [[ -e $file ]] || fail "$last" "it made no $file"; done; }
prints() { grep -qxF -- "$1" out || fail "$last" "it did not print: $1"; }

after from-pdsh.md 'pdsh -w'
runs 9
after from-pdsh.md 'pdsh -a'
[[ $(grep -c 'systemctl is-active nginx' "$LOG") == 8 ]] || fail "$last"
after from-pdsh.md 'pdsh -R exec'
ran 'n1 ping -c 1 n1,n2 ping -c 1 n2,n3 ping -c 1 n3,n4 ping -c 1 n4'
after from-pdsh.md 'pdsh -Q'
prints web1,web2,web3,web4,web5,web6,web7,web8,web9
rm etc/nginx/nginx.conf
after from-pdsh.md 'pdcp '
made etc/nginx/nginx.conf
after from-pdsh.md 'rpdcp '
made collected/nginx.conf.web{1..9}

after from-clush.md 'clush -w web[1-9] -b'
prints release
after from-clush.md 'clush -g web -L'
runs 9
rm etc/nginx/nginx.conf
after from-clush.md 'clush -w web[1-9] -c'
made etc/nginx/nginx.conf
after from-clush.md 'clush -w web[1-9] --rcopy'
made collected/motd.web{1..9}
after from-clush.md 'clush -a'

rm -r collected
after from-ansible.md 'muster --inventory hosts.ini -g web uptime'
ran 'both uptime ,web1 uptime ,web2 uptime '
after from-ansible.md 'muster --inventory hosts.ini -f 5'
runs 4
after from-ansible.md "muster --inventory 'ansible-inventory"
runs 3
rm etc/nginx/nginx.conf
after from-ansible.md 'muster --inventory hosts.ini --push'
made etc/nginx/nginx.conf
ran 'both systemctl reload nginx,web1 systemctl reload nginx,web2 systemctl reload nginx'
after from-ansible.md 'muster --inventory hosts.ini --pull'
made collected/{web1,web2,both}/nginx.conf
after from-ansible.md 'muster --inventory hosts.ini --script'
ran 'both check all,web1 check all,web2 check all'
after from-ansible.md 'muster --inventory hosts.ini --sudo'
ran 'web1 deploy 7 app,web2 deploy 7 app'
after from-ansible.md 'muster --inventory hosts.ini -u'
ran 'web1 nightly,web2 nightly'
[[ $(cat logs/web1) == well ]] || fail "$last"
after from-ansible.md 'muster --inventory hosts.ini --dry-run'
prints '1 host: both'
runs 0
after from-ansible.md 'muster --inventory hosts.ini -Q'
prints web1,web2,both

rm -r collected
after from-pssh.md 'muster --hostfile hosts.txt -f'
ran 'db1 uptime ,web1 uptime ,web2 uptime '
after from-pssh.md "muster -w 'web1 web2' -l"
ran 'web1 uptime ,web2 uptime '
after from-pssh.md 'muster --hostfile hosts.txt --outdir'
made out.d/web1 err.d/web1
rm etc/nginx/nginx.conf
after from-pssh.md 'muster --hostfile hosts.txt --push'
made etc/nginx/nginx.conf
after from-pssh.md 'muster --hostfile hosts.txt --pull'
made collected/{web1,web2,db1}/nginx.conf
after from-pssh.md "muster --hostfile hosts.txt -w '/^web/'"
ran 'web1 uptime ,web2 uptime '
after from-pssh.md 'muster --hostfile hosts.txt --input'
ran 'db1 install yes,web1 install yes,web2 install yes'
after from-pssh.md "muster -w 'web1 web2' -o"
ran 'web1 pkill nginx,web2 pkill nginx'

for page in from-pdsh from-clush from-ansible from-pssh; do
    sed -n '/^```/,/^```$/{/^```/d;p}' "$pages/$page.md" | sed "s/^/$page.md: /"
done >all
diff <(sort all) <(sort lines) || fail 'these lines of the pages were not run'

# Each option of ansible has its row.
if command -v ansible >/dev/null; then
    sed -n '/^| ansible |/,/^$/s/^| \([^|]*\) |.*/\1/p' "$pages/from-ansible.md" >rows
    ansible --help | grep -E '^  -' | while read -r option; do
        has=
        for name in $(grep -oE -- '(^|[ ,])--?[A-Za-z][a-z-]*' <<<"$option" | tr -d ' ,'); do
            [[ $name == --help ]] || grep -qE -- "(^|[\` ])$name([ =\`]|$)" rows && has=yes
        done
        [[ $has ]] || echo "$option"
    done >missing
    [[ ! -s missing ]] || fail 'from-ansible.md has no row for:' "$(cat missing)"
fi
exit "$failed"
