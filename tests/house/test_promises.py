"""What the documents promise names the test that shows it; each of them is there."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tools import messages

HOME = Path(__file__).parents[2]
DOCUMENTS = sorted([*HOME.glob("docs/**/*.md"), *HOME.glob("*.md")])
_PATH = re.compile(r"`(tests/[\w./-]+)(?:::\w+)?`")
_FUNCTION = re.compile(r"`(?:(tests/[\w./-]+)|(test_\w+\.py))::(\w+)`")
_MODULE = re.compile(r"`(?:python -m )?(tests(?:\.\w+)+)(?= |`)")
_BARE = re.compile(r"`(test_\w+\.py)(?:::\w+)?`")
LANGUAGES = {"en": 0, "ja": 1}
LABEL_LIKE = 8
"""A quotation of this many characters may also be a part of something that is said."""


def named(text: str) -> set[str]:
    """Every file and folder of tests that a document names, as paths from the top."""
    modules = {module.replace(".", "/") for module in _MODULE.findall(text)}
    return {path.rstrip("/") for path in _PATH.findall(text)} | modules


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.relative_to(HOME).as_posix())
def test_every_test_that_a_document_names_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    gone = {p for p in named(text) if not (HOME / p).exists() and not (HOME / f"{p}.py").exists()}
    # A file named without its folder stands after one that has it.
    gone |= {name for name in _BARE.findall(text) if not list(HOME.glob(f"tests/**/{name}"))}
    assert not gone
    for path, bare, function in _FUNCTION.findall(text):
        files = [HOME / path] if path else list(HOME.glob(f"tests/**/{bare}"))
        defined = re.compile(rf"^(?:async )?def {function}\(", re.MULTILINE)
        assert any(defined.search(f.read_text(encoding="utf-8")) for f in files), function


def test_the_threat_model_names_tests() -> None:
    text = (HOME / "docs" / "explanation" / "threat-model.md").read_text(encoding="utf-8")
    assert len(named(text)) > 10


def test_an_english_page_leads_to_english_pages_where_there_are_any() -> None:
    wrong = []
    for page in [HOME / "README.md", *sorted((HOME / "docs").rglob("*.en.md"))]:
        for target in re.findall(r"\]\(([^)#:]+\.md)\)", page.read_text(encoding="utf-8")):
            there = page.parent / target
            if there.name != page.name.replace(".en.", ".") and there.with_suffix(".en.md").exists():
                wrong.append(f"{page.relative_to(HOME)}: {target}")
    assert wrong == []


@cache
def spoken() -> tuple[set[str], set[str]]:
    """Everything the application says, in English and in Japanese, without what differs from case to case."""
    entries, _obsolete, _fuzzy = messages.read_catalogue(messages.PO)
    said = (
        {plain(text) for key, entry in entries.items() for text in (key.message, entry.plural)},
        {plain(entry.japanese) for entry in entries.values()},
    )
    for file in (HOME / "src/techguard/catalog/data").glob("*.toml"):
        for lang, text in texts(tomllib.loads(file.read_text(encoding="utf-8"))):
            said[LANGUAGES[lang]].add(plain(text))
    return said


def texts(data: Any) -> Iterator[tuple[str, str]]:
    """What a data file of the catalogue says in each language."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for name, value in inner:
        if name in LANGUAGES and isinstance(value, str):
            yield name, value
        else:
            yield from texts(value)


def plain(text: str) -> str:
    return text.strip(" .。").casefold()


@pytest.mark.parametrize(
    "page", sorted(HOME.glob("docs/howto/*.md")), ids=lambda page: page.name.removesuffix(".md")
)
def test_what_a_how_to_quotes_is_said_by_the_application(page: Path) -> None:
    """In a how-to quotation marks are for what stands on the screen, backquotes for what is typed."""
    english = page.name.endswith(".en.md")
    said = spoken()[0 if english else 1]
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    marks = r"[“\"]([^”\"\n]+)[”\"]" if english else r"「([^」\n]+)」"
    named = [*re.findall(marks, text), *re.findall(r"F\d+ ?[（(]([^）)\n]+)[）)]", text)]
    wrong = [
        quoted
        for quoted in map(plain, named)
        if quoted not in said and not (len(quoted) >= LABEL_LIKE and any(quoted in one for one in said))
    ]
    assert wrong == []
