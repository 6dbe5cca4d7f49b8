"""Demo tenders of the invented city: one that ended with an award, walked step by step in the past, and one that takes bids now. Loaded again, nothing
is doubled.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from lms.accounts.api import Membership, Organisation, Role, User, grant_role
from lms.lib.actor import Actor
from lms.lib.clock import SHANGHAI, now, today
from lms.lib.workdays import NoCalendar, add_working_days
from lms.training.experts.demo import registered
from lms.training.grants.demo import demo_fund
from lms.training.grants.purses import Moved
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import NewRule, Said
from lms.training.tenders import bidding, money, panel, queries, rules, sealing
from lms.training.tenders.bidding import Past
from lms.training.tenders.models import Tender, TenderAward, TenderBid
from lms.training.tenders.money import Kind
from lms.training.tenders.process import BIDS, CODE, DOCUMENT, PROCESS
from lms.training.tenders.queries import belongs

DEMO = Actor.system("demo")
CITY, DISTRICT = "sjrs", "lhrs"
IN_FORCE = date(2022, 12, 2)
SOURCE = f"{DOCUMENT}（演示：期限和人数是演示主管部门自己设定的）"
VALUES: dict[str, int | None] = {
    "check_days": 5,
    "supplement_days": 5,
    "least_bid_days": 5,
    "review_days": 10,
    "least_experts": 2,
    "notice_days": 5,
}
FUND = "继续教育基地培训资源专项（演示）"
TITLES = ("工业机器人应用培训资源（演示）", "数字化车间实训环境（演示）")
CRITERIA = (
    rules.Criterion("方案的针对性", 40),
    rules.Criterion("队伍和经验", 25),
    rules.Criterion("报价", 20),
    rules.Criterion("基地评估", 10, "base", 60),
    rules.Criterion("检查评估", 5, "checks", 60),
)
_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n"
# When the first package was published.
DAYS_AGO = 70


def load_demo_tenders(people: Mapping[str, User], organisations: Mapping[str, Organisation]) -> None:
    """The city's rule and two packages of its district. Nothing while the demo has no base with somebody who may bid, or no calendar."""
    city = organisations[CITY]
    district = Organisation.objects.filter(code=DISTRICT).first()
    if district is None:
        return
    grant_role(people["curator"], district, Role.OFFICER, DEMO)
    if cases.rule_on(CODE, city, today()) is None:
        cases.set_rule(
            DEMO,
            NewRule(
                CODE, city, IN_FORCE, {row.name: VALUES.get(row.name) for row in PROCESS.settings}, SOURCE
            ),
        )
    way = _Way(people, city, district)
    if not way.bidders:
        return
    # A year whose calendar is not there has no such tender.
    with suppress(NoCalendar):
        way.ended()
        way.open_now()


def _noon(day: date) -> datetime:
    """Noon of a day in Shanghai; today, now."""
    return min(datetime.combine(day, time(12), SHANGHAI), now())


