#!/bin/bash
# SPDX-License-Identifier: MIT
# The page of --report: well-formed, complete, and what hosts print is text in it. Where Chromium is installed a browser reads it, too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export TMPDIR=$folder
muster() { "$MUSTER_PROGRAM" --transport exec "$@" >/dev/null 2>&1 || true; }
hostile='<script>document.title="owned"</script><img src="http://192.0.2.1/x" onerror=alert(1)></pre>'
muster --report page.html 'web[1-3],db1' "printf '%s\n\033]0;x\007\377&amp;\n' '$hostile'; [ {host} != db1 ]"
muster --report many.html -f 100 'n[1-2000]' '[ {host} != n7 ]'
/usr/bin/python3 - <<'CHECK'
import base64, hashlib, html.parser, re

class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.stack, self.data = [], [], {}
    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "input", "rect"):
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
text, page = read("many.html")
rows = [a for t, a in page.tags if t == "div" and a.get("class") == "row"]
assert len(rows) == 2000 and sum(a["data-state"] == "failed" for a in rows) == 1
CHECK
browser=$(command -v chromium || true)
[[ -n $browser ]] || exit 0
read_by_browser() { timeout 100 "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$folder/profile" "$@" 2>/dev/null; }
dom=$(read_by_browser --dump-dom "file://$folder/page.html")
grep -q '<title>muster: ' <<<"$dom" || { echo "a host has changed the title"; exit 1; }
grep -q '4 of 4' <<<"$dom" || { echo "the page's own script does not run"; exit 1; }
read_by_browser --dump-dom "file://$folder/many.html" | grep -q '2000 of 2000'
