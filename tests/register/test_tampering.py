"""What somebody does behind the application's back, with the keys in hand, is found and named."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from techguard.domain.items import Decision, Exposure, Technology
from techguard.register import Register
from techguard.store.errors import HeadDiffers, RolledBack
from tests.conftest import Place
from tests.faults import expected


@dataclass
class Scene:
    """A closed register with some history, and a way past the register into its database."""

    place: Place
    technology: Technology
    exposure: Exposure

    @contextmanager
    def behind(self) -> Iterator[Any]:
        with self.place.vault() as vault:
            connection = vault.connect()
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute("PRAGMA ignore_check_constraints = ON")
            yield connection
            connection.close()

    def run(self, *statements: str) -> None:
        with self.behind() as connection:
            for statement in statements:
                assert connection.execute(statement).rowcount > 0, statement

    def found(self) -> list[tuple[str, str]]:
        """What verification finds, read-only, as (code, English text)."""
        with self.place.open(read_only=True) as register:
            verified = register.verify()
        assert verified.ok == (not verified.findings)
        return [(f.code, str(f.problem)) for f in verified.findings]

    def codes(self) -> set[str]:
        return {code for code, _ in self.found()}


@pytest.fixture
def scene(place: Place) -> Scene:
    with place.open() as register:
        technology = register.add(Technology(code_name="焼結プロファイルK"))  # entry 2
        exposure = register.add(Exposure(technology=technology.id, title="流出"))  # 3
        register.rate(exposure, likelihood=3, impact=4, rationale="同業で発生")  # 4
        technology = register.change(technology, outline="概要")  # 5
        register.add(Decision(title="継続の可否", technology=technology.id))  # 6
    return Scene(place, technology, exposure)


def test_an_untouched_register_is_proved(scene: Scene) -> None:
    assert scene.found() == []


@pytest.mark.parametrize(
    ("statement", "fields"),
    [
        ("UPDATE technologies SET code_name = '書換'", "code_name"),
        ("UPDATE technologies SET criticality = 'C'", "criticality"),
        ("UPDATE technologies SET status = 'no such word'", "status"),
        ("UPDATE technologies SET next_review = 'not a date'", "next_review"),
        ("UPDATE technologies SET products = '{'", "products"),
        ("UPDATE technologies SET lead_years_low = 'x'", "lead_years_low"),
        ("UPDATE technologies SET removed_at = '2026-01-01T00:00:00.000000+00:00'", "removed_at"),
        ("UPDATE technologies SET removed_at = 'never'", "removed_at"),
        ("UPDATE technologies SET version = 9", "version"),
        ("UPDATE technologies SET ref = 'TEC-0042'", "ref"),
    ],
)
def test_an_altered_entry_is_named_with_its_field(scene: Scene, statement: str, fields: str) -> None:
    scene.run(statement)
    ((code, text),) = scene.found()
    assert code == "ItemAltered"
    assert fields in text
    assert "TEC-00" in text


@pytest.mark.parametrize(
    ("assignment", "field"),
    [
        ("title = '継続の可否 '", "title"),
        ("reason = x'E6'", "reason"),
        ("category = ''", "category"),
        ("status = 'no such word'", "status"),
        ("due = 'some day'", "due"),
        ("due = '2026-12-01'", "due"),
        ("technology = NULL", "technology"),
        ("removed_at = ''", "removed_at"),
        ("version = 2", "version"),
    ],
)
def test_an_entry_that_was_never_changed_is_held_against_its_one_line(
    scene: Scene, assignment: str, field: str
) -> None:
    scene.run(f"UPDATE decisions SET {assignment}")
    ((code, text),) = scene.found()
    assert (code, "DCS" in text or "DEC" in text, field in text) == ("ItemAltered", True, True)


@pytest.mark.parametrize("moment", ["2020-01-01T00:00:00.000000+00:00", "some day", ""])
@pytest.mark.parametrize("field", ["created_at", "updated_at"])
@pytest.mark.parametrize("table", ["technologies", "decisions"])
def test_the_moments_of_an_entry_are_those_of_its_acts(
    scene: Scene, table: str, field: str, moment: str
) -> None:
    """Of one that was changed, and of one that never was."""
    scene.run(f"UPDATE {table} SET {field} = '{moment}'")
    with scene.place.open(read_only=True) as register:
        findings = register.verify().findings
    expected.of("the moment of record edited").found(findings)
    assert [f.problem.facts["fields"] for f in findings] == [(field,)]


def test_an_entry_whose_one_line_was_doubled_is_not_what_history_says(scene: Scene) -> None:
    scene.run(
        "INSERT INTO changes SELECT seq, position + 1, kind, item, op, salt, fields FROM changes "
        "WHERE kind = 'decision'"
    )
    assert {code for code, _ in scene.found()} == {"ChangesAltered", "ItemAltered"}


def test_a_lowered_level_is_found_in_the_rating_and_in_the_exposure(scene: Scene) -> None:
    scene.run(
        "UPDATE ratings SET level = 1, likelihood = 1", "UPDATE exposures SET level = 1, likelihood = 1"
    )
    texts = [text for code, text in scene.found() if code == "ItemAltered"]
    assert [t.split()[0] for t in texts] == ["EXP-0001", "RTG-0001"]
    assert all("level" in t and "likelihood" in t for t in texts)


def test_a_deleted_entry_is_missed(scene: Scene) -> None:
    scene.run("DELETE FROM exposures")
    assert [code for code, text in scene.found() if "EXP-0001" in text] == ["ItemVanished"]


def test_an_entry_put_in_is_not_known_to_history(scene: Scene) -> None:
    scene.run(
        "INSERT INTO people (id, ref, version, created_at, updated_at, name, role, active, source_ref,"
        " note, signing_keys)"
        " SELECT hex(zeroblob(16)), 'PSN-0666', 1, created_at, updated_at, '侵入者', '', 1, '', '', ''"
        " FROM people"
    )
    ((code, text),) = scene.found()
    assert (code, "PSN-0666" in text) == ("ItemUnrecorded", True)


def test_a_moved_link_is_found(scene: Scene) -> None:
    with scene.place.open() as register:
        from techguard.domain.items import Countermeasure

        register.add(Countermeasure(title="開示記録", exposures=(scene.exposure.id,)))
    scene.run("DELETE FROM countermeasures_exposures")
    ((code, text),) = scene.found()
    assert (code, "exposures" in text) == ("ItemAltered", True)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE changes SET fields = replace(fields, '焼結', '鋳造') WHERE seq = 2", "ChangesAltered"),
        ("UPDATE changes SET fields = '{' WHERE seq = 5", "ChangesAltered"),
        ("UPDATE changes SET fields = '[1]' WHERE seq = 5", "ChangesAltered"),
        ("UPDATE changes SET op = 'remove' WHERE seq = 5", "ChangesAltered"),
        ("DELETE FROM changes WHERE seq = 5", "ChangesAltered"),
        ("UPDATE changes SET position = 7 WHERE seq = 4 AND position = 0", "ChangesAltered"),
        ("UPDATE changes SET position = 7 WHERE seq = 4 AND position = 1", "ChangesAltered"),
        ("UPDATE changes SET item = hex(zeroblob(16)) WHERE seq = 5", "ChangesAltered"),
        ("UPDATE changes SET salt = zeroblob(16) WHERE seq = 5", "ChangesAltered"),
        ("UPDATE changes SET salt = 'text' WHERE seq = 5", "ChangesAltered"),
        ("UPDATE history SET reason = '承認済' WHERE seq = 3", "EntryAltered"),
        ("UPDATE history SET at = '2020-01-01T00:00:00.000000+00:00' WHERE seq = 3", "EntryAltered"),
        ("UPDATE history SET at = 'yesterday' WHERE seq = 3", "EntryAltered"),
        ("UPDATE history SET person = 'f' WHERE seq = 3", "EntryAltered"),
        ("UPDATE history SET changes_root = 'text' WHERE seq = 3", "EntryAltered"),
        ("UPDATE history SET signature = zeroblob(64) WHERE seq = 3", "SignatureWrong"),
        ("UPDATE history SET signature = 'text' WHERE seq = 3", "SignatureWrong"),
        (
            "UPDATE history SET signature = (SELECT signature FROM history WHERE seq = 2) WHERE seq = 3",
            "SignatureWrong",
        ),
        ("UPDATE history SET key = 'a key nobody has' WHERE seq = 3", "SignatureWrong"),
        ("UPDATE history SET previous = zeroblob(32) WHERE seq = 3", "ChainBroken"),
        ("DELETE FROM history WHERE seq = 3", "EntryMissing"),
    ],
)
def test_altered_history_is_found(scene: Scene, statement: str, code: str) -> None:
    scene.run(statement)
    assert code in scene.codes()


@pytest.mark.parametrize(
    ("statement", "promised"),
    [
        ("UPDATE history SET reason = '承認済' WHERE seq = 3", expected.of("a row of history edited")),
        ("DELETE FROM history WHERE seq = 3", expected.of("a row of history removed")),
    ],
)
def test_a_row_of_history_that_is_not_as_it_was_signed_is_named(
    scene: Scene, statement: str, promised: expected.Outcome
) -> None:
    scene.run(statement)
    with scene.place.open(read_only=True) as register:
        promised.found(register.verify().findings)


def test_entries_in_another_order_are_found(scene: Scene) -> None:
    scene.run(
        *(
            f"UPDATE {table} SET seq = {a} WHERE seq = {b}"
            for table in ("history", "changes")
            for a, b in ((99, 3), (3, 4), (4, 99))
        )
    )
    assert {"ChainBroken", "EntryAltered"} <= scene.codes()
    with scene.place.open(read_only=True) as register:
        expected.of("rows of history in another order").found(register.verify().findings)


def test_cutting_off_the_end_of_history_with_what_it_did_is_found(scene: Scene) -> None:
    """Everything that is left agrees with itself; only the head knows better."""
    scene.run(
        "DELETE FROM changes WHERE seq = 6", "DELETE FROM history WHERE seq = 6", "DELETE FROM decisions"
    )
    assert scene.codes() == {"RolledBack"}
    with expected.of("the end of history cut off").raised():
        scene.place.open()


def test_an_older_register_put_back_is_refused_for_writing_and_told_when_read(scene: Scene) -> None:
    database = scene.place.path / "register.db"
    old = database.read_bytes()
    with scene.place.open() as register:
        register.add(Technology(code_name="新しい技術"))
    database.write_bytes(old)
    for _ in range(2):
        with pytest.raises(RolledBack):
            scene.place.open()
    assert scene.codes() == {"RolledBack"}
    with scene.place.open(read_only=True) as register:
        assert [t.code_name for t in register.find(Technology)] == ["焼結プロファイルK"]


def test_another_past_of_the_same_length_is_refused(scene: Scene) -> None:
    database = scene.place.path / "register.db"
    fork = database.read_bytes(), (scene.place.path / "head").read_bytes()
    with scene.place.open() as register:
        register.add(Technology(code_name="一方の続き"))
    head = (scene.place.path / "head").read_bytes()
    database.write_bytes(fork[0])
    (scene.place.path / "head").write_bytes(fork[1])
    with scene.place.open() as register:
        register.add(Technology(code_name="他方の続き"))
    (scene.place.path / "head").write_bytes(head)
    assert scene.codes() == {"HeadDiffers"}
    with pytest.raises(HeadDiffers):
        scene.place.open()


def test_a_crash_between_commit_and_head_heals_at_the_next_opening(scene: Scene) -> None:
    head = scene.place.path / "head"
    before = head.read_bytes()
    with scene.place.open() as register:
        register.add(Technology(code_name="最後の変更"))
        newest = register.head
    head.write_bytes(before)
    with scene.place.open() as register:
        assert register.head == newest
        assert register.verify().ok
    with scene.place.vault(read_only=True) as vault:
        sealed = vault.read_head()
        assert sealed
        assert (sealed.seq, sealed.digest.hex()) == newest


def test_the_register_of_another_vault_is_not_taken_for_this_one(
    scene: Scene, copied: Callable[[Path], Place], tmp_path: Path
) -> None:
    """A copy that went its own way: the same keys open it, and the head still tells them apart."""
    other = copied(tmp_path / "other.techguard")
    with other.open() as register:
        for n in range(20):
            register.add(Technology(code_name=f"他の台帳の技術 {n}"))
    shutil.copy(other.path / "register.db", scene.place.path / "register.db")
    assert scene.codes() == {"HeadDiffers"}
    with pytest.raises(HeadDiffers):
        scene.place.open()


def test_verification_says_what_it_looked_at(register: Register) -> None:
    register.add(Technology(code_name="焼結"))
    verified = register.verify()
    assert (verified.entries, verified.items) == (2, 2)
    assert (verified.entries, verified.head) == register.head
