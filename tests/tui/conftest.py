"""A real vault with a small fictional register, the application on it, and pictures of the screen as text."""

from __future__ import annotations

import asyncio
import difflib
import re
import shutil
import time
import unicodedata
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual import events
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.css.types import CSSLocation
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from techguard import i18n, vault
from techguard.domain import words as w
from techguard.domain.items import (
    Agreement,
    Countermeasure,
    Counterparty,
    Decision,
    Element,
    Engagement,
    Exposure,
    Milestone,
    Observation,
    Technology,
)
from techguard.register import Register
from techguard.tui import plain
from techguard.tui.app import TechguardApp

PASSPHRASE = "正しい馬の電池ホチキスです"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PICTURES = Path(__file__).parent / "pictures"
I = w.ImpactDimension  # noqa: E741


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--snapshot-update", action="store_true", help="write the pictures of the screens anew")


@pytest.hookimpl(tryfirst=True)  # before `-m` is looked at
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Taking pictures is slow, and they are the same under every Python: the toolkit is pinned exactly."""
    for item in items:
        if "picture" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


def fill(reg: Register) -> None:
    """A register small enough to know by heart: 4 technologies, 7 exposures."""
    research = reg.person_named("研究企画 主査", w.Department.RND)
    officer = reg.person_named("技術担当 執行役員", w.Department.EXECUTIVE)
    legal = reg.me
    scores = {
        "competitive_edge": 4,
        "non_substitutability": 4,
        "catch_up": 4,
        "dependence": 3,
        "national_base": 4,
        "secrecy": 3,
    }
    sinter = reg.add(
        Technology(
            code_name="焼結プロファイルK",
            outline="高純度アルミナの焼結条件を識別するための名称。条件そのものは書かない。",
            kind=w.TechnologyKind.MATERIAL,
            business_unit="機能材料事業部",
            products=("絶縁基板 AX", "耐熱部材 H2"),
            status=w.TechnologyStatus.REGISTERED,
            owner=research.id,
            legal_owner=legal.id,
            executive=officer.id,
            impact_financial=4,
            impact_market=5,
            impact_national_base=4,
            secrecy_managed=w.Requirement.MET,
            next_review=date(2026, 12, 20),
            **scores,
        )
    )
    coat = reg.add(
        Technology(
            code_name="薄膜コーティング前処理",
            kind=w.TechnologyKind.PRODUCTION,
            business_unit="電子部品事業部",
            status=w.TechnologyStatus.REGISTERED,
            owner=research.id,
            competitive_edge=3,
            non_substitutability=3,
            catch_up=2,
            dependence=3,
            national_base=2,
            secrecy=3,
            impact_financial=3,
            impact_market=4,
        )
    )
    vision = reg.add(Technology(code_name="外観検査アルゴリズム", kind=w.TechnologyKind.SOFTWARE))
    reg.add(Technology(code_name="Slurry dispersion recipe (candidate)", business_unit="R&D"))
    reg.add(Element(technology=sinter.id, name="昇温カーブ", type=w.ElementType.PROCESS_CONDITION, holders=3))
    reg.add(Element(technology=sinter.id, name="炉内雰囲気の調整", holders=1, single_holder=True))
    uni = reg.add(
        Counterparty(
            name="北都工業大学",
            kind=w.CounterpartyKind.UNIVERSITY,
            dependency=3,
            penetration=3,
            maturity=2,
            trust=3,
        )
    )
    fund = reg.add(Counterparty(name="Meridian Growth Fund", kind=w.CounterpartyKind.FUND))
    joint = reg.add(
        Engagement(
            title="次世代基板の共同研究",
            kind=w.EngagementKind.JOINT_RESEARCH,
            stage=w.Stage.EXECUTION,
            counterparties=(uni.id,),
            technologies=(sinter.id,),
            owner=research.id,
            ends_on=date(2027, 3, 31),
        )
    )
    reg.add(
        Agreement(
            engagement=joint.id, type=w.AgreementType.NDA, title="秘密保持契約", expires_on=date(2027, 1, 31)
        )
    )
    reg.add(
        Milestone(
            engagement=joint.id, label="学会発表", kind=w.MilestoneKind.PUBLICATION, on=date(2026, 12, 10)
        )
    )

    def exposure(technology: Technology, title: str, route: str, **more: Any) -> Exposure:
        return reg.add(Exposure(technology=technology.id, title=title, route=route, **more))

    worst = exposure(
        sinter,
        "共同研究先の留学生の研究室から焼結条件の一部が学会発表の資料に出る",
        "R01",
        engagement=joint.id,
        counterparty=uni.id,
        owner=research.id,
        cause="発表資料の事前確認が口頭だけである。",
        treatment=w.Treatment.MITIGATE,
    )
    reg.rate(worst, likelihood=5, impacts={I.FINANCIAL: 4, I.MARKET: 5}, basis=w.Basis.INHERENT,
             rationale="事前確認がなければ起きる。", rated_on=date(2026, 2, 20))  # fmt: skip
    measure = reg.add(
        Countermeasure(
            title="発表前の知財・法務確認",
            catalog_id="CM10",
            exposures=(worst.id,),
            status=w.CountermeasureStatus.IMPLEMENTED,
            design_effect=3,
            operating_effect=2,
            owner=legal.id,
            department=w.Department.LEGAL,
            due=date(2026, 9, 30),
            tested_on=date(2026, 8, 1),
        )
    )
    assert measure.exposures == (worst.id,)
    reg.rate(worst, likelihood=5, impacts={I.FINANCIAL: 4, I.MARKET: 5}, confidence=2, urgency=3,
             rationale="確認の手続はあるが運用が始まったばかり。", rated_on=date(2026, 5, 20))  # fmt: skip
    reg.rate(worst, likelihood=4, impacts={I.FINANCIAL: 4, I.MARKET: 5}, confidence=3, urgency=3,
             rationale="点検で2件の見落としが見つかり、是正した。", rated_on=date(2026, 8, 20))  # fmt: skip
    leaver = exposure(sinter, "定年退職する工程技術者が競合の顧問になる", "R04", owner=research.id)
    reg.rate(leaver, likelihood=3, impacts={I.MARKET: 4, I.NATIONAL_BASE: 4}, rationale="前例がある。",
             rated_on=date(2026, 8, 20))  # fmt: skip
    deal = exposure(coat, "資本提携の資産査定で前処理の条件が開示される", "R03", counterparty=fund.id)
    reg.rate(deal, likelihood=3, impacts={I.FINANCIAL: 3}, rationale="査定は来期の予定。",
             rated_on=date(2026, 8, 20))  # fmt: skip
    cloud = exposure(vision, "外部の委託先が学習データを持ち出す", "R05")
    reg.rate(cloud, likelihood=2, impacts={I.FINANCIAL: 2}, rationale="契約で制限している。",
             rated_on=date(2026, 8, 20))  # fmt: skip
    exposure(coat, "海外工場の立上げで工程票が現地に残る", "R07")
    reg.add(
        Countermeasure(
            title="Exit interview and written pledge", exposures=(leaver.id,), due=date(2026, 10, 31)
        )
    )
    reg.add(Decision(title="共同研究の延長を認めるか", exposure=worst.id, due=date(2026, 12, 15)))
    reg.add(
        Observation(title="退職者の大量ダウンロード", technology=sinter.id, observed_on=date(2026, 10, 1))
    )


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The vault that every test copies."""
    return make(tmp_path_factory.mktemp("vault"))


