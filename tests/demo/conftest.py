"""The demo as its source says it, and one finished demo in each language, made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from techguard import demo
from techguard.domain.items import Item
from techguard.i18n import LANGUAGES, Language
from techguard.register import Register
from tools import demo_workbook


@pytest.fixture(scope="session")
def entries() -> dict[Language, list[Item]]:
    """Every entry of the source, in each language."""
    return {lang: demo_workbook.entries(lang) for lang in LANGUAGES}


@pytest.fixture(scope="session", params=LANGUAGES)
def lang(request: pytest.FixtureRequest) -> Language:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Language], demo.DemoResult]:
    """A finished demo in a language."""
    made: dict[Language, demo.DemoResult] = {}

    def get(lang: Language) -> demo.DemoResult:
        if lang not in made:
            made[lang] = demo.build(tmp_path_factory.mktemp("demo") / "here", lang)
        return made[lang]

    return get


@pytest.fixture(scope="session")
def opened(built: Callable[[Language], demo.DemoResult], lang: Language) -> Iterator[Register]:
    """The register of a finished demo, to read."""
    result = built(lang)
    with Register.open(result.vault, result.passphrase, read_only=True) as register:
        yield register
