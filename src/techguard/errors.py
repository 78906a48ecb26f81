"""Everything that can go wrong, as one tree.

Each class is one situation. It carries three message ids (English sentences that the catalogues of
`techguard.i18n` translate): what happened, what is safe, and what to do next. Facts are named and are
filled in when the message is shown, so that a fact a person typed is never parsed as anything else.

    TechguardError
    ├── UsageError                 exit 2
    ├── NotFound, Invalid, Conflict …  exit 5   (bad input; raised by register and exchange)
    ├── vault errors               exit 3, 4, 6 (see techguard.vault.errors)
    └── Interrupted                exit 130
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

DAMAGE = 4
"""The exit code of what is damaged, and not merely worth a look."""


class TechguardError(Exception):
    """Base of every error a person may meet.

    Subclasses set `what`, `safe` and `next_step`: format strings with named fields, for example
    ``what = "There is no {kind} {ref}."``. An instance is made with those facts as keywords. `str(error)` is
    the English text; `techguard.i18n.explain(error)` gives it in the reader's language.
    """

    exit_code: ClassVar[int] = 5
    what: ClassVar[str] = "Something went wrong."
    safe: ClassVar[str] = "Nothing was changed."
    next_step: ClassVar[str] = ""

    def __init__(self, **facts: object) -> None:
        super().__init__()
        self.facts = facts

    @property
    def is_damage(self) -> bool:
        """Whether something is lost or was replaced, and not merely worth a look."""
        return self.exit_code == DAMAGE

    def parts(self) -> tuple[str, str, str]:
        """The three message ids, unformatted: what happened, what is safe, what to do next."""
        return self.what, self.safe, self.next_step

    def __str__(self) -> str:
        told = {name: _told(fact) for name, fact in self.facts.items()}
        return " ".join(part.format(**told) for part in self.parts() if part)


def few(items: Sequence[object], most: int) -> tuple[object, ...]:
    """The first of many, as the fact of a message, with … where others were left out."""
    return (*items[:most], "…") if len(items) > most else tuple(items)


def _told(fact: object) -> str:
    if not isinstance(fact, tuple | list):
        return str(fact)
    return (", " if all(isinstance(one, str | int) for one in fact) else "; ").join(map(str, fact))
