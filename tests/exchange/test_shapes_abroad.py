"""Shapes that real registers have beyond the usual ones. All of it is made up."""

from __future__ import annotations

import pytest

from techguard import exchange
from techguard.domain.items import Countermeasure, Exposure, Person
from techguard.domain.words import Basis, CountermeasureStatus
from techguard.exchange.errors import NothingFound
from techguard.exchange.values import is_quantity, lists_choices

from .making import fates, risks, take, text, xlsx


def becomes(plan_table: object) -> dict[str, str]:
    """Heading → field, of the only table."""
    columns = plan_table.mapping.table[0].columns.values()  # type: ignore[attr-defined]
    return {c.header: c.field for c in columns}


def test_first_entry_is_no_second_row_of_headings() -> None:
    rows = [
        ["risk_id", "name", "type", "description"],
        ["T1", "Theft of samples", "SITE", "A visitor takes samples of a product"],
        ["T2", "Lost notebooks", "SITE", "Notebooks leave the laboratory"],
    ]
    plan = take(text(rows), "list.csv")
    assert [e.source_ref for e in plan.items if isinstance(e, Exposure)] == ["T1", "T2"]
    assert any("neither likelihood nor impact" in n.message for n in plan.notices)


def test_severity_beside_impact_is_the_lists_own_level() -> None:
    rows = [
        ["ID", "Risk description", "Severity", "Probability", "Impact", "Score"],
        ["1", "Furnace drawings are sent on", "Critical", "Low", "High", "8"],
        ["2", "Mixing times are overheard", "High", "High", "Medium", "12"],
    ]
    found = risks(take(text(rows), "list.csv"))
    first = found["Furnace drawings are sent on"]
    assert first.rated() == (2, 4)
    assert Basis.TARGET not in first.ratings
    assert "Severity: Critical" in first.item.note


def test_amounts_and_estimates_are_no_ratings() -> None:
    rows = [
        [
            "No",
            "Risk",
            "Probability",
            "impact_low",
            "impact_high",
            "Expected impact (days)",
            "Cost of measures",
        ],
        ["1", "Pilot line is late", "30%", 3, 8, 2.4, "12,000 EUR"],
        ["2", "Samples are lost", "20%", 1, 4, 1.5, "5,000 EUR"],
    ]
    plan = take(xlsx({"R": rows}))
    assert {f for h, f in becomes(plan).items() if "impact" in h or "Cost" in h} == {"note"}
    assert not any(isinstance(i, Countermeasure) for i in plan.items)
    assert risks(plan)["Pilot line is late"].rated() == (4, None)


@pytest.mark.parametrize(
    "amount", ["300,000 CHF", "$ 1.2m", "-787,500 CHF", "24-48 hours", "4週間", "500万円", "1-2 weeks"]
)
def test_amounts(amount: str) -> None:
    assert is_quantity(amount)


@pytest.mark.parametrize(
    "rating", ["4", "20%", "3 - Possible", "High", "High (4)", "1.5", "once in 5 years", "高"]
)
def test_ratings_are_no_amounts(rating: str) -> None:
    assert not is_quantity(rating)


def test_scale_of_three_in_the_names_of_columns() -> None:
    rows = [
        ["Ref", "Gap description", "Likelihood_1_3", "Impact_1_3", "Risk owner"],
        ["5.1", "No list of who knows the process", 2, 3, "IP"],
        ["5.2", "Visitors are not escorted", 3, 3, "Site"],
    ]
    found = risks(take(xlsx({"R": rows})))
    assert found["No list of who knows the process"].rated() == (3, 4)


def test_both_halves_of_a_rating_use_one_scale() -> None:
    rows = [
        ["Failure modes", "Effects", "SEV", "OCC", "DET", "RPN"],
        ["Seal is left open", "Samples are taken", 9, 4, 5, 180],
        ["Label is wrong", "Wrong recipe is sent", 7, 2, 5, 70],
    ]
    found = risks(take(xlsx({"FMEA": rows})))
    assert found["Seal is left open"].rated() == (2, 5)


def test_share_of_the_worst_is_no_probability() -> None:
    rows = [
        ["risk_id", "description", "probability", "impact", "owner"],
        ["1", "Recipe is published", 0.3, 0.35, "IP"],
        ["2", "Drawing is copied", 0.07, 0.85, "IP"],
    ]
    found = risks(take(xlsx({"R": rows})))
    assert found["Recipe is published"].rated() == (4, 2)
    assert found["Drawing is copied"].rated() == (3, 5)


def test_yes_no_and_priorities_are_no_countermeasures() -> None:
    rows = [
        [
            *("id", "descripcion_riesgo", "probabilidad", "impacto", "nivel_riesgo", "control_existe"),
            *("control_descripcion", "control_faltante", "prioridad_control_faltante", "responsable_control"),
        ],
        [
            "1",
            "Planos enviados a un proveedor",
            3,
            4,
            "Alto",
            "Si",
            "Acuerdo firmado",
            "Marcas de agua",
            "Alta",
            "TI",
        ],
        ["2", "Visitas sin escolta", 2, 3, "Medio", "No", "Libro de visitas", "Escolta", "Media", "Planta"],
    ]
    plan = take(text(rows), "matriz.csv")
    measures = {c.title: c for c in plan.items if isinstance(c, Countermeasure)}
    assert set(measures) == {"Acuerdo firmado", "Marcas de agua", "Libro de visitas", "Escolta"}
    assert measures["Marcas de agua"].status is CountermeasureStatus.PROPOSED
    assert {p.name for p in plan.items if isinstance(p, Person)} == {"TI", "Planta"}


