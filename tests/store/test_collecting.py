"""Pausing the collector while many entries are made: it always comes back."""

from __future__ import annotations

import gc
from threading import Barrier, Thread

import pytest

from techguard.store.collecting import uncollected


def test_the_collector_comes_back_after_the_outermost_whatever_happens() -> None:
    @uncollected()
    def fails() -> None:
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
        raise LookupError

    assert gc.isenabled()
    with pytest.raises(LookupError):
        fails()
    assert gc.isenabled()


def test_it_comes_back_when_the_last_of_several_threads_is_done() -> None:
    inside, leave = Barrier(3), Barrier(2)

    @uncollected()
    def stays() -> None:
        inside.wait(10)
        leave.wait(10)

    @uncollected()
    def goes() -> None:
        inside.wait(10)

    first, second = Thread(target=stays), Thread(target=goes)
    first.start()
    second.start()
    inside.wait(10)
    second.join(10)
    assert not gc.isenabled()
    leave.wait(10)
    first.join(10)
    assert gc.isenabled()


def test_who_did_without_it_before_does_without_it_after() -> None:
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
