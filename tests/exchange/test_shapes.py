"""Registers come in every shape. One test a shape that real ones have."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from techguard import exchange
from techguard.domain.items import Countermeasure, Counterparty, Exposure, Person, Rating, Technology
from techguard.domain.words import Basis, ExposureStatus, Treatment
from techguard.exchange.errors import NoRows, NothingFound
from techguard.exchange.propose import route_of
from techguard.exchange.values import number_of

from .making import fates, risks, take, text, xlsx

FILES = Path(__file__).parent / "files"
PLAIN = ["Risk ID", "Risk", "Likelihood", "Impact", "Owner"]
ROWS = [
    ["R1", "A partner publishes our process window", 4, 5, "Head of R&D"],
    ["R2", "A leaver takes the recipe along", 2, 3, "HR"],
]


def rated(plan: exchange.Plan) -> dict[str, tuple[int | None, int | None] | None]:
    return {risk.item.source_ref: risk.rated() for risk in risks(plan).values()}


def test_plain_list() -> None:
    plan = take(xlsx({"Risks": [PLAIN, *ROWS]}))
    assert rated(plan) == {"R1": (4, 5), "R2": (2, 3)}
    assert {i.name for i in plan.items if isinstance(i, Person)} == {"Head of R&D", "HR"}
    assert not plan.problems


def test_title_rows_above_and_any_first_column() -> None:
    rows = [["Project Phoenix Risk Register"], ["Version 3", "", "Date:", date(2026, 1, 5)], [], PLAIN, *ROWS]
    plan = take(xlsx({"Sheet1": rows}, at=(3, 4)))
    assert rated(plan) == {"R1": (4, 5), "R2": (2, 3)}
    assert fates(plan)[6] == "headings"
    assert fates(plan)[3] == "above the headings"


def test_two_rows_of_headings_with_merged_groups() -> None:
    rows = [
        ["ID", "Risk", "Inherent risk", "", "", "Controls", "Residual risk", "", "", "Owner"],
        ["", "", "Likelihood", "Impact", "Score", "", "Likelihood", "Impact", "Score", ""],
        ["R1", "Recipe leaks through a supplier", 5, 4, 20, "NDA", 2, 4, 8, "Legal"],
    ]
    merged = ["A1:A2", "B1:B2", "C1:E1", "F1:F2", "G1:I1", "J1:J2"]
    risk = risks(take(xlsx({"Register": rows}, {"Register": merged})))["Recipe leaks through a supplier"]
    assert risk.rated(Basis.INHERENT) == (5, 4)
    assert risk.rated(Basis.TARGET) == (2, 4)
    assert [m.title for m in risk.measures] == ["NDA"]


def test_two_rows_of_headings_in_text_without_merged_cells() -> None:
    rows = [
        ["ID", "Risk", "Before mitigation", "", "After mitigation", "", "Owner"],
        ["", "", "Probability", "Severity", "Probability", "Severity", ""],
        ["1", "Drawings are copied at a trade fair", "4", "4", "2", "4", "Sales"],
    ]
    risk = risks(take(text(rows), "list.csv"))["Drawings are copied at a trade fair"]
    assert risk.rated(Basis.INHERENT) == (4, 4)
    assert risk.rated(Basis.TARGET) == (2, 4)


def test_three_rows_of_headings() -> None:
    rows = [
        ["Clinical risk log", "", "", "", "", "", ""],
        ["Hazard", "", "Initial risk", "", "Residual risk", "", "Hazard owner"],
        ["No.", "Hazard description", "Severity", "Likelihood", "Severity", "Likelihood", ""],
        [1, "Wrong patient shown", "Major", "Medium", "Major", "Low", "CSO"],
        [2, "Dose not shown", "Catastrophic", "Low", "Major", "Very low", "CSO"],
    ]
    merged = ["A1:G1", "A2:B2", "C2:D2", "E2:F2"]
    found = risks(take(xlsx({"Hazard Log": rows}, {"Hazard Log": merged})))
    assert found["Wrong patient shown"].rated(Basis.INHERENT) == (3, 4)
    assert found["Dose not shown"].rated(Basis.TARGET) == (1, 4)


def test_names_doubled_without_groups() -> None:
    rows = [
        [
            "Ref",
            "Description",
            "Likelihood",
            "Impact",
            "Rating",
            "Controls",
            "Likelihood",
            "Impact",
            "Rating",
        ],
        ["1", "Samples reach a competitor", 4, 4, 16, "Seals", 2, 4, 8],
    ]
    risk = risks(take(xlsx({"R": rows})))["Samples reach a competitor"]
    assert risk.rated() == (4, 4)
    assert risk.rated(Basis.TARGET) == (2, 4)


def test_nbsp_trailing_blanks_and_line_breaks_in_headings() -> None:
    rows = [
        ["Risk\xa0ID ", " Risk\nDescription", "Likeli-\nhood\xa0", "Impact \n(1-5)"],
        ["1", "A leak", 3, 4],
    ]
    assert rated(take(xlsx({"R": rows}))) == {"1": (3, 4)}


def test_register_found_among_legends_matrices_lists_and_instructions() -> None:
    plan = take(
        xlsx(
            {
                "Instructions": [["How to use this register"], ["Fill in every row of the sheet Log."]],
                "Scales": [
                    ["Likelihood", "Description", "Score"],
                    *[
                        [w, "…", n]
                        for n, w in enumerate(["Rare", "Unlikely", "Possible", "Likely", "Certain"], 1)
                    ],
                ],
                "Matrix": [
                    ["", 1, 2, 3, 4, 5],
                    *[[n, *[n * k for k in range(1, 6)]] for n in range(5, 0, -1)],
                ],
                "Lists": [
                    ["Status", "Treatment", "Likelihood"],
                    ["Open", "Accept", 1],
                    ["Closed", "Avoid", 2],
                ],
                "Pivot": [["Row Labels", "Count of Risk ID"], ["Open", 4], ["Grand Total", 4]],
                "Log": [PLAIN, *ROWS],
            }
        )
    )
    assert rated(plan) == {"R1": (4, 5), "R2": (2, 3)}
    assert {name for name, _, _ in plan.others} == {"Instructions", "Scales", "Matrix", "Lists", "Pivot"}


def test_one_register_a_department() -> None:
    plan = take(xlsx({"Legal": [PLAIN, ROWS[0]], "HR": [PLAIN, ROWS[1]]}))
    assert len(risks(plan)) == 2


def test_sections_totals_and_headings_again() -> None:
    rows = [PLAIN, ["Research", "", "", "", ""], ROWS[0], PLAIN, ["People"], ROWS[1], ["Total", "", 6, 8, ""]]
    plan = take(xlsx({"R": rows}, {"R": ["A2:E2"]}))
    assert rated(plan) == {"R1": (4, 5), "R2": (2, 3)}
    assert fates(plan) == {
        1: "headings",
        2: "section title",
        3: "taken",
        4: "headings again",
        5: "section title",
        6: "taken",
        7: "total",
    }
    assert "Section: Research" in risks(plan)[ROWS[0][1]].item.note


def test_legend_below_the_table() -> None:
    rows = [
        PLAIN,
        *ROWS,
        [],
        ["", "Likelihood: 1 = rare, 5 = almost certain"],
        ["", "Prepared by:", "", "", "QA"],
    ]
    plan = take(xlsx({"R": rows}))
    assert len(risks(plan)) == 2
    assert fates(plan)[5] == fates(plan)[6] == "legend or note below the table"


def test_two_tables_on_one_sheet() -> None:
    rows = [
        PLAIN,
        *ROWS,
        [],
        ["Closed risks"],
        [],
        ["Risk ID", "Risk title", "Probability", "Severity", "Date closed"],
        ["C1", "Old prototype left at a fair", 2, 2, date(2025, 3, 1)],
    ]
    assert rated(take(xlsx({"R": rows}))) == {"R1": (4, 5), "R2": (2, 3), "C1": (2, 2)}


def test_row_of_column_numbers_and_row_of_instructions() -> None:
    rows = [
        PLAIN,
        [1, 2, 3, 4, 5],
        ["Enter a number", "Describe the risk", "Select from list", "Select from list", "Enter name"],
        *ROWS,
    ]
    plan = take(xlsx({"R": rows}))
    assert rated(plan) == {"R1": (4, 5), "R2": (2, 3)}
    assert (fates(plan)[2], fates(plan)[3]) == ("column numbers", "instructions")


def test_form_with_no_rows_says_so() -> None:
    source = exchange.read(xlsx({"Risk register": [["Company X"], [], PLAIN]}), "template.xlsx")
    with pytest.raises(NoRows, match=r"Risk register.*row 3"):
        exchange.plan(source, exchange.propose(source))


def test_form_with_running_numbers_and_presets_only_has_no_rows() -> None:
    rows = [[*PLAIN, "Score", "Status"], *[[f"R{n}", "", 1, 1, "", 1, "Open"] for n in range(1, 21)]]
    source = exchange.read(xlsx({"Risk register": rows}), "template.xlsx")
    with pytest.raises(NoRows):
        exchange.plan(source, exchange.propose(source))


def test_presets_below_real_rows_are_no_entries() -> None:
    rows = [
        [*PLAIN, "Score"],
        *[[*row, row[2] * row[3]] for row in ROWS],
        *[[f"R{n}", "", "", "", "", 0] for n in range(3, 9)],
    ]
    plan = take(xlsx({"R": rows}))
    assert len(risks(plan)) == 2
    assert fates(plan)[9] == "empty row of the form"


def test_example_row_is_not_taken() -> None:
    rows = [PLAIN, ["Example", "The printer burns", 1, 1, "Somebody"], *ROWS]
    plan = take(xlsx({"R": rows}))
    assert len(risks(plan)) == 2
    assert fates(plan)[2] == "example"


def test_hidden_sheet_is_left_out_and_named() -> None:
    plan = take(xlsx({"Risks": [PLAIN, ROWS[0]], "Old": [PLAIN, ROWS[1]]}, hidden=["Old"]))
    assert len(risks(plan)) == 1
    assert plan.others == [("Old", "hidden sheet", 2)]


def test_cells_merged_downwards_fill_their_rows() -> None:
    rows = [
        ["ID", "Risk", "Cause", "Likelihood", "Impact", "Asset"],
        [1, "Know-how leaves with people", "No exit interview", 3, 4, "Sintering"],
        ["", "", "No non-compete clause", 2, 4, ""],
    ]
    plan = take(xlsx({"R": rows}, {"R": ["A2:A3", "B2:B3", "F2:F3"]}))
    items = [i for i in plan.items if isinstance(i, Exposure)]
    assert [i.cause for i in items] == ["No exit interview", "No non-compete clause"]
    assert sorted(r.likelihood or 0 for r in plan.items if isinstance(r, Rating)) == [2, 3]
    assert [i.code_name for i in plan.items if isinstance(i, Technology)] == ["Sintering"]


def test_further_actions_in_rows_of_their_own() -> None:
    rows = [
        ["ID", "Risk", "Likelihood", "Impact", "Action", "Action owner"],
        ["1", "Supplier copies the mould", "3", "4", "Keep the mould in house", "Production"],
        ["", "", "", "", "Inspect the supplier", "Production"],
        ["2", "Visitor photographs the line", "2", "3", "Cover the line", "Security"],
    ]
    plan = take(text(rows), "list.csv")
    risk = risks(plan)["Supplier copies the mould"]
    assert {m.title for m in risk.measures} == {"Keep the mould in house", "Inspect the supplier"}
    assert fates(plan)[3] == "taken"


def test_transposed_form() -> None:
    rows = [
        ["Risk ID", "R1", "R2"],
        ["Risk description", "Recipe leaks", "Mould is copied"],
        ["Likelihood", 3, 4],
        ["Impact", 4, 5],
        ["Risk owner", "Legal", "Production"],
        ["Mitigation", "NDA", "Own tooling"],
    ]
    assert rated(take(xlsx({"Form": rows}))) == {"R1": (3, 4), "R2": (4, 5)}


def test_ticks_spread_over_columns() -> None:
    rows = [
        ["No", "Risk", "Likelihood", "", "", "Impact", "", "", "Owner"],
        ["", "", "Low", "Medium", "High", "Low", "Medium", "High", ""],
        [1, "Recipe leaks", "", "", "x", "", "✓", "", "Legal"],
        [2, "Mould is copied", "○", "", "", "", "", "●", "Production"],
    ]
    plan = take(xlsx({"R": rows}, {"R": ["C1:E1", "F1:H1"]}))
    assert rated(plan) == {"1": (4, 3), "2": (2, 4)}


def test_two_ticks_for_one_thing_must_be_settled() -> None:
    rows = [
        ["No", "Risk", "Likelihood", "", "Impact", "", "Owner"],
        ["", "", "Low", "High", "Low", "High", ""],
        [1, "Recipe leaks", "x", "x", "", "x", "Legal"],
    ]
    plan = take(xlsx({"R": rows}, {"R": ["C1:D1", "E1:F1"]}))
    assert [p.message for p in plan.to_settle] == ["More than one value is ticked."]


@pytest.mark.parametrize(
    ("words", "steps"),
    [
        (["Low", "Medium", "High"], [2, 3, 4]),
        (["VL", "L", "M", "H", "VH"], [1, 2, 3, 4, 5]),
        (["低", "中", "高"], [2, 3, 4]),
        (["小", "中", "大"], [2, 3, 4]),
        (["I", "III", "V"], [1, 3, 5]),
        (["1 - Rare", "3 - Possible", "5 - Almost certain"], [1, 3, 5]),
        (["Rare (1)", "Possible (3)", "Likely (4)"], [1, 3, 4]),
        (["１", "３", "５"], [1, 3, 5]),
        (["★", "★★★", "★★★★★"], [1, 3, 5]),
        (["faible", "moyenne", "très élevée"], [2, 3, 5]),
        (["gering", "mittel", "hoch"], [2, 3, 4]),
        (["bajo", "medio", "muy alto"], [2, 3, 5]),
        (["Minor", "Significant", "Considerable", "Major", "Catastrophic"], [1, 2, 3, 4, 5]),
        (["Negligible", "Marginal", "Critical", "Catastrophic"], [1, 2, 4, 5]),
        (["0.1", "0.5", "0.9"], [1, 3, 5]),
        (["2", "5", "10"], [1, 3, 5]),
        (["ほぼない", "あり得る", "ほぼ確実"], [1, 3, 5]),
    ],
)
def test_scales_of_every_kind(words: list[str], steps: list[int]) -> None:
    rows = [
        ["ID", "Risk", "Likelihood", "Impact"],
        *[[str(n), f"Risk {n} of the list", w, w] for n, w in enumerate(words)],
    ]
    found = rated(take(text(rows), "list.csv"))
    assert [pair and pair[0] for pair in found.values()] == steps
    assert [pair and pair[1] for pair in found.values()] == steps


def test_percentages_are_probabilities() -> None:
    rows = [
        ["ID", "Risk", "Probability", "Impact"],
        ["1", "Leak", 0.3, 4],
        ["2", "Loss", 0.04, 5],
        ["3", "Theft", 0.6, 3],
    ]
    assert rated(take(xlsx({"R": rows}))) == {"1": (4, 4), "2": (2, 5), "3": (5, 3)}


@pytest.mark.parametrize("likelihood", ["500%", "１０１％", "500 %"])
def test_a_probability_above_the_whole_must_be_settled(likelihood: str) -> None:
    """Nobody can say whether 50 % was meant, or step 5."""
    rows = [["ID", "Risk", "Probability", "Impact"], ["1", "Leak", likelihood, 4], ["2", "Loss", "30%", 3]]
    plan = take(text(rows), "list.csv")
    assert [(p.row, p.value) for p in plan.to_settle] == [(2, likelihood)]
    assert number_of(likelihood) is None
    assert number_of("100%") == 1


def test_three_points_in_numbers_are_low_medium_high() -> None:
    rows = [["ID", "Risk", "Likelihood (1-3)", "Impact (1-3)"], ["1", "Leak", 1, 3], ["2", "Loss", 2, 2]]
    assert rated(take(xlsx({"R": rows}))) == {"1": (2, 4), "2": (3, 3)}


def test_legend_says_how_many_points() -> None:
    plan = take(
        xlsx(
            {
                "Log": [["ID", "Risk", "Likelihood", "Impact"], ["1", "Leak", 4, 2], ["2", "Loss", 2, 3]],
                "Legend": [
                    ["Level", "Meaning"],
                    [1, "negligible"],
                    [2, "limited"],
                    [3, "important"],
                    [4, "maximal"],
                ],
            }
        )
    )
    assert rated(plan) == {"1": (5, 2), "2": (2, 4)}


def test_unknown_rating_must_be_settled() -> None:
    plan = take(xlsx({"R": [PLAIN, *ROWS, ["R3", "Mould is copied", "Likley", 3, "QA"]]}))
    (problem,) = plan.to_settle
    assert (problem.row, problem.column, problem.header, problem.value) == (4, "C", "Likelihood", "Likley")
    assert fates(plan)[4] == "problem"


def test_unknown_rating_is_kept_in_the_note_when_asked() -> None:
    plan = take(xlsx({"R": [PLAIN, *ROWS, ["R3", "Mould is copied", "Likley", 3, "QA"]]}), unknown="note")
    risk = risks(plan)["Mould is copied"]
    assert risk.rated() == (None, 3)
    assert "Likelihood: Likley" in risk.item.note
    assert [p.outcome for p in plan.problems] == ["unrated"]
    assert plan.unrated == 1


def test_rating_given_as_not_rated_is_said() -> None:
    plan = take(xlsx({"R": [PLAIN, ["R3", "Mould is copied", "TBD", "", "QA"]]}))
    risk = risks(plan)["Mould is copied"]
    assert risk.rated() is None
    assert "Likelihood: TBD" in risk.item.note
    assert [p.value for p in plan.problems] == ["TBD"]


@pytest.mark.parametrize(
    ("word", "treatment"),
    [
        ("Reduce", Treatment.MITIGATE),
        ("Deflection", Treatment.TRANSFER),
        ("Transference", Treatment.TRANSFER),
        ("軽減", Treatment.MITIGATE),
        ("修正", Treatment.MITIGATE),
        ("保有", Treatment.ACCEPT),
        ("共有", Treatment.TRANSFER),
        ("回避", Treatment.AVOID),
        ("Retain", Treatment.ACCEPT),
        ("Modify", Treatment.MITIGATE),
        ("Share", Treatment.TRANSFER),
        ("Watch", Treatment.OPEN),
        ("Réduire", Treatment.MITIGATE),
        ("Vermeiden", Treatment.AVOID),
    ],
)
def test_treatments_in_other_words(word: str, treatment: Treatment) -> None:
    rows = [[*PLAIN, "Response"], *[[*row, word] for row in ROWS]]
    assert {r.item.treatment for r in risks(take(xlsx({"R": rows}))).values()} == {treatment}


def test_japanese_list_in_cp932() -> None:
    rows = [
        [
            "№",
            "技術名",
            "流出リスクの内容",
            "発生可能性",
            "影響度",
            "既存対策",
            "追加対策",
            "対応方針",
            "担当部署",
            "担当者",
            "期限",
            "備考",
        ],
        [
            "１",
            "焼結条件Ｋ",
            "共同研究先が論文で条件を公表する",
            "高",
            "大",
            "秘密保持契約",
            "・発表前確認\n・契約改定",
            "低減",
            "研究開発部",
            "田中",
            "令和8年4月1日",
            "要注意",
        ],
        [
            "２",
            "金型設計",
            "退職者が図面を持ち出す",
            "中",
            "中",
            "なし",
            "退職時面談",
            "保有",
            "人事部",
            "鈴木",
            "R8.6.30",
            "",
        ],
    ]
    plan = take(text(rows, encoding="cp932"), "リスク一覧.csv")
    risk = risks(plan)["共同研究先が論文で条件を公表する"]
    assert risk.rated() == (4, 4)
    assert risk.item.treatment is Treatment.MITIGATE
    assert risk.item.department == "rnd"
    assert risk.named[risk.item.technology] == "焼結条件K" or risk.named[risk.item.technology] == "焼結条件Ｋ"
    assert {m.title: m.due for m in risk.measures} == {
        "秘密保持契約": None,
        "発表前確認": date(2026, 4, 1),
        "契約改定": date(2026, 4, 1),
    }
    assert "備考: 要注意" in risk.item.note
    assert not plan.to_settle


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp932", "euc_jp"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_encoding_and_separator(encoding: str, delimiter: str) -> None:
    rows = [["番号", "リスク", "可能性", "影響度"], ["1", "図面が、そして; 試料が\n持ち出される", "高", "中"]]
    risk = risks(take(text(rows, delimiter, encoding), "list.csv"))["図面が、そして; 試料が 持ち出される"]
    assert risk.rated() == (4, 3)


def test_french_text_in_cp1252_is_read_and_said() -> None:
    rows = [
        ["N°", "Risque", "Probabilité", "Gravité", "Propriétaire"],
        ["1", "Fuite du procédé", "élevée", "très élevée", "Qualité"],
    ]
    plan = take(text(rows, ";", "cp1252"), "registre.csv")
    assert risks(plan)["Fuite du procédé"].rated() == (4, 5)
    assert "cp1252" in str(plan.notices[0].facts)


def test_dates_of_every_kind() -> None:
    texts = [
        date(2026, 3, 31),
        "2026-03-31",
        "31/03/2026",
        "31-Mar-26",
        "令和8年3月31日",
        "R8.3.31",
        "2026年3月末",
        "2026/3/末",
        "R8.3.末",
        "Q1 2026",
        "2025年度末",
        46112,
    ]
    rows = [
        [*PLAIN, "Action", "Due date"],
        *[[f"R{n}", f"Risk {n} of many", 3, 3, "A", f"Do {n}", t] for n, t in enumerate(texts)],
    ]
    plan = take(xlsx({"R": rows}))
    assert {m.due for m in plan.items if isinstance(m, Countermeasure)} == {date(2026, 3, 31)}
    assert not plan.to_settle


def test_day_and_month_follow_from_the_column() -> None:
    dates = ["03/04/2026", "25/04/2026"]
    rows = [[*PLAIN, "Action", "Due date"], *[[*row, "Act", d] for row, d in zip(ROWS, dates, strict=True)]]
    due = {m.due for m in take(text(rows), "list.csv").items if isinstance(m, Countermeasure)}
    assert due == {date(2026, 4, 3), date(2026, 4, 25)}


def test_day_and_month_that_could_be_either_must_be_settled() -> None:
    rows = [[*PLAIN, "Action", "Due date"], *[[*row, "Act", "03/04/2026"] for row in ROWS]]
    plan = take(text(rows), "list.csv")
    assert {(p.column, p.value) for p in plan.to_settle} == {("G", "03/04/2026")}


def test_date_that_is_none_is_kept() -> None:
    dates = ["ongoing", date(2026, 5, 1)]
    rows = [[*PLAIN, "Action", "Due date"], *[[*row, "Act", d] for row, d in zip(ROWS, dates, strict=True)]]
    plan = take(xlsx({"R": rows}))
    assert "Due date: ongoing" in risks(plan)[ROWS[0][1]].item.note
    assert [p.outcome for p in plan.problems] == ["note"]


def test_several_owners_are_all_kept() -> None:
    plan = take(xlsx({"R": [PLAIN, ["R1", "Recipe leaks", 3, 4, "Jane; John"]]}))
    risk = risks(plan)["Recipe leaks"]
    assert risk.named[str(risk.item.owner)] == "Jane"
    assert "Owner: Jane; John" in risk.item.note
    assert [p.outcome for p in plan.problems] == ["note"]


def test_impact_in_parts_is_the_highest_of_them() -> None:
    rows = [
        ["ID", "Asset", "Threat", "Confidentiality", "Integrity", "Availability", "Likelihood", "Risk owner"],
        ["1", "Recipe store", "Copied by a leaver", 5, 2, 1, 3, "IT"],
    ]
    assert risks(take(xlsx({"Risk assessment": rows})))["Copied by a leaver"].rated() == (3, 5)


def test_long_risk_text_is_kept_whole() -> None:
    whole = "A partner may publish the process window. " + "It happened before in another project. " * 20
    risk = next(iter(risks(take(xlsx({"R": [PLAIN, ["R1", whole, 3, 3, "QA"]]}))).values()))
    assert risk.item.title == "A partner may publish the process window."
    assert risk.item.path == whole.strip()


def test_consequence_is_a_rating_where_it_holds_ratings() -> None:
    rows = [
        ["Ref", "Risk event", "Likelihood", "Consequence", "Risk rating"],
        ["1", "Leak", "Likely", "Major", "High"],
    ]
    assert rated(take(xlsx({"R": rows}))) == {"1": (4, 4)}


def test_impact_is_a_text_where_it_holds_texts() -> None:
    rows = [
        ["Ref", "Risk", "Impact", "Probability", "Severity"],
        ["1", "Leak", "The customer would lose its trust in us and look for another supplier", 2, 5],
        ["2", "Theft", "We would have to develop the mould again, which takes half a year", 3, 4],
    ]
    risk = risks(take(xlsx({"R": rows})))["Leak"]
    assert risk.rated() == (2, 5)
    assert risk.item.consequence.startswith("The customer")


def test_fmea_on_ten_points() -> None:
    rows = [
        [
            "Item",
            "Potential Failure Mode",
            "Potential Effect",
            "Severity",
            "Potential Cause",
            "Occurrence",
            "Detection",
            "RPN",
        ],
        [1, "Seal opened", "Sample lost", 9, "Courier", 4, 3, 108],
        [2, "Label missing", "Sample mixed up", 6, "Haste", 10, 2, 120],
    ]
    risk = risks(take(xlsx({"FMEA": rows})))["Seal opened"]
    assert risk.rated() == (2, 5)
    assert "Detection: 3" in risk.item.note
    assert "RPN: 108" in risk.item.note


def test_score_that_does_not_follow_is_said() -> None:
    rows = [
        [*PLAIN, "Risk score"],
        *[[f"R{n}", f"Risk {n} of many", 3, 4, "A", 12] for n in range(9)],
        ["R9", "Last of all", 3, 4, "A", 20],
    ]
    plan = take(xlsx({"R": rows}))
    assert [(p.row, p.value, p.outcome) for p in plan.problems] == [(11, "20", "kept")]


def test_unknown_columns_are_kept() -> None:
    rows = [[*PLAIN, "Fiscal relevance", ""], [*ROWS[0], "§ 4", "loose remark"]]
    note = risks(take(xlsx({"R": rows})))[ROWS[0][1]].item.note
    assert "Fiscal relevance: § 4" in note
    assert "loose remark" in note


def test_row_without_a_text_must_be_settled() -> None:
    plan = take(xlsx({"R": [PLAIN, *ROWS, ["R3", "", 5, 5, "QA"]]}))
    assert fates(plan)[4] == "problem"


def test_controls_are_countermeasures() -> None:
    rows = [
        ["Control ID", "Control", "Description", "Owner", "Implementation status"],
        ["C1", "Badge readers", "All doors of the laboratory", "Security", "Fully implemented"],
        ["C2", "Exit interview", "For everyone who leaves", "HR", "Planned"],
    ]
    plan = take(xlsx({"Controls": rows}))
    measures = {i.source_ref: i for i in plan.items if isinstance(i, Countermeasure)}
    assert measures["C1"].status == "implemented"
    assert measures["C2"].status == "proposed"
    assert measures["C1"].description == "All doors of the laboratory"


def test_technologies_and_counterparties_in_japanese() -> None:
    plan = take(
        xlsx(
            {
                "技術一覧": [
                    ["番号", "技術名", "概要", "事業部", "技術責任者", "担当役員"],
                    ["T1", "焼結条件", "高密度化", "材料事業部", "研究部長", "技術担当役員"],
                ],
                "取引先": [
                    ["番号", "取引先名", "国", "区分", "担当"],
                    ["P1", "大学A", "日本", "大学", "知財部"],
                ],
            }
        )
    )
    assert [t.code_name for t in plan.items if isinstance(t, Technology)] == ["焼結条件"]
    assert [(c.name, c.kind) for c in plan.items if isinstance(c, Counterparty)] == [("大学A", "university")]


def test_what_is_no_register_is_refused_with_what_was_found() -> None:
    data = xlsx(
        {"Budget": [["Month", "Amount"], ["January", 100]], "Risk matrix": [["", "1", "2"], ["1", 1, 2]]}
    )
    source = exchange.read(data, "budget.xlsx")
    with pytest.raises(NothingFound, match=r"Budget \(.*Risk matrix \(risk matrix\)"):
        exchange.plan(source, exchange.propose(source))


def test_closed_and_accepted_in_their_own_words() -> None:
    rows = [[*PLAIN, "Status"], [*ROWS[0], "Closed - resolved"], [*ROWS[1], "Risk Accepted"]]
    found = {r.item.source_ref: r.item.status for r in risks(take(xlsx({"R": rows}))).values()}
    assert found == {"R1": ExposureStatus.CLOSED, "R2": ExposureStatus.ACCEPTED}


def test_current_rating_below_the_inherent_one_is_no_more_than_a_target() -> None:
    rows = [
        ["ID", "Risk", "Inherent likelihood", "Inherent impact", "Current likelihood", "Current impact"],
        ["1", "Leak", 5, 5, 2, 5],
    ]
    plan = take(xlsx({"R": rows}))
    risk = risks(plan)["Leak"]
    assert risk.rated(Basis.INHERENT) == (5, 5)
    assert risk.rated(Basis.TARGET) == (2, 5)
    assert [p.outcome for p in plan.problems] == ["target"]


def test_legacy_workbook_in_french() -> None:
    plan = take((FILES / "merged.xls").read_bytes(), "registre.xls")
    risk = risks(plan)["Fuite du procédé de frittage"]
    assert risk.rated(Basis.INHERENT) == (4, 5)
    assert risk.rated(Basis.TARGET) == (2, 5)
    assert "Échéance: 2026-06-30" in risk.item.note
    assert not plan.to_settle


def test_headings_in_two_languages() -> None:
    rows = [PLAIN, ["リスク番号", "リスク", "可能性", "影響度", "担当者"], *ROWS]
    plan = take(xlsx({"R": rows}))
    assert rated(plan) == {"R1": (4, 5), "R2": (2, 3)}
    assert not plan.to_settle


def test_actions_on_a_sheet_of_their_own_name_their_risks() -> None:
    plan = take(
        xlsx(
            {
                "Actions": [
                    ["Action ID", "Risk ID", "Action", "Owner", "Due date", "Status"],
                    ["A1", "R1", "Read papers before they go out", "IP", date(2026, 5, 1), "In progress"],
                    ["A2", "R1, R2", "Train everybody", "HR", date(2026, 6, 1), "Done"],
                    ["A3", "R9", "Nothing to do with it", "HR", date(2026, 6, 1), "Done"],
                ],
                "Risks": [PLAIN, *ROWS],
            }
        )
    )
    assert {m.title for m in risks(plan)[ROWS[0][1]].measures} == {
        "Read papers before they go out",
        "Train everybody",
    }
    assert [m.title for m in risks(plan)[ROWS[1][1]].measures] == ["Train everybody"]
    assert [(p.sheet, p.row, p.value, p.outcome) for p in plan.problems] == [("Actions", 4, "R9", "note")]


@pytest.mark.parametrize(
    ("said", "route"),
    [
        ("共同研究", "R01"),
        ("Ｍ＆Ａ", "R02"),
        ("上場", "R03"),
        ("転職", "R04"),
        ("R05 取引先", "R05"),
        ("展示会", "R09"),
        ("Joint research", "R01"),
        ("retirement", "R04"),
        ("天災", ""),
    ],
)
def test_a_route_is_known_by_a_part_of_its_name(said: str, route: str) -> None:
    """Nobody writes the catalogue's whole title into a cell; what two routes share names neither."""
    assert route_of(said) == route


