"""Keeps the Japanese message catalogue: collects what is said, merges translations, compiles, checks.

    python tools/messages.py missing [--room tui]    what still lacks Japanese, as JSON to be filled in
    python tools/messages.py fill FILE.json          merge such a file: {"English": "日本語", ...}
    python tools/messages.py update                  bring ja.po in line with the source
    python tools/messages.py prune                   drop translations that nothing uses
    python tools/messages.py compile                 write the .mo from ja.po
    python tools/messages.py extract                 everything the program says, as JSON, with its rooms
    python tools/messages.py check                   exit 1 unless all is translated, in use and compiled

A key of the JSON is the English message; in a context, "context\\u0004message"; of a plural, the singular.
Several people may `fill` at the same time: a lock serialises them, and a translation that nothing uses (yet)
is kept as obsolete (`#~`) until `prune`. ja.po is sorted and holds no dates and no line numbers, so that its
differences are the changes.

What the program says is found in two ways. Calls of `_`, `N_`, `ngettext`, `pgettext`, `NP_` are read from
the source: ours, and click's, which asks the same catalogue. Rooms that may not know of i18n carry their
messages as data, which is walked after importing them: the sentences of errors; labels and helps of
enumerations, of models' fields and of what stands in a constant (kinds, gaps); and every constant `MESSAGES`,
a tuple of sentences.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import dataclasses
import enum
import hashlib
import importlib
import io
import itertools
import json
import os
import pkgutil
import re
import string
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from filelock import FileLock
from pydantic import BaseModel

import techguard
from techguard.domain.fields import specs
from techguard.errors import TechguardError
from techguard.i18n import LOCALE_DIR

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "techguard"
PO = LOCALE_DIR / "ja.po"
MO = LOCALE_DIR / "ja" / "LC_MESSAGES" / "techguard.mo"
CONTEXT_MARK = "\x04"  # between context and message, as in a .mo file

# Function name -> positions of (context, message, plural).
MARKS: dict[str, tuple[int | None, int, int | None]] = {
    "_": (None, 0, None),
    "N_": (None, 0, None),
    "gettext": (None, 0, None),
    "ngettext": (None, 0, 1),
    "pgettext": (0, 1, None),
    "NP_": (0, 1, None),
}

JAPANESE = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
EXCUSE = re.compile(r"#\s*japanese: \S")
EXCUSE_ALL = re.compile(r"^# japanese throughout: \S", re.M)


T = TypeVar("T")


class Key(NamedTuple):
    context: str
    message: str

    def __str__(self) -> str:
        return f"{self.context}{CONTEXT_MARK}{self.message}" if self.context else self.message

    @classmethod
    def parse(cls, text: str) -> Key:
        context, mark, message = text.rpartition(CONTEXT_MARK)
        return cls(context if mark else "", message)


class Use(NamedTuple):
    """One place that says a message."""

    key: Key
    plural: str
    room: str


# --- what the source says ---


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def called_name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def literal(arguments: list[ast.expr], position: int | None) -> str:
    if position is None or position >= len(arguments):
        return ""
    argument = arguments[position]
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else ""


def marked(tree: ast.Module, room: str) -> Iterator[Use]:
    """The messages marked in one module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (positions := MARKS.get(called_name(node))):
            context, message, plural = (literal(node.args, position) for position in positions)
            if message:
                yield Use(Key(context, message), plural, room)