@pytest.mark.parametrize(
    ("headings", "words"),
    [
        (["risco", "probabilidade", "impacto", "mitigação"], ["Média", "Alta"]),
        (["rischio", "probabilità", "impatto", "azioni di mitigazione"], ["Media", "Alta"]),
        (["risico", "kans", "impact", "maatregelen"], ["Gemiddeld", "Hoog"]),
        (["风险", "概率", "影响", "应对措施"], ["中", "高"]),
        (["리스크", "발생가능성", "영향도", "대응방안"], ["보통", "높음"]),
        (["Názov rizika", "Pravdepodobnosť", "Dopad", "Opatrenia"], ["Stredná", "Vysoký"]),
        (["Riskhändelse", "Sannolikhet", "Konsekvens", "Åtgärder"], ["Medel", "Hög"]),
        (["Риск", "Вероятность", "Влияние", "Мероприятия"], ["Средняя", "Высокое"]),
    ],
)
def test_further_languages(headings: list[str], words: list[str]) -> None:
    plan = take(text([headings, ["X-17 leaves the plant", *words, "Seal the room"]]), "list.csv")
    risk = risks(plan)["X-17 leaves the plant"]
    assert risk.rated() == (3, 4)
    assert [m.title for m in risk.measures] == ["Seal the room"]


def test_row_of_choices_under_the_headings_is_no_entry() -> None:
    rows = [
        ["Describe the source of the risk", "Likelihood of harm", "Severity of harm", "Overall risk"],
        ["", "Remote, possible or probable", "Minimal, significant or severe", "Low, medium or high"],
        ["A list of visitors is seen by others", "possible", "severe", "high"],
    ]
    plan = take(xlsx({"DPIA": rows}))
    assert fates(plan)[2] == "instructions"
    assert not plan.to_settle


@pytest.mark.parametrize("cell", ["Low / Medium / High", "1-5", "(1–3)", "Remote, possible or probable"])
def test_lists_of_choices(cell: str) -> None:
    assert lists_choices(cell)


def test_letters_run_either_way_and_must_be_settled() -> None:
    rows = [
        ["Nr", "Risk", "Probability", "Consequence"],
        [1, "Pump fails", "C", "III"],
        [2, "Pipe leaks", "B", "IV"],
    ]
    plan = take(xlsx({"R": rows}))
    assert [p.value for p in plan.to_settle] == ["C", "B"]
    table = plan.mapping.table[0]
    table.values["likelihood"] = {"B": 2, "C": 3}
    assert risks(take(xlsx({"R": rows}), table=[table]))["Pump fails"].rated() == (3, 3)


def test_questions_as_headings() -> None:
    rows = [
        [
            "What are the hazards?",
            "Who might be harmed and how?",
            "What are you already doing to control the risks?",
            "What further action do you need to take to control the risks?",
            "Who needs to carry out the action?",
        ],
        ["Visitors see the line", "Know-how leaves with them", "Escort", "Screen the line", "Site manager"],
    ]
    risk = risks(take(xlsx({"Risk assessment": [["Risk assessment"], ["Company: X"], [], *rows]})))
    assert [m.title for m in risk["Visitors see the line"].measures] == ["Escort", "Screen the line"]


def test_row_that_describes_no_risk_is_skipped_with_its_text() -> None:
    rows = [
        [
            "Category",
            "Question",
            "Risk identified (Y/N)",
            "Describe the risk",
            "Impact",
            "Probability",
            "Owner",
        ],
        ["Samples", "Are samples handed out?", "Y", "Samples are analysed by others", 3, 2, "QA"],
        ["People", "Are there visitors?", "N", "", "", "", ""],
        ["Plant", "Is the line visible?", "Y", "The line is seen from the road", 1, 1, "Site"],
    ]
    plan = take(xlsx({"RACT": rows}))
    assert fates(plan) == {1: "headings", 2: "taken", 3: "describes no risk", 4: "taken"}


def test_three_ratings_in_groups_of_initials_come_back_unchanged() -> None:
    rows = [
        ["ID", "Risk", "Gross score", "", "", "Current score", "", "", "Target score", "", ""],
        ["", "", "P", "I", "RAG", "P", "I", "RAG", "P", "I", "RAG"],
        ["1", "Bids are read by a rival", 4, 4, "R", 3, 4, "A", 2, 3, "G"],
    ]
    plan = take(xlsx({"R": rows}, {"R": ["C1:E1", "F1:H1", "I1:K1"]}))
    risk = risks(plan)["Bids are read by a rival"]
    assert risk.rated(Basis.INHERENT) == (4, 4)
    assert risk.rated(Basis.TARGET) == (2, 3)


