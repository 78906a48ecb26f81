"""Forms, made from the field definitions: one row a field, checked while it is filled in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from techguard import present
from techguard.domain.fields import FieldSpec, FieldType
from techguard.domain.kinds import KINDS
from techguard.domain.text import width
from techguard.i18n import N_, _, date_text, language

from . import values
from .input import LineInput, LongInput
from .picker import Add, Option, Picker
from .scrolled import Scrolled
from .text import join, literal

if TYPE_CHECKING:
    from techguard.catalog import Scales

    from .page import Speaking

YES, NO = N_("Yes"), N_("No")

LABEL_CELLS = 32
"""So wide the column of labels may be; a longer label goes on in a second line."""


def options_for(spec: FieldSpec, draft: Mapping[str, Any]) -> list[Option]:
    """What can be chosen for a field that is not a reference, in the language of the screen."""
    from techguard import catalog

    lang = language()
    if spec.type is FieldType.BOOLEAN:
        return [Option(True, _(YES)), Option(False, _(NO))]
    if spec.choices is not None:
        return [Option(choice, present.choice_label(choice, lang)) for choice in spec.choices]
    if spec.about.scale:
        return scale_options(spec.about.scale)
    route = draft.get("route") or ""
    match spec.about.catalog:
        case "routes":
            return [
                Option(r.id, f"{r.id}  {r.name.in_(lang)}", " / ".join(s.in_(lang) for s in r.sub_routes))
                for r in catalog.routes().values()
            ]
        case "sub_routes":
            return [
                Option(s.id, f"{s.id}  {s.in_(lang)}", group=f"{r.id}  {r.name.in_(lang)}")
                for r in catalog.routes().values()
                if route in {"", r.id}
                for s in r.sub_routes
            ]
        case "signs":
            return [
                Option(s.id, f"{s.id}  {s.in_(lang)}", group=f"{r.id}  {r.name.in_(lang)}")
                for r in catalog.routes().values()
                if route in {"", r.id}
                for s in r.signs
            ]
        case "countermeasures":
            return [
                Option(c.id, f"{c.id}  {c.title.in_(lang)}", c.plain.in_(lang))
                for c in catalog.countermeasures().values()
            ]
        case "checklists":
            return [
                Option(i.id, f"{i.id}  {i.in_(lang)}", group=c.title.in_(lang))
                for c in catalog.checklists().values()
                for i in c.items
            ]
    if spec.minimum is not None and spec.maximum is not None:
        return [Option(n, str(n)) for n in range(int(spec.minimum), int(spec.maximum) + 1)]
    return []


def scale_options(scale_id: str, scales: Scales | None = None) -> list[Option]:
    """The steps of a scale with what it takes to choose each; by default of the scales in force."""
    from techguard import catalog

    lang = language()
    scale = (scales or catalog.scales()).scale(scale_id)
    return [
        Option(
            level.value,
            f"{level.value}  {level.name.in_(lang)}",
            " / ".join(a.in_(lang) for a in level.anchors),
            f"level-{level.value}" if scale_id == "level" else "",
        )
        for level in scale.levels
    ]


FEWEST_LINES, MOST_LINES = 3, 6
"""How many lines of a list a form shows at once."""


class PickField(Widget, can_focus=True):
    """A value that is chosen: shows what is chosen; Enter opens the list; a digit chooses on a scale."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "open", N_("Choose")),
        Binding("delete,backspace", "clear", N_("Choose nothing"), show=False),
    ]

    class Changed(Message):
        """Something else was chosen."""

        def __init__(self, field: PickField) -> None:
            super().__init__()
            self.field = field

    def __init__(self, spec: FieldSpec, value: Any, names: dict[str, str], form: Form) -> None:
        super().__init__(id=f"edit-{spec.name}", classes="editor")
        self.spec = spec
        self.value = value
        self.names = names
        self.form = form

    def render(self) -> Any:
        text = self.shown()
        return literal(text) if text else join((_("Not chosen"), "$t-muted"))

    def shown(self) -> str:
        """What is chosen, in words."""
        value = self.value
        if value is None or value in ("", ()):
            return ""
        if self.spec.about.scale and isinstance(value, int):
            return next(
                (o.label for o in scale_options(self.spec.about.scale) if o.value == value), str(value)
            )
        return present.show(self.spec, value, language(), self.names)

    def choose(self, value: Any) -> None:
        """Take a value, as if it had been chosen from the list."""
        self.value = value
        self.refresh(layout=True)
        self.post_message(self.Changed(self))

    def action_clear(self) -> None:
        if not self.spec.required and self.spec.type is not FieldType.BOOLEAN:
            self.choose(() if self.spec.many else ("" if self.spec.type is FieldType.TEXT else None))

    def on_key(self, event: events.Key) -> None:
        digit = event.character if event.character and event.character.isdecimal() else ""
        if self.spec.about.scale and digit:
            event.stop()
            if any(o.value == int(digit) for o in scale_options(self.spec.about.scale)):
                self.choose(int(digit))
        elif event.character and event.character.isalpha():
            event.stop()  # a word typed here is looked for, not lost
            self.action_open(event.character)

    def on_click(self) -> None:
        self.action_open()

    def action_open(self, typed: str = "") -> None:
        spec = self.spec
        given = self.value if spec.many else ([] if self.value in {None, ""} else [self.value])
        screen: Speaking[Any] = self.screen  # type: ignore[assignment]
        is_ref = bool(spec.to)

        async def find(text: str) -> Sequence[Option]:
            named = await screen.store.run(lambda reg: reg.pick(spec.to, text))
            self.names.update({n.id: n.title for n in named})
            return [Option(n.id, f"{n.ref}  {n.title}") for n in named]

        def taken(chosen: list[Any] | None) -> None:
            if chosen is None:
                return
            if spec.many:
                self.choose(tuple(chosen))
            else:
                empty = "" if spec.type is FieldType.TEXT else None
                self.choose(chosen[0] if chosen else empty)

        add: Add | None = None
        if is_ref and not KINDS[spec.to].parent and screen.tg.may_change(spec.to):

            def add(typed: str, done: Callable[[Option], None]) -> None:
                self.form.add_new(self, typed, done)

        self.app.push_screen(
            Picker(
                _(spec.label),
                () if is_ref else options_for(spec, self.form.draft()),
                find=find if is_ref else None,
                several=spec.many,
                chosen=given,
                clearable=not spec.required and spec.type is not FieldType.BOOLEAN,
                add=add,
                note=_(spec.help) if spec.help else "",
                typed=typed,
            ),
            taken,
        )


