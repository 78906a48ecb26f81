"""A register shared by tests that only write inside transactions they roll back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from techguard.domain.items import Item
from techguard.register import Register
from techguard.store.database import Store
from tests.conftest import Place
from tests.made_up import ids_of, one_of_each


class Undone(Exception):
    """Ends a transaction that must leave nothing."""


@dataclass(repr=False)
class Populated:
    """An open register with one entry of every kind."""

    register: Register
    store: Store
    items: list[Item]
    ids: dict[str, list[str]]

    @contextmanager
    def passing(self) -> Iterator[Store]:
        """A transaction that is rolled back at its end."""
        try:
            with self.store.transaction():
                yield self.store
                raise Undone
        except Undone:
            pass


@pytest.fixture(scope="module")
def populated(
    copied: Callable[[Path], Place], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Populated]:
    with copied(tmp_path_factory.mktemp("populated") / "acme.techguard").open() as register:
        items = one_of_each(register.me.id)
        register.bulk(items)
        yield Populated(register, register._store, items, ids_of(items))
