"""The board summary from the command line: sealed, recorded, its password given or made."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pikepdf
import pyrage
import pytest

from techguard import board
from tests.board.test_other_seals import age, key_pair, needs_age

from .conftest import House


def pages(path: Path, password: str) -> int:
    with pikepdf.open(io.BytesIO(path.read_bytes()), password=password) as document:
        return len(document.pages)


def test_a_password_from_a_file_opens_it_and_nothing_else_does(house: House, tmp_path: Path) -> None:
    password, output = tmp_path / "pw.txt", tmp_path / "summary.pdf"
    password.write_text("board-4711\n", encoding="utf-8")
    made = house.run("board", "VAULT", "--output", output, "--password-file", password, "--lang", "ja")
    assert made.exit_code == 0, made.stderr
    assert made.stdout == ""
    assert "board-4711" not in made.stderr
    assert pages(output, "board-4711") >= 2
    for wrong in ("", "board-4712"):
        with pytest.raises(pikepdf.PasswordError):
            pages(output, wrong)
    (summary,) = house.json("list", "VAULT", "summaries")
    assert (summary["redaction"], summary["language"]) == ("R1", "ja")
    assert summary["file_digest"] in made.stderr
    assert house.run("verify", "VAULT").exit_code == 0


def test_a_password_that_is_made_is_printed_once_on_standard_output(house: House, tmp_path: Path) -> None:
    output = tmp_path / "summary.pdf"
    made = house.run(
        "board",
        "VAULT",
        "--output",
        output,
        "--generate-password",
        "--redaction",
        "R3",
        "--recipient",
        "監査役",
    )
    assert made.exit_code == 0, made.stderr
    password = made.stdout.strip()
    assert len(made.stdout.splitlines()) == 1
    assert password not in made.stderr
    assert pages(output, password) >= 1
    (summary,) = house.json("list", "VAULT", "summaries")
    assert (summary["redaction"], summary["recipients"]) == ("R3", ["監査役"])


@pytest.mark.parametrize("ways", [[], ["--generate-password", "--password-file", "pw.txt"]])
def test_one_password_is_needed(house: House, tmp_path: Path, ways: list[str]) -> None:
    result = house.run("board", "VAULT", "--output", tmp_path / "x.pdf", *ways)
    assert result.exit_code == 2
    assert "--generate-password" in result.stderr
    assert not (tmp_path / "x.pdf").exists()


def test_what_cannot_be_written_leaves_nothing_behind(house: House, tmp_path: Path) -> None:
    password = tmp_path / "pw.txt"
    password.write_text("パスワード", encoding="utf-8")
    assert (
        house.run("board", "VAULT", "--output", tmp_path / "x.pdf", "--password-file", password).exit_code
        == 5
    )
    nowhere = tmp_path / "nowhere" / "x.pdf"
    assert house.run("board", "VAULT", "--output", nowhere, "--generate-password").exit_code == 5
    assert house.json("list", "VAULT", "summaries") == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["acme.techguard", "pw.txt"]
    assert (
        house.run(
            "board", "VAULT", "--output", tmp_path / "x.pdf", "--generate-password", "--review", "REV-0009"
        ).exit_code
        == 5
    )


def made(house: House, output: Path, *words: str | Path) -> Any:
    return house.run("board", "VAULT", "--output", output, *words)


STRONG = "Kp3-vT9_mXw2;Rz7!qLd"


@pytest.mark.parametrize(
    ("name", "words", "kind"),
    [
        ("s.html", [], "html"),
        ("s.xlsx", [], "xlsx"),
        ("s.HTML", [], "html"),
        ("s", ["--format", "xlsx"], "xlsx"),
        ("s", [], "pdf"),
        ("s.v2", [], "pdf"),
    ],
)
def test_the_format_is_told_by_the_name_or_by_the_option(
    house: House, tmp_path: Path, name: str, words: list[str], kind: str
) -> None:
    password, output = tmp_path / "pw.txt", tmp_path / name
    password.write_text(STRONG, encoding="utf-8")
    done = made(house, output, "--password-file", password, *words)
    assert done.exit_code == 0, done.stderr
    begins = {"html": b"<!DOCTYPE html>", "xlsx": b"\xd0\xcf\x11\xe0", "pdf": b"%PDF-"}[kind]
    assert output.read_bytes().startswith(begins)
    assert output.stat().st_mode & 0o777 == 0o600
    assert board.unseal(output.read_bytes(), STRONG)
    (record,) = house.json("list", "VAULT", "summaries")
    assert record["format"] == kind
    assert record["file_digest"] == hashlib.sha256(output.read_bytes()).hexdigest()


@needs_age
def test_age_keys_come_as_they_are_or_from_a_file(house: House, tmp_path: Path) -> None:
    (one, for_one), (two, for_two) = key_pair(tmp_path, "one"), key_pair(tmp_path, "two")
    keys, output = tmp_path / "keys.txt", tmp_path / "s.xlsx.age"
    keys.write_text(f"# directors\n\n{for_two}\n", encoding="utf-8")
    done = made(house, output, "--age-key", for_one, "--age-key", keys, "--recipient", "社外取締役")
    assert done.exit_code == 0, done.stderr
    assert done.stdout == ""
    for secret in (one, two):
        assert age("-d", "-i", secret, data=output.read_bytes()).stdout.startswith(b"PK")
    (record,) = house.json("list", "VAULT", "summaries")
    assert (record["format"], record["recipients"]) == ("xlsx.age", ["社外取締役"])


@needs_age
def test_what_does_not_go_together_is_refused_and_writes_nothing(house: House, tmp_path: Path) -> None:
    secret, key = key_pair(tmp_path, "one")
    weak = tmp_path / "weak.txt"
    weak.write_text("board-4711", encoding="utf-8")
    empty = tmp_path / "empty.txt"
    empty.write_text("# none\n", encoding="utf-8")
    for words, code in (
        (["s.pdf", "--age-key", key], 2),
        (["s.age", "--age-key", key, "--generate-password"], 2),
        (["s.age"], 2),
        (["s.age", "--age-key", "no such file"], 2),
        (["s.age", "--age-key", empty], 2),
        (["s.age", "--age-key", "age1nonsense"], 5),
        (["s.age", "--age-key", secret], 5),
        (["s.pdf", "--format", "xlsx", "--generate-password"], 2),
        (["s.html", "--password-file", weak], 5),
    ):
        done = made(house, tmp_path / words[0], *words[1:])
        assert done.exit_code == code, (words, done.stderr)
        assert "AGE-SECRET-KEY" not in done.stderr + done.stdout
        assert not (tmp_path / words[0]).exists()
    assert house.json("list", "VAULT", "summaries") == []


def test_minutes_come_in_every_format_too(house: House, tmp_path: Path) -> None:
    from .test_review import closed

    ref, output = closed(house), tmp_path / "minutes.html"
    done = house.run("review", "VAULT", "minutes", ref, "--output", output, "--generate-password")
    assert done.exit_code == 0, done.stderr
    assert b"<h1>" in board.unseal(output.read_bytes(), done.stdout.strip())


# --- is this what we sent? -------------------------------------------------------------------------------


@pytest.fixture
def sent(house: House, tmp_path: Path) -> Path:
    password, output = tmp_path / "pw.txt", tmp_path / "sent.pdf"
    password.write_text(STRONG, encoding="utf-8")
    done = made(house, output, "--password-file", password, "--recipient", "監査役", "--redaction", "R3")
    assert done.exit_code == 0, done.stderr
    return output


def test_a_file_that_was_sent_is_known_again_under_any_name(house: House, sent: Path, tmp_path: Path) -> None:
    entries = len(house.json("history", "VAULT"))
    other = sent.rename(tmp_path / "from the mail.pdf")
    said = house.run("board", "VAULT", "--check", other)
    assert said.exit_code == 0
    for fact in ("SUM-0001", "監査役", "R3"):
        assert fact in said.stdout
    assert "not a byte" in said.stderr
    told = house.json("board", "VAULT", "--check", other)
    assert (told["verdict"], told["record"]["ref"]) == ("same", "SUM-0001")
    snapshot = told["record"]["snapshot"]
    assert told["entry"] == entries - 1, "the summary shows the register before its own record"
    assert len(snapshot) == 64
    assert len(house.json("history", "VAULT")) == entries, "looking writes nothing"


def test_an_altered_file_is_not_known(house: House, sent: Path) -> None:
    data = bytearray(sent.read_bytes())
    data[-200] ^= 1
    sent.write_bytes(data)
    said = house.run("board", "VAULT", "--check", sent, "--json")
    assert said.exit_code == 1
    told = json.loads(said.stdout)
    assert told.pop("claims")["ref"] == "SUM-0001"
    assert told.pop("entry") is not None
    assert told == {
        "verdict": "unknown",
        "file_digest": hashlib.sha256(data).hexdigest(),
        "record": None,
    }


def checked(house: House, *words: str | Path) -> Any:
    """What a check says of a file that is not what was sent."""
    said = house.run("board", "VAULT", "--check", *words, "--json")
    assert said.exit_code == 1, said.stderr
    return json.loads(said.stdout)


def altered(inside: bytes) -> bytes:
    """A document of any format that says something else and still names its snapshot."""
    if inside.startswith(b"%PDF"):
        with pikepdf.open(io.BytesIO(inside)) as plain:
            plain.pages[0].contents_add(b"BT ET")
            plain.save(changed := io.BytesIO())
        return changed.getvalue()
    if inside.startswith(b"PK"):
        changed = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(inside)) as was, zipfile.ZipFile(changed, "w") as now:
            for part in was.infolist():
                now.writestr(part, was.read(part).replace(b"R3", b"R1"))
        return changed.getvalue()
    return inside.replace(b"R3", b"R1")


@pytest.mark.parametrize("kind", [k for k in board.FileFormat if not k.is_package])
def test_an_altered_file_is_told_by_what_it_claims_to_be(
    house: House, tmp_path: Path, kind: board.FileFormat
) -> None:
    password, output = tmp_path / "pw.txt", tmp_path / "sent"
    password.write_text(STRONG, encoding="utf-8")
    done = made(house, output, "--password-file", password, "--redaction", "R3", "--format", kind.value)
    assert done.exit_code == 0, done.stderr
    genuine = output.read_bytes()
    forged = altered(board.unseal(genuine, STRONG))
    output.write_bytes(board.seal(forged, STRONG, kind).data)
    told = checked(house, output, "--password-file", password)
    assert (told["verdict"], told["record"]) == ("altered", None)
    assert told["claims"]["ref"] == "SUM-0001"
    assert told["entry"] is not None
    said = house.run("board", "VAULT", "--check", output, "--password-file", password)
    assert said.exit_code == 1
    assert "claims to be SUM-0001" in said.stderr
    damaged = bytearray(genuine)
    damaged[len(damaged) // 2] ^= 1
    output.write_bytes(damaged)
    told = checked(house, output)
    assert (told["verdict"], told["record"]) == ("unknown", None)
    stands_outside = kind in {board.FileFormat.PDF, board.FileFormat.HTML}
    assert (told["claims"] or {}).get("ref") == ("SUM-0001" if stands_outside else None)


def test_an_empty_file_and_one_from_elsewhere_claim_nothing(house: House, sent: Path, tmp_path: Path) -> None:
    for data in (
        b"",
        b"%PDF-2.0 nothing",
        board.seal(b"<!DOCTYPE html>", STRONG, board.FileFormat.HTML).data,
    ):
        (tmp_path / "file").write_bytes(data)
        told = checked(house, tmp_path / "file")
        assert (told["verdict"], told["claims"]) == ("unknown", None)


def test_a_copy_that_was_sealed_anew_is_known_by_what_is_inside(
    house: House, sent: Path, tmp_path: Path
) -> None:
    anew, password = tmp_path / "anew.pdf", tmp_path / "new.txt"
    password.write_text("another", encoding="utf-8")
    anew.write_bytes(board.seal(board.unseal(sent.read_bytes(), STRONG), "another").data)
    assert house.run("board", "VAULT", "--check", anew).exit_code == 1
    said = house.run("board", "VAULT", "--check", anew, "--password-file", password)
    assert said.exit_code == 0, said.stderr
    assert "SUM-0001" in said.stdout
    assert "sealed anew" in said.stderr
    wrong = house.run("board", "VAULT", "--check", anew, "--password-file", tmp_path / "pw.txt")
    assert wrong.exit_code == 3


def test_another_document_in_the_same_seal_is_told_as_altered(
    house: House, sent: Path, tmp_path: Path
) -> None:
    plain = pikepdf.open(io.BytesIO(board.unseal(sent.read_bytes(), STRONG)))
    plain.pages[0].contents_add(b"BT ET")
    changed = io.BytesIO()
    plain.save(changed)
    forged = tmp_path / "forged.pdf"
    forged.write_bytes(board.seal(changed.getvalue(), STRONG).data)
    said = house.run("board", "VAULT", "--check", forged, "--password-file", tmp_path / "pw.txt", "--json")
    assert said.exit_code == 1
    assert json.loads(said.stdout)["verdict"] == "altered"


def test_what_cannot_be_checked_is_said(house: House, tmp_path: Path) -> None:
    text, password = tmp_path / "letter.txt", tmp_path / "pw.txt"
    text.write_text("Dear board", encoding="utf-8")
    password.write_text(STRONG, encoding="utf-8")
    assert house.run("board", "VAULT", "--check", text).exit_code == 1
    assert house.run("board", "VAULT", "--check", text, "--password-file", password).exit_code == 5
    assert house.run("board", "VAULT", "--check", tmp_path / "none").exit_code == 5
    assert house.run("board", "VAULT", "--check", text, "--output", tmp_path / "x.pdf").exit_code == 2
    assert house.run("board", "VAULT").exit_code == 2


def test_how_to_look_inside_is_said_by_what_opens_the_file(house: House, tmp_path: Path) -> None:
    """A file that is sealed for keys has no password, and nobody is told to look for one."""
    password, file = tmp_path / "pw.txt", tmp_path / "file"
    password.write_text(STRONG, encoding="utf-8")
    keys = board.Keys((str(pyrage.x25519.Identity.generate().to_public()),))
    page = board.FileFormat.HTML_AGE
    for sealed, wanted, unwanted in (
        (board.seal(b"<p>", keys, page).data, "no password opens it", "--password-file"),
        (board.seal(b"<p>", STRONG, page).data, "--password-file", "public keys"),
        (board.seal(b"<p>", STRONG, board.FileFormat.HTML).data, "--password-file", "public keys"),
        (b"Dear board", "It is no sealed PDF", "--password-file"),
    ):
        file.write_bytes(sealed)
        said = house.run("board", "VAULT", "--check", file, lang="en")
        assert said.exit_code == 1
        assert "no record of this file" in said.stderr
        assert wanted in said.stderr
        assert unwanted not in said.stderr
    file.write_bytes(board.seal(b"<p>", keys, page).data)
    said = house.run("board", "VAULT", "--check", file, "--password-file", password, lang="en")
    assert said.exit_code == 1
    assert "no password opens it" in said.stderr


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_what_the_pack_lacks_is_told_and_nothing_is_written(house: House, lang: str) -> None:
    told = house.run("board", "VAULT", "--ready", lang=lang)
    assert told.exit_code == 1
    assert all(f"BRP-{n}" in told.stdout for n in range(1, 10))
    listed = house.run("board", "VAULT", "--ready", "--json", lang=lang)
    items = json.loads(listed.stdout)
    assert [item["id"] for item in items] == [f"BRP-{n}" for n in range(1, 10)]
    assert {item["state"] for item in items} <= {"ready", "lacking", "ask"}
    assert house.json("list", "VAULT", "summaries") == []


def test_a_pack_that_lacks_nothing_ends_well(house: House) -> None:
    from techguard.domain import words as w
    from techguard.domain.items import ChecklistAnswer
    from techguard.register import Register

    from .conftest import PASSPHRASE

    with Register.open(house.vault, PASSPHRASE) as register:
        for n in range(1, 10):
            register.add(
                ChecklistAnswer(item=f"BRP-{n}", answer=w.Answer.NOT_APPLICABLE, as_of=register.today)
            )
    assert house.run("board", "VAULT", "--ready").exit_code == 0


@pytest.mark.parametrize("ways", [[], ["--ready", "--output", "x.pdf"], ["--ready", "--check", "x.pdf"]])
def test_one_thing_is_done_at_a_time(house: House, ways: list[str]) -> None:
    assert house.run("board", "VAULT", *ways).exit_code == 2


def test_notice_and_statistics_leave_sealed_and_recorded(house: House, tmp_path: Path) -> None:
    from techguard.domain.items import Engagement
    from techguard.register import Register

    from .conftest import PASSPHRASE

    with Register.open(house.vault, PASSPHRASE) as register:
        ref = register.add(Engagement(title="secret name")).ref
    page, counts = tmp_path / "notice.pdf", tmp_path / "statistics.pdf"
    made = house.run(
        "notice", "VAULT", ref, "--output", page, "--generate-password", "--reader", "meti",
        "--question", "May we?", "--recipient", "METI",
    )  # fmt: skip
    assert made.exit_code == 0, made.stderr
    assert pages(page, made.stdout.strip()) == 1
    made = house.run("statistics", "VAULT", "--output", counts, "--generate-password", "--least", "4")
    assert made.exit_code == 0, made.stderr
    assert pages(counts, made.stdout.strip()) >= 1
    first, second = house.json("list", "VAULT", "summaries")
    assert (first["redaction"], first["recipients"]) == ("R2", ["METI"])
    assert second["redaction"] == "R3"
    assert house.run("board", "VAULT", "--check", page).exit_code == 0


@pytest.mark.parametrize("words", [["notice", "VAULT", "ENG-9999"], ["statistics", "VAULT", "--least", "2"]])
def test_what_cannot_be_made_leaves_no_file(house: House, tmp_path: Path, words: list[str]) -> None:
    output = tmp_path / "x.pdf"
    assert house.run(*words, "--output", output, "--generate-password").exit_code != 0
    assert not output.exists()


def test_a_budget_is_for_those_who_may_see_money(house: House, tmp_path: Path) -> None:
    words = ("--generate-password", "--budget", "500万")
    assert made(house, tmp_path / "r1.pdf", *words).exit_code == 0
    for level in ("R2", "R3"):
        refused = made(house, tmp_path / "no.pdf", *words, "--redaction", level)
        assert refused.exit_code == 2
        assert "--budget" in refused.stderr
    assert not (tmp_path / "no.pdf").exists()
    assert made(house, tmp_path / "no.pdf", "--generate-password", "--budget", "much").exit_code == 2
