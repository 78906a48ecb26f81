"""Checklist workbooks: a filled one is looked at and taken in; of one's own a filled copy is written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from techguard import catalog, present
from techguard.i18n import N_, _, language, list_text, ngettext

from ..files import as_path
from ..input import LineInput
from ..page import ALONE, LoadingPage, Page
from ..picker import Tell
from ..prose import Prose
from ..table import Cell, Column, Line, VirtualTable, plain
from ..text import literal
from .importing import FilePage, PathInput

if TYPE_CHECKING:
    from techguard.domain.items import ChecklistAnswer
    from techguard.exchange import AnswerPlan, Source
    from techguard.exchange.checklist import Filling, Place
    from techguard.register import Register

SLOT = "ESMG1-X"
"""The list whose items come from METI's own file."""
_ITEM = "item:"


class ChecklistFilePage(FilePage):
    """Choose the workbook."""

    NAME = N_("Read a checklist")
    ABOUT = N_(
        "Choose the workbook, such as METI's own, that holds answers or items. Go through the folders with "
        "the arrows and Enter, or type the path; Tab completes it. The file is only read; nothing is taken "
        "in before you have seen what becomes of it."
    )

    def __init__(self, typed: str = "", items: str = "") -> None:
        super().__init__(typed)
        self.items = items

    def room(self) -> str:
        return "checklists"

    def place(self) -> Callable[[], Page]:
        typed, items = self.query_one("#path", PathInput).value, self.items
        return lambda: ChecklistFilePage(typed, items)

    def page_of(self, path: Path) -> Page:
        return TakeInPage(path, self.items)