def built_messages(tree: ast.Module) -> Iterator[int]:
    """Lines where a message is glued together, or where a mark marks no text: no catalogue can know it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (positions := MARKS.get(called_name(node))):
            for position in positions:
                if position is not None and position < len(node.args):
                    argument = node.args[position]
                    formatted = isinstance(argument, ast.Call) and called_name(argument) == "format"
                    unmarked = called_name(node) in {"N_", "NP_"} and not literal(node.args, position)
                    if formatted or unmarked or isinstance(argument, ast.JoinedStr | ast.BinOp):
                        yield argument.lineno


def japanese_literals(source: str, tree: ast.Module) -> list[int]:
    """Lines with Japanese in code: what a person reads belongs in ja.po, what a parser reads in a data file.

    Docstrings and comments may hold it, and so may a statement with a comment `# japanese: ` and a reason, or
    a module with a comment `# japanese throughout: ` and a reason (one that parses Japanese).
    """
    if EXCUSE_ALL.search(source):
        return []
    nodes = list(ast.walk(tree))
    documentation = {
        id(node.body[0].value)
        for node in nodes
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    excused = {number for number, line in enumerate(source.splitlines(), 1) if EXCUSE.search(line)}
    for node in nodes:
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            if not excused.isdisjoint(lines):
                excused.update(lines)
    return sorted(
        {
            node.lineno
            for node in nodes
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and JAPANESE.search(node.value)
            and id(node) not in documentation
            and node.lineno not in excused
        }
    )


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def uses_in_source() -> Iterator[Use]:
    for path in sorted(SOURCE.rglob("*.py")):
        try:
            yield from marked(parse(path), room_of(path))
        except SyntaxError as error:
            warn(f"{path.relative_to(ROOT)} cannot be read: {error}")
    for path in sorted(Path(click.__file__).parent.glob("*.py")):
        yield from marked(parse(path), "cli")


# --- what the types say ---


def import_all() -> list[str]:
    """Imports every module of techguard; returns what could not be imported, and why.

    `__main__` would start the application, and migrations can only be imported by Alembic.
    """
    failures: list[str] = []
    for module in pkgutil.walk_packages(techguard.__path__, "techguard.", onerror=failures.append):
        if not module.name.endswith(".__main__") and ".migrations." not in module.name:
            try:
                importlib.import_module(module.name)
            except Exception as error:  # whatever a half-written module throws is news, not a crash
                failures.append(f"{module.name}: {error!r}")
    return failures


def subclasses(cls: type[T]) -> Iterator[type[T]]:
    """Every subclass that is techguard's own; one with two bases among them comes twice."""
    for subclass in cls.__subclasses__():
        if subclass.__module__.startswith("techguard."):
            yield subclass
        yield from subclasses(subclass)


def room_of_type(cls: type) -> str:
    return [*cls.__module__.split("."), ""][1]


def uses_in_errors() -> Iterator[Use]:
    errors: list[type[TechguardError]] = [TechguardError, *subclasses(TechguardError)]
    for cls in errors:
        for message in (cls.what, cls.safe, cls.next_step):
            if message:
                yield Use(Key("", message), "", room_of_type(cls))


def uses_in_enumerations() -> Iterator[Use]:
    """Labels of enumerations, each in the context of its class, and their helps."""
    for cls in subclasses(enum.Enum):
        for member in cls:
            for attribute, context in (("label", cls.__name__), ("help", "")):
                message = getattr(member, attribute, "")
                if isinstance(message, str) and message:
                    yield Use(Key(context, message), "", room_of_type(cls))


def uses_in_fields() -> Iterator[Use]:
    """Labels, helps, form sections and units of the fields of every model."""
    for model in subclasses(BaseModel):
        for field in specs(model):
            for message in (field.label, field.help, field.about.section, field.about.unit):
                if message:
                    yield Use(Key("", message), "", room_of_type(model))


def uses_in_constants() -> Iterator[Use]:
    """What stands in the constants of modules: MESSAGES, and the labels of things in a tuple or mapping."""
    for name, module in sorted(sys.modules.items()):
        if name.startswith("techguard."):
            for constant, value in vars(module).items():
                if constant == "MESSAGES":
                    yield from (Use(Key("", message), "", name.split(".")[1]) for message in value)
                elif constant.isupper() and isinstance(value, tuple | Mapping):
                    for thing in value.values() if isinstance(value, Mapping) else value:
                        for message in labels(thing):
                            yield Use(Key("", message), "", room_of_type(type(thing)))


def labels(thing: object) -> list[str]:
    """The messages that an instance of a dataclass of ours carries."""
    if not (dataclasses.is_dataclass(thing) and type(thing).__module__.startswith("techguard.")):
        return []
    found = (getattr(thing, attribute, "") for attribute in ("label", "label_plural", "help", "remedy"))
    return [message for message in found if isinstance(message, str) and message]


# --- the catalogue ---


