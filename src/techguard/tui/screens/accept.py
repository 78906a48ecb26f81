"""Accept an exposure: who, in which role, why, until when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from techguard.domain.fields import FieldSpec
from techguard.domain.items import Item
from techguard.domain.kinds import KINDS
from techguard.i18n import N_, _

from ..page import Page
from .form import FormPage

if TYPE_CHECKING:
    from techguard.register import Register

_ASKED = ("accepted_by", "accepted_role", "valid_until", "reason", "conditions")


class AcceptPage(FormPage):
    """Record an acceptance."""

    NAME = N_("Accept")
    ABOUT = N_(
        "An acceptance says who carries the risk, why, and until when; it expires, and it is never changed."
        " The scale says from which level an executive officer or the board of directors accepts; on the "
        "standard one these are level 4 and level 5."
    )

    def __init__(self, exposure_id: str, *, draft: Mapping[str, Any] | None = None) -> None:
        super().__init__("acceptance", draft=draft)
        self.exposure_id = exposure_id

    def room(self) -> str:
        return "exposures"

    def trail(self) -> tuple[str, ...]:
        return _("Exposures"), _(self.NAME)

    def place(self) -> Callable[[], Page]:
        exposure = self.exposure_id
        draft = self.form.draft() if self.form else self.first_draft
        return lambda: AcceptPage(exposure, draft=draft)

    def works_on(self) -> str:
        return self.exposure_id

    def fields(self) -> tuple[FieldSpec, ...]:
        by_name = KINDS["acceptance"].by_name
        return tuple(by_name[name] for name in _ASKED)

    def write(self, reg: Register, collected: dict[str, Any]) -> Item:
        return reg.accept(
            self.exposure_id,
            by=collected["accepted_by"],
            role=collected["accepted_role"],
            reason=collected["reason"],
            until=collected["valid_until"],
            conditions=collected["conditions"],
        )

    def leave(self, item: Item) -> None:
        self.tg.go_back()
