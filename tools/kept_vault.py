"""Makes the vault that is kept of a format, so that every later version is shown to open it.

    python -m tools.kept_vault            tests/fixtures/vaults/N, N the number of today's format
    python -m tools.kept_vault --again    the same, in place of one that was never released

A vault of a released format is never made again: it is what people have. `tests/store/test_kept_vaults.py`
opens all of them, migrates copies, proves them, and finds the entries that `expected.json` beside each names.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from techguard import exchange, vault
from techguard.domain import words as w
from techguard.domain.items import (
    Acceptance,
    Countermeasure,
    Counterparty,
    Engagement,
    Exposure,
    Observation,
    Technology,
)
from techguard.register import Register
from techguard.store import migrations

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "tests" / "fixtures" / "vaults"
NAME = "vault"

PASSPHRASE = "公開してある試験用の合い言葉"  # noqa: S105
"""Known to everybody: nothing in these vaults is a secret."""
_FIRST_PASSPHRASE = "初めの試験用の合い言葉です"  # noqa: S105


class Clock:
    """One hour passes between two looks."""

    def __init__(self) -> None:
        self.now = datetime(2026, 4, 1, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(hours=1)
        return self.now


def fill(register: Register) -> None:
    """A little of what a register holds: changed, rated, accepted, removed, undone, in several acts."""
    technology = register.add(Technology(code_name="焼結プロファイル K", outline="=1+1 から始まる概要"))
    other = register.add(Technology(code_name="Coating β"))
    gone = register.add(Technology(code_name="手放した技術"))
    partner = register.add(Counterparty(name="東海大学 材料研究室"))
    joint = register.add(Engagement(title="共同研究", counterparties=(partner.id,)))
    with register.act("第一回のレビュー会の準備"):
        exposure = register.add(
            Exposure(technology=technology.id, title="退職者による持ち出し", route="R04", engagement=joint.id)
        )
        register.rate(exposure, likelihood=3, impact=4, rationale="面談と記録による")
        register.add(Countermeasure(title="面談", exposures=(exposure.id,), due=date(2026, 9, 30)))
    register.add(
        Acceptance(
            exposure=exposure.id,
            accepted_by=register.me.id,
            accepted_role=w.AcceptanceRole.BOARD,
            reason="代わりの手段がない",
            accepted_on=date(2026, 4, 2),
            valid_until=date(2027, 4, 1),
        )
    )
    register.change(other, outline="一度目の概要")
    register.change(register.get(other.id, Technology), outline="二度目の概要")
    register.undo()
    register.remove(gone)
    register.add(
        Observation(title="夜間の印刷", fact="夜間に大量の印刷があった", observed_on=date(2026, 4, 3))
    )


def make(target: Path) -> None:
    """The vault, what opens it, and what is in it."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / NAME
        register, code = Register.create(
            place,
            person="法務部長",
            department=w.Department.LEGAL,
            passphrase=_FIRST_PASSPHRASE,
            kdf=vault.KDF_FLOOR,
            clock=Clock(),
        )
        with register:
            fill(register)
            register.vault.change_passphrase(PASSPHRASE, kdf=vault.KDF_FLOOR)
            register.add(Technology(code_name="合い言葉を改めた後の技術"))
            expected = json.loads(exchange.export(register, "json", "ja"))
            expected["recovery_code"], expected["store"] = code, int(migrations.HEAD)
            expected["head"] = dict(zip(("seq", "digest"), register.head, strict=True))
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        shutil.copytree(place, target / NAME)
    text = json.dumps(expected, ensure_ascii=False, indent=1) + "\n"
    (target / "expected.json").write_text(text, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--again", action="store_true", help="in place of one that was never released")
    target = KEPT / str(int(migrations.HEAD))
    if target.exists() and not parser.parse_args().again:
        print(f"{target.relative_to(ROOT)} is kept already; --again replaces it")
        return 1
    make(target)
    size = sum(p.stat().st_size for p in target.rglob("*") if p.is_file())
    print(f"{target.relative_to(ROOT)}: {size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
