"""A backup counts once it was opened and everything in it held; what differs is told by history."""

from __future__ import annotations

import shutil
import traceback
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from techguard import backups, vault
from techguard.domain.errors import ReadOnly
from techguard.domain.items import Countermeasure, Exposure, Technology
from techguard.register import Register
from techguard.store import migrations
from techguard.store.errors import MigrationFailed, NewerRegister
from techguard.vault import copying, errors

PASSPHRASE = "控えのための長い合い言葉"


@pytest.fixture(scope="session")
def described(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register with a technology; never opened, only copied."""
    made, _ = Register.create(
        tmp_path_factory.mktemp("described") / "acme.techguard",
        person="法務部長",
        department=None,
        passphrase=PASSPHRASE,
        kdf=vault.KDF_FLOOR,
    )
    with made:
        made.add(Technology(code_name="焼結の条件"))
    return made.vault.path


@pytest.fixture
def register(described: Path, tmp_path: Path) -> Iterator[Register]:
    path = Path(shutil.copytree(described, tmp_path / described.name))
    with Register.open(path, PASSPHRASE) as made:
        yield made


def behind_its_back(register: Register, sql: str) -> None:
    """Write into the database without history, as somebody who has the key could."""
    with closing(register.vault.connect()) as connection:
        connection.execute(sql)


def test_a_backup_is_proved_to_the_last_entry(register: Register, tmp_path: Path) -> None:
    made = backups.make(register.vault, tmp_path / "usb")
    found = backups.check(register.vault, made)
    assert found.ok
    assert not found.older
    assert (found.seq, found.digest) == register.head
    with Register.open(made, PASSPHRASE) as copy:
        assert [t.code_name for t in copy.find(Technology)] == ["焼結の条件"]


def test_a_register_that_was_tampered_with_makes_no_backup_that_counts(
    register: Register, tmp_path: Path
) -> None:
    behind_its_back(register, "UPDATE technologies SET code_name = '別の名'")
    with pytest.raises(errors.BackupFailed, match="TEC-0001"):
        backups.make(register.vault, tmp_path / "usb")
    with pytest.raises(errors.BackupFailed):
        backups.make(register.vault, retention=vault.Retention())
    assert list((tmp_path / "usb").iterdir()) == []
    assert backups.known(register.vault) == []


def test_every_damage_to_a_backup_is_found(register: Register) -> None:
    made = backups.make(register.vault, retention=vault.Retention())
    (slot,) = [s.slot for s in register.vault.slots() if s.mine]
    for name in ("vault.json", "head", "register.db", f"keys/{slot}.json"):
        whole = (made / name).read_bytes()
        for damaged in (whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:], None):
            (made / name).unlink()
            if damaged is not None:
                (made / name).write_bytes(damaged)
            try:
                assert not backups.check(register.vault, made).ok, name
            except errors.NotAVault:
                assert name == "vault.json"
                assert damaged is None
            (made / name).write_bytes(whole)
            assert backups.check(register.vault, made).ok


def test_an_older_database_in_a_newer_backup_is_found(register: Register, tmp_path: Path) -> None:
    before = backups.make(register.vault, tmp_path / "before")
    register.add(Technology(code_name="二つ目"))
    after = backups.make(register.vault, tmp_path / "after")
    shutil.copy(before / "register.db", after / "register.db")
    found = backups.check(register.vault, after)
    assert [f.code for f in found.findings] == ["RolledBack"]
    assert not found.ok


def test_what_backups_there_are(register: Register) -> None:
    first = backups.make(register.vault, retention=vault.Retention())
    register.add(Technology(code_name="二つ目"))
    second = backups.make(register.vault, retention=vault.Retention())
    shutil.rmtree(first / "keys")
    (first / "keys").mkdir()
    newest, older = backups.known(register.vault)
    assert (newest.path, newest.seq, newest.problem) == (second, register.head[0], None)
    assert newest.size > 100_000
    assert older.path == first
    assert older.seq is None
    assert isinstance(older.problem, errors.VaultDamaged)


def test_one_is_due_when_the_newest_is_a_day_old_and_something_was_changed(register: Register) -> None:
    now = datetime.now(UTC)

    def due(after: timedelta) -> bool:
        return backups.due(register.vault, register.head[0], now + after)

    day, hour = timedelta(days=1, minutes=1), timedelta(hours=1)
    assert due(timedelta()), "there is none at all"
    made = backups.make(register.vault, retention=vault.Retention())
    assert not due(hour)
    assert not due(day), "nothing was changed"
    register.add(Technology(code_name="二つ目"))
    assert not due(hour)
    assert due(day)
    assert due(-day), "the clock was set back"
    backups.make(register.vault, retention=vault.Retention())
    register.vault.change_passphrase("まったく別の長い合い言葉", kdf=vault.KDF_FLOOR)
    assert due(day), "the copies open with the old passphrase only"
    for copy in register.vault.copies():
        (copy.path / "vault.json").write_bytes(b"{}")
    assert due(hour), "none can be read"
    assert made.exists()


def test_which_are_kept_is_a_matter_of_the_vault(register: Register, tmp_path: Path) -> None:
    assert register.backups_kept == vault.Retention()
    chosen = vault.Retention(1, 0, 2, 0)
    before = register.head
    register.choose_backups_kept(chosen)
    assert register.head == before, "it is no act"
    register.close()
    with Register.open(tmp_path / "acme.techguard", PASSPHRASE, read_only=True) as again:
        assert again.backups_kept == chosen
        with pytest.raises(ReadOnly):
            again.choose_backups_kept(chosen)
    with Register.open(tmp_path / "acme.techguard", PASSPHRASE) as again:
        with again._for_myself() as connection:
            from techguard.store import personal

            personal.keep(connection, "", "settings", "backups", {"yearly": 1})
        assert again.backups_kept == vault.Retention(), "what a later program wrote is not guessed at"


# --- Comparing ----------------------------------------------------------------------------------------


def test_what_differs_is_told_entry_by_entry(register: Register, tmp_path: Path) -> None:
    goes = register.add(Technology(code_name="手放す技術"))
    stays = register.find(Technology)[0]
    made = backups.make(register.vault, tmp_path)
    common = register.head[0]
    register.change(stays, outline="新しい概要")
    exposure = register.add(Exposure(technology=stays.id, title="持ち出し", route="R04"))
    register.rate(exposure, likelihood=3, impact=4, rationale="面談")
    register.remove(goes)
    fleeting = register.add(Countermeasure(title="すぐ取り消す対策"))
    register.remove(fleeting)
    found = backups.compare(register.vault, made)
    assert (found.common, found.backup_seq, found.vault_seq) == (common, common, register.head[0])
    assert found.only_there == ()
    told = {d.ref: (d.what, d.first, d.last, d.fields) for d in found.since if d.kind != "rating"}
    assert told == {
        stays.ref: ("changed", common + 1, common + 1, ("outline",)),
        exposure.ref: ("added", common + 2, common + 3, ()),
        goes.ref: ("removed", common + 4, common + 4, ()),
        fleeting.ref: ("removed", common + 5, common + 6, ()),
    }
    assert [d.what for d in found.since if d.kind == "rating"] == ["added"]


def test_a_backup_that_was_worked_on_has_something_of_its_own(register: Register, tmp_path: Path) -> None:
    made = backups.make(register.vault, tmp_path)
    common = register.head[0]
    with Register.open(made, PASSPHRASE) as other:
        other.add(Technology(code_name="控えにだけある"))
    register.add(Technology(code_name="本体にだけある"))
    found = backups.compare(register.vault, made)
    assert found.common == common
    assert [d.title for d in found.since] == ["本体にだけある"]
    assert [d.title for d in found.only_there] == ["控えにだけある"]


def test_nothing_differs_from_a_fresh_one(register: Register, tmp_path: Path) -> None:
    found = backups.compare(register.vault, backups.make(register.vault, tmp_path))
    assert (found.since, found.only_there) == ((), ())
    assert found.common == found.vault_seq == found.backup_seq


# --- Restoring ----------------------------------------------------------------------------------------


def test_what_is_restored_is_the_register_of_then(register: Register, tmp_path: Path) -> None:
    made = backups.make(register.vault, tmp_path)
    then = register.head
    register.add(Technology(code_name="後から加えた技術"))
    with vault.open(made, PASSPHRASE, read_only=True) as backup:
        where, found = backups.restore(backup, tmp_path / "back.techguard")
        assert found.ok
        with pytest.raises(errors.VaultExists):
            backups.restore(backup, register.vault.path)
    with Register.open(where, PASSPHRASE) as back:
        assert back.head == then
        assert back.verify().ok
        back.add(Technology(code_name="続きを書ける"))
    assert len(register.find(Technology)) == 2


def test_a_damaged_backup_is_not_restored(register: Register, tmp_path: Path) -> None:
    made = backups.make(register.vault, tmp_path)
    data = bytearray((made / "register.db").read_bytes())
    data[-2000] ^= 1
    (made / "register.db").write_bytes(data)
    with (
        vault.open(made, PASSPHRASE, read_only=True) as backup,
        pytest.raises((errors.BackupFailed, errors.DatabaseDamaged)),
    ):
        backups.restore(backup, tmp_path / "back.techguard")
    assert not [p for p in tmp_path.iterdir() if "back" in p.name]


# --- Migrations ---------------------------------------------------------------------------------------


def test_a_backup_is_made_before_the_format_changes(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "acme.techguard"
    register.close()
    found_then: list[list[Path]] = []

    def upgrade(connection: object) -> None:
        found_then.append([c.path for c in copying.copies(path / "backups")])
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0002'")  # type: ignore[attr-defined]

    monkeypatch.setattr(migrations, "HEAD", "0002")
    monkeypatch.setattr(migrations, "upgrade", upgrade)
    with Register.open(path, PASSPHRASE) as again:
        ((copy,),) = found_then
        found = backups.check(again.vault, copy)
        assert found.ok
        assert found.older
        assert (found.seq, found.items) == (again.head[0], None)
        assert [b.seq for b in backups.known(again.vault)] == [again.head[0]]
    monkeypatch.undo()
    with vault.open(copy, PASSPHRASE, read_only=True) as backup:
        back, found = backups.restore(backup, tmp_path / "back.techguard")
        assert not found.older
    with Register.open(back, PASSPHRASE) as old:
        assert old.verify().ok
    with pytest.raises(NewerRegister):
        Register.open(path, PASSPHRASE)


def test_a_step_that_fails_leaves_the_register_as_it_was_and_says_so(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours in the middle of a step: everything is taken back, and the message names no content."""
    path, head = tmp_path / "acme.techguard", register.head
    register.close()

    def upgrade(connection: Connection) -> None:
        connection.exec_driver_sql("DELETE FROM technologies")
        connection.exec_driver_sql("ALTER TABLE technologies DROP COLUMN note")
        raise KeyError("焼結の条件")

    monkeypatch.setattr(migrations, "HEAD", "0002")
    monkeypatch.setattr(migrations, "upgrade", upgrade)
    with pytest.raises(MigrationFailed) as told:
        Register.open(path, PASSPHRASE)
    assert "焼結" not in "".join(traceback.format_exception(told.value))
    assert "KeyError" in str(told.value)
    monkeypatch.undo()
    with Register.open(path, PASSPHRASE) as again:
        assert (again.head, again.verify().ok) == (head, True)
        assert [t.code_name for t in again.find(Technology)] == ["焼結の条件"]
        assert len(backups.known(again.vault)) == 1


def test_without_a_backup_the_format_does_not_change(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "acme.techguard"
    register.close()
    monkeypatch.setattr(migrations, "HEAD", "0002")
    monkeypatch.setattr(migrations, "upgrade", lambda connection: pytest.fail("it began"))

    def no_room(*args: object) -> None:
        raise errors.DiskFull(path=path)

    monkeypatch.setattr(copying, "_copy_database", no_room)
    with pytest.raises(errors.DiskFull):
        Register.open(path, PASSPHRASE)
    monkeypatch.undo()
    with Register.open(path, PASSPHRASE) as again:
        assert again.verify().ok
    assert list((path / "backups").iterdir()) == []
