#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs every line of the cookbook, over a local process per host and with stand-ins for the hosts' programs. Each must succeed.
# shellcheck disable=SC2016 # stand-ins expand what is in single quotes
set -euo pipefail
command -v jq >/dev/null || { echo "jq is not installed"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export HOME=$folder MUSTER_TRANSPORT=exec PATH=$folder/bin:$PATH XDG_STATE_HOME=$folder/state
unset WCOLL
mkdir -p bin .dsh/group
ln -s "$MUSTER_PROGRAM" bin/muster
for name in dmesg lsb_release who uptime uname; do printf '#!/bin/sh\necho "%s $*"\n' "$name" > bin/"$name"; done
printf '#!/bin/sh\necho "a line"\n' > bin/tail
printf '#!/bin/sh\n[ "$LANG" = C ]\n' > bin/date
printf '#!/bin/sh\n[ "$1" != reload ] || [ -n "$SUDO_USER" ]\n' > bin/systemctl
cat > bin/sudo <<'END'
#!/bin/sh
while [ "$1" != -- ]; do
    if [ "$1" = -p ]; then printf %s "$2" >&2; read -r secret; [ "$secret" = right ] || exit 1; fi
    shift
done
shift
SUDO_USER=me exec "$@"
END
for name in backup maybe-slow nightly deploy; do printf '#!/bin/sh\necho done\n' > "$name"; done
printf '#!/bin/sh\necho right\n' > askpass
chmod +x bin/* backup maybe-slow nightly deploy askpass
printf 'web1\nweb2\n' > hosts.txt
printf 'db1\n' > .dsh/group/db
printf 'web1\nweb2\n' > .dsh/group/web
printf 'web1\nweb2\ndb1\n' > .dsh/group/all
printf 'web:\n  hosts:\n    web1:\n    web2:\n' > inventory.yml
printf '#!/bin/sh\n[ "$1" = all ]\n' > script.sh
printf 'hello\n' > motd
: > known_hosts
/usr/bin/python3 - "$MUSTER_SOURCE_DIR/packaging/docs/cookbook.md" <<'SPLIT'
import re, sys
text = open(sys.argv[1]).read()
found = re.findall(r"^## (\d+)\. ([^\n]*)\n```sh\n(.*?)```", text, re.S | re.M)
assert [int(number) for number, _, _ in found] == list(range(1, 33)), "32 tasks in order"
for number, title, code in found:
    open(f"task-{int(number):02}", "w").write(f"# {title}\n{code}")
SPLIT
failed=0
for task in task-*; do
    if ! timeout 60 bash -eu "$task" < /dev/null > out 2> err; then
        printf 'FAILED: %s\n' "$(cat "$task" out err)"
        failed=1
    fi
done
exit $failed
