"""Reading: what a person, a file and another program are given."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from techguard import vault
from techguard.domain.items import Countermeasure, Technology
from techguard.domain.words import Criticality
from techguard.i18n import Language
from techguard.register import Register
from tests.faults import expected

from .conftest import PASSPHRASE, House


def test_a_list_is_an_array_of_objects(house: House) -> None:
    exposures = house.json("list", "VAULT", "exposures")
    assert [e["ref"] for e in exposures] == ["EXP-0001", "EXP-0002"]
    assert exposures[0]["level"] == 5
    assert exposures[0]["route"] == "R01"
    assert exposures[0]["technology"] == {
        "ref": "TEC-0001",
        "title": "焼結プロファイルK",
        "id": exposures[0]["technology"]["id"],
    }
    assert exposures[0]["owner"] is None
    assert exposures[1]["owner"]["title"] == "法務部長"


def test_an_empty_list_is_an_empty_array(house: House) -> None:
    assert house.json("list", "VAULT", "engagements") == []


def test_to_a_file_a_list_is_tab_separated_with_a_heading(house: House) -> None:
    lines = house.run("list", "VAULT", "technologies", lang="ja").stdout.splitlines()
    heading, first, second = (line.split("\t") for line in lines)
    assert heading[0] == "番号"
    assert len(heading) == len(first) == len(second)
    assert first[:2] == ["TEC-0001", "焼結プロファイルK"]


def test_a_screen_reader_gets_one_field_a_line(house: House) -> None:
    lines = house.run("list", "VAULT", "technologies", "--plain").stdout.splitlines()
    assert "Code name: 焼結プロファイルK" in lines
    assert "Outline: 昇温の条件。 / 二行目 [b]not markup[/b]" in lines
    assert "" in lines, "an empty line between entries"


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (["level>=4"], ["EXP-0001"]),
        (["level<4"], ["EXP-0002"]),
        (["owner="], ["EXP-0001"]),
        (["owner!="], ["EXP-0002"]),
        (["owner=法務部長"], ["EXP-0002"]),
        (["owner=PSN-0001"], ["EXP-0002"]),
        (["技術=焼結プロファイルK"], None),
        (["technology=焼結プロファイルK"], ["EXP-0001"]),
        (["コア技術=tec-0002"], ["EXP-0002"]),
        (["status=Rated"], ["EXP-0001", "EXP-0002"]),
        (["status=評価済", "level=５"], ["EXP-0001"]),
        (["route=r01"], ["EXP-0001"]),
        (["title~条件表"], ["EXP-0001"]),
        (["next review>2020-01-01"], ["EXP-0001", "EXP-0002"]),
        (["ref=EXP-0002"], ["EXP-0002"]),
        (["title"], None),
        (["level=high"], None),
        (["status=gone"], None),
        (["next_review=soon"], None),
        (["owner=nobody"], None),
        (["technology=TEC-9999"], None),
    ],
)
def test_conditions(house: House, conditions: list[str], expected: list[str] | None) -> None:
    """Fields and values as the screen shows them, in either language; what cannot be understood is said."""
    words = [word for condition in conditions for word in ("--where", condition)]
    result = house.run("list", "VAULT", "exposures", *words, "--json")
    if expected is None:
        assert result.exit_code in {2, 5}
        assert "Error: " in result.stderr
        assert not result.stdout
    else:
        assert [e["ref"] for e in json.loads(result.stdout)] == expected


def _of_class(letter: str) -> Technology:
    return Technology(
        code_name=f"技術 {letter}", criticality_confirmed=Criticality(letter), criticality_reason="会議で確定"
    )


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("criticality>=A", "SA"),
        ("criticality>A", "S"),
        ("重要度区分<=A", "ABC"),
        ("criticality<a", "BC"),
        ("criticality>S", ""),
        ("criticality=A", "A"),
        ("criticality!=A", "SBC"),
    ],
)
def test_classes_compare_by_rank_not_by_letter(house: House, condition: str, expected: str) -> None:
    with Register.open(house.vault, PASSPHRASE) as register:
        made = {c: register.add(_of_class(c)).ref for c in "SABC"}
    found = house.json("list", "VAULT", "technologies", "--where", condition, "--where", "code_name~技術 ")
    assert [t["ref"] for t in found] == [made[c] for c in expected]


def test_filter_is_another_word_for_where(house: House) -> None:
    assert len(house.json("list", "VAULT", "exposures", "--filter", "level=5")) == 1


def test_conditions_on_what_has_several_values(house: House) -> None:
    assert len(house.json("list", "VAULT", "countermeasures", "--where", "exposures=EXP-0001")) == 1
    assert house.json("list", "VAULT", "countermeasures", "--where", "exposures!=EXP-0001") == []
    assert house.json("list", "VAULT", "countermeasures", "--where", "exposures=EXP-0002") == []
    assert len(house.json("list", "VAULT", "people", "--where", "active=はい")) == 1
    assert house.json("list", "VAULT", "people", "--where", "active=no") == []


def test_order_limit_text_and_gaps(house: House) -> None:
    def refs(*args: str) -> list[str]:
        return [e["ref"] for e in house.json("list", "VAULT", "exposures", *args)]

    assert refs("--sort", "level") == ["EXP-0002", "EXP-0001"]
    assert refs("--sort", "-level", "--limit", "1") == ["EXP-0001"]
    assert refs("--text", "leaver") == ["EXP-0002"]
    assert refs("--gap", "high_untreated") == ["EXP-0001"]
    wrong = house.run("list", "VAULT", "exposures", "--gap", "nothing")
    assert wrong.exit_code == 2
    assert "high_untreated" in wrong.stderr


@pytest.mark.parametrize("kind", ["exposures", "exposure", "流出リスク", "Exposures"])
def test_a_kind_by_any_of_its_names(house: House, kind: str) -> None:
    assert len(house.json("list", "VAULT", kind)) == 2


def test_show_gives_the_entry_and_its_parts(house: House) -> None:
    shown = house.json("show", "VAULT", "EXP-0001")
    assert shown["ref"] == "EXP-0001"
    assert shown["parts"]["ratings"][0]["rationale"] == "研究室を共有している"
    assert shown["parts"]["countermeasures"][0]["due"] == "2020-01-31"
    printed = house.run("show", "VAULT", "tec-0001", lang="ja").stdout
    assert "焼結プロファイルK" in printed
    assert "[b]not markup[/b]" in printed
    assert "EXP-0001\t" in printed
    plain = house.run("show", "VAULT", "TEC-0001", "--plain").stdout
    assert "Number: TEC-0001" in plain.splitlines()


def test_search_finds_short_japanese_words_and_says_where(house: House) -> None:
    hits = house.json("search", "VAULT", "条件")
    assert {h["ref"] for h in hits} == {"TEC-0001", "EXP-0001"}
    for hit in hits:
        assert {hit["snippet"][start:end] for start, end in hit["spans"]} == {"条件"}
    assert [h["ref"] for h in house.json("search", "VAULT", "条件", "--kind", "exposures")] == ["EXP-0001"]
    nothing = house.run("search", "VAULT", "unheard")
    assert (nothing.exit_code, nothing.stdout, nothing.stderr) == (0, "", "Nothing was found.\n")
    assert house.json("search", "VAULT", "unheard") == []


def test_search_says_when_there_is_more(house: House) -> None:
    with Register.open(house.vault, PASSPHRASE) as register, register.act("many"):
        register.bulk(Technology(code_name=f"Laminate {n}") for n in range(30))
    assert len(house.json("search", "VAULT", "laminate")) == 30
    cut = house.run("search", "VAULT", "laminate", "--limit", "20", "--json")
    assert len(json.loads(cut.stdout)) == 20
    assert "There is more" in cut.stderr
    exactly = house.run("search", "VAULT", "laminate", "--limit", "30")
    assert (len(exactly.stdout.splitlines()), exactly.stderr) == (31, "")


def test_history_tells_who_changed_what(house: House) -> None:
    acts = house.json("history", "VAULT")
    assert [a["seq"] for a in acts] == sorted((a["seq"] for a in acts), reverse=True)
    assert acts[-1]["action"] == "create"
    assert {a["person"] for a in acts} == {"法務部長"}
    of_one = house.json("history", "VAULT", "EXP-0001")
    changes = [c for a in of_one for c in a["changes"] if c["op"] == "change"]
    assert {"before": None, "after": 5} in [c["fields"].get("level") for c in changes]
    assert len(house.json("history", "VAULT", "--limit", "1")) == 1
    printed = house.run("history", "VAULT", "EXP-0001", lang="ja").stdout
    assert "洗い出し\t評価済" in printed


def test_the_agenda_gives_every_item_its_reasons(house: House) -> None:
    items = house.json("review", "VAULT", "agenda")
    assert all(item["reasons"] for item in items)
    codes = {item["ref"]: [reason["code"] for reason in item["reasons"]] for item in items}
    assert codes == {
        "EXP-0001": ["high_untreated"],
        "CMS-0001": ["countermeasure_overdue"],
        "CPT-0001": ["counterparty_unassessed"],
        "OBS-0001": ["observation_open"],
    }
    assert items[0]["ref"] == "EXP-0001", "the highest level first"
    assert items[0]["belongs_to"] == "焼結プロファイルK"
    printed = house.run("review", "VAULT", "agenda", lang="ja").stdout
    assert "期限は2020-01-31でした。" in printed


def test_undo_takes_the_last_change_back_and_history_keeps_both(house: House) -> None:
    before = house.json("history", "VAULT")[0]["seq"]
    undone = house.run("undo", "VAULT")
    assert undone.exit_code == 0
    assert undone.stdout == ""
    assert f"Act {before} was undone" in undone.stderr
    assert house.json("list", "VAULT", "observations") == []
    newest = house.json("history", "VAULT")[0]
    assert (newest["action"], newest["undoes"]) == ("undo", before)
    assert house.run("undo", "VAULT", "9999").exit_code == 5


def test_dates_by_era_are_for_people_and_never_for_programs(house: House) -> None:
    with Register.open(house.vault, PASSPHRASE) as register:
        register.choose_calendar("era")
    table = house.run("history", "VAULT", "--limit", "3", lang="ja").stdout
    assert "R0" in table
    assert "R0" not in house.run("history", "VAULT", "--limit", "3", lang="en").stdout
    for words in (("history", "VAULT", "--limit", "3"), ("list", "VAULT", "countermeasures")):
        assert not re.search(r"[RH]\d\d\.\d\d", json.dumps(house.json(*words), ensure_ascii=False))


def test_money_is_typed_and_told_in_any_unit_and_given_to_programs_in_yen(house: House) -> None:
    with Register.open(house.vault, PASSPHRASE) as register:
        measure = register.find(Countermeasure)[0]
        register.change(measure, cost_initial=123_456_789)
        register.choose_money_unit("oku")
    assert "約1.2億円" in house.run("show", "VAULT", measure.ref, lang="ja").stdout
    assert "about ¥120 million" in house.run("show", "VAULT", measure.ref).stdout
    assert house.json("show", "VAULT", measure.ref)["cost_initial"] == 123_456_789
    for condition, found in (("cost_initial>=1.2億円", 1), ("cost_initial>¥124 million", 0)):
        assert len(house.json("list", "VAULT", "countermeasures", "--where", condition)) == found
    wrong = house.run("list", "VAULT", "countermeasures", "--where", "cost_initial>=1.5円")
    assert wrong.exit_code != 0
    assert "12,000,000" in wrong.stderr


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(
    "command",
    [
        ["list", "VAULT", "technologies"],
        ["show", "VAULT", "TEC-0001"],
        ["export", "VAULT", "--format", "xlsx", "--output", "OUT.xlsx"],
        ["board", "VAULT", "--output", "OUT.pdf", "--password-file", "PASSWORD"],
    ],
    ids=lambda words: words[0],
)
def test_a_value_that_no_field_can_have_is_told_as_damage(
    house: House, tmp_path: Path, lang: Language, command: list[str]
) -> None:
    (tmp_path / "PASSWORD").write_text("a long board password", encoding="utf-8")
    with vault.open(house.vault, PASSPHRASE) as opened:
        connection = opened.connect()
        connection.execute("UPDATE technologies SET status = 'nonsense' WHERE ref = 'TEC-0001'")
        connection.close()
    told = house.run(
        *(str(tmp_path / w) if w.split(".")[0] in {"OUT", "PASSWORD"} else w for w in command), lang=lang
    )
    expected.of("a value that no field can have").ended(told.exit_code, told.stderr, lang)
    assert "TEC-0001" in told.stderr
    assert not list(tmp_path.glob("OUT*")), "nothing is half written"
