"""Somebody for every declared process who can take every act of it, with all that its room asks for beside: for the walks of
test_every_way.py and the machine of test_lifecycle_machine.py. All invented."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from lms.accounts.models import User
from lms.learning.classes import services as classes
from lms.lib.clock import now, today
from lms.lib.errors import Refusal
from lms.training.ce_bases import reviews
from lms.training.ce_bases.process import CODE as CE_BASE
from lms.training.ce_bases.process import FILING_CODE as CE_FILING
from lms.training.digital.process import CODE as DIGITAL
from lms.training.grants.models import Spend
from lms.training.grants.process import CODE as GRANT
from lms.training.grants.services import totals_of
from lms.training.lifecycle import services
from lms.training.lifecycle.declaration import Guard, Process, Side, Transition, process_of
from lms.training.lifecycle.models import Act, Case
from lms.training.lifecycle.services import NewRule, Said
from lms.training.programmes import results
from lms.training.programmes import services as programmes
from lms.training.programmes.models import Programme
from lms.training.programmes.process import CODE as PROGRAMME
from lms.training.supervision.process import CODE as FINDING
from lms.training.tenders import bidding, panel
from lms.training.tenders.models import Tender, TenderBid
from lms.training.tenders.process import BID
from lms.training.tenders.process import CODE as TENDER
from tests.factories.accounts import MembershipFactory, UserFactory, member
from tests.training.advanced import GOOD, City
from tests.training.advanced import fresh as fresh_programme
from tests.training.cases import SYSTEM, Bureau, at, pdf
from tests.training.ce import Region
from tests.training.digitals import Lab
from tests.training.grants import SAID, House
from tests.training.inspected import Inspection
from tests.training.tendering import Market
from tests.training.tendering import fresh as fresh_tender

BAD = dict.fromkeys(GOOD, 30)
# What a rule leaves open is set here, so that days are reckoned wherever they may be.
DAYS = 10


def dated(code: str, authority: Any, since: date = date(2022, 12, 3), **values: int | None) -> None:
    """The authority's rule of a process with days wherever it had none."""
    there = services.rule_on(code, authority, today())
    known: dict[str, int | None] = there.values if there else {}
    given = {
        row.name: DAYS if known.get(row.name) is None and row.name.endswith("_days") else known.get(row.name)
        for row in process_of(code).settings
    }
    services.set_rule(
        SYSTEM, NewRule(code, authority, max(since, process_of(code).since), given | values, "测试的设定")
    )


class Walker:
    """case: as it begins; clerk: who acts for its body; officers: of the authority, any of whom may begin; own: an officer who belongs
    to the body as well; stranger: belongs nowhere."""

    code = ""
    case: Case
    clerk: User

    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.begin()
        case = Case.objects.select_related("authority", "body").get(pk=self.case.pk)
        self.officers = [member("officer", case.authority) for _person in range(3)]
        self.own = MembershipFactory(organisation=case.authority, role="officer").user
        MembershipFactory(user=self.own, organisation=case.body, role="auditor")
        self.stranger = UserFactory()

    def begin(self) -> None:
        raise NotImplementedError

    @property
    def process(self) -> Process:
        return process_of(self.code)

    def now(self) -> Case:
        return Case.objects.select_related("rule", "authority", "body").get(pk=self.case.pk)

    def ready(self, name: str) -> None:
        """What the room wants to be done before this act."""

    def values(self, name: str) -> dict[str, Any]:
        return {}

    def said(self, row: Transition) -> Said:
        return Said("有理由", [pdf(f"{row.name}.pdf")] if row.takes else [], self.values(row.name))

    def day(self, row: Transition) -> None:
        """The clock to the first day on which the act can be done."""
        case = self.now()
        waits = Guard.NOTICE_OVER in row.guards or Guard.OVERDUE in row.guards
        if waits and case.due_on is not None and case.due_on >= today():
            self.clock.move_to(at(case.due_on + timedelta(days=1)))

    def able(self, row: Transition) -> list[User]:
        """Who may do it, whoever has the case in hand first."""
        if row.side == Side.APPLICANT:
            return [self.clerk]
        handler = self.now().handler
        return [*([handler] if handler else []), *self.officers]

    def step(self, user: User | None, row: Transition) -> None:
        """The act itself, on the case as it stands. Raises a Refusal."""
        if user is None:
            services.tend()
        else:
            services.act(user, self.now(), row.name, self.said(row))

    def do(self, name: str) -> bool:
        """The act with all that goes before it, by whoever may do it; False where it cannot be done now: then nothing is left of it."""
        row = self.process.transition(name)
        assert row is not None
        before = self.now().revision
        moment = now()
        with suppress(Refusal), transaction.atomic():
            self.ready(name)
            self.day(row)
            if self._by_anybody(row, before):
                return True
            raise Refusal("not now")
        self.clock.move_to(moment)
        return False

    def _by_anybody(self, row: Transition, before: int) -> bool:
        """Whether the first of those who may has done it; the clock does its acts by itself."""
        for user in [None] if row.side == Side.CLOCK else self.able(row):
            with suppress(Refusal), transaction.atomic():
                self.step(user, row)
            if Act.objects.filter(case=self.case, number__gt=before, name=row.name).exists():
                return True
        return False


