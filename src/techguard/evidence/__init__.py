"""Evidence: what was done about one technology, or in the whole register, for somebody who has neither the
vault nor a reason to trust this program.

    package = evidence.compose(register, "TEC-0001")
    data = evidence.zipped(package)

The package is specified by the procedure that lies in it (`verify.en.md`, `verify.ja.md`), and by
docs/reference/history-format.md for the bytes that were signed.
"""

from __future__ import annotations

from .package import ENDING, HistoryDamaged, NotATechnology, Package, compose, deliver, named_for, zipped

__all__ = [
    "ENDING",
    "HistoryDamaged",
    "NotATechnology",
    "Package",
    "compose",
    "deliver",
    "named_for",
    "zipped",
]
