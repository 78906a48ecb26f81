"""Writes the JSON Schemas of what crosses the border to schema/, from the pydantic models that guard it.

python tools/schema.py          write them
python tools/schema.py check    exit 1 when schema/ is not what the models say
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from pydantic import BaseModel

from techguard.board.document import BoardSummary
from techguard.domain.fields import specs
from techguard.domain.kinds import KINDS
from techguard.exchange.report import Report
from techguard.exchange.write import ExportDocument

SCHEMA_DIR = Path(__file__).resolve().parents[1] / "schema"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def models() -> dict[str, type[BaseModel]]:
    """Every model that crosses the border, by the name of its schema. The one list."""
    return {
        "board-summary": BoardSummary,
        "export": ExportDocument,
        "import-report": Report,
        **{kind.name: kind.model for kind in KINDS.values()},
    }


def schema_text(name: str, model: type[BaseModel]) -> str:
    """The schema of one model, as it is kept: sorted, so that a difference is a change."""
    schema = model.model_json_schema()
    for field in specs(model):
        about = {"title": field.label, "description": field.help}
        schema["properties"][field.name] |= {key: text for key, text in about.items() if text}
    head = {"$schema": DIALECT, "$id": f"urn:techguard:schema:{name}"}
    return json.dumps(head | schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def wanted() -> dict[Path, str]:
    return {SCHEMA_DIR / f"{name}.schema.json": schema_text(name, model) for name, model in models().items()}


def write() -> int:
    SCHEMA_DIR.mkdir(exist_ok=True)
    files = wanted()
    for path in set(SCHEMA_DIR.glob("*.schema.json")) - set(files):
        path.unlink()
    for path, text in files.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    print(f"{len(files)} schemas")
    return 0


def faults() -> list[str]:
    """What differs between schema/ and the models."""
    files = wanted()
    present = {path: path.read_text(encoding="utf-8") for path in SCHEMA_DIR.glob("*.schema.json")}
    return sorted(
        f"{path.name}: {'missing' if path not in present else 'not what the model says'}"
        for path, text in files.items()
        if present.get(path) != text
    ) + sorted(f"{path.name}: no model has this name" for path in set(present) - set(files))


def check() -> int:
    found = faults()
    for fault in found:
        print(fault)
    print(
        f"schema: {len(found)} faults (`python tools/schema.py` writes them)"
        if found
        else "schema: as the models say"
    )
    return 1 if found else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("command", nargs="?", choices=["write", "check"], default="write")
    return check() if parser.parse_args().command == "check" else write()


if __name__ == "__main__":
    sys.exit(main())
