"""Minutes: complete in both languages, plain, the same whenever they are composed, sealed as a PDF."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest

from techguard import board
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.errors import SessionClosed
from techguard.i18n import LANGUAGES, Language, translator
from techguard.review import minutes, session
from tests.board.readers import text_of

from .conftest import Company
from .test_session import held, item

JAPANESE = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]")


@pytest.fixture
def meeting(company: Company) -> i.Review:
    """A session in which everything happened, ready to be closed; what people typed is English."""
    register = company.register
    for n, exposure in enumerate(company.exposures):
        register.change(company.exposure(n), title=f"Leak {n} of {exposure.ref}")
    for person in company.people.values():
        register.change(register.get(person.id, i.Person), name=f"Head {person.ref}")
    register.change(company.technology, code_name="Sintering K")
    company.people = {d: register.get(p.id, i.Person) for d, p in company.people.items()}
    register.remove(register.get(company.people.pop(w.Department.HR).id, i.Person))
    review = held(company)
    owner, soon = company.people[w.Department.RND].id, register.today + timedelta(days=45)
    session.rerate(register, item(company, review, 0), likelihood=2, impact=3, rationale="Scope was cut")
    session.accept(
        register,
        item(company, review, 1),
        by=company.people[w.Department.EXECUTIVE].id,
        role=w.AcceptanceRole.BOARD,
        reason="Until the contract is renewed",
        until=soon,
        conditions="Monthly report",
    )
    session.assign(register, item(company, review, 2), titles=["Split the recipe"], owner=owner, due=soon)
    session.decide(
        register,
        review,
        title="Fund the split",
        category=w.DecisionCategory.RESOURCE,
        owner=owner,
        due=soon,
        reason="Level 5 remains",
    )
    session.settle_rest(register, review, w.OutcomeKind.DEFERRED, "No time left")
    return review


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_minutes_say_everything(company: Company, meeting: i.Review, lang: Language) -> None:
    register, t = company.register, translator(lang)
    done = session.close(register, meeting, lang=lang, conclusion="No new leak")
    said = done.minutes
    soon = t.date_text(register.today + timedelta(days=45))
    executive = company.people[w.Department.EXECUTIVE].name
    for fact in (
        done.title,
        done.ref,
        executive,
        t.label(w.Department.LEGAL),
        t.label(w.Department.HR),
        "Scope was cut",
        "Until the contract is renewed",
        "Monthly report",
        "Split the recipe",
        "Fund the split",
        t.label(w.DecisionCategory.RESOURCE),
        "Level 5 remains",
        "No time left",
        "No new leak",
        soon,
        register.scale.edition,
        done.snapshot,
        *(t.label(kind) for kind in (w.OutcomeKind.RERATED, w.OutcomeKind.ACCEPTED, w.OutcomeKind.DEFERRED)),
    ):
        assert fact in said
    for outcome in session.outcomes(register, done):
        assert f"{outcome.position}. " in said
    assert t.gettext("Draft: the session is not closed yet.") not in said
    assert "{" not in said
    assert not re.search(r"^(#|\*|>|---|```|\|)", said, re.MULTILINE), "no Markdown"


def test_english_minutes_hold_no_japanese_of_ours(company: Company, meeting: i.Review) -> None:
    register = company.register
    register.change(register.get(meeting.id, i.Review), title="Third quarter")
    done = session.close(register, meeting, lang="en")
    assert not JAPANESE.search(done.minutes)


def test_what_was_closed_reads_the_same_whatever_happens_afterwards(
    company: Company, meeting: i.Review
) -> None:
    register = company.register
    done = session.close(register, meeting, lang="en")
    first = minutes.text(minutes.compose(register, done, "en"))
    (decision,) = register.find(i.Decision, review=done.id)
    register.change(decision, status=w.DecisionStatus.DONE, title="Renamed")
    company.rate(0, 5, 5, "much later")
    company.rate(4, 5, 5, "much later")
    with pytest.raises(SessionClosed):
        register.rate(company.exposures[1], likelihood=1, impact=1, rationale="slipped in", review=done.id)
    register.change(company.exposure(5), status=w.ExposureStatus.CLOSED)
    register.add(i.Exposure(technology=company.technology.id, title="new and unrated"))
    assert minutes.text(minutes.compose(register, done, "en")) == first
    kept = done.minutes.splitlines()
    assert [line for line in first.splitlines() if not line.startswith("Recorded at")] == kept


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_session_that_was_entered_afterwards_is_no_draft(company: Company, lang: Language) -> None:
    register = company.register
    register.bulk([i.Review(title="昨年度", status=w.ReviewStatus.CLOSED, held_on=register.today)])
    (old,) = register.find(i.Review, title="昨年度")
    composed = minutes.compose(register, old, lang)
    assert ("後から登録した会" if lang == "ja" else "Entered afterwards") in composed.draft
    for told in (minutes.text(composed), text_of(minutes.pdf(composed))):
        assert composed.draft.replace(" ", "")[:8] in told.replace(" ", "")
        assert "0件" not in told
        assert "0items" not in told.replace(" ", "")


def test_before_the_closing_it_is_a_draft(company: Company, meeting: i.Review) -> None:
    for lang in LANGUAGES:
        composed = minutes.compose(company.register, meeting, lang)
        assert composed.draft
        assert composed.draft in minutes.text(composed)


def test_long_minutes_are_shortened_where_they_are_kept_and_say_so(
    company: Company, meeting: i.Review
) -> None:
    register = company.register
    made = [
        i.Outcome(review=meeting.id, position=100 + n, title=f"議題{n}" * 20, note="要点" * 40)
        for n in range(400)
    ]
    register.bulk(made)
    session.settle_rest(register, meeting, w.OutcomeKind.CONFIRMED, "")
    done = session.close(register, meeting, lang="ja")
    assert len(done.minutes) <= minutes.KEPT
    assert done.snapshot in done.minutes
    assert "台帳に記録されています" in done.minutes
    whole = minutes.text(minutes.compose(register, done, "ja"))
    assert all(o.title in whole for o in made)
    assert len(minutes.text(minutes.compose(register, done, "ja"), most=500)) <= 500


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sealed_minutes_open_with_their_password_alone(
    company: Company, meeting: i.Review, tmp_path: Path, lang: Language
) -> None:
    register = company.register
    done = session.close(register, meeting, lang=lang)
    output = tmp_path / "minutes.pdf"
    delivery = board.Delivery(output=output, lock="correct horse battery", recipients=("監査役",))
    made = minutes.produce(register, done, delivery, lang=lang)
    data = output.read_bytes()
    assert hashlib.sha256(data).hexdigest() == made.digest
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(output)
    with pikepdf.open(output, password="correct horse battery") as pdf:
        assert pdf.encryption.R == 6
    said = "".join(text_of(data, "correct horse battery").split())
    for fact in ("Scopewascut", "Fundthesplit", "Splittherecipe", done.snapshot[:16], "Leak0"):
        assert fact in said
    (record,) = register.find(i.Summary)
    assert record == made.record
    assert (record.review, record.file_digest, record.redaction, record.recipients) == (
        done.id,
        made.digest,
        w.RedactionLevel.R0,
        ("監査役",),
    )
