"""Whoever types faster than screens come, and whatever they type, ends nothing.

    python -m tests.tui.test_random_keys --seconds 600     # as long as one likes

What ends the application ends this, with its places.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
import time
from pathlib import Path
from random import Random

import pytest
from textual import events

from tests.tui.conftest import make, running

KEYS = (
    *(f"f{n}" for n in range(1, 10)),
    *["up", "down", "down", "left", "right", "right", "pageup", "pagedown", "home", "end"],
    *["enter", "enter", "escape", "escape", "tab", "shift+tab", "space"],
    *(f"ctrl+{letter}" for letter in "opstyz"),
    *"1234567890/ga焼",
)
"""All but those that lock or leave."""


async def typed(path: Path, seed: int, seconds: float) -> int:
    """Strike keys at random for so long, several before a screen can follow; how many were struck. Raises
    what ended the application.
    """
    chance = Random(seed)
    struck = 0
    end = time.monotonic() + seconds
    async with running(path) as tui:
        while time.monotonic() < end and tui.app.is_running:
            for _ in range(chance.randint(1, 5)):
                key = chance.choice(KEYS)
                event = events.Key(key, key if len(key) == 1 else " " if key == "space" else None)
                event.set_sender(tui.app)
                assert tui.app._driver is not None
                tui.app._driver.send_message(event)
                struck += 1
            await asyncio.sleep(chance.uniform(0, 0.3))
        await tui.settle()
    return struck


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
async def test_keys_faster_than_the_screens_end_nothing(path: Path, seed: int) -> None:
    assert await typed(path, seed, 20) > 50


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.tui.test_random_keys")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    end, seed, struck = time.monotonic() + asked.seconds, asked.seed, 0
    with tempfile.TemporaryDirectory() as folder:
        whole = make(Path(folder))
        while time.monotonic() < end:
            copy = Path(folder) / "now" / whole.name
            shutil.rmtree(copy.parent, ignore_errors=True)
            shutil.copytree(whole, copy)
            print(f"seed {seed}", flush=True)
            struck += asyncio.run(typed(copy, seed, min(60, max(1, end - time.monotonic()))))
            seed += 1
    print(f"{struck} keys struck, nothing ended")


if __name__ == "__main__":
    main()
