"""Dialogs: choose from a list, confirm, be told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from techguard.domain.text import folded, width, wrap
from techguard.i18n import N_, _

from .input import LineInput
from .page import Dialog
from .prose import Prose
from .scrolled import Reading
from .table import Cell, Column, Line, VirtualTable, plain

SEARCH_FROM = 6
"""Lists from this length on can be searched by typing."""

LINE_CELLS, MARK_CELLS = 64, 4
"""So wide a label may be in the list, so much less beside a mark; the lines below the list are as wide."""
NOTE_LINES, MOST_NOTE_LINES = 2, 6
"""So many lines stand below a list that is looked up; below another one, as many as its choices need."""
LIST_LINES, FEWEST_LIST_LINES = 12, 3


@dataclass(frozen=True)
class Option:
    """What can be chosen: `value`, what it is called, and what it means."""

    value: Any
    label: str
    note: str = ""
    style: str = ""
    group: str = ""


def said_of(option: Option, *, several: bool = False) -> list[tuple[str, str]]:
    """What stands below the list while the cursor is on an option, as (text, style): the label where the list
    has no room for the whole of it, and what it means.
    """
    whole = width(option.label) <= LINE_CELLS - (MARK_CELLS if several else 0)
    said = [("" if whole else option.label, "$t-ink"), (option.note, "$t-muted")]
    return [(text, style) for text, style in said if text]


Find = Callable[[str], Awaitable[Sequence[Option]]]
Add = Callable[[str, Callable[[Option], None]], None]


class ChoiceTable(VirtualTable):
    """A table whose Enter chooses."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", N_("Choose"))]


class MarkTable(VirtualTable):
    """A table whose Enter takes what was marked."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", N_("Take what is marked"))]


class NarrowInput(LineInput):
    """The line that narrows a list; its Enter takes what the cursor is on."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", N_("Choose"))]


