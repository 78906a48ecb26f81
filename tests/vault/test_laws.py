"""Whatever is done in whatever order, exactly the newest secrets open the vault, and nothing is lost."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import threading
from contextlib import closing
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from techguard import vault
from techguard.vault import errors

from .conftest import PASSPHRASE, Made

passphrases = st.sampled_from([f"the passphrase number {n}" for n in range(4)])


class Life(RuleBasedStateMachine):
    """One vault through openings, changes of secrets, commits, copies and returns to a copy."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(prefix="techguard-life-"))
        self.path = self.place / "v.techguard"
        self.old_codes: set[str] = set()
        self.rows = 0
        self.signed: list[tuple[str, bytes]] = []

    @initialize(passphrase=passphrases)
    def begin(self, passphrase: str) -> None:
        self.passphrase = passphrase
        self.v, self.code = vault.create(
            self.path, person_id="p", person_name="x", passphrase=passphrase, kdf=vault.KDF_FLOOR
        )
        with closing(self.v.connect()) as connection:
            connection.execute("CREATE TABLE note (n INTEGER)")

    @rule(with_code=st.booleans())
    def reopen(self, with_code: bool) -> None:
        self.v.close()
        self.v = vault.open(self.path, self.code if with_code else self.passphrase)
        assert self.v.opened_with == ("recovery" if with_code else "passphrase")

    @rule(new=passphrases)
    def change_passphrase(self, new: str) -> None:
        self.v.change_passphrase(new, kdf=vault.KDF_FLOOR)
        self.passphrase = new

    @rule()
    def new_code(self) -> None:
        self.old_codes.add(self.code)
        self.code = self.v.new_recovery_code(kdf=vault.KDF_FLOOR)

    @rule()
    def commit(self) -> None:
        self.rows += 1
        with closing(self.v.connect()) as connection:
            connection.execute("INSERT INTO note VALUES (?)", (self.rows,))
        self.v.write_head(self.rows, self.rows.to_bytes(32, "big"))
        message = f"row {self.rows}".encode()
        self.signed.append((self.v.key_id, self.v.sign(message)))

    @precondition(lambda self: self.rows)
    @rule()
    def move_to_a_backup(self) -> None:
        copy = self.v.backup(self.place / "backups")
        self.v.close()
        shutil.rmtree(self.path)
        copy.rename(self.path)
        self.v = vault.open(self.path, self.passphrase)

    @invariant()
    def nothing_is_wrong(self) -> None:
        if not hasattr(self, "v"):
            return
        assert self.v.check() == []
        assert self.v.read_head() == (
            vault.Head(self.rows, self.rows.to_bytes(32, "big")) if self.rows else None
        )
        keys = self.v.verify_keys()
        for n, (key_id, signature) in enumerate(self.signed, 1):
            vault.verify_signature(keys[key_id].ed25519, f"row {n}".encode(), signature)

    def teardown(self) -> None:
        self.v.close()
        for secret in (self.passphrase, self.code):
            with vault.open(self.path, secret) as v, closing(v.connect()) as connection:
                assert connection.execute("SELECT count(*) FROM note").fetchone() == (self.rows,)
                assert sorted(s.kind for s in v.slots()) == ["person", "recovery"]
        for secret in [f"the passphrase number {n}" for n in range(4)] + sorted(self.old_codes):
            if secret != self.passphrase:
                try:
                    vault.open(self.path, secret)
                except errors.WrongPassphrase:
                    continue
                raise AssertionError("an old secret opened the vault")
        shutil.rmtree(self.place)


Life.TestCase.settings = settings(max_examples=12, stateful_step_count=10, deadline=None)
TestLife = Life.TestCase


def test_opening_while_somebody_changes_their_passphrase_is_never_an_alarm(made: Made) -> None:
    secrets = [PASSPHRASE, "the other passphrase of the two"]
    writer = made.open()
    reader = made.open(read_only=True)
    stop = threading.Event()
    changes = []

    def change() -> None:
        while not stop.is_set():
            writer.change_passphrase(secrets[(len(changes) + 1) % 2], kdf=vault.KDF_FLOOR)
            changes.append(1)

    thread = threading.Thread(target=change)
    thread.start()
    opened = 0
    try:
        for n in range(60):
            with contextlib.suppress(errors.WrongPassphrase):
                made.open(secrets[n % 2], read_only=True).close()
                opened += 1
            assert not [f for f in reader.check() if f.is_damage]
    finally:
        stop.set()
        thread.join()
    assert opened
    assert len(changes) > 10
