"""Coverage-guided fuzzing of one target, or of all, one after the other.

    python -m tests.fuzz                          # every target, a minute each
    python -m tests.fuzz slot --seconds 3600

Needs atheris (`pip install atheris`; Linux and macOS). What goes wrong is written to tests/fuzz/kept/TARGET
and named; the run then goes on with the next target and ends with 1.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

KEPT = Path(__file__).parent / "kept"


def fuzz(name: str, seconds: int) -> None:
    """Never returns: the fuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=["techguard"]):
        from .targets import TARGETS, run
    with tempfile.TemporaryDirectory() as corpus:
        for n, data in enumerate(TARGETS[name].begin()):
            (Path(corpus) / str(n)).write_bytes(data)
        (KEPT / name).mkdir(parents=True, exist_ok=True)
        options = [f"-max_total_time={seconds}", f"-artifact_prefix={KEPT / name}/", "-max_len=65536"]
        options += ["-rss_limit_mb=2048", "-timeout=20", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *options, corpus], lambda data: run(name, data))
        atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("target", nargs="?")
    parser.add_argument("--seconds", type=int, default=60)
    asked = parser.parse_args()
    if asked.target:
        fuzz(asked.target, asked.seconds)
        return 0
    from .targets import TARGETS

    wrong = [name for name in TARGETS if not _passes(name, asked.seconds)]
    print("wrong:", ", ".join(wrong) if wrong else "nothing")
    return 1 if wrong else 0


def _passes(name: str, seconds: int) -> bool:
    command = [sys.executable, "-m", "tests.fuzz", name, "--seconds", str(seconds)]
    ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    told = [line for line in ended.stderr.splitlines() if "DONE" in line or "cov:" in line][-1:]
    print(f"{name:16}", "ok" if ended.returncode == 0 else "WRONG", *told, flush=True)
    if ended.returncode:
        print(ended.stderr[-3000:])
    return ended.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
