"""What is there to be read: as a web page and as a PDF, which say the same, and of nothing that is hidden."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from techguard import evidence, pruning
from techguard.domain.items import Technology
from techguard.evidence import timeline
from techguard.i18n import Language
from techguard.register import Register
from tests.board.readers import hidden_texts, needs_poppler, pages_of, squeezed, text_of

from .conftest import ELSEWHERE, HIDDEN_WORDS, Woven

pytestmark = needs_poppler
LANGUAGES: tuple[Language, ...] = ("ja", "en")


class _Texts(HTMLParser):
    """What stands between the marks of a page, after its head."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.inside |= tag == "body"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.found += filter(str.strip, data.split("\n"))


def said(page: bytes) -> list[str]:
    """Every text of the web page, line by line."""
    reader = _Texts()
    reader.feed(page.decode())
    return reader.found


def printed(package: evidence.Package) -> list[bytes]:
    return [data for name, data in sorted(package.files.items()) if name.endswith(".pdf")]


@pytest.fixture
def long(brought: Woven) -> Woven:
    """Everything that a timeline can hold: another copy, values that were pruned, texts of many lines."""
    register = brought.register
    text = "\n".join(f"{n}行目：昇温は毎分十度とし、保持のあいだは炉を開けない。" for n in range(40))
    register.change(register.get(brought.shown.ref, Technology), note=text, outline="<b>太字</b> #strong[x]")
    rule = pruning.Rule(before=register.today + timedelta(days=1), kinds=frozenset({"element"}))
    assert pruning.prune(register, rule, "保存期間の満了").goes
    return brought


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("scope", ["one", "all"])
def test_every_entry_of_the_page_is_in_the_pdf(long: Woven, scope: str, lang: Language) -> None:
    package = evidence.compose(long.register, long.shown.ref if scope == "one" else None, lang=lang)
    (pdf,) = printed(package)
    text = text_of(pdf)
    texts = said(package.files["timeline.html"])
    assert len(texts) > 100
    assert [t for t in texts if squeezed(t) not in text] == []
    for word in (
        long.register.me.name,
        "REV-0001",
        "四半期の見直し",
        "費用に見合わない",
        ELSEWHERE,
        "39行目",
    ):
        assert word in text, word


def test_every_act_and_every_value_is_in_both(long: Woven) -> None:
    """Against the signed acts themselves: what people wrote, and by whom and why, is nowhere left out."""
    package = evidence.compose(long.register)
    page = "".join(map(squeezed, said(package.files["timeline.html"])))
    text = text_of(*printed(package))
    acts = [
        json.loads(data.split(b"\n", 1)[1]) for n, data in package.files.items() if n.endswith(".message")
    ]
    values = {
        value
        for name, data in package.files.items()
        if name.endswith(".changes.json")
        for change in json.loads(data)
        for field, pair in json.loads(change.get("fields") or "{}").items()
        if field in {"code_name", "title", "name", "outline", "note", "reason", "rationale"}
        for value in ([pair] if change["op"] == "add" else pair)
        if value
    }
    assert len(acts) > 15
    assert len(values) > 12
    for wanted in {line for text in values for line in text.split("\n")} | {
        act["reason"] or "" for act in acts
    }:
        assert squeezed(wanted) in page
        assert squeezed(wanted) in text


def test_nothing_of_another_technology_is_in_the_pdf(woven: Woven) -> None:
    (pdf,) = printed(evidence.compose(woven.register, woven.shown.ref))
    told = text_of(pdf) + squeezed(hidden_texts(pdf))
    for word in (*HIDDEN_WORDS, woven.hidden.id, woven.hidden.ref):
        assert word not in told, word
    assert woven.shown.code_name in told


def test_a_long_history_is_bound_in_volumes(long: Woven, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = evidence.compose(long.register)
    monkeypatch.setattr(timeline, "VOLUME", 60)
    package = evidence.compose(long.register)
    names = sorted(name for name in package.files if name.endswith(".pdf"))
    assert names == [f"timeline-{n}.pdf" for n in range(1, len(names) + 1)]
    assert len(names) > 2
    texts = [text_of(package.files[name]) for name in names]
    together = "".join(texts)
    assert [t for t in said(whole.files["timeline.html"]) if squeezed(t) not in together] == []
    for n, text in enumerate(texts, 1):
        assert f"全{len(names)}冊のうち第{n}冊" in text
    heads = [re.findall(r"No\.\d+\d{4}-\d\d-\d\d\d\d:\d\d", text) for text in texts]
    assert all(heads)


def test_an_act_that_fills_more_than_a_volume_is_continued(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    with register.act("棚卸", action="import"):
        for n in range(40):
            register.add(Technology(code_name=f"技術{n}号"))
    monkeypatch.setattr(timeline, "VOLUME", 120)
    package = evidence.compose(register, lang="ja")
    texts = [text_of(pdf) for pdf in printed(package)]
    assert len(texts) > 3
    for n in range(40):
        assert sum(f"コードネーム）技術{n}号" in text for text in texts) == 1, "each row is there, and once"
    assert all("（続き）" in text for text in texts[1:])
    for pdf in printed(package):
        assert len(pages_of(pdf)) <= 4


def test_what_nobody_would_print_is_in_the_page_only_and_it_says_so(
    woven: Woven, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "MOST", 10)
    package = evidence.compose(woven.register, lang="en")
    assert printed(package) == []
    assert "pack the evidence about one technology" in package.files["timeline.html"].decode()
    monkeypatch.undo()
    assert (
        "pack the evidence" not in evidence.compose(woven.register, lang="en").files["timeline.html"].decode()
    )
