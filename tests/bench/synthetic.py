"""Registers of any size, the same for the same seed: Japanese texts such as people write, in proportions such
as registers have (for N technologies 5N exposures, about 6N ratings, 3N countermeasures).

Entries are made without validation, because making 1.7 million of them is no part of any measurement;
`tests/bench/test_bench.py` holds that every one of a small register would pass it.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

from techguard.domain import words as w
from techguard.domain.fields import Choice
from techguard.domain.items import (
    Agreement,
    ChecklistAnswer,
    Countermeasure,
    Counterparty,
    Decision,
    Element,
    Engagement,
    Exposure,
    Item,
    Milestone,
    Observation,
    Person,
    Rating,
    Review,
    Technology,
)

T = TypeVar("T", bound=Item)

TODAY = date(2026, 11, 23)

_WORDS: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_name("vocabulary.toml").read_text(encoding="utf-8")
)

QUERIES = (
    "焼結条件",
    "炉",
    "退職",
    "共同研究",
    "膜",
    "歩留まり",
    "持ち出す",
    "金型",
    "知財",
    "契約 期限",
    "窒化ガリウム",
    "顧問",
    "slurry",
    "温度プロファイル",
    "信用",
)
"""What people look for: typed key by key, so that words of one and two characters are asked too."""


def keystrokes(query: str) -> list[str]:
    """What stands in the search line after each key press of a word that is typed."""
    return [query[:n] for n in range(1, len(query) + 1) if query[n - 1] != " "]


class Synthetic:
    """Entries of a register of `size` technologies. `chunks` gives them in an order that can be taken in."""

    def __init__(self, size: int, seed: int = 1) -> None:
        self.size = size
        self.chance = random.Random(seed)
        self.people: list[Person] = []
        self.counterparties: list[Counterparty] = []
        self.engagements: list[Engagement] = []
        self._made = 0

    def chunks(self, technologies: int = 2_000) -> Iterator[list[Item]]:
        """All entries, in parts that one act can hold comfortably."""
        yield [*self._everyone(), *self._others()]
        for first in range(0, self.size, technologies):
            part: list[Item] = []
            for _ in range(min(technologies, self.size - first)):
                part += self.technology()
            yield part

    # --- chance ---

    def new(self, model: type[T], **fields: Any) -> T:
        """An entry with all defaults, an id from the seed, and these fields."""
        return model.model_construct(id=f"{self.chance.getrandbits(128):032x}", **fields)

    def one(self, words: str) -> str:
        """A word of one of the lists in vocabulary.toml."""
        return self.chance.choice(_WORDS[words])

    def choice(self, choices: type[Choice]) -> Any:
        return self.chance.choice(list(choices))

    def day(self, first: int, last: int) -> date:
        """A day, counted from today."""
        return TODAY + timedelta(days=self.chance.randint(first, last))

    def maybe(self, share: float, value: Any) -> Any:
        return value if self.chance.random() < share else None

    def who(self) -> str:
        return self.chance.choice(self.people).id

    def name(self) -> str:
        """A code name: a material, a process, an aspect; now and then English, often with a number."""
        if self.chance.random() < 0.08:
            return (
                f"{self.one('english').title()} {self.chance.randint(1, 9)}{self.chance.choice('ABCDEFGHK')}"
            )
        text = f"{self.one('material')}の{self.one('process')}{self.one('aspect')}"
        number = f" {self.chance.choice('ABKMX')}{self.chance.randint(1, 99)}"
        return text + self.chance.choice(["", "", number])

    # --- who and with whom ---

    def _everyone(self) -> Iterator[Item]:
        for n in range(max(12, min(240, self.size // 20))):
            person = self.new(
                Person,
                name=f"{self.one('unit')} {self.one('role')} {n + 1:03d}",
                department=self.choice(w.Department),
                role=f"{self.one('material')}の{self.one('process')}を受け持つ",
            )
            self.people.append(person)
            yield person

    def _others(self) -> Iterator[Item]:
        for n in range(max(4, self.size // 10)):
            counterparty = self.new(
                Counterparty,
                name=f"{self.one('place')}{self.one('place')}{self.one('organisation')} {n + 1}",
                kind=self.choice(w.CounterpartyKind),
                owner=self.who(),
                due_diligence_until=self.maybe(0.5, self.day(-200, 700)),
                note=f"{self.one('material')}の{self.one('process')}で取引がある。{self.one('cause')}",
                **{f: self.maybe(0.8, self.chance.randint(1, 4)) for f in ("dependency", "penetration")},
                **{f: self.maybe(0.8, self.chance.randint(1, 4)) for f in ("maturity", "trust")},
            )
            self.counterparties.append(counterparty)
            yield counterparty
        for n in range(max(4, self.size // 5)):
            engagement = self.new(
                Engagement,
                title=f"{self.one('material')}の{self.one('process')}に関する案件 {n + 1}",
                kind=self.choice(w.EngagementKind),
                stage=self.choice(w.Stage),
                counterparties=(self.chance.choice(self.counterparties).id,),
                owner=self.who(),
                ends_on=self.maybe(0.6, self.day(-100, 900)),
                note=f"{self.one('place')}の拠点で進める。{self.one('cause')}",
            )
            self.engagements.append(engagement)
            yield engagement
            yield self.new(
                Agreement,
                engagement=engagement.id,
                type=self.choice(w.AgreementType),
                title=f"{self.one('material')}の開示に関する契約書",
                expires_on=self.day(-300, 900),
            )
            yield self.new(
                Milestone,
                engagement=engagement.id,
                label=f"{self.one('process')}の中間報告",
                kind=self.choice(w.MilestoneKind),
                on=self.day(-200, 500),
                done=self.chance.random() < 0.5,
            )
        sessions = [
            self.new(
                Review,
                title=f"第{n + 1}回 技術流出対策レビュー会",
                status=w.ReviewStatus.CLOSED if n < 7 else w.ReviewStatus.PLANNED,
                planned_on=TODAY - timedelta(days=90 * (7 - n) - 20),
                held_on=TODAY - timedelta(days=90 * (7 - n) - 20) if n < 7 else None,
                attendees=tuple(p.id for p in self.people[:6]),
                scope=self.one("cause"),
            )
            for n in range(8)
        ]
        yield from sessions
        for n in range(40):
            yield self.new(
                ChecklistAnswer,
                item=f"Q{n + 1:02d}",
                answer=self.choice(w.Answer),
                evidence=self.one("evidence") if self.chance.random() < 0.7 else "",
                as_of=self.day(-300, 0),
            )
        for _ in range(max(4, self.size // 20)):
            yield self.new(
                Decision,
                title=f"{self.one('material')}の案件で{self.one('measure')}を行うか",
                category=self.choice(w.DecisionCategory),
                status=self.choice(w.DecisionStatus),
                review=self.chance.choice(sessions).id,
                owner=self.who(),
                due=self.day(-60, 200),
                reason=self.one("cause"),
            )

    # --- what must not leak, and how it could ---

    def technology(self) -> list[Item]:
        """A technology with its elements, exposures, their ratings and countermeasures."""
        chance, name = self.chance, self.name()
        scores = {
            f: self.maybe(0.9, chance.randint(0, 4))
            for f in (
                "competitive_edge",
                "non_substitutability",
                "catch_up",
                "dependence",
                "national_base",
                "secrecy",
            )
        }
        technology = self.new(
            Technology,
            code_name=name,
            outline=(
                f"{self.one('unit')}が{self.one('place')}工場で用いる{name}を識別するための見出し。"
                f"{self.one('material')}の{self.one('process')}と組み合わせ、{self.one('aspect')}に特徴がある。"
                "条件そのものは書かない。"
            ),
            kind=self.choice(w.TechnologyKind),
            business_unit=self.one("unit"),
            products=(f"{self.one('material')} {chance.randint(100, 999)}",),
            status=chance.choice([w.TechnologyStatus.REGISTERED] * 8 + list(w.TechnologyStatus)),
            owner=self.maybe(0.95, self.who()),
            executive=self.maybe(0.7, self.who()),
            next_review=self.maybe(0.9, self.day(-90, 365)),
            impact_financial=chance.randint(1, 5),
            impact_market=self.maybe(0.8, chance.randint(1, 5)),
            secrecy_managed=self.choice(w.Requirement),
            source_ref=f"K-{chance.randint(1, 99_999)}",
            note=self.one("cause") if chance.random() < 0.3 else "",
            **scores,
        )
        made: list[Item] = [technology]
        made.append(
            self.new(
                Element,
                technology=technology.id,
                name=f"{self.one('process')}の{self.one('aspect')}",
                type=self.choice(w.ElementType),
                holders=chance.randint(1, 12),
                location=f"{self.one('place')}工場 保管棚 {chance.randint(1, 40)}",
            )
        )
        exposures = [self._exposure(technology) for _ in range(5)]
        made += exposures
        for exposure in exposures:
            made += self._ratings(exposure)
        made += [self._countermeasure(exposures) for _ in range(3)]
        if chance.random() < 0.1:
            made.append(
                self.new(
                    Observation,
                    title=f"{self.one('who')}の行動に変化",
                    kind=self.choice(w.ObservationKind),
                    status=self.choice(w.ObservationStatus),
                    observed_on=self.day(-200, 0),
                    technology=technology.id,
                    fact=f"{self.one('place')}工場で{self.one('how')}おそれのある行為が見られた。",
                )
            )
        return made

    def _exposure(self, technology: Technology) -> Exposure:
        chance = self.chance
        return self.new(
            Exposure,
            technology=technology.id,
            title=f"{self.one('who')}が{self.one('process')}の{self.one('aspect')}について{self.one('how')}",
            route=f"R{chance.randint(1, 16):02d}" if chance.random() < 0.97 else "",
            engagement=self.maybe(0.3, chance.choice(self.engagements).id),
            counterparty=self.maybe(0.3, chance.choice(self.counterparties).id),
            vector=self.choice(w.Vector),
            cause=self.one("cause"),
            path=f"{self.one('place')}拠点の{self.one('who')}から{self.one('place')}の{self.one('who')}に渡る。",
            consequence=f"{self.one('material')}で{self.one('result')}。",
            status=chance.choice([w.ExposureStatus.TREATING, w.ExposureStatus.TREATING, *w.ExposureStatus]),
            treatment=self.choice(w.Treatment),
            owner=self.maybe(0.9, self.who()),
            department=self.choice(w.Department),
            next_review=self.maybe(0.4, self.day(-60, 365)),
            source_ref=f"E-{chance.randint(1, 999_999)}",
        )

    def _ratings(self, exposure: Exposure) -> list[Item]:
        chance = self.chance
        bases = [w.Basis.CURRENT] if chance.random() < 0.9 else []
        if chance.random() < 0.3:
            bases.insert(0, w.Basis.INHERENT)
        return [
            self.new(
                Rating,
                exposure=exposure.id,
                basis=basis,
                likelihood=chance.choice((1, 2, 2, 3, 3, 3, 4, 4, 5)),
                impact=chance.choice((1, 2, 2, 3, 3, 3, 4, 4, 5)),
                impact_driver=self.choice(w.ImpactDimension),
                urgency=chance.randint(1, 5),
                confidence=chance.randint(1, 3),
                rationale=f"{self.one('cause')}{self.one('measure')}は始まったばかりである。",
                rated_on=self.day(-300, 0),
                rated_by=self.who(),
            )
            for basis in bases
        ]

    def _countermeasure(self, exposures: list[Exposure]) -> Countermeasure:
        chance = self.chance
        return self.new(
            Countermeasure,
            title=f"{self.one('unit')}における{self.one('measure')}",
            catalog_id=f"CM{chance.randint(1, 67):02d}",
            description=f"{self.one('process')}の{self.one('aspect')}を対象に{self.one('measure')}を行う。",
            purpose=self.choice(w.Purpose),
            exposures=tuple(e.id for e in chance.sample(exposures, chance.randint(1, 2))),
            department=self.choice(w.Department),
            owner=self.maybe(0.9, self.who()),
            due=self.maybe(0.9, self.day(-200, 300)),
            status=self.choice(w.CountermeasureStatus),
            cost_initial=chance.randint(0, 200) * 50_000,
            operating_effect=self.maybe(0.5, chance.randint(0, 4)),
            tested_on=self.maybe(0.4, self.day(-400, 0)),
            evidence=self.one("evidence") if chance.random() < 0.5 else "",
        )
