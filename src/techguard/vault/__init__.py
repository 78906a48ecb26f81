"""The vault: keys and slots, opening and locking, integrity, backup. It knows nothing of technologies."""

from techguard.vault.checking import Finding
from techguard.vault.copying import Copy
from techguard.vault.core import Head, Invited, Prepared, SlotInfo, Vault, VerifyKey, Version, create
from techguard.vault.core import open_vault as open  # noqa: A004
from techguard.vault.database import database_errors, explain
from techguard.vault.identity import verify_signature
from techguard.vault.idle import IdleTimer
from techguard.vault.kdf import KDF_CEILING, KDF_DEFAULT, KDF_FLOOR, KDF_RECOVERY, KdfParameters, calibrated
from techguard.vault.layout import read_manifest as look
from techguard.vault.passphrase import Strength, strength
from techguard.vault.retention import Retention
from techguard.vault.slots import SlotKey

__all__ = [
    "KDF_CEILING",
    "KDF_DEFAULT",
    "KDF_FLOOR",
    "KDF_RECOVERY",
    "Copy",
    "Finding",
    "Head",
    "IdleTimer",
    "Invited",
    "KdfParameters",
    "Prepared",
    "Retention",
    "SlotInfo",
    "SlotKey",
    "Strength",
    "Vault",
    "VerifyKey",
    "Version",
    "calibrated",
    "create",
    "database_errors",
    "explain",
    "look",
    "open",
    "strength",
    "verify_signature",
]
