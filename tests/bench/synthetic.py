"""Registers of any size, the same for the same seed: Japanese texts such as people write, in proportions such
as registers have (for N technologies 5N exposures, about 6N ratings, 3N countermeasures).

Entries are made without validation, because making 1.7 million of them is no part of any measurement;
`tests/bench/test_bench.py` holds that every one of a small register would pass it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, TypeVar

from techguard.domain import words as w
from techguard.domain.fields import Choice
from techguard.domain.items import (
    Agreement,
    ChecklistAnswer,
    Counterparty,
    Countermeasure,
    Decision,
    Element,
    Engagement,
    Exposure,
    Item,
    Milestone,
    Observation,
    Person,
    Rating,
    Review,
    Technology,
)

T = TypeVar("T", bound=Item)

TODAY = date(2026, 11, 23)

_MATERIAL = (
    "高純度アルミナ 窒化ケイ素 炭化ケイ素 ジルコニア 窒化ガリウム 酸化ガリウム 銅ナノ粒子 銀ペースト ポリイミド "
    "フッ素樹脂 液晶ポリマー 炭素繊維 セルロースナノファイバー 全固体電解質 リン酸鉄リチウム 高ニッケル正極材 "
    "シリコン負極 ネオジム磁石 サマリウム鉄窒素 アモルファス合金 ハイエントロピー合金 単結晶サファイア 石英ガラス "
    "低誘電ガラスクロス 感光性ソルダーレジスト 反射防止膜 極薄電解銅箔 イオン交換膜 分離膜 吸着剤 光触媒 "
    "蛍光体 量子ドット 有機半導体 ペロブスカイト 形状記憶合金 超硬工具 ダイヤモンド砥粒 研磨スラリー 封止材 "
    "放熱シート 導電性接着剤 離型フィルム 偏光板 光学レンズ 圧電素子 誘電体 磁性流体 触媒担体 生分解性樹脂"
).split()
_PROCESS = (
    "焼結 成膜 塗工 延伸 鋳造 鍛造 射出成形 積層造形 めっき エッチング 露光 現像 洗浄 研磨 切断 接合 溶接 圧延 "
    "熱処理 表面改質 乾燥 造粒 混練 分散 重合 精製 蒸留 結晶成長 イオン注入 アニール 転写 剥離 検査 校正 充填 "
    "含浸 脱脂 粉砕 分級 紡糸"
).split()
_ASPECT = (
    "条件 配合 温度プロファイル 雰囲気制御 装置設定 金型設計 治具 前処理 後処理 制御アルゴリズム 評価手順 "
    "欠陥判定基準 学習データ シミュレーションモデル 図面 歩留まり改善ノウハウ 寿命予測 異物管理 工程順序 "
    "添加剤選定 粒度調整 位置合わせ 応力緩和 界面設計 再生方法 品質管理図 立上げ手順 保全周期"
).split()
_UNIT = (
    "機能材料事業部 電子部品事業部 エネルギー事業部 精密機器事業部 化成品事業部 光学事業部 自動車部品事業部 "
    "半導体材料事業部 医療機器事業部 生産技術本部 中央研究所 先端技術センター"
).split()
_PLACE = (
    "北都 南海 東陽 西嶺 中央 瑞穂 若葉 青葉 桜川 白山 天竜 利根 石狩 信濃 播磨 筑後 阿蘇 久慈 鳴門 佐渡 "
    "能登 伊那 宇治 奥羽 紀伊 安芸 讃岐 豊後 日向 薩摩"
).split()
_ORGANISATION = (
    "工業大学 理科大学 化学工業 精密 電機 製作所 マテリアルズ キャピタル パートナーズ 商事 エンジニアリング 研究所"
).split()
_WHO = (
    "共同研究先の博士研究員 定年退職する工程技術者 競合へ転職する主任研究員 装置メーカーの保守員 外部委託先の解析担当 "
    "海外工場の現地採用技術者 資産査定に入る買い手の技術顧問 資本提携先の派遣役員 派遣社員 出向者 金型の製作委託先 "
    "学会の聴講者 展示会の来場者 工場見学の参加者 部材の供給元 クラウド事業者の運用担当 標準化の作業部会の参加者 "
    "顧客の購買技術担当 共同出資会社の技術者 上場準備の引受審査担当"
).split()
_HOW = (
    "条件表を私物の端末に写して持ち出す 発表資料に未公開の数値を載せる 試作品を分解して構造を調べる "
    "図面の写しを返さないまま契約が終わる 開示資料の範囲が合意より広くなる 口頭の説明で勘所を聞き出す "
    "保守の記録から装置設定を復元する 権限の残った共有フォルダに後から入る 生成系の翻訳サービスに原稿を入力する "
    "改良発明の帰属を曖昧にしたまま出願する 監査の名目で工程を撮影する 退職後に競合の顧問として助言する "
    "歩留まりの推移から工程順序を推定する 委託先が再委託して管理が及ばなくなる 電子メールの宛先を誤って送る"
).split()
_CAUSE = (
    "事前確認が口頭だけで記録が残らない。 持ち出しの申請が形だけになっている。 契約の期限を誰も見ていない。 "
    "知る人が一人で、引き継ぎの計画がない。 秘密の表示がなく、範囲が伝わっていない。 "
    "権限の棚卸しが二年行われていない。 再委託の承認条項が契約にない。 相手先の情報管理を確かめていない。 "
    "退職時の面談が人事部門だけで行われている。 試作品の返却を確認していない。 "
    "海外拠点の入退室の記録が本社に届かない。 部門ごとに判断が分かれている。"
).split()
_RESULT = (
    "三年分の先行を失う 主要顧客の指名を失う 値下げ競争に巻き込まれる 提携先の信用を損なう 出願の新規性を失う "
    "国内の供給の基盤が弱まる 契約違反の責めを負う 軍事転用の疑いを招く 投資の回収が遅れる 人材の流出が続く"
).split()
_MEASURE = (
    "発表前の知財・法務の確認 持ち出しの申請と記録 秘密表示の徹底 退職者面談と誓約書 権限の棚卸し 契約期限の一覧管理 "
    "相手先の情報管理の点検 開示範囲の段階化 試作品の返却確認 工程の分割と黒箱化 複数名への技能の引き継ぎ "
    "端末の持込み制限 ログの月次点検 再委託の事前承認 工場見学の動線の見直し 輸出管理の該非判定 "
    "投資家への開示の審査 現地採用者への教育 図面の版管理 通報窓口の周知"
).split()
_EVIDENCE = "議事録 点検表 契約書の写し 社内規程 監査報告 教育の受講記録 面談記録".split()
_ENGLISH = (
    "slurry dispersion, barrier coating, wafer bonding, kiln atmosphere, die casting, optical inspection, "
    "battery binder, membrane casting, laser trimming, powder classification"
).split(", ")

QUERIES = (
    "焼結条件",
    "炉",
    "退職",
    "共同研究",
    "膜",
    "歩留まり",
    "持ち出す",
    "金型",
    "知財",
    "契約 期限",
    "窒化ガリウム",
    "顧問",
    "slurry",
    "温度プロファイル",
    "信用",
)
"""What people look for: typed one key after another, so that words of one and two characters are asked too."""


def keystrokes(query: str) -> list[str]:
    """What stands in the search line after each key press of a word that is typed."""
    return [query[:n] for n in range(1, len(query) + 1) if query[n - 1] != " "]


class Synthetic:
    """Entries of a register of `size` technologies. `chunks` gives them in an order that can be taken in."""

    def __init__(self, size: int, seed: int = 1) -> None:
        self.size = size
        self.chance = random.Random(seed)  # noqa: S311 - the same data each time, no secret
        self.people: list[Person] = []
        self.counterparties: list[Counterparty] = []
        self.engagements: list[Engagement] = []
        self._made = 0

    def chunks(self, technologies: int = 2_000) -> Iterator[list[Item]]:
        """All entries, in parts that one act can hold comfortably."""
        yield [*self._everyone(), *self._others()]
        for first in range(0, self.size, technologies):
            part: list[Item] = []
            for _ in range(min(technologies, self.size - first)):
                part += self.technology()
            yield part

    # --- chance ---

    def new(self, model: type[T], **fields: Any) -> T:
        """An entry with all defaults, an id from the seed, and these fields."""
        return model.model_construct(id=f"{self.chance.getrandbits(128):032x}", **fields)

    def one(self, words: tuple[str, ...] | list[str]) -> str:
        return words[int(self.chance.random() * len(words))]

    def choice(self, choices: type[Choice]) -> Any:
        return self.chance.choice(list(choices))

    def day(self, first: int, last: int) -> date:
        """A day, counted from today."""
        return TODAY + timedelta(days=self.chance.randint(first, last))

    def maybe(self, share: float, value: Any) -> Any:
        return value if self.chance.random() < share else None

    def who(self) -> str:
        return self.chance.choice(self.people).id

    def name(self) -> str:
        """A code name: a material, a process, an aspect; now and then in English, often with a type number."""
        if self.chance.random() < 0.08:
            return f"{self.one(_ENGLISH).title()} {self.chance.randint(1, 9)}{self.one('ABCDEFGHK')}"
        text = f"{self.one(_MATERIAL)}の{self.one(_PROCESS)}{self.one(_ASPECT)}"
        return text + self.one(["", "", f" {self.one('ABKMX')}{self.chance.randint(1, 99)}"])

    # --- who and with whom ---

    def _everyone(self) -> Iterator[Item]:
        roles = "主査 主任 課長 部長 室長 グループ長 研究員 執行役員".split()
        for n in range(max(12, min(240, self.size // 20))):
            person = self.new(
                Person,
                name=f"{self.one(_UNIT)} {self.one(roles)} {n + 1:03d}",
                department=self.choice(w.Department),
                role=f"{self.one(_MATERIAL)}の{self.one(_PROCESS)}を受け持つ",
            )
            self.people.append(person)
            yield person

    def _others(self) -> Iterator[Item]:
        for n in range(max(4, self.size // 10)):
            counterparty = self.new(
                Counterparty,
                name=f"{self.one(_PLACE)}{self.one(_PLACE)}{self.one(_ORGANISATION)} {n + 1}",
                kind=self.choice(w.CounterpartyKind),
                owner=self.who(),
                due_diligence_until=self.maybe(0.5, self.day(-200, 700)),
                note=f"{self.one(_MATERIAL)}の{self.one(_PROCESS)}で取引がある。{self.one(_CAUSE)}",
                **{f: self.maybe(0.8, self.chance.randint(1, 4)) for f in ("dependency", "penetration")},
                **{f: self.maybe(0.8, self.chance.randint(1, 4)) for f in ("maturity", "trust")},
            )
            self.counterparties.append(counterparty)
            yield counterparty
        for n in range(max(4, self.size // 5)):
            engagement = self.new(
                Engagement,
                title=f"{self.one(_MATERIAL)}の{self.one(_PROCESS)}に関する案件 {n + 1}",
                kind=self.choice(w.EngagementKind),
                stage=self.choice(w.Stage),
                counterparties=(self.chance.choice(self.counterparties).id,),
                owner=self.who(),
                ends_on=self.maybe(0.6, self.day(-100, 900)),
                note=f"{self.one(_PLACE)}の拠点で進める。{self.one(_CAUSE)}",
            )
            self.engagements.append(engagement)
            yield engagement
            yield self.new(
                Agreement,
                engagement=engagement.id,
                type=self.choice(w.AgreementType),
                title=f"{self.one(_MATERIAL)}の開示に関する契約書",
                expires_on=self.day(-300, 900),
            )
            yield self.new(
                Milestone,
                engagement=engagement.id,
                label=f"{self.one(_PROCESS)}の中間報告",
                kind=self.choice(w.MilestoneKind),
                on=self.day(-200, 500),
                done=self.chance.random() < 0.5,
            )
        sessions = [
            self.new(
                Review,
                title=f"第{n + 1}回 技術流出対策レビュー会",
                status=w.ReviewStatus.CLOSED if n < 7 else w.ReviewStatus.PLANNED,
                planned_on=TODAY - timedelta(days=90 * (7 - n) - 20),
                held_on=TODAY - timedelta(days=90 * (7 - n) - 20) if n < 7 else None,
                attendees=tuple(p.id for p in self.people[:6]),
                scope=self.one(_CAUSE),
            )
            for n in range(8)
        ]
        yield from sessions
        for n in range(40):
            yield self.new(
                ChecklistAnswer,
                item=f"Q{n + 1:02d}",
                answer=self.choice(w.Answer),
                evidence=self.one(_EVIDENCE) if self.chance.random() < 0.7 else "",
                as_of=self.day(-300, 0),
            )
        for _ in range(max(4, self.size // 20)):
            yield self.new(
                Decision,
                title=f"{self.one(_MATERIAL)}の案件で{self.one(_MEASURE)}を行うか",
                category=self.choice(w.DecisionCategory),
                status=self.choice(w.DecisionStatus),
                review=self.chance.choice(sessions).id,
                owner=self.who(),
                due=self.day(-60, 200),
                reason=self.one(_CAUSE),
            )

    # --- what must not leak, and how it could ---

    def technology(self) -> list[Item]:
        """A technology with its elements, exposures, their ratings and countermeasures."""
        chance, name = self.chance, self.name()
        scores = {
            f: self.maybe(0.9, chance.randint(0, 4))
            for f in (
                "competitive_edge",
                "non_substitutability",
                "catch_up",
                "dependence",
                "national_base",
                "secrecy",
            )
        }
        technology = self.new(
            Technology,
            code_name=name,
            outline=(
                f"{self.one(_UNIT)}が{self.one(_PLACE)}工場で用いる{name}を識別するための見出し。"
                f"{self.one(_MATERIAL)}の{self.one(_PROCESS)}と組み合わせ、{self.one(_ASPECT)}に特徴がある。"
                "条件そのものは書かない。"
            ),
            kind=self.choice(w.TechnologyKind),
            business_unit=self.one(_UNIT),
            products=(f"{self.one(_MATERIAL)} {chance.randint(100, 999)}",),
            status=chance.choice([w.TechnologyStatus.REGISTERED] * 8 + list(w.TechnologyStatus)),
            owner=self.maybe(0.95, self.who()),
            executive=self.maybe(0.7, self.who()),
            next_review=self.maybe(0.9, self.day(-90, 365)),
            impact_financial=chance.randint(1, 5),
            impact_market=self.maybe(0.8, chance.randint(1, 5)),
            secrecy_managed=self.choice(w.Requirement),
            source_ref=f"K-{chance.randint(1, 99_999)}",
            note=self.one(_CAUSE) if chance.random() < 0.3 else "",
            **scores,
        )
        made: list[Item] = [technology]
        made.append(
            self.new(
                Element,
                technology=technology.id,
                name=f"{self.one(_PROCESS)}の{self.one(_ASPECT)}",
                type=self.choice(w.ElementType),
                holders=chance.randint(1, 12),
                location=f"{self.one(_PLACE)}工場 保管棚 {chance.randint(1, 40)}",
            )
        )
        exposures = [self._exposure(technology) for _ in range(5)]
        made += exposures
        for exposure in exposures:
            made += self._ratings(exposure)
        made += [self._countermeasure(exposures) for _ in range(3)]
        if chance.random() < 0.1:
            made.append(
                self.new(
                    Observation,
                    title=f"{self.one(_WHO)}の行動に変化",
                    kind=self.choice(w.ObservationKind),
                    status=self.choice(w.ObservationStatus),
                    observed_on=self.day(-200, 0),
                    technology=technology.id,
                    fact=f"{self.one(_PLACE)}工場で{self.one(_HOW)}おそれのある行為が見られた。",
                )
            )
        return made

    def _exposure(self, technology: Technology) -> Exposure:
        chance = self.chance
        return self.new(
            Exposure,
            technology=technology.id,
            title=f"{self.one(_WHO)}が{self.one(_PROCESS)}の{self.one(_ASPECT)}について{self.one(_HOW)}",
            route=f"R{chance.randint(1, 16):02d}" if chance.random() < 0.97 else "",
            engagement=self.maybe(0.3, chance.choice(self.engagements).id),
            counterparty=self.maybe(0.3, chance.choice(self.counterparties).id),
            vector=self.choice(w.Vector),
            cause=self.one(_CAUSE),
            path=f"{self.one(_PLACE)}拠点の{self.one(_WHO)}から{self.one(_PLACE)}の{self.one(_WHO)}に渡る。",
            consequence=f"{self.one(_MATERIAL)}で{self.one(_RESULT)}。",
            status=chance.choice(
                [w.ExposureStatus.IDENTIFIED, w.ExposureStatus.TREATING, w.ExposureStatus.TREATING]
                + list(w.ExposureStatus)
            ),
            treatment=self.choice(w.Treatment),
            owner=self.maybe(0.9, self.who()),
            department=self.choice(w.Department),
            next_review=self.maybe(0.4, self.day(-60, 365)),
            source_ref=f"E-{chance.randint(1, 999_999)}",
        )

    def _ratings(self, exposure: Exposure) -> list[Item]:
        chance = self.chance
        bases = [w.Basis.CURRENT] if chance.random() < 0.9 else []
        if chance.random() < 0.3:
            bases.insert(0, w.Basis.INHERENT)
        return [
            self.new(
                Rating,
                exposure=exposure.id,
                basis=basis,
                likelihood=chance.choice((1, 2, 2, 3, 3, 3, 4, 4, 5)),
                impact=chance.choice((1, 2, 2, 3, 3, 3, 4, 4, 5)),
                impact_driver=self.choice(w.ImpactDimension),
                urgency=chance.randint(1, 5),
                confidence=chance.randint(1, 3),
                rationale=f"{self.one(_CAUSE)}{self.one(_MEASURE)}は始まったばかりである。",
                rated_on=self.day(-300, 0),
                rated_by=self.who(),
            )
            for basis in bases
        ]

    def _countermeasure(self, exposures: list[Exposure]) -> Countermeasure:
        chance = self.chance
        return self.new(
            Countermeasure,
            title=f"{self.one(_UNIT)}における{self.one(_MEASURE)}",
            catalog_id=f"CM{chance.randint(1, 67):02d}",
            description=f"{self.one(_PROCESS)}の{self.one(_ASPECT)}を対象に{self.one(_MEASURE)}を行う。",
            purpose=self.choice(w.Purpose),
            exposures=tuple(e.id for e in chance.sample(exposures, chance.randint(1, 2))),
            department=self.choice(w.Department),
            owner=self.maybe(0.9, self.who()),
            due=self.maybe(0.9, self.day(-200, 300)),
            status=self.choice(w.CountermeasureStatus),
            cost_initial=chance.randint(0, 200) * 50_000,
            operating_effect=self.maybe(0.5, chance.randint(0, 4)),
            tested_on=self.maybe(0.4, self.day(-400, 0)),
            evidence=self.one(_EVIDENCE) if chance.random() < 0.5 else "",
        )
