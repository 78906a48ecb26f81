"""The register as a wall may show it: what is strictly confidential keeps its number and level, no words.

The veil is between the register and the screens, so no screen can forget it: each of them is handed a
`Projected` in the register's place. What was veiled can be looked at and not changed, and nothing that was
made of it can be saved: a veil that were saved would take the place of the real words.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from techguard.domain.fields import FieldSpec, FieldType
from techguard.domain.items import Item, Review
from techguard.domain.kinds import kind_of
from techguard.errors import TechguardError
from techguard.register import Entry, Hit, Named, Query, Where

VEIL = "■■■■"
"""What stands in the place of words, in every language."""

WRITING = frozenset({
    "change", "change_all", "remove", "restore", "rate", "accept", "close_review", "add", "bulk",
})  # fmt: skip
"""The calls of the register that write what a person typed."""


ON_NO_WALL = frozenset({"site"})
"""Sides of the leak map whose columns are words of entries that may be hidden."""

BY_SIDE = frozenset({"leak_map", "concentration", "exposures_at"})
"""The calls that are asked for a side of the leak map."""


class Hidden(TechguardError):
    """A strictly confidential entry, while the screen is on the wall. Facts: `ref`."""

    what = "{ref} is strictly confidential and hidden while the screen is projected."
    safe = "Nothing was changed; what you typed is still there."
    next_step = "Turn the projection mode off with Ctrl+R, away from the wall."


class NeedsWhatIsHidden(TechguardError):
    """What should be saved or sealed would be made of entries that are hidden just now."""

    what = "This is made of strictly confidential entries, which are hidden while the screen is projected."
    safe = "Nothing was changed."
    next_step = "Turn the projection mode off with Ctrl+R, away from the wall."


class NoSecretOnTheWall(TechguardError):
    """A code would be shown to the whole room."""

    what = "A secret would be shown here, while the screen is projected."
    next_step = "Turn the projection mode off with Ctrl+R, away from the wall."


class Projected:
    """A register through which nothing strictly confidential is seen. `hidden` are the ids of what is."""

    def __init__(self, register: Any, hidden: frozenset[str]) -> None:
        self._register = register
        self._hidden = hidden

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)  # past the door there is no veil
        found = getattr(self._register, name)
        if not callable(found):
            return self._veiled(found)

        def call(*args: Any, **named: Any) -> Any:
            if name in BY_SIDE and ON_NO_WALL & {*args, *named.values()}:
                raise NeedsWhatIsHidden
            if name in WRITING:
                args = self._checked(args)
                self._check(named.values())
                return found(*args, **named)
            given = found(*map(self._asked, args), **{k: self._asked(v) for k, v in named.items()})
            return given if isinstance(given, AbstractContextManager) else self._veiled(given)

        return call

    def require_shown(self, item_id: str) -> None:
        """Raises `Hidden` if an entry is hidden."""
        self._check([item_id])

    # --- writing ---

    def _checked(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments of a call that writes, those given one by one held still. Raises `Hidden`."""
        held = tuple(tuple(a) if isinstance(a, Iterator) else a for a in args)
        self._check(held)
        return held

    def _check(self, values: Iterable[Any]) -> None:
        for value in values:
            many = value if isinstance(value, list | tuple) else (value,)
            for one in many:
                if isinstance(one, Item) and one.id in self._hidden:
                    raise Hidden(ref=one.ref)
                if isinstance(one, str) and one in self._hidden:
                    raise Hidden(ref=self._register.get(one).ref)
                words = dict(one).values() if isinstance(one, Item) else (one,)
                if any(_veil_in(word) for word in words):
                    raise NeedsWhatIsHidden

    # --- reading ---

    def _asked(self, value: Any) -> Any:
        """A query by words, asked of what is shown alone: that a hidden entry has the word tells the word."""
        if isinstance(value, Query) and value.text.strip():
            shown = Where("id", "not in", tuple(sorted(self._hidden)))
            return dataclasses.replace(value, where=(*value.where, shown))
        return value

    def _veiled(self, value: Any) -> Any:
        """A value as the wall may see it, whatever it is made of."""
        if isinstance(value, Item):
            return veiled(value) if value.id in self._hidden else value
        if isinstance(value, Named):
            return value._replace(title=VEIL) if value.id in self._hidden else value
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return self._veiled_part(value)
        if isinstance(value, Mapping):
            # What a mapping holds under the id of an entry is about that entry.
            words = {k for k, v in value.items() if isinstance(v, str) and k in self._hidden}
            return {k: VEIL if k in words else self._veiled(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            # Who searches for a word learns nothing from where it is found.
            seen = [v for v in value if not (isinstance(v, Hit) and v.id in self._hidden)]
            return type(value)(self._veiled(v) for v in seen)
        if isinstance(value, Iterator):
            return (self._veiled(v) for v in value)
        return value

    def _veiled_part(self, part: Any) -> Any:
        """A dataclass about a hidden entry without its words; any other, part by part."""
        fields = {f.name: getattr(part, f.name) for f in dataclasses.fields(part) if f.init}
        made = {name: self._veiled(value) for name, value in fields.items()}
        if fields.get("id") in self._hidden:
            made |= {name: VEIL for name in ("title",) if name in made}
            made |= {"fields": {}} if "fields" in made else {}
        if isinstance(part, Entry) and any(c.id in self._hidden for c in part.changes):
            made["reason"] = VEIL if part.reason else ""
        unchanged = all(made[name] is value for name, value in fields.items())
        return part if unchanged else dataclasses.replace(part, **made)


def _veil_in(value: Any) -> bool:
    """Whether a value was made of something hidden."""
    if isinstance(value, tuple):
        return any(map(_veil_in, value))
    return isinstance(value, str) and VEIL in value


def veiled(item: Item) -> Item:
    """An entry without its words: its number, dates, levels and choices stay."""
    kind = kind_of(item)
    if isinstance(item, Review):  # a session is no secret; its minutes quote what is
        return item.model_copy(update={"minutes": VEIL if item.minutes else "", "conclusion": ""})
    return item.model_copy(update={f.name: _word(f, getattr(item, f.name)) for f in kind.fields if _says(f)})


def _says(spec: FieldSpec) -> bool:
    return spec.type in {FieldType.TEXT, FieldType.LONG_TEXT, FieldType.WORDS} and not spec.about.catalog


def _word(spec: FieldSpec, value: Any) -> Any:
    if not value:
        return value
    return (VEIL,) if spec.type is FieldType.WORDS else VEIL
