"""Facts made by hand: a small, believable register, and one with a canary word in every free text."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from techguard.board import document as d
from techguard.board.facts import (
    Accepted,
    Deal,
    Ending,
    Facts,
    Live,
    Mapped,
    Numbers,
    Planned,
    Ranked,
    Some,
    Step,
    Weighed,
)
from techguard.catalog import routes
from techguard.domain import items as i
from techguard.domain import words as w
from techguard.domain.gaps import GAPS
from techguard.domain.scales import Scale

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
DIGEST = "3f8a" * 16
ROUTES = routes()
MATRIX = Scale(edition="2026-1").matrix


def day(days: int) -> date:
    return TODAY + timedelta(days=days)


def heat_map(counts: dict[tuple[int, int], int], unrated: int = 0) -> d.HeatMap:
    return d.HeatMap(
        cells=tuple(
            d.HeatCell(
                likelihood=likelihood,
                impact=impact,
                level=MATRIX[likelihood - 1][impact - 1],
                count=counts.get((likelihood, impact), 0),
                entered=1 if (likelihood, impact) == (4, 5) else 0,
                left=1 if (likelihood, impact) == (3, 5) else 0,
            )
            for likelihood in range(5, 0, -1)
            for impact in range(1, 6)
        ),
        unrated=unrated,
    )


def money() -> d.Money:
    """What five exposures could cost: a curve that falls tenfold with each tenfold of a loss."""

    def year(share: float) -> d.YearOfLoss:
        def about(value: float) -> d.Figure:
            return d.Figure(value=value * share, low=value * share * 0.99, high=value * share * 1.01)

        return d.YearOfLoss(
            p_any=about(0.31), if_any=about(1.5e8), p95=about(4.1e8), p99=about(1.2e9), mean=about(4.6e7)
        )

    return d.Money(
        estimated=5,
        without=57,
        guesses=2,
        before=year(1),
        today=year(0.8),
        planned=year(0.4),
        curve=tuple(
            d.CurvePoint(loss=loss, before=chance, today=chance * 0.8, planned=chance * 0.4)
            for loss, chance in (
                (step * 10.0**power, min(0.31, 3.1e6 / (step * 10.0**power)))
                for power in (6, 7, 8, 9)
                for step in (1, 2, 3, 5, 7)
            )
        ),
        trials=100_000,
        seed=20260131,
    )


def sample() -> Facts:
    """A quarter of a fictional materials company."""
    owner = i.Person(name="研究開発部長", department=w.Department.RND, role="焼結研究の責任者")
    legal = i.Person(name="法務部長", department=w.Department.LEGAL, role="法務責任者")
    officer = i.Person(name="常務執行役員（技術）", department=w.Department.EXECUTIVE, role="技術担当役員")
    production = i.Person(name="生産技術部長", department=w.Department.PRODUCTION)
    kiln = i.Technology(
        ref="TEC-0003",
        code_name="焼結K",
        criticality=w.Criticality.S,
        owner=owner.id,
        executive=officer.id,
    )
    powder = i.Technology(
        ref="TEC-0007",
        code_name="粉体表面処理A-2",
        criticality=w.Criticality.A,
        owner=owner.id,
        executive=officer.id,
    )
    film = i.Technology(ref="TEC-0011", code_name="薄膜電極F", criticality=w.Criticality.A, owner=owner.id)
    university = i.Counterparty(
        ref="CPT-0002",
        name="国立㈱髙﨑大学",
        kind=w.CounterpartyKind.UNIVERSITY,
        threat="2.2500",
        zone=w.Zone.DANGER,
        target_zone=w.Zone.WATCH,
        due_diligence=w.DueDiligence.CONDITIONS,
        due_diligence_until=day(40),
    )
    fund = i.Counterparty(
        ref="CPT-0009", name="𠮷野キャピタル", code_name="投資家①", kind=w.CounterpartyKind.FUND
    )
    research = i.Engagement(
        ref="ENG-0004",
        title="髙﨑大学との焼結条件の共同研究",
        kind=w.EngagementKind.JOINT_RESEARCH,
        stage=w.Stage.EXECUTION,
        counterparties=(university.id,),
    )
    alliance = i.Engagement(
        ref="ENG-0010",
        title="𠮷野キャピタルからの出資受入れ",
        code_name="案件「桐」",
        kind=w.EngagementKind.CAPITAL_ALLIANCE,
        stage=w.Stage.CONTRACTING,
        counterparties=(fund.id,),
        owner=officer.id,
        disclosure_scope=w.DisclosureScope.BLACK_BOX,
    )
    signing = i.Milestone(
        engagement=alliance.id, label="出資契約の締結", kind=w.MilestoneKind.SIGNING, on=day(20)
    )
    paper = i.Milestone(
        engagement=research.id, label="学会発表", kind=w.MilestoneKind.PUBLICATION, on=day(66)
    )
    texts: list[dict[str, Any]] = [
        {
            "title": "共同研究先の研究員が、焼結炉の温度履歴の決め方を論文と学位審査の資料に書き、"
            "同業他社が再現できるようになる",
            "technology": kiln.id,
            "route": "R01",
            "sub_route": "R01a",
            "engagement": research.id,
            "treatment_plan": "発表前の確認を共同研究契約に加え、温度履歴は結果だけを渡す形に改める。",
            "decision_asked": "発表前確認に同意が得られないときは、"
            "共同研究を次年度に更新しないことを決めていただきたい。",
            "owner": owner.id,
            "likelihood": 4,
            "impact": 5,
            "level": 5,
            "impact_driver": w.ImpactDimension.NATIONAL_BASE,
            "confidence": 2,
            "urgency": 3,
        },
        {
            "title": "出資の検討で開示した資料から、投資家の別の出資先が粉体表面処理の要点を知る",
            "technology": powder.id,
            "route": "R03",
            "engagement": alliance.id,
            "treatment_plan": "開示は黒塗りの要約に限り、閲覧室で行う。",
            "decision_asked": "出資契約に情報遮断と取締役派遣の制限を入れることを"
            "条件として承認していただきたい。",
            "owner": legal.id,
            "likelihood": 3,
            "impact": 5,
            "level": 5,
            "impact_driver": w.ImpactDimension.MARKET,
            "confidence": 3,
            "urgency": 4,
        },
        {
            "title": "一人しか知らない電極の乾燥条件が、定年退職とともに国外の競合に移る",
            "technology": film.id,
            "route": "R04",
            "treatment_plan": "後継者2名を決め、半年で引き継ぐ。",
            "owner": production.id,
            "likelihood": 3,
            "impact": 4,
            "level": 4,
            "impact_driver": w.ImpactDimension.FINANCIAL,
            "confidence": 1,
            "urgency": 2,
        },
        {
            "title": "装置メーカーの保守員が、遠隔保守の記録から製造装置のパラメータを持ち出す",
            "technology": kiln.id,
            "route": "R06",
            "treatment_plan": "遠隔接続を立会い制にし、記録を社内に残す。",
            "owner": production.id,
            "likelihood": 2,
            "impact": 5,
            "level": 4,
            "impact_driver": w.ImpactDimension.MARKET,
            "confidence": 2,
            "urgency": 1,
        },
        {
            "title": "海外工場の量産立上げで、現地採用の技術者が配合表を私物の端末に写す",
            "technology": powder.id,
            "route": "R08",
            "treatment_plan": "",
            "owner": None,
            "likelihood": 4,
            "impact": 4,
            "level": 4,
            "impact_driver": w.ImpactDimension.LEGAL,
            "confidence": 2,
            "urgency": 1,
        },
    ]
    exposures = tuple(
        i.Exposure(ref=f"EXP-{n:04}", status=w.ExposureStatus.TREATING, **text)
        for n, text in enumerate(texts, 11)
    )
    before = i.Rating(
        exposure=exposures[0].id,
        likelihood=3,
        impact=4,
        level=4,
        rationale="学会発表の予定がなかった。",
        rated_on=day(-95),
    )
    after = i.Rating(
        exposure=exposures[0].id,
        likelihood=4,
        impact=5,
        level=5,
        rationale="学会発表が決まり、相手方の学位審査の資料に温度履歴が載ると分かった。",
        rated_on=day(-6),
    )
    closed = i.Exposure(
        ref="EXP-0002",
        technology=film.id,
        title="展示会で試作品の断面を写真に撮られる",
        route="R12",
        level=2,
        status=w.ExposureStatus.CLOSED,
    )
    measures = tuple(
        i.Countermeasure(
            ref=f"CMS-{n:04}",
            title=title,
            catalog_id=catalog_id,
            status=status,
            owner=person,
            due=day(due),
            cost_initial=cost,
            exposures=(exposures[0].id,),
        )
        for n, (title, catalog_id, status, person, due, cost) in enumerate(
            [
                (
                    "共同研究契約に発表前確認を加える",
                    "CM01",
                    w.CountermeasureStatus.IN_PROGRESS,
                    legal.id,
                    -12,
                    None,
                ),
                (
                    "温度履歴の出力を要約値だけにする改修",
                    "CM20",
                    w.CountermeasureStatus.APPROVED,
                    owner.id,
                    35,
                    3_200_000,
                ),
                (
                    "遠隔保守の立会いと録画",
                    "CM31",
                    w.CountermeasureStatus.PROPOSED,
                    production.id,
                    60,
                    900_000,
                ),
            ],
            1,
        )
    )
    agreement = i.Agreement(
        ref="AGR-0006",
        engagement=research.id,
        type=w.AgreementType.NDA,
        title="秘密保持契約",
        expires_on=day(25),
        survives_until=day(25 + 365),
    )
    accepted = i.Acceptance(
        exposure=exposures[3].id,
        level_at=4,
        accepted_by=officer.id,
        accepted_role=w.AcceptanceRole.OFFICER,
        accepted_on=day(-200),
        valid_until=day(-3),
        reason="装置の更新まで他の手がない。",
    )
    sign = i.Observation(
        ref="OBS-0003",
        title="退職予定者が共有フォルダから通常の10倍の文書を取得した",
        kind=w.ObservationKind.SIGN,
        status=w.ObservationStatus.ESCALATED,
        observed_on=day(-34),
        route="R04",
        technology=film.id,
    )
    incident = i.Observation(
        ref="OBS-0004",
        title="試作品の写真が外部のSNSに掲載された",
        kind=w.ObservationKind.INCIDENT,
        status=w.ObservationStatus.CLOSED,
        observed_on=day(-50),
        lessons="展示の前に撮影の可否を決める。",
    )
    consultation = i.Consultation(
        ref="CON-0001",
        topic="出資受入れに伴う技術流出の懸念の相談",
        authority=w.Authority.METI,
        status=w.ConsultationStatus.PENDING,
        on=day(-14),
    )
    previous = i.Review(
        title="2026年度第2四半期レビュー会",
        period="2026年7～9月",
        status=w.ReviewStatus.CLOSED,
        held_on=day(-91),
    )
    review = i.Review(
        title="2026年度第3四半期レビュー会",
        period="2026年10～12月",
        status=w.ReviewStatus.IN_PREPARATION,
        planned_on=day(10),
    )
    decision = i.Decision(
        ref="DEC-0008",
        title="上場の準備にあたり、技術の開示範囲を取締役会で決めること",
        category=w.DecisionCategory.CAPITAL_POLICY,
        owner=officer.id,
        due=day(30),
    )
    counts = {
        (4, 5): 1,
        (3, 5): 1,
        (3, 4): 6,
        (2, 5): 3,
        (4, 4): 2,
        (3, 3): 14,
        (2, 2): 9,
        (1, 1): 4,
        (2, 4): 8,
    }
    names: tuple[i.Item, ...] = (
        owner,
        legal,
        officer,
        production,
        kiln,
        powder,
        film,
        university,
        fund,
        research,
        alliance,
    )
    return Facts(
        as_of=TODAY,
        now=NOW,
        head=(1284, DIGEST),
        prepared_by=legal,
        review=review,
        previous=previous,
        numbers=Numbers(
            technologies=24,
            exposures=62,
            by_level=tuple(
                d.LevelCount(level=level, count=n)
                for level, n in ((5, 2), (4, 11), (3, 22), (2, 9), (1, 4), (None, 14))
            ),
            by_class=tuple(
                d.ClassCount(criticality=c, count=n)
                for c, n in (
                    (w.Criticality.S, 3),
                    (w.Criticality.A, 7),
                    (w.Criticality.B, 8),
                    (w.Criticality.C, 4),
                    (None, 2),
                )
            ),
            heat_map=heat_map(counts, 14),
            new=3,
            risen=1,
            fallen=2,
            closed=1,
            indicators=tuple(
                d.Indicator(
                    id=f"K{n:02}",
                    value=n % 5,
                    previous=(n * 2) % 5,
                    state=("green", "amber", "red")[n % 3],
                    trend=(n, None, (n * 2) % 5)[: n % 4],
                )
                for n in range(1, 14)
            ),
            gaps=tuple(d.GapFound(code=g.code, count=n) for n, g in enumerate(GAPS)),
            by_status=tuple(
                d.StatusCount(status=s, count=n) for n, s in enumerate(w.CountermeasureStatus, 2)
            ),
            overdue=4,
            untested=17,
            done_since=5,
            accepted_valid=6,
            accepted_ended=1,
            ageing=d.Ageing(
                counts=tuple(d.AgeCount(days=n, count=c) for n, c in ((0, 4), (90, 3), (180, 5), (365, 1))),
                unknown=2,
                oldest=day(-400),
            ),
            left=tuple(
                d.Left(on=day(n), open=count, late=late, planned=n > 0)
                for n, count, late in ((-85, 31, 2), (0, 27, 4), (37, 18, 4), (127, 9, 4))
            ),
            agreements_ahead=tuple(
                d.EndingBy(on=day(n), count=count, ndas=ndas)
                for n, count, ndas in ((37, 3, 2), (127, 1, 0), (218, 0, 0), (310, 4, 1))
            ),
            money=money(),
            routes=tuple(ROUTES),
            blank=301,
            incidents=1,
            signs_open=2,
            regulatory=(
                d.RegulatoryCheck(field="deemed_export", open=6, act=1),
                d.RegulatoryCheck(field="patent_secrecy", open=3, act=0),
            ),
            checklists=(
                d.ChecklistState(
                    id="TLP", items=8, yes=4, no=1, not_applicable=1, unanswered=2, without_grounds=1
                ),
                d.ChecklistState(id="3S", items=3, yes=3, no=0, not_applicable=0, unanswered=0),
            ),
            limits=d.Limits(
                unrated=14,
                inherent_only=5,
                high_on_a_guess=1,
                unclassed=2,
                without_exposure=3,
                absent=(w.Department.HR, w.Department.PLANNING),
                scale_edition="2026-1",
            ),
        ),
        top=(
            Ranked(exposures[0], before, after, paper, measures, day(-120)),
            Ranked(exposures[1], None, None, signing, measures[1:]),
            *(Ranked(e) for e in exposures[2:]),
        ),
        leak_map=Some.of(
            (
                Mapped(kiln, tuple([5, None, 4, 0, -1][n % 5] for n in range(len(ROUTES)))),
                Mapped(powder, tuple([None, 2][n % 2] for n in range(len(ROUTES)))),
                Mapped(film, (None,) * len(ROUTES)),
            ),
            24,
        ),
        plans=(
            Planned(
                d.Plan(
                    by="money",
                    years=5,
                    candidates=9,
                    cost=4_100_000,
                    loss_before=46_000_000,
                    loss_after=21_000_000,
                    high_before=13,
                    high_after=12,
                    without_effect=6,
                    frontier=tuple(
                        d.PlanPoint(cost=cost, loss=loss, high=13 - n, measures=n)
                        for n, (cost, loss) in enumerate(
                            ((0, 46e6), (900_000, 31e6), (4_100_000, 21e6), (9_000_000, 20.5e6))
                        )
                    ),
                ),
                Some.of(
                    (
                        Weighed(measures[1], True, "chosen", (), 3_200_000, 10_000_000.0, 0),
                        Weighed(measures[2], True, "chosen", (), 900_000, 15_000_000.0, 1),
                        Weighed(measures[0], False, "excluded", measures[1:2], None, 2_000_000.0, 0),
                    )
                ),
            ),
            Planned(
                d.Plan(
                    by="levels",
                    years=5,
                    candidates=9,
                    cost=900_000,
                    high_before=13,
                    high_after=12,
                    gap=0.0123,
                    frontier=(
                        d.PlanPoint(cost=0, loss=0, high=13, measures=0),
                        d.PlanPoint(cost=900_000, loss=0, high=12, measures=1),
                    ),
                ),
                Some.of((Weighed(measures[2], True, "chosen", (), 900_000, 0.0, 1),)),
            ),
        ),
        asked=Some.of(exposures[:2]),
        decisions=Some.of((decision,)),
        moved=Some.of((Step(exposures[0], "risen", before, after), Step(closed, "closed")), 7),
        pressing=Some.of(measures, 9),
        capital=Some.of((Deal(alliance, Live(1, exposures[1].level), signing),)),
        single_holders=Some.of((film,)),
        counterparties=Some.of((university,)),
        agreements=Some.of((Ending(agreement, Live(1, exposures[0].level)),)),
        acceptances=Some.of((Accepted(accepted, exposures[3]),)),
        observations=Some.of((incident, sign)),
        consultations=Some.of((consultation,)),
        names={item.id: item for item in names},
    )


def empty() -> Facts:
    """A register that was made a minute ago."""
    return Facts(
        as_of=TODAY,
        now=NOW,
        head=(1, DIGEST),
        numbers=Numbers(
            by_level=tuple(d.LevelCount(level=n, count=0) for n in (5, 4, 3, 2, 1, None)),
            by_class=tuple(d.ClassCount(criticality=c, count=0) for c in (*w.Criticality, None)),
            heat_map=heat_map({}),
            limits=d.Limits(scale_edition="2026-1"),
        ),
    )
