"""A process that writes into a register without rest and says on a pipe what it is about to do and what is
done. Whoever reads the pipe may kill it at any moment.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from techguard import backups, board, catalog, copies, evidence, exchange, people, pruning, vault
from techguard.board import notice, statistics
from techguard.domain import words as w
from techguard.domain.errors import CannotUndo, NothingToUndo, Pruned, ReferredTo, UntestedControl
from techguard.domain.items import Countermeasure, Engagement, Estimate, Exposure, Item, Person, Technology
from techguard.exchange import checklist
from techguard.register import Register
from techguard.review import session
from techguard.vault.files import write_output
from tests.bench.synthetic import Synthetic
from tests.exchange.making import xlsx
from tests.made_up import own_scale

FIRST_PASSPHRASE = "はじめの合い言葉 カナリア零"
BOARD_PASSWORD = "board-password-1"
_NEXT = "次の合い言葉"

Said = dict[str, Any]

NEEDS = {
    "merge": "part",
    "remove_person": "let_in",
    "grade": "let_in",
    "revoke_code": "issue_code",
    "board": "estimate",
    "join": "invite",
    "withdraw": "invite",
    "restore": "back_up",
}
"""What has to be done before an act, unless it was done already."""

AIMS = (
    *("add", "change", "change_all", "rate", "accept", "cover", "estimate", "rescale", "hold", "keep"),
    *("import_", "load", "answer", "undo", "remove", "bring_back", "prune"),
    *("board", "notice", "statistics", "export", "evidence"),
    *("change_passphrase", "issue_code", "revoke_code", "let_in", "grade", "remove_person", "rekey"),
    *("invite", "invite_by_file", "join", "withdraw"),
    *("back_up", "restore", "merge"),
)
"""Every act that a kill is aimed at. Making and migrating a vault are rounds of their own."""

OF_SEVERAL = {
    **dict.fromkeys(("add", "merge", "issue_code", "join", "bring_back", "prune", "notice", "accept"), 2),
    "hold": 3,
}
"""What is written as several acts of the register, and as how many: any of them may be the last."""


@dataclass
class State:
    """What a writer must know of the ones before it. `open`: who has a passphrase, by name. `invited`: name,
    file and code of invitations that nobody used. `parted`: another copy that went its own way. `code`: the
    recovery code that holds, if any. `kept`: what the first person keeps for themselves.
    """

    passphrase: str
    open: dict[str, str] = field(default_factory=dict)
    invited: list[tuple[str, str, str]] = field(default_factory=list)
    parted: str = ""
    code: str = ""
    kept: str = ""


class Writer:
    """Acts on one register, each said before and after."""

    def __init__(self, register: Register, state: State, seed: int, out: int, folder: Path) -> None:
        self.register = register
        self.state = state
        self.chance = random.Random(seed)
        self.texts = Synthetic(1, seed=seed)
        self.out = out
        self.folder = folder
        self.seed = seed
        self.done = 0

    def say(self, **what: Any) -> None:
        """One line on the pipe, in one write."""
        say(self.out, **what)

    def forever(self, aim: str) -> None:
        """Do what is aimed at, then anything, until killed."""
        while True:
            if not (self.register.count("exposures") and self.register.count("technologies")):
                self.do("load")
            need = NEEDS.get(aim)
            if need and not self._ready(need):
                self.do(need)
            self.do(aim, aimed=True)
            aim = self.chance.choice(AIMS)

    def _ready(self, need: str) -> bool:
        ready: Mapping[str, object] = {
            "part": self.state.parted,
            "issue_code": self.state.code,
            "estimate": self.register.count("estimates"),
            "let_in": self.state.open,
            "invite": self.state.invited,
            "back_up": self.register.vault.copies(),
        }
        return bool(ready[need])

    def do(self, name: str, *, aimed: bool = False) -> None:
        """One act: acknowledged only after it has returned."""
        if name == "grade" and self._first_let_in().access is None:
            name = "remove_person"  # a removal was cut off between the history and the keys: it is completed
        self.done += 1
        self.say(about=name, aimed=aimed, next=self._next_passphrase())
        act: Callable[[], Said] = getattr(self, name)
        found = act()
        seq, digest = self.register.head
        self.say(done=name, seq=seq, digest=digest, state=self.state.__dict__, **found)

    def _next_passphrase(self) -> str:
        return f"{_NEXT} {self.seed} の {self.done} 番"

    def _output(self, ending: str) -> Path:
        return self.folder / f"{self.seed}-{self.done}.{ending}"

    # --- the acts: each gives the fields that must be found afterwards ---

    def _some(self, model: type[Any], kind: str) -> Any:
        count = self.register.count(kind)
        row = self.register.rows(kind, offset=self.chance.randrange(count), limit=1)[0]
        assert isinstance(row.item, model)
        return row.item

    def add(self) -> Said:
        technology = self.register.add(Technology(code_name=self.texts.name()))
        exposure = self.register.add(
            Exposure(technology=technology.id, title=f"持ち出し {self.done}", route="R01")
        )
        return _holds(exposure, "title") | {"acts": 2}

    def change(self) -> Said:
        technology = self._some(Technology, "technologies")
        changed = self.register.change(technology, outline=f"{self.texts.name()} 改 {self.seed}.{self.done}")
        return _holds(changed, "outline")

    def rate(self) -> Said:
        exposure = self._some(Exposure, "exposures")
        try:
            rating = self.register.rate(
                exposure,
                likelihood=self.chance.randint(1, 5),
                impact=self.chance.randint(1, 5),
                rationale=f"見直した結果である {self.done}",
            )
        except UntestedControl:
            return {}
        return _holds(rating, "rationale")

    def cover(self) -> Said:
        exposure = self._some(Exposure, "exposures")
        due = date(2027, 3, 31) + timedelta(days=self.done % 300)
        made = Countermeasure(title=f"対策 {self.seed}.{self.done}", exposures=(exposure.id,), due=due)
        return _holds(self.register.add(made), "title")

    def change_all(self) -> Said:
        """Several entries in one act."""
        rows = self.register.rows("technologies", limit=5)
        text = f"まとめて {self.seed}.{self.done}"
        self.register.change_all([row.item for row in rows], outline=text)
        return _holds(self.register.get(rows[-1].item.id, Technology), "outline")

    def accept(self) -> Said:
        """Of an exposure that is rated for it."""
        exposure = self.register.add(
            Exposure(technology=self._some(Technology, "technologies").id, title="持ち出し", route="R01")
        )
        with self.register.act():
            self.register.rate(exposure, likelihood=2, impact=2, rationale="見直した結果である")
            accepted = self.register.accept(
                exposure.id,
                by=self.register.me.id,
                role=w.AcceptanceRole.BOARD,
                reason=f"見直した結果である {self.seed}.{self.done}",
                until=self.register.today + timedelta(days=90),
            )
        return _holds(accepted, "reason")

    def estimate(self) -> Said:
        """What an exposure could cost: a board summary then has amounts."""
        made = Estimate(
            exposure=self._some(Exposure, "exposures").id,
            basis=f"見直した結果である {self.seed}.{self.done}",
            frequency="0.02 / 0.05 / 0.2",
            loss_response="10000000 ~ 500000000",
        )
        return _holds(self.register.add(made), "basis")

    def rescale(self) -> Said:
        """An own scale: every level is stated anew in the same act."""
        scale = own_scale(reason=f"見直した結果である {self.seed}.{self.done}")
        with self.register.act(scale.reason):
            made = self.register.add(scale)
        return _holds(made, "reason")

    def hold(self) -> Said:
        """A session, from its plan to its closing."""
        planned = session.plan(
            self.register, title=f"レビュー会 {self.seed}.{self.done}", chair=self.register.me.id
        )
        session.begin(self.register, planned)
        return _holds(session.close(self.register, planned, lang="ja"), "closed_at")

    def keep(self) -> Said:
        """Of one's own: no act of the register."""
        self.register.keep(*KEPT, self._next_passphrase())
        self.state.kept = self._next_passphrase()
        return {}

    def import_(self) -> Said:
        """A list as people send it."""
        heads = ["番号", "コア技術", "リスク", "発生可能性", "影響度", "対策", "期限"]
        mark = f"{self.seed}.{self.done}"
        rows = [
            [str(n), f"技術 {mark}.{n % 5}", f"持ち出し {mark}.{n}", 1 + n % 5, 4, f"施錠 {n}", "2027/12/31"]
            for n in range(20)
        ]
        source = exchange.read(xlsx({"一覧": [heads, *rows]}), f"一覧 {mark}.xlsx")
        plan = exchange.plan(source, exchange.propose(source, "ja"), self.register)
        exchange.apply(plan, self.register)
        return _holds(next(i for i in reversed(plan.items) if isinstance(i, Countermeasure)), "title")

    def load(self) -> Said:
        """Many entries of every kind."""
        parts = [i for part in Synthetic(2, seed=self.seed * 1000 + self.done).chunks() for i in part]
        with self.register.act(f"一覧 {self.done}.xlsx", action="import"):
            self.register.bulk(parts)
        return _holds(next(i for i in reversed(parts) if isinstance(i, Countermeasure)), "title")

    def answer(self) -> Said:
        """A filled copy of a checklist, as somebody sends it back."""
        mark = f"{self.seed}.{self.done}"
        heads = ["番号", "チェック項目", "チェック (Y/N)", "根拠"]
        items = catalog.checklists()["ESMG1-A"].items
        rows = [[n, item.ja, self.chance.choice("YN"), f"規程 {mark}.{n}"] for n, item in enumerate(items, 1)]
        source = exchange.read(xlsx({"チェックリスト": [heads, *rows]}), f"回答 {mark}.xlsx")
        plan = checklist.plan_answers(source, self.register)
        checklist.apply_answers(plan, self.register)
        return _holds(plan.new[-1][1], "evidence")

    def undo(self) -> Said:
        try:
            entry = self.register.undo()
        except (NothingToUndo, CannotUndo, Pruned, ReferredTo):
            return {}
        return {"undone": entry.undoes}

    def remove(self) -> Said:
        exposure = self._some(Exposure, "exposures")
        self.register.remove(exposure, with_parts=True)
        return {"removed": exposure.id}

    def bring_back(self) -> Said:
        """What was taken out."""
        exposure = self._some(Exposure, "exposures")
        self.register.remove(exposure, with_parts=True)
        return _holds(self.register.restore(exposure.ref), "title")

    def prune(self) -> Said:
        """Whatever was taken out loses its values for good; something was."""
        self.remove()
        rule = pruning.Rule(before=self.register.today + timedelta(days=1))
        pruned = pruning.prune(self.register, rule, "保存期間の満了")
        return {"pruned": [entry.ref for entry in pruned.goes]}

    def board(self) -> Said:
        made = board.produce(
            self.register,
            board.Delivery(output=self._output("pdf"), lock=BOARD_PASSWORD),
            redaction=w.RedactionLevel.R0,
        )
        return _file(made.path)

    def notice(self) -> Said:
        """The paper for a consultation about an engagement."""
        occasion = self.register.add(Engagement(title=f"持ち出し {self.seed}.{self.done}"))
        made = notice.produce(
            self.register, board.Delivery(output=self._output("pdf"), lock=BOARD_PASSWORD), occasion.ref
        )
        return _file(made.path)

    def statistics(self) -> Said:
        """For people outside, without names."""
        made = statistics.produce(
            self.register, board.Delivery(output=self._output("pdf"), lock=BOARD_PASSWORD)
        )
        return _file(made.path)

    def evidence(self) -> Said:
        """Of the whole register, sealed."""
        output = self._output("zip.age")
        evidence.deliver(self.register, None, output, BOARD_PASSWORD)
        return _file(output)

    def export(self) -> Said:
        """In plain, where the person wants it: in a folder of its own."""
        output = self.folder / PLAIN / f"{self.seed}-{self.done}.xlsx"
        write_output(output, exchange.export(self.register, "xlsx", "ja"))
        return _file(output)

    def back_up(self) -> Said:
        made = backups.make(self.register.vault, retention=vault.Retention(2, 0, 0, 0))
        return {"copy": str(made)}

    def restore(self) -> Said:
        """The newest backup in a new place."""
        target = self.folder / f"restored-{self.seed}-{self.done}.techguard"
        with self.register.vault.open_copy(self.register.vault.copies()[-1].path) as backup:
            where, _found = backups.restore(backup, target)
        return {"restored": str(where)}

    # --- the keys ---

    def change_passphrase(self) -> Said:
        new = self._next_passphrase()
        people.set_passphrase(self.register, new, key_file=key_of(new), kdf=vault.KDF_FLOOR)
        self.state.passphrase = new
        return {}

    def issue_code(self) -> Said:
        replaced, self.state.code = self.state.code, people.issue_code(self.register)
        return {"replaced": replaced} if replaced else {}

    def revoke_code(self) -> Said:
        people.revoke_code(self.register, self.register.me)
        revoked, self.state.code = self.state.code, ""
        return {"replaced": revoked}

    def rekey(self) -> Said:
        people.rekey(self.register)
        return {}

    def let_in(self) -> Said:
        name, secret = f"合い言葉の主 {self.seed}-{self.done}", self._next_passphrase()
        people.let_in(
            self.register, name, w.Access.REVIEWER, secret, key_file=key_of(secret), kdf=vault.KDF_FLOOR
        )
        self.state.open[name] = secret
        return {}

    def remove_person(self) -> Said:
        person = self._first_let_in()
        people.remove(self.register, person)
        return {"removed_person": self.state.open.pop(person.name)}

    def _first_let_in(self) -> Person:
        return people.named(self.register, next(iter(self.state.open)))

    def grade(self) -> Said:
        """Another access for somebody who has one."""
        person = self._first_let_in()
        other = w.Access.READER if person.access is w.Access.REVIEWER else w.Access.REVIEWER
        return _holds(people.grade(self.register, person, other), "access")

    def invite(self) -> Said:
        name = f"合い言葉の客 {self.seed}-{self.done}"
        _person, file, code, _until = people.invite(self.register, name, w.Access.READER)
        self.state.invited.append((name, file.decode(), code))
        return {}

    def invite_by_file(self) -> Said:
        """The same, with the file written where the person wants it."""
        name = f"合い言葉の客 {self.seed}-{self.done}"
        output = self._output("invitation")
        _person, code, _until = people.invite_by_file(self.register, output, name, w.Access.READER)
        self.state.invited.append((name, output.read_text(encoding="utf-8"), code))
        return _file(output)

    def withdraw(self) -> Said:
        name, *_ = self.state.invited.pop()
        people.withdraw(self.register, people.named(self.register, name))
        return {}

    def join(self) -> Said:
        """Whom the invitation is for sits down at this machine; then the first person goes on."""
        name, file, code = self.state.invited.pop()
        path, secret = self.register.vault.path, self._next_passphrase()
        self.register.close()
        with Register.open(path, code, invitation=file.encode(), own_keys=True) as joining:
            people.join(joining, secret, key_file=key_of(secret), kdf=vault.KDF_FLOOR)
        self.state.open[name] = secret
        self.register = unlocked(path, self.state.passphrase)
        return {}

    # --- another copy ---

    def part(self) -> Said:
        """A copy of the vault that somebody goes on working in."""
        other = self.folder / f"train-{self.seed}-{self.done}.techguard"
        self.register.vault.read_head()  # waits until it is in place
        shutil.copytree(
            self.register.vault.path, other, ignore=shutil.ignore_patterns("lock", "writer", "backups")
        )
        with unlocked(other, self.state.passphrase) as register:
            found = register.find(Technology)[0]
            register.change(found, note=f"鉄道で {self.seed}.{self.done}")
            register.add(Technology(code_name=f"鉄道の技術 {self.seed}.{self.done}"))
        self.state.parted = str(other)
        return {}

    def merge(self) -> Said:
        """Something is done here as well, then both are brought together."""
        self.change()
        other, self.state.parted = Path(self.state.parted), ""
        with copies.open_other(self.register, other) as there:
            copies.Meeting(self.register, there).take(lambda conflict: "theirs")
        return {"merged": str(other)}


