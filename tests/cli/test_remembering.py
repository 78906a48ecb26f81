"""A vault that this machine remembers: only when asked, never the passphrase, gone when it should be."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.compat import properties

from techguard import remembering
from techguard import vault as vaults
from techguard.vault import look
from tests.keychain import Keychain, Shared, keychain

from .conftest import PASSPHRASE, House

CHOSEN = remembering._chosen
NO_KEYCHAIN = 77

NOBODY_ASKED = {"env": {"TECHGUARD_PASSPHRASE_FILE": ""}}
"""No file with a passphrase, and no terminal: what opens now opens without asking."""


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keychain]:
    with keychain(monkeypatch) as ours:
        yield ours


def opens_unasked(house: House) -> bool:
    result = house.run("list", "VAULT", "technologies", **NOBODY_ASKED)
    assert result.exit_code == (0 if "remembers it" in result.stderr else 2), result.stderr
    return result.exit_code == 0


def test_it_is_remembered_when_asked_for_and_then_opens_and_says_so(house: House, kept: Keychain) -> None:
    assert not opens_unasked(house)
    assert house.run("list", "VAULT", "technologies").exit_code == 0
    assert kept.kept == {}, "nobody asked for it"
    assert house.run("people", "VAULT", "remember").exit_code == 0
    assert opens_unasked(house)
    ((where, told),) = kept.kept.items()
    assert where == ("techguard", look(house.vault).vault_id)
    assert PASSPHRASE not in told
    with_file = house.run("list", "VAULT", "technologies")
    assert "remembers" not in with_file.stderr, "a file with the passphrase comes first"
    (me,) = house.json("people", "VAULT", "list")
    assert me["remembered"] is True
    assert "that this machine remembers" in house.run("people", "VAULT", "list").stdout


def test_who_has_access_is_not_changed_without_the_passphrase(house: House, kept: Keychain) -> None:
    house.run("people", "VAULT", "remember")
    assert opens_unasked(house)
    for words in (["rekey"], ["passphrase"], ["recovery"], ["remember"], ["remove", "法務部長"]):
        refused = house.run("people", "VAULT", *words, **NOBODY_ASKED)
        assert (refused.exit_code, "no terminal" in refused.stderr) == (2, True), words


def test_it_is_forgotten_when_asked_for_without_a_passphrase(house: House, kept: Keychain) -> None:
    house.run("people", "VAULT", "remember")
    assert "no more" in house.run("people", "VAULT", "forget", **NOBODY_ASKED).stderr
    assert kept.kept == {}
    assert not opens_unasked(house)
    again = house.run("people", "VAULT", "forget", **NOBODY_ASKED)
    assert (again.exit_code, "did not remember" in again.stderr) == (0, True)


def test_a_changed_passphrase_is_forgotten_here_and_void_elsewhere(
    house: House, kept: Keychain, tmp_path: Path
) -> None:
    new = tmp_path / "new"
    new.write_text("another passphrase altogether", encoding="utf-8")
    house.run("people", "VAULT", "remember")
    elsewhere = dict(kept.kept)
    changed = house.run("people", "VAULT", "passphrase", "--new-passphrase-file", new)
    assert changed.exit_code == 0
    assert kept.kept == {}
    kept.kept = elsewhere  # another machine of the same person
    void = house.run("list", "VAULT", "technologies", **NOBODY_ASKED)
    assert void.exit_code == 2
    assert "It was forgotten." in void.stderr
    assert kept.kept == {}


def test_somebody_removed_is_forgotten_too(house: House, kept: Keychain, tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.write_text("the second person's passphrase", encoding="utf-8")
    add = ("people", "VAULT", "add", "監査役", "--access", "reader", "--new-passphrase-file", second)
    assert house.run(*add).exit_code == 0
    assert house.run("people", "VAULT", "remember", "--passphrase-file", second).exit_code == 0
    remembered = [seat["name"] for seat in house.json("people", "VAULT", "list") if seat["remembered"]]
    assert remembered == ["監査役"]
    assert house.run("people", "VAULT", "rekey").exit_code == 0
    assert opens_unasked(house), "their key goes on opening the vault under the new master key"
    assert house.run("people", "VAULT", "remove", "監査役").exit_code == 0
    assert kept.kept == {}


def test_neither_a_key_file_nor_a_recovery_code_is_remembered(
    house: House, kept: Keychain, tmp_path: Path
) -> None:
    code, key = tmp_path / "code", tmp_path / "techguard.key"
    code.write_text(house.recovery_code, encoding="utf-8")
    refused = house.run("people", "VAULT", "remember", "--passphrase-file", code)
    assert (refused.exit_code, "not opened with a passphrase" in refused.stderr) == (5, True)
    mine = str(house.passphrase_file)
    change = ("people", "VAULT", "passphrase", "--new-passphrase-file", mine, "--new-key-file", key)
    assert house.run(*change).exit_code == 0
    refused = house.run("people", "VAULT", "remember", "--key-file", key)
    assert (refused.exit_code, "key file each time" in refused.stderr) == (5, True)
    assert kept.kept == {}


class Plaintext(KeyringBackend):
    """As those of keyrings.alt: a place that is no keychain of the system."""

    priority = 9

    def get_password(self, service: str, username: str) -> str | None:
        raise AssertionError("never asked")

    set_password = delete_password = get_password  # type: ignore[assignment]


@pytest.mark.parametrize("backend", [fail.Keyring, null.Keyring, Plaintext])
def test_a_place_that_keeps_nothing_safely_is_refused(
    house: House, kept: Keychain, backend: type[KeyringBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembering, "_chosen", backend)
    refused = house.run("people", "VAULT", "remember")
    assert refused.exit_code == 5
    assert backend.__qualname__ in refused.stderr
    assert "go on typing the passphrase" in refused.stderr
    assert not opens_unasked(house)


class Elsewhere(Keychain):
    """One that does not work on this machine."""

    @properties.classproperty
    def priority(cls) -> float:  # noqa: N805
        raise RuntimeError("needs another desktop")


def test_when_nothing_was_set_the_first_that_works_is_taken(
    house: House, kept: Keychain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(house.vault.parent))
    monkeypatch.setattr(remembering, "_chosen", CHOSEN)
    monkeypatch.setattr(Shared, "shared", {})
    here = [f"{__name__}.Absent", f"{__name__}.Elsewhere", "tests.keychain.Shared", "tests.keychain.Keychain"]
    monkeypatch.setattr(remembering, "OF_THE_SYSTEM", {"linux": here})
    assert house.run("people", "VAULT", "remember").exit_code == 0
    assert len(Shared.shared) == 1
    assert opens_unasked(house)


def test_what_was_set_for_the_library_is_heeded(
    house: House, kept: Keychain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembering, "_chosen", CHOSEN)
    for name in ("keyring.backends.null.Keyring", "no.such.Backend"):
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
        assert house.run("people", "VAULT", "remember").exit_code == 5


def test_backends_of_other_systems_are_not_imported() -> None:
    """The one of macOS looks for libraries, and to do so runs a compiler that leaves files behind."""
    asked = "import sys; from techguard import remembering; remembering.recall('0' * 32); "
    named = "print(*(name for name in sys.modules if name.startswith('keyring.backends.')))"
    environ = {k: v for k, v in os.environ.items() if k != "PYTHON_KEYRING_BACKEND"}
    told = subprocess.run(
        [sys.executable, "-c", asked + named], env=environ, capture_output=True, text=True, check=True
    )
    known = {"darwin": "macOS", "win32": "Windows"}
    others = {"macOS", "Windows", "SecretService"} - {known.get(sys.platform, "SecretService")}
    assert not [name for name in told.stdout.split() if name.split(".")[2] in others]


def test_a_keychain_that_refuses_is_told_and_its_words_are_not_repeated(house: House, kept: Keychain) -> None:
    kept.locked = True
    refused = house.run("people", "VAULT", "remember")
    assert refused.exit_code == 5
    assert "PasswordSetError" in refused.stderr
    assert "cannot keep" not in refused.stderr
    assert not opens_unasked(house), "and then the passphrase is asked for"


def test_nothing_is_called_forgotten_that_could_not_be_asked_for(house: House, kept: Keychain) -> None:
    house.run("people", "VAULT", "remember")
    kept.locked = True
    refused = house.run("people", "VAULT", "forget", **NOBODY_ASKED)
    assert (refused.exit_code, "Unlock the keychain" in refused.stderr) == (5, True)
    kept.locked = False
    assert opens_unasked(house), "it was there all the time"


def test_without_the_library_it_is_said_how_to_get_it(
    house: House, kept: Keychain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembering, "find_spec", lambda _: None)
    refused = house.run("people", "VAULT", "remember")
    assert (refused.exit_code, "pip install techguard[keyring]" in refused.stderr) == (5, True)
    assert not opens_unasked(house)


def test_what_somebody_else_wrote_into_the_keychain_opens_nothing(house: House, kept: Keychain) -> None:
    for told in ("", "nonsense", "0" * 16 + " !!!", "0" * 16 + " " + "A" * 44):
        kept.kept = {("techguard", look(house.vault).vault_id): told}
        assert not opens_unasked(house)


@pytest.mark.slow
@pytest.mark.skipif(
    not (shutil.which("dbus-run-session") and shutil.which("gnome-keyring-daemon")),
    reason="needs dbus-run-session and gnome-keyring-daemon",
)
def test_a_real_keychain_of_a_desktop_keeps_it_encrypted_and_gives_it_back(
    house: House, tmp_path: Path
) -> None:
    """GNOME Keyring, over the bus of a session: what is remembered outlives the session, lies nowhere in
    plaintext, and is out of reach while the keychain is locked.
    """
    home, runtime = tmp_path / "home", tmp_path / "run"
    home.mkdir()
    runtime.mkdir(mode=0o700)
    env = {k: v for k, v in os.environ.items() if k != "PYTHON_KEYRING_BACKEND" and "DBUS" not in k}
    env |= {"HOME": str(home), "XDG_RUNTIME_DIR": str(runtime), "TECHGUARD_LANG": "en", "LC_ALL": "C.UTF-8"}

    def session(*words: str | Path, unlocked: bool = True) -> subprocess.CompletedProcess[str]:
        """A log-in to the desktop, one command, and the end of the session."""
        command = [sys.executable, "-m", "techguard", *map(str, words)]
        unlock = (
            "printf %s 'log-in password' | gnome-keyring-daemon --unlock --components=secrets >&2 "
            f"|| exit {NO_KEYCHAIN}; sleep 1"
        )
        return subprocess.run(
            [
                "dbus-run-session",
                "--",
                "sh",
                "-c",
                f'{unlock if unlocked else ":"}; exec "$@"',
                "sh",
                *command,
            ],
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    listed = ("list", house.vault, "technologies")
    done = session("people", house.vault, "remember", "--passphrase-file", house.passphrase_file)
    if done.returncode == NO_KEYCHAIN or "no keychain" in done.stderr:
        pytest.skip(f"GNOME Keyring does not run here: {done.stderr}")  # a container may forbid it
    assert done.returncode == 0, done.stderr
    again = session(*listed)
    assert (again.returncode, "remembers it" in again.stderr) == (0, True), again.stderr

    files = [p.read_bytes() for p in home.rglob("*") if p.is_file()]
    assert files, "it lies in the files of the keychain"
    with vaults.open(house.vault, PASSPHRASE, read_only=True) as opened:
        key = opened.slot_key(PASSPHRASE).key
    for plain in (PASSPHRASE.encode(), key, base64.b64encode(key)):
        assert not any(plain in data for data in files)

    assert session(*listed, unlocked=False).returncode == 2, "locked: the passphrase is asked for"
    locked = session("people", house.vault, "forget", unlocked=False)
    assert (locked.returncode, "Unlock the keychain" in locked.stderr) == (5, True), locked.stderr
    assert session("people", house.vault, "forget").returncode == 0
    assert session(*listed).returncode == 2
