# SPDX-License-Identifier: MIT
"""A headless Chromium that reads pages, over the DevTools protocol on two pipes."""
import base64
import json
import os
import select
import subprocess
import time

LIMIT = 60  # seconds that an answer may take


class Browser:
    def __init__(self, program, folder, width=1200, height=900):
        to_child, self.to = os.pipe()
        self.of, from_child = os.pipe()
        os.set_inheritable(to_child, True)
        os.set_inheritable(from_child, True)
        words = [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
                 "--no-first-run", "--hide-scrollbars", f"--window-size={width},{height}", f"--user-data-dir={folder}/profile"]
        # The browser takes the pipes as descriptors 3 and 4.
        script = f'exec 9<&{to_child} 8>&{from_child}; exec 3<&9 4>&8 9<&- 8>&-; exec "$@"'
        with open(f"{folder}/browser.log", "wb") as log:
            self.process = subprocess.Popen(["bash", "-c", script, "bash", *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            pass_fds=(to_child, from_child))
        os.close(to_child)
        os.close(from_child)
        self.number, self.rest, self.requests, self.loaded = 0, b"", [], False
        self.session = None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self.ask(domain + ".enable")

    def read(self):
        """The next message."""
        until = time.monotonic() + LIMIT
        while b"\0" not in self.rest:
            if not select.select([self.of], [], [], max(0, until - time.monotonic()))[0]:
                raise AssertionError("the browser does not answer")
            piece = os.read(self.of, 1 << 20)
            if not piece:
                raise AssertionError("the browser has ended")
            self.rest += piece
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def note(self, message):
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])
        if message.get("method") == "Page.loadEventFired":
            self.loaded = True

    def ask(self, method, **arguments):
        self.number += 1
        order = {"id": self.number, "method": method, "params": arguments}
        if self.session:
            order["sessionId"] = self.session
        os.write(self.to, json.dumps(order).encode() + b"\0")
        while True:
            message = self.read()
            if message.get("id") == self.number:
                assert "error" not in message, message
                return message["result"]
            self.note(message)

    def open(self, path):
        """Seconds until the page was there."""
        self.loaded, begun = False, time.monotonic()
        self.ask("Page.navigate", url="file://" + path)
        while not self.loaded:
            self.note(self.read())
        self.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return time.monotonic() - begun

    def value(self, expression):
        answer = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def type_search(self, text):
        """What the page says it shows then."""
        self.value("{ const find = document.querySelector('input[type=search]'); find.value = ''; find.focus(); "
                   "find.dispatchEvent(new Event('input')) }")
        self.ask("Input.insertText", text=text)
        return self.value("document.querySelector('output').textContent")

    def picture(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))

    def close(self):
        try:
            self.session = None
            self.ask("Browser.close")
        except (AssertionError, OSError):
            self.process.kill()
        self.process.wait(LIMIT)
