"""What can go wrong while a file is taken in. Every one is bad input: nothing was changed."""

from __future__ import annotations

from techguard.errors import TechguardError


class ExchangeError(TechguardError):
    """Base of what import and export refuse."""


class UnknownFormat(ExchangeError):
    """Facts: name."""

    what = "{name} is not a file that can be read here."
    next_step = "Save it as .xlsx, .xls, .csv, .tsv, .ods or .json and try again."


class Unreadable(ExchangeError):
    """The content is not what the file's name says, or it is cut off. Facts: name, reason."""

    what = "{name} cannot be read: {reason}"
    next_step = "Open it in the program it came from, save a copy, and import the copy."


class Damaged(ExchangeError):
    """Facts: name."""

    what = "{name} is not a workbook, or it is damaged."
    next_step = "Open it in the program it came from, save a copy, and import the copy."


class Disguised(ExchangeError):
    """A web page or an XML file that calls itself a workbook, as some systems export. Facts: name."""

    what = "{name} is a web page or an XML file with the name of a workbook."
    next_step = "Open it in Excel, save it as .xlsx, and import that."


class Empty(ExchangeError):
    """Facts: name."""

    what = "{name} is empty."
    next_step = "Look whether the right file was chosen."


class HasPassword(ExchangeError):
    """Facts: name."""

    what = "{name} is protected by a password."
    next_step = "Open it in Excel, take the password off or save a copy without one, and import that copy."


class BadScaleFile(ExchangeError):
    """Facts: name, reason."""

    what = "{name} is not a rating scale: {reason}"
    next_step = "Write the scale in force to a file with --toml and edit that."


class TooLarge(ExchangeError):
    """Facts: name, found, limit."""

    what = "{name} is too large to be a register: {found}, where {limit} is allowed."
    next_step = "Delete what is not the register from a copy, or split it, and import that."


class Suspicious(ExchangeError):
    """A file built to exhaust the machine that opens it. Facts: name, found."""

    what = "{name} was refused: {found}. A register does not look like that; the file may be an attack."
    next_step = "Ask whoever sent it. To use its content, open it in Excel, save a copy, and import the copy."


class NothingFound(ExchangeError):
    """No sheet is a register or a list this program knows. Facts: name, found."""

    what = "There is no register in {name}. Found: {found}."
    next_step = (
        "A register has a row of headings with a description of the risk and, for example, its likelihood, "
        "impact, owner or measures. If this is one in other words, `techguard import --dry-run "
        "--write-mapping` writes down its columns: name them there and say take = true. "
        "`techguard export --template` writes a workbook to fill in."
    )


class NoRows(ExchangeError):
    """A form was recognised, and nobody has filled it in. Facts: name, sheet, row."""

    what = "{name} is a form with no rows: sheet {sheet} has headings in row {row} and nothing below them."
    next_step = "Fill in at least one row and import it again."


class BadMapping(ExchangeError):
    """Facts: where, reason."""

    what = "The mapping cannot be used: {where}: {reason}"
    next_step = "Correct that place, or make a new mapping with `techguard import --dry-run`."


class ToSettle(ExchangeError):
    """The file holds something that nobody but its owner can decide. Facts: count, first."""

    what = "{count} places must be settled before the import. The first: {first}"
    next_step = (
        "`techguard import --dry-run` lists them and proposes a mapping. Correct the mapping or the file; or "
        "ask for the good rows only."
    )


class NotExported(ExchangeError):
    """An unknown format, or nothing chosen."""

    what = "Nothing was chosen to export, or in a format that does not exist."
    next_step = "Choose xlsx, csv or json, and at least one kind of entry."


class NoItems(ExchangeError):
    """No checklist item stands in the file. Facts: name."""

    what = "No item of a checklist was found in {name}."
    next_step = (
        "The items are found by their wording. Look whether it is the right file, and whether its items are "
        "worded as METI published them: `techguard checklist VAULT list` shows what is known here."
    )


class NoAnswerColumn(ExchangeError):
    """Items were found, and no heading tells where they are answered. Facts: name, cell."""

    what = "In {name} no heading tells in which column the items are answered (the first stands at {cell})."
    next_step = "Name the column with --answer-column, and that of the grounds with --grounds-column."


class NotWorkbook(ExchangeError):
    """Facts: name."""

    what = "{name} is not a workbook of the format .xlsx, and only such a one can be filled."
    safe = "No file was written."
    next_step = "Open it in Excel, save it as .xlsx, and use that copy."


class CellsNotWritten(ExchangeError):
    """Facts: name, found."""

    what = "{name} cannot be filled without changing something else in it: {found}."
    safe = "No file was written."
    next_step = "Open it in Excel, save a copy as .xlsx, and use that copy."


class CellTooLong(ExchangeError):
    """Facts: kind, ref, limit."""

    what = "{kind} {ref} has a text of more than {limit} characters, which a workbook cannot hold."
    safe = "No file was written."
    next_step = "Export as csv or json."
