"""The curves of the pack: where they run, that each can be told from the others, and that they are drawn."""

from __future__ import annotations

import dataclasses
import io
import re
from itertools import pairwise

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techguard import board
from techguard.board import document as d
from techguard.board import svg, webpage, workbook
from techguard.board.blocks import Plot
from techguard.board.composition import compose_from
from techguard.board.pages import lay_out
from techguard.board.plots import PlotWriter
from techguard.domain import words as w
from techguard.i18n import LANGUAGES, Language

from .readers import needs_poppler, run
from .sample import money, sample


def drawn(language: Language = "en") -> dict[str, Plot]:
    pages = lay_out(compose_from(sample(), redaction=w.RedactionLevel.R1, language=w.Language(language)))
    return {s.title: s.figure for s in pages.sections if isinstance(s.figure, Plot)}


def writer() -> PlotWriter:
    made = compose_from(sample(), redaction=w.RedactionLevel.R0, language=w.Language.EN)
    return PlotWriter(made, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pack_draws_the_curve_of_losses_and_both_frontiers(language: Language) -> None:
    assert [len(plot.curves) for plot in drawn(language).values()] == [3, 2, 2]


def test_the_curve_stands_where_its_values_are() -> None:
    """Ten times the loss, a tenth of the chance: on two logarithmic axes a straight line."""
    plot = writer().exceedance(money())
    assert plot is not None
    for axis in (plot.across, plot.up):
        assert axis.log
        assert all(0 <= tick.at <= 1 for tick in axis.ticks)
        assert len(axis.ticks) > 2
    for curve, share in zip(plot.curves, (1, 0.8, 0.4), strict=True):
        for dot in curve.dots:
            assert 0 <= dot.at[0] <= 1
            assert -1e-9 <= dot.at[1] <= 1
            loss, chance = dot.values
            assert chance == pytest.approx(min(0.31, 3.1e6 / loss) * share, rel=0.01)
        falling = [a for a in pairwise(curve.dots) if a[0].values[0] >= 1e7]
        slopes = {round((b.at[1] - a.at[1]) / (b.at[0] - a.at[0]), 6) for a, b in falling}
        assert len(slopes) == 1
        assert curve.dots[-1].at[1] == pytest.approx(0), "it ends where it becomes rarer than is drawn"


def test_the_figures_of_the_curve_stand_beside_it() -> None:
    plot = writer().exceedance(money())
    assert plot is not None
    row = next(r for r in plot.rows if r[0] == "¥100 million")
    assert row[1:] == ("3.10%", "2.48%", "1.24%")


def test_the_ticks_say_how_often_that_is() -> None:
    plot = writer().exceedance(money())
    assert plot is not None
    said = {tick.label: tick.note for tick in plot.up.ticks}
    assert said["1%"] == "1 year in 100"
    assert said["0.1%"] == "1 year in 1,000"


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=30).map(lambda some: sorted(some, reverse=True)),
    st.floats(1e4, 1e10),
    st.floats(1.05, 3),
)
def test_any_falling_curve_can_be_drawn(chances: list[float], first: float, step: float) -> None:
    curve = tuple(d.CurvePoint(loss=first * step**n, before=c) for n, c in enumerate(chances))
    plot = writer().exceedance(money().model_copy(update={"curve": curve}))
    if plot is None:
        assert chances[0] < 0.002 or chances[0] == chances[-1] or len(chances) < 3
        return
    for dot in plot.curves[0].dots:
        assert -1e-9 <= dot.at[0] <= 1 + 1e-9
        assert -1e-9 <= dot.at[1] <= 1 + 1e-9
    for a, b in pairwise(plot.curves[0].dots):
        assert a.at[0] <= b.at[0] + 1e-9
        assert a.at[1] >= b.at[1] - 1e-9


def test_losses_too_rare_to_be_drawn_are_told_in_the_table_alone() -> None:
    rare = tuple(d.CurvePoint(loss=n * 1e6, before=0.0005) for n in (1, 2, 3))
    assert writer().exceedance(money().model_copy(update={"curve": rare})) is None
    assert writer().exceedance(money().model_copy(update={"curve": ()})) is None


