"""The checklists: every item by its list, its answer and grounds, and what changed since last time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from techguard import catalog, present
from techguard.catalog import Checklist, ChecklistItem, Origin
from techguard.domain.fields import FieldSpec
from techguard.domain.items import ChecklistAnswer, Item
from techguard.domain.kinds import KINDS
from techguard.domain.rules import Tally
from techguard.domain.text import fit, folded, width
from techguard.domain.words import Answer
from techguard.i18n import N_, NP_, _, date_text, labelled, language, ngettext, pgettext, short_date
from techguard.review import checklists

from .. import plain as plain_mode
from ..input import LineInput
from ..page import LoadingPage, Page
from ..picker import Option, Picker
from ..prose import Prose
from ..table import Cell, Column, Count, Line, VirtualTable, plain
from ..text import literal
from .form import FormPage

if TYPE_CHECKING:
    from techguard.register import Register
    from techguard.review.checklists import ItemState, Room

    from ..app import TechguardApp

ORIGINS: Mapping[Origin, str] = {
    Origin.OFFICIAL: NP_("origin of an item", "Official"),
    Origin.DERIVED: NP_("origin of an item", "Derived"),
    Origin.PROPOSAL: NP_("origin of an item", "Proposal"),
}
"""Whose words an item is, in a word."""
NOT_INCLUDED = NP_("origin of an item", "Not included")
_ORIGIN_MEANS: Mapping[Origin, str] = {
    Origin.OFFICIAL: N_("An official item; the English is our rendering."),
    Origin.DERIVED: N_("Derived: our words, resting on the source. Not an official checklist."),
    Origin.PROPOSAL: N_("Our proposal, with no authority behind it."),
}
MARKS: Mapping[Answer | None, str] = {
    Answer.YES: "[Y]",
    Answer.NO: "[N]",
    Answer.NOT_APPLICABLE: "[-]",
    None: "[ ]",
}
"""An answer in black and white. METI's own form asks for Y or N."""
CHANGED = "*"
OVER = " !"
"""Beside a day until which an answer held."""
_STYLES = {Answer.YES: "good", Answer.NO: "bad", Answer.NOT_APPLICABLE: "muted", None: ""}

SHOW: Mapping[str, str] = {
    "": N_("Everything"),
    "open": N_("Without an answer"),
    "no": N_("Answered no"),
    "groundless": N_("Answered yes without grounds"),
    "changed": N_("Changed since the last review session"),
}
"""What can be shown alone."""

_TESTS: Mapping[str, Callable[[ItemState], bool]] = {
    "": lambda state: True,
    "open": lambda state: state.answer is None,
    "no": lambda state: state.answer is not None and state.answer.answer is Answer.NO,
    "groundless": lambda state: state.groundless,
    "changed": lambda state: state.changed,
}


@dataclass(frozen=True)
class Where:
    """Where one is: what is shown alone, what was typed, the item under the cursor (or the list it is in)."""

    show: str = ""
    text: str = ""
    item: str = ""


def answer_word(answer: Answer | None) -> str:
    """An answer, or that there is none."""
    return present.choice_label(answer, language()) if answer else pgettext("Answer", "Not answered yet")


def tally_text(tally: Tally) -> str:
    """The counts of a list by the marks of the answers."""
    counts = (tally.yes, tally.no, tally.not_applicable, tally.unanswered)
    return "  ".join(f"{mark_of(which)} {n}" for which, n in zip(MARKS, counts, strict=True))


def mark_of(answer: Answer | None) -> str:
    """The mark of an answer; in plain mode the word, which a screen reader can say."""
    return answer_word(answer) if plain_mode.is_on() else MARKS[answer]


class ItemTable(VirtualTable):
    """A table whose Enter answers."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", N_("Answer"))]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Who may not answer looks only."""
        may = action != "choose" or cast("TechguardApp", self.app).may_change("answer")
        return may and super().check_action(action, parameters)


