"""What one cell says: numbers, ratings, dates, names, lists. None where a cell says no such thing."""

# japanese throughout: it recognises what Japanese lists say

from __future__ import annotations

import calendar
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from techguard.i18n.dates import ERA_PATTERN, read_date, western_year

from .read import Cell
from .words import is_unrated, key, ladder_for, rating_words, without_brackets

DateOrder = Literal["dmy", "mdy"]


def text_of(cell: Cell) -> str:
    """A cell as a person reads it."""
    match cell:
        case str():
            return cell.replace("\xa0", " ").replace("\r\n", "\n").strip(" \t\r\n\u3000\u200b\ufeff")
        case bool():
            return "TRUE" if cell else "FALSE"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
    return str(cell)


def number_of(cell: Cell) -> float | None:
    """A number, typed or written: full width, with thousands separators, "%"; None for everything else."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return float(cell) if math.isfinite(cell) else None
    if not isinstance(cell, str):
        return None
    text = unicodedata.normalize("NFKC", cell).strip()
    percent = text.endswith("%")
    text = text.rstrip("%").strip()
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    elif re.fullmatch(r"[+-]?\d+,\d+", text):
        text = text.replace(",", ".")
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?", text):
        return None
    number = float(text)
    if percent:  # a share; more than the whole is none, and somebody has to say what is meant
        return number / 100 if abs(number) <= 100 else None
    return number


_CURRENCY = (
    r"[$€£¥￥₹]|usd|eur|chf|gbp|jpy|cny|rmb|aud|cad|inr|sek|nok|dkk|rs\.?|r\$|円|万円|千円|百万円|億円"
)
_PERIOD = (
    r"days?|weeks?|months?|years?|hours?|hrs?|minutes?|mins?|jours?|semaines?|mois|tage?|wochen?|monate?|d[ií]as?|"
    r"semanas?|mes(?:es)?|日間?|週間?|[かヶヵ]月|時間|年間?"
)
_AMOUNT = r"[-+]?\d[\d.,'’ ]*(?:\s*[-–~〜～]\s*\d[\d.,]*)?\s*(?:k|m|mm|bn|mio|tsd|thousand|million|billion)?"
_QUANTITY = re.compile(
    rf"[<>≤≥~約+]?\s*(?:-?\s*(?:{_CURRENCY})\s*{_AMOUNT}(?:\s*(?:{_CURRENCY}))?|{_AMOUNT}\s*(?:{_CURRENCY}|{_PERIOD})\+?)"
)


def is_quantity(text: str) -> bool:
    """Whether a cell holds an amount of money or a span of time, such as "300,000 CHF" or "24-48 hours"."""
    return len(text) < 40 and bool(
        _QUANTITY.fullmatch(unicodedata.normalize("NFKC", text).casefold().strip())
    )


# --- Ratings ----------------------------------------------------------------------------------------

_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}
_FILLED = re.compile(r"^([●★◆■⬤⭐*]+)[○☆◇□\s]*$")
LEADING = re.compile(
    r"^\s*\(?(\d{1,3}(?:[.,]\d+)?|[ivx]{1,4})\)?\s*(?:[-–—=:：.)|/]|\s)\s*(\D.*)$", re.I | re.S
)
TRAILING = re.compile(r"^(\D*?)[\s:：=–—-]*[(\[（]?\s*(\d{1,3}(?:[.,]\d+)?)\s*[)\]）]?\s*$", re.S)
_CODED = re.compile(r"^[A-Za-z]{1,2}\s?[-.]?\s?(\d{1,2})\s*(?:[-–—:：=(]\s*(.*?)\)?)?$", re.S)
_PERCENT = re.compile(r"[<>≤≥~約]?\s*(\d+(?:\.\d+)?)\s*%")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a rating cell says: a number on its list's own scale, a rating word's key, or both."""

    number: float | None = None
    word: str = ""
    percent: bool = False
    roman: bool = False


