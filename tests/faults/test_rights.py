"""Folders that may only be read, rights that were lost: a clear error, and reading goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from techguard.domain.items import Exposure, Technology
from techguard.i18n import Language

from . import expected
from .cli import PASSPHRASE, Person

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="mode bits mean nothing on Windows")


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    """Somebody with a small register."""
    from techguard import vault
    from techguard.register import Register

    try:
        made = Person.at(tmp_path)
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
        yield made
    finally:
        for folder, inner, _ in os.walk(tmp_path):
            for name in inner:
                (Path(folder) / name).chmod(0o700)


@pytest.mark.slow
def test_a_vault_that_may_only_be_read(person: Person, held: list[str]) -> None:
    def bytes_of() -> dict[Path, bytes]:
        return {p: p.read_bytes() for p in person.vault.rglob("*") if p.is_file()}

    before = bytes_of()
    paths = [person.vault, *person.vault.rglob("*")]
    for path in paths:
        path.chmod(0o500 if path.is_dir() else 0o400)

    def run(*words: str | Path, code: int | None) -> str:
        return person.run(*words, before=held, code=code).stderr

    promised = expected.of("a folder that may only be read")

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
        promised.ended(promised.code or 0, run(*words, code=promised.code))
    assert bytes_of() == before

    for path in paths:
        path.chmod(0o700 if path.is_dir() else 0o600)
    run("import", person.vault, person.work / "more.csv", code=0)
    run("verify", person.vault, code=0)


@pytest.fixture
def sealed_medium(person: Person) -> Iterator[Path]:
    """The vault of `person` on a file system that is mounted to be read."""
    folder = person.work / "medium"
    folder.mkdir()
    mount = shutil.which("mount")
    if (
        mount is None
        or subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("only root may mount a file system")
    try:
        shutil.copytree(person.vault, folder / "acme.techguard")
        subprocess.run([mount, "-o", "remount,ro", folder], check=True)
        yield folder / "acme.techguard"
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.slow
def test_a_medium_that_can_only_be_read(person: Person, sealed_medium: Path) -> None:
    for words in (("list", sealed_medium, "exposures"), ("verify", sealed_medium)):
        person.run(*words)
    promised = expected.of("a read-only medium")
    languages: tuple[Language, ...] = "en", "ja"
    for lang in languages:
        for words in (
            ("import", sealed_medium, person.work / "more.csv"),
            ("undo", sealed_medium),
            ("export", person.vault, "--output", sealed_medium.parent / "all.json"),
        ):
            done = person.run(*words, code=None, more={"TECHGUARD_LANG": lang})
            promised.ended(done.returncode, done.stderr, lang)


@pytest.mark.slow
def test_a_place_that_may_not_be_written(person: Person, held: list[str]) -> None:
    closed = person.work / "closed"
    closed.mkdir()
    closed.chmod(0o500)
    head = person.run("history", person.vault, "--json", before=held).stdout
    pdf = ("--password-file", person.folder / "secrets" / "pdf")
    for words in (
        ("board", person.vault, "--output", closed / "board.pdf", *pdf),
        ("export", person.vault, "--format", "xlsx", "--output", closed / "all.xlsx"),
        ("backup", person.vault, closed),
        ("init", closed / "other.techguard", "--person", "研究企画 主査", "--department", "rnd"),
    ):
        done = person.run(*words, before=held, code=None)
        expected.of("a place that may not be written").ended(done.returncode, done.stderr)
    assert list(closed.iterdir()) == []
    assert person.run("history", person.vault, "--json", before=held).stdout == head


@pytest.mark.slow
def test_a_part_that_may_not_even_be_read(person: Person, held: list[str]) -> None:
    for part, command, code in (
        ("register.db", ("list", person.vault, "exposures"), 5),
        ("vault.json", ("list", person.vault, "exposures"), 5),
        ("head", ("undo", person.vault), 5),
        ("keys", ("list", person.vault, "exposures"), 5),
        (".", ("list", person.vault, "exposures"), 2),  # not even a place that can be named
    ):
        mode = (person.vault / part).stat().st_mode
        (person.vault / part).chmod(0)
        told = person.run(*command, before=held, code=code).stderr
        assert "Error:" in told, part
        assert "fault of its own" not in told, part
        (person.vault / part).chmod(mode)
    person.run("list", person.vault, "exposures", before=held)
