"""Writes constraints.txt: every package we use, pinned, with the hashes of its wheels on every system.

    python tools/constraints.py            what pyproject.toml newly asks for; the other pins stay
    python tools/constraints.py --upgrade  the newest of everything
    python tools/constraints.py check      exit 1 unless all is pinned, hashed and covered (needs no network)
    python tools/constraints.py wheels     exit 1 unless each system has a wheel of everything (asks the net)

Writing and `wheels` need uv (`pip install uv`). Why it is so: docs/decisions/0003-pinned-dependencies.md.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")

# The newest wheels leave older systems behind. Both sides are written, so that the resolver pins both.
WHERE_WHEELS_ENDED = """
pikepdf<10.14 ; sys_platform == 'darwin'  # later ones ask for macOS 15 on Apple silicon
pikepdf>=10.14 ; sys_platform != 'darwin'
cryptography<49 ; sys_platform == 'darwin' and platform_machine == 'x86_64'  # the last for Intel
cryptography>=49 ; sys_platform != 'darwin' or platform_machine != 'x86_64'
"""

# uv's name of a system -> the oldest macOS we promise there ("" where it does not matter).
SYSTEMS = {
    "x86_64-unknown-linux-gnu": "",
    "aarch64-unknown-linux-gnu": "",
    "x86_64-pc-windows-msvc": "",
    "aarch64-apple-darwin": "14.0",
    "x86_64-apple-darwin": "15.0",
}


def project() -> dict[str, list[str]]:
    """Every list of requirements in pyproject.toml, by the name of its section."""
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    optional: dict[str, list[str]] = content["project"]["optional-dependencies"]
    return {
        "build-system": content["build-system"]["requires"],
        "dependencies": content["project"]["dependencies"],
        **optional,
    }


def package_name(requirement: str) -> str:
    """The normalised name (PEP 503) of the package a requirement asks for."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", requirement.strip())[0]).lower()


def uv(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "uv", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def write(*, upgrade: bool) -> int:
    with tempfile.TemporaryDirectory() as folder:
        extra = Path(folder) / "extra.in"
        extra.write_text("\n".join([*project()["build-system"], WHERE_WHEELS_ENDED]), encoding="utf-8")
        done = uv(
            *("pip", "compile", "pyproject.toml", str(extra), "--all-extras", "--universal"),
            *("--python-version", PYTHONS[0], "--generate-hashes", "--no-header", "--no-annotate"),
            *("--no-emit-index-url", "--no-emit-find-links", "--quiet", "--output-file", CONSTRAINTS.name),
            *(["--upgrade"] if upgrade else []),
        )
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return 1
    return check()


def faults(text: str, requirements: dict[str, list[str]]) -> Iterator[str]:
    """What is wrong with constraints of this text for these requirements."""
    lines = text.replace("\\\n", "").splitlines()
    pinned = set()
    for line in lines:
        pin = re.match(r"([a-z0-9-]+)==[\w.!+]+( ; [^#@/]+?)?( +--hash=sha256:[0-9a-f]{64})+$", line)
        if pin:
            pinned.add(pin[1])
        else:
            yield f"not a pinned version with hashes: {line[:80]!r}"
    if "http" in text:
        yield "an address is named: where packages come from is the reader's business"
    for section, asked in requirements.items():
        for requirement in asked:
            if (name := package_name(requirement)) not in {*pinned, "techguard"}:
                yield f"{section}: {name} is not pinned"


def check() -> int:
    found = list(faults(CONSTRAINTS.read_text(encoding="utf-8"), project()))
    for fault in found:
        print(fault)
    print(f"constraints: {len(found)} faults" if found else "constraints: all pinned, hashed and covered")
    return 1 if found else 0


def wheels() -> int:
    missing = 0
    for system, macos in SYSTEMS.items():
        for python in PYTHONS:
            done = uv(
                *("pip", "install", "--dry-run", "--no-deps", "--only-binary", ":all:", "--require-hashes"),
                *("--python-platform", system, "--python-version", python),
                *("--target", tempfile.gettempdir(), "--requirement", CONSTRAINTS.name),
                **({"MACOSX_DEPLOYMENT_TARGET": macos} if macos else {}),
            )
            missing += done.returncode != 0
            verdict = done.stderr.strip() if done.returncode else "all wheels"
            print(f"{system} {macos} Python {python}: {verdict}")
    return 1 if missing else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("command", nargs="?", choices=["write", "check", "wheels"], default="write")
    parser.add_argument("--upgrade", action="store_true")
    arguments = parser.parse_args()
    match arguments.command:
        case "check":
            return check()
        case "wheels":
            return wheels()
    return write(upgrade=arguments.upgrade)


if __name__ == "__main__":
    sys.exit(main())
