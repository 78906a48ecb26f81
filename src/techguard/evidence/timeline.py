"""What is there to be read: every act that is shown, oldest first, in a reader's words. It proves nothing.

It is written once, as pages; `files` draws them as a web page and as a PDF. No more stands in the one than in
the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from techguard import present
from techguard.board import typeset, webpage
from techguard.board.blocks import Cell, Column, Front, Line, Pages, Section
from techguard.board.wording import cell, clip, sized, width
from techguard.domain.items import Review, Technology
from techguard.domain.kinds import KINDS
from techguard.domain.pruning import PRUNE
from techguard.domain.words import Handling
from techguard.i18n import Language, Translator, translator
from techguard.store import history
from techguard.store.checkpoint import Note
from techguard.store.proofs import ShownAct, ShownChange

if TYPE_CHECKING:
    from techguard.register import Named, Register

HTML: Final = "timeline.html"
VOLUME: Final = 2_500
"""Lines of tables in one PDF, about sixty pages; Typst takes more than its share of time for longer ones."""
MOST: Final = 100_000
"""Lines up to which a PDF is made at all; nobody prints what is longer, and the web page holds it."""
_IN_A_LINE = 64
"""Half-width cells up to which a value stands on one line with the one that took its place."""
_RUNNING, _FOOT = 70, 28
_HEAD = 3
"""Lines of a heading."""


def files(
    register: Register,
    chosen: Technology | None,
    acts: Sequence[ShownAct],
    merged: Sequence[ShownAct],
    note: Note,
    lang: Language,
) -> dict[str, bytes]:
    """The acts for reading, by the name of the file. `merged`: those of copies that were taken in."""
    writer = _Writer(register, chosen, acts, merged, note, lang)
    sections = list(writer.sections())
    printed = sum(map(_length, sections)) <= MOST
    pages = writer.pages([writer.about(printed=printed), *sections])
    found = {HTML: webpage.render(pages)}
    if printed:
        bound = volumes(pages, translator(lang))
        names = _names(len(bound))
        found |= {name: typeset.set_pages(volume) for name, volume in zip(names, bound, strict=True)}
    return found


def _names(count: int) -> list[str]:
    if count == 1:
        return ["timeline.pdf"]
    return [f"timeline-{n:0{len(str(count))}}.pdf" for n in range(1, count + 1)]


def volumes(pages: Pages, t: Translator) -> list[Pages]:
    """Pages as volumes; a section that runs over is continued in the next one."""
    bound: list[list[Section]] = [[]]
    room = VOLUME
    for section in pages.sections:
        for piece in _pieces(section, room, pages.continued):
            if _length(piece) > room and bound[-1]:
                bound.append([])
                room = VOLUME
            bound[-1].append(piece)
            room -= _length(piece)
    if len(bound) == 1:
        return [pages]
    said = t.gettext("Volume {n} of {all}")
    return [
        replace(
            pages, subtitle=f"{pages.subtitle}\n{said.format(n=n, all=len(bound))}", sections=tuple(volume)
        )
        for n, volume in enumerate(bound, start=1)
    ]


def _pieces(section: Section, room: int, continued: str) -> list[Section]:
    """A section cut so that its first piece fills the room that is left and no other is longer than a volume;
    a row is never cut.
    """
    cuts, length = [0], _HEAD
    limit = room if _HEAD + max(map(_lines, section.rows[:1]), default=0) <= room else VOLUME
    for at, row in enumerate(section.rows):
        length += _lines(row)
        if length > limit and at > cuts[-1]:
            cuts.append(at)
            length, limit = _HEAD + _lines(row), VOLUME
    last = cuts[-1]
    return [
        replace(
            section,
            title=continued.replace("{title}", section.title) if start else section.title,
            intro=() if start else section.intro,
            rows=section.rows[start:end],
            more=section.more if start == last else "",
        )
        for start, end in zip(cuts, [*cuts[1:], None], strict=True)
    ]


def _length(section: Section) -> int:
    return _HEAD + sum(map(_lines, section.rows))


def _lines(row: tuple[Cell, ...]) -> int:
    return max(len(content) if isinstance(content, tuple) else 1 for content in row)


class _Writer:
    def __init__(
        self,
        register: Register,
        chosen: Technology | None,
        acts: Sequence[ShownAct],
        merged: Sequence[ShownAct],
        note: Note,
        lang: Language,
    ) -> None:
        self.register, self.chosen, self.note, self.lang = register, chosen, note, lang
        self.acts, self.merged, self.all = acts, merged, (*acts, *merged)
        self.t: Translator = translator(lang)
        self.shown = {change.item for act in self.all for change in act.changes}
        self.named = self._names()
        self.sessions = self._sessions()

    def _names(self) -> dict[str, str]:
        """What entries are called. Of those that are not shown only the number is told, and of people the
        name: who was responsible is a part of what is shown.
        """
        ids = {str(act.entry["person"]) for act in self.all} | self.shown
        ids |= {id_ for act in self.all for change in act.changes for id_ in _references(change)}
        titles = self.register.titles(ids)
        return {id_: self._name(named) for id_, named in titles.items()}

    def _name(self, named: Named) -> str:
        if named.kind == "person":
            return named.title
        told = named.id in self.shown and named.title != named.ref  # of what was pruned the number is left
        return f"{named.ref} {named.title}" if told else named.ref

    def _sessions(self) -> dict[str, str]:
        """The number of each session in which something was done, and the day it was held."""
        found = {}
        for id_ in {str(act.entry["review"]) for act in self.all if act.entry["review"]}:
            review = self.register.get(id_, Review)
            found[id_] = f"{review.ref} {present.day(review.held_on) if review.held_on else ''}".strip()
        return found

    def pages(self, sections: Sequence[Section]) -> Pages:
        _ = self.t.gettext
        return Pages(
            language=self.lang,
            title=_("What was done, by whom, when and why"),
            subtitle=self._scope(),
            marking=self.t.label(Handling.STRICTLY_CONFIDENTIAL),
            running=clip(self._scope(), _RUNNING),
            foot=self.t.labelled(_("Checkpoint"), clip(self.note.checkpoint.short, _FOOT)),
            page_of=_("Page {page} of {pages}"),
            continued=_("{title} (continued)"),
            front=Front(),
            sections=tuple(sections),
        )

    def _scope(self) -> str:
        whole = self.t.gettext("The whole register")
        return self.named.get(self.chosen.id, self.chosen.ref) if self.chosen else whole

    def about(self, *, printed: bool) -> Section:
        """What this is, and what it is not."""
        _ = self.t.gettext
        said = self.note.checkpoint
        facts = (
            (_("About"), self._scope()),
            (_("Acts shown"), f"{len(self.acts):,}"),
            *([(_("Acts of other copies"), f"{len(self.merged):,}")] if self.merged else []),
            (_("Acts in the history"), f"{said.size:,}"),
            (_("Checkpoint"), said.short),
            (_("Signed at"), present.moment(said.at) if said.at else ""),
            (_("Packed by"), self.register.me.name),
        )
        note = _(
            "This is for reading. What proves it are the signed acts in the same package; how to check them "
            "is in VERIFY.md. Times are shown in the time zone of the machine that made it."
        )
        long = _(
            "It is too long for paper, so that the package holds it as this page only. For printing, pack "
            "the evidence about one technology."
        )
        rows = tuple((cell(label, "quiet"), cell(text)) for label, text in facts)
        columns = (Column("", 44), Column(""))
        return Section(_("Evidence"), (note, *([] if printed else [long])), columns, rows)

    def sections(self) -> Iterator[Section]:
        """Each act; then those of copies that were taken in: they count in their own copy."""
        _ = self.t.gettext
        yield from (self._act(act, _("No. {seq}")) for act in self.acts)
        if not self.merged:
            return
        note = _(
            "These acts were done in copies of the register that were taken in later, and were signed there. "
            "Their numbers are those of the copy. What they came to in this register is told above, in the "
            "act that took the copy in."
        )
        yield Section(_("Acts of other copies"), (note,))
        yield from (self._act(act, _("Other copy, no. {seq}")) for act in self.merged)

    def _act(self, act: ShownAct, number: str) -> Section:
        _ = self.t.gettext
        entry = act.entry
        who = self.named.get(entry["person"], entry["person"])
        undoes = _("of act {seq}").format(seq=entry["undoes"]) if entry["undoes"] else ""
        facts = (
            (_("Act"), f"{present.act_word(entry['action'], self.lang)} {undoes}".strip()),
            (_("Reason"), entry["reason"]),
            (_("Review session"), self.sessions.get(entry["review"] or "", "")),
        )
        left = entry["change_count"] - len(act.changes)
        unseen = _("Changes of other entries in this act, not shown: {n}").format(n=left)
        section = Section(
            title="　".join((number.format(seq=act.seq), present.moment(entry["at"]), who)),
            intro=tuple(self.t.labelled(label, text) for label, text in facts if text),
            columns=(Column(_("Entry"), 56), Column(_("Change"))),
            rows=tuple((self._entry(change), self._values(change)) for change in act.changes),
            more=unseen if left else "",
        )
        return sized(section)

    def _entry(self, change: ShownChange) -> Cell:
        kind = present.kind_label(KINDS[change.kind], self.lang)
        name = self.named.get(change.item, "")
        return Line(f"{kind} {name}".strip()), Line(present.operation_word(change.op, self.lang), "quiet")

    def _values(self, change: ShownChange) -> Cell:
        if change.pruned:
            return (Line(present.pruned_word(self.lang)),)
        return tuple(self._told(change)) or cell("")

    def _told(self, change: ShownChange) -> Iterator[Line]:
        """What became of each field: its value, or what it was and what it is."""
        kind = KINDS[change.kind]
        fields: Mapping[str, Any] = json.loads(change.fields)
        if change.op == PRUNE:
            yield Line(present.pruning_rule(fields["rule"][1], self.lang), label=self.t.gettext("Rule"))
        for name, spec in kind.by_name.items():
            if name not in fields:
                continue
            value, label = fields[name], present.field_label(spec, self.lang)
            before, after = (
                present.show(spec, history.value_of(kind, name, v), self.lang, self.named)
                or self.t.gettext("(empty)")
                for v in ((None, value) if change.op == "add" else value)
            )
            if change.op == "add":
                yield Line(after, label=label)
            elif width(before + after) <= _IN_A_LINE and "\n" not in before + after:
                yield Line(f"{before} → {after}", label=label)
            else:
                yield Line(before, label=self.t.gettext("{field} (before)").format(field=label))
                yield Line(after, label=self.t.gettext("{field} (after)").format(field=label))


def _references(change: ShownChange) -> Iterator[str]:
    """The ids that a change refers to, before and after."""
    kind = KINDS[change.kind]
    fields: Mapping[str, Any] = json.loads(change.fields)
    for spec in kind.refs:
        if spec.name not in fields:
            continue
        value = fields[spec.name]
        for side in (value,) if change.op == "add" else value:
            yield from (side,) if isinstance(side, str) else side or ()
