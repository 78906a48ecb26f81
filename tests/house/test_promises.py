"""What the documents promise names the test that shows it; each of them is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]
DOCUMENTS = sorted([*HOME.glob("docs/**/*.md"), *HOME.glob("*.md")])
_PATH = re.compile(r"`(tests/[\w./-]+)(?:::\w+)?`")
_FUNCTION = re.compile(r"`(?:(tests/[\w./-]+)|(test_\w+\.py))::(\w+)`")
_MODULE = re.compile(r"`(?:python -m )?(tests(?:\.\w+)+)(?= |`)")
_BARE = re.compile(r"`(test_\w+\.py)(?:::\w+)?`")


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
