"""The words of foreign registers: what a heading or a value means, as data files and our own labels say.

Everything here only recognises; what is done with it is stated in the mapping, where a person can correct it.
"""

# japanese throughout: it recognises what Japanese lists say

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from techguard.domain import words as w
from techguard.domain.fields import Choice
from techguard.domain.kinds import KINDS
from techguard.i18n import LANGUAGES, translator

_ACCENTS = re.compile("[\u0300-\u036f]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_PUNCTUATION = re.compile(r"[^\w#]+|_+")
_HYPHENATED = re.compile(r"(?<=[a-z])-\s*\n\s*(?=[a-z])")
_BRACKETS = re.compile(r"[(（\[【〔<＜][^)）\]】〕>＞]*[)）\]】〕>＞]?")
_CJK = re.compile(r"[\u3041-\u30fe\u3400-\u9fff]")
_SUFFIX = re.compile(r"(?<=[a-z\u3041-\u9fff])[ .]?\d+$")


@lru_cache(maxsize=65_536)
def key(text: str) -> str:
    """Text without what makes no difference: case, width, accents, punctuation, line breaks, camel case."""
    text = unicodedata.normalize("NFKC", _HYPHENATED.sub("", text.replace("№", "no")))
    text = unicodedata.normalize("NFD", _CAMEL.sub(" ", text).casefold())
    text = unicodedata.normalize("NFC", _ACCENTS.sub("", text))
    bare = " ".join(_PUNCTUATION.sub(" ", text.replace("#", " # ")).split())
    return bare or text.strip()


def without_brackets(text: str) -> str:
    """A heading without what it says in brackets, unless that is all it says."""
    bare = _BRACKETS.sub(" ", text)
    return bare if key(bare) else text


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "data" / "words.toml").read_text(encoding="utf-8"))


def _list(text: str) -> list[str]:
    """The words of a comma-separated list, as keys; quoted ones as they are."""
    parts = (part.strip().strip('"') for part in text.replace("\n", " ").split(","))
    return [key(part) for part in parts if part]


# --- Headings ------------------------------------------------------------------------------------


FOREIGN = ("exposure", "countermeasure", "technology", "counterparty")
"""The kinds that lists of others are recognised as."""

RATED = ("likelihood", "impact")
BASES: Mapping[str, w.Basis] = {
    "inherent": w.Basis.INHERENT,
    "current": w.Basis.CURRENT,
    "residual": w.Basis.TARGET,
    "target": w.Basis.TARGET,
}


@cache
def filler() -> frozenset[str]:
    return frozenset(_data()["filler"].split())


@cache
def headings(kind: str) -> Mapping[str, str]:
    """Every word of the data file for a kind → the column's meaning. The first meaning of a word counts."""
    found: dict[str, str] = {}
    for meaning, text in _data().get(kind, {}).items():
        for word in _list(text):
            found.setdefault(word, meaning)
    return found


VAULT_MARK = "techguard-vault"
"""Stands before the vault's id: on the cover sheet of a workbook, in a heading of its own in a .csv file."""


@cache
def own_headings(kind: str) -> tuple[Mapping[str, str], ...]:
    """What our own sheets may head their columns with → field name: names, labels by language, all together.

    One wording at a time, because the label of one field may be the name of another.
    """
    fields = KINDS[kind].fields
    wordings = [{key(spec.name): spec.name for spec in fields} | {"ref": "ref"}]
    for lang in LANGUAGES:
        t = translator(lang)
        labels = {key(t.label(spec)): spec.name for spec in reversed(fields)}
        wordings.append(labels | {key(t.gettext("Reference")): "ref"})
    together = {heading: name for wording in reversed(wordings) for heading, name in wording.items()}
    return tuple({**wording, "id": "id"} for wording in (*wordings, together))


@cache
def _any_own_heading(kind: str) -> Mapping[str, str]:
    return {heading: name for heading, name in own_headings(kind)[-1].items() if name != "id"}


@cache
def _basis_words() -> tuple[tuple[str, str], ...]:
    """Every word for a basis, longest first."""
    found = {word: basis for basis, text in _data()["basis"].items() for word in _list(text)}
    return tuple(sorted(found.items(), key=lambda pair: -len(pair[0])))


@lru_cache(maxsize=4096)
def basis_of(text: str) -> tuple[str, str]:
    """What a heading says a rating assumes ("" if nothing), and the heading's key without those words."""
    whole = key(text)
    for word, basis in _basis_words():
        rest = _without(whole, word)
        if rest is not None:
            return basis, rest
    return "", whole


