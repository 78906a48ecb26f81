"""History: one signed entry an act, chained, in bytes that never change."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from techguard.domain import items as i
from techguard.domain.kinds import KINDS
from techguard.domain.words import TechnologyStatus
from techguard.register import Register
from techguard.store import history, tree
from tests.conftest import Place
from tests.made_up import one_of_each

VECTOR = Path(__file__).parent / "fixtures" / "history-1.json"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


# The bytes


@given(JSON)
def test_a_value_has_one_spelling(value: object) -> None:
    text = history.canonical(value)
    assert json.loads(text) == value
    assert history.canonical(json.loads(text)) == text


def test_the_kept_vector_holds() -> None:
    """Registers that were written under this format must be provable for ever."""
    kept = json.loads(VECTOR.read_text(encoding="utf-8"))
    technology = i.Technology(
        id="0123456789abcdef0123456789abcdef",
        ref="TEC-0001",
        code_name='焼結 "K" \\ ㈱𠮷\n二行目',
        status=TechnologyStatus.REGISTERED,
        products=("ｶﾞﾗｽ基板", "MLCC"),
        lead_years_low="2.50",  # type: ignore[arg-type]
        catch_up=0,
        dead_letter_risk=True,
        trade_secret_assessed_on="2026-04-01",  # type: ignore[arg-type]
    )
    fields = json.loads(kept["fields"])
    assert history.canonical(fields) == kept["fields"]
    salt = bytes.fromhex(kept["salt"])
    inside = history.hidden(salt, kept["fields"])
    first, second = (
        history.covered("technology", technology.id, op, history.hidden(salt, line))
        for op, line in (("add", kept["fields"]), ("change", kept["second_fields"]))
    )
    assert (inside.hex(), first.hex()) == (kept["inside"], kept["covered"])
    assert tree.root([first, second]).hex() == kept["changes_root"]
    # A later edition may know more fields; those it knew then are still written so.
    assert fields.items() <= history.added(technology, KINDS["technology"]).fields.items()
    entry: dict[str, Any] = {
        "seq": 2,
        "at": datetime(2026, 11, 23, 12, 0, 0, 5, tzinfo=UTC),
        "person": "a" * 32,
        "key": "b" * 64,
        "action": "edit",
        "reason": "棚卸",
        "review": None,
        "undoes": None,
        "change_count": 2,
        "changes_root": bytes.fromhex(kept["changes_root"]),
        "previous": bytes.fromhex(kept["previous"]),
    }
    message = history.preimage("c" * 32, entry)
    assert message.decode() == kept["message"]
    assert hashlib.sha256(message).hexdigest() == kept["digest"]
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(kept["private_key"]))
    assert key.sign(message).hex() == kept["signature"]


def read_by_the_page_alone(
    connection: Any, vault_id: str, keys: dict[str, bytes]
) -> dict[str, dict[str, Any]]:
    """docs/reference/history-format.md as a program: raises unless history is whole; gives every state."""

    def canonical(value: object) -> bytes:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return text.encode()

    def root(leaves: list[bytes]) -> bytes:  # RFC 9162, section 2.1.1
        if len(leaves) < 2:
            return leaves[0] if leaves else hashlib.sha256(b"").digest()
        half = 1
        while half * 2 < len(leaves):
            half *= 2
        return hashlib.sha256(b"\x01" + root(leaves[:half]) + root(leaves[half:])).digest()

    def leaf(kind: str, item: str, op: str, salt: bytes, fields: str) -> bytes:
        inside = hashlib.sha256(salt + fields.encode()).hexdigest()
        line = f"techguard change v1\n{kind}\t{item}\t{op}\t{inside}\n"
        return hashlib.sha256(b"\x00" + line.encode()).digest()

    states: dict[str, dict[str, Any]] = {}
    before = bytes(32)
    acts = connection.execute(
        "SELECT seq, at, person, key, action, reason, review, undoes, change_count, changes_root, previous,"
        " digest, signature FROM history ORDER BY seq"
    ).fetchall()
    for expected, act in enumerate(acts, start=1):
        seq, at, person, key, action, reason, review, undoes, count, covers, previous, digest, signature = act
        assert (seq, previous) == (expected, before)
        changes = connection.execute(
            "SELECT position, kind, item, op, salt, fields FROM changes WHERE seq = ? ORDER BY position",
            (seq,),
        ).fetchall()
        assert [c[0] for c in changes] == list(range(count))
        assert root([leaf(*c[1:]) for c in changes]) == covers
        message = b"techguard history entry v1\n" + canonical(
            {
                "action": action,
                "at": at,
                "change_count": count,
                "changes": covers.hex(),
                "key": key,
                "person": person,
                "previous": previous.hex(),
                "reason": reason or None,
                "review": review,
                "seq": seq,
                "undoes": undoes,
                "vault": vault_id,
            }
        )
        assert hashlib.sha256(message).digest() == digest
        Ed25519PublicKey.from_public_bytes(keys[key]).verify(signature, message)
        for _, _, item, op, _, fields in changes:
            assert canonical(json.loads(fields)).decode() == fields
            if op == "add":
                assert item not in states
                states[item] = json.loads(fields)
                continue
            for name, (old, new) in json.loads(fields).items():
                assert states[item].get(name) == old
                states[item] |= {name: new}
        before = digest
    return states


def test_a_reader_written_from_the_page_alone_proves_a_register(register: Register, place: Place) -> None:
    register.bulk(one_of_each(register.me.id))
    technology = register.get("TEC-0001", i.Technology)
    register.change(technology, code_name="改称", products=("a", "b"))
    register.remove(register.get("ASM-0001"))  # what a deal assumes of a technology holds it back
    register.remove(technology, with_parts=True)
    register.undo()
    head = register.head
    register.close()

    with place.vault(read_only=True) as vault:
        keys = {key: known.ed25519 for key, known in vault.verify_keys().items()}
        connection = vault.connect()
        states = read_by_the_page_alone(connection, vault.vault_id, keys)
        connection.close()
        assert vault.read_head() == (head[0], bytes.fromhex(head[1]))
    with place.open(read_only=True) as again:
        for id_, state in states.items():
            item: i.Item = again.get(id_)
            live = {name: value for name, value in state.items() if value is not None}
            kind = next(k for k in KINDS.values() if k.model is type(item))
            assert history.state(item, kind) == live


# One act, one entry


def seqs(register: Register) -> int:
    return register.head[0]


def test_making_a_register_is_its_first_entry(register: Register) -> None:
    (entry,) = register.history()
    assert (entry.seq, entry.action, entry.person) == (1, "create", register.me.name)
    assert [c.op for c in entry.changes] == ["add"]


def test_every_act_is_one_entry_with_all_it_did(register: Register) -> None:
    before = seqs(register)
    with register.act("棚卸の結果", action="edit"):
        technology = register.add(i.Technology(code_name="焼結"))
        exposure = register.add(i.Exposure(technology=technology.id, title="流出"))
        register.rate(exposure, likelihood=3, impact=4, rationale="根拠")
    assert seqs(register) == before + 1
    entry = register.entry(seqs(register))
    assert (entry.reason, entry.count) == ("棚卸の結果", 4)
    assert [(c.kind, c.op) for c in entry.changes] == [
        ("technology", "add"),
        ("exposure", "add"),
        ("rating", "add"),
        ("exposure", "change"),
    ]
    assert register.verify().ok


def test_an_act_that_changes_nothing_leaves_no_entry(register: Register) -> None:
    technology = register.add(i.Technology(code_name="焼結"))
    before = register.head
    with register.act("何もしない"):
        pass
    assert register.change(technology, code_name="焼結").version == 1
    assert register.head == before


def test_an_exception_takes_back_everything_and_leaves_no_entry(register: Register) -> None:
    before, counts = register.head, register.overview().counts

    def fails() -> None:
        with register.act("取込"):
            for n in range(5):
                register.add(i.Technology(code_name=f"技術{n}"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert register.head == before
    assert register.overview().counts == counts
    assert register.add(i.Technology(code_name="次")).ref == "TEC-0001", "no number was used up"
    assert register.verify().ok


def test_an_act_within_an_act_joins_it(register: Register) -> None:
    before = seqs(register)
    with register.act("外"):
        register.add(i.Technology(code_name="一"))
        with register.act("内"):
            register.add(i.Technology(code_name="二"))
    assert seqs(register) == before + 1
    assert register.entry(seqs(register)).reason == "外"


def test_the_history_of_one_entry_tells_what_it_was(register: Register, place: Place) -> None:
    technology = register.add(i.Technology(code_name="旧称"))
    register.add(i.Technology(code_name="他"))
    place.clock.turn(3)
    register.change(technology, code_name="新称", status=TechnologyStatus.REGISTERED)
    newest, oldest = register.history(technology.ref)
    assert oldest.changes[0].fields["code_name"] == (None, "旧称")
    assert newest.changes[0].fields == {
        "code_name": ("旧称", "新称"),
        "status": (TechnologyStatus.CANDIDATE, TechnologyStatus.REGISTERED),
    }
    assert (newest.at - oldest.at).days == 3
    assert newest.person == register.me.name
    assert [e.seq for e in register.history(limit=2)] == [newest.seq, newest.seq - 1]
    assert [e.seq for e in register.history(before_seq=newest.seq, limit=1)] == [newest.seq - 1]


def test_who_acted_is_the_one_whose_passphrase_opened(register: Register) -> None:
    other = register.person_named("別の担当者")
    technology = register.add(i.Technology(code_name="焼結", owner=other.id))
    assert register.history(technology.ref)[0].person == register.me.name
