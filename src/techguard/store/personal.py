"""What a person keeps for themselves: saved filters, chosen columns. It says nothing of the company, so it
has no history; its words are from the register, so it lives in the vault and nowhere else (docs/decisions).
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from .tables import personal


def kept(connection: Connection, person: str, topic: str) -> dict[str, Any]:
    """What a person keeps on a topic: JSON values by name, in the order of the names. What cannot be read (a
    later program wrote it) is left out.
    """
    c = personal.c
    query = select(c.name, c.value).where(c.person == person, c.topic == topic).order_by(c.name)
    found: dict[str, Any] = {}
    for name, value in connection.execute(query):
        try:
            found[name] = json.loads(value)
        except ValueError:
            continue
    return found


def keep(connection: Connection, person: str, topic: str, name: str, value: object) -> None:
    """Keep a JSON value under a name, in place of what was there."""
    forget(connection, person, topic, name)
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    row = {"person": person, "topic": topic, "name": name, "value": text}
    connection.execute(insert(personal), row)


def forget(connection: Connection, person: str, topic: str, name: str) -> None:
    """Keep it no longer."""
    c = personal.c
    connection.execute(delete(personal).where(c.person == person, c.topic == topic, c.name == name))
