"""Why something is on an agenda, said in general: for items that were written and may be years old."""

from __future__ import annotations

from collections.abc import Mapping

from techguard.i18n import N_, NP_, Language, translator

WORDS: Mapping[str, str] = {
    "high_untreated": N_("High level without treatment or valid acceptance"),
    "acceptance_expired": N_("The acceptance is over"),
    "acceptance_ending": N_("The acceptance ends soon"),
    "exposure_due": N_("The review is due"),
    "exposure_rerate": N_("An incident or an escalated sign concerns it"),
    "exposure_on_earlier_scale": N_("Rated on an earlier scale"),
    "technology_due": N_("The review is due"),
    "single_holder": N_("Only one person knows a part of it"),
    "agreement_ending": N_("The agreement ended or ends soon"),
    "countermeasure_overdue": N_("The countermeasure is overdue"),
    "countermeasure_untested": N_("The countermeasure was never tested"),
    "counterparty_unassessed": N_("The assessment is missing or out of date"),
    "counterparty_ending": N_("The assessment ends soon"),
    "counterparty_danger": N_("In the danger zone"),
    "observation_open": N_("Observed and not settled"),
    "decision_asked": N_("To be decided"),
    "risen": N_("Risen since the last session"),
    "new": N_("New since the last session"),
    "changed": N_("Changed since the last session"),
    "capital_policy": N_("Capital policy"),
    "checklist_open": N_("Checklist items without an answer or grounds"),
    "asked": N_("Somebody asked for it"),
    "deferred": N_("Deferred by the last session"),
}

SHORT: Mapping[str, str] = {
    "high_untreated": NP_("short", "Not treated or accepted"),
    "exposure_rerate": NP_("short", "A sign or an incident"),
    "exposure_on_earlier_scale": NP_("short", "On an earlier scale"),
    "single_holder": NP_("short", "Only one person knows"),
    "agreement_ending": NP_("short", "Agreement over or ending"),
    "countermeasure_overdue": NP_("short", "Countermeasure overdue"),
    "countermeasure_untested": NP_("short", "Measure never tested"),
    "counterparty_unassessed": NP_("short", "No valid assessment"),
    "risen": NP_("short", "Risen since last time"),
    "new": NP_("short", "New since last time"),
    "changed": NP_("short", "Changed since last time"),
    "checklist_open": NP_("short", "Checklist not answered"),
    "deferred": NP_("short", "Deferred last time"),
}
"""For a column of a list: those that take more than `SHORT_CELLS`, in fewer words."""
SHORT_CELLS = 24


def short_label(code: str, lang: Language) -> str:
    """`label` in `SHORT_CELLS` cells."""
    return translator(lang).pgettext("short", SHORT[code]) if code in SHORT else label(code, lang)


def label(code: str, lang: Language) -> str:
    """A reason in a few words; a code of another edition as it is."""
    return translator(lang).gettext(WORDS[code]) if code in WORDS else code
