"""A real vault, small and made once, and ways to run the command line on a copy of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from techguard import i18n, vault
from techguard.cli.main import root
from techguard.domain import words as w
from techguard.domain.items import Countermeasure, Counterparty, Exposure, Observation, Technology
from techguard.register import Register

PASSPHRASE = "sintering beats a paper tiger"


@pytest.fixture(autouse=True)
def own_language(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test starts in English, without the machine's settings, and leaves the language as it was."""
    before = i18n.language()
    for name in [n for n in os.environ if n.startswith("TECHGUARD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setenv("TECHGUARD_LANG", "en")
    yield
    i18n.set_language(before)
    i18n.set_calendar("western")
    i18n.set_money_unit("exact")


@dataclass(frozen=True)
class House:
    """A vault with its secrets."""

    vault: Path
    passphrase_file: Path
    recovery_code: str

    def run(self, *args: str | Path, lang: str = "en", **extra: Any) -> Result:
        """Run a command line in this process; VAULT stands for the vault, and the passphrase is given."""
        env = {
            "TECHGUARD_LANG": lang,
            "TECHGUARD_PASSPHRASE_FILE": str(self.passphrase_file),
            "COLUMNS": "100",
            **extra.pop("env", {}),
        }
        words = [str(self.vault) if a == "VAULT" else str(a) for a in args]
        return CliRunner().invoke(root, words, env=env, **extra)

    def json(self, *args: str | Path, **extra: Any) -> Any:
        """What a command prints with --json; it must succeed."""
        result = self.run(*args, "--json", **extra)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)


def execute(
    *args: str | Path, env: dict[str, str] | None = None, **extra: Any
) -> subprocess.CompletedProcess[str]:
    """Run a command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "techguard", *map(str, args)],
        env={**os.environ, "PYTHONUTF8": "1", **(env or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
        **extra,
    )


@pytest.fixture(scope="session")
def master(tmp_path_factory: pytest.TempPathFactory) -> House:
    """The vault that the others are copies of."""
    folder = tmp_path_factory.mktemp("house")
    path = folder / "acme.techguard"
    secret = folder / "passphrase.txt"
    secret.write_text(PASSPHRASE + "\n", encoding="utf-8")
    register, code = Register.create(
        path, person="法務部長", department=w.Department.LEGAL, passphrase=PASSPHRASE, kdf=vault.KDF_FLOOR
    )
    with register:
        me = register.me.id
        sintering = register.add(
            Technology(
                code_name="焼結プロファイルK", outline="昇温の条件。\n二行目 [b]not markup[/b]", owner=me
            )
        )
        coating = register.add(Technology(code_name="Coating recipe", outline="Barrier coating of films."))
        high = register.add(
            Exposure(technology=sintering.id, title="共同研究先が条件表を持ち出す", route="R01")
        )
        register.rate(high, likelihood=4, impact=5, rationale="研究室を共有している")
        low = register.add(Exposure(technology=coating.id, title="A leaver joins a competitor", owner=me))
        register.rate(low, likelihood=1, impact=2, rationale="Few people know it.")
        register.add(
            Countermeasure(title="持ち出しの申請制", exposures=(high.id,), due=date(2020, 1, 31), owner=me)
        )
        register.add(Counterparty(name="Tokai University"))
        register.add(Observation(title="夜間の大量コピー", observed_on=date(2026, 1, 15)))
    return House(path, secret, code)


@pytest.fixture
def house(master: House, tmp_path: Path) -> House:
    """A vault of one's own."""
    path = tmp_path / "acme.techguard"
    shutil.copytree(master.vault, path)
    return House(path, master.passphrase_file, master.recovery_code)
