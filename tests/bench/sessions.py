"""How long a review session lets people wait: preparing, one item, closing, comparing."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing

from techguard.domain import items as i
from techguard.domain import words as w
from techguard.register import Register
from techguard.review import session

from .measure import Bar, median, milliseconds
from .registers import Built, plain_connection

_BARS = {1_000: 1_000.0, 10_000: 5_000.0}
"""Closing a session of so many exposures, in milliseconds."""


def sessions(built: Built, times: int) -> Iterator[Bar]:
    """Two sessions of 1,000 and 10,000 exposures each (or all there are), every item of them settled."""
    rounds = max(1, times // 4)
    with built.open() as register, closing(plain_connection(built.plain)) as plain:

        def rows(n: int) -> float:
            return milliseconds(lambda: plain.execute("SELECT * FROM exposures LIMIT ?", (n,)).fetchall())

        def bar(what: str, took: float, n: int, most: float | None = None) -> Bar:
            reference = median([rows(n) for _ in range(rounds)])
            against = f"reading {n:,} exposures from a plain file"
            return Bar("review", what, built.size, took, reference, against, most_ours=most)

        exposures = [
            e for r in register.rows(i.Exposure, limit=10_000) if isinstance(e := r.item, i.Exposure)
        ]
        for n in sorted({min(most, len(exposures)) for most in _BARS}):
            closed = [_session(register, exposures[:n], lambda: None) for _ in range(rounds)]
            yield bar(f"close a session of {n:,} exposures", median([t for _, t in closed]), n, _BARS.get(n))
            a, b = (
                closed[0][0],
                _session(register, exposures[:n], lambda: _move(register, exposures[:100]))[0],
            )
            yield bar(
                f"compare two sessions of {n:,} exposures",
                milliseconds(lambda a=a, b=b: session.compare(register, a, b)),  # type: ignore[misc]
                n,
            )
        review = session.plan(register, title="四半期", chair=register.me.id)
        yield bar(
            "prepare a session", milliseconds(lambda: session.prepare(register, review)), len(exposures)
        )
        yield bar("prepare it again", milliseconds(lambda: session.prepare(register, review)), len(exposures))
        review = session.begin(register, review)
        some = itertools.cycle(session.outcomes(register, review))
        one = [milliseconds(lambda: _next(register, review, next(some))) for _ in range(max(3, times))]
        yield bar("confirm an item, show the next with what changed", median(one), 1)


def _session(
    register: Register, exposures: list[i.Exposure], before_closing: Callable[[], None]
) -> tuple[i.Review, float]:
    """A session in which every exposure was confirmed, and how long its closing took (milliseconds)."""
    review = session.begin(register, session.plan(register, title="四半期", chair=register.me.id))
    register.bulk(
        i.Outcome(
            review=review.id,
            position=n,
            title=e.title,
            exposure=e.id,
            outcome=w.OutcomeKind.CONFIRMED,
            reasons=("exposure_due",),
            level_before=e.level,
            level_after=e.level,
            note="評価は妥当で、対策の進みを次回も確かめる",
        )
        for n, e in enumerate(exposures, start=1)
    )
    before_closing()
    done: list[i.Review] = []
    took = milliseconds(lambda: done.append(session.close(register, review, lang="ja")))
    return done[0], took


def _move(register: Register, exposures: list[i.Exposure]) -> None:
    with register.act("bench"):
        for e in exposures:
            register.rate(e, likelihood=5, impact=5, rationale="兆候が続いた")


def _next(register: Register, review: i.Review, outcome: i.Outcome) -> None:
    """What one key press in the meeting does, and what the screen then asks for."""
    session.confirm(register, outcome)
    following = session.resume_at(register, review)
    session.progress(register, review)
    if following is not None:
        session.since_last(register, review, following)
