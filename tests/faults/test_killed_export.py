"""An export that is killed leaves a draft: the next takes it away, and never that of one still at work."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from techguard.domain.items import Technology
from techguard.vault import files
from tests.conftest import Place

from . import expected

_HELD_UP = """
import os
import sys

def fsync(fd, real=os.fsync):
    print("writing", flush=True)
    sys.stdin.readline()
    real(fd)

os.fsync = fsync
from techguard.cli.main import main
main()
"""
"""`techguard`, on a disk that takes its time: what it writes is there, and has no name yet."""

Export = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "書き出し先"
    made.mkdir()
    return made


@pytest.fixture
def export(place: Place, folder: Path, tmp_path: Path) -> Iterator[Export]:
    """Starts a real export that is held up while it writes."""
    with place.open() as register:
        register.add(Technology(code_name="焼結プロファイルK"))
    secret = tmp_path / "secret"
    secret.write_text(place.passphrase, encoding="utf-8")

    @contextmanager
    def started(name: str) -> Iterator[subprocess.Popen[str]]:
        words = ["export", place.path, "--output", folder / name, "--passphrase-file", secret]
        with subprocess.Popen(
            [sys.executable, "-X", "utf8", "-c", _HELD_UP, *map(str, words)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        ) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline() == "writing\n"
                yield process
            finally:
                process.kill()

    with ExitStack() as stack:
        yield lambda name: stack.enter_context(started(name))


def finished(process: subprocess.Popen[str]) -> int:
    """Let an export go on to its end."""
    process.communicate("\n\n\n\n", timeout=60)
    return process.returncode


def killed(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait(60)


def names(folder: Path) -> set[str]:
    return {path.name.partition(".tmp-")[0] for path in folder.iterdir()}


@pytest.mark.parametrize("then", ["台帳.json", "ほかの名前.csv"])
def test_what_a_killed_export_left_goes_with_the_next_one(
    export: Export, folder: Path, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(export("台帳.json"))
    (draft,) = folder.iterdir()
    assert "焼結プロファイルK" in draft.read_text(encoding="utf-8"), "it is plain text, so it must not stay"
    monkeypatch.setattr(files, "_A_MOMENT", -1)  # Windows: as if a minute had gone by
    if sys.platform == "win32":
        files.write_output(folder / then, b"")
    else:
        expected.of("killed while a file is written").ended(finished(export(then)))
    assert not draft.exists()
    assert then in names(folder)
    assert not [path for path in folder.iterdir() if ".tmp-" in path.name]


def test_the_draft_of_an_export_that_is_still_running_stays(export: Export, folder: Path) -> None:
    """Also under the same name: both end well, and the one that ended last has it."""
    slow, quick, same = export("台帳.json"), export("ほかの名前.json"), export("台帳.json")
    assert len(list(folder.iterdir())) == 3, "three drafts, each being written"
    assert finished(quick) == 0
    assert len(list(folder.iterdir())) == 3
    assert finished(same) == 0
    killed(export("途中.json"))
    assert finished(slow) == 0
    files.write_output(folder / "最後", b"")
    for name in ("台帳.json", "ほかの名前.json"):
        told = json.loads((folder / name).read_text(encoding="utf-8"))
        assert told["technologies"][0]["code_name"] == "焼結プロファイルK"
    if sys.platform != "win32":
        assert names(folder) == {"台帳.json", "ほかの名前.json", "最後"}


def test_nothing_that_is_not_ours_is_removed(folder: Path) -> None:
    ours = folder / "a.json.techguard.tmp-0123abcd"
    strange = [
        "a.json.tmp-0123abcd",
        "a.json.techguard.tmp-mine",
        "a.json.techguard.tmp-0123abcd.json",
        ".techguard.tmp-0123abcd",
        "a.json.bak",
    ]
    for name in (ours.name, *strange):
        (folder / name).write_bytes(b"x")
    (folder / "f.techguard.tmp-0123abcd").mkdir()
    if sys.platform != "win32":
        (folder / "s.techguard.tmp-0123abcd").symlink_to(folder / "a.json.bak")
    files.write_output(folder / "new", b"x")
    assert ours.exists() == (sys.platform == "win32")
    assert all((folder / name).exists() for name in strange)
    assert (folder / "f.techguard.tmp-0123abcd").is_dir()


@pytest.mark.skipif(sys.platform == "win32", reason="an open file is a held one there")
def test_a_draft_taken_in_the_moment_before_it_is_held_is_made_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two exports at once, in the worst order: the other one looks for drafts just when this one appears."""
    made: list[Path] = []
    real = files._made

    def seen(path: Path) -> int:
        fd = real(path)
        made.append(path)
        if len(made) == 1:
            files._remove_drafts(folder)
            assert not path.exists()
        return fd

    monkeypatch.setattr(files, "_made", seen)
    files.write_output(folder / "台帳.json", b"whole")
    assert len(made) == 2
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {"台帳.json": b"whole"}
