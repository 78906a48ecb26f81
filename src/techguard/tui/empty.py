"""What a list says when it holds nothing: not that it is empty, which one sees, but what to do next."""

from __future__ import annotations

from collections.abc import Mapping

from techguard.domain.kinds import Kind
from techguard.i18n import N_, _

NOTHING = N_("Nothing here yet.")

NEXT: Mapping[str, str] = {
    "technology": N_(
        "No technology yet. F2 adds the first one. If you keep a list in Excel or CSV, the overview (key "
        "1) takes it in with F3."
    ),
    "exposure": N_(
        "No exposure yet. F2 adds one: a technology and the route by which it could leak. The leak map "
        "(key 8) shows which pairs were never considered."
    ),
    "countermeasure": N_(
        "No countermeasure yet. Open an exposure (key 3): F8 there proposes those that fit its route. F2 "
        "adds one of your own."
    ),
    "engagement": N_(
        "No engagement yet. F2 adds the first: a joint research, a deal, a retirement; whatever brings "
        "others near a technology."
    ),
    "counterparty": N_(
        "No counterparty yet. F2 adds the first: a university, supplier, customer, investor. Facts about the "
        "organisation only."
    ),
    "review": N_("No session yet. Key 9 leads to the review sessions; F2 there plans the first one."),
    "decision": N_(
        "No decision yet. They are made in a review session (key 9); F2 records one that was made elsewhere."
    ),
    "answer": N_("No answer yet. The checklists (key 0) ask the questions; answer there."),
    "checkitem": N_(
        "No item yet. They come from your own copy of an official list: F2 in the checklist room (key 0) "
        "takes it in."
    ),
    "scale": N_(
        "The register rates by the standard scale. F2 begins one of your own: what it would change is shown "
        "first."
    ),
    "consultation": N_(
        "No consultation yet. F2 records one, and asks for the antitrust check where it is needed."
    ),
    "observation": N_("No sign and no incident yet. F2 records what was seen: facts only."),
    "person": N_(
        "Nobody yet. F2 adds a person: a display name or staff code, department and role, nothing more."
    ),
    "summary": N_("No board summary was sealed yet. F2 opens the summary as it stands; F9 there seals it."),
    "element": N_("No know-how element yet. Open a technology (key 2), go to its elements and press F2."),
    "rating": N_("Not rated yet. Open an exposure (key 3) and press F5."),
    "estimate": N_(
        "Nothing was estimated in money yet. Open an exposure (key 3), turn with Right to “Estimates in "
        "money” and press F2."
    ),
    "acceptance": N_("Nothing is accepted yet. Open an exposure (key 3) and press F9."),
    "agreement": N_("No agreement yet. Open an engagement (key 4), go to its agreements and press F2."),
    "milestone": N_("No milestone yet. Open an engagement (key 4), go to its milestones and press F2."),
    "variant": N_("No variant yet. Open a deal among the engagements (key 4) and press F7."),
    "assumption": N_("Nothing is assumed yet. Open a deal among the engagements (key 4) and press F7."),
    "comparison": N_("Nothing was compared yet. Open a deal among the engagements (key 4) and press F7."),
    "outcome": N_(
        "No agenda yet. Key 9 leads to the review sessions; F5 in a session draws it from the register."
    ),
    "exclusion": N_(
        "Nothing was ruled out yet. The leak map (key 8) records with F9 that a route does not apply."
    ),
}
"""What to do next where a list of a kind holds nothing, by kind."""

PART: Mapping[str, str] = {
    "acceptance": N_(
        "Nobody has accepted this exposure. F5 rates it; then F9 records who accepts it, and until when."
    ),
    "countermeasure": N_("No countermeasure yet. F8 proposes those that fit this route."),
}
"""The same on the page of what they belong to, where it differs."""


def empty_list(kind: Kind, *, read_only: bool) -> str:
    """What an empty list of a kind says; a reader is not told to write."""
    return _(NOTHING) if read_only else _(NEXT.get(kind.name, NOTHING))


def empty_part(kind: Kind, *, can_add: bool, read_only: bool) -> str:
    """What an empty list says on the page of what it belongs to."""
    if read_only:
        return _(NOTHING)
    if kind.name in PART:
        return _(PART[kind.name])
    return _("Nothing here yet. F2 adds the first entry.") if can_add else _(NOTHING)
