"""The page for reading: every act that is shown, oldest first, in a reader's words. It proves nothing."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from techguard import present
from techguard.board.webpage import document, escape
from techguard.domain.items import Review, Technology
from techguard.domain.kinds import KINDS
from techguard.domain.pruning import PRUNE
from techguard.i18n import Language, Translator, translator
from techguard.store import history
from techguard.store.checkpoint import Note
from techguard.store.proofs import ShownAct, ShownChange

if TYPE_CHECKING:
    from techguard.register import Named, Register


def page(
    register: Register,
    chosen: Technology | None,
    acts: Sequence[ShownAct],
    merged: Sequence[ShownAct],
    note: Note,
    lang: Language,
) -> bytes:
    """The acts as an HTML document that does nothing: no script, no request, no link. `merged`: those of
    copies that were taken in.
    """
    return _Writer(register, chosen, acts, merged, note, lang).page().encode()


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

    def page(self) -> str:
        whole = self.t.gettext("The whole register")
        scope = self.named.get(self.chosen.id, self.chosen.ref) if self.chosen else whole
        title = self.t.gettext("What was done, by whom, when and why")
        said = self.note.checkpoint
        about = (
            (self.t.gettext("About"), scope),
            (self.t.gettext("Acts shown"), f"{len(self.acts):,}"),
            *([(self.t.gettext("Acts of other copies"), f"{len(self.merged):,}")] if self.merged else []),
            (self.t.gettext("Acts in the history"), f"{said.size:,}"),
            (self.t.gettext("Checkpoint"), said.short),
            (self.t.gettext("Signed at"), present.moment(said.at) if said.at else ""),
            (self.t.gettext("Packed by"), self.register.me.name),
        )
        note = self.t.gettext(
            "This page is for reading. What proves it are the signed acts beside it; how to check them is in "
            "VERIFY.md. Times are shown in the time zone of the machine that made this page."
        )
        rows = "".join(f"<tr><th>{escape(a)}</th><td>{escape(b)}</td></tr>\n" for a, b in about)
        body = f"""<main>
<h1>{escape(title)}</h1>
<table>
{rows}</table>
<p class="quiet">{escape(note)}</p>
{"".join(self._act(act) for act in self.acts)}{self._elsewhere()}</main>"""
        return document(self.lang, title, body)

    def _elsewhere(self) -> str:
        """The acts of copies that were taken in: they count in their own copy."""
        if not self.merged:
            return ""
        note = self.t.gettext(
            "These acts were done in copies of the register that were taken in later, and were signed there. "
            "Their numbers are those of the copy. What they came to in this register is told above, in the "
            "act that took the copy in."
        )
        title = self.t.gettext("Acts of other copies")
        told = "".join(self._act(act) for act in self.merged)
        return f'<h1>{escape(title)}</h1>\n<p class="quiet">{escape(note)}</p>\n{told}'

    def _act(self, act: ShownAct) -> str:
        entry = act.entry
        when = present.moment(entry["at"])
        who = self.named.get(entry["person"], entry["person"])
        undoes = self.t.gettext("of act {seq}").format(seq=entry["undoes"]) if entry["undoes"] else ""
        facts = (
            (self.t.gettext("Act"), f"{present.act_word(entry['action'], self.lang)} {undoes}".strip()),
            (self.t.gettext("Reason"), entry["reason"]),
            (self.t.gettext("Review session"), self.sessions.get(entry["review"] or "", "")),
        )
        told = "".join(
            f'<p><span class="label">{escape(label)}</span> {escape(text)}</p>\n'
            for label, text in facts
            if text
        )
        rows = "".join(row for change in act.changes for row in self._rows(change))
        words = (
            self.t.gettext("Entry"),
            self.t.gettext("Change"),
            self.t.gettext("Field"),
            self.t.gettext("Before"),
            self.t.gettext("After"),
        )
        heads = "".join(f'<th scope="col">{escape(word)}</th>' for word in words)
        number = self.t.gettext("No. {seq}").format(seq=act.seq)
        left = entry["change_count"] - len(act.changes)
        unseen = self.t.gettext("Changes of other entries in this act, not shown: {n}").format(n=left)
        more = f'<p class="quiet">{escape(unseen)}</p>\n' if left else ""
        return f"""<h2>{escape(number)}　{escape(when)}　{escape(who)}</h2>
{told}<table><thead><tr>{heads}</tr></thead>
<tbody>
{rows}</tbody></table>
{more}"""

    def _rows(self, change: ShownChange) -> Iterator[str]:
        kind = KINDS[change.kind]
        entry = f"{present.kind_label(kind, self.lang)} {self.named.get(change.item, '')}".strip()
        first = [entry, present.operation_word(change.op, self.lang)]
        if change.pruned:
            yield _row([*first, "", present.pruned_word(self.lang), ""])
            return
        fields: Mapping[str, Any] = json.loads(change.fields)
        for name, value in fields.items():
            spec = kind.by_name.get(name)
            if name == "rule" and change.op == PRUNE:
                yield _row([*first, self.t.gettext("Rule"), "", present.pruning_rule(value[1], self.lang)])
                first = ["", ""]
            if spec is None:
                continue
            before, after = (None, value) if change.op == "add" else value
            cells = [
                present.field_label(spec, self.lang),
                *(
                    present.show(spec, history.value_of(kind, name, v), self.lang, self.named)
                    for v in (before, after)
                ),
            ]
            yield _row([*first, *cells])
            first = ["", ""]
        if first[0]:
            yield _row([*first, "", "", ""])


def _row(cells: Collection[str]) -> str:
    return "<tr>" + "".join(f"<td><div>{escape(cell)}</div></td>" for cell in cells) + "</tr>\n"


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