class Base(Walker):
    code = "skills-base"

    def begin(self) -> None:
        bureau = Bureau()
        self.clerk, self.case = bureau.clerk, bureau.complete()


class Grant(Walker):
    code = GRANT

    def begin(self) -> None:
        self.house = House(use_months=24)
        dated(GRANT, self.house.authority, date(2023, 6, 15))
        self.clerk, self.case = self.house.clerk, self.house.application()
        self.vouchers = 0

    def values(self, name: str) -> dict[str, Any]:
        self.vouchers += 1
        paid = {"paid_on": today(), "voucher": f"PZ-{self.vouchers}"}
        return {
            "approve": self.house.meeting(),
            "decline": {"decided_on": today()},
            "pay": paid,
            "spend": paid | {"use": "rent", "fen": 100, "payee": "园区物业"},
            "propose": paid | {"fen": 100, "payee": "青申印务"},
            "strike": {"spend": self._booked()},
            "take_back": paid | {"fen": 100},
            "take_rest": paid | {"fen": 100},
        }.get(name, {})

    def _booked(self) -> int | None:
        rows = Spend.objects.filter(grant__case=self.case, steps__kind="booked").exclude(steps__kind="struck")
        return rows.values_list("number", flat=True).first()

    def ready(self, name: str) -> None:
        if name in SAID:
            self.house.says(self.now(), SAID[name])
        if name == "strike" and self._booked() is None:
            self.do("spend")
        if name == "settle":
            held = totals_of(self.house.grant(self.case)).held
            row = self.process.transition("take_rest")
            assert row is not None
            said = {"paid_on": today(), "voucher": "TK-余款", "fen": held}
            for user in self.able(row) if held else []:
                with suppress(Refusal):
                    services.act(user, self.now(), row.name, Said("余款", [pdf()], said))
                    break


class Advanced(Walker):
    code = PROGRAMME

    def begin(self) -> None:
        self.city = City()
        dated(PROGRAMME, self.city.authority)
        self.clerk, self.case = self.city.proposer, self.city.complete()

    def programme(self) -> Programme:
        return fresh_programme(Programme.objects.get(case=self.case))

    def ready(self, name: str) -> None:
        if name == "announce":
            programmes.publish_plan(self.city.officer, self.city.call, "年度计划", "测〔2026〕1 号")
            self.city.bound(self.programme())
        if name == "begin":
            classes.move(self.city.teacher, self.programme().run, "open")
            self.trainee = self.city.admitted(self.programme())
        if name == "report" and self.programme().run.state != "ended":
            run = classes.move(self.city.teacher, self.programme().run, "start")
            self.clock.move_to(at(date(2026, 3, 21)) + timedelta(hours=6))
            for place in self.programme().applications.filter(state="admitted"):
                self.city.judged(place)
            classes.move(self.city.teacher, run, "end")
            fen = {"teaching": 2_000_000, "venue": 0, "materials": 0, "board": 0, "other": 0}
            results.account(self.city.teacher, self.programme(), fen)
        if name in ("evaluate", "fail"):
            marks = GOOD if name == "evaluate" else BAD
            results.evaluate(self.city.officer, self.programme(), marks, "看了成果")
        if name == "cancel" and self.now().state == "running":
            classes.move(self.city.teacher, self.programme().run, "cancel", reason="教师生病")


class Digital(Walker):
    code = DIGITAL

    def begin(self) -> None:
        lab = Lab()
        dated(DIGITAL, lab.authority)
        self.clerk, self.case = lab.teacher, lab.complete("leaders")


