"""A journey through a real terminal (tmux), in Japanese: open, add, rate, find, quit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from techguard.domain.items import Exposure, Technology
from techguard.register import Register

from .conftest import PASSPHRASE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux"),
]


ENDED = Path("ended")
PROGRAM = """
import pathlib, sys
import techguard.tui
code = techguard.tui.run(pathlib.Path({path!r}), lang="ja")
pathlib.Path({ended!r}).write_text(str(code), encoding="utf-8")
"""


class Terminal:
    """A program in a terminal of its own."""

    def __init__(self, command: list[str], *, columns: int = 80, rows: int = 24) -> None:
        self.socket = f"techguard-test-{os.getpid()}-{time.monotonic_ns()}"
        size = ["-x", str(columns), "-y", str(rows)]
        self._tmux("-f", "/dev/null", "new-session", "-d", *size, *command)
        self._tmux("set-option", "-g", "remain-on-exit", "on")

    def _tmux(self, *arguments: str) -> str:
        environ = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        command = ["tmux", "-L", self.socket, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environ).stdout

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    def type(self, text: str) -> None:
        self._tmux("send-keys", "-l", text)

    def press(self, *keys: str) -> None:
        for key in keys:
            self._tmux("send-keys", key)
            time.sleep(0.15)

    def wait(self, text: str, *, seconds: float = 60) -> str:
        """The screen once `text` is on it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            seen = self.screen()
            if text in seen:
                return seen
            time.sleep(0.1)
        raise AssertionError(f"{text!r} never came:\n{self.screen()}")

    def ended(self, *, seconds: float = 60) -> int:
        """The exit code that the program left, once it has. (tmux itself loses some.)"""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if ENDED.exists() and (code := ENDED.read_text(encoding="utf-8")):
                return int(code)
            time.sleep(0.1)
        raise AssertionError(f"it never ended:\n{self.screen()}")

    def close(self) -> None:
        subprocess.run(["tmux", "-L", self.socket, "kill-server"], check=False, capture_output=True)


@pytest.fixture
def terminal(path: Path) -> Iterator[Terminal]:
    program = PROGRAM.format(path=str(path), ended=str(ENDED))
    made = Terminal([sys.executable, "-c", program])
    yield made
    made.close()


def test_a_tuesday_evening(terminal: Terminal, path: Path) -> None:
    t = terminal
    t.wait("保管庫を開く")
    t.type("まちがった言葉です、ね")
    t.press("Enter")
    t.wait("このパスフレーズでは")
    t.type(PASSPHRASE)
    t.press("Enter")
    t.wait("最優先 4")
    t.press("2")
    t.wait("TEC-0004")
    t.press("F2")
    t.type("単結晶の引上げ速度。制御")  # with the punctuation of an input method
    t.press("C-s")
    t.wait("TEC-0005")
    t.press("Right", "Right")
    t.wait("まだありません")
    t.press("F2", "Tab")  # the technology is filled in; without waiting for the screen
    t.type("外注先の設備保守員が操作盤の値を書き写す")
    t.press("C-s")
    t.wait("EXP-0006")
    t.press("F5", "4", "Down", "3")  # without waiting for the screen
    t.wait("4 x 3 = ####. 高")
    t.press("F6")
    t.type("保守の立会いがない。")
    t.press("C-s")
    t.wait("評価しました")
    t.press("/")
    t.wait("見つかった箇所")
    t.type("引上げ")
    t.wait("1件")
    t.press("Enter")
    t.wait("ノウハウ要素")
    t.press("C-q")
    assert t.ended() == 0
    with Register.open(path, PASSPHRASE, read_only=True) as reg:
        technology = reg.get("TEC-0005", Technology)
        assert technology.code_name == "単結晶の引上げ速度。制御"
        exposure = reg.get("EXP-0006", Exposure)
        assert exposure.technology == technology.id
        assert (exposure.likelihood, exposure.impact, exposure.level) == (4, 3, 4)
        assert reg.ratings(exposure)[-1].rationale == "保守の立会いがない。"


def test_the_terminal_shows_what_the_pictures_show(terminal: Terminal) -> None:
    """Columns stay straight in a terminal that measures characters by itself."""
    t = terminal
    t.wait("保管庫を開く")
    t.type(PASSPHRASE)
    t.press("Enter")
    t.wait("最優先 4")
    picture = Path(__file__).parent / "pictures" / "overview.ja.80x24.txt"
    assert [line.rstrip() for line in t.screen().splitlines()] == picture.read_text(
        encoding="utf-8"
    ).splitlines()
    t.press("C-q")
    assert t.ended() == 0
