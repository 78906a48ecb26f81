"""The report of an import: what each column and value becomes, what cannot be taken, and counts.

The models are what `import --dry-run --json` prints (schema/import-report.schema.json); `render` is the same
for a person.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from pydantic import BaseModel, ConfigDict

from techguard.domain.fields import Choice, FieldSpec
from techguard.domain.kinds import KINDS, Kind, kind_of
from techguard.domain.words import Basis
from techguard.i18n import N_, Language, Translator, translator

from .fates import Problem
from .mapping import IGNORE, NOTE, SETTLE, UNRATED, ColumnMap, TableMap
from .plan import Plan
from .propose import choices_for
from .rows import BLANK, HEADINGS
from .words import BASES


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnReport(_Part):
    """What one column becomes."""

    column: str
    header: str
    field: str
    basis: str = ""
    becomes: str
    """The same for a reader, in the report's language."""


class ValueReport(_Part):
    """What one distinct value becomes: a step of the scale, a value of ours, or unrated, note, settle."""

    field: str
    value: str
    to: int | str
    becomes: str
    cells: int
    """In how many cells the value stands."""


class TableReport(_Part):
    """One table of the file that is taken."""

    sheet: str
    kind: str
    own: bool
    header_rows: list[int]
    taken: int
    columns: list[ColumnReport]
    values: list[ValueReport]


class SheetReport(_Part):
    """A sheet that is not taken, and what it seems to be."""

    sheet: str
    rows: int
    reason: str


class ProblemReport(_Part):
    """A value that cannot be taken as it is; its outcome is settle, note, unrated, target or kept."""

    sheet: str
    row: int
    column: str
    header: str
    value: str
    reason: str
    outcome: str


class SkippedReport(_Part):
    """A row that is no entry."""

    sheet: str
    row: int
    reason: str
    text: str


class ChangeReport(_Part):
    """An entry of the register that changes: field → before and after, as text."""

    ref: str
    kind: str
    title: str
    fields: dict[str, tuple[str, str]]


class RowCounts(_Part):
    """Every row of the file, once. taken + skipped + problem = total."""

    total: int
    taken: int
    skipped: int
    problem: int


class Report(_Part):
    """What an import will do (`applied` false) or has done."""

    format: int = 1
    file: str
    digest: str
    """SHA-256 of the file."""
    applied: bool
    tables: list[TableReport]
    sheets: list[SheetReport]
    rows: RowCounts
    new: dict[str, int]
    """New entries by kind."""
    changed: int
    unchanged: int
    unrated: int
    """Exposures that have no level."""
    to_settle: int
    problems: list[ProblemReport]
    skipped: list[SkippedReport]
    changes: list[ChangeReport]
    notices: list[str]
    mapping: str
    """The mapping as TOML, ready to be corrected and given back."""


