"""What a plan refuses. All are exit code 5."""

from __future__ import annotations

from techguard.errors import TechguardError


class MustHavesExclude(TechguardError):
    """Two must-haves exclude each other. Facts: `one`, `other`."""

    what = "{one} and {other} are both must-haves, but they exclude each other."
    next_step = "Take one of them out of the must-haves, or let both be chosen together."


class BeyondBudget(TechguardError):
    """The must-haves alone cost more than the budget. Facts: none."""

    what = "The must-haves alone cost more than the budget."
    next_step = "Raise the budget, or take something out of the must-haves."


class BeyondBurden(TechguardError):
    """The must-haves alone burden work more than the limit. Facts: none."""

    what = "The must-haves alone are a larger burden on work than the limit allows."
    next_step = "Raise the limit, or take something out of the must-haves."


class NoPlan(TechguardError):
    """The solver gave up before it had found a plan. Facts: none."""

    what = "No plan was found in the time that was allowed."
    next_step = "Allow more time, or offer fewer candidates."
