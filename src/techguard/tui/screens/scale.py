"""A scale of one's own: written down, seen row by row before it applies, applied as one act."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType

from techguard import present
from techguard.domain.errors import Invalid
from techguard.domain.items import Counterparty, Exposure, Item, ScaleEdition, Technology
from techguard.domain.kinds import kind_of
from techguard.domain.rescaling import EFFECTS, Effect, Rescaling, Row
from techguard.i18n import N_, _, language, ngettext

from ..heat import HeatMap
from ..page import LoadingPage, Page
from ..prose import Prose
from ..table import Cell, Column, Line, VirtualTable, plain
from ..text import beside
from .form import FormPage

if TYPE_CHECKING:
    from techguard.register import Register

STYLES: Mapping[Effect, str] = {
    "rate_anew": "bad",
    "restate_anew": "bad",
    "risen": "warn",
    "fallen": "good",
    "same": "muted",
}


class OwnScalePage(FormPage):
    """The company's own steps, matrix and thresholds, beginning from the scale in force."""

    ABOUT = N_(
        "Write the scale as your company uses it: from 3 to 6 steps of likelihood and of impact, the level "
        "for each pair of them, and from which level on an officer or the board decides. Levels are always "
        "1 to 5, a scale need not use all of them. Ctrl+S shows what it would change, entry by entry; "
        "nothing applies before you say so there. Ratings made before keep the scale they were made with."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", N_("Show the effects"), tooltip=N_("Check it and show what it changes.")),
    ]

    def __init__(self, *, draft: Mapping[str, Any] | None = None) -> None:
        super().__init__("scale", draft=draft)

    def place(self) -> Callable[[], Page]:
        draft = self.form.draft() if self.form else self.first_draft
        return lambda: OwnScalePage(draft=draft)

    async def _load(self) -> None:
        from techguard import catalog

        self.preset = catalog.written(await self.store.run(lambda reg: reg.scale), language())
        await super()._load()

    def save(self, collected: dict[str, Any]) -> None:
        self.ask(partial(self._preview, collected), group="save", exclusive=True)

    async def _preview(self, collected: dict[str, Any]) -> None:
        own = ScaleEdition.model_construct(**collected)
        try:
            await self.store.run(lambda reg: reg.rescaling(own))
        except Invalid as error:
            self._tell_invalid(error)
            return
        self.tg.go_to(RescalingPage(collected, self.applied))

    def applied(self) -> None:
        """The scale is in force: this form has done its work."""
        self.tg.go_back()


