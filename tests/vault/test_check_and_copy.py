"""`check` names every part that is wrong; a backup is believed only after it was opened."""

from __future__ import annotations

import re
import shutil
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from techguard import vault
from techguard.vault import copying, errors
from tests.faults import expected

from .conftest import PASSPHRASE, Made


def found(v: vault.Vault) -> dict[str, str]:
    return {f.part: f.code for f in v.check()}


def paths(v: vault.Vault) -> list[Path]:
    return [c.path for c in v.copies()]


def test_a_whole_vault_has_no_findings(made: Made) -> None:
    assert made.open().check() == []
    assert made.open(read_only=True).check() == []


def test_each_part_is_named(made: Made) -> None:
    v = made.open()
    recovery = next(s.slot for s in v.slots() if s.kind == "recovery")
    (made.path / "head").write_bytes(b"not sealed")
    (made.path / "keys" / f"{recovery}.json").unlink()
    (made.path / "register.db").write_bytes(b"\0" * 8192)
    assert found(v) == {
        "head": "HeadDamaged",
        f"keys/{recovery}.json": "PartMissing",
        "register.db": "DatabaseDamaged",
    }
    assert all(f.is_damage for f in v.check())
    assert all(str(f.problem) for f in v.check())
    (made.path / "vault.json").write_bytes(b"{}")
    assert found(v) == {"vault.json": "DescriptionDamaged"}


@pytest.mark.parametrize(
    "name",
    [
        "register (1).db",
        "register.sync-conflict-20260401-101500-ABCDEF.db",
        "vault (conflicted copy 2026-04-01).json",
        "register - コピー.db",
        "register (法務部の競合コピー 2026-04-01).db",
        "keys/0123456789abcdef (1).json",
        "head copy 2.bin",
    ],
)
def test_a_second_version_left_by_a_sync_tool_is_recognised(made: Made, name: str) -> None:
    (made.path / name).write_bytes(b"x")
    v = made.open(read_only=True)
    assert found(v) == {name: "ConflictCopy"}
    expected.of("a second version that a share or a sync tool kept (`… (1)`, `.sync-conflict`)").found(
        v.check()
    )


def test_strangers_are_named_and_those_of_the_system_are_not(made: Made) -> None:
    (made.path / ".DS_Store").write_bytes(b"x")
    (made.path / "desktop.ini").write_bytes(b"x")
    (made.path / "keys" / "note.txt").write_bytes(b"x")
    assert found(made.open(read_only=True)) == {"keys/note.txt": "StrayFile"}


def test_what_a_crash_left_is_shown_and_removed_by_the_next_writer(made: Made) -> None:
    (made.path / "head.tmp-0a0a0a0a").write_bytes(b"x")
    (made.path / "keys" / "00112233aabbccdd.json").write_bytes(b"x")
    with made.open(read_only=True) as v:
        assert set(found(v).values()) == {"UnfinishedWrite"}
        assert len(found(v)) == 2
    with made.open() as v:
        assert v.check() == []


@pytest.mark.skipif(sys.platform == "win32", reason="mode bits mean nothing on Windows")
def test_a_folder_open_to_others_is_remarked(made: Made) -> None:
    made.path.chmod(0o755)
    (made.path / "register.db").chmod(0o640)
    v = made.open()
    assert found(v) == {made.path.name: "OpenToOthers", "register.db": "OpenToOthers"}


def test_a_backup_is_a_vault_of_its_own(made: Made, tmp_path: Path) -> None:
    v = made.open()
    copy = v.backup(tmp_path / "backups")
    assert re.fullmatch(r"acme-\d{8}T\d{6}Z\.techguard", copy.name)
    assert v.check_copy(copy) == []
    with closing(v.connect()) as connection:
        connection.execute("INSERT INTO note VALUES ('after the backup')")
    for secret in (PASSPHRASE, made.code):
        with vault.open(copy, secret) as again:
            assert again.vault_id == v.vault_id
            assert again.check() == []
            assert again.read_head() == vault.Head(1, b"\x11" * 32)
            with closing(again.connect()) as connection:
                assert connection.execute("SELECT text FROM note").fetchall() == [("最初の行",)]


