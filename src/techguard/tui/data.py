"""The register, from the screen's side: asked on one thread of its own, so that the screen never waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from techguard.errors import TechguardError
    from techguard.register import Register
    from techguard.vault import Vault

    from .projection import Projected

T = TypeVar("T")


def begin(
    node: DOMNode, work: Callable[[], Awaitable[Any]], *, group: str = "default", exclusive: bool = False
) -> None:
    """Run `work` beside the screen, for as long as `node` is there. A function, not a coroutine: one that is
    overtaken before it began must leave nothing behind.
    """
    node.run_worker(cast("Any", work), group=group, exclusive=exclusive)


class Store:
    """Holds the open register. Every use of it runs on one worker thread, one after the other: its connection
    belongs to one thread at a time.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="register")
        self._register: Register | None = None
        self.projecting = False
        """Whether the screen is on a wall: what is strictly confidential is then handed out without words."""
        self._hidden: tuple[int, frozenset[str]] = (-1, frozenset())

    @property
    def is_open(self) -> bool:
        """Whether a register is open."""
        return self._register is not None

    async def open(self, opener: Callable[[], Register]) -> None:
        """Open with `opener` on the register's thread. Raises what it raises."""
        self._register = await self._on_thread(opener)

    async def run(self, work: Callable[[Register], T], *, veiled: bool = True) -> T:
        """What `work` gives when it is handed the register. Raises `VaultClosed` when none is open. Not
        `veiled`: the register itself also while projecting, for what shows nothing of an entry.
        """
        register = self._register
        if register is None:
            from techguard.vault.errors import VaultClosed

            raise VaultClosed
        return await self._on_thread(lambda: self._done(work, register, veiled=veiled))

    def _done(self, work: Callable[[Register], T], register: Register, *, veiled: bool) -> T:
        try:
            return work(self._as_shown(register) if veiled else register)
        except Exception as error:
            damage = register.damage_behind(error)
            if damage is None:
                raise
            raise damage from error

    def damage_behind(self, error: BaseException | None) -> TechguardError | None:
        """What in the open register a crash of the screen came of, if it did; waits for the answer."""
        register = self._register
        return None if register is None else self._pool.submit(register.damage_behind, error).result()

    async def beside(self, work: Callable[[Vault], T]) -> T:
        """What `work` gives when it is handed the open vault, on a thread of its own: the register goes on
        being used meanwhile. It uses connections of its own. Raises `VaultClosed` when none is open.
        """
        register = self._register
        if register is None:
            from techguard.vault.errors import VaultClosed

            raise VaultClosed
        return await asyncio.to_thread(work, register.vault)

    async def refuse_hidden(self, item_id: str) -> None:
        """Raises `Hidden` for an entry that must not be worked on while the screen is on a wall."""
        if item_id and self.projecting:
            await self.run(lambda reg: cast("Projected", reg).require_shown(item_id))

    def _as_shown(self, register: Register) -> Register:
        if not self.projecting:
            return register
        from .projection import Projected

        seq = register.head[0]
        if self._hidden[0] != seq:
            self._hidden = (seq, register.hidden())
        return cast("Register", Projected(register, self._hidden[1]))

    def close(self) -> None:
        """Close the register after what is under way, and wait until it is closed."""
        register, self._register = self._register, None
        self._hidden = (-1, frozenset())
        if register is not None:
            self._pool.submit(register.close).result()

    def end(self) -> None:
        """Close, and end the thread."""
        self.close()
        self._pool.shutdown()

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)
