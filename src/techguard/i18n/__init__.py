"""What the application says, in Japanese and in English.

A message id is an English sentence; English needs no catalogue. The Japanese catalogue is `ja.po` beside
this file, compiled to `ja/LC_MESSAGES/techguard.mo`: the layout of the standard library's `gettext`, so that
click, which asks the standard library, can speak Japanese too (`share_with_libraries`). `tools/messages.py`
keeps both.

Two ways to speak:

- `_`, `ngettext`, `pgettext`, `label`, `explain` … speak the language of the screen. It is one process global
  on purpose: one person sits at one terminal. Class-level text is marked with `N_` and translated when it is
  shown.
- `translator("ja")` speaks one language whatever the screen does: a board summary is composed with it.
"""

from __future__ import annotations

import sys
from datetime import date, datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, cast, get_args

from techguard.errors import TechguardError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from gettext import NullTranslations

    from .dates import Calendar
    from .money import MoneyUnit, Shown

Language = Literal["ja", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)

DOMAIN: Final = "techguard"
LOCALE_DIR: Final = Path(__file__).parent


class Explanation(NamedTuple):
    """An error as it is told to a person: what happened, what is safe, what to do next ("" when nothing)."""

    what: str
    safe: str
    next_step: str

    def __str__(self) -> str:
        return "\n".join(part for part in self if part)


class Together(NamedTuple):
    """How costs and losses are said that stand together: each in one unit."""

    cost: Callable[[int], str]
    loss: Callable[[float], str]


class _Facts(dict[str, str]):
    """A fact that an error forgot stays visible as `{name}`: telling of an error must never fail."""

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


def N_(message: str) -> str:  # noqa: N802 - the name gettext's tools know
    """Marks `message` for translation and returns it as it is: for text that is made before it is shown."""
    return message


# How a number of so many yen is said; see `money.shown`.
_SMALL_CHANCE: Final = 0.001
_MONEY: Final[Mapping[int, str]] = {
    1: N_("¥{amount}"),
    10**4: N_("¥{amount} ten thousand"),
    10**6: N_("¥{amount} million"),
    10**8: N_("¥{amount} hundred million"),
}


