"""A vault that this machine remembers, when somebody asked for it: in the keychain of the system alone.

What lies there is the key of one slot (`vault.SlotKey`), not the passphrase: it opens this vault and its
copies, it tells nobody a passphrase that is used elsewhere, and it is worth nothing once the passphrase was
changed. Any program that the same person runs can read it (docs/explanation/threat-model.md).

The library `keyring` comes with `pip install techguard[keyring]`. Without it nothing is remembered.
"""

from __future__ import annotations

import base64
import binascii
import sys
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

from techguard.errors import TechguardError
from techguard.vault import SlotKey, Vault

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

__all__ = ["KeychainMissing", "KeychainRefused", "KeychainUnsafe", "forget", "recall", "remember", "tidy"]

SERVICE = "techguard"
"""Under this name, with the id of the vault as the account, the keychain shows what is remembered."""

OF_THE_SYSTEM = {
    "darwin": ["keyring.backends.macOS.Keyring"],
    "win32": ["keyring.backends.Windows.WinVaultKeyring"],
    "linux": [
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
    ],
}
"""Backends that keep what they are given encrypted, under the log-in of the person, by system and the best
first. Any other is refused: there are some that write a file in plaintext, and one that keeps nothing. Those
of other systems are not so much as imported: the one of macOS looks for its libraries, which elsewhere may
run a compiler and leave files behind."""


class KeychainMissing(TechguardError):
    """The library that speaks to the keychain is not installed."""

    what = "This machine cannot remember a vault: the library “keyring” is not installed."
    next_step = "Install it with: pip install techguard[keyring]"


class KeychainUnsafe(TechguardError):
    """No keychain of the system answers, only what would keep the key unprotected. Facts: `found`."""

    what = "This machine has no keychain that keeps a key safely; what answers is {found}."
    next_step = (
        "Log in to a desktop with a keychain (GNOME Keyring, KWallet), or go on typing the passphrase."
    )


class KeychainRefused(TechguardError):
    """The keychain did not do what was asked. Facts: `reason`."""

    what = "The keychain of this machine refused: {reason}"
    next_step = "Unlock the keychain and try again, or go on typing the passphrase."


def _keychain() -> KeyringBackend:
    """The keychain of the system. Raises `KeychainMissing`, `KeychainUnsafe`."""
    if find_spec("keyring") is None:
        raise KeychainMissing
    ours = OF_THE_SYSTEM.get(sys.platform, OF_THE_SYSTEM["linux"])
    one = _chosen() or next(filter(None, map(_answering, ours)), None)
    if one is None or _name(type(one)) not in ours:
        raise KeychainUnsafe(found=_name(type(one)) if one else "-")
    if hasattr(one, "persist"):
        one.persist = "local machine"  # Windows would carry it to the other machines of the person
    return one


def _chosen() -> KeyringBackend | None:
    """What the person, or who keeps the machine, set for `keyring`: by the environment or its file."""
    from keyring import core

    try:
        return core.load_env() or core.load_config()
    except Exception as error:  # what was set is not there, or does not work here
        raise KeychainUnsafe(found=type(error).__name__) from None


def _answering(name: str) -> KeyringBackend | None:
    """One backend, when it works on this machine."""
    from keyring import core

    try:
        return core.load_keyring(name)
    except Exception:  # each has reasons of its own not to: no library, no bus, nobody logged in
        return None


def _name(backend: type) -> str:
    return f"{backend.__module__}.{backend.__qualname__}"


def remember(vault: Vault, passphrase: str) -> None:
    """Have this machine open the vault without asking. The passphrase is wanted, though the vault is open:
    nobody leaves a key behind who only passes by.

    Raises `WrongPassphrase` and what else `Vault.slot_key` raises, `KeychainMissing`, `KeychainUnsafe`,
    `KeychainRefused`.
    """
    keychain, kept = _keychain(), vault.slot_key(passphrase)
    told = f"{kept.slot} {base64.b64encode(kept.key).decode()}"
    try:
        keychain.set_password(SERVICE, vault.vault_id, told)
    except Exception as error:  # each system has errors of its own; their words could quote what was given
        raise KeychainRefused(reason=type(error).__name__) from None


def recall(vault_id: str) -> SlotKey | None:
    """What this machine remembers of a vault. None also where nobody can be asked: then a passphrase is."""
    try:
        told = _keychain().get_password(SERVICE, vault_id)
    except Exception:  # as above
        return None
    slot, _, key = (told or "").partition(" ")
    with suppress(binascii.Error, ValueError):
        if key:
            return SlotKey(slot, base64.b64decode(key, validate=True))
    return None


def forget(vault_id: str) -> bool:
    """Remember nothing of a vault any more; whether there was something.

    Raises `KeychainMissing`, `KeychainUnsafe`, `KeychainRefused`: where nobody can be asked, nobody knows.
    """
    keychain = _keychain()
    try:
        if keychain.get_password(SERVICE, vault_id) is None:
            return False
        keychain.delete_password(SERVICE, vault_id)
    except Exception as error:  # as above
        raise KeychainRefused(reason=type(error).__name__) from None
    return True


def tidy(vault: Vault) -> None:
    """Forget what opens the vault no more: after a passphrase was changed or somebody was removed."""
    kept = recall(vault.vault_id)
    if kept is not None and all(slot.slot != kept.slot for slot in vault.slots()):
        with suppress(KeychainRefused):  # it opens nothing, and the next opening says so
            forget(vault.vault_id)
