"""Two copies of the vault come together: choose the other, see what comes, settle conflicts, merge."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Input

from techguard import present
from techguard.domain import errors as refused
from techguard.domain.kinds import KINDS
from techguard.i18n import N_, NP_, _, explain, labelled, language, list_text, ngettext, pgettext
from techguard.vault.errors import CopyBeforeNewKeys, KeyFileUnusable, WrongPassphrase

from ..files import vaults
from ..input import LineInput, SecretInput
from ..page import Dialog, LoadingPage, Page
from ..picker import Confirm, Tell
from ..projection import Hidden
from ..prose import Prose
from ..table import Column, Line, VirtualTable, plain
from .importing import FilePage, PathInput

if TYPE_CHECKING:
    from techguard.copies import Choice, Conflict, Meeting
    from techguard.domain.merging import Merged
    from techguard.register import Register

WHAT = {
    "added": NP_("history", "added"),
    "changed": NP_("history", "changed"),
    "removed": NP_("history", "removed"),
    "restored": NP_("history", "brought back"),
}
SIDES = {
    "ours": NP_("merge", "here"),
    "theirs": NP_("merge", "there"),
    "newest": NP_("merge", "newest"),
}


_SHOWN = 6
"""So many entries that people wrote who have no access any more are named when asking."""


class CopyPage(FilePage):
    """Choose the other copy."""

    NAME = N_("Merge a copy")
    ABOUT = N_(
        "Choose the other copy of this vault: a folder such as acme.techguard on another disk, or a second "
        "version that a network share left. Go through the folders with the arrows and Enter, or type the "
        "path. The other copy is only read, and nothing is changed here before you have seen what comes."
    )
    LISTED = staticmethod(vaults)
    ASKED = N_("The other copy of this vault")
    NONE = N_("No vault and no folder here.")

    def __init__(self, vault: Path | None = None, typed: str = "") -> None:
        super().__init__(typed or (str(vault.absolute().parent) + os.sep if vault else ""))

    def room(self) -> str:
        return "more"

    def place(self) -> Callable[[], Page]:
        typed = self.query_one("#path", PathInput).value
        return lambda: CopyPage(typed=typed)

    def _go(self, text: str) -> None:
        inside = Path(text) / "vault.json"
        super()._go(text.rstrip(os.sep) if inside.is_file() else text)

    def page_of(self, path: Path) -> Page:
        return MergePage(path)


@dataclass(frozen=True, slots=True)
class Asked:
    """A conflict, in words."""

    key: tuple[str, str]
    heading: str
    ours: str
    theirs: str
    who_here: str
    who_there: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read of both copies, in words; nothing of the other stays open."""

    heads: tuple[str, str]
    conflicts: tuple[Asked, ...]
    brings: tuple[tuple[str, str, str, str, str], ...]
    """Id, number and title, what comes, who and when, which fields."""
    notes: tuple[str, ...]
    removed: tuple[str, ...]
    """Who acted there and has no access here any more."""
    theirs: tuple[str, ...]
    """What comes of their acts, a line each."""
    acts: int
    nothing_new: bool


Way = tuple[str, bytes | None]
"""A passphrase of the other copy, and the key file that belongs to it."""


def look(register: Register, path: Path, way: Way | None = None) -> Seen:
    """Open the other copy, prove it, and say what it brings."""
    from techguard import copies

    with copies.open_other(register, path, *(way or ())) as other:
        meeting = copies.Meeting(register, other)
        meeting.prove()
        result = meeting.result(lambda conflict: None)
        names = meeting.titles_of(result)
        strangers, removed = meeting.signers()
        brings = meeting.brings(result)
        return Seen(
            meeting.heads,
            tuple(_asked(meeting, c, names) for c in result.open),
            tuple(
                (
                    b.id,
                    f"{b.ref} {b.title}",
                    pgettext("history", WHAT[b.what]),
                    f"{b.person} {present.moment(b.at)}".strip(),
                    list_text(
                        [
                            present.field_label(KINDS[b.kind].by_name[n], language())
                            for n in b.fields
                            if n in KINDS[b.kind].by_name
                        ]
                    ),
                )
                for b in brings
            ),
            tuple(_notes(meeting, result, strangers)),
            tuple(removed),
            tuple(
                labelled(f"{b.ref} {b.title}", f"{pgettext('history', WHAT[b.what])} ({b.person})")
                for b in brings
                if b.person in removed
            ),
            meeting.their_acts,
            not result.open and meeting.nothing_new(result),
        )


