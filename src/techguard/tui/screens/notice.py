"""A notice on one engagement, and statistics for an association: read first, then sealed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from techguard import i18n, present
from techguard.domain.words import Language
from techguard.i18n import N_, _, language

from ..input import LineInput
from ..page import Page
from ..paper import Chapter, Paper, chapters
from ..picker import Option, Picker
from ..text import literal
from .preview import PreviewPage
from .sealing import Handout, SealPage, Setting, beside_vault

if TYPE_CHECKING:
    from techguard.board import Delivered, Delivery
    from techguard.board.blocks import Pages
    from techguard.board.notice import Reader
    from techguard.register import Register

LEASTS = (3, 5, 10, 20)
"""The least counts that are offered."""
_READERS: Mapping[Reader, str] = {
    "counsel": N_("Outside counsel"),
    "meti": N_("Consultation with METI"),
}


def _code(chosen: Language) -> i18n.Language:
    return "ja" if chosen is Language.JA else "en"


def _own() -> Language:
    return Language(language())


@dataclass
class Chosen:
    """What a document is to be; the screens that show and seal it share one."""

    language: Language = field(default_factory=_own)
    reader: Reader = "counsel"
    questions: str = ""
    least: int = 5
    names: tuple[str, ...] = ("language",)
    """Which of these can be chosen."""

    def settings(self) -> tuple[Setting, ...]:
        """What can be chosen, as it stands."""
        found = {
            "reader": Setting("reader", _("Written for"), _(_READERS[self.reader])),
            "least": Setting("least", _("Least count shown"), str(self.least)),
            "language": Setting("language", _("Language"), present.choice_label(self.language, language())),
        }
        return tuple(found[name] for name in self.names)

    def choose(self, page: Page, name: str, then: Callable[[], None]) -> None:
        """Let a person choose one of the settings on `page`; `then` is called when it was done."""
        lang = language()
        options = {
            "reader": [Option(r, _(label)) for r, label in _READERS.items()],
            "least": [Option(n, str(n)) for n in LEASTS],
            "language": [Option(one, present.choice_label(one, lang)) for one in Language],
        }[name]

        def done(chosen: list[Any] | None) -> None:
            if chosen:
                setattr(self, name, chosen[0])
                then()

        title = next(s.label for s in self.settings() if s.name == name)
        page.app.push_screen(Picker(title, options, chosen=[getattr(self, name)]), done)

    def asked(self) -> list[str]:
        """The questions."""
        return parted(self.questions)


def parted(typed: str) -> list[str]:
    """What stands between semicolons."""
    return [q for part in re.split(r"[;；]", typed) if (q := part.strip())]


class LeavingPage(PreviewPage):
    """A document that is sealed from here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f7", "choose('language')", N_("Language"), tooltip=N_("Show it in the other language.")),
        Binding("f9", "seal", N_("Seal"), tooltip=N_("Write it, sealed, for those who get it.")),
    ]

    def __init__(self, chosen: Chosen, at: int = 0) -> None:
        super().__init__(at)
        self.chosen = chosen

    def read_as(self, pages: Pages) -> tuple[Chapter, ...]:
        """It is short: all of it is read at once."""
        from techguard.board.outline import Heading

        first, *rest = chapters(pages)
        parts = [part for c in rest for part in (Heading(2, c.title), *c.parts)]
        return (Chapter(first.title, (*first.parts, *parts)),)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action not in {"turn", "sections"} and super().check_action(action, parameters)

    def action_choose(self, name: str) -> None:
        self.chosen.choose(self, name, self.reload)

    def file(self) -> Path:
        """The file it would become."""
        return beside_vault(self, f"{_(self.NAME)}.pdf")

    def make(self, reg: Register, delivery: Delivery) -> Delivered:
        """Write the file and its record."""
        raise NotImplementedError

    def action_seal(self) -> None:
        self.tg.go_to(SealPage(Handout(_(self.NAME), self.file(), self.make, pack=self.chosen)))


