"""A keychain in memory, in place of the system's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError, PasswordSetError

from techguard import remembering


class Keychain(KeyringBackend):
    """Keeps what it is given; `locked`, it refuses in words that quote what it was given."""

    priority: ClassVar[float] = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise PasswordSetError("locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise PasswordSetError(f"cannot keep {password}")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError(username)
        del self.kept[service, username]


class Shared(Keychain):
    """All of them keep the same, as programs that ask the same keychain."""

    shared: ClassVar[dict[tuple[str, str], str]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.kept = self.shared


@contextmanager
def keychain(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keychain]:
    """The system's keychain is this one, as long as the block lasts."""
    ours = Keychain()
    with monkeypatch.context() as patch:
        patch.setattr(remembering, "OF_THE_SYSTEM", {"linux": [f"{__name__}.Keychain"]})
        patch.setattr(remembering, "_chosen", lambda: ours)
        yield ours
