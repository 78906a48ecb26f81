"""People on the command line: let in, invited, graded, removed; a key file beside the passphrase."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import House

SECOND, THIRD = "the second person's passphrase", "the third person's passphrase"


@pytest.fixture
def secrets(tmp_path: Path) -> dict[str, str]:
    made = {}
    for name, secret in (("second", SECOND), ("third", THIRD)):
        path = tmp_path / name
        path.write_text(secret + "\n", encoding="utf-8")
        made[name] = str(path)
    return made


def seats(house: House) -> dict[str, dict[str, object]]:
    return {seat["name"]: seat for seat in house.json("people", "VAULT", "list")}


def add(house: House, access: str, file: str) -> None:
    words = ("people", "VAULT", "add", "監査役", "--access", access, "--new-passphrase-file", file)
    assert house.run(*words).exit_code == 0


def test_a_reader_is_let_in_reads_and_writes_nothing(house: House, secrets: dict[str, str]) -> None:
    add(house, "reader", secrets["second"])
    seat = seats(house)["監査役"]
    assert (seat["access"], seat["opens_with"], seat["me"]) == ("reader", ["passphrase"], False)
    theirs = ("--passphrase-file", secrets["second"])
    assert house.run("list", "VAULT", "technologies", *theirs).exit_code == 0
    refused = house.run("undo", "VAULT", *theirs)
    assert refused.exit_code == 6
    assert "“Reader”" in refused.stderr
    for words in (["access", "監査役", "editor"], ["remove", "監査役"], ["rekey"]):
        assert house.run("people", "VAULT", *words, *theirs).exit_code == 6
    changed = house.run("people", "VAULT", "passphrase", *theirs, "--new-passphrase-file", secrets["third"])
    assert changed.exit_code == 0, changed.stderr
    assert house.run("list", "VAULT", "technologies", *theirs).exit_code == 3
    assert house.run("verify", "VAULT").exit_code == 0


def test_an_invited_person_joins_with_file_and_code(
    house: House, secrets: dict[str, str], tmp_path: Path
) -> None:
    file, code = tmp_path / "invitation.json", tmp_path / "code"
    asked = ("people", "VAULT", "invite", "研究部長", "--access", "editor", "--output", file)
    made = house.run(*asked)
    assert made.exit_code == 0, made.stderr
    assert house.run(*asked).exit_code == 2, "no file is replaced"
    code.write_text(made.stdout, encoding="utf-8")
    assert made.stdout.strip() not in file.read_text(encoding="utf-8")
    assert seats(house)["研究部長"]["invited_until"]
    join = ("people", "VAULT", "join", file, "--code-file", code)
    joined = house.run(*join, "--new-passphrase-file", secrets["third"])
    assert joined.exit_code == 0, joined.stderr
    seat = seats(house)["研究部長"]
    assert seat["fingerprint"] == joined.stdout.strip()
    assert seat["invited_until"] is None
    again = house.run(*join, "--new-passphrase-file", secrets["second"])
    assert again.exit_code == 5
    assert "used, withdrawn or has lapsed" in again.stderr
    assert house.run("verify", "VAULT").exit_code == 0


def test_a_withdrawn_invitation_is_none(house: House, secrets: dict[str, str], tmp_path: Path) -> None:
    file, code = tmp_path / "invitation.json", tmp_path / "code"
    made = house.run("people", "VAULT", "invite", "研究部長", "--access", "reader", "--output", file)
    code.write_text(made.stdout, encoding="utf-8")
    assert house.run("people", "VAULT", "withdraw", "研究部長").exit_code == 0
    joined = house.run(
        *("people", "VAULT", "join", file, "--code-file", code), "--new-passphrase-file", secrets["second"]
    )
    assert joined.exit_code == 5


def test_a_removed_person_is_out(house: House, secrets: dict[str, str]) -> None:
    add(house, "editor", secrets["second"])
    assert house.run("people", "VAULT", "access", "監査役", "reviewer").exit_code == 0
    assert seats(house)["監査役"]["access"] == "reviewer"
    assert house.run("people", "VAULT", "remove", "監査役").exit_code == 0
    assert seats(house)["監査役"]["access"] is None
    theirs = ("--passphrase-file", secrets["second"])
    assert house.run("list", "VAULT", "technologies", *theirs).exit_code == 3
    assert house.run("people", "VAULT", "remove", "監査役").exit_code == 5
    assert house.run("people", "VAULT", "remove", "誰でもない").exit_code == 5
    assert house.run("verify", "VAULT").exit_code == 0


def test_the_last_editor_is_not_removed(house: House) -> None:
    (me,) = (name for name, seat in seats(house).items() if seat["me"])
    for words in (["remove", me], ["access", me, "reader"]):
        refused = house.run("people", "VAULT", *words)
        assert refused.exit_code == 5
        assert "the last person who can change this register" in refused.stderr


def test_a_key_file_is_made_wanted_and_given_up(house: House, tmp_path: Path) -> None:
    key, mine = tmp_path / "stick" / "techguard.key", str(house.passphrase_file)
    key.parent.mkdir()
    change = ("people", "VAULT", "passphrase", "--new-passphrase-file", mine)
    assert house.run(*change, "--new-key-file", key, "--no-key-file").exit_code == 2
    assert not key.exists()
    assert house.run(*change, "--new-key-file", key).exit_code == 0
    assert len(key.read_bytes().strip()) == 64
    missing = house.run("list", "VAULT", "people")
    assert missing.exit_code == 3
    assert "--key-file" in missing.stderr
    given = ("--key-file", key)
    assert house.run("list", "VAULT", "people", *given).exit_code == 0
    assert house.run("list", "VAULT", "people", env={"TECHGUARD_KEY_FILE": str(key)}).exit_code == 0
    other = tmp_path / "other.key"
    other.write_bytes(b"x" * 64)
    assert house.run("list", "VAULT", "people", "--key-file", other).exit_code == 3
    assert house.run("list", "VAULT", "people", "--key-file", tmp_path / "none").exit_code == 2
    assert house.run(*change, *given).exit_code == 0  # the file stays wanted
    assert house.run("list", "VAULT", "people").exit_code == 3
    assert house.run(*change, *given, "--no-key-file").exit_code == 0
    assert house.run("list", "VAULT", "people").exit_code == 0


def test_a_recovery_code_is_revoked_and_no_secret_is_an_argument(house: House) -> None:
    (me,) = (seat for seat in seats(house).values() if seat["me"])
    assert me["opens_with"] == ["passphrase", "recovery"]
    assert house.run("people", "VAULT", "recovery", "--revoke").exit_code == 0
    (me,) = (seat for seat in seats(house).values() if seat["me"])
    assert me["opens_with"] == ["passphrase"]
    issued = house.run("people", "VAULT", "recovery")
    assert issued.exit_code == 0
    assert len(issued.stdout.strip()) == 41
    assert house.run("verify", "VAULT").exit_code == 0
    assert json.dumps(seats(house))  # and the list is JSON whatever the people are