def make(folder: Path) -> Path:
    """A vault with a little in it."""
    path = folder / "東海セラミックス.techguard"
    register, _code = Register.create(
        path,
        person="法務部長",
        department=w.Department.LEGAL,
        passphrase=PASSPHRASE,
        kdf=vault.KDF_FLOOR,
        clock=lambda: NOW,
    )
    with register:
        fill(register)
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vault of one's own, under the same (relative) name everywhere."""
    shutil.copytree(made, tmp_path / made.name)
    monkeypatch.chdir(tmp_path)
    return Path(made.name)


@pytest.fixture(scope="session")
def unused(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault in which nothing was done yet, to copy."""
    path = tmp_path_factory.mktemp("unused") / "東海セラミックス.techguard"
    register, _code = Register.create(
        path,
        person="法務部長",
        department=w.Department.LEGAL,
        passphrase=PASSPHRASE,
        kdf=vault.KDF_FLOOR,
        clock=lambda: NOW,
    )
    register.close()
    return path


@pytest.fixture
def empty(unused: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vault with nothing in it, and a folder `lists` beside it."""
    shutil.copytree(unused, tmp_path / unused.name)
    with Register.open(tmp_path / unused.name, PASSPHRASE, clock=lambda: NOW) as register:
        register.keep("screen", "tour", True)  # this is not the person's first day
    (tmp_path / "lists").mkdir()
    monkeypatch.chdir(tmp_path)
    return Path(unused.name)


@pytest.fixture(scope="session", autouse=True)
def _styles_parsed_once() -> Iterator[None]:
    """One style sheet in the colours of one theme is parsed once for all applications of these tests."""
    parse = Stylesheet._parse_rules
    parsed: dict[Hashable, list[RuleSet]] = {}

    def remembered(
        sheet: Stylesheet, css: str, read_from: CSSLocation, *more: Any, **named: Any
    ) -> list[RuleSet]:
        key = (css, read_from, more, *named.items(), *sheet._variables.items())
        if key not in parsed:
            parsed[key] = parse(sheet, css, read_from, *more, **named)
        return parsed[key]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Stylesheet, "_parse_rules", remembered)
        yield


