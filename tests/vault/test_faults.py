"""A process that dies, a disk that is full and a folder that may not be written never cost a vault."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from techguard import vault
from techguard.vault import errors

from .conftest import PASSPHRASE, PERSON_NAME, Made

NEW = "the passphrase after the change"

# Runs one action and dies, without any cleaning up, at the nth step that touches the disk: before it is done.
_DIE_AT = """
import os, sys, pathlib
from techguard import vault
from techguard.vault import files

folder, passphrase, action, step = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
left = [step]
def counted(real):
    def call(*args, **kwargs):
        left[0] -= 1
        if left[0] == 0:
            os._exit(137)
        return real(*args, **kwargs)
    return call

def arm():
    os.fsync = counted(os.fsync)
    os.mkdir = counted(os.mkdir)
    os.open = counted(os.open)
    os.write = counted(os.write)
    for name in ("replace", "rename", "unlink"):
        setattr(pathlib.Path, name, counted(getattr(pathlib.Path, name)))
    connect = vault.core.database.connect
    vault.core.database.connect = counted(connect)

if action == "create":
    arm()
    v, _ = vault.create(folder, person_id="p", person_name="x", passphrase=passphrase, kdf=vault.KDF_FLOOR)
else:
    v = vault.open(folder, passphrase)
    arm()
    if action == "passphrase":
        v.change_passphrase(sys.argv[5], kdf=vault.KDF_FLOOR)
    elif action == "code":
        v.new_recovery_code()
    elif action == "head":
        v.write_head(2, b"\\x22" * 32)
    elif action == "remove":
        v.replace_master(without={"another"})
    elif action == "safety":
        v.safety_copy(retention=vault.Retention(1, 0, 0, 0))
v.close()
"""


def die_at(step: int, action: str, folder: Path, *more: str) -> bool:
    """Whether the process died; at the end of the action it does not any more."""
    done = subprocess.run(
        [sys.executable, "-c", _DIE_AT, str(folder), PASSPHRASE, action, str(step), *more],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    assert done.returncode in {0, 137}, done.stderr
    return done.returncode == 137


def steps(first: int = 1) -> range:
    return range(first, 80)


@pytest.mark.slow
def test_dying_at_any_step_of_a_passphrase_change_leaves_one_that_opens(made: Made, tmp_path: Path) -> None:
    changed = 0
    for step in steps():
        folder = tmp_path / f"at-{step}"
        shutil.copytree(made.path, folder)
        died = die_at(step, "passphrase", folder, NEW)
        opens = []
        for secret in (PASSPHRASE, NEW):
            try:
                with vault.open(folder, secret) as v:
                    opens.append(secret)
                    assert v.check() == [], step
                    assert v.read_head() == vault.Head(1, b"\x11" * 32)
            except errors.WrongPassphrase:
                pass
        assert len(opens) == 1, (step, opens)
        changed += opens == [NEW]
        with vault.open(folder, made.code) as v:
            assert v.check() == []
        if not died:
            break
    assert not died
    assert step > 6
    assert 1 <= changed < step, "both outcomes were seen"


@pytest.mark.slow
@pytest.mark.parametrize("action", ["head", "safety", "code"])
def test_dying_at_any_step_leaves_a_whole_vault(made: Made, tmp_path: Path, action: str) -> None:
    for step in steps():
        folder = tmp_path / f"at-{step}"
        shutil.copytree(made.path, folder)
        died = die_at(step, action, folder)
        with vault.open(folder, PASSPHRASE) as v:
            assert v.check() == [], step
            assert v.read_head() in {vault.Head(1, b"\x11" * 32), vault.Head(2, b"\x22" * 32)}
            for copy in v.copies():
                assert v.check_copy(copy.path) == []
        if not died:
            break
    assert not died


@pytest.mark.slow
def test_dying_at_any_step_of_creating_leaves_a_vault_or_none(tmp_path: Path) -> None:
    for step in steps():
        folder = tmp_path / f"at-{step}"
        died = die_at(step, "create", folder)
        if folder.exists():
            with vault.open(folder, PASSPHRASE) as v:
                assert v.check() == []
        if not died:
            break
    assert not died
    assert step > 10
    assert folder.exists()


_FULL = """
import resource, signal, sys
from techguard import vault
from techguard.vault import errors
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
v = vault.open(sys.argv[1], sys.argv[2])
c = v.connect()
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
for act in (
    lambda: v.write_head(2, bytes(32)),
    lambda: v.change_passphrase("a passphrase that finds no room", kdf=vault.KDF_FLOOR),
    lambda: v.backup(sys.argv[3]),
):
    try:
        act()
        print("done?")
    except errors.DiskFull as error:
        print("full", error.exit_code)
