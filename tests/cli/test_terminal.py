"""At a real terminal: questions that are not echoed, tables that line up, nothing that acts."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from techguard.domain.items import Technology
from techguard.domain.text import width as cells
from techguard.register import Register

from .conftest import PASSPHRASE, House

if sys.platform == "win32":
    pytest.skip("needs a pseudo-terminal", allow_module_level=True)

import fcntl
import pty
import struct
import termios


class Terminal:
    """A process whose standard streams are a terminal of 80 columns."""

    def __init__(
        self, *args: str | Path, columns: int = 80, program: Sequence[str] = ("-m", "techguard")
    ) -> None:
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, *program, *map(str, args)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={k: v for k, v in os.environ.items() if k not in {"COLUMNS", "LINES"}},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads here
        )
        os.close(theirs)
        self.seen = ""
        self.read = 0

    def read_until(self, text: str) -> None:
        """Read on from where the last reading ended, past `text`. Fails after 30 seconds."""
        deadline = time.monotonic() + 30
        while text not in self.seen[self.read :]:
            assert time.monotonic() < deadline, self.seen
            if select.select([self.ours], [], [], 0.2)[0]:
                self.seen += self._take()
        self.read = self.seen.index(text, self.read) + len(text)

    def _take(self) -> str:
        try:
            return os.read(self.ours, 65536).decode("utf-8", "replace")
        except OSError:
            return ""

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def end(self) -> int:
        """The exit code, after everything was read."""
        deadline = time.monotonic() + 60
        while self.process.poll() is None or select.select([self.ours], [], [], 0)[0]:
            assert time.monotonic() < deadline, self.seen
            if select.select([self.ours], [], [], 0.1)[0]:
                new = self._take()
                if not new and self.process.poll() is not None:
                    break
                self.seen += new
        os.close(self.ours)
        return self.process.wait(30)


def test_a_mistyped_passphrase_may_be_corrected_and_is_never_shown(house: House) -> None:
    terminal = Terminal("list", house.vault, "technologies")
    terminal.read_until("Passphrase: ")
    terminal.type("wrong words, sorry\n")
    terminal.read_until("does not open this vault")
    terminal.read_until("Passphrase: ")
    terminal.type(PASSPHRASE + "\n")
    assert terminal.end() == 0
    assert "焼結プロファイルK" in terminal.seen
    assert "sorry" not in terminal.seen
    assert PASSPHRASE not in terminal.seen


def test_three_wrong_passphrases_are_enough(house: House) -> None:
    terminal = Terminal("list", house.vault, "technologies")
    for _ in range(3):
        terminal.read_until("Passphrase: ")
        terminal.type("wrong words, sorry\n")
    assert terminal.end() == 3


def test_ctrl_c_at_the_question(house: House) -> None:
    terminal = Terminal("list", house.vault, "technologies")
    terminal.read_until("Passphrase: ")
    terminal.type("\x03")
    assert terminal.end() == 130
    assert "Traceback" not in terminal.seen


def test_a_new_passphrase_is_typed_twice_and_judged(tmp_path: Path) -> None:
    path = tmp_path / "new.techguard"
    terminal = Terminal("init", path, "--person", "知財部長", "--department", "法務", "--lang", "ja")
    for typed, told in (
        ("short", "短すぎます"),
        ("correct battery staple", ""),
        ("correct battery stable", "一致しません"),
        ("correct battery staple", ""),
        ("correct battery staple", "復旧コード"),
    ):
        terminal.read_until("：")
        terminal.type(typed + "\n")
        if told:
            terminal.read_until(told)
    assert terminal.end() == 0
    assert "staple" not in terminal.seen
    codes = re.findall(r"^[0-9A-Z]{5}(?:-[0-9A-Z]{5}){6}\r?$", terminal.seen, re.MULTILINE)
    assert len(codes) == 1
    with Register.open(path, codes[0].strip(), read_only=True) as register:
        assert register.me.name == "知財部長"


@pytest.mark.parametrize("columns", [60, 80, 160])
def test_a_table_lines_up_and_fits(house: House, columns: int) -> None:
    """Every column begins in the same cell of every line, whatever is Japanese in it."""
    terminal = Terminal(
        "list", house.vault, "exposures", "--passphrase-file", house.passphrase_file, columns=columns
    )
    assert terminal.end() == 0
    heading, rule, *rows = terminal.seen.replace("\r", "").splitlines()
    if columns < 160:
        assert "a wider window" in rows.pop(), "that columns are missing is said"
    starts = [m.start() for m in re.finditer(r"-+", rule)]
    assert len(rows) == 2
    for line in (heading, *rows):
        assert cells(line) <= columns
        for start in starts[1:]:
            before = _first_cells(line, start)
            assert cells(before) == min(start, cells(line))
            assert before.endswith("  ") or cells(line) <= start
    assert rows[0].startswith("EXP-0001  ")
    assert "共同研究先が条件表を持ち" in rows[0]
    assert rows[0].endswith("5 Very high")


def _first_cells(line: str, width: int) -> str:
    taken = ""
    for char in line:
        if cells(taken + char) > width:
            break
        taken += char
    return taken


def test_nothing_in_a_text_acts_on_the_terminal(house: House) -> None:
    """Even when a text came in past the register's own cleaning."""
    evil = "a\x1b]0;owned\x07b\x1b[2Jc\u202ed"
    with Register.open(house.vault, PASSPHRASE) as register:
        register.add(Technology.model_construct(**{**dict(Technology(code_name="x")), "code_name": evil}))
    for command in (["list", "technologies"], ["list", "technologies", "--plain"], ["history"]):
        name, *rest = command
        terminal = Terminal(name, house.vault, *rest, "--passphrase-file", house.passphrase_file, columns=250)
        assert terminal.end() == 0
        assert "\x1b" not in terminal.seen
        assert "\x07" not in terminal.seen
        assert "\u202e" not in terminal.seen


