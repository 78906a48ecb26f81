"""What was done, by whom, when; and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType

from techguard import present
from techguard.domain.kinds import KINDS
from techguard.domain.text import cut
from techguard.errors import few
from techguard.i18n import N_, NP_, _, labelled, language, list_text, pgettext

from ..page import Page
from ..picker import ChoiceTable, Confirm, Tell
from ..prose import Prose
from ..scrolled import Scrolled
from ..table import Column, Line, VirtualTable, plain

if TYPE_CHECKING:
    from techguard.register import Change, Entry, Register, Step

ACTIONS = {
    "edit": NP_("history", "Change"),
    "create": NP_("history", "Vault made"),
    "import": NP_("history", "Import"),
    "board": NP_("history", "Board summary sealed"),
    "close": NP_("history", "Session closed"),
    "undo": NP_("history", "Taken back"),
    "redo": NP_("history", "Made again"),
    "people": NP_("history", "Access"),
    "review": NP_("history", "Review session"),
    "demo": NP_("history", "Demo"),
    "merge": NP_("history", "Another copy taken in"),
    "prune": NP_("history", "Values pruned"),
    "evidence": NP_("history", "Evidence handed out"),
}
OPS = {
    "add": NP_("history", "added"),
    "change": NP_("history", "changed"),
    "remove": NP_("history", "removed"),
    "restore": NP_("history", "restored"),
    "settle": NP_("history", "conflict settled"),
    "prune": NP_("history", "values pruned"),
}


class StepsPage(Page):
    """What can be taken back or made again, newest first."""

    NAME = N_("Undo list")
    ABOUT = N_(
        "What can be taken back, and what was taken back and can be made again; the newest stands first. "
        "Enter shows the whole change and asks before anything happens. Where a later change of the same "
        "field stands on it, its number is shown: take that one back first. Everything here is a new entry "
        "in the history; no act is ever erased from it."
    )

    def __init__(self) -> None:
        super().__init__()
        self._steps: dict[str, Step] = {}

    def room(self) -> str:
        return "more"

    def trail(self) -> tuple[str, ...]:
        return _("History"), _(self.NAME)

    def body(self) -> Iterable[Any]:
        columns = [
            Column("seq", _("No."), 5, 7, "right", keep=True),
            Column("what", _("Enter will"), 11, 16, keep=True),
            Column("changes", _("Changes"), 40, 200, keep=True),
            Column("at", _("When"), 16, 16),
            Column("who", _("Who"), 8, 24),
        ]
        empty = _("Nothing to take back yet: nothing was changed since the vault was made.")
        yield ChoiceTable(columns, empty=empty, id="rows")
        with Scrolled(id="step", can_focus=False):
            yield Prose(id="step-text")

    def on_mount(self) -> None:
        self.query_one(VirtualTable).focus()

    def place(self) -> Callable[[], Page]:
        return StepsPage

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        steps = await self.store.run(lambda reg: reg.steps())
        table = self.query_one(VirtualTable)
        lines = [_step_line(step) for step in steps]
        self._steps = {line.key: step for line, step in zip(lines, steps, strict=True)}
        table.show_lines(lines, cursor=table.cursor)

    @on(VirtualTable.Moved)
    def _moved(self, event: VirtualTable.Moved) -> None:
        event.stop()
        step = self._steps.get(event.key)
        prose = self.query_one("#step-text", Prose)
        if step is None:
            prose.say()
            return
        entry = step.entry
        said = [(f"{present.moment(entry.at)}   {entry.person}   {_step_text(entry)}", "")]
        if step.later:
            text = _("Act {later} changed the same after it: undo that one first.").format(later=step.later)
            said.append((text, "$t-warn"))
        prose.say(*said)

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        way, _space, seq = event.key.partition(" ")
        self.ask(partial(self._confirm, way, int(seq)))

    async def _confirm(self, way: str, seq: int) -> None:
        entry, names = await self.store.run(lambda reg: _with_names(reg, seq))
        said = _brief(entry, names)
        if self.tg.read_only:
            self.app.push_screen(Tell(_title(entry), [(text, "") for text in said]))
            return
        again = way == "redo"
        answers = [
            ("leave", _("Change nothing")),
            ("do", _("Make it again") if again else _("Take this back")),
        ]
        question = _("Make this change again?") if again else _("Take this change back?")

        def answered(answer: str | None) -> None:
            if answer == "do":
                self.ask(partial(self._do, again, seq))

        self.app.push_screen(Confirm(question, answers, detail="\n".join([_title(entry), *said])), answered)

    async def _do(self, again: bool, seq: int) -> None:
        entry = await self.store.run(lambda reg: reg.redo(seq) if again else reg.undo(seq))
        said = _("Made again: {what}.") if again else _("Taken back: {what}. Ctrl+Y makes it again.")
        self.tg.say(said.format(what=changed_refs(entry.changes)))
        self.reload()


def _step_line(step: Step) -> Line:
    entry = step.entry
    does = plain(_("make again") if step.redo else _("take back"))
    if step.later:
        does = plain(_("after No. {seq}").format(seq=step.later), "warn")
    return Line(
        f"{'redo' if step.redo else 'undo'} {entry.seq}",
        (
            plain(str(entry.seq), "muted"),
            does,
            plain(_step_text(entry)),
            plain(present.moment(entry.at), "muted"),
            plain(entry.person),
        ),
    )


def _step_text(entry: Entry) -> str:
    """What an act did, in words: the entries and which fields of them."""
    parts = [entry.reason] if entry.reason else []
    for change in entry.changes[:2]:
        kind = KINDS[change.kind]
        fields = (
            [_(kind.by_name[n].label) for n in change.fields if n in kind.by_name]
            if change.op in {"change", "settle"}
            else []
        )
        parts.append(
            f"{_entry_word(change)} {_op_word(change)}" + (f" ({list_text(fields[:4])})" if fields else "")
        )
    if entry.count > 2:
        parts.append(_("and {n} more").format(n=entry.count - 2))
    return "   ".join(parts)


class HistoryPage(Page):
    """Every act, newest first."""

    NAME = N_("History")
    ABOUT = N_(
        "Every change of the register, newest first: who, when, what. The record is chained and signed; "
        "nothing in it can be altered without notice. Ctrl+Z takes the newest change back, as a new change;"
        " F9 takes back the change under the cursor, if nothing was built upon it since. F4 shows a signed "
        "checkpoint to keep elsewhere; F5 packs what was done as evidence that others can check."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f9", "undo_this", N_("Take this back"), tooltip=N_("Take back the change under the cursor.")
        ),
        Binding(
            "f4",
            "checkpoint",
            N_("Checkpoint"),
            tooltip=N_("A signed mark of the history, to keep where the vault is not."),
        ),
        Binding(
            "f5",
            "evidence",
            N_("Evidence"),
            tooltip=N_("Pack what was done in the whole register, for others to check."),
        ),
        Binding("ctrl+z", "app.undo", N_("Undo")),
        Binding("ctrl+y", "app.redo", N_("Redo")),
        Binding("ctrl+u", "app.steps", N_("Undo list")),
    ]

    def room(self) -> str:
        return "more"

    def writing_actions(self) -> Mapping[str, str]:
        return {"undo_this": ""}

    def body(self) -> Iterable[Any]:
        yield VirtualTable(history_columns(), id="rows")

    def on_mount(self) -> None:
        self.query_one(VirtualTable).focus()

    def place(self) -> Callable[[], Page]:
        return HistoryPage

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        entries = await self.store.run(lambda reg: reg.history(limit=500))
        self.query_one(VirtualTable).show_lines(entry_lines(entries))

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        self.ask(partial(show_entry, self, int(event.key)))

    def action_checkpoint(self) -> None:
        from .evidence import CheckpointPage

        self.tg.go_to(CheckpointPage())

    def action_evidence(self) -> None:
        from .evidence import seal_evidence

        seal_evidence(self, None)

    def action_undo_this(self) -> None:
        if key := self.query_one(VirtualTable).key:
            self.ask(partial(self._undo, int(key)))

    async def _undo(self, seq: int) -> None:
        def take_back(reg: Register) -> Entry:
            return reg.undo(seq)

        entry = await self.store.run(take_back)
        self.tg.say(_("Taken back: {what}. Ctrl+Y makes it again.").format(what=changed_refs(entry.changes)))
        self.reload()


def history_columns() -> list[Column]:
    """The columns of a table of acts."""
    return [
        Column("at", _("When"), 16, 16, keep=True),
        Column("who", _("Who"), 10, 24),
        Column("action", _("What"), 8, 30, whole=True),
        Column("changes", _("Changes"), 24, 200, keep=True),
    ]


def entry_lines(entries: Sequence[Entry]) -> list[Line]:
    """Acts as rows of a table; the key is the act's number."""
    return [
        Line(
            str(e.seq),
            (
                plain(present.moment(e.at), "muted"),
                plain(e.person),
                plain(action_word(e.action)),
                plain(_summary(e)),
            ),
        )
        for e in entries
    ]


