"""Pickers and dialogs at 80 columns: what one chooses by is read whole, in the list or below it."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import events

from techguard import catalog, i18n, tui
from techguard.domain.fields import FieldSpec, FieldType
from techguard.domain.gaps import GAPS
from techguard.domain.kinds import KINDS
from techguard.domain.text import width, wrap
from techguard.i18n import _, translator
from techguard.tui.forms import options_for, scale_options
from techguard.tui.picker import (
    LINE_CELLS,
    MARK_CELLS,
    MOST_NOTE_LINES,
    Option,
    Picker,
    said_of,
)
from techguard.tui.prose import Prose
from techguard.tui.screens.lists import ListPage
from techguard.tui.table import VirtualTable

from .conftest import Tui, running

LANGUAGES = pytest.mark.parametrize("lang", i18n.LANGUAGES)


def chosen_of() -> Iterator[tuple[FieldSpec, Option]]:
    """Every choice that a field of any kind offers, and every step of every scale."""
    for kind in KINDS.values():
        for field in kind.fields:
            if field.type is not FieldType.INTEGER or field.about.scale:
                yield from ((field, option) for option in options_for(field, {}))
            yield field, Option(field.name, _(field.label), _(field.about.help), group=_(field.about.section))
    any_field = next(iter(KINDS["exposure"].fields))
    for scale in catalog.scales().scales:
        yield from ((any_field, option) for option in scale_options(scale.id))
    for gap in GAPS:
        yield any_field, Option(gap.code, _(gap.label), _(gap.remedy))


@LANGUAGES
def test_every_choice_is_whole_in_the_list_or_below_it(lang: i18n.Language) -> None:
    i18n.set_language(lang)
    options = list(chosen_of())
    assert len(options) > 1000
    for field, option in options:
        several = field.type in {FieldType.CHOICES, FieldType.REFS}
        said = said_of(option, several=several)
        assert width(option.label) <= LINE_CELLS - MARK_CELLS * several or option.label in dict(said)
        lines = [line for text, _style in said for line in wrap(text, LINE_CELLS)]
        assert len(lines) <= MOST_NOTE_LINES, (field.name, option.label)


def words_of_answers() -> Iterator[tuple[str, str]]:
    """Where the screens ask: what each answer of a question, each named choice and each command says."""
    for file in Path(tui.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Tuple(elts=[ast.Constant(value=str()), ast.Call() as said]):
                    pass
                case ast.Call(func=ast.Name(id="Option"), args=[_value, ast.Call() as said, *_rest]):
                    pass
                case _:
                    continue
            match said:
                case ast.Call(func=ast.Name(id="_"), args=[ast.Constant(value=str(text))]):
                    yield file.name, text
                case ast.Call(
                    func=ast.Name(id="ngettext"), args=[_one, ast.Constant(value=str(text)), *_more]
                ):
                    yield file.name, text


@LANGUAGES
def test_every_answer_of_a_question_fits_its_line(lang: i18n.Language) -> None:
    found = list(words_of_answers())
    assert len(found) > 40
    said = translator(lang).gettext
    cut = {(where, said(text)) for where, text in found if width(said(text)) > LINE_CELLS}
    assert not cut


async def shown(tui: Tui, picker: Picker) -> tuple[VirtualTable, Prose]:
    tui.app.push_screen(picker)
    await tui.settle()
    await tui.pilot.pause(0.05)
    return picker.table, picker.query_one("#option-note-text", Prose)


@LANGUAGES
async def test_a_picker_has_the_room_that_is_promised(path: Path, lang: str) -> None:
    """On the screen: the widths above are those of the list, and no line below it is lost."""
    wide = "電" * ((LINE_CELLS - MARK_CELLS) // 2)
    async with running(path, lang) as tui:
        for several in (False, True):
            options = [Option(str(n), f"{wide}{n:04}", f"{wide}{wide} 終") for n in range(20)]
            table, below = await shown(tui, Picker("見出し", options, several=several, note="説明"))
            ((_place, cells),) = table.shown
            assert cells == LINE_CELLS - MARK_CELLS * several
            assert (f"{wide}0000" in below.text) == several
            assert "終" in tui.text()
            assert below.size.width == LINE_CELLS
            await tui.press("escape")


@LANGUAGES
async def test_the_longest_choices_are_read_whole_on_the_smallest_screen(path: Path, lang: str) -> None:
    async with running(path, lang) as tui:
        for kind, name in (("exposure", "route"), ("answer", "item"), ("countermeasure", "catalog_id")):
            options = options_for(KINDS[kind].by_name[name], {})
            worst = max(options, key=lambda o: len(wrap(f"{o.label} {o.note}", LINE_CELLS)))
            _table, below = await shown(tui, Picker("見出し", options, chosen=[worst.value], note="説明"))
            assert worst.note in below.text
            inside = (line.split("│") for line in tui.screen())
            flat = "".join("".join(parts[1].split()) for parts in inside if len(parts) == 3)
            for text, _style in said_of(worst):
                assert "".join(text.split()) in flat, text
            assert "Esc" in tui.screen()[-3], "and the keys stand below"
            await tui.press("escape")


async def test_enter_on_what_was_looked_for_takes_it_where_several_are_marked(path: Path) -> None:
    """Who finds the one they mean and presses Enter means it; marks made by hand are taken as they are."""
    options = [Option(n, f"対策{n}") for n in range(10)]
    taken: list[list[int] | None] = []
    async with running(path) as tui:
        for keys, after in (
            ((), [1]),  # looked at, and nothing else taken
            (("7",), [1, 7]),
            (("7", "space"), [1, 7]),
            (("7", "space", "space"), [1]),  # marked, and not after all
        ):
            tui.app.push_screen(Picker("見出し", options, several=True, chosen=[1]), taken.append)
            await tui.settle()
            await tui.press(*keys, "enter")
            assert sorted(taken[-1] or []) == after, keys


async def test_what_is_called_as_it_was_typed_is_what_enter_takes(path: Path) -> None:
    taken: list[list[int] | None] = []
    options = [
        Option(1, "レベルが高く、対応のないもの", group="漏れ"),
        Option(2, "目標レベル", group="評価"),
        Option(3, "レベル", group="評価"),
    ]
    async with running(path) as tui:
        tui.app.push_screen(Picker("見出し", options, typed="レ"), taken.append)
        await tui.settle()
        await tui.type("ベル")
        await tui.press("enter")
    assert taken == [[3]]


async def test_a_key_after_enter_waits_for_the_list_and_goes_to_the_screen_below(path: Path) -> None:
    """Enter is about what was typed: while it is looked up, what is typed next is not for the list."""
    may_end = asyncio.Event()
    taken: list[list[str] | None] = []

    async def find(text: str) -> list[Option]:
        if text:
            await may_end.wait()
        return [Option(f"{text}{n}", f"{text}{n}") for n in range(3)]

    async with running(path) as tui:
        tui.app.push_screen(Picker("見出し", find=find), taken.append)
        await tui.settle()
        below = tui.app.screen_stack[-2]
        typed = ["x", "enter", "3"]  # the 3 is a room of the screen below
        for key in typed:
            tui.app.post_message(events.Key(key, key if len(key) == 1 else None))
        for _turn in range(10):
            await tui.pilot.pause(0.01)
        assert isinstance(tui.app.screen, Picker)
        may_end.set()
        await tui.settle()
        assert taken == [["x0"]]
        assert tui.app.screen is not below
        assert isinstance(tui.app.screen, ListPage)


async def test_enter_on_what_nobody_has_leaves_the_list_open_and_the_keys_alive(path: Path) -> None:
    async def find(text: str) -> list[Option]:
        await asyncio.sleep(0.05)
        return [] if text == "x" else [Option("a", "a")]

    async with running(path) as tui:
        taken: list[list[str] | None] = []
        tui.app.push_screen(Picker("見出し", find=find), taken.append)
        await tui.settle()
        await tui.press("x", "enter", "backspace", "enter")
        assert taken == [["a"]]
