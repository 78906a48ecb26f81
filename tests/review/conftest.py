"""A company with people of every department, risks of several levels, and a session to lead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from techguard import i18n
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.register import Register


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """The screen speaks English, and afterwards what it spoke before."""
    before = i18n.language()
    i18n.set_language("en")
    yield
    i18n.set_language(before)


@dataclass
class Company:
    """A register with what a session needs."""

    register: Register
    people: dict[w.Department, i.Person]
    technology: i.Technology
    exposures: list[i.Exposure]

    def exposure(self, n: int) -> i.Exposure:
        """An exposure as it now stands."""
        return self.register.get(self.exposures[n].id, i.Exposure)

    def rate(self, n: int, likelihood: int, impact: int, why: str = "as seen") -> None:
        self.register.rate(self.exposures[n], likelihood=likelihood, impact=impact, rationale=why)


LEVELS = ((4, 5), (4, 4), (3, 5), (3, 3), (2, 2), (1, 1))


@pytest.fixture
def company(register: Register) -> Company:
    """Six rated exposures, three of them high and untreated."""
    people = {
        d: register.add(i.Person(name=f"{d.value}の長", department=d))
        for d in (w.Department.EXECUTIVE, w.Department.PLANNING, w.Department.HR, w.Department.RND)
    }
    people[w.Department.LEGAL] = register.me
    technology = register.add(i.Technology(code_name="焼結プロファイルK"))
    exposures = []
    for n, (likelihood, impact) in enumerate(LEVELS):
        made = register.add(i.Exposure(technology=technology.id, title=f"流出リスク{n}", route="R01"))
        register.rate(made, likelihood=likelihood, impact=impact, rationale="初回の評価")
        exposures.append(made)
    return Company(register, people, technology, exposures)
