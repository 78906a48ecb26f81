"""Each use of Textual's private parts does what it is for; a new Textual is met here first."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pytest

from techguard.domain.items import Exposure
from techguard.register import Register
from techguard.tui import compat

from .conftest import PASSPHRASE, running

SOURCE = Path(compat.__file__).parent


def test_the_version_that_was_looked_at() -> None:
    assert version("textual") == "8.2.8"


def test_private_parts_are_used_in_one_module_only() -> None:
    """Attributes with an underscore of something that is not `self` or of this room's own."""
    own = {"_replace"}  # of a named tuple
    found = []
    for file in sorted(SOURCE.rglob("*.py")):
        if file.name == "compat.py":
            continue
        for n, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            names = re.findall(r"(?<!self)(?<!cls)(?<!super\(\))\.(_[a-z]\w+)", line.split("#")[0])
            found += [f"{file.name}:{n} {name}" for name in names if name not in own]
    assert found == []


def test_debugging_switches_are_forgotten() -> None:
    switches = {"TEXTUAL": "devtools,debug", "TEXTUAL_LOG": "/tmp/x", "TEXTUAL_PRESS": "q"}
    environ = {**switches, "TEXTUAL_SCREENSHOT": "1", "TEXTUAL_COLOR_SYSTEM": "256", "HOME": "/home/user"}
    compat.drop_environment(environ)
    assert environ == {"TEXTUAL_COLOR_SYSTEM": "256", "HOME": "/home/user"}


async def test_nothing_that_was_drawn_is_left_after_a_lock(path: Path) -> None:
    """Among everything Python can reach, apart from what this test holds itself."""
    import gc

    from rich.segment import Segment

    async with running(path) as tui:
        canary = "流出経路の金糸雀七三"  # no other test has drawn this

        def write(reg: Register) -> None:
            reg.change(reg.get("EXP-0001", Exposure), title=canary)

        await tui.app.store.run(write)
        await tui.press("3", "enter")
        assert canary in tui.text()

        def drawn() -> list[str]:
            gc.collect()
            return [o.text for o in gc.get_objects() if isinstance(o, Segment) and canary in o.text]

        assert drawn()
        await tui.press("ctrl+l")
        await tui.settle()
        assert drawn() == []


async def test_a_copy_is_taken_back(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from techguard.tui import app as module

    monkeypatch.setattr(module, "CLIPBOARD_SECONDS", 1.0)
    async with running(path) as tui:
        await tui.press("2", "enter", "c")
        assert "焼結プロファイルK" in tui.app.clipboard
        await tui.pilot.pause(1.2)
        assert tui.app.clipboard == ""


async def test_a_lock_takes_a_copy_back_at_once(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("2", "enter", "c", "ctrl+l")
        assert tui.app.clipboard == ""


CRASH = """
import sys
from pathlib import Path
import techguard.tui
from techguard.tui import compat
compat.drop_environment()
from techguard.tui.app import TechguardApp

class Crashing(TechguardApp):
    async def enter(self):
        passphrase = secret_local = {secret!r}
        raise {error}

import techguard.tui.app
techguard.tui.app.TechguardApp = Crashing
sys.exit(techguard.tui.run(Path({path!r}), lang="ja", passphrase={secret!r}))
"""


def on_a_terminal(program: Path, seconds: float = 30) -> tuple[str, int]:
    """What a program writes to a real terminal, and how it ended."""
    master, slave = pty.openpty()
    environ = {**os.environ, "TERM": "xterm-256color"}
    command = [sys.executable, str(program)]
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environ)
    os.close(slave)
    seen = b""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ready, _w, _x = select.select([master], [], [], 0.2)
        if ready:
            try:
                seen += os.read(master, 65536)
            except OSError:  # the other side is closed
                break
        elif process.poll() is not None:
            break
    os.close(master)
    return seen.decode("utf-8", "replace"), process.wait(timeout=10)


@pytest.mark.parametrize(
    "error", ["RuntimeError(passphrase)", "__import__('textual.markup').markup.MarkupError(passphrase)"]
)
def test_a_crash_prints_no_local_variable_and_no_text(path: Path, error: str) -> None:
    program = Path("crash.py")
    text = CRASH.format(secret=PASSPHRASE, error=error, path=str(path.resolve()))
    program.write_text(text, encoding="utf-8")
    seen, exit_code = on_a_terminal(program)
    assert "自身の不具合により停止しました" in seen
    assert "app.py" in seen  # where, for whoever mends it
    assert PASSPHRASE not in seen
    assert exit_code == 70


def test_no_command_of_textual_writes_the_screen_to_a_file() -> None:
    from techguard.tui.app import TechguardApp

    assert not TechguardApp.ENABLE_COMMAND_PALETTE
    assert TechguardApp(None).get_system_commands(None) == []  # type: ignore[arg-type]


def test_nothing_of_textual_is_imported_before_it_is_run() -> None:
    code = "import sys, techguard.tui; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
