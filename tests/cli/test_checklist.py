"""The checklists on the command line: counts, a filled workbook in, a filled copy out."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from techguard import exchange
from techguard.domain.items import ChecklistAnswer, Review
from techguard.domain.words import Answer, ReviewStatus
from techguard.register import Register
from tests.exchange.test_checklist import FIRST, FOURTH, SECOND, form

from .conftest import PASSPHRASE, House


def answers(house: House) -> list[ChecklistAnswer]:
    with Register.open(house.vault, PASSPHRASE, read_only=True) as register:
        return register.find(ChecklistAnswer)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    path = tmp_path / "filled.xlsx"
    path.write_bytes(form({FIRST: ("Y", "供給網調査"), SECOND: ("N", "")}))
    return path


def test_the_list_says_whose_words_each_item_is_and_gives_counts_not_a_score(house: House) -> None:
    with Register.open(house.vault, PASSPHRASE) as register:
        register.add(ChecklistAnswer(item=FIRST, answer=Answer.YES, evidence="規程"))
        register.add(ChecklistAnswer(item="G-GOV-04", answer=Answer.NO))
    shown = {row["item"]: row for row in house.json("checklist", "VAULT", "list")}
    assert (shown[FIRST]["origin"], shown[FIRST]["answer"], shown[FIRST]["evidence"]) == (
        "official", "yes", "規程",
    )  # fmt: skip
    assert (shown["G-GOV-04"]["origin"], shown["BRP-1"]["origin"]) == ("derived", "proposal")
    assert shown["BRP-1"]["answer"] is None
    assert not any(item.startswith("DDQ") for item in shown)
    said = house.run("checklist", "VAULT", "list", lang="ja")
    assert "79項目：はい 1、いいえ 1、対象外 0、未回答 77。" in said.stderr
    assert "%" not in said.output
    assert {"公式", "派生", "提案"} <= set(said.stdout.replace("\t", "\n").split())


def test_only_what_changed_since_the_last_session(house: House) -> None:
    from datetime import date

    with Register.open(house.vault, PASSPHRASE) as register:
        for item, day in ((FIRST, date(2026, 5, 1)), (SECOND, date(2026, 8, 1))):
            register.add(ChecklistAnswer(item=item, answer=Answer.YES, as_of=day, evidence="規程"))
        register.add(Review(title="第1回", status=ReviewStatus.CLOSED, held_on=date(2026, 6, 1)))
    assert [row["item"] for row in house.json("checklist", "VAULT", "list", "--changed")] == [SECOND]


def test_looking_changes_nothing_and_apply_adds(house: House, filled: Path) -> None:
    looked = house.run("checklist", "VAULT", "import", filled)
    assert looked.exit_code == 0, looked.output
    assert "2 answers would be added." in looked.stdout
    assert "--apply" in looked.stderr
    assert answers(house) == []
    applied = house.run("checklist", "VAULT", "import", filled, "--apply")
    assert applied.exit_code == 0, applied.output
    assert "2 answers were added." in applied.stdout
    assert [(a.item, a.answer, a.evidence) for a in answers(house)] == [
        (FIRST, Answer.YES, "供給網調査"),
        (SECOND, Answer.NO, ""),
    ]
    again = house.json("checklist", "VAULT", "import", filled, "--apply")
    assert again["new"] == []
    assert [u["item"] for u in again["unchanged"]] == [FIRST, SECOND]


def test_what_cannot_be_taken_is_said_and_ends_with_1(house: House, tmp_path: Path) -> None:
    path = tmp_path / "odd.xlsx"
    path.write_bytes(form({FIRST: ("一部", ""), FOURTH: ("Y", "会議")}, ("Y", "計画")))
    said = house.run("checklist", "VAULT", "import", path, "--apply", lang="ja")
    assert said.exit_code == 1
    assert "回答を読み取れません：一部" in said.stdout
    assert "自社の不可欠性を確保する取組を進めている" in said.stdout
    assert [a.item for a in answers(house)] == [FOURTH]


def test_a_copy_is_filled_and_the_file_itself_is_not_touched(
    house: House, filled: Path, tmp_path: Path
) -> None:
    assert house.run("checklist", "VAULT", "import", filled, "--apply").exit_code == 0
    template = tmp_path / "meti.xlsx"
    template.write_bytes(form())
    before = template.read_bytes()
    out = tmp_path / "out.xlsx"
    said = house.run("checklist", "VAULT", "export", template, "--to", out)
    assert said.exit_code == 0, said.output
    assert said.stdout.strip() == str(out)
    assert "2 items were filled in." in said.stderr
    assert "This is not encrypted" in said.stderr
    assert template.read_bytes() == before
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    cells = {str(c) for row in exchange.read(out).grids[0].rows for c in row}
    assert {"Y", "N", "供給網調査"} <= cells


def test_an_existing_file_is_not_replaced(house: House, filled: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    out.write_bytes(b"mine")
    for target in (out, filled):
        before = target.read_bytes()
        said = house.run("checklist", "VAULT", "export", filled, "--to", target)
        assert said.exit_code == 2
        assert "already there" in said.stderr
        assert target.read_bytes() == before


def test_what_was_replaced_and_what_was_left_is_told(house: House, tmp_path: Path) -> None:
    with Register.open(house.vault, PASSPHRASE) as register:
        register.add(ChecklistAnswer(item=FIRST, answer=Answer.YES, evidence="新しい根拠"))
    template = tmp_path / "meti.xlsx"
    template.write_bytes(form({FIRST: ("N", "古い根拠")}))
    said = house.run("checklist", "VAULT", "export", template, "--to", tmp_path / "out.xlsx", "--json")
    assert said.exit_code == 0, said.output
    told = json.loads(said.stdout)
    assert [r["cell"] for r in told["replaced"]] == ["チェックリスト D6"]
    assert len(told["unanswered"]) == 4


@pytest.mark.parametrize(("name", "content"), [("a.csv", b"a,b\n1,2\n"), ("a.xlsx", b"PK\x03\x04nonsense")])
def test_another_file_is_a_clear_error(house: House, tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    for line in (("import", path), ("export", path, "--to", tmp_path / "o.xlsx")):
        said = house.run("checklist", "VAULT", *line)
        assert said.exit_code == 5, said.output
        assert "Traceback" not in said.output
    assert not (tmp_path / "o.xlsx").exists()


def test_a_column_is_named_by_its_letters(house: House, filled: Path) -> None:
    said = house.run("checklist", "VAULT", "import", filled, "--answer-column", "3")
    assert said.exit_code == 2
    assert "C, or AB" in said.stderr