class ChecklistsPage(LoadingPage):
    """The company's own lists."""

    VALIDITY: ClassVar[bool] = False
    """Whether answers hold until a day, which then stands beside them."""

    NAME = N_("Checklists")
    ABOUT = N_(
        "For self-check and dialogue: none of the items is a duty, and there is no score, only counts. Each "
        "list says whose words it is: official wording (never edited), derived from a source in our words, "
        "or our proposal. Enter answers the item under the cursor with the organisation, rule or record "
        "that supports it; an answer is evidence: a new one is added, the ones before stay. F5 goes to the "
        "next item nobody has answered; F7 shows only what changed since the last review session (*)."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2,n", "take_in", N_("Read Excel"), tooltip=N_("Read answers and items from METI's Excel.")),
        Binding(
            "f4,e",
            "answer",
            N_("Answer"),
            show=False,
            tooltip=N_("Answer this item, with grounds. Enter does the same."),
        ),
        Binding("f3", "narrow", N_("Find here"), tooltip=N_("Show only the items that hold a word.")),
        Binding("f5,u", "open", N_("Next open"), tooltip=N_("Go to the next item without an answer.")),
        Binding("f6,f", "filter", N_("Filter"), tooltip=N_("Show only some of the items.")),
        Binding(
            "f7,c",
            "changed",
            N_("Changed"),
            tooltip=N_("Show only what was answered otherwise since the last review session; again for all."),
        ),
        Binding("f8,x", "unfilter", N_("Show all"), tooltip=N_("Take the search and every filter away.")),
        Binding(
            "f9,w",
            "fill",
            N_("Fill a copy"),
            tooltip=N_("Write the answers into a copy of your own Excel file."),
        ),
    ]

    def __init__(self, where: Where | None = None) -> None:
        super().__init__()
        self.where = where or Where()
        self.seen: Room | None = None
        self._states: dict[str, ItemState] = {}

    # --- where we are ---

    def room(self) -> str:
        return "checklists"

    def here(self) -> Where:
        """Where one is now."""
        return replace(self.where, item=self.query_one(VirtualTable).key or self.where.item)

    def place(self) -> Callable[[], Page]:
        where = self.here()
        return lambda: type(self)(where)

    def body(self) -> Iterable[Any]:
        with Horizontal(classes="searchline"):
            yield Static(literal(_("Find")), classes="search-label")
            yield LineInput(self.where.text, placeholder=_("a word of an item, or its number"), id="narrow")
            yield Count(id="count")
        yield from self.head()
        yield ItemTable(_columns(validity=self.VALIDITY), empty=_("Nothing matches."), id="rows")
        with Vertical(id="item-panel"):
            yield Prose(id="wording", most=2)
            yield Prose(id="whose", most=1)
            yield Prose(id="answered")
        yield Static(id="legend", classes="line muted")

    def head(self) -> Iterable[Any]:
        """What stands above the items."""
        yield Prose(id="tally", most=2, classes="line")

    def on_mount(self) -> None:
        self.query_one(VirtualTable).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "answer":
            return self.tg.may_change("answer") and self.is_mounted and self._state() is not None
        if action == "take_in":
            return self.tg.may_change("checkitem") and not self.VALIDITY
        if action == "fill":
            return not self.VALIDITY
        if action == "narrow":
            return not (self.is_mounted and self.query_one("#narrow").has_focus)
        if action == "open":
            return self.seen is not None and self.seen.total.unanswered > 0
        if action == "changed":
            return self.seen is not None and (self.where.show == "changed" or self._any_changed())
        if action == "unfilter":
            return bool(self.where.show or self.where.text)
        return super().check_action(action, parameters)

    def _any_changed(self) -> bool:
        return any(s.changed for s in self._states.values())

    # --- what is shown ---

    def read(self, reg: Register) -> Room:
        """What the register says of these lists."""
        return checklists.company(reg)

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        at = self.here().item
        self.seen = await self.store.run(self.read)
        self._states = {s.item.id: s for s in self.seen.items}
        self._show_rows(at)
        self._show_head()
        self._show_legend()
        self.show_trail()
        self.refresh_bindings()

    def _show_rows(self, at: str) -> None:
        assert self.seen is not None
        wanted, test = folded(self.where.text).split(), _TESTS[self.where.show]
        lines: list[Line] = []
        shown = 0
        for checklist in self.seen.lists:
            states = [
                s
                for item in checklist.items
                if test(s := self._states[item.id]) and all(w in folded(_said(s)) for w in wanted)
            ]
            waiting = not checklist.items and not self.where.show and not wanted
            if not states and not waiting:
                continue
            lines.append(Line("", (plain(self._heading(checklist)),), heading=True))
            lines += [_line(s, self.seen.today, validity=self.VALIDITY) for s in states]
            if waiting:
                text = _("Not included. Take in your own copy.")
                lines.append(Line(checklist.id, (Cell(""), Cell(""), Cell(""), plain(text, "muted"))))
            shown += len(states)
        table = self.query_one(VirtualTable)
        place = next((n for n, line in enumerate(lines) if line.key and at in self._names_of(line.key)), 0)
        table.show_lines(lines, cursor=place)
        self.query_one(Count).say(ngettext("{n} item", "{n} items", shown).format(n=shown))
        self._describe()

    def _names_of(self, key: str) -> tuple[str, ...]:
        """What a row can be asked for by: its item, or the list that the item is in."""
        state = self._states.get(key)
        return (key, state.checklist.id) if state else (key,)

    def _heading(self, checklist: Checklist) -> str:
        """Whose words the list is, what it is called, and how it was answered, in one line."""
        assert self.seen is not None
        counts = tally_text(self.seen.tallies[checklist.id]) if checklist.items else ""
        whose = ORIGINS[checklist.origin] if checklist.obtained else NOT_INCLUDED
        title = labelled(pgettext("origin of an item", whose), checklist.title.in_(language()))
        cells = max(40, self.app.size.width - 5) - width(counts) - 2
        return f"{fit(title, cells)}  {counts}".rstrip()

    def on_resize(self) -> None:
        if self.seen is not None:
            self._show_rows(self.here().item)

    def _show_head(self) -> None:
        assert self.seen is not None
        total, last = self.seen.total, self.seen.last
        text = _("{items} items: {answered} answered, {open} not yet.").format(
            items=total.items, answered=total.answered, open=total.unanswered
        )
        when = date_text(last.held_on) if last and last.held_on else last.ref if last else ""
        changed = sum(s.changed for s in self._states.values())
        since = (
            _("Since {date}: {n} changed.").format(n=changed, date=when)
            if last
            else _("No review session closed yet.")
        )
        only = _(SHOW[self.where.show]) if self.where.show else ""
        self.query_one("#tally", Prose).say(
            (f"{text} {since}", "$t-muted"), *([(only, "bold $t-accent")] if only else [])
        )

    def _show_legend(self) -> None:
        parts = [] if plain_mode.is_on() else [f"{m} {answer_word(a)}" for a, m in MARKS.items()]
        parts.append(f"{CHANGED} {pgettext('checklist', 'changed since last time')}")
        self.query_one("#legend", Static).update(literal("   ".join(parts)))

    def _state(self) -> ItemState | None:
        return self._states.get(self.query_one(VirtualTable).key)

    @on(VirtualTable.Moved)
    def _moved(self, event: VirtualTable.Moved) -> None:
        event.stop()
        self._describe()
        self.refresh_bindings()

    def _describe(self) -> None:
        """The whole wording of the item under the cursor, whose words they are, and what was answered."""
        wording, whose, answered = (self.query_one(f"#{n}", Prose) for n in ("wording", "whose", "answered"))
        state = self._state()
        if state is None:
            waiting = catalog.checklists().get(self.query_one(VirtualTable).key)
            wording.say(*([(waiting.note.in_(language()), "$t-muted")] if waiting else []))
            whose.say()
            answered.say()
            return
        item = state.item
        wording.say((f"{item.id}  {item.in_(language())}", "bold"))
        whose.say((origin_line(item), "$t-muted"))
        answered.say(*self._answered(state))

    def _answered(self, state: ItemState) -> list[tuple[str, str]]:
        assert self.seen is not None
        now, before = state.answer, state.before
        if now is None:
            text = (
                _("Not answered yet. Enter answers it.")
                if self.tg.may_change("answer")
                else _("Not answered yet.")
            )
            return [(text if plain_mode.is_on() else f"{MARKS[None]} {text}", "")]
        lines = [(answer_line(now, self.seen.names, self.seen.today), "bold")]
        if now.evidence:
            lines.append((_("Grounds: {text}").format(text=now.evidence), ""))
        elif state.groundless:
            lines.append((_("No grounds are named."), "$t-warn"))
        if now.note:
            lines.append((_("Note: {text}").format(text=now.note), "$t-muted"))
        if state.changed and self.seen.last is not None:
            was = answer_line(before, self.seen.names, self.seen.today) if before else answer_word(None)
            lines.append((_("At the last session: {answer}").format(answer=was), "$t-muted"))
        return lines

    # --- answering ---

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        if event.key in self._states:
            self.action_answer()
        elif self.tg.may_change("checkitem"):
            self.action_take_in(event.key)

    def action_answer(self) -> None:
        state = self._state()
        if state is not None and self.tg.may_change("answer"):
            self.tg.go_to(self.answer_page(state))

    def action_fill(self) -> None:
        from .checklistfile import FillFilePage

        self.tg.go_to(FillFilePage())

    def action_take_in(self, items: str = "") -> None:
        from .checklistfile import ChecklistFilePage

        self.tg.go_to(ChecklistFilePage(items=items))

    def answer_page(self, state: ItemState) -> Page:
        """The form that answers an item."""
        return AnswerPage(state.checklist, state.item)

    # --- moving and narrowing ---

    def action_open(self) -> None:
        """Go to the next item without an answer, from the top again after the last."""
        assert self.seen is not None
        table = self.query_one(VirtualTable)
        lines = [table.line(n) for n in range(table.count)]
        unanswered = [
            n for n, line in enumerate(lines) if line and (s := self._states.get(line.key)) and not s.answer
        ]
        if not unanswered:
            self.tg.say(_("Every item shown here has an answer."))
            return
        table.move_to(next((n for n in unanswered if n > table.cursor), unanswered[0]))
        table.focus()

    def action_filter(self) -> None:
        options = [
            Option(name, f"{_(label)}  ({sum(_TESTS[name](s) for s in self._states.values())})")
            for name, label in SHOW.items()
        ]
        self.app.push_screen(Picker(_("Show"), options, chosen=[self.where.show]), self._filtered)

    def _filtered(self, chosen: list[Any] | None) -> None:
        if chosen:
            self._look(replace(self.where, show=chosen[0]))

    def action_changed(self) -> None:
        self._look(replace(self.where, show="" if self.where.show == "changed" else "changed"))

    def action_unfilter(self) -> None:
        self.query_one("#narrow", LineInput).value = ""
        self._look(Where())
        self.query_one(VirtualTable).focus()

    def _look(self, where: Where) -> None:
        at = self.query_one(VirtualTable).key
        self.where = where
        if self.seen is not None:
            self._show_rows(at)
            self._show_head()
        self.refresh_bindings()

    def action_narrow(self) -> None:
        self.query_one("#narrow").focus()

    @on(Input.Changed, "#narrow")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value != self.where.text:
            self._look(replace(self.where, text=event.value))

    @on(Input.Submitted, "#narrow")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(VirtualTable).focus()

    def on_key(self, event: Any) -> None:
        if event.key == "down" and self.query_one("#narrow").has_focus:
            event.stop()
            self.query_one(VirtualTable).focus()

    @on(VirtualTable.PastTop)
    def _past_top(self, event: VirtualTable.PastTop) -> None:
        event.stop()
        self.query_one("#narrow").focus()

    def action_back(self) -> None:
        if self.query_one("#narrow").has_focus:
            self.query_one(VirtualTable).focus()
        else:
            super().action_back()

    def can_go_back(self) -> bool:
        return super().can_go_back() or (self.is_mounted and self.query_one("#narrow").has_focus)


