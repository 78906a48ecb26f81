"""Every command, as a reader and as a reviewer: what writes is refused beyond their access."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from techguard import people, vault
from techguard.cli.main import root
from techguard.domain import words as w
from techguard.domain.items import Engagement, Exposure, Technology
from techguard.domain.words import Access
from techguard.register import Register
from techguard.review import preparation, session

from .conftest import PASSPHRASE, House

LIST = "Technology,Title,Likelihood,Impact\nNew one,A leak,3,3\n"

SECRETS = {Access.REVIEWER: "the reviewer's passphrase", Access.READER: "the reader's passphrase"}

READER, REVIEWER, EDITOR = "from a reader on", "from a reviewer on", "an editor"

WRITING = {
    "import VAULT LIST": EDITOR,
    "scale VAULT --file SCALE --apply": EDITOR,
    "merge VAULT OTHER": EDITOR,
    "prune VAULT --before 2099-01-01 --confirm 1 --reason x": EDITOR,
    "people VAULT add x --access reader --new-passphrase-file NEW": EDITOR,
    "people VAULT invite x --access reader --output OUT": EDITOR,
    "people VAULT access 招待中 reviewer": EDITOR,
    "people VAULT remove 招待中": EDITOR,
    "people VAULT withdraw 招待中": EDITOR,
    "people VAULT rekey": EDITOR,
    "people VAULT recovery --revoke 法務部長": EDITOR,
    "people VAULT passphrase --new-passphrase-file NEW": READER,
    "people VAULT recovery": READER,
    "review VAULT plan Q4": REVIEWER,
    "review VAULT prepare": REVIEWER,
    "review VAULT settle --rest --as confirmed": REVIEWER,
    "review VAULT close": REVIEWER,  # after the line above
    "undo VAULT": REVIEWER,
    "board VAULT --output OUT --generate-password": EDITOR,
    "notice VAULT ENG-0001 --output OUT --generate-password": EDITOR,
    "statistics VAULT --output OUT --generate-password": EDITOR,
}
"""Commands that write, and whose access covers it; what leaves the register is recorded by an editor."""

READING = {
    "list", "show", "search", "leakmap", "money", "plan", "history", "candidates", "whatif", "review agenda",
    "review compare", "review minutes", "review show", "checklist export", "checklist list", "export",
    "evidence", "verify", "checkpoint", "backup", "people list", "scale",
}  # fmt: skip
ADDING = {"checklist import"}
"""Commands that write by adding entries of a kind; whose a kind is: tests/register/test_rights.py."""
ELSEWHERE = {
    "demo", "init", "shortcut", "terminal", "completion", "restore",
    "people join", "people remember", "people forget",
}  # fmt: skip
"""Commands of no register, of another one, or of this machine alone."""


def leaves(command: click.Command, ctx: click.Context, path: tuple[str, ...] = ()) -> Iterator[str]:
    if not isinstance(command, click.Group):
        yield " ".join(path)
        return
    for name in command.list_commands(ctx):
        found = command.get_command(ctx, name)
        assert found is not None
        yield from leaves(found, ctx, (*path, name))


def named(line: str) -> str:
    words = line.replace("VAULT ", "").replace(" VAULT", "").split()
    return " ".join(words[:2]) if words[0] in {"people", "review", "checklist"} else words[0]


def test_every_command_is_in_a_table() -> None:
    writing = {named(line) for line in WRITING}
    assert set(leaves(root, click.Context(root))) == writing | READING | ADDING | ELSEWHERE


@pytest.fixture(scope="module")
def peopled(master: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The vault of the others, with a reviewer, a reader, an invitation and a session that is prepared."""
    folder = tmp_path_factory.mktemp("rights")
    path = folder / "acme.techguard"
    shutil.copytree(master.vault, path)
    with Register.open(path, PASSPHRASE) as register:
        register.remove(register.add(Technology(code_name="消したもの")))
        joint = w.EngagementKind.JOINT_RESEARCH
        technology = register.find(Technology)[0]
        register.add(Engagement(title="共同研究", kind=joint, technologies=(technology.id,)))
        for access, secret in SECRETS.items():
            people.let_in(register, access.value, access, secret, kdf=vault.KDF_FLOOR)
        people.invite(register, "招待中", Access.READER)
        preparation.prepare(register, session.plan(register, title="Q3", chair=register.me.id))
        register.rate(register.find(Exposure)[0], likelihood=2, impact=2, rationale="見直し")
    other = folder / "other.techguard"
    shutil.copytree(path, other)
    with Register.open(other, PASSPHRASE) as register:
        register.add(Technology(code_name="向こうで"))
    return path


@pytest.mark.parametrize("access", [Access.REVIEWER, Access.READER])
@pytest.mark.parametrize("line", WRITING)
def test_a_command_that_writes_is_done_by_those_it_is_for(
    peopled: Path, tmp_path: Path, line: str, access: Access
) -> None:
    path = tmp_path / "acme.techguard"
    shutil.copytree(peopled, path)
    secret = tmp_path / "secret"
    secret.write_text(SECRETS[access], encoding="utf-8")
    house = House(path, secret, "")
    places = {"OTHER": peopled.parent / "other.techguard", "OUT": tmp_path / "out.pdf"}
    for name, text in {"LIST": LIST, "NEW": "a passphrase quite new", "SCALE": ""}.items():
        places[name] = tmp_path / f"{name.lower()}.{'csv' if name == 'LIST' else 'toml'}"
        places[name].write_text(text, encoding="utf-8")
    scale = house.run("scale", "VAULT", "--toml").stdout
    for name in ("title", "reason"):
        scale = re.sub(rf"(?m)^{name} = .*$", f'{name} = "ours"', scale)
    places["SCALE"].write_text(scale, encoding="utf-8")
    if line == "review VAULT close" and access is Access.REVIEWER:
        assert house.run("review", "VAULT", "settle", "--rest", "--as", "confirmed").exit_code == 0
    before = head(path)
    done = house.run(*[places.get(word, word) for word in line.split()])
    allowed = WRITING[line] == READER or (WRITING[line] == REVIEWER and access is Access.REVIEWER)
    if allowed:
        assert done.exit_code == 0, done.stderr
        assert line.startswith("people VAULT passphrase") or head(path) != before
    else:
        assert done.exit_code in ({5, 6} if access is Access.READER else {5}), done.output
        assert f"“{access.value.capitalize()}”" in done.stderr
        assert head(path) == before


def head(path: Path) -> object:
    with Register.open(path, PASSPHRASE, read_only=True) as register:
        assert register.verify().findings == ()
        return register.head