class NoticePage(LeavingPage):
    """One engagement on one page."""

    NAME = N_("Notice")
    ABOUT = N_(
        "One page on one engagement, as outside counsel or METI will get it (R2): without the names of the "
        "engagement, of counterparties and of people, without scenarios, levels and amounts. F5 chooses the "
        "reader. F2 goes to the line for what you ask; semicolons separate questions, and none is kept in "
        "the register. F7 shows it in the other language. F9 seals it, and keeps a record of it in the "
        "register."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "ask", N_("Questions"), tooltip=N_("Write what you ask the reader.")),
        Binding("f5", "choose('reader')", N_("Written for"), tooltip=N_("Outside counsel, or METI.")),
    ]

    def __init__(self, engagement: str, chosen: Chosen | None = None, at: int = 0) -> None:
        super().__init__(chosen or Chosen(names=("reader", "language")), at)
        self.engagement = engagement

    def room(self) -> str:
        return "engagements"

    def works_on(self) -> str:
        return self.engagement

    def place(self) -> Callable[[], Page]:
        engagement, chosen, at = self.engagement, self.chosen, self.at
        return lambda: NoticePage(engagement, chosen, at)

    def above(self) -> Iterable[Any]:
        label = _("What you ask (separated by semicolons); Enter takes it")
        yield Static(literal(label), classes="asked-label muted")
        yield LineInput(self.chosen.questions, id="questions")

    def action_ask(self) -> None:
        self.query_one("#questions").focus()

    @on(Input.Submitted, "#questions")
    def _asked(self, event: Input.Submitted) -> None:
        from techguard.board import notice

        event.stop()
        try:
            notice.fitting(parted(event.value))
        except notice.QuestionsTooLong as error:  # what was typed stays in its line
            self.tg.tell_error(error)
            return
        self.chosen.questions = event.value
        self.query_one(Paper).focus()
        self.reload()

    def composer(self) -> Callable[[Register], Pages]:
        chosen, engagement = self.chosen, self.engagement

        def compose(reg: Register) -> Pages:
            from techguard.board import notice

            lang = _code(chosen.language)
            made = notice.compose(reg, engagement, reader=chosen.reader, lang=lang, questions=chosen.asked())
            return notice.lay_out(made, lang)

        return compose

    def make(self, reg: Register, delivery: Delivery) -> Delivered:
        from techguard.board import notice

        return notice.produce(
            reg,
            delivery,
            self.engagement,
            reader=self.chosen.reader,
            lang=_code(self.chosen.language),
            questions=self.chosen.asked(),
        )


class StatisticsPage(LeavingPage):
    """Counts for strangers."""

    NAME = N_("Association statistics")
    ABOUT = N_(
        "Counts and nothing else, as an industry association will get them (R3). X is withheld: a count "
        "below the least one, zero too, and those from which it could be worked out with the totals. F5 "
        "chooses the least count. F7 shows it in the other language. F9 seals it, and keeps a record of it "
        "in the register. Two issues can be compared: give them about once a year."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "choose('least')", N_("Least count"), tooltip=N_("The least count that is shown.")),
    ]

    def __init__(self, chosen: Chosen | None = None, at: int = 0) -> None:
        super().__init__(chosen or Chosen(names=("least", "language")), at)

    def place(self) -> Callable[[], Page]:
        chosen, at = self.chosen, self.at
        return lambda: StatisticsPage(chosen, at)

    def composer(self) -> Callable[[Register], Pages]:
        return partial(_statistics, self.chosen.least, self.chosen.language)

    def make(self, reg: Register, delivery: Delivery) -> Delivered:
        from techguard.board import statistics

        return statistics.produce(reg, delivery, least=self.chosen.least, lang=_code(self.chosen.language))


def _statistics(least: int, lang: Language, reg: Register) -> Pages:
    from techguard.board import statistics

    return statistics.lay_out(statistics.compose(reg, least=least, lang=_code(lang)), _code(lang))
