"""What the application says: in the reader's language, with facts literally, whatever goes wrong."""

from __future__ import annotations

import plistlib
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

import techguard
from techguard import i18n
from techguard.domain.errors import REQUIRED, TOO_LONG, Invalid, Problem
from techguard.domain.fields import Choice
from techguard.domain.items import Milestone
from techguard.domain.kinds import KINDS
from techguard.domain.words import Criticality
from techguard.errors import TechguardError
from techguard.i18n import detect_language, translator


class Lost(TechguardError):
    what: ClassVar[str] = "There is no {kind} {ref}."
    safe: ClassVar[str] = ""
    next_step: ClassVar[str] = "Nothing was changed."


class Unheard(Choice):
    """A list whose members nobody has translated in their own context."""

    NOTHING = "nothing", "Nothing was changed."


@pytest.fixture(autouse=True)
def screen_language() -> Iterator[None]:
    before = i18n.language()
    yield
    i18n.set_language(before)


def test_the_screen_follows_the_chosen_language() -> None:
    i18n.set_language("ja")
    assert i18n._("Nothing was changed.") == "何も変更されていません。"
    i18n.set_language("en")
    assert i18n._("Nothing was changed.") == "Nothing was changed."


def test_items_in_a_row_stand_apart_as_the_language_writes_it() -> None:
    refs = ("CMS-0140", "CMS-0139")
    assert translator("ja").list_text(list(refs)) == "CMS-0140、CMS-0139"
    assert translator("ja").fill("{ref}", {"ref": refs}) == "CMS-0140、CMS-0139"
    assert translator("en").fill("{ref}", {"ref": refs}) == "CMS-0140, CMS-0139"
    assert str(Lost(kind="countermeasure", ref=refs)).startswith("There is no countermeasure CMS-0140, CMS")


ROWS_OF_WORDS = {"errors.py", "board/pages.py", "store/tallies.py", "store/merging.py", "exchange/mapping.py"}
"""Where items in a row are no words on a screen: English for a log, SQL, a file of settings."""


def test_no_list_on_a_screen_is_put_together_with_the_comma_of_english() -> None:
    root = Path(techguard.__file__).parent
    found = {
        str(file.relative_to(root))
        for file in root.rglob("*.py")
        if re.search(r"""(?<!f)['"], ['"]\.join""", file.read_text(encoding="utf-8"))
    }
    assert not {f for f in found if not f.startswith("quant/")} - ROWS_OF_WORDS


def test_a_document_speaks_its_own_language_whatever_the_screen_does() -> None:
    i18n.set_language("en")
    assert translator("ja").gettext("Nothing was changed.") == "何も変更されていません。"
    assert i18n.money_text(12_000_000) == "¥12 million"
    assert i18n.money_text(12_345_678) == "¥12,345,678"
    assert translator("ja").money_text(12_000_000) == "1,200万円"
    assert translator("ja").money_text(12_345_678) == "12,345,678円"


def test_an_empty_message_stays_empty() -> None:
    """gettext would answer with the header of the catalogue."""
    for language in i18n.LANGUAGES:
        assert translator(language).gettext("") == ""
        assert translator(language).pgettext("anything", "") == ""


def test_counts_are_worded_for_their_number() -> None:
    assert [translator("en").ngettext("{n} file", "{n} files", n) for n in (0, 1, 2)] == [
        "{n} files",
        "{n} file",
        "{n} files",
    ]


def test_a_label_is_translated_in_the_context_of_its_list_or_else_plainly() -> None:
    japanese = translator("ja")
    assert japanese.label(Unheard.NOTHING) == "何も変更されていません。"
    assert japanese.label(Criticality.S) == japanese.pgettext("Criticality", Criticality.S.label)
    assert translator("en").label(KINDS["technology"]) == "Technology"


def test_an_error_is_explained_with_its_facts() -> None:
    error = Lost(kind=KINDS["technology"], ref="TEC-0001")
    assert translator("en").explain(error) == ("There is no Technology TEC-0001.", "", "Nothing was changed.")
    assert translator("en").explain_text(error) == "There is no Technology TEC-0001.\nNothing was changed."