def test_log_of_risks_issues_and_assumptions_says_so() -> None:
    rows = [
        ["ID", "Type", "Description", "Owner", "Status", "Impact", "Probability"],
        ["1", "Risk", "The furnace is late", "PM", "Open", "High", "Medium"],
        ["2", "Issue", "The mill is down", "PM", "Open", "High", "N/A"],
    ]
    plan = take(text(rows), "raid.csv")
    assert [n.facts for n in plan.notices if "several kinds" in n.message] == [{"kinds": ("issue", "risk")}]


def test_separator_in_a_text_without_quotes_is_said() -> None:
    data = "ID,Risk,Likelihood,Impact,Note\n1,A leak,2,3,plain\n2,Another leak,3,4,one, two and three\n"
    plan = take(data.encode(), "list.csv")
    assert [n.facts for n in plan.notices if "more cells" in n.message] == [{"rows": (3,)}]


def test_word_that_says_little_is_no_title() -> None:
    rows = [
        ["Risk ID", "Profile name", "Risk description", "Likelihood", "Consequence"],
        ["1", "Night shift", "Unknown people at the line", "Low", "High"],
    ]
    assert list(risks(take(text(rows), "list.csv"))) == ["Unknown people at the line"]


def test_short_names_of_what_a_rating_assumes() -> None:
    rows = [
        ["risk_id", "risk_name", "inh_likelihood", "inh_impact", "res_likelihood", "res_impact"],
        ["1", "Dies are copied by a supplier", 4, 4, 2, 3],
    ]
    risk = risks(take(text(rows), "list.csv"))["Dies are copied by a supplier"]
    assert (risk.rated(Basis.INHERENT), risk.rated(Basis.TARGET)) == ((4, 4), (2, 3))


def test_references_to_a_standard_are_no_countermeasures() -> None:
    rows = [
        ["Risk name", "Likelihood", "Impact", "Controls in place", "Annex controls applied"],
        ["Recipes leave by mail", 3, 4, "Mail filter", "A.5.12, A.8.3"],
        ["Recipes leave on paper", 2, 4, "Print log", "A.7.7, A.8.10"],
    ]
    plan = take(xlsx({"R": rows}))
    assert {c.title for c in plan.items if isinstance(c, Countermeasure)} == {"Mail filter", "Print log"}


def test_owner_with_two_functions_in_brackets_is_one() -> None:
    rows = [["ID", "Risk", "Likelihood", "Impact", "Owner"], ["1", "A leak", 3, 3, "Mori (Sales/Export)"]]
    plan = take(xlsx({"R": rows}))
    assert {p.name for p in plan.items if isinstance(p, Person)} == {"Mori (Sales/Export)"}
    assert not plan.problems


def test_list_of_causes_and_risks_alone() -> None:
    rows = [["Cause", "Risk"], ["One supplier for the crucibles", "The supplier learns the growth rate"]]
    assert list(risks(take(text(rows), "risk register.csv"))) == ["The supplier learns the growth rate"]


def test_lines_about_the_form_above_two_rows_of_headings_are_no_third() -> None:
    rows = [
        ["Process FMEA"],
        ["Part: crucible", "", "Team: A", "", "", "Date: 2026-02-01"],
        ["Process step", "Failure mode", "SEV", "OCC", "RPN", "Results", "", ""],
        ["", "", "", "", "", "Actions taken", "SEV", "OCC"],
        ["Filling", "Spill", 8, 4, 32, "Funnel", 8, 2],
        ["Closing", "Crack", 4, 5, 20, "Gauge", 4, 3],
    ]
    plan = take(xlsx({"FMEA": rows}, {"FMEA": ["F3:H3"]}))
    assert plan.mapping.table[0].header == [3, 4]
    assert risks(plan)["Spill"].rated(Basis.TARGET) == (1, 4)


def test_list_in_a_language_without_words_here_needs_one_mapping() -> None:
    rows = [
        ["Koodi", "Mitä voi tapahtua", "Kuinka usein", "Kuinka paha", "Kuka"],
        ["1", "Piirustus lähetetään väärälle", "4", "9", "Laki"],
        ["2", "Näyte katoaa messuilla", "6", "3", "Myynti"],
    ]
    source = exchange.read(text(rows), "luettelo.csv")
    proposed = exchange.propose(source)
    with pytest.raises(NothingFound):
        exchange.plan(source, proposed)
    written = proposed.to_toml()
    for before, after in (
        ("take = false", "take = true"),
        ('field = "note", header = "Kuinka usein"', 'field = "likelihood", header = "Kuinka usein"'),
        ('field = "note", header = "Kuinka paha"', 'field = "impact", header = "Kuinka paha"'),
        ('field = "note", header = "Kuka"', 'field = "owner", header = "Kuka"'),
    ):
        assert before in written
        written = written.replace(before, after)
    plan = exchange.plan(source, exchange.Mapping.from_toml(written))
    assert risks(plan)["Piirustus lähetetään väärälle"].rated() == (2, 5)
    assert risks(plan)["Näyte katoaa messuilla"].rated() == (3, 2)