def test_ebios_values_with_letters() -> None:
    rows = [
        ["Scénario de risque", "Gravité", "Vraisemblance", "Niveau de risque", "Mesures complémentaires"],
        [
            "Vol du dossier de fabrication",
            "G4 - Critique",
            "V2 - Vraisemblable",
            "Élevé",
            "Chiffrer les postes",
        ],
        [
            "Copie par un sous-traitant",
            "G3 - Grave",
            "V3 - Très vraisemblable",
            "Élevé",
            "Clause de non-usage",
        ],
    ]
    plan = take(xlsx({"Risques": rows}))
    assert not plan.to_settle
    assert len(risks(plan)) == 2


def test_probability_in_percent_and_impact_in_money() -> None:
    rows = [
        ["ID", "Risk description", "Probability (%)", "Impact ($)", "EMV", "Response"],
        [1, "Key supplier goes out of business", 30, 250000, 75000, "Mitigate"],
        [2, "Permit comes late", 10, 40000, 4000, "Accept"],
    ]
    plan = take(xlsx({"R": rows}))
    risk = risks(plan)["Key supplier goes out of business"]
    assert risk.rated() == (4, None)
    assert "Impact ($): 250000" in risk.item.note
    assert [n.message for n in plan.notices] == [
        "The list has no impact that can be read; its risks have no level."
    ]
    assert plan.unrated == 2


