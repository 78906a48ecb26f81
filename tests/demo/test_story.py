"""What the demo company's register says holds together, in both languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any, TypeVar

import pytest

from techguard import catalog
from techguard.demo import BASE, workbook
from techguard.domain import items as i
from techguard.domain import rules
from techguard.domain import words as w
from techguard.domain.kinds import KINDS, kind_of
from techguard.domain.scales import Scale
from techguard.i18n import Language
from tools import demo_workbook

Entries = dict[Language, list[i.Item]]
T = TypeVar("T", bound=i.Item)

JAPANESE = re.compile(r"[぀-ヿ㐀-鿿]")


def of(entries: Entries, model: type[T], lang: Language = "ja") -> list[T]:
    return [e for e in entries[lang] if isinstance(e, model)]


def texts(item: i.Item) -> Iterator[tuple[str, str]]:
    """Every text a person wrote in an entry, with the field's name."""
    for spec in kind_of(item).text_fields:
        value = getattr(item, spec.name)
        for text in (value,) if isinstance(value, str) else value or ():
            if text:
                yield spec.name, text


def test_it_is_as_large_as_it_promises(entries: Entries) -> None:
    counts = Counter(kind_of(e).name for e in entries["ja"])
    least = {
        "technology": 24,
        "exposure": 60,
        "countermeasure": 40,
        "counterparty": 12,
        "engagement": 15,
        "review": 4,
        "person": 16,
    }
    assert {k: counts[k] for k in least if counts[k] < least[k]} == {}
    assert len({x.route for x in of(entries, i.Exposure)} - {""}) >= 12
    assert {rules.criticality(t) for t in of(entries, i.Technology)} == {*w.Criticality, None}
    assert {c.status for c in of(entries, i.Countermeasure)} == set(w.CountermeasureStatus)
    kinds = {e.kind for e in of(entries, i.Engagement)}
    assert kinds >= {
        *(w.EngagementKind.JOINT_RESEARCH, w.EngagementKind.MA_SELL, w.EngagementKind.CAPITAL_ALLIANCE),
        *(w.EngagementKind.LISTING, w.EngagementKind.RETIREMENT, w.EngagementKind.OVERSEAS_PRODUCTION),
        *(w.EngagementKind.PROCUREMENT_ADJUST, w.EngagementKind.EXHIBITION, w.EngagementKind.IT_CLOUD),
    }


def test_important_technologies_have_their_know_how(entries: Entries) -> None:
    elements = Counter(e.technology for e in of(entries, i.Element))
    for technology in of(entries, i.Technology):
        if rules.criticality(technology) is w.Criticality.S:
            assert elements[technology.id] >= 3, technology.ref


def test_both_languages_say_the_same(entries: Entries) -> None:
    for ja, en in zip(entries["ja"], entries["en"], strict=True):
        kind = kind_of(ja)
        assert kind_of(en) is kind
        assert ja.ref == en.ref
        written = {spec.name for spec in kind.text_fields} | {"period"}
        for spec in kind.fields:
            if spec.name not in written:
                assert getattr(ja, spec.name) == getattr(en, spec.name), (ja.ref, spec.name)
        assert {n: bool(getattr(ja, n)) for n in written & set(kind.by_name)} == {
            n: bool(getattr(en, n)) for n in written & set(kind.by_name)
        }


def test_each_language_is_written_in_itself(entries: Entries) -> None:
    for item in entries["en"]:
        assert [t for _, t in texts(item) if JAPANESE.search(t)] == [], item.ref
    codes = {"location", "access_list", "classification_ref", "evidence", "measures"}
    for item in entries["ja"]:
        plain = [t for n, t in texts(item) if n not in codes and not JAPANESE.search(t)]
        assert plain == [], item.ref