class RescalingPage(LoadingPage):
    """What a new scale does to every entry it touches; Ctrl+S applies it."""

    NAME = N_("Effects of the scale")
    ABOUT = N_(
        "Above, the new matrix with the exposures as they would stand on it. Below, every entry that changes "
        "and every one that must be rated anew because its step has no place on the new scale: it keeps its "
        "level until then, nothing is rounded. Ratings stay as they were made. Ctrl+S puts the scale in "
        "force, as one act; Ctrl+Z takes it back."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "apply", N_("Put in force"), tooltip=N_("Put this scale in force.")),
        Binding("f8", "all", N_("All / changed"), tooltip=N_("Show what stays too, or only what changes.")),
    ]

    def __init__(self, collected: Mapping[str, Any], applied: Callable[[], None] | None = None) -> None:
        super().__init__()
        self.collected = dict(collected)
        self.applied = applied
        self.found: Rescaling | None = None
        self.every = False

    def room(self) -> str:
        return "more"

    def trail(self) -> tuple[str, ...]:
        return present.kind_label(kind_of(ScaleEdition), language(), plural=True), _(self.NAME)

    def place(self) -> Callable[[], Page]:
        collected = self.collected
        return lambda: RescalingPage(collected)

    def unsaved(self) -> bool:
        return True

    def body(self) -> Iterable[Any]:
        yield Prose(id="scale-count", most=3)
        yield HeatMap(id="scale-matrix", focusable=False)
        yield VirtualTable(
            [
                Column("effect", "", 10, 12, keep=True),
                Column("now", _("Now"), 14, 22, keep=True),
                Column("then", _("Then"), 14, 22, keep=True),
                Column("title", _("Title"), 20, 80),
                Column("ref", _("No."), 9, 9),
            ],
            empty=_("No entry changes."),
            id="rows",
        )

    def on_mount(self) -> None:
        self.ask(self._load)

    async def _load(self) -> None:
        own = ScaleEdition.model_construct(**self.collected)
        self.found = found = await self.store.run(lambda reg: reg.rescaling(own))
        now = found.editions.now
        places = Counter(
            (row.then.likelihood, row.then.impact)
            for row in found.rows
            if isinstance(row.then, Exposure)
            and row.then.scale_edition == now.edition
            and row.then.likelihood is not None
            and row.then.impact is not None
        )
        self.query_one(HeatMap).show(now, {(x, y): n for (x, y), n in places.items() if x and y})
        self._say()
        self._show()
        self.query_one(VirtualTable).focus()

    @on(VirtualTable.Chosen)
    def _open(self, event: VirtualTable.Chosen) -> None:
        from .detail import open_item

        event.stop()
        assert self.found is not None
        row = next(r for r in self.found.rows if r.now.id == event.key)
        open_item(self.tg, kind_of(row.now).name, event.key)

    def _say(self) -> None:
        assert self.found is not None
        anew, risen, fallen = (self.found.count(e) for e in ("rate_anew", "risen", "fallen"))
        said = [
            (ngettext("{n} exposure to rate anew", "{n} exposures to rate anew", anew), anew),
            (ngettext("{n} rises", "{n} rise", risen), risen),
            (ngettext("{n} falls", "{n} fall", fallen), fallen),
        ]
        text = beside(words.format(n=f"{n:,}") for words, n in said)
        hint = _(
            "Esc goes back: “Ratings made before” can say which new step an old one becomes, such as 5 → 4."
        )
        self.query_one("#scale-count", Prose).say(
            (text, "bold $t-accent"), *([(hint, "$t-muted")] if anew else [])
        )

    def _show(self) -> None:
        assert self.found is not None
        rows = [r for r in self.found.rows if self.every or r.effect != "same" or _zone_moves(r)]
        table = self.query_one(VirtualTable)
        table.show_lines([_line(r) for r in rows], cursor=table.cursor)

    def action_all(self) -> None:
        self.every = not self.every
        if self.found is not None:
            self._show()

    def action_apply(self) -> None:
        self.ask(self._apply, group="save", exclusive=True)

    def writing_actions(self) -> Mapping[str, str]:
        return {"apply": "scale"}

    async def _apply(self) -> None:
        def add(reg: Register) -> ScaleEdition:
            with reg.act(str(self.collected.get("reason") or "")):
                return reg.add(ScaleEdition.model_construct(**self.collected))

        made = await self.store.run(add)
        self.tg.say(_("{ref} is in force. Ctrl+Z takes it back.").format(ref=made.ref))
        self.tg.go_back()
        if self.applied is not None:
            self.applied()


def _zone_moves(row: Row) -> bool:
    return isinstance(row.now, Counterparty) and row.now != row.then


def _line(row: Row) -> Line:
    kind = kind_of(row.now)
    cells = (
        Cell(_(EFFECTS[row.effect]), STYLES[row.effect]),
        plain(_stands(row.now), "muted"),
        plain(_stands(row.then)),
        plain(present.title(row.now, kind, language())),
        plain(row.now.ref, "muted"),
    )
    return Line(row.now.id, cells)


def _stands(item: Item) -> str:
    """Where an entry stands: an exposure by its rating, a technology by impact, a counterparty by zone."""
    if isinstance(item, Exposure):
        if item.level is None:
            return present.level_word(None, language())
        return f"{item.likelihood} x {item.impact} = {present.level_word(item.level, language())}"
    if isinstance(item, Technology):
        return _("impact {n}").format(n=item.impact)
    if isinstance(item, Counterparty) and item.zone is not None:
        return present.choice_label(item.zone, language())
    return ""
