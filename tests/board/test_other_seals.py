"""Workbooks and age files: who can open them, by readers nobody here wrote; and what is inside a file."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import msoffcrypto
import olefile
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techguard import board
from techguard.board import sealing, typeset, webpage, workbook
from techguard.domain.words import FileFormat
from techguard.vault.passphrase import strength

from .readers import needs_qpdf, run
from .test_forms import pages, saying

PASSWORD = "wqGkY3mTjEhRb7xPnVtA4cKd"

needs_age = pytest.mark.skipif(
    not (shutil.which("age") and shutil.which("age-keygen")), reason="age is not installed"
)


# --- workbook --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def book() -> bytes:
    return board.seal(workbook.render(pages(language="en")), PASSWORD, FileFormat.XLSX).data


def opened(data: bytes, password: str) -> bytes:
    file = msoffcrypto.OfficeFile(io.BytesIO(data))
    file.load_key(password=password, verify_password=True)
    plain = io.BytesIO()
    file.decrypt(plain, verify_integrity=True)
    return plain.getvalue()


def test_the_password_opens_the_workbook_and_no_other_does(book: bytes) -> None:
    read = openpyxl.load_workbook(io.BytesIO(opened(book, PASSWORD)))
    assert any("Key risk indicators" in sheet.title for sheet in read)
    for wrong in ("wrong", PASSWORD[:-1]):
        with pytest.raises(msoffcrypto.exceptions.InvalidKeyError):
            opened(book, wrong)


def test_it_says_that_it_is_sealed_with_aes_256_and_sha_512(book: bytes) -> None:
    with olefile.OleFileIO(io.BytesIO(book)) as file:
        said = file.openstream("EncryptionInfo").read().decode("utf-8", "replace")
    assert len(re.findall('keyBits="256"', said)) == 2
    assert len(re.findall('cipherAlgorithm="AES"', said)) == 2
    assert len(re.findall('hashAlgorithm="SHA512"', said)) == 2
    assert 'spinCount="100000"' in said


def test_all_of_its_key_is_random() -> None:
    """msoffcrypto's own `encrypt` fills the second half of the key up with 0x36."""
    keys = set()
    for _ in range(3):
        file = msoffcrypto.OfficeFile(io.BytesIO(board.seal(b"PK", PASSWORD, FileFormat.XLSX).data))
        file.load_key(password=PASSWORD)
        keys.add(file.secret_key)
    assert len({key[:16] for key in keys}) == len({key[16:] for key in keys}) == 3
    assert all(len(key) == 32 for key in keys)


def test_an_altered_workbook_is_noticed(book: bytes) -> None:
    with olefile.OleFileIO(io.BytesIO(book)) as file:
        content = file.openstream("EncryptedPackage").read()
    at = book.index(content[512:1024]) + 100
    altered = book[:at] + bytes([book[at] ^ 1]) + book[at + 1 :]
    with pytest.raises(sealing.NotSealed):  # the password is right, and is not blamed
        board.unseal(altered, PASSWORD)
    with pytest.raises(sealing.WrongPassword):
        board.unseal(altered, "another password of some length")


# --- age -------------------------------------------------------------------------------------------------


def key_pair(folder: Path, name: str) -> tuple[Path, str]:
    secret = folder / name
    made = subprocess.run(["age-keygen", "-o", secret], capture_output=True, text=True, check=True)
    return secret, made.stderr.split()[-1]


def age(*words: str | Path, data: bytes) -> subprocess.CompletedProcess[bytes]:
    return run("age", *words, stdin=data)


@needs_age
def test_each_recipient_opens_it_with_age_and_nobody_else_does(tmp_path: Path) -> None:
    (one, for_one), (two, for_two), (other, _) = (key_pair(tmp_path, n) for n in ("one", "two", "other"))
    pdf = typeset.set_pages(pages())
    sealed = board.seal(pdf, board.Keys((for_one, for_two)), FileFormat.AGE)
    for secret in (one, two):
        assert age("-d", "-i", secret, data=sealed.data).stdout == pdf
    assert age("-d", "-i", other, data=sealed.data).returncode != 0
    altered = sealed.data[:-1] + bytes([sealed.data[-1] ^ 1])
    assert age("-d", "-i", one, data=altered).returncode != 0


def at_a_terminal(words: list[str], typed: str) -> int:
    """Run a command that asks at a terminal, and type; its exit code."""
    import pty

    child, terminal = pty.fork()
    if not child:
        os.execvp(words[0], words)
    try:
        seen = b""
        while b"passphrase" not in seen:
            seen += os.read(terminal, 1000)
        os.write(terminal, typed.encode() + b"\n")
        while os.read(terminal, 1000):
            pass
    except OSError:
        pass  # the terminal goes with the command
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status)


@needs_age
@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a terminal is made here as Unix makes one")
def test_a_password_opens_it_with_age(tmp_path: Path) -> None:
    html = webpage.render(pages())
    sealed, plain = tmp_path / "s.age", tmp_path / "s.html"
    sealed.write_bytes(board.seal(html, PASSWORD, FileFormat.HTML_AGE).data)
    command = ["age", "-d", "-o", str(plain), str(sealed)]
    assert at_a_terminal(command, "wrong") != 0
    assert not plain.exists()
    assert at_a_terminal(command, PASSWORD) == 0
    assert plain.read_bytes() == html


