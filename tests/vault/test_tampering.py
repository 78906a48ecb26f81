"""Whoever can write to the folder cannot make a vault mean something else without being noticed."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from techguard import vault
from techguard.vault import encoding, errors, kdf, manifest, slots
from techguard.vault.identity import Identity
from tests.faults import expected

from .conftest import PASSPHRASE, Made, make


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ (1 << at % 8)]) + data[at + 1 :]


def test_every_byte_of_the_description_counts(made: Made) -> None:
    path = made.path / "vault.json"
    whole = path.read_bytes()
    for at in range(len(whole)):
        with pytest.raises(errors.DescriptionDamaged):
            manifest.parse(flipped(whole, at))
    for at in (0, len(whole) // 2, len(whole) - 1):
        path.write_bytes(flipped(whole, at))
        with expected.of("a byte of vault.json").raised():
            made.open()


@pytest.mark.parametrize("kind", ["person", "recovery"])
def test_every_byte_of_a_key_file_counts_and_is_not_blamed_on_the_passphrase(made: Made, kind: str) -> None:
    path = made.slot(kind)
    secret = PASSPHRASE if kind == "person" else made.code
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(flipped(whole, at))
        with expected.of("a byte of a key file").raised():
            vault.open(made.path, secret, read_only=True)
    path.write_bytes(whole)
    made.open(secret).close()


def test_every_byte_of_the_head_counts(made: Made) -> None:
    v = made.open()
    path = made.path / "head"
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(flipped(whole, at))
        with expected.of("a byte of head").raised():
            v.read_head()
    path.write_bytes(whole[:-1])
    with pytest.raises(errors.HeadDamaged):
        v.read_head()
    path.unlink()
    with pytest.raises(errors.HeadMissing):
        v.read_head()


def test_damage_does_not_write_over_the_screen(made: Made, capfd: pytest.CaptureFixture[str]) -> None:
    path = made.path / "register.db"
    path.write_bytes(flipped(path.read_bytes(), 100))
    with pytest.raises(errors.DatabaseDamaged):
        made.open()
    assert capfd.readouterr() == ("", "")


def test_flipped_bits_in_the_database_are_found(made: Made) -> None:
    path = made.path / "register.db"
    whole = path.read_bytes()
    with vault.open(made.path, PASSPHRASE, read_only=True) as v:
        for at in [*range(16), *range(16, len(whole), 61)]:
            path.write_bytes(flipped(whole, at))
            (found,) = v.check()
            assert isinstance(found.problem, errors.DatabaseDamaged), at
        path.write_bytes(flipped(whole, 100))
    with pytest.raises(errors.DatabaseDamaged) as damaged:
        made.open()
    assert damaged.value.exit_code == 4


def test_a_damaged_key_file_does_not_lock_out_the_others(made: Made) -> None:
    path = made.slot("person")
    path.write_bytes(flipped(path.read_bytes(), 500))
    v = made.open(made.code)
    assert [type(e) for e in v.damaged_slots.values()] == [errors.SlotDamaged]
    assert [f.code for f in v.check()] == ["SlotDamaged"]
    v.change_passphrase("and so I go on", kdf=vault.KDF_FLOOR)
    assert v.check() == []


def test_a_wrong_passphrase_beside_a_damaged_key_says_both(made: Made) -> None:
    path = made.slot("recovery")
    path.write_bytes(flipped(path.read_bytes(), 500))
    with pytest.raises(errors.WrongPassphraseSomeDamaged) as wrong:
        made.open("not the passphrase")
    assert wrong.value.exit_code == 3
    assert wrong.value.facts == {"slots": (path.stem,)}


def resigned(path: Path, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The file changed by somebody who also corrects its checksum."""
    content = encoding.load(path.read_bytes())
    change(content)
    return encoding.dump({k: v for k, v in content.items() if k != "checksum"})


def install(made: Made, slot: Path, data: bytes) -> None:
    """Put a slot file in place, and its right hash into vault.json: all that can be done without the key."""
    slot.write_bytes(data)
    description = made.path / "vault.json"
    description.write_bytes(
        resigned(description, lambda c: c["slots"][slot.stem].update(file=manifest.slot_hash(data)))
    )


def other(character: str) -> str:
    return "A" if character != "A" else "B"