@dataclass(frozen=True, slots=True)
class ListScale:
    """The scale a list rates by: its highest number, or "fraction" for probabilities."""

    points: int = 5
    fraction: bool = False
    likelihood: bool = True
    """Whether a fraction is a probability; another one is a share of the worst."""

    def step(self, number: float) -> int | None:
        """The step on our scale of five, or None when the number is not on the list's scale."""
        if self.fraction:
            if not 0 <= number <= 1:
                return None
            return _of_probability(number) if self.likelihood else max(1, math.ceil(number * 5 - 1e-9))
        if self.points == 100:
            return _of_probability(number / 100) if 0 <= number <= 100 else None
        if not 1 <= number <= self.points:
            return None
        if self.points in _STEPS and number.is_integer():
            return _STEPS[self.points][int(number) - 1]
        return min(5, max(1, math.ceil(number * 5 / self.points - 1e-9)))


_STEPS: Mapping[int, tuple[int, ...]] = {3: (2, 3, 4), 4: (1, 2, 4, 5), 5: (1, 2, 3, 4, 5)}
"""Where the steps of shorter scales stand on ours. Three points are Low, Medium, High: 2, 3, 4."""


def _of_probability(p: float) -> int:
    """domain.md §6c.3: under 1 % a year, to 5 %, to 20 %, to 50 %, more."""
    return next(
        (step for step, top in enumerate((0.01, 0.05, 0.20, 0.50), 1) if p < top or p == top > 0.01), 5
    )


def reading_of(text: str) -> Reading | None:
    """What a rating cell says, or None if it is no rating at all."""
    plain = unicodedata.normalize("NFKC", text).strip()
    number = number_of(plain)
    if number is not None:
        return Reading(number, percent=plain.endswith("%"))
    if is_quantity(plain):
        return None
    k = key(plain)
    if k in rating_words():
        return Reading(word=k)
    filled = _FILLED.match(plain)
    if filled:
        return Reading(float(len(filled[1])))
    if k in _ROMAN:
        return Reading(float(_ROMAN[k]), roman=True)
    coded = _CODED.match(plain)
    if coded:  # "G3", "V2 - Vraisemblable": a letter for the scale, a number for the step
        return Reading(float(coded[1]), _known_word(coded[2]) if coded[2] else "")
    for pattern, digits, words in ((LEADING, 1, 2), (TRAILING, 2, 1)):
        match = pattern.match(plain)
        if match and key(match[words]):
            value = _ROMAN.get(match[digits].lower()) or number_of(match[digits])
            word = _known_word(match[words])
            if value is not None and (word or pattern is LEADING or len(key(match[words])) < 25):
                return Reading(float(value), word)
    word = _known_word(plain)
    if word:
        return Reading(word=word)
    percent = _PERCENT.findall(plain)
    if percent and len(plain) < 30:
        return Reading(max(map(float, percent)) / 100, percent=True)
    return None


def _known_word(text: str) -> str:
    """The rating word that a cell holds besides an explanation: "Likely (10–50 %)", "High: …", "Med/High"."""
    known = rating_words()
    for variant in (text, without_brackets(text), re.split(r"[:：–—\n(（]| - ", text, maxsplit=1)[0]):
        if key(variant) in known:
            return key(variant)
    parts = [key(part) for part in re.split(r"[/／~〜～]|\bto\b|\bbis\b|-", text)]
    if 1 < len(parts) <= 2 and all(part in known for part in parts):
        return max(parts, key=lambda part: known[part])
    k = key(text)
    for ending in (" risk", " likelihood", " impact", " probability", " severity"):
        if k.endswith(ending) and k.removesuffix(ending) in known:
            return k.removesuffix(ending)
    return ""


_BETWEEN = re.compile(r"\s*(?:[,;/|、／]|\bor\b|\bou\b|\boder\b|または)\s*")


def lists_choices(text: str) -> bool:
    """Whether a cell lists what may stand below it, such as "Low / Medium / High" or "1-5"."""
    parts = [part for part in _BETWEEN.split(text.strip("()[] ")) if part]
    if len(parts) >= 3:
        return all(reading_of(part) is not None for part in parts)
    return re.fullmatch(r"[\[(]?\s*1\s*(?:-|–|to|~|〜|～)\s*(?:[3-6]|10)\s*[\])]?", text.strip()) is not None


