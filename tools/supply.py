"""Writes what is in what we ship: the software bill of materials and the list of licences.

    python -m tools.supply          docs/reference/sbom.cdx.json and docs/reference/licences.md (asks the net)
    python -m tools.supply check    exit 1 unless both tell of exactly what is pinned (needs no network)

Writing needs cyclonedx-py, the OWASP CycloneDX project's own tool, beside the tools of development
(`pip install cyclonedx-bom`). It looks into a fresh environment that holds what a user gets and nothing else:
the packages of `dependencies` in pyproject.toml and what those need, as constraints.txt pins them, by hash.
Licences are as the publishers declare them, or as somebody read them in the package (`READ`).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from tools.constraints import CONSTRAINTS, ROOT, package_name, project

SBOM = ROOT / "docs" / "reference" / "sbom.cdx.json"
LICENCES = ROOT / "docs" / "reference" / "licences.md"

FONT = {
    "type": "data",
    "bom-ref": "noto-sans-jp",
    "name": "Noto Sans JP",
    "description": "The font of the board summary, as package data with its licence beside it.",
    "licenses": [{"license": {"id": "OFL-1.1", "acknowledgement": "declared"}}],
    "copyright": "Copyright 2014-2021 Adobe (http://www.adobe.com/), with Reserved Font Name 'Source'",
}
"""What is ours to ship and not a package."""

SYSTEMS = (
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
)

READ = {
    "olefile": "BSD-2-Clause",
    "pyrage": "MIT",
    "scipy": "BSD-3-Clause",
    "sqlcipher3": "Zlib AND BSD-3-Clause AND Apache-2.0",  # the driver; SQLCipher and OpenSSL inside it
}
"""What the licence file of a package says whose metadata does not."""

MAY_BE_SHIPPED = {
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",
    "OFL-1.1",
    "PSF-2.0",
    "Zlib",
    "0BSD",
    "CC0-1.0",
}
"""Licences under which a part may be in what we ship. MPL-2.0 asks for the source of changed files: we change
none. A package with another licence makes `check` fail until somebody has read it.
"""

PAGE = """# ライセンス一覧 / Licences

techguard は Apache License 2.0 です（`LICENSE`）。一緒に入る部品と、そのライセンスは次のとおりです。
この頁と `sbom.cdx.json`（CycloneDX 形式の部品表）は `python -m tools.supply` が作り、
`python -m tools.supply check` が `constraints.txt` と照合します。同梱のフォント Noto Sans JP は
SIL Open Font License 1.1 です。その全文は `src/techguard/board/fonts/OFL.txt` にあり、一緒に配布されます。
numpy や scipy などの wheel には、コンパイル済みの部品（OpenBLAS、GCC の実行時ライブラリなど）も入っています。
そのライセンスは各 wheel の `*.dist-info` にあります。
試験だけに使う公開の検査値（Apache License 2.0 の Wycheproof ほか）は配布物に入りません。出所は
`tests/vault/vectors/README.md` にあります。

techguard is under the Apache License 2.0 (`LICENSE`). These parts come with it. This page and
`sbom.cdx.json` (a bill of materials in CycloneDX) are written by `python -m tools.supply` and held against
`constraints.txt` by `python -m tools.supply check`. The font that is shipped, Noto Sans JP, is under the SIL
Open Font License 1.1, whose text is in `src/techguard/board/fonts/OFL.txt` and is shipped beside it. Wheels
such as those of numpy and scipy hold compiled libraries too (OpenBLAS, the runtime of GCC …); their licences
are in the wheel's `*.dist-info`. Published test vectors (of Wycheproof, under the Apache License 2.0, and
others) are for the tests alone and not shipped; `tests/vault/vectors/README.md` says where they come from.

