"""Backups at the command line: made, listed, checked, compared, kept by rules, restored."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from techguard.domain.items import Technology
from techguard.register import Register

from .conftest import PASSPHRASE, House


def add(house: House, name: str) -> None:
    with Register.open(house.vault, PASSPHRASE) as register:
        register.add(Technology(code_name=name))


def test_a_backup_goes_where_it_is_asked_to_go(house: House, tmp_path: Path) -> None:
    made = house.json("backup", "VAULT", tmp_path / "usb")
    assert Path(made["backup"]).parent == tmp_path / "usb"
    own = house.json("backup", "VAULT")
    assert Path(own["backup"]).parent == house.vault / "backups"
    result = house.run("backup", "VAULT", tmp_path / "usb")
    assert result.exit_code == 0
    assert "found whole" in result.stderr
    assert result.stdout.strip() in {str(p) for p in (tmp_path / "usb").iterdir()}


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_there_is_and_whether_it_holds(house: House, lang: str) -> None:
    assert house.json("backup", "VAULT", "--list") == []
    house.run("backup", "VAULT")
    add(house, "later")
    house.run("backup", "VAULT")
    newest, older = house.json("backup", "VAULT", "--list")
    assert newest["entries"] == older["entries"] + 1
    assert [c["ok"] for c in house.json("backup", "VAULT", "--check")] == [True, True]
    result = house.run("backup", "VAULT", "--check", lang=lang)
    assert Path(newest["path"]).name in result.stdout
    Path(older["path"], "head").write_bytes(b"x")
    result = house.run("backup", "VAULT", "--check", lang=lang)
    assert result.exit_code == 4
    assert f"{Path(older['path']).name} head" in result.stdout
    one = house.run("backup", "VAULT", Path(newest["path"]).name, "--check", "--json", lang=lang)
    assert one.exit_code == 0, "only the one that was named, by its name alone"
    assert [c["path"] for c in json.loads(one.stdout)] == [newest["path"]]
    shown = house.run("backup", "VAULT", "--list", lang=lang)
    assert ("damaged" if lang == "en" else "壊れている") in shown.stdout


def test_what_came_since(house: House, tmp_path: Path) -> None:
    house.run("backup", "VAULT", tmp_path)
    add(house, "later")
    found = house.json("backup", "VAULT", tmp_path, "--compare")
    assert [(d["kind"], d["title"], d["what"]) for d in found["since"]] == [("technology", "later", "added")]
    assert found["common"] == found["backup_entries"] == found["vault_entries"] - 1
    assert found["only_in_backup"] == []
    shown = house.run("backup", "VAULT", tmp_path, "--compare", lang="ja")
    assert "later" in shown.stdout
    assert "追加" in shown.stdout


def test_the_rules_are_kept_and_followed(house: House) -> None:
    chosen = house.json(
        "backup",
        "VAULT",
        "--keep-last",
        "2",
        "--keep-daily",
        "0",
        "--keep-weekly",
        "0",
        "--keep-monthly",
        "0",
    )
    assert chosen == {"keep": {"last": 2, "daily": 0, "weekly": 0, "monthly": 0}}
    made = [house.json("backup", "VAULT")["backup"] for _ in range(4)]
    assert [c["path"] for c in house.json("backup", "VAULT", "--list")] == made[:1:-1]
    assert house.json("backup", "VAULT", "--keep-daily", "5")["keep"]["last"] == 2, "the others stay"
    nothing = house.run("backup", "VAULT", "--keep-last", "0", "--keep-daily", "0")
    assert nothing.exit_code == 2
    assert house.json("backup", "VAULT", "--keep-daily", "5")["keep"]["last"] == 2


def test_only_one_thing_at_a_time(house: House) -> None:
    assert house.run("backup", "VAULT", "--list", "--check").exit_code == 2
    assert house.run("backup", "VAULT", "--list", "--keep-last", "3").exit_code == 2
    assert house.run("backup", "VAULT", "--check").exit_code == 2, "there is none yet"


def test_a_backup_is_restored_into_a_new_place_only(house: House, tmp_path: Path) -> None:
    made = house.json("backup", "VAULT", tmp_path / "usb")["backup"]
    add(house, "later")
    target = tmp_path / "back.techguard"
    found = house.json("restore", made, target)
    assert found["vault"] == str(target)
    names = {t["code_name"] for t in house.json("list", target, "technologies")}
    assert "later" not in names
    assert names < {t["code_name"] for t in house.json("list", "VAULT", "technologies")}
    assert house.run("verify", target).exit_code == 0
    for taken in (target, house.vault, tmp_path):
        again = house.run("restore", made, taken)
        assert again.exit_code == 5
        assert "left as it is" in again.stderr
    assert house.run("verify", target).exit_code == 0


def test_a_damaged_backup_is_not_restored(house: House, tmp_path: Path) -> None:
    made = Path(house.json("backup", "VAULT", tmp_path / "usb")["backup"])
    data = bytearray((made / "register.db").read_bytes())
    data[-2000] ^= 1
    (made / "register.db").write_bytes(data)
    result = house.run("restore", made, tmp_path / "back.techguard", lang="ja")
    assert result.exit_code == 4
    assert not list(tmp_path.glob("*back*"))
