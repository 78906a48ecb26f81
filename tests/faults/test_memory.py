"""Too little memory is said, and costs nothing."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from techguard.register import Register
from tests.conftest import Place
from tests.exchange.making import xlsx

from . import expected

ROWS = 20_000


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list that takes more room than some of the limits leave."""
    head = ["ID", "Risk", "Likelihood", "Impact"]
    rows = [[n, f"図面が渡る{n} " * 5, n % 5 + 1, 3] for n in range(ROWS)]
    file = tmp_path_factory.mktemp("big") / "big.xlsx"
    file.write_bytes(xlsx({"R": [head, *rows]}))
    return file


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is one of Linux")
@pytest.mark.parametrize("mebibytes", [110, 160, 220, 280])
def test_a_command_that_runs_out_of_memory_changes_nothing(
    place: Place, big: Path, tmp_path: Path, mebibytes: int
) -> None:
    """At whatever point it is short: deriving the key, reading, planning, writing."""
    secret = tmp_path / "secret"
    secret.write_text(place.passphrase, encoding="utf-8")
    with place.open() as register:
        before = register.head
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "techguard", "import", place.path, big),
            *("--passphrase-file", secret, "--lang", "en"),
        ],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (mebibytes << 20,) * 2),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode or mebibytes > 200, "so little memory cannot suffice"
    if ended.returncode:
        expected.of("too little memory").ended(ended.returncode, ended.stderr)
    with Register.open(place.path, place.passphrase, clock=place.clock) as register:
        assert register.verify().ok
        assert (register.head == before) == bool(ended.returncode)
