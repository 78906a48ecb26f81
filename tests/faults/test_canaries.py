"""Nothing readable is ever left: not in the vault, the temp folder, the home or where one works."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import xlsxwriter

from techguard.register import Register

from . import canary
from .cli import PASSPHRASE, Person
from .scan import files, leaks, spellings

ROOT = Path(__file__).parents[2]
WORDS = (canary.WORD, PASSPHRASE, "board-password-1", "輸入の金糸雀")


def workbook(path: Path) -> None:
    """The company's own list, readable as it was before."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("リスク一覧")
        sheet.write_row(0, 0, ["No", "コア技術", "リスク", "発生可能性", "影響度", "備考"])
        for n in range(1, 40):
            sheet.write_row(n, 0, [n, "輸入の金糸雀", f"輸入の金糸雀が飛ぶ{n}", 3, 4, "輸入の金糸雀の備考"])


def test_the_scan_finds_what_is_there(tmp_path: Path) -> None:
    for n, spelt in enumerate(sorted(spellings(canary.WORD))):
        (tmp_path / f"{n}.bin").write_bytes(b"\x00\x01" + spelt + b"\xff")
    workbook(tmp_path / "list.xlsx")
    (tmp_path / canary.WORD).mkdir()
    (tmp_path / canary.WORD / "empty").touch()
    found = {path.name for path, _ in leaks([tmp_path], WORDS)}
    assert found == {path.name for path in files([tmp_path])}


@pytest.mark.slow
def test_no_word_of_the_register_is_readable_after_any_workflow(tmp_path: Path) -> None:
    person = Person.at(tmp_path)
    vault, work = person.vault, person.work
    pdf = ("--password-file", tmp_path / "secrets" / "pdf")
    workbook(work / "ours.xlsx")

    died = subprocess.run(
        [sys.executable, "-m", "tests.faults.canary", vault],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=work,
        env=person.environment() | {"PYTHONPATH": str(ROOT)},
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    code, texts = died.stdout.split()
    assert int(texts) > 60, "texts of every kind"
    assert (vault / "register.db-journal").exists(), "it died in the middle"
    assert leaks(person.places, WORDS) == [(work / "ours.xlsx", "輸入の金糸雀")]

    person.run("import", vault, "ours.xlsx", "--dry-run", code=None)
    person.run("import", vault, "ours.xlsx")
    for words in (
        ("list", vault, "exposures"),
        ("search", vault, canary.WORD),
        ("history", vault),
        ("undo", vault),
    ):
        person.run(*words)
    for level in ("R0", "R1"):
        person.run("board", vault, "--output", f"board-{level}.pdf", "--redaction", level, *pdf)
    person.run("backup", vault, "copies")
    person.run("verify", vault)
    failed = person.run(
        "list", vault, "exposures", "--debug", more={"TECHGUARD_PASSPHRASE_FILE": "/"}, code=2
    )
    assert PASSPHRASE not in failed.stderr

    readable = leaks(person.places, (*WORDS, code, code.replace("-", "")))
    assert {path.name for path, _ in readable} == {"ours.xlsx"}, readable
    made = {path.relative_to(work).parts[0] for path in files([work])}
    assert made == {"acme.techguard", "board-R0.pdf", "board-R1.pdf", "copies", "ours.xlsx"}
    assert list(files([tmp_path / "home", tmp_path / "temp"])) == []

    # What the person asks for in plain is plain, in that file only.
    person.run("export", vault, "--format", "xlsx", "--output", "plain.xlsx")
    assert {path.name for path, _ in leaks(person.places, WORDS)} == {"ours.xlsx", "plain.xlsx"}
    with Register.open(vault, PASSPHRASE) as register:
        assert register.search(canary.WORD), "the words are really there, inside"
        assert register.verify().ok


OPENED = re.compile(
    r'(?:open|openat|creat|openat2)\((?:AT_FDCWD, |\d+<[^>]*>, )?"(?P<path>[^"]*)", (?P<flags>[^),]*)'
)
MOVED = re.compile(
    r'(?:^|\s)(?:rename|renameat|renameat2|link|linkat|symlink|symlinkat)\(.*"(?P<path>[^"]*)"'
)


@pytest.mark.slow
def test_only_the_vault_and_what_was_asked_for_are_ever_opened_for_writing(tmp_path: Path) -> None:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("needs strace")
    person = Person.at(tmp_path)
    workbook(person.work / "ours.xlsx")
    trace = tmp_path / "trace"
    before = [strace, "-f", "-A", "-o", trace, "-s", "4096", "-e", "trace=file,memfd_create"]
    if person.run("--version", before=before, code=None).returncode:
        pytest.skip("strace may not trace here")
    pdf = ("--password-file", tmp_path / "secrets" / "pdf")
    for words in (
        ("init", "acme.techguard", "--person", "法務部長", "--department", "legal"),
        ("import", "acme.techguard", "ours.xlsx"),
        ("search", "acme.techguard", "金糸雀"),
        ("board", "acme.techguard", "--output", "board.pdf", *pdf),
        ("backup", "acme.techguard", "copies"),
    ):
        person.run(*words, before=before)
    written = set()
    for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
        opened = OPENED.search(line)
        if opened and re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", opened["flags"]):
            written.add(opened["path"])
        elif moved := MOVED.search(line):
            written.add(moved["path"])
        assert "memfd_create" not in line
    work = re.escape(str(person.work.resolve()))
    allowed = re.compile(
        rf"({work}/)?(\.?acme\.techguard|copies|board\.pdf(\.tmp-\w+)?$)(/|\.tmp-|$)|/dev/(null|tty)$"
    )
    assert written
    strange = sorted(path for path in written if not allowed.match(path))
    assert not strange, strange
