#!/bin/bash
# SPDX-License-Identifier: MIT
# Every line of packaging/inventories.md, with programs that print the saved answers in tests/cli/answers in place of the real ones.
set -euo pipefail
command -v jq >/dev/null || { printf 'jq is missing; run packaging/set-up\n'; exit 77; }
answers=$MUSTER_SOURCE_DIR/tests/cli/answers
page=$MUSTER_SOURCE_DIR/packaging/inventories.md

work=$(mktemp -d "${TMPDIR:-/tmp}/muster-inventories.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/home"
for name in aws gcloud az tailscale steampipe; do printf '#!/bin/sh\nexec cat "%s/%s.json"\n' "$answers" "$name" >"$work/bin/$name"; done
cat >"$work/bin/terraform" <<END
#!/bin/sh
[ "\$1 \$2" = 'output -json' ] && exec cat "$answers/terraform-\$3.json"
END
cat >"$work/bin/curl" <<END
#!/bin/sh
case "\$*" in *netbox*) exec cat "$answers/curl-netbox.json" ;; *catalog/nodes*) exec cat "$answers/curl-consul.json" ;; esac
exit 22
END
ln -s "$MUSTER_PROGRAM" "$work/bin/muster"
chmod 755 "$work/bin/"*
cat >"$work/hosts.ini" <<'END'
[web]
web[01:02] rack=r1
[web:vars]
ansible_port=2222
END
export PATH=$work/bin:$PATH HOME=$work/home NETBOX_TOKEN=token
unset CLUSTERSHELL_CFGDIR XDG_CONFIG_HOME
cd "$work"

# The page's line number $1 with --dry-run: "host user@address:port" and the groups, in order.
shown() {
    local line
    line=$(grep '^muster ' "$page" | sed -n "$1p")
    eval "${line/#muster /muster --dry-run -F none -l me }" | sed -n '/^groups:/,/^commands:/p' | { grep '^  ' || true; } | sed 's/  */ /g; s/^ //'
}
expect() {
    local output
    output=$(shown "$1")
    [[ $output == "$2" ]] || { printf 'line %s showed\n%s\ninstead of\n%s\n' "$1" "$output" "$2"; exit 1; }
}

expect 1 $'@eu-west-1a i-0aa1\n@eu-west-1b i-0aa2\ni-0aa1 me@10.0.1.11:22\ni-0aa2 me@10.0.2.12:22'
expect 2 $'@eu-west-1a web1\n@eu-west-1b web2\nweb1 me@10.0.1.11:22\nweb2 me@10.0.2.12:22'
expect 3 $'@europe-west1-b db1\n@europe-west1-c db2\ndb1 me@10.132.0.2:22\ndb2 me@10.132.0.3:22'
expect 4 $'@SHOP vm[1-2]\nvm1 me@10.1.0.4:22\nvm2 me@10.1.0.5:22'
expect 5 $'@web web1\nbobs-mac me@100.64.0.7:22\nweb1 me@100.64.0.8:22'
expect 6 $'@dc1 agent-one\n@dc2 agent-two\nagent-one me@10.3.0.1:22\nagent-two me@10.3.0.2:22'
expect 7 ''   # no groups
expect 8 ''
expect 9 ''
expect 10 $'@ams1 sw1,srv1\n@server srv1\n@switch sw1\nsw1 me@10.6.0.1:22\nsrv1 me@srv1:22'
if command -v ansible-inventory >/dev/null; then expect 11 $'@web web[01-02]\nweb01 me@web01:2222\nweb02 me@web02:2222'; fi
(($(grep -c '^muster ' "$page") == 11)) || { printf 'a line of the page has no test\n'; exit 1; }

all() { grep '^muster ' "$page" | sed -n "$1p" | sed 's/^muster /muster -Q -F none /'; }
[[ $(eval "$(all 7)" | head -n 1) == 'app[1-3]' ]] || { eval "$(all 7)"; exit 1; }
[[ $(eval "$(all 8)" | head -n 1) == 'app[1-2]' ]]
[[ $(eval "$(all 9)" | head -n 1) == 'i-0cc[1-2]' ]]
