"""Nobody is locked in: an export holds everything, and is read and proved without techguard."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from techguard import exchange, vault
from techguard.domain.items import Exposure, Technology
from techguard.exchange.write import ExportDocument
from techguard.register import Register
from techguard.store import telling

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "export-json.md"
PASSPHRASE = "持ち出すための長い合い言葉"


@pytest.fixture
def exported(tmp_path: Path) -> dict[str, Any]:
    """A register with a changed, a removed and a brought back entry, exported."""
    register, _ = Register.create(
        tmp_path / "acme.techguard",
        person="法務部長",
        department=None,
        passphrase=PASSPHRASE,
        kdf=vault.KDF_FLOOR,
    )
    with register:
        kept = register.add(Technology(code_name="焼結の条件 «α»\u2028"))
        gone = register.add(Technology(code_name="手放した技術"))
        exposure = register.add(Exposure(technology=kept.id, title="持ち出し", route="R04"))
        register.rate(exposure, likelihood=3, impact=4, rationale="面談")
        register.change(kept, outline='二行の\n概要\t\\ "引用"')
        register.remove(gone)
        register.vault.change_passphrase("改めた長い合い言葉です。", kdf=vault.KDF_FLOOR)
        with register.act("検証のため"):
            register.add(Technology(code_name="三つ目"))
            register.add(Technology(code_name="四つ目"))
        data = exchange.export(register, "json", "ja")
        found = json.loads(data)
        assert found["history"]["acts"][-1]["digest"] == register.head[1]
    ExportDocument.model_validate(found)
    return dict(found)


def read_without_us(document: dict[str, Any], tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Run the program of the page where techguard cannot be imported."""
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    block = "import sys\nsys.modules['techguard'] = None\n"
    (tmp_path / "read.py").write_text(block + program, encoding="utf-8")
    (tmp_path / "register.json").write_text(json.dumps(document), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-X", "utf8", str(tmp_path / "read.py"), str(tmp_path / "register.json")],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_the_program_of_the_page_reads_and_proves_an_export(exported: dict[str, Any], tmp_path: Path) -> None:
    done = read_without_us(exported, tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"{len(exported['history']['acts'])} acts hold" in done.stdout
    assert exported["history"]["acts"][-1]["digest"] in done.stdout
    assert "三つ目" in done.stdout


def _other_reason(acts: list[dict[str, Any]]) -> None:
    acts[-1]["reason"] = "別の理由"


def _other_value(acts: list[dict[str, Any]]) -> None:
    acts[-1]["changes"][0]["fields"]["code_name"] = "別の名"


def _one_less(acts: list[dict[str, Any]]) -> None:
    del acts[2]


def _other_key(acts: list[dict[str, Any]]) -> None:
    acts[-1]["signature"] = acts[-2]["signature"]


@pytest.mark.parametrize("tamper", [_other_reason, _other_value, _one_less, _other_key])
def test_an_export_that_was_altered_does_not_pass(
    exported: dict[str, Any], tmp_path: Path, tamper: Callable[[list[dict[str, Any]]], None]
) -> None:
    tamper(exported["history"]["acts"])
    assert read_without_us(exported, tmp_path).returncode != 0


def test_what_was_taken_out_is_still_in_the_history(exported: dict[str, Any]) -> None:
    assert "手放した技術" not in json.dumps(exported["technologies"], ensure_ascii=False)
    changes = [c for act in exported["history"]["acts"] for c in act["changes"]]
    assert [c["op"] for c in changes if c["fields"].get("code_name") == "手放した技術"] == ["add"]
    assert "remove" in {c["op"] for c in changes}


def test_every_table_of_the_vault_is_in_it_or_made_of_what_is(exported: dict[str, Any]) -> None:
    """A new table must be exported, or it must be said here why it need not be."""
    from techguard.domain.kinds import KINDS
    from techguard.store.tables import LINKS, TABLES, metadata

    told = {t.name for t in (*TABLES.values(), *LINKS.values())}
    told |= {"history", "changes", "merged_history", "merged_changes"}
    made_anew = {"counters", "alembic_version", "personal"}  # numbers given out; the format; nobody else's
    left = {t.name for t in metadata.sorted_tables} - told - made_anew
    assert {name for name in left if not name.startswith(("search", "tallies", "tally"))} == set()
    assert {k.plural for k in KINDS.values()} <= exported.keys()


def test_what_comes_back_in_is_the_entries_and_not_the_history(
    exported: dict[str, Any], tmp_path: Path
) -> None:
    source = exchange.read(json.dumps(exported).encode(), "register.json")
    assert {g.name for g in source.grids} == {k for k, v in exported.items() if isinstance(v, list) and v}


def test_some_kinds_alone_come_without_history(tmp_path: Path) -> None:
    register, _ = Register.create(
        tmp_path / "b.techguard", person="x", department=None, passphrase=PASSPHRASE, kdf=vault.KDF_FLOOR
    )
    with register:
        register.add(Technology(code_name="一つ"))
        assert "history" not in json.loads(exchange.export(register, "json", "ja", ["technologies"]))
        assert len(list(telling.merged_acts(register._store.connection))) == 0