def test_list_with_levels_only_keeps_them_and_says_so() -> None:
    rows = [
        ["Risk", "Inherent risk", "Residual risk", "Risk owner", "Mitigation"],
        ["Leak of drawings", "High", "Low", "QA", "NDA"],
    ]
    plan = take(xlsx({"Risk register": rows}))
    risk = risks(plan)["Leak of drawings"]
    assert "Inherent risk: High" in risk.item.note
    assert "Residual risk: Low" in risk.item.note
    assert len(plan.notices) == 1


def test_initials_of_three_security_goals() -> None:
    rows = [
        ["Asset", "Threat", "Vulnerability", "C", "I", "A", "Likelihood", "Risk value", "Treatment"],
        ["File server", "Theft of recipes", "Open shares", 4, 2, 1, 3, 12, "Reduce"],
        ["Laptop", "Loss on a journey", "No encryption", 5, 1, 2, 2, 10, "Reduce"],
    ]
    assert risks(take(xlsx({"RA": rows})))["Theft of recipes"].rated() == (3, 4)


def test_owner_and_date_of_actions_that_are_not_named_stay() -> None:
    rows = [
        [*PLAIN, "Action", "Action owner", "Due date"],
        [*ROWS[0], "", "Legal", date(2026, 5, 1)],
        [*ROWS[1], "Talk", "HR", ""],
    ]
    note = risks(take(xlsx({"R": rows})))[ROWS[0][1]].item.note
    assert "Action owner: Legal" in note
    assert "Due date: 2026-05-01" in note


