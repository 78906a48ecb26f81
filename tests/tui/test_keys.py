"""Keys and labels: each key shown does something, each is said in the language of the screen, none is cut."""

from __future__ import annotations

import importlib
import pkgutil
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from babel.messages.pofile import read_po
from rich.cells import cell_len
from textual.binding import Binding
from textual.widgets import Input, TextArea

from techguard import catalog, i18n, present
from techguard.board.delivery import Delivered, Delivery
from techguard.domain.fields import FieldType
from techguard.domain.items import Assumption, Countermeasure, Review, Summary, Technology, Variant
from techguard.domain.kinds import KINDS, Kind
from techguard.domain.text import cut, fit, width, wrap
from techguard.i18n import LOCALE_DIR, _, translator
from techguard.register import Register
from techguard.review import deals, reasons, session
from techguard.tui import screens as tui_screens
from techguard.tui.bars import KeyBar, TopBar, key_name
from techguard.tui.columns import choosable, columns_of
from techguard.tui.forms import LABEL_CELLS, row_label
from techguard.tui.page import Page, Speaking
from techguard.tui.screens.accept import AcceptPage
from techguard.tui.screens.backups import BackupsPage
from techguard.tui.screens.checklistfile import ChecklistFilePage, FillFilePage
from techguard.tui.screens.checklists import AnswerPage, ChecklistsPage
from techguard.tui.screens.detail import DetailPage
from techguard.tui.screens.evidence import CheckpointPage
from techguard.tui.screens.form import FormPage
from techguard.tui.screens.help import key_table
from techguard.tui.screens.history import HistoryPage, StepsPage
from techguard.tui.screens.holding import AssignPage, DecidePage, HoldPage, NotePage
from techguard.tui.screens.importing import FilePage
from techguard.tui.screens.interview import END, CandidatesPage, InterviewPage
from techguard.tui.screens.leakmap import LeakMapPage
from techguard.tui.screens.lists import ListPage
from techguard.tui.screens.merging import CopyPage, MergePage
from techguard.tui.screens.more import MorePage
from techguard.tui.screens.notice import NoticePage, StatisticsPage
from techguard.tui.screens.overview import OverviewPage
from techguard.tui.screens.palette import open_palette
from techguard.tui.screens.partner import ConcludePage, PartnerAnswerPage, PartnerCheckPage
from techguard.tui.screens.people import (
    AddPage,
    Invitation,
    InvitationPage,
    InvitePage,
    OwnPage,
    PeoplePage,
)
from techguard.tui.screens.rating import RatingPage
from techguard.tui.screens.review import MinutesPage, PlanPage, ReviewsPage, SessionPage
from techguard.tui.screens.scale import OwnScalePage, RescalingPage
from techguard.tui.screens.sealing import Handout, PasswordPage, SealPage
from techguard.tui.screens.search import SearchPage
from techguard.tui.screens.suggest import SuggestPage
from techguard.tui.screens.summary import ReadyPage, SummaryPage
from techguard.tui.screens.whatif import AssumePage, VariantPage, WhatIfPage
from techguard.tui.screens.whatif import DecidePage as CompareDecidePage
from techguard.tui.screens.worth import WorthPage
from techguard.tui.strip import Tabs
from techguard.tui.table import layout, roomy
from tests.made_up import own_scale

from .conftest import NOW, PASSPHRASE, Tui, running

DEAD = {"ctrl+h", "ctrl+m", "ctrl+i", "ctrl+j", "alt+enter", "f10", "f11"}
"""Backspace, Enter, Tab and line feed under another name; keys that terminals keep for themselves."""
ALWAYS = re.compile(
    r"f\d+|ctrl\+\w+|enter|escape|tab|shift\+tab|up|down|left|right|page\w+|home|end|delete|space|backspace"
)
INVITATION = Invitation(
    "研究部長", Path("invitation.json"), "7K3QX-2M9FA-4ZC2J-03672-FXGT8-JDWWY-6SKMB", date(2026, 12, 7)
)
NO_RECORD = Summary(title="x")
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def nowhere(_register: Register, delivery: Delivery) -> Delivered:
    return Delivered(delivery.output, "", NO_RECORD, "")


