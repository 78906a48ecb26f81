"""Choosing a file by its path: what is in a folder, and how far a path that was begun can be completed. Pure
but for reading the folder.
"""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

ENDINGS = (".xlsx", ".xlsm", ".xltx", ".xls", ".xlsb", ".ods", ".csv", ".tsv", ".tab", ".txt", ".json")


@dataclass(frozen=True)
class Entry:
    """Something in a folder: its name, whether it is a folder, and when it was last written."""

    name: str
    folder: bool
    written: datetime


_ANEW = re.compile(r""".+?[/\\]((["'])(?:/|~|[A-Za-z]:[/\\]).*\2|(?:/|~[/\\]|[A-Za-z]:[/\\]).*)$""")
"""A path that begins anew behind a folder: absolute, in one's home, or on a drive; perhaps in quotes."""


def as_path(typed: str) -> Path:
    """The path a person means: without the quotes and backslashes that a terminal or Explorer puts around a
    file that is dragged or copied into it; `~` is the home folder. A whole path that was put behind the
    folder which stood there already counts by itself.
    """
    text = typed.strip()
    if (anew := _ANEW.search(text)) and not Path(text).expanduser().parent.is_dir():
        text = anew[1]
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    elif os.sep == "/" and "\\" in text and not Path(text).exists():
        text = text.replace("\\", "")
    return Path(text).expanduser()


def split(typed: str) -> tuple[Path, str]:
    """The folder that is looked into, and how the name begins."""
    text = typed.strip()
    if not text or text.endswith((os.sep, "/")):
        return as_path(text or "."), ""
    path = as_path(text)
    return path.parent, path.name


def folded(name: str) -> str:
    """A name as it is compared: however it is composed, and whatever its case."""
    return unicodedata.normalize("NFC", name).casefold()


def entries(folder: Path, begins: str = "") -> list[Entry]:
    """Folders (by name) and files that may be lists (the newest first). Raises `OSError`."""
    found: list[Entry] = []
    with os.scandir(folder) as scan:
        for one in scan:
            name = one.name
            if name.startswith((".", "~$")) and not begins.startswith("."):
                continue
            if not folded(name).startswith(folded(begins)) or name.endswith(".techguard"):
                continue
            try:
                is_folder, written = one.is_dir(), one.stat().st_mtime
            except OSError:
                continue  # gone, or not ours to look at
            if is_folder or name.casefold().endswith(ENDINGS):
                found.append(Entry(name, is_folder, datetime.fromtimestamp(written).astimezone()))
    found.sort(key=lambda e: (not e.folder, 0.0 if e.folder else -e.written.timestamp(), folded(e.name)))
    return found


def vaults(folder: Path, begins: str = "") -> list[Entry]:
    """Vaults, and second versions of a vault's database (the newest first), and folders to go into.
    Raises `OSError`.
    """
    found: list[Entry] = []
    with os.scandir(folder) as scan:
        for one in scan:
            if one.name.startswith(".") or not folded(one.name).startswith(folded(begins)):
                continue
            try:
                is_folder, written = one.is_dir(), one.stat().st_mtime
                is_vault = is_folder and (Path(one.path) / "vault.json").is_file()
            except OSError:
                continue
            version = not is_folder and one.name.startswith("register") and one.name != "register.db"
            if is_folder or (version and ".db" in one.name and "journal" not in one.name):
                moment = datetime.fromtimestamp(written).astimezone()
                found.append(Entry(one.name, is_folder and not is_vault, moment))
    found.sort(key=lambda e: (e.folder, 0.0 if e.folder else -e.written.timestamp(), folded(e.name)))
    return found


def completed(folder: Path, begins: str, found: list[Entry]) -> str | None:
    """The path as far as all that is found goes on alike, a single folder with its separator; None if it is
    as long as that already.
    """
    if not found:
        return None
    if len(found) == 1:
        return str(folder / found[0].name) + (os.sep if found[0].folder else "")
    first, *rest = (unicodedata.normalize("NFC", e.name) for e in found)
    alike = 0
    while alike < len(first) and all(folded(first[: alike + 1]) == folded(n[: alike + 1]) for n in rest):
        alike += 1
    return str(folder / first[:alike]) if alike > len(begins) else None


def existing(path: Path) -> Path | None:
    """The path if it is there, also under a name that is composed in another way."""
    if path.exists():
        return path
    try:
        names = [e.name for e in entries(path.parent, path.name) if folded(e.name) == folded(path.name)]
    except OSError:
        return None
    return path.parent / names[0] if names else None