class ShownTable(VirtualTable):
    """A table to look at: Enter opens nothing."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "choose" and super().check_action(action, parameters)


class TakeInPage(LoadingPage):
    """What a workbook would add: looked at, then taken in with Ctrl+S, as one act."""

    WITH_ROOMS = False
    NAME = N_("Read a checklist")
    ABOUT = N_(
        "This is what the file would add; nothing is taken in yet. Items were found by their wording, in "
        "whichever row they stand. A blank cell takes no answer back. F6 also takes in, as official items in "
        "the words of the file, the rows that are no item known here; Space leaves out a row that is only a "
        "heading. Ctrl+S takes everything in as one act, which can be undone."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", N_("Take in"), tooltip=N_("Add the answers and items shown, as one act.")),
        Binding("f6,i", "items", N_("Items too"), tooltip=N_("Also take in the items that are not known.")),
        Binding("space", "skip", N_("Leave out"), tooltip=N_("Leave this row out: it is no item.")),
    ]

    def __init__(self, path: Path, items: str = "", skip: frozenset[int] = frozenset()) -> None:
        super().__init__()
        self.path = path
        self.items = items
        self.skip = skip
        self.source: Source | None = None
        self.plan: AnswerPlan | None = None

    def room(self) -> str:
        return "checklists"

    def trail(self) -> tuple[str, ...]:
        return _(self.NAME), self.path.name

    def place(self) -> Callable[[], Page]:
        path, items, skip = self.path, self.items, self.skip
        return lambda: TakeInPage(path, items, skip)

    def body(self) -> Iterable[Any]:
        yield Prose(id="said")
        yield ShownTable(_columns(), empty=_("The file adds nothing."), id="rows")
        yield Prose(id="cell", most=2)

    def on_mount(self) -> None:
        self.query_one(VirtualTable).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        plan = self.plan
        if action == "save":
            return plan is not None and bool(plan.new or plan.items)
        if action == "items":
            return plan is not None
        if action == "skip":
            return self.is_mounted and self.query_one(VirtualTable).key.startswith(_ITEM)
        return super().check_action(action, parameters)

    # --- what it would add ---

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        from techguard import exchange

        try:
            if self.source is None:
                self.source = await asyncio.to_thread(exchange.read, self.path)
            source, items, skip = self.source, self.items, self.skip
            self.plan = await self.store.run(
                lambda reg: exchange.plan_answers(source, reg, items=items, skip=skip)
            )
        except exchange.ExchangeError as error:
            self.tg.go_back()  # there is nothing to look at: back to choosing
            self.tg.tell_error(error)
            return
        self._show(self.plan)
        self.show_trail()
        self.refresh_bindings()

    def _show(self, plan: AnswerPlan) -> None:
        n = len(plan.new)
        said = [
            (ngettext("{n} answer would be added.", "{n} answers would be added.", n).format(n=n), "bold")
        ]
        same = _("{same} stand already as the file says; {blank} are blank in the file.")
        said.append((same.format(same=len(plan.unchanged), blank=len(plan.unanswered)), "$t-muted"))
        if plan.strangers:
            n = len(plan.strangers)
            more = ngettext(
                "{n} answered row is no item known here: F6 takes the items in too.",
                "{n} answered rows are no item known here: F6 takes the items in too.",
                n,
            )
            said.append((more.format(n=n), "$t-warn"))
        self.query_one("#said", Prose).say(*said)
        table = self.query_one(VirtualTable)
        table.show_lines(self._lines(plan), cursor=table.cursor)

    def _lines(self, plan: AnswerPlan) -> list[Line]:
        lines: list[Line] = []

        def part(title: str, rows: list[Line]) -> None:
            if rows:
                lines.append(Line("", (plain(title),), heading=True))
                lines.extend(rows)

        items = catalog.checklists()
        if self.items:
            part(
                _("Items to take in: {list}").format(list=items[self.items].title.in_(language())),
                [
                    _row(f"{_ITEM}{row.row}", f"{row.sheet} {row.row}", "", item.wording)
                    for row, item in plan.items
                ],
            )
        part(
            _("Answers to add"),
            [
                _row(
                    f"answer:{place.where}",
                    place.where,
                    present.choice_label(answer.answer, language()),
                    place.item.in_(language()),
                    answer.evidence,
                )
                for place, answer in plan.new
            ],
        )
        part(
            _("Not taken"),
            [
                _row(f"no:{p.place.where}", p.place.where, "", _(p.message).format(**p.facts))
                for p in plan.problems
            ]
            + [_row(f"no:{s.sheet}{s.row}", f"{s.sheet} {s.row}", "", s.text) for s in plan.strangers],
        )
        return lines

    @on(VirtualTable.Moved)
    def _moved(self, event: VirtualTable.Moved) -> None:
        event.stop()
        table = self.query_one(VirtualTable)
        line = table.line(table.cursor) if table.count else None
        text = "  ".join(c.text for c in line.cells if c.text) if line and not line.heading else ""
        self.query_one("#cell", Prose).say((text, ""))
        self.refresh_bindings()

    # --- doing ---

    def action_items(self) -> None:
        self.items = "" if self.items else SLOT
        self.skip = frozenset()
        self.reload()

    def action_skip(self) -> None:
        key = self.query_one(VirtualTable).key
        self.skip |= {int(key.removeprefix(_ITEM))}
        self.reload()

    def action_save(self) -> None:
        self.ask(self._save, group="save", exclusive=True)

    async def _save(self) -> None:
        from techguard import exchange

        plan = self.plan
        assert plan is not None
        n = await self.store.run(lambda reg: exchange.apply_answers(plan, reg))
        self.tg.say(ngettext("{n} answer was added.", "{n} answers were added.", n).format(n=n))
        self.tg.go_back()
        if isinstance(self.app.screen, ChecklistFilePage):
            self.tg.go_back()


class FillFilePage(ChecklistFilePage):
    """Choose the workbook a copy of which is filled."""

    NAME = N_("Fill a checklist")
    ABOUT = N_(
        "Choose your own copy of the checklist, such as METI's Excel file: the answers of the register are "
        "written into a copy of it. Go through the folders with the arrows and Enter, or type the path; Tab "
        "completes it. The file itself is never changed, and nothing is written before you have seen what."
    )
    ASKED = N_("The file a copy of which is filled: Excel (.xlsx)")

    def place(self) -> Callable[[], Page]:
        typed = self.query_one("#path", PathInput).value
        return lambda: FillFilePage(typed)

    def page_of(self, path: Path) -> Page:
        return FillPage(path)


class FillPage(LoadingPage):
    """Which cells of a copy would take which answer; Ctrl+S writes it."""

    WITH_ROOMS = False
    NAME = N_("Fill a checklist")
    ABOUT = N_(
        "These cells of the copy take the answers of the register; everything else in the file stays as it "
        "is. Items were found by their wording. Those without an answer are left as they are, and so are "
        "cells with a formula. Above stands the file that Ctrl+S writes; it must not be there yet, and it is "
        "not encrypted: whoever has it can read it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", N_("Write the copy"), tooltip=N_("Write the copy, in which this stands.")),
        Binding("f2", "name", N_("File"), tooltip=N_("Choose where the copy goes.")),
    ]

    def __init__(self, path: Path, to: str = "") -> None:
        super().__init__()
        self.path = path
        name = _("{name} filled").format(name=path.stem)
        self.to = to or str(path.with_name(f"{name}{path.suffix}"))
        self.filling: Filling | None = None

    def room(self) -> str:
        return "checklists"

    def trail(self) -> tuple[str, ...]:
        return _(self.NAME), self.path.name

    def place(self) -> Callable[[], Page]:
        path, to = self.path, self.query_one("#questions", LineInput).value
        return lambda: FillPage(path, to)

    def body(self) -> Iterable[Any]:
        label = _("The copy. It is not encrypted: delete it when it is no longer needed")
        yield Static(literal(label), classes="asked-label muted")
        yield LineInput(self.to, id="questions")
        yield Prose(id="said")
        yield ShownTable(_columns(), empty=_("No item of this file has an answer."), id="rows")
        yield Prose(id="cell", most=2)

    def on_mount(self) -> None:
        line = self.query_one("#questions", LineInput)
        line.focus()
        self.call_after_refresh(self._show_name, line)

    def _show_name(self, line: LineInput) -> None:
        """Have the end of the path in sight, however long it is."""
        line.action_home()
        line.action_end()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "save":
            return self.filling is not None and bool(self.filling.filled)
        return super().check_action(action, parameters)

    def action_name(self) -> None:
        self.query_one("#questions").focus()

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        from techguard import exchange

        def plan(reg: Register, source: Source) -> tuple[Filling, dict[str, ChecklistAnswer]]:
            standing = exchange.standing_answers(reg)
            places = exchange.find_items(source, exchange.KnownItems(reg.company_checklists()))
            return exchange.plan_filling(places, standing), dict(standing)

        try:
            source = await asyncio.to_thread(exchange.read, self.path)
            filling, standing = await self.store.run(lambda reg: plan(reg, source))
        except exchange.ExchangeError as error:
            self.tg.go_back()  # there is nothing to look at: back to choosing
            self.tg.tell_error(error)
            return
        self.filling = filling
        self._show(filling, standing)
        self.refresh_bindings()

    def _show(self, filling: Filling, standing: Mapping[str, ChecklistAnswer]) -> None:
        n = len(filling.filled)
        counts = _("{replaced} of them replace what stands there; {blank} items have no answer.")
        said = [
            (
                ngettext("{n} item would be filled in.", "{n} items would be filled in.", n).format(n=n),
                "bold",
            ),
            (counts.format(replaced=len(filling.replaced), blank=len(filling.unanswered)), "$t-muted"),
        ]
        if filling.without_grounds_column:
            no_column = _("No heading tells where the grounds go: they are left out.")
            said.append((no_column, "$t-warn"))
        self.query_one("#said", Prose).say(*said)

        def row(place: Place) -> Line:
            answer = standing[place.item.id]
            label = present.choice_label(answer.answer, language())
            return _row(place.where, place.where, label, place.item.in_(language()), answer.evidence)

        self.query_one(VirtualTable).show_lines([row(place) for place in filling.filled])

    @on(VirtualTable.Moved)
    def _moved(self, event: VirtualTable.Moved) -> None:
        event.stop()
        table = self.query_one(VirtualTable)
        line = table.line(table.cursor) if table.count else None
        text = "  ".join(c.text for c in line.cells if c.text) if line else ""
        self.query_one("#cell", Prose).say((text, ""))

    # --- writing ---

    @on(Input.Submitted, "#questions")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(VirtualTable).focus()

    def on_key(self, event: events.Key) -> None:
        if event.key == "down" and self.query_one("#questions").has_focus:
            event.stop()
            self.query_one(VirtualTable).focus()

    @on(VirtualTable.PastTop)
    def _past_top(self, event: VirtualTable.PastTop) -> None:
        event.stop()
        self.action_name()

    def action_save(self) -> None:
        to = as_path(self.query_one("#questions", LineInput).value)
        if to.exists() or to.is_symlink():
            text = _("{path} is already there, and a filled copy replaces no file. Give another name.")
            self.tg.say(text.format(path=to), severity="warning")
            self.query_one("#questions").focus()
        elif self.filling is not None and self.filling.filled:
            self.ask(partial(self._write, self.filling, to), group=ALONE)

    async def _write(self, filling: Filling, to: Path) -> None:
        left = await asyncio.to_thread(_filled, self.path, filling, to)
        self.tg.go_back()
        if isinstance(self.app.screen, FillFilePage):
            self.tg.go_back()
        n = len(filling.filled)
        told = [
            (ngettext("{n} item was filled in.", "{n} items were filled in.", n).format(n=n), ""),
            (str(to), "bold"),
        ]
        if left:
            text = _("These cells hold a formula and were left as they are: {cells}")
            told.append((text.format(cells=list_text(left)), "$t-warn"))
        text = _("This is not encrypted: whoever has it can read it. Delete it when it is no longer needed.")
        self.app.push_screen(Tell(_("The copy is written"), [*told, (text, "")]))


def _filled(template: Path, filling: Filling, to: Path) -> list[str]:
    """Write the copy; the cells that were left for their formulas."""
    from techguard import exchange
    from techguard.vault.errors import os_errors
    from techguard.vault.files import write_output

    with os_errors(to):
        data, left = exchange.refill(template.read_bytes(), template.name, filling.cells)
        write_output(to, data)
    return left


def _columns() -> list[Column]:
    return [
        Column("where", _("Cell"), 14, 24, keep=True),
        Column("answer", _("Answer"), 8, 16, keep=True),
        Column("text", _("Checklist item"), 30, 200, keep=True, share=0.4),
        Column("grounds", _("Grounds"), 20, 60),
    ]


def _row(key: str, where: str, answer: str, text: str, grounds: str = "") -> Line:
    return Line(key, (plain(where, "muted"), Cell(answer), plain(text), plain(grounds, "muted")))
