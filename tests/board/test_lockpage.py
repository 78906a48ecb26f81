"""The sealed web page in a real browser without a network: its password opens it, and it asks for nothing."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from techguard import board
from techguard.board import lockpage, webpage
from techguard.board.lockpage import InvalidTag
from techguard.domain.words import FileFormat
from techguard.i18n import LANGUAGES, Language, translator

from .browser import Tab, browser, needs_browser
from .test_forms import Reader, pages, saying

PASSWORD = "wqGkY3mTjEhRb7xPnVtA4cKd"
FRAME = "document.querySelector('iframe').contentDocument"
WHOLE = "document.querySelector('iframe')?.contentDocument?.readyState === 'complete'"
IN_THE_FRAME = f"{WHOLE} && document.querySelector('iframe').contentDocument.body.innerText"
SAID = "document.getElementById('said').textContent"


def sealed(html: bytes, language: Language = "ja") -> bytes:
    return board.seal(html, PASSWORD, FileFormat.HTML, language).data


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return tmp_path / "summary.html"


@needs_browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_right_password_shows_the_text_and_nothing_leaves(
    tab: Tab, page: Path, language: Language
) -> None:
    html = webpage.render(pages(language=language))
    page.write_bytes(sealed(html, language))
    tab.open(page)
    assert "焼結" not in tab.run("document.documentElement.outerHTML")
    tab.press(PASSWORD)
    shown = tab.until(IN_THE_FRAME)
    for text in ("焼結K", pages(language=language).title, pages(language=language).sections[0].title):
        assert text in shown
    colour = f"getComputedStyle({FRAME}.querySelector('.l5')).backgroundColor"
    assert tab.run(colour) == "rgb(124, 18, 38)", "the style sheet inside is in force"
    assert tab.asked[0] == page.as_uri()
    assert set(tab.asked[1:]) <= {"about:srcdoc"}, tab.asked
    assert tab.said == []


@needs_browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_password_says_so_and_may_be_typed_again(tab: Tab, page: Path, language: Language) -> None:
    page.write_bytes(sealed(webpage.render(pages()), language))
    tab.open(page)
    tab.press("not-the-password")
    t = translator(language)
    said = t.gettext("The password does not open this file, or the file was altered. Try once more.")
    assert tab.until(f"{SAID}.length > 20 && {SAID}") == said
    assert not tab.run(IN_THE_FRAME)
    tab.press(PASSWORD)
    assert "焼結K" in tab.until(IN_THE_FRAME)
    assert tab.said == []


@needs_browser
def test_what_acts_in_a_text_does_not_act(tab: Tab, page: Path) -> None:
    """The frame and the policy hold even if markup got into the document: here it is put in on purpose."""
    hostile = (
        b"<!DOCTYPE html><title>x</title><p>here</p><script>parent.acted = 1</script>"
        b"<img src='https://example.com/a.png' onerror='parent.acted = 1'><style>p { color: red }</style>"
        b"<link rel=stylesheet href='https://example.com/a.css'><form action='https://example.com/'></form>"
        b"<iframe src='https://example.com/'></iframe><meta http-equiv=refresh content='0;https://example.com/'>"
    )
    page.write_bytes(sealed(hostile))
    tab.open(page)
    tab.press(PASSWORD)
    assert "here" in tab.until(IN_THE_FRAME)
    tab.until("new Promise(done => setTimeout(() => done(true), 500))")
    assert tab.run("globalThis.acted") is None
    assert tab.run(f"getComputedStyle({FRAME}.querySelector('p')).color") == "rgb(0, 0, 0)"
    assert not any("example.com" in address for address in tab.asked), tab.asked
    assert {"https://example.com/a.png", "https://example.com/a.css"} <= set(tab.refused), "it was tried"


@needs_browser
def test_an_altered_page_does_not_open(tab: Tab, page: Path) -> None:
    data = sealed(webpage.render(pages()))
    at = data.index(b"</pre>") - 40
    page.write_bytes(data[:at] + (b"A" if data[at : at + 1] != b"A" else b"B") + data[at + 1 :])
    tab.open(page)
    tab.press(PASSWORD)
    tab.until(f"{SAID}.length > 20")
    assert not tab.run(IN_THE_FRAME)


def test_it_gives_nothing_away_and_has_nothing_from_elsewhere() -> None:
    data = sealed(webpage.render(pages()))
    for word in ("焼結", "取締役会", "極秘"):
        assert word.encode() not in data
    read = Reader(data)
    assert not any(
        name in {"src", "href", "style"} or name.startswith("on") for _, a in read.elements for name in a
    )
    assert b"http" not in data.replace(b"http-equiv", b"")
    policy = next(a["content"] for t, a in read.elements if t == "meta" and "http-equiv" in a)
    assert re.fullmatch(
        r"default-src 'none'; script-src 'sha256-[\w+/=]{44}'; "
        r"style-src 'sha256-[\w+/=]{44}' 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'",
        str(policy),
    )


def test_each_page_is_sealed_anew() -> None:
    html = webpage.render(saying("x"))
    one, two = sealed(html), sealed(html)
    for name in (b"salt", b"iv"):
        values = [re.search(rb'data-%s="([^"]+)"' % name, data)[1] for data in (one, two)]  # type: ignore[index]
        assert values[0] != values[1]
    assert lockpage.unlock(one, PASSWORD) == lockpage.unlock(two, PASSWORD) == html


def test_no_page_of_ours_asks_for_endless_work() -> None:
    html = sealed(b"x").replace(b'data-iterations="600000"', b'data-iterations="99999999"')
    with pytest.raises(ValueError, match="not a page"):
        lockpage.unlock(html, PASSWORD)


@pytest.mark.parametrize("part", ["salt", "iv"])
def test_every_part_of_the_lock_counts(part: str) -> None:
    data = sealed(b"x")
    found = re.search(rb'data-%s="([^"]+)"' % part.encode(), data)
    assert found
    other = bytes([base64.b64decode(found[1])[0] ^ 1]) + base64.b64decode(found[1])[1:]
    with pytest.raises(InvalidTag):
        lockpage.unlock(data.replace(found[1], base64.b64encode(other)), PASSWORD)


TELEPHONE, DESK = 390, 1200
TOO_WIDE = f"{FRAME}.documentElement.scrollWidth - {FRAME}.documentElement.clientWidth"
HEAT_MAPS_TOO_WIDE = f"""[...{FRAME}.querySelectorAll(".wide:has(table:not(.turned) thead th.center)")]
    .map(each => each.scrollWidth - each.clientWidth)"""
BROKEN = f"""[...{FRAME}.querySelectorAll("td.right > div, :is(.l1, .l2, .l3, .l4, .l5).left > .strong")]
    .filter(each => each.getClientRects().length && each.firstChild)
    .filter(each => {{
        const range = each.ownerDocument.createRange();
        range.selectNodeContents(each);
        return new Set([...range.getClientRects()].map(r => Math.round(r.bottom))).size > 1;
    }}).map(each => each.textContent)"""
"""Amounts, counts and levels that take more than one line."""


@needs_browser
@pytest.mark.parametrize("width", [TELEPHONE, DESK])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_amount_is_broken_curves_can_be_read_and_the_page_is_as_wide_as_the_screen(
    tab: Tab, page: Path, language: Language, width: int
) -> None:
    page.write_bytes(sealed(webpage.render(pages(language=language)), language))
    tab.resize(width)
    try:
        tab.open(page)
        tab.press(PASSWORD)
        tab.until(IN_THE_FRAME)
        assert tab.run(TOO_WIDE) == 0
        assert tab.run(f"{FRAME}.querySelectorAll('td.right').length") > 0
        assert tab.run(BROKEN) == []
        letters = f"[...{FRAME}.querySelectorAll('.plot text')].map(t => t.getBoundingClientRect().height)"
        assert min(tab.run(letters)) >= 9
        assert (cut := tab.run(HEAT_MAPS_TOO_WIDE)), "there are heat maps"
        assert not any(cut)
    finally:
        tab.resize(1000, 800)


@needs_browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_telephone_each_value_of_a_list_has_the_head_of_its_column_beside_it(
    tab: Tab, page: Path, language: Language
) -> None:
    made = pages(language=language)
    page.write_bytes(sealed(webpage.render(made), language))
    tab.resize(TELEPHONE)
    try:
        tab.open(page)
        tab.press(PASSWORD)
        tab.until(IN_THE_FRAME)
        listed = next(s for s in made.sections if s.rows and all(c.label for c in s.columns))
        shown = tab.run(
            f"[...{FRAME}.querySelectorAll('.listed td')].map(c => getComputedStyle(c, '::before').content)"
        )
        assert {f'"{column.label}"' for column in listed.columns} <= set(shown)
        hidden = f"getComputedStyle({FRAME}.querySelector('.listed thead')).display"
        assert tab.run(hidden) == "none"
    finally:
        tab.resize(1000, 800)
