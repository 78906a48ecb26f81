"""The table of faults and outcomes in docs/reference/measurements.md: each line is produced by the tests that
it names, and they take from the line what they expect (`expected.of`).
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from . import expected

ROOT = expected.ROOT


@cache
def asked(path: Path) -> dict[str, set[str]]:
    """Of each function of a file of tests: the lines of the table that it asks for."""
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found[node.name] = {
                call.args[0].value
                for call in ast.walk(node)
                if isinstance(call, ast.Call)
                and ast.unparse(call.func) == "expected.of"
                and isinstance(call.args[0], ast.Constant)
            }
    return found


def test_both_languages_tell_the_same() -> None:
    told = [[(o.code, o.kind, o.tests) for o in table] for table in (expected.japanese(), expected.english())]
    assert told[0] == told[1]
    assert len(told[0]) >= 31
    assert len({o.fault for o in expected.english()}) == len(told[0])


@pytest.mark.parametrize("outcome", expected.english(), ids=lambda outcome: outcome.fault)
def test_every_fault_is_produced_by_the_tests_that_are_named(outcome: expected.Outcome) -> None:
    assert outcome.tests
    for test in outcome.tests:
        path, _, function = test.partition("::")
        assert outcome.fault in asked(ROOT / path)[function]


def test_no_test_expects_what_the_table_does_not_name() -> None:
    named = {(test, outcome.fault) for outcome in expected.english() for test in outcome.tests}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for function, faults in asked(path).items():
            for fault in faults:
                assert (f"{path.relative_to(ROOT).as_posix()}::{function}", fault) in named
