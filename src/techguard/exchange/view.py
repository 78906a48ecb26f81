"""What a register already holds, as an import asks for it: by id, reference, source number, title."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from techguard.domain.items import Countermeasure, Item, Rating
from techguard.domain.kinds import KINDS
from techguard.domain.text import folded

if TYPE_CHECKING:
    from techguard.domain.scales import Editions, Scale
    from techguard.register import Register


@lru_cache(maxsize=65_536)
def fold(text: str) -> str:
    """A title as it is compared: width, case and spacing make no difference."""
    return " ".join(folded(text).split())


class View:
    """Entries by what identifies them. Each kind is read once, when it is first asked for."""

    def __init__(self, register: Register | None) -> None:
        self.register = register
        self._all: dict[str, Sequence[Item]] = {}
        self._by: dict[tuple[str, str], dict[str, list[Item]]] = {}

    @property
    def editions(self) -> Editions | None:
        """Every scale the register has rated by; None without a register."""
        return self.register.editions if self.register else None

    def scale(self, edition: str) -> Scale | None:
        """The scale on whose steps a list is: the standard one if a mapping names none; None if it names one
        that the register never had.
        """
        from techguard import catalog

        standard = catalog.standard()
        if edition in {"", standard.edition}:
            return standard
        return self.editions.named(edition) if self.editions else None

    def all(self, kind: str) -> Sequence[Item]:
        if kind not in self._all:
            self._all[kind] = self.register.find(KINDS[kind].model) if self.register else ()
        return self._all[kind]

    def _index(self, kind: str, how: str) -> dict[str, list[Item]]:
        if (kind, how) not in self._by:
            index: dict[str, list[Item]] = {}
            for item in self.all(kind):
                text = {
                    "id": item.id,
                    "ref": item.ref,
                    "title": fold(KINDS[kind].title_of(item)),
                    "number": str(getattr(item, "source_ref", "")),
                    "exposure": str(getattr(item, "exposure", "")),
                }[how]
                if text:
                    index.setdefault(text, []).append(item)
            self._by[kind, how] = index
        return self._by[kind, how]

    def by_id(self, kind: str, id_: str) -> Item | None:
        return next(iter(self._index(kind, "id").get(id_, ())), None)

    def by_ref(self, kind: str, ref: str) -> Item | None:
        return next(iter(self._index(kind, "ref").get(ref.upper(), ())), None)

    def titled(self, kind: str, title: str) -> Sequence[Item]:
        return self._index(kind, "title").get(fold(title), ())

    def numbered(self, kind: str, number: str) -> Sequence[Item]:
        return self._index(kind, "number").get(number, ())

    def ratings(self, exposure: str) -> Sequence[Rating]:
        """Of an exposure, oldest first."""
        found = self._index("rating", "exposure").get(exposure, ())
        return [r for r in found if isinstance(r, Rating)]

    def countermeasures(self, exposure: str) -> list[Countermeasure]:
        if ("countermeasure", "of") not in self._by:
            index: dict[str, list[Item]] = {}
            for item in self.all("countermeasure"):
                if isinstance(item, Countermeasure):
                    for id_ in item.exposures:
                        index.setdefault(id_, []).append(item)
            self._by["countermeasure", "of"] = index
        return [
            c for c in self._by["countermeasure", "of"].get(exposure, ()) if isinstance(c, Countermeasure)
        ]
