"""What was found in a database, remembered for as long as nothing is written to it.

Whether something was is SQLite's to say: `total_changes` counts what this connection wrote, `data_version`
tells of everybody else's commits. Inside a transaction nothing is remembered: it may yet be taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy import Connection

from .prepared import ask

T = TypeVar("T")
_NAME = "what was found since the last writing"


def remembered(connection: Connection, name: Hashable, find: Callable[[], T]) -> T:
    """What `find` gives, or gave when it was asked for under this name since the last writing. It goes when
    the connection is closed.
    """
    driver: Any = connection.connection.dbapi_connection
    if driver.in_transaction:
        connection.info.pop(_NAME, None)
        return find()
    ((of_others,),) = ask(connection, "PRAGMA data_version", ()).fetchall()
    state = of_others, driver.total_changes
    known: tuple[object, dict[Hashable, Any]] = connection.info.get(_NAME, (None, {}))
    if known[0] != state:
        known = connection.info[_NAME] = (state, {})
    if name not in known[1]:
        known[1][name] = find()
    found: T = known[1][name]
    return found
