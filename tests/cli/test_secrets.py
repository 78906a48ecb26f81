"""How secrets are given, and that they go nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from techguard import vault
from techguard.cli import opening
from techguard.cli.errors import SecretFileEmpty, SecretFileUnreadable

from .conftest import PASSPHRASE, House, execute

NEW = "four words that differ entirely"


@pytest.mark.parametrize(
    "content",
    [
        PASSPHRASE.encode(),
        PASSPHRASE.encode() + b"\n",
        PASSPHRASE.encode() + b"\r\n",
        b"\xef\xbb\xbf" + PASSPHRASE.encode() + b"\r\n",
        b"\xff\xfe" + (PASSPHRASE + "\r\n").encode("utf-16-le"),
    ],
    ids=["bare", "newline", "windows", "byte order mark", "powershell"],
)
def test_a_passphrase_file_as_editors_and_shells_write_it(
    house: House, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "p.txt"
    path.write_bytes(content)
    assert house.run("list", "VAULT", "people", "--passphrase-file", path).exit_code == 0


def test_only_one_line_end_is_taken_off(tmp_path: Path) -> None:
    path = tmp_path / "p.txt"
    path.write_bytes(b" two lines \n\n")
    assert opening.read_secret_file(str(path)) == " two lines \n"


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfd", b"x" * 5000])
def test_what_holds_no_passphrase(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p.txt"
    path.write_bytes(content)
    with pytest.raises((SecretFileEmpty, SecretFileUnreadable)) as caught:
        opening.read_secret_file(str(path))
    assert caught.value.exit_code == 2
    assert "xxx" not in str(caught.value)


def test_a_passphrase_file_that_is_not_there(house: House) -> None:
    result = house.run("list", "VAULT", "people", "--passphrase-file", "nowhere.txt")
    assert result.exit_code == 2
    assert "nowhere.txt" in result.stderr


def test_the_file_may_be_named_before_the_command_or_after_it(house: House) -> None:
    secret = str(house.passphrase_file)
    nothing = {"TECHGUARD_PASSPHRASE_FILE": ""}
    for words in (
        ["--passphrase-file", secret, "list", "VAULT", "people"],
        ["list", "--passphrase-file", secret, "VAULT", "people"],
        ["list", "VAULT", "people", "--passphrase-file", secret],
        ["people", "VAULT", "--passphrase-file", secret, "list"],
        ["people", "VAULT", "list", "--passphrase-file", secret],
    ):
        assert house.run(*words, env=nothing).exit_code == 0, words


def test_without_a_terminal_and_without_a_file_nobody_is_asked(house: House) -> None:
    result = house.run("list", "VAULT", "people", env={"TECHGUARD_PASSPHRASE_FILE": ""})
    assert result.exit_code == 2
    assert "--passphrase-file" in result.stderr


def test_a_missing_vault_is_told_before_a_passphrase_is_asked_for(house: House) -> None:
    result = house.run("list", "gone.techguard", "people", env={"TECHGUARD_PASSPHRASE_FILE": ""})
    assert result.exit_code == 5
    assert "gone.techguard" in result.stderr


def test_init_makes_a_vault_and_prints_the_recovery_code_once(house: House, tmp_path: Path) -> None:
    """In a process of its own, with the key derivation that a person gets."""
    path = tmp_path / "new.techguard"
    made = execute(
        "init", path, "--person", "研究開発本部長", "--department", "研究開発",
        "--passphrase-file", house.passphrase_file,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    code = made.stdout.strip()
    assert len(made.stdout.splitlines()) == 1
    assert code not in made.stderr
    assert PASSPHRASE not in made.stdout + made.stderr
    with vault.open(path, code, read_only=True) as opened:
        assert opened.opened_with == "recovery"
    again = house.run("init", path, "--person", "x", "--department", "legal")
    assert again.exit_code == 5
    listed = execute("people", path, "list", "--json", "--passphrase-file", house.passphrase_file)
    assert [(p["name"], p["department"], p["opens_with"]) for p in json.loads(listed.stdout)] == [
        ("研究開発本部長", "rnd", ["passphrase", "recovery"])
    ]


@pytest.mark.parametrize("department", ["legal", "LEGAL", "Legal", "法務"])
def test_a_department_by_any_of_its_names(house: House, tmp_path: Path, department: str) -> None:
    short = tmp_path / "short.txt"
    short.write_text("short", encoding="utf-8")
    path = tmp_path / "x.techguard"
    result = house.run("init", path, "--person", "x", "--department", department, "--passphrase-file", short)
    assert result.exit_code == 5, "the department was understood; the passphrase is too short"
    assert not path.exists()


def test_a_passphrase_is_changed(house: House, tmp_path: Path) -> None:
    new = tmp_path / "new.txt"
    new.write_text(NEW + "\n", encoding="utf-8")
    changed = house.run("people", "VAULT", "passphrase", "--new-passphrase-file", new)
    assert changed.exit_code == 0
    assert changed.stdout == ""
    assert NEW not in changed.stderr
    assert house.run("list", "VAULT", "people").exit_code == 3
    assert house.run("list", "VAULT", "people", "--passphrase-file", new).exit_code == 0


def test_a_forgotten_passphrase_is_replaced_with_the_recovery_code(house: House, tmp_path: Path) -> None:
    code, new = tmp_path / "code.txt", tmp_path / "new.txt"
    code.write_text(house.recovery_code.lower() + "\n", encoding="utf-8")
    new.write_text(NEW, encoding="utf-8")
    changed = house.run(
        "people", "VAULT", "passphrase", "--passphrase-file", code, "--new-passphrase-file", new
    )
    assert changed.exit_code == 0
    assert house.run("list", "VAULT", "people", "--passphrase-file", new).exit_code == 0


def test_a_new_recovery_code_ends_the_one_before(house: House, tmp_path: Path) -> None:
    issued = house.run("people", "VAULT", "recovery")
    assert issued.exit_code == 0
    code = issued.stdout.strip()
    assert code != house.recovery_code
    path = tmp_path / "code.txt"
    for text, expected in ((house.recovery_code, 3), (code, 0)):
        path.write_text(text, encoding="utf-8")
        assert house.run("list", "VAULT", "people", "--passphrase-file", path).exit_code == expected


def test_a_backup_is_a_vault_of_its_own(house: House, tmp_path: Path) -> None:
    made = house.run("backup", "VAULT", tmp_path / "copies")
    assert made.exit_code == 0
    copy = Path(made.stdout.strip())
    assert house.run("list", copy, "exposures").stdout == house.run("list", "VAULT", "exposures").stdout
    assert house.run("verify", copy).exit_code == 0
    as_json = house.json("backup", "VAULT", tmp_path / "copies")
    assert Path(as_json["backup"]).is_dir()


def test_no_secret_is_a_parameter_of_any_command() -> None:
    """Every option whose name speaks of a secret takes a file."""
    import click

    from techguard.cli.main import root

    from .test_start import paths

    context = click.Context(root, info_name="techguard")
    for path in paths():
        command = root.get_command(context, path[0])
        if len(path) > 1:
            assert isinstance(command, click.Group)
            command = command.get_command(context, path[-1])
        assert command is not None
        for param in command.params:
            if any(word in str(param.name) for word in ("passphrase", "password", "secret", "code")):
                takes_no_value = isinstance(param, click.Option) and param.is_flag
                assert takes_no_value or str(param.name).endswith("_file")
