"""Keeps docs/reference/command-line.md in line with the commands.

    python tools/commands.py write    rewrite what stands between the marks
    python tools/commands.py check    exit 1 when it is not what the commands say

Everything between `<!-- commands: ja -->` and `<!-- /commands -->` (and the same for en) comes from the
commands themselves, in that language; what stands around it is written by hand.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from techguard.cli.command import Command, Context, Option
from techguard.cli.main import SECTIONS, root
from techguard.domain.gaps import GAPS
from techguard.i18n import LANGUAGES, Language, _, set_language, share_with_libraries

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "command-line.md"
PART = re.compile(r"(<!-- commands: (\w\w) -->\n).*?(<!-- /commands -->)", re.DOTALL)


def page(text: str) -> str:
    """The page with every part between marks written anew."""
    return PART.sub(lambda part: part[1] + part_in(language_of(part[2])) + part[3], text)


def language_of(word: str) -> Language:
    return next(language for language in LANGUAGES if language == word)


def part_in(language: Language) -> str:
    """All commands in one language."""
    set_language(language)
    share_with_libraries()
    return re.sub(r"\n{3,}", "\n\n", "\n".join([*_commands(), *_gaps()]) + "\n")


def _commands() -> Iterator[str]:
    top = Context(root, info_name="techguard", **root.context_settings)
    yield from _command(top, "##")
    for title, section in SECTIONS.items():
        yield f"\n## {_(title)}"
        for name in section:
            command = root.get_command(top, name)
            assert isinstance(command, Command)
            yield from _tree(Context(command, info_name=name, parent=top, **command.context_settings))


def _tree(context: click.Context) -> Iterator[str]:
    yield from _command(context, "###")
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            assert command is not None
            yield from _command(
                Context(command, info_name=name, parent=context, **command.context_settings), "####"
            )


def _command(context: click.Context, heading: str) -> Iterator[str]:
    command = context.command
    assert isinstance(command, Command)
    yield f"\n{heading} {context.command_path}\n"
    for usage in context.get_usage().splitlines():
        yield f"    {usage.partition(': ')[2].strip()}"
    yield f"\n{_(command.help or '')}\n"
    common = []
    for param in _in_order(command.get_params(context)):
        record = param.get_help_record(context)
        if record is None:
            continue
        if (
            context.parent is not None
            and (not isinstance(param, Option) or param.common)
            and param.opts[0][0] == "-"
        ):
            common.append(f"`{record[0]}`")
        else:
            yield f"- `{record[0]}`: {record[1]}"
    if common:
        yield f"- {_('Every command')}: {', '.join(common)}"
    yield ""
    for line, what in command.examples:
        yield f"{_(what)}\n\n```\n{line}\n```\n"


def _in_order(params: Iterable[click.Parameter]) -> list[click.Parameter]:
    """Arguments, then a command's own options, then those of every command: as its help shows them."""
    return sorted(params, key=lambda p: isinstance(p, click.Option) + getattr(p, "common", False))


def _gaps() -> Iterator[str]:
    yield f"\n## {_('Gaps')}\n"
    yield "| `--gap` | | |\n|---|---|---|"
    for gap in GAPS:
        yield f"| `{gap.code}` | {_(gap.label)} | {_(gap.remedy)} |"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["write", "check"])
    wanted = parser.parse_args().what
    before = PAGE.read_text(encoding="utf-8")
    after = page(before)
    if wanted == "write":
        PAGE.write_text(after, encoding="utf-8", newline="\n")
        return 0
    if before != after:
        print(
            f"{PAGE.name} is not what the commands say: run python tools/commands.py write", file=sys.stderr
        )
        return 1
    print(f"{PAGE.name} is what the commands say")
    return 0


if __name__ == "__main__":
    sys.exit(main())
