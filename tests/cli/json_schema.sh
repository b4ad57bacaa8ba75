#!/bin/bash
# SPDX-License-Identifier: MIT
# Every line that --json, --json=events, a ledger and --outdir write is valid against the schema, and no output is lost.
set -euo pipefail
/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || { echo "python3-jsonschema is not installed"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
muster() { "$MUSTER_PROGRAM" --transport exec "$@" 2>/dev/null || true; }
mixed='case {host} in a1) echo fine; echo é >&2;; a2) head -c 300000 /dev/urandom; exit 3;; a3) kill -9 $$;; a4) printf "\303"; sleep 0.1; printf "\251\033]0;x\007";; esac'
muster --json --ledger ledger --outdir out 'a[1-4]' "$mixed" > results
muster --json=events 'a[1-4]' "$mixed" > events
muster --json=events -k -f 2 --ledger halted a,b,c '[ {host} = a ] && { sleep 0.2; exit 1; }; echo up; sleep 300' > stopped
muster --json=events -u 1 a 'sleep 300' > limited
muster --json=events --preflight --batch 1 --soak 1ms --gate true --ledger rolled a,b true > rollout
muster --json=events --batch 1 --before 'echo out' --gate 'echo mute; echo why >&2; false' a,b true > refused
muster --json=events --check true --ledger checked a true > steps
muster --json --shard 1/2 --push "$0:$folder/copy-{host}" --ledger 'part{shard}' a,b > pushed
muster --json --dry-run --batch 1 --soak 1m --gate true --check true --before true --preflight --delay 1s --apart 'name:(.)' --push "$0:x" a,b true > planned
muster --json --dry-run a true > plain
muster --json -Q 'a[1-4]' > listed
/usr/bin/python3 - "$MUSTER_SOURCE_DIR/packaging/man/muster.jsonl.schema.json" <<'CHECK'
import base64, json, sys
import jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
valid = jsonschema.Draft7Validator(schema)
types = {}
for name in ("results", "ledger", "out/.results.jsonl", "events", "stopped", "halted", "limited", "rolled", "rollout", "refused", "pushed", "part1", "checked", "steps", "planned", "plain", "listed"):
    for line in open(name, "rb"):
        one = json.loads(line)
        valid.validate(one)
        types.setdefault(one["type"], []).append(one)
assert set(types) == {"result", "summary", "run", "host_started", "command_sent", "step_done", "output", "stopping", "preflight", "batch_started",
                      "soaking", "local_output", "gate", "batch_passed", "batch_stopped", "plan", "planned_host", "hosts"}, set(types)
assert all("kex" in one for one in types["result"]) and all("at" in one for one in types["stopping"])
for wrong in ({"v": 1, "type": "result"}, {"v": 2, "type": "host_started", "at": "2026-01-01T00:00:00.000Z", "host": "a"}):
    assert not valid.is_valid(wrong)
plan = types["plan"][0]
assert plan["batches"] == [["a"], ["b"]] and plan["soaks_ms"] == [60000, 60000] and plan["preflight"] == 2, plan
assert (plan["halt"], plan["halt_fail"], plan["gate"], plan["check"], plan["before"]) == ("batch", 1, "true", "true", "true"), plan
assert (plan["delay_ms"], plan["apart"], plan["apart_limit"], plan["gate_for_ms"]) == (1000, "name:(.)", 1, 600000), plan
assert types["plan"][1]["halt"] == "never" and "batches" not in types["plan"][1], types["plan"]
for planned in types["plan"] + types["planned_host"]:
    assert set(planned) <= set(schema["definitions"][planned["type"]]["properties"]) | {"v"}, planned
pieces, whole = {}, {}
for line in open("events"):
    one = json.loads(line)
    if one["type"] == "output" and one["stream"] == "stdout":
        data = base64.b64decode(one["data_b64"]) if "data_b64" in one else one["data"].encode()
        pieces[one["host"]] = pieces.get(one["host"], b"") + data
    if one["type"] == "result":
        whole[one["host"]] = base64.b64decode(one["stdout_b64"]) if "stdout_b64" in one else one["stdout"].encode()
assert {host: data for host, data in whole.items() if data} == pieces
assert len(pieces["a2"]) == 300000 and pieces["a4"] == b"\xc3\xa9\x1b]0;x\x07"
CHECK