def with_variant(reg: Register) -> tuple[str, str]:
    """A candidate, and a cell of a variant of the joint research (made if there is none)."""
    deal = reg.get("ENG-0001").id
    if not reg.find(Variant, engagement=deal):
        deals.add_variant(reg, deal, "一部開示")
    return reg.get("TEC-0004").id, reg.find(Assumption)[0].id


def apart(tui: Tui) -> Path:
    """A copy of the vault in which somebody else went on, with one conflict."""
    assert tui.app.path is not None
    other = tui.app.path.with_name("other.techguard")
    if not other.exists():
        shutil.copytree(tui.app.path, other)
        with Register.open(other, PASSPHRASE, clock=lambda: NOW + timedelta(hours=1)) as register:
            register.change(register.find(Technology)[0], note="鉄道で")
            register.add(Technology(code_name="薄膜"))
    return other


async def pages(tui: Tui) -> list[Callable[[], Page]]:
    ids: dict[str, str] = await tui.app.store.run(
        lambda reg: {r: reg.get(r).id for r in ("TEC-0001", "EXP-0001", "ENG-0001", "CPT-0001", "CMS-0001")}
    )
    exposure = ids["EXP-0001"]
    other = apart(tui)
    await tui.app.store.run(lambda reg: reg.change(reg.find(Technology)[0], note="工場で"))
    candidate, assumed = await tui.app.store.run(with_variant)
    made: list[Callable[[], Page]] = [
        OverviewPage,
        MorePage,
        HistoryPage,
        StepsPage,
        SearchPage,
        OwnScalePage,
        BackupsPage,
    ]
    made += [lambda k=k: ListPage(k) for k in ("technologies", "exposures", "people")]  # type: ignore[misc]
    made += [
        lambda: DetailPage("technology", ids["TEC-0001"]),
        lambda: DetailPage("exposure", exposure),
        lambda: DetailPage("engagement", ids["ENG-0001"]),
        lambda: DetailPage("counterparty", ids["CPT-0001"]),
        lambda: DetailPage("countermeasure", ids["CMS-0001"]),
        lambda: FormPage("technology"),
        lambda: RatingPage(exposure),
        lambda: SuggestPage(exposure),
        lambda: AcceptPage(exposure),
        lambda: RescalingPage(dict(own_scale())),
        CandidatesPage,
        lambda: InterviewPage(candidate, 0),
        lambda: InterviewPage(candidate, 8),
        lambda: InterviewPage(candidate, END),
        lambda: WhatIfPage(ids["ENG-0001"], (2, 0)),
        lambda: VariantPage(ids["ENG-0001"]),
        lambda: AssumePage(assumed),
        lambda: CompareDecidePage(ids["ENG-0001"], None, ""),
    ]
    review, item = await tui.app.store.run(in_session)
    official, questions = (catalog.checklists()[name] for name in ("ESMG1-A", "DDQ"))
    made += [
        LeakMapPage,
        FilePage,
        lambda: CopyPage(typed="/home/user/"),  # a folder that is the same everywhere: none
        lambda: MergePage(other),
        ReviewsPage,
        lambda: SessionPage(review),
        lambda: HoldPage(review, item),
        lambda: PlanPage(review),
        lambda: MinutesPage(review),
        lambda: NotePage(item),
        lambda: AssignPage(item),
        lambda: DecidePage(item),
        ChecklistsPage,
        ChecklistFilePage,
        FillFilePage,
        lambda: AnswerPage(official, official.items[0]),
        lambda: PartnerCheckPage(ids["CPT-0001"]),
        lambda: PartnerAnswerPage(questions, questions.items[0], ids["CPT-0001"]),
        lambda: ConcludePage(ids["CPT-0001"]),
        SummaryPage,
        ReadyPage,
        lambda: NoticePage(ids["ENG-0001"]),
        StatisticsPage,
        WorthPage,
        lambda: SealPage(Handout("x", Path("x.pdf"), nowhere)),
        CheckpointPage,
        lambda: SealPage(Handout("x", Path("x.zip.age"), nowhere, package=True)),
        lambda: PasswordPage(Path("x.pdf"), "secret", "ab" * 32, ""),
        PeoplePage,
        AddPage,
        lambda: InvitePage(file="invitation.json"),
        lambda: InvitationPage(INVITATION),
        lambda: OwnPage(has_key_file=True),
    ]
    return made