class Translator:
    """Speaks one language. Immutable; get one from `translator`."""

    __slots__ = ("_catalogue", "language")

    def __init__(self, language: Language, catalogue: NullTranslations) -> None:
        self.language: Final = language
        self._catalogue: Final = catalogue

    def gettext(self, message: str) -> str:
        # The empty message id is the catalogue's own header.
        return self._catalogue.gettext(message) if message else ""

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return self._catalogue.ngettext(singular, plural, n)

    def pgettext(self, context: str, message: str) -> str:
        return self._catalogue.pgettext(context, message) if message else ""

    def label(self, labelled: object) -> str:
        """The label of a member of a domain enumeration, or of a kind or field of the domain.

        An enumeration's labels are translated in the context of its class name ("High" of a likelihood is not
        "High" of a confidence); without such a translation the plain message serves.
        """
        message: str = cast("str", getattr(labelled, "label", ""))
        in_context = self.pgettext(type(labelled).__name__, message)
        return in_context if in_context != message else self.gettext(message)

    def labelled(self, label: str, text: str) -> str:
        """A label (already translated) and what it labels, as one line of text; without a label, the text."""
        return self.gettext("{label}: {value}").format(label=label, value=text) if label else text

    def fill(self, message: str, facts: Mapping[str, object]) -> str:
        """`message` with its named facts: inserted literally, those that are words of ours translated."""
        told = _Facts((name, self._fact(fact)) for name, fact in facts.items())
        return self.gettext(message).format_map(told)

    def explain(self, error: TechguardError) -> Explanation:
        """`error` in this language. Facts are inserted literally; those that have a label are translated."""
        return Explanation(*(self.fill(part, error.facts) for part in error.parts()))

    def explain_text(self, error: TechguardError) -> str:
        """`explain` as lines of text."""
        return str(self.explain(error))

    def date_text(self, day: date) -> str:
        """A day by the calendar that was chosen (`set_calendar`): ISO 8601, which Japanese forms accept, or
        by era in Japanese. A time goes to minutes.
        """
        text = self._day(_plain_day(day))
        return f"{text} {day.timetz().isoformat('minutes')}" if isinstance(day, datetime) else text

    def short_date(self, day: date) -> str:
        """`date_text` for narrow columns: ten cells at most, and sixteen with a time (without its zone)."""
        text = self._day(_plain_day(day), short=True)
        return text + day.strftime(" %H:%M") if isinstance(day, datetime) else text

    def _day(self, day: date, *, short: bool = False) -> str:
        if _calendar != "era" or self.language != "ja":
            return day.isoformat()
        from .dates import by_era

        return by_era(day, short=short)

    def money_text(self, yen: int, unit: MoneyUnit | None = None) -> str:
        """An amount in whole yen, said in `unit`, or else in the one that was chosen (`set_money_unit`). Says
        "about" where it was rounded.
        """
        from .money import shown

        return self._money(shown(yen, unit or _money_unit, self.language))

    def estimate_text(self, yen: float) -> str:
        """An estimated amount, in the unit that was chosen: three figures count, and zeros are figures."""
        from .money import estimated

        return self._money(estimated(yen, _money_unit, self.language))

    def amounts(self, yens: Iterable[int]) -> Callable[[int], str]:
        """How to say the amounts of one table: all in one unit, so that they can be compared."""
        from .money import in_unit, unit_of_all

        if _money_unit != "exact":
            return self.money_text
        unit = unit_of_all(yens, self.language)
        return lambda yen: self._money(in_unit(yen, unit))

    def estimates(self, yens: Iterable[float]) -> Callable[[float], str]:
        """How to say the estimated amounts of one table: all in one unit."""
        from .money import estimate_in, unit_of_estimates

        if _money_unit != "exact":
            return self.estimate_text
        unit = unit_of_estimates(yens, self.language)
        return lambda yen: self._money(estimate_in(yen, unit))

    def together(self, costs: Iterable[int | None], losses: Iterable[float]) -> Together:
        """How the costs and the estimated losses are said that stand together."""
        return Together(self.amounts([c for c in costs if c is not None]), self.estimates(losses))

    def chance_text(self, chance: float) -> str:
        """A chance to a tenth of a percent. A small one is never called none, nor a great one sure."""
        if 0 < chance < _SMALL_CHANCE:
            return self.gettext("less than {share}").format(share=f"{_SMALL_CHANCE:.1%}")
        if 1 - _SMALL_CHANCE < chance < 1:
            return self.gettext("more than {share}").format(share=f"{1 - _SMALL_CHANCE:.1%}")
        return "0%" if not chance else f"{chance:.1%}"

    def _money(self, told: Shown) -> str:
        text = self.gettext(_MONEY[told.unit]).format(amount=told.number)
        return self.gettext("about {amount}").format(amount=text) if told.rounded else text

    def list_text(self, items: list[str]) -> str:
        """Items in a row, already translated."""
        return self.pgettext("between the items of a list", ", ").join(items)

    def titles_text(self, items: list[str]) -> str:
        """Items in a row that may hold commas of their own, already translated."""
        return self.pgettext("between items that hold commas", "; ").join(items)

    def _fact(self, fact: object) -> str:
        if isinstance(fact, TechguardError):
            return self.explain_text(fact)
        # Our own words have labels; an entry a person wrote may have a field of that name, which is literal.
        if hasattr(fact, "label") and (isinstance(fact, Enum) or hasattr(fact, "__dataclass_fields__")):
            return self.label(fact)
        if _is_sentence(fact):
            return self._sentence(fact)
        if isinstance(fact, date):
            return self.date_text(fact)
        if isinstance(fact, list | tuple):
            told = [self._fact(item) for item in fact]
            return "\n".join(told) if any(map(_is_sentence, fact)) else self.list_text(told)
        return str(fact)

    def _sentence(self, fact: Any) -> str:
        told = self.fill(fact.message, fact.facts)
        field = self.gettext(getattr(fact, "field_label", "")) or getattr(fact, "field", "")
        return self.labelled(field, told)


def _plain_day(day: date) -> date:
    return day.date() if isinstance(day, datetime) else day


def _is_sentence(fact: object) -> bool:
    """Whether `fact` is a sentence with facts of its own: a problem of a field, a notice about a file."""
    return hasattr(fact, "__dataclass_fields__") and hasattr(fact, "message") and hasattr(fact, "facts")


@cache
def translator(language: Language) -> Translator:
    """The translator of `language`, loaded when first asked for."""
    import gettext as standard

    if language == "en":
        return Translator(language, standard.NullTranslations())
    return Translator(language, standard.translation(DOMAIN, LOCALE_DIR, [language]))


_language: Language = "en"


def language() -> Language:
    """The language of the screen."""
    return _language


def set_language(chosen: Language) -> None:
    """Speak `chosen` from now on."""
    global _language  # noqa: PLW0603 - one person, one terminal
    _language = chosen


_calendar: Calendar = "western"


def dates_by() -> Calendar:
    """The calendar by which dates are shown."""
    return _calendar


def set_calendar(chosen: Calendar) -> None:
    """Show dates by `chosen` from now on. Only Japanese text has dates by era; what machines read is ISO 8601
    whatever is chosen.
    """
    global _calendar  # noqa: PLW0603 - as with the language
    _calendar = chosen


_money_unit: MoneyUnit = "exact"


def money_in() -> MoneyUnit:
    """The unit in which money is shown."""
    return _money_unit


