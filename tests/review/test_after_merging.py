"""Sessions that were closed in another copy: what came after them is told by them, not by numbers of acts."""

from __future__ import annotations

import shutil
from pathlib import Path

from techguard.domain import items as i
from techguard.domain import words as w
from techguard.merging import merge
from techguard.review import session
from techguard.review.sessions import last_closed, when
from tests.conftest import Clock, Place

from .conftest import Company
from .test_session import closed, held


def test_a_session_closed_in_another_copy_is_a_place_in_time_here(
    company: Company, place: Place, tmp_path: Path
) -> None:
    """There were many acts before it: its number lies beyond this history, and says nothing here."""
    exposure = company.exposure(5)
    company.register.close()
    other = Place(Path(shutil.copytree(place.path, tmp_path / "train.techguard")), place.code, Clock())
    other.clock.moment = place.clock.moment
    with other.open() as there:
        room = Company(there, company.people, company.technology, company.exposures)
        for n in range(30):
            there.change(there.find(i.Technology)[0], note=f"下書き {n}")
        first = closed(room, held(room))
    place.clock.moment = other.clock.moment
    place.clock.turn(1)
    with place.open() as here:
        here.change(here.get(exposure.id, i.Exposure), note="工場で")
    with place.open() as here, other.open(read_only=True) as there:
        merge(here, there, lambda conflict: "newest")
        assert (first.snapshot_seq or 0) > here.head[0], "the number is none of this history"
        with here.act("事業から撤退した"):
            here.change(here.get(exposure.id, i.Exposure), status=w.ExposureStatus.CLOSED)
        last = last_closed(here)
        assert last is not None
        assert last.snapshot == first.snapshot
        told = session.since_last(here, None, here.get(exposure.id, i.Exposure))
        reasons = {c.field.name: c.reason for c in told.changes}
        assert reasons["status"] == "事業から撤退した"
        room = Company(here, company.people, company.technology, company.exposures)
        second = closed(room, held(room))
        assert when(last) < when(second), "though its number is the higher one"
        assert last_closed(here, second) == last
        moves = {m.exposure: m for m in session.compare(here, last, second).moves}
        assert moves[exposure.id].how == "gone"
        assert moves[exposure.id].reason == "事業から撤退した"
