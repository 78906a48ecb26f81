"""What is shipped and committed: versions agree, pins hold, reasons are given, no machine is named."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import techguard
from tools import constraints, readme, schema, supply

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def committed_files() -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        pytest.skip("not a git checkout")
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def hosts_of_this_machine() -> set[str]:
    """The machine's name, unless it is a common word, and the hosts its pip is told to ask."""
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    urls = re.findall(r"https?://[^\s'\"\\]+", asked.stdout)
    names = {socket.gethostname(), *(urlsplit(url).hostname or "" for url in urls)}
    return {name for name in names if len(name) > 6 and name != "localhost"}


def test_the_version_is_written_once_and_installed() -> None:
    assert tomllib.loads(PYPROJECT)["project"]["dynamic"] == ["version"]
    assert version("techguard") == techguard.__version__
    assert re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc|\.dev)\d+)?", techguard.__version__)


def test_the_changelog_speaks_of_this_version_or_the_next() -> None:
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert headings[0] == "Unreleased"
    assert headings[1:] == sorted(set(headings[1:]), reverse=True)


def test_every_dependency_carries_its_reason() -> None:
    start = PYPROJECT.index("dependencies = [")
    lines = PYPROJECT[start : PYPROJECT.index("]\n", start)].splitlines()[1:]
    assert [line for line in lines if not re.search(r'",\s+# \S+ \S+', line)] == []


def test_every_package_is_pinned_with_hashes_and_no_address() -> None:
    text = constraints.CONSTRAINTS.read_text(encoding="utf-8")
    assert list(constraints.faults(text, constraints.project())) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("click==8.5.1\n", "not a pinned version with hashes"),
        ("click>=8 \\\n    --hash=sha256:" + "0" * 64, "not a pinned version with hashes"),
        ("--index-url https://packages.example/simple\n", "an address is named"),
        ("rich==15.0.0 \\\n    --hash=sha256:" + "0" * 64, "dependencies: click is not pinned"),
    ],
)
def test_a_bad_pin_is_found(text: str, fault: str) -> None:
    assert any(
        found.startswith(fault) for found in constraints.faults(text, {"dependencies": ["click>=8.3"]})
    )


def test_the_schemas_are_what_the_models_say() -> None:
    assert schema.faults() == []


def test_no_committed_file_names_a_machine_or_its_package_index() -> None:
    """Addresses of package indexes, hosts and folders of a machine are nobody else's business."""
    indexes = ["pypi." + "org", "files.python" + "hosted", "registry.npm" + "js"]
    folders = ["/wo" + "rk/", "/ro" + "ot/", "/tmp/" + "v/"]
    named = map(re.escape, [*indexes, *folders, *hosts_of_this_machine()])
    someones = "/ho" + "me/(?!user)"  # "user" is nobody: tests and examples may live there
    pattern = re.compile("|".join([*named, someones]).encode())
    found = {
        f"{path.relative_to(ROOT)}: {match[0].decode()}"
        for path in committed_files()
        if b"\0" not in (content := path.read_bytes()) and (match := pattern.search(content))
    }
    assert found == set()


def test_the_commands_of_a_readme_are_found() -> None:
    text = (
        "<!-- ci:run -->\n```sh\n$ one\ntwo --flag\n```\n\nNot marked:\n```sh\nthree\n```\n"
        "<!-- ci:run -->\n\n````\nfour\n````\n"
    )
    assert readme.commands(text) == ["one\ntwo --flag\n", "four\n"]


@pytest.mark.parametrize("path", sorted(ROOT.glob("README*.md")), ids=lambda path: path.name)
def test_every_readme_promises_the_same_commands(path: Path) -> None:
    promised = readme.commands((ROOT / "README.md").read_text(encoding="utf-8"))
    assert promised
    assert readme.commands(path.read_text(encoding="utf-8")) == promised


def test_the_bill_of_materials_tells_of_exactly_what_is_shipped() -> None:
    assert list(supply.faults()) == []


def test_a_bill_that_is_behind_the_pins_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    pins = supply.pins()
    pins["click"] = [line.replace("click==", "click==99.") for line in pins["click"]]
    del pins["tomlkit"]
    monkeypatch.setattr(supply, "pins", lambda: pins)
    monkeypatch.setattr(supply, "MAY_BE_SHIPPED", supply.MAY_BE_SHIPPED - {"MPL-2.0"})
    found = "\n".join(supply.faults())
    assert "click: the bill has" in found
    assert "tomlkit: in the bill, not shipped" in found
    assert "pikepdf: nobody has said" in found


def test_who_finds_a_weakness_reads_how_to_tell_it_in_both_languages() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    for promised in ("Report a vulnerability", "threat-model.md", "sbom.cdx.json", "licences.md"):
        assert text.count(promised) >= 2
    for path in re.findall(r"`((?:docs|tests)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path
