"""The history as JSON values, complete: what others read and check without vault and techguard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Table, select

from . import history, tables


def acts(connection: Connection) -> Iterator[dict[str, Any]]:
    """Every act of this copy, in order, with its changes."""
    return _told(connection, tables.history, tables.changes, "seq", "seq")


def merged_acts(connection: Connection) -> Iterator[dict[str, Any]]:
    """Every act of the copies that were brought together with this one, as they were signed there."""
    return _told(connection, tables.merged_history, tables.merged_changes, "n", "act")


def _told(
    connection: Connection, entries: Table, changes: Table, own: str, of: str
) -> Iterator[dict[str, Any]]:
    """Rows of one table with those of the other below them, joined in one pass over both."""
    query = select(changes).order_by(changes.c[of], changes.c.position)
    below = iter(connection.execute(query))
    pending = next(below, None)
    for row in connection.execute(select(entries).order_by(entries.c[own])):
        act = {name: _plain(value) for name, value in row._mapping.items()}
        act["changes"] = []
        while pending is not None and pending._mapping[of] == act[own]:
            values = dict(pending._mapping)
            act["changes"].append(
                {
                    "kind": values["kind"],
                    "item": values["item"],
                    "op": values["op"],
                    **_covered(values["salt"], values["fields"]),
                }
            )
            pending = next(below, None)
        yield act


def _covered(salt: bytes, fields: str) -> dict[str, Any]:
    """The fields with their salt; of a pruned change only what its act covers."""
    if history.is_pruned(salt, fields):
        return {"inside": salt.hex()}
    return {"salt": salt.hex(), "fields": json.loads(fields)}


def _plain(value: Any) -> Any:
    """As the signed message has it: a moment in its one spelling, bytes in hexadecimal."""
    return value.hex() if isinstance(value, bytes) else history.plain(value) if value != "" else ""