@pytest.mark.parametrize("key", ["age1xyz", "ssh-ed25519 AAAA", "", "age1" + "q" * 58])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(sealing.KeyUnusable):
        board.Keys((key,))


@needs_age
def test_a_secret_key_is_refused_and_not_shown(tmp_path: Path) -> None:
    secret = key_pair(tmp_path, "one")[0].read_text().splitlines()[-1]
    assert secret.startswith("AGE-SECRET-KEY-")
    for typed in (secret, secret.lower()):
        with pytest.raises(sealing.KeySecret) as refused:
            board.Keys((typed,))
        assert typed not in str(refused.value)
        assert typed not in repr(refused.value)


@needs_age
@pytest.mark.parametrize("kind", [k for k in FileFormat if not k.in_age])
def test_keys_open_age_files_only(kind: FileFormat, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="age"):
        board.seal(b"x", board.Keys((key_pair(tmp_path, "one")[1],)), kind)


# --- passwords a person chose ----------------------------------------------------------------------------


@pytest.mark.parametrize("password", ["x", "board-4711", "correct horse battery", "Password-2026-Password"])
def test_a_web_page_does_not_rest_on_an_easy_password(password: str) -> None:
    assert strength(password).score < sealing.STRONG
    with pytest.raises(sealing.PasswordWeak):
        board.check_chosen(password, FileFormat.HTML)


@pytest.mark.parametrize("password", ["correct horse battery staple", "Kp3-vT9_mXw2;Rz7!qLd"])
def test_a_web_page_rests_on_a_strong_one(password: str) -> None:
    assert board.check_chosen(password, FileFormat.HTML) == password


# --- what is inside --------------------------------------------------------------------------------------

DRAWN: dict[FileFormat, Callable[[], bytes]] = {
    FileFormat.PDF: lambda: typeset.set_pages(saying("焼結K")),
    FileFormat.HTML: lambda: webpage.render(saying("焼結K")),
    FileFormat.XLSX: lambda: workbook.render(saying("焼結K")),
}


@pytest.mark.parametrize("kind", DRAWN)
def test_what_was_sealed_comes_out_again_and_has_the_digest_that_was_kept(kind: FileFormat) -> None:
    sealed = board.seal(DRAWN[kind](), PASSWORD, kind)
    assert sealing.digest_of(board.unseal(sealed.data, PASSWORD)) == sealed.inside
    with pytest.raises(sealing.WrongPassword):
        board.unseal(sealed.data, "wrong")
    assert board.seal(DRAWN[FileFormat.HTML](), PASSWORD, FileFormat.HTML).digest != sealed.digest


@pytest.mark.slow
@pytest.mark.parametrize("kind", DRAWN)
def test_the_same_in_age(kind: FileFormat) -> None:
    content = DRAWN[kind]()
    sealed = board.seal(content, PASSWORD, FileFormat.AGE)
    assert board.unseal(sealed.data, PASSWORD) == content
    with pytest.raises(sealing.WrongPassword):
        board.unseal(sealed.data, "wrong")


def test_an_age_file_that_asks_too_much_is_told_from_a_wrong_password() -> None:
    sealed = board.seal(b"content", PASSWORD, FileFormat.AGE).data
    greedy = re.sub(rb"(-> scrypt \S+) \d+", rb"\1 30", sealed, count=1)
    assert greedy != sealed
    with pytest.raises(sealing.TooMuchWork):
        board.unseal(greedy, PASSWORD)
    with pytest.raises(sealing.NotSealed):
        board.unseal(sealed[:-3], PASSWORD)


@needs_qpdf
@pytest.mark.parametrize(
    "how",
    [
        [],
        ["--linearize"],
        ["--object-streams=disable", "--stream-data=uncompress"],
        ["--recompress-flate", "--compression-level=1"],
    ],
)
def test_a_pdf_written_anew_by_qpdf_is_the_same_inside(how: list[str], tmp_path: Path) -> None:
    content = typeset.set_pages(pages())
    sealed, plain = tmp_path / "sealed.pdf", tmp_path / "plain.pdf"
    sealed.write_bytes(board.seal(content, PASSWORD).data)
    assert run("qpdf", f"--password={PASSWORD}", "--decrypt", *how, sealed, plain).returncode == 0
    assert sealing.digest_of(plain.read_bytes()) == sealing.digest_of(content)


def test_a_pdf_that_says_something_else_is_another() -> None:
    one, two = (typeset.set_pages(saying(text)) for text in ("レベル4", "レベル5"))
    assert sealing.digest_of(one) != sealing.digest_of(two)


@given(st.binary(max_size=200), st.sampled_from(list(sealing._OPENS)))
@settings(max_examples=80, deadline=None)
def test_what_is_no_sealed_file_is_said_to_be_none(data: bytes, magic: bytes) -> None:
    for file in (data, magic + data):
        with pytest.raises((sealing.NotSealed, sealing.WrongPassword)):
            board.unseal(file, PASSWORD)
