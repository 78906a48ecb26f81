"""The mapping of a file onto the register, as a person can read and correct it: TOML.

    [[table]]
    sheet = "Risks"
    kind = "exposure"
    header = [5]
    [table.columns]
    A = { field = "source_ref", header = "Risk ID" }
    F = { field = "likelihood", basis = "current", header = "L" }
    [table.values.likelihood]
    "Low" = 2

A mapping is kept beside the list it is for and used again next month: columns are found by their heading if
they have moved.
"""

from __future__ import annotations

from typing import Any, Literal, Self

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from tomlkit.exceptions import ParseError, TOMLKitError

from techguard.domain.kinds import KINDS
from techguard.domain.words import ImpactDimension
from techguard.i18n import Language, translator

from .errors import BadMapping

UNRATED, SETTLE, NOTE, IGNORE = "unrated", "settle", "note", "ignore"
"""What a value may become besides a value of ours: nothing, an open question, a line of the note. A column
may also be left out, by a person's explicit word only."""

PSEUDO = {
    "exposure": {
        *("description", "controls", "actions", "action_owner", "action_status", "due", "rationale"),
        *("rated_on", "likelihood", "impact", "level", "impact_part"),
        *(f"impact_{dimension.value}" for dimension in ImpactDimension),
    },
    "countermeasure": {"action_owner"},
}
"""Meanings of columns that are no fields of the entry itself: they become ratings and countermeasures."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class ColumnMap(_Part):
    """What one column becomes: a field, "note" or "ignore". `tick`: the value that a tick stands for."""

    field: str
    basis: Literal["", "inherent", "current", "residual", "target"] = ""
    tick: str = ""
    header: str = ""


class TableMap(_Part):
    """One table of the file. Rows are numbered as the spreadsheet shows them."""

    sheet: str
    kind: str
    take: bool = True
    own: bool = False
    """A sheet that techguard exported: headings are the names of fields."""
    transposed: bool = False
    header: list[int] = Field(min_length=1)
    first: int = Field(ge=1)
    last: int = Field(ge=0)
    date_order: Literal["", "dmy", "mdy"] = ""
    scale: str = ""
    """The edition of the company's own scale whose steps the ratings below are; none: the standard five."""
    columns: dict[str, ColumnMap]
    values: dict[str, dict[str, int | str]] = Field(default_factory=dict)

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in KINDS:
            raise ValueError(f"one of: {', '.join(KINDS)}")
        return kind

    def model_post_init(self, context: Any) -> None:
        """Every column names a field of the kind."""
        known = {*KINDS[self.kind].by_name, *PSEUDO.get(self.kind, ()), NOTE, IGNORE, "ref", "id"}
        for at, column in self.columns.items():
            if column.field not in known:
                raise ValueError(f"{at}: {column.field}")


class Mapping(_Part):
    """How a file is taken in. See the module's docstring."""

    format: Literal[1] = 1
    source: str
    """The name of the list. Entries carry it, so that a second import finds them again: keep it the same."""
    language: Literal["ja", "en"] = "en"
    unknown: Literal["settle", "note"] = "settle"
    """What happens to a rating that nobody can read: it must be settled, or is kept in the note, unrated."""
    technology: str = ""
    """The technology that rows without one belong to."""
    table: list[TableMap] = Field(default_factory=list)

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """A mapping from the text of its file. Raises `BadMapping`, which says where."""
        try:
            return cls.model_validate(tomlkit.parse(text).unwrap())
        except ParseError as error:
            raise BadMapping(where=f"{error.line}:{error.col}", reason=str(error)) from error
        except TOMLKitError as error:
            raise BadMapping(where="TOML", reason=str(error)) from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
            raise BadMapping(where=where or "table", reason=first["msg"]) from error
        except (ValueError, RecursionError) as error:
            raise BadMapping(where="TOML", reason=str(error)) from error

    def to_toml(self, lang: Language | None = None) -> str:
        """The text of the mapping's file, with comments in `lang`."""
        _ = translator(lang or self.language).gettext
        document = tomlkit.document()

        def say(container: Any, text: str) -> None:
            for line in text.splitlines():
                container.add(tomlkit.comment(line))

        say(
            document,
            _("How this file is taken into the register. Correct what is wrong and give it back with:"),
        )
        say(document, "techguard import VAULT FILE --mapping THIS.toml")
        document.add("format", tomlkit.item(self.format))
        say(document, _("The name of the list. A second import finds its entries by it: keep it the same."))
        document.add("source", tomlkit.item(self.source))
        document.add("language", tomlkit.item(self.language))
        say(
            document,
            _('A rating nobody can read: "settle" stops the import, "note" keeps it in the note, unrated.'),
        )
        document.add("unknown", tomlkit.item(self.unknown))
        say(document, _("The technology that rows without one belong to."))
        document.add("technology", tomlkit.item(self.technology))
        tables = tomlkit.aot()
        for table in self.table:
            tables.append(_table(table, _))
        document.add("table", tables)
        return tomlkit.dumps(document)


def _table(table: TableMap, _: Any) -> Any:
    out = tomlkit.table()
    out.add("sheet", table.sheet)
    out.add(tomlkit.comment(_("exposure, countermeasure, technology, counterparty … or take = false")))
    out.add("kind", table.kind)
    out.add("take", table.take)
    if table.own:
        out.add("own", True)
    if table.transposed:
        out.add(tomlkit.comment(_("The headings stand in a column: rows and columns have changed places.")))
        out.add("transposed", True)
    out.add(tomlkit.comment(_("Rows of the headings, the first and the last row of data (0: to the end)")))
    out.add("header", table.header)
    out.add("first", table.first)
    out.add("last", table.last)
    if table.date_order or not table.own:
        out.add(tomlkit.comment(_('Order of dates such as 03/04/2026: "dmy" or "mdy"')))
        out.add("date_order", table.date_order)
    if table.scale:
        out.add(
            tomlkit.comment(
                _(
                    "The ratings are on the company's own steps, of this scale. "
                    "Take the line out if they are on others."
                )
            )
        )
        out.add("scale", table.scale)
    columns = tomlkit.table()
    columns.add(
        tomlkit.comment(_('"note" keeps a column in the note under its heading; "ignore" leaves it out.'))
    )
    for at, column in table.columns.items():
        line = tomlkit.inline_table()
        line.update({name: value for name, value in column.model_dump().items() if value})
        columns.add(at, line)
    out.add("columns", columns)
    if table.values:
        values = tomlkit.table(is_super_table=True)
        for name, becomes in table.values.items():
            part = tomlkit.table()
            part.add(tomlkit.comment(_('"unrated", "note" and "settle" are possible too.')))
            for value, target in becomes.items():
                part.add(value, target)
            values.add(name, part)
        out.add("values", values)
    return out
