"""A clock that is set back, the end of summer time, another time zone: the order of the history stands."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from techguard.cli.main import root
from techguard.domain.items import Exposure, Technology
from techguard.i18n import Language
from techguard.register import Register
from techguard.store import history
from tests.conftest import Clock, Place
from tests.faults import expected


def moments(register: Register) -> list[datetime]:
    """When each act was recorded, oldest first."""
    return [entry.at for entry in reversed(register.history())]


def test_nothing_is_recorded_before_the_act_it_follows(place: Place) -> None:
    with place.open() as register:
        technology = register.add(Technology(code_name="焼結"))
        last = moments(register)[-1]
    place.clock.turn(-400)
    with place.open() as register:
        assert register.recorded_ahead == last
        changed = register.change(technology, outline="時計が戻った後に改めた")
        register.add(Technology(code_name="薄膜"))
        assert moments(register)[-2:] == [last, last]
        assert (changed.updated_at, changed.created_at) == (last, technology.created_at)
        assert register.verify().findings == ()
    place.clock.turn(401)
    with place.open() as register:
        assert register.recorded_ahead is None
        register.change(changed, outline="時計が直った後に改めた")
        assert moments(register)[-1] > last
        assert moments(register) == sorted(moments(register))
        assert register.verify().findings == ()


def test_clocks_that_are_minutes_apart_are_no_matter(place: Place) -> None:
    with place.open() as register:
        register.add(Technology(code_name="焼結"))
    place.clock.moment -= timedelta(minutes=4)
    with place.open() as register:
        assert register.recorded_ahead is None


def test_the_newest_rating_stands_although_the_day_is_an_earlier_one(place: Place) -> None:
    """What stands goes by the stated day, which a person may correct."""
    with place.open() as register:
        technology = register.add(Technology(code_name="焼結"))
        exposure = register.add(Exposure(technology=technology.id, title="流出"))
        register.rate(exposure, likelihood=2, impact=2, rationale="時計の戻る前")
        day = register.today
        place.clock.turn(-1)
        register.rate(exposure, likelihood=5, impact=5, rationale="時計の戻った後", rated_on=day)
        assert register.get(exposure.id, Exposure).likelihood == 5
        assert register.verify().findings == ()


@pytest.mark.parametrize(("lang", "said"), [("en", "The clock of this machine"), ("ja", "この端末の時計")])
def test_a_person_is_told_and_verify_names_an_act_whose_time_goes_back(
    place: Place, tmp_path: Path, lang: Language, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program never writes such an act; here it is made to."""
    secret = tmp_path / "secret"
    secret.write_text(place.passphrase, encoding="utf-8")
    ahead = Place(place.path, place.code, Clock(datetime.now(UTC) + timedelta(days=3)))
    with ahead.open() as register:
        technology = register.add(Technology(code_name="焼結"))

    def run(*words: str) -> tuple[int, str]:
        ran = CliRunner().invoke(root, [*words, "--passphrase-file", str(secret), "--lang", lang])
        return ran.exit_code, "".join(ran.output.split())

    code, told = run("list", str(place.path), "technologies")
    expected.of("a clock that was set back").ended(code)
    assert "".join(said.split()) in told
    assert run("verify", str(place.path))[0] == 0

    monkeypatch.setattr(history, "moment_of", lambda value: None)
    with place.open() as register:
        register.change(technology, outline="時刻を偽った")
    monkeypatch.undo()
    code, told = run("verify", str(place.path))
    promised = expected.of("an entry whose time goes back")
    promised.ended(code, told, lang)
    with place.open(read_only=True) as register:
        (finding,) = register.verify().findings
        promised.found([finding])
        assert finding.problem.facts == {"seq": 3}


def test_a_moment_that_somebody_put_there_is_damage_and_stops_nothing(place: Place) -> None:
    for nonsense in ("gestern", "2026-11-23T12:00:00", "", "9" * 40):
        with place.open() as register:
            register._store.connection.exec_driver_sql("BEGIN IMMEDIATE")
            register._store.connection.execute(text("UPDATE history SET at = :at"), {"at": nonsense})
            register._store.connection.exec_driver_sql("COMMIT")
            assert register.recorded_ahead is None
            assert "EntryAltered" in {f.code for f in register.verify().findings}


@contextmanager
def zone(name: str) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = name
    time.tzset()
    try:
        yield
    finally:
        del os.environ["TZ"]
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot change its zone on Windows")
def test_the_end_of_summer_time_and_another_zone_change_no_order(place: Place) -> None:
    place.clock.moment = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)  # 02:30 in Berlin, for the first time
    with zone("Europe/Berlin"), place.open() as register:
        technology = register.add(Technology(code_name="焼結"))
        place.clock.moment = datetime(2027, 10, 31, 1, 10, tzinfo=UTC)  # 02:10, forty minutes later
        technology = register.change(technology, outline="冬時間になった")
        assert register.recorded_ahead is None
        assert moments(register) == sorted(moments(register))
        day = register.today
    with zone("Pacific/Honolulu"), place.open() as register:  # where it is still the day before
        assert register.today == day - timedelta(days=1)
        assert register.recorded_ahead is None
        register.change(technology, outline="時差を越えた")
        assert register.verify().findings == ()
    with zone("Asia/Tokyo"), place.open(read_only=True) as register:
        assert register.verify().findings == ()
        assert [m.utcoffset() for m in moments(register)] == [timedelta(0)] * 4