class StableCatalog(Catalog):
    """A catalogue whose header never changes: no dates, no versions, no names."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", "ja"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", "nplurals=1; plural=0;"),
        ]


class Entry(NamedTuple):
    """A translation, and the English plural of its message where it has one."""

    plural: str
    japanese: str


def texts(message: Message) -> tuple[Key, Entry]:
    singular, plural = (message.id, "") if isinstance(message.id, str) else message.id
    japanese = message.string if isinstance(message.string, str) else [*(message.string or ()), ""][0]
    return Key(message.context or "", singular), Entry(plural, japanese)


def read_catalogue(po: Path) -> tuple[dict[Key, Entry], dict[Key, Entry], list[Key]]:
    """The entries of `po`: those in use, the obsolete ones, and the keys of those marked fuzzy."""
    with po.open("rb") as file:
        catalogue = read_po(file, locale="ja")
    messages = [message for message in catalogue if message.id]
    return (
        dict(map(texts, messages)),
        dict(map(texts, catalogue.obsolete.values())),
        [texts(message)[0] for message in messages if message.fuzzy],
    )


def as_message(key: Key, entry: Entry) -> Message:
    if entry.plural:
        return Message((key.message, entry.plural), (entry.japanese,), context=key.context or None)
    return Message(key.message, entry.japanese, context=key.context or None)


def stable(entries: Mapping[Key, Entry], obsolete: Mapping[Key, Entry]) -> StableCatalog:
    catalogue = StableCatalog(
        locale="ja", header_comment="# Japanese. Kept by tools/messages.py.", fuzzy=False
    )
    for key, entry in sorted(entries.items()):
        catalogue[key.message] = as_message(key, entry)
    for key, entry in sorted(obsolete.items()):
        catalogue.obsolete[str(key)] = as_message(key, entry)
    return catalogue


def po_bytes(entries: Mapping[Key, Entry], obsolete: Mapping[Key, Entry]) -> bytes:
    buffer = io.BytesIO()
    write_po(buffer, stable(entries, obsolete), width=0, no_location=True, sort_output=True)
    return buffer.getvalue()


def mo_bytes(entries: Mapping[Key, Entry]) -> bytes:
    buffer = io.BytesIO()
    write_mo(buffer, stable({key: entry for key, entry in entries.items() if entry.japanese}, {}))
    return buffer.getvalue()


def replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)


def merge(
    uses: Iterable[Use], known: Mapping[Key, Entry], filled: Mapping[Key, str]
) -> tuple[dict[Key, Entry], dict[Key, Entry]]:
    """What is used and what is unused after `filled` was added to what was `known`. Nothing known is lost."""
    plurals: dict[Key, str] = {}
    for use in uses:
        plurals[use.key] = use.plural or plurals.get(use.key, "")
    japanese = {key: entry.japanese for key, entry in known.items()} | dict(filled)
    used = {key: Entry(plural, japanese.get(key, "")) for key, plural in plurals.items()}
    unused = {
        key: Entry(known[key].plural if key in known else "", text)
        for key, text in japanese.items()
        if key not in used and text
    }
    return used, unused


def fields(message: str) -> set[str]:
    """The names a format string asks for: {name} and %(name)s."""
    names = set(re.findall(r"%\((\w+)\)", message))
    with contextlib.suppress(ValueError):  # a lone brace: not a format string
        names |= {re.split(r"[.\[]", name)[0] for _, name, _, _ in string.Formatter().parse(message) if name}
    return names


def differing_fields(key: Key, entry: Entry) -> str:
    """ "" when both languages ask for the same facts, else what differs."""
    english, japanese = fields(entry.plural or key.message), fields(entry.japanese)
    if english == japanese:
        return ""
    return f"{str(key)!r}: English has {sorted(english)}, Japanese has {sorted(japanese)}"


STRAY_COLON = re.compile(r":(?=\s|$)|：(?=[ \u3000])|(?<=\s)：")


def stray_colon(key: Key, entry: Entry) -> str:
    """ "" when every colon of the Japanese is full-width and stands without a space, or is part of a syntax
    (a time, 16:9, a format: a half-width colon that nothing white follows); else where it is not.
    """
    if stray := STRAY_COLON.search(entry.japanese):
        return f"{str(key)!r}: a full-width colon, and no space, in {entry.japanese[: stray.end()]!r}"
    return ""


# --- commands ---


def warn(message: str) -> None:
    print(message, file=sys.stderr)


def all_uses() -> tuple[list[Use], list[str]]:
    """Everything the program says, and what could not be imported to find out."""
    failures = import_all()
    uses = (uses_in_source(), uses_in_errors(), uses_in_enumerations(), uses_in_fields(), uses_in_constants())
    return list(itertools.chain.from_iterable(uses)), failures


def rewrite(filled: Mapping[Key, str], *, keep_unused: bool) -> int:
    """Brings ja.po and the .mo in line with the source and `filled`, one process at a time."""
    name = hashlib.sha256(str(PO).encode()).hexdigest()[:16]
    with FileLock(Path(tempfile.gettempdir()) / f"techguard-messages-{name}.lock"):
        uses, failures = all_uses()
        entries, obsolete, _fuzzy = read_catalogue(PO)
        known = obsolete | entries
        used, unused = merge(uses, known, filled)
        wrong = [
            difference
            for key, text in filled.items()
            if (difference := differing_fields(key, used.get(key, Entry("", text))))
        ]
        for failure in failures:
            warn(f"not imported, its messages are kept: {failure}")
        if failures and not keep_unused:
            warn("nothing was written: what those modules say is not known.")
            return 1
        if wrong:
            warn("\n".join([*wrong, "nothing was written: translate the names in braces as they are."]))
            return 1
        for key, text in filled.items():
            if key not in used:
                warn(f"kept, but nothing says it (yet): {str(key)!r}")
            elif key in known and known[key].japanese not in {"", text}:
                warn(f"changed: {str(key)!r}: {known[key].japanese!r} -> {text!r}")
        replace(PO, po_bytes(used, unused if keep_unused else {}))
        replace(MO, mo_bytes(used))
    missing = sum(not entry.japanese for entry in used.values())
    print(f"{len(used)} messages, {missing} without Japanese, {len(unused)} unused")
    return 0


def read_fill(path: Path) -> dict[Key, str]:
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not all(isinstance(text, str) for text in content.values()):
        raise SystemExit(f'{path}: must be an object of strings: {{"English": "日本語"}}')
    return {Key.parse(key): text for key, text in content.items() if text}


def compile_catalogue() -> int:
    replace(MO, mo_bytes(read_catalogue(PO)[0]))
    return 0


def print_json(content: object) -> int:
    print(json.dumps(content, ensure_ascii=False, indent=1))
    return 0


def extract() -> int:
    uses, failures = all_uses()
    for failure in failures:
        warn(f"not imported: {failure}")
    rooms: dict[Key, set[str]] = defaultdict(set)
    for use in uses:
        rooms[use.key].add(use.room)
    return print_json({str(key): sorted(rooms[key]) for key in sorted(rooms)})


def missing(room: str | None) -> int:
    uses, failures = all_uses()
    for failure in failures:
        warn(f"not imported: {failure}")
    entries, obsolete, _fuzzy = read_catalogue(PO)
    known = obsolete | entries
    wanted = {use.key for use in uses if room in {None, use.room}}
    return print_json({str(key): "" for key in sorted(wanted) if key not in known or not known[key].japanese})


def source_faults() -> Iterator[str]:
    for path in sorted(SOURCE.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source, str(path))
        where = path.relative_to(ROOT)
        for line in built_messages(tree):
            yield f"{where}:{line}: not a message: write one whole sentence, with named fields for facts"
        for line in japanese_literals(source, tree):
            yield f"{where}:{line}: Japanese in code: it belongs in ja.po or a data file"


def catalogue_faults(uses: Iterable[Use], po: Path, mo: Path) -> Iterator[str]:
    entries, obsolete, fuzzy = read_catalogue(po)
    used, unused = merge(uses, obsolete | entries, {})
    for key, entry in sorted(used.items()):
        if not entry.japanese:
            yield f"no Japanese: {str(key)!r}"
        elif fault := differing_fields(key, entry) or stray_colon(key, entry):
            yield fault
    for key in sorted(unused):
        yield f"nothing says it any more (`prune` drops it): {str(key)!r}"
    for key in fuzzy:
        yield f"fuzzy: {str(key)!r}"
    if po_bytes(used, unused) != po.read_bytes():
        yield f"{po.name} is not as `update` would write it"
    if not mo.exists() or mo.read_bytes() != mo_bytes(entries):
        yield f"{mo.name} is not {po.name} compiled (`compile` writes it)"


def check() -> int:
    uses, failures = all_uses()
    faults = [
        *(f"not imported: {failure}" for failure in failures),
        *catalogue_faults(uses, PO, MO),
        *source_faults(),
    ]
    for fault in faults:
        print(fault)
    print(f"messages: {len(faults)} faults" if faults else "messages: all translated, in use and compiled")
    return 1 if faults else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("extract", "update", "prune", "compile", "check"):
        commands.add_parser(name)
    commands.add_parser("missing").add_argument("--room")
    commands.add_parser("fill").add_argument("file", type=Path)
    arguments = parser.parse_args()
    match arguments.command:
        case "extract":
            return extract()
        case "update":
            return rewrite({}, keep_unused=True)
        case "prune":
            return rewrite({}, keep_unused=False)
        case "compile":
            return compile_catalogue()
        case "missing":
            return missing(arguments.room)
        case "fill":
            return rewrite(read_fill(arguments.file), keep_unused=True)
    return check()


if __name__ == "__main__":
    # A pipe closed early (`missing | head`) is no fault.
    try:
        sys.exit(main())
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
