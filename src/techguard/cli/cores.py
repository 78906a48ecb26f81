"""No image of the memory: what the program holds open (keys, passphrase, texts) is not written to a file when
it crashes, nor read by another program of the same user.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

_PR_SET_DUMPABLE = 4
_SEM_FAILCRITICALERRORS, _SEM_NOGPFAULTERRORBOX = 0x0001, 0x0002


def off() -> None:
    """Have the system write no core dump and no crash report of this process, from now on.

    On Linux nobody else of the same user may look into its memory either (prctl(2)): a handler that cores are
    piped to gets none, whatever its limit. What the system refuses is left as it is; nothing is raised.
    """
    if sys.platform == "win32":
        # Windows Error Reporting is not called (learn.microsoft.com, SetErrorMode).
        ctypes.windll.kernel32.SetErrorMode(_SEM_FAILCRITICALERRORS | _SEM_NOGPFAULTERRORBOX)
        return
    import resource

    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
