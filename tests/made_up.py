"""Made-up entries: any entry a kind allows, and whole registers of them, for laws that hold for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, cast

from hypothesis import assume
from hypothesis import strategies as st
from pydantic import ValidationError

from techguard.domain import items as i
from techguard.domain import spread
from techguard.domain import words as w
from techguard.domain.fields import Choice, FieldSpec, FieldType
from techguard.domain.kinds import KINDS, Kind, by_dependency

Ids = Mapping[str, Sequence[str]]
"""Entries that can be referred to: ids by kind."""

LETTERS = "焼結温度曲線ガラスｶﾞﾗｽ㈱①株式会社ＡＢＣabcABCß 　'\"%_\\*()-^:{}[]&|<>\n\t🔬𠮷é０1２"
TEXTS = st.text(alphabet=LETTERS, max_size=24)
DAYS = st.dates(min_value=date(1950, 1, 1), max_value=date(2099, 12, 31))
MOMENTS = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def value(spec: FieldSpec, ids: Ids) -> st.SearchStrategy[Any]:
    """Any value a field takes, as a person or an import may give it."""
    if spec.about.spread:
        return ranges(spec.about.spread) if spec.required else st.just("") | ranges(spec.about.spread)
    match spec.type:
        case FieldType.TEXT | FieldType.LONG_TEXT:
            return TEXTS.filter(lambda t: bool(t.strip())) if spec.required else TEXTS
        case FieldType.WORDS:
            return st.lists(TEXTS, max_size=3).map(tuple)
        case FieldType.INTEGER:
            low = 0 if spec.minimum is None else int(spec.minimum)
            high = 10**6 if spec.maximum is None else int(spec.maximum)
            if spec.about.scale:  # the standard scale has fewer steps than a company's own may have
                high = min(high, 5)
            made: st.SearchStrategy[Any] = st.integers(low, high)
        case FieldType.DECIMAL:
            made = st.decimals(0, 100, allow_nan=False, places=4 if spec.about.derived else 6)
        case FieldType.BOOLEAN:
            made = st.booleans()
        case FieldType.DATE:
            made = DAYS
        case FieldType.MOMENT:
            made = MOMENTS
        case FieldType.CHOICE:
            made = st.sampled_from(list(cast("type[Choice]", spec.choices)))
        case FieldType.CHOICES:
            return st.lists(st.sampled_from(list(cast("type[Choice]", spec.choices))), max_size=3).map(tuple)
        case FieldType.REF:
            made = st.sampled_from(list(ids[spec.to]))
        case FieldType.REFS:
            return st.lists(st.sampled_from(list(ids[spec.to])), max_size=4).map(tuple)
    optional = not spec.required and spec.default is None
    return st.none() | made if optional else made


@st.composite
def scale_lines(draw: st.DrawFn) -> dict[str, Any]:
    """The fields of an own scale that must fit one another: any matrix that never falls."""
    rows, columns = draw(st.integers(3, 6)), draw(st.integers(3, 6))
    levels = draw(st.lists(st.integers(0, 2), min_size=rows + columns, max_size=rows + columns))
    matrix = [
        [min(5, 1 + sum(levels[:row]) + sum(levels[rows : rows + column])) for column in range(columns)]
        for row in range(rows)
    ]
    carry = st.lists(
        st.tuples(st.integers(1, 5), st.integers(1, 3)).map(lambda pair: f"{pair[0]} → {pair[1]}"), max_size=5
    ).map(tuple)
    return {
        "likelihood_steps": tuple(f"可能性{n}：年{n}回" for n in range(1, rows + 1)),
        "impact_steps": tuple(f"影響{n}" for n in range(1, columns + 1)),
        "level_names": draw(st.sampled_from([(), ("極小", "小", "中", "大", "極大")])),
        "matrix": tuple(" ".join(map(str, row)) for row in matrix),
        "high_from": 4,
        "officer_from": draw(st.integers(2, 4)),
        "board_from": draw(st.integers(4, 5)),
        "watch_from": Decimal("0.5"),
        "danger_from": Decimal("1.5"),
        "review_days": draw(st.sampled_from([(), ("360", "360", "180", "90", "30")])),
        "urgency_days": draw(st.sampled_from([(), ("14", "60", "120")])),
        "carry_likelihood": draw(carry),
        "carry_impact": draw(carry),
    }


@st.composite
def ranges(draw: st.DrawFn, unit: spread.Unit) -> str:
    """A range of a unit in any of the forms a person may write, or its one form."""
    places = 0 if unit == "JPY" else 3
    figures = sorted(
        draw(st.lists(st.decimals(0, 50, places=places, allow_nan=False), min_size=3, max_size=3))
    )
    three, two = " / ".join(map(str, figures)), f"{figures[1] + 1} ~ {figures[2] + 1}"
    return draw(st.sampled_from([three, two, str(figures[0])]))


@st.composite
def entries(draw: st.DrawFn, kind: Kind, ids: Ids, *, derived: bool = False) -> i.Item:
    """Any entry of a kind; with its computed fields only where a test asks for them."""
    fields = kind.fields if derived else kind.editable
    values = {f.name: draw(value(f, ids)) for f in fields}
    if kind.model is i.ScaleEdition:
        values |= draw(scale_lines())
    if kind.model is i.Estimate:
        values |= {"catch_up": "", "margin": "", "margin_lost": "", "loss_reputation": draw(ranges("JPY"))}
    try:
        return kind.model(**values)
    except ValidationError:
        assume(False)
        raise


def one_of_each(me: str) -> list[i.Item]:
    """The least entry of every kind, each standing on the others."""
    t = i.Technology(code_name="焼結プロファイルK")
    e = i.Element(technology=t.id, name="昇温曲線")
    c = i.Counterparty(name="東都大学")
    g = i.Engagement(title="共同研究", counterparties=(c.id,))
    x = i.Exposure(technology=t.id, title="共同研究先から条件が流出する", route="R01", engagement=g.id)
    r = i.Review(title="第一四半期レビュー会")
    today = date(2026, 11, 23)
    made: list[i.Item] = [
        t,
        e,
        c,
        g,
        x,
        r,
        i.Rating(exposure=x.id, likelihood=3, impact=4, rationale="同業で発生"),
        i.Countermeasure(title="開示記録", exposures=(x.id,)),
        i.Acceptance(
            exposure=x.id,
            accepted_by=me,
            accepted_role=w.AcceptanceRole.OFFICER,
            accepted_on=today,
            valid_until=today + timedelta(days=90),
            reason="契約改定まで",
        ),
        i.Agreement(engagement=g.id, type=w.AgreementType.NDA),
        i.Milestone(engagement=g.id, label="署名", on=today),
        i.Decision(title="共同研究の継続", review=r.id),
        i.ChecklistAnswer(item="ESMG1-A-1-ア", answer=w.Answer.YES),
        i.Consultation(topic="該非判定"),
        i.Observation(title="範囲外の質問"),
        i.Person(name="研究開発部長"),
        i.Summary(title="取締役会報告"),
    ]
    for kind in by_dependency():
        if kind.model not in map(type, made):
            made.append(least(kind, ids_of(made)))
    return made


def least(kind: Kind, ids: Ids) -> i.Item:
    """An entry of a kind with nothing but what it must have."""
    if kind.model is i.ScaleEdition:
        return own_scale()
    if kind.model is i.Estimate:
        return i.Estimate(
            exposure=ids["exposure"][0],
            basis="同業の事例",
            frequency="0.02 / 0.05 / 0.2",
            loss_response="10000000 ~ 500000000",
        )
    plain: dict[FieldType, Any] = {
        FieldType.TEXT: "題",
        FieldType.LONG_TEXT: "文",
        FieldType.INTEGER: 1,
        FieldType.DATE: date(2026, 11, 23),
    }
    values = {
        f.name: ids[f.to][0] if f.to else next(iter(f.choices)) if f.choices else plain[f.type]
        for f in kind.editable
        if f.required
    }
    return kind.model(**values)


def own_scale(**fields: Any) -> i.ScaleEdition:
    """A company's own scale: the standard one in its own words, unless `fields` say otherwise."""
    lines = ("1 1 2 3 4", "1 2 2 3 4", "1 2 3 4 5", "2 3 4 4 5", "2 3 4 5 5")
    said = {
        "title": "当社の尺度",
        "reason": "社内の言葉に合わせる",
        "likelihood_steps": ("まれ：30年に1回", "低い", "あり得る", "高い", "ほぼ確実"),
        "impact_steps": ("軽い", "小さい", "中くらい", "大きい", "致命的"),
        "matrix": lines,
    }
    return i.ScaleEdition.model_validate(said | fields)


