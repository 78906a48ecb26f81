"""The procedure in a package, run word for word with the tools it names; and every lie is found by it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from techguard import evidence, pruning

from .conftest import ELSEWHERE, Woven

TOOLS = ("bash", "openssl", "sha256sum", "sed", "base64")
pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason="the procedure's tools are not installed"
)


def openssl_version() -> tuple[int, int]:
    if not shutil.which("openssl"):
        return 0, 0
    said = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True).stdout
    major, minor = said.split()[1].split(".")[:2]
    return int(major), int(minor)


def unpacked(package: evidence.Package, folder: Path) -> Path:
    for name, data in package.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def sections(text: str) -> list[str]:
    """What is to be typed under each numbered heading."""
    parts = re.split(r"(?m)^## \d", text)[1:]
    return ["\n".join(re.findall(r"(?m)^ {4,6}(\S.*| {2,}\S.*)$", part)) for part in parts]


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    script = script.replace("python3 ", f"{sys.executable} ")
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture(params=["one", "all", "one merged", "all merged"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    scope, _, merged = request.param.partition(" ")
    woven: Woven = request.getfixturevalue("brought" if merged else "woven")
    ref = woven.shown.ref if scope == "one" else None
    return unpacked(evidence.compose(woven.register, ref), tmp_path / "package")


@pytest.mark.parametrize("name", ["VERIFY.md", "検証.md"])
def test_the_procedure_as_it_is_written_succeeds(folder: Path, name: str) -> None:
    sums, acts, mark, _formulas, keys = sections((folder / name).read_text(encoding="utf-8"))
    done = run(sums, folder)
    assert (done.returncode, "FAILED" in done.stdout) == (0, False), done.stderr
    assert done.stdout.count(": OK\n") == len([p for p in folder.rglob("*") if p.is_file()]) - 3
    assert "Signature Verified Successfully" in done.stdout
    number = next(line.split()[0] for line in done.stdout.splitlines() if line.endswith("  SHA256SUMS"))
    assert (folder / "PACKAGE").read_text().splitlines()[-1] == f"sums {number}"

    done = run(acts, folder)
    signed = len(list(folder.glob("acts/*.message"))) + len(list(folder.glob("merged/*.message")))
    assert done.stdout.count("Signature Verified Successfully") == signed > 5
    assert "WRONG" not in done.stdout

    done = run(mark, folder)
    expected = 2 if openssl_version() >= (3, 5) else 1
    assert done.stdout.count("Signature Verified Successfully") == expected, done.stderr
    if expected == 1:  # this openssl does not know ML-DSA: the same files by another program
        pem = next(p for p in folder.glob("keys/*.mldsa65.pem") if p.name.split(".")[0] in mark)
        key = load_pem_public_key(pem.read_bytes())
        assert isinstance(key, MLDSA65PublicKey)
        key.verify((folder / "note.mldsa65").read_bytes(), (folder / "note.txt").read_bytes())

    done = run("python3 check.py && python3 check.py --print", folder)
    assert done.returncode == 0, done.stdout
    assert "棚卸" in done.stdout
    assert done.stdout.rstrip().endswith("OK")

    done = run(keys, folder)
    assert re.match(r"[0-9a-f]{64} ", done.stdout)


@pytest.mark.skipif(openssl_version() < (3, 5), reason="ML-DSA is in OpenSSL 3.5 and later")
@pytest.mark.parametrize("name", ["VERIFY.md", "検証.md"])
def test_the_second_signature_is_checked_and_a_forged_one_refused(folder: Path, name: str) -> None:
    mark = sections((folder / name).read_text(encoding="utf-8"))[2]
    assert run(mark, folder).stdout.count("Signature Verified Successfully") == 2
    lines = (folder / "checkpoint.txt").read_text().split("\n")
    lines[-2] = lines[-2][:-40] + ("A" if lines[-2][-40] != "A" else "B") + lines[-2][-39:]
    (folder / "checkpoint.txt").write_text("\n".join(lines))
    assert run(mark, folder).stdout.count("Signature Verified Successfully") == 1


def test_the_program_needs_nothing_but_an_old_python(folder: Path) -> None:
    source = (folder / "check.py").read_text(encoding="utf-8")
    compile(source, "check.py", "exec", dont_inherit=True)
    imported = set(re.findall(r"(?m)^(?:from|import) ([\w.]+)", source))
    assert imported <= {"__future__", "base64", "hashlib", "json", "sys", "pathlib", "typing"}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "check.py"], cwd=folder, capture_output=True, check=False
    )
    assert done.returncode == 0


def rewritten(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def lie(folder: Path) -> None:
        path = next(iter(sorted(folder.glob(name))[-1:]))
        before = path.read_bytes()
        path.write_bytes(change(before))
        assert path.read_bytes() != before

    return lie


def cut_salt(data: bytes) -> bytes:
    told = json.loads(data)
    told[0]["salt"] = "00" * 16
    return json.dumps(told).encode()


def swapped(data: bytes) -> bytes:
    told = json.loads(data)
    told[0]["item"] = "f" * 32
    return json.dumps(told).encode()


LIES = {
    "a reason": rewritten("acts/000002.message", lambda b: b.replace("棚卸".encode(), "整理".encode())),
    "a value": rewritten("acts/000002.changes.json", lambda b: b.replace("焼結".encode(), "鋳造".encode())),
    "another entry": rewritten("acts/000002.changes.json", swapped),
    "a salt": rewritten("acts/000002.changes.json", cut_salt),
    "a checkpoint": rewritten("checkpoint.txt", lambda b: b.replace(b"\ntime 2", b"\ntime 3")),
    "a key": rewritten("keys/*.ed25519.pem", lambda b: b[:60] + bytes([b[60] ^ 1]) + b[61:]),
    "the page": rewritten("timeline.html", lambda b: b.replace("棚卸".encode(), "整理".encode())),
    "the PDF": rewritten("timeline.pdf", lambda b: b[:-9] + b"\n" + b[-9:]),
}


def with_new_sums(folder: Path) -> None:
    """Whoever lies makes the digests anew as well."""
    run("sha256sum $(cut -c67- SHA256SUMS) > new && mv new SHA256SUMS", folder)
    digest = run("sha256sum SHA256SUMS", folder).stdout.split()[0]
    about = folder / "PACKAGE"
    about.write_text(re.sub(r"(?m)^sums .*$", f"sums {digest}", about.read_text()))


@pytest.mark.parametrize("lie", LIES)
def test_every_lie_is_found(folder: Path, lie: str) -> None:
    LIES[lie](folder)
    sums, acts, mark, *_ = sections((folder / "VERIFY.md").read_text(encoding="utf-8"))
    done = run("python3 check.py", folder)
    assert (done.returncode, "WRONG: " in done.stdout) == (1, True)
    with_new_sums(folder)
    told = [run(script, folder) for script in (sums, acts, mark, "python3 check.py")]
    assert "Signature Verified Successfully" not in told[0].stdout, "PACKAGE is not what was signed any more"
    if lie not in {"the page", "the PDF"}:
        refused = "WRONG" in told[1].stdout or "WRONG: " in told[3].stdout
        assert refused or "Verified Successfully" not in told[2].stdout


def test_an_act_left_out_of_the_whole_register_is_missed(woven: Woven, tmp_path: Path) -> None:
    folder = unpacked(evidence.compose(woven.register), tmp_path)
    for path in folder.glob("acts/000004.*"):
        path.unlink()
    sums = folder / "SHA256SUMS"
    sums.write_text("".join(f"{line}\n" for line in sums.read_text().splitlines() if "000004" not in line))
    with_new_sums(folder)
    done = run("python3 check.py", folder)
    assert "the acts are not all those of the checkpoint" in done.stdout


@pytest.fixture
def pruned(woven: Woven) -> Woven:
    """The same, with what was taken out pruned: an element of the technology that is shown."""
    rule = pruning.Rule(woven.register.today + timedelta(days=1))
    assert [e.kind for e in pruning.prune(woven.register, rule, "保存期間の満了").goes] == ["element"]
    return woven


@pytest.mark.parametrize("scope", ["one", "all"])
def test_what_was_pruned_is_shown_as_that_and_proved(pruned: Woven, tmp_path: Path, scope: str) -> None:
    package = evidence.compose(pruned.register, pruned.shown.ref if scope == "one" else None, lang="ja")
    folder = unpacked(package, tmp_path / "package")
    assert "昇温の速さ".encode() not in b"".join(package.files.values())
    _, acts, *_ = sections((folder / "VERIFY.md").read_text(encoding="utf-8"))
    assert "WRONG" not in run(acts, folder).stdout
    done = run("python3 check.py --print", folder)
    assert done.stdout.endswith("OK\n"), done.stdout
    assert "保存期間の満了" in done.stdout
    page = (folder / "timeline.html").read_text(encoding="utf-8")
    assert page.count("値は抹消済み") == 2
    assert "KNW-0002" in page
    assert "より前に外したもの" in page


def test_values_left_out_without_an_act_that_pruned_them_are_missed(pruned: Woven, tmp_path: Path) -> None:
    folder = unpacked(evidence.compose(pruned.register, pruned.shown.ref), tmp_path / "package")
    seq = pruned.register.head[0]
    sums = folder / "SHA256SUMS"
    for path in folder.glob(f"acts/{seq:06}.*"):
        path.unlink()
    sums.write_text("".join(f"{x}\n" for x in sums.read_text().splitlines() if f"{seq:06}" not in x))
    with_new_sums(folder)
    assert "no act says they were pruned" in run("python3 check.py", folder).stdout


def test_what_was_done_in_a_copy_that_was_taken_in_is_shown_and_proved(
    brought: Woven, tmp_path: Path
) -> None:
    folder = unpacked(evidence.compose(brought.register, brought.shown.ref), tmp_path / "one")
    assert len(list(folder.glob("merged/*.message"))) == 2
    printed = run("python3 check.py --print", folder).stdout
    assert ELSEWHERE in printed
    assert "車中の作業を取り込む" in printed
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert "触媒の流出について".encode() not in everything
    page = (folder / "timeline.html").read_text(encoding="utf-8")
    assert page.index("他の写し") < page.rindex(ELSEWHERE)
    assert page.count("鉄道での見直し") == 1


MERGED_LIES = {
    "a value": rewritten("merged/000002.changes.json", lambda b: b.replace("鉄道".encode(), "船旅".encode())),
    "a reason": rewritten("merged/000002.message", lambda b: b.replace("鉄道".encode(), "船旅".encode())),
    "a person": rewritten("merged/000001.message", lambda b: b.replace(b'"person":"', b'"person":"0')),
}


@pytest.mark.parametrize("scope", ["one", "all"])
@pytest.mark.parametrize("lie", MERGED_LIES)
def test_every_lie_about_an_act_that_was_taken_in_is_found(
    brought: Woven, tmp_path: Path, lie: str, scope: str
) -> None:
    ref = brought.shown.ref if scope == "one" else None
    folder = unpacked(evidence.compose(brought.register, ref), tmp_path / "package")
    MERGED_LIES[lie](folder)
    with_new_sums(folder)
    acts = sections((folder / "VERIFY.md").read_text(encoding="utf-8"))[1]
    assert "WRONG" in run(acts, folder).stdout + run("python3 check.py", folder).stdout


@pytest.mark.parametrize(
    ("number", "said"), [(1, "taken in is missing"), (2, "taken in is missing"), (9, "nobody took in")]
)
def test_the_acts_of_a_copy_that_was_taken_in_are_all_there_and_no_others(
    brought: Woven, tmp_path: Path, number: int, said: str
) -> None:
    folder = unpacked(evidence.compose(brought.register), tmp_path / "package")
    sums = folder / "SHA256SUMS"
    for path in sorted(folder.glob("merged/000001.*" if number == 9 else f"merged/{number:06}.*")):
        if number == 9:  # one more, whole in itself: as if somebody had signed it there
            more = path.with_name(path.name.replace("000001", "000009"))
            data = path.read_bytes()
            more.write_bytes(data.replace(b'"seq":', b'"seq":9') if path.suffix == ".message" else data)
        else:
            path.unlink()
            sums.write_text("".join(f"{x}\n" for x in sums.read_text().splitlines() if path.name not in x))
    with_new_sums(folder)
    assert said in run("python3 check.py", folder).stdout


def test_an_act_of_another_history_is_not_in_the_checkpoint(woven: Woven, tmp_path: Path) -> None:
    folder = unpacked(evidence.compose(woven.register, woven.shown.ref), tmp_path)
    proof = folder / "acts" / "000003.tlog-proof"
    proof.write_text(proof.read_text(encoding="utf-8").replace("index 2", "index 3"), encoding="utf-8")
    with_new_sums(folder)
    assert "act 3: it is not in the checkpoint" in run("python3 check.py", folder).stdout


def test_an_act_left_out_between_two_is_missed(woven: Woven, tmp_path: Path) -> None:
    for n in range(3):
        woven.register.change(woven.register.get(woven.shown.ref), outline=f"概要 {n}")
    folder = unpacked(evidence.compose(woven.register, woven.shown.ref), tmp_path)
    seq = woven.register.head[0] - 1
    sums = folder / "SHA256SUMS"
    for path in folder.glob(f"acts/{seq:06}.*"):
        path.unlink()
    sums.write_text("".join(f"{x}\n" for x in sums.read_text().splitlines() if f"{seq:06}" not in x))
    with_new_sums(folder)
    assert f"act {seq + 1}, change 0: an act between" in run("python3 check.py", folder).stdout


@pytest.mark.parametrize("acts_later", [0, 1, 5])
def test_an_earlier_checkpoint_is_proved_to_be_continued(
    woven: Woven, tmp_path: Path, acts_later: int
) -> None:
    before = woven.register.checkpoint()
    for n in range(acts_later):
        woven.register.change(woven.register.get(woven.shown.ref), outline=f"概要 {n}")
    package = evidence.compose(woven.register, woven.shown.ref, earlier=[before])
    folder = unpacked(package, tmp_path)
    done = run("python3 check.py", folder)
    assert done.stdout.endswith("OK\n"), done.stdout
    lines = (folder / "earlier/1.txt").read_text(encoding="utf-8").split("\n")
    lines[2] = "A" * 43 + "="
    (folder / "earlier/1.txt").write_text("\n".join(lines), encoding="utf-8")
    with_new_sums(folder)
    assert "does not begin with what it signed" in run("python3 check.py", folder).stdout
