"""In which unit a person has money shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from techguard.i18n import N_, _, money_in, money_text, set_money_unit
from techguard.i18n.money import MoneyUnit

from ..picker import Option, Picker

if TYPE_CHECKING:
    from ..app import TechguardApp

UNITS: dict[MoneyUnit, str] = {
    "exact": N_("Exactly, in the unit that fits"),
    "yen": N_("In yen"),
    "million": N_("In millions of yen"),
    "oku": N_("In hundreds of millions of yen"),
}
_EXAMPLE = 123_456_789


def choose_money_unit(app: TechguardApp) -> None:
    """Let the person choose, and remember it where the vault may be written."""
    now = money_in()
    options = [Option(unit, _labelled(unit, now)) for unit in UNITS]

    async def use(chosen: list[Any] | None) -> None:
        if not chosen:
            return
        unit: MoneyUnit = chosen[0]
        set_money_unit(unit)
        if not app.read_only:
            await app.store.run(lambda reg: reg.choose_money_unit(unit))
        app.rebuild()

    note = _(
        "What is kept stays exact; “about” says that a figure is rounded. A bare number that you type is yen."
    )
    app.push_screen(Picker(_("How money is shown"), options, chosen=[now], note=note), use)


def _labelled(unit: MoneyUnit, now: MoneyUnit) -> str:
    label = _("{unit}: {example}").format(unit=_(UNITS[unit]), example=money_text(_EXAMPLE, unit))
    return _("{choice} (now)").format(choice=label) if unit == now else label
