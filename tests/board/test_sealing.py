"""The sealed file: who can open it, what it gives away, what touches the disk on the way."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest

from techguard import board
from techguard.board import sealing
from techguard.board.composition import compose_from
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.register import Register
from techguard.vault.errors import NoPermission, StorageFailed
from tests.conftest import PASSPHRASE, Place

from .readers import needs_poppler, needs_qpdf, run, text_of
from .sample import sample

PASSWORD = "Kp3-vT9_mXw2;Rz7!qLd"


@pytest.fixture(scope="module")
def sealed() -> board.Sealed:
    document = compose_from(sample(), redaction=w.RedactionLevel.R0, language=w.Language.JA)
    return board.seal(board.render(document), PASSWORD)


@pytest.fixture
def file(sealed: board.Sealed, tmp_path: Path) -> Path:
    path = tmp_path / "summary.pdf"
    path.write_bytes(sealed.data)
    return path


@needs_poppler
def test_poppler_opens_it_with_the_password_only(file: Path, sealed: board.Sealed) -> None:
    assert "研究開発部長" in text_of(sealed.data, PASSWORD)
    for attempt in ([], ["-upw", "wrong"], ["-opw", ""], ["-upw", PASSWORD[:-1]]):
        assert run("pdftotext", *attempt, file, "-").returncode != 0


@needs_qpdf
def test_qpdf_finds_it_whole_and_encrypted_with_aes_256(file: Path) -> None:
    shown = run("qpdf", f"--password={PASSWORD}", "--show-encryption", file).stdout.decode()
    assert "R = 6" in shown
    assert len(re.findall(r"(?:stream|string|file) encryption method: AESv3", shown)) == 3
    assert re.search(r"modify[^:]*: not allowed", shown)
    assert re.search(r"extract for any purpose: allowed", shown)
    assert run("qpdf", f"--password={PASSWORD}", "--check", file).returncode == 0
    assert run("qpdf", "--check", file).returncode == 2
    assert run("qpdf", "--password=wrong", "--check", file).returncode == 2


def test_pikepdf_refuses_it_without_the_password(file: Path) -> None:
    for attempt in ("", "wrong"):
        with pytest.raises(pikepdf.PasswordError):
            pikepdf.open(file, password=attempt)
    with pikepdf.open(file, password=PASSWORD) as opened:
        assert not opened.owner_password_matched


def test_its_bytes_give_nothing_away(sealed: board.Sealed) -> None:
    for word in ("取締役会", "コア技術", "極秘", "Typst", "焼結", "研究開発部長", "xmpmeta"):
        for encoding in ("utf-8", "utf-16-be", "utf-16-le", "cp932"):
            assert word.encode(encoding) not in sealed.data, (word, encoding)


def test_its_digest_is_that_of_the_sealed_bytes(sealed: board.Sealed) -> None:
    assert sealed.digest == hashlib.sha256(sealed.data).hexdigest()
    assert PASSWORD not in repr(sealed)


@pytest.mark.parametrize("password", ["", "x" * 33, "パスワード", "naïve", "tab\there", "line\n"])
def test_a_password_that_some_viewer_cannot_take_is_refused(password: str) -> None:
    with pytest.raises(board.PasswordUnusable) as refused:
        board.seal(b"%PDF-1.7", password)
    assert "32" in str(refused.value)
    assert not password or password not in str(refused.value)


@needs_poppler
@pytest.mark.parametrize("password", ["x", "x" * 32, " ", "a b\"c'd\\e", "~!@#$%^&*(){}[]<>?/|"])
def test_every_password_that_is_taken_opens_the_file(password: str) -> None:
    document = compose_from(sample(), redaction=w.RedactionLevel.R3, language=w.Language.EN)
    assert "Record" in text_of(board.seal(board.render(document), password).data, password)


def test_a_made_password_is_long_unambiguous_and_new_each_time() -> None:
    made = {board.new_password() for _ in range(200)}
    assert len(made) == 200
    assert all(len(p) == 24 and board.check_password(p) == p for p in made)
    assert not set("".join(made)) & set("0O1lI5S8B2Zo")
    assert sealing.BITS >= 100
    assert set("".join(made)) == set(sealing.ALPHABET)


# --- writing it, and the record of it ---


def small(register: Register) -> None:
    technology = register.add(i.Technology(code_name="焼結K"))
    exposure = register.add(i.Exposure(technology=technology.id, title="共同研究先から漏れる", route="R01"))
    register.rate(exposure, likelihood=4, impact=5, rationale="…")


@needs_poppler
def test_producing_writes_the_file_and_records_what_left(register: Register, tmp_path: Path) -> None:
    small(register)
    head = register.head
    output = tmp_path / "R1.pdf"
    made = board.produce(
        register, board.Delivery(output=output, lock=PASSWORD, recipients=("監査役会",)), lang="en"
    )
    assert made.path == output
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    assert made.digest == hashlib.sha256(output.read_bytes()).hexdigest()
    assert "共同研究先から漏れる" in text_of(output.read_bytes(), PASSWORD)
    (record,) = register.find(i.Summary)
    assert record == made.record
    assert record.file_digest == made.digest
    assert record.snapshot == head[1] == made.record.snapshot
    assert record.redaction is w.RedactionLevel.R1
    assert record.language is w.Language.EN
    assert record.recipients == ("監査役会",)
    assert record.sealed_at is not None
    assert register.head[0] == head[0] + 1
    assert PASSWORD not in record.model_dump_json()


def test_reading_only_makes_the_file_and_no_record(place: Place, tmp_path: Path) -> None:
    with place.open(read_only=True) as register:
        made = board.produce(register, board.Delivery(output=tmp_path / "s.pdf", lock=PASSWORD))
        assert made.path.exists()
        assert register.find(i.Summary) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_where_nothing_can_be_written_nothing_is_recorded_in_a_locked_folder(
    register: Register, tmp_path: Path
) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    with pytest.raises(NoPermission):
        board.produce(register, board.Delivery(output=folder / "s.pdf", lock=PASSWORD))
    assert register.find(i.Summary) == []


def test_where_nothing_can_be_written_nothing_is_recorded(register: Register, tmp_path: Path) -> None:
    head = register.head
    with pytest.raises(StorageFailed):
        board.produce(register, board.Delivery(output=tmp_path / "no such folder" / "s.pdf", lock=PASSWORD))
    assert register.head == head
    assert register.find(i.Summary) == []


def test_a_refused_password_leaves_everything_as_it_was(register: Register, tmp_path: Path) -> None:
    head = register.head
    with pytest.raises(board.PasswordUnusable):
        board.produce(register, board.Delivery(output=tmp_path / "s.pdf", lock="パスワード"))
    assert register.head == head
    assert list(tmp_path.glob("*.pdf")) == []


def test_an_older_file_is_replaced_whole(register: Register, tmp_path: Path) -> None:
    output = tmp_path / "s.pdf"
    output.write_bytes(b"old")
    board.produce(register, board.Delivery(output=output, lock=PASSWORD))
    assert output.read_bytes().startswith(b"%PDF")
    assert {p.name for p in tmp_path.iterdir()} == {"s.pdf", "acme.techguard"}


CHILD = """
import sys
from pathlib import Path
from techguard import board
from techguard.register import Register
vault, output, passphrase, password = sys.argv[1:]
with Register.open(vault, passphrase) as register:
    board.produce(register, board.Delivery(output=Path(output), lock=password))
