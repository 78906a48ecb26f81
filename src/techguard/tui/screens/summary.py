"""The board summary: read as its readers will get it, checked for what it lacks, then sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType

from techguard import present
from techguard.domain.items import Engagement, Item, Review, Technology
from techguard.domain.words import Language, RedactionLevel, ReviewStatus
from techguard.i18n import N_, _, language, money_text, ngettext, short_date
from techguard.i18n.money import read_money

from .. import plain as plain_mode
from ..page import LoadingPage, Page
from ..picker import Ask, Option, Picker
from ..prose import Prose
from ..table import Cell, Column, Line, VirtualTable, plain
from .preview import PreviewPage
from .sealing import Handout, SealPage, Setting, beside_vault

if TYPE_CHECKING:
    from techguard.board import Delivered, Delivery, Form
    from techguard.board.blocks import Pages
    from techguard.board.readiness import Ready
    from techguard.register import Register

REDACTIONS = {
    RedactionLevel.R0: N_("Everything, for members of the review session."),
    RedactionLevel.R1: N_("For the board: code names, people by their roles, no know-how elements."),
    RedactionLevel.R2: N_("For an outside adviser: one matter and what belongs to it."),
    RedactionLevel.R3: N_("Numbers only."),
}
LAYOUTS: Mapping[Form, str] = {
    "a4": N_("A4 pages"),
    "slides": N_("Slides (16:9)"),
    "both": N_("Both languages side by side (A3)"),
}
_MOST_MATTERS = 500


@dataclass
class Pack:
    """What the pack is to be. The screens that show, check and seal it share one."""

    redaction: RedactionLevel = RedactionLevel.R1
    language: Language = field(default_factory=lambda: Language(language()))
    form: Form = "a4"
    since: str | None = None
    """The reference number of the earlier session it is compared with; None: the one held before."""
    matter: str | None = None
    """R2: the reference number of the engagement or technology it is about; None: that of the worst."""

    budget: int | None = None
    """R0 and R1: the whole yen within which the countermeasures in it are chosen; None: no limit."""

    def taken(self, name: str, value: Any) -> None:
        """Choose another value of one of these."""
        if name not in {f.name for f in fields(self)}:
            raise AttributeError(name)
        setattr(self, name, value)

    def asked(self) -> dict[str, Any]:
        """As `board.compose` takes it."""
        return {
            "redaction": self.redaction,
            "lang": self.language.value,
            "since": self.since,
            "matter": self.matter if self.redaction is RedactionLevel.R2 else None,
            "budget": self.budget if self.redaction < RedactionLevel.R2 else None,
        }

    def file_name(self, day: date) -> str:
        """What the sealed file is called unless somebody says otherwise."""
        return f"{_('Board summary')}-{self.redaction.value}-{day.isoformat()}.pdf"

    def settings(self) -> tuple[Setting, ...]:
        """What can be chosen before it is sealed, as the sealing screen shows it."""
        lang = language()
        last, worst = _("The session before"), _("That of the worst exposure")
        found = [
            Setting("redaction", _("For whom"), present.choice_label(self.redaction, lang)),
            Setting("language", _("Language"), present.choice_label(self.language, lang)),
            Setting("form", _("Layout"), _(LAYOUTS[self.form])),
            Setting("since", _("Compared with"), self.since or last),
        ]
        if self.redaction is RedactionLevel.R2:
            found[-1:] = [Setting("matter", _("Matter"), self.matter or worst)]
        elif self.redaction < RedactionLevel.R2:
            found.append(Setting("budget", _("Budget of the plan"), _limit(self.budget)))
        return tuple(found)

    def choose(self, page: Page, name: str, then: Callable[[], None]) -> None:
        """Let a person choose one of the settings on `page`; `then` is called when it was done."""
        page.ask(partial(self._choose, page, name, then), group="choose", exclusive=True)

    async def _choose(self, page: Page, name: str, then: Callable[[], None]) -> None:
        title = next(s.label for s in self.settings() if s.name == name)
        options = await page.store.run(_OPTIONS[name])

        def done(chosen: list[Any] | None) -> None:
            if chosen and chosen[0] == _TYPED:
                note = _("For the five years of the plan, for example 50,000,000 or 50m.")
                page.app.push_screen(Ask(title, note=note), typed)
            elif chosen:
                self.taken(name, chosen[0])
                then()

        def typed(text: str | None) -> None:
            amount = read_money(text) if text else None
            if amount is not None:
                self.taken(name, amount)
                then()
            elif text:
                said = _("This is not an amount of whole yen: {value}").format(value=text)
                page.tg.say(said, severity="warning")

        page.app.push_screen(Picker(title, options, chosen=[getattr(self, name)]), done)


_TYPED: Final = "typed"
"""An option whose value is typed."""


def _limit(budget: int | None) -> str:
    return _("No limit") if budget is None else money_text(budget)


def _budgets(_reg: Register) -> list[Option]:
    return [Option(None, _limit(None)), Option(_TYPED, _("An amount …"))]


def _redactions(_reg: Register) -> list[Option]:
    return [Option(r, present.choice_label(r, language()), _(note)) for r, note in REDACTIONS.items()]


def _languages(_reg: Register) -> list[Option]:
    return [Option(one, present.choice_label(one, language())) for one in Language]


def _layouts(_reg: Register) -> list[Option]:
    return [Option(form, _(label)) for form, label in LAYOUTS.items()]


def _sessions(reg: Register) -> list[Option]:
    """The sessions that were held, the newest first, and the one that is compared with otherwise."""
    held = [r for r in reg.find(Review) if r.status in {ReviewStatus.HELD, ReviewStatus.CLOSED} and r.held_on]
    held.sort(key=lambda r: r.held_on or date.min, reverse=True)
    return [
        Option(None, _("The session before")),
        *(Option(r.ref, f"{r.ref}  {short_date(r.held_on)}  {r.title}") for r in held if r.held_on),
    ]


def _matters(reg: Register) -> list[Option]:
    """What an adviser can be asked about."""
    engagements = reg.find(Engagement)[:_MOST_MATTERS]
    technologies = reg.find(Technology)[:_MOST_MATTERS]
    return [
        Option(None, _("That of the worst exposure")),
        *(Option(e.ref, f"{e.ref}  {e.title}") for e in engagements),
        *(Option(t.ref, f"{t.ref}  {t.code_name}") for t in technologies),
    ]


_OPTIONS: Mapping[str, Callable[[Register], list[Option]]] = {
    "redaction": _redactions,
    "language": _languages,
    "form": _layouts,
    "since": _sessions,
    "matter": _matters,
    "budget": _budgets,
}


class SummaryPage(PreviewPage):
    """The board summary as its reader will get it, before it is sealed."""

    NAME = N_("Board summary")
    ABOUT = N_(
        "What the board will read, composed from the register as it stands, section by section. Left and "
        "Right turn to another section, F6 lists them all. F5 changes how much its readers may see; what is "
        "hidden is not in the document at all. F7 shows it in the other language, F4 compares it with an "
        "earlier session. F8 tells what it still lacks. F9 seals it for those who get it, and keeps a record "
        "of it in the register."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f4", "choose('since')", N_("Compare"), tooltip=N_("Choose an earlier session.")),
        Binding(
            "f5",
            "choose('redaction')",
            N_("For whom"),
            tooltip=N_("Choose how much the reader may see."),
        ),
        Binding("f7", "choose('language')", N_("Language"), tooltip=N_("Show it in the other language.")),
        Binding("f8", "check", N_("Check"), tooltip=N_("See what it still lacks.")),
        Binding("f9", "seal", N_("Seal"), tooltip=N_("Write it, sealed, for those who get it.")),
    ]

    def __init__(self, pack: Pack | None = None, at: int = 0) -> None:
        super().__init__(at)
        self.pack = pack or Pack()
        self.day = date.min

    @property
    def redaction(self) -> RedactionLevel:
        """How much its readers may see."""
        return self.pack.redaction

    def place(self) -> Callable[[], Page]:
        pack, at = self.pack, self.at
        return lambda: SummaryPage(pack, at)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "choose" and parameters == ("since",):
            return self.redaction is not RedactionLevel.R2
        if action == "check":
            return self.redaction < RedactionLevel.R2
        return super().check_action(action, parameters)

    def composer(self) -> Callable[[Register], Pages]:
        asked = self.pack.asked()

        def compose(reg: Register) -> Pages:
            from techguard import board

            self.day = reg.today
            return board.lay_out(board.compose(reg, **asked), asked["lang"])

        return compose

    def said(self, pages: Pages) -> str:
        lang = language()
        chosen = (self.redaction, self.pack.language)
        words = [pages.marking, *(present.choice_label(one, lang) for one in chosen)]
        return f"{' / '.join(words)}   {_(REDACTIONS[self.redaction])}"

    # --- what it is ---

    def action_choose(self, name: str) -> None:
        def done() -> None:
            if name != "language":
                self.at = 0
            self.reload()

        self.pack.choose(self, name, done)

    def action_check(self) -> None:
        self.tg.go_to(ReadyPage(self.pack))

    def action_seal(self) -> None:
        self.tg.go_to(SealPage(handout(self, self.pack, self.day)))


def handout(page: Page, pack: Pack, day: date) -> Handout:
    """The pack as something that is sealed beside the vault."""

    def make(reg: Register, delivery: Delivery) -> Delivered:
        from techguard import board

        return board.produce(reg, delivery, form=pack.form, **pack.asked())

    return Handout(
        _(SummaryPage.NAME),
        beside_vault(page, pack.file_name(day)),
        make,
        pack=pack,
        named=lambda: beside_vault(page, pack.file_name(day)),
        left=partial(_left, pack),
        check=lambda: ReadyPage(pack),
    )


def _left(pack: Pack, reg: Register) -> str:
    """What is still lacking, in a line; empty for readers whose pack is not the board's."""
    from techguard.board.readiness import readiness

    if pack.redaction >= RedactionLevel.R2:
        return ""
    found = readiness(reg, language(), since=pack.since)
    n = sum(r.state != "ready" for r in found)
    if not n:
        return _("The board pack check finds nothing that is lacking.")
    return ngettext(
        "The board pack check finds {n} item that is lacking or to be answered (F8).",
        "The board pack check finds {n} items that are lacking or to be answered (F8).",
        n,
    ).format(n=n)