def in_session(reg: Register) -> tuple[str, str]:
    """A session that is being held, and the item on its table."""
    held = next(iter(reg.find(Review)), None)
    if held is None:
        held = session.plan(reg, title="レビュー会", chair=reg.me.id, planned_minutes=60)
        session.prepare(reg, held)
        held = session.begin(reg, held)
    return held.id, session.outcomes(reg, held)[0].id


def state(tui: Tui) -> tuple[Any, ...]:
    """What a key could change: the screen, what it shows, the cursor, the copy, a note."""
    app = tui.app
    return (
        [id(s) for s in app.screen_stack], tui.text(), app.focused and app.focused.id, app.clipboard,
        len(app._notifications), app.store.is_open, app.theme,
    )  # fmt: skip


def the_line_of_keys_is_whole_and_has_at_most_two_lines(tui: Tui) -> None:
    lines = tui.app.screen.query_one(KeyBar)._lines
    assert 1 <= len(lines) <= 2, lines
    shown = [text for line in lines for _key, _shown, text in line]
    seen = tui.text()
    assert all(text in seen for text in shown)
    assert "…" not in tui.screen()[-1] + tui.screen()[-2]


def no_tab_is_cut(tui: Tui) -> None:
    for tabs in tui.app.screen.query(Tabs):
        assert all("…" not in text for _s, _e, _n, text in tabs._spans())


def our_words(lang: str) -> set[str]:
    """Everything the program says in a language that is whole as it is: labels, headings, words of lists."""
    said = {message for message in messages_of_the_catalogue() if "{" not in message}
    return {translator(lang).gettext(m) for m in said} | {  # type: ignore[arg-type]
        translator(lang).label(choice)  # type: ignore[arg-type]
        for kind in KINDS.values()
        for field in kind.fields
        for choice in field.choices or ()
    }


def messages_of_the_catalogue() -> set[str]:
    with (LOCALE_DIR / "ja.po").open("rb") as file:
        return {str(m.id[0] if isinstance(m.id, tuple) else m.id) for m in read_po(file) if m.id}


@contextmanager
def what_is_cut(words: set[str]) -> Iterator[set[str]]:
    """Of `words`, those that any part of the screen cuts as long as the block lasts."""
    cuts: set[str] = set()

    def noting_cut(text: str, cells: int, *more: Any) -> str:
        if width(text) > cells and text.strip() in words:
            cuts.add(f"{text} > {cells}")
        return cut(text, cells, *more)

    def noting_fit(text: str, cells: int, *more: Any) -> str:
        noting_cut(text, cells)
        return fit(text, cells, *more)

    with pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if name.startswith("techguard.tui"):
                for attribute, noting in (("cut", noting_cut), ("fit", noting_fit)):
                    if getattr(module, attribute, None) in {cut, fit}:
                        patch.setattr(module, attribute, noting)
        yield cuts


def every_key_is_said_in_japanese(tui: Tui) -> None:
    screen = tui.app.screen
    assert isinstance(screen, Speaking)
    rows = key_table(screen)
    assert rows
    for keys, text in rows:
        assert JAPANESE.search(text), (keys, text)
    for active in screen.active_bindings.values():
        if active.binding.show and active.enabled and active.binding.description:
            assert JAPANESE.search(active.binding.description), active.binding


def no_key_is_one_that_never_arrives(tui: Tui) -> None:
    own = {
        key
        for key, active in tui.app.screen.active_bindings.items()
        if active.binding.description and type(active.node).__module__.startswith("techguard")
    }
    texts = [cls for cls in (Input, TextArea) if isinstance(tui.app.focused, cls)]
    inherited = {k for cls in texts for b in cls.BINDINGS for k in b.key.split(",")}
    assert not (own - inherited) & DEAD
    assert not {k for k in own - inherited if k.startswith(("alt+", "ctrl+shift+"))}