def set_money_unit(chosen: MoneyUnit) -> None:
    """Show money in `chosen` from now on. What machines read is whole yen whatever is chosen."""
    global _money_unit  # noqa: PLW0603 - as with the language
    _money_unit = chosen


def _(message: str) -> str:
    """`message` in the language of the screen."""
    return translator(_language).gettext(message)


def NP_(context: str, message: str) -> str:  # noqa: N802 - the tools read the context
    """Marks `message` as used in `context` (translate it with `pgettext`) and returns it as it is."""
    return message


def ngettext(singular: str, plural: str, n: int) -> str:
    """The message for `n` things in the language of the screen."""
    return translator(_language).ngettext(singular, plural, n)


def pgettext(context: str, message: str) -> str:
    """`message`, which means different things in different places, as `context` means it."""
    return translator(_language).pgettext(context, message)


def label(labelled: object) -> str:
    """See `Translator.label`; in the language of the screen."""
    return translator(_language).label(labelled)


def labelled(label: str, text: str) -> str:
    """See `Translator.labelled`; in the language of the screen."""
    return translator(_language).labelled(label, text)


def fill(message: str, facts: Mapping[str, object]) -> str:
    """See `Translator.fill`; in the language of the screen."""
    return translator(_language).fill(message, facts)


def explain(error: TechguardError) -> Explanation:
    """See `Translator.explain`; in the language of the screen."""
    return translator(_language).explain(error)


def explain_text(error: TechguardError) -> str:
    """See `Translator.explain_text`; in the language of the screen."""
    return translator(_language).explain_text(error)


def date_text(day: date) -> str:
    """See `Translator.date_text`; in the language of the screen."""
    return translator(_language).date_text(day)


def short_date(day: date) -> str:
    """See `Translator.short_date`; in the language of the screen."""
    return translator(_language).short_date(day)


def money_text(yen: int, unit: MoneyUnit | None = None) -> str:
    """See `Translator.money_text`; in the language of the screen."""
    return translator(_language).money_text(yen, unit)


def estimate_text(yen: float) -> str:
    """See `Translator.estimate_text`; in the language of the screen."""
    return translator(_language).estimate_text(yen)


def amounts(yens: Iterable[int]) -> Callable[[int], str]:
    """See `Translator.amounts`; in the language of the screen."""
    return translator(_language).amounts(yens)


def estimates(yens: Iterable[float]) -> Callable[[float], str]:
    """See `Translator.estimates`; in the language of the screen."""
    return translator(_language).estimates(yens)


def chance_text(chance: float) -> str:
    """See `Translator.chance_text`; in the language of the screen."""
    return translator(_language).chance_text(chance)


def list_text(items: list[str]) -> str:
    """See `Translator.list_text`; in the language of the screen."""
    return translator(_language).list_text(items)


def sentences(items: list[str]) -> str:
    """Whole sentences one after the other, in the language of the screen: Japanese puts no space between."""
    return ("" if _language == "ja" else " ").join(items)


def share_with_libraries() -> None:
    """Lets libraries that speak through the standard library's gettext (click) speak the screen's language.

    gettext chooses its language by the environment alone, so LANGUAGE is set for this process.
    """
    import gettext as standard
    import os

    standard.bindtextdomain(DOMAIN, str(LOCALE_DIR))
    standard.textdomain(DOMAIN)
    os.environ["LANGUAGE"] = _language


def detect_language(environ: Mapping[str, str]) -> Language:
    """The language a person expects: that of the first of TECHGUARD_LANG, LC_ALL, LC_MESSAGES and LANG that
    is set; where none is, as is usual on Windows and macOS, that of the operating system. Japanese, or else
    English.
    """
    for name in ("TECHGUARD_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            return _closest(value)
    return _closest(_system_locale(environ))


def _closest(locale_name: str) -> Language:
    """The language of a locale name: POSIX ("ja_JP.UTF-8"), BCP 47 ("ja-JP") or Windows."""
    return "ja" if locale_name.lower().startswith("ja") else "en"


def _system_locale(environ: Mapping[str, str]) -> str:
    """The operating system's own setting, "" where it has none beyond the environment."""
    if sys.platform == "win32":
        import ctypes
        import locale

        return locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
    if sys.platform == "darwin":
        return _first_apple_language(Path(environ.get("HOME", "~")).expanduser())
    return ""


def _first_apple_language(home: Path) -> str:
    """What a macOS user put first under System Settings › Language, "" when that cannot be read."""
    import plistlib
    from xml.parsers.expat import ExpatError

    try:
        with (home / "Library/Preferences/.GlobalPreferences.plist").open("rb") as file:
            languages = plistlib.load(file).get("AppleLanguages", [])
    except (OSError, ValueError, ExpatError):
        return ""
    return str(languages[0]) if languages else ""
