"""Japanese and English: chosen anywhere on the command line, spoken everywhere."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from techguard.cli.main import root

from .conftest import House
from .test_start import paths

JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


@pytest.mark.parametrize(
    "words",
    [["--lang", "ja", "list", "--help"], ["list", "--lang", "ja", "--help"], ["list", "--lang=ja", "--help"]],
)
def test_the_language_may_stand_before_or_after_the_command(words: list[str]) -> None:
    assert CliRunner().invoke(root, words).stdout.startswith("使い方：techguard list [オプション]")


def test_the_last_word_on_language_counts_and_beats_the_environment(house: House) -> None:
    assert "Nothing was found." in house.run("search", "VAULT", "zzzz", "--lang", "en", lang="ja").stderr
    assert "見つかりません" in house.run("search", "VAULT", "zzzz", lang="ja").stderr


def test_the_locale_decides_when_nobody_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TECHGUARD_LANG")
    for locale, expected in (("ja_JP.UTF-8", "使い方"), ("C", "Usage"), ("de_DE.UTF-8", "Usage")):
        monkeypatch.setenv("LC_ALL", locale)
        assert CliRunner().invoke(root, ["--help"]).stdout.startswith(expected)


@pytest.mark.parametrize("words", [["--help"], *([*path, "--help"] for path in paths())], ids=" ".join)
def test_help_is_japanese_throughout(words: list[str]) -> None:
    """No sentence of two or more English words is left; names, paths and examples are what they are."""
    text = CliRunner().invoke(root, [*words, "--lang", "ja"]).stdout
    for line in text.splitlines():
        if line.startswith(("    techguard ", "  pip install ")) or JAPANESE.search(line):
            continue
        left = re.sub(
            r"\[([a-z.]+(\|[a-z.]+)+|x>=1|default: \d+)\]|\{[a-z|0-9]+\}|--?[a-z-]+|[A-Z_=]{2,}|[.,:;]",
            " ",
            line,
        )
        assert not re.search(r"\b[a-z]{2,} [a-z]{2,}\b", left), line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing"], "コマンド 'nothing' はありません"),
        (["list", "--nothing"], "オプション '--nothing' はありません"),
        (["list"], "VAULT"),
        (["init", "x"], "--person"),
        (["init", "x", "--person", "a", "--department", "moon"], "moon"),
        (["list", "x", "people", "z"], "（z）"),
        (["people", "x"], "コマンド"),
    ],
)
def test_wrong_usage_is_said_in_japanese(words: list[str], said: str) -> None:
    result = CliRunner().invoke(root, [*words, "--lang", "ja"])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr
    assert "エラー：" in result.stderr
    assert "--help' で表示できます" in result.stderr


def test_a_slip_of_the_finger_is_answered_with_the_right_word() -> None:
    assert "'verify'" in CliRunner().invoke(root, ["verfy"]).stderr
    assert "'--where'" in CliRunner().invoke(root, ["list", "--whre", "x"]).stderr


def test_an_unknown_language_is_wrong_usage() -> None:
    assert CliRunner().invoke(root, ["--lang", "fr", "list"]).exit_code == 2