def report(plan: Plan, lang: Language, *, applied: bool = False) -> Report:
    """The report of a plan in a language."""
    t = translator(lang)
    fates = Counter(f.fate for f in plan.rows)
    return Report(
        file=plan.source.name,
        digest=plan.source.digest,
        applied=applied,
        tables=[_table(plan, table, t) for table in plan.mapping.table if table.take],
        sheets=[SheetReport(sheet=s, rows=n, reason=t.gettext(what)) for s, what, n in plan.others],
        rows=RowCounts(
            total=len(plan.rows), taken=fates["taken"], skipped=fates["skipped"], problem=fates["problem"]
        ),
        new=plan.counts,
        changed=len(plan.changes),
        unchanged=plan.unchanged,
        unrated=plan.unrated,
        to_settle=len(plan.to_settle),
        problems=[_problem(p, t) for p in plan.problems],
        skipped=[
            SkippedReport(sheet=f.sheet, row=f.row, reason=t.gettext(f.reason), text=f.text)
            for f in plan.rows
            if f.fate == "skipped"
            and f.reason not in {BLANK, HEADINGS}
            and f.sheet not in {s for s, _, _ in plan.others}
        ],
        changes=[
            ChangeReport(
                ref=item.ref,
                kind=kind_of(item).name,
                title=kind_of(item).title_of(item),
                fields={n: (_text(getattr(item, n)), _text(v)) for n, v in fields.items()},
            )
            for item, fields in plan.changes
        ],
        notices=[t.labelled(n.sheet, t.gettext(n.message).format(**n.facts)) for n in plan.notices],
        mapping=plan.mapping.to_toml(lang),
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    return "\n".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _problem(p: Problem, t: Translator) -> ProblemReport:
    return ProblemReport(
        sheet=p.sheet,
        row=p.row,
        column=p.column,
        header=p.header,
        value=p.value,
        reason=sentence_of(p, t),
        outcome=p.outcome,
    )


def sentence_of(p: Problem, t: Translator) -> str:
    """Why a value cannot be taken, in the reader's language."""
    return t.gettext(p.message).format(**p.facts)


def _table(plan: Plan, table: TableMap, t: Translator) -> TableReport:
    kind = KINDS[table.kind]
    taken = sum(f.sheet == table.sheet and f.fate == "taken" for f in plan.rows)
    columns = [
        ColumnReport(
            column=at,
            header=" ".join(c.header.split()),
            field=c.field,
            basis=c.basis,
            becomes=becomes(kind, c, t),
        )
        for at, c in table.columns.items()
    ]
    return TableReport(
        sheet=table.sheet,
        kind=table.kind,
        own=table.own,
        header_rows=table.header,
        taken=taken,
        columns=columns,
        values=[
            ValueReport(
                field=name,
                value=value,
                to=to,
                becomes=value_becomes(table, name, to, t),
                cells=plan.value_counts.get((table.sheet, name, value), 0),
            )
            for name, values in table.values.items()
            for value, to in values.items()
        ],
    )


_MEANINGS = {
    "description": N_("Scenario (path)"),
    "controls": N_("Countermeasures in place"),
    "actions": N_("Planned countermeasures"),
    "action_owner": N_("Owner of the countermeasures"),
    "action_status": N_("Status of the countermeasures"),
    "due": N_("Due date of the countermeasures"),
    "rationale": N_("Rationale of the rating"),
    "rated_on": N_("Date of the rating"),
    "likelihood": N_("Likelihood"),
    "impact": N_("Impact"),
    "impact_part": N_("Impact (the highest of several)"),
    "level": N_("Note (the list's own score)"),
    "ref": N_("Reference"),
    "id": N_("Reference"),
    NOTE: N_("Note"),
    IGNORE: N_("left out, as the mapping says"),
}


def becomes(kind: Kind, column: ColumnMap, t: Translator) -> str:
    """What a column becomes, for a reader."""
    name = column.field
    spec: FieldSpec | None = kind.by_name.get(name)
    if kind.name == "exposure" and name.startswith("impact_") and name not in _MEANINGS:
        spec = KINDS["rating"].by_name[name]
    if spec is not None and (name not in _MEANINGS or kind.name != "exposure"):
        text = t.label(spec)
    else:
        text = t.gettext(_MEANINGS.get(name, name))
    if column.basis and name != "level":
        text = t.gettext("{field}, {basis}").format(
            field=text, basis=t.label(BASES.get(column.basis, Basis.CURRENT))
        )
    if column.tick:
        text = t.gettext("{field}: {value} where ticked").format(field=text, value=column.tick)
    return text


def value_becomes(table: TableMap, name: str, to: int | str, t: Translator) -> str:
    """What a value becomes, for a reader."""
    words = {
        UNRATED: N_("unrated"),
        NOTE: N_("kept in the note"),
        SETTLE: N_("to be settled"),
    }
    if to in words:
        return t.gettext(words[str(to)])
    if isinstance(to, int):
        from techguard import catalog

        scales = catalog.spoken(
            table.scale
        )  # an earlier scale's words are not at hand: its steps are numbers
        levels = scales.scale("impact" if name == "impact" else "likelihood").levels if scales else ()
        return next((f"{to} {s.name.in_(t.language)}" for s in levels if s.value == to), str(to))
    kind = table.kind
    if name == "route":
        from techguard import catalog

        route = catalog.routes().get(to)
        return f"{to} {route.name.in_(t.language)}" if route else to
    field_name = "action_status" if name == "countermeasure_status" and kind == "exposure" else name
    _, choices = choices_for(kind, field_name.removeprefix("countermeasure_"))
    if field_name == "action_status":
        _, choices = choices_for(kind, "action_status")
    member: Choice | None = next((m for m in choices or () if m.value == to), None)
    return t.label(member) if member is not None else str(to)


_OUTCOMES = {
    "settle": N_("To be settled before the import"),
    "unrated": N_("Kept in the note, unrated"),
    "note": N_("Kept in the note"),
    "target": N_("Taken as the rating after planned controls"),
    "kept": N_("Taken; please look"),
}


def render(found: Report, lang: Language, *, limit: int = 40) -> str:
    """The report for a person: found sheet, columns, values, what cannot be taken, counts."""
    t = translator(lang)
    _, ngettext = t.gettext, t.ngettext
    lines: list[str] = []
    for table in found.tables:
        kind = t.gettext(KINDS[table.kind].label_plural)
        rows = t.list_text([str(row) for row in table.header_rows])
        lines.append(
            _("Sheet {sheet}: {kind}, headings in row {rows}").format(sheet=table.sheet, kind=kind, rows=rows)
        )
        lines += [f"  {c.column:>3}  {_cut(c.header or '—', 40)} → {c.becomes}" for c in table.columns]
        for name in dict.fromkeys(v.field for v in table.values):
            lines.append("  " + _("Values of {field}").format(field=_value_label(table.kind, name, t)))
            values = [v for v in table.values if v.field == name]
            for v in values[:limit]:
                lines.append(f"       {_cut(v.value, 40)} ({v.cells}) → {v.becomes}")
            if len(values) > limit:
                lines.append("       " + _("… and {count} more").format(count=len(values) - limit))
    for sheet in found.sheets:
        lines.append(_("Sheet {sheet}: not taken, {reason}").format(sheet=sheet.sheet, reason=sheet.reason))
    lines += found.notices
    for outcome, title in _OUTCOMES.items():
        problems = [p for p in found.problems if p.outcome == outcome]
        if problems:
            lines += ["", t.labelled(_(title), str(len(problems)))]
            lines += [
                f"  {t.labelled(_where(p, t), t.labelled(_cut(p.value, 60), p.reason))}"
                for p in problems[:limit]
            ]
            if len(problems) > limit:
                lines.append("  " + _("… and {count} more").format(count=len(problems) - limit))
    if found.skipped:
        lines += ["", _("Rows that are no entries: {count}").format(count=len(found.skipped))]
        lines += [
            "  "
            + t.labelled(
                _("{sheet}, row {row}").format(sheet=s.sheet, row=s.row),
                t.labelled(s.reason, _cut(s.text, 60)),
            )
            for s in found.skipped[:limit]
        ]
    if found.changes:
        lines += ["", _("Entries that change: {count}").format(count=len(found.changes))]
        for change in found.changes[:limit]:
            for name, (before, after) in change.fields.items():
                spec = KINDS[change.kind].by_name.get(name)
                label = t.label(spec) if spec else name
                lines.append(
                    "  " + t.labelled(f"{change.ref} {label}", f"{_cut(before, 40)} → {_cut(after, 40)}")
                )
    lines.append("")
    for kind_name, count in found.new.items():
        label = t.gettext(KINDS[kind_name].label_plural)
        lines.append(_("New {kind}: {count}").format(kind=label, count=count))
    lines.append(
        _("Changed: {changed}, unchanged: {unchanged}, unrated: {unrated}").format(
            changed=found.changed, unchanged=found.unchanged, unrated=found.unrated
        )
    )
    counts = found.rows
    lines.append(
        _("Rows: {total} = {taken} taken + {skipped} skipped + {problem} to be settled").format(
            **counts.model_dump()
        )
    )
    if found.applied:
        lines.append(_("The import is done."))
    elif found.to_settle:
        lines.append(
            ngettext(
                "{count} place must be settled first.",
                "{count} places must be settled first.",
                found.to_settle,
            ).format(count=found.to_settle)
        )
    else:
        lines.append(_("Nothing has been changed yet."))
    return "\n".join(lines) + "\n"


def _value_label(kind: str, name: str, t: Translator) -> str:
    special = {
        "likelihood": N_("Likelihood"),
        "impact": N_("Impact"),
        "countermeasure_status": N_("Status of the countermeasures"),
    }
    spec = KINDS[kind].by_name.get(name)
    return t.gettext(special[name]) if name in special else t.label(spec) if spec else name


def _where(p: ProblemReport, t: Translator) -> str:
    if p.column:
        return t.gettext("{sheet}, row {row}, column {column} ({header})").format(
            sheet=p.sheet, row=p.row, column=p.column, header=_cut(p.header or "—", 30)
        )
    return t.gettext("{sheet}, row {row}").format(sheet=p.sheet, row=p.row)


def _cut(text: str, length: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: length - 1] + "…"
