"""The example in docs/explanation/money.md, read from the note in both languages, is what is counted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from techguard.domain.words import LossForm
from techguard.i18n.money import read_money
from techguard.quant.model import Effect, Portfolio, Risk
from techguard.quant.moments import event_loss, expected_loss
from techguard.quant.ranges import Pert
from techguard.quant.simulate import Run, simulate

NOTES = Path(__file__).parents[2] / "docs" / "explanation"
_HEADING = {"money.md": "## 手で追える例", "money.en.md": "## An example to follow by hand"}


def _number(text: str) -> float:
    """A figure as the note writes it: an amount of yen, a percentage, a number of times a year."""
    plain = re.sub(r"(回)?／年|a year", "", text).strip()
    if plain.endswith("%"):
        return float(plain[:-1]) / 100
    amount = read_money(plain)
    return float(plain) if amount is None else float(amount)


def _range(text: str) -> Pert:
    low, likely, high = (_number(part) for part in text.split("/"))
    return Pert(low=low, likely=likely, high=high)


@pytest.mark.parametrize("note", _HEADING)
def test_the_worked_example(note: str) -> None:
    part = (NOTES / note).read_text(encoding="utf-8").split(_HEADING[note])[1].split("\n## ")[0]
    frequency, response, left = (_range(found) for found in re.findall(r"`([^`]+)`", part))
    rows = [line.strip("| ").split("|") for line in part.splitlines() if line.startswith("|")][2:]
    events, event, year, share, after, saved = (_number(row[-1]) for row in rows)

    risk = Risk(id="x", frequency=frequency, losses={LossForm.RESPONSE: response})
    percent = Pert(low=left.low / 100, likely=left.likely / 100, high=left.high / 100)
    measure = Effect(measure="m", risk="x", frequency=percent)
    assert risk.frequency.mean == pytest.approx(events)
    assert event_loss(risk).mean == pytest.approx(event)
    assert expected_loss(risk) == pytest.approx(year)
    assert percent.mean == pytest.approx(share)
    assert expected_loss(risk, (measure,)) == pytest.approx(after)
    found = simulate(Portfolio(risks=(risk,), effects=(measure,)), Run(seed=2))
    assert 1 / 9 < found.before.p_any.value < 1 / 8, "as the note says of most years"
    assert found.reduction is not None
    assert found.reduction.low < saved < found.reduction.high
    assert saved == pytest.approx(year - after)