def _asked(meeting: Meeting, c: Conflict, names: Any) -> Asked:
    from techguard.copies import field_label, value_text

    ref, title = meeting.title(c.item)

    def who(write: Any) -> str:
        if write is None:
            return ""
        return f"{meeting.person(write)} {present.moment(datetime.fromisoformat(write.at))}".strip()

    return Asked(
        c.key,
        labelled(f"{ref} {field_label(c)}", title),
        value_text(c, c.ours, names),
        value_text(c, c.theirs, names),
        who(c.our_write),
        who(c.their_write),
    )


def _notes(meeting: Meeting, result: Merged, strangers: list[str]) -> Iterable[str]:
    from techguard import copies

    for r in result.renumbered:
        yield _("Two entries had the number {before}; one of them is {after} now.").format(
            before=r.before, after=r.after
        )
    for k in result.kept_out:
        ref, title = meeting.title(k.item)
        yield _(
            "{ref} {title}: what was written after the session was closed in the other copy stays out of "
            "its record; the history keeps it."
        ).format(ref=ref, title=title)
    if result.still_needed:
        yield _("Taken out in one copy but needed in the other, so kept: {refs}.").format(
            refs=list_text([meeting.title(i)[0] for i in result.still_needed])
        )
    yield from meeting.pruning_texts()
    yield from map(copies.access_text, meeting.access_apart())
    for name in strangers:
        yield _(
            "{name} signed acts there and is not known here. They are proved; access is given by people."
        ).format(name=name)


def take(
    register: Register,
    path: Path,
    chosen: dict[tuple[str, str], Choice],
    heads: tuple[str, str],
    way: Way | None = None,
    *,
    accept_removed: bool = False,
) -> None:
    """Merge as it was looked at and settled."""
    from techguard import copies

    with copies.open_other(register, path, *(way or ())) as other:
        meeting = copies.Meeting(register, other)
        meeting.take(lambda c: chosen.get(c.key), seen=heads, accept_removed=accept_removed)


class OpeningLine(SecretInput):
    """The passphrase that opens the other copy."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", N_("Open"))]


class OpeningFile(LineInput):
    """Where the key file is; Enter opens too."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", N_("Open"))]


class WayIn(Dialog[Way]):
    """Ask for the passphrase of the other copy, and the key file that it may want."""

    def __init__(self, path: Path, problem: str = "") -> None:
        super().__init__()
        self.path = path
        self.problem = problem

    def title_text(self) -> str:
        return _("The keys of this vault do not open the other copy")

    def body(self) -> Iterable[Any]:
        yield Prose(
            _("Your passphrase there, in {name}. It is only used to read that copy.").format(
                name=self.path.name
            ),
            "$t-muted",
            classes="note",
        )
        yield OpeningLine(id="narrow")
        yield Prose(_("Path of your key file there, if it wants one"), "$t-muted", classes="note gap")
        yield OpeningFile(id="key-file")
        yield Prose(self.problem, "$t-bad", id="problem", classes="note")

    def on_mount(self) -> None:
        self.query_one("#narrow").focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        secret = self.query_one("#narrow", OpeningLine).value
        name = self.query_one("#key-file", OpeningFile).value.strip()
        if not secret:
            return
        try:
            key_file = Path(name).expanduser().read_bytes() if name else self.tg.key_file
        except OSError:
            said = _("{path} could not be read. Look at the path and try again.").format(path=name)
            self.query_one("#problem", Prose).say((said, "$t-bad"))
            return
        self.dismiss((secret, key_file))


