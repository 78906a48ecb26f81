"""A vault of every released format opens for ever: a copy of each is opened, proved, brought to the format
of today and read.

What opens them is `tools.kept_vault.PASSPHRASE`. A format that was not released yet may still change:
`python -m tools.kept_vault --again` then makes its vault anew. That of a released format never is
(docs/decisions/0018-backups.md). Of a new format one is made for the test until it is kept.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from techguard import backups, vault
from techguard.domain.kinds import KINDS
from techguard.exchange import export
from techguard.register import Register
from techguard.store import migrations
from tools.kept_vault import KEPT, NAME, PASSPHRASE, make

NOW = int(migrations.HEAD)
FORMATS = sorted(int(p.name) for p in KEPT.glob("[0-9]*"))
CHANGELOG = Path(__file__).resolve().parents[2] / "CHANGELOG.md"


@pytest.fixture(scope="session")
def of_today(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault of today's format, while it is not released and none is kept of it."""
    target = tmp_path_factory.mktemp("kept") / str(NOW)
    make(target)
    return target


@pytest.fixture(params=sorted({*FORMATS, NOW}))
def kept(request: pytest.FixtureRequest, tmp_path: Path, of_today: Path) -> tuple[Path, dict[str, Any]]:
    """A copy of a kept vault, as private as it was (git keeps neither modes nor empty folders), and its
    content.
    """
    source = KEPT / str(request.param) if request.param in FORMATS else of_today
    copy = tmp_path / "acme.techguard"
    shutil.copytree(source / NAME, copy)
    (copy / "backups").mkdir(exist_ok=True)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return copy, json.loads((source / "expected.json").read_text(encoding="utf-8"))


def test_one_of_every_released_format_is_kept() -> None:
    """Today's may be missing until something is released: until then it still changes."""
    released = re.findall(r"^## \[\d", CHANGELOG.read_text(encoding="utf-8"), re.MULTILINE)
    newest = NOW if released else NOW - 1
    assert set(range(1, newest + 1)) <= set(FORMATS) <= set(range(1, NOW + 1))


def test_it_opens_by_passphrase_and_by_recovery_code(kept: tuple[Path, dict[str, Any]]) -> None:
    path, expected = kept
    for secret in (PASSPHRASE, expected["recovery_code"]):
        with vault.open(path, secret, read_only=True) as opened:
            assert opened.check() == []
            head = opened.read_head()
            assert head is not None
            assert (head.seq, head.digest.hex()) == tuple(expected["head"].values())


def test_brought_to_today_it_is_whole_and_holds_what_it_held(kept: tuple[Path, dict[str, Any]]) -> None:
    path, expected = kept
    with Register.open(path, PASSPHRASE) as register:
        assert register.verify().findings == ()
        assert register.head == tuple(expected["head"].values())
        found = json.loads(export(register, "json", "ja"))
        older = register.vault.copies()
        assert len(older) == (expected["store"] < int(migrations.HEAD))
        for copy in older:
            assert backups.check(register.vault, copy.path).ok
    for plural in {k.plural for k in KINDS.values()} & expected.keys():
        now = {item["id"]: item for item in found[plural]}
        for item in expected[plural]:
            assert {name: now[item["id"]].get(name) for name in item} == item
    assert [a["digest"] for a in found["history"]["acts"]] == [
        a["digest"] for a in expected["history"]["acts"]
    ]


def test_it_goes_on(kept: tuple[Path, dict[str, Any]]) -> None:
    path, expected = kept
    with Register.open(path, PASSPHRASE) as register:
        technology = register.find(KINDS["technology"].model)[0]
        register.change(technology, note="十年後の追記")
        assert register.verify().findings == ()
        assert register.head[0] == expected["head"]["seq"] + 1
