"""The backups in the vault's own folder: which there are, make one, prove one, what came since."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType

from techguard import present
from techguard.i18n import N_, NP_, _, explain, labelled, language, list_text, pgettext
from techguard.vault.retention import MOST

from ..page import Page
from ..picker import Ask, Option, Picker, Tell
from ..prose import Prose
from ..scrolled import Scrolled
from ..table import Column, Line, VirtualTable, plain

if TYPE_CHECKING:
    from techguard.backups import Backup, Check, Comparison, Difference
    from techguard.vault import Retention

RULES = {
    "last": N_("the last {count}"),
    "daily": N_("one a day for {count} days"),
    "weekly": N_("one a week for {count} weeks"),
    "monthly": N_("one a month for {count} months"),
}
_WHAT = {
    "added": NP_("history", "added"),
    "changed": NP_("history", "changed"),
    "removed": NP_("history", "removed"),
}
_SHOWN = 100
"""Differences that are listed one by one."""


class BackupTable(VirtualTable):
    """A table whose Enter proves what the cursor is on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", N_("Check"), tooltip=N_("Open this backup and prove all of it.")),
    ]


class BackupsPage(Page):
    """Make one, look into one, see where they are."""

    NAME = N_("Backups")
    ABOUT = N_(
        "Complete copies of this vault, in its own folder. One is made by itself once a day when something "
        "was changed, after unlocking and before leaving; each is opened and proved before it counts, and "
        "older ones go by the rule below, which F6 changes. F2 makes one now, Enter opens one and proves all "
        "of it, F8 shows what was added, changed or taken out since. A backup comes back with techguard "
        "restore, into a new place. Make some on another disk too, with techguard backup VAULT DIR: what "
        "happens to this disk happens to these."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2,n", "make", N_("Back up now"), tooltip=N_("Make a backup and prove it.")),
        Binding(
            "f6,k", "keep", N_("How many to keep"), tooltip=N_("Change the rule by which older ones go.")
        ),
        Binding("f8,c", "compare", N_("What came since"), tooltip=N_("Compare it with the vault.")),
    ]

    _there_are = False

    def room(self) -> str:
        return "more"

    def trail(self) -> tuple[str, ...]:
        return (_(self.NAME),)

    def place(self) -> Callable[[], Page]:
        return BackupsPage

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There must be one to compare with."""
        if action == "compare":
            return self._there_are
        return super().check_action(action, parameters)

    def writing_actions(self) -> Mapping[str, str]:
        return {"make": "", "keep": ""}

    def body(self) -> Iterable[Any]:
        columns = [
            Column("made", _("Made"), 16, 16, keep=True),
            Column("size", _("Size"), 9, 10, "right"),
            Column("seq", _("Last act"), 10, 10, "right"),
            Column("problem", pgettext("backup", "Problem"), 10, 60),
            Column("name", _("Name"), 20, 60),
        ]
        yield BackupTable(columns, empty=_("No backup yet. F2 makes one."), id="rows")
        with Scrolled(id="step", can_focus=False):
            yield Prose(id="step-text")

    def on_mount(self) -> None:
        self.query_one(VirtualTable).focus()

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        from techguard import backups

        kept = await self.store.run(lambda reg: reg.backups_kept)
        found = await self.store.beside(backups.known)
        table = self.query_one(VirtualTable)
        table.show_lines([_line(one) for one in found], cursor=table.cursor)
        if self._there_are != bool(found):
            self._there_are = bool(found)
            self.refresh_bindings()
        where = Path(self.tg.path or "") / "backups"
        self.query_one("#step-text", Prose).say(
            (_("They are in {path}").format(path=where), ""),
            (_("Kept: {rules}").format(rules=_rules(kept)), ""),
            (_("To bring one back: techguard restore BACKUP NEW-PLACE"), "$t-muted"),
        )

    def _chosen(self) -> Path | None:
        key = self.query_one(VirtualTable).key
        return Path(key) if key else None

    def action_make(self) -> None:
        self.ask(self._make, group="make")

    async def _make(self) -> None:
        self.tg.say(_("Making a backup and proving it …"))
        made = await self.tg.back_up()
        self.app.clear_notifications()  # it is made
        self.tg.say(_("The backup was made and found whole: {name}").format(name=made.name))
        self.reload()

    def action_keep(self) -> None:
        self.ask(self._choose_rule, group="keep", exclusive=True)

    async def _choose_rule(self) -> None:
        kept = await self.store.run(lambda reg: reg.backups_kept)
        counts = kept.to_json()
        options = [Option(name, _(RULES[name]).format(count=n)) for name, n in counts.items()]

        def chosen(rule: list[Any] | None) -> None:
            if rule:
                [name] = rule
                note = _("A number from 0 to {most}; 0 leaves this rule out.").format(most=MOST)
                ask = Ask(_(RULES[name]).format(count="…"), str(counts[name]), note=note, limit=3)
                self.app.push_screen(ask, partial(self._typed, kept, name))

        self.app.push_screen(Picker(_("Backups that are kept"), options), chosen)

    def _typed(self, kept: Retention, name: str, text: str | None) -> None:
        if text is None:
            return
        try:
            rule = replace(kept, **{name: int(text)})  # digits of any width
        except ValueError:
            said = _("This is no number from 0 to {most}, or it would keep no backup at all: {value}")
            self.tg.say(said.format(most=MOST, value=text), severity="warning")
            return
        self.ask(partial(self._keep, rule), group="keep", exclusive=True)

    async def _keep(self, rule: Retention) -> None:
        await self.store.run(lambda reg: reg.choose_backups_kept(rule))
        self.tg.say(_("From the next backup on are kept: {rules}.").format(rules=_rules(rule)))
        self.reload()

    @on(VirtualTable.Chosen)
    def _check(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        self.ask(partial(self._prove, Path(event.key)), group="look", exclusive=True)

    async def _prove(self, path: Path) -> None:
        from techguard import backups

        self.tg.say(_("Opening the backup and proving all of it …"))
        found = await self.store.beside(lambda vault: backups.check(vault, path))
        self._tell(path, _told(found))

    def action_compare(self) -> None:
        path = self._chosen()
        if path is not None:
            self.ask(partial(self._compare, path), group="look", exclusive=True)

    async def _compare(self, path: Path) -> None:
        from techguard import backups

        found = await self.store.beside(lambda vault: backups.compare(vault, path))
        self._tell(path, _differences(found, with_titles=not self.store.projecting))

    def _tell(self, path: Path, said: list[tuple[str, str]]) -> None:
        """In front of this screen; to a person who went on elsewhere meanwhile, in a note."""
        if self.app.screen is self:
            self.app.push_screen(Tell(path.name, said))
        else:
            self.tg.say(labelled(path.name, said[0][0]))


def _line(one: Backup) -> Line:
    problem = "" if one.problem is None else explain(one.problem).what
    return Line(
        str(one.path),
        (
            plain(present.moment(one.made_at)),
            plain(f"{one.size / 1_000_000:.1f} MB", "muted"),
            plain("" if one.seq is None else str(one.seq)),
            plain(problem, "bad"),
            plain(one.path.name, "muted"),
        ),
    )


def _rules(kept: Retention) -> str:
    return list_text([_(RULES[name]).format(count=n) for name, n in kept.to_json().items() if n])


def _told(found: Check) -> list[tuple[str, str]]:
    if not found.findings:
        whole = _("Whole, up to act {seq}. Digest: {digest}").format(seq=found.seq, digest=found.digest)
        older = _("It was made by an older version: its entries are checked when it is restored.")
        return [(whole, ""), *([(older, "")] if found.older else [])]
    return [(labelled(f.part, str(explain(f.problem))), "$t-bad") for f in found.findings]


def _differences(found: Comparison, *, with_titles: bool) -> list[tuple[str, str]]:
    if not found.since and not found.only_there:
        return [(_("Nothing was added, changed or taken out since."), "")]
    said: list[tuple[str, str]] = []
    for heading, some in (
        (_("In the vault alone, after act {seq}:"), found.since),
        (_("In the backup alone, after act {seq}:"), found.only_there),
    ):
        if some:
            said.append((heading.format(seq=found.common), "bold"))
            said += [(_difference(one, with_title=with_titles), "") for one in some[:_SHOWN]]
            left = len(some) - _SHOWN
            if left > 0:
                said.append((_("and {n} more").format(n=left), "$t-muted"))
    return said


def _difference(one: Difference, *, with_title: bool) -> str:
    from techguard.domain.kinds import KINDS

    kind = KINDS[one.kind]
    acts = str(one.first) if one.first == one.last else f"{one.first}–{one.last}"
    fields = list_text(
        [present.field_label(kind.by_name[n], language()) for n in one.fields if n in kind.by_name]
    )
    what = pgettext("history", _WHAT[one.what])
    title = f" {one.title}" if with_title else ""
    return f"{acts}  {one.ref}{title}  {what}" + (f" ({fields})" if fields else "")
