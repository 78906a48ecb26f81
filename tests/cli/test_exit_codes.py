"""Each way a command can end has its own exit code, and what went wrong is told without telling secrets."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from techguard import vault
from techguard.cli import errors
from techguard.register import Register

from .conftest import PASSPHRASE, House, execute


def secret_file(tmp_path: Path, secret: str) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text(secret, encoding="utf-8")
    return path


def test_0_done(house: House) -> None:
    assert house.run("list", "VAULT", "technologies").exit_code == 0
    assert house.run("verify", "VAULT").exit_code == 0


def test_1_a_check_found_something(house: House) -> None:
    """A file that does not belong there is worth a look, but no damage."""
    (house.vault / "notes.txt").write_text("hello", encoding="utf-8")
    result = house.run("verify", "VAULT")
    assert result.exit_code == 1
    assert "notes.txt" in result.stdout


@pytest.mark.parametrize("args", [["nothing"], ["list"], ["list", "VAULT", "moons"], ["--nothing"]])
def test_2_wrong_usage(house: House, args: list[str]) -> None:
    result = house.run(*args)
    assert result.exit_code == 2
    assert result.stdout == ""


def test_3_wrong_passphrase(house: House, tmp_path: Path) -> None:
    wrong = secret_file(tmp_path, "a wrong passphrase, surely")
    result = house.run("list", "VAULT", "technologies", "--passphrase-file", wrong)
    assert result.exit_code == 3
    assert result.stderr.startswith("Error: The passphrase does not open this vault.")
    assert "surely" not in result.output
    typo = house.recovery_code[:-1] + ("0" if house.recovery_code[-1] != "0" else "1")
    mistyped = house.run("list", "VAULT", "technologies", "--passphrase-file", secret_file(tmp_path, typo))
    assert mistyped.exit_code == 3
    assert "group 7" in mistyped.stderr


def test_4_vault_damaged(house: House) -> None:
    database = house.vault / "register.db"
    data = bytearray(database.read_bytes())
    data[len(data) // 2] ^= 1
    database.write_bytes(data)
    result = house.run("verify", "VAULT")
    assert result.exit_code == 4
    next((house.vault / "keys").iterdir()).write_text("{}", encoding="utf-8")
    assert house.run("verify", "VAULT").exit_code == 4


def test_4_a_register_put_back_is_found_by_verify(house: House) -> None:
    older = house.vault.with_name("older.db")
    shutil.copy(house.vault / "register.db", older)
    with Register.open(house.vault, PASSPHRASE) as register:
        register.person_named("人事部")
    shutil.copy(older, house.vault / "register.db")
    result = house.run("verify", "VAULT", "--json")
    assert result.exit_code == 4
    assert "RolledBack" in result.stdout


def test_a_lost_head_is_mended_when_it_alone_is_lost(house: House) -> None:
    (house.vault / "head").unlink()
    assert house.run("verify", "VAULT").exit_code == 4
    assert house.run("undo", "VAULT").exit_code == 4, "nobody writes while it is lost"
    assert house.run("verify", "VAULT", "--mend-head").exit_code == 0
    assert house.run("verify", "VAULT").exit_code == 0
    assert house.run("undo", "VAULT").exit_code == 0


def test_numbers_that_were_altered_are_counted_anew(house: House) -> None:
    with vault.open(house.vault, PASSPHRASE) as opened:
        connection = opened.connect()
        connection.execute("UPDATE tallies SET count = count + 1")
        connection.close()
    result = house.run("verify", "VAULT")
    assert result.exit_code == 4
    assert "--recount" in result.stdout
    assert house.run("verify", "VAULT", "--recount").exit_code == 0
    assert house.run("verify", "VAULT").exit_code == 0


@pytest.mark.parametrize(
    "args",
    [["list", "missing.techguard", "people"], ["show", "VAULT", "TEC-9999"], ["undo", "VAULT", "77"]],
)
def test_5_bad_input(house: House, args: list[str]) -> None:
    result = house.run(*args)
    assert result.exit_code == 5
    assert result.stderr.count("\n") >= 2, "what happened, and what is safe or comes next"


def test_6_someone_else_is_writing(house: House) -> None:
    """A second process is told who writes; reading goes on."""
    hold = (
        "import sys; from techguard.register import Register\n"
        "register = Register.open(sys.argv[1], sys.argv[2]); print('held', flush=True); sys.stdin.read()"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", hold, str(house.vault), PASSPHRASE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "held\n"
        refused = house.run("undo", "VAULT")
        assert refused.exit_code == 6
        assert "法務部長" in refused.stderr
        assert house.run("list", "VAULT", "technologies").exit_code == 0
    finally:
        writer.communicate("")
    assert writer.returncode == 0


CANARY = "canary-4711"


def test_70_a_fault_tells_its_number_and_nothing_else(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Register, ref: str) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(Register, "get", broken)
    first, again = house.run("show", "VAULT", "TEC-0001"), house.run("show", "VAULT", "TEC-0002")
    assert first.exit_code == errors.FAULT == 70
    assert first.stderr == again.stderr, "the same fault has the same number"
    assert first.stderr.count("\n") == 1
    for lang in ("en", "ja"):
        debug = house.run("show", "VAULT", "TEC-0001", "--debug", lang=lang)
        assert "RuntimeError" in debug.stderr
        assert "test_exit_codes" in debug.stderr
        for output in (first.output, debug.output):
            assert CANARY not in output
            assert PASSPHRASE not in output
            assert "焼結" not in output
            assert "Traceback" not in output


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_130_interrupted(house: House, tmp_path: Path) -> None:
    """Ctrl-C while the passphrase is awaited from a pipe."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [sys.executable, "-m", "techguard", "list", house.vault, "people", "--passphrase-file", pipe],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    waiting = os.open(pipe, os.O_WRONLY)  # returns when the other side reads
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    os.close(waiting)
    assert process.returncode == errors.INTERRUPTED == 130
    assert out == ""
    assert err.strip() == "Interrupted. What was saved before is kept."


@pytest.mark.skipif(sys.platform == "win32", reason="has no closed pipes of this kind")
def test_the_reader_of_the_output_may_go_away(house: House) -> None:
    """`techguard list … | head -1` ends quietly."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "techguard",
            "history",
            house.vault,
            "--passphrase-file",
            house.passphrase_file,
        ],
        stdout=write_end,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(write_end)
    _out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (errors.READER_GONE, "")


def test_every_code_is_in_one_table() -> None:
    """What the module says is what it does."""
    assert errors.__doc__ is not None
    for code in (0, 1, 2, 3, 4, 5, 6, errors.FAULT, errors.INTERRUPTED, errors.READER_GONE):
        assert f"{code} " in errors.__doc__


def test_a_real_process_ends_with_the_code(house: House) -> None:
    wrong = execute("list", house.vault, "people", "--passphrase-file", "-", input="wrong wrong wrong\n")
    assert (wrong.returncode, wrong.stdout) == (3, "")
    right = execute("list", house.vault, "people", "--passphrase-file", "-", input=PASSPHRASE + "\n")
    assert (right.returncode, right.stderr) == (0, "")
