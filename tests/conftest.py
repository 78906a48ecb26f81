"""Shared by all rooms: real registers, copied from one made once a session, and a clock that tests turn."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from techguard import vault
from techguard.domain.words import Department
from techguard.register import Register

# No test asks the keychain of whoever runs it: one that wants a keychain brings its own.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"

# Tests make much that goes at once: looked through every 700 objects, it takes a tenth of their time.
gc.set_threshold(10_000, *gc.get_threshold()[1:])

# How fast a thing is belongs in the bench: a machine that is busy must fail no law.
settings.register_profile("techguard", deadline=None)
settings.load_profile("techguard")

PASSPHRASE = "正しい馬の電池ホチキスです"
PERSON = "法務部長"
START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that goes on by one second at each look, and as far as a test turns it."""

    moment: datetime = START

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment

    @property
    def today(self) -> date:
        """The day, without moving the clock."""
        return self.moment.astimezone().date()

    def turn(self, days: int) -> None:
        """Let days go by."""
        self.moment += timedelta(days=days)


@dataclass
class Place:
    """A vault with a register on disk, closed, and what opens it."""

    path: Path
    code: str
    clock: Clock
    passphrase: str = PASSPHRASE

    def open(self, **how: Any) -> Register:
        """Open the register as its first person."""
        return Register.open(self.path, self.passphrase, **({"clock": self.clock} | how))

    def vault(self, *, read_only: bool = False) -> vault.Vault:
        """Open the vault alone, past the register: how somebody would go behind the application's back."""
        return vault.open(self.path, self.passphrase, read_only=read_only)


def made(path: Path, clock: Clock | None = None) -> Place:
    """A new register with its first person, under the cheapest key derivation a reader accepts."""
    clock = clock or Clock()
    register, code = Register.create(
        path,
        person=PERSON,
        department=Department.LEGAL,
        passphrase=PASSPHRASE,
        kdf=vault.KDF_FLOOR,
        clock=clock,
    )
    register.close()
    return Place(path, code, clock)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The register every test starts from; never opened, only copied."""
    return made(tmp_path_factory.mktemp("template") / "acme.techguard")


@pytest.fixture(scope="session")
def copied(template: Place) -> Callable[[Path], Place]:
    """Makes another register like the template, in no time."""

    def copy(path: Path) -> Place:
        shutil.copytree(template.path, path)
        return Place(path, template.code, Clock())

    return copy


@pytest.fixture
def place(copied: Callable[[Path], Place], tmp_path: Path) -> Place:
    """A closed register on disk."""
    return copied(tmp_path / "acme.techguard")


@pytest.fixture
def register(place: Place) -> Iterator[Register]:
    """An open register that holds only its first person."""
    with place.open() as opened:
        yield opened


@pytest.fixture(scope="session")
def held() -> list[str]:
    """A command to start a program with that mode bits hold; root stays root, without its power over files.

    A change of user would hold as well, but then the interpreter itself must be open to that user, which
    it is not in a private home or a private temporary folder.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return []
    command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
    if shutil.which(command[0]) is None or subprocess.run([*command, "true"], check=False).returncode != 0:
        pytest.skip("root cannot give up its power over files here")
    return command
