"""From something observed to the exposure it concerns: to be rated again, and on the next agenda."""

from __future__ import annotations

from techguard.domain import items as i
from techguard.domain import words as w
from techguard.i18n import _
from techguard.register import Register


def raise_exposure(register: Register, observation_id: str) -> i.Exposure:
    """Ask for the exposure of an observation to be rated again (domain.md, rule 7): one act in history.

    A sign becomes escalated, unless it was already closed; the exposure falls due today, which puts it on the
    next agenda and, until it is rated again, among what is missing. Raises `Missing` if the entry is gone.
    """
    seen = register.get(observation_id, i.Observation)
    exposure = register.get(seen.exposure or "", i.Exposure)
    with register.act(_("Raised by {ref}").format(ref=seen.ref)):
        if seen.kind is w.ObservationKind.SIGN and seen.status is w.ObservationStatus.OPEN:
            register.change(seen, status=w.ObservationStatus.ESCALATED)
        if exposure.next_review is None or exposure.next_review > register.today:
            exposure = register.change(exposure, next_review=register.today)
    return exposure
