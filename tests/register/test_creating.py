"""Making, opening and closing a register: all of it is there, or nothing is."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from techguard import vault
from techguard.domain import errors
from techguard.domain import items as i
from techguard.domain.words import Department
from techguard.register import Register
from techguard.store import migrations
from techguard.store.errors import NewerRegister
from techguard.vault.errors import VaultError
from tests.conftest import PASSPHRASE, PERSON, Place, made


def test_a_new_register_holds_its_first_person_and_opens_with_both_secrets(tmp_path: Path) -> None:
    place = made(tmp_path / "acme.techguard")
    for secret in (PASSPHRASE, place.code):
        with Register.open(place.path, secret) as register:
            assert (register.me.name, register.me.department) == (PERSON, Department.LEGAL)
            assert register.me.ref == "PSN-0001"
            assert register.head[0] == 1
            assert register.verify().ok


@pytest.mark.parametrize("name", ["", " 　", "名" * 81])
def test_a_name_that_cannot_be_kept_makes_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / "acme.techguard"
    with pytest.raises(errors.Invalid):
        Register.create(path, person=name, department=None, passphrase=PASSPHRASE, kdf=vault.KDF_FLOOR)
    assert not path.exists()


_UNDER_A_LIMIT = textwrap.dedent("""
    import resource, sys
    from pathlib import Path
    from techguard import vault
    from techguard.register import Register

    signal = __import__("signal")
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    path, limit = Path(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        register, _ = Register.create(
            path, person="x", department=None, passphrase="correct horse battery", kdf=vault.KDF_FLOOR
        )
    except Exception as error:
        print(type(error).__name__)
        sys.exit(0 if not path.exists() else 3)
    register.close()
    print("made")
""")


@pytest.mark.skipif(sys.platform == "win32", reason="no file size limit to set there")
@pytest.mark.parametrize("limit", [0, 1_000, 4_096, 20_000, 100_000, 300_000, 100_000_000])
def test_a_disk_that_fills_up_leaves_nothing_behind(tmp_path: Path, limit: int) -> None:
    path = tmp_path / "acme.techguard"
    done = subprocess.run(
        [sys.executable, "-c", _UNDER_A_LIMIT, str(path), str(limit)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert path.exists() == (done.stdout.strip() == "made")
    assert (limit >= 100_000_000) == path.exists()
    assert "Traceback" not in done.stderr


def test_what_was_there_before_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "acme.techguard"
    path.mkdir()
    (path / "mine.txt").write_text("私のもの", encoding="utf-8")
    with pytest.raises(VaultError):
        made(path)
    assert [p.name for p in path.iterdir()] == ["mine.txt"]
    assert (path / "mine.txt").read_text(encoding="utf-8") == "私のもの"


def test_a_register_is_not_made_over_another(place: Place) -> None:
    before = {p: p.read_bytes() for p in place.path.rglob("*") if p.is_file()}
    with pytest.raises(VaultError):
        made(place.path)
    assert {p: p.read_bytes() for p in place.path.rglob("*") if p.is_file()} == before


def test_a_register_written_by_a_newer_program_is_left_alone(place: Place) -> None:
    with place.vault() as opened:
        connection = opened.connect()
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.close()
    before = (place.path / "register.db").read_bytes()
    for read_only in (True, False):
        with pytest.raises(NewerRegister):
            place.open(read_only=read_only)
    assert (place.path / "register.db").read_bytes() == before


def test_opening_changes_nothing(place: Place) -> None:
    before = {p.name: p.read_bytes() for p in place.path.rglob("*") if p.is_file()}
    for read_only in (True, False):
        with place.open(read_only=read_only) as register:
            register.overview()
            register.verify()
    assert {p.name: p.read_bytes() for p in place.path.rglob("*") if p.is_file()} == before


def test_after_closing_nothing_can_be_asked_and_another_may_write(place: Place) -> None:
    register = place.open()
    register.close()
    with pytest.raises((VaultError, SQLAlchemyError)):
        register.add(i.Technology(code_name="x"))
    with place.open() as again:
        assert again.add(i.Technology(code_name="x")).ref == "TEC-0001"


def test_a_failed_opening_lets_the_next_one_write(place: Place) -> None:
    with place.vault() as opened:
        connection = opened.connect()
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.close()
    with pytest.raises(NewerRegister):
        place.open()
    with place.vault() as opened:
        connection = opened.connect()
        connection.execute(f"UPDATE alembic_version SET version_num = '{migrations.HEAD}'")
        connection.close()
    with place.open() as register:
        assert register._store.connection.execute(
            text("SELECT version_num FROM alembic_version")
        ).scalar() == (migrations.HEAD)
