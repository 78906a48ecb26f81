"""Checkpoints: signed notes as others write them, and what is read back from paper."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from techguard.store import checkpoint
from techguard.store.checkpoint import Checkpoint, Note
from techguard.store.errors import (
    CheckpointAhead,
    CheckpointAltered,
    CheckpointByUnknown,
    CheckpointDiffers,
    CheckpointOfAnother,
    NotACheckpoint,
)
from techguard.vault import verify_signature
from techguard.vault.identity import Identity

VAULT = "0123456789abcdef" * 2
AT = datetime(2026, 11, 27, 6, 30, tzinfo=UTC)
DIGESTS = [sha256(bytes([n])).digest() for n in range(40)]


@dataclass
class Person:
    person_id: str
    keys: Identity = field(default_factory=Identity.generate)

    @property
    def ed25519(self) -> bytes:
        return self.keys.public.ed25519

    @property
    def mldsa65(self) -> bytes:
        return self.keys.public.mldsa65

    def note(self, digests: list[bytes] = DIGESTS) -> Note:
        said = Checkpoint.of(VAULT, digests, AT)
        return checkpoint.sign(said, self, lambda m: (self.keys.sign(m), self.keys.sign_mldsa65(m)))

    def held(self, note: Note, digests: list[bytes] = DIGESTS) -> checkpoint.Held:
        return checkpoint.hold(note, VAULT, digests, [self], verify_signature)


LEGAL, OTHER = Person("legal"), Person("other")
NOTE = LEGAL.note()


def names(held: checkpoint.Held) -> list[type]:
    return [type(p) for p in held.problems]


def test_the_note_that_the_specification_shows_is_checked_as_others_check_it() -> None:
    """c2sp.org/signed-note as golang.org/x/mod/sumdb/note has it: its published key and note."""
    name, key = "PeterNeumann", base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    line = base64.b64decode(
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    )
    assert checkpoint.verifier(name, key[:1], key[1:]).startswith("PeterNeumann+c74f20a3+")
    assert checkpoint.key_id(name, checkpoint.ED25519, key[1:]) == line[:4]
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(line[4:], text.encode())


def test_a_checkpoint_has_the_lines_of_the_specification() -> None:
    body, _, signatures = NOTE.text().partition("\n\n")
    origin, size, root, *extensions = body.split("\n")
    assert (origin, size) == (f"techguard/{VAULT}", "40")
    assert base64.b64decode(root) == checkpoint.root_of(DIGESTS)
    assert extensions == ["time 2026-11-27T06:30:00Z"]
    first, second = signatures.splitlines()
    for line, kind, public in (
        (first, b"\x01", LEGAL.ed25519),
        (second, b"\xfftechguard/ml-dsa-65", LEGAL.mldsa65),
    ):
        dash, name, encoded = line.split(" ")
        raw = base64.b64decode(encoded)
        assert (dash, name) == ("\u2014", origin)
        assert raw[:4] == sha256(name.encode() + b"\n" + kind + public).digest()[:4]
        verify_signature(public, f"{body}\n".encode(), raw[4:])


@given(
    around=st.sampled_from(["", "確認点\n\n", "Record\n", "Checkpoint   "]),
    end=st.sampled_from(["\n", "\r\n"]),
    blanks=st.sampled_from(["", "  ", "\t"]),
    width=st.sampled_from([None, 20, 60, 76]),
    coding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_a_note_is_read_back_however_it_was_copied(
    around: str, end: str, blanks: str, width: int | None, coding: str
) -> None:
    lines = NOTE.text().split("\n")
    if width:  # as a page breaks them
        lines = [
            piece
            for line in lines
            for piece in (
                [line[:60], *(line[n : n + width] for n in range(60, len(line), width))]
                if line.startswith("\u2014")
                else [line]
            )
        ]
    text = around + end.join(f"{blanks}{line}{blanks}" for line in lines)
    read = checkpoint.read(text.encode(coding))
    assert read == NOTE
    assert names(LEGAL.held(read)) == []


def test_the_short_form_typed_from_paper_is_enough() -> None:
    typed = "\n".join(NOTE.text().split("\n")[:3])
    held = LEGAL.held(checkpoint.read(typed.encode()))
    assert (held.fits, held.signed_by, names(held)) == (True, None, [])
    assert NOTE.checkpoint.short == " ".join(typed.split("\n")[1:])
    wrong = typed[:-5] + ("AAAA=" if not typed.endswith("AAAA=") else "BBBB=")
    assert names(LEGAL.held(checkpoint.read(wrong.encode()))) == [CheckpointDiffers]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00",
        b"\x80",
        b"hello",
        f"techguard/{VAULT}".encode(),
        f"techguard/{VAULT}\n012\n{'A' * 43}=".encode(),
        f"techguard/{VAULT}\n12\n{'A' * 42}".encode(),
        f"techguard/{VAULT}\n12\n{'A' * 43}=\n\n\u2014 techguard AAA".encode(),
        b"x" * (checkpoint.MOST_BYTES + 1),
    ],
)
def test_what_is_no_checkpoint_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(NotACheckpoint):
        checkpoint.read(data)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_reading_anything_ends_in_a_note_or_in_one_error(data: bytes) -> None:
    for given_bytes in (data, NOTE.text().encode()[:100] + data, data + NOTE.text().encode()):
        try:
            read = checkpoint.read(given_bytes)
        except NotACheckpoint:
            continue
        assert read.checkpoint.vault_id


@given(st.data())
def test_any_other_character_in_a_note_is_never_silently_taken(data: st.DataObject) -> None:
    """Whatever is altered in it, it is no checkpoint any more, not of this vault, refused, or unsigned."""
    text = NOTE.text()
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("abcXYZ019+/= \n\u2014").filter(lambda c: c != text[place]))
    try:
        held = LEGAL.held(checkpoint.read((text[:place] + other + text[place + 1 :]).encode()))
    except (NotACheckpoint, CheckpointOfAnother):
        return
    untouched = held.note.checkpoint == NOTE.checkpoint and held.fits
    assert held.problems or (untouched and held.signed_by in {LEGAL.person_id, None})


def test_a_history_that_went_on_still_fits() -> None:
    held = LEGAL.held(LEGAL.note(DIGESTS[:25]))
    assert (held.fits, held.signed_by, names(held)) == (True, "legal", [])


@pytest.mark.parametrize("at", [0, 12, 24])
def test_a_history_of_which_one_act_is_another_does_not(at: int) -> None:
    rewritten = [*DIGESTS[:at], sha256(b"another").digest(), *DIGESTS[at + 1 :]]
    held = LEGAL.held(LEGAL.note(DIGESTS[:25]), rewritten)
    assert (held.fits, names(held)) == (False, [CheckpointDiffers])


def test_a_history_that_lacks_its_end_does_not() -> None:
    held = LEGAL.held(NOTE, DIGESTS[:39])
    assert (held.fits, names(held)) == (False, [CheckpointAhead])


def test_a_note_by_nobody_known_is_told_and_still_held_against_the_history() -> None:
    assert names(OTHER.held(NOTE)) == [CheckpointByUnknown]
    assert names(OTHER.held(NOTE, DIGESTS[:3])) == [CheckpointByUnknown, CheckpointAhead]


def test_one_signature_that_does_not_hold_refuses_the_whole_note() -> None:
    good, bad = NOTE.signatures[0], OTHER.note().signatures[1]
    forged = checkpoint.Signature(bad.name, NOTE.signatures[1].key_id, bad.signature)
    assert names(LEGAL.held(Note(NOTE.checkpoint, (good, forged)))) == [CheckpointAltered]


def test_the_line_of_another_key_beside_a_known_one_is_passed_over() -> None:
    """As the specification asks: a note may bear the signatures of witnesses that we do not know."""
    held = LEGAL.held(Note(NOTE.checkpoint, (*OTHER.note().signatures, *NOTE.signatures)))
    assert (held.signed_by, names(held)) == ("legal", [])


def test_a_note_of_another_vault_says_nothing() -> None:
    with pytest.raises(CheckpointOfAnother):
        checkpoint.hold(NOTE, "f" * 32, DIGESTS, [LEGAL], verify_signature)