def origin_line(item: ChecklistItem) -> str:
    """Whose words an item is, in a word, and the sources it rests on."""
    whose, named = pgettext("origin of an item", ORIGINS[item.origin]), _sources(item)
    return _("{origin}. Source: {source}").format(origin=whose, source=named) if named else whose


def _sources(item: ChecklistItem) -> str:
    sources = catalog.sources()
    return " / ".join(sources[s].title.in_(language()) for s in item.sources if sources[s].kind != "own")


def answer_line(answer: ChecklistAnswer, names: Mapping[str, str], today: date) -> str:
    """An answer in a line: the answer, the day, who, until when."""
    word = answer_word(answer.answer)
    parts = [word if plain_mode.is_on() else f"{MARKS[answer.answer]} {word}"]
    if answer.as_of:
        parts.append(date_text(answer.as_of))
    if answer.answered_by:
        parts.append(names.get(answer.answered_by, ""))
    if answer.valid_until:
        over = answer.valid_until < today
        text = _("it ended on {date}: ask again") if over else _("valid until {date}")
        parts.append(text.format(date=date_text(answer.valid_until)))
    return "  ".join(part for part in parts if part)


def _said(state: ItemState) -> str:
    """What the search line looks through."""
    item, answer = state.item, state.answer
    return " ".join(
        (item.id, item.ja, item.en, answer.evidence if answer else "", answer.note if answer else "")
    )


