"""Whatever a meeting does: the counts add up, and two sessions compare the same from either side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from techguard.domain import errors as refused
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.register import Register
from techguard.review import session
from techguard.review.errors import NotAboutExposure
from tests.conftest import Place

_FOLDERS = count()
_SWAPPED = {"risen": "fallen", "fallen": "risen", "new": "gone", "gone": "new"}

# What happens in a meeting: which item (counted from the start, again and again), what is done with it.
DEEDS = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.sampled_from(
            ["confirm", "rerate", "accept", "assign", "note", "defer", "consult", "reopen", "decide"]
        ),
        st.integers(1, 5),
        st.integers(1, 5),
    ),
    max_size=10,
)
# What happens between two meetings, to which exposure.
MEANWHILE = st.lists(
    st.tuples(
        st.integers(0, 30), st.sampled_from(["rate", "close", "open", "add", "remove"]), st.integers(1, 5)
    ),
    max_size=6,
)


def do(register: Register, review: i.Review, deed: tuple[int, str, int, int]) -> None:
    """One thing a person does; what the register refuses changes nothing."""
    n, what, likelihood, impact = deed
    listed = session.outcomes(register, review)
    if not listed:
        return
    item = listed[n % len(listed)]
    soon, me = register.today + timedelta(days=30), register.me.id
    acts: dict[str, Callable[[], Any]] = {
        "confirm": lambda: session.confirm(register, item),
        "rerate": lambda: session.rerate(
            register, item, likelihood=likelihood, impact=impact, rationale="見直し"
        ),
        "accept": lambda: session.accept(
            register, item, by=me, role=w.AcceptanceRole.BOARD, reason="期限つき", until=soon
        ),
        "assign": lambda: session.assign(register, item, titles=["点検"], owner=me, due=soon),
        "note": lambda: session.note(register, item, "聞きおく"),
        "defer": lambda: session.defer(register, item, "次回"),
        "consult": lambda: session.consult(register, item, topic="相談"),
        "reopen": lambda: session.reopen(register, item),
        "decide": lambda: session.decide(register, review, title="決める", outcome=item, owner=me, due=soon),
    }
    before = register.head
    try:
        acts[what]()
    except (NotAboutExposure, refused.NothingToAccept):
        assert register.head == before


def meanwhile(register: Register, deed: tuple[int, str, int]) -> None:
    n, what, value = deed
    exposures = register.find(i.Exposure)
    if what == "add" or not exposures:
        technology = register.find(i.Technology)[0]
        register.add(i.Exposure(technology=technology.id, title=f"後から{n}"))
        return
    exposure = exposures[n % len(exposures)]
    if what == "rate":
        register.rate(exposure, likelihood=value, impact=value, rationale=f"状況{n}")
    elif what == "remove":
        try:
            register.remove(exposure, with_parts=True)
        except refused.InUse:
            return
    else:
        to = w.ExposureStatus.CLOSED if what == "close" else w.ExposureStatus.TREATING
        register.change(exposure, status=to)


@pytest.fixture
def fresh(copied: Callable[[Path], Place], tmp_path: Path) -> Callable[[], Register]:
    """A new register with one technology and four rated exposures, as often as it is asked for."""

    def make() -> Register:
        register = copied(tmp_path / f"{next(_FOLDERS)}.techguard").open()
        technology = register.add(i.Technology(code_name="焼結"))
        for n in range(1, 5):
            made = register.add(i.Exposure(technology=technology.id, title=f"リスク{n}", route="R01"))
            register.rate(made, likelihood=n, impact=5, rationale="初回")
        register.add(i.Observation(title="夜間の複写"))
        return register

    return make


def hold(register: Register, deeds: list[tuple[int, str, int, int]]) -> i.Review:
    review = session.plan(register, title="四半期", chair=register.me.id)
    session.prepare(register, review)
    review = session.begin(register, review)
    for deed in deeds:
        do(register, review, deed)
    session.settle_rest(register, review, w.OutcomeKind.DEFERRED, "時間切れ")
    return review


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
def test_counts_add_up_and_the_register_proves_itself(fresh: Callable[[], Register], deeds: Any) -> None:
    with fresh() as register:
        review = hold(register, deeds)
        how = session.progress(register, review)
        listed = session.outcomes(register, review)
        assert how.settled == how.total == len(listed) == sum(how.by_outcome.values())
        assert how.by_outcome == Counter(o.outcome for o in listed)
        assert session.resume_at(register, review) is None
        done = session.close(register, review, lang="ja")
        assert register.verify().ok
        for o in listed:
            if o.exposure:
                then = register.states_at("exposure", done.snapshot_seq or 0, "level")[o.exposure]
                if o.outcome is w.OutcomeKind.RERATED:
                    assert o.level_after == then.get("level")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS, between=MEANWHILE, later=DEEDS, ends=st.booleans())
def test_sessions_compare_the_same_from_either_side(
    fresh: Callable[[], Register], deeds: Any, between: Any, later: Any, ends: bool
) -> None:
    with fresh() as register:
        a = session.close(register, hold(register, deeds), lang="en")
        then = {e.id: e.level for e in register.find(i.Exposure) if e.status is not w.ExposureStatus.CLOSED}
        for deed in between:
            meanwhile(register, deed)
        b = hold(register, later)
        if ends:
            b = session.close(register, b, lang="en")
        now = {e.id: e.level for e in register.find(i.Exposure) if e.status is not w.ExposureStatus.CLOSED}

        for one in (a, b):
            same = session.compare(register, one, one)
            assert same.moves == ()
        there, back = session.compare(register, a, b), session.compare(register, b, a)
        assert there.same == back.same
        assert {
            (m.exposure, _SWAPPED[m.how], m.after, m.before, m.reason, m.who, m.on) for m in there.moves
        } == {(m.exposure, m.how, m.before, m.after, m.reason, m.who, m.on) for m in back.moves}
        moved = {m.exposure: (m.before, m.after) for m in there.moves}
        meant = {
            id_: (then.get(id_), now.get(id_))
            for id_ in then.keys() | now.keys()
            if id_ not in then or id_ not in now or then[id_] != now[id_]
        }
        assert moved == meant
        assert there.same == len(then.keys() | now.keys()) - len(moved)
        assert all(m.who for m in there.moves), "somebody did it"
