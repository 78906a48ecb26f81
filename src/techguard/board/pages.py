"""What stands on the pages, in one language. The result is plain data: `typeset` draws it, `plain_text`
writes it as lines; neither says anything of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from techguard.domain import words as w
from techguard.i18n import Language

from . import document as d
from .blocks import Badge, Bars, Cell, Figure, Form, Line, Pages, Plot, Section, Spark
from .front import FrontWriter
from .sections import SectionWriter
from .wording import WORST, clip

_TITLE = 56


def lay_out(document: d.BoardSummary, language: Language | None = None, form: Form = "a4") -> Pages:
    """The pages of a document in its own language or another one; in the form "both", the other language
    stands beside it.
    """
    own: Language = "ja" if document.title.language is w.Language.JA else "en"
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
    pages = lay_out(document, language)
    front = pages.front
    lines = [pages.title, pages.subtitle, f"{pages.marking} / {pages.running}", ""]
    for title, tiles in ((front.levels_title, front.levels), (front.classes_title, front.classes)):
        if tiles:
            lines.append(f"{title}: " + "  ".join(f"{t.label} {t.value}" for t in tiles))
    lines.append(" ".join([front.movement_title, *(f"{t.label} {t.value}" for t in front.movement)]))
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
        lines += [f"   {_said(line)}" for line in (*card.facts, *card.below)]
    if pages.asked:
        lines += ["", f"== {pages.asked.title}", *pages.asked.intro, *_section_lines(pages.asked)]
    for sheet in pages.sheets:
        lines += [
            "",
            f"== {sheet.title}",
            sheet.sentence,
            " → ".join(f"{n.label}: {n.text}" for n in sheet.chain),
        ]
        lines += [sheet.position.said] if sheet.position else []
        lines += [_said(line) for line in sheet.facts]
        lines += [*_section_lines(sheet.measures), _said(sheet.asked)]
    for section in pages.sections:
        lines += ["", f"== {section.title}", *section.intro, *_section_lines(section)]
    return "\n".join(lines) + "\n"


def _section_lines(section: Section) -> Iterator[str]:
    if section.figure:
        yield from _figure_lines(section.figure)
    for row in section.rows:
        yield "- " + " | ".join(_cell_text(c) for c in row)
    if section.more:
        yield section.more


def _figure_lines(figure: Figure) -> Iterator[str]:
    if isinstance(figure, Bars):
        yield figure.title
        for bar in figure.bars:
            yield f"- {bar.label}: {bar.value:,}" + (f" ({figure.dark}: {bar.dark:,})" if bar.dark else "")
        if figure.said:
            yield figure.said
        return
    if isinstance(figure, Plot):
        yield figure.title
        for first, *rest in figure.rows:
            told = (f"{head} {value}" for head, value in zip(figure.heads[1:], rest, strict=True))
            yield f"- {figure.heads[0]} {first}: " + ", ".join(told)
        yield figure.said
        return
    for row in figure.rows:
        known = (f"{name} {level}" for name, level in zip(figure.columns, row.cells, strict=True) if level)
        yield f"- {row.name}: " + ", ".join(known)
    yield figure.legend


def _said(line: Line) -> str:
    return f"{line.label}: {line.text}" if line.label else line.text


def _cell_text(content: Cell) -> str:
    if isinstance(content, Badge):
        return f"{content.level or ''} {content.word}".strip()
    if isinstance(content, Spark):
        return content.said
    return " / ".join(_said(line) for line in content)