def scale_of(readings: Iterable[Reading], hinted: int | None = None, *, likelihood: bool = True) -> ListScale:
    """The scale that numbers are on, from the heading or legend (`hinted`) or else from the numbers."""
    numbers = [r.number for r in readings if r.number is not None]
    if any(r.percent for r in readings) or (
        numbers and max(numbers) <= 1 and any(not n.is_integer() for n in numbers)
    ):
        return ListScale(1, fraction=True, likelihood=likelihood)
    if hinted:
        return ListScale(hinted)
    top = max(numbers, default=5)
    if top <= 3 and len(set(numbers)) >= 3:
        return ListScale(3)
    return ListScale(next((points for points in (5, 6, 10, 100) if top <= points), 0))


_PMBOK = ((0.1, 0.3, 0.5, 0.7, 0.9), (0.05, 0.1, 0.2, 0.4, 0.8))


def steps_of(
    values: Sequence[str], hinted: int | None = None, *, likelihood: bool = True
) -> dict[str, int | None]:
    """Each distinct rating value of a column → its step on our scale of five; None where nobody can say.

    Words are read together (the same word means different things beside others), numbers by the list's scale.
    """
    readings = {value: reading_of(value) for value in values if not is_unrated(value)}
    known = [r for r in readings.values() if r]
    scale = scale_of(known, hinted, likelihood=likelihood)
    fractions = {r.number for r in known if r.number is not None} if scale.fraction else set()
    pmbok = next(
        (rungs for rungs in _PMBOK if fractions and fractions <= set(rungs) and len(fractions) > 2), ()
    )
    bare_words = {r.word for r in known if r.word}
    ladder = ladder_for(bare_words)
    steps: dict[str, int | None] = {}
    for value, r in readings.items():
        if r is None:
            steps[value] = None
        elif r.number is not None and pmbok:
            steps[value] = pmbok.index(r.number) + 1
        elif r.number is not None and (not r.word or scale.points == 5):
            steps[value] = scale.step(r.number)
            if steps[value] is None and r.word:
                steps[value] = ladder.get(r.word)
        elif r.word:
            steps[value] = ladder.get(r.word, rating_words().get(r.word))
    return steps


_HINT = re.compile(
    r"1\s*(?:-|–|—|to|~|〜|～|à|bis|a|\.\.+|…|/)\s*(3|4|5|6|10|100)\b|(?:/|out of|sur)\s*(3|4|5|6|10)\b"
)
_NAMED_SCALE = re.compile(r"[_\s]1[_\s]+(3|4|5|6|10)\s*$")
_POINTS = re.compile(r"(3|4|5|6|10)\s*(?:段階|point|pt|level|stufig|niveaux)")