def test_every_catalogue_entry_it_names_exists(entries: Entries) -> None:
    checks = {item.id for checklist in catalog.checklists().values() for item in checklist.items}
    known: dict[str, Any] = {
        "routes": catalog.routes(),
        "sub_routes": catalog.sub_routes(),
        "signs": catalog.signs(),
        "countermeasures": catalog.countermeasures(),
        "checklists": checks,
    }
    for item in entries["ja"]:
        for spec in kind_of(item).fields:
            named = getattr(item, spec.name)
            if spec.about.catalog in known and named:
                assert named in known[spec.about.catalog], (item.ref, spec.name)
    for exposure in of(entries, i.Exposure):
        assert exposure.sub_route.startswith(exposure.route), exposure.ref
    for seen in of(entries, i.Observation):
        assert seen.sign.startswith(seen.route), seen.ref


def test_nobody_is_named(entries: Entries) -> None:
    posts = re.compile(r"(部長|室長|所長|工場長|社長|担当)$")
    for person in of(entries, i.Person):
        assert posts.search(person.name), person.name
        assert person.role == person.name
    honorific = re.compile(r"(さん|(?<![^ぁ-ん、。])氏)(は|が|を|の|に|と|へ)")
    for item in entries["ja"]:
        assert [t for _, t in texts(item) if honorific.search(t)] == [], item.ref
    assert [
        t for item in entries["en"] for _, t in texts(item) if re.search(r"\b(Mr|Ms|Mrs|Dr|Prof)\b", t)
    ] == []


def test_no_text_names_a_day_for_all_dates_move(entries: Entries) -> None:
    ja = re.compile(r"[0-9０-９]+月(?!間)|20\d\d年|令和|年末|年内|来年")
    months = r"\b(January|February|March|April|June|July|August|September|October|November|December|20\d\d)\b"
    named: dict[Language, re.Pattern[str]] = {"ja": ja, "en": re.compile(months)}
    for lang, pattern in named.items():
        for item in entries[lang]:
            kept = [t for n, t in texts(item) if n != "period" and pattern.search(t)]
            assert kept == [], item.ref


def test_what_is_past_lies_in_the_past(entries: Entries) -> None:
    past = {
        *("rated_on", "held_on", "done_on", "tested_on", "observed_on", "decided_on", "closed_on"),
        *("accepted_on", "signed_on", "started_on", "approved_on", "screened_on", "due_diligence_on"),
        *("classification_date", "trade_secret_assessed_on", "last_access_review", "as_of"),
    }
    for item in entries["ja"]:
        for name in past & set(kind_of(item).by_name):
            day = getattr(item, name)
            assert day is None or day < BASE, (item.ref, name)
    for milestone in of(entries, i.Milestone):
        assert milestone.done == (milestone.on < BASE), milestone.ref


def test_sessions_fall_on_working_days(entries: Entries) -> None:
    days = [r.planned_on for r in of(entries, i.Review)]
    assert all(d is not None and d.weekday() < 5 for d in days)


def _ratings(entries: Entries) -> dict[str, list[i.Rating]]:
    found: dict[str, list[i.Rating]] = {}
    for rating in of(entries, i.Rating):
        found.setdefault(rating.exposure, []).append(rules.derive_rating(rating, Scale(edition="x")))
    return found


def _measures(entries: Entries, exposure: str) -> list[i.Countermeasure]:
    return [c for c in of(entries, i.Countermeasure) if exposure in c.exposures]


def _before(ratings: list[i.Rating], basis: w.Basis, day: date) -> i.Rating:
    return [r for r in ratings if r.basis is basis and r.rated_on is not None and r.rated_on <= day][-1]


def test_no_likelihood_falls_before_a_control_was_tested(entries: Entries) -> None:
    looked = 0
    for exposure, ratings in _ratings(entries).items():
        for rating in ratings:
            if rating.basis is not w.Basis.CURRENT:
                continue
            assert rating.rated_on is not None
            assert rating.likelihood is not None
            inherent = _before(ratings, w.Basis.INHERENT, rating.rated_on).likelihood
            assert inherent is not None
            tested = [
                c
                for c in _measures(entries, exposure)
                if c.tested_on is not None and c.tested_on <= rating.rated_on
            ]
            assert rating.likelihood >= rules.lowest_current(inherent, tested), rating.rationale
            looked += rating.likelihood < inherent
    assert looked > 20  # the demo shows controls that work


