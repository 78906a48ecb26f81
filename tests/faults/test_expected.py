"""The table of faults and outcomes in docs/reference/measurements.md holds, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from techguard.errors import TechguardError
from techguard.i18n import translator
from techguard.store import errors as of_the_register
from techguard.vault import errors as of_the_vault

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "measurements.md").read_text(encoding="utf-8")
KANA = re.compile(r"[\u3040-\u30ff]")
LINE = re.compile(r"\| (?P<code>[\d–]+) \| (?:`(?P<kind>\w+)`|–) \| (?P<tests>`tests/[^|]*) \|$")


def lines(title: str) -> list[tuple[str, str | None, str]]:
    """Exit code, error and tests of each line of a table."""
    _, _, rest = PAGE.partition(f"### {title}\n")
    table = [line for line in rest.partition("\n#")[0].splitlines() if line.startswith("| ")][1:]
    found = [LINE.search(line) for line in table]
    return [(m["code"], m["kind"], m["tests"]) for m in found if m]


JAPANESE, ENGLISH = lines("一つの異常に、一つの結果"), lines("Each fault has one outcome")


def known() -> Iterator[tuple[int, type[TechguardError]]]:
    for code, name, _ in ENGLISH:
        if name:
            yield int(code), getattr(of_the_vault, name, None) or getattr(of_the_register, name)


def test_both_languages_tell_the_same() -> None:
    assert JAPANESE == ENGLISH
    assert len(ENGLISH) >= 28


def test_every_fault_has_a_test_that_is_there() -> None:
    for _, _, tests in ENGLISH:
        for path in re.findall(r"`([^`]+)`", tests):
            assert (ROOT / path).is_file(), path


@pytest.mark.parametrize(
    ("code", "kind"), dict.fromkeys(known()), ids=lambda value: getattr(value, "__name__", "")
)
def test_what_is_said_ends_as_stated_and_is_said_in_both_languages(
    code: int, kind: type[TechguardError]
) -> None:
    facts = {name: "x" for part in kind().parts() for name in re.findall(r"\{(\w+)", part)}
    error = kind(**facts)
    assert error.exit_code == code
    japanese, english = (str(translator(lang).explain(error)) for lang in ("ja", "en"))
    assert english.split() == str(error).split()
    assert KANA.search(japanese)
    assert "{" not in japanese + english
    assert not any(line in japanese.splitlines() for line in english.splitlines())
