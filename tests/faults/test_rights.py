"""Folders that may only be read, rights that were lost: a clear error, and reading goes on."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from techguard.domain.items import Exposure, Technology

from .cli import PASSPHRASE, Person

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="mode bits mean nothing on Windows")

NOBODY = 65534


@pytest.fixture
def person() -> Iterator[Person]:
    """Somebody without root's power, whose folders others may enter; with a small register."""
    from techguard import vault
    from techguard.register import Register

    folder = Path(tempfile.mkdtemp(prefix="techguard-rights-"))
    try:
        folder.chmod(0o755)
        made = Person.at(folder)
        register, _ = Register.create(
            made.vault, person="法務部長", department=None, passphrase=PASSPHRASE, kdf=vault.KDF_FLOOR
        )
        with register:
            technology = register.add(Technology(code_name="焼結プロファイルK"))
            exposure = register.add(
                Exposure(technology=technology.id, title="条件表が持ち出される", route="R01")
            )
            register.rate(exposure, likelihood=3, impact=4, rationale="前例がある。")
        (made.work / "more.csv").write_text(
            "No,リスク,発生可能性,影響度\n1,図面が返らない,3,4\n2,委託先が再委託する,2,3\n", encoding="utf-8"
        )
        if os.geteuid() == 0:
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, NOBODY, NOBODY)
        yield made
    finally:
        for path in [folder, *folder.rglob("*")]:
            if path.is_dir():
                path.chmod(0o700)
        shutil.rmtree(folder)


@pytest.fixture
def as_nobody() -> list[str]:
    """The command that gives up root's power, which no mode bit holds."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root needs setpriv to give its power up")
    return [setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--inh-caps=-all"]


@pytest.mark.slow
def test_a_vault_that_may_only_be_read(person: Person, as_nobody: list[str]) -> None:
    def bytes_of() -> dict[Path, bytes]:
        return {p: p.read_bytes() for p in person.vault.rglob("*") if p.is_file()}

    before = bytes_of()
    paths = [person.vault, *person.vault.rglob("*")]
    for path in paths:
        path.chmod(0o500 if path.is_dir() else 0o400)

    def run(*words: str | Path, code: int) -> str:
        return person.run(*words, before=as_nobody, code=code).stderr

    for words in (
        ("list", person.vault, "exposures"),
        ("verify", person.vault),
        ("backup", person.vault, person.work / "copies"),
        ("export", person.vault, "--format", "json", "--output", person.work / "all.json"),
    ):
        run(*words, code=0)
    for words in (
        ("import", person.vault, person.work / "more.csv"),
        ("undo", person.vault),
    ):
        told = run(*words, code=5)
        assert "Error:" in told, (words, told)
        assert "fault of its own" not in told
    assert bytes_of() == before

    for path in paths:
        path.chmod(0o700 if path.is_dir() else 0o600)
    run("import", person.vault, person.work / "more.csv", code=0)
    run("verify", person.vault, code=0)


@pytest.mark.slow
def test_a_place_that_may_not_be_written(person: Person, as_nobody: list[str]) -> None:
    closed = person.work / "closed"
    closed.mkdir()
    closed.chmod(0o500)
    if as_nobody:
        os.chown(closed, NOBODY, NOBODY)
    head = person.run("history", person.vault, "--json", before=as_nobody).stdout
    pdf = ("--password-file", person.folder / "secrets" / "pdf")
    for words in (
        ("board", person.vault, "--output", closed / "board.pdf", *pdf),
        ("export", person.vault, "--format", "xlsx", "--output", closed / "all.xlsx"),
        ("backup", person.vault, closed),
        ("init", closed / "other.techguard", "--person", "研究企画 主査", "--department", "rnd"),
    ):
        told = person.run(*words, before=as_nobody, code=5).stderr
        assert "Error:" in told, (words, told)
        assert "fault of its own" not in told
    assert list(closed.iterdir()) == []
    assert person.run("history", person.vault, "--json", before=as_nobody).stdout == head


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "command", "code"),
    [
        ("register.db", ("list", "exposures"), 5),
        ("vault.json", ("list", "exposures"), 5),
        ("head", ("undo",), 5),
        ("keys", ("list", "exposures"), 5),
        (".", ("list", "exposures"), 2),  # not even a place that can be named
    ],
)
def test_a_part_that_may_not_even_be_read(
    person: Person, as_nobody: list[str], part: str, command: tuple[str, ...], code: int
) -> None:
    (person.vault / part).chmod(0)
    name, *rest = command
    told = person.run(name, person.vault, *rest, before=as_nobody, code=code).stderr
    assert "Error:" in told
    assert "fault of its own" not in told
    (person.vault / part).chmod(0o700 if part in {"keys", "."} else 0o600)
    person.run("list", person.vault, "exposures", before=as_nobody)