@pytest.fixture(autouse=True)
def _english_afterwards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # Pictures are taken in the same zone everywhere, and a developer's NO_COLOR must not change them.
    for name in ("NO_COLOR", "COLORFGBG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("HOME", "/home/user")
    time.tzset()
    before = i18n.language()
    yield
    i18n.set_language(before)
    i18n.set_calendar("western")
    i18n.set_money_unit("exact")
    plain.turn(False)
    monkeypatch.undo()
    time.tzset()


class Tui:
    """The application under test, and what a person does with it."""

    def __init__(self, app: TechguardApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    async def settle(self) -> None:
        """Wait until nothing is under way, several times in a row: no message, no work, nothing to draw."""
        quiet = 0
        while quiet < 4:
            await self.rest()
            await self.app.animator.wait_until_complete()
            if busy := [w for w in self.app.workers if not w.is_finished]:
                with suppress(WorkerCancelled):  # overtaken by a later one of its group
                    await self.app.workers.wait_for_complete(busy)
            screen = self.app.screen
            drawn = not (
                screen._layout_required
                or screen._scroll_required
                or screen._repaint_required
                or screen._recompose_required
                or screen._dirty_widgets
                or screen._callbacks
            )
            if not drawn:
                screen._on_timer_update()
            elif quiet == 1:  # what is no message, like a screen that goes, has its time too
                await self.pilot.pause(0)
            quiet = quiet + 1 if drawn and not busy and self._resting() and screen is self.app.screen else 0

    async def rest(self) -> None:
        """Wait until every widget waits for its next message. Pilot.pause sends one to each to learn that."""
        deadline = time.monotonic() + 30
        looks = 0
        await asyncio.sleep(0)
        while not self._resting() and self.app._exception is None:
            looks += 1
            await asyncio.sleep(0 if looks < 50 else 0.002)
            assert time.monotonic() < deadline, "a widget never came to the end of a message"

    def _resting(self) -> bool:
        pumps = (self.app, *self.app.screen.walk_children())
        queues = (pump._message_queue for pump in pumps if not pump._closed)
        return all(queue.empty() and queue.ready_event._waiters for queue in queues)

    async def press(self, *keys: str) -> None:
        """Press keys, and let them have their effect. Pilot.press does so, and then waits 40 ms for each."""
        for key in keys:
            self.send(key)
            await self.settle()

    def send(self, key: str) -> None:
        """Hand a key to the application as its driver does."""
        name = key if len(key) > 1 or key.isalnum() else _character_to_key(key)
        try:
            character = unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(name, name)))
        except KeyError:
            character = key if len(key) == 1 else None
        event = events.Key(name, character)
        event.set_sender(self.app)
        assert self.app._driver is not None
        self.app._driver.send_message(event)

    async def type(self, text: str) -> None:
        """Type characters, as the terminal hands them on; Pilot.press loses some of the Japanese ones."""
        for character in text:
            self.app.post_message(events.Key(_character_to_key(character), character))
            await self.rest()
        await self.settle()

    def screen(self) -> list[str]:
        """The screen as lines of text."""
        return ["".join(s.text for s in strip) for strip in self.app.screen._compositor.render_strips()]

    def scrolled_as_shown(self) -> None:
        """Every scroll bar of the screen says where one is."""
        shown = [part for part in self.app.screen.walk_children() if part.show_vertical_scrollbar]
        assert all(part.vertical_scrollbar.position == part.scroll_y for part in shown)

    def straight(self) -> None:
        """Every line is exactly as wide as the terminal: no character tore the columns apart."""
        lines = self.screen()
        assert len(lines) == self.app.size.height
        crooked = [line for line in lines if cell_len(line) != self.app.size.width]
        assert not crooked, crooked

    def text(self) -> str:
        """The screen as one text, without the spaces at the ends of lines."""
        return "\n".join(line.rstrip() for line in self.screen())


