"""Filters kept under a name, and columns chosen: a person's own, inside the vault, there again next time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techguard.domain import words as w
from techguard.domain.gaps import GAPS
from techguard.domain.kinds import KINDS, kind_of
from techguard.tui.columns import choosable, columns_of, line_of
from techguard.tui.picker import Ask, Confirm, Picker
from techguard.tui.screens.lists import ListPage, filterable, sortable
from techguard.tui.screens.saved import topic
from techguard.tui.table import VirtualTable
from techguard.tui.views import DATES, EMPTY, View, from_kept, kept_form
from tests.made_up import one_of_each

from .conftest import Tui, running
from .test_pictures import Picture

EXPOSURE = KINDS["exposure"]


async def ask(tui: Tui, work: Any) -> Any:
    return await tui.app.store.run(work)


async def kept(tui: Tui) -> dict[str, Any]:
    return await ask(tui, lambda reg: reg.kept(topic(EXPOSURE)))


async def menu(tui: Tui, wanted: str) -> None:
    """Open the menu of the list and choose the line that holds these words."""
    await tui.press("f9")
    picker = tui.app.screen
    assert isinstance(picker, Picker), tui.text()
    picker.query_one(VirtualTable).focus()
    at = next(o for o in picker.options if wanted in o.label)
    while picker.query_one(VirtualTable).key != str(at.value):
        await tui.press("down")
    await tui.press("enter")


async def save(tui: Tui, name: str) -> None:
    await menu(tui, "絞り込みに名前")
    assert isinstance(tui.app.screen, Ask)
    await tui.type(name)
    await tui.press("enter")


async def test_a_filter_is_saved_chosen_renamed_and_deleted(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("3", "f3")
        await tui.type("共同")
        await save(tui, "大学との共同研究")
        assert list(await kept(tui)) == ["大学との共同研究"]
        await tui.press("f8")
        assert "5件" in tui.text()
        await menu(tui, "大学との")
        page = tui.app.screen
        assert isinstance(page, ListPage)
        assert page.view.text == "共同"
        assert "1件" in tui.text()
        await menu(tui, "名前を変える")
        await tui.press("enter")
        await tui.type("（2026年）")
        await tui.press("enter")
        assert list(await kept(tui)) == ["大学との共同研究（2026年）"]
        await menu(tui, "削除")
        await tui.press("enter")
        assert isinstance(tui.app.screen, Confirm)  # the cursor is on the answer that keeps it
        await tui.press("enter")
        assert await kept(tui)
        await menu(tui, "削除")
        await tui.press("enter", "down", "enter")
        assert not await kept(tui)


async def test_a_name_that_is_taken_is_never_overwritten_unasked(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("3", "f3")
        await tui.type("共同")
        await save(tui, "大学")
        await tui.press("f3")
        await tui.type("研究")
        await save(tui, "大学")
        assert isinstance(tui.app.screen, Confirm)
        await tui.press("enter")
        assert (await kept(tui))["大学"]["text"] == "共同"
        await save(tui, "大学")
        await tui.press("down", "enter")
        assert (await kept(tui))["大学"]["text"] == "共同研究"


async def test_what_was_saved_is_there_next_time_for_this_person_and_makes_no_history(path: Path) -> None:
    async with running(path) as tui:
        before = await ask(tui, lambda reg: reg.head)
        await tui.press("3", "f3")
        await tui.type("共同")
        await save(tui, "いつもの")
        assert await ask(tui, lambda reg: reg.head) == before
        assert (await ask(tui, lambda reg: reg.verify())).ok
    async with running(path) as tui:
        await tui.press("3")
        await menu(tui, "いつもの")
        assert "1件" in tui.text()
        await tui.press("4", "f9")  # another list has filters of its own
        assert "いつもの" not in tui.text()


async def test_nothing_that_was_saved_can_be_read_outside_the_vault(path: Path, tmp_path: Path) -> None:
    async with running(path) as tui:
        await tui.press("3", "f3")
        await tui.type("共同")
        await save(tui, "秘密の買収先")
    for file in (f for f in tmp_path.rglob("*") if f.is_file()):
        held = file.read_bytes()
        for encoding in ("utf-8", "utf-16-le", "cp932"):
            assert "秘密の買収先".encode(encoding) not in held, file


async def test_a_filter_whose_field_is_no_more_says_so(path: Path) -> None:
    async with running(path) as tui:
        old = {"text": "共同", "filters": [["vanished", ["x"]], ["route", ["R01"]]], "sort": None, "gap": ""}
        await ask(tui, lambda reg: reg.keep(topic(EXPOSURE), "古い", old))
        await tui.press("3")
        await menu(tui, "古い")
        assert "この絞り込みの一部は、もうありません" in tui.text()
        assert tui.app.screen.view.filters == (("route", ("R01",)),)  # type: ignore[attr-defined]


async def test_columns_are_chosen_ordered_and_kept(path: Path) -> None:
    async with running(path, size=(120, 40)) as tui:
        await tui.press("3")
        await menu(tui, "列")
        # The list's own stand first and are marked; unmark the title, move the technology to the front.
        await tui.press("down", "space", "shift+up", "shift+up", "enter")
        page = tui.app.screen
        assert isinstance(page, ListPage)
        assert page.chosen is not None
        assert page.chosen[:2] == ("technology", "level")
        assert "title" not in page.chosen
        head = next(line for line in tui.screen() if "番号" in line)
        assert head.index("コア技術") < head.index("レベル")
        row = next(line for line in tui.screen() if "EXP-0001" in line)
        assert row.index("焼結プロ") < row.index("極高")
        tui.straight()
    async with running(path, size=(120, 40)) as tui:
        await tui.press("3")
        head = next(line for line in tui.screen() if "番号" in line)
        assert head.index("コア技術") < head.index("レベル")
        await menu(tui, "列")
        await tui.press("f8", "enter")
        assert tui.app.screen.chosen == ()  # type: ignore[attr-defined]
        assert not await ask(tui, lambda reg: reg.kept("columns"))


async def test_a_column_without_room_is_named(path: Path) -> None:
    """Nothing that was chosen stays away without a word."""
    async with running(path, size=(80, 24)) as tui:
        await tui.press("2")
        await menu(tui, "列")
        await tui.type("製品")
        await tui.press("space", "enter")
        assert "この画面の幅では、適用製品を表示できません。" in tui.text().replace("\n", "")


async def test_a_reader_uses_what_was_saved_and_is_offered_nothing_that_writes(path: Path) -> None:
    async with running(path) as tui:
        await tui.press("3", "f3")
        await tui.type("共同")
        await save(tui, "いつもの")
    async with running(path, read_only=True) as tui:
        await tui.press("3", "f9")
        assert "削除" not in tui.text()
        await tui.press("escape")
        await menu(tui, "いつもの")
        assert "1件" in tui.text()
        await menu(tui, "列")
        await tui.press("space", "enter")
        assert not await ask(tui, lambda reg: reg.kept("columns"))


def _values(name: str) -> st.SearchStrategy[tuple[Any, ...]]:
    spec = EXPOSURE.by_name[name]
    if spec.choices is not None:
        one: st.SearchStrategy[Any] = st.sampled_from([*spec.choices, EMPTY])
    elif spec.type.value == "date":
        one = st.sampled_from([key for key, _label, _days in DATES])
    elif spec.type.value == "boolean":
        one = st.booleans()
    elif spec.minimum is not None:
        one = st.integers(int(spec.minimum), int(spec.maximum or 0))
    else:
        one = st.text("0123456789abcdef", min_size=1, max_size=32)
    return st.lists(one, min_size=1, max_size=3).map(tuple)


NAMES = [f.name for f in EXPOSURE.fields if filterable(f)]
VIEWS = st.builds(
    View,
    text=st.text(max_size=20),
    filters=st.lists(
        st.sampled_from(NAMES).flatmap(lambda n: st.tuples(st.just(n), _values(n))),
        max_size=3,
        unique_by=lambda f: f[0],
    ).map(tuple),
    sort=st.none()
    | st.tuples(st.sampled_from([f.name for f in EXPOSURE.fields if sortable(f)]), st.booleans()),
    gap=st.sampled_from(["", *(g.code for g in GAPS if g.kind == "exposure")]),
)


@given(VIEWS)
def test_a_kept_view_comes_back_as_it_was(view: View) -> None:
    again, whole = from_kept(EXPOSURE, json.loads(json.dumps(kept_form(view))))
    assert whole
    assert again == view
    assert [type(v) for _n, vs in again.filters for v in vs if v != EMPTY] == [
        type(v) for _n, vs in view.filters for v in vs if v != EMPTY
    ]


@given(st.data())
def test_a_row_has_a_cell_for_each_chosen_column(data: st.DataObject) -> None:
    kind = KINDS[data.draw(st.sampled_from(sorted(KINDS)))]
    names = data.draw(st.lists(st.sampled_from([f.name for f in choosable(kind)]), unique=True))
    item = next(i for i in one_of_each("0" * 32) if kind_of(i) is kind)
    assert len(line_of(kind, item, {}, chosen=names).cells) == len(columns_of(kind, chosen=names))


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_pictures(path: Path, picture: Picture, lang: str) -> None:
    async with running(path, lang) as tui:
        view = View(filters=(("route", ("R01", "R03")), ("status", (w.ExposureStatus.RATED,))))
        await ask(tui, lambda reg: reg.keep(topic(EXPOSURE), "大学と提携", kept_form(view)))
        await tui.press("3", "f3", "共", "f9")
        picture(tui, f"list-views.{lang}.80x24")
        await tui.press("escape", "f9", "down", "enter")
        picture(tui, f"list-view-name.{lang}.80x24")
        await tui.press("escape", "f9", "end")
        tui.app.screen.query_one(VirtualTable).move_to(99)
        await tui.press("enter")
        picture(tui, f"list-columns.{lang}.80x24")
