"""What is missing or overdue: the gaps the overview shows and the key risk indicators the board sees.

Here they are only named; the store counts them in SQL, because a register may hold a hundred thousand rows.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gap:
    """One kind of thing to mend. `label` and `remedy` are message ids; `kind` is what it lists."""

    code: str
    kind: str
    label: str
    remedy: str
    kri: str = ""
    """The key risk indicator that counts the same thing (domain.md §6e), if there is one."""


GAPS: tuple[Gap, ...] = (
    Gap(
        "high_untreated",
        "exposure",
        "High level without treatment or valid acceptance",
        "Assign a countermeasure, or have it accepted until a date.",
        "K02",
    ),
    Gap(
        "technology_without_executive",
        "technology",
        "Class S or A without an executive in charge",
        "Name the executive in charge.",
    ),
    Gap(
        "technology_without_rating",
        "technology",
        "Class S or A without a current rating",
        "Rate at least one exposure of the technology.",
        "K01",
    ),
    Gap("exposure_unrated", "exposure", "Exposures not rated yet", "Rate the exposure."),
    Gap("exposure_without_owner", "exposure", "Exposures without an owner", "Name one owner."),
    Gap(
        "exposure_without_route",
        "exposure",
        "Exposures without a route",
        "Choose the route from the catalogue.",
    ),
    Gap("exposure_due", "exposure", "Exposures due for review", "Rate again, or confirm the rating."),
    Gap(
        "exposure_rerate",
        "exposure",
        "Exposures with an incident or an escalated sign since they were rated",
        "Rate again in the light of it.",
    ),
    Gap(
        "exposure_on_earlier_scale",
        "exposure",
        "Exposures rated on an earlier scale",
        "Rate again on the scale in force.",
    ),
    Gap(
        "technology_on_earlier_scale",
        "technology",
        "Technologies with impacts on an earlier scale",
        "State the impacts again on the scale in force.",
    ),
    Gap("technology_due", "technology", "Technologies due for review", "Look at the technology again."),
    Gap(
        "technology_unclassed",
        "technology",
        "Candidates without a class",
        "Score the six attributes, or confirm a class.",
    ),
    Gap(
        "technology_without_exposure",
        "technology",
        "Technologies without any exposure considered",
        "Go through the routes and record where it could leak.",
    ),
    Gap("acceptance_expired", "exposure", "Acceptances past their date", "Accept again, or treat.", "K03"),
    Gap(
        "agreement_ending",
        "agreement",
        "NDAs ended or ending within 90 days with a live exposure",
        "Renew the agreement, or end the disclosure.",
        "K04",
    ),
    Gap(
        "counterparty_danger",
        "counterparty",
        "Counterparties in the danger zone",
        "Agree measures, or escalate.",
        "K05",
    ),
    Gap(
        "counterparty_unassessed",
        "counterparty",
        "Counterparties never assessed or out of date",
        "Assess dependency, penetration, maturity and trust.",
    ),
    Gap("single_holder", "technology", "Class S or A with a single holder", "Plan the succession.", "K06"),
    Gap(
        "countermeasure_overdue",
        "countermeasure",
        "Countermeasures overdue",
        "Finish it, or agree a new date.",
        "K07",
    ),
    Gap(
        "countermeasure_untested",
        "countermeasure",
        "Countermeasures never tested",
        "Test it; until then it lowers no rating.",
        "K08",
    ),
    Gap(
        "sign_open",
        "observation",
        "Warning signs open for more than 30 days",
        "Explain or escalate it.",
        "K09",
    ),
    Gap(
        "incident",
        "observation",
        "Incidents since the last review session",
        "Discuss it in the session.",
        "K10",
    ),
    Gap(
        "retention_over",
        "observation",
        "Observations kept past their date",
        "Look whether what concerns a person is still needed; shorten it or take it out.",
    ),
    Gap(
        "answer_without_grounds",
        "answer",
        "Checklist answers without grounds",
        "Name the organisation, rule or record.",
        "K11",
    ),
    Gap(
        "follow_up_overdue",
        "consultation",
        "Follow-ups of consultations overdue",
        "Do it, or agree a new date.",
    ),
    Gap("consultation_pending", "consultation", "Consultations pending", "Follow up.", "K12"),
    Gap(
        "regulatory_open",
        "technology",
        "Regulatory checks still to do",
        "Have export control and legal look at it.",
    ),
)

BY_CODE = {g.code: g for g in GAPS}
