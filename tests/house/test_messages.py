"""The catalogue keeper: nothing a person translated is lost, and nothing wrong passes the check."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import messages
from tools.messages import Entry, Key, Use

ROOT = Path(__file__).resolve().parents[2]

SAVE = Key("", "Save {name}")
FILES = Key("", "{n} file")
HIGH = Key("Confidence", "High")
USES = [Use(SAVE, "", "tui"), Use(FILES, "{n} files", "cli"), Use(HIGH, "", "domain")]
JAPANESE = {SAVE: "{name}を保存", FILES: "{n}件のファイル", HIGH: "高い"}


def catalogue(folder: Path, uses: list[Use], japanese: dict[Key, str]) -> tuple[Path, Path]:
    used, unused = messages.merge(uses, {}, japanese)
    po, mo = folder / "ja.po", folder / "techguard.mo"
    po.write_bytes(messages.po_bytes(used, unused))
    mo.write_bytes(messages.mo_bytes(used))
    return po, mo


def test_everything_the_application_says_is_there_in_japanese() -> None:
    done = subprocess.run(
        [sys.executable, "tools/messages.py", "check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_whole_catalogue_has_no_faults(tmp_path: Path) -> None:
    assert list(messages.catalogue_faults(USES, *catalogue(tmp_path, USES, JAPANESE))) == []


@pytest.mark.parametrize(
    ("japanese", "fault"),
    [
        ({**JAPANESE, SAVE: ""}, "no Japanese: 'Save {name}'"),
        ({**JAPANESE, SAVE: "保存"}, "'Save {name}': English has ['name'], Japanese has []"),
        ({**JAPANESE, SAVE: "{nam}を保存"}, "'Save {name}': English has ['name'], Japanese has ['nam']"),
        ({**JAPANESE, FILES: "ファイル"}, "'{n} file': English has ['n'], Japanese has []"),
        (
            {**JAPANESE, HIGH: "評価: 高い"},
            "'Confidence\\x04High': a full-width colon, and no space, in '評価:'",
        ),
        ({**JAPANESE, HIGH: "評価:"}, "'Confidence\\x04High': a full-width colon, and no space, in '評価:'"),
        (
            {**JAPANESE, HIGH: "評価： 高い"},
            "'Confidence\\x04High': a full-width colon, and no space, in '評価：'",
        ),
        ({**JAPANESE, Key("", "Gone"): "以前"}, "nothing says it any more (`prune` drops it): 'Gone'"),
    ],
)
def test_a_fault_of_a_translation_is_found(tmp_path: Path, japanese: dict[Key, str], fault: str) -> None:
    assert list(messages.catalogue_faults(USES, *catalogue(tmp_path, USES, japanese))) == [fault]


@pytest.mark.parametrize(
    "japanese", ["評価：高い", "9:30に開始", "16:9のスライド", "変化：{shift:+d}", "評価：\n高い"]
)
def test_a_colon_in_its_place_passes(japanese: str) -> None:
    assert messages.stray_colon(HIGH, Entry("", japanese)) == ""


def test_a_stale_compilation_and_a_fuzzy_entry_are_found(tmp_path: Path) -> None:
    po, mo = catalogue(tmp_path, USES, JAPANESE)
    mo.write_bytes(mo.read_bytes()[:-1] + b"?")
    assert any("compiled" in fault for fault in messages.catalogue_faults(USES, po, mo))
    text = po.read_text(encoding="utf-8").replace('msgid "Save', '#, fuzzy\nmsgid "Save')
    po.write_text(text, encoding="utf-8")
    assert "fuzzy: 'Save {name}'" in list(messages.catalogue_faults(USES, po, mo))


def test_writing_and_reading_a_catalogue_keeps_all_of_it(tmp_path: Path) -> None:
    gone = Key("Some list", "Gone")
    po, _ = catalogue(tmp_path, USES, {**JAPANESE, gone: "以前\nは二行"})
    entries, obsolete, fuzzy = messages.read_catalogue(po)
    assert entries == {
        SAVE: Entry("", "{name}を保存"),
        FILES: Entry("{n} files", "{n}件のファイル"),
        HIGH: Entry("", "高い"),
    }
    assert (obsolete, fuzzy) == ({gone: Entry("", "以前\nは二行")}, [])


@given(st.lists(st.dictionaries(st.sampled_from([SAVE, FILES, HIGH, Key("", "Other")]), st.text(min_size=1))))
def test_a_merge_never_loses_a_translation(fills: list[dict[Key, str]]) -> None:
    """Whatever comes and goes in the source, the last thing said about each message is kept."""
    known: dict[Key, Entry] = {}
    for number, fill in enumerate(fills):
        used, unused = messages.merge(USES[: number % 4], known, fill)
        known = unused | used
    expected = {key: text for fill in fills for key, text in fill.items()}
    assert {key: entry.japanese for key, entry in known.items() if entry.japanese} == expected


def test_messages_are_found_however_they_are_written() -> None:
    source = """
