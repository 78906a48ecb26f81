"""What composing a summary refuses. Exit code 5."""

from __future__ import annotations

from techguard.errors import TechguardError


class NotEarlier(TechguardError):
    """A summary is compared with a session that was held before the one it reports. Facts: `ref`."""

    what = "{ref} was not held before the session that is reported."
    safe = "No file was written."
    next_step = "Name an earlier session, or none: the one held before is then taken."
