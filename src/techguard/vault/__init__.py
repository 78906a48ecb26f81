"""The vault: keys and slots, opening and locking, integrity, backup. It knows nothing of technologies."""

from techguard.vault.checking import Finding
from techguard.vault.core import Head, SlotInfo, Vault, VerifyKey, create
from techguard.vault.core import open_vault as open  # noqa: A004
from techguard.vault.database import database_errors, explain
from techguard.vault.identity import verify_signature
from techguard.vault.idle import IdleTimer
from techguard.vault.kdf import KDF_CEILING, KDF_DEFAULT, KDF_FLOOR, KDF_RECOVERY, KdfParameters, calibrated
from techguard.vault.layout import read_manifest as look
from techguard.vault.passphrase import Strength, strength

__all__ = [
    "KDF_CEILING",
    "KDF_DEFAULT",
    "KDF_FLOOR",
    "KDF_RECOVERY",
    "Finding",
    "Head",
    "IdleTimer",
    "KdfParameters",
    "SlotInfo",
    "Strength",
    "Vault",
    "VerifyKey",
    "calibrated",
    "create",
    "database_errors",
    "explain",
    "look",
    "open",
    "strength",
    "verify_signature",
]
