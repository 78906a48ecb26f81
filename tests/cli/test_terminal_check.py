"""What is said of a terminal: one sentence for each thing that is wrong; and asking swallows no key."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from techguard import terminal
from techguard.terminal import Seen, findings

from .conftest import House


def codes(**seen: object) -> list[str]:
    return [f.code for f in findings(Seen(**seen))]  # type: ignore[arg-type]


def test_a_good_terminal_is_left_in_peace() -> None:
    assert codes(name="windows-terminal", ambiguous=1) == []
    assert codes(colours=256) == []
    assert codes(ambiguous=None) == []


def test_each_shortcoming_is_named_once_the_worst_first() -> None:
    assert codes(utf8=False, columns=70, ambiguous=2, colours=8) == [
        "charset",
        "size",
        "ambiguous",
        "colours",
    ]
    assert codes(rows=20) == ["size"]
    assert codes(name="windows-console", colours=16) == ["console"]


@pytest.mark.parametrize("name", ["iterm2", "apple-terminal", "vte", "windows-terminal", "wezterm"])
def test_the_advice_names_the_setting_of_the_terminal_in_use(name: str) -> None:
    (found,) = findings(Seen(name=name, ambiguous=2))
    word = {"iterm2": "iTerm2", "apple-terminal": "Terminal,", "windows-terminal": "Windows Terminal"}
    assert word.get(name, "ambiguous-width") in found.advice
    assert found.advice.count(".") == 1  # one sentence


@pytest.mark.parametrize(
    ("environ", "platform", "name", "colours"),
    [
        ({"TERM_PROGRAM": "Apple_Terminal", "TERM": "xterm-256color"}, "darwin", "apple-terminal", 256),
        ({"TERM_PROGRAM": "iTerm.app", "COLORTERM": "truecolor"}, "darwin", "iterm2", 1 << 24),
        ({"WT_SESSION": "1"}, "win32", "windows-terminal", 1 << 24),
        ({}, "win32", "windows-console", 1 << 24),
        ({"VTE_VERSION": "7600", "TERM": "xterm-256color"}, "linux", "vte", 256),
        ({"TMUX": "x", "TERM": "tmux-256color", "VTE_VERSION": "1"}, "linux", "tmux", 256),
        ({"TERM": "linux"}, "linux", "", 8),
        ({"TERM": "dumb"}, "linux", "", 1),
    ],
)
def test_terminals_are_known_by_what_they_say(
    environ: dict[str, str], platform: str, name: str, colours: int
) -> None:
    assert terminal.terminal_name(environ, platform) == name
    assert terminal.colour_count(environ, platform) == colours


CHILD = """
import os, select, sys
from techguard import terminal
print("width=", terminal.look().ambiguous, sep="", flush=True)
"""


def in_a_terminal(answer: Callable[[int, bytes], None]) -> tuple[str, float]:
    """What a program in a terminal finds of its width; `answer` plays the terminal's part."""
    began = time.monotonic()
    master, slave = pty.openpty()
    env = os.environ | {"TERM": "xterm-256color"}
    child = subprocess.Popen([sys.executable, "-c", CHILD], stdin=slave, stdout=slave, env=env)
    os.close(slave)
    told = b""
    try:
        while child.poll() is None or select.select([master], [], [], 0)[0]:
            if not select.select([master], [], [], 0.1)[0]:
                continue
            try:
                piece = os.read(master, 1024)
            except OSError:  # the other side is closed
                break
            told += piece
            answer(master, piece)
    finally:
        child.kill()
        child.wait()
        os.close(master)
    return told.decode(), time.monotonic() - began


@pytest.mark.parametrize("width", [1, 2])
def test_the_terminal_itself_is_asked(width: int) -> None:
    def answer(master: int, piece: bytes) -> None:
        if b"\x1b[6n" in piece:
            os.write(master, b"\x1b[5;%dR" % (width + 1))

    told, _seconds = in_a_terminal(answer)
    assert f"width={width}" in told


def test_one_that_does_not_answer_is_not_waited_for() -> None:
    told, seconds = in_a_terminal(lambda _master, _piece: None)
    assert "width=None" in told
    assert seconds < 20  # starting Python included


def test_the_command_says_it_in_both_languages(house: House) -> None:
    told = house.run("terminal", lang="ja", env={"TERM": "linux", "COLORTERM": ""})
    assert told.exit_code == 1
    assert "256" in told.stdout
    fine = house.run("terminal", "--json", env={"TERM": "xterm-256color"})
    assert '"findings"' in fine.stdout