def test_a_backup_may_be_made_while_others_write_and_while_reading_only(made: Made, tmp_path: Path) -> None:
    writer, reader = made.open(), made.open(read_only=True)
    stop = threading.Event()

    def write() -> None:
        with closing(writer.connect()) as connection:
            n = 1
            while not stop.is_set():
                n += 1
                connection.execute("INSERT INTO note VALUES (?)", (f"row {n}",))
                writer.write_head(n, n.to_bytes(32, "big"))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        copies = [reader.backup(tmp_path / "backups") for _ in range(5)]
    finally:
        stop.set()
        thread.join()
    assert len(set(copies)) == 5
    for copy in copies:
        with vault.open(copy, PASSPHRASE) as v, closing(v.connect()) as connection:
            head = v.read_head()
            assert head is not None
            assert connection.execute("SELECT count(*) FROM note").fetchone()[0] >= head.seq


def test_a_copy_that_does_not_pass_is_never_left_behind(made: Made, tmp_path: Path) -> None:
    v = made.open()
    damaged = bytearray((made.path / "register.db").read_bytes())
    damaged[5000] ^= 1
    (made.path / "register.db").write_bytes(damaged)
    with pytest.raises((errors.BackupFailed, errors.DatabaseDamaged)):
        v.backup(tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_the_newest_safety_copies_stay(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    v = made.open()

    class Clock(datetime):
        hour_now = 0

        @classmethod
        def now(cls, tz: object = None) -> Clock:
            return cls(2026, 4, 1, cls.hour_now, tzinfo=UTC)

    monkeypatch.setattr(copying, "datetime", Clock)
    made_copies = []
    for hour in (10, 10, 11, 12):
        Clock.hour_now = hour
        made_copies.append(v.safety_copy(retention=vault.Retention(3, 0, 0, 0)))
    assert paths(v) == made_copies[1:]
    assert [p.name for p in made_copies[:2]] == [
        "acme-20260401T100000Z.techguard",
        "acme-20260401T100000Z-2.techguard",
    ]
    Clock.hour_now = 1  # the clock was set back
    back = v.safety_copy(retention=vault.Retention(3, 0, 0, 0))
    assert paths(v) == [back, *made_copies[1:]], "the newest by their names, and the one just made"
    assert v.check() == []


def test_a_backup_of_another_vault_is_not_taken_for_ours(made: Made, tmp_path: Path) -> None:
    from .conftest import make

    other = make(tmp_path / "other")
    findings = made.open().check_copy(other.path)
    assert [f.code for f in findings] == ["SlotSetTampered"]


def test_where_a_backup_cannot_go(made: Made, tmp_path: Path) -> None:
    (tmp_path / "a file").write_bytes(b"x")
    with pytest.raises(errors.StorageFailed):
        made.open().backup(tmp_path / "a file")
    shutil.rmtree(made.path / "backups")
    v = made.opened[0]
    assert v.safety_copy().parent == made.path / "backups"


def test_a_copy_opens_by_the_keys_that_opened_the_vault(made: Made, tmp_path: Path) -> None:
    """Whatever the passphrase is now: who has the vault open need not remember the one of then."""
    v = made.open()
    copy = v.backup(tmp_path)
    v.change_passphrase("まったく別の長い合い言葉", kdf=vault.KDF_FLOOR)
    v.write_head(2, b"\x22" * 32)
    with v.open_copy(copy) as opened:
        assert opened.read_only
        assert opened.check() == []
        assert opened.read_head() == vault.Head(1, b"\x11" * 32)
        with closing(opened.connect()) as connection:
            assert connection.execute("SELECT text FROM note").fetchall() == [("最初の行",)]
    assert v.read_head() == vault.Head(2, b"\x22" * 32), "closing the copy leaves the vault open"


def test_a_copy_with_other_keys_says_so(made: Made, tmp_path: Path) -> None:
    from .conftest import make

    copy = made.open().backup(tmp_path / "copies")
    made.opened[0].close()
    with made.open(made.code) as v:
        v.change_passphrase("忘れたので新しくした合い言葉", kdf=vault.KDF_FLOOR)
        with pytest.raises(errors.CopyBeforeNewKeys):
            v.open_copy(copy)
        with pytest.raises(errors.AnotherVaultsCopy):
            v.open_copy(make(tmp_path / "other").path)
    with vault.open(copy, PASSPHRASE) as v:
        assert v.check() == []


def test_a_copy_is_not_named_before_it_is_proved(made: Made, tmp_path: Path) -> None:
    seen: list[str] = []

    def refuse(draft: Path) -> None:
        seen.append(draft.name)
        assert list(tmp_path.glob("*.techguard")) == [made.path]
        raise errors.BackupFailed(detail="x")

    with pytest.raises(errors.BackupFailed):
        made.open().backup(tmp_path, prove=refuse)
    assert ".tmp-" in seen[0]
    assert [p.name for p in tmp_path.iterdir()] == [made.path.name]


def test_the_copies_of_another_vault_are_never_removed(made: Made) -> None:
    from .conftest import make

    v = made.open()
    other = make(made.path / "backups" / "acme-20200101T000000Z.techguard")
    damaged = v.safety_copy()
    (damaged / "vault.json").write_bytes(b"{}")
    for _ in range(3):
        newest = v.safety_copy(retention=vault.Retention(1, 0, 0, 0))
    assert paths(v) == [other.path, damaged, newest]


def test_what_a_dead_process_left_of_a_copy_is_removed_once_nobody_can_be_at_it(made: Made) -> None:
    import os

    v = made.open()
    copy = v.safety_copy()
    for name, age in ((".acme-1.tmp-0a0a0a0a", 2 * 86400), (".acme-2.tmp-0b0b0b0b", 60)):
        shutil.copytree(copy, copy.with_name(name))
        then = datetime.now(UTC).timestamp() - age
        os.utime(copy.with_name(name), (then, then))
    v.safety_copy()
    assert {p.name for p in copy.parent.glob(".*")} == {".acme-2.tmp-0b0b0b0b"}


def test_a_restored_copy_is_a_vault_and_nothing_is_written_over(made: Made, tmp_path: Path) -> None:
    copy = made.open().backup(tmp_path / "copies")
    target = tmp_path / "new" / "back.techguard"
    with vault.open(copy, PASSPHRASE, read_only=True) as v:
        assert v.restore(target) == target
        before = {p: p.read_bytes() for p in target.rglob("*") if p.is_file()}
        for taken, error in (
            (target, errors.VaultExists),
            (tmp_path, errors.FolderInTheWay),
            (made.path / "head", errors.FolderInTheWay),
        ):
            with pytest.raises(error):
                v.restore(taken)
    assert {p: p.read_bytes() for p in target.rglob("*") if p.is_file()} == before
    with vault.open(target, PASSPHRASE) as v:
        assert v.check() == []


@pytest.mark.parametrize(
    "name",
    [
        "register (1).db",
        "register-DESKTOP-7QK2.db",
        "vault.sync-conflict-20261127-101500-ABCDEFG.json",
        "vault-PC01.json",
        "keys/{slot} (1).json",
        "keys/{slot}-PC01.json",
        "head のコピー",
    ],
)
def test_a_second_version_within_the_vault_is_told_as_one(made: Made, name: str) -> None:
    slot = next((made.path / "keys").glob("*.json")).stem
    (made.path / name.format(slot=slot)).write_bytes(b"x")
    with vault.open(made.path, PASSPHRASE, read_only=True) as opened:
        assert "ConflictCopy" in [type(f.problem).__name__ for f in opened.check()]
