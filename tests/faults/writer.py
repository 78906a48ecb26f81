"""A process that writes into a register without rest and says on a pipe what it is about to do and what is
done. Whoever reads the pipe may kill it at any moment.
"""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from techguard import backups, board, vault
from techguard.domain import words as w
from techguard.domain.errors import CannotUndo, NothingToUndo, UntestedControl
from techguard.domain.items import Countermeasure, Exposure, Item, Technology
from techguard.register import Register
from tests.bench.synthetic import Synthetic

FIRST_PASSPHRASE = "はじめの合い言葉 カナリア零"
BOARD_PASSWORD = "board-password-1"

Said = dict[str, Any]


class Writer:
    """Acts on one register, each said before and after."""

    def __init__(self, register: Register, passphrase: str, seed: int, out: int, folder: Path) -> None:
        self.register = register
        self.passphrase = passphrase
        self.chance = random.Random(seed)
        self.texts = Synthetic(1, seed=seed)
        self.out = out
        self.folder = folder
        self.seed = seed
        self.done = 0

    def say(self, **what: Any) -> None:
        """One line on the pipe, in one write."""
        os.write(self.out, (json.dumps(what, ensure_ascii=False) + "\n").encode())

    def acts(self) -> list[tuple[int, Callable[[], Said]]]:
        """What can be done, and how often."""
        return [
            (4, self.add),
            (6, self.change),
            (5, self.rate),
            (2, self.cover),
            (3, self.import_),
            (3, self.undo),
            (1, self.remove),
            (2, self.change_passphrase),
            (1, self.board),
            (1, self.back_up),
            (1, self.restore),
        ]

    def forever(self) -> None:
        """Act until killed."""
        weights, acts = zip(*self.acts(), strict=True)
        while True:
            nothing = not (self.register.count("exposures") and self.register.count("technologies"))
            self.do(self.import_ if nothing else self.chance.choices(acts, weights)[0])

    def do(self, act: Callable[[], Said]) -> None:
        """One act: acknowledged only after it has returned."""
        self.done += 1
        self.say(about=act.__name__, passphrase=self._next_passphrase())
        found = act()
        seq, digest = self.register.head
        self.say(done=act.__name__, seq=seq, digest=digest, passphrase=self.passphrase, **found)

    def _next_passphrase(self) -> str:
        return f"次の合い言葉 {self.seed} の {self.done} 番"

    # --- the acts: each gives the fields that must be found afterwards ---

    def _some(self, model: type[Any], kind: str) -> Any:
        count = self.register.count(kind)
        row = self.register.rows(kind, offset=self.chance.randrange(count), limit=1)[0]
        assert isinstance(row.item, model)
        return row.item

    def add(self) -> Said:
        technology = self.register.add(Technology(code_name=self.texts.name()))
        exposure = self.register.add(
            Exposure(technology=technology.id, title=f"持ち出し {self.done}", route="R01")
        )
        return _holds(exposure, "title") | {"acts": 2}

    def change(self) -> Said:
        technology = self._some(Technology, "technologies")
        changed = self.register.change(technology, outline=f"{self.texts.name()} 改 {self.seed}.{self.done}")
        return _holds(changed, "outline")

    def rate(self) -> Said:
        exposure = self._some(Exposure, "exposures")
        try:
            rating = self.register.rate(
                exposure,
                likelihood=self.chance.randint(1, 5),
                impact=self.chance.randint(1, 5),
                rationale=f"見直した結果である {self.done}",
            )
        except UntestedControl:
            return {}
        return _holds(rating, "rationale")

    def cover(self) -> Said:
        exposure = self._some(Exposure, "exposures")
        due = date(2027, 3, 31) + timedelta(days=self.done % 300)
        made = Countermeasure(title=f"対策 {self.seed}.{self.done}", exposures=(exposure.id,), due=due)
        return _holds(self.register.add(made), "title")

    def import_(self) -> Said:
        parts = [i for part in Synthetic(2, seed=self.seed * 1000 + self.done).chunks() for i in part]
        with self.register.act(f"一覧 {self.done}.xlsx", action="import"):
            self.register.bulk(parts)
        return _holds(next(i for i in reversed(parts) if isinstance(i, Countermeasure)), "title")

    def undo(self) -> Said:
        try:
            entry = self.register.undo()
        except (NothingToUndo, CannotUndo):
            return {}
        return {"undone": entry.undoes}

    def remove(self) -> Said:
        exposure = self._some(Exposure, "exposures")
        self.register.remove(exposure, with_parts=True)
        return {"removed": exposure.id}

    def change_passphrase(self) -> Said:
        self.passphrase = self._next_passphrase()
        self.register.vault.change_passphrase(self.passphrase, kdf=vault.KDF_FLOOR)
        return {}

    def board(self) -> Said:
        made = board.produce(
            self.register,
            board.Delivery(output=self.folder / f"board-{self.seed}-{self.done}.pdf", lock=BOARD_PASSWORD),
            redaction=w.RedactionLevel.R0,
        )
        return {"file": str(made.path), "sha256": made.digest}

    def back_up(self) -> Said:
        made = backups.make(self.register.vault, retention=vault.Retention(2, 0, 0, 0))
        return {"copy": str(made)}

    def restore(self) -> Said:
        """The newest backup in a new place."""
        copies = self.register.vault.copies()
        if not copies:
            return self.back_up()
        target = self.folder / f"restored-{self.seed}-{self.done}.techguard"
        with self.register.vault.open_copy(copies[-1].path) as backup:
            where, _found = backups.restore(backup, target)
        return {"restored": str(where)}


def _holds(item: Item, field: str) -> Said:
    return {"id": item.id, "field": field, "value": getattr(item, field)}


def write(path: Path, passphrase: str, seed: int, out: int, folder: Path) -> None:
    """Open the register and write into it until killed."""
    with Register.open(path, passphrase) as register:
        writer = Writer(register, passphrase, seed, out, folder)
        seq, digest = register.head
        writer.say(done="open", seq=seq, digest=digest, passphrase=passphrase)
        writer.forever()


def create(path: Path, seed: int, out: int) -> None:
    """Make a register."""
    os.write(out, b'{"about": "create"}\n')
    register, code = Register.create(
        path,
        person="法務部長",
        department=w.Department.LEGAL,
        passphrase=FIRST_PASSPHRASE,
        kdf=vault.KDF_FLOOR,
    )
    seq, digest = register.head
    line = {"done": "create", "seq": seq, "digest": digest, "passphrase": FIRST_PASSPHRASE, "code": code}
    os.write(out, (json.dumps(line, ensure_ascii=False) + "\n").encode())
    register.add(Technology(code_name=f"最初の技術 {seed}"))
    os.write(out, b'{"about": "rest"}\n')
    signal.pause()
