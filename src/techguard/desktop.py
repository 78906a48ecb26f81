"""An icon on the desktop that opens a vault in the system's own terminal: what to write for each system.

Everything here makes text from data; `place` alone touches the disk. No secret goes into a file: the
passphrase is asked for when the vault opens.
"""

from __future__ import annotations

import base64
import re
import shlex
import stat
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from techguard.errors import TechguardError

System = Literal["windows", "macos", "linux"]

COLUMNS, ROWS = 100, 32
"""The size a window opens with: the second breakpoint of the screens, and room for a whole session item."""


class IconExists(TechguardError):
    """Facts: path."""

    what = "{path} is there already."
    next_step = "Choose another name with --name, or write over it with --replace."


class NoDesktop(TechguardError):
    """Facts: path."""

    what = "There is no desktop folder: {path}."
    next_step = "Say where the icon should go with --dir."


class NotForAnIcon(TechguardError):
    """A path that no icon can hold: it has a line end or another control character. Facts: path."""

    what = "No icon can hold this path: {path}."
    next_step = "Move the vault into a folder with an ordinary name."


class IconRefused(TechguardError):
    """Windows did not make the icon. Facts: reason."""

    what = "Windows did not make the icon: {reason}"
    next_step = "Make a shortcut by hand: its target is the line that --json prints as command."


@dataclass(frozen=True, slots=True)
class Icon:
    """An icon: the file's name, what is in it, and what it runs."""

    name: str
    text: str
    command: tuple[str, ...]


def this_system(platform: str = sys.platform) -> System:
    """The system this runs on."""
    return "windows" if platform == "win32" else "macos" if platform == "darwin" else "linux"


def opening_command(vault: Path) -> tuple[str, ...]:
    """What opens a vault, with this very installation. Raises `NotForAnIcon`."""
    if re.search(r"[\x00-\x1f\x7f\u2028\u2029]", str(vault)):
        raise NotForAnIcon(path=repr(str(vault)))
    return sys.executable, "-m", "techguard", str(vault)


def icon(system: System, title: str, command: Sequence[str]) -> Icon:
    """The icon of a system; `title` stands under it."""
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", title).strip(" .") or "techguard"
    match system:
        case "windows":
            return Icon(f"{name}.lnk", "", tuple(command))
        case "macos":
            return Icon(f"{name}.command", shell_script(command), tuple(command))
        case "linux":
            return Icon(f"{name}.desktop", desktop_entry(title, command), tuple(command))


# --- macOS and the shell inside a Linux entry ---------------------------------------------------------

_RESIZE = rf"printf '\033[8;{ROWS};{COLUMNS}t'"
"""Asks the terminal for a size (XTWINOPS 8); one that does not know it does nothing."""


def shell_script(command: Sequence[str]) -> str:
    """A file that Terminal.app runs when it is clicked."""
    return f"#!/bin/sh\n# techguard\n{_RESIZE}\nexec {shlex.join(command)}\n"


# --- Linux: the Desktop Entry Specification -------------------------------------------------------


def desktop_entry(title: str, command: Sequence[str]) -> str:
    """A desktop entry that runs `command` in the desktop's own terminal."""
    argv = ("/bin/sh", "-c", f'{_RESIZE}; exec "$0" "$@"', *command)
    lines = {
        "Type": "Application",
        "Version": "1.0",
        "Name": _string(title),
        "Exec": exec_line(argv),
        "Icon": "utilities-terminal",
        "Terminal": "true",
    }
    return "[Desktop Entry]\n" + "".join(f"{key}={value}\n" for key, value in lines.items())


_ACTIVE = re.compile(r'["`$\\]')
"""What means something between double quotes."""


def exec_line(argv: Sequence[str]) -> str:
    """The value of an Exec key: each argument in double quotes, its `"`, `` ` ``, `$` and `\\` escaped, `%`
    doubled; and the whole of it escaped once more as every string of the file is.
    """
    quoted = (_ACTIVE.sub(r"\\\g<0>", argument).replace("%", "%%") for argument in argv)
    return _string(" ".join(f'"{argument}"' for argument in quoted))