def test_three_columns_make_one_statement() -> None:
    rows = [
        ["No.", "If", "Then", "Resulting in", "P", "I", "PxI", "Risk owner"],
        [1, "the partner hires our engineer", "know-how moves along", "we lose the lead", 3, 4, 12, "HR"],
        [2, "the fair shows the prototype", "others measure it", "they catch up", 2, 3, 6, "Sales"],
    ]
    plan = take(xlsx({"Risks": rows}))
    assert [r.rated() for r in risks(plan).values()] == [(3, 4), (2, 3)]


def test_every_action_has_its_own_owner_and_date() -> None:
    rows = [
        ["Risk No", "Risk", "L", "I", "Actions", "By whom", "By when"],
        [1, "Data loss", 3, 4, "Buy a second store", "IT", "Q2 2026"],
        ["", "", "", "", "Train everybody", "HR", "Q3 2026"],
        [2, "Fire", 1, 5, "Inspect the wiring", "Facilities", "2026-12-31"],
    ]
    plan = take(xlsx({"Risks": rows}, {"Risks": ["A2:A3", "B2:B3"]}))
    risk = risks(plan)["Data loss"]
    assert {(m.title, risk.named[str(m.owner)], m.due) for m in risk.measures} == {
        ("Buy a second store", "IT", date(2026, 6, 30)),
        ("Train everybody", "HR", date(2026, 9, 30)),
    }
    assert not plan.problems