def hinted_points(heading: str) -> int | None:
    """How many points the scale has, if the heading says: (1-5), 1to5, 5段階, /10, (H/M/L says nothing)."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    if "%" in text or "percent" in text:
        return 100
    match = _HINT.search(text) or _POINTS.search(text) or _NAMED_SCALE.search(text)
    return int(next(group for group in match.groups() if group)) if match else None


# --- Dates ------------------------------------------------------------------------------------------

_WITH_TIME = re.compile(r"^(\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?)[T\s]")
_XYX = re.compile(r"^(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{2})(?:\s+\d.*)?$")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january janv janvier januar enero ene",
            "feb february fevr fev fevrier februar febrero",
            "mar march mars marz maerz marzo",
            "apr april avr avril abril abr",
            "may mai mayo",
            "jun june juin juni junio",
            "jul july juil juillet juli julio",
            "aug august aout agosto ago",
            "sep sept september septembre septiembre",
            "oct october octobre oktober okt octubre",
            "nov november novembre noviembre",
            "dec december decembre dezember dez diciembre dic",
        ),
        1,
    )
    for name in names.split()
}
_QUARTER = re.compile(
    r"^(?:q([1-4])[\s/-]*(?:fy)?\s*(\d{4})|(\d{4})[\s/-]*q([1-4])|(\d{4})年?\s*第([1-4])四半期)$", re.I
)
_MONTH = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*(?:月|[-/.](?=末))?\s*(?:末|末日|中|上旬|中旬|下旬)?$")
_WAREKI_MONTH = re.compile(rf"^{ERA_PATTERN}[年./](\d{{1,2}})(?:月|[/.](?=末))?(?:末|末日|中)?$", re.I)
_FISCAL = re.compile(rf"^(?:(\d{{4}})|{ERA_PATTERN})年度(上期|下期|上半期|下半期)?末?(?:まで|中)?$", re.I)
_YEAR_END = re.compile(r"^(?:end(?: of)?|by|fin|ende|fin de)?\s*((?:19|20)\d{2})\s*(?:年末|年|年中)?$", re.I)

_EARLIEST, _LATEST = 1990, 2100
"""Years in which a list means a whole month or year: "1950" alone is more likely a number."""
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2100, 12, 31)
"""Days that a list means; beyond them a part number or a version looks like a date."""


def orders_of(values: Iterable[str]) -> set[DateOrder]:
    """The orders of day and month in which every numeric date of a column makes sense; empty: none needed."""
    possible: set[DateOrder] = {"dmy", "mdy"}
    seen = False
    for value in values:
        match = _XYX.match(unicodedata.normalize("NFKC", value).strip())
        if not match:
            continue
        first, second = int(match[1]), int(match[2])
        if first == second:
            continue
        seen = True
        if first > 12 >= second:
            possible &= {"dmy"}
        elif second > 12 >= first:
            possible &= {"mdy"}
    return possible if seen else set()


def date_of(cell: Cell, order: DateOrder | str = "") -> date | None:
    """The date a cell means; None if it means none, or could mean two.

    Typed, ISO, Western in the given order, 和暦, an Excel serial, the last day of a month, quarter or year.
    """
    match cell:
        case datetime():
            return cell.date()
        case date():
            return cell
        case bool() | time() | timedelta():
            return None
        case int() | float():
            return _of_serial(float(cell))
    text = unicodedata.normalize("NFKC", cell).strip()
    if not text or len(text) > 40:
        return None
    found = _exact(text, order) or _period_end(text)
    return found if found and _FIRST_DAY <= found <= _LAST_DAY else None


def _of_serial(number: float) -> date | None:
    """Excel's day count, in the range that registers use."""
    if 32_874 <= number <= 73_050:
        return date(1899, 12, 30) + timedelta(days=int(number))
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _exact(text: str, order: str) -> date | None:
    timed = _WITH_TIME.match(text)
    if found := read_date(timed[1] if timed else text):
        return found
    if match := _XYX.match(text):
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        year += 2000 if year < 100 else 0
        if first == second:
            return _day(year, first, second)
        if order == "dmy":
            return _day(year, second, first)
        if order == "mdy":
            return _day(year, first, second)
        return None
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return _of_serial(float(text))
    words = key(re.sub(r"(\d)(st|nd|rd|th|er)\b", r"\1", text)).split()
    words = [
        word
        for word in words
        if word not in {"de", "del", "of", "le", "the", "mon", "tue", "wed", "thu", "fri"}
    ]
    named = [(i, _MONTHS[word]) for i, word in enumerate(words) if word in _MONTHS]
    if len(named) == 1 and len(words) == 3:
        at, month = named[0]
        numbers = [int(word) for i, word in enumerate(words) if i != at and word.isdigit()]
        if len(numbers) == 2:
            year, day = (numbers[0], numbers[1]) if numbers[0] > 31 else (numbers[1], numbers[0])
            return _day(year + (2000 if year < 100 else 0), month, day)
    return None


