"""Needs packages of the invented year: in each unit one package of its department to every end, and bids of the unit's bases to every end of
theirs: opened and awarded, taken back, and sealed without a key in time.
"""

from datetime import date, datetime, time, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from lms.accounts.api import Organisation, User
from lms.lib.clock import SHANGHAI, now
from lms.lib.workdays import add_working_days
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import Said
from lms.training.tenders import bidding, panel, rules, sealing
from lms.training.tenders.bidding import Past
from lms.training.tenders.demo import CRITERIA, VALUES
from lms.training.tenders.models import Tender, TenderBid
from lms.training.tenders.process import CODE
from lms.training.year.ce_bases import FILINGS, host_of
from lms.training.year.world import DEMO, World, day_ago

ENDS = ("awarded", "failed", "cancelled", "refused", "withdrawn", "lapsed")
_NEEDS = ("工业机器人课程开发", "数字化车间实训环境", "检测技术师资进修", "新能源汽车维修题库")
_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n"
BEGAN, CEILING_FEN = 160, 60_000_000


def make(world: World) -> None:
    world.rule(CODE, world.city, VALUES)
    there = set(
        Case.objects.filter(process=CODE, authority=world.city).values_list("facts__title", flat=True)
    )
    for unit in world.units:
        for end in ENDS:
            if _title(world, unit, end) not in there:
                with transaction.atomic():
                    _Package(world, unit, end).walk()


def _title(world: World, unit: int, end: str) -> str:
    need = world.random("tender", unit, end).choice(_NEEDS)
    return f"{need}（演示年 {unit + 1}-{ENDS.index(end) + 1}）"


def _noon(day: date) -> datetime:
    return min(datetime.combine(day, time(12), SHANGHAI), now())


class _Package:
    """One package, from its draft to its end."""

    def __init__(self, world: World, unit: int, end: str) -> None:
        self.world, self.unit, self.end = world, unit, end
        self.body, self.drafter = world.department(unit)
        self.officer, self.second = world.officer(world.city), world.officer(world.city, 2)
        self.day = add_working_days(day_ago(BEGAN), 1)
        self.case: Case

    def act(self, user: User | None, name: str, day: date, reason: str = "") -> None:
        self.case.refresh_from_db()
        cases.replay(DEMO, user, self.case, name, Said(reason), _noon(day))

    def walk(self) -> None:
        title = _title(self.world, self.unit, self.end)
        lot = rules.Lot("courses", "演示年：按附件开发，配案例和题库。", CEILING_FEN, 180, CRITERIA)
        facts = rules.Facts(
            title=title, level="city", fund="city", bid_days=6, opening_days=2, tie="base", lots=(lot,)
        )
        at = _noon(self.day)
        self.case = cases.replay_begin(DEMO, self.drafter, CODE, self.body, self.world.city, at)
        self.case = cases.describe(self.drafter, self.case, rules.dump(facts))
        self.act(self.drafter, "submit", self.day)
        if self.end == "withdrawn":
            self.act(self.drafter, "withdraw", self.day)
        elif self.end == "refused":
            self.act(self.officer, "refuse", self.day, "演示年：与另一需求包重复。")
        elif self.end == "lapsed":
            self.act(self.officer, "ask", self.day, "演示年：请写明验收标准。")
        else:
            self.act(self.officer, "publish", self.day)
            tender = Tender.objects.select_related("case").get(case=self.case)
            if self.end == "cancelled":
                self.bid(tender, 0, Past(_noon(self.day + timedelta(days=1)), DEMO))
                self.act(self.officer, "cancel", self.day + timedelta(days=2), "演示年：需求有变，不再实施。")
            elif self.end == "awarded":
                self.awarded(tender)
            else:
                self.failed(tender)

    def bid(self, tender: Tender, place: int, past: Past) -> tuple[TenderBid, str, User]:
        """A sealed bid of one of the unit's bases, its key file, and who handed it in."""
        body, clerk = self.base(place)
        part = tender.parts.get()
        about, key = bidding.sealing_about(part, body), sealing.new_key()
        amount = CEILING_FEN - 3_000_000 * (place + 1)
        data = sealing.seal(key, about, sealing.Content(amount, "投标书（演示年）.pdf", _PDF))
        row = bidding.seal(clerk, part, body, SimpleUploadedFile("bid.sealed", data), past)
        return row.bid, sealing.written_key(key, about, row.sha256), clerk

    def base(self, place: int) -> tuple[Organisation, User]:
        return host_of(self.world, self.unit, f"base-{FILINGS[place]}")

    def awarded(self, tender: Tender) -> None:
        sealed = [
            self.bid(tender, place, Past(_noon(self.day + timedelta(days=1)), DEMO)) for place in (0, 1)
        ]
        experts = [self.world.expert(number) for number in (1, 2)]
        for expert in experts:
            panel.name_expert(self.officer, tender, expert, Past(_noon(self.day), DEMO))
        opens = tender.closes_on + timedelta(days=1)
        self.act(None, "open", opens)
        for row, key, clerk in sealed:
            bidding.unseal(clerk, row, key, Past(_noon(opens), DEMO))
        scored = tender.opens_until + timedelta(days=1)
        self.act(self.officer, "review", scored)
        past = Past(_noon(scored), DEMO)
        for number, expert in enumerate(experts):
            for place, (row, _key, _clerk) in enumerate(sealed):
                panel.declare(expert, tender, row.bidder, conflict=False, past=past)
                names = [item.name for item in panel.panel_criteria(row.part)]
                marks = dict.fromkeys(names, 90 - 6 * place - number)
                panel.score(expert, row, marks, dict.fromkeys(names, "演示年：与投标文件相符。"), past)
        self.act(self.officer, "announce", scored)
        last = self.case.notices.latest("pk").last_day
        self.act(self.second, "award", last + timedelta(days=1), "演示年：公示期内没有异议。")

    def failed(self, tender: Tender) -> None:
        """One bid is taken back, of the other no key comes in time."""
        past = Past(_noon(self.day + timedelta(days=1)), DEMO)
        back, _key, clerk = self.bid(tender, 0, past)
        bidding.take_back(clerk, back, past)
        kept, _key, _clerk = self.bid(tender, 1, past)
        self.act(None, "open", tender.closes_on + timedelta(days=1))
        over = tender.opens_until + timedelta(days=1)
        cases.replay(DEMO, None, Case.objects.get(pk=kept.case_id), "lapse", Said(), _noon(over))
        self.act(self.officer, "fail", over, "演示年：期限内没有可以开启的投标。")