def test_a_vault_as_the_only_word_opens_the_terminal_application(house: House) -> None:
    """It takes the screen, and Ctrl+Q gives it back."""
    terminal = Terminal(house.vault, "--passphrase-file", house.passphrase_file, "--lang", "ja", columns=100)
    terminal.read_until("\x1b[?1049h")
    terminal.read_until("EXP-0001")
    terminal.type("\x11")
    assert terminal.end() == 0


def test_without_a_terminal_the_application_is_not_started(house: House) -> None:
    for words in ([], ["VAULT"]):
        result = house.run(*words)
        assert result.exit_code == 2
        assert result.stderr.startswith("Error: The terminal application needs a terminal.")


def test_a_path_that_is_no_vault_is_told_before_the_screen_is_taken(house: House, tmp_path: Path) -> None:
    for path, code in ((tmp_path / "gone.techguard", 5), (tmp_path, 5)):
        terminal = Terminal(path)
        assert terminal.end() == code
        assert "\x1b[?1049h" not in terminal.seen
        assert path.name in terminal.seen


WORK = """
import time
from techguard.cli.output import progress, working
with {how} as step:
    for done in range(1, 11):
        time.sleep({pause})
        step and step(done, 10)
"""


@pytest.mark.parametrize("how", ["working('Counting')", "progress('Counting')"])
def test_work_over_a_second_shows_that_it_goes_on(how: str) -> None:
    long = Terminal(program=("-c", WORK.format(how=how, pause=0.15)))
    assert long.end() == 0
    assert "Counting" in long.seen
    short = Terminal(program=("-c", WORK.format(how=how, pause=0.01)))
    assert short.end() == 0
    assert short.seen == ""


@pytest.mark.parametrize("how", ["working('Counting')", "progress('Counting')"])
def test_nothing_of_it_reaches_a_log(how: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WORK.format(how=how, pause=0.12)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_what_a_row_says_goes_on_in_the_next_line(house: House) -> None:
    """A reason that is cut is no reason."""
    terminal = Terminal("review", house.vault, "agenda", "--passphrase-file", house.passphrase_file)
    assert terminal.end() == 0
    lines = terminal.seen.splitlines()
    assert max(map(cells, lines)) <= 80
    assert "…" not in terminal.seen