def what_is_done_by_a_letter_is_done_by_a_key_that_works_with_an_ime(tui: Tui) -> None:
    """With a Japanese input method on, letters do not arrive as letters."""
    by_action: dict[str, set[str]] = {}
    for key, active in tui.app.screen.active_bindings.items():
        by_action.setdefault(active.binding.action, set()).add(key)
    for action, keys in by_action.items():
        if action == "copy":
            continue  # in the command list too
        if any(len(k) == 1 and k.isascii() and k.isalpha() for k in keys):
            assert any(ALWAYS.fullmatch(k) for k in keys), (action, keys)
        if any(k in {"question_mark", "slash"} or (len(k) == 1 and k in "1234567") for k in keys):
            wide = {k for k in keys if k.startswith("fullwidth") or (len(k) == 1 and ord(k) > 0xFF00)}
            assert wide, (action, keys)


def the_command_list_holds_every_key_of_the_line(tui: Tui) -> None:
    bar = tui.app.screen.query_one(KeyBar)
    shown = {text for line in bar._lines for _key, _shown, text in line} - {"操作一覧"}
    with mock.patch.object(tui.app, "push_screen") as pushed:  # to draw it costs more than to look at it
        open_palette(tui.app)
    options = " ".join(o.label for o in pushed.call_args.args[0].options)
    assert all(text in options for text in shown), shown


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_every_screen_keeps_the_rules_of_keys(path: Path, lang: str) -> None:
    """One walk for all of them: to open a screen costs more than to look at it."""
    rules = [
        the_line_of_keys_is_whole_and_has_at_most_two_lines,
        no_tab_is_cut,
        no_key_is_one_that_never_arrives,
        what_is_done_by_a_letter_is_done_by_a_key_that_works_with_an_ime,
    ]
    if lang == "ja":
        rules += [every_key_is_said_in_japanese, the_command_list_holds_every_key_of_the_line]
    with what_is_cut(our_words(lang)) as cuts:
        broken = await broken_rules(path, lang, rules, cuts)
    assert not broken, "\n\n".join(broken)


async def broken_rules(
    path: Path, lang: str, rules: list[Callable[[Tui], None]], cuts: set[str]
) -> list[str]:
    """What is wrong with which screen; `cuts` fills while they are drawn."""
    broken: list[str] = []
    async with running(path, lang) as tui:
        assert tui.app.screen.query_one(TopBar)._spans(80)[-1][1] <= 80  # nor is a room cut
        for make in await pages(tui):
            await tui.app.restore([make])
            await tui.settle()
            name = type(tui.app.screen).__name__
            for rule in rules:
                try:
                    rule(tui)
                except AssertionError as error:
                    broken.append(f"{name}: {rule.__name__}: {error}")
            if cuts:
                broken.append(f"{name}: cut: {sorted(cuts)}")
                cuts.clear()
    return broken


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_head_of_a_column_is_cut_at_80_columns(lang: str) -> None:
    i18n.set_language(lang)  # type: ignore[arg-type]
    for kind in KINDS.values():
        columns = columns_of(kind)
        shown = layout(columns, 77)
        assert len(shown) >= min(3, len(columns)), kind.name
        assert sum(w for _i, w in shown) + 2 * (len(shown) - 1) <= 77
        for i, wide in shown:
            assert cell_len(columns[i].label) <= wide, (kind.name, columns[i].label)