def test_a_forgotten_fact_does_not_hide_the_error() -> None:
    assert translator("en").explain(Lost(kind="technology")).what == "There is no technology {ref}."


@given(st.text())
def test_a_fact_is_inserted_literally(typed: str) -> None:
    """Braces, percent signs, markup: what a person typed is text and nothing else."""
    told = translator("ja").explain(Lost(kind="x", ref=typed)).what
    assert told == f"There is no x {typed}."


def test_what_a_person_wrote_is_not_translated_even_in_a_field_called_label() -> None:
    milestone = Milestone(label="Nothing was changed.", engagement="ENG-0001", on=date(2026, 4, 1))
    assert "何も変更されていません。" not in translator("ja").explain(Lost(kind="x", ref=milestone)).what


def test_what_is_wrong_with_fields_is_told_line_by_line_in_the_same_language() -> None:
    problems = [
        Problem("code_name", REQUIRED, "Code name"),
        Problem("title", TOO_LONG, facts={"max_length": 200}),
        Problem("", REQUIRED),
    ]
    assert translator("ja").explain(Invalid(problems)).what == (
        "このままでは保存できません。管理名称（コードネーム）：入力が必要です。\n"
        "title：200文字以内にしてください。\n"
        "入力が必要です。"
    )


def test_facts_that_are_errors_lists_and_dates_are_told_in_the_same_language() -> None:
    facts = [TechguardError(), Unheard.NOTHING, date(2026, 4, 1), datetime(2026, 4, 1, 9, 30, 15, tzinfo=UTC)]
    told = translator("ja").explain(Lost(kind="x", ref=facts)).what
    assert told == (
        "There is no x 問題が発生しました。\n何も変更されていません。、何も変更されていません。、"
        "2026-04-01、2026-04-01 09:30+00:00."
    )


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TECHGUARD_LANG": "en", "LANG": "ja_JP.UTF-8"}, "en"),
        ({"TECHGUARD_LANG": "ja", "LC_ALL": "C"}, "ja"),
        ({"LC_ALL": "ja_JP.UTF-8", "LANG": "en_US.UTF-8"}, "ja"),
        ({"LC_ALL": "", "LC_MESSAGES": "ja_JP.eucJP", "LANG": "en_US.UTF-8"}, "ja"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "Japanese_Japan.932"}, "ja"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_language_is_the_one_the_environment_asks_for(environment: dict[str, str], expected: str) -> None:
    assert detect_language(environment) == expected


@pytest.mark.parametrize(("languages", "first"), [(["ja-JP", "en-JP"], "ja-JP"), ([], "")])
def test_the_language_of_a_mac_is_the_first_in_its_settings(
    tmp_path: Path, languages: list[str], first: str
) -> None:
    preferences = tmp_path / "Library" / "Preferences"
    preferences.mkdir(parents=True)
    content = plistlib.dumps({"AppleLanguages": languages}, fmt=plistlib.FMT_BINARY)
    (preferences / ".GlobalPreferences.plist").write_bytes(content)
    assert i18n._first_apple_language(tmp_path) == first


@pytest.mark.parametrize(
    "content", [b"", b"bplist00 but then nonsense", b"<?xml version='1.0'?><plist>", None]
)
def test_unreadable_settings_of_a_mac_mean_english(tmp_path: Path, content: bytes | None) -> None:
    preferences = tmp_path / "Library" / "Preferences"
    preferences.mkdir(parents=True)
    if content is not None:
        (preferences / ".GlobalPreferences.plist").write_bytes(content)
    assert i18n._first_apple_language(tmp_path) == ""


def test_click_speaks_the_same_language_whatever_the_locale() -> None:
    code = (
        "import click\n"
        "from techguard.i18n import set_language, share_with_libraries\n"
        "set_language('ja')\n"
        "share_with_libraries()\n"
        "click.command()(lambda: None)(['--help'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8"},
        check=True,
    )
    assert "使い方：" in done.stdout
    assert "この説明を表示して終了します。" in done.stdout
