"""How a value reads: shared by the terminal, the command line, exports and the board summary.

Everything here returns plain text in the language asked for; nothing is markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from techguard import catalog
from techguard.domain.fields import Choice, FieldSpec, FieldType
from techguard.domain.items import Item
from techguard.domain.kinds import KINDS, Kind
from techguard.domain.spread import Unit, plain_figure, read_figure, read_spread
from techguard.i18n import NP_, Language, short_date, translator

LEVEL_WORDS = (
    NP_("Level", "Very low"),
    NP_("Level", "Low"),
    NP_("Level", "Medium"),
    NP_("Level", "High"),
    NP_("Level", "Very high"),
)
"""The names of levels 1–5 (message ids with the context "Level")."""

UNRATED = NP_("Level", "Unrated")


ACTS = {
    "create": NP_("history", "register made"),
    "edit": NP_("history", "edited"),
    "import": NP_("history", "imported"),
    "board": NP_("history", "board summary sealed"),
    "close": NP_("history", "session closed"),
    "merge": NP_("history", "another copy taken in"),
    "review": NP_("history", "review session"),
    "demo": NP_("history", "example made"),
    "undo": NP_("history", "undone"),
    "redo": NP_("history", "redone"),
    "people": NP_("history", "access"),
    "prune": NP_("history", "values pruned"),
    "evidence": NP_("history", "evidence handed out"),
}
"""What kind of act it was, in one word."""

OPERATIONS = {
    "add": NP_("history", "added"),
    "change": NP_("history", "changed"),
    "remove": NP_("history", "removed"),
    "restore": NP_("history", "brought back"),
    "settle": NP_("history", "conflict settled"),
    "prune": NP_("history", "values pruned"),
}
"""What an act did to one entry."""


def act_word(action: str, lang: Language) -> str:
    """What kind of act it was; one that is not known as it was written."""
    return translator(lang).pgettext("history", ACTS[action]) if action in ACTS else action


def operation_word(op: str, lang: Language) -> str:
    """What an act did to one entry; what is not known as it was written."""
    return translator(lang).pgettext("history", OPERATIONS[op]) if op in OPERATIONS else op


def pruned_word(lang: Language) -> str:
    """What stands in the place of values that were destroyed."""
    return translator(lang).gettext("(values pruned)")


def pruning_rule(rule: Mapping[str, Any], lang: Language) -> str:
    """The rule that a tombstone names (`techguard.domain.pruning.Rule`)."""
    t = translator(lang)
    kinds = [kind_label(KINDS[name], lang, plural=True) for name in rule["kinds"] if name in KINDS]
    before = day(date.fromisoformat(rule["removed_before"]))
    told = t.gettext("removed before {day}").format(day=before)
    return f"{told} ({t.list_text(kinds)})" if kinds else told


def choice_label(choice: Choice, lang: Language) -> str:
    """A word of a closed list."""
    return translator(lang).pgettext(type(choice).__name__, choice.label)


def field_label(spec: FieldSpec, lang: Language) -> str:
    """A field's name."""
    return translator(lang).gettext(spec.label)


def field_help(spec: FieldSpec, lang: Language) -> str:
    """The sentence beside a field; may be empty."""
    return translator(lang).gettext(spec.help) if spec.help else ""


def kind_label(kind: Kind, lang: Language, *, plural: bool = False) -> str:
    """What a kind of entry is called."""
    return translator(lang).gettext(kind.label_plural if plural else kind.label)


def level_word(level: int | None, lang: Language) -> str:
    """The name of a level, in the company's own word where it has one; an unrated one says so."""
    translate = translator(lang)
    if level is None:
        return translate.pgettext("Level", UNRATED)
    own = catalog.level_names()
    return own[level - 1] if own else translate.pgettext("Level", LEVEL_WORDS[level - 1])


def level_mark(level: int | None) -> str:
    """A level as a mark that reads in black and white and is always five cells wide."""
    return "-----" if level is None else "#" * level + "." * (5 - level)


def route_name(route_id: str, lang: Language) -> str:
    """A route's or sub-route's name with its number; an unknown one as it was written."""
    return _catalogue_name("routes" if len(route_id) == 3 else "sub_routes", route_id, lang)


def show(spec: FieldSpec, value: Any, lang: Language, names: Mapping[str, str] | None = None) -> str:
    """A field's value as a person reads it. `names` gives the titles of what it refers to, by id."""
    if value is None or value in ("", ()):
        return ""
    names = names or {}
    match spec.type:
        case FieldType.CHOICE:
            return choice_label(value, lang)
        case FieldType.CHOICES:
            return _joined([choice_label(v, lang) for v in value], lang)
        case FieldType.WORDS:
            return _joined(list(value), lang)
        case FieldType.REF:
            return names.get(value, value)
        case FieldType.REFS:
            return _joined([names.get(v, v) for v in value], lang)
        case FieldType.BOOLEAN:
            return translator(lang).gettext("Yes" if value else "No")
        case FieldType.DATE:
            return day(value)
        case FieldType.MOMENT:
            return moment(value)
        case FieldType.INTEGER if spec.is_money:
            return translator(lang).money_text(value)
        case FieldType.INTEGER if spec.about.scale == "level":
            return f"{value} {level_word(value, lang)}"
        case FieldType.DECIMAL:
            return format(Decimal(value).normalize(), "f")
        case FieldType.TEXT if spec.about.spread:
            return range_text(value, spec.about.spread, lang)
        case FieldType.TEXT if spec.about.catalog:
            return _catalogue_name(spec.about.catalog, value, lang)
        case _:
            return str(value)


def range_text(text: str, unit: Unit, lang: Language) -> str:
    """A range (`domain.spread`) as a person reads it: amounts as money, hundredths with their sign; of an
    interval, that it holds nine times in ten.
    """
    found = read_spread(text, read_figure)
    if found is None:
        return text
    t = translator(lang)

    def figure(value: Decimal) -> str:
        if unit == "JPY":
            return t.money_text(int(value))
        return plain_figure(value) + ("%" if unit == "%" else "")

    if found.is_certain:
        return figure(found.figures[0])
    said = found.text(figure)
    return t.gettext("{range} (90% of cases)").format(range=said) if found.is_interval else said


def title(item: Item, kind: Kind, lang: Language) -> str:
    """What stands for an entry: its title, or a catalogue name where the title is an id."""
    spec = kind.by_name[kind.title]
    return show(spec, getattr(item, kind.title), lang) or item.ref


def day(value: date) -> str:
    """A date as it stands in lists."""
    return short_date(value)


def moment(value: datetime) -> str:
    """A moment in the reader's own time zone, to the minute."""
    return short_date(value.astimezone())


def _joined(parts: list[str], lang: Language) -> str:
    return translator(lang).list_text(parts)


def _catalogue_name(which: str, id_: str, lang: Language) -> str:
    match which:
        case "routes":
            found = catalog.routes().get(id_)
            text = found.name.in_(lang) if found else ""
        case "sub_routes":
            sub = catalog.sub_routes().get(id_)
            text = sub.in_(lang) if sub else ""
        case "signs":
            sign = catalog.signs().get(id_)
            text = sign.in_(lang) if sign else ""
        case "countermeasures":
            measure = catalog.countermeasures().get(id_)
            text = measure.title.in_(lang) if measure else ""
        case "checklists":
            items = (i for c in catalog.checklists().values() for i in c.items if i.id == id_)
            item = next(items, None)
            text = item.in_(lang) if item else ""
        case _:
            text = ""
    return f"{id_} {text}".strip()