class NoticedBase(Walker):
    """The rule asks for a public notice before the naming."""

    code = CE_BASE
    notice_days: int | None = 5

    def begin(self) -> None:
        self.region = Region()
        dated(CE_BASE, self.region.authority, notice_days=self.notice_days)
        self.clerk, self.case = self.region.clerk, self.region.complete()

    def values(self, name: str) -> dict[str, Any]:
        return {"document": "公告（测试）", "since": today()} if name in ("nominate", "elevate") else {}

    def _marked(self, mark: int, act: str) -> None:
        """Two experts mark what is open, and the score is made."""
        review = reviews.last_review(self.now())
        if review is not None and review.closed_on is None:
            if not review.seats.exists():
                self.region.marked(self.now(), mark, mark)
            if act and not self.do(act):
                raise Refusal("no score")

    def ready(self, name: str) -> None:
        if name in ("score", "tally"):
            self._marked(80, "")
        if name in ("pass", "name_unnoticed"):
            self._marked(80, "score")
        if name == "keep":
            self._marked(80, "tally")
        if name == "fail":
            self._marked(30, "tally")
        if name == "remove":
            for act in ("fail", "correct"):
                if not self.now().acts.filter(name=act).exists() and not self.do(act):
                    raise Refusal("not now")
            self._marked(30, "tally")
        if name == "elevate" and not self.now().acts.filter(name="nominate").exists():
            self.do("nominate")


class UnnoticedBase(NoticedBase):
    """It asks for none."""

    notice_days = None


class Filing(Walker):
    code = CE_FILING

    def begin(self) -> None:
        region = Region(notice_days=None)
        dated(CE_FILING, region.authority)
        region.base()
        self.clerk, self.case = region.clerk, region.plan()


class Package(Walker):
    code = TENDER

    def begin(self) -> None:
        self.market = Market()
        dated(TENDER, self.market.authority, least_bid_days=None, notice_days=5)
        self.clerk, self.case = self.market.drafter, self.market.draft()

    def tender(self) -> Tender:
        return fresh_tender(Tender.objects.get(case=self.case))

    def bids(self) -> Iterator[tuple[TenderBid, User]]:
        users = {self.market.one.pk: self.market.one_hr, self.market.two.pk: self.market.two_hr}
        for bid in TenderBid.objects.filter(part__tender__case=self.case).select_related("bidder"):
            yield bid, users[bid.bidder_id]

    def ready(self, name: str) -> None:
        if name == "open":
            part = self.market.part(self.tender())
            self.market.bid(part, self.market.one, self.market.one_hr, 48_000_000)
            self.market.bid(part, self.market.two, self.market.two_hr, 45_000_000)
            panel.name_expert(self.market.officer, self.tender(), self.market.expert)
        if name == "review":
            for bid, user in self.bids():
                bidding.unseal(user, bid, self.market.keys[bid.pk])
        if name == "announce":
            for body, marks in ((self.market.one, (90, 70)), (self.market.two, (70, 90))):
                self.market.scored(self.tender(), self.market.expert, body, *marks)
        if name == "again":
            row = services.object_to(UserFactory(), self.now().notices.latest("pk"), "打分表有误")
            handler = self.now().handler
            assert handler is not None
            services.answer(handler, row, upheld=True, text="属实")
        if name == "fail" and self.now().state == "opening":
            # No key has come.
            self.clock.move_to(at(self.tender().opens_until + timedelta(days=1)))
            services.tend()


class Bid(Walker):
    """The first base's bid: what is done on it is done on its own page, with a sealed file or a key."""

    code = BID

    def begin(self) -> None:
        self.market = Market()
        self.tender = self.market.published()
        self.clerk = self.market.one_hr
        self.part = self.market.part(self.tender)
        self.bid = self.market.bid(self.part, self.market.one, self.clerk).bid
        self.case = self.bid.case

    def step(self, user: User | None, row: Transition) -> None:
        if user is None or user != self.clerk:
            super().step(user, row)
        elif row.name == "seal":
            self.market.bid(self.part, self.market.one, user)
        elif row.name == "unseal":
            bidding.unseal(user, TenderBid.objects.get(pk=self.bid.pk), self.market.keys[self.bid.pk])
        else:
            bidding.take_back(user, TenderBid.objects.get(pk=self.bid.pk))

    def ready(self, name: str) -> None:
        if name == "unseal":
            self.clock.move_to(at(self.tender.closes_on + timedelta(days=1)))
            services.tend()


class Finding(Walker):
    code = FINDING

    def begin(self) -> None:
        self.city = Inspection()
        self.city.programme = self.city.delivered(self.clock)
        self.clerk, self.case = self.city.answerer, self.city.finding()


WALKERS: dict[str, Callable[[Any], Walker]] = {
    "skills-base": Base,
    "base-grant": Grant,
    "advanced-programme": Advanced,
    "digital-item": Digital,
    "ce-base": NoticedBase,
    "ce-base-unnoticed": UnnoticedBase,
    "ce-filing": Filing,
    "tender": Package,
    "tender-bid": Bid,
    "check-finding": Finding,
}