def test_strategy_in_sentences_is_no_choice() -> None:
    rows = [[*PLAIN, "mitigation_strategy"], [*ROWS[0], "Rebalance; audit"], [*ROWS[1], "DP-SGD training"]]
    plan = take(text(rows), "ai.csv")
    assert not plan.problems
    kept = {m.title for m in plan.items if isinstance(m, Countermeasure)}
    assert kept == {"Rebalance", "audit", "DP-SGD training"}


def test_likelihood_in_words_nobody_knows_is_asked_for_not_dropped() -> None:
    rows = [PLAIN, ["R1", "Leak of drawings", "Green", 4, "A"], ["R2", "Theft of samples", "Amber", 3, "B"]]
    data = xlsx({"R": rows})
    assert {p.value for p in take(data).to_settle} == {"Green", "Amber"}
    source = exchange.read(data, "list.xlsx")
    toml = (
        exchange.propose(source)
        .to_toml()
        .replace('Green = "settle"', "Green = 2")
        .replace('Amber = "settle"', "Amber = 3")
    )
    plan = exchange.plan(source, exchange.Mapping.from_toml(toml))
    assert rated(plan) == {"R1": (2, 4), "R2": (3, 3)}
    assert not plan.problems


def test_gaps_in_controls_are_no_controls() -> None:
    rows = [[*PLAIN, "Controls in place", "Gaps in controls"], [*ROWS[0], "NDA", "No audit right"]]
    risk = risks(take(xlsx({"R": rows})))[ROWS[0][1]]
    assert [m.title for m in risk.measures] == ["NDA"]
    assert "Gaps in controls: No audit right" in risk.item.note


def test_mapping_finds_columns_that_have_moved() -> None:
    source = exchange.read(xlsx({"R": [PLAIN, *ROWS]}), "january.xlsx")
    mapping = exchange.propose(source)
    moved = [["Remark", *reversed(PLAIN)], *[["new", *reversed(row)] for row in ROWS]]
    later = exchange.read(xlsx({"R": moved}), "february.xlsx")
    plan = exchange.plan(later, mapping)
    assert rated(plan) == {"R1": (4, 5), "R2": (2, 3)}
    assert "Remark: new" in risks(plan)[ROWS[0][1]].item.note
