"""Add or edit an entry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from techguard import present
from techguard.domain.errors import Invalid
from techguard.domain.fields import FieldSpec
from techguard.domain.items import Item
from techguard.domain.kinds import KINDS, Kind
from techguard.domain.words import Authority, ConsultationKind
from techguard.i18n import N_, _, explain, language

from ..forms import Form, PickField
from ..page import LoadingPage, Page
from ..picker import Confirm, Option
from ..prose import Prose

if TYPE_CHECKING:
    from techguard.register import Register


class FormPage(LoadingPage):
    """The fields of an entry, by section. Ctrl+S saves; Esc asks before anything typed is lost."""

    WITH_ROOMS = False
    ABOUT = N_(
        "Fill in what you know; only what is marked * is needed, and everything can be added later. Tab and"
        " Shift+Tab go from field to field, F8 to the next section. Enter on a choice opens the "
        "list; on a scale a digit chooses at once. Dates may be written 2026-11-23, 2026/11/23, R8.11.23 or"
        " +3m. Identify, do not disclose: the secret itself never goes in here."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", N_("Save"), tooltip=N_("Check everything and save.")),
        Binding("f8", "section(1)", N_("Next section"), priority=True, tooltip=N_("Go to the next section.")),
        Binding("f7", "section(-1)", N_("Previous section"), show=False, priority=True),
        Binding("down", "app.focus_next", N_("Next field"), show=False),
        Binding("up", "app.focus_previous", N_("Previous field"), show=False),
    ]

    def __init__(
        self,
        kind: str,
        item_id: str = "",
        *,
        preset: Mapping[str, Any] | None = None,
        draft: Mapping[str, Any] | None = None,
        saved: Callable[[Item], None] | None = None,
    ) -> None:
        super().__init__()
        self.kind: Kind = KINDS[kind]
        self.item_id = item_id
        self.preset = dict(preset or {})
        self.first_draft = draft
        self.saved = saved
        self.overlay: dict[str, Any] = {}
        """What stands in the form instead of what the entry says: typed in the step before."""
        self.item: Item | None = None
        self.form: Form | None = None
        self.led: dict[str, Any] = {}
        """What stood in the form when something last followed what was chosen."""

    # --- where we are ---

    def trail(self) -> tuple[str, ...]:
        label = present.kind_label(self.kind, language(), plural=True)
        if self.item_id:
            return label, _("{ref}: edit").format(ref=self.item.ref if self.item else "")
        return label, _("new")

    def room(self) -> str:
        return self.kind.plural

    def place(self) -> Callable[[], Page]:
        kind, item_id, preset = self.kind.name, self.item_id, self.preset
        draft = self.form.draft() if self.form else self.first_draft
        return lambda: FormPage(kind, item_id, preset=preset, draft=draft)

    def unsaved(self) -> bool:
        return self.form is not None and self.form.dirty

    # --- what it edits ---

    def works_on(self) -> str:
        return self.item_id

    def fields(self) -> tuple[FieldSpec, ...]:
        """The fields that are filled in here."""
        return self.kind.editable

    def body(self) -> Iterable[Any]:
        yield Vertical(id="form-holder")
        yield Prose(id="field-help", most=2)

    def on_mount(self) -> None:
        self.ask(self._load)

    def at_first(self) -> Mapping[str, Any]:
        """What stands in the form at first."""
        if self.item is None:
            return {**self.preset, **self.overlay}
        return {f.name: getattr(self.item, f.name) for f in self.fields()} | self.overlay

    async def _load(self) -> None:
        fields = self.fields()

        def read(reg: Register) -> tuple[Item | None, dict[str, str], Any]:
            item = reg.get(self.item_id, self.kind.model) if self.item_id else None
            start = dict(item) if item else dict(self.preset)
            start |= self.overlay
            ids: set[str] = set()
            for f in fields:
                if f.to and start.get(f.name):
                    ids |= {start[f.name]} if isinstance(start[f.name], str) else set(start[f.name])
            return item, {i: n.title for i, n in reg.titles(ids).items()}, reg.today

        self.item, names, today = await self.store.run(read)
        start = self.at_first()
        form = Form(fields, start, names, today, self.add_new)
        await self.query_one("#form-holder").mount(form)
        self.form = form
        if self.first_draft is not None:
            form.lay(self.first_draft)
        self.led = form.draft()
        form.focus_first(() if self.item else self.preset)
        self.show_trail()

    def reload(self) -> None:
        """What was typed stays as it is."""

    @on(Form.FieldFocused)
    def _focused(self, event: Form.FieldFocused) -> None:
        text = present.field_help(event.spec, language())
        if event.spec.max_length and event.spec.is_text:
            limit = _("At most {limit} characters.").format(limit=f"{event.spec.max_length:,}")
            text = f"{text} {limit}".strip() if event.spec.max_length <= LIMIT_TOLD else text
        self.query_one("#field-help", Prose).say((text, "$t-muted"))

    @on(Form.Edited)
    def _follow(self) -> None:
        """What usually goes with a choice changes with it, unless something else was chosen there."""
        if self.form is None:
            return
        draft = self.form.draft()
        for lead, follower, usual in USUALLY.get(self.kind.name, ()):
            before, now = self.led.get(lead), draft.get(lead)
            known = before in usual and now in usual and follower in draft  # a field may not be asked for
            if before != now and known and draft[follower] == usual[before]:
                self.form.put(follower, usual[now])
        self.led = draft

    def add_new(self, field: PickField, typed: str, done: Callable[[Option], None]) -> None:
        """Add what a reference should point to, without leaving this form."""
        kind = KINDS[field.spec.to]

        def saved(item: Item) -> None:
            field.names[item.id] = kind.title_of(item)
            done(Option(item.id, f"{item.ref}  {kind.title_of(item)}"))

        preset = {kind.title: typed} if typed else {}
        self.tg.go_to(FormPage(kind.name, preset=preset, saved=saved))

    # --- saving ---

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "section":
            return len({f.about.section for f in self.fields()}) > 1
        return super().check_action(action, parameters)

    def action_section(self, step: int) -> None:
        if self.form:
            self.form.next_section(step)

    def action_save(self) -> None:
        if self.form is None:
            return
        collected = self.form.collect()
        if collected is None:
            self.tg.say(_("Something is not right yet; the cursor is on it."), severity="warning")
            return
        from .gates import GATES

        gate = GATES.get(self.kind.name)
        if gate is None:
            self.save(collected)
        else:
            gate(self, collected, partial(self.save, collected))

    def save(self, collected: dict[str, Any]) -> None:
        """Save what was filled in."""
        self.ask(partial(self._save, collected), group="save", exclusive=True)

    async def _save(self, collected: dict[str, Any]) -> None:
        try:
            item = await self.store.run(lambda reg: self.write(reg, collected))
        except Invalid as error:
            self._tell_invalid(error)
            return
        self.app.clear_notifications()  # what was wrong is no more
        self.tg.say(_("{ref} is saved.").format(ref=item.ref))
        self.leave(item)

    def write(self, reg: Register, collected: dict[str, Any]) -> Item:
        """Put what was filled in into the register."""
        if self.item is not None:
            changed = {n: v for n, v in collected.items() if v != getattr(self.item, n)}
            return reg.change(self.item, **changed) if changed else self.item
        given = {n: v for n, v in {**self.preset, **collected}.items() if v is not None}
        # Not validated here: the register does, and says what is wrong field by field.
        return reg.add(self.kind.model.model_construct(**given))

    def leave(self, item: Item) -> None:
        """Where to go after saving: back; or, after adding something new, to it."""
        from .detail import has_detail, open_item

        new = self.item is None
        self.tg.go_back()
        if self.saved is not None:
            self.saved(item)
        elif new and has_detail(self.kind.name):
            open_item(self.tg, self.kind.name, item.id)

    def _tell_invalid(self, error: Invalid) -> None:
        assert self.form is not None
        rest: list[str] = []
        for problem in error.problems:
            text = _(problem.message).format(**problem.facts)
            if not self.form.tell(problem.field, text):
                rest.append(text)
        told = explain(error)
        self.tg.say(" ".join(rest) or told.next_step, severity="warning")

    # --- leaving ---

    def action_back(self) -> None:
        if not self.unsaved():
            self._drop()
            return
        answers = [
            ("stay", _("Go on editing")),
            ("save", _("Save and leave")),
            ("drop", _("Throw away what was typed")),
        ]
        self.app.push_screen(Confirm(_("What you typed is not saved yet."), answers), self._answered)

    def _answered(self, answer: str | None) -> None:
        if answer == "save":
            self.action_save()
        elif answer == "drop":
            self._drop()

    def _drop(self) -> None:
        self.app.clear_notifications()  # they were about what stands here
        super().action_back()


USUALLY: Mapping[str, tuple[tuple[str, str, Mapping[Any, Any]], ...]] = {
    "consultation": (
        (
            "kind",
            "authority",
            {
                ConsultationKind.CONSULTATION: Authority.METI,
                ConsultationKind.DIALOGUE: Authority.SAME_FIELD,
            },
        ),
    ),
}
"""By kind: a choice, the field that goes with it, and what usually stands there for each choice."""

LIMIT_TOLD = 1000
"""Limits beyond this are met by nobody who types."""
