"""What shows others that care was taken: a checkpoint to keep elsewhere, and the evidence itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType

from techguard import present
from techguard.i18n import N_, _, language

from ..page import LoadingPage, Page
from ..prose import Prose
from ..scrolled import Reading
from .sealing import Handout, SealPage, beside_vault

if TYPE_CHECKING:
    from techguard.board import Delivered, Delivery
    from techguard.domain.items import Technology
    from techguard.register import Register
    from techguard.store.checkpoint import Note


class CheckpointPage(LoadingPage):
    """The checkpoint of this moment, to be copied to where the vault is not."""

    NAME = N_("Checkpoint")
    ABOUT = N_(
        "How many acts the history has, and one value that stands for all of them, signed by you. Keep it "
        "where the vault is not: on paper, in a mail, in the minutes. Later, techguard verify --against "
        "tells whether the history still begins with exactly these acts. It says nothing of what they were. "
        "F6 copies it; every board summary carries one, too."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f6,c", "take", N_("Copy"), tooltip=N_("Copy the checkpoint as text.")),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def room(self) -> str:
        return "more"

    def trail(self) -> tuple[str, ...]:
        return _("History"), _(self.NAME)

    def place(self) -> Callable[[], Page]:
        return CheckpointPage

    def body(self) -> Iterable[Any]:
        yield Prose(id="for-whom", most=3)
        with Reading(id="minutes"):
            yield Prose(id="checkpoint-text")

    def on_mount(self) -> None:
        self.query_one(Reading).focus()

    def reload(self) -> None:
        self.ask(self._load, group="load", exclusive=True)

    async def _load(self) -> None:
        from techguard.board.sections import printed

        note: Note = await self.store.run(lambda reg: reg.checkpoint())
        said = note.checkpoint
        self.text = note.text()
        when = present.moment(said.at) if said.at else ""
        told = _("{size} acts, as of {when}. Keep these lines where the vault is not.")
        self.query_one("#for-whom", Prose).say((told.format(size=said.size, when=when), "bold $t-accent"))
        shown = "\n".join(printed(self.text))
        more = _("What F6 copies bears a second signature, which withstands quantum computers (ML-DSA-65).")
        self.query_one("#checkpoint-text", Prose).say((shown, ""), ("", ""), (more, "$t-muted"))

    def action_take(self) -> None:
        self.tg.copy_to_clipboard(self.text)
        self.tg.say(_("Copied. The clipboard is cleared in 30 seconds."))


def seal_evidence(page: Page, technology: Technology | None) -> None:
    """Go to where the evidence about a technology, or the whole register, is written and sealed."""
    ref, lang = technology.ref if technology else None, language()

    def make(reg: Register, delivery: Delivery) -> Delivered:
        from techguard import evidence

        to = delivery.recipients
        return evidence.deliver(reg, ref, delivery.output, delivery.lock, recipients=to, lang=lang)[1]

    name = _("Evidence")
    file = beside_vault(page, f"{name}-{ref}.zip.age" if ref else f"{name}.zip.age")
    page.tg.go_to(SealPage(Handout(f"{name} {ref}" if ref else name, file, make, package=True)))