def test_an_untested_control_earns_nothing_and_says_so(entries: Entries) -> None:
    ratings = _ratings(entries)
    unmoved = [
        c.ref
        for c in of(entries, i.Countermeasure)
        if c.status is w.CountermeasureStatus.IMPLEMENTED and c.tested_on is None
        for x in c.exposures
        if x in ratings and len(_measures(entries, x)) == 1
        if rules.standing(ratings[x])["likelihood"] == _before(ratings[x], w.Basis.INHERENT, BASE).likelihood
    ]
    assert unmoved


def test_ratings_move_over_a_year(entries: Entries) -> None:
    ratings = _ratings(entries)
    days = {r.rated_on for found in ratings.values() for r in found if r.rated_on}
    assert (max(days) - min(days)).days > 330
    last = max(r.held_on for r in of(entries, i.Review) if r.held_on)
    moves = Counter(
        rules.movement(
            rules.standing(r for r in found if r.rated_on and r.rated_on <= last)["level"],  # type: ignore[arg-type]
            rules.standing(found)["level"],  # type: ignore[arg-type]
        )
        for found in ratings.values()
    )
    assert min(moves["new"], moves["risen"], moves["fallen"]) >= 3
    assert len({r.rationale for found in ratings.values() for r in found}) > 190  # hardly any said twice


def test_a_rare_but_irreversible_case_stands_high(entries: Entries) -> None:
    standing = [rules.standing(found) for found in _ratings(entries).values()]
    assert any(s["likelihood"] == 1 and s["impact"] == 5 and s["level"] == 4 for s in standing)


def test_who_accepts_may_accept(entries: Entries) -> None:
    ratings = _ratings(entries)
    accepted = of(entries, i.Acceptance)
    for a in accepted:
        then = rules.standing(r for r in ratings[a.exposure] if r.rated_on and r.rated_on <= a.accepted_on)
        assert then["level"] is not None
        assert rules.may_accept(a.accepted_role, then["level"], catalog.standard()), a.ref  # type: ignore[arg-type]
    assert any(a.valid_until < BASE for a in accepted)
    assert any(0 <= (a.valid_until - BASE).days <= 90 for a in accepted)


def test_the_board_sees_code_names(entries: Entries) -> None:
    for counterparty in of(entries, i.Counterparty):
        assert counterparty.code_name, counterparty.ref
    codes = [e.code_name for e in of(entries, i.Engagement)]
    assert all(codes)
    assert len(set(codes)) == len(codes)


def test_capital_policy_is_asked_and_a_dialogue_was_reviewed(entries: Entries) -> None:
    decisions = of(entries, i.Decision)
    asked = [d for d in decisions if d.status is w.DecisionStatus.ASKED]
    assert any(d.category is w.DecisionCategory.CAPITAL_POLICY and "上場の是非" in d.title for d in asked)
    talks = [c for c in of(entries, i.Consultation) if c.kind is w.ConsultationKind.DIALOGUE]
    held = [c for c in talks if c.status is w.ConsultationStatus.DONE]
    assert held
    assert all(c.antitrust_review is w.AntitrustReview.DONE for c in held)
    planned = [c for c in talks if c.status is w.ConsultationStatus.PENDING]
    assert [c.antitrust_review for c in planned] == [w.AntitrustReview.NEEDED]


def test_the_workbook_is_what_the_source_says(lang: Language) -> None:
    assert demo_workbook.cells(workbook(lang)) == demo_workbook.cells(demo_workbook.written(lang)), (
        "run python tools/demo_workbook.py"
    )


def test_a_text_in_one_language_only_is_refused() -> None:
    with pytest.raises((KeyError, ValueError)):
        demo_workbook._spoken({"title": {"ja": "片方だけ", "en": ""}}, "ja")


def test_every_kind_but_summaries_is_shown(entries: Entries) -> None:
    # Items of a company's own copy of an official list are somebody's words: none is made up here.
    assert {kind_of(e).name for e in entries["ja"]} == set(KINDS) - {
        "summary",
        "outcome",
        "checkitem",
        "scale",
    }
