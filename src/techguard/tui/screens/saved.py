"""The short menu of a list: filters kept under a name, and which columns there are. Both belong to the person
and lie in the vault: the name of a filter is a word from the register.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType

from techguard.i18n import N_, _, list_text
from techguard.register import Register

from ..columns import COLUMNS, choosable, shown_fields
from ..input import LineInput
from ..picker import Ask, Confirm, Option, Picker
from ..table import VirtualTable
from ..views import View, from_kept, in_words, kept_form

if TYPE_CHECKING:
    from techguard.domain.kinds import Kind

    from .lists import ListPage

NAME_LIMIT = 60


def topic(kind: Kind) -> str:
    """Under which topic the filters of a kind are kept."""
    return f"filters {kind.plural}"


def open_views(page: ListPage) -> None:
    """Offer the saved filters of a list, and what can be done with them and with its columns."""
    page.ask(partial(_open, page))


async def _open(page: ListPage) -> None:
    kind = page.kind

    def read(reg: Register) -> tuple[dict[str, Any], dict[str, str]]:
        kept = reg.kept(topic(kind))
        ids = {i for one in kept.values() for i in from_kept(kind, one)[0].referred()}
        return kept, {i: n.title for i, n in reg.titles(ids).items()}

    kept, names = await page.store.run(read)
    if page.store.projecting:
        kept = {}  # their names are words that a person chose for nobody else to read
    options = [
        Option(
            f"use {name}",
            name,
            " / ".join(_said(kind, from_kept(kind, one)[0], names)),
            group=_("Saved filters"),
        )
        for name, one in kept.items()
    ]
    here = _("This list")
    if not page.tg.read_only and not page.store.projecting:
        if page.view.narrowed and page.view.only is None:
            now = " / ".join(_said(kind, page.view, names))
            options.append(Option("save", _("Save this filter under a name"), now, group=here))
        if kept:
            options.append(Option("rename", _("Rename a saved filter"), group=here))
            options.append(Option("delete", _("Delete a saved filter"), group=here))
    options.append(Option("columns", _("Choose the columns"), group=here))

    def act(chosen: list[Any] | None) -> None:
        if not chosen:
            return
        what, _space, name = chosen[0].partition(" ")
        match what:
            case "use":
                _use(page, kept[name])
            case "save":
                _save(page, kept)
            case "rename":
                _which(page, kept, _("Rename a saved filter"), partial(_rename, page, kept))
            case "delete":
                _which(page, kept, _("Delete a saved filter"), partial(_delete, page))
            case "columns":
                _columns(page)

    page.app.push_screen(Picker(_("Views"), options), act)


def _said(kind: Kind, view: View, names: Mapping[str, str]) -> list[str]:
    words = in_words(kind, view, names)
    return [_("text: {text}").format(text=view.text), *words] if view.text else words


def _use(page: ListPage, kept: Any) -> None:
    view, whole = from_kept(page.kind, kept)
    if not whole:
        text = _("A part of this filter is no more; the list shows what the rest of it finds.")
        page.tg.say(text, severity="warning")
    page.query_one("#narrow", LineInput).value = view.text
    page.look(replace(view, sort=view.sort or page.view.sort))


def _save(page: ListPage, kept: Mapping[str, Any]) -> None:
    view = page.view

    def named(name: str | None) -> None:
        if name is None:
            return

        def keep() -> None:
            said = _("Saved: {name}. F9 brings it back.").format(name=name)
            page.ask(partial(_do, page, lambda reg: reg.keep(topic(page.kind), name, kept_form(view)), said))

        _unless_taken(page, kept, name, keep)

    note = _("The name is kept inside the vault, like everything else.")
    page.app.push_screen(Ask(_("Name of the filter"), note=note, limit=NAME_LIMIT), named)


def _unless_taken(page: ListPage, kept: Mapping[str, Any], name: str, go_on: Callable[[], None]) -> None:
    if name not in kept:
        go_on()
        return
    question = _("There is a filter of this name already. Put this one in its place?")
    answers = [("stay", _("Keep the old one")), ("replace", _("Put this one in its place"))]
    page.app.push_screen(
        Confirm(question, answers, detail=name), lambda answer: go_on() if answer == "replace" else None
    )


def _which(page: ListPage, kept: Mapping[str, Any], title: str, then: Callable[[str], None]) -> None:
    options = [Option(name, name) for name in kept]
    page.app.push_screen(Picker(title, options), lambda chosen: then(chosen[0]) if chosen else None)


def _rename(page: ListPage, kept: Mapping[str, Any], name: str) -> None:
    def named(new: str | None) -> None:
        if new is None or new == name:
            return

        def go_on() -> None:
            said = _("Renamed: {name}.").format(name=new)
            page.ask(partial(_do, page, lambda reg: reg.rename_kept(topic(page.kind), name, new), said))

        _unless_taken(page, kept, new, go_on)

    page.app.push_screen(Ask(_("Name of the filter"), name, limit=NAME_LIMIT), named)


def _delete(page: ListPage, name: str) -> None:
    def answered(answer: str | None) -> None:
        if answer == "delete":
            said = _("Deleted: {name}.").format(name=name)
            page.ask(partial(_do, page, lambda reg: reg.forget(topic(page.kind), name), said))

    detail = _("{name}\nOnly the saved filter goes; the entries stay as they are.").format(name=name)
    answers = [("stay", _("Keep it")), ("delete", _("Delete the saved filter"))]
    page.app.push_screen(Confirm(_("Delete this saved filter?"), answers, detail=detail), answered)


async def _do(page: ListPage, work: Callable[[Register], None], said: str) -> None:
    await page.store.run(work)
    page.tg.say(said)


# --- columns ---


class ColumnPicker(Picker):
    """Which columns, in which order: the chosen ones stand first, as they will in the list."""

    ABOUT = N_(
        "Space marks the columns of the list. Shift with an arrow moves a column up or down: the marked ones "
        "stand in the list in this order, and on a narrow screen the last are left out. With none marked the "
        "list has its usual columns."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("shift+up", "shift(-1)", N_("Move up"), tooltip=N_("Move this column to the left.")),
        Binding("shift+down", "shift(1)", N_("Move down"), tooltip=N_("Move this column to the right.")),
        Binding("f8", "usual", N_("Usual columns"), tooltip=N_("Mark the columns this list has by itself.")),
    ]

    def __init__(self, kind: Kind, chosen: Sequence[str], note: str) -> None:
        self.kind = kind
        marked = [f.name for f in shown_fields(kind, chosen)]
        super().__init__(_("Columns"), self._arranged(marked), several=True, chosen=marked, note=note)

    def _arranged(self, first: Sequence[str]) -> list[Option]:
        fields = {f.name: f for f in choosable(self.kind)}
        order = dict.fromkeys([*first, *fields])
        return [Option(name, _(fields[name].label), _(fields[name].about.help)) for name in order]

    def _typed_text(self) -> str:
        return self.query_one("#narrow", LineInput).value if self.searchable else ""

    def _again(self, key: str) -> None:
        """Show the columns anew with the cursor on the same one."""
        self._narrow(self._typed_text())
        place = next((i for i, o in enumerate(self._shown) if o.value == key), 0)
        self.table.move_to(place)

    def action_shift(self, step: int) -> None:
        """Move the column under the cursor past its neighbour in sight."""
        key = self.table.key
        at = next((i for i, o in enumerate(self._shown) if o.value == key), None)
        if at is None or not 0 <= at + step < len(self._shown):
            return
        here, there = (self.options.index(self._shown[i]) for i in (at, at + step))
        self.options.insert(there, self.options.pop(here))
        self._again(key)

    def action_usual(self) -> None:
        usual = [f.name for f in shown_fields(self.kind)]
        self.options = self._arranged(usual)
        table = self.table
        table.marked = set(usual)
        self._again(table.key)

    def action_take(self) -> None:
        marked = self.table.marked
        self.dismiss([o.value for o in self.options if o.value in marked])


def _tell_narrow(page: ListPage, added: Collection[str]) -> None:
    """Say which of the columns that were added find no room, and how they get it."""
    table = page.query_one(VirtualTable)
    shown = {table.columns[i].key for i, _width in table.shown}
    left_out = [_(f.label) for f in choosable(page.kind) if f.name in added and f.name not in shown]
    if left_out:
        told = _(
            "There is no room for {columns} in this window. Shift+Up moves a column nearer to the front."
        )
        page.tg.say(told.format(columns=list_text(left_out)))


def _columns(page: ListPage) -> None:
    note = _("The columns of this list, from left to right.")
    if page.tg.read_only:
        note = _("The register is open for reading only: the choice holds until you leave this list.")

    def chosen(names: list[Any] | None) -> None:
        if names is None:
            return
        usual = [f.name for f in shown_fields(page.kind)]
        mine = () if names == usual else tuple(names)
        before = shown_fields(page.kind, page.chosen or ())
        page.choose_columns(mine)
        page.reload()
        _tell_narrow(page, {*names} - {f.name for f in before})
        if page.tg.read_only:
            return

        def keep(reg: Register) -> None:
            if mine:
                reg.keep(COLUMNS, page.kind.name, list(mine))
            else:
                reg.forget(COLUMNS, page.kind.name)

        page.ask(lambda: page.store.run(keep))

    page.app.push_screen(ColumnPicker(page.kind, page.chosen or (), note), chosen)