def lower(kdf: dict[str, Any]) -> None:
    kdf["memory_kib"] = 8 * 1024
    kdf["iterations"] = 1


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda c: c["kdf"].update(iterations=2), errors.WrongPassphrase),
        (lambda c: c["kdf"].update(iterations=0), errors.SlotRefused),
        (lambda c: c["kdf"].update(iterations=21), errors.SlotRefused),
        (lambda c: c["kdf"].update(memory_kib=8), errors.SlotRefused),
        (lambda c: c["kdf"].update(memory_kib=2**31), errors.SlotRefused),
        (lambda c: c["kdf"].update(lanes=17), errors.SlotRefused),
        (lambda c: c["kdf"].update(algorithm="pbkdf2"), errors.SlotDamaged),
        (lambda c: c["kdf"].update(salt="AAAA"), errors.SlotDamaged),
        (lambda c: c["kdf"].update(memory_kib=8192.0), errors.SlotDamaged),
        (lambda c: c["kdf"].update(memory_kib=True), errors.SlotDamaged),
        (lambda c: c.update(kind="administrator"), errors.SlotDamaged),
        (lambda c: c.update(slot="0" * 16), errors.SlotDamaged),
        (lambda c: c.update(edition=2), errors.SlotDamaged),
        (lambda c: c.update(vault_id="0" * 32), errors.SlotFromAnotherVault),
        (lambda c: c.update(extra="field"), errors.SlotDamaged),
        (lambda c: c.update(keys=c["keys"][:-4]), errors.SlotDamaged),
        (lambda c: c.update(key_file=True), errors.KeyFileNeeded),
        (lambda c: c.update(key_file=0), errors.SlotDamaged),
        (lambda c: c.update(kind="invitation"), errors.SlotDamaged),
        (
            lambda c: c.update(keys=c["keys"][:10] + other(c["keys"][10]) + c["keys"][11:]),
            errors.WrongPassphrase,
        ),
        (lambda c: c.update(keys=c["keys"][:150] + "AAAA" + c["keys"][154:]), errors.SlotDamaged),
    ],
)
def test_a_changed_key_file_never_opens_even_with_right_checksums(
    made: Made, change: Callable[[dict[str, Any]], None], kind: type[errors.VaultError]
) -> None:
    slot = made.slot("person")
    install(made, slot, resigned(slot, change))
    with pytest.raises(kind):
        made.open()
    with pytest.raises(errors.VaultError):
        made.open(made.code)


def test_lowering_the_key_derivation_opens_nothing(tmp_path: Path) -> None:
    dear = vault.KdfParameters(memory_kib=16 * 1024, iterations=3, lanes=1)
    v, code = vault.create(tmp_path / "v", person_id="p", person_name="x", passphrase=PASSPHRASE, kdf=dear)
    v.close()
    made = Made(tmp_path / "v", code)
    slot = made.slot("person")
    install(made, slot, resigned(slot, lambda c: lower(c["kdf"])))
    with expected.of("a key derivation made weaker within the bounds").raised():
        made.open()


def test_more_memory_than_the_ceiling_is_refused_before_it_is_used(made: Made, monkeypatch: Any) -> None:
    slot = made.slot("person")
    install(made, slot, resigned(slot, lambda c: c["kdf"].update(memory_kib=2**22, iterations=4000)))

    def never(**_: object) -> None:
        raise AssertionError("Argon2id was started")

    monkeypatch.setattr("techguard.vault.kdf.Argon2id", never)
    with expected.of("a key derivation beyond the bounds, weaker or dearer").raised():
        made.open()


def test_a_key_put_back_after_it_was_replaced_is_not_tried(made: Made) -> None:
    old = made.slot("person")
    kept = old.read_bytes()
    with made.open() as v:
        v.change_passphrase("the passphrase of today", kdf=vault.KDF_FLOOR)
    assert not old.exists()
    old.write_bytes(kept)
    with pytest.raises(errors.WrongPassphrase):
        made.open(PASSPHRASE)
    with made.open("the passphrase of today", read_only=True) as v:
        assert [f.code for f in v.check()] == ["UnfinishedWrite"]


def test_a_key_put_back_and_listed_again_is_refused(made: Made) -> None:
    old = made.slot("person")
    kept = old.read_bytes()
    listed = encoding.load((made.path / "vault.json").read_bytes())["slots"][old.stem]
    with made.open() as v:
        v.change_passphrase("the passphrase of today", kdf=vault.KDF_FLOOR)
    old.write_bytes(kept)
    description = made.path / "vault.json"
    description.write_bytes(resigned(description, lambda c: c["slots"].update({old.stem: listed})))
    for secret in (PASSPHRASE, "the passphrase of today", made.code):
        with pytest.raises(errors.SlotSetTampered) as tampered:
            made.open(secret)
        assert tampered.value.exit_code == 4


