"""What a person is told about a recovery code when it is printed."""

from __future__ import annotations

from techguard.cli.errors import say
from techguard.i18n import _


def explain_code() -> None:
    """What to do with the code that is printed next."""
    say(
        _(
            "This is the recovery code. It opens the vault when the passphrase is forgotten, and it is "
            "shown only "
            "now. Write it down or print it, keep it in a safe, and close this window."
        )
    )