BINDINGS = [N_("Quit")]
a = _("One sentence, "
      "on two lines.")
b = ngettext("{n} file", "{n} files", n).format(n=n)
c = translator("ja").pgettext("Confidence", "High")
d = NP_("Likelihood", "High")
e = _(message)
"""
    assert {(use.key, use.plural) for use in messages.marked(ast.parse(source), "tui")} == {
        (Key("", "Quit"), ""),
        (Key("", "One sentence, on two lines."), ""),
        (Key("", "{n} file"), "{n} files"),
        (Key("Confidence", "High"), ""),
        (Key("Likelihood", "High"), ""),
    }


@pytest.mark.parametrize("call", ['_(f"Save {x}")', '_("Save {x}".format(x=x))', '_("Save " + x)', "N_(x)"])
def test_a_message_built_from_parts_is_found(call: str) -> None:
    assert list(messages.built_messages(ast.parse(call))) == [1]


@pytest.mark.parametrize("sentence", ['_("Save {x}").format(x=x)', "_(x)", 'pgettext("Confidence", x.label)'])
def test_a_whole_sentence_passes(sentence: str) -> None:
    assert list(messages.built_messages(ast.parse(sentence))) == []


def test_japanese_in_code_is_found_but_not_in_documentation_or_with_a_reason() -> None:
    source = '''"""保管庫"""
title = "保管庫"
def f():
    """台帳"""
    return f"{x}件"  # 件数
rows = (
    "あいうえお",
    "アイウエオ",
)  # japanese: rows of the keyboard
escaped = "\\u53f0"
dash = "\\u30fc"
'''
    assert messages.japanese_literals(source, ast.parse(source)) == [2, 5, 10]
    excused = "# japanese throughout: it reads dates as people write them\n" + source
    assert messages.japanese_literals(excused, ast.parse(excused)) == []


def test_several_people_can_fill_at_the_same_time(tmp_path: Path) -> None:
    """Each in a process of their own, as on one machine; nobody's translation is lost."""
    po, mo = catalogue(tmp_path, [], {})
    program = (
        "import sys; from pathlib import Path; from tools import messages as m\n"
        "m.PO, m.MO = Path(sys.argv[1]), Path(sys.argv[2])\n"
        "m.all_uses = lambda: ([], [])\n"
        "sys.exit(m.rewrite(m.read_fill(Path(sys.argv[3])), keep_unused=True))\n"
    )

    def fill(number: int) -> int:
        wish = tmp_path / f"{number}.json"
        wish.write_text(json.dumps({f"Message {number}": f"文 {number}"}), encoding="utf-8")
        arguments = [sys.executable, "-c", program, str(po), str(mo), str(wish)]
        return subprocess.run(arguments, cwd=ROOT, capture_output=True, check=False).returncode

    with ThreadPoolExecutor(4) as people:
        assert list(people.map(fill, range(8))) == [0] * 8
    _, obsolete, _ = messages.read_catalogue(po)
    assert obsolete == {Key("", f"Message {n}"): Entry("", f"文 {n}") for n in range(8)}
