"""Take in the list a company uses today: choose the file, see what becomes of it, correct that, import."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input, Static

from techguard import present
from techguard.domain.kinds import KINDS
from techguard.i18n import N_, NP_, _, explain, labelled, language, list_text, ngettext, pgettext, translator

from ..files import Entry, as_path, completed, entries, existing, split
from ..forms import scale_options
from ..input import LineInput
from ..page import Page
from ..picker import ChoiceTable, Confirm, Option, Picker, Tell
from ..prose import Prose
from ..strip import Tabs
from ..table import Cell, Column, Line, VirtualTable, plain
from ..text import beside, literal

if TYPE_CHECKING:
    from techguard.domain.scales import Scale
    from techguard.exchange import Mapping, Plan, Report, Source
    from techguard.exchange.fates import Problem
    from techguard.exchange.mapping import TableMap
    from techguard.register import Register


class PathInput(LineInput):
    """A path: Tab completes it, Enter takes it, Down goes to the list of what is there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", N_("Open")),
        Binding("tab", "complete", N_("Complete"), tooltip=N_("Write the path as far as it is clear.")),
    ]

    class Complete(Message):
        """Tab: write the path as far as it is clear."""

    def action_complete(self) -> None:
        self.post_message(self.Complete())


class FilePage(Page):
    """Choose the file."""

    WITH_ROOMS = False
    NAME = N_("Import a list")
    ABOUT = N_(
        "Choose the list that is to be taken in: an Excel workbook, an OpenDocument sheet, a CSV or a JSON "
        "file. Go through the folders with the arrows and Enter, or type the path; Tab completes it. A file "
        "that is dragged into the terminal, or copied as a path, can be pasted. The file is only read; "
        "nothing is taken in before you have seen what becomes of it."
    )
    LISTED: ClassVar[Callable[..., list[Entry]]] = staticmethod(entries)
    """What of a folder is offered."""
    ASKED = N_("The list to take in: Excel (.xlsx, .xls), .ods, .csv or .json")
    NONE = N_("No list and no folder here.")

    def __init__(self, typed: str = "") -> None:
        super().__init__()
        self.typed = typed or str(Path.home()) + os.sep

    def room(self) -> str:
        return "overview"

    def place(self) -> Callable[[], Page]:
        typed = self.query_one("#path", PathInput).value
        return lambda: FilePage(typed)

    def body(self) -> Iterable[Any]:
        yield Static(literal(_(self.ASKED)), classes="line")
        yield PathInput(self.typed, id="path")
        yield Prose(id="problem", classes="line")
        yield ChoiceTable(
            [
                Column("name", _("Folder or file"), 30, 120, keep=True),
                Column("written", _("Last written"), 16, 16),
            ],
            empty=_(self.NONE),
            id="files",
        )

    def on_mount(self) -> None:
        self.query_one("#path").focus()
        self._look()

    # --- what is there ---

    @on(Input.Changed, "#path")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._look()

    def _look(self) -> None:
        self.ask(self._list, group="files", exclusive=True)

    async def _list(self) -> None:
        folder, begins = split(self.query_one("#path", PathInput).value)
        problem = ""
        found = []
        try:
            found = await asyncio.to_thread(self.LISTED, folder, begins)
            if begins and not found:
                whole = await asyncio.to_thread(self.LISTED, folder)
                problem = _("Nothing here begins like that.") if whole else ""
        except OSError:
            problem = _("There is no such folder, or it may not be read.")
        lines = (
            [Line("..", (plain(".." + os.sep), Cell("")))]
            if folder.resolve() != folder.resolve().parent
            else []
        )
        lines += [
            Line(
                str(folder / e.name) + (os.sep if e.folder else ""),
                (plain(e.name + (os.sep if e.folder else "")), plain(present.moment(e.written), "muted")),
            )
            for e in found
        ]
        self.query_one("#files", VirtualTable).show_lines(lines, cursor=1 if found and not begins else 0)
        self.query_one("#problem", Prose).say((problem, "$t-bad"))

    @on(PathInput.Complete)
    def _go_on_typing(self, event: PathInput.Complete) -> None:
        event.stop()
        self.ask(self._complete, group="complete", exclusive=True)

    async def _complete(self) -> None:
        line = self.query_one("#path", PathInput)
        folder, begins = split(line.value)
        try:
            found = await asyncio.to_thread(self.LISTED, folder, begins)
        except OSError:
            found = []
        text = completed(folder, begins, found)
        if text is None or text == line.value:
            self.query_one("#files").focus()
            return
        line.value = text
        line.cursor_position = len(text)

    def on_key(self, event: Any) -> None:
        if event.key == "down" and self.query_one("#path").has_focus:
            event.stop()
            self.query_one("#files").focus()

    @on(VirtualTable.PastTop)
    def _past_top(self, event: VirtualTable.PastTop) -> None:
        event.stop()
        self.query_one("#path").focus()

    # --- choosing ---

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        if event.key == "..":
            folder, _begins = split(self.query_one("#path", PathInput).value)
            up = str(folder.resolve().parent)
            self._go(up if up.endswith(os.sep) else up + os.sep)
        else:
            self._go(event.key)

    @on(Input.Submitted, "#path")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        path = existing(as_path(event.value))
        if path is None:
            self.query_one("#problem", Prose).say((_("There is no such file."), "$t-bad"))
        else:
            self._go(str(path) + (os.sep if path.is_dir() else ""))

    def _go(self, text: str) -> None:
        """Into a folder, or on with a file."""
        line = self.query_one("#path", PathInput)
        line.value = text
        line.cursor_position = len(text)
        if text.endswith(os.sep):
            self.query_one("#files").focus()
        else:
            self.tg.go_to(self.page_of(Path(text)))

    def page_of(self, path: Path) -> Page:
        """Where a file is looked at before anything of it is taken in."""
        return ProposalPage(path)


