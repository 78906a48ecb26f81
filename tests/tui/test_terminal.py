"""Journeys through a real terminal (tmux), in Japanese: an evening alone, and a review session."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from techguard.domain import words as w
from techguard.domain.items import Decision, Engagement, Exposure, Outcome, Review, Technology
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
        # Without the size of a terminal that this very test may run in.
        here = {k: v for k, v in os.environ.items() if k not in {"COLUMNS", "LINES"}}
        environ = {**here, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
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

    def wait_for_other(self, before: str, *, seconds: float = 60) -> str:
        """The screen once it is another than `before`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if (seen := self.screen()) != before:
                return seen
            time.sleep(0.1)
        raise AssertionError(f"nothing changed:\n{before}")

    def enter(self, *texts: str) -> None:
        """Type into one field after the other; an empty text leaves a field as it is."""
        for n, text in enumerate(texts):
            if n:
                self.press("Tab")
            if text:
                self.type(text)

    def kill(self) -> None:
        """As when the machine dies: no goodbye."""
        os.kill(int(self._tmux("display-message", "-p", "#{pane_pid}")), signal.SIGKILL)

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


def opened(path: Path) -> Terminal:
    return Terminal([sys.executable, "-c", PROGRAM.format(path=str(path), ended=str(ENDED))])


def unlock(t: Terminal) -> None:
    t.wait("保管庫を開く")
    t.type(PASSPHRASE)
    t.press("Enter")
    t.wait("最優先")


@pytest.fixture
def terminal(path: Path) -> Iterator[Terminal]:
    made = opened(path)
    yield made
    made.close()


def test_a_tuesday_evening(terminal: Terminal, path: Path) -> None:
    """The head of R&D alone: a new technology, the joint research it is exposed to, a rating, a measure."""
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
    t.press("4")
    t.wait("ENG-0001")
    t.press("F2")
    t.type("引上げ炉の共同研究")
    t.press("Enter", "Down", "Enter")  # past its code name to its kind, chosen by typing
    t.type("共同研究")
    t.press("Enter", "C-s")
    t.wait("ENG-0002")
    t.press("3")
    t.wait("EXP-0005")
    t.press("F2", "Enter")  # the technology
    t.type("引上げ")
    t.wait("TEC-0005  単結晶の引上げ")  # in the list; its number alone stands in the note that it was saved
    t.press("Enter", "Down")
    t.type("相手先の学生が炉の操作盤の値を書き写す")
    t.press("Tab", "Enter")  # the route
    t.type("共同")
    t.wait("R01")
    t.press("Enter", "Down", "Down", "Enter")  # the engagement
    t.type("引上げ")
    t.wait("ENG-0002  引上げ炉")
    t.press("Enter", "C-s")
    t.wait("EXP-0006")
    t.press("F5", "4", "Down", "3")  # without waiting for the screen
    t.wait("4 x 3 = ####. 高")
    t.press("F6")
    t.type("保守の立会いがない。")
    t.press("C-s")
    t.wait("評価しました")
    t.press("F8")  # a countermeasure of the catalogue, for this route
    t.wait("CM01")
    t.press("Space", "C-s")
    t.wait("対策 1")
    t.press("/")
    t.wait("見つかった箇所")
    t.type("引上げ")
    t.wait("2件")
    t.press("Enter", "Enter")  # to what was found, and into it
    t.wait("ノウハウ要素")
    t.press("C-z")  # the countermeasure was one too many
    t.wait("取り消しました")
    t.press("C-q")
    assert t.ended() == 0
    with Register.open(path, PASSPHRASE, read_only=True) as reg:
        technology = reg.get("TEC-0005", Technology)
        assert technology.code_name == "単結晶の引上げ速度。制御"
        research = reg.get("ENG-0002", Engagement)
        assert (research.title, research.kind) == ("引上げ炉の共同研究", w.EngagementKind.JOINT_RESEARCH)
        exposure = reg.get("EXP-0006", Exposure)
        assert (exposure.technology, exposure.engagement) == (technology.id, research.id)
        assert exposure.route == "R01"
        assert (exposure.likelihood, exposure.impact, exposure.level) == (4, 3, 4)
        assert reg.ratings(exposure)[-1].rationale == "保守の立会いがない。"
        assert not reg.countermeasures(exposure.id)
        assert not reg.verify().findings


def test_a_review_session_with_a_kill_in_the_middle(path: Path) -> None:
    """Planned, prepared, held; the machine dies; it goes on at the same item; closed and signed."""
    t = opened(path)
    try:
        unlock(t)
        t.press("9")
        t.wait("レビュー会はまだありません")
        t.press("F2")
        t.wait("出席者のいない部署")
        t.enter("第3四半期レビュー会", "", "2026Q3", "", "90", "")
        t.press("Enter")  # the chair
        t.type("執行役員")
        t.wait("PSN-0003")
        t.press("Enter", "C-s")
        t.wait("F5 議題を作る")  # the session is read, and its keys are there
        t.press("F5")
        t.wait("議題は11件です")
        t.press("F6")
        t.wait("議題 1/")
        t.press("F2")  # it stands as it is
        t.wait("議題 2/")
        t.press("F6")  # a decision that nobody has yet
        t.wait("決定事項")
        t.type("退職者の守秘の誓約を取り直す")
        t.press("C-s")
        t.wait("議題 2/")
        t.press("F2")
        t.wait("議題 3/")
        t.press("F3")
        t.wait("発言")
        t.type("書きかけの発言")
        t.kill()
    finally:
        t.close()

    t = opened(path)
    try:
        unlock(t)
        t.press("9")
        t.wait("開いて、F6で続けます")
        t.press("Enter")
        t.wait("議題を追加")
        t.press("F6")
        t.wait("議題 3/")
        for n in range(4, 9):
            t.press("F2")
            t.wait(f"議題 {n}/")
        while "レビュー会  /  REV-0001  /  議題" in (seen := t.screen()):
            t.press("F2")
            t.wait_for_other(seen)
        t.wait("担当者か期限のない決定が")
        t.press("F9")  # refused, and the way to mend it
        t.wait("DEC-0002")
        t.type("守秘")
        t.press("Enter")
        t.wait("DEC-0002 の編集")
        t.press(*["Down"] * 8, "Enter")  # who carries it out
        t.type("執行役員")
        t.wait("PSN-0003")
        t.press("Enter", "Down")
        t.type("+2m")
        t.press("C-s")
        t.wait("議題11件のうち11件が済みました")
        t.press("F9")
        t.wait("レビュー会の終了")
        t.press("Down")
        t.type("全社で対応を続ける。")
        t.press("C-s")
        t.wait("レビュー会議事録")
        t.press("End")
        t.wait("確認者：技術担当 執行役員")
        t.press("C-q")
        assert t.ended() == 0
    finally:
        t.close()

    with Register.open(path, PASSPHRASE, read_only=True) as reg:
        held = reg.get("REV-0001", Review)
        assert (held.status, held.planned_minutes) == (w.ReviewStatus.CLOSED, 90)
        assert held.signed_by == held.chair
        assert held.conclusion == "全社で対応を続ける。"
        assert "退職者の守秘の誓約を取り直す" in held.minutes
        assert "書きかけの発言" not in held.minutes
        assert reg.get("DEC-0002", Decision).owner == held.chair
        assert {o.outcome for o in reg.find(Outcome, review=held.id)} == {w.OutcomeKind.CONFIRMED}
        assert not reg.verify().findings


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
