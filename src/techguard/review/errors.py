"""What a review session refuses beyond the rules of the register. All are exit code 5."""

from __future__ import annotations

from techguard.errors import TechguardError


class NotHeld(TechguardError):
    """Items are settled, and a session is closed, only while it is being held. Facts: `ref`."""

    what = "{ref} is not being held."
    safe = "Nothing was changed."
    next_step = "Begin the session first."


class NotToPrepare(TechguardError):
    """A session that was called off has no agenda. Facts: `ref`."""

    what = "{ref} was called off."
    safe = "Nothing was changed."
    next_step = "Plan a new session."


class NoSession(TechguardError):
    """No session is planned, in preparation or being held."""

    what = "There is no session that is planned or being held."
    next_step = "Plan one first, or name a session that was closed."


class NobodySigns(TechguardError):
    """A session is signed off by its chair or by somebody who is named. Facts: `ref`."""

    what = "Nobody is named who signs {ref} off."
    safe = "Nothing was changed."
    next_step = "Name the chair of the session, or who signs it off."


class NotAboutExposure(TechguardError):
    """Only an exposure is rated or accepted. Facts: `ref`."""

    what = "{ref} is not about an exposure: there is nothing to rate or accept."
    safe = "Nothing was changed."
    next_step = "Confirm it, note it, defer it, or assign a countermeasure."


class NothingToCompare(TechguardError):
    """A session that was never held has no state of its own. Facts: `ref`."""

    what = "{ref} was never held: there is nothing to compare it with."
    next_step = "Name two sessions that were held."
