"""What is put back, rewritten or forked whole, with its own head, is found by a checkpoint kept elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from techguard.domain.items import Technology
from techguard.merging import merge
from techguard.register import Register
from techguard.store import checkpoint, history
from techguard.store.errors import RolledBack
from tests.conftest import Place
from tests.faults import expected


def kept_outside(place: Place) -> checkpoint.Note:
    with place.open() as register:
        for n in range(3):
            register.add(Technology(code_name=f"技術 {n}"))
        return checkpoint.read(register.checkpoint().text().encode())


def found(place: Place, note: checkpoint.Note) -> tuple[list[str], list[str]]:
    """What `verify` finds by itself, and what the checkpoint tells."""
    with place.open(read_only=True) as register:
        own = [finding.code for finding in register.verify().findings]
        return own, [type(p).__name__ for p in register.hold(note).problems]


def test_the_same_vault_later_fits(place: Place) -> None:
    note = kept_outside(place)
    with place.open() as register:
        register.add(Technology(code_name="後の技術"))
        held = register.hold(note)
        assert (held.fits, held.problems, held.signed_by) == (True, (), register.me.id)
        assert note.checkpoint.size == register.head[0] - 1


def test_a_whole_vault_put_back_is_seen_by_nothing_but_the_checkpoint(place: Place, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(place.path, old)
    note = kept_outside(place)
    shutil.rmtree(place.path)
    shutil.copytree(old, place.path)
    assert found(place, note) == ([], ["CheckpointAhead"])
    with place.open(read_only=True) as register:
        expected.of("the whole folder put back").found(register.hold(note).problems)


def test_a_fork_that_went_on_longer_is_seen_by_nothing_but_the_checkpoint(
    place: Place, copied: Callable[[Path], Place], tmp_path: Path
) -> None:
    fork = copied(tmp_path / "fork.techguard")
    note = kept_outside(place)
    with fork.open() as register:
        for n in range(9):
            register.add(Technology(code_name=f"別の道の技術 {n}"))
    assert found(fork, note) == ([], ["CheckpointDiffers"])


def test_a_copy_that_was_taken_in_still_fits_its_checkpoint(
    place: Place, copied: Callable[[Path], Place], tmp_path: Path
) -> None:
    other = copied(tmp_path / "other.techguard")
    theirs = kept_outside(other)
    with place.open() as register:
        for n in range(2):
            register.add(Technology(code_name=f"こちらの技術 {n}"))
        ours = register.checkpoint()
    assert found(place, theirs) == ([], ["CheckpointAhead"])
    with place.open() as register, other.open(read_only=True) as there:
        merge(register, there, nothing_to_settle)
    for note in (ours, theirs):
        assert found(place, note) == ([], [])
    forged = checkpoint.Checkpoint(theirs.checkpoint.vault_id, theirs.checkpoint.size, b"\x01" * 32)
    assert found(place, checkpoint.Note(forged)) == ([], ["CheckpointDiffers"])


def nothing_to_settle(_conflict: object) -> None:
    raise AssertionError


def test_a_history_signed_anew_by_whoever_holds_the_key_is_seen_by_nothing_but_the_checkpoint(
    place: Place,
) -> None:
    """The strongest attack: the person themself makes their own past anew, all of it signed and chained."""
    note = kept_outside(place)
    with place.open() as register:
        connection = register._store.connection
        rows = history.entries(connection)
        with register._store.transaction():
            for row in reversed(rows[:2]):
                entry = dict(row._mapping) | {"reason": "前からこうだった"}
                entry["previous"] = history.entries(connection, before=row.seq, limit=1)[0].digest
                message = history.preimage(register.vault.vault_id, entry)
                connection.exec_driver_sql(
                    "UPDATE history SET reason = ?, previous = ?, digest = ?, signature = ? WHERE seq = ?",
                    (
                        entry["reason"],
                        entry["previous"],
                        checkpoint.sha256(message).digest(),
                        register.vault.sign(message),
                        row.seq,
                    ),
                )
        head = history.head(connection)
        register.vault.write_head(head.seq, head.digest)
    assert found(place, note) == ([], ["CheckpointDiffers"])


def test_nobody_signs_a_checkpoint_of_a_register_that_was_put_back(register: Register, place: Place) -> None:
    register.close()
    old = (place.path / "register.db").read_bytes()
    kept_outside(place)
    (place.path / "register.db").write_bytes(old)
    with place.open(read_only=True) as again, pytest.raises(RolledBack):
        again.checkpoint()


def test_rows_that_are_no_digests_are_told_and_break_nothing(place: Place) -> None:
    note = kept_outside(place)
    with place.vault() as vault:
        connection = vault.connect()
        connection.execute("UPDATE history SET digest = 'text' WHERE seq = 2")
        connection.close()
    own, told = found(place, note)
    assert "EntryAltered" in own
    assert told == ["CheckpointDiffers"]