"""


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_nothing_but_the_sealed_file_is_ever_written(place: Place, tmp_path: Path) -> None:
    with place.open() as register:
        small(register)
    log, output = tmp_path / "calls", tmp_path / "out" / "s.pdf"
    home = tmp_path / "home"
    output.parent.mkdir()
    home.mkdir()
    done = subprocess.run(
        [
            *("strace", "-f", "-qq", "-y", "-o", str(log)),
            *("-e", "trace=open,openat,openat2,creat,mknod,mknodat,memfd_create,rename,renameat,renameat2"),
            *(sys.executable, "-c", CHILD, str(place.path), str(output), PASSPHRASE, PASSWORD),
        ],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TMPDIR": str(home),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    calls = log.read_text(encoding="utf-8", errors="replace").splitlines()
    writing = [
        c
        for c in calls
        if re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE|creat\(|mknod|memfd_create", c)
        and "= -1" not in c
        and "/dev/" not in c
    ]
    mine = [c for c in writing if str(place.path) not in c]
    assert len(mine) == 1, mine
    assert f"{output}.techguard.tmp-" in mine[0]
    assert "O_CREAT|O_EXCL" in mine[0]
    assert "0600" in mine[0]
    assert list(home.iterdir()) == []
    assert output.read_bytes().startswith(b"%PDF")
