"""The collector looks through everything while nobody types, and never for long goes without."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from techguard.tui import app as application

from .conftest import running


@contextmanager
def full_collections() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(phase: str, info: dict[str, Any]) -> None:
        if phase == "start" and info["generation"] == 2:
            seen.append(phase)

    gc.callbacks.append(note)
    try:
        yield seen
    finally:
        gc.callbacks.remove(note)


@pytest.mark.skipif(not gc.get_threshold()[2], reason="it goes in small steps by itself")
async def test_keys_are_not_held_up_by_it_and_it_comes_when_one_pauses(path: Path, monkeypatch: Any) -> None:
    before = gc.get_threshold()
    async with running(path) as tui:
        await tui.press("3")
        monkeypatch.setattr(application, "STILL_SECONDS", 1e9)  # it looks like typing without a pause
        with full_collections() as seen:
            for _turn in range(30):
                await tui.press("down", "up")
        assert len(seen) <= 1, "once in a long time it may"
        monkeypatch.setattr(application, "STILL_SECONDS", 0.0)
        while gc.get_count()[2] < before[2]:
            gc.collect(1)  # what is left of many keys
        with full_collections() as seen:
            tui.app._look_at_the_clock()
        assert seen, "one pauses"
    assert gc.get_threshold() == before, "whoever comes after has it as it was"
