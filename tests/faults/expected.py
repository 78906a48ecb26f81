"""What docs/reference/measurements.md promises to come of each fault. The tests that produce one take from
here what they expect, and the page names them: neither can change without the other.

    with expected.of("a byte of vault.json").raised():
        made.open()
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from techguard.cli import errors as of_the_command_line
from techguard.errors import TechguardError
from techguard.exchange import errors as of_lists
from techguard.i18n import Language, translator
from techguard.store import errors as of_the_register
from techguard.vault import errors as of_the_vault

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "measurements.md"
_LINE = re.compile(
    r"\| (?P<fault>[^|]+) \| [^|]+ \| (?P<code>[\d–]+) \| (?:`(?P<kind>\w+)`|–) "
    r"\| (?P<tests>`tests/[^|]+`) \|"
)
_TEST = re.compile(r"`([^`]+)`")
_KANA = re.compile(r"[\u3040-\u30ff]")


@dataclass(frozen=True)
class Outcome:
    """One line of the table."""

    fault: str
    code: int | None
    """How a command ends; None where none is running."""
    kind: type[TechguardError] | None
    """What is said, if anything is."""
    tests: tuple[str, ...]
    """Those that produce it: file::function."""

    @contextmanager
    def raised(self) -> Iterator[pytest.ExceptionInfo[TechguardError]]:
        """Within, the fault is met, and said as it should be."""
        assert self.kind is not None
        with pytest.raises(self.kind) as caught:
            yield caught
        self.told(caught.value)

    def told(self, error: BaseException) -> None:
        """The error is the one that is promised, said in both languages with every fact in its place."""
        assert isinstance(error, TechguardError)
        assert (type(error), error.exit_code) == (self.kind, self.code)
        japanese, english = (str(translator(lang).explain(error)) for lang in ("ja", "en"))
        assert _KANA.search(japanese)
        assert not any(line in japanese.splitlines() for line in english.splitlines())
        for text in (japanese, english):
            assert not re.search(r"\{\w*\}", text)
            assert len(text.splitlines()) >= 2, "what happened, and what is safe or comes next"

    def found(self, findings: Iterable[Any]) -> None:
        """It is among what `verify` found, or another check."""
        problems = [getattr(finding, "problem", finding) for finding in findings]
        mine = [problem for problem in problems if type(problem) is self.kind]
        assert mine, f"{self.kind} is not among {problems}"
        self.told(mine[0])

    def ended(self, code: int, text: str = "", lang: Language = "en") -> None:
        """A command ended as it should, and said in that language what it should."""
        assert code == self.code, text
        if self.kind is not None:
            assert self.words(lang).search("".join(text.split())), text

    def words(self, lang: Language) -> re.Pattern[str]:
        """What is said, whatever the facts, without white space."""
        assert self.kind is not None
        what = "".join(translator(lang).gettext(self.kind.what).split())
        return re.compile(".*".join(map(re.escape, re.split(r"\{\w+\}", what))), re.DOTALL)


@cache
def table(title: str) -> tuple[Outcome, ...]:
    """The lines of the table under a heading."""
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(f"### {title}\n")
    lines = [line for line in rest.partition("\n#")[0].splitlines() if line.startswith("| ")][1:]
    return tuple(map(_read, lines))


def _read(line: str) -> Outcome:
    found = _LINE.fullmatch(line)
    assert found, f"not a line of the table: {line}"
    code = None if found["code"] == "–" else int(found["code"])
    return Outcome(found["fault"], code, _kind(found["kind"]), tuple(_TEST.findall(found["tests"])))


def _kind(name: str | None) -> type[TechguardError] | None:
    if name is None:
        return None
    rooms = (of_the_vault, of_the_register, of_lists, of_the_command_line)
    kind: type[TechguardError] = next(getattr(room, name) for room in rooms if hasattr(room, name))
    return kind


def english() -> tuple[Outcome, ...]:
    return table("Each fault has one outcome")


def japanese() -> tuple[Outcome, ...]:
    return table("一つの異常に、一つの結果")


def of(fault: str) -> Outcome:
    """What is promised to come of a fault, by its English words."""
    (found,) = [outcome for outcome in english() if outcome.fault == fault]
    return found