class MarkInput(LineInput):
    """The line that narrows a list of which several are marked; its Enter takes those."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", N_("Take what is marked"))]

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """What this line takes for itself, before any binding: Space marks, and is no character here."""
        return key != "space" and super().check_consume_key(key, character)


class Picker(Dialog[list[Any]]):
    """Choose one (or several) of a list. Gives the values, or None when left."""

    ABOUT = N_("Type to narrow the list. Enter takes what the cursor is on.")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "step(-1)", N_("Up"), show=False),
        Binding("down", "step(1)", N_("Down"), show=False),
        Binding("pageup", "leaf(-1)", N_("Page up"), show=False),
        Binding("pagedown", "leaf(1)", N_("Page down"), show=False),
        Binding("space", "mark", N_("Mark"), priority=True),
        Binding("enter", "take", N_("Choose")),
        Binding("delete", "none", N_("Choose nothing")),
        Binding("f2", "add", N_("Add new")),
    ]

    def __init__(
        self,
        title: str,
        options: Sequence[Option] = (),
        *,
        find: Find | None = None,
        several: bool = False,
        chosen: Iterable[Any] = (),
        clearable: bool = False,
        add: Add | None = None,
        note: str = "",
        typed: str = "",
    ) -> None:
        super().__init__()
        self.typed = typed
        self.heading = title
        self.options = list(options)
        self.find = find
        self.several = several
        self.chosen = list(chosen)
        self.clearable = clearable
        self.adder = add
        self.note = note
        self._shown: list[Option] = []
        self._known: dict[str, Option] = {}
        self._looking = 0
        self._take_then = False
        self._marked_by_hand = False

    def title_text(self) -> str:
        return self.heading

    @property
    def table(self) -> VirtualTable:
        """The list."""
        return self.query_one("#options", VirtualTable)

    def _narrowed(self) -> str:
        return self.query_one("#narrow", LineInput).value.strip()

    @property
    def must_wait(self) -> bool:
        """A key after Enter is meant for what comes next, not for the list that is still being looked up."""
        return super().must_wait or self._take_then

    @property
    def searchable(self) -> bool:
        """Whether there is so much to choose from that typing helps, or something was typed already."""
        return self.find is not None or len(self.options) >= SEARCH_FROM or bool(self.typed)

    def body(self) -> Iterable[Any]:
        if self.note:
            yield Prose(self.note, "$t-muted", classes="note")
        if self.searchable:
            line = MarkInput if self.several else NarrowInput
            yield line(self.typed, placeholder=_("Type to narrow the list"), id="narrow")
        # The mark is shown beside the label; width by what is offered.
        widest = max((width(o.label) for o in self.options), default=40)
        yield (MarkTable if self.several else ChoiceTable)(
            [Column("label", "", min(widest, 30), max(widest, 60), keep=True)],
            header=False,
            marks=self.several,
            empty=_("Nothing matches."),
            id="options",
            classes="narrowed",
        )
        with Vertical(id="option-note"):
            yield Prose(id="option-note-text")

    def on_mount(self) -> None:
        table = self.table
        table.marked = {str(v) for v in self.chosen}
        said = [sum(len(wrap(text, LINE_CELLS)) for text, _ in self._said(o)) for o in self.options]
        lines = min(max((*said, NOTE_LINES if self.find else 0)), MOST_NOTE_LINES)
        below = self.query_one("#option-note")
        below.display = any(said) or self.find is not None
        below.styles.height = self.query_one("#option-note-text", Prose).most = lines
        (self.query_one("#narrow") if self.searchable else table).focus()
        self._narrow(self.typed)

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Let the list take what the lines around it leave: none of them is lost on a small screen."""
        dialog, table = self.query_one("#dialog"), self.table
        most = self.app.size.height * 94 // 100 - dialog.gutter.height
        others = sum(w.outer_size.height + w.styles.margin.height for w in dialog.children if w.display)
        room = most - (others - table.outer_size.height)
        table.styles.max_height = max(FEWEST_LIST_LINES, min(LIST_LINES, room))

    def _said(self, option: Option) -> list[tuple[str, str]]:
        return said_of(option, several=self.several)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        shown = {
            "mark": self.several,
            "none": self.clearable and not self.several,
            "add": self.adder is not None,
        }
        return shown.get(action, True)

    @on(Input.Changed, "#narrow")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._narrow(event.value)

    def _narrow(self, text: str) -> None:
        if self.find is not None:
            self.ask(partial(self._look, text), group="look", exclusive=True)
            return
        wanted = folded(text).split()
        found = [o for o in self.options if all(w in folded(f"{o.label} {o.note}") for w in wanted)]
        if wanted and not any(o.group for o in found):
            # A digit means the step of that number, not every step whose description holds it.
            found.sort(key=lambda o: not folded(o.label).startswith(wanted[0]))
        self._show(found, folded(text).strip())

    async def _look(self, text: str) -> None:
        assert self.find is not None
        self._looking += 1
        try:
            self._show(list(await self.find(text)))
        finally:
            self._looking -= 1
        if self._take_then and not self._looking:
            self.action_take()
            self.tg.hand_on()

    def _show(self, options: list[Option], wanted: str = "") -> None:
        self._shown = options
        self._known.update({str(o.value): o for o in options})
        lines: list[Line] = []
        group = ""
        for option in options:
            if option.group != group:
                group = option.group
                lines += [Line("", (plain(text),), heading=True) for text in wrap(group, LINE_CELLS)]
            lines.append(Line(str(option.value), (Cell(option.label, option.style),)))
        table = self.table
        at = next((i for i, line in enumerate(lines) if line.key in table.marked and line.key), 0)
        if wanted:  # what is called so stands before what only holds the word
            named = {str(o.value) for o in options if folded(o.label) == wanted}
            at = next((i for i, line in enumerate(lines) if line.key in named), at)
        table.show_lines(lines, cursor=at)
        self._describe(table.key)

    @on(VirtualTable.Moved)
    def _moved(self, event: VirtualTable.Moved) -> None:
        event.stop()
        self._describe(event.key)

    def _describe(self, key: str) -> None:
        option = self._known.get(key)
        self.query_one("#option-note-text", Prose).say(*(self._said(option) if option else ()))

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        self.action_take()

    @on(Input.Submitted, "#narrow")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_take()

    def action_step(self, step: int) -> None:
        self.table.action_move(step)

    def action_leaf(self, step: int) -> None:
        self.table.action_page(step)

    def action_mark(self) -> None:
        self._marked_by_hand = True
        self.table.toggle_mark()

    def action_none(self) -> None:
        self.dismiss([])

    def action_add(self) -> None:
        typed = self.query_one("#narrow", LineInput).value if self.searchable else ""
        if self.adder is not None:
            self.adder(typed, self._added)

    def _added(self, option: Option) -> None:
        self._known[str(option.value)] = option
        table = self.table
        if self.several:
            self._marked_by_hand = True
            table.marked.add(str(option.value))
            self._narrow("")
        else:
            self.dismiss([option.value])

    def action_take(self) -> None:
        if self._looking:  # Enter is about what was typed, not about what is still shown
            self._take_then = True
            return
        self._take_then = False
        table = self.table
        if self.several:
            if table.key and not self._marked_by_hand and self.searchable and self._narrowed():
                table.marked.add(table.key)  # what was looked for, and found, is what is meant
            known = {str(v): v for v in self.chosen} | {k: o.value for k, o in self._known.items()}
            self.dismiss([value for key, value in known.items() if key in table.marked])
        elif table.key:
            self.dismiss([self._known[table.key].value])


