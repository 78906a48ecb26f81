"""What the terminal can do, and one sentence on what to change where it falls short.

`look` asks the terminal and its environment; `findings` is pure. Widths: Unicode Standard Annex 11 leaves the
width of some characters (circled digits, box drawing) to the terminal; the screens are laid out for narrow
ones.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from techguard.i18n import N_

LEAST_COLUMNS, LEAST_ROWS = 80, 24
WAIT_SECONDS = 0.3
"""A terminal that knows the question answers within milliseconds; one that does not never will."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found out. `colours`: how many at most. `ambiguous`: cells of a character of open width, None
    where the terminal did not say.
    """

    name: str = ""
    columns: int = LEAST_COLUMNS
    rows: int = LEAST_ROWS
    colours: int = 1 << 24
    utf8: bool = True
    ambiguous: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to change: a code for programs, a sentence for people (a message id)."""

    code: str
    advice: str


_WIDE: Mapping[str, str] = {
    "windows-terminal": N_(
        "Columns will be crooked: in Windows Terminal's settings, set the width of ambiguous characters to "
        "narrow."
    ),
    "iterm2": N_(
        "Columns will be crooked: in iTerm2, Settings > Profiles > Text, clear 'Treat ambiguous-width "
        "characters as double width'."
    ),
    "apple-terminal": N_(
        "Columns will be crooked: in Terminal, Settings > Profiles > Advanced, clear 'Unicode East Asian "
        "Ambiguous characters are wide'."
    ),
    "vte": N_(
        "Columns will be crooked: in the terminal's profile, Compatibility, set ambiguous-width characters "
        "to narrow."
    ),
    "": N_(
        "Columns will be crooked: in the terminal's settings, set East Asian ambiguous-width characters to "
        "narrow."
    ),
}
_SMALL = N_("The window is smaller than 80 by 24: make it larger, or its letters smaller.")
_FEW = N_(
    "This terminal says it has fewer than 256 colours: use a newer one, or set TERM to xterm-256color if it "
    "has them."
)
_CONSOLE = N_("This is the old Windows console: install Windows Terminal from the Microsoft Store.")
_CHARSET = N_("Japanese cannot be shown: set the terminal and the language of the system (LANG) to UTF-8.")


def findings(seen: Seen) -> list[Finding]:
    """What to change, the worst first."""
    found = []
    if not seen.utf8:
        found.append(Finding("charset", _CHARSET))
    if seen.columns < LEAST_COLUMNS or seen.rows < LEAST_ROWS:
        found.append(Finding("size", _SMALL))
    if seen.ambiguous == 2:
        found.append(Finding("ambiguous", _WIDE.get(seen.name, _WIDE[""])))
    if seen.name == "windows-console":
        found.append(Finding("console", _CONSOLE))
    elif seen.colours < 256:
        found.append(Finding("colours", _FEW))
    return found


MESSAGES = (*_WIDE.values(), _SMALL, _FEW, _CONSOLE, _CHARSET)
"""Every sentence a finding may have."""


def terminal_name(environ: Mapping[str, str], platform: str) -> str:
    """Which terminal this is, by what terminals say of themselves; empty where none did."""
    by_program = {"apple_terminal": "apple-terminal", "iterm.app": "iterm2"}
    program = environ.get("TERM_PROGRAM", "").lower()
    if program == "tmux" or "TMUX" in environ:
        return "tmux"
    if "WT_SESSION" in environ:
        return "windows-terminal"
    if program:
        return by_program.get(program, program)
    if "VTE_VERSION" in environ:
        return "vte"
    return "windows-console" if platform == "win32" else ""


def colour_count(environ: Mapping[str, str], platform: str) -> int:
    """How many colours the terminal says it has."""
    if environ.get("COLORTERM", "").lower() in {"truecolor", "24bit"} or "WT_SESSION" in environ:
        return 1 << 24
    if platform == "win32":
        return 1 << 24
    term = environ.get("TERM", "")
    if "direct" in term:
        return 1 << 24
    return 256 if "256" in term else 8 if term not in {"", "dumb"} else 1


def look(environ: Mapping[str, str] | None = None, platform: str = sys.platform) -> Seen:
    """Find out about the terminal this runs in. Takes up to `WAIT_SECONDS`."""
    env = os.environ if environ is None else environ
    size = shutil.get_terminal_size((LEAST_COLUMNS, LEAST_ROWS))
    encoding = (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "")
    return Seen(
        terminal_name(env, platform),
        size.columns,
        size.lines,
        colour_count(env, platform),
        encoding in {"utf8", "cp65001"},
        _ambiguous_width(env),
    )


def _ambiguous_width(environ: Mapping[str, str]) -> int | None:
    """How many cells the terminal gives to a circled digit: written, asked for (CPR), and wiped away.

    None without a terminal, on one that does not answer, and while somebody types: keys are never swallowed.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or environ.get("TERM") in {None, "", "dumb"}:
        return None
    try:
        import select
        import termios
        import tty
    except ImportError:
        return None  # Windows: its terminals draw these narrow, and say so in their documentation
    try:
        source, sink = sys.stdin.fileno(), sys.stdout.fileno()
        before = termios.tcgetattr(source)
    except (OSError, ValueError, termios.error):
        return None  # it says it is a terminal and cannot be asked as one
    try:
        tty.setcbreak(source, termios.TCSANOW)
        if select.select([source], [], [], 0)[0]:
            return None
        os.write(sink, "\r①\x1b[6n".encode())
        answer, until = b"", time.monotonic() + WAIT_SECONDS
        while (left := until - time.monotonic()) > 0 and select.select([source], [], [], left)[0]:
            answer += os.read(source, 64)
            if found := re.search(rb"\x1b\[\d+;(\d+)R", answer):
                return int(found[1]) - 1
        return None
    finally:
        with suppress(OSError):
            os.write(sink, b"\r\x1b[K")
        termios.tcsetattr(source, termios.TCSANOW, before)
