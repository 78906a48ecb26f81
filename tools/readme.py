"""Prints the commands that a README promises: the fenced blocks that follow `<!-- ci:run -->`, as one script.

    python tools/readme.py README.md > script.sh

Exit 1 when there is none: a README whose commands nobody runs is a README that lies some day.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

BLOCK = re.compile(r"^<!-- ci:run -->\n+(?P<fence>`{3,})\w*\n(?P<commands>.*?)^(?P=fence)$", re.M | re.S)


def commands(text: str) -> list[str]:
    """The marked blocks, in order, each with the `$ ` of a shell prompt taken off."""
    return [
        "".join(line.removeprefix("$ ") for line in block["commands"].splitlines(keepends=True))
        for block in BLOCK.finditer(text)
    ]


def main() -> int:
    blocks = commands(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print("set -eu\n" + "\n".join(blocks))
    return 0 if blocks else 1


if __name__ == "__main__":
    sys.exit(main())
