#!/bin/bash
# SPDX-License-Identifier: MIT
# The page of --report: well-formed, complete, and what hosts print is text in it. Where Chromium is installed a browser reads it, too;
# MUSTER_BROWSER_LIMIT is the seconds that 10,000 hosts may take in it on an idle machine.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export TMPDIR=$folder
muster() { "$MUSTER_PROGRAM" --transport exec "$@" >/dev/null 2>&1 || true; }
hostile='<script>document.title="owned"</script><img src="http://192.0.2.1/x" onerror=alert(1)></pre>'
muster --report page.html 'web[1-3],db1' "printf '%s\n\033]0;x\007\377&amp;\n' '$hostile'; [ {host} != db1 ]"
muster --report groups.html 'n[0-9]' 'case {host} in n[0-1]) echo same;; n[7-9]) ;; *) echo on {host};; esac'
muster --report silent.html 'n[1-3]' true
muster --report some.html -f 100 'n[1-300]' '[ {host} != n7 ]'
/usr/bin/python3 - <<'CHECK'
import base64, hashlib, html.parser, re

class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.stack, self.data = [], [], {}
    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "input"):
            self.stack.append(tag)
    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
    def handle_endtag(self, tag):
        assert self.stack.pop() == tag, tag
    def handle_data(self, data):
        self.data.setdefault(self.stack[-1] if self.stack else "", []).append(data)

def read(name):
    text = open(name, encoding="utf-8").read()
    page = Page()
    page.feed(text)
    assert not page.stack, page.stack
    return text, page

text, page = read("page.html")
assert [tag for tag, _ in page.tags].count("script") == 1, "no script of a host"
assert "img" not in [tag for tag, _ in page.tags]
assert not any(name.startswith("on") or name in ("src", "href", "style") for _, attributes in page.tags for name in attributes)
policy = next(a["content"] for t, a in page.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy")
assert policy.startswith("default-src 'none'")
for tag in ("style", "script"):
    content = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.S).group(1)
    assert base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() in policy, tag
output = "".join(page.data["pre"])
assert '<script>document.title="owned"</script>' in output and "&amp;" in output, output
assert "\x1b" not in text and "\ufffd" in output
assert any("db1" in row for row in page.data["span"]) and "exit status 1" in text
assert "muster --transport exec --report page.html -w db1" in output, output
text, page = read("some.html")
rows = [a for t, a in page.tags if t == "div" and a.get("class") == "row"]
assert len(rows) == 300 and sum(a["data-state"] == "failed" for a in rows) == 1
text, page = read("groups.html")
assert "n[7-9] (3 of 10): no output" in page.data["p"], "hosts that printed nothing are in no group"
assert sum(tag == "details" for tag, _ in page.tags) == 6 and "differences" not in text
assert "Output" not in read("silent.html")[1].data["h2"]
CHECK

# What was recorded makes the same page later: --json=events with the output, a ledger without.
tell='echo "on {host}"; [ {host} != db1 ]'
"$MUSTER_PROGRAM" --transport exec --batch 2 --soak 200ms --halt never --json=events --ledger run.jsonl 'web[1-3],db1' "$tell" >events.jsonl 2>/dev/null || true
"$MUSTER_PROGRAM" --merge events.jsonl --report events.html >/dev/null 2>&1 || true
"$MUSTER_PROGRAM" --merge run.jsonl --report ledger.html >/dev/null 2>&1 || true
says() { grep -qF -- "$2" "$1" || { echo "$1 does not have: $2"; exit 1; }; }
says events.html '<title>muster: echo'
says events.html 'on web2'
"$MUSTER_PROGRAM" --transport exec --json=events 'n[1-3]' '[ {host} = n2 ] || echo same' >some.jsonl 2>/dev/null
"$MUSTER_PROGRAM" --merge some.jsonl --report odd.html >/dev/null 2>&1
says odd.html 'n2 (1 of 3): no output'
says events.html 'batch 2 of 2: 2 hosts'
says events.html 'pause after batch 1'
says events.html 'class="r"'
says ledger.html 'It was not recorded.'
says ledger.html 'muster --resume run.jsonl'
says ledger.html 'batch 2 of 2: 2 hosts'

browser=$(command -v chromium || true)
if [[ -z $browser ]]; then
    [[ -z ${MUSTER_BROWSER:-} ]] || { echo "Chromium is not installed"; exit 1; }
    exit 0
