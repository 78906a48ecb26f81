"""A flipped bit, an old file, an old page: found on opening or by `verify`, never silently wrong content."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from techguard import vault
from techguard.domain.items import Exposure, Item, Technology
from techguard.domain.kinds import KINDS
from techguard.register import Register
from techguard.store.errors import RegisterDamaged
from techguard.store.history import state
from techguard.vault.errors import VaultError
from tests.bench.synthetic import Synthetic
from tests.conftest import Place

from . import expected, flips

PAGE = 4096


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, copied: Callable[[Path], Place]) -> Place:
    """A register with some four hundred entries, changes and a backup's worth of pages."""
    place = copied(tmp_path_factory.mktemp("damage") / "acme.techguard")
    with place.open() as register:
        for part in Synthetic(20).chunks():
            register.bulk(part)
        for technology in register.find(Technology)[:10]:
            register.change(technology, outline="改めた説明である。")
    return place


Content = dict[str, list[tuple[str, dict[str, object]]]]


def content(register: Register) -> Content:
    """Everything a reader could be shown."""
    return {
        kind.name: [(item.id, state(item, kind)) for item in register.find(kind.model)]
        for kind in KINDS.values()
    }


def read(path: Path, place: Place) -> tuple[Content | None, bool]:
    """What a reader is shown, and whether anything was said to be wrong, by an error or by `verify`."""
    try:
        with Register.open(path, place.passphrase, clock=place.clock) as register:
            sound = register.verify().ok and not register.vault.damaged_slots
            return content(register), not sound
    except (VaultError, RegisterDamaged):
        return None, True


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.slow
def test_a_flipped_bit_in_any_file_is_found(filled: Place, tmp_path: Path) -> None:
    with filled.open() as register:
        true = content(register)
    chance = random.Random(5)
    silent = []
    files = sorted(p for p in filled.path.rglob("*") if p.is_file() and p.stat().st_size)
    names = {p.relative_to(filled.path).as_posix() for p in files}
    assert {"register.db", "head", "vault.json"} <= names
    assert sum(name.startswith("keys/") for name in names) == 2
    tried = 0
    for file in files:
        name = file.relative_to(filled.path).as_posix()
        data = file.read_bytes()
        if name == "register.db":  # the first page's every part, then anywhere
            bits = [chance.randrange(PAGE * 8) for _ in range(8)]
            bits += [chance.randrange(len(data) * 8) for _ in range(40)]
        else:
            bits = [chance.randrange(len(data) * 8) for _ in range(12)]
        for bit in bits:
            path = tmp_path / "damaged.techguard"
            shutil.copytree(filled.path, path)
            (path / name).write_bytes(flipped(data, bit))
            shown, said = read(path, filled)
            if not said and name not in {"lock", "lock.note"}:
                silent.append((name, bit))
            if not said or shown is not None:
                assert shown == true, f"{name}, bit {bit}: shown something else"
            shutil.rmtree(path)
            tried += 1
    assert not silent
    assert tried > 80


def test_any_byte_of_any_page_is_named_with_its_page(tmp_path: Path) -> None:
    """Some places of each page; every byte: `python -m tests.faults.flips`."""
    places, pages = flips.campaign(tmp_path, 12, 3)
    assert places == 12
    assert pages > 100


def test_an_old_register_put_back_is_refused(filled: Place, tmp_path: Path) -> None:
    path = tmp_path / "acme.techguard"
    shutil.copytree(filled.path, path)
    old = (path / "register.db").read_bytes()
    with Register.open(path, filled.passphrase, clock=filled.clock) as register:
        register.change(register.find(Technology)[0], outline="この後に古いものが戻される。")
        head = register.head
    (path / "register.db").write_bytes(old)
    promised = expected.of("an old register.db put back")
    with promised.raised() as told:
        Register.open(path, filled.passphrase, clock=filled.clock)
    assert told.value.facts == {"seq": head[0] - 1, "head": head[0]}
    with Register.open(path, filled.passphrase, read_only=True, clock=filled.clock) as register:
        (finding,) = register.verify().findings
        promised.found([finding])


def test_one_old_page_put_back_is_found(filled: Place, tmp_path: Path) -> None:
    """SQLCipher takes an old page of the same database for good: only the history can tell."""
    path = tmp_path / "acme.techguard"
    shutil.copytree(filled.path, path)
    before = pages(path)
    with Register.open(path, filled.passphrase, clock=filled.clock) as register:
        changed: Item = register.find(Exposure)[7]
        # The same length, so that no page is split and each old page fits where it was.
        register.change(changed, title=changed.title[::-1])
        true = content(register)
    after = pages(path)
    differing = [n for n in range(1, len(before)) if before[n] != after[n]]
    assert len(differing) > 3, "row, index, search and history lie on pages of their own"
    wrong = missed = sound = named = 0
    for n in differing:
        (path / "register.db").write_bytes(b"".join([*after[:n], before[n], *after[n + 1 :]]))
        with closing(filled_connection(path, filled)) as connection:
            sound += not connection.execute("PRAGMA cipher_integrity_check").fetchall()
        shown, said = read(path, filled)
        if shown != true:
            wrong += 1
            missed += not said
        if shown is not None and shown != true:
            with Register.open(path, filled.passphrase, read_only=True, clock=filled.clock) as register:
                expected.of("an old page put back").found(register.verify().findings)
            named += 1
    assert sound == len(differing), "for SQLCipher alone every one of these files is whole"
    assert wrong >= 1, "one of the pages holds what a reader sees"
    assert missed == 0
    assert named >= 1


def pages(path: Path) -> list[bytes]:
    data = (path / "register.db").read_bytes()
    return [data[at : at + PAGE] for at in range(0, len(data), PAGE)]


def filled_connection(path: Path, place: Place) -> Any:
    opened = vault.open(path, place.passphrase, read_only=True)
    connection = opened.connect()
    opened.close()
    return connection