try:
    with vault.database_errors(v.path / "register.db"):
        c.execute("INSERT INTO note VALUES ('" + "x" * 100000 + "')")
    print("done?")
except (errors.DiskFull, errors.StorageFailed) as error:
    print("full", error.exit_code)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE")
def test_a_full_disk_is_said_and_costs_nothing(made: Made, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(made.path), PASSPHRASE, str(tmp_path / "backups")],
        capture_output=True,
        encoding="utf-8",
        check=True,
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    assert done.stdout.split("\n")[:-1] == ["full 5"] * 4, done.stdout + done.stderr
    assert list((tmp_path / "backups").iterdir()) == []
    with made.open() as v:
        assert v.check() == []
        assert v.read_head() == vault.Head(1, b"\x11" * 32)
        assert v.connect().execute("SELECT count(*) FROM note").fetchone() == (1,)


_WITHOUT_RIGHTS = """
import sys
from techguard import vault
from techguard.vault import errors
try:
    vault.open(sys.argv[1], sys.argv[2])
    print("opened?")
except errors.NoPermission as error:
    print("no permission", error.exit_code)
v = vault.open(sys.argv[1], sys.argv[2], read_only="auto")
print(v.read_only, v.read_head().seq, v.connect().execute("SELECT count(*) FROM note").fetchone()[0])
v.close()
try:
    inside = sys.argv[1] + "/sub"
    vault.create(inside, person_id="p", person_name="x", passphrase=sys.argv[2], kdf=vault.KDF_FLOOR)
except errors.NoPermission as error:
    print("no permission", error.exit_code)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="mode bits mean nothing on Windows")
def test_a_folder_that_may_only_be_read_opens_for_reading(made: Made, held: list[str]) -> None:
    everything = [made.path, *made.path.rglob("*")]
    try:
        for path in everything:
            path.chmod(0o500 if path.is_dir() else 0o400)
        done = subprocess.run(
            [*held, sys.executable, "-c", _WITHOUT_RIGHTS, str(made.path), PASSPHRASE],
            capture_output=True,
            encoding="utf-8",
            check=False,
            env=os.environ | {"PYTHONUTF8": "1"},
        )
        assert done.stdout.splitlines() == ["no permission 5", "True 1 1", "no permission 5"], done.stderr
    finally:
        for path in everything:
            if path.is_dir():
                path.chmod(0o700)


_CRASH_IN_TRANSACTION = """
import os, sys
from techguard import vault
v = vault.open(sys.argv[1], sys.argv[2])
c = v.connect()
c.execute("PRAGMA cache_size = 1")
c.execute("BEGIN IMMEDIATE")
c.execute("UPDATE note SET text = 'half'")
for i in range(400):
    c.execute("INSERT INTO note VALUES (?)", (str(i) * 400,))
print(os.path.exists(sys.argv[1] + "/register.db-journal"), flush=True)
os._exit(137)
"""


@pytest.mark.parametrize("read_only", [True, False])
def test_a_change_cut_off_in_the_middle_is_undone_also_for_a_reader(made: Made, read_only: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CRASH_IN_TRANSACTION, str(made.path), PASSPHRASE],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    assert done.stdout == "True\n", done.stderr
    assert b"half" not in (made.path / "register.db-journal").read_bytes()
    with made.open(read_only=read_only) as v:
        connection = v.connect()
        assert connection.execute("SELECT text FROM note").fetchall() == [("最初の行",)]
        connection.close()
        assert v.check() == []


def test_a_failed_creation_leaves_no_half_vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(5, "I/O error")

    for broken in ("techguard.vault.files.os.fsync", "filelock.FileLock.acquire"):
        with monkeypatch.context() as patch:
            patch.setattr(broken, refuse)
            with pytest.raises(errors.StorageFailed):
                vault.create(
                    tmp_path / "v",
                    person_id="p",
                    person_name=PERSON_NAME,
                    passphrase=PASSPHRASE,
                    kdf=vault.KDF_FLOOR,
                )
        assert list(tmp_path.iterdir()) == []


def test_a_failed_change_keeps_the_old_passphrase(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    v = made.open()
    real, calls = os.fsync, []

    def fail_second(fd: int) -> None:
        calls.append(fd)
        if len(calls) == 3:  # slot file, its folder, then vault.json
            raise OSError(28, "No space left on device")
        real(fd)

    monkeypatch.setattr("techguard.vault.files.os.fsync", fail_second)
    with pytest.raises(errors.DiskFull):
        v.change_passphrase(NEW, kdf=vault.KDF_FLOOR)
    monkeypatch.undo()
    assert v.check() == []
    v.close()
    made.open().close()
    with pytest.raises(errors.WrongPassphrase):
        made.open(NEW)
