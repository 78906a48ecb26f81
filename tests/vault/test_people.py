"""Several people, each with keys of their own: letting in, inviting, removing, and a second factor."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from techguard import vault
from techguard.vault import database, errors
from techguard.vault.passphrase import normalised, with_key_file

from .conftest import PASSPHRASE, PERSON_ID, Made, make
from .test_faults import die_at

THEIRS = "another person's own passphrase"
FILE = b"\x07" * 64
TODAY = datetime.now(UTC).date()


def rows(v: vault.Vault) -> list[tuple[str]]:
    with closing(v.connect()) as connection:
        found: list[tuple[str]] = connection.execute("SELECT text FROM note ORDER BY rowid").fetchall()
        return found


def let_in(made: Made, person: str = "another", secret: str = THEIRS) -> None:
    with made.open() as v:
        v.admit(v.prepare_person(person, "乙", secret, kdf=vault.KDF_FLOOR))


def test_a_person_is_let_in_with_a_passphrase_and_keys_of_their_own(made: Made) -> None:
    let_in(made)
    with made.open(THEIRS) as v:
        assert (v.person_id, v.person_name) == ("another", "乙")
        assert rows(v) == [("最初の行",)]
        assert {key.person_id for key in v.verify_keys().values()} == {PERSON_ID, "another"}
        assert v.check() == []
    with made.open() as v:
        assert v.person_id == PERSON_ID


def test_an_invited_person_sets_a_passphrase_and_keys_that_nobody_else_ever_has(made: Made) -> None:
    with made.open() as v:
        prepared, code = v.prepare_invitation("another", "乙", TODAY)
        file = prepared.file
        invited = v.verify_keys()
        v.admit(prepared)
        assert [(i.person_id, i.until) for i in v.invitations()] == [("another", TODAY)]
        assert v.check() == []
        assert len(v.slots()) == 2, "an invitation is no way to work in the vault"
    with made.open(code, invitation=file) as v:
        assert (v.opened_with, v.person_id) == ("invitation", "another")
        key = v.key_id
        v.change_passphrase(THEIRS, kdf=vault.KDF_FLOOR)
        assert v.opened_with == "passphrase"
        assert v.key_id != key
        assert v.key_id not in invited
        assert v.invitations() == []
        keys = v.verify_keys()
        assert keys[key].retired
        assert not keys[v.key_id].retired
        assert v.check() == []
    with pytest.raises(errors.InvitationVoid):
        made.open(code, invitation=file)
    with pytest.raises(errors.WrongRecoveryCode):
        made.open(code)
    made.open(THEIRS).close()


def invite(made: Made) -> tuple[bytes, str]:
    with made.open() as v:
        prepared, code = v.prepare_invitation("another", "乙", TODAY)
        v.admit(prepared)
        return prepared.file, code


def test_file_and_code_and_vault_are_all_needed(made: Made, tmp_path: Path) -> None:
    file, code = invite(made)
    for part in (made.path / "vault.json", *(made.path / "keys").iterdir()):
        assert file not in part.read_bytes()
    with pytest.raises(errors.RecoveryCodeIncomplete):
        made.open("not the code at all", invitation=file)
    with pytest.raises(errors.WrongInvitationCode):
        made.open(made.code, invitation=file)
    with pytest.raises(errors.InvitationVoid):
        make(tmp_path / "other").open(code, invitation=file)
    for broken in (b"", b"{}\n", file[:-1], file[:400] + b"A" + file[401:], b"\xff" * 99):
        with pytest.raises(errors.InvitationUnreadable):
            made.open(code, invitation=broken)
    with pytest.raises(errors.InvitationUnreadable):
        made.open(made.code, invitation=made.slot("recovery").read_bytes())


def test_an_invitation_lapses_and_is_struck_out_by_the_next_writer(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, code = invite(made)
    monkeypatch.setattr("techguard.vault.core._today", lambda: TODAY + timedelta(days=1))
    with made.open(read_only=True) as v:
        assert v.invitations() == []
    with pytest.raises(errors.InvitationLapsed) as lapsed:
        made.open(code, invitation=file)
    assert lapsed.value.exit_code == 5
    made.open().close()
    monkeypatch.undo()
    with pytest.raises(errors.InvitationVoid) as void:
        made.open(code, invitation=file)
    assert type(void.value) is errors.InvitationVoid, "struck out: no clock brings it back"


def test_a_second_invitation_ends_the_first_and_a_withdrawn_one_opens_nothing(made: Made) -> None:
    first = invite(made)
    second = invite(made)
    with pytest.raises(errors.InvitationVoid):
        made.open(first[1], invitation=first[0])
    with made.open() as v:
        v.retire({i.key_id for i in v.invitations()})
    with pytest.raises(errors.InvitationVoid):
        made.open(second[1], invitation=second[0])


def test_a_removed_person_opens_nothing_that_is_written_afterwards(made: Made, tmp_path: Path) -> None:
    let_in(made)
    with made.open(THEIRS, read_only=True) as v:
        master, before = bytes(v._master), v._key("database")
    backup = tmp_path / "copies"
    with made.open() as v:
        old_copy = v.backup(backup)
        v.replace_master(without={"another"})
        assert v.check() == []
        assert v.read_head() == vault.Head(1, b"\x11" * 32)
        with closing(v.connect()) as connection:
            connection.execute("INSERT INTO note VALUES ('後の行')")
        v.write_head(2, b"\x22" * 32)
    with pytest.raises(errors.WrongPassphrase):
        made.open(THEIRS)
    assert not database.opens(made.path / "register.db", before)
    kept = made.path / "vault.json"
    for name in ("head", "vault.json", "register.db"):
        assert master not in (made.path / name).read_bytes()
    assert kept.exists()
    for secret in (PASSPHRASE, made.code):
        with made.open(secret) as v:
            assert rows(v) == [("最初の行",), ("後の行",)]
            assert v.read_head() == vault.Head(2, b"\x22" * 32)
            assert v._master != master
    # Said in the documentation: what was copied before opens as it did.
    with vault.open(old_copy, THEIRS) as v:
        assert rows(v) == [("最初の行",)]


def test_what_the_removed_person_kept_does_not_fit_the_vault_any_more(made: Made, tmp_path: Path) -> None:
    let_in(made)
    shutil.copytree(made.path, tmp_path / "kept")
    with made.open() as v:
        v.replace_master(without={"another"})
    now = tmp_path / "now"
    for put_back in (["vault.json", "keys"], ["vault.json", "keys", "head"], ["register.db"], ["head"]):
        shutil.rmtree(now, ignore_errors=True)
        shutil.copytree(made.path, now)
        for name in put_back:
            if name == "keys":
                shutil.rmtree(now / name)
                shutil.copytree(tmp_path / "kept" / name, now / name)
            else:
                shutil.copy(tmp_path / "kept" / name, now / name)
        for secret in (THEIRS, PASSPHRASE):
            with pytest.raises((errors.VaultDamaged, errors.WrongPassphrase)):  # noqa: SIM117
                with vault.open(now, secret) as v:
                    v.read_head()


def test_nobody_removes_themselves_and_nobody_takes_away_what_is_open(made: Made) -> None:
    with made.open() as v:
        with pytest.raises(ValueError, match="themselves"):
            v.replace_master(without={PERSON_ID})
        with pytest.raises(ValueError, match="open"):
            v.retire({v.key_id})
    with made.open(read_only=True) as v, pytest.raises(errors.OpenedReadOnly):
        v.replace_master()


def test_the_master_key_is_not_replaced_under_a_reader_s_hands(made: Made) -> None:
    with made.open(read_only=True) as reading, closing(reading.connect()) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT * FROM note").fetchall()
        with made.open() as v:
            before = (made.path / "vault.json").read_bytes()
            with pytest.raises(errors.SomebodyWriting):
                v.replace_master()
            assert (made.path / "vault.json").read_bytes() == before
            assert rows(v) == [("最初の行",)]
            assert v.check() == []
            connection.execute("COMMIT")
            v.replace_master()
            assert reading.keys_moved
            assert not v.keys_moved
    made.open().close()


def test_a_vault_that_somebody_replaces_the_key_of_goes_on_for_who_opens_it_next(made: Made) -> None:
    with made.open() as v:
        for _ in range(3):
            v.replace_master()
            assert rows(v) == [("最初の行",)]
        v.change_passphrase(THEIRS, kdf=vault.KDF_FLOOR)
        code = v.new_recovery_code()
        v.replace_master()
    made.open(THEIRS).close()
    made.open(code).close()


def test_a_recovery_code_is_revoked(made: Made) -> None:
    with made.open() as v:
        v.retire(v.recovery_keys(PERSON_ID))
        assert [s.kind for s in v.slots()] == ["person"]
        assert v.check() == []
    with pytest.raises(errors.WrongRecoveryCode):
        made.open(made.code)


def test_a_key_file_is_needed_beside_the_passphrase(made: Made) -> None:
    with made.open() as v:
        v.change_passphrase(THEIRS, key_file=FILE, kdf=vault.KDF_FLOOR)
    with pytest.raises(errors.KeyFileNeeded):
        made.open(THEIRS)
    wrong = []
    for secret, file in ((THEIRS, FILE[:-1]), ("not the passphrase", FILE)):
        with pytest.raises(errors.WrongPassphraseOrKeyFile) as refused:
            made.open(secret, key_file=file)
        wrong.append(str(refused.value))
    assert wrong[0] == wrong[1], "which of the two is wrong is not told"
    with made.open(THEIRS, key_file=FILE) as v:
        assert [s.key_file for s in v.slots()] == [True, False]
        v.change_passphrase(PASSPHRASE, kdf=vault.KDF_FLOOR)  # the file stays as it is
    with made.open(PASSPHRASE, key_file=FILE) as v:
        v.replace_master()
        v.change_passphrase(PASSPHRASE, key_file=None, kdf=vault.KDF_FLOOR)
    made.open(PASSPHRASE).close()
    made.open(PASSPHRASE, key_file=FILE).close()  # one who has a file opens what needs none
    made.open(made.code).close()


def test_a_key_file_with_next_to_nothing_in_it_is_refused(made: Made) -> None:
    with made.open() as v:
        for content in (b"", b"short", bytes(2**20 + 1)):
            with pytest.raises(errors.KeyFileUnusable):
                v.change_passphrase(THEIRS, key_file=content, kdf=vault.KDF_FLOOR)
    made.open().close()


def test_passphrase_and_key_file_are_not_one_long_secret(made: Made) -> None:
    """The end of the one is not the beginning of the other, and a slot says which it wants."""
    with made.open() as v:
        v.change_passphrase(THEIRS, key_file=FILE, kdf=vault.KDF_FLOOR)
    digest = hashlib.sha256(b"techguard key file\0" + FILE).digest().decode("latin-1")
    with pytest.raises(errors.KeyFileNeeded):
        made.open(digest + THEIRS)


def test_a_key_that_was_derived_before_opens_its_slot_and_no_other(made: Made) -> None:
    """What somewhere else may be remembered is void with the passphrase, and never stands for a key file."""
    with made.open() as v:
        (slot,) = (s.slot for s in v.slots() if s.kind == "person")
        kept = vault.SlotKey(slot, v._slot.derive(normalised(PASSPHRASE)))
    assert vault.open(made.path, kept, read_only=True).person_id == PERSON_ID
    for wrong in (vault.SlotKey(slot, bytes(32)), vault.SlotKey("0" * 16, kept.key)):
        with pytest.raises(errors.RememberedVoid):
            vault.open(made.path, wrong)
    with made.open() as v:
        v.change_passphrase(PASSPHRASE, key_file=FILE, kdf=vault.KDF_FLOOR)
        kept_with_file = vault.SlotKey(
            v.slot, v._slot.derive(with_key_file(normalised(PASSPHRASE), v._key_file))
        )
    for void in (kept, kept_with_file):
        with pytest.raises(errors.RememberedVoid):
            vault.open(made.path, void)


def test_there_is_a_most(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("techguard.vault.slots.MOST_SLOTS", 3)
    let_in(made)
    with made.open() as v:
        before = sorted(p.name for p in (made.path / "keys").iterdir())
        with pytest.raises(errors.TooManySlots):
            v.admit(v.prepare_person("third", "丙", "yet another passphrase", kdf=vault.KDF_FLOOR))
        assert sorted(p.name for p in (made.path / "keys").iterdir()) == before
        v.change_passphrase(PASSPHRASE, kdf=vault.KDF_FLOOR)


# Dying


def proved(folder: Path, *, removed: bool | None = None) -> bool:
    """The vault is whole; whether the other person was removed. Reading comes first, then writing heals."""
    found = {}
    for read_only in (True, False):
        opened = []
        for secret in (PASSPHRASE, THEIRS):
            try:
                with vault.open(folder, secret, read_only=read_only) as v:
                    opened.append(secret)
                    assert rows(v) == [("最初の行",)]
                    assert v.read_head() == vault.Head(1, b"\x11" * 32)
                    assert [f for f in v.check() if f.is_damage or not read_only] == []
                    old = v._ring.previous
            except errors.WrongPassphrase:
                pass
        assert PASSPHRASE in opened
        found[read_only] = THEIRS not in opened
    assert old == b"", "whoever writes finishes it first"
    assert found[True] == found[False]
    assert removed in {None, found[True]}
    return found[True]


@pytest.mark.slow
def test_dying_at_any_step_of_a_removal_leaves_the_old_or_the_new(made: Made, tmp_path: Path) -> None:
    let_in(made)
    outcomes = []
    for step in range(1, 200):
        folder = tmp_path / f"at-{step}"
        shutil.copytree(made.path, folder)
        died = die_at(step, "remove", folder)
        outcomes.append(proved(folder))
        shutil.rmtree(folder)
        if not died:
            break
    assert outcomes == sorted(outcomes), "once changed, it stays changed"
    assert outcomes[0] is False
    assert outcomes[-1] is True


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that can fork")
def test_a_kill_at_any_moment_of_encrypting_anew_leaves_the_old_or_the_new(
    made: Made, tmp_path: Path
) -> None:
    """The steps within SQLCipher's own transaction too: the journal is there, pages are mixed."""
    let_in(made)
    with made.open() as v, closing(v.connect()) as connection:
        connection.execute("CREATE TABLE bulk (x BLOB)")
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO bulk VALUES (?)", [(os.urandom(4000),) for _ in range(2500)])
        connection.execute("COMMIT")
    chance = random.Random(20261127)
    began = time.monotonic()
    with made.open() as v:
        v.replace_master()
    whole = time.monotonic() - began
    mixed = 0
    for n in range(25):
        folder = tmp_path / f"kill-{n}"
        shutil.copytree(made.path, folder)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            with vault.open(folder, PASSPHRASE) as v:
                os.write(writing, b".")
                v.replace_master(without={"another"})
            os._exit(0)
        os.read(reading, 1)
        time.sleep(chance.uniform(0, whole))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)
        os.close(writing)
        journal = folder / "register.db-journal"
        mixed += journal.exists() and journal.stat().st_size > 0
        proved(folder)
        with vault.open(folder, PASSPHRASE) as v, closing(v.connect()) as connection:
            assert connection.execute("SELECT count(*) FROM bulk").fetchone() == (2500,)
        shutil.rmtree(folder)
    assert mixed, "some were killed while pages were under two keys"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_without_room_the_keys_are_as_they_were(made: Made) -> None:
    let_in(made)
    script = """
import resource, signal, sys
from techguard import vault
from techguard.vault import errors
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
size = int(sys.argv[3])
v = vault.open(sys.argv[1], sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
try:
    v.replace_master(without={"another"})
    print("done")
except (errors.DiskFull, errors.StorageFailed) as error:
    print(type(error).__name__)
"""
    said = []
    size = (made.path / "register.db").stat().st_size
    for room in (0, 100, 4096, size - 4096, size, size + 512):
        done = subprocess.run(
            [sys.executable, "-c", script, str(made.path), PASSPHRASE, str(room)],
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        said.append(done.stdout.strip())
        if said[-1] == "done":
            break
        assert proved(made.path, removed=None) in {True, False}
    assert "DiskFull" in said or "StorageFailed" in said


# Laws


class People(RuleBasedStateMachine):
    """Whatever is done in whatever order: exactly those open the vault who should."""

    folder: Path

    @initialize()
    def begin(self) -> None:
        self.place = tempfile.TemporaryDirectory()
        self.made = make(Path(self.place.name) / "acme.techguard")
        self.opening: dict[str, str] = {PERSON_ID: PASSPHRASE}
        self.gone: list[str] = []
        self.invited: dict[str, tuple[bytes, str]] = {}
        self.number = 0

    def _new(self) -> str:
        self.number += 1
        return f"the passphrase with the number {self.number}"

    def _as_first(self) -> vault.Vault:
        return vault.open(self.made.path, self.opening[PERSON_ID])

    @rule()
    @precondition(lambda self: len(self.opening) < 4)
    def add(self) -> None:
        secret = self._new()
        with self._as_first() as v:
            v.admit(v.prepare_person(f"p{self.number}", "乙", secret, kdf=vault.KDF_FLOOR))
        self.opening[f"p{self.number}"] = secret

    @rule()
    @precondition(lambda self: len(self.invited) < 2)
    def invite(self) -> None:
        self.number += 1
        with self._as_first() as v:
            prepared, code = v.prepare_invitation(f"p{self.number}", "丙", TODAY, kdf=vault.KDF_FLOOR)
            v.admit(prepared)
        self.invited[f"p{self.number}"] = prepared.file, code

    @rule(data=st.data())
    @precondition(lambda self: self.invited)
    def join(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(sorted(self.invited)))
        file, code = self.invited.pop(who)
        secret = self._new()
        with vault.open(self.made.path, code, invitation=file) as v:
            v.change_passphrase(secret, kdf=vault.KDF_FLOOR)
        self.opening[who] = secret
        self.gone.append(code)

    @rule(data=st.data())
    @precondition(lambda self: len(self.opening) + len(self.invited) > 1)
    def remove(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(sorted({*self.opening, *self.invited} - {PERSON_ID})))
        with self._as_first() as v:
            v.replace_master(without={who})
        if who in self.opening:
            self.gone.append(self.opening.pop(who))
        self.invited.pop(who, None)

    @rule(data=st.data())
    def change(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(sorted(self.opening)))
        secret = self._new()
        with vault.open(self.made.path, self.opening[who]) as v:
            v.change_passphrase(secret, kdf=vault.KDF_FLOOR)
        self.gone.append(self.opening[who])
        self.opening[who] = secret

    @invariant()
    def exactly_those_open_it(self) -> None:
        if not hasattr(self, "opening"):
            return
        for who, secret in self.opening.items():
            with vault.open(self.made.path, secret, read_only=True) as v:
                assert v.person_id == who
                assert rows(v) == [("最初の行",)]
        with vault.open(self.made.path, self.opening[PERSON_ID], read_only=True) as v:
            assert v.check() == []
            assert {i.person_id for i in v.invitations()} == self.invited.keys()
        for secret in self.gone[-2:]:
            with pytest.raises(errors.WrongPassphrase):
                vault.open(self.made.path, secret, read_only=True)

    def teardown(self) -> None:
        if hasattr(self, "place"):
            self.place.cleanup()


TestPeople = People.TestCase
TestPeople.settings = settings(
    max_examples=8, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck)
)