def test_the_frontier_falls_from_nothing_spent_and_the_plan_lies_on_it() -> None:
    by_money, by_levels = sample().plans
    for plan in (by_money.figures, by_levels.figures):
        plot = writer().frontier(plan)
        assert plot is not None
        line, one = plot.curves
        assert line.stepped
        assert line.dots[0].at[0] == 0
        assert all(a.at[0] < b.at[0] and a.at[1] > b.at[1] for a, b in pairwise(line.dots))
        assert all(0 <= at <= 1 for dot in (*line.dots, *one.dots) for at in dot.at)
        assert one.dots[0].values in {dot.values for dot in line.dots}
        assert len(plot.across.ticks) >= 3
    nothing = by_money.figures.model_copy(update={"frontier": by_money.figures.frontier[:1]})
    assert writer().frontier(nothing) is None


def test_each_curve_is_told_apart_without_colour() -> None:
    """Another dash and another mark, and its name beside a piece of it."""
    plot = next(iter(drawn().values()))
    said = svg.drawn(plot)
    dashes = {re.search(r'stroke-dasharray="([\d. ]+)"', look) for look in svg._LINES}
    assert len({found[1] if found else "" for found in dashes}) == 3
    shapes = {re.match(r"<(\w+)", svg._mark(look, 0, 0)) for look in range(3)}
    assert {found[1] for found in shapes if found} == {"circle", "rect", "path"}
    assert all(f">{curve.name}</text>" in said for curve in plot.curves)


@needs_poppler
@pytest.mark.parametrize("form", board.FORMS)
def test_the_curves_are_vectors_and_not_pictures(form: board.Form) -> None:
    made = compose_from(sample(), redaction=w.RedactionLevel.R1, language=w.Language.JA)
    pdf = board.render(made, form=form)
    listed = run("pdfimages", "-list", "-", stdin=pdf).stdout.decode().splitlines()
    assert len(listed) == 2, listed
    page = webpage.render(lay_out(made)).decode()
    assert page.count("<svg") == 3
    assert "style=" not in page, "the policy of the page would not let it act"


def test_the_workbook_has_charts_of_its_own_over_its_own_numbers() -> None:
    made = compose_from(sample(), redaction=w.RedactionLevel.R1, language=w.Language.EN)
    pages = lay_out(made)
    book = openpyxl.load_workbook(io.BytesIO(workbook.render(pages)))
    found = [(sheet, chart) for sheet in book for chart in sheet._charts]
    assert len(found) == 3
    sheet, chart = found[0]
    plot = next(iter(drawn().values()))
    assert chart.x_axis.scaling.logBase == chart.y_axis.scaling.logBase == 10
    line = chart.series[0]
    for axis, reference in enumerate((line.xVal.numRef.f, line.yVal.numRef.f)):
        values = [dot.values[axis] for dot in plot.curves[0].dots]
        assert _numbers(sheet, reference) == pytest.approx(values)


def _numbers(sheet: object, reference: str) -> list[float]:
    cells = sheet[reference.partition("!")[2].replace("$", "")]  # type: ignore[index]
    return [row[0].value for row in cells]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_measure_of_a_plan_has_a_plain_reason(language: Language) -> None:
    made = compose_from(sample(), redaction=w.RedactionLevel.R1, language=w.Language(language))
    said = board.plain_text(made)
    for reason in (
        {"It belongs to the best plan.", "Something that excludes it is in the plan. · CMS-0002"}
        if language == "en"
        else {"最善の計画に入っています。"}
    ):
        assert reason in said
    assert "1.23%" in said, "what the second plan may be short of"


def test_too_many_candidates_are_said_to_be_so() -> None:
    facts = sample()
    plan = dataclasses.replace(
        facts.plans[0], figures=d.Plan(by="levels", years=5, candidates=4_321, too_many=True)
    )
    made = compose_from(
        dataclasses.replace(facts, plans=(plan,)), redaction=w.RedactionLevel.R1, language=w.Language.EN
    )
    assert "There are 4,321 countermeasures to come with a cost" in board.plain_text(made)
