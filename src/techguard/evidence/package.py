"""Puts a package together, in memory: the signed acts with their proofs, the keys, and how to check them."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from techguard.board import sealing
from techguard.board.delivery import Delivered, taken_back
from techguard.domain.items import Item, Summary, Technology
from techguard.domain.words import FileFormat, RedactionLevel
from techguard.domain.words import Language as Written
from techguard.errors import TechguardError
from techguard.i18n import Language, translator
from techguard.store import checkpoint, tree
from techguard.store.checkpoint import Note
from techguard.store.errors import RegisterDamaged
from techguard.store.proofs import ShownAct
from techguard.vault.files import write_output

if TYPE_CHECKING:
    from techguard.register import Register

FORMAT: Final = "techguard evidence package v1"
ALL: Final = "all"
EVIDENCE: Final = "evidence"
"""The action of the act that records a package which was handed out."""
ENDING: Final = ".zip.age"
"""How the name of a sealed package ends."""

BELONGS: Final[Mapping[str, Sequence[str]]] = {
    "element": ("technology",),
    "exposure": ("technology",),
    "rating": ("exposure",),
    "estimate": ("exposure",),
    "acceptance": ("exposure",),
    "countermeasure": ("exposures",),
    "exclusion": ("technology",),
    "assumption": ("technology",),
    "decision": ("technology", "exposure"),
    "outcome": ("technology", "exposure"),
    "observation": ("technology", "exposure"),
}
"""By which fields an entry belongs to a technology, of itself or through an exposure. What several
technologies share (engagements, counterparties, sessions) does not: it would tell of the others."""

_HERE = Path(__file__).parent
_IN_JAPANESE = "検証.md"  # japanese: the name a Japanese reader looks for
_OF_ONE = re.compile(r"^- [^\n]*(?:\n  [^\n]*)*\n", re.MULTILINE)
"""A point of a list in the procedure; those that name what is shown are about one technology."""


class NotATechnology(TechguardError):
    """Facts: `ref`."""

    what = "{ref} is no technology: evidence is for one technology, or for the whole register."
    safe = "No file was written."
    next_step = "Name a technology, such as TEC-0001, or leave the number out."


class HistoryDamaged(RegisterDamaged):
    """Verification found something: what would be packed proves nothing. Facts: `findings`."""

    what = "The register does not agree with its history, so that nothing can be proved with it: {findings}"
    safe = "No file was written, and nothing was changed."
    next_step = "Run verify, and use the newest backup that it finds whole."


@dataclass(frozen=True, slots=True)
class Package:
    """Files by their name in the package, and what is told when it was written."""

    files: Mapping[str, bytes]
    acts: int
    checkpoint: Note
    digest: str
    """Of the newest act of the history that is in it (hexadecimal)."""


def compose(
    register: Register, ref: str | None = None, *, lang: Language = "ja", earlier: Sequence[Note] = ()
) -> Package:
    """The evidence for one technology, or for the whole register.

    `earlier`: checkpoints that were kept elsewhere; the package proves that the history begins with them.
    `lang`: that of what is there for reading. Raises `NotFound`, `NotATechnology`; `HistoryDamaged` if
    verification finds damage; what `Register.hold` finds against an earlier checkpoint.
    """
    from . import timeline

    chosen: Item | None = register.get(ref) if ref else None
    if chosen is not None and not isinstance(chosen, Technology):
        raise NotATechnology(ref=chosen.ref)
    damage = [f.code for f in register.verify().findings if isinstance(f.problem, RegisterDamaged)]
    if damage:
        raise HistoryDamaged(findings=tuple(dict.fromkeys(damage)))
    for note in earlier:
        for problem in register.hold(note).problems:
            raise problem
    note = register.checkpoint()
    digests = register.digests()[: note.checkpoint.size]
    items = None if chosen is None else register.belonging(chosen.id, BELONGS)
    if items is not None:  # who acted is told by the register's own entry of that person
        everywhere = (act for merged in (False, True) for act in register.shown_acts(items, merged=merged))
        items |= {act.entry["person"] for act in everywhere}
    acts = list(register.shown_acts(items))
    merged = list(register.shown_acts(items, merged=True))
    leaves = [tree.leaf_hash(digest) for digest in digests]
    files: dict[str, bytes] = {"checkpoint.txt": note.text().encode()}
    inclusion = tree.Tree(leaves) if items is not None else None
    for act in acts:
        files |= _act_files(f"acts/{act.seq:06}", act)
        if inclusion is not None:
            files |= _inclusion(act.seq, note, inclusion)
    for act in merged:
        files |= _act_files(f"merged/{act.entry['n']:06}", act)
    for number, before in enumerate(earlier, start=1):
        proof = tree.consistency(leaves, before.checkpoint.size)
        files[f"earlier/{number}.txt"] = before.text().encode()
        files[f"earlier/{number}.proof"] = b"".join(base64.b64encode(h) + b"\n" for h in proof)
    files |= _keys(register, note, {act.entry["key"] for act in (*acts, *merged)})
    files |= timeline.files(register, chosen, acts, merged, note, lang)
    files |= _procedure(register, chosen, note)
    return Package(_signed(register, chosen, note, files), len(acts), note, digests[-1].hex())


def _act_files(name: str, act: ShownAct) -> Iterator[tuple[str, bytes]]:
    changes = [
        {
            "position": change.position,
            "kind": change.kind,
            "item": change.item,
            "op": change.op,
            **(
                {"inside": change.salt.hex()}
                if change.pruned
                else {"salt": change.salt.hex(), "fields": change.fields}
            ),
            "path": [beside.hex() for beside in change.path],
        }
        for change in act.changes
    ]
    yield f"{name}.message", act.message
    yield f"{name}.sig", act.signature
    yield f"{name}.changes.json", _json(changes)


def _inclusion(seq: int, note: Note, inclusion: tree.Tree) -> dict[str, bytes]:
    """The proof that an act is in the checkpoint (c2sp.org/tlog-proof)."""
    path = "".join(f"{base64.b64encode(h).decode()}\n" for h in inclusion.path(seq - 1))
    text = f"c2sp.org/tlog-proof@v1\nindex {seq - 1}\n{path}\n{note.text()}"
    return {f"acts/{seq:06}.tlog-proof": text.encode()}


def _keys(register: Register, note: Note, used: set[str]) -> dict[str, bytes]:
    """The public keys that signed what is shown, as PEM, and whose they are."""
    known = register.vault.verify_keys()
    people = register.titles({key.person_id for key in known.values()})
    files: dict[str, bytes] = {}
    told = []
    for id_ in sorted({*used, register.vault.key_id}):
        key = known[id_]
        for name, public in (
            ("ed25519", Ed25519PublicKey.from_public_bytes(key.ed25519)),
            ("mldsa65", MLDSA65PublicKey.from_public_bytes(key.mldsa65)),
        ):
            files[f"keys/{id_}.{name}.pem"] = public.public_bytes(
                Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
            )
        origin = note.checkpoint.origin
        told.append(
            {
                "key": id_,
                "person": key.person_id,
                "name": people[key.person_id].title if key.person_id in people else "",
                "kind": key.kind,
                "retired": key.retired,
                "verifiers": [
                    checkpoint.verifier(origin, checkpoint.ED25519, key.ed25519),
                    checkpoint.verifier(origin, checkpoint.MLDSA65, key.mldsa65),
                ],
            }
        )
    return files | {"keys/keys.json": _json(told)}


def _procedure(register: Register, chosen: Technology | None, note: Note) -> dict[str, bytes]:
    """How to check the package, in both languages, and the program that does the part openssl does not."""
    files = {"check.py": (_HERE / "check.py").read_bytes()}
    languages: tuple[tuple[Language, str], ...] = ("en", "VERIFY.md"), ("ja", _IN_JAPANESE)
    for lang, name in languages:
        text = (_HERE / f"verify.{lang}.md").read_text(encoding="utf-8")
        if chosen is None:
            text = _OF_ONE.sub(lambda point: "" if "{scope}" in point[0] else point[0], text)
        files[name] = text.format(
            scope=chosen.ref if chosen else translator(lang).gettext("The whole register"),
            size=note.checkpoint.size,
            root=base64.b64encode(note.checkpoint.root).decode(),
            key=register.vault.key_id,
        ).encode()
    return files


def _signed(
    register: Register, chosen: Technology | None, note: Note, files: Mapping[str, bytes]
) -> dict[str, bytes]:
    """The files with the digests of all of them, signed by whoever made the package."""
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    lines = (
        FORMAT,
        f"vault {register.vault.vault_id}",
        f"scope {chosen.ref if chosen else ALL}",
        f"made {register.now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        f"key {register.vault.key_id}",
        f"acts {note.checkpoint.size}",
        f"sums {hashlib.sha256(sums.encode()).hexdigest()}",
    )
    about = "".join(f"{line}\n" for line in lines).encode()
    own = {"PACKAGE": about, "PACKAGE.sig": register.vault.sign(about), "SHA256SUMS": sums.encode()}
    return own | dict(files)


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def deliver(
    register: Register,
    ref: str | None,
    output: Path,
    lock: sealing.Lock | None,
    *,
    recipients: Sequence[str] = (),
    lang: Language = "ja",
    earlier: Sequence[Note] = (),
) -> tuple[Package, Delivered]:
    """Compose a package and write it, sealed in age, or open to everybody without a `lock`: whole (mode 0600)
    or not at all. Where the register can be written it is recorded there, after the acts that it holds.

    Raises what `compose` raises, and the errors of the disk.
    """
    package = compose(register, ref, lang=lang, earlier=earlier)
    content = zipped(package)
    inside = hashlib.sha256(content).hexdigest()
    data = content if lock is None else sealing.seal(content, lock, FileFormat.ZIP_AGE).data
    digest = hashlib.sha256(data).hexdigest()
    about = ref.upper() if ref else translator(lang).gettext("The whole register")
    record = Summary(
        title=translator(lang).gettext("Evidence: {about}").format(about=about),
        language=Written(lang),
        redaction=RedactionLevel.R2 if ref else RedactionLevel.R0,
        format=FileFormat.ZIP if lock is None else FileFormat.ZIP_AGE,
        recipients=tuple(recipients),
        snapshot=package.digest,
        file_digest=digest,
        content_digest=inside,
        sealed_at=register.now,
    )
    if register.read_only:
        write_output(output, data)
        return package, Delivered(output, digest, None, "")
    with taken_back(output), register.act(action=EVIDENCE):
        kept = register.add(record)
        write_output(output, data)
    return package, Delivered(output, digest, kept, "")


_EPOCH = (1980, 1, 1, 0, 0, 0)


def named_for(path: Path) -> Path:
    """The path with the ending of a sealed package."""
    name = path.name.lower()
    whole = next((end for end in (ENDING, ".zip", ".age") if name.endswith(end)), "")
    return path.with_name(path.name[: len(path.name) - len(whole)] + ENDING)


def zipped(package: Package) -> bytes:
    """The package as one file, from memory."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in package.files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o600 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return whole.getvalue()
