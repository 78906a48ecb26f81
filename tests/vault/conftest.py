"""Vaults for tests: real ones, with the cheapest key derivation that a reader accepts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from techguard import vault

PASSPHRASE = "正しい馬の電池ホチキスです"
PERSON_ID = "person-canary-01"
PERSON_NAME = "知財部 担当 甲"


@dataclass
class Made:
    """A closed vault and what opens it."""

    path: Path
    code: str
    passphrase: str = PASSPHRASE
    opened: list[vault.Vault] = field(default_factory=list)

    def open(self, secret: str | None = None, **how: object) -> vault.Vault:
        v = vault.open(self.path, secret or self.passphrase, **how)  # type: ignore[arg-type]
        self.opened.append(v)
        return v

    def slot(self, kind: str) -> Path:
        """The file of the (only) slot of this kind."""
        with vault.open(self.path, self.code, read_only=True) as v:
            (name,) = [s.slot for s in v.slots() if s.kind == kind]
        return self.path / "keys" / f"{name}.json"


def make(path: Path) -> Made:
    v, code = vault.create(
        path, person_id=PERSON_ID, person_name=PERSON_NAME, passphrase=PASSPHRASE, kdf=vault.KDF_FLOOR
    )
    connection = v.connect()
    connection.execute("CREATE TABLE note (text TEXT)")
    connection.execute("INSERT INTO note VALUES ('最初の行')")
    connection.close()
    v.write_head(1, b"\x11" * 32)
    v.close()
    return Made(path, code)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    m = make(tmp_path / "acme.techguard")
    yield m
    for v in m.opened:
        v.close()
