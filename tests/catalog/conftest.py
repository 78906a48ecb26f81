"""Every row and every text of the catalogue, found by walking what the loaders return."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from techguard import catalog


def parts(value: Any) -> Iterator[BaseModel]:
    """Every model inside a value, the value included."""
    if isinstance(value, BaseModel):
        yield value
        for name in type(value).model_fields:
            yield from parts(getattr(value, name))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from parts(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from parts(item)


def whole() -> list[BaseModel]:
    return list(
        parts(
            (
                catalog.vocabularies(),
                catalog.routes(),
                catalog.purposes(),
                catalog.countermeasures(),
                catalog.scales(),
                catalog.checklists(),
                catalog.kris(),
                catalog.sources(),
            )
        )
    )