def action_word(action: str) -> str:
    """What kind of act it was."""
    return pgettext("history", ACTIONS[action]) if action in ACTIONS else action


def _entry_word(change: Change) -> str:
    return f"{change.ref} {change.title}".strip()


def _op_word(change: Change) -> str:
    """What was done; of what was pruned since, that its values are gone."""
    op = pgettext("history", OPS.get(change.op, change.op))
    return f"{op} {present.pruned_word(language())}" if change.pruned else op


def changed_refs(changes: Iterable[Change]) -> str:
    """The numbers of the entries that an act changed, the first of them."""
    refs = dict.fromkeys(c.ref for c in changes)
    return list_text([str(ref) for ref in few(list(refs), 5)])


def _summary(entry: Entry) -> str:
    parts = [entry.reason] if entry.reason else []
    parts += [f"{_entry_word(change)} {_op_word(change)}" for change in entry.changes[:2]]
    if entry.count > 2:
        parts.append(_("and {n} more").format(n=entry.count - 2))
    return "   ".join(parts)


FEW = 4
"""Changes of one act that are told where a question is asked, in at most so many lines."""
FEW_LINES = 9
SHOWN = 50
"""Changes of one act that are told; an import may have tens of thousands."""


async def show_entry(page: Page, seq: int) -> None:
    """Show one act in full."""
    entry, names = await page.store.run(lambda reg: _with_names(reg, seq))
    paragraphs = [(f"{present.moment(entry.at)}   {entry.person}", "$t-muted")]
    if entry.reason:
        paragraphs.append((entry.reason, ""))
    paragraphs += [(_change_text(change, names), "") for change in entry.changes[:SHOWN]]
    if entry.count > SHOWN:
        paragraphs.append((_("and {n} more").format(n=entry.count - SHOWN), "$t-muted"))
    page.app.push_screen(Tell(_title(entry), paragraphs))


