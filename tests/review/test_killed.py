"""The machine dies in the middle of a meeting: it goes on at the same item, and nothing is lost."""

from __future__ import annotations

import os
from random import Random

import pytest

from techguard.domain import items as i
from techguard.domain import words as w
from techguard.register import Register
from techguard.review import session
from tests.conftest import PASSPHRASE, Place

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that can fork")

KILLS = 4
ITEMS = 40


def _meeting(place: Place, out: int) -> None:
    """Go through the agenda, and say of each item when it is settled for good."""
    with Register.open(place.path, PASSPHRASE) as register:
        review = session.begin(register, session.current(register))
        while (item := session.resume_at(register, review)) is not None:
            os.write(out, f"{item.position}\n".encode())
            if item.exposure and item.position % 2:
                session.rerate(register, item, likelihood=3, impact=3, rationale=f"第{item.position}議題")
            else:
                session.note(register, item, f"第{item.position}議題")


def _killed_after(place: Place, lines: int, wait: float) -> int:
    """Kill a meeting a moment after it took up so many items; how many were settled, by what it said."""
    import signal
    import time

    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 70
        try:
            os.close(reading)
            _meeting(place, writing)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = [pipe.readline() for _ in range(lines)]
        time.sleep(wait)
        os.kill(child, signal.SIGKILL)
        said += pipe.readlines()
    os.waitpid(child, 0)
    # An item is taken up only when the one before it was settled.
    return int([line for line in said if line.endswith(b"\n")][-1]) - 1


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_session_goes_on_where_the_machine_died(place: Place) -> None:
    chance = Random(7)
    with place.open() as register:
        technology = register.add(i.Technology(code_name="焼結"))
        for n in range(ITEMS):
            made = register.add(i.Exposure(technology=technology.id, title=f"リスク{n}", route="R01"))
            register.rate(made, likelihood=4, impact=5, rationale="初回")
        review = session.plan(register, title="四半期", chair=register.me.id)
        session.prepare(register, review)
    done = 0
    for _ in range(KILLS):
        done = max(done, _killed_after(place, chance.randint(2, 6), chance.uniform(0, 0.05)))
        with Register.open(place.path, PASSPHRASE) as register:
            assert register.verify().ok
            now = session.current(register)
            assert now.status is w.ReviewStatus.HELD
            listed = session.outcomes(register, now)
            settled = [o for o in listed if o.outcome is not w.OutcomeKind.PENDING]
            next_up = session.resume_at(register, now)
            assert next_up is not None
            assert done <= len(settled) <= done + 1, "what was acknowledged is there; at most one more"
            assert [o.position for o in settled] == list(range(1, len(settled) + 1))
            assert next_up.position == len(settled) + 1
            for outcome in settled:
                ratings = register.find(i.Rating, review=now.id, exposure=outcome.exposure)
                assert len(ratings) == (outcome.outcome is w.OutcomeKind.RERATED), "both or neither"
            done = len(settled)
    with Register.open(place.path, PASSPHRASE) as register:
        now = session.current(register)
        session.settle_rest(register, now, w.OutcomeKind.DEFERRED, "時間切れ")
        assert session.close(register, now, lang="ja").status is w.ReviewStatus.CLOSED
