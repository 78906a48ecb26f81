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

from techguard.domain.items import Technology
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


_TMP = r"(\.tmp-\w+)?"
_VAULT = (
    rf"(/(backups|keys)|/register\.db(-journal)?|/lock|/(head|vault\.json|writer|keys/\w+\.json){_TMP}"
    rf"|/backups/\.?acme-[\w.-]+)*"
)
"""What is written of a vault: pages, head, description, sealed keys, lock, and the sealed note who writes."""
ALLOWED = re.compile(
    rf"(\.?(acme|back)(\.techguard)?{_TMP}{_VAULT}"
    rf"|copies(/\.?acme-[\w.-]+{_VAULT})?"
    rf"|(board\.pdf|notice\.pdf|statistics\.pdf|proof\.zip\.age|invitation\.json)(\.techguard)?{_TMP})/?"
)


def opened_for_writing(trace: Path, work: Path) -> set[str]:
    """The paths, those in the working folder as seen from there."""
    written = set()
    for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
        opened = OPENED.search(line)
        if opened and re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", opened["flags"]):
            written.add(opened["path"])
        elif moved := MOVED.search(line):
            written.add(moved["path"])
        assert "memfd_create" not in line
    return {path.removeprefix(f"{work}/") for path in written} - {"/dev/null", "/dev/tty"}


@pytest.mark.slow
def test_only_the_vault_and_what_was_asked_for_are_ever_opened_for_writing(tmp_path: Path) -> None:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("needs strace")
    person = Person.at(tmp_path)
    work, secrets = person.work, tmp_path / "secrets"
    workbook(work / "ours.xlsx")
    trace = tmp_path / "trace"
    before = [strace, "-f", "-A", "-o", trace, "-s", "4096", "-e", "trace=file,memfd_create"]
    if person.run("--version", before=before, code=None).returncode:
        pytest.skip("strace may not trace here")

    def run(*words: str | Path) -> str:
        return person.run(*words, before=before).stdout

    died = subprocess.run(
        [*map(str, before), sys.executable, "-m", "tests.faults.canary", person.vault],
        capture_output=True,
        check=False,
        cwd=work,
        env=person.environment() | {"PYTHONPATH": str(ROOT)},
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    vault, pdf = "acme.techguard", ("--password-file", secrets / "pdf")
    (secrets / "theirs").write_text("招かれた人の合い言葉である\n", encoding="utf-8")
    run("import", vault, "ours.xlsx")
    run("search", vault, "金糸雀")
    shutil.copytree(person.vault, work / "train.techguard")
    with Register.open(work / "train.techguard", PASSPHRASE) as register:
        register.change(register.find(Technology)[0], note=f"{canary.WORD}を車中で改めた")
    there = {path: path.read_bytes() for path in files([work / "train.techguard"])}
    run("undo", vault)
    run("merge", vault, "train.techguard", "--prefer", "theirs")
    run("board", vault, "--output", "board.pdf", *pdf)
    run("notice", vault, "ENG-0001", "--output", "notice.pdf", *pdf)
    run("statistics", vault, "--output", "statistics.pdf", *pdf)
    run("evidence", vault, "TEC-0001", "--output", "proof.zip.age", *pdf)
    run("money", vault, "--years", "1000")
    code = run("people", vault, "invite", "招かれた人", "--access", "reader", "--output", "invitation.json")
    (secrets / "code").write_text(code, encoding="utf-8")
    join = ("--code-file", secrets / "code", "--new-passphrase-file", secrets / "theirs")
    run("people", vault, "join", "invitation.json", *join)
    run("people", vault, "remove", "招かれた人")
    run("backup", vault, "copies")
    run("restore", next((work / "copies").iterdir()), "back.techguard")
    run("verify", vault)

    written = opened_for_writing(trace, work.resolve())
    assert {"board.pdf", "notice.pdf", "statistics.pdf", "proof.zip.age", "invitation.json"} <= {
        path.split(".tmp-")[0].removesuffix(".techguard") for path in written
    }
    assert {"acme.techguard/register.db", "acme.techguard/register.db-journal"} <= written
    written.discard("train.techguard/register.db")  # a crash there might want mending; its bytes are compared
    strange = sorted(path for path in written if not ALLOWED.fullmatch(path))
    assert not strange, strange
    assert {path: path.read_bytes() for path in files([work / "train.techguard"])} == there
    told = (*WORDS, code.strip(), code.strip().replace("-", ""), "招かれた人")
    assert {path.name for path, _ in leaks(person.places, told)} == {"ours.xlsx"}