LONGEST_CELL = 90
"""So much may stand in a column of free text: it leaves the others no more than their least."""


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_no_column_anybody_may_choose_cuts_its_head_or_its_words_at_80_columns(kind: Kind, lang: str) -> None:
    """Beside the number and the title, whatever stands there: each word of a closed list, and the head."""
    i18n.set_language(lang)  # type: ignore[arg-type]
    for field in choosable(kind):
        columns = columns_of(kind, chosen=tuple(dict.fromkeys((kind.title, field.name))))
        for word in [present.choice_label(c, i18n.language()) for c in field.choices or ()] or [""]:
            needs = [cell_len(word) if c.key == field.name else LONGEST_CELL for c in columns]
            shown = dict(layout([roomy(*both) for both in zip(columns, needs, strict=True)], 77))
            place = len(columns) - 1
            assert shown.get(place, 0) >= cell_len(columns[place].label), field.name
            if field.type is FieldType.CHOICE:
                assert shown[place] >= cell_len(word), (field.name, word)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_word_of_a_list_is_cut_in_the_usual_columns(lang: str) -> None:
    """Where there is no room for a whole word, the last columns are left out; number and title stay."""
    i18n.set_language(lang)  # type: ignore[arg-type]
    for kind in KINDS.values():
        columns = columns_of(kind)
        assert all(
            c.whole for c in columns if c.key != "ref" and kind.by_name[c.key].type is FieldType.CHOICE
        )
        shown = layout([roomy(c, LONGEST_CELL) for c in columns], 77)
        assert len(shown) >= min(3, len(columns)), kind.name
        for i, wide in shown:
            assert wide >= columns[i].most or not columns[i].whole, (kind.name, columns[i].label)


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_no_word_of_a_form_is_cut_at_80_columns(kind: Kind, lang: str) -> None:
    """Labels go on in a second line; no single word is longer than theirs, and no choice than its field."""
    i18n.set_language(lang)  # type: ignore[arg-type]
    for field in kind.editable:
        assert all(cell_len(word) <= LABEL_CELLS - 3 for word in row_label(field).split() if word.isascii())
        if lang == "ja" and not kind.append_only:  # in Japanese a second line would tear a word apart
            assert cell_len(row_label(field)) <= LABEL_CELLS - 3, field.name
        assert cell_len(_(field.about.section)) <= 76
        for choice in field.choices or ():
            lines = wrap(present.choice_label(choice, i18n.language()), 80 - LABEL_CELLS - 5)
            assert len(lines) <= MOST_LINES_CHOSEN, field.name


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_reason_of_an_agenda_has_words_that_fit_their_column(lang: i18n.Language) -> None:
    for code in reasons.WORDS:
        assert cell_len(reasons.short_label(code, lang)) <= reasons.SHORT_CELLS, code
    needed = [[cell_len(reasons.label(c, la)) for la in i18n.LANGUAGES] for c in reasons.SHORT]
    assert all(max(cells) > reasons.SHORT_CELLS for cells in needed), "one wording where one is enough"


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_name_of_a_screen_a_room_or_a_command_is_cut_at_80_columns(lang: str) -> None:
    """From every class of screens: its name in the top line, and each of its commands with its key."""
    i18n.set_language(lang)  # type: ignore[arg-type]
    screens = list(every_screen())
    assert len(screens) > 40
    for screen in screens:
        assert cell_len(_(screen.NAME)) <= IN_THE_TOP_LINE, screen
        for binding in screen.BINDINGS:
            if isinstance(binding, Binding) and binding.description and binding.show:
                entry = f"{_(binding.description)}  ({binding.key_display or key_name(binding.key)})"
                assert cell_len(entry) <= IN_THE_COMMAND_LIST, (screen, entry)
    for kind in KINDS.values():
        for name in (kind.label, kind.label_plural):
            assert cell_len(_(name)) <= IN_THE_TOP_LINE, kind.name


MOST_LINES_CHOSEN = 3
IN_THE_TOP_LINE = 24
IN_THE_COMMAND_LIST = 60


def every_screen() -> Iterator[type[Speaking[Any]]]:
    for module in pkgutil.iter_modules(tui_screens.__path__, tui_screens.__name__ + "."):
        importlib.import_module(module.name)
    found: list[type[Speaking[Any]]] = [Speaking]
    while found:
        one = found.pop()
        found += one.__subclasses__()
        yield one


