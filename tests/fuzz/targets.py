"""What reads bytes that somebody else may have written: for each, some good ones to begin with, and a reading
of any. A reading says nothing or raises an error that we wrote for a person; whatever else comes out of it is
a fault, and so is anything it says that cannot be.
"""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pikepdf
from pydantic_core import PydanticCustomError, PydanticKnownError

from techguard import exchange, vault
from techguard.board import sealing
from techguard.catalog.facts_only import unfactual
from techguard.domain.spread import MOST, normal
from techguard.domain.words import FileFormat
from techguard.errors import TechguardError
from techguard.exchange import checklist, values
from techguard.exchange.mapping import Mapping
from techguard.exchange.plan import accounted
from techguard.store import checkpoint
from techguard.vault import manifest, recovery, slots
from techguard.vault.kdf import KDF_FLOOR
from tests.exchange.making import xlsx
from tests.exchange.test_checklist import meti
from tests.store.test_checkpoint import Person

PASSWORD = "open sesame, at once"
RISKS = [
    ["番号", "リスク", "発生可能性", "影響度", "担当", "期限"],
    ["1", "図面が渡る", "高", 4, "研究所長", "令和8年11月1日"],
    ["2", "仕様が広まる", 2, 3, "法務部長", "2026/12/31"],
]


@dataclass(frozen=True)
class Target:
    """`begin` gives good bytes; `read` takes any."""

    begin: Callable[[], list[bytes]]
    read: Callable[[bytes], None]


def _list(ending: str) -> Callable[[bytes], None]:
    def read(data: bytes) -> None:
        source = exchange.read(data, f"list{ending}")
        plan = exchange.plan(source, exchange.propose(source))
        assert accounted(plan), "a row was lost"
        assert exchange.render(exchange.report(plan, "en"), "en")

    return read


def _checklist(data: bytes) -> None:
    for place in checklist.find(exchange.read(data, "meti.xlsx")):
        assert place.where


def _mapping(data: bytes) -> None:
    made = Mapping.from_toml(_text(data))
    assert Mapping.from_toml(made.to_toml("ja")) == made, "a mapping does not survive being written"


def _slot(data: bytes) -> None:
    assert slots.parse(None, data).cost.checked(), "a cost beyond the bounds was taken"


def _manifest(data: bytes) -> None:
    assert manifest.parse(data).generation >= 0


def _code(data: bytes) -> None:
    text = _text(data)
    if recovery.looks_like_code(text):
        assert recovery.from_text(recovery.to_text(recovery.from_text(text))) == recovery.from_text(text)


def _checkpoint(data: bytes) -> None:
    note = checkpoint.read(data)
    assert checkpoint.read(note.text().encode()) == note, "a note does not survive being written"


def _sealed(data: bytes) -> None:
    sealing.digest_of(sealing.unseal(data, PASSWORD))


def _spread(data: bytes) -> None:
    for unit in MOST:
        with contextlib.suppress(PydanticCustomError, PydanticKnownError):
            written = normal(unit)(_text(data))
            assert normal(unit)(written) == written, "a range does not survive being written"


def _cell(data: bytes) -> None:
    text = _text(data)
    values.number_of(text)
    values.text_of(text)
    unfactual([text])


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


@cache
def _small_vault() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "v.techguard"
        vault.create(made, person_id="p", person_name="x", passphrase="a long passphrase", kdf=KDF_FLOOR)[
            0
        ].close()
        files = (p for p in sorted(made.rglob("*")) if p.is_file())
        return {p.relative_to(made).as_posix(): p.read_bytes() for p in files}


def _seals() -> list[bytes]:
    pdf = io.BytesIO()
    with pikepdf.new() as book:
        book.add_blank_page()
        book.save(pdf)
    inside = {FileFormat.PDF: pdf.getvalue(), FileFormat.XLSX: xlsx({"R": RISKS}), FileFormat.HTML: b"<p>"}
    return [sealing.seal(content, PASSWORD, kind).data for kind, content in inside.items()]


TARGETS = {
    "workbook": Target(lambda: [xlsx({"R": RISKS})], _list(".xlsx")),
    "csv": Target(
        lambda: ["\n".join(",".join(map(str, row)) for row in RISKS).encode(c) for c in ("utf-8", "cp932")],
        _list(".csv"),
    ),
    "json": Target(
        lambda: [
            json.dumps([dict(zip(RISKS[0], row, strict=True)) for row in RISKS[1:]]).encode(),
            json.dumps({"risks": [{"Risk": "Leak", "Likelihood": 3, "Impact": 4}], "version": 2}).encode(),
        ],
        _list(".json"),
    ),
    "checklist": Target(lambda: [meti({0: "Y"})], _checklist),
    "mapping": Target(
        lambda: [exchange.propose(exchange.read(xlsx({"R": RISKS}), "r.xlsx"), "ja").to_toml("ja").encode()],
        _mapping,
    ),
    "vault.json": Target(lambda: [_small_vault()["vault.json"]], _manifest),
    "slot": Target(
        lambda: [data for name, data in _small_vault().items() if name.startswith("keys/")], _slot
    ),
    "recovery code": Target(lambda: [recovery.to_text(bytes(18)).encode()], _code),
    "checkpoint": Target(lambda: [Person("p").note().text().encode()], _checkpoint),
    "sealed file": Target(_seals, _sealed),
    "range": Target(
        lambda: [b"0.02 / 0.05 / 0.2", "3000万 〜 5億".encode(), b"20%", "1/2/4年".encode()], _spread
    ),
    "cell": Target(lambda: ["令和8年11月1日".encode(), "５×４＝２０".encode(), "高（4）".encode()], _cell),
}


def run(name: str, data: bytes) -> None:
    """One reading. What is said to a person is as it should be; anything else is raised."""
    with contextlib.suppress(TechguardError):
        TARGETS[name].read(data)
