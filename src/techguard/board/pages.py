"""What stands on the pages, in one language. The result is plain data: `typeset` draws it, `plain_text`
writes it as lines; neither says anything of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from techguard.domain import words as w
from techguard.i18n import Language, Translator, translator

from . import document as d
from .blocks import Badge, Bars, Cell, Figure, Form, Line, Pages, Plot, Section, Spark
from .front import FrontWriter
from .sections import SectionWriter
from .wording import WORST, clip

_TITLE = 56


def _own(document: d.BoardSummary) -> Language:
    return "ja" if document.title.language is w.Language.JA else "en"


def lay_out(document: d.BoardSummary, language: Language | None = None, form: Form = "a4") -> Pages:
    """The pages of a document in its own language or another one; in the form "both", the other language
    stands beside it.
    """
    own = _own(document)
    first = language or own
    other: Language = "en" if first == "ja" else "ja"
    return replace(
        _PageWriter(document, first).pages(),
        form=form,
        beside=_PageWriter(document, other).pages() if form == "both" else None,
    )


class _PageWriter(FrontWriter, SectionWriter):
    """Writes everything that is printed."""

    def pages(self) -> Pages:
        title = self.d.title
        session = title.session or self.label(title.session_kind)
        compared = (
            self._("Compared with the session of {date}").format(date=self.day(title.since))
            if title.since
            else ""
        )
        redaction = self.label(title.redaction)
        return Pages(
            language=self.language,
            title=self.title(),
            subtitle=self.join(
                [
                    clip(title.period, _TITLE),
                    clip(session, _TITLE),
                    self._("As of {date}").format(date=self.day(title.as_of)),
                    compared,
                    self._("One matter: {name}").format(name=clip(self.name(title.matter), _TITLE))
                    if title.matter
                    else "",
                ]
            ),
            marking=self.label(title.marking),
            running=redaction,
            foot=self._("Snapshot {digest}").format(digest=self.d.record.snapshot[:16]),
            page_of=self._("Page {page} of {pages}"),
            snapshot=self.d.record.snapshot,
            continued=self._("{title} (continued)"),
            front=self.front(),
            sheets=()
            if title.redaction is w.RedactionLevel.R2
            else tuple(self.sheet(top) for top in self.d.top[:WORST]),
            asked=self.decisions() if self.d.decisions.total else None,
            sections=tuple(self.sections()),
            checkpoint=self.d.record.checkpoint.encode(),
        )

    def title(self) -> str:
        return {
            w.RedactionLevel.R2: self._("Leakage of a core technology: extract for an adviser"),
            w.RedactionLevel.R3: self._("Leakage of core technologies: statistics"),
        }.get(self.d.title.redaction, self._("Leakage of core technologies: board summary"))


def plain_text(document: d.BoardSummary, language: Language | None = None) -> str:
    """The same pages as lines of text, for a terminal: what a reader would get, before it is sealed."""
    t = translator(language or _own(document))
    pages = lay_out(document, language)
    front = pages.front
    lines = [pages.title, pages.subtitle, f"{pages.marking} / {pages.running}", ""]
    for title, tiles in ((front.levels_title, front.levels), (front.classes_title, front.classes)):
        if tiles:
            lines.append(t.labelled(title, "  ".join(f"{one.label} {one.value}" for one in tiles)))
    lines.append(" ".join([front.movement_title, *(f"{one.label} {one.value}" for one in front.movement)]))
    lines += [front.asked] if front.asked else []
    if front.heat:
        lines += ["", front.heat.title]
        lines += [
            "".join(f"{h.count:>7,}" for h in heat) + f"   {name}"
            for name, heat in zip(front.heat.up_names, front.heat.rows, strict=True)
        ]
    if front.cards:
        lines += ["", front.cards_title]
    for card in front.cards:
        badge = f"[{card.badge.level} {card.badge.word}] " if card.badge.level else ""
        lines += [f"{card.rank}. {badge}{card.sentence}", f"   {card.where}"]
        lines += [f"   {_said(t, line)}" for line in (*card.facts, *card.below)]
    if pages.asked:
        lines += ["", f"== {pages.asked.title}", *pages.asked.intro, *_section_lines(t, pages.asked)]
    for sheet in pages.sheets:
        lines += [
            "",
            f"== {sheet.title}",
            sheet.sentence,
            " → ".join(t.labelled(n.label, n.text) for n in sheet.chain),
        ]
        lines += [sheet.position.said] if sheet.position else []
        lines += [_said(t, line) for line in sheet.facts]
        lines += [*_section_lines(t, sheet.measures), _said(t, sheet.asked)]
    for section in pages.sections:
        lines += ["", f"== {section.title}", *section.intro, *_section_lines(t, section)]
    return "\n".join(lines) + "\n"


def _section_lines(t: Translator, section: Section) -> Iterator[str]:
    if section.figure:
        yield from _figure_lines(t, section.figure)
    for row in section.rows:
        yield "- " + " | ".join(_cell_text(t, c) for c in row)
    if section.more:
        yield section.more


def _figure_lines(t: Translator, figure: Figure) -> Iterator[str]:
    if isinstance(figure, Bars):
        yield figure.title
        for bar in figure.bars:
            dark = [t.labelled(figure.dark, f"{bar.dark:,}")] if bar.dark else []
            yield "- " + t.labelled(bar.label, t.list_text([f"{bar.value:,}", *dark]))
        if figure.said:
            yield figure.said
        return
    if isinstance(figure, Plot):
        yield figure.title
        for first, *rest in figure.rows:
            told = [f"{head} {value}" for head, value in zip(figure.heads[1:], rest, strict=True)]
            yield "- " + t.labelled(f"{figure.heads[0]} {first}", t.list_text(told))
        yield figure.said
        return
    for row in figure.rows:
        known = [f"{name} {level}" for name, level in zip(figure.columns, row.cells, strict=True) if level]
        yield "- " + t.labelled(row.name, t.list_text(known))
    yield figure.legend


def _said(t: Translator, line: Line) -> str:
    return t.labelled(line.label, line.text)


def _cell_text(t: Translator, content: Cell) -> str:
    if isinstance(content, Badge):
        return f"{content.level or ''} {content.word}".strip()
    if isinstance(content, Spark):
        return content.said
    return " / ".join(_said(t, line) for line in content)
