"""A machine whose clock was set back: it is told on opening, and the order of the history holds."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from techguard.domain.items import Technology
from techguard.register import Register

from .conftest import NOW, PASSPHRASE, running

SAID = {
    "ja": "最後の記録（2026-11-26 18:00）より前を指しています",
    "en": "stands before the newest entry of the history (2026-11-26 18:00)",
}


@pytest.mark.parametrize("lang", SAID)
async def test_it_is_told_and_what_is_written_keeps_the_order(path: Path, lang: str) -> None:
    with Register.open(path, PASSPHRASE, clock=lambda: NOW + timedelta(days=3)) as register:
        register.add(Technology(code_name="三日先の技術"))
    async with running(path, lang) as tui:
        (told,) = (n.message for n in tui.app._notifications if "2026-11-26" in n.message)
        assert SAID[lang] in told
        told_on_screen = "".join(tui.text().split())
        assert "2026-11-26" in told_on_screen, "and it is seen, not only said"
        await tui.app.store.run(lambda reg: reg.add(Technology(code_name="今日の技術")))
        newest, before = await tui.app.store.run(lambda reg: [e.at for e in reg.history(limit=2)])
        assert newest >= before > NOW
        assert await tui.app.store.run(lambda reg: reg.verify().ok)


async def test_a_clock_that_is_right_is_not_spoken_of(path: Path) -> None:
    async with running(path, "en") as tui:
        assert not [n for n in tui.app._notifications if "clock" in n.message]
