"""What is in a package, and what is nowhere in it."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from techguard import evidence
from techguard.domain.items import Exposure
from techguard.register import Register
from techguard.store import checkpoint
from techguard.store.errors import CheckpointDiffers
from tests.conftest import Place

from .conftest import HIDDEN_WORDS, SHOWN, Woven


def changes(package: evidence.Package) -> list[dict[str, object]]:
    return [
        change
        for name, data in package.files.items()
        if name.endswith(".changes.json")
        for change in json.loads(data)
    ]


def test_one_technology_is_there_with_all_that_belongs_to_it(woven: Woven) -> None:
    package = evidence.compose(woven.register, woven.shown.ref)
    kinds = {str(c["kind"]) for c in changes(package)}
    assert kinds == {
        "technology", "exposure", "rating", "decision", "element", "countermeasure", "acceptance", "person",
    }  # fmt: skip
    ops = {str(c["op"]) for c in changes(package) if c["kind"] == "element"}
    assert ops == {"add", "remove"}, "what was removed is a part of what was done"


def test_nothing_of_another_technology_is_anywhere_in_it(woven: Woven) -> None:
    package = evidence.compose(woven.register, woven.shown.ref)
    everything = b"\n".join([*package.files.values(), *(n.encode() for n in package.files)]).decode("latin-1")
    for word in (*HIDDEN_WORDS, woven.hidden.id, woven.hidden.ref):
        for spelling in (word, json.dumps(word)[1:-1]):
            assert spelling.encode().decode("latin-1") not in everything, word
    assert SHOWN.encode().decode("latin-1") in everything


def test_the_same_hidden_change_gives_other_hashes_each_time(woven: Woven, place: Place) -> None:
    """Nobody can try out what a hash beside a path might hide: two same changes have nothing in common."""
    register = woven.register
    for _ in range(2):
        with register.act("同じ変更"):
            register.change(register.get(woven.shown.ref), outline="同じ")
            register.change(register.get(woven.hidden.ref), outline="同じ")
        register.undo()
    package = evidence.compose(register, woven.shown.ref)
    acts = [
        json.loads(data)
        for name, data in package.files.items()
        if name.endswith(".changes.json")
        and json.loads(package.files[name.replace(".changes.json", ".message")].split(b"\n", 1)[1])["reason"]
        == "同じ変更"
    ]
    first, second = (act[0] for act in acts)
    assert (first["fields"], first["op"]) == (second["fields"], second["op"])
    assert first["path"] != second["path"]
    assert first["salt"] != second["salt"]


def test_the_whole_register_holds_every_act(woven: Woven) -> None:
    package = evidence.compose(woven.register)
    assert package.acts == woven.register.head[0] == package.checkpoint.checkpoint.size
    assert not [name for name in package.files if name.endswith(".tlog-proof")]
    told = sum(entry.count for entry in woven.register.history(limit=1000))
    assert len(changes(package)) == told


def test_the_page_names_person_session_and_reason_of_every_act(woven: Woven) -> None:
    page = evidence.compose(woven.register, woven.shown.ref, lang="ja").files["timeline.html"].decode()
    for word in (
        woven.register.me.name,
        "REV-0001",
        "四半期の見直し",
        "費用に見合わない",
        SHOWN,
        "見学を断る",
    ):
        assert word in page, word
    assert "第一回レビュー会" not in page
    assert "<script" not in page
    assert "他の項目の変更（示していません）：3件" in page
    english = evidence.compose(woven.register, woven.shown.ref, lang="en").files["timeline.html"].decode()
    assert "What was done, by whom, when and why" in english


def test_what_a_person_typed_is_no_markup(woven: Woven) -> None:
    woven.register.change(woven.register.get(woven.shown.ref), outline="<b>太字</b>&")
    page = evidence.compose(woven.register, woven.shown.ref).files["timeline.html"].decode()
    assert "&lt;b&gt;太字&lt;/b&gt;&amp;" in page


def test_an_exposure_that_went_to_another_technology_goes_with_it(woven: Woven) -> None:
    register = woven.register
    (exposure,) = register.find(Exposure, technology=woven.shown.id)
    register.change(exposure, technology=woven.hidden.id)
    package = evidence.compose(register, woven.shown.ref)
    assert exposure.id not in {c["item"] for c in changes(package)}
    package = evidence.compose(register, woven.hidden.ref)
    assert exposure.id in {c["item"] for c in changes(package)}


def test_a_package_is_one_file_of_its_parts(woven: Woven) -> None:
    package = evidence.compose(woven.register, woven.shown.ref)
    with zipfile.ZipFile(io.BytesIO(evidence.zipped(package))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == package.files
    assert {"VERIFY.md", "検証.md", "check.py", "timeline.html", "timeline.pdf", "checkpoint.txt"} < set(
        package.files
    )


def test_the_procedure_says_what_is_in_and_what_is_not(woven: Woven) -> None:
    one = evidence.compose(woven.register, woven.shown.ref).files["VERIFY.md"].decode()
    assert f"{woven.shown.ref} here means" in one
    whole = evidence.compose(woven.register).files["検証.md"].decode()
    assert "台帳全体" in whole
    assert "ここでいう" not in whole
    assert "最後の変更" not in whole
    assert "最後の変更" in evidence.compose(woven.register, woven.shown.ref).files["検証.md"].decode()
    assert "{" not in whole.replace("${m", "")


def test_it_is_for_a_technology_or_for_all(woven: Woven) -> None:
    with pytest.raises(evidence.NotATechnology):
        evidence.compose(woven.register, "EXP-0001")


def test_nothing_is_packed_of_a_register_that_does_not_hold(woven: Woven) -> None:
    connection = woven.register._store.connection
    connection.exec_driver_sql("UPDATE history SET reason = '別の理由' WHERE seq = 3")
    with pytest.raises(evidence.HistoryDamaged, match="EntryAltered"):
        evidence.compose(woven.register)


def test_an_earlier_checkpoint_that_does_not_fit_is_refused(woven: Woven, register: Register) -> None:
    said = checkpoint.Checkpoint(register.vault.vault_id, 3, b"\x01" * 32)
    with pytest.raises(CheckpointDiffers):
        evidence.compose(register, earlier=[checkpoint.Note(said)])