def _last(year: int, month: int) -> date | None:
    if not (1 <= month <= 12 and _EARLIEST <= year <= _LATEST):
        return None
    return date(year, month, calendar.monthrange(year, month)[1])


def _period_end(text: str) -> date | None:
    """The last day of the month, quarter, fiscal or calendar year that is named: by then it is done."""
    if match := _QUARTER.match(text):
        quarter, year = next(
            (int(q), int(y))
            for q, y in ((match[1], match[2]), (match[4], match[3]), (match[6], match[5]))
            if q
        )
        return _last(year, quarter * 3)
    if match := _MONTH.match(text):
        return _last(int(match[1]), int(match[2]))
    close = "".join(text.split())
    if match := _WAREKI_MONTH.match(close):
        return _last(western_year(match[1], match[2]), int(match[3]))
    if match := _FISCAL.match(close):
        year = int(match[1]) if match[1] else western_year(match[2], match[3])
        return _last(year, 9) if (match[4] or "").startswith("上") else _last(year + 1, 3)
    words = (
        key(text)
        .removeprefix("end of ")
        .removeprefix("end ")
        .removeprefix("by ")
        .removeprefix("fin ")
        .split()
    )
    if len(words) == 2 and words[0] in _MONTHS and words[1].isdigit():
        year = int(words[1])
        return _last(year + (2000 if year < 100 else 0), _MONTHS[words[0]])
    if match := _YEAR_END.match(text):
        return _last(int(match[1]), 12)
    return None


# --- Names and lists ----------------------------------------------------------------------------------

_BULLET = re.compile(r"^\s*(?:[-–—•·●○◦▪■□◆*➢➤>✓・※]|\(?\d{1,2}[.)、:]|[①-⑳]|\(?[a-z][.)])\s*")
_LINE = re.compile(r"\n+")


def pieces(text: str) -> list[str]:
    """The points of a list in one cell: lines, bullets, or what semicolons part. Prose stays in one piece."""
    lines = [line for line in _LINE.split(text) if line.strip()]
    bulleted = [bool(_BULLET.match(line)) for line in lines]
    if len(lines) > 1:
        if any(bulleted):
            # A line without a bullet goes on from the one above.
            merged: list[str] = []
            for line, starts in zip(lines, bulleted, strict=True):
                if starts or not merged:
                    merged.append(_BULLET.sub("", line).strip())
                else:
                    merged[-1] += "\n" + line.strip()
            return [piece for piece in merged if piece]
        return [line.strip() for line in lines]
    cut = [part.strip() for part in re.split(r"[;；]\s*", text)]
    return [part for part in cut if part]


def names_of(text: str) -> list[str]:
    """The names in an owner cell. "IT / Security" and "Dev/IT" are two; "Smith, Jane" is one."""
    flat = re.sub(r"\s*\n\s*", "\n", text)
    if re.search(r"[(（][^)）]*[/／,;&+、][^)）]*[)）]", flat):
        return [flat]  # "A. Mori (Sales/Export)" is one
    parts = re.split(r"[;；\n、／]|\s/\s|/|\s&\s|\s\+\s|\band\b|及び|および", flat)
    names = [part.strip(" .,・") for part in parts]
    if len(names) == 1 and text.count(",") > 1:
        names = [part.strip(" .") for part in text.split(",")]
    return [name for name in dict.fromkeys(names) if name]


def sentence(text: str, limit: int = 300) -> str:
    """The first sentence of a text, as one line of at most `limit` characters."""
    flat = " ".join(text.split())
    if len(flat) <= limit and "\n" not in text.strip():
        cut = re.match(r".{20,}?(?:[.!?](?=\s+[A-ZÀ-Ý\d])|[。！？])", flat)
        return cut[0] if cut and len(flat) > 160 else flat
    first = " ".join(next(line for line in text.splitlines() if line.strip()).split())
    cut = re.match(r".{8,}?(?:[.!?](?=\s+[A-ZÀ-Ý\d])|[。！？])", first)
    found = cut[0] if cut else first
    return found if len(found) <= limit else found[: limit - 1] + "…"