@dataclass(frozen=True)
class Target:
    """What a line of the proposal is about, and can change."""

    what: str
    table: int = -1
    at: str = ""
    name: str = ""
    value: str = ""
    told: tuple[str, ...] = ()


@dataclass
class Read:
    """A file as far as it was read and understood."""

    source: Source
    mapping: Mapping
    samples: list[dict[str, str]]
    plan: Plan | None = None
    report: Report | None = None
    trouble: str = ""


TABS = ("problems", "columns", "values", "sheets", "skipped", "changes")


class ProposalTable(VirtualTable):
    """A table whose Enter changes what the cursor is on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", N_("Change"), tooltip=N_("Change what the cursor is on."))
    ]


class ProposalPage(Page):
    """What would become of a file: looked at, corrected, and then taken in whole or not at all."""

    WITH_ROOMS = False
    NAME = N_("Import a list")
    ABOUT = N_(
        "This is what would become of the file; nothing is taken in yet. Left and Right change between what "
        "must be settled, what each column becomes, what each value becomes, the sheets, and rows that are "
        "no entries. Enter changes what the cursor is on. F5 names the technology that the rows belong to; "
        "F7, in a company with a scale of its own, says on whose steps the ratings are. "
        "Ctrl+S takes everything in as one change, which Ctrl+Z takes back as a whole; or nothing is taken "
        "in. A column that is not understood is kept in the note of each entry, and nothing is dropped."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "tab(-1)", N_("Tab before"), show=False),
        Binding("right", "tab(1)", N_("Next tab")),
        Binding("f5", "technology", N_("Technology"), tooltip=N_("Choose what the rows belong to.")),
        Binding(
            "f6",
            "unknown",
            N_("Unreadable ratings"),
            tooltip=N_("Settle ratings that nobody can read, or keep them in the note."),
        ),
        Binding(
            "f7",
            "scale",
            N_("Scale"),
            tooltip=N_("Choose on whose steps the ratings are: your own scale, or the standard five."),
        ),
        Binding("ctrl+s", "save", N_("Import"), tooltip=N_("Take everything in, or nothing.")),
    ]

    def __init__(self, path: Path, mapping: Mapping | None = None, tab: str = "") -> None:
        super().__init__()
        self.path = path
        self.first_mapping = mapping
        self.tab = tab
        self.edited = mapping is not None
        self.busy = True
        self.read: Read | None = None
        self.own: tuple[Scale, ...] = ()
        self.targets: list[Target] = []

    def room(self) -> str:
        return "overview"

    def trail(self) -> tuple[str, ...]:
        return _(self.NAME), self.path.name

    def place(self) -> Callable[[], Page]:
        path, tab = self.path, self.tab
        mapping = self.read.mapping if self.read and self.edited else self.first_mapping
        return lambda: ProposalPage(path, mapping, tab)

    def unsaved(self) -> bool:
        return self.edited

    def writing_actions(self) -> dict[str, str]:
        return {"save": "technology"}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in {"tab", "technology", "unknown", "scale", "save"}:
            ready = self.read is not None and not self.busy
            if action == "technology":
                ready = ready and self._without_technology()
            if action == "unknown":
                ready = ready and bool(self._rated())
            if action == "scale":
                ready = ready and bool(self.own) and bool(self._rated())
            if action == "save":
                ready = ready and self.read is not None and self.read.plan is not None
            if not ready:
                return False
        return super().check_action(action, parameters)

    def _without_technology(self) -> bool:
        assert self.read is not None
        return any(
            t.take and t.kind == "exposure" and not t.own and "technology" not in _fields(t)
            for t in self.read.mapping.table
        )

    def _rated(self) -> list[int]:
        """The tables that have ratings and are taken in, by their places in the mapping."""
        assert self.read is not None
        tables = enumerate(self.read.mapping.table)
        return [n for n, t in tables if t.take and not t.own and {"likelihood", "impact"} & set(t.values)]

    def body(self) -> Iterable[Any]:
        yield Prose(id="said", most=5)
        yield Tabs(id="tabs")
        yield ProposalTable((), id="rows")
        yield Prose(id="cell", most=2)

    def on_mount(self) -> None:
        self.query_one(VirtualTable).focus()
        self.ask(self._begin, group="plan", exclusive=True)

    # --- reading ---

    def _wait(self, text: str) -> None:
        self.busy = True
        self.query_one("#said", Prose).say((text, "bold"))
        self.refresh_bindings()

    async def _begin(self) -> None:
        from techguard import exchange
        from techguard.errors import TechguardError
        from techguard.exchange import correcting

        lang = language()
        self._wait(_("Reading {file} …").format(file=self.path.name))
        try:
            source = await asyncio.to_thread(exchange.read, self.path)
            rows = sum(len(g.rows) for g in source.grids)
            self._wait(_("{n} rows are read. Finding out what the columns mean …").format(n=f"{rows:,}"))
            editions = await self.store.run(lambda reg: reg.editions)
            self.own = editions.scales[1:]
            mapping = self.first_mapping
            if mapping is None:
                mapping = await asyncio.to_thread(exchange.propose, source, lang, editions.now)
        except TechguardError as error:
            self.busy = False
            told = explain(error)
            self.query_one("#said", Prose).say(
                (told.what, "bold $t-bad"), *((t, "") for t in (told.safe, told.next_step) if t)
            )
            self.refresh_bindings()
            return
        samples = [dict(correcting.samples(source, t)) for t in mapping.table]
        self.read = Read(source, mapping, samples)
        await self._plan()

    async def _plan(self) -> None:
        """Hold the mapping against the register, and show what would happen."""
        from techguard import exchange
        from techguard.errors import TechguardError

        assert self.read is not None
        read, lang = self.read, language()
        rows = sum(len(g.rows) for g in read.source.grids)
        self._wait(_("Working out what becomes of {n} rows …").format(n=f"{rows:,}"))

        def work(reg: Register) -> tuple[Plan, Report]:
            plan = exchange.plan(read.source, read.mapping, reg)
            return plan, exchange.report(plan, lang)

        read.plan = read.report = None
        read.trouble = ""
        try:
            plan, read.report = await self.store.run(work)
            read.plan, read.mapping = plan, plan.mapping
        except exchange.ExchangeError as error:
            read.trouble = explain(error).what
        except TechguardError:
            self.busy = False
            raise
        self.busy = False
        if not self.tab:
            self.tab = "problems" if read.report and read.report.to_settle else "columns"
            if read.trouble:
                self.tab = "sheets"
        self._show()
        self.refresh_bindings()

    # --- what is shown ---

    def _show(self, cursor: int | None = None) -> None:
        assert self.read is not None
        self.query_one("#said", Prose).say(*self._summary())
        tabs = [
            (name, f"{pgettext('import', _TAB_NAMES[name])} {n}") for name, n in self._counts().items() if n
        ]
        if self.tab not in dict(tabs):
            self.tab = tabs[0][0] if tabs else "columns"
        self.query_one(Tabs).show(tabs, self.tab)
        table = self.query_one(ProposalTable)
        columns, lines, self.targets = self._lines()
        table.columns = tuple(columns)
        table.empty = _("Nothing here.")
        table.show_lines(lines, cursor=table.cursor if cursor is None else cursor)
        self._describe(table.key)

    def _counts(self) -> dict[str, int]:
        assert self.read is not None
        report, taken = self.read.report, [t for t in self.read.mapping.table if t.take]
        return {
            "problems": (len(report.problems) + len(report.notices)) if report else 0,
            "columns": sum(len(t.columns) for t in taken if not t.own),
            "values": sum(len(v) for t in taken for v in t.values.values()),
            "sheets": len(self.read.source.grids),
            "skipped": len(report.skipped) if report else 0,
            "changes": sum(len(c.fields) for c in report.changes) if report else 0,
        }

    def _summary(self) -> list[tuple[str, str]]:
        assert self.read is not None
        report, mapping = self.read.report, self.read.mapping
        if report is None:
            return [
                (self.read.trouble, "bold $t-bad"),
                (_("Choose below which sheet is the list, and what its columns mean."), ""),
            ]
        made = made_text(report)
        counts = report.rows.model_dump()
        said = [
            (made, "bold"),
            (
                _("Rows: {total} = {taken} taken + {skipped} skipped + {problem} to be settled").format(
                    **counts
                ),
                "",
            ),
        ]
        if self._without_technology():
            text = _("Rows without a technology belong to: {name} (F5 changes it)")
            said.append((text.format(name=mapping.technology), ""))
        if report.to_settle:
            n = report.to_settle
            text = ngettext(
                "{count} place must be settled first.", "{count} places must be settled first.", n
            )
            said.append((text.format(count=n), "$t-bad"))
        else:
            said.append((_("Nothing has been changed yet. Ctrl+S takes it in."), "$t-good"))
        return said

    def _lines(self) -> tuple[list[Column], list[Line], list[Target]]:
        assert self.read is not None
        match self.tab:
            case "columns":
                return self._column_lines()
            case "values":
                return self._value_lines()
            case "problems":
                return self._problem_lines()
            case "sheets":
                return self._sheet_lines()
            case "skipped":
                return self._skipped_lines()
        return self._change_lines()

    def _column_lines(self) -> tuple[list[Column], list[Line], list[Target]]:
        from techguard.exchange.mapping import IGNORE, NOTE
        from techguard.exchange.report import becomes

        assert self.read is not None
        t = translator(language())
        columns = [
            Column("at", "", 3, 3, "right", keep=True),
            Column("heading", _("Heading in the file"), 16, 40, keep=True),
            Column("becomes", _("Becomes"), 20, 40, keep=True),
            Column("samples", _("What stands there"), 20, 90),
        ]
        lines: list[Line] = []
        targets: list[Target] = []
        for n, table in enumerate(self.read.mapping.table):
            if not table.take or table.own:
                continue
            lines.append(Line("", (plain(self._title(table)),), heading=True))
            for at, column in table.columns.items():
                style = {NOTE: "muted", IGNORE: "bad"}.get(column.field, "")
                lines.append(
                    Line(
                        str(len(targets)),
                        (
                            plain(at, "muted"),
                            plain(column.header or _("(no heading)"), "" if column.header else "muted"),
                            plain(becomes(KINDS[table.kind], column, t), style),
                            plain(self.read.samples[n].get(at, ""), "muted"),
                        ),
                    )
                )
                targets.append(Target("column", n, at))
        return columns, lines, targets

    def _title(self, table: TableMap) -> str:
        kind = present.kind_label(KINDS[table.kind], language(), plural=True)
        return _("Sheet {sheet}: {kind}, headings in row {rows}").format(
            sheet=table.sheet, kind=kind, rows=list_text([str(row) for row in table.header])
        )

    def _value_lines(self) -> tuple[list[Column], list[Line], list[Target]]:
        from techguard.exchange.mapping import SETTLE
        from techguard.exchange.report import value_becomes

        assert self.read is not None
        t = translator(language())
        columns = [
            Column("value", _("In the file"), 24, 60, keep=True),
            Column("cells", _("Cells"), 6, 6, "right", keep=True),
            Column("becomes", _("Becomes"), 24, 60, keep=True),
        ]
        lines: list[Line] = []
        targets: list[Target] = []
        counts = self.read.plan.value_counts if self.read.plan else {}
        for n, table in enumerate(self.read.mapping.table):
            if not table.take:
                continue
            for name, values in table.values.items():
                if values:
                    title = f"{table.sheet}   {value_label(table.kind, name)}"
                    lines.append(Line("", (plain(title),), heading=True))
                for value, to in values.items():
                    cells = counts.get((table.sheet, name, value), 0)
                    becomes = value_becomes(table, name, to, t)
                    lines.append(
                        Line(
                            str(len(targets)),
                            (
                                plain(value),
                                Cell(str(cells)),
                                plain(becomes, "bad" if to == SETTLE else "muted" if to == "note" else ""),
                            ),
                        )
                    )
                    targets.append(Target("value", n, name=name, value=value))
        return columns, lines, targets

    def _problem_lines(self) -> tuple[list[Column], list[Line], list[Target]]:
        from techguard.exchange.report import sentence_of

        assert self.read is not None
        t = translator(language())
        columns = [
            Column("where", _("Where"), 14, 30, keep=True),
            Column("value", _("In the file"), 14, 40, keep=True),
            Column("why", _("Why"), 30, 120, keep=True),
        ]
        lines: list[Line] = []
        targets: list[Target] = []
        plan, report = self.read.plan, self.read.report
        for outcome, title in _OUTCOMES.items():
            found = [p for p in plan.problems if p.outcome == outcome] if plan else []
            if found:
                lines.append(Line("", (plain(labelled(_(title), str(len(found)))),), heading=True))
            for group in _alike(found):
                p = group[0]
                where = f"{p.sheet} {p.column}{p.row}"
                if len(group) > 1:
                    where = _("{place} and {n} more").format(place=where, n=len(group) - 1)
                why = sentence_of(p, t)
                style = "bad" if outcome == "settle" else ""
                lines.append(
                    Line(str(len(targets)), (plain(where, "muted"), plain(p.value, style), plain(why)))
                )
                targets.append(self._cause(p, (why, where, p.header, p.value)))
        if report and report.notices:
            lines.append(Line("", (plain(_("Please note")),), heading=True))
            for notice in report.notices:
                lines.append(Line(str(len(targets)), (Cell(""), Cell(""), plain(notice))))
                targets.append(Target("told", told=(notice, "", "", "")))
        return columns, lines, targets

    def _cause(self, p: Problem, told: tuple[str, ...]) -> Target:
        """What can be changed so that a problem goes away."""
        from techguard.exchange import correcting

        assert self.read is not None
        for n, table in enumerate(self.read.mapping.table):
            column = table.columns.get(p.column)
            if table.sheet != p.sheet or not table.take or column is None:
                continue
            if name := correcting.value_list(table, column):
                return Target("value", n, p.column, name, p.value, told)
            if not table.date_order and column.field in _DATES:
                return Target("dates", n, p.column, told=told)
            return Target("column", n, p.column, told=told)
        return Target("told", told=told)

    def _sheet_lines(self) -> tuple[list[Column], list[Line], list[Target]]:
        assert self.read is not None
        columns = [
            Column("sheet", _("Sheet"), 16, 40, keep=True),
            Column("taken", _("Taken in"), 10, 12, keep=True),
            Column("what", _("What it is"), 30, 90, keep=True),
        ]
        lines: list[Line] = []
        targets: list[Target] = []
        named = set()
        for n, table in enumerate(self.read.mapping.table):
            named.add(table.sheet)
            taken = _("taken") if table.take else _("left out")
            what = _("{kind}, headings in row {rows}").format(
                kind=present.kind_label(KINDS[table.kind], language(), plural=True),
                rows=list_text([str(row) for row in table.header]),
            )
            lines.append(
                Line(
                    str(len(targets)),
                    (plain(table.sheet), plain(taken, "good" if table.take else "muted"), plain(what)),
                )
            )
            targets.append(Target("sheet", n))
        others = {s.sheet: s.reason for s in self.read.report.sheets} if self.read.report else {}
        for grid in self.read.source.grids:
            if grid.name not in named:
                why = others.get(grid.name, "")
                lines.append(
                    Line(str(len(targets)), (plain(grid.name), plain(_("left out"), "muted"), plain(why)))
                )
                targets.append(
                    Target("told", told=(why or _("No list was found in this sheet."), "", "", ""))
                )
        return columns, lines, targets

    def _skipped_lines(self) -> tuple[list[Column], list[Line], list[Target]]:
        assert self.read is not None
        columns = [
            Column("where", _("Where"), 14, 30, keep=True),
            Column("why", _("Why"), 20, 40, keep=True),
            Column("text", _("In the file"), 20, 120, keep=True),
        ]
        skipped = self.read.report.skipped if self.read.report else []
        lines = [
            Line(
                str(n),
                (
                    plain(_("{sheet}, row {row}").format(sheet=s.sheet, row=s.row), "muted"),
                    plain(s.reason),
                    plain(s.text),
                ),
            )
            for n, s in enumerate(skipped)
        ]
        return columns, lines, [Target("told", told=(s.reason, "", "", s.text)) for s in skipped]

    def _change_lines(self) -> tuple[list[Column], list[Line], list[Target]]:
        assert self.read is not None
        columns = [
            Column("ref", _("No."), 9, 9, keep=True),
            Column("field", _("Field"), 12, 24, keep=True),
            Column("before", _("Before"), 16, 60, keep=True),
            Column("after", _("After"), 16, 60, keep=True),
        ]
        lines: list[Line] = []
        targets: list[Target] = []
        for change in self.read.report.changes if self.read.report else ():
            for name, (before, after) in change.fields.items():
                spec = KINDS[change.kind].by_name.get(name)
                label = present.field_label(spec, language()) if spec else name
                lines.append(
                    Line(
                        str(len(targets)),
                        (plain(change.ref, "muted"), plain(label), plain(before, "muted"), plain(after)),
                    )
                )
                targets.append(Target("told", told=(f"{before} > {after}", f"{change.ref} {label}", "", "")))
        return columns, lines, targets

    @on(VirtualTable.Moved)
    def _moved(self, event: VirtualTable.Moved) -> None:
        event.stop()
        self._describe(event.key)

    def _target(self, key: str) -> Target | None:
        return self.targets[int(key)] if key and int(key) < len(self.targets) else None

    def _describe(self, key: str) -> None:
        target = self._target(key)
        line = self.query_one("#cell", Prose)
        if self.read is None or target is None:
            line.say()
        elif target.told:
            hint = _("Enter: choose what it becomes.") if target.what != "told" else ""
            value = "   ".join(t for t in (target.told[3], hint) if t)
            line.say((target.told[0], ""), (value, "$t-muted"))
        elif target.what == "column":
            table = self.read.mapping.table[target.table]
            line.say(
                (" ".join(table.columns[target.at].header.split()), "bold"),
                (self.read.samples[target.table].get(target.at, ""), "$t-muted"),
            )
        elif target.what == "value":
            line.say((target.value, "bold"))
        else:
            line.say()

    # --- tabs ---

    def action_tab(self, step: int) -> None:
        names = [name for name, _label in self.query_one(Tabs).tabs]
        if names:
            self._open(names[(names.index(self.tab) + step) % len(names)])

    @on(Tabs.Chosen)
    def _tab_chosen(self, event: Tabs.Chosen) -> None:
        event.stop()
        self._open(event.name)

    def _open(self, name: str) -> None:
        self.tab = name
        self._show(0)

    # --- correcting ---

    def _correct(self, mapping: Mapping) -> None:
        """Go on with another mapping."""
        assert self.read is not None
        self.read.mapping = mapping
        self.edited = True
        self.ask(self._plan, group="plan", exclusive=True)

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        target = self._target(event.key)
        if self.read is None or self.busy or target is None:
            return
        match target.what:
            case "column":
                self._ask_column(target)
            case "value":
                self._ask_value(target)
            case "dates":
                self._ask_dates(target)
            case "sheet":
                self._ask_sheet(target)
            case _:
                why, where, header, value = target.told
                rest = [t for t in (where, header, value) if t]
                self.app.push_screen(Tell(why, [(t, "") for t in rest]))

    def _ask_column(self, target: Target) -> None:
        from techguard.exchange import correcting
        from techguard.exchange.mapping import ColumnMap
        from techguard.exchange.report import becomes

        assert self.read is not None
        table = self.read.mapping.table[target.table]
        now = table.columns[target.at]
        kind, t = KINDS[table.kind], translator(language())
        options: list[Option] = []
        for field, basis in correcting.meanings(table.kind):
            spec = kind.by_name.get(field)
            note = present.field_help(spec, language()) if spec else ""
            note = _(_FATES[field]) if field in _FATES else note
            label = becomes(kind, ColumnMap(field=field, basis=basis), t)
            options.append(Option((field, basis), label, note))
        header = " ".join(now.header.split()) or target.at
        title = _("What does the column “{heading}” become?").format(heading=header)

        def taken(chosen: list[Any] | None) -> None:
            if chosen and self.read is not None:
                field, basis = chosen[0]
                self._correct(
                    correcting.with_column(self.read.mapping, target.table, target.at, field, basis)
                )

        samples = self.read.samples[target.table].get(target.at, "")
        note = _("There stands: {samples}").format(samples=samples) if samples else ""
        self.app.push_screen(Picker(title, options, chosen=[(now.field, now.basis)], note=note), taken)

    def _ask_value(self, target: Target) -> None:
        from techguard import catalog
        from techguard.exchange import correcting
        from techguard.exchange.mapping import NOTE, UNRATED
        from techguard.exchange.report import value_becomes

        assert self.read is not None
        table = self.read.mapping.table[target.table]
        t = translator(language())
        if target.name in {"likelihood", "impact"}:
            scales = catalog.spoken(table.scale)
            used = {n for n in table.values.get(target.name, {}).values() if isinstance(n, int)}
            numbers = [Option(n, str(n)) for n in sorted(used)]  # an earlier scale's words are not at hand
            options = scale_options(target.name, scales) if scales else numbers
        else:
            options = [
                Option(to, value_becomes(table, target.name, to, t)) for to in _words(table, target.name)
            ]
        options += [
            Option(to, value_becomes(table, target.name, to, t), _(_FATES[to])) for to in (UNRATED, NOTE)
        ]
        now = table.values.get(target.name, {}).get(target.value, "")
        title = _("What does “{value}” become?").format(value=" ".join(target.value.split()))

        def taken(chosen: list[Any] | None) -> None:
            if chosen and self.read is not None:
                self._correct(
                    correcting.with_value(
                        self.read.mapping, target.table, target.name, target.value, chosen[0]
                    )
                )

        note = value_label(table.kind, target.name)
        self.app.push_screen(Picker(title, options, chosen=[now], note=note), taken)

    def _ask_dates(self, target: Target) -> None:
        from techguard.exchange import correcting

        options = [
            Option("dmy", _("Day first: 03/04 is the 3rd of April")),
            Option("mdy", _("Month first: 03/04 is the 4th of March")),
        ]

        def taken(chosen: list[Any] | None) -> None:
            if chosen and self.read is not None:
                self._correct(correcting.with_dates(self.read.mapping, target.table, chosen[0]))

        self.app.push_screen(Picker(_("How are dates written in this list?"), options), taken)

    def _ask_sheet(self, target: Target) -> None:
        from techguard.exchange import correcting

        assert self.read is not None
        mapping = self.read.mapping
        self._correct(correcting.with_taken(mapping, target.table, take=not mapping.table[target.table].take))

    def action_technology(self) -> None:
        from techguard.exchange import correcting

        async def find(text: str) -> list[Option]:
            named = await self.store.run(lambda reg: reg.pick("technology", text))
            options = [Option(n.title, f"{n.ref}  {n.title}") for n in named]
            known = {n.title for n in named}
            own = text.strip() or (self.read.mapping.technology if self.read else "")
            if own and own not in known:
                options.append(Option(own, _("new: {name}").format(name=own)))
            return options

        def taken(chosen: list[Any] | None) -> None:
            if chosen and self.read is not None:
                self._correct(correcting.with_technology(self.read.mapping, chosen[0]))

        self.app.push_screen(
            Picker(
                _("Which technology do the rows belong to?"),
                find=find,
                note=_("Type a name to make a new one."),
            ),
            taken,
        )

    def action_unknown(self) -> None:
        from techguard.exchange import correcting

        assert self.read is not None
        options = [
            Option("settle", _("They must be settled before the import")),
            Option("note", _("They are kept in the note, and the entry stays unrated")),
        ]

        def taken(chosen: list[Any] | None) -> None:
            if chosen and self.read is not None:
                self._correct(correcting.with_unknown(self.read.mapping, chosen[0]))

        title = _("Ratings that nobody can read")
        self.app.push_screen(Picker(title, options, chosen=[self.read.mapping.unknown]), taken)

    def action_scale(self) -> None:
        """For the table that the cursor is in, if it has ratings; otherwise for the first that has."""
        from techguard import catalog
        from techguard.exchange import correcting

        assert self.read is not None
        read, rated = self.read, self._rated()
        target = self._target(self.query_one(ProposalTable).key)
        table = target.table if target and target.table in rated else rated[0]
        usual = catalog.standard()
        options = [
            *(Option(s.edition, _sized(s.edition, s), _words_of(s)) for s in reversed(self.own)),
            Option(usual.edition, _sized(_("The standard steps"), usual)),
        ]

        def taken(chosen: list[Any] | None) -> None:
            if chosen:
                scale = next((s for s in self.own if s.edition == chosen[0]), None)
                self._correct(correcting.with_scale(read.mapping, read.source, table, scale))

        now = read.mapping.table[table]
        title = _("On which scale are the ratings of “{sheet}”?").format(sheet=now.sheet)
        self.app.push_screen(Picker(title, options, chosen=[now.scale or usual.edition]), taken)

    # --- taking in ---

    def action_save(self) -> None:
        assert self.read is not None
        report = self.read.report
        if report is None:
            return
        if not report.to_settle:
            self._import(good_rows=False)
            return
        n = report.to_settle
        text = ngettext("{count} place must be settled first.", "{count} places must be settled first.", n)
        answers = [("stay", _("Go on settling")), ("good", _("Take all other rows, leave these out"))]
        if self.read.mapping.unknown == "settle" and self._rated():
            answers.insert(1, ("note", _("Keep ratings nobody can read in the note, unrated")))
        self.app.push_screen(Confirm(text.format(count=n), answers), self._answered)

    def _answered(self, answer: str | None) -> None:
        from techguard.exchange import correcting

        if answer == "good":
            self._import(good_rows=True)
        elif answer == "note" and self.read is not None:
            self._correct(correcting.with_unknown(self.read.mapping, "note"))
        elif answer == "stay" and "problems" in dict(self.query_one(Tabs).tabs):
            self._open("problems")

    def _import(self, *, good_rows: bool) -> None:
        self.ask(partial(self._take_in, good_rows), group="plan", exclusive=True)

    async def _take_in(self, good_rows: bool) -> None:
        from techguard import exchange

        assert self.read is not None
        plan, lang = self.read.plan, language()
        if plan is None:
            return
        n = len(plan.items) + len(plan.changes)
        self._wait(_("Taking in {n} entries …").format(n=f"{n:,}"))
        try:
            done = await self.store.run(lambda reg: exchange.apply(plan, reg, good_rows=good_rows, lang=lang))
        finally:
            self.busy = False
        self.edited = False
        await self._leave(done)

    async def _leave(self, done: Report) -> None:
        from .overview import OverviewPage

        self.tg.call_next(self.tg.restore, [OverviewPage, lambda: ImportedPage(done)])

    def action_back(self) -> None:
        if not self.edited:
            super().action_back()
            return
        answers = [("stay", _("Go on")), ("drop", _("Leave without importing"))]
        self.app.push_screen(
            Confirm(_("What you chose for this file is lost when you leave."), answers),
            lambda answer: super(ProposalPage, self).action_back() if answer == "drop" else None,
        )


class ImportedPage(Page):
    """The list is in the register: what there is now, and what to do next."""

    NAME = N_("Imported")
    ABOUT = N_(
        "The list is taken in, as one change: Ctrl+Z takes all of it back. Below stands what a register "
        "needs next; Enter goes there."
    )

    def __init__(self, done: Report) -> None:
        super().__init__()
        self.done = done

    def room(self) -> str:
        return "overview"

    def place(self) -> Callable[[], Page]:
        done = self.done
        return lambda: ImportedPage(done)

    def body(self) -> Iterable[Any]:
        yield Prose(id="said")
        yield Static(literal(_("What to do next")), classes="section")
        yield VirtualTable(
            [
                Column("n", "", 6, 7, "right", keep=True),
                Column("what", "", 54, 60, keep=True),
                Column("how", "", 20, 80),
            ],
            header=False,
            empty=_("Nothing is missing."),
            id="rows",
        )

    def on_mount(self) -> None:
        self.query_one(VirtualTable).focus()

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        from techguard.domain.gaps import BY_CODE
        from techguard.register import Query

        def look(reg: Register) -> tuple[dict[str, int], int, int]:
            gaps = {code: reg.count(BY_CODE[code].kind, Query(gap=code)) for code in _NEXT}
            return gaps, reg.count("technology"), reg.count("exposure")

        gaps, technologies, exposures = await self.store.run(look)
        done = self.done
        said = [
            (_("The import is done."), "bold $t-good"),
            (done.file, "$t-muted"),
            (made_text(done) or _("Nothing in it was new."), ""),
        ]
        if done.rows.problem:
            text = _("{n} rows were left out because something in them must be settled.")
            said.append((text.format(n=done.rows.problem), "$t-warn"))
        self.query_one("#said", Prose).say(*said)
        lines = [
            Line(
                code, (Cell(f"{n:,}"), plain(_(BY_CODE[code].label)), plain(_(BY_CODE[code].remedy), "muted"))
            )
            for code, n in gaps.items()
            if n
        ]
        lines += [
            Line("exposures", (Cell(f"{exposures:,}"), plain(_("Look through the exposures")))),
            Line("leakmap", (Cell(f"{technologies:,}"), plain(_("See the leak map")))),
        ]
        table = self.query_one(VirtualTable)
        table.show_lines(lines, cursor=table.cursor)

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        from techguard.domain.gaps import BY_CODE

        from ..views import View
        from .leakmap import LeakMapPage
        from .lists import ListPage

        event.stop()
        if event.key == "leakmap":
            self.tg.go_to(LeakMapPage())
        elif event.key == "exposures":
            self.tg.go_to(ListPage("exposures"))
        else:
            plural = KINDS[BY_CODE[event.key].kind].plural
            self.tg.go_to(ListPage(plural, View(gap=event.key)))


_NEXT = (
    "high_untreated",
    "exposure_unrated",
    "exposure_without_route",
    "exposure_without_owner",
    "technology_unclassed",
)
_TAB_NAMES = {
    "problems": NP_("import", "To look at"),
    "columns": NP_("import", "Columns"),
    "values": NP_("import", "Values"),
    "sheets": NP_("import", "Sheets"),
    "skipped": NP_("import", "Left out"),
    "changes": NP_("import", "Changes"),
}
_OUTCOMES = {
    "settle": N_("To be settled before the import"),
    "unrated": N_("Kept in the note, unrated"),
    "note": N_("Kept in the note"),
    "target": N_("Taken as the rating after planned controls"),
    "kept": N_("Taken; please look"),
}
_FATES = {
    "note": N_("Nothing is lost: it is kept under its heading in the note of the entry."),
    "ignore": N_("It does not come into the register at all."),
    "unrated": N_("It counts as nothing said; the entry stays unrated."),
}
_DATES = frozenset({"due", "next_review", "rated_on", "done_on", "tested_on"})


def _sized(name: str, scale: Scale) -> str:
    rows, columns = scale.size
    return labelled(name, f"{rows} × {columns}")


def _words_of(scale: Scale) -> str:
    """What a company calls the steps of its own scale."""
    return "   ".join(
        list_text([step.name for step in steps]) for steps in (scale.likelihood_steps, scale.impact_steps)
    )


def _fields(table: TableMap) -> set[str]:
    return {c.field for c in table.columns.values()}


def _words(table: TableMap, name: str) -> list[str]:
    """What a value of a list of words can become."""
    from techguard import catalog
    from techguard.domain.words import CountermeasureStatus

    if name == "route":
        return list(catalog.routes())
    if name == "countermeasure_status":
        return [member.value for member in CountermeasureStatus]
    spec = KINDS[table.kind].by_name.get(name)
    return [member.value for member in spec.choices or ()] if spec else []


def value_label(kind: str, name: str) -> str:
    """What a list of words is called."""
    special = {
        "likelihood": N_("Likelihood"),
        "impact": N_("Impact"),
        "countermeasure_status": N_("Status of the countermeasures"),
    }
    spec = KINDS[kind].by_name.get(name)
    return _(special[name]) if name in special else present.field_label(spec, language()) if spec else name


def made_text(report: Report) -> str:
    """What comes of a file, in counts: new entries by kind, changed ones, exposures without a rating."""
    lang = language()
    parts = [f"{present.kind_label(KINDS[name], lang)} {n:,}" for name, n in report.new.items()]
    text = _("New: {entries}").format(entries=beside(parts)) if parts else ""
    rest = [
        _("{n} changed").format(n=f"{report.changed:,}") if report.changed else "",
        _("{n} unchanged").format(n=f"{report.unchanged:,}") if report.unchanged else "",
        _("{n} unrated").format(n=f"{report.unrated:,}") if report.unrated else "",
    ]
    return "   ".join(part for part in (text, beside(rest)) if part)


def _alike(problems: Sequence[Problem]) -> list[list[Problem]]:
    """Problems that are one and the same: the same value in the same column, for the same reason."""
    groups: dict[tuple[str, str, str, str], list[Problem]] = {}
    for p in problems:
        groups.setdefault((p.sheet, p.column, p.value, p.message), []).append(p)
    return list(groups.values())
