"""What a person is promised when they create, open, lock and share a vault."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlcipher3 import dbapi2

from techguard import vault
from techguard.vault import checking, errors
from tests.faults import expected

from .conftest import PASSPHRASE, PERSON_ID, PERSON_NAME, Made


def test_a_new_vault_is_open_for_writing_and_knows_its_person(tmp_path: Path) -> None:
    v, code = vault.create(
        tmp_path / "new.techguard",
        person_id="p",
        person_name="甲",
        passphrase=PASSPHRASE,
        kdf=vault.KDF_FLOOR,
    )
    with v:
        assert (v.person_id, v.person_name, v.opened_with, v.read_only) == ("p", "甲", "passphrase", False)
        assert v.read_head() is None
        assert v.check() == []
        assert [(s.kind, s.mine) for s in v.slots()] == [("person", True), ("recovery", False)]
    assert len(code) == 41


@pytest.mark.skipif(sys.platform == "win32", reason="mode bits mean nothing on Windows")
def test_nobody_else_on_the_machine_can_enter(made: Made) -> None:
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o700
    for path in made.path.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_vault_never_lands_on_something_that_exists(made: Made, tmp_path: Path) -> None:
    def create(path: Path) -> None:
        vault.create(path, person_id="p", person_name="x", passphrase=PASSPHRASE, kdf=vault.KDF_FLOOR)

    with pytest.raises(errors.VaultExists):
        create(made.path)
    occupied = tmp_path / "occupied"
    occupied.mkdir()
    (occupied / "letter.txt").write_text("x", encoding="utf-8")
    with pytest.raises(errors.FolderInTheWay):
        create(occupied)
    with pytest.raises(errors.FolderInTheWay):
        create(occupied / "letter.txt")
    assert [p.name for p in occupied.iterdir()] == ["letter.txt"]


def test_an_empty_folder_may_become_a_vault(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    v, _ = vault.create(
        tmp_path / "empty", person_id="p", person_name="x", passphrase=PASSPHRASE, kdf=vault.KDF_FLOOR
    )
    v.close()
    assert (tmp_path / "empty" / "vault.json").exists()


@pytest.mark.parametrize(
    "typed",
    [
        "ｔｈｅ　ｑｕｉｃｋ　ｂｒｏｗｎ　ｆｏｘ",
        "the quick brown fox",
    ],
)
def test_the_state_of_the_input_method_does_not_lock_anyone_out(tmp_path: Path, typed: str) -> None:
    v, _ = vault.create(
        tmp_path / "v", person_id="p", person_name="x", passphrase="the quick brown fox", kdf=vault.KDF_FLOOR
    )
    v.close()
    with vault.open(tmp_path / "v", typed) as again:
        assert again.opened_with == "passphrase"


def test_composed_and_decomposed_kana_are_one_passphrase(tmp_path: Path) -> None:
    v, _ = vault.create(
        tmp_path / "v",
        person_id="p",
        person_name="x",
        passphrase="がぎぐげござじずぜぞだぢ",
        kdf=vault.KDF_FLOOR,
    )
    v.close()
    with vault.open(tmp_path / "v", "がぎぐげござじずぜぞだぢ"):
        pass


def test_each_reason_for_not_opening_is_its_own_error(made: Made, tmp_path: Path) -> None:
    with pytest.raises(errors.VaultMissing) as missing:
        vault.open(tmp_path / "nowhere", PASSPHRASE)
    assert missing.value.exit_code == 5
    (tmp_path / "photos").mkdir()
    with pytest.raises(errors.NotAVault):
        vault.open(tmp_path / "photos", PASSPHRASE)
    (tmp_path / "photos" / "vault.json").write_text('{"mine": true}', encoding="utf-8")
    with pytest.raises(errors.NotAVault):
        vault.look(tmp_path / "photos")
    with pytest.raises(errors.NotAVault):
        vault.open(tmp_path / "photos" / "vault.json", PASSPHRASE)
    with pytest.raises(errors.WrongPassphrase) as wrong:
        made.open("not the passphrase")
    assert type(wrong.value) is errors.WrongPassphrase
    assert wrong.value.exit_code == 3
    (made.path / "vault.json").unlink()
    with pytest.raises(errors.PartMissing):
        made.open()


def test_the_database_missing_is_not_a_new_empty_register(made: Made) -> None:
    (made.path / "register.db").unlink()
    with expected.of("a missing file").raised():
        made.open()
    assert not (made.path / "register.db").exists()


def test_a_vault_from_the_future_asks_for_a_newer_version(made: Made) -> None:
    from techguard.vault import encoding

    content = encoding.load((made.path / "vault.json").read_bytes())
    (made.path / "vault.json").write_bytes(encoding.dump(content | {"edition": 2, "shape": "unknown to us"}))
    with pytest.raises(errors.NewerFormat) as newer:
        made.open()
    assert newer.value.facts == {"edition": 2, "known": 1}


def test_the_connection_is_keyed_durable_and_keeps_foreign_keys(made: Made) -> None:
    v = made.open()
    connection = v.connect()

    def pragma(name: str) -> object:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]

    assert connection.execute("SELECT text FROM note").fetchall() == [("最初の行",)]
    assert pragma("journal_mode") == "delete"
    assert pragma("synchronous") == 3  # EXTRA
    assert pragma("foreign_keys") == 1
    assert pragma("temp_store") == 2  # MEMORY
    assert pragma("secure_delete") == 1
    connection.close()
    assert not (made.path / "register.db").read_bytes().startswith(b"SQLite format 3")


def test_real_transactions_under_sqlalchemy(made: Made) -> None:
    v = made.open()
    engine = sqlalchemy.create_engine(
        "sqlite://", creator=v.connect, module=dbapi2, poolclass=sqlalchemy.pool.QueuePool
    )

    @sqlalchemy.event.listens_for(engine, "begin")
    def begin(connection: sqlalchemy.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def count() -> int:
        with engine.begin() as c:
            return int(c.exec_driver_sql("SELECT count(*) FROM note").scalar_one())

    with engine.begin() as c:
        c.exec_driver_sql("INSERT INTO note VALUES ('gone')")
        c.exec_driver_sql("CREATE TABLE gone (a)")
        c.rollback()
    assert count() == 1
    with engine.begin() as c:
        c.exec_driver_sql("INSERT INTO note VALUES ('stays')")
    assert count() == 2
    with engine.begin() as c, pytest.raises(sqlalchemy.exc.OperationalError):
        c.exec_driver_sql("SELECT * FROM gone")
    engine.dispose()


def test_search_triggers_work_although_the_schema_is_not_trusted(made: Made) -> None:
    connection = made.open().connect()
    connection.execute("CREATE VIRTUAL TABLE found USING fts5(text, tokenize='trigram')")
    connection.execute(
        "CREATE TRIGGER find AFTER INSERT ON note BEGIN INSERT INTO found VALUES (new.text); END"
    )
    connection.execute("INSERT INTO note VALUES ('セラミックの焼結条件')")
    assert connection.execute("SELECT text FROM found('焼結条')").fetchall() == [("セラミックの焼結条件",)]
    connection.close()


def test_reading_only_cannot_write_anything(made: Made) -> None:
    v = made.open(read_only=True)
    connection = v.connect()
    assert connection.execute("PRAGMA query_only").fetchone() == (1,)
    connection.execute("PRAGMA query_only = OFF")
    with pytest.raises(dbapi2.OperationalError):
        connection.execute("INSERT INTO note VALUES ('x')")
    connection.close()
    for change in (
        lambda: v.write_head(2, bytes(32)),
        lambda: v.change_passphrase("another long passphrase", kdf=vault.KDF_FLOOR),
        v.new_recovery_code,
        v.safety_copy,
    ):
        with pytest.raises(errors.OpenedReadOnly):
            change()


def test_a_closed_vault_gives_nothing_more(made: Made) -> None:
    v = made.open()
    v.close()
    v.close()
    assert bytes(v._master) == bytes(32)
    assert bytes(v._identity.private) == bytes(160)
    for use in (
        v.connect,
        lambda: v.sign(b"x"),
        lambda: v.sign_checkpoint(b"x"),
        v.read_head,
        lambda: v.write_head(1, bytes(32)),
        lambda: v.seal(b"", ""),
        lambda: v.derive("x"),
        v.check,
    ):
        with pytest.raises(errors.VaultClosed):
            use()


def test_changing_the_passphrase_ends_the_old_one_and_keeps_the_key(made: Made) -> None:
    v = made.open()
    key_id, files_before = v.key_id, set((made.path / "keys").iterdir())
    v.change_passphrase("a different sentence", kdf=vault.KDF_FLOOR)
    assert v.key_id == key_id
    assert len(files_before & set((made.path / "keys").iterdir())) == 1, "only the person's slot changed"
    v.close()
    with pytest.raises(errors.WrongPassphrase):
        made.open()
    with made.open("a different sentence") as again:
        assert again.key_id == key_id
        assert again.check() == []
    with made.open(made.code) as recovered:
        assert recovered.person_id == PERSON_ID


def test_a_new_passphrase_costs_an_attacker_at_least_the_default(made: Made) -> None:
    v = made.open()
    v.change_passphrase("a different sentence")
    (mine,) = [s for s in v.slots() if s.mine]
    assert mine.kdf.work >= vault.KDF_DEFAULT.work


def test_the_recovery_code_leads_to_a_new_passphrase_and_the_history_shows_it(made: Made) -> None:
    before = made.open()
    old_key, old_signature = before.key_id, before.sign(b"an old entry")
    before.close()

    v = made.open(made.code)
    assert (v.opened_with, v.person_id) == ("recovery", PERSON_ID)
    assert v.key_id != old_key
    recovery_key = v.key_id
    v.change_passphrase("remember this one now", kdf=vault.KDF_FLOOR)
    assert v.opened_with == "passphrase"
    assert v.key_id not in {old_key, recovery_key}
    keys = v.verify_keys()
    assert keys[old_key].retired
    assert not keys[recovery_key].retired
    assert not keys[v.key_id].retired
    vault.verify_signature(keys[old_key].ed25519, b"an old entry", old_signature)
    v.close()
    with pytest.raises(errors.WrongPassphrase):
        made.open()
    with made.open("remember this one now") as again:
        assert again.check() == []


def test_a_new_code_ends_the_old_one(made: Made) -> None:
    with made.open() as v:
        code = v.new_recovery_code()
    with pytest.raises(errors.WrongRecoveryCode) as wrong:
        made.open(made.code)
    assert wrong.value.exit_code == 3
    with made.open(code) as v:
        newer = v.new_recovery_code()
        assert v.opened_with == "recovery"
        v.sign(b"still able to sign")
        assert v.key_id in v.verify_keys()
        assert not v.verify_keys()[v.key_id].retired
    with made.open(newer) as v:
        assert [s.kind for s in v.slots()] == ["person", "recovery"]


def test_a_typing_error_in_the_code_names_the_group(made: Made) -> None:
    groups = made.code.split("-")
    groups[4] = groups[4][:3] + ("0" if groups[4][3] != "0" else "1") + groups[4][4]
    with pytest.raises(errors.RecoveryCodeTypo) as typo:
        made.open("-".join(groups))
    assert typo.value.facts == {"groups": (5,)}
    with pytest.raises(errors.RecoveryCodeIncomplete):
        made.open(made.code[:-1])


def test_a_passphrase_that_looks_like_a_code_still_opens(tmp_path: Path) -> None:
    sentence = "the rains came and washed the hills flat"
    v, _ = vault.create(
        tmp_path / "v", person_id="p", person_name="x", passphrase=sentence, kdf=vault.KDF_FLOOR
    )
    v.close()
    with vault.open(tmp_path / "v", sentence) as again:
        assert again.opened_with == "passphrase"


def test_a_code_cannot_become_a_passphrase(made: Made) -> None:
    v = made.open()
    with pytest.raises(errors.PassphraseUnusable):
        v.change_passphrase(made.code.lower())


@pytest.mark.parametrize(
    "bad", ["short", "十二文字に足りない", "has a \x07 bell inside", "private \ue000 use area"]
)
def test_a_passphrase_that_will_not_serve_is_refused_when_it_is_set(made: Made, bad: str) -> None:
    v = made.open()
    with pytest.raises((errors.PassphraseTooShort, errors.PassphraseUnusable)):
        v.change_passphrase(bad, kdf=vault.KDF_FLOOR)
    v.close()
    made.open().close()


def test_the_hint_is_only_a_hint(made: Made) -> None:
    with made.open() as v:
        slot = v.slot
    for person in (slot, "0" * 16, "nonsense", None):
        made.open(person=person).close()


def test_two_persons_of_this_machine_cannot_write_at_once(made: Made) -> None:
    v = made.open()
    with pytest.raises(errors.SomeoneElseWriting) as other:
        made.open()
    assert other.value.facts["who"] == PERSON_NAME
    assert other.value.exit_code == 6
    reader = made.open(read_only="auto")
    assert reader.read_only
    assert reader.read_head() == vault.Head(1, b"\x11" * 32)
    v.close()
    assert not made.open(read_only="auto").read_only


_HOLD = """
import sys
import threading
from techguard import vault
v = vault.open(sys.argv[1], sys.stdin.readline().rstrip("\\n"))
print("open", flush=True)
sys.stdin.readline()
"""


def test_a_second_process_is_told_who_writes_and_a_killed_one_blocks_nobody(made: Made) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(made.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=os.environ | {"PYTHONUTF8": "1"},
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(PASSPHRASE + "\n")
        child.stdin.flush()
        assert child.stdout.readline() == "open\n"
        with expected.of("two writers at once").raised() as other:
            made.open()
        assert other.value.facts["who"] == PERSON_NAME
        child.kill()
    with made.open() as v:
        assert not v.read_only
        assert v.check() == []


def test_a_note_that_cannot_be_read_still_says_that_somebody_writes(made: Made) -> None:
    made.open()
    (made.path / "writer").write_bytes(b"torn")
    with pytest.raises(errors.SomebodyWriting):
        made.open()


def test_signatures_hold_for_their_message_and_key_only(made: Made) -> None:
    v = made.open()
    key = v.verify_keys()[v.key_id]
    ed25519, mldsa65 = v.sign_checkpoint(b"tree head")
    assert ed25519 == v.sign(b"tree head")
    vault.verify_signature(key.ed25519, b"tree head", ed25519)
    vault.verify_signature(key.mldsa65, b"tree head", mldsa65)
    (other,) = [k for key_id, k in v.verify_keys().items() if key_id != v.key_id]
    for public, message, signature in (
        (key.ed25519, b"tree heap", ed25519),
        (other.ed25519, b"tree head", ed25519),
        (key.ed25519, b"tree head", ed25519[:-1]),
        (key.mldsa65, b"tree heap", mldsa65),
        (other.mldsa65, b"tree head", mldsa65),
        (b"", b"tree head", ed25519),
    ):
        with pytest.raises(errors.BadSignature):
            vault.verify_signature(public, message, signature)


def test_sealed_bytes_open_for_their_purpose_in_their_vault_only(made: Made, tmp_path: Path) -> None:
    from .conftest import make

    v = made.open()
    sealed = v.seal(b"draft minutes", "minutes/3")
    assert b"draft" not in sealed
    assert v.unseal(sealed, "minutes/3") == b"draft minutes"
    other = make(tmp_path / "other").open()
    for who, data, context in ((v, sealed, "minutes/4"), (other, sealed, "minutes/3"), (v, b"", "minutes/3")):
        with pytest.raises(errors.SealBroken):
            who.unseal(data, context)
    other.close()
    assert v.derive("a") != v.derive("b")
    assert v.derive("a") == v.derive("a")
    assert len(v.derive("a")) == 32


def test_nothing_of_the_secrets_is_in_a_printed_vault(made: Made) -> None:
    v = made.open()
    shown = repr(v) + repr(v._identity) + repr(v.slots())
    assert PASSPHRASE not in shown
    assert bytes(v._master).hex() not in shown


def test_another_thread_may_close_what_this_one_opened(made: Made) -> None:
    v = made.open()
    thread = threading.Thread(target=v.close)
    thread.start()
    thread.join()
    assert not made.open().read_only


# The head after a commit


def _drafts(made: Made) -> list[str]:
    return [path.name for path in made.path.iterdir() if path.name.startswith("head.")]


def test_whoever_looks_at_the_folder_finds_the_head_of_the_last_commit(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, goes_on = checking.write_head, threading.Event()

    def slowly(*given: Any) -> None:
        assert goes_on.wait(30)
        real(*given)

    v = made.open()
    monkeypatch.setattr(checking, "write_head", slowly)
    for seq in (2, 3, 4):
        v.next_head(seq, bytes([seq]) * 32)  # nobody waits
    assert checking.read_head(made.path, v._key("head")) == (1, b"\x11" * 32)
    goes_on.set()
    assert v.read_head() == vault.Head(4, b"\x04" * 32)
    v.next_head(5, b"\x05" * 32)
    assert v.check() == [], "no half of a head is met"
    v.next_head(6, b"\x06" * 32)
    v.close()
    assert not _drafts(made)
    assert made.open().read_head() == vault.Head(6, b"\x06" * 32)


@pytest.mark.parametrize("call", ["fsync", "open", "replace"])
def test_a_head_that_cannot_be_written_takes_nothing_back_and_the_next_one_makes_up_for_it(
    made: Made, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    v = made.open()

    def refused(*_: object) -> int:
        raise OSError(errno.EIO, "input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, call, refused)
        v.next_head(2, b"\x22" * 32)
        v._head_in_place()
    assert v.read_head() == vault.Head(1, b"\x11" * 32)
    assert not _drafts(made)
    v.next_head(3, b"\x33" * 32)
    assert v.read_head() == vault.Head(3, b"\x33" * 32)


def test_only_who_may_write_and_only_a_head_gets_as_far(made: Made) -> None:
    reader = made.open(read_only=True)
    with pytest.raises(errors.OpenedReadOnly):
        reader.next_head(2, bytes(32))
    v = made.open()
    for seq, digest in ((0, bytes(32)), (2, b"")):
        with pytest.raises(ValueError, match="a head has"):
            v.next_head(seq, digest)