_CHECKPOINT = re.compile(r"techguard/[0-9a-f]{32}")
_DRAWN_ANEW = re.compile(r"(?m)(?<=techguard/)[0-9a-f]{32}|[\w+/]{40,}=?|^ +[\w+/]{6,24}=$")


_FINGERPRINT = re.compile(r"\b(?:[0-9a-f]{4}[ \n]+){3}[0-9a-f]{4}\b")


def _lasting(text: str) -> str:
    """A screen without what differs in each vault: fingerprints; id, root and signature of a checkpoint."""
    text = _FINGERPRINT.sub(lambda drawn: re.sub(r"[0-9a-f]", "x", drawn[0]), text)
    if not _CHECKPOINT.search(text):
        return text
    return _DRAWN_ANEW.sub(lambda drawn: re.sub(r"[\w+/]", "x", drawn[0]), text)


@asynccontextmanager
async def running(
    path: Path | None,
    lang: str = "ja",
    size: tuple[int, int] = (80, 24),
    passphrase: str | None = PASSPHRASE,
    **more: Any,
) -> AsyncIterator[Tui]:
    """The application, opened."""
    app = TechguardApp(
        path,
        lang=lang,
        passphrase=passphrase,
        kdf=vault.KDF_FLOOR,
        clock=lambda: NOW,
        **{"automatic_backup": False, **more},  # type: ignore[arg-type]
    )
    try:
        async with app.run_test(size=size, tooltips=False, notifications=True) as pilot:
            tui = Tui(app, pilot)
            await tui.settle()
            yield tui
    finally:
        app.store.end()


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Iterator[Callable[[Tui, str], None]]:
    """Compare the screen with the picture of that name under tests/tui/pictures: a text file, reviewable as a
    difference. Every line must be exactly as wide as the terminal. `--snapshot-update` writes it anew.
    """
    update = request.config.getoption("--snapshot-update")
    different: list[str] = []

    def compare(tui: Tui, name: str) -> None:
        tui.straight()
        tui.scrolled_as_shown()
        text = _lasting(tui.text()) + "\n"
        file = PICTURES / f"{name}.txt"
        if update:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        elif not file.exists():
            different.append(f"{name}: no picture yet; look at the screen, then --snapshot-update\n{text}")
        elif text != (before := file.read_text(encoding="utf-8")):
            lines = difflib.unified_diff(
                before.splitlines(), text.splitlines(), "picture", "screen", lineterm=""
            )
            different.append(f"{name}:\n" + "\n".join(lines))

    yield compare
    assert not different, "\n\n".join(different)
