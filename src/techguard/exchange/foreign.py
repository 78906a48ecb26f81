"""From a row of somebody else's list to entries of ours.

A risk becomes an exposure with ratings and countermeasures; there are also lists of countermeasures,
technologies and counterparties.

A rule holds throughout: what has no field is kept in the note under its heading; what cannot be read is a
problem that the report lists; nothing becomes "not rated" without a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isclose
from typing import Any

from pydantic import ValidationError

from techguard.domain import rules
from techguard.domain import words as w
from techguard.domain.errors import problems_of
from techguard.domain.fields import FieldSpec, FieldType
from techguard.domain.items import (
    Countermeasure,
    Counterparty,
    Engagement,
    Item,
    Person,
    Rating,
    Technology,
    new_id,
)
from techguard.domain.kinds import KINDS
from techguard.domain.scales import Axis
from techguard.i18n import LANGUAGES, N_, Translator, translator
from techguard.i18n.money import read_money

from .fates import TAKEN_FROM, Built, Problem
from .mapping import NOTE, SETTLE, UNRATED, ColumnMap, Mapping
from .propose import choices_for, route_of
from .read import Cell, Source, blank
from .rows import Layout, Record
from .steps import own_step
from .values import date_of, names_of, number_of, pieces, sentence, steps_of, text_of
from .view import View, fold
from .words import BASES, is_tick, is_unrated, yes_or_no

SOURCE = N_("Source")

_PATH = {"description": "path"}
_LONG = {"cause", "path", "consequence", "assumptions", "treatment_plan", "outline", "decision_asked"}
_NAMED: Map[str, tuple[type[Item], str, int]] = {
    "person": (Person, "name", 80),
    "technology": (Technology, "code_name", 120),
    "counterparty": (Counterparty, "name", 120),
    "engagement": (Engagement, "title", 160),
}


@dataclass(slots=True)
class _Measure:
    """A countermeasure that one or more rows name."""

    fields: dict[str, Any]
    given: set[str]
    exposures: list[str] = field(default_factory=list)
    existing: Countermeasure | None = None


@dataclass(slots=True)
class _Row:
    """What is being gathered from one row."""

    record: Record
    built: Built
    fields: dict[str, Any] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)
    notes: list[tuple[str, str]] = field(default_factory=list)
    texts: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    uses: set[str] = field(default_factory=set)
    parts: dict[str, list[int]] = field(default_factory=dict)
    """For each cell of a field, in which row of the record it stands: an action has its own owner."""


def _pair(likelihood: int | None, impact: int | None) -> str:
    return f"{likelihood or '–'} × {impact or '–'}"


class Foreign:
    """Builds entries from the rows of foreign lists. One for a whole file: rows share people and measures."""

    def __init__(self, view: View, mapping: Mapping, source: Source) -> None:
        self.view, self.mapping, self.source = view, mapping, source
        self._t = translator(mapping.language)
        self._ = self._t.gettext
        self._taken_from = self._(TAKEN_FROM)
        self.unrated = 0
        self.committed: set[str] = set()
        self._made: dict[tuple[str, str], Item] = {}
        self._measures: dict[tuple[Any, ...], _Measure] = {}
        self._matched: set[str] = set()
        self._by_number: dict[str, str] = {}
        self._patterns: dict[tuple[Any, ...], Rating] = {}
        self._marks = tuple(self._mark_in(translator(lang)) for lang in LANGUAGES)

    # --- A table ----------------------------------------------------------------------------------

    def begin(self, lay: Layout, found: Sequence[Record]) -> None:
        """Start with a table: everything that is the same for all its rows."""
        self.lay = lay
        self.table = lay.table
        self.kind = KINDS[lay.table.kind]
        scale = self.view.scale(lay.table.scale)
        assert scale is not None  # the plan has looked
        self._scale = scale
        self._readings: dict[tuple[str, str], tuple[int | None, str]] = {}
        self._scores: list[tuple[Record, int, float, float, float]] = []
        self._numbers: dict[str, int] = {}
        self._labels = {
            at: c.header or lay.grid.column_name(at) for at, c in lay.columns.items() if c.field != "ignore"
        }
        self._path = _PATH if self.kind.name == "exposure" else {}
        self._repeated = self._several()

    def _several(self) -> set[str]:
        """Fields that several columns fill: their parts are told apart by their headings."""
        fields = [self._path.get(c.field, c.field) for c in self.lay.columns.values()]
        return {f for f in fields if fields.count(f) > 1}

    def build(self, record: Record) -> Built:
        """The entries of one row, with everything that cannot be taken as it is."""
        row = _Row(record, Built(self.kind.name, ""))
        cells: dict[str, list[tuple[int, ColumnMap, Cell]]] = {}
        lost = self.lay.grid.lost
        for at, column in self.lay.columns.items():
            if column.field == "ignore":
                continue
            for part, (r, values) in enumerate(((record.row, record.cells), *record.further)):
                cell = values[at] if at < len(values) else ""
                if lost and (r, at) in lost:
                    self._lost(row, at, column, lost[r, at])
                if cell != "" and not blank(cell):
                    cells.setdefault(column.field, []).append((at, column, cell))
                    row.parts.setdefault(column.field, []).append(part)
        if record.section:
            row.notes.append((self._("Section"), record.section))
        if self.kind.name == "exposure":
            self._exposure(row, cells)
        else:
            self._plain(row, cells)
        row.built.title = row.built.title or str(row.fields.get(self.kind.title, ""))
        if row.built.settled:
            self.committed |= row.uses
        return row.built

    def checks(self) -> list[Problem]:
        """What only the whole table shows: scores of the list that do not follow from its own ratings."""
        products = sum(isclose(score, a * b, abs_tol=0.01) for _, _, a, b, score in self._scores)
        if not self._scores or products < 0.8 * len(self._scores):
            return []
        message = N_(
            "The list's own score is not {likelihood} × {impact} = {product}; it is kept in the note."
        )
        return [
            self._problem(
                record,
                at,
                text_of(score),
                message,
                "kept",
                {"likelihood": text_of(a), "impact": text_of(b), "product": text_of(a * b)},
            )
            for record, at, a, b, score in self._scores
            if not isclose(score, a * b, abs_tol=0.01)
        ]

    def _problem(
        self,
        record: Record,
        at: int | None,
        value: str,
        message: str,
        outcome: Any,
        facts: dict[str, object] | None = None,
    ) -> Problem:
        column = "" if at is None else self.lay.grid.column_name(at)
        header = "" if at is None or at not in self.lay.columns else self.lay.columns[at].header
        row = self.lay.grid.row_number(record.row)
        return Problem(self.lay.grid.name, row, column, header, value[:200], message, outcome, facts or {})

    def _lost(self, row: _Row, at: int, column: ColumnMap, why: str) -> None:
        needed = column.field in {"likelihood", "impact", "impact_part", "title", "description"}
        needed = needed or column.field.startswith("impact_")
        stops = needed and self.mapping.unknown == SETTLE
        if why == "formula":
            message = N_("The formula was never calculated. Open the file in Excel and save it.")
        else:
            message = N_("The cell holds the error {error} instead of a value.")
        outcome = "settle" if stops else "unrated" if needed else "note"
        value = "" if why == "formula" else why
        row.built.problems.append(self._problem(row.record, at, value, message, outcome, {"error": why}))
        if value:
            row.notes.append((self._labels[at], value))

    # --- Parts that all kinds share ---------------------------------------------------------------

    def _note(self, row: _Row, at: int, text: str) -> None:
        row.notes.append((self._labels[at], text))

    def _keep(self, row: _Row, at: int, text: str, message: str, **facts: object) -> None:
        """Keep a value in the note and say so."""
        self._note(row, at, text)
        row.built.problems.append(self._problem(row.record, at, text, message, "note", facts))

    def _long(self, row: _Row, name: str, at: int, cell: Cell) -> None:
        row.texts.setdefault(self._path.get(name, name), []).append((self._labels[at], text_of(cell)))

    def _join_texts(self, row: _Row) -> None:
        for name, parts in row.texts.items():
            if name in self._repeated and len(parts) > 1:
                row.fields[name] = "\n".join(self._t.labelled(*part) for part in parts)
            else:
                row.fields[name] = "\n".join(text for _, text in parts)
            row.given.add(name)

    def _line(self, row: _Row, name: str, at: int, text: str, limit: int) -> None:
        """A short text. What is too long for it is kept in the note."""
        if name in row.fields and row.fields[name] and name in row.given:
            if fold(row.fields[name]) != fold(text):
                self._keep(row, at, text, N_("A second value; the first one is taken."))
            return
        row.given.add(name)
        if len(text) > limit:
            self._keep(row, at, text, N_("Longer than {limit} characters: cut, and kept whole."), limit=limit)
            text = text[: limit - 1] + "…"
        row.fields[name] = text

    def _choice(self, row: _Row, name: str, field_name: str, at: int, cell: Cell) -> str | None:
        """The member of an enumeration that a cell stands for; None after keeping what it says."""
        text = text_of(cell)
        group, choices = choices_for(self.kind.name, field_name)
        target = self.table.values.get(group, {}).get(text)
        if target is None and choices is not None:
            target = next((m.value for m in choices if m.value == text), None)
            if target is None and is_unrated(text):
                target = UNRATED
        if target == UNRATED:
            self._note(row, at, text)
            return None
        if target == SETTLE:
            message = N_("This value is not one of ours. Say in the mapping what it becomes.")
            row.built.problems.append(self._problem(row.record, at, text, message, "settle"))
            return None
        if target is None or target == NOTE or choices is None or target not in {m.value for m in choices}:
            self._keep(row, at, text, N_("This value is not one of ours."))
            return None
        return str(target)

    def _date(self, row: _Row, name: str, at: int, cell: Cell) -> date | None:
        text = text_of(cell)
        if is_unrated(text):
            self._note(row, at, text)
            return None
        found = date_of(cell, self.table.date_order)
        if found is None:
            if date_of(cell, "dmy") or date_of(cell, "mdy"):
                message = N_("Day and month could be either way round. Set date_order in the mapping.")
                row.built.problems.append(self._problem(row.record, at, text, message, "settle"))
            else:
                self._keep(row, at, text, N_("This is not a date."))
        return found

    def _named(self, row: _Row, kind: str, name: str) -> str:
        """The entry of that name: in the register, made for another row, or made now."""
        existing = self.view.titled(kind, name)
        if existing:
            return existing[0].id
        key = (kind, fold(name))
        if key not in self._made:
            model, title, _limit = _NAMED[kind]
            extra = {} if kind == "person" else {"note": self._mark()}
            self._made[key] = model.model_validate({title: name, **extra})
        row.uses.add(self._made[key].id)
        return self._made[key].id

    def _mark(self) -> str:
        return self._mark_in(self._t)

    def _mark_in(self, t: Translator) -> str:
        return t.labelled(t.gettext(SOURCE), self.mapping.source)

    def _person(self, row: _Row, at: int, cell: Cell) -> str | None:
        text = text_of(cell)
        names = [] if is_unrated(text) else names_of(text)
        if not names:
            self._note(row, at, text)
            return None
        if len(names) > 1:
            self._keep(
                row, at, text, N_("Several names: {name} becomes the owner, all are kept."), name=names[0]
            )
        if len(names[0]) > 80:
            self._keep(row, at, text, N_("Too long for a name."))
            return None
        return self._named(row, "person", names[0])

    def _finish_note(self, row: _Row) -> str:
        # Text of several lines begins in a line of its own.
        blocks = [
            "\n".join((self._t.labelled(label, "").rstrip(), text))
            if "\n" in text
            else self._t.labelled(label, text)
            for label, text in row.notes
        ]
        return "\n".join([*dict.fromkeys(blocks), self._mark()])

    def _emit(self, row: _Row, existing: Item | None) -> str:
        """Make the entry, or say what of it changes. Returns its id."""
        row.fields["note"] = self._finish_note(row)
        if existing is None:
            try:
                item = self.kind.model.model_validate({"id": new_id(), **row.fields})
            except ValidationError as error:
                self._refused(row, error)
                return new_id()
            row.built.items.insert(0, item)
            return item.id
        wanted = {n: v for n, v in row.fields.items() if n in row.given or n == "note"}
        wanted["note"] = self._merged_note(str(getattr(existing, "note", "")), row)
        try:
            after = existing.changed(**wanted)
        except ValidationError as error:
            self._refused(row, error)
            return existing.id
        fields = {n: getattr(after, n) for n in wanted if getattr(after, n) != getattr(existing, n)}
        row.built.changes.append((existing, fields))
        return existing.id

    def _refused(self, row: _Row, error: ValidationError) -> None:
        labels = {spec.name: spec.label for spec in self.kind.fields}
        for found in problems_of(error, labels):
            at = next((a for a, c in self.lay.columns.items() if c.field == found.field), None)
            facts = {**found.facts, "field": found.field}
            row.built.problems.append(
                self._problem(
                    row.record, at, str(row.fields.get(found.field, "")), found.message, "settle", facts
                )
            )

    def _merged_note(self, now: str, row: _Row) -> str:
        """The note as it is, with the lines that came from the list brought up to date."""
        fresh = self._finish_note(row)
        if fresh in now or now == fresh:
            return now
        columns = (*self._labels.values(), self._("Section"))
        labels = tuple(label + colon for label in columns for colon in ":：")  # of either language
        kept: list[str] = []
        ours = False
        for line in now.split("\n"):
            if line in self._marks:
                ours = False
                continue
            starts = line.startswith(labels)
            ours = starts or (ours and not starts)
            if not ours:
                kept.append(line)
        return "\n".join([*kept, fresh]).strip()

    def _match(self, number: str, title: str) -> Item | None:
        """The entry that an earlier import of this list made from this row, or one with the same title."""
        numbered = (
            [i for i in self.view.numbered(self.kind.name, number) if self._is_from_here(i)] if number else []
        )
        titled = [
            i
            for i in self.view.titled(self.kind.name, title)
            if not number or not getattr(i, "source_ref", "") or getattr(i, "source_ref", "") == number
        ]
        same = [i for i in numbered if fold(self.kind.title_of(i)) == fold(title)]
        for candidate in (*same, *numbered, *titled):
            if candidate.id not in self._matched:
                self._matched.add(candidate.id)
                return candidate
        return None

    def _is_from_here(self, item: Item) -> bool:
        lines = str(getattr(item, "note", "")).split("\n")
        return any(mark in lines for mark in self._marks)

    # --- Exposures ----------------------------------------------------------------------------------

    def _exposure(self, row: _Row, cells: dict[str, list[tuple[int, ColumnMap, Cell]]]) -> None:
        ratings: dict[str, dict[str, Any]] = {}
        measures: list[tuple[int, int, str, str]] = []
        extras: dict[str, Any] = {}
        of_part: dict[int, dict[str, Any]] = {}
        raw: dict[tuple[str, str], float] = {}
        for name, filled in cells.items():
            for part, (at, column, cell) in zip(row.parts[name], filled, strict=True):
                if name == "note":
                    self._note(row, at, text_of(cell))
                elif name in {"likelihood", "impact", "impact_part"} or name.startswith("impact_"):
                    self._rating(row, ratings, raw, at, column, cell)
                elif name == "level":
                    self._note(row, at, text_of(cell))
                elif name in {"controls", "actions"}:
                    text = text_of(cell)
                    if is_unrated(text):
                        self._note(row, at, text)
                    else:
                        measures.append((part, at, name, text))
                elif name in {"action_owner", "action_status", "due"}:
                    self._extra(row, of_part.setdefault(part, {}), name, at, cell)
                elif name in {"rationale", "rated_on"}:
                    self._extra(row, extras, name, at, cell)
                else:
                    self._field(row, name, at, cell)
        self._join_texts(row)
        self._title(row)
        self._compare_scores(row, cells, raw)
        self._technology(row)
        acted = {part for part, _, name, _ in measures if name == "actions"}
        for name in ("action_owner", "action_status", "due"):
            for part, (at, _column, cell) in zip(row.parts.get(name, ()), cells.get(name, ()), strict=True):
                if part not in acted and name in of_part.get(part, {}):
                    # What is said of an action that the row does not name stays in the note.
                    self._note(row, at, text_of(cell))
        number, title = str(row.fields.get("source_ref", "")), str(row.fields.get("title", ""))
        if number:
            self._numbers[number] = self._numbers.get(number, 0) + 1
            if self._numbers[number] == 2:
                at = self.lay.at("source_ref")[0]
                message = N_("This number occurs more than once; each row becomes an entry.")
                row.built.problems.append(self._problem(row.record, at, number, message, "kept"))
        if not title:
            if not row.built.problems or row.built.settled:
                message = N_("No text says what the risk is.")
                row.built.problems.append(self._problem(row.record, None, "", message, "settle"))
            return
        existing = self._match(number, title)
        standing = self._ratings(row, ratings, extras, existing)
        status = row.fields.get("status", w.ExposureStatus.IDENTIFIED.value)
        if status == w.ExposureStatus.IDENTIFIED.value and standing:
            row.fields["status"] = w.ExposureStatus.RATED.value
        if not standing and row.built.settled:
            self.unrated += 1
        made = row.built.items
        row.built.items = []
        id_ = self._emit(row, existing)
        row.built.items += [r.model_copy(update={"exposure": id_}) for r in made]
        if row.built.settled:
            for name in filter(None, (number, title)):
                self._by_number.setdefault(fold(name), id_)
            for part, at, name, text in measures:
                self._measure(row, id_, existing, at, name, text, of_part.get(part, {}))

    def _field(self, row: _Row, name: str, at: int, cell: Cell) -> None:
        """A field of the entry itself."""
        text = text_of(cell)
        if name in self._path or name in _LONG:
            self._long(row, name, at, cell)
            return
        if name == "title" and len(text) > 300:
            # The first sentence stands for the risk; the whole text is kept.
            self._long(row, "description", at, cell)
            text = sentence(text)
        if name == "route":
            target = self.table.values.get("route", {}).get(text) or route_of(text)
            if target and target != NOTE:
                row.fields["route"] = str(target)
                row.given.add("route")
            elif not is_unrated(text):
                self._keep(row, at, text, N_("This is not a route of the catalogue; the route stays open."))
            return
        spec = self.kind.by_name.get(name)
        if spec is None:
            self._note(row, at, text)
            return
        self._by_spec(row, spec, at, cell, text)

    def _by_spec(self, row: _Row, spec: FieldSpec, at: int, cell: Cell, text: str) -> None:
        name = spec.name
        value: Any = None
        match spec.type:
            case FieldType.TEXT:
                flat = " ".join(text.split()) if name in {"title", "code_name", "name"} else text
                if flat != text and name == "title":
                    self._long(row, "description", at, cell)
                self._line(row, name, at, flat, spec.max_length or 200)
                return
            case FieldType.LONG_TEXT:
                self._long(row, name, at, cell)
                return
            case FieldType.REF if spec.to == "person":
                value = self._person(row, at, cell)
            case FieldType.REFS if spec.to == "exposure":
                value = self._exposures(row, at, text)
            case FieldType.REF | FieldType.REFS if spec.to in _NAMED:
                value = self._reference(row, spec, at, text)
            case FieldType.CHOICE:
                value = self._choice(row, name, name, at, cell)
            case FieldType.DATE:
                value = self._date(row, name, at, cell)
            case FieldType.BOOLEAN:
                value = yes_or_no(text)
                if value is None:
                    self._keep(row, at, text, N_("This is neither yes nor no."))
            case FieldType.INTEGER if spec.is_money and isinstance(cell, str):
                value = read_money(text)
                if value is None:
                    self._keep(row, at, text, N_("This is not an amount of whole yen."))
            case FieldType.INTEGER:
                number = number_of(cell)
                value = int(number) if number is not None and number.is_integer() else None
                if value is None:
                    self._keep(row, at, text, N_("This is not a whole number."))
            case FieldType.WORDS:
                value = tuple(p[:200] for p in pieces(text))
            case _:
                self._note(row, at, text)
        if value is not None:
            if name in row.given:
                self._keep(row, at, text, N_("A second value; the first one is taken."))
                return
            row.fields[name] = value
            row.given.add(name)

    def _reference(self, row: _Row, spec: FieldSpec, at: int, text: str) -> Any:
        if is_unrated(text):
            self._note(row, at, text)
            return None
        name = " ".join(text.split())
        if len(name) > _NAMED[spec.to][2]:
            self._keep(row, at, text, N_("Too long for a name."))
            return None
        id_ = self._named(row, spec.to, name)
        return (id_,) if spec.type is FieldType.REFS else id_

    def _exposures(self, row: _Row, at: int, text: str) -> tuple[str, ...] | None:
        """The exposures that a list of measures names by the numbers of its list of risks, or by title."""
        if is_unrated(text):
            return None
        known: list[str] = []
        for name in (part for part in re.split(r"[,;、\n/]", text) if part.strip()):
            found = self._by_number.get(fold(name)) or next(
                (i.id for i in self.view.numbered("exposure", name.strip()) if self._is_from_here(i)), None
            )
            if found:
                known.append(found)
        if len(known) < len(re.split(r"[,;、\n/]", text)):
            self._keep(row, at, text, N_("There is no such risk in the list."))
        return tuple(dict.fromkeys(known)) or None

    def _title(self, row: _Row) -> None:
        """A risk without a title is named by the first sentence of what describes it."""
        if row.fields.get("title"):
            return
        for name in ("path", "consequence", "cause"):
            for _label, text in row.texts.get(name, ()):
                if text:
                    row.fields["title"] = sentence(text)
                    row.given.add("title")
                    if row.fields["title"] == text and len(row.texts[name]) == 1:
                        del row.fields[name]
                        row.given.discard(name)
                    return

    def _technology(self, row: _Row) -> None:
        if "technology" not in row.fields:
            name = self.mapping.technology or self.mapping.source[:120]
            row.fields["technology"] = self._named(row, "technology", name)

    def _extra(self, row: _Row, extras: dict[str, Any], name: str, at: int, cell: Cell) -> None:
        match name:
            case "action_owner":
                value: Any = self._person(row, at, cell)
            case "action_status":
                value = self._choice(row, name, name, at, cell)
            case "due" | "rated_on":
                value = self._date(row, name, at, cell)
            case _:
                extras[name] = "\n".join(filter(None, (extras.get(name), text_of(cell))))
                return
        if value is None:
            return
        if name in extras and extras[name] != value:
            self._keep(row, at, text_of(cell), N_("A second value; the first one is taken."))
            return
        extras[name], extras[f"{name}_at"] = value, at

    # --- Ratings --------------------------------------------------------------------------------------

    def _rating(
        self,
        row: _Row,
        ratings: dict[str, dict[str, Any]],
        raw: dict[tuple[str, str], float],
        at: int,
        column: ColumnMap,
        cell: Cell,
    ) -> None:
        """One cell of a rating: its step on our scale, or a problem."""
        name = column.field
        text = text_of(cell)
        value = text
        if column.tick:
            if not is_tick(text):
                if yes_or_no(text) is False:
                    return
                self._unreadable(row, at, text)
                return
            value = column.tick
        basis = column.basis or "current"
        step, what = self._step("likelihood" if name == "likelihood" else "impact", value)
        if what == SETTLE:
            self._unreadable(row, at, text)
            return
        if step is None:
            self._keep(row, at, text, N_("Not rated in the list; the exposure stays unrated."))
            return
        number = number_of(value)
        if number is not None:
            raw.setdefault((basis, name), number)
        held = ratings.setdefault(basis, {})
        said = held.setdefault("said", [])
        said.append((self._labels[at], value, step))
        field_name = "impact" if name == "impact_part" else name
        if name == "impact_part":
            held["part"] = max(held.get("part", 0), step)
        elif field_name in held and held[field_name] != step:
            message = N_("Two different ratings for the same thing in one row.")
            if column.tick:
                message = N_("More than one value is ticked.")
            row.built.problems.append(self._problem(row.record, at, value, message, "settle"))
        else:
            held[field_name] = step

    def _step(self, group: Axis, text: str) -> tuple[int | None, str]:
        known = self._readings.get((group, text))
        if known is None:
            target: int | str | None = self.table.values.get(group, {}).get(text)
            if target is None and group in self.table.values:
                target = UNRATED if is_unrated(text) else SETTLE
            elif target is None:
                target = UNRATED if is_unrated(text) else self._read_step(group, text) or SETTLE
            if isinstance(target, int):
                known = (target, "") if 1 <= target <= self._scale.most(group) else (None, SETTLE)
            else:
                known = (None, target if target in {UNRATED, NOTE} else SETTLE)
            self._readings[group, text] = known
        return known

    def _read_step(self, group: Axis, text: str) -> int | None:
        """The step of a value that stands alone, on the scale the list is on."""
        if self.table.scale:
            return own_step(text, group, self._scale)
        return steps_of([text], likelihood=group == "likelihood").get(text)

    def _unreadable(self, row: _Row, at: int, text: str) -> None:
        if self.mapping.unknown == NOTE:
            self._note(row, at, text)
            message = N_("Nobody can say what this rating means; it is kept in the note, unrated.")
            row.built.problems.append(self._problem(row.record, at, text, message, "unrated"))
            return
        message = N_("Nobody can say what this rating means. Say in the mapping what it becomes.")
        row.built.problems.append(self._problem(row.record, at, text, message, "settle"))

    def _ratings(
        self, row: _Row, ratings: dict[str, dict[str, Any]], extras: dict[str, Any], existing: Item | None
    ) -> bool:
        """Make the ratings of a row. Returns whether the exposure has a level afterwards."""
        inherent = ratings.get("inherent", {}).get("likelihood")
        standing = False
        made: list[Rating] = []
        for basis, held in ratings.items():
            said = held.pop("said", [])
            part = held.pop("part", None)
            dimensions = {n: v for n, v in held.items() if n.startswith("impact_")}
            if part and "impact" not in held and not dimensions:
                held["impact"] = part
            if dimensions and "impact" in held and held["impact"] != max(dimensions.values()):
                message = N_("The overall impact is not the highest of its parts; the highest part is taken.")
                row.built.problems.append(
                    self._problem(row.record, None, str(held["impact"]), message, "kept")
                )
            if not held:
                continue
            stands_for = BASES[basis]
            if stands_for is w.Basis.CURRENT and inherent and held.get("likelihood"):
                linked = self.view.countermeasures(existing.id) if existing else []
                lowest = rules.lowest_current(inherent, linked)
                if held["likelihood"] < lowest:
                    stands_for = w.Basis.TARGET
                    message = N_(
                        "The current likelihood is below the inherent one and no tested control stands "
                        "behind it: taken as the rating after planned controls."
                    )
                    row.built.problems.append(
                        self._problem(row.record, None, str(held["likelihood"]), message, "target")
                    )
            rating = self._made_rating(row, stands_for, held, said, extras)
            standing = standing or (
                stands_for is not w.Basis.TARGET and bool(rating.likelihood and rating.impact)
            )
            made.append(rating)
        for rating in made:
            alike = [r for r in made if r.basis is rating.basis]
            if existing is None or not self._rated_so(existing.id, rating, len(alike)):
                today = self.view.register.today if self.view.register else None
                dated = existing is None or rating.rated_on is not None
                row.built.items.append(rating if dated else rating.model_copy(update={"rated_on": today}))
                self._say_carried(row, rating)
        if existing is not None and not standing:
            standing = getattr(existing, "level", None) is not None
        return standing

    def _made_rating(
        self,
        row: _Row,
        basis: w.Basis,
        held: dict[str, int],
        said: Sequence[tuple[str, str, int]],
        extras: dict[str, Any],
    ) -> Rating:
        where = self._taken_from.format(
            file=self.mapping.source,
            sheet=self.lay.grid.name,
            row=self.lay.grid.row_number(row.record.row),
        )
        lines = [where, *(self._t.labelled(label, f"{value} → {step}") for label, value, step in said)]
        if extras.get("rationale"):
            lines.append(extras["rationale"])
        key = (self._scale.edition, basis, *sorted(held.items()))
        if key not in self._patterns:
            # On other steps than those in force, a rating keeps its scale: it is carried over, or rated anew.
            edition = {"scale_edition": self._scale.edition} if self._elsewhere else {}
            pattern = {"exposure": "0" * 32, "basis": basis, "rationale": "…", **edition, **held}
            self._patterns[key] = Rating.model_validate(pattern)
        # The steps were validated once; what differs from row to row has been cleaned on reading.
        own = {"id": new_id(), "rationale": "\n".join(lines)[:20_000], "rated_on": extras.get("rated_on")}
        return self._patterns[key].model_copy(update=own)

    @property
    def _elsewhere(self) -> bool:
        """Whether the list is on other steps than those in force."""
        editions = self.view.editions
        return editions is not None and editions.now.edition != self._scale.edition

    def _say_carried(self, row: _Row, rating: Rating) -> None:
        """Say of a rating on other steps what it is on those in force: nothing moves without a word."""
        editions = self.view.editions
        if editions is None or not self._elsewhere or not (rating.likelihood or rating.impact):
            return
        stands = editions.restated(rating)
        message = N_(
            "Not on the steps of the scale in force ({now}). Read on the scale {before} as {given} "
            "(likelihood × impact) and carried over as {carried}."
        )
        if stands.edition != editions.now.edition:
            message = N_(
                "Not on the steps of the scale in force ({now}). Read on the scale {before} as {given} "
                "(likelihood × impact), which has no place there: the exposure is to be rated anew."
            )
        facts: dict[str, object] = {
            "now": editions.now.edition,
            "before": self._scale.edition,
            "given": _pair(rating.likelihood, rating.impact),
            "carried": _pair(stands.likelihood, stands.impact),
        }
        given = _pair(rating.likelihood, rating.impact)
        row.built.problems.append(self._problem(row.record, None, given, message, "kept", facts))

    def _rated_so(self, exposure: str, rating: Rating, newest: int) -> bool:
        """Whether one of the newest ratings that came from this list says the same."""
        mine = [
            r
            for r in self.view.ratings(exposure)
            if r.basis is rating.basis and self.mapping.source in r.rationale.split("\n", 1)[0]
        ]
        if not mine:
            return False
        mine = [r for r in mine if self.view.scale(r.scale_edition) == self._scale]
        names = ("likelihood", "impact", *rules.IMPACTS.values())
        return any(all(getattr(r, n) == getattr(rating, n) for n in names) for r in mine[-newest:])

    def _compare_scores(
        self,
        row: _Row,
        cells: dict[str, list[tuple[int, ColumnMap, Cell]]],
        raw: dict[tuple[str, str], float],
    ) -> None:
        for at, column, cell in cells.get("level", ()):
            score = number_of(cell)
            pair = raw.get((column.basis, "likelihood")), raw.get((column.basis, "impact"))
            if score is not None and pair[0] is not None and pair[1] is not None:
                self._scores.append((row.record, at, pair[0], pair[1], score))

    # --- Countermeasures of a row ---------------------------------------------------------------

    def _measure(
        self,
        row: _Row,
        exposure: str,
        existing: Item | None,
        at: int,
        name: str,
        text: str,
        extras: dict[str, Any],
    ) -> None:
        """Each point of a list is a countermeasure; the same words in two rows are the same one."""
        planned = name == "actions"
        status = extras.get("action_status") if planned else None
        for piece in pieces(text):
            fields: dict[str, Any] = {"title": sentence(piece)}
            if fields["title"] != piece:
                fields["description"] = piece
            given = {"title", *(("description",) if "description" in fields else ())}
            fields["status"] = status or ("proposed" if planned else "implemented")
            if planned:
                for ours, theirs in (("owner", "action_owner"), ("due", "due"), ("status", "action_status")):
                    if extras.get(theirs):
                        fields[ours] = extras[theirs]
                        given.add(ours)
            key = (fold(piece), fields["status"], fields.get("owner"), fields.get("due"))
            if key not in self._measures:
                self._measures[key] = _Measure(
                    fields, given, existing=self._known_measure(existing, fields["title"])
                )
            if exposure not in self._measures[key].exposures:
                self._measures[key].exposures.append(exposure)

    def _known_measure(self, exposure: Item | None, title: str) -> Countermeasure | None:
        linked = self.view.countermeasures(exposure.id) if exposure else []
        for candidate in (*linked, *self.view.titled("countermeasure", title)):
            same = isinstance(candidate, Countermeasure) and fold(candidate.title) == fold(title)
            if (
                same
                and candidate.id not in self._matched
                and (candidate in linked or self._is_from_here(candidate))
            ):
                self._matched.add(candidate.id)
                return candidate if isinstance(candidate, Countermeasure) else None
        return None

    def shared(self) -> tuple[list[Item], list[tuple[Item, dict[str, Any]]]]:
        """What rows have in common: people, technologies, counterparties and countermeasures."""
        items = [item for item in self._made.values() if item.id in self.committed]
        changes: list[tuple[Item, dict[str, Any]]] = []
        for measure in self._measures.values():
            if measure.existing is None:
                items.append(
                    Countermeasure.model_validate(
                        {**measure.fields, "exposures": tuple(measure.exposures), "note": self._mark()}
                    )
                )
                continue
            old = measure.existing
            fields = {n: v for n, v in measure.fields.items() if n in measure.given and n != "title"}
            fields["exposures"] = tuple(dict.fromkeys((*old.exposures, *measure.exposures)))
            after = old.changed(**fields)
            changed = {n: getattr(after, n) for n in fields if getattr(after, n) != getattr(old, n)}
            if changed:
                changes.append((old, changed))
        return items, changes

    # --- Lists of countermeasures, technologies, counterparties ---------------------------------

    def _plain(self, row: _Row, cells: dict[str, list[tuple[int, ColumnMap, Cell]]]) -> None:
        for name, filled in cells.items():
            for at, _column, cell in filled:
                if name == "note":
                    self._note(row, at, text_of(cell))
                else:
                    spec = self.kind.by_name.get(name)
                    if spec is None:
                        self._note(row, at, text_of(cell))
                    else:
                        text = text_of(cell)
                        if name == self.kind.title and spec.max_length and len(text) > spec.max_length:
                            self._whole(row, at, cell)
                            text = sentence(text, spec.max_length)
                        self._by_spec(row, spec, at, cell, text)
        self._join_texts(row)
        title = self.kind.title
        if not row.fields.get(title):
            for name in ("description", "outline"):
                if row.fields.get(name):
                    whole = str(row.fields[name])
                    row.fields[title] = sentence(whole, self.kind.by_name[title].max_length or 200)
                    row.given.add(title)
        if not row.fields.get(title):
            message = N_("No text says what this is.")
            row.built.problems.append(self._problem(row.record, None, "", message, "settle"))
            return
        existing = self._match(str(row.fields.get("source_ref", "")), str(row.fields[title]))
        self._emit(row, existing)

    def _whole(self, row: _Row, at: int, cell: Cell) -> None:
        name = next((n for n in ("description", "outline") if n in self.kind.by_name), "")
        if name:
            row.texts.setdefault(name, []).append((self._labels[at], text_of(cell)))
        else:
            self._note(row, at, text_of(cell))
