"""`techguard merge`, as the R&D head and the legal head use it after a week apart."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from techguard import people, pruning
from techguard.domain.items import Exposure, Technology
from techguard.domain.words import Access
from techguard.register import Register
from techguard.vault import KDF_FLOOR
from techguard.vault.errors import WrongPassphrase

from .conftest import PASSPHRASE, House


@pytest.fixture
def other(house: House) -> Path:
    """The same vault on the laptop that was on the train."""
    path = house.vault.with_name("train.techguard")
    shutil.copytree(house.vault, path)
    return path


def work(vault: Path, **fields: str) -> None:
    with Register.open(vault, PASSPHRASE) as register:
        register.change(register.find(Technology)[0], **fields)


def test_what_was_done_apart_comes_together(house: House, other: Path) -> None:
    work(house.vault, note="in the plant")
    work(other, outline="on the train")
    with Register.open(other, PASSPHRASE) as register:
        register.add(Technology(code_name="Thin film"))
    before = {p: p.read_bytes() for p in other.rglob("*") if p.is_file()}
    shown = house.json("merge", "VAULT", other, "--dry-run")
    assert shown["merged"] is False
    assert [(b["title"], b["what"]) for b in shown["brings"]][-1] == ("Thin film", "added")
    assert not shown["conflicts"]
    assert house.json("merge", "VAULT", other)["merged"] is True
    assert {p: p.read_bytes() for p in other.rglob("*") if p.is_file()} == before
    assert house.run("verify", "VAULT").exit_code == 0
    with Register.open(house.vault, PASSPHRASE) as register:
        first = register.find(Technology)[0]
        assert (first.note, first.outline) == ("in the plant", "on the train")
        assert register.vault.copies(), "a backup was made before"
    again = house.run("merge", "VAULT", other)
    assert again.exit_code == 0
    assert "nothing that is not here already" in again.stdout
    assert "another copy taken in" in house.run("history", "VAULT").stdout


def test_conflicts_are_listed_and_change_nothing(house: House, other: Path) -> None:
    work(house.vault, note="in the plant")
    work(other, note="on the train")
    result = house.run("merge", "VAULT", other)
    assert result.exit_code == 1
    assert "in the plant" in result.stdout
    assert "on the train" in result.stdout
    assert "--prefer" in result.stderr
    found = json.loads(house.run("merge", "VAULT", other, "--json").stdout)["conflicts"]
    assert [(c["field"], c["ours"], c["theirs"], c["settled"]) for c in found] == [
        ("note", "in the plant", "on the train", None)
    ]
    with Register.open(house.vault, PASSPHRASE) as register:
        assert register.find(Technology)[0].note == "in the plant"


@pytest.mark.parametrize(
    ("prefer", "stands"), [("ours", "in the plant"), ("theirs", "on the train"), ("newest", "on the train")]
)
def test_a_rule_settles_conflicts(house: House, other: Path, prefer: str, stands: str) -> None:
    work(house.vault, note="in the plant")
    work(other, note="on the train")
    assert house.run("merge", "VAULT", other, "--prefer", prefer, "--reason", "weekly").exit_code == 0
    with Register.open(house.vault, PASSPHRASE) as register:
        assert register.find(Technology)[0].note == stands
        assert register.history(limit=1)[0].reason == "weekly"


def test_taken_out_here_and_rated_there_is_asked_in_words(house: House, other: Path) -> None:
    with Register.open(house.vault, PASSPHRASE) as register:
        gone = register.find(Exposure)[0]
        register.remove(gone, with_parts=True)
    with Register.open(other, PASSPHRASE) as register:
        register.rate(gone.id, likelihood=5, impact=5, rationale="a new case")
    result = house.run("merge", "VAULT", other, lang="ja")
    assert result.exit_code == 1
    for word in ("取り出された", "残して変更された"):
        assert word in result.stdout
    assert house.run("merge", "VAULT", other, "--prefer", "theirs").exit_code == 0
    with Register.open(house.vault, PASSPHRASE) as register:
        assert register.get(gone.id, Exposure).removed_at is None
        assert register.verify().ok


@pytest.mark.parametrize(
    "name",
    [
        "{0} (1).techguard",
        "{0}.sync-conflict-20261127-101500-ABCDEFG.techguard",
        "{0} (Taro's conflicted copy 2026-11-27).techguard",
        "{0} (太郎の競合コピー).techguard",
        "{0} - コピー.techguard",
        "{0}の競合コピー.techguard",
        "{0} のコピー.techguard",
        "{0}-DESKTOP-7QK2.techguard",
    ],
)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_second_version_beside_the_vault_is_told(house: House, name: str, lang: str) -> None:
    version = house.vault.with_name(name.format(house.vault.stem))
    shutil.copytree(house.vault, version)
    result = house.run("list", "VAULT", "technologies", lang=lang)
    assert result.exit_code == 0
    assert "techguard merge" in result.stderr
    assert version.name in result.stderr


def test_a_folder_that_only_sounds_like_one_is_not_told(house: House) -> None:
    house.vault.with_name(f"{house.vault.stem} (1).techguard").mkdir()
    shutil.copytree(house.vault, house.vault.with_name("backup.techguard"))
    assert "techguard merge" not in house.run("list", "VAULT", "technologies").stderr


def test_a_second_version_of_the_database_within_the_vault_is_taken_in(house: House) -> None:
    """What file-wise tools such as Syncthing or Dropbox leave."""
    elsewhere = house.vault.with_name("elsewhere.techguard")
    shutil.copytree(house.vault, elsewhere)
    work(elsewhere, outline="on the train")
    version = house.vault / "register.sync-conflict-20261127-101500-ABCDEFG.db"
    shutil.copy(elsewhere / "register.db", version)
    shutil.rmtree(elsewhere)
    work(house.vault, note="in the plant")
    before = version.read_bytes()
    assert version.name in house.run("list", "VAULT", "technologies").stderr
    assert house.json("merge", "VAULT", version)["merged"] is True
    assert version.read_bytes() == before
    with Register.open(house.vault, PASSPHRASE) as register:
        first = register.find(Technology)[0]
        assert (first.note, first.outline) == ("in the plant", "on the train")
        assert [f.code for f in register.verify().findings] == ["ConflictCopy"]


def test_a_copy_that_is_damaged_is_not_taken_in(house: House, other: Path) -> None:
    work(other, note="on the train")
    database = other / "register.db"
    data = bytearray(database.read_bytes())
    data[len(data) // 2] ^= 1
    database.write_bytes(bytes(data))
    result = house.run("merge", "VAULT", other)
    assert result.exit_code == 4, result.stderr


def test_the_vault_itself_another_vault_and_a_cut_off_copy_are_refused(house: House, other: Path) -> None:
    assert house.run("merge", "VAULT", house.vault).exit_code == 5
    (other / "register.db-journal").write_bytes(b"x" * 512)
    result = house.run("merge", "VAULT", other)
    assert result.exit_code == 5
    assert "cut off" in result.stderr
    assert (other / "register.db-journal").read_bytes() == b"x" * 512


SECOND = "the passphrase of the head of research"
THIRD = "the passphrase of the auditor"


def let_in(vault: Path, name: str, passphrase: str) -> None:
    with Register.open(vault, PASSPHRASE) as register:
        people.let_in(register, name, Access.EDITOR, passphrase, kdf=KDF_FLOOR)


def wrote(vault: Path, passphrase: str, outline: str) -> None:
    with Register.open(vault, passphrase) as register:
        register.change(register.find(Technology)[0], outline=outline)


@pytest.fixture
def removed(house: House) -> Path:
    """A copy in which somebody wrote who was removed from the vault meanwhile."""
    let_in(house.vault, "Head of Research", SECOND)
    path = Path(shutil.copytree(house.vault, house.vault.with_name("old.techguard")))
    wrote(path, SECOND, "by the one who left")
    with Register.open(house.vault, PASSPHRASE) as register:
        people.remove(register, people.named(register, "Head of Research"))
    return path


def outline(vault: Path) -> str:
    with Register.open(vault, PASSPHRASE, read_only=True) as register:
        return register.find(Technology)[0].outline


def test_what_somebody_removed_did_is_held_back_until_it_is_accepted(house: House, removed: Path) -> None:
    before = outline(house.vault)
    result = house.run("merge", "VAULT", removed)
    assert result.exit_code == 1
    assert "Head of Research" in result.stderr
    assert "--accept-removed" in result.stderr
    assert "by the one who left" not in outline(house.vault)
    shown = json.loads(house.run("merge", "VAULT", removed, "--dry-run", "--json").stdout)
    assert shown["removed_people"] == ["Head of Research"]
    assert outline(house.vault) == before
    accepted = house.run("merge", "VAULT", removed, "--accept-removed")
    assert accepted.exit_code == 0, accepted.stderr
    assert outline(house.vault) == "by the one who left"
    assert house.run("verify", "VAULT").exit_code == 0
    with Register.open(house.vault, PASSPHRASE) as register:
        assert people.named(register, "Head of Research").access is None, "they get none by it"
    with pytest.raises(WrongPassphrase):
        Register.open(house.vault, SECOND)
    assert house.run("merge", "VAULT", removed).exit_code == 0, "nothing new is left to hold back"


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_who_was_let_in_there_is_named_and_not_let_in_here(house: House, other: Path, lang: str) -> None:
    let_in(other, "Auditor", THIRD)
    wrote(other, THIRD, "by the auditor")
    result = house.run("merge", "VAULT", other, lang=lang)
    assert result.exit_code == 0
    assert "Auditor" in result.stderr
    assert ("no access" if lang == "en" else "権限なし") in result.stderr
    assert outline(house.vault) == "by the auditor"
    assert house.run("verify", "VAULT").exit_code == 0
    with pytest.raises(WrongPassphrase):
        Register.open(house.vault, THIRD)
    again = house.json("merge", "VAULT", other)
    assert again["nothing_new"]
    assert again["access"] == [{"name": "Auditor", "here": None, "there": "editor"}]


def pruned(vault: Path, name: str) -> str:
    """Take a technology out and destroy its values; its number."""
    with Register.open(vault, PASSPHRASE) as register:
        (gone,) = [t for t in register.find(Technology) if t.code_name == name]
        register.remove(gone, with_parts=True)
        rule = pruning.Rule(before=register.today + timedelta(days=1), kinds=frozenset({"technology"}))
        assert [e.ref for e in pruning.prune(register, rule, "period over").goes] == [gone.ref]
        return gone.ref


@pytest.mark.parametrize(
    ("lang", "warned"),
    [
        ("en", "merging destroys their values in this copy as well, and that cannot be undone"),
        ("ja", "この写しからも値が失われます。元に戻せません"),
    ],
)
def test_a_dry_run_says_which_values_a_merge_would_destroy_here(
    house: House, other: Path, lang: str, warned: str
) -> None:
    with Register.open(house.vault, PASSPHRASE) as register:
        register.add(Technology(code_name="Thin film"))
    shutil.rmtree(other)
    shutil.copytree(house.vault, other)
    ref = pruned(other, "Thin film")
    shown = house.run("merge", "VAULT", other, "--dry-run", lang=lang)
    assert shown.exit_code == 0, shown.stderr
    assert warned in shown.stderr
    assert ref in shown.stderr
    told = house.json("merge", "VAULT", other, "--dry-run")
    assert (told["pruned"], told["pruned_here"]) == ([ref], [])
    assert "Thin film" in house.run("history", "VAULT", ref).stdout, "a dry run destroys nothing"

    assert warned in house.run("merge", "VAULT", other, lang=lang).stderr
    assert "Thin film" not in house.run("history", "VAULT", ref).stdout
    assert house.run("verify", "VAULT").exit_code == 0


def test_what_was_pruned_here_is_said_to_be_there_still(house: House, other: Path) -> None:
    with Register.open(house.vault, PASSPHRASE) as register:
        register.add(Technology(code_name="Thin film"))
    shutil.rmtree(other)
    shutil.copytree(house.vault, other)
    ref = pruned(house.vault, "Thin film")
    work(other, outline="on the train")
    shown = house.run("merge", "VAULT", other, "--dry-run")
    assert f"until it takes this one in: {ref}" in shown.stderr
    assert "destroys" not in shown.stderr
    told = house.json("merge", "VAULT", other, "--dry-run")
    assert (told["pruned"], told["pruned_here"]) == ([], [ref])