def _without(text: str, word: str) -> str | None:
    """`text` without `word`, or None if it does not contain it (as whole words, in writing with spaces)."""
    if _CJK.search(word):
        return " ".join(text.replace(word, " ", 1).split()) if word in text else None
    padded = f" {text} "
    if f" {word} " not in padded:
        return None
    return " ".join(padded.replace(f" {word} ", " ", 1).split())


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a heading may mean: a field of the kind, how sure (0–100), and what a rating assumes."""

    field: str
    score: int
    basis: str = ""


@lru_cache(maxsize=16_384)
def meanings(text: str, kind: str) -> tuple[Meaning, ...]:
    """What a heading may mean in a list of `kind`, likeliest first."""
    found: dict[str, Meaning] = {}

    def consider(field: str, score: int, basis: str = "") -> None:
        if field not in found or found[field].score < score:
            found[field] = Meaning(field, score, basis)

    for variant, penalty in _variants(text):
        own = _any_own_heading(kind).get(variant)
        if own:
            consider(own, 100 - penalty)
        basis, bare = basis_of(variant)
        for heading, cost, assumed in ((variant, 0, basis), *(((bare, 2, basis),) if basis else ())):
            for field, score in _matches(heading, kind):
                rated = field in RATED or field.startswith("impact_") or field == "level"
                # A word such as "existing" or "planned" also tells controls apart: it costs only where it
                # is not understood.
                lost = cost if rated or not cost else 12
                consider(field, score - penalty - lost, assumed if rated else "")
    return tuple(sorted(found.values(), key=lambda m: -m.score))


def _variants(text: str) -> Iterable[tuple[str, int]]:
    whole = key(text)
    yield whole, 0
    bare = key(without_brackets(text))
    if bare != whole:
        yield bare, 3
    for variant in (whole, bare):
        cut = _SUFFIX.sub("", variant)
        if cut != variant:
            yield cut.strip(), 5
        parts = [part for part in re.split(r"[/／|\n>→:：]", text) if part.strip()]
        if variant == whole and len(parts) > 1:
            # "Probabilité / Likelihood": one heading in two languages; "Inherent > Likelihood": a group.
            for part in parts:
                yield key(part), 8


@cache
def _matches(heading: str, kind: str) -> tuple[tuple[str, int], ...]:
    known = headings(kind)
    if heading in known:
        return ((known[heading], 98),)
    plain = _plain_headings(kind).get(_plain(heading))
    if plain:
        return ((plain, 94),)
    found: dict[str, int] = {}
    tokens = heading.split()
    starts = _starts(kind)
    begins = {*tokens, *(heading[i : i + 2] for i in range(len(heading) - 1))}
    for begin in begins & starts.keys():
        for word in starts[begin]:
            score = _partial(heading, tokens, word)
            if score > found.get(known[word], 0):
                found[known[word]] = score
    return tuple(sorted(found.items()))


@lru_cache(maxsize=16_384)
def _plain(heading: str) -> str:
    """A heading without small words and plurals: "Failure modes" is "Failure mode"."""
    tokens = [t for t in heading.split() if t not in _small()]
    return " ".join(re.sub(r"(?<=[a-z]{3}[^suiy\d])s$", "", t) for t in tokens)


@cache
def _small() -> frozenset[str]:
    return frozenset(_data()["small"].split())


@cache
def _generic() -> frozenset[str]:
    return frozenset(_list(_data()["generic"]))


@cache
def _plain_headings(kind: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for word, field in headings(kind).items():
        if len(word) > 3:
            found.setdefault(_plain(word), field)
    return found


@cache
def _starts(kind: str) -> Mapping[str, Sequence[str]]:
    """The words of a kind by how they begin: their first word, or in Japanese their first two characters."""
    found: dict[str, list[str]] = {}
    for word in headings(kind):
        if _CJK.search(word):
            found.setdefault(word[:2], []).append(word)
        elif len(word) >= 4:
            found.setdefault(word.split()[0], []).append(word)
    return found


def _partial(heading: str, tokens: list[str], word: str) -> int:
    """How well a heading that says more than `word` still means it: 0–90."""
    if _CJK.search(word):
        if len(word) < 2 or word not in heading:
            return 0
        # Japanese says the noun last: 「残存リスクの発生可能性」 is a 発生可能性.
        return 55 + round(25 * len(word) / len(heading)) + (8 if heading.endswith(word) else 0)
    if len(word) < 4 or len(tokens) < 2:
        return 0
    inner = word.split()
    if not any(tokens[i : i + len(inner)] == inner for i in range(len(tokens) - len(inner) + 1)):
        return 0
    rest = [t for t in tokens if t not in inner]
    strange = sum(t not in filler() and not t.isdigit() for t in rest)
    if strange and word in _generic():
        return 0
    return max(90 - 2 * len(rest) - 14 * strange + len(inner), 0)


def is_total(text: str) -> bool:
    """Whether a cell begins a row of totals."""
    k = key(text)
    return k in _words("total") or k.startswith(("total ", "sum ", "合計 ", "average "))


def is_example(text: str) -> bool:
    return f"{key(text)} ".startswith(_beginnings("example"))


def is_hint(text: str) -> bool:
    """Whether a cell tells a person how to fill in a form."""
    k = f" {key(text)} "
    return any((f" {word} " in k) if not _CJK.search(word) else (word in k) for word in _words("hint"))


@cache
def _beginnings(name: str) -> tuple[str, ...]:
    return tuple(f"{word} " for word in _words(name))


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(_list(_data()["words"][name]))


def is_unrated(text: str) -> bool:
    """Whether a cell says in words that there is no value."""
    return text.strip() in _words("unrated") or key(text) in _words("unrated")


def is_tick(text: str) -> bool:
    return text.strip().casefold() in _words("tick") or key(text) in _words("tick")


def yes_or_no(text: str) -> bool | None:
    """What a tick, a circle or a word answers; None if it is neither."""
    for candidate in (text.strip().casefold(), key(text)):
        if candidate in _words("yes"):
            return True
        if candidate in _words("no"):
            return False
    return None


def checklist_answer(text: str) -> str | None:
    """What a cell of a checklist answers, as the value of an `Answer`; None if it cannot be told."""
    for candidate in (text.strip().casefold(), key(text)):
        for value in ("yes", "no", "not_applicable"):
            if candidate in _words(f"answer_{value}"):
                return value
    return None


def checklist_heading(squeezed: str) -> str:
    """What a heading of a checklist stands over: "grounds", "answer", "item", or none of them (empty).

    `squeezed`: its text by `key`, without spaces.
    """

    def has(which: str) -> bool:
        return any(word in squeezed for word in _words(which))

    if has("grounds_heading"):
        return "grounds"
    if has("item_heading"):
        return "item"
    return "answer" if has("answer_heading") and not has("no_heading") else ""


# --- Values -----------------------------------------------------------------------------------------


@cache
def ladders() -> tuple[tuple[Mapping[str, int], int], ...]:
    """Each ladder of rating words: word → step on the scale of five; and how many rungs it has."""
    return tuple(
        (
            {
                key(word): step
                for rung, step in zip(ladder["words"], ladder["steps"], strict=True)
                for word in rung.split("|")
            },
            len(ladder["steps"]),
        )
        for ladder in _data()["ladder"]
    )


@cache
def rating_words() -> Mapping[str, int]:
    """Every rating word by itself; the first ladder that has it decides."""
    found: dict[str, int] = {}
    for ladder, _rungs in ladders():
        for word, step in ladder.items():
            found.setdefault(word, step)
    return found


def ladder_for(found: Iterable[str]) -> Mapping[str, int]:
    """The ladder on which all these words stand, each on a rung of its own; else every word by itself."""
    wanted = set(found)
    for ladder, _rungs in ladders():
        if wanted <= ladder.keys() and len({ladder[word] for word in wanted}) == len(wanted):
            return ladder
    for ladder, _rungs in ladders():
        if wanted <= ladder.keys():
            return ladder
    return rating_words()


@cache
def choice_words(name: str, choices: type[Choice]) -> Mapping[str, str]:
    """Every word for the members of an enumeration: their values, labels in each language, and the data."""
    found: dict[str, str] = {}
    for member in choices:
        found.setdefault(key(member.value), member.value)
        found.setdefault(key(member.label), member.value)
        for lang in LANGUAGES:
            found.setdefault(key(translator(lang).label(member)), member.value)
    for value, text in _data()["choices"].get(name, {}).items():
        for word in _list(text):
            found.setdefault(word, value)
    return found


def choice_of(text: str, name: str, choices: type[Choice]) -> str | None:
    """The member a word stands for, or None. "Open (active)" and "1 - Open" are Open."""
    known = choice_words(name, choices)
    whole = key(text)
    if whole in known:
        return known[whole]
    for variant in (key(without_brackets(text)), re.sub(r"^\d+ ", "", whole), re.sub(r" \d+$", "", whole)):
        if variant in known:
            return known[variant]
    head = re.split(r"\s[-–—:：]\s|[:：]", text, maxsplit=1)
    if len(head) == 2 and key(head[0]) in known:
        return known[key(head[0])]
    return None
