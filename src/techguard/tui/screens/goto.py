"""Go straight to an entry by its number or by a part of its title."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from techguard import present
from techguard.domain.kinds import KINDS, kind_of_ref
from techguard.i18n import N_, _, language

from ..picker import Option, Picker
from .detail import open_item

if TYPE_CHECKING:
    from techguard.register import Named, Register

    from ..app import TechguardApp

EACH = 8
"""So many entries of one kind are offered."""
FIRST = (
    "technology", "exposure", "engagement", "counterparty", "countermeasure", "decision", "review",
    "consultation", "observation", "person",
)  # fmt: skip
"""The kinds that are offered, in this order."""

ABOUT = N_("A number such as EXP-0012, its digits alone, or a part of a title.")


def found(reg: Register, typed: str) -> list[Named]:
    """Entries whose number or text fits what was typed: those with that very number first."""
    text = unicodedata.normalize("NFKC", typed).strip().upper()
    exact: list[str] = []
    if text.isdecimal():
        exact = [f"{KINDS[name].prefix}-{int(text):04}" for name in FIRST]
    elif kind_of_ref(text) is not None and text.partition("-")[2].isdecimal():
        prefix, _dash, number = text.partition("-")
        exact = [f"{prefix}-{int(number):04}"]
    by_number = [n for n in reg.named(exact) if n.kind in FIRST]
    seen = {n.id for n in by_number}
    rest = (
        [n for name in FIRST for n in reg.pick(name, typed, EACH) if n.id not in seen]
        if typed.strip()
        else []
    )
    return [*by_number, *rest]


def open_go_to(app: TechguardApp) -> None:
    """Ask where to go, and go there."""
    kinds: dict[str, str] = {}

    async def find(typed: str) -> Sequence[Option]:
        named = await app.store.run(lambda reg: found(reg, typed))
        kinds.update({n.id: n.kind for n in named})
        return [
            Option(
                n.id,
                f"{n.ref}  {n.title}",
                group=present.kind_label(KINDS[n.kind], language(), plural=True),
            )
            for n in named
        ]

    def go(chosen: list[Any] | None) -> None:
        if chosen:
            open_item(app, kinds[chosen[0]], chosen[0])

    app.push_screen(Picker(_("Go to"), find=find, note=_(ABOUT)), go)
