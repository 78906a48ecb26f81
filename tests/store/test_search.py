"""Search finds every text a person wrote, in Japanese and English, and shows where."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2

from techguard.domain.items import CheckItem, Countermeasure, Exposure, Item, Rating, Technology
from techguard.domain.kinds import KINDS
from techguard.domain.text import folded
from techguard.domain.words import Department
from techguard.register import Hit, Query, Register
from techguard.store import migrations, search
from tests.conftest import Place
from tests.made_up import world

OUTLINE = "高純度アルミナの焼結温度プロファイル。㈱東都セラミックスと共同で開発した窒化物"
NAME = "焼結プロファイルK"


@pytest.fixture(scope="module")
def shared(copied: Callable[[Path], Place], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    with copied(tmp_path_factory.mktemp("search") / "acme.techguard").open() as register:
        register.add(
            Technology(
                code_name=NAME, outline=OUTLINE, products=("ｶﾞﾗｽ基板", "ＭＬＣＣ"), note='"引用" 100% a_b*'
            )
        )
        register.add(Technology(code_name="Kiln Profile K", outline="Straße; ramp-up AND dwell NOT shown"))
        register.add(Technology(code_name="別の技術", outline="関係なし"))
        yield register


def found(register: Register, words: str) -> list[str]:
    hits = register.search(words)
    count = register.count("technologies", Query(text=words))
    assert count == len([h for h in hits if h.kind == "technology"]), "list and search agree"
    return sorted(h.ref for h in hits)


def marked(hit: Hit) -> list[str]:
    return [hit.snippet[a:b] for a, b in hit.spans]


@pytest.mark.parametrize(
    "words",
    [
        "焼",
        "焼結",
        "焼結温",
        "焼結温度プロファイル",
        "物",
        "化物",
        "窒化物",
        "K",
        "k",
        "ァイルK",
        "アルミナ",
        "ｱﾙﾐﾅ",
        "ガラス",
        "ｶﾞﾗｽ",
        "ガラ",
        "ガ",
        "MLCC",
        "ｍｌｃｃ",
        "ml",
        "(株)東都",
        "㈱東都",
        "(株",
        "東都 焼結",
        "窒化物　アルミナ",
        "焼 窒 ガ",
        "TEC-0001",
        "tec-0001",
    ],
)
def test_words_of_any_length_width_and_case_are_found(shared: Register, words: str) -> None:
    assert "TEC-0001" in found(shared, words)


@pytest.mark.parametrize(
    "words", ["焼却", "炉", "結焼", "焼結 炉", "プロファイルL", "zz", "z", "TEC-0009", "\ue000"]
)
def test_what_nobody_wrote_is_not_found(shared: Register, words: str) -> None:
    assert found(shared, words) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ('"引用"', ["TEC-0001"]),
        ('"', ["TEC-0001"]),
        ('""', []),
        ("100%", ["TEC-0001"]),
        ("a_b*", ["TEC-0001"]),
        ("axb", []),
        ("焼結*", []),
        ("kiln OR 焼結", []),
        ("AND", ["TEC-0002"]),
        ("and dwell NOT", ["TEC-0002"]),
        ("NOT 焼結", []),
        ("body:焼結", []),
        ("NEAR(焼結 温度)", []),
        ("焼結'; DROP TABLE search; --", []),
        ("(", ["TEC-0001"]),  # ㈱ is (株)
        ("-", ["PSN-0001", "TEC-0001", "TEC-0002", "TEC-0003"]),
    ],
)
def test_operators_and_quotes_are_only_what_a_person_typed(
    shared: Register, words: str, expected: list[str]
) -> None:
    assert found(shared, words) == expected


@pytest.mark.parametrize("words", ["strasse", "STRASSE", "straße"])
def test_letters_that_fold_into_several_are_found(shared: Register, words: str) -> None:
    assert found(shared, words) == ["TEC-0002"]


@pytest.mark.parametrize("words", ["", " ", "　", "\n"])
def test_no_words_are_no_condition_in_a_list_and_find_nothing_in_search(shared: Register, words: str) -> None:
    assert shared.count("technologies", Query(text=words)) == 3
    assert shared.search(words) == []


@pytest.mark.parametrize(
    ("words", "field", "pieces"),
    [
        ("焼結", "code_name", ["焼結"]),
        ("アルミナ", "outline", ["アルミナ"]),
        ("ガラス", "products", ["ｶﾞﾗｽ"]),
        ("(株)東都", "outline", ["㈱東都"]),
        ("mlcc", "products", ["ＭＬＣＣ"]),
        ("プロファイル k", "code_name", ["プロファイル", "K"]),
        ("窒化物", "outline", ["窒化物"]),
    ],
)
def test_the_hit_shows_the_words_as_they_were_written(
    shared: Register, words: str, field: str, pieces: list[str]
) -> None:
    hit = next(h for h in shared.search(words) if h.ref == "TEC-0001")
    assert hit.field == field
    assert marked(hit) == pieces
    assert hit.title == NAME


def test_a_reference_number_shows_the_entry_s_title(shared: Register) -> None:
    (hit,) = shared.search("TEC-0001")
    assert (hit.snippet, hit.spans) == (NAME, ())


ALPHABET = "焼結ｶﾞガラ㈱①ＡaBßé０1 "


@settings(deadline=None, max_examples=200)
@given(
    st.text(ALPHABET, max_size=90), st.text(ALPHABET, min_size=1, max_size=6), st.text(ALPHABET, max_size=90)
)
def test_marks_lie_on_what_folds_to_the_word(before: str, word: str, after: str) -> None:
    item = Technology(code_name="zzz", outline=before + word + after)
    cut = search.snippet(item, word)
    pieces = [folded(cut.text[a:b]) for a, b in cut.spans]
    terms = folded(word).split()
    text = folded(" ".join(item.outline.split()))
    expected = [t for t in terms if t in text]
    assert bool(expected) == bool(pieces)
    shown_whole = "…" not in cut.text
    for piece in pieces if shown_whole else ():
        assert any(t in piece for t in terms)
    assert all(0 <= a < b <= len(cut.text) for a, b in cut.spans)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_piece_of_what_was_written_is_found(shared: Register, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([NAME, OUTLINE, "ﾗｽ基板", "ＭＬＣＣ"]))
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert "TEC-0001" in found(shared, text[start:end])


def test_search_follows_every_change(register: Register) -> None:
    technology = register.add(Technology(code_name="旧称", outline="焼成"))
    assert found(register, "焼成") == ["TEC-0001"]

    changed = register.change(technology, outline="鋳造")
    assert (found(register, "焼成"), found(register, "鋳造")) == ([], ["TEC-0001"])

    register.undo()
    assert (found(register, "焼成"), found(register, "鋳造")) == (["TEC-0001"], [])
    register.redo()
    assert (found(register, "焼成"), found(register, "鋳造")) == ([], ["TEC-0001"])

    register.remove(changed)
    assert found(register, "鋳造") == []
    register.restore("TEC-0001")
    assert found(register, "鋳造") == ["TEC-0001"]
    register.undo()
    assert found(register, "鋳造") == []


def test_a_failed_act_leaves_the_index_as_it_was(register: Register) -> None:
    register.add(Technology(code_name="旧称"))

    def fails() -> None:
        with register.act("試み"):
            register.add(Technology(code_name="幻の技術"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert found(register, "幻") == []


def test_what_somebody_else_writes_meanwhile_is_found(place: Place) -> None:
    """Letter by letter: what was looked up for the letters before is not kept past a change."""
    with place.open() as writer, place.open(read_only=True) as reader:
        assert found(reader, "窒") == found(writer, "窒") == []
        made = writer.add(Technology(code_name="窒化ガリウム"))
        assert found(reader, "窒") == found(writer, "窒") == [made.ref]
        other = writer.add(Technology(code_name="窒素の精製"))
        assert found(reader, "窒") == found(writer, "窒") == [made.ref, other.ref]
        writer.remove(made)
        assert found(reader, "窒") == found(writer, "窒") == [other.ref]
        writer.undo()
        assert found(reader, "窒") == found(writer, "窒") == [made.ref, other.ref]


def test_what_was_looked_up_inside_an_act_is_not_kept_when_it_is_taken_back(register: Register) -> None:
    made = register.add(Technology(code_name="窒化ガリウム"))
    with contextlib.suppress(InterruptedError), register.act():
        register.remove(made)
        register.add(Technology(code_name="膜の成長"))
        assert found(register, "窒") == []
        assert len(found(register, "膜")) == 1
        raise InterruptedError
    assert found(register, "窒") == [made.ref]
    assert found(register, "膜") == []


def test_what_came_in_bulk_is_found(register: Register) -> None:
    technology = Technology(code_name="薄膜")
    exposure = Exposure(technology=technology.id, title="展示会で撮影される")
    register.bulk([technology, exposure, Rating(exposure=exposure.id, likelihood=1, rationale="撮影は禁止")])
    assert [h.kind for h in register.search("撮影")] == ["exposure", "rating"]
    assert [h.kind for h in register.search("撮影", kinds=("ratings",))] == ["rating"]


def test_people_are_found_by_width_and_case(register: Register) -> None:
    first = register.person_named("ﾔﾏﾀﾞ Taro", Department.LEGAL)
    assert register.person_named("ヤマダ taro").id == first.id
    assert [n.ref for n in register.pick("person", "ヤマダ")] == [first.ref]


@pytest.fixture(scope="module")
def crowded(copied: Callable[[Path], Place], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    with copied(tmp_path_factory.mktemp("crowded") / "acme.techguard").open() as register:
        register.bulk(world(Random(5), register.today, size=25))
        for item in (*register.find(Countermeasure)[::3], *register.find(CheckItem)[::3]):
            register.remove(item, with_parts=True)
        yield register


@pytest.mark.parametrize("words", ["焼", "焼結炉", "kiln", "b", "東都", "tec", "何もない"])
def test_pages_of_what_was_found_are_parts_of_the_whole(crowded: Register, words: str) -> None:
    """In the order of the numbers the index gives the rows itself; in any other the table does."""
    for kind in KINDS:
        for query in (Query(text=words), Query(text=words, sort=(("ref", True),))):
            whole = [row.item.ref for row in crowded.rows(kind, query, limit=None)]
            assert crowded.count(kind, query) == len(whole)
            for start in range(0, len(whole) + 3, 3):
                page = [row.item.ref for row in crowded.rows(kind, query, start, 3)]
                assert page == whole[start : start + 3]
        plain = [i.ref for i in crowded.find(KINDS[kind].model) if _has(i, words)]
        assert [i.ref for i in crowded.find(KINDS[kind].model, Query(text=words))] == plain


def _has(item: Item, words: str) -> bool:
    return words in search.body(item)


@pytest.mark.parametrize("limit", [1, 3, 20, 500])
@pytest.mark.parametrize(
    "kinds", [tuple(KINDS), ("exposure",), ("rating", "technology"), ("review", "person")]
)
def test_looking_over_kinds_at_once_finds_what_looking_at_each_does(
    crowded: Register, kinds: tuple[str, ...], limit: int
) -> None:
    connection = crowded._store.connection
    for words in ("焼", "kiln", "b", "東都", "何もない"):
        each = [hit for kind in kinds for hit in search.find(connection, words, [kind], limit)]
        assert search.find(connection, words, kinds, limit) == each
        for most in (1, limit, 2 * limit):
            assert search.find(connection, words, kinds, limit, most) == each[:most]
        assert all(sum(k == kind for k, _ in each) <= limit for kind in kinds)


def test_after_many_new_entries_the_index_is_in_one_piece(place: Place) -> None:
    """A search looks for each of its trigrams in each piece."""
    with place.open() as register:
        connection = register._store.connection

        def pieces() -> int:
            return len(connection.exec_driver_sql("SELECT DISTINCT segid FROM search_idx").all())

        for n in range(2 * search.WAITING + 2):
            register.add(Technology(code_name=f"焼結窯 {n}"))
        assert pieces() > 1
        register.bulk(world(Random(1), register.today, size=16))
        assert pieces() == 1
        assert register.count("technologies", Query(text="焼結窯")) == 2 * search.WAITING + 2


_PIECES = st.text(st.sampled_from("焼結温度ab 1"), max_size=5)
_ROW_NUMBERS = st.builds(search.row_number, st.sampled_from(["technology", "exposure"]), st.integers(1, 12))
_WRITINGS = st.one_of(
    st.tuples(st.just("put"), st.dictionaries(_ROW_NUMBERS, _PIECES, max_size=7)),
    st.tuples(st.just("drop"), st.sets(_ROW_NUMBERS, max_size=7)),
    st.tuples(st.just("gather"), st.none()),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(_WRITINGS, max_size=20), st.sampled_from([0, 3, 7, search.WAITING]), st.lists(_PIECES))
def test_what_waits_and_what_is_in_the_index_are_found_alike(
    writings: list[tuple[str, Any]], waiting: int, typed: list[str]
) -> None:
    """Whatever was written, whenever it is brought in: what is found is what a reader would find."""
    engine = create_engine("sqlite://", module=dbapi2, poolclass=StaticPool)
    texts: dict[int, str] = {}
    with engine.connect() as connection, mock.patch.object(search, "WAITING", waiting):
        migrations.upgrade(connection)
        for what, given_ in writings:
            if what == "put":
                bodies = {row: folded(text) + "  " for row, text in given_.items()}
                search.put(connection, bodies.items())
                texts |= bodies
            elif what == "drop":
                search.drop(connection, sorted(given_))
                texts = {row: body for row, body in texts.items() if row not in given_}
            else:
                search.gather(connection)
            left = connection.exec_driver_sql("SELECT count(*) FROM search_waiting").scalar_one()
            assert left <= (0 if what == "gather" else waiting)
            for words in [*typed, "焼", "結温", "温度a", "b"]:
                terms = words.split()
                read = [row for row in sorted(texts) if terms and all(term in texts[row] for term in terms)]
                seen = search.find(connection, words, ["technology", "exposure"], 100)
                assert [search.row_number(*hit) for hit in seen] == read
    engine.dispose()


def test_a_changed_text_costs_few_pages_and_a_piece_of_the_index_fits_one(place: Place) -> None:
    """What makes saving slow is the number of pages that change: each is encrypted and synced twice."""
    with place.open() as register:
        connection = register._store.connection
        register.bulk(world(Random(2), register.today, size=40))
        longest = connection.exec_driver_sql("SELECT max(length(block)) FROM search_data").scalar_one()
        # A row of 4,096 bytes less the 80 of SQLCipher and what SQLite keeps of a leaf (35) and of a row (5).
        assert 3500 < longest <= 4096 - 80 - 35 - 5
        changed = []
        for n, technology in enumerate(register.find(Technology)[:20]):
            before = _pages(place.path)
            register.change(technology, note=f"期限を{n}日後に改める")
            changed.append(sum(a != b for a, b in zip_longest(before, _pages(place.path))))
        # The header, the entry, the act, its changes, their index, the text that waits; sometimes a new page.
        assert median(changed) <= 7


def _pages(vault: Path) -> list[bytes]:
    whole = (vault / "register.db").read_bytes()
    return [whole[start : start + 4096] for start in range(0, len(whole), 4096)]