def test_a_whole_old_set_of_keys_put_back_is_refused(made: Made, tmp_path: Path) -> None:
    shutil.copytree(made.path / "keys", tmp_path / "keys")
    shutil.copy(made.path / "vault.json", tmp_path / "vault.json")
    with made.open() as v:
        v.change_passphrase("the passphrase of today", kdf=vault.KDF_FLOOR)
    shutil.rmtree(made.path / "keys")
    shutil.copytree(tmp_path / "keys", made.path / "keys")
    shutil.copy(tmp_path / "vault.json", made.path / "vault.json")
    for read_only in (False, True):
        with expected.of("a set of keys replaced, or an old one put back").raised():
            made.open(PASSPHRASE, read_only=read_only)


def test_a_lower_generation_a_dropped_and_an_added_slot_are_refused(made: Made) -> None:
    description = made.path / "vault.json"
    whole = description.read_bytes()
    recovery, person = made.slot("recovery").stem, made.slot("person").stem
    for change in (
        lambda c: c.update(generation=2),
        lambda c: c.update(vault_id="0" * 32),
        lambda c: c["slots"].pop(recovery),
        lambda c: c["slots"].update({"0123456789abcdef": c["slots"][recovery]}),
        lambda c: c["invitations"].update({"0123456789abcdef": c["slots"][recovery]}),
        lambda c: c["invitations"].update({recovery: c["slots"].pop(recovery)}),
        lambda c: c["slots"][recovery].update(master=c["slots"][person]["master"]),
        lambda c: c["slots"][person].update(master=c["slots"][recovery]["master"]),
        lambda c: c["slots"][person].update(master=c["slots"][person]["master"][:-4]),
        lambda c: c["slots"][person].update(extra=1),
        lambda c: c.update(keyring=c["keyring"][:-8] + "AAAAAA=="),
    ):
        description.write_bytes(resigned(description, change))
        with pytest.raises(errors.VaultDamaged):
            made.open()
        description.write_bytes(whole)
    made.open().close()


def test_keys_of_another_vault_are_recognised(made: Made, tmp_path: Path) -> None:
    other = make(tmp_path / "other.techguard")
    theirs, ours = other.slot("person"), made.slot("person")
    install(made, ours, resigned(theirs, lambda c: c.update(slot=ours.stem)))
    with expected.of("a key file of another vault").raised():
        made.open()


@pytest.mark.parametrize("part", ["head", "register.db", "vault.json"])
def test_a_file_of_another_vault_is_not_taken(made: Made, tmp_path: Path, part: str) -> None:
    other = make(tmp_path / "other.techguard")
    shutil.copy(other.path / part, made.path / part)
    if part == "head":
        with made.open() as v, pytest.raises(errors.HeadDamaged):
            v.read_head()
    else:
        with pytest.raises(errors.VaultDamaged):
            made.open()


def test_a_key_file_made_by_somebody_with_the_master_key_is_still_not_of_the_set(made: Made) -> None:
    """A person who left may have kept the master key: they can make a slot, and nobody else takes it."""
    path = made.slot("recovery")
    with made.open(read_only=True) as v:
        theirs = slots.make(v.vault_id, "person", Identity.generate(), b"mine", vault.KDF_FLOOR)
    renamed = dataclasses.replace(theirs, name=path.stem, kind="recovery")
    path.write_bytes(renamed.to_bytes())
    with made.open() as v:
        assert [type(e) for e in v.damaged_slots.values()] == [errors.SlotSetTampered]
        assert [f.code for f in v.check()] == ["SlotSetTampered"]
    with pytest.raises(errors.SlotSetTampered):
        made.open(made.code)


@pytest.mark.parametrize("lie", ["crossed", "extra", "renamed"])
def test_a_keyring_that_contradicts_the_slots_is_refused(made: Made, lie: str) -> None:
    """Even under the right seal: the keyring must name the slots that are there, each with its own keys."""
    with made.open(read_only=True) as v:
        (one, first), (two, second) = v._ring.keys.items()
        keys = {
            "crossed": {
                one: dataclasses.replace(first, slot=second.slot),
                two: dataclasses.replace(second, slot=first.slot),
            },
            "extra": {one: first, two: dataclasses.replace(second, slot="0" * 16)},
            "renamed": {
                one: dataclasses.replace(first, kind=second.kind),
                two: dataclasses.replace(second, kind=first.kind),
            },
        }[lie]
        ring = manifest.Keyring(v._ring.people, keys)
        false = v._manifest.sealed(v._key("keyring"), ring)
    (made.path / "vault.json").write_bytes(false.to_bytes())
    with pytest.raises(errors.SlotSetTampered):
        made.open()


