"""Finding what is core: candidates still to judge, the interview question by question, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.segment import Segment
from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Static, TextArea

from techguard import present
from techguard.domain import rules
from techguard.domain.items import Element, Technology
from techguard.domain.kinds import KINDS
from techguard.domain.text import fit
from techguard.domain.words import Criticality, InterviewQuestion
from techguard.i18n import N_, _, language, list_text
from techguard.review import interview

from ..columns import columns_of, line_of
from ..input import LongInput
from ..page import LoadingPage, Page
from ..painted import Painted
from ..picker import Confirm, Option, Picker
from ..prose import Prose
from ..scrolled import Reading
from ..table import Cell, Column, Line, VirtualTable, plain
from ..text import literal, wrap

if TYPE_CHECKING:
    from techguard.register import Register

    from ..app import TechguardApp

QUESTIONS = interview.QUESTIONS
END = len(QUESTIONS)
"""The place behind the last question: the summary."""


class CandidatesPage(Page):
    """Every candidate still to judge."""

    NAME = N_("Candidates")
    ABOUT = N_(
        "Technologies of which nobody has judged yet whether they are core, the one that has waited longest "
        "first. Enter goes on with the interview where it was left; every answer is kept at once, so one "
        "can stop at any question. The class in the list is what the answers so far allow: unknown is not "
        "zero."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2,n", "add", N_("Add candidate"), tooltip=N_("Add a technology still to be judged.")),
        Binding("f4,e", "open", N_("Everything known"), tooltip=N_("Open the technology itself.")),
    ]

    def __init__(self, cursor: int = 0) -> None:
        super().__init__()
        self.start_cursor = cursor

    def room(self) -> str:
        return "technologies"

    def trail(self) -> tuple[str, ...]:
        return present.kind_label(KINDS["technology"], language(), plural=True), _(self.NAME)

    def place(self) -> Callable[[], Page]:
        cursor = self.query_one(VirtualTable).cursor if self.is_mounted else self.start_cursor
        return lambda: CandidatesPage(cursor)

    def body(self) -> Iterable[Any]:
        yield VirtualTable(
            [
                Column("title", _("Code name"), 24, 60, keep=True),
                Column("asked", _("Asked"), 7, 7, "right", keep=True),
                Column("unknown", _("Not known"), 9, 9, "right", keep=True),
                Column("class", _("Class so far"), 12, 12, keep=True),
                Column("since", _("Waiting since"), 14, 14),
                Column("ref", _("Number"), 9, 9),
            ],
            empty=_("No candidate is waiting. F2 adds one."),
            id="rows",
        )

    def on_mount(self) -> None:
        self.query_one(VirtualTable).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "open":
            return self.is_mounted and self.query_one(VirtualTable).count > 0
        return super().check_action(action, parameters)

    def writing_actions(self) -> Mapping[str, str]:
        return {"add": "technology"}

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        found = await self.store.run(interview.candidates)
        table = self.query_one(VirtualTable)
        table.show_lines([self._line(c) for c in found], cursor=table.cursor or self.start_cursor)
        self.refresh_bindings()

    def _line(self, found: interview.Candidate) -> Line:
        t = found.technology
        since = present.day(t.created_at.astimezone().date()) if t.created_at else ""
        return Line(
            t.id,
            (
                plain(t.code_name),
                Cell(f"{len(QUESTIONS) - found.open}/{len(QUESTIONS)}"),
                Cell(str(found.unknown), "warn" if found.unknown else "muted"),
                Cell(interview.span_text(found, language())),
                plain(since, "muted"),
                plain(t.ref, "muted"),
            ),
        )

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        self.tg.go_to(InterviewPage(event.key))

    def action_open(self) -> None:
        from .detail import open_item

        key = self.query_one(VirtualTable).key
        if key:
            open_item(self.tg, "technology", key)

    def action_add(self) -> None:
        from .form import FormPage

        self.tg.go_to(FormPage("technology"))


class AnswerSheet(Painted, can_focus=True):
    """One question with all its answers, each with what it takes to give it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", N_("Answer"), tooltip=N_("Keep the answer under the cursor and go on.")),
        Binding("up,k", "move(-1)", N_("Up"), show=False),
        Binding("down,j", "move(1)", N_("Down"), show=False),
        *(
            Binding(f"{n},{chr(0xFF10 + n)}", f"digit({n})", N_("Choose the step"), show=False)
            for n in range(10)
        ),
    ]

    class Given(Message):
        """An answer was given."""

        def __init__(self, value: Any) -> None:
            super().__init__()
            self.value = value

    def __init__(self) -> None:
        super().__init__(id="answers")
        self.question: interview.Question | None = None
        self.given: Any = None
        self.unknown = False
        self.at = 0

    def show(self, question: interview.Question, given: Any, *, unknown: bool) -> None:
        """Show a question, and what was answered so far."""
        self.question, self.given, self.unknown = question, given, unknown
        self.at = next((n for n, a in enumerate(question.answers) if a.value == given), 0)
        self.refresh(layout=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A reader looks and answers nothing."""
        return action not in {"take", "digit"} or cast("TechguardApp", self.app).may_change("technology")

    def action_move(self, step: int) -> None:
        if self.question is not None:
            self.at = max(0, min(len(self.question.answers) - 1, self.at + step))
            self.refresh()

    def action_take(self) -> None:
        if self.question is not None:
            self.post_message(self.Given(self.question.answers[self.at].value))

    def _number(self, n: int) -> int:
        """The digit of an answer: its score where it has one, else its place."""
        assert self.question is not None
        value = self.question.answers[n].value
        return value if type(value) is int else n + 1

    def action_digit(self, digit: int) -> None:
        if self.question is None:
            return
        for n in range(len(self.question.answers)):
            if self._number(n) == digit:
                self.at = n
                self.action_take()
                return

    def lines(self, cells: int) -> list[tuple[str, str, int | None]]:
        """What is drawn: text, style, and the answer a line belongs to."""
        if self.question is None:
            return []
        made: list[tuple[str, str, int | None]] = [
            (part, "chosen", None) for part in wrap(self.question.text, cells)
        ]
        made.append(("", "text", None))
        for n, answer in enumerate(self.question.answers):
            here = n == self.at
            mark = "(x)" if answer.value == self.given else "( )"
            style = "cursor" if here and self.has_focus else "chosen" if here else "text"
            made.append((f"{'>' if here else ' '} {mark} {self._number(n)}  {answer.name}", style, n))
            made += [(f"         {part}", "muted", n) for part in wrap(answer.note, cells - 9)]
        if self.unknown:
            made += [
                ("", "text", None),
                (_("So far: nobody knows. That is kept as unknown."), "chosen", None),
            ]
        return made

    def get_content_height(self, container: Any, viewport: Any, width: int) -> int:
        return len(self.lines(width))

    def render(self) -> str:
        return ""

    def render_line(self, y: int) -> Strip:
        cells = self.size.width
        lines = self.lines(cells)
        text, style, _n = lines[y] if y < len(lines) else ("", "text", None)
        found = self.painted(f"sheet--{style}")
        return Strip([Segment(fit(text, cells), found)]).adjust_cell_length(cells, found)

    def on_click(self, event: events.Click) -> None:
        lines = self.lines(self.size.width)
        n = lines[event.y][2] if event.y < len(lines) else None
        if n is None:
            return
        if n == self.at and event.chain > 1 and self.check_action("take", ()):
            self.action_take()
        else:
            self.at = n
            self.refresh()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()


class InterviewPage(LoadingPage):
    """One candidate, a question a screen; at the end what follows, and the judgement."""

    WITH_ROOMS = False
    NAME = N_("Interview")
    ABOUT = N_(
        "One question a screen, each answer with what it takes to give it. Choose with Up and Down and "
        "Enter, or with a digit: the answer is kept at once and the next question comes. F8 says that "
        "nobody knows; that is kept too, and never counts as zero. Left and Right go back and forward. "
        "Behind the last question stands the class that the rule proposes, with its reasons and what is "
        "still unknown. There F6 takes your own judgement, which needs a reason if it is another, and "
        "Ctrl+S ends the interview."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "go(-1)", N_("Question before"), tooltip=N_("Go back one question.")),
        Binding("right", "go(1)", N_("Next question"), tooltip=N_("Go on without answering.")),
        Binding("f8", "unknown", N_("Nobody knows"), tooltip=N_("Keep that it is not known, and go on.")),
        Binding("f2", "element", N_("Add element"), tooltip=N_("Name a piece of know-how.")),
        Binding("f7", "end", N_("Summary"), tooltip=N_("Go to what follows from the answers so far.")),
        Binding(
            "f6", "judge", N_("Own judgement"), tooltip=N_("Choose another class than the proposed one.")
        ),
        Binding("ctrl+s", "save", N_("End"), tooltip=N_("Keep the judgement and end the interview.")),
    ]

    def __init__(
        self, technology: str, at: int | None = None, own: Criticality | None = None, reason: str = ""
    ) -> None:
        super().__init__()
        self.technology = technology
        self.at = at
        self.own = own
        self.first_reason = reason
        self._cursor_at: int | None = None
        self.found: interview.Candidate | None = None
        self.elements: list[Element] = []

    # --- where we are ---

    def room(self) -> str:
        return "technologies"

    def trail(self) -> tuple[str, ...]:
        return _(CandidatesPage.NAME), self.found.technology.ref if self.found else "", _(self.NAME)

    def place(self) -> Callable[[], Page]:
        technology, at, own, reason = self.technology, self.at, self.own, self._reason()
        return lambda: InterviewPage(technology, at, own, reason)

    def _reason(self) -> str:
        return self.query_one("#own", LongInput).text if self.is_mounted else self.first_reason

    def works_on(self) -> str:
        return self.technology

    def unsaved(self) -> bool:
        return bool(self._reason().strip()) or self.own is not None

    @property
    def question(self) -> InterviewQuestion | None:
        """The question on the screen, or None at the summary."""
        return QUESTIONS[self.at] if self.at is not None and self.at < END else None

    def body(self) -> Iterable[Any]:
        yield Prose(id="item-title", most=1)
        yield Prose(id="progress", most=2)
        with Reading(id="asked"):
            yield AnswerSheet()
        yield VirtualTable(
            columns_of(KINDS["element"], without="technology"),
            empty=_("No element yet. F2 adds one."),
            id="elements",
        )
        with Vertical(id="end"):
            with Reading(id="end-reading"):
                yield Prose(id="end-text")
            yield Static(literal(_("Your own reason (needed if the class is another)")), classes="line muted")
            yield LongInput(self.first_reason, limit=4000, id="own")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        at_end = self.at == END
        typing = self.is_mounted and self.query_one("#own").has_focus
        match action:
            case "go":
                step = parameters[0] if parameters else 1
                return not typing and ((self.at or 0) > 0 if step == -1 else not at_end)
            case "end":
                return not at_end
            case "unknown":
                return not at_end and self.tg.may_change("technology")
            case "element":
                return self.question is InterviewQuestion.ELEMENTS and self.tg.may_change("element")
            case "judge" | "save":
                return at_end and self.tg.may_change("technology")
        return super().check_action(action, parameters)

    # --- what is shown ---

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        def look(reg: Register) -> tuple[interview.Candidate, list[Element]]:
            technology = reg.get(self.technology, Technology)
            return interview.standing(technology), list(interview.elements(reg, technology.id))

        found, self.elements = await self.store.run(look)
        self.found = found
        if self.at is None:
            self.at = found.first_open
        self._show()

    def _show(self) -> None:
        assert self.found is not None
        assert self.at is not None
        found, question = self.found, self.question
        t = found.technology
        self.show_trail()
        self.query_one("#item-title", Prose).say((f"{t.ref}  {t.code_name}", "bold"))
        done = _("answered {answered}, not known {unknown}, not asked {open}").format(
            answered=found.answered, unknown=found.unknown, open=found.open
        )
        if question is not None:
            asked = interview.question(question)
            head = _("Question {n} of {total}: {title}").format(n=self.at + 1, total=END, title=asked.title)
            self.query_one("#progress", Prose).say((head, "$t-accent"), (done, "$t-muted"))
            unknown = rules.asked(t, question) == "unknown"
            self.query_one(AnswerSheet).show(asked, interview.value(t, question), unknown=unknown)
        else:
            self.query_one("#progress", Prose).say((_("What follows"), "$t-accent"), (done, "$t-muted"))
            self.query_one("#end-text", Prose).say(*self._conclusion())
        elements = question is InterviewQuestion.ELEMENTS
        self.query_one("#asked").display = question is not None
        self.query_one("#elements").display = elements
        self.query_one("#end").display = question is None
        if elements:
            kind = KINDS["element"]
            self.query_one("#elements", VirtualTable).show_lines(
                [line_of(kind, e, {}, without="technology") for e in self.elements]
            )
        if self._cursor_at != self.at:  # shown anew after a dialog, the cursor stays where it was
            self._cursor_at = self.at
            self.set_focus(self.query_one("#answers" if question is not None else "#end-reading"))
        self.refresh_bindings()

    def _conclusion(self) -> list[tuple[str, str]]:
        """What follows from the answers, in words."""
        assert self.found is not None
        found, lang = self.found, language()
        proposed = found.judgement.proposed
        head = (
            _("Proposed: class {name}").format(name=present.choice_label(proposed, lang))
            if proposed
            else _("No class can be proposed yet")
        )
        said: list[tuple[str, str]] = [(head, "bold"), (interview.rule(found), ""), ("", "")]
        for title, score, meaning in interview.scored(found):
            said.append(
                (f"  {'?' if score is None else score}  {title}  {meaning}", "" if score else "$t-muted")
            )
        left = (_("Nobody knows: {names}"), found.of("unknown")), (_("Not asked: {names}"), found.of("open"))
        for text, questions in left:
            names = [present.choice_label(q, lang) for q in questions]
            if names:
                said.append((text.format(names=list_text(names)), "$t-warn"))
        if self.own is not None:
            name = present.choice_label(self.own, lang)
            said += [("", ""), (_("Your own judgement: class {name}").format(name=name), "bold")]
        return said

    # --- answering ---

    @on(AnswerSheet.Given)
    def _given(self, event: AnswerSheet.Given) -> None:
        event.stop()
        self._keep(event.value)

    def action_unknown(self) -> None:
        self._keep(None)

    def _keep(self, value: Any) -> None:
        if self.question is not None:
            self.ask(partial(self._answer, self.question, value), group="answer", exclusive=False)

    async def _answer(self, question: InterviewQuestion, value: Any) -> None:
        technology = await self.store.run(lambda reg: interview.answer(reg, self.technology, question, value))
        self.found = interview.standing(technology)
        if self.question is question:
            self.at = QUESTIONS.index(question) + 1
        self._show()

    def action_go(self, step: int) -> None:
        if self.found is not None and self.at is not None:
            self.at = max(0, min(END, self.at + step))
            self._show()

    def action_end(self) -> None:
        if self.found is not None:
            self.at = END
            self._show()

    def action_element(self) -> None:
        from .form import FormPage

        self.tg.go_to(FormPage("element", preset={"technology": self.technology}))

    # --- ending ---

    def action_judge(self) -> None:
        lang = language()
        options = [Option(None, _("As the rule proposes"))]
        options += [
            Option(c, _("Class {name}").format(name=present.choice_label(c, lang))) for c in Criticality
        ]
        self.app.push_screen(Picker(_("Your own judgement"), options, chosen=[self.own]), self._judged)

    def _judged(self, chosen: list[Any] | None) -> None:
        if chosen:
            self.own = chosen[0]
            self._show()
            self.query_one("#own").focus()

    def action_save(self) -> None:
        if self.found is None:
            return
        lang = language()
        chosen = self.own or self.found.judgement.proposed
        if interview.differs(self.found, chosen) and not self._reason().strip():
            self.tg.say(_("Write why the class is another than the proposed one."), severity="warning")
            self.query_one("#own").focus()
            return
        answers = [("stay", _("Go on with the interview"))]
        if chosen is not None:
            name = present.choice_label(chosen, lang)
            answers.append(("core", _("Core: register it with class {name}").format(name=name)))
        answers.append(("not", _("Not core: set it aside, with these reasons")))
        detail = interview.reason(self.found, chosen, self._reason())
        self.app.push_screen(Confirm(_("How does it end?"), answers, detail=detail), self._ended)

    def _ended(self, answer: str | None) -> None:
        if answer in {"core", "not"}:
            self.ask(partial(self._conclude, answer == "core"), group="save", exclusive=True)

    async def _conclude(self, core: bool) -> None:
        own, reason = self.own, self._reason()
        done = await self.store.run(
            lambda reg: interview.conclude(reg, self.technology, core=core, confirmed=own, own=reason)
        )
        self.own = None
        self.query_one("#own", LongInput).text = ""
        if core:
            assert done.criticality is not None
            text = _("{ref} is registered as class {name}. Next: its routes, on the leak map (key 8).")
            name = present.choice_label(done.criticality, language())
            self.tg.say(text.format(ref=done.ref, name=name))
        else:
            self.tg.say(_("{ref} is set aside. Ctrl+Z brings it back.").format(ref=done.ref))
        self.tg.go_back()

    def action_back(self) -> None:
        if self.is_mounted and self.query_one("#own").has_focus:
            self.query_one("#end-reading").focus()
            self.refresh_bindings()
            return
        if not self.unsaved():
            super().action_back()
            return
        answers = [("stay", _("Go on with the interview")), ("drop", _("Throw away what was typed"))]
        question = _("The answers are kept; your own judgement is not saved yet.")
        self.app.push_screen(Confirm(question, answers), self._left)

    def _left(self, answer: str | None) -> None:
        if answer == "drop":
            super().action_back()

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        event.stop()

    def on_descendant_focus(self, event: Any) -> None:
        self.refresh_bindings()
