"""An icon on the desktop: what each system reads in it is exactly the command that opens the vault."""

from __future__ import annotations

import base64
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techguard import desktop

from .conftest import House

PATHS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")) | st.sampled_from("\"'`$\\%;&|<>() *~#あ"),
    min_size=1,
    max_size=30,
)


def entry_values(text: str) -> dict[str, str]:
    """A reader of desktop entries written from the specification: strings unescaped."""
    escapes = {"\\\\": "\\", "\\s": " ", "\\n": "\n", "\\t": "\t", "\\r": "\r"}
    lines = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {key: re.sub(r"\\[\\sntr]", lambda m: escapes[m[0]], value) for key, _, value in lines}


def exec_argv(value: str) -> list[str]:
    """The arguments of an Exec key: quoted ones, with what is escaped in them; field codes are %x."""
    quoted = re.findall(r'"((?:[^"\\]|\\.)*)"', value)
    return [re.sub(r'\\(["`$\\])', r"\1", q).replace("%%", "%") for q in quoted]


@given(PATHS, PATHS)
def test_a_linux_desktop_reads_the_command_as_it_was_meant(program: str, vault: str) -> None:
    argv = [program, "-m", "techguard", vault]
    values = entry_values(desktop.desktop_entry("コア技術", argv))
    assert values["Terminal"] == "true"
    assert exec_argv(values["Exec"])[-4:] == argv


@given(PATHS)
def test_the_shell_of_a_mac_reads_the_command_as_it_was_meant(vault: str) -> None:
    script = desktop.shell_script(["/usr/bin/python3", "-m", "techguard", vault])
    line = next(line for line in script.splitlines() if line.startswith("exec "))
    assert shlex.split(line)[1:] == ["/usr/bin/python3", "-m", "techguard", vault]


@given(PATHS, PATHS)
def test_powershell_gets_every_word_as_a_literal(program: str, vault: str) -> None:
    script = desktop.link_script(
        [program, "-m", "techguard", vault], folder=vault, name="x.lnk", replace=False
    )
    argument = desktop.powershell(script)[-1]
    assert base64.b64decode(argument).decode("utf-16-le") == script
    # Outside its literals the script is always the same: nothing a person typed is run.
    quote = "['\u2018\u2019\u201a\u201b]"
    bare = re.sub(f"'(?:[^'\u2018\u2019\u201a\u201b]|{quote}{quote})*'", "L", script)
    again = desktop.link_script(["a", "-m", "techguard", "b"], folder="c", name="x.lnk", replace=False)
    assert bare == re.sub("'(?:[^']|'')*'", "L", again)


def test_it_runs(tmp_path: Path) -> None:
    """A real shell runs the files; in the place of techguard stands a program that says what it got."""
    vault = tmp_path / '保管 庫\'s $HOME "x" %f;`id`.techguard'
    vault.mkdir()
    program = tmp_path / "py thon"
    program.write_text('#!/bin/sh\nprintf "\\n"; printf "%s\\n" "$@"\n')
    program.chmod(0o700)
    argv = [str(program), "-m", "techguard", str(vault)]
    for made, run in (
        (desktop.icon("macos", "x", argv), lambda path: [str(path)]),
        (
            desktop.icon("linux", "x", argv),
            lambda path: exec_argv(entry_values(path.read_text(encoding="utf-8"))["Exec"]),
        ),
    ):
        path = desktop.place("linux" if made.name.endswith(".desktop") else "macos", made, tmp_path)
        assert path.stat().st_mode & 0o777 == 0o700
        told = subprocess.run(run(path), capture_output=True, text=True, check=True).stdout
        assert told.splitlines()[-3:] == ["-m", "techguard", str(vault)]


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="needs desktop-file-utils")
def test_the_desktop_s_own_checker_has_nothing_to_say(tmp_path: Path) -> None:
    made = desktop.icon(
        "linux", "コア技術 100%", ["/opt/py thon", "-m", "techguard", "/srv/あ $x/a%b.techguard"]
    )
    (tmp_path / made.name).write_text(made.text, encoding="utf-8")
    done = subprocess.run(
        ["desktop-file-validate", str(tmp_path / made.name)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


class Windows:
    """Stands for PowerShell: says what it was asked, and answers as told."""

    def __init__(self, code: int = 0, out: str = "C:\\Users\\u\\Desktop\\x.lnk\n", err: str = "") -> None:
        self.answer, self.asked = (code, out, err), list[list[str]]()

    def __call__(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        self.asked.append(command)
        code, out, err = self.answer
        return subprocess.CompletedProcess(command, code, out, err)


def test_windows_makes_the_link_itself() -> None:
    made = desktop.icon(
        "windows", "コア技術", ["C:\\Py\\python.exe", "-m", "techguard", "D:\\保管庫;1\\a.techguard"]
    )
    run = Windows()
    assert desktop.place("windows", made, run=run) == Path("C:\\Users\\u\\Desktop\\x.lnk")
    script = base64.b64decode(run.asked[0][-1]).decode("utf-16-le")
    assert "--size 100,32" in script
    assert "D:\\保管庫\\;1\\a.techguard" in script  # a semicolon is no new command of Windows Terminal
    with pytest.raises(desktop.IconExists):
        desktop.place("windows", made, run=Windows(3, "C:\\x.lnk"))
    with pytest.raises(desktop.IconRefused):
        desktop.place("windows", made, run=Windows(1, "", "Access is denied\nat line 1"))


def test_a_path_that_no_icon_can_hold_is_refused() -> None:
    for bad in ("a\nb", "a\x00b", "a\u2028b"):
        with pytest.raises(desktop.NotForAnIcon):
            desktop.opening_command(Path(bad))


def test_the_command_puts_it_there_and_never_over_another(house: House, tmp_path: Path) -> None:
    made: Any = house.json("shortcut", "VAULT", "--dir", tmp_path, "--name", "コア技術")
    icon = Path(made["icon"])
    assert icon.parent == tmp_path
    assert made["command"][-1] == str(house.vault.resolve())
    assert os.access(icon, os.X_OK)
    again = house.run("shortcut", "VAULT", "--dir", tmp_path, "--name", "コア技術")
    assert again.exit_code == 5
    assert "is there already" in again.stderr
    assert house.run("shortcut", "VAULT", "--dir", tmp_path, "--name", "コア技術", "--replace").exit_code == 0
    missing = house.run("shortcut", tmp_path / "none.techguard", "--dir", tmp_path)
    assert missing.exit_code != 0
    assert list(tmp_path.glob("none*")) == []


def test_no_secret_is_in_it(house: House, tmp_path: Path) -> None:
    from .conftest import PASSPHRASE

    icon = Path(house.json("shortcut", "VAULT", "--dir", tmp_path)["icon"])
    assert PASSPHRASE not in icon.read_text(encoding="utf-8")
    assert "passphrase" not in icon.read_text(encoding="utf-8").lower()