MARKS = {"ready": "[x]", "lacking": "[!]", "ask": "[?]"}
_STYLES = {"ready": "good", "lacking": "bad", "ask": "warn"}


def _marked(state: str, word: str) -> str:
    """A state in black and white; heard, it is the word alone."""
    return word if plain_mode.is_on() else f"{MARKS[state]} {word}"


class ReadyPage(LoadingPage):
    """What the pack still lacks."""

    NAME = N_("Board pack check")
    ABOUT = N_(
        "Nine things a board pack should say (our proposal, BRP-1 to BRP-9). [x] is ready, [!] is lacking "
        "something in the register, [?] is for a person to answer. Enter opens what is to be mended, or the "
        "answer where nothing is. F2 answers the item: “yes” settles a question, “not applicable” "
        "anything, and the answer counts until the next session."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2,a", "answer", N_("Answer"), tooltip=N_("Answer the item, with grounds.")),
    ]

    def __init__(self, pack: Pack | None = None, cursor: int = 0) -> None:
        super().__init__()
        self.pack = pack or Pack()
        self.start_cursor = cursor
        self.found: tuple[Ready, ...] = ()

    def room(self) -> str:
        return "more"

    def trail(self) -> tuple[str, ...]:
        return _(SummaryPage.NAME), _(self.NAME)

    def place(self) -> Callable[[], Page]:
        pack, cursor = self.pack, self.query_one(VirtualTable).cursor
        return lambda: ReadyPage(pack, cursor)

    def writing_actions(self) -> Mapping[str, str]:
        return {"answer": "answer"}

    def body(self) -> Iterable[Any]:
        yield Prose(id="for-whom", most=1)
        columns = [
            Column("state", "", 14, 20, keep=True),
            Column("no", _("No."), 6, 6, keep=True),
            Column("item", _("Board pack check"), 30, 200, keep=True),
        ]
        yield VirtualTable(columns, id="rows")
        yield Prose(id="assumed", most=7)

    def on_mount(self) -> None:
        self.query_one(VirtualTable).focus()

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        from techguard.board.readiness import STATES, readiness

        self.query_one("#for-whom", Prose).say((_("Checking …"), "$t-muted"))
        since, lang = self.pack.since, language()
        self.found = await self.store.run(lambda reg: readiness(reg, lang, since=since))
        left = sum(r.state != "ready" for r in self.found)
        said = ngettext("{n} item is left.", "{n} items are left.", left).format(n=left)
        if not left:
            said = _("Nothing is left: the pack can be sealed.")
        self.query_one("#for-whom", Prose).say((said, "bold $t-accent"))
        table = self.query_one(VirtualTable)
        table.show_lines(
            [
                Line(
                    r.item.id,
                    (
                        Cell(_marked(r.state, _(STATES[r.state])), _STYLES[r.state]),
                        plain(r.item.id, "muted"),
                        plain(r.item.in_(lang)),
                    ),
                )
                for r in self.found
            ],
            cursor=self.start_cursor or table.cursor,
        )
        self.start_cursor = 0
        self._describe()

    @on(VirtualTable.Moved)
    def _moved(self, event: VirtualTable.Moved) -> None:
        event.stop()
        self._describe()

    def _here(self) -> Ready | None:
        key = self.query_one(VirtualTable).key
        return next((r for r in self.found if r.item.id == key), None)

    def _describe(self) -> None:
        here = self._here()
        if here is not None:
            self.query_one("#assumed", Prose).say((here.item.in_(language()), "bold"), (here.said, ""))

    # --- mending ---

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        here = self._here()
        if here is None:
            return
        if len(here.refs) == 1:
            self._open(here.refs[0])
        elif here.refs:
            options = [Option(ref, ref) for ref in here.refs]
            self.app.push_screen(Picker(_("What is to be mended"), options), self._opened)
        elif self.tg.may_change("answer"):
            self.action_answer()

    def _opened(self, chosen: list[Any] | None) -> None:
        if chosen:
            self._open(chosen[0])

    def _open(self, ref: str) -> None:
        self.ask(partial(self._go, ref), group="open", exclusive=True)

    async def _go(self, ref: str) -> None:
        from techguard.domain.kinds import kind_of

        from .detail import open_item

        item: Item = await self.store.run(lambda reg: reg.get(ref))
        open_item(self.tg, kind_of(item).name, item.id)

    def action_answer(self) -> None:
        from techguard import catalog
        from techguard.board.readiness import LIST

        from .checklists import AnswerPage

        here = self._here()
        if here is not None:
            self.tg.go_to(AnswerPage(catalog.checklists()[LIST], here.item))
