"""Every error is documented, and its sentences use only the facts that it says it has."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from techguard.errors import few
from techguard.vault import errors

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "vault-format.md").read_text(encoding="utf-8")


def below(kind: type[errors.VaultError]) -> Iterator[type[errors.VaultError]]:
    for sub in kind.__subclasses__():
        yield sub
        yield from below(sub)


KINDS = sorted(set(below(errors.VaultError)) - {errors.Remark}, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_says_what_happened_what_is_safe_and_what_to_do(kind: type[errors.VaultError]) -> None:
    facts: set[str] = set()
    for ancestor in kind.__mro__:
        match = re.search(r"Facts: (.*?)\.?$", ancestor.__doc__ or "", re.MULTILINE)
        facts |= set(re.findall(r"`(\w+)`", match[1])) if match else set()
    error = kind(**dict.fromkeys(facts, "x"))
    for part in error.parts():
        assert part
        assert {name for _, name, _, _ in string.Formatter().parse(part) if name} <= facts
    assert "{" not in str(error)
    assert error.exit_code in {1, 3, 4, 5, 6}


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_is_in_the_reference(kind: type[errors.VaultError]) -> None:
    assert f"`{kind.__name__}`" in PAGE
    assert kind.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize(("many", "told"), [(0, ()), (3, (0, 1, 2)), (4, (0, 1, 2, "…"))])
def test_of_many_the_first_are_told_and_that_there_are_more(many: int, told: tuple[object, ...]) -> None:
    assert few(range(many), 3) == told