def _columns(*, validity: bool) -> list[Column]:
    words = [_("Words"), *(pgettext("origin of an item", word) for word in ORIGINS.values())]
    wide = max(width(word) for word in words)
    heard = plain_mode.is_on()
    until = _("Valid until")
    return [
        Column("answer", _("Answer") if heard else "", 4, 20 if heard else 4, keep=True),
        Column("no", _("No."), 8 if validity else 14, 8 if validity else 16, keep=True),
        Column("origin", _("Words"), wide, wide, keep=True),
        Column("item", _("Checklist item"), 30, 200, keep=True, share=0.4 if validity else 0.5),
        *([Column("until", until, max(12, width(until)), 12)] if validity else []),
        Column("grounds", _("Grounds"), 24, 60),
        Column("as_of", _("As of"), 10, 10),
    ]


def _line(state: ItemState, today: date, *, validity: bool) -> Line:
    item, answer = state.item, state.answer
    mark = mark_of(answer.answer if answer else None) + (CHANGED if state.changed else "")
    day = answer.valid_until if answer else None
    over = day is not None and day < today
    until = Cell(f"{short_date(day) if day else ''}{OVER if over else ''}", "bad" if over else "")
    return Line(
        item.id,
        (
            Cell(mark, _STYLES[answer.answer if answer else None]),
            plain(item.id, "muted"),
            Cell(pgettext("origin of an item", ORIGINS[item.origin]), "muted"),
            plain(item.in_(language())),
            *((until,) if validity else ()),
            plain(answer.evidence if answer else "", "muted"),
            Cell(short_date(answer.as_of) if answer and answer.as_of else ""),
        ),
    )