class NameInput(LineInput):
    """A line whose Enter saves."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", N_("Save"))]


class Ask(Dialog[str]):
    """A line to be typed. Gives the text, or None when left; an empty line stays where it is."""

    LINE: ClassVar[type[LineInput]] = NameInput

    def __init__(self, title: str, value: str = "", *, note: str = "", limit: int = 80) -> None:
        super().__init__()
        self.heading = title
        self.value = value
        self.note = note
        self.limit = limit

    def title_text(self) -> str:
        return self.heading

    def body(self) -> Iterable[Any]:
        if self.note:
            yield Prose(self.note, "$t-muted", classes="note")
        yield self.LINE(self.value, limit=self.limit, id="narrow")

    def on_mount(self) -> None:
        line = self.query_one("#narrow", LineInput)
        line.focus()
        line.cursor_position = len(self.value)

    @on(Input.Submitted, "#narrow")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if text := event.value.strip():
            self.dismiss(text)


class Confirm(Dialog[str]):
    """A question with answers that are verbs. The first is the safe one: the cursor is on it."""

    def __init__(self, question: str, answers: Sequence[tuple[str, str]], *, detail: str = "") -> None:
        super().__init__()
        self.question = question
        self.answers = answers
        self.detail = detail

    def title_text(self) -> str:
        return self.question

    def body(self) -> Iterable[Any]:
        if self.detail:
            yield Prose(self.detail, id="detail")
        yield ChoiceTable(
            [Column("answer", "", 20, 70, keep=True)], header=False, id="options", classes="answers"
        )

    def on_mount(self) -> None:
        table = self.query_one(ChoiceTable)
        table.styles.height = len(self.answers)
        table.show_lines([Line(value, (plain(label),)) for value, label in self.answers])
        table.focus()

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        self.dismiss(event.key)


class Tell(Dialog[None]):
    """Something a person should read before going on: an error, or an explanation."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "leave", N_("Close"), show=False)]

    def __init__(self, title: str, paragraphs: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.heading = title
        self.paragraphs = paragraphs

    def title_text(self) -> str:
        return self.heading

    def body(self) -> Iterable[Any]:
        with Reading(id="reading"):
            for text, style in self.paragraphs:
                yield Prose(text, style, classes="paragraph")

    def on_mount(self) -> None:
        self.query_one("#reading").focus()