@pytest.mark.slow
@pytest.mark.parametrize("half", [0, 1])
async def test_no_key_that_is_shown_does_nothing(path: Path, half: int) -> None:
    """Each key of each screen; those of the application, which are on every one, on the first of them."""
    everywhere: set[str] = set()
    async with running(path) as tui:
        for make in (await pages(tui))[half::2]:
            await tui.app.restore([make])
            await tui.settle()
            bar = tui.app.screen.query_one(KeyBar)
            keys = [key for line in bar._lines for key, _shown, _text in line]
            name = type(tui.app.screen).__name__
            active = tui.app.screen.active_bindings
            for key in keys:
                if key in active and active[key].node is tui.app:
                    if key in everywhere:
                        continue
                    everywhere.add(key)
                below = [OverviewPage] if key == "escape" and make is not OverviewPage else []  # to go to
                await tui.app.restore([*below, make])
                tui.app.clear_notifications()
                await tui.settle()
                before = state(tui)
                await tui.press(key)
                assert state(tui) != before, (name, key)


async def test_a_command_is_done_from_the_list(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("ctrl+p")
        await tui.type("English")
        await tui.press("enter")
        assert "Overview" in tui.text()
        await tui.press("ctrl+p")
        await tui.type("zzz")
        assert "Nothing matches." in tui.text()
        await tui.press("escape", "f12", "ctrl+p")
        await tui.type("zzz")
        assert "該当するものはありません。" in tui.text()


async def test_dates_by_era_are_chosen_by_name_and_stay_chosen(path: Path) -> None:
    async with running(path, "ja", (120, 40)) as tui:
        western = tui.text()
        assert "R08." not in western
        await tui.press("ctrl+p")
        await tui.type("和暦")
        await tui.press("enter")
        by_era = tui.text()
        assert "R08.1" in by_era
        assert "2026-" not in by_era
        await tui.press("f12")
        assert "R08." not in tui.text()
        await tui.press("ctrl+p")
        await tui.type("era")
        assert "Nothing matches." in tui.text()
    async with running(path, "ja", (120, 40)) as tui:
        assert tui.text() == by_era
        await tui.press("ctrl+p")
        await tui.type("西暦")
        await tui.press("enter")
        assert tui.text() == western


async def test_the_unit_of_money_is_chosen_by_name_and_stays_chosen(path: Path) -> None:
    with Register.open(path, PASSPHRASE) as register:
        register.change_all(register.find(Countermeasure), cost_initial=123_456_789)
    async with running(path, "ja", (120, 40)) as tui:
        await tui.press("ctrl+p")
        await tui.type("金額の単位")
        await tui.press("enter")
        offered = tui.text()
        for example in ("123,456,789円（現在の設定）", "約123.5百万円", "約1.2億円"):
            assert example in offered
        await tui.press("down", "down", "down", "enter", "6", "enter")
        assert "約1.2億円" in tui.text()
        await tui.press("f4")
        form = tui.app.screen.query_one("#edit-cost_initial")
        assert form.value == "123,456,789"  # type: ignore[attr-defined]
    async with running(path, "en", (120, 40)) as tui:
        await tui.press("6", "enter")
        assert "about ¥120 million" in tui.text()


async def test_what_has_no_place_on_the_line_is_in_the_command_list(path: Path) -> None:
    """Every key of the application that explains itself, projection among them."""
    async with running(path, "ja", (120, 60)) as tui:
        await tui.press("ctrl+p")
        options = " ".join(o.label for o in tui.app.screen.options)  # type: ignore[attr-defined]
        hidden = [b for b in tui.app.BINDINGS if isinstance(b, Binding) and b.tooltip and not b.show]
        assert {"project", "undo", "lock"} <= {b.action for b in hidden}
        for binding in hidden:
            assert _(binding.description) in options, binding.action


async def test_a_click_on_the_line_of_keys_is_the_key(path: Path) -> None:
    async with running(path) as tui:
        bar = tui.app.screen.query_one(KeyBar)
        x = cell_len(tui.screen()[bar.region.y].split("F2")[0]) + 1
        await tui.pilot.click(KeyBar, offset=(x, 0))
        await tui.settle()
        assert isinstance(tui.app.screen, FormPage)


async def test_black_and_white_reads(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(path) as tui:
        assert tui.app.no_color
        text = tui.text()
        assert "##### 極高" in text
        assert any(line.startswith("> ") for line in tui.screen())
