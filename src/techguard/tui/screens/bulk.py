"""One value for many entries: seen before it is saved, saved as one act, taken back by one Ctrl+Z."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual import on
from textual.containers import Vertical

from techguard import present
from techguard.domain.errors import Invalid
from techguard.domain.fields import FieldSpec, FieldType
from techguard.domain.items import Item
from techguard.domain.kinds import Kind
from techguard.i18n import N_, _, language, list_text, ngettext

from .. import values
from ..forms import Form
from ..page import Page
from ..prose import Prose
from ..table import Cell, Column, Line, VirtualTable, plain
from .form import FormPage

if TYPE_CHECKING:
    from techguard.register import Register

ENOUGH = 2_000
"""So many entries at once: more are a matter for an import, which shows its differences in a file."""

_WITHOUT = frozenset({FieldType.LONG_TEXT, FieldType.WORDS, FieldType.MOMENT})


def changeable(kind: Kind) -> tuple[FieldSpec, ...]:
    """The fields that several entries may well share: no title, no long text, nothing they must have."""
    return tuple(
        f
        for f in kind.editable
        if f.type not in _WITHOUT and f.name not in {kind.title, kind.parent, "source_ref"} and not f.required
    )


class BulkPage(FormPage):
    """A field, its new value, and below them what each entry has now and would have."""

    NAME = N_("Change together")
    ABOUT = N_(
        "The entries you marked get one value. Below the field stands what each of them has now and what it "
        "would have; only those that differ change. Ctrl+S saves all of them together, or none if one cannot "
        "be; one Ctrl+Z takes it back."
    )

    def __init__(
        self,
        kind: str,
        ids: Sequence[str],
        name: str,
        *,
        draft: Mapping[str, Any] | None = None,
        done: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(kind, draft=draft)
        self.done = done
        self.ids = tuple(ids)
        self.spec = replace(self.kind.by_name[name], required=False)
        self.items: list[Item] = []
        self.names: dict[str, str] = {}

    def trail(self) -> tuple[str, ...]:
        return present.kind_label(self.kind, language(), plural=True), _(self.NAME)

    def place(self) -> Callable[[], Page]:
        kind, ids, name = self.kind.name, self.ids, self.spec.name
        draft = self.form.draft() if self.form else self.first_draft
        return lambda: BulkPage(kind, ids, name, draft=draft)

    def fields(self) -> tuple[FieldSpec, ...]:
        return (self.spec,)

    def body(self) -> Iterable[Any]:
        yield Prose(id="bulk-count", most=2)
        yield Vertical(id="form-holder", classes="-one")
        yield VirtualTable(
            [
                Column("ref", _("No."), 9, 9, keep=True),
                Column("title", present.field_label(self.kind.by_name[self.kind.title], language()), 20, 60),
                Column("now", _("Now"), 14, 30, keep=True),
                Column("then", _("Then"), 14, 30, keep=True),
            ],
            id="rows",
        )
        yield Prose(id="field-help", most=2)

    async def _load(self) -> None:
        def read(reg: Register) -> tuple[list[Item], dict[str, str]]:
            items: list[Item] = [reg.get(i, self.kind.model) for i in self.ids]
            items.sort(key=lambda item: item.ref)  # ids have no order that means anything
            refs = {v for i in items if self.spec.to for v in _each(getattr(i, self.spec.name))}
            return items, {i: n.title for i, n in reg.titles(refs).items()}

        self.items, self.names = await self.store.run(read)
        await super()._load()
        self._preview()

    @on(Form.Edited)
    def _edited(self, event: Form.Edited) -> None:
        event.stop()
        if self.form is not None:
            self.form.row(self.spec.name).touched = True
        self._preview()

    def _value(self) -> Any:
        """What stands in the field. Raises `values.Refused`, also where nothing was touched yet: an empty
        field is a value only when a person emptied it.
        """
        assert self.form is not None
        row = self.form.row(self.spec.name)
        if not row.touched and self.first_draft is None:
            raise values.Refused(_("Choose or type the new value first."))
        return row.value()

    def _preview(self) -> None:
        if self.form is None:
            return
        names = {**self.names, **self.form.names}
        try:
            value = self._value()
        except values.Refused:
            value = None
            then = Cell(_("not clear yet"), "warn")
            differing = 0
        else:
            then = plain(self._shown(value, names), "good")
            differing = sum(getattr(i, self.spec.name) != value for i in self.items)
        lines = []
        for item in self.items:
            now = getattr(item, self.spec.name)
            same = differing and now == value
            cells = (
                plain(item.ref, "muted"),
                plain(present.title(item, self.kind, language())),
                plain(self._shown(now, names), "muted" if same else ""),
                plain(_("stays"), "muted") if same else then,
            )
            lines.append(Line(item.id, cells))
        table = self.query_one(VirtualTable)
        table.show_lines(lines, cursor=table.cursor)
        count = ngettext(
            "{n} entry is marked; {changed} would change.",
            "{n} entries are marked; {changed} would change.",
            len(self.items),
        )
        if then.style == "warn":
            count = ngettext(
                "{n} entry is marked; nothing is chosen for it yet.",
                "{n} entries are marked; nothing is chosen for them yet.",
                len(self.items),
            )
        self.query_one("#bulk-count", Prose).say(
            (count.format(n=len(self.items), changed=differing), "bold $t-accent")
        )

    def _shown(self, value: Any, names: Mapping[str, str]) -> str:
        return present.show(self.spec, value, language(), names) or _("(empty)")

    def action_save(self) -> None:
        try:
            self._value()
        except values.Refused as refused:
            self.tg.say(str(refused), severity="warning")
            return
        super().action_save()

    async def _save(self, collected: dict[str, Any]) -> None:
        items = self.items
        try:
            changed = await self.store.run(lambda reg: reg.change_all(items, **collected))
        except Invalid as error:
            refs = list_text(list(dict.fromkeys(str(p.facts.get("ref", "")) for p in error.problems)))
            self._tell_invalid(error)
            self.tg.say(_("Nothing was changed, because of {refs}.").format(refs=refs), severity="warning")
            return
        said = ngettext(
            "{n} entry was changed. Ctrl+Z takes it back.",
            "{n} entries were changed. Ctrl+Z takes it back.",
            changed,
        ).format(n=changed)
        self.tg.say(said)
        if self.done is not None:
            self.done()
        self.tg.go_back()


def _each(value: Any) -> tuple[str, ...]:
    return () if not value else (value,) if isinstance(value, str) else tuple(value)
