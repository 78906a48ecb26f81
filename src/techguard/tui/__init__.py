"""The terminal application. Nothing here imports Textual until `run` is called."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from techguard.i18n import Language

CRASHED = 70
"""What `run` gives after a fault of techguard's own (EX_SOFTWARE of sysexits.h)."""


def run(
    path: Path | None,
    *,
    lang: Language,
    passphrase: str | None = None,
    read_only: bool = False,
    plain: bool = False,
    notice: str = "",
    key_file: bytes | None = None,
) -> int:
    """Open the terminal application; gives the exit code when it is left.

    `path`: the vault, or None to ask for one. `passphrase`: opens at once (the demo); else it is asked for.
    `plain`: drawn to be listened to (also with TECHGUARD_PLAIN=1). `notice`: said once, in front of the first
    screen. `key_file`: the content of the person's key file, if they have one.
    """
    from . import compat

    compat.drop_environment()
    from .app import TechguardApp

    app = TechguardApp(
        path,
        lang=lang,
        passphrase=passphrase,
        read_only=read_only,
        plain=plain,
        notice=notice,
        key_file=key_file,
    )
    try:
        code = app.run()
    finally:
        app.store.end()
    return CRASHED if app.return_code else int(code or 0)
