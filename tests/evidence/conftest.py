"""A register with two technologies whose acts are woven into one another."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from techguard import merging
from techguard.domain.items import Countermeasure, Decision, Element, Exposure, Review, Technology
from techguard.domain.words import AcceptanceRole
from techguard.register import Register
from tests.conftest import Place

ELSEWHERE = "車中で書いた注記"
SHOWN, HIDDEN = "焼結プロファイルK", "極秘の触媒Z"
HIDDEN_WORDS = (HIDDEN, "触媒の流出", "触媒の担当を決める", "触媒の配合", "触媒を評価した根拠")


@dataclass
class Woven:
    register: Register
    shown: Technology
    hidden: Technology


@pytest.fixture
def woven(register: Register) -> Woven:
    """Acts about one technology, about the other, and about both."""
    with register.act("棚卸", action="import"):
        shown = register.add(Technology(code_name=SHOWN))
        hidden = register.add(Technology(code_name=HIDDEN))
    exposure = register.add(Exposure(technology=shown.id, title="炉の見学"))
    other = register.add(Exposure(technology=hidden.id, title="触媒の流出"))
    review = register.add(Review(title="第一回レビュー会"))
    with register.act("四半期の見直し", review=review.id):
        register.rate(exposure, likelihood=3, impact=4, rationale="同業で発生", review=review.id)
        register.rate(other, likelihood=5, impact=5, rationale="触媒を評価した根拠", review=review.id)
        register.add(Decision(title="見学を断る", exposure=exposure.id, review=review.id))
        register.add(Decision(title="触媒の担当を決める", technology=hidden.id, review=review.id))
    register.add(Element(technology=hidden.id, name="触媒の配合"))
    gone = register.add(Element(technology=shown.id, name="昇温の速さ"))
    register.remove(gone)
    register.add(Countermeasure(title="見学の記録", exposures=(exposure.id,)))
    register.accept(
        exposure.id,
        by=register.me.id,
        role=AcceptanceRole.BOARD,
        reason="費用に見合わない",
        until=register.today.replace(year=register.today.year + 1),
    )
    register.change(register.get(shown.id, Technology), outline="概要")
    register.undo()
    return Woven(register, shown, hidden)


@pytest.fixture
def brought(woven: Woven, place: Place, tmp_path: Path) -> Woven:
    """The same, and a copy in which both technologies were worked on was taken in."""
    woven.register.vault.read_head()  # waits until it is in place
    shutil.copytree(place.path, tmp_path / "train.techguard")
    other = Place(tmp_path / "train.techguard", place.code, place.clock)
    with other.open() as there:
        there.change(there.get(woven.shown.ref, Technology), note=ELSEWHERE)
        with there.act("鉄道での見直し"):
            there.change(there.get(woven.hidden.ref, Technology), note="触媒の流出について")
            there.change(there.get(woven.shown.ref, Technology), outline="鉄道で書いた概要")
    woven.register.add(Element(technology=woven.shown.id, name="工場で加えた要素"))
    with other.open(read_only=True) as there:
        merging.merge(woven.register, there, lambda conflict: None, "車中の作業を取り込む")
    return woven