class FieldRow(Vertical):
    """Label, editor, and below them what is wrong."""

    def __init__(self, spec: FieldSpec, value: Any, names: dict[str, str], form: Form) -> None:
        super().__init__(id=f"row-{spec.name}")
        self.spec = spec
        self.form = form
        self._value = value
        self._names = names
        self.touched = False

    def compose(self) -> ComposeResult:
        with Horizontal(classes="pair"):
            label = Static(literal(self._label("  ")), classes="label")
            label.styles.width = self.form.label_cells
            yield label
            yield self._editor()
        yield Static(classes="problem")

    def _label(self, lead: str) -> str:
        return lead + row_label(self.spec)

    def _editor(self) -> Widget:
        spec = self.spec
        if not values.is_typed(spec):
            return PickField(spec, self._value, self._names, self.form)
        text = values.typed_text(spec, self._value)
        name = f"edit-{spec.name}"
        if spec.type in {FieldType.LONG_TEXT, FieldType.WORDS}:
            long = LongInput(text, limit=spec.max_length or 0, id=name, classes="editor")
            if spec.type is FieldType.WORDS:  # a short list is seen whole
                long.styles.height = min(MOST_LINES, max(FEWEST_LINES, text.count("\n") + 1))
            return long
        limit = spec.max_length or (40 if spec.type is not FieldType.TEXT else 0)
        return LineInput(text, limit=limit, id=name, classes="editor")

    @property
    def editor(self) -> Widget:
        """What is typed or chosen in."""
        return self.query_one(".editor", Widget)

    @property
    def raw(self) -> Any:
        """What stands in the editor: text as typed, or the value chosen."""
        if not self.is_mounted:
            return values.typed_text(self.spec, self._value) if values.is_typed(self.spec) else self._value
        editor = self.editor
        if isinstance(editor, PickField):
            return editor.value
        return editor.text if isinstance(editor, TextArea) else editor.value  # type: ignore[attr-defined]

    def value(self) -> Any:
        """The value of the field. Raises `values.Refused`."""
        raw = self.raw
        if values.is_typed(self.spec):
            return values.parse(self.spec, raw, self.form.today)
        if self.spec.required and normal_empty(raw):
            raise values.Refused(_("This must be chosen."))
        return raw

    def mark(self, *, here: bool) -> None:
        """Show that the cursor is in this row: by a sign as well as by weight."""
        if here != self.has_class("-focus"):
            self.set_class(here, "-focus")
            self.query_one(".label", Static).update(literal(self._label("> " if here else "  ")))

    def check(self) -> bool:
        """Say what is wrong with what stands here; whether nothing is."""
        try:
            value = self.value()
        except values.Refused as refused:
            self.tell(str(refused))
            return False
        note = ""
        if isinstance(value, date) and self.raw.strip() != value.isoformat():
            note = "= " + date_text(value)
        self.tell(note, note=True)
        return True

    def tell(self, text: str, *, note: bool = False) -> None:
        """Show a problem (or a note) below the editor; an empty text shows none."""
        line = self.query_one(".problem", Static)
        line.set_class(bool(text), "-on")
        line.set_class(note, "-note")
        line.update(literal(text))


def row_label(spec: FieldSpec) -> str:
    """A field's label, marked if it must be filled in."""
    return _(spec.label) + (" *" if spec.required else "")


def normal_empty(raw: Any) -> bool:
    """Whether nothing was typed or chosen."""
    return raw is None or raw in ("", ())