PLAIN = "plain"
"""The folder of what is exported."""
KEPT = ("看板", "色")
"""Topic and name of what somebody keeps for themselves."""


def key_of(secret: str) -> bytes | None:
    """The key file that goes with a passphrase: with every other one that a writer makes. So it comes with
    one passphrase, is replaced with the next or goes, and whoever knows the passphrase knows it.
    """
    digest = hashlib.sha256(secret.encode()).hexdigest()
    return digest.encode() if secret.startswith(_NEXT) and int(digest, 16) % 2 else None


def unlocked(path: Path, secret: str, *, read_only: bool = False) -> Register:
    """A register by a passphrase and what goes with it."""
    return Register.open(path, secret, key_file=key_of(secret), read_only=read_only)


def _file(path: Path) -> Said:
    return {"file": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def _holds(item: Item, field: str) -> Said:
    return {"id": item.id, "field": field, "value": str(getattr(item, field))}


def say(out: int, **what: Any) -> None:
    """One line on the pipe, in one write, with the moment."""
    os.write(out, (json.dumps({**what, "at": time.monotonic()}, ensure_ascii=False) + "\n").encode())


def write(path: Path, state: State, seed: int, out: int, folder: Path, aim: str) -> None:
    """Open the register and write into it until killed."""
    register = unlocked(path, state.passphrase)
    writer = Writer(register, state, seed, out, folder)
    seq, digest = register.head
    writer.say(done="open", seq=seq, digest=digest, state=state.__dict__)
    writer.forever(aim)


def migrate(path: Path, state: State, out: int) -> None:
    """Open the register, which brings it to the format of now."""
    say(out, about="migrate", aimed=True)
    unlocked(path, state.passphrase).close()
    say(out, done="migrate")
    signal.pause()


def create(path: Path, seed: int, out: int) -> None:
    """Make a register."""
    say(out, about="create", aimed=True)
    register, code = Register.create(
        path,
        person="法務部長",
        department=w.Department.LEGAL,
        passphrase=FIRST_PASSPHRASE,
        kdf=vault.KDF_FLOOR,
    )
    seq, digest = register.head
    say(out, done="create", seq=seq, digest=digest, code=code)
    register.add(Technology(code_name=f"最初の技術 {seed}"))
    say(out, about="rest")
    signal.pause()
