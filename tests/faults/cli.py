"""The command line as a person runs it: a process of its own, with a home and a temp folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PASSPHRASE = "カナリアの鳴く長い合い言葉"


@dataclass(frozen=True)
class Person:
    """Somebody with a home, a temp folder, a working folder, and a passphrase in a file elsewhere."""

    folder: Path

    @classmethod
    def at(cls, folder: Path) -> Person:
        """A new person."""
        for name in ("home", "temp", "work", "secrets"):
            (folder / name).mkdir()
        (folder / "secrets" / "passphrase").write_text(PASSPHRASE + "\n", encoding="utf-8")
        (folder / "secrets" / "pdf").write_text("board-password-1\n", encoding="utf-8")
        return cls(folder)

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def vault(self) -> Path:
        return self.work / "acme.techguard"

    @property
    def places(self) -> list[Path]:
        """Where this person's programs may leave anything."""
        return [self.folder / name for name in ("home", "temp", "work")]

    def environment(self) -> dict[str, str]:
        """What the program is told: nothing of the machine's own settings."""
        kept = {k: v for k, v in os.environ.items() if k in {"PATH", "LANG", "SYSTEMROOT", "LD_LIBRARY_PATH"}}
        temp = str(self.folder / "temp")
        return kept | {
            "HOME": str(self.folder / "home"),
            "TMPDIR": temp,
            "TEMP": temp,
            "TMP": temp,
            "SQLITE_TMPDIR": temp,
            "PYTHONUTF8": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TECHGUARD_LANG": "en",
            "TECHGUARD_PASSPHRASE_FILE": str(self.folder / "secrets" / "passphrase"),
        }

    def run(
        self,
        *words: str | Path,
        before: Sequence[str | Path] = (),
        more: Mapping[str, str] | None = None,
        code: int | None = 0,
    ) -> subprocess.CompletedProcess[str]:
        """`techguard WORDS`, run by the command `before`; it must end with `code`, if one is given."""
        done = subprocess.run(
            [*map(str, before), sys.executable, "-m", "techguard", *map(str, words)],
            cwd=self.work,
            env=self.environment() | dict(more or {}),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=300,
        )
        if code is not None:
            assert done.returncode == code, (words, done.returncode, done.stdout[-500:], done.stderr[-2000:])
        return done