| Package | Version | Licence |
|---|---|---|
"""


def shipped() -> set[str]:
    """The names of what a user gets: the dependencies and what those need, here or on another system."""
    found: set[str] = set()
    left = [Requirement(r) for r in project()["dependencies"]]
    while left:
        one = left.pop()
        name = package_name(one.name)
        if name in found:
            continue
        found.add(name)
        try:
            needs = metadata.requires(name) or []
        except metadata.PackageNotFoundError:  # of another system
            continue
        left += [need for need in map(Requirement, needs) if _asked_for(need, one.extras)]
    return found


def _asked_for(need: Requirement, extras: set[str]) -> bool:
    """Whether a package needs another on one of the systems, with the extras that were asked for."""
    return need.marker is None or any(
        need.marker.evaluate({"extra": extra, **system}) for extra in extras or {""} for system in SYSTEMS
    )


def pins() -> dict[str, list[str]]:
    """Every line of constraints.txt by package, with its continuation."""
    found: dict[str, list[str]] = {}
    for line in CONSTRAINTS.read_text(encoding="utf-8").replace("\\\n", "").splitlines():
        found.setdefault(line.partition("==")[0], []).append(line)
    return found


def write() -> int:
    known, wanted = pins(), sorted(shipped())
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "environment"
        venv.create(place, with_pip=False)
        python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        listed = Path(folder) / "shipped.txt"
        listed.write_text("\n".join(line for name in wanted for line in known[name]), encoding="utf-8")
        pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps"]
        subprocess.run([*pip, "--require-hashes", "-r", str(listed)], check=True)
        made = subprocess.run(
            [
                *(*cyclonedx(), "environment", "--output-reproducible", "--short-PURLs"),
                *("--spec-version", "1.6", "--pyproject", str(ROOT / "pyproject.toml"), str(python)),
            ],
            check=True,
            capture_output=True,
            env={k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"},
        )
    bill = tidied(json.loads(made.stdout))
    SBOM.write_text(json.dumps(bill, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    LICENCES.write_text(page(bill), encoding="utf-8")
    return check()


def cyclonedx() -> list[str]:
    beside = Path(sys.executable).with_name("cyclonedx-py")
    return [str(beside)] if beside.exists() else ["cyclonedx-py"]


def tidied(bill: dict[str, Any]) -> dict[str, Any]:
    """Without addresses, which are the publishers' business; with what is no package."""
    bill.pop("serialNumber", None)
    for component in [*bill["components"], bill["metadata"]["component"]]:
        for name in ("externalReferences", "description", "properties"):
            component.pop(name, None)
        if component["name"] in READ:
            told = {"expression": READ[component["name"]], "acknowledgement": "concluded"}
            component["licenses"] = [told]
    for tool in bill["metadata"].get("tools", {}).get("components", []):
        tool.pop("externalReferences", None)
    bill["metadata"].pop("properties", None)
    bill["components"] = [*sorted(bill["components"], key=lambda c: c["name"].lower()), FONT]
    return bill


def licences_of(component: dict[str, Any]) -> str:
    """The licences of a component as an SPDX expression, where its publisher says so."""
    said = []
    for one in component.get("licenses", []):
        if "expression" in one:
            return str(one["expression"])
        said.append(one["license"].get("id") or one["license"].get("name", ""))
    known = [s for s in said if s in MAY_BE_SHIPPED]
    return " OR ".join(dict.fromkeys(known or said))


def page(bill: dict[str, Any]) -> str:
    rows = (f"| {c['name']} | {c.get('version', '')} | {licences_of(c)} |\n" for c in bill["components"])
    return PAGE + "".join(rows)


def faults() -> Iterator[str]:
    """What the bill and the page do not tell rightly."""
    bill = json.loads(SBOM.read_text(encoding="utf-8"))
    told = {package_name(c["name"]): c for c in bill["components"] if c["type"] == "library"}
    known = pins()
    here = {name for name in shipped() if name in known}
    for name in sorted(here ^ told.keys()):
        yield f"{name}: {'not in the bill' if name in here else 'in the bill, not shipped'}"
    for name in sorted(here & told.keys()):
        versions = {line.partition("==")[2].split()[0] for line in known[name]}
        if told[name]["version"] not in versions:
            yield f"{name}: the bill has {told[name]['version']}, pinned is {', '.join(sorted(versions))}"
    for component in bill["components"]:
        terms = set(re.split(r" OR | AND |[() ]+", licences_of(component))) - {""}
        if not terms or not terms <= MAY_BE_SHIPPED:
            yield f"{component['name']}: nobody has said that {licences_of(component)!r} may be shipped"
    if LICENCES.read_text(encoding="utf-8") != page(bill):
        yield f"{LICENCES.name} is not what the bill says"


def check() -> int:
    found = list(faults())
    for fault in found:
        print(fault)
    print(f"supply: {len(found)} faults, run python -m tools.supply" if found else "supply: all told")
    return 1 if found else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("command", nargs="?", choices=["write", "check"], default="write")
    return check() if parser.parse_args().command == "check" else write()


if __name__ == "__main__":
    sys.exit(main())