class MergePage(LoadingPage):
    """What comes from the other copy, and the conflicts, to be settled one at a time."""

    NAME = N_("Merge")
    ABOUT = N_(
        "Above, what waits for you: acts of people who have no access here any more, and the conflicts, the "
        "same field changed in both copies to different values. Enter shows both "
        "values, who wrote them and when, and asks which one stands. Below, what the other copy brings "
        "without a question. Ctrl+S merges once all conflicts are settled, after asking; a checked backup is "
        "made before, and nothing is changed until then. The other copy is never written."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "merge", N_("Merge"), tooltip=N_("Bring both copies together.")),
        Binding(
            "f8", "rule", N_("Settle by a rule"), tooltip=N_("Settle the conflicts that are left in one way.")
        ),
    ]

    def __init__(self, path: Path, chosen: dict[tuple[str, str], Choice] | None = None) -> None:
        super().__init__()
        self.path = path
        self.chosen: dict[tuple[str, str], Choice] = dict(chosen or {})
        self.seen: Seen | None = None
        self.way: Way | None = None
        self.accepted = False
        """Whether what people did who have no access here any more is taken over."""

    def room(self) -> str:
        return "more"

    def trail(self) -> tuple[str, ...]:
        return _(self.NAME), self.path.name

    def place(self) -> Callable[[], Page]:
        path, chosen = self.path, dict(self.chosen)
        return lambda: MergePage(path, chosen)

    def unsaved(self) -> bool:
        return bool(self.chosen)

    def writing_actions(self) -> Mapping[str, str]:
        return {"merge": "technology", "rule": "technology"}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "merge" and (self.seen is None or self.seen.nothing_new):
            return False
        if action == "rule" and not self._left():
            return False
        return super().check_action(action, parameters)

    def body(self) -> Iterable[Any]:
        yield Prose(id="merge-said", most=5)
        yield VirtualTable(
            [
                Column("what", "", 12, 16, keep=True),
                Column("title", _("Title"), 30, 70, keep=True),
                Column("who", _("Who and when"), 26, 40),
            ],
            empty=_("Nothing comes."),
            id="rows",
        )

    def on_mount(self) -> None:
        self.query_one("#merge-said", Prose).say((_("Checking the other copy"), "$t-muted"))
        self.ask(self._load)

    async def _load(self) -> None:
        if self.store.projecting:
            raise Hidden(ref=self.path.name)
        way = self.way
        try:
            self.seen = await self.store.run(lambda reg: look(reg, self.path, way))
        except CopyBeforeNewKeys:
            self._ask_way()
            return
        except (WrongPassphrase, KeyFileUnusable) as error:
            told = explain(error)
            self._ask_way("\n".join(t for t in (told.what, told.next_step) if t))
            return
        self._show()
        self.query_one(VirtualTable).focus()

    def _ask_way(self, problem: str = "") -> None:
        """Ask for the passphrase of the other copy; it is kept no longer than this screen."""

        def answered(way: Way | None) -> None:
            if way is None:
                self.tg.go_back()
                return
            self.way = way
            self.ask(self._load)

        self.app.push_screen(WayIn(self.path, problem), answered)

    def _left(self) -> list[Asked]:
        return [] if self.seen is None else [c for c in self.seen.conflicts if c.key not in self.chosen]

    def _show(self) -> None:
        seen = self.seen
        assert seen is not None
        said = []
        if seen.nothing_new:
            said.append((_("The other copy holds nothing that is not here already."), "bold"))
        else:
            count = ngettext("{count} act comes.", "{count} acts come.", seen.acts).format(count=seen.acts)
            left = len(self._left())
            open_ = ngettext(
                "{count} conflict is to be settled.", "{count} conflicts are to be settled.", left
            ).format(count=left)
            said.append((count, "bold"))
            said.append((open_, "$t-warn") if left else (_("No conflict is left."), "$t-good"))
        said += [(note, "$t-muted") for note in seen.notes]
        self.query_one("#merge-said", Prose).say(*said)
        lines = self._held() + [
            Line(
                f"conflict {n}",
                (
                    plain(self._standing(c), "muted" if c.key in self.chosen else "warn"),
                    plain(c.heading),
                    plain(f"{c.who_here} / {c.who_there}", "muted"),
                ),
            )
            for n, c in enumerate(seen.conflicts)
        ]
        lines += [
            Line(f"brings {n}", (plain(what), plain(title), plain(who, "muted")))
            for n, (_id, title, what, who, _fields) in enumerate(seen.brings)
        ]
        table = self.query_one(VirtualTable)
        table.show_lines(lines, cursor=table.cursor)
        self.refresh_bindings()

    def _held(self) -> list[Line]:
        """The line of people who have no access here any more: held back until somebody says otherwise."""
        assert self.seen is not None
        if not self.seen.removed:
            return []
        standing = _("→ taken over") if self.accepted else _("Held back")
        text = _("People who have no access here any more acted there: {names}.")
        names = list_text(list(self.seen.removed))
        style = "muted" if self.accepted else "bad"
        return [Line("removed", (plain(standing, style), plain(text.format(names=names)), plain("")))]

    def _ask_removed(self) -> None:
        assert self.seen is not None
        theirs = self.seen.theirs
        shown = list(theirs[:_SHOWN])
        if theirs[_SHOWN:]:
            shown.append(_("and {n} more").format(n=len(theirs) - _SHOWN))
        detail = [
            _("Whoever was removed may still have an old copy and their key. They get no access by this."),
            *shown,
        ]
        answers = [("hold", _("Leave it held back")), ("take", _("Take over what they did"))]

        def answered(answer: str | None) -> None:
            if answer is not None:
                self.accepted = answer == "take"
                self._show()

        names = list_text(list(self.seen.removed))
        question = _("Take over what {names} did?").format(names=names)
        self.app.push_screen(Confirm(question, answers, detail="\n".join(detail)), answered)

    def _standing(self, c: Asked) -> str:
        chosen = self.chosen.get(c.key)
        return _("Conflict") if chosen is None else f"→ {pgettext('merge', SIDES[chosen])}"

    @on(VirtualTable.Chosen)
    def _open(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        assert self.seen is not None
        what, _space, n = event.key.partition(" ")
        if what == "removed":
            self._ask_removed()
            return
        if what == "brings":
            _id, title, done, who, fields = self.seen.brings[int(n)]
            self.app.push_screen(Tell(labelled(title, done), [(t, "") for t in (fields, who) if t]))
            return
        conflict = self.seen.conflicts[int(n)]
        answers = [
            ("ours", _("Here: {value}").format(value=conflict.ours)),
            ("theirs", _("There: {value}").format(value=conflict.theirs)),
            ("open", _("Leave it open")),
        ]
        detail = "\n".join(
            text
            for text in (
                _("Written here: {who}").format(who=conflict.who_here) if conflict.who_here else "",
                _("Written there: {who}").format(who=conflict.who_there) if conflict.who_there else "",
            )
            if text
        )

        def answered(answer: str | None) -> None:
            self._settled([conflict], answer)
            if answer not in {None, "open"}:
                self._to_the_next(int(n))

        self.app.push_screen(Confirm(conflict.heading, answers, detail=detail), answered)

    def _to_the_next(self, here: int) -> None:
        """Put the cursor on the next conflict that is open, if any is."""
        assert self.seen is not None
        left = [n for n, c in enumerate(self.seen.conflicts) if c.key not in self.chosen]
        if left:
            following = next((n for n in left if n > here), left[0])
            self.query_one(VirtualTable).move_to(len(self._held()) + following)

    def _settled(self, conflicts: Iterable[Asked], answer: str | None) -> None:
        if answer is None or self.seen is None:
            return
        for conflict in conflicts:
            if answer == "open":
                self.chosen.pop(conflict.key, None)
            elif answer in {"ours", "theirs", "newest"}:
                self.chosen[conflict.key] = answer  # type: ignore[assignment]
        self._show()

    def action_back(self) -> None:
        if not self.chosen:
            super().action_back()
            return
        answers = [("stay", _("Go on")), ("drop", _("Leave without merging"))]
        self.app.push_screen(
            Confirm(_("What you settled here is lost when you leave."), answers),
            lambda answer: super(MergePage, self).action_back() if answer == "drop" else None,
        )

    def action_rule(self) -> None:
        answers = [
            ("stay", _("Settle them one at a time")),
            ("newest", _("What was written last stands")),
            ("ours", _("What is here stands")),
            ("theirs", _("What is there stands")),
        ]
        self.app.push_screen(
            Confirm(_("How are the conflicts that are left to be settled?"), answers),
            lambda answer: self._settled(self._left(), answer),
        )

    def action_merge(self) -> None:
        if self.seen is None:
            return
        left = len(self._left())
        if left:
            self.tg.tell_error(refused.ConflictsOpen(count=left))
            return
        if self.seen.removed and not self.accepted:
            self.tg.tell_error(refused.RemovedActed(names=list_text(list(self.seen.removed))))
            return
        answers = [("stay", _("Not yet")), ("merge", _("Merge now"))]
        detail = [_("A checked backup is made before. The other copy is not touched.")]
        if self.seen.removed:
            detail.append(
                _("People who have no access here any more acted there: {names}.").format(
                    names=list_text(list(self.seen.removed))
                )
            )
        self.app.push_screen(
            Confirm(_("Bring both copies together?"), answers, detail="\n".join(detail)),
            lambda answer: self.ask(self._merge, exclusive=True) if answer == "merge" else None,
        )

    async def _merge(self) -> None:
        from .overview import OverviewPage

        assert self.seen is not None
        seen, chosen, way, accepted = self.seen, dict(self.chosen), self.way, self.accepted
        await self.store.run(
            lambda reg: take(reg, self.path, chosen, seen.heads, way, accept_removed=accepted)
        )
        self.chosen, self.way = {}, None
        text = ngettext(
            "{count} act of the other copy was taken in.",
            "{count} acts of the other copy were taken in.",
            seen.acts,
        ).format(count=seen.acts)
        self.tg.say(text)
        self.tg.call_next(self.tg.restore, [OverviewPage])
