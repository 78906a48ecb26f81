"""What a person typed never meets a parser of markup: widgets that take `str` are given `Content` only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import techguard.tui

SOURCE = Path(techguard.tui.__file__).parent
TAKES_MARKUP = {"Static", "Label", "Button", "Digits", "Checkbox", "RadioButton", "Collapsible"}
METHODS = {"update"}
LITERAL = {"literal", "join"}


def is_safe(node: ast.expr) -> bool:
    """A Content by construction, or a constant without markup."""
    match node:
        case ast.Constant(value=str(text)):
            return "[" not in text
        case ast.Call(func=ast.Name(id=name)):
            return name in LITERAL or name.startswith("_")
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="Content")), attr="join")):
            return True
        case ast.IfExp(body=body, orelse=orelse):
            return is_safe(body) and is_safe(orelse)
    return False


def offences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in TAKES_MARKUP and node.args and not is_safe(node.args[0]):
            yield node.lineno, name
        if isinstance(node.func, ast.Attribute):
            # dict.update and set.update take what is not text; a widget's takes what is drawn.
            on_widget = "query_one" in ast.unparse(node.func.value) or ast.unparse(node.func.value) in {
                "chart",
                "line",
            }
            if node.func.attr in METHODS and on_widget and node.args and not is_safe(node.args[0]):
                yield node.lineno, "update"
            if node.func.attr == "notify":
                plain = any(k.arg == "markup" and ast.unparse(k.value) == "False" for k in node.keywords)
                if not plain:
                    yield node.lineno, "notify"


def test_no_text_reaches_a_widget_as_markup() -> None:
    found = []
    for file in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        found += [f"{file.name}:{line} {what}" for line, what in offences(tree)]
    assert found == []


def test_the_lint_sees_what_it_should() -> None:
    bad = 'Static(f"{x}")\nStatic(title)\nself.notify(t)\nself.query_one("#a").update(t)\nLabel("[b]" + x)'
    assert [line for line, _what in offences(ast.parse(bad))] == [1, 2, 3, 4, 5]
    good = 'Static(literal(x))\nself.notify(x, markup=False)\nself.query_one("#a").update(join(a))\nStatic()'
    assert list(offences(ast.parse(good))) == []