class _Way:
    """The packages of the district, step by step."""

    def __init__(self, people: Mapping[str, User], city: Organisation, district: Organisation) -> None:
        self.people, self.city, self.district = people, city, district
        self.drafter, self.officer, self.second = people["curator"], people["officer"], people["officer2"]
        self.began = add_working_days(today() - timedelta(days=DAYS_AGO), 1)
        self.bidders = [
            (row.organisation, row.user)
            for row in Membership.objects.filter(role__in=BIDS, user__in=list(people.values()))
            .select_related("organisation", "user")
            .order_by("organisation__code")
            if not bidding.why_not(row.organisation, self.began)
        ]

    def made(self, title: str) -> bool:
        return Case.objects.filter(process=CODE, authority=self.city, facts__title=title).exists()

    def published(self, facts: rules.Facts, day: date) -> Tender:
        at = _noon(day)
        case = cases.replay_begin(DEMO, self.drafter, CODE, self.district, self.city, at)
        case = cases.describe(self.drafter, case, rules.dump(facts))
        self.act(self.drafter, case, "submit", day)
        self.act(self.officer, case, "publish", day)
        return Tender.objects.get(case=case)

    def act(self, user: User | None, case: Case, name: str, day: date, reason: str = "") -> None:
        case.refresh_from_db()
        cases.replay(DEMO, user, case, name, Said(reason), _noon(day))

    def bid(self, tender: Tender, place: int, amount: int, day: date) -> tuple[TenderBid, str]:
        """A sealed bid, and its key file."""
        body, user = self.bidders[place]
        part = tender.parts.get()
        about, key = bidding.sealing_about(part, body), sealing.new_key()
        data = sealing.seal(key, about, sealing.Content(amount, "投标书（演示）.pdf", _PDF))
        given = SimpleUploadedFile("bid.sealed", data)
        row = bidding.seal(user, part, body, given, Past(_noon(day), DEMO))
        return row.bid, sealing.written_key(key, about, row.sha256)

    def ended(self) -> None:
        """Everybody who can bids, three experts score (one has an interest and says so), and the part is awarded."""
        if self.made(TITLES[0]):
            return
        tender = self.published(
            rules.Facts(
                title=TITLES[0],
                level="city",
                fund="city",
                bid_days=8,
                opening_days=2,
                tie="base",
                lots=(
                    rules.Lot(
                        "courses",
                        "面向装备制造企业工程师，开发工业机器人集成、调试、维护三门课程，配案例和题库。演示数据。",
                        60_000_000,
                        180,
                        CRITERIA,
                    ),
                ),
            ),
            self.began,
        )
        sealed = [
            (self.bid(tender, place, 54_000_000 - place * 2_000_000, add_working_days(self.began, 3)), user)
            for place, (_body, user) in enumerate(self.bidders[:3])
        ]
        for key in ("assessor", "learner2", "reviewer"):
            registered(self.city, self.people[key])
            panel.name_expert(self.officer, tender, self.people[key])
        opens = tender.closes_on + timedelta(days=1)
        self.act(None, tender.case, "open", opens)
        for (bid, key), user in sealed:
            bidding.unseal(user, bid, key, Past(_noon(opens), DEMO))
        scored_on = tender.opens_until + timedelta(days=1)
        self.act(self.officer, tender.case, "review", scored_on)
        self.scored(tender, Past(_noon(scored_on), DEMO))
        self.act(self.officer, tender.case, "announce", scored_on)
        notice = tender.case.notices.latest("pk")
        self.act(
            self.second,
            tender.case,
            "award",
            notice.last_day + timedelta(days=1),
            "公示期内没有异议。演示决定。",
        )
        for award in queries.awards(tender):
            self.paid(award)

    def paid(self, award: TenderAward) -> None:
        """The whole contract is promised, and half of it paid."""
        fund = demo_fund(self.city, "city", FUND, IN_FORCE)
        whole, half = award.amount_fen, award.amount_fen // 2
        money.move(self.officer, award, Moved(Kind.COMMIT, whole, "演示资助决定 2 号", today(), fund, "演示"))
        money.move(self.second, award, Moved(Kind.PAY, half, "演示付款 2 号", today(), note="首付款，演示"))

    def scored(self, tender: Tender, past: Past) -> None:
        for number, expert in enumerate(tender.experts.select_related("person")):
            person, bids = expert.person, panel.valid_bids(tender)
            own = {bid.bidder_id for bid in bids if belongs(person, bid.bidder_id)}
            for place, bid in enumerate(bids):
                panel.declare(
                    person,
                    tender,
                    bid.bidder,
                    conflict=bid.bidder_id in own,
                    text="本人在该单位任职" if bid.bidder_id in own else "",
                    past=past,
                )
                # The package has one part: with an interest in one of its bidders they score none.
                if own:
                    continue
                names = [row.name for row in panel.panel_criteria(bid.part)]
                marks = {name: 88 - 3 * place - number + step for step, name in enumerate(names)}
                panel.score(person, bid, marks, dict.fromkeys(names, "与投标文件相符。演示打分。"), past)

    def open_now(self) -> None:
        if self.made(TITLES[1]):
            return
        day = today() - timedelta(days=3)
        tender = self.published(
            rules.Facts(
                title=TITLES[1],
                level="city",
                fund="city",
                bid_days=20,
                opening_days=3,
                tie="price",
                lots=(
                    rules.Lot(
                        "environment",
                        "建一个可以拆装的数字化车间实训环境，供各基地轮流使用。演示数据。",
                        120_000_000,
                        240,
                        CRITERIA,
                    ),
                ),
            ),
            day,
        )
        self.bid(tender, 0, 110_000_000, day)
