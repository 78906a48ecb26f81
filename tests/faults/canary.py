"""Makes a register, writes a word nobody else uses into every text of every kind, changes it, rates, undoes,
and dies in the middle of an act. A process of its own: python -m tests.faults.canary VAULT
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from datetime import date
from pathlib import Path
from typing import Any

from techguard import vault
from techguard.domain import words as w
from techguard.domain.fields import FieldSpec, FieldType
from techguard.domain.items import Exposure, Item, Technology
from techguard.domain.kinds import KINDS, Kind, by_dependency
from techguard.register import Register

WORD = "金糸雀の歌"
"""In every text; it is in every encoding that is looked for."""

Numbers = Any


def value(spec: FieldSpec, made: dict[str, Item], number: Numbers) -> Any:
    """Something for a field: the word where a person writes, an entry where one is referred to."""
    match spec.type:
        case FieldType.TEXT | FieldType.LONG_TEXT if spec.is_text:
            return f"{WORD}{next(number)}"
        case FieldType.WORDS if spec.is_text:
            return (f"{WORD}{next(number)}", f"{WORD}{next(number)}")
        case FieldType.REF:
            return made[spec.to].id if spec.to in made else None
        case FieldType.REFS:
            return (made[spec.to].id,) if spec.to in made else ()
        case FieldType.CHOICE if spec.required:
            assert spec.choices is not None
            return next(iter(spec.choices))
        case FieldType.DATE if spec.required:
            return date(2027, 4, 1) if "until" in spec.name else date(2026, 10, 1)
        case FieldType.INTEGER if spec.required:
            return spec.minimum or 1
        case _:
            return None


def entry(kind: Kind, made: dict[str, Item], number: Numbers) -> Item:
    """An entry of a kind with the word in every text."""
    fields = {f.name: value(f, made, number) for f in kind.fields if not f.about.derived}
    fields = {name: found for name, found in fields.items() if found is not None}
    if kind.name == "rating":
        fields |= {"likelihood": 4, "impact": 4}
    if kind.name == "acceptance":
        fields |= {"accepted_role": w.AcceptanceRole.BOARD}
    if kind.name == "answer":
        fields |= {"item": "Q1"}
    if kind.name in {"exclusion", "assumption"}:
        fields |= {"route": "R09"}
    if kind.name == "estimate":
        fields |= {"frequency": "0.1", "loss_response": "1000000 / 2000000 / 9000000"}
    if kind.name == "scale":
        steps = tuple(f"{WORD}{n}：{WORD}" for n in range(1, 6))
        fields |= {"likelihood_steps": steps, "impact_steps": steps, "level_names": ()}
        fields |= {"matrix": ("1 1 2 3 4", "1 2 2 3 4", "1 2 3 4 5", "2 3 4 4 5", "2 3 4 5 5")}
        fields |= dict.fromkeys(("review_days", "urgency_days", "carry_likelihood", "carry_impact"), ())
        next(number)
    return kind.model.model_validate(fields)


def fill(register: Register) -> int:
    """One entry of every kind; returns how often the word was written."""
    number = itertools.count(1)
    made: dict[str, Item] = {"person": register.me}
    for kind in (*by_dependency(), KINDS["acceptance"]):
        if kind.name == "acceptance" and "rating" not in made:
            continue  # there is nothing to accept yet; it comes last
        made[kind.name] = register.add(entry(kind, made, number))
    assert set(made) == set(KINDS)
    return next(number) - 1


def change(register: Register) -> None:
    """Edit, rate, remove and take back."""
    technology = register.find(Technology)[0]
    register.change(technology, outline=f"{WORD}を改めた", products=(f"{WORD}製品",))
    exposure = register.find(Exposure)[0]
    register.rate(exposure, likelihood=5, impact=5, rationale=f"{WORD}により評価した")
    with register.act(f"{WORD}という理由", action="edit"):
        register.remove(exposure, with_parts=True)
    register.undo()
    register.redo()
    register.undo()
    register.vault.safety_copy()
    assert register.search(WORD)


def die(register: Register) -> None:
    """Write more than memory holds, then die without any cleaning up, the journal still there."""
    connection = register._store.connection
    connection.exec_driver_sql("PRAGMA cache_size = 1")
    with register.act(f"{WORD}の途中"):
        technology = register.find(Technology)[0]
        for n in range(60):
            register.add(Exposure(technology=technology.id, title=f"{WORD}{n}", cause=f"{WORD}" * 500))
        assert (register.vault.path / "register.db-journal").stat().st_size > 0
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    from .cli import PASSPHRASE

    register, code = Register.create(
        Path(sys.argv[1]),
        person=f"{WORD}部長",
        department=w.Department.LEGAL,
        passphrase=PASSPHRASE,
        kdf=vault.KDF_FLOOR,
    )
    with register:
        print(code, fill(register), flush=True)
        change(register)
        die(register)


if __name__ == "__main__":
    main()
