"""Checkpoints: how far the history went and what it was, signed, in a few lines that fit on paper.

A checkpoint is a signed note (c2sp.org/signed-note) with the body of a c2sp.org/tlog-checkpoint: origin,
number of acts, root of the tree over them. Whoever keeps one outside the vault can tell later that the
history still begins with those acts. The format is specified in docs/reference/history-format.md.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, Protocol

from techguard.errors import TechguardError
from techguard.vault.errors import BadSignature

from . import errors, tree

ORIGIN: Final = "techguard/"
"""What the name of a vault's log begins with; the vault's id follows."""

ED25519: Final = b"\x01"
MLDSA65: Final = b"\xfftechguard/ml-dsa-65"
"""What stands for the kind of a key in its id. The specification assigns no byte to ML-DSA-65 (0x06 is for
cosignatures with ML-DSA-44), and has 0xff with a longer name for what it does not know."""

MOST_BYTES: Final = 100_000

_DASH = "— "
_ORIGIN_LINE = re.compile(
    r"(?:.*\s)?techguard/([0-9a-f]{32})"
)  # what stands beside it in a table comes along
_SIZE_LINE = re.compile(r"0|[1-9][0-9]{0,17}")
_ROOT_LINE = re.compile(r"[A-Za-z0-9+/]{43}=")
_BASE64 = re.compile(r"(?!$)[A-Za-z0-9+/]*={0,2}")
_UNSEEN = str.maketrans("", "", "\u200b\u2060\ufeff\u00ad")  # what copying out of a PDF may bring along


class Key(Protocol):
    """The public halves of a person's signing keys, and whose they are."""

    @property
    def person_id(self) -> str: ...
    @property
    def ed25519(self) -> bytes: ...
    @property
    def mldsa65(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a history goes: the number of its acts and the root over them; in an extension line, when."""

    vault_id: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def of(cls, vault_id: str, digests: Sequence[bytes], at: datetime) -> Checkpoint:
        """The checkpoint of a history by the digests of its acts."""
        when = f"time {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        return cls(vault_id, len(digests), root_of(digests), (when,))

    @property
    def origin(self) -> str:
        return ORIGIN + self.vault_id

    @property
    def short(self) -> str:
        """The number of acts and the root: what a person compares by eye."""
        return f"{self.size} {base64.b64encode(self.root).decode()}"

    @property
    def at(self) -> datetime | None:
        """When it was signed, by the clock of the machine; None if it does not say."""
        for line in self.extensions:
            if line.startswith("time "):
                try:
                    return datetime.strptime(line, "time %Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
                except ValueError:
                    return None
        return None

    def text(self) -> str:
        """What is signed."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature line: who says to have signed, the first bytes of the key's hash, and the signature."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint with its signatures; one that was copied from paper may have none."""

    checkpoint: Checkpoint
    signatures: tuple[Signature, ...] = ()

    def text(self) -> str:
        """The note as it is kept in a file."""
        lines = (
            f"{_DASH}{s.name} {base64.b64encode(s.key_id + s.signature).decode()}\n" for s in self.signatures
        )
        return f"{self.checkpoint.text()}\n{''.join(lines)}"


@dataclass(frozen=True, slots=True)
class Held:
    """A note that was held against a history: what is wrong, and whose signature holds (the person's id)."""

    note: Note
    problems: tuple[TechguardError, ...]
    signed_by: str | None

    @property
    def fits(self) -> bool:
        """Whether the history begins with what the note says."""
        return not any(isinstance(p, errors.RegisterDamaged) for p in self.problems)


def root_of(digests: Iterable[bytes]) -> bytes:
    """The root over acts by their digests."""
    return tree.root(map(tree.leaf_hash, digests))


def key_id(name: str, kind: bytes, public: bytes) -> bytes:
    """The four bytes by which a note names a key."""
    return sha256(name.encode() + b"\n" + kind + public).digest()[:4]


def verifier(name: str, kind: bytes, public: bytes) -> str:
    """A key as programs that check signed notes take it."""
    named = base64.b64encode(kind + public).decode()
    return f"{name}+{key_id(name, kind, public).hex()}+{named}"


def sign(checkpoint: Checkpoint, key: Key, sign_checkpoint: Callable[[bytes], tuple[bytes, bytes]]) -> Note:
    """A note with both signatures of one person, Ed25519 first."""
    name = checkpoint.origin
    ed25519, mldsa65 = sign_checkpoint(checkpoint.text().encode())
    return Note(
        checkpoint,
        (
            Signature(name, key_id(name, ED25519, key.ed25519), ed25519),
            Signature(name, key_id(name, MLDSA65, key.mldsa65), mldsa65),
        ),
    )


def read(data: bytes) -> Note:
    """A note, as it was written or as it was copied out of a summary or typed from paper.

    Text around it, blank space, other line ends and signatures broken over lines do no harm: what is signed
    is put together again from the lines. Raises `NotACheckpoint`.
    """
    if len(data) > MOST_BYTES:
        raise errors.NotACheckpoint
    try:
        text = data.decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError:
        raise errors.NotACheckpoint from None
    lines = [line.translate(_UNSEEN).strip() for line in text.splitlines()]
    begun = ((n, found[1]) for n, line in enumerate(lines) if (found := _ORIGIN_LINE.fullmatch(line)))
    start, vault_id = next(begun, (len(lines), ""))
    if len(lines) < start + 3:
        raise errors.NotACheckpoint
    size, root = lines[start + 1 : start + 3]
    if not _SIZE_LINE.fullmatch(size) or not _ROOT_LINE.fullmatch(root):
        raise errors.NotACheckpoint
    extensions: list[str] = []
    signed: list[str] = []
    blank = False
    for line in lines[start + 3 :]:
        if line.startswith(_DASH):
            signed.append(line)
        elif signed and not signed[-1].endswith("=") and _BASE64.fullmatch(line):
            signed[-1] += f" {line}"
        elif line and (signed or blank):
            break
        elif line:
            extensions.append(line)
        blank = blank or not line
    body = Checkpoint(vault_id, int(size), _bytes_of(root), tuple(extensions))
    return Note(body, tuple(map(_signature, signed)))


def _signature(line: str) -> Signature:
    name, *encoded = line.removeprefix(_DASH).split() or [""]
    raw = _bytes_of("".join(encoded))
    if len(raw) < 5:
        raise errors.NotACheckpoint
    return Signature(name, raw[:4], raw[4:])


def _bytes_of(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise errors.NotACheckpoint from None


def hold(
    note: Note,
    vault_id: str,
    digests: Sequence[bytes],
    keys: Iterable[Key],
    check_signature: Callable[[bytes, bytes, bytes], None],
    elsewhere: Iterable[Sequence[bytes]] = (),
) -> Held:
    """Hold a note against a history by the digests of its acts, and its signatures against known keys.

    `elsewhere`: the same of copies that were brought together with this one: a checkpoint of theirs fits.

    A note without signatures is held against the history alone: whoever typed it vouches for it. Raises
    `CheckpointOfAnother` for a note of another vault.
    """
    said = note.checkpoint
    if said.vault_id != vault_id:
        raise errors.CheckpointOfAnother
    problems: list[TechguardError] = []
    signers, false = _signers(note, keys, check_signature)
    if false:
        return Held(note, (errors.CheckpointAltered(),), None)
    if note.signatures and not signers:
        problems.append(errors.CheckpointByUnknown())
    if not any(
        len(line) >= said.size and root_of(line[: said.size]) == said.root for line in (digests, *elsewhere)
    ):
        ahead = said.size > len(digests)
        problems.append(
            errors.CheckpointAhead(size=said.size, entries=len(digests))
            if ahead
            else errors.CheckpointDiffers(size=said.size)
        )
    return Held(note, tuple(problems), signers[0] if signers else None)


def _signers(
    note: Note, keys: Iterable[Key], check_signature: Callable[[bytes, bytes, bytes], None]
) -> tuple[list[str], bool]:
    """Whose signatures hold, and whether one by a known key does not: then the whole note is refused."""
    name, message = note.checkpoint.origin, note.checkpoint.text().encode()
    known: Mapping[bytes, tuple[str, bytes]] = {
        key_id(name, kind, public): (key.person_id, public)
        for key in keys
        for kind, public in ((ED25519, key.ed25519), (MLDSA65, key.mldsa65))
    }
    signers: list[str] = []
    for signature in note.signatures:
        if signature.name != name or signature.key_id not in known:
            continue
        person, public = known[signature.key_id]
        try:
            check_signature(public, message, signature.signature)
        except BadSignature:
            return [], True
        signers.append(person)
    return signers, False
