"""Making many entries at once without the collector of cycles looking through them again and again.

What an import makes stays until it is written, has no cycles, and goes by itself when nobody holds it any
more; the collector spends much of an import finding that out (10,000 rows: 7.2 s, without it 5.5 s, once).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_inside = 0
_before = True


@contextmanager
def uncollected() -> Iterator[None]:
    """Inside, and in other threads meanwhile, only reference counts free memory. May be nested, and used as a
    decorator.
    """
    global _inside, _before  # noqa: PLW0603  the collector is one for the whole process
    with _lock:
        if not _inside:
            _before = gc.isenabled()
            gc.disable()
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside and _before:
                gc.enable()
