"""Killed while a backup is made or restored, or handed one that cannot be read: nothing half counts."""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from techguard import backups, vault
from techguard.domain.items import Technology
from techguard.errors import TechguardError
from techguard.register import Register
from techguard.vault.errors import NoPermission, StorageFailed

PASSPHRASE = "控えの間に絶えた合い言葉"
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the campaign forks its writers")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "acme.techguard"
    register, _ = Register.create(
        path, person="法務部長", department=None, passphrase=PASSPHRASE, kdf=vault.KDF_FLOOR
    )
    with register:
        register.add(Technology(code_name="焼結の条件"))
    return path


def _forever(path: Path, target: Path, out: int) -> None:
    """Back up and restore until killed, saying each that is done."""
    with vault.open(path, PASSPHRASE) as opened:
        os.write(out, b'{"done": "open"}\n')
        for n in range(10_000):
            made = backups.make(opened, retention=vault.Retention(2, 0, 0, 0))
            os.write(out, b'{"done": "backup", "path": "%s"}\n' % os.fsencode(made))
            with opened.open_copy(made) as backup:
                where, _found = backups.restore(backup, target / f"{n}.techguard")
            os.write(out, b'{"done": "restore", "path": "%s"}\n' % os.fsencode(where))


@needs_fork
@pytest.mark.slow
def test_what_has_a_name_is_whole_wherever_backup_or_restore_is_cut_off(path: Path, tmp_path: Path) -> None:
    from .kill import killed

    chance = random.Random(3)
    hit = set[str]()
    for n in range(20):
        target = tmp_path / f"restored-{n}"
        said = killed(lambda out, t=target: _forever(path, t, out), chance.uniform(0, 1.6))  # type: ignore[misc]
        hit |= {line["done"] for line in said}
        with Register.open(path, PASSPHRASE) as register:
            assert register.verify().findings == ()
            named = [c.path for c in register.vault.copies()] + sorted(target.glob("*.techguard"))
            for one in named:
                assert backups.check(register.vault, one).findings == (), one
            restored = [Path(line["path"]) for line in said if line["done"] == "restore"]
            assert set(restored) <= set(named)
            acknowledged = [Path(line["path"]) for line in said if line["done"] == "backup"]
            assert not acknowledged or acknowledged[-1] in named or len(register.vault.copies()) >= 2
            backups.make(register.vault, retention=vault.Retention(1, 0, 0, 0))
    assert hit == {"open", "backup", "restore"}


def told_of(register: Register, backup: Path) -> bool:
    """Whether damage is found, or an error names the backup."""
    try:
        return not backups.check(register.vault, backup).ok
    except (StorageFailed, NoPermission) as error:
        return str(backup) in str(error)


@pytest.mark.parametrize("part", ["vault.json", "head", "register.db", "keys"])
def test_a_backup_with_a_part_that_cannot_be_read_is_told_and_the_others_stand(path: Path, part: str) -> None:
    with Register.open(path, PASSPHRASE) as register:
        backups.make(register.vault, retention=vault.Retention())
        broken = backups.make(register.vault, retention=vault.Retention())
        gone = broken / part
        shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
        if part != "keys":
            gone.mkdir()  # where a file was, something that cannot be read as one
        assert told_of(register, broken)
        told = {b.path: b.problem for b in backups.known(register.vault)}
        assert sum(problem is None for problem in told.values()) == 1
        assert isinstance(told[broken], TechguardError)
        backups.make(register.vault, retention=vault.Retention(1, 0, 0, 0))
        assert register.verify().ok


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_a_backup_that_may_not_be_read_says_so(path: Path) -> None:
    with Register.open(path, PASSPHRASE) as register:
        made = backups.make(register.vault, retention=vault.Retention())
        (made / "vault.json").chmod(0)
        with pytest.raises(NoPermission):
            backups.check(register.vault, made)


def test_a_place_that_may_not_be_written_gets_no_half_backup(path: Path) -> None:
    with Register.open(path, PASSPHRASE) as register, tempfile.NamedTemporaryFile() as file:
        with pytest.raises(StorageFailed):
            backups.make(register.vault, Path(file.name) / "inside a file")
        assert register.verify().ok
