"""What reads bytes that somebody else may have written: for each, some good ones to begin with, and a reading
of any. A reading says nothing or raises an error that we wrote for a person; whatever else comes out of it is
a fault, and so is anything it says that cannot be.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import pikepdf
import sqlcipher3.dbapi2
from pydantic_core import PydanticCustomError, PydanticKnownError

from techguard import copies, evidence, exchange, vault
from techguard.board import sealing
from techguard.catalog.facts_only import unfactual
from techguard.domain.items import Exposure, Technology
from techguard.domain.spread import MOST, normal
from techguard.domain.words import FileFormat
from techguard.errors import TechguardError
from techguard.evidence import check
from techguard.exchange import checklist, values
from techguard.exchange.mapping import Mapping
from techguard.exchange.plan import accounted
from techguard.register import Register
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


_INVITED = "invited"
"""The place of the invitation among the files of the small vault."""


def _invitation(data: bytes) -> None:
    """Whatever the file says, it opens the vault only as it was made."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "v.techguard"
        files = _small_vault()
        for name, content in files.items():
            if name not in {_INVITED, "code"}:
                (made / name).parent.mkdir(parents=True, exist_ok=True)
                (made / name).write_bytes(content)
        (made / "backups").mkdir(exist_ok=True)
        vault.open(made, files["code"].decode(), invitation=data, read_only=True).close()
        assert data == files[_INVITED], "another file than the one that was made opens the vault"


_MARK = b"\n=== "


@cache
def _package() -> bytes:
    """The files of an evidence package, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        register, _ = Register.create(
            Path(folder) / "v.techguard",
            person="x",
            department=None,
            passphrase="a long passphrase",
            kdf=KDF_FLOOR,
        )
        with register:
            technology = register.add(Technology(code_name="Sintering profile K"))
            exposure = register.add(Exposure(technology=technology.id, title="Visit", route="R01"))
            register.rate(exposure, likelihood=3, impact=4, rationale="Happened elsewhere")
            files = evidence.compose(register, technology.ref, lang="en").files
    kept = {name: data for name, data in files.items() if not name.startswith(("check.py", "timeline"))}
    return b"".join(_MARK + name.encode() + b"\n" + data for name, data in kept.items())


def _evidence(data: bytes) -> None:
    """The program in a package says OK or WRONG about any package, and never OK about an altered one whose
    signed list of sums stayed.
    """
    with tempfile.TemporaryDirectory() as folder:
        for part in data.split(_MARK)[1:]:
            name, _, content = part.partition(b"\n")
            path = Path(folder) / name.decode("utf-8", "replace").replace("\0", "").replace("..", "")[:80]
            if not path.resolve().is_relative_to(Path(folder).resolve()):
                continue
            with contextlib.suppress(OSError):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        with (
            mock.patch.object(check, "HERE", Path(folder)),
            mock.patch.object(sys, "argv", ["check.py", "--print"]),
        ):
            told = io.StringIO()
            with contextlib.redirect_stdout(told):
                code = check.main()
        assert told.getvalue().endswith("WRONG\n" if code else "OK\n")


@cache
def _parted() -> Path:
    """A register, and a copy in which somebody went on working."""
    folder = Path(tempfile.mkdtemp(prefix="techguard-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    register, _ = Register.create(
        folder / "ours", person="x", department=None, passphrase=PASSWORD, kdf=KDF_FLOOR
    )
    with register:
        technology = register.add(Technology(code_name="Sintering profile K"))
        register.vault.read_head()
        shutil.copytree(folder / "ours", folder / "theirs")
        register.change(technology, note="in the plant")
    with Register.open(folder / "theirs", PASSWORD) as there:
        there.add(Exposure(technology=technology.id, title="Visit", route="R01"))
        there.change(there.get(technology.id, Technology), outline="on the train")
    return folder


HONEST = {"in the plant", "on the train", "Sintering profile K", "Visit", "x"}
"""What people wrote in either copy: nothing else may come of a merge."""


def _merge(data: bytes) -> None:
    """Somebody with the keys wrote into the copy that is offered, behind the application's back: each line is
    an edit ("table column row value", "-" deletes). What was written is refused, or nothing of it is taken.
    """
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = (Path(shutil.copytree(_parted() / n, Path(folder) / n)) for n in ("ours", "theirs"))
        with vault.open(theirs, PASSWORD) as opened, contextlib.closing(opened.connect()) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute("PRAGMA ignore_check_constraints = ON")
            for line in _text(data).split("\n")[:8]:
                _edited(connection, line)
        with Register.open(ours, PASSWORD) as register:
            with copies.open_other(register, theirs) as there:
                meeting = copies.Meeting(register, there)
                meeting.prove()
                meeting.take(lambda conflict: "theirs")
            assert register.verify().ok, "what was merged does not hold"
            technology = register.get("TEC-0001", Technology)
            assert {technology.code_name, technology.note, technology.outline} <= HONEST | {""}
            assert {e.title for e in register.find(Exposure)} <= HONEST


def _edited(connection: Any, line: str) -> None:
    """One edit of a copy's database; one that the database itself refuses is none."""
    table, _, rest = line.partition("\t")
    column, _, rest = rest.partition("\t")
    row, _, value = rest.partition("\t")
    if re.fullmatch(r"\w{1,40}", table) and re.fullmatch(r"\w{1,40}", column):
        with contextlib.suppress(sqlcipher3.dbapi2.Error, OverflowError, ValueError):
            if value == "-":
                connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (int(row),))
            else:
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, int(row)))


def _recipients(data: bytes) -> None:
    sealing.Keys((_text(data),))


@cache
def _small_vault() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "v.techguard"
        opened, _ = vault.create(
            made, person_id="p", person_name="x", passphrase="a long passphrase", kdf=KDF_FLOOR
        )
        with opened:
            invitation, code = opened.prepare_invitation("q", "y", date(9999, 12, 31), kdf=KDF_FLOOR)
            opened.admit(invitation)
        files = (p for p in sorted(made.rglob("*")) if p.is_file())
        found = {p.relative_to(made).as_posix(): p.read_bytes() for p in files}
        return found | {_INVITED: invitation.file, "code": code.encode()}


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
    "invitation": Target(lambda: [_small_vault()[_INVITED]], _invitation),
    "evidence": Target(lambda: [_package()], _evidence),
    "merge": Target(
        lambda: [
            b"history\treason\t9\tforged\nchanges\tfields\t9\t{}\ntechnologies\toutline\t9\tforged",
            b"history\tmerges\t9\t00\nexposures\ttitle\t9\tforged\nchanges\tsalt\t9\t-",
        ],
        _merge,
    ),
    "recipient": Target(
        lambda: [b"age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"], _recipients
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