def ids_of(items: Sequence[i.Item]) -> dict[str, list[str]]:
    """The ids of some entries by kind."""
    by_model = {k.model: name for name, k in KINDS.items()}
    found: dict[str, list[str]] = {name: [] for name in KINDS}
    for item in items:
        found[by_model[type(item)]].append(item.id)
    return found


def world(chance: Random, today: date, size: int = 12) -> list[i.Item]:
    """A register full of everything, with dates on and around today, so that every boundary is met."""
    near = [*(0, 1, -1, 29, 30, 31, -29, -30, -31, 89, 90, 91, 14, 15, 60, 61), *(-400, -365, 180, 181, 400)]
    made: list[i.Item] = []
    ids: dict[str, list[str]] = {name: [] for name in KINDS}

    def of(spec: FieldSpec) -> Any:
        if spec.is_range:
            return chance.choice(["1 / 2 / 9", "3", "2 ~ 20"])
        match spec.type:
            case FieldType.DATE:
                happened = spec.name in {"held_on", "observed_on", "tested_on", "done_on", "closed_on"}
                days = chance.choice(near)
                return today + timedelta(days=-abs(days) if happened else days)
            case FieldType.CHOICE:
                return chance.choice(list(cast("type[Choice]", spec.choices)))
            case FieldType.CHOICES:
                return tuple(chance.sample(list(cast("type[Choice]", spec.choices)), 2))
            case FieldType.INTEGER:
                return chance.randint(int(spec.minimum or 0), min(int(spec.maximum or 5), 5))
            case FieldType.DECIMAL:
                return Decimal(chance.randint(0, 50)) / 4
            case FieldType.BOOLEAN:
                return chance.random() < 0.3
            case FieldType.REF:
                return chance.choice(ids[spec.to])
            case FieldType.REFS:
                return tuple(chance.sample(ids[spec.to], chance.randint(0, min(3, len(ids[spec.to])))))
            case FieldType.WORDS:
                return tuple(
                    chance.choice(["焼結", "Kiln", "㈱東都", "b"]) for _ in range(chance.randint(0, 2))
                )
            case FieldType.MOMENT:
                return datetime(2026, chance.randint(1, 11), 1, tzinfo=UTC)
            case _:
                return chance.choice(["", "焼結炉の条件", "Kiln profile", "b", "a", "東都大学"])

    for kind in by_dependency():
        if kind.model is i.ScaleEdition:
            continue  # a register has one scale in force; what a change of it does has tests of its own
        while len(ids[kind.name]) < size:
            values = {}
            for f in kind.editable:
                if f.required or chance.random() < 0.6:
                    values[f.name] = of(f)
                    if f.required and not f.is_range and f.type in {FieldType.TEXT, FieldType.LONG_TEXT}:
                        values[f.name] = f"{kind.name} {len(ids[kind.name])} {values[f.name]}"
            if kind.model is i.Rating and chance.random() < 0.8:
                values.pop(
                    "scale_edition", None
                )  # rated on the scale in force; the others on one of elsewhere
            try:
                item = kind.model(**values)
            except ValidationError:
                continue
            made.append(item)
            ids[kind.name].append(item.id)
    return made