def test_no_key_is_derived_outside_the_bounds(made: Made) -> None:
    for cost in (
        vault.KdfParameters(8, 1, 1),
        vault.KdfParameters(8192, 0, 1),
        vault.KdfParameters(2**21, 1, 1),
        vault.KdfParameters(8192, 1, 17),
    ):
        with pytest.raises(errors.KdfOutOfBounds):
            kdf.derive_key(b"secret", bytes(16), cost)
    v = made.open()
    with pytest.raises(errors.KdfOutOfBounds):
        v.change_passphrase("another long passphrase", kdf=vault.KdfParameters(8, 1, 1))
    v.close()
    made.open().close()


def test_absurd_sizes_are_refused_unread(made: Made) -> None:
    slot = made.slot("person")
    for path, kind in (
        (slot, errors.SlotDamaged),
        (made.path / "vault.json", errors.DescriptionDamaged),
    ):
        whole = path.read_bytes()
        with path.open("r+b") as file:
            file.truncate(2**40)  # sparse: nothing is written
        with pytest.raises(kind):
            made.open()
        path.write_bytes(whole)
    with made.open() as v:
        with (made.path / "head").open("r+b") as file:
            file.truncate(2**40)
        with pytest.raises(errors.HeadDamaged):
            v.read_head()


def test_more_slots_than_the_ceiling_are_refused_before_any_is_read(made: Made) -> None:
    description = made.path / "vault.json"
    description.write_bytes(
        resigned(description, lambda c: c["slots"].update({f"{n:016x}": "0" * 64 for n in range(40)}))
    )
    with pytest.raises(errors.DescriptionDamaged):
        made.open()


def test_a_description_spelled_differently_is_damage(made: Made) -> None:
    path = made.path / "vault.json"
    content = json.loads(path.read_bytes())
    for other in (
        json.dumps(content),
        json.dumps(content, indent=1, sort_keys=True) + "\n\n",
        "\ufeff" + path.read_text(encoding="utf-8"),
        path.read_text(encoding="utf-8").replace("{", '{\n "edition": 1,', 1),
        "[" * 100_000,
        "",
        "1" * 10_000,
        "null\n",
    ):
        path.write_text(other, encoding="utf-8")
        with pytest.raises(errors.DescriptionDamaged):
            made.open()


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_no_bytes_crash_the_readers(made: Made, data: bytes) -> None:
    for read in (manifest.parse, lambda d: slots.parse("0" * 16, d)):
        with pytest.raises((errors.DescriptionDamaged, errors.SlotDamaged)):
            read(data)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_content_with_a_right_checksum_crashes_the_readers(made: Made, data: st.DataObject) -> None:
    slot = next((made.path / "keys").iterdir())
    for path, read in (
        (made.path / "vault.json", manifest.parse),
        (slot, lambda d: slots.parse(slot.stem, d)),
    ):
        content = encoding.load(path.read_bytes())
        name = data.draw(st.sampled_from(sorted(content.keys() - {"checksum"})))
        value = data.draw(json_values)
        changed = encoding.dump({k: v for k, v in content.items() if k != "checksum"} | {name: value})
        try:
            read(changed)
        except errors.VaultError:
            continue


def test_an_old_database_put_back_shows_in_the_generation_or_is_left_to_the_head(made: Made) -> None:
    """The vault heals the generation; that the history is behind its head is for the register to see."""
    old = (made.path / "register.db").read_bytes()
    with made.open() as v:
        with closing(v.connect()) as connection:
            connection.execute("INSERT INTO note VALUES ('second')")
        v.write_head(2, b"\x22" * 32)
    (made.path / "register.db").write_bytes(old)
    with made.open() as v:
        assert v.read_head() == vault.Head(2, b"\x22" * 32)
        with closing(v.connect()) as connection:
            assert connection.execute("SELECT count(*) FROM note").fetchone() == (1,)


def test_altered_pages_are_named_and_what_follows_from_them_is_not(made: Made) -> None:
    path = made.path / "register.db"
    with vault.open(made.path, PASSPHRASE, read_only=True) as v:
        path.write_bytes(flipped(path.read_bytes(), 4096 + 100))
        (found,) = v.check()
    expected.of("a byte of register.db").found([found])
    assert found.problem.facts == {"count": 1, "pages": ("2",)}