def _brief(entry: Entry, names: Mapping[str, str]) -> list[str]:
    """What an act did, in so few lines that the answers stay in sight; of what it added only the entry."""
    lines: list[str] = []
    for change in entry.changes[:FEW]:
        told = _change_text(change, names).split("\n")
        lines += [cut(line, 64) for line in (told[:1] if change.op == "add" else told)]
    if len(lines) > FEW_LINES:
        return [*lines[:FEW_LINES], _("Enter in the history shows the whole of it.")]
    return [*lines, _("and {n} more").format(n=entry.count - FEW)] if entry.count > FEW else lines


def _title(entry: Entry) -> str:
    return _("No. {seq}: {action}").format(seq=entry.seq, action=action_word(entry.action))


def _with_names(register: Register, seq: int) -> tuple[Entry, dict[str, str]]:
    """An act, and what its references are called."""
    entry = register.entry(seq)
    ids: set[str] = set()
    for change in entry.changes[:SHOWN]:
        for spec in KINDS[change.kind].refs:
            for value in change.fields.get(spec.name, ()):
                ids.update((value,) if isinstance(value, str) else value or ())
    return entry, {id_: named.title for id_, named in register.titles(ids).items()}


def _change_text(change: Change, names: Mapping[str, str]) -> str:
    kind = KINDS[change.kind]
    lang = language()
    label = present.kind_label(kind, lang)
    lines = [labelled(f"{label} {_entry_word(change)}", _op_word(change))]
    if rule := change.fields.get("rule", (None, None))[1]:
        lines.append("  " + labelled(_("Rule"), present.pruning_rule(rule, lang)))
    for name, (before, after) in change.fields.items():
        spec = kind.by_name.get(name)
        if spec is None or before == after:
            continue
        new = present.show(spec, after, lang, names) or _("(empty)")
        old = present.show(spec, before, lang, names) or _("(empty)")
        field = present.field_label(spec, lang)
        lines.append("  " + labelled(field, new if change.op == "add" else f"{old} > {new}"))
    return "\n".join(lines)
