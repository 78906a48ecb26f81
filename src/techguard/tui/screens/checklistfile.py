"""A filled checklist workbook: choose it, see what would be taken in, take it in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType

from techguard import catalog, present
from techguard.i18n import N_, _, language, ngettext

from ..page import LoadingPage, Page
from ..prose import Prose
from ..table import Cell, Column, Line, VirtualTable, plain
from .importing import FilePage, PathInput

if TYPE_CHECKING:
    from techguard.exchange import AnswerPlan, Source

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


def _columns() -> list[Column]:
    return [
        Column("where", _("Cell"), 14, 24, keep=True),
        Column("answer", _("Answer"), 8, 16, keep=True),
        Column("text", _("Checklist item"), 30, 200, keep=True, share=0.4),
        Column("grounds", _("Grounds"), 20, 60),
    ]


def _row(key: str, where: str, answer: str, text: str, grounds: str = "") -> Line:
    return Line(key, (plain(where, "muted"), Cell(answer), plain(text), plain(grounds, "muted")))