fi
/usr/bin/python3 - <<'MANY'
import json
hosts = [f"rack{i // 40}-node{i:05}" for i in range(10000)]
with open("many.jsonl", "w", encoding="ascii") as file:
    for i, host in enumerate(hosts):
        bad = i % 97 == 0
        line = {"v": 1, "type": "result", "host": host, "address": "127.0.0.1", "port": 22, "user": "u", "via": None,
                "state": "unreachable" if bad else "ok", "command": "not_sent" if bad else "ended", "status": None if bad else 0,
                "signal": None, "stage": "connect" if bad else "command", "error": "Connection refused" if bad else None,
                "stdout": "" if bad else f"kernel {i % 7}\n" * 20, "stderr": "", "kex": None, "truncated": False,
                "started": f"2026-01-01T00:00:{i // 200:02}.{i % 200 * 5:03}Z", "duration_ms": 3000 + i % 2000, "attempts": 1,
                "stages": {"connect": 20, "handshake": 300, "auth": 400, "session": 30, "command": 2000 + i % 2000}}
        file.write(json.dumps(line) + "\n")
    file.write(json.dumps({"v": 1, "type": "summary", "stop": "none", "duration_ms": 55000}) + "\n")
MANY
muster --merge many.jsonl --report many.html
PYTHONPATH=$MUSTER_SOURCE_DIR/tests/cli PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 - "$browser" "$folder" <<'READ'
import os, re, shutil, sys
from browser import Browser

program, folder = sys.argv[1:]
pictures = os.environ.get("MUSTER_PICTURES", folder)
browser = Browser(program, folder)
try:
    browser.open(f"{folder}/page.html")
    assert browser.value("document.title").startswith("muster: printf"), "a host has changed the title"
    assert browser.value("document.querySelectorAll('img,iframe,object,link,a').length") == 0
    assert browser.type_search("") == "4 of 4", "the page's own script does not run"
    assert browser.type_search("DB1") == "1 of 4"
    browser.picture(f"{pictures}/page.png")
    assert browser.value("getComputedStyle(document.querySelector('.bad')).color") != browser.value("getComputedStyle(document.body).color")
    browser.open(f"{folder}/groups.html")
    seen = "[...document.querySelectorAll('pre')].filter(each => each.checkVisibility()).length"
    assert browser.value(seen) == 5, "of six groups with output the first are open"
    browser.ask("Emulation.setEmulatedMedia", media="print")
    assert browser.value(seen) == 6, "on paper groups are closed"
    browser.ask("Emulation.setEmulatedMedia", media="")
    for when, shown in ("beforeprint", 6), ("afterprint", 5):
        browser.value(f"dispatchEvent(new Event('{when}'))")
        assert browser.value(seen) == shown, when
    browser.open(f"{folder}/events.html")
    browser.picture(f"{pictures}/events.png")
    browser.open(f"{folder}/ledger.html")
    opened = browser.open(f"{folder}/many.html")
    assert browser.type_search("") == "10000 of 10000"
    scrolled = browser.value("""(async () => { const begun = performance.now(); for (let i = 0; i < 20; ++i) {
        window.scrollTo(0, document.body.scrollHeight * i / 20); await new Promise(done => requestAnimationFrame(done)) }
        return (performance.now() - begun) / 1000 })()""")
    searched = browser.value("""(() => { const begun = performance.now(), find = document.querySelector('input[type=search]');
        find.value = 'node00097'; find.dispatchEvent(new Event('input')); document.body.offsetHeight;
        return (performance.now() - begun) / 1000 })()""")
    assert browser.value("document.querySelector('output').textContent") == "1 of 10000"
    browser.type_search("")
    browser.value("document.querySelector('.head').scrollIntoView()")
    browser.picture(f"{pictures}/many.png")
    print(f"10,000 hosts: open {opened:.2f} s, 20 screens scrolled {scrolled:.2f} s, searched {searched:.3f} s")
    drawn = browser.value("""[...document.querySelectorAll('.row')].filter(row => row.checkVisibility({contentVisibilityAuto: true})).length""")
    assert 0 < drawn < 1000, f"the browser lays {drawn} rows out at once"
    most = float(os.environ.get("MUSTER_BROWSER_LIMIT", "inf"))
    assert opened < most and scrolled < most and searched < most, "too slow"
    outside = [url for url in browser.requests if not url.startswith(f"file://{folder}/") and url != "about:blank"]
    assert not outside, outside
finally:
    browser.close()
READ
