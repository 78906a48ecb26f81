"""Whatever a person typed is shown literally, on every screen, and never ends the application."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from techguard import vault
from techguard.domain import words as w
from techguard.domain.items import (
    Countermeasure,
    Counterparty,
    Decision,
    Element,
    Engagement,
    Exposure,
    Observation,
    Technology,
)
from techguard.domain.text import clean
from techguard.register import Register
from techguard.tui.screens.accept import AcceptPage
from techguard.tui.screens.detail import DetailPage
from techguard.tui.screens.form import FormPage
from techguard.tui.screens.history import HistoryPage
from techguard.tui.screens.lists import ListPage
from techguard.tui.screens.overview import OverviewPage
from techguard.tui.screens.rating import RatingPage
from techguard.tui.screens.search import SearchPage
from techguard.tui.screens.suggest import SuggestPage

from .conftest import NOW, PASSPHRASE, running

NASTY = (
    "[/foo] 焼結",
    "[internal] 配合比",
    "[@click=app.quit]退出[/]",
    "[b",
    "[red]極秘[/red]",
    "\\[x] $text {y} %s",
    "[社外秘]資料",
    "👨\u200d👩\u200d👧か\u3099",
)
EACH = [NASTY[0], *(pytest.param(text, marks=pytest.mark.slow) for text in NASTY[1:])]
"""One with every run of the tests, the others where there is time for them."""
TWO = [NASTY[0], pytest.param(" ".join(NASTY[1:]), marks=pytest.mark.slow)]
"""For a walk over screens: the first by itself, the others together."""
PIECES = st.sampled_from(
    ["[", "]", "/", "@click=", "b", "red", "=", "\\", '"', "秘", "👍🏽", "か\u3099", " ", "{", "$", ":"]
)
LISTS = ("technologies", "exposures", "engagements", "counterparties", "countermeasures", "decisions",
         "observations", "people")  # fmt: skip
TEXT = st.lists(PIECES, min_size=1, max_size=14).map("".join).filter(lambda t: t.strip())


def nasty_vault(path: Path, text: str) -> dict[str, str]:
    """A vault in which every title and note is `text`; the ids of one entry of each kind."""
    register, _code = Register.create(
        path, person=text[:80], department=None, passphrase=PASSPHRASE, kdf=vault.KDF_FLOOR, clock=lambda: NOW
    )
    with register as reg:
        t = reg.add(
            Technology(
                code_name=text, outline=text, business_unit=text, products=(text,), owner=reg.me.id,
                competitive_edge=4, non_substitutability=4, national_base=4, note=text,
            )
        )  # fmt: skip
        reg.add(Element(technology=t.id, name=text, note=text))
        c = reg.add(Counterparty(name=text, jurisdiction=text[:60]))
        e = reg.add(Engagement(title=text, counterparties=(c.id,), owner=reg.me.id))
        x = reg.add(
            Exposure(technology=t.id, title=text, route="R01", engagement=e.id, cause=text, path=text)
        )
        reg.rate(x, likelihood=4, impact=4, rationale=text)
        m = reg.add(Countermeasure(title=text, exposures=(x.id,), due=date(2026, 11, 1), evidence=text))
        reg.add(Decision(title=text, exposure=x.id, due=date(2026, 12, 1), reason=text))
        reg.add(Observation(title=text, technology=t.id, fact=text))
        with reg.act(text):
            reg.change(t, note=text + text)
        role = w.AcceptanceRole.OFFICER
        reg.accept(x, by=reg.me.id, role=role, reason=text, until=date(2027, 1, 1), conditions=text)
        return {
            "technology": t.id,
            "exposure": x.id,
            "engagement": e.id,
            "counterparty": c.id,
            "countermeasure": m.id,
        }


async def see_every_screen(path: Path, text: str) -> None:
    ids = nasty_vault(path, text)
    seen: list[str] = []
    async with running(path, "ja", (120, 40)) as tui:
        pages = [OverviewPage]
        pages += [lambda k=k: ListPage(k) for k in LISTS]
        pages += [lambda k=k, i=i: DetailPage(k, i) for k, i in ids.items()]
        pages += [lambda k=k, i=i: FormPage(k, i) for k, i in ids.items()]
        pages += [
            HistoryPage,
            lambda: SearchPage(text),
            lambda: RatingPage(ids["exposure"]),
            lambda: SuggestPage(ids["exposure"]),
            lambda: AcceptPage(ids["exposure"]),
        ]
        for make in pages:
            await tui.app.restore([make])
            await tui.settle()
            tui.straight()
            seen.append(tui.text())
        for k, i in ids.items():  # and every tab of every entry
            page = DetailPage(k, i)
            await tui.app.restore([lambda page=page: page])
            await tui.settle()
            for name, _label in page.tabs():
                page.open_tab(name)
                await tui.settle()
                tui.straight()
        await tui.app.restore([HistoryPage])
        await tui.settle()
        await tui.press("enter")
        tui.app.say(text)
        await tui.settle()
        tui.straight()
        await tui.press("escape", "ctrl+p")
        tui.straight()
        await tui.press("escape")
        await tui.app.restore([lambda: FormPage("exposure", ids["exposure"])])
        await tui.settle()
        await tui.press("enter")  # the picker of technologies
        tui.straight()
        seen.append(tui.text())
        assert tui.app.is_running
    shown = " ".join(clean(text).split())
    if len(shown) <= 12:
        assert all(shown in screen for screen in seen[1:9])


@pytest.mark.parametrize("text", TWO)
async def test_brackets_and_escapes_are_literal_on_every_screen(tmp_path: Path, text: str) -> None:
    await see_every_screen(tmp_path / "v.techguard", text)


@pytest.mark.slow
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXT)
async def test_no_text_ends_the_application(tmp_path: Path, text: str) -> None:
    path = tmp_path / "v.techguard"
    shutil.rmtree(path, ignore_errors=True)
    await see_every_screen(path, text)
