"""A browser that nobody here wrote: Chromium without a screen, told what to do over a pipe (DevTools).

It is started without a network; everything it asks for is noted.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FOUND = next((path for name in NAMES if (path := shutil.which(name))), None)

needs_browser = pytest.mark.skipif(
    FOUND is None or sys.platform == "win32", reason="Chromium is not installed"
)


class Tab:
    """One page of the browser: what it shows, and what it asked for."""

    def __init__(self, to: Any, back: Any) -> None:
        self._to, self._back = to, back
        self._number = 0
        self._session = ""
        self._requests: dict[str, str] = {}
        self.refused: list[str] = []
        """Addresses that the policy of the page refused to ask for."""
        self.said: list[str] = []
        """What the browser reports: violations of a policy, errors of scripts."""
        target = self._do("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._do("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Network", "Log", "Runtime", "Page"):
            self._do(f"{domain}.enable")

    def _do(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._to.write(json.dumps(message).encode() + b"\0")
        self._to.flush()
        while True:
            came = self._next()
            if came.get("id") == self._number:
                assert "error" not in came, came
                result: dict[str, Any] = came["result"]
                return result

    def _next(self) -> dict[str, Any]:
        data = bytearray()
        while (byte := self._back.read(1)) != b"\0":
            assert byte, "the browser ended"
            data += byte
        came: dict[str, Any] = json.loads(data)
        params = came.get("params", {})
        match came.get("method"):
            case "Network.requestWillBeSent":
                self._requests[params["requestId"]] = params["request"]["url"]
            case "Network.loadingFailed" if params.get("blockedReason") == "csp":
                self.refused.append(self._requests.pop(params["requestId"]))
            case "Log.entryAdded":
                self.said.append(params["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.said.append(json.dumps(params["exceptionDetails"]))
        return came

    @property
    def asked(self) -> list[str]:
        """Addresses that were asked for, the page itself included."""
        return list(self._requests.values())

    def open(self, file: Path) -> None:
        self._requests.clear()
        self.refused.clear()
        self.said.clear()
        self._do("Page.navigate", url=file.as_uri())
        while self._next().get("method") != "Page.loadEventFired":
            pass

    def run(self, script: str) -> Any:
        """What a script gives that the page itself could not run: it is not bound by the page's policy."""
        done = self._do("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def press(self, text: str, *, enter: bool = True) -> None:
        """Type a text where the cursor is, as a person does."""
        self._do("Input.insertText", text=text)
        if enter:
            for kind in ("keyDown", "keyUp"):
                self._do(
                    "Input.dispatchKeyEvent", type=kind, key="Enter", text="\r", windowsVirtualKeyCode=13
                )

    def until(self, condition: str) -> Any:
        """Wait until a JavaScript expression holds; its value. Fails after 20 seconds."""
        return self.run(
            f"""new Promise((done, failed) => {{
                const end = Date.now() + 20000;
                const look = () => {{
                    const value = ({condition});
                    if (value) done(value);
                    else if (Date.now() > end) failed(document.body.innerText);
                    else setTimeout(look, 20);
                }};
                look();
            }})"""
        )

    def resize(self, width: int, height: int = 900) -> None:
        """The screen of a telephone or of a desk."""
        self._do(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def picture(self) -> bytes:
        import base64

        return base64.b64decode(self._do("Page.captureScreenshot")["data"])


@contextmanager
def browser(home: Path) -> Iterator[Tab]:
    """A browser of its own, with its home in a folder, that ends with the block."""
    assert FOUND is not None
    read_to, to = os.pipe()
    back, write_back = os.pipe()

    def pipes() -> None:  # the protocol wants descriptors 3 and 4
        os.dup2(read_to, 203)
        os.dup2(write_back, 204)
        os.dup2(203, 3)
        os.dup2(204, 4)

    process = subprocess.Popen(
        [
            *(FOUND, "--headless", "--remote-debugging-pipe", f"--user-data-dir={home}", "--disable-gpu"),
            *("--no-sandbox", "--no-first-run", "--disable-dev-shm-usage"),
            *("--host-resolver-rules=MAP * ~NOTFOUND", "--disable-background-networking"),
            "--window-size=1000,800",
        ],
        preexec_fn=pipes,  # noqa: PLW1509 - no thread holds a lock here that the child would need
        close_fds=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
    )
    os.close(read_to)
    os.close(write_back)
    try:
        with os.fdopen(to, "wb") as there, os.fdopen(back, "rb") as here:
            yield Tab(there, here)
    finally:
        process.kill()
        process.wait(timeout=20)
