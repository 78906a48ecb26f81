"""From a row of one of our own sheets (an export, a filled-in template) back to an entry.

Headings are the labels or names of fields. References are by number ("TEC-0001", with or without the title
after it), by title, or, in JSON, by id. Entries are found again by number where the file comes from this
vault, and by title otherwise: a number means nothing in another vault.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from techguard.domain.errors import RANGE_FORM, problems_of
from techguard.domain.fields import FieldSpec, FieldType
from techguard.domain.items import Item, Rating, new_id
from techguard.domain.kinds import KINDS, kind_of_ref
from techguard.domain.spread import read_figure, read_spread
from techguard.i18n import N_, translator
from techguard.i18n.dates import read_date
from techguard.i18n.money import read_money

from .fates import TAKEN_FROM, Built, Problem
from .mapping import Mapping
from .read import Cell, Source, blank
from .rows import Layout, Record
from .values import date_of, number_of, text_of
from .view import View, fold
from .words import VAULT_MARK, choice_of, key, yes_or_no

_REF = re.compile(r"^\s*([A-Z]{3}-\d{4,})\b", re.I)
_INERT = re.compile(r"'+[=+\-@\t\r]")
"""A text that was neutralised on its way into a .csv file (techguard.exchange.write)."""
_HEX = re.compile(r"^[0-9a-f]{32}$")


def vault_of(source: Source) -> str:
    """The id of the vault a file was exported from, or ""."""
    if isinstance(source.document, dict):
        head = source.document.get("techguard")
        return str(head.get("vault", "")) if isinstance(head, dict) else ""
    for grid in source.grids:
        for row in grid.rows[:40]:
            for at, cell in enumerate(row):
                if isinstance(cell, str) and cell.startswith(VAULT_MARK):
                    return cell.removeprefix(VAULT_MARK).strip() or text_of((*row, "")[at + 1])
    return ""


CARRIED = frozenset({("technology", "scale_edition"), ("review", "indicators")})
"""What is stamped on an entry made here and comes along with one made elsewhere: without the edition on which
its impacts were stated, a 2 of five steps would become a 2 of four; and what an earlier session found cannot
be counted again.
"""


class _Refused(Exception):
    """A cell that is not what its field needs: a message id."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Own:
    """Builds entries from the rows of our own sheets."""

    def __init__(self, view: View, mapping: Mapping, source: Source) -> None:
        self.view, self.mapping = view, mapping
        self._vault = vault_of(source)
        self.same_vault = True
        self._delimited = source.delimited
        self._rated = any(t.take and t.own and t.kind == "rating" for t in mapping.table)
        """The file brings the ratings themselves: what exposures repeat of them is not asked."""
        self._ids: dict[tuple[str, str], str] = {}
        self._targets: dict[tuple[str, int], tuple[str, Item | None]] = {}
        self._matched: set[str] = set()
        self._refs_used: set[str] = set()

    def announce(self, lists: Sequence[tuple[Layout, Sequence[Record]]]) -> None:
        """Learn which entry each row is, before any row refers to another."""
        here = self.view.register.vault.vault_id if self.view.register else ""
        self.same_vault = self._vault == here if self._vault else self._speaks_of_us(lists)
        for lay, found in lists:
            self._announce(lay, found)

    def _speaks_of_us(self, lists: Sequence[tuple[Layout, Sequence[Record]]]) -> bool:
        """Whether most numbers stand beside the title that they have here, in a file that names no vault."""
        same = known = 0
        for lay, found in lists:
            kind = KINDS[lay.table.kind]
            at = {c.field: i for i, c in lay.columns.items()}
            for record in found:
                title = self._text(record, at.get(kind.title))
                existing = self.view.by_ref(kind.name, self._text(record, at.get("ref")))
                if title and existing is not None and not kind.append_only:
                    known += 1
                    same += fold(title) == fold(kind.title_of(existing))
        return 2 * same >= known

    def _announce(self, lay: Layout, found: Sequence[Record]) -> None:
        kind = KINDS[lay.table.kind]
        at = {c.field: i for i, c in lay.columns.items()}
        for record in found:
            ref, id_, title = (self._text(record, at.get(n)) for n in ("ref", "id", kind.title))
            existing = self._existing(kind.name, id_, ref, title)
            mine = (
                existing.id
                if existing
                else id_
                if _HEX.match(id_) and self._free(kind.name, id_)
                else new_id()
            )
            self._targets[f"{lay.grid.name}/{kind.name}", record.row] = (mine, existing)
            for name in (id_, ref.upper(), f"={fold(title)}"):
                if name.strip("="):
                    self._ids.setdefault((kind.name, name), mine)

    def _free(self, kind: str, id_: str) -> bool:
        return self.view.by_id(kind, id_) is None

    def _cell(self, record: Record, at: int | None) -> Cell:
        """A cell as it was before it was neutralised on its way into a .csv file."""
        cell = record.cells[at] if at is not None and at < len(record.cells) else ""
        if self._delimited and isinstance(cell, str) and _INERT.match(cell):
            return cell.removeprefix("'")
        return cell

    def _text(self, record: Record, at: int | None) -> str:
        return text_of(self._cell(record, at))

    def _existing(self, kind: str, id_: str, ref: str, title: str) -> Item | None:
        candidates: list[Item | None] = [self.view.by_id(kind, id_)] if id_ else []
        if ref and self.same_vault:
            candidates.append(self.view.by_ref(kind, ref))
        if not KINDS[kind].parent or not candidates:
            candidates += self.view.titled(kind, title) if not KINDS[kind].append_only else ()
        for candidate in candidates:
            if candidate is not None and candidate.id not in self._matched:
                self._matched.add(candidate.id)
                return candidate
        return None

    def begin(self, lay: Layout, found: Sequence[Record]) -> None:
        self.lay = lay
        self.kind = KINDS[lay.table.kind]
        self._specs = {
            at: self.kind.by_name[c.field]
            for at, c in lay.columns.items()
            if c.field in self.kind.by_name
            and (not self.kind.by_name[c.field].about.derived or (self.kind.name, c.field) in CARRIED)
        }
        self._at = {c.field: at for at, c in lay.columns.items()}

    def checks(self) -> list[Problem]:
        return []

    def build(self, record: Record) -> Built:
        """The entry of one row: new, changed, or as it was."""
        id_, existing = self._targets[f"{self.lay.grid.name}/{self.kind.name}", record.row]
        fields: dict[str, Any] = {}
        built = Built(self.kind.name, "")
        for at, spec in self._specs.items():
            cell = self._cell(record, at)
            try:
                fields[spec.name] = self._empty(spec) if blank(cell) else self._value(spec, cell)
            except _Refused as refused:
                built.problems.append(self._problem(record, at, text_of(cell), refused.message))
        if built.problems:
            return built
        built.title = str(fields.get(self.kind.title) or "")
        if existing is None and self.kind.append_only:
            existing = self._same_evidence(fields)
        rating = self._first_rating(record, built, existing, id_)
        if existing is not None:
            self._compare(record, built, existing, fields)
            built.items += rating
            return built
        ref = self._text(record, self._at.get("ref"))
        if ref and self.view.by_ref(self.kind.name, ref) is None and ref.upper() not in self._refs_used:
            known = kind_of_ref(ref)
            if known is not None and known.name == self.kind.name and _REF.fullmatch(ref.strip()):
                fields["ref"] = ref.strip().upper()
                self._refs_used.add(fields["ref"])
        given = {n: v for n, v in fields.items() if v is not None or n == "ref"}
        try:
            built.items.append(self.kind.model.model_validate({"id": id_, **given}))
        except ValidationError as error:
            self._refuse(record, built, error)
        built.items += rating
        return built

    def _first_rating(self, record: Record, built: Built, existing: Item | None, id_: str) -> list[Item]:
        """The rating that a form states in the row of its exposure, if it says anything new."""
        if self.kind.name != "exposure" or self._rated:
            return []
        stated: dict[str, int] = {}
        for name in ("likelihood", "impact"):
            at = self._at.get(name)
            cell = self._cell(record, at)
            if blank(cell):
                continue
            try:
                stated[name] = self._integer(cell)
            except _Refused as refused:
                built.problems.append(self._problem(record, at, text_of(cell), refused.message))
        known = {name: getattr(existing, name) for name in stated} if existing else {}
        if not stated or stated == known:
            return []
        where = translator(self.mapping.language).gettext(TAKEN_FROM)
        number = self.lay.grid.row_number(record.row)
        rationale = where.format(file=self.mapping.source, sheet=self.lay.grid.name, row=number)
        try:
            return [Rating.model_validate({"exposure": id_, "rationale": rationale, **stated})]
        except ValidationError as error:
            self._refuse(record, built, error)
            return []

    def _empty(self, spec: FieldSpec) -> Any:
        """What an empty cell means: the field's own beginning, where it has one."""
        return None if spec.required else spec.default

    def _same_evidence(self, fields: dict[str, Any]) -> Item | None:
        """A rating or an acceptance that is already there with the same content."""
        name = self.kind.title
        for candidate in self.view.titled(self.kind.name, str(fields.get(name) or "")):
            plain = {n: v for n, v in fields.items() if v is not None}
            if candidate.id not in self._matched and all(
                getattr(candidate, n) == v for n, v in plain.items()
            ):
                self._matched.add(candidate.id)
                return candidate
        return None

    def _compare(self, record: Record, built: Built, existing: Item, fields: dict[str, Any]) -> None:
        try:
            after = existing.changed(**fields)
        except ValidationError as error:
            self._refuse(record, built, error)
            return
        changed = {n: getattr(after, n) for n in fields if getattr(after, n) != getattr(existing, n)}
        if changed and self.kind.append_only:
            name = next(iter(changed))
            message = N_("Evidence is never changed; add a new row instead. Differs: {field}")
            value = str(changed[name])
            built.problems.append(self._problem(record, self._at.get(name), value, message, {"field": name}))
            return
        built.changes.append((existing, changed))

    def _refuse(self, record: Record, built: Built, error: ValidationError) -> None:
        labels = {spec.name: spec.label for spec in self.kind.fields}
        for found in problems_of(error, labels):
            at = self._at.get(found.field)
            value = self._text(record, at)
            built.problems.append(
                self._problem(record, at, value, found.message, {**found.facts, "field": found.field})
            )

    def _problem(
        self, record: Record, at: int | None, value: str, message: str, facts: dict[str, object] | None = None
    ) -> Problem:
        column = "" if at is None else self.lay.grid.column_name(at)
        header = "" if at is None else self.lay.columns[at].header
        row = self.lay.grid.row_number(record.row)
        return Problem(self.lay.grid.name, row, column, header, value[:200], message, "settle", facts or {})

    # --- One cell ---------------------------------------------------------------------------------------

    def _value(self, spec: FieldSpec, cell: Cell) -> Any:
        text = text_of(cell)
        match spec.type:
            case FieldType.TEXT | FieldType.LONG_TEXT:
                if spec.about.catalog:
                    return self._catalogue_id(text)
                if spec.about.spread:
                    money = spec.about.spread == "JPY"
                    spread = read_spread(text, read_money if money else read_figure)
                    if spread is None:
                        raise _Refused(RANGE_FORM)
                    return str(spread)
                return cell if isinstance(cell, str) else text
            case FieldType.WORDS:
                return tuple(part.strip() for part in text.split("\n") if part.strip())
            case FieldType.INTEGER if spec.is_money and isinstance(cell, str):
                amount = read_money(text)
                if amount is None:
                    raise _Refused(N_("This is not an amount of whole yen."))
                return amount
            case FieldType.INTEGER:
                return self._integer(cell)
            case FieldType.DECIMAL:
                return self._decimal(text)
            case FieldType.BOOLEAN:
                answer = cell if isinstance(cell, bool) else yes_or_no(text)
                if answer is None:
                    raise _Refused(N_("This is neither yes nor no."))
                return answer
            case FieldType.DATE:
                found = (read_date(cell) if isinstance(cell, str) else None) or date_of(cell)
                if not isinstance(found, date):
                    raise _Refused(N_("This is not a date. Write it as 2026-11-23."))
                return found
            case FieldType.MOMENT:
                return self._moment(cell, text)
            case FieldType.CHOICE:
                return self._choice(spec, text)
            case FieldType.CHOICES:
                lines = [line.strip() for line in text.split("\n") if line.strip()]
                return tuple(found for line in lines for found in self._choices(spec, line))
            case FieldType.REF:
                return self._reference(spec, text)
            case FieldType.REFS:
                return tuple(self._reference(spec, part) for part in text.split("\n") if part.strip())
        raise _Refused(N_("This field is not typed by hand."))

    @staticmethod
    def _catalogue_id(text: str) -> str:
        """The id at the beginning: R01 of "R01 Joint research"."""
        first = text.split(maxsplit=1)[0]
        return first if re.fullmatch(r"[A-Za-z0-9.\-]+", first) and re.search(r"\d", first) else text

    @staticmethod
    def _integer(cell: Cell) -> int:
        number = number_of(cell)
        if number is None and isinstance(cell, str):
            # A drop-down offers "3 Possible": its number counts.
            match = re.match(r"\s*(-?\d+)(?:[\s:：.-]|$)", cell)
            number = float(match[1]) if match else None
        if number is None or not number.is_integer():
            raise _Refused(N_("This is not a whole number."))
        return int(number)

    @staticmethod
    def _decimal(text: str) -> Decimal:
        try:
            found = Decimal(text.replace(",", ""))
        except InvalidOperation:
            raise _Refused(N_("This is not a number.")) from None
        if not found.is_finite():
            raise _Refused(N_("This is not a number."))
        return found

    @staticmethod
    def _moment(cell: Cell, text: str) -> datetime:
        try:
            found = cell if isinstance(cell, datetime) else datetime.fromisoformat(text)
        except ValueError:
            raise _Refused(N_("This is not a date and time.")) from None
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def _choices(self, spec: FieldSpec, line: str) -> list[str]:
        """The words on one line; a label may itself hold a comma ("Surveillance, positioning, sensors")."""
        try:
            return [self._choice(spec, line)]
        except _Refused:
            return [self._choice(spec, part) for part in re.split(r"[、,;]", line) if part.strip()]

    @staticmethod
    def _choice(spec: FieldSpec, text: str) -> str:
        assert spec.choices is not None
        for member in spec.choices:
            if key(text) == key(member.value) or text == member.value:
                return member.value
        found = choice_of(text, f"own:{spec.choices.__name__}", spec.choices)
        if found is None:
            raise _Refused(N_("This value is not one of ours."))
        return found

    def _reference(self, spec: FieldSpec, text: str) -> str:
        text = text.strip()
        ref = _REF.match(text)
        names = [text, *([ref[1].upper()] if ref else []), f"={fold(text)}"]
        for name in names:
            found = self._ids.get((spec.to, name))
            if found:
                return found
        existing: Item | None = self.view.by_id(spec.to, text) if _HEX.match(text) else None
        if existing is None and ref and self.same_vault:
            existing = self.view.by_ref(spec.to, ref[1])
        if existing is None:
            rest = text[ref.end() :].strip() if ref else text
            titled = self.view.titled(spec.to, rest) if rest else ()
            if len(titled) > 1:
                raise _Refused(N_("Several entries have this title. Use the number."))
            existing = titled[0] if titled else None
        if existing is None:
            raise _Refused(N_("There is no such entry, neither in the file nor in the register."))
        return existing.id