def _string(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


# --- Windows: a link is made by the system itself ---------------------------------------------------


def link_script(command: Sequence[str], *, folder: str, name: str, replace: bool) -> str:
    """What PowerShell runs to make the link: in Windows Terminal where it is there, else in the old console.

    It prints the link's path; or, with exit code 3, the path that is there already.
    """
    program, *rest = command
    plain = subprocess.list2cmdline(rest)
    # Windows Terminal takes a semicolon for the start of another of its commands.
    in_terminal = subprocess.list2cmdline(list(command)).replace(";", "\\;")
    folder_of = _literal(folder) if folder else "[Environment]::GetFolderPath('Desktop')"
    return "\n".join((
        "$ErrorActionPreference = 'Stop'",
        "[Console]::OutputEncoding = [Text.Encoding]::UTF8",
        f"$path = Join-Path ({folder_of}) {_literal(name)}",
        f"if ((Test-Path -LiteralPath $path) -and -not ${str(replace).lower()}) {{ $path; exit 3 }}",
        "$link = (New-Object -ComObject WScript.Shell).CreateShortcut($path)",
        "$terminal = Get-Command wt.exe -ErrorAction SilentlyContinue",
        "if ($terminal) {",
        "  $link.TargetPath = $terminal.Source",
        f"  $link.Arguments = {_literal(f'--size {COLUMNS},{ROWS} {in_terminal}')}",
        "} else {",
        f"  $link.TargetPath = {_literal(program)}",
        f"  $link.Arguments = {_literal(plain)}",
        "}",
        "$link.Description = 'techguard'",
        "$link.Save()",
        "$path",
    ))  # fmt: skip


def _literal(text: str) -> str:
    """A text as PowerShell takes it without looking into it; typographic quotes end one too."""
    return "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", text) + "'"


def powershell(script: str) -> list[str]:
    """The command that runs a script which no shell looks into."""
    encoded = base64.b64encode(script.encode("utf-16-le")).decode("ascii")
    return ["powershell.exe", "-NoProfile", "-NonInteractive", "-EncodedCommand", encoded]


# --- putting it there -------------------------------------------------------------------------------

Run = Callable[[list[str]], "subprocess.CompletedProcess[str]"]


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    # The programs are named here, and what a person typed is one argument of them: no shell looks at it.
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)  # noqa: S603


def desktop_folder(system: System, run: Run = _run) -> Path:
    """The folder whose files stand on the desktop: on Linux by xdg-user-dir, where it is there."""
    if system == "linux":
        try:
            found = run(["xdg-user-dir", "DESKTOP"]).stdout.strip()
        except OSError:
            found = ""
        if found and Path(found) != Path.home():
            return Path(found)
        japanese = Path.home() / "デスクトップ"  # japanese: the folder's name on a Japanese desktop
        if japanese.is_dir():
            return japanese
    return Path.home() / "Desktop"


def place(
    system: System, made: Icon, folder: Path | None = None, *, replace: bool = False, run: Run = _run
) -> Path:
    """Put an icon on the desktop, or into `folder`. Raises `IconExists`, `NoDesktop`, `IconRefused`."""
    if system == "windows":
        script = link_script(made.command, folder=str(folder or ""), name=made.name, replace=replace)
        done = run(powershell(script))
        if done.returncode == 3:
            raise IconExists(path=done.stdout.strip())
        if done.returncode:
            raise IconRefused(reason=(done.stderr.strip().splitlines() or ["PowerShell"])[0])
        return Path(done.stdout.strip())
    where = folder or desktop_folder(system, run)
    if not where.is_dir():
        raise NoDesktop(path=where)
    path = where / made.name
    if path.exists() and not replace:
        raise IconExists(path=path)
    fresh = path.with_name(f".{made.name}.new")
    fresh.write_text(made.text, encoding="utf-8", newline="\n")
    fresh.chmod(stat.S_IRWXU)  # GNOME and Terminal.app run only what may be executed
    Path(fresh).replace(path)
    if system == "linux":
        _trust(path, run)
    return path


def _trust(path: Path, run: Run) -> None:
    """GNOME shows an icon of one's own as untrusted until this is said; elsewhere there is nothing to say."""
    try:
        run(["gio", "set", str(path), "metadata::trusted", "true"])
    except OSError:
        return