class Form(Scrolled, can_focus=False, inherit_bindings=False):
    """The rows of a form, by section. Knows what was typed, whether it differs, what is wrong. Up and Down
    go from field to field, also where the form is longer than the screen, and so does Enter from a line.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "page_up", N_("Page up"), show=False),
        Binding("pagedown", "page_down", N_("Page down"), show=False),
    ]

    class FieldFocused(Message):
        """The cursor is in another field."""

        def __init__(self, spec: FieldSpec) -> None:
            super().__init__()
            self.spec = spec

    class Edited(Message):
        """Something was typed or chosen."""

    def __init__(
        self,
        fields: Iterable[FieldSpec],
        start: Mapping[str, Any],
        names: Mapping[str, str],
        today: date,
        add_new: Callable[[PickField, str, Callable[[Option], None]], None],
    ) -> None:
        super().__init__(id="form")
        self.fields = tuple(fields)
        self.start = dict(start)
        self.names = dict(names)
        self.today = today
        self.add_new = add_new
        self.label_cells = 30

    def compose(self) -> ComposeResult:
        widest = max(width(row_label(f)) for f in self.fields) + 4
        self.label_cells = min(LABEL_CELLS, widest)
        first = True
        for section, fields in groupby(self.fields, key=lambda f: f.about.section):
            yield Static(literal(_(section)), classes="section -first" if first else "section")
            first = False
            for spec in fields:
                yield FieldRow(spec, self.start.get(spec.name, spec.default), self.names, self)

    def row(self, name: str) -> FieldRow:
        """The row of a field."""
        return self.query_one(f"#row-{name}", FieldRow)

    def rows(self) -> Iterable[FieldRow]:
        """Every row, from top to bottom."""
        return self.query(FieldRow)

    def draft(self) -> dict[str, Any]:
        """What stands in the form, whether it is right or not: chosen values, and text as typed."""
        return {row.spec.name: row.raw for row in self.rows()}

    def lay(self, draft: Mapping[str, Any]) -> None:
        """Put back a draft, as it was taken by `draft`."""
        for row in self.rows():
            if row.spec.name in draft:
                self.put(row.spec.name, draft[row.spec.name])

    def put(self, name: str, raw: Any) -> None:
        """Put text, or a chosen value, into a field."""
        editor = self.row(name).editor
        if isinstance(editor, PickField):
            editor.choose(raw)
        elif isinstance(editor, TextArea):
            editor.text = raw
        else:
            editor.value = raw  # type: ignore[attr-defined]

    def typed_start(self) -> dict[str, Any]:
        """The draft this form began with."""
        return {
            f.name: values.typed_text(f, self.start.get(f.name, f.default))
            if values.is_typed(f)
            else self.start.get(f.name, f.default)
            for f in self.fields
        }

    @property
    def dirty(self) -> bool:
        """Whether something stands here that was not there at the start."""
        return values.differs(self.fields, self.draft(), self.typed_start())

    def collect(self) -> dict[str, Any] | None:
        """Every value, or None after the problems were shown and the cursor put on the first."""
        wrong = [row for row in self.rows() if not row.check()]
        if wrong:
            wrong[0].editor.focus()
            wrong[0].scroll_visible(animate=False)
            return None
        return {row.spec.name: row.value() for row in self.rows()}

    def tell(self, name: str, text: str) -> bool:
        """Show a problem that the register found; whether the form has the field."""
        for row in self.rows():
            if row.spec.name == name:
                row.tell(text)
                row.editor.focus()
                return True
        return False

    def focus_first(self, given: Collection[str] = ()) -> None:
        """Begin with the first field that was not `given` a value, at once: keys may be on their way."""
        rows = list(self.rows())
        first = next((row for row in rows if row.spec.name not in given), rows[0])
        self.screen.set_focus(first.editor)

    def next_section(self, step: int) -> None:
        """Put the cursor on the first field of the next (or the previous) section."""
        sections = [f.about.section for f in self.fields]
        firsts = [i for i, s in enumerate(sections) if i == 0 or sections[i - 1] != s]
        here = next((i for i, row in enumerate(self.rows()) if row.editor.has_focus), 0)
        if step > 0:
            target = next((i for i in firsts if i > here), 0)
        else:
            target = next((i for i in reversed(firsts) if i < here), firsts[-1])
        row = list(self.rows())[target]
        row.editor.focus()
        row.scroll_visible(animate=False, top=True)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        row = next((a for a in event.widget.ancestors_with_self if isinstance(a, FieldRow)), None)
        for other in self.rows():
            other.mark(here=other is row)
        if row is not None:
            self.post_message(self.FieldFocused(row.spec))

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _typed(self, event: Input.Changed | TextArea.Changed) -> None:
        event.stop()
        self._edited(event.control)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        """Enter in a line goes on to the next field, as in a sheet of cells; it never saves by surprise."""
        event.stop()
        self.screen.focus_next()

    @on(PickField.Changed)
    def _picked(self, event: PickField.Changed) -> None:
        event.stop()
        self._edited(event.field)

    def _edited(self, editor: Widget) -> None:
        row = next(a for a in editor.ancestors_with_self if isinstance(a, FieldRow))
        if row.touched or row.raw != self.typed_start()[row.spec.name]:
            row.touched = True
            row.check()
        self.post_message(self.Edited())