class AnswerPage(FormPage):
    """Answer one item. What is saved is a new answer; the ones before stay as evidence."""

    NAME = N_("Answer")
    ABOUT = N_(
        "Say yes, no or not applicable, and on what that rests: the organisation, internal rule or record. "
        "The answer that stood is filled in; saving adds a new one of today, and the ones before stay. The "
        "wording of the item cannot be changed."
    )
    ASKED: ClassVar[tuple[str, ...]] = ("answer", "evidence", "as_of", "answered_by", "note")

    def __init__(
        self,
        checklist: Checklist,
        checked: ChecklistItem,
        counterparty: str = "",
        *,
        draft: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__("answer", draft=draft)
        self.checklist = checklist
        self.checked = checked
        self.counterparty = counterparty

    def room(self) -> str:
        return "checklists"

    def trail(self) -> tuple[str, ...]:
        return _(ChecklistsPage.NAME), self.checked.id

    def place(self) -> Callable[[], Page]:
        checklist, checked, counterparty = self.checklist, self.checked, self.counterparty
        draft = self.form.draft() if self.form else self.first_draft
        return lambda: type(self)(checklist, checked, counterparty, draft=draft)

    def fields(self) -> tuple[FieldSpec, ...]:
        return tuple(KINDS["answer"].by_name[name] for name in self.ASKED)

    def body(self) -> Iterable[Any]:
        checklist, item = self.checklist, self.checked
        with Vertical(id="asked-item"):
            yield Prose(f"{item.id}  {item.in_(language())}", "bold", most=3)
            yield Prose(f"{checklist.title.in_(language())}", "$t-muted", most=1)
            yield Prose(_(_ORIGIN_MEANS[item.origin]), "$t-muted", most=1)
            if named := _sources(item):
                yield Prose(_("Source: {source}").format(source=named), "$t-muted", most=2)
        yield from super().body()

    async def _load(self) -> None:
        self.preset = await self.store.run(self._begin)
        await super()._load()

    def _begin(self, reg: Register) -> dict[str, Any]:
        """The answer that stands, said again today by whoever is at the keyboard."""
        room = checklists.partner(reg, self.counterparty) if self.counterparty else checklists.company(reg)
        now = next((s.answer for s in room.items if s.item.id == self.checked.id), None)
        said = {name: getattr(now, name) for name in self.ASKED} if now else {}
        about = {"counterparty": self.counterparty} if self.counterparty else {}
        return {**said, "item": self.checked.id, **about, "as_of": reg.today, "answered_by": reg.me.id}

    def leave(self, item: Item) -> None:
        self.tg.go_back()
