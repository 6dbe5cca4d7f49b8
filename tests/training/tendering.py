"""A city authority that publishes needs packages, the district that draws them up, bases that bid, experts, and the way to an award. All invented."""

from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from lms.accounts.models import Organisation, User
from lms.lib.clock import now, today
from lms.training.ce_bases.models import BaseReview, BaseStandard, EducationBase
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import NewRule, Said
from lms.training.supervision.models import Check, CheckForm
from lms.training.tenders import bidding, panel, rules, sealing
from lms.training.tenders.models import SealedBid, Tender, TenderBid, TenderPart
from lms.training.tenders.process import CODE, DOCUMENT, PROCESS
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.training.cases import SYSTEM, after, registered

VALUES: dict[str, int | None] = {
    **{setting.name: None for setting in PROCESS.settings},
    "supplement_days": 5,
    "notice_days": 5,
}
PDF = b"%PDF-1.4 bid"
CRITERIA = (
    rules.Criterion("方案", 60),
    rules.Criterion("价格", 20),
    rules.Criterion("基地评估", 15, "base", 60),
    rules.Criterion("检查评估", 5, "checks", 50),
)
COURSES = rules.Lot("courses", "开发三门工业机器人课程。", 50_000_000, 180, CRITERIA)
RESEARCH = rules.Lot("research", "知识更新的需求调查。", 8_000_000, 90, (rules.Criterion("方案", 100),))


class Market:
    """authority: with officer, second and chief; district: with drafter; bases one and two, with one_hr and two_hr; expert, other_expert. The tests'
    clock stands on 2 March 2026; bids close after five working days, keys come in the two after that."""

    def __init__(self, **values: int | None) -> None:
        self.authority = OrganisationFactory(name="申江市人社局", kind="authority")
        rule = NewRule(CODE, self.authority, date(2022, 12, 2), VALUES | values, DOCUMENT)
        cases.set_rule(SYSTEM, rule)
        self.officer: User = member("officer", self.authority, display_name="郑明")
        self.second: User = member("officer", self.authority, display_name="何平")
        self.chief: User = member("admin", self.authority, display_name="丁局")
        self.auditor: User = member("auditor", self.authority, display_name="审计")
        self.district = OrganisationFactory(name="青溪区人社局", kind="authority")
        self.drafter: User = member("officer", self.district, display_name="林区")
        self.one, self.one_hr = self.base("青溪技师学院")
        self.two, self.two_hr = self.base("青申职工大学")
        self.expert: User = UserFactory(display_name="顾专家")
        self.other_expert: User = UserFactory(display_name="沈专家")
        registered(self.authority, self.expert, self.other_expert)
        self.keys: dict[int, str] = {}

    def body(self, name: str) -> tuple[Organisation, User]:
        body = OrganisationFactory(name=name, kind="college")
        return body, member("hr", body)

    def base(self, name: str, since: date = date(2024, 1, 1)) -> tuple[Organisation, User]:
        body, clerk = self.body(name)
        self.named(body, clerk, since)
        return body, clerk

    def named(self, body: Organisation, clerk: User, since: date) -> EducationBase:
        return EducationBase.objects.create(
            case=self._case(body, clerk),
            authority=self.authority,
            body=body,
            number=f"CE-{body.code}",
            host_kind="university",
            industry="industry",
            specialty="智能制造",
            named_on=since,
        )

    def _case(self, body: Organisation, clerk: User) -> Case:
        return Case.objects.create(
            process=CODE,
            authority=self.authority,
            body=body,
            applicant=clerk,
            state="draft",
            waits="applicant",
            begun_at=now(),
        )

    def evaluated(self, body: Organisation, centimarks: int, day: date = date(2026, 1, 10)) -> None:
        base = EducationBase.objects.get(body=body)
        standard = BaseStandard.objects.get_or_create(
            authority=self.authority,
            version=1,
            defaults={
                "valid_from": date(2024, 1, 1),
                "title": "评估标准",
                "source": DOCUMENT,
                "criteria": [],
                "grades": [],
                "pass_mark": 60,
                "least_experts": 1,
                "corrections": 0,
                "at": now(),
            },
        )[0]
        BaseReview.objects.create(
            case=base.case,
            number=base.case.base_reviews.count() + 1,
            purpose="periodic",
            standard=standard,
            opened_on=day,
            closed_on=day,
            centimarks=centimarks,
            passed=centimarks >= 6000,
        )

    def checked(self, body: Organisation, centimarks: int, day: date = date(2026, 2, 1)) -> None:
        form = CheckForm.objects.get_or_create(authority=self.authority, version=1, defaults=self._form())[0]
        Check.objects.create(
            number=f"JC-{body.code}-{day.isoformat()}",
            authority=self.authority,
            body=body,
            sort="base",
            subject=body.uuid,
            title="定期检查",
            reason="年度检查",
            form=form,
            rule=self._rule(),
            state="decided",
            checked_on=day,
            centimarks=centimarks,
            verdict="pass" if centimarks >= 6000 else "fail",
            planned_at=now(),
            decided_at=now(),
        )

    def _rule(self) -> Any:
        found = cases.rule_on(CODE, self.authority, today())
        assert found is not None
        return found

    def _form(self) -> dict[str, Any]:
        return {"valid_from": date(2024, 1, 1), "items": [], "source": DOCUMENT, "at": now()}

    def facts(self, **changes: Any) -> rules.Facts:
        values = {
            "title": "工业机器人培训资源",
            "level": "city",
            "fund": "city",
            "bid_days": 5,
            "opening_days": 2,
            "tie": "base",
            "lots": (COURSES,),
        } | changes
        return rules.Facts(**values)

    def draft(self, **changes: Any) -> Case:
        case = cases.begin(self.drafter, CODE, self.district, self.authority)
        return cases.describe(self.drafter, case, rules.dump(self.facts(**changes)))

    def by(self, user: User, case: Case, *names: str, reason: str = "按程序办理", **values: Any) -> Case:
        for name in names:
            case.refresh_from_db()
            cases.act(user, case, name, Said(reason, values=values))
        case.refresh_from_db()
        return case

    def submitted(self, **changes: Any) -> Case:
        return self.by(self.drafter, self.draft(**changes), "submit")

    def published(self, **changes: Any) -> Tender:
        case = self.by(self.officer, self.submitted(**changes), "publish")
        return Tender.objects.get(case=case)

    def part(self, tender: Tender, code: str = "courses") -> TenderPart:
        return tender.parts.get(code=code)

    def sealed_file(
        self, part: TenderPart, body: Organisation, amount: int | None = 48_000_000, file: bytes = PDF
    ) -> tuple[SimpleUploadedFile, str]:
        """What a bidder hands in, and the key file they keep."""
        about, key = bidding.sealing_about(part, body), sealing.new_key()
        data = sealing.seal(key, about, sealing.Content(amount, "投标书.pdf", file))
        text = sealing.written_key(key, about, sealing.fingerprint(data))
        return SimpleUploadedFile("x.sealed", data), text

    def bid(
        self, part: TenderPart, body: Organisation, user: User, amount: int | None = 48_000_000, **more: Any
    ) -> SealedBid:
        given, key = self.sealed_file(part, body, amount, **more)
        row = bidding.seal(user, part, body, given)
        self.keys[row.bid_id] = key
        return row

    def closed(self, clock: Any, tender: Tender) -> Tender:
        """The first day on which keys are taken; the platform's clock has gone its round."""
        after(clock, tender.closes_on)
        cases.tend()
        return fresh(tender)

    def opened(self, clock: Any, tender: Tender) -> Tender:
        found = self.closed(clock, tender)
        users = {self.one.pk: self.one_hr, self.two.pk: self.two_hr}
        for bid in TenderBid.objects.filter(part__tender=tender, case__state="sealed"):
            bidding.unseal(users[bid.bidder_id], bid, self.keys[bid.pk])
        return found

    def reviewing(self, clock: Any, tender: Tender, *experts: User) -> Tender:
        """With all bids open; the panel is named."""
        registered(self.authority, *experts)
        for person in experts or (self.expert,):
            panel.name_expert(self.officer, tender, person)
        self.opened(clock, tender)
        self.by(self.officer, tender.case, "review")
        return fresh(tender)

    def scored(self, tender: Tender, user: User, body: Organisation, *marks: int) -> None:
        """No interest declared, and these marks for all the panel's criteria in turn."""
        for bid in TenderBid.objects.filter(part__tender=tender, bidder=body, void="", judged=True):
            panel.declare(user, tender, body, conflict=False)
            names = [row.name for row in panel.panel_criteria(bid.part)]
            given = dict(zip(names, marks, strict=True))
            panel.score(user, bid, given, dict.fromkeys(names, "按投标文件"))

    def announced(self, clock: Any, **changes: Any) -> Tender:
        """Two bids for courses, one expert; the first base stands first."""
        tender = self.published(**changes)
        part = self.part(tender)
        self.bid(part, self.one, self.one_hr, 48_000_000)
        self.bid(part, self.two, self.two_hr, 45_000_000)
        tender = self.reviewing(clock, tender)
        self.scored(tender, self.expert, self.one, 90, 70)
        self.scored(tender, self.expert, self.two, 70, 90)
        self.by(self.officer, tender.case, "announce")
        return fresh(tender)

    def awarded(self, clock: Any, **values: Any) -> Tender:
        tender = self.announced(clock)
        after(clock, tender.case.due_on)
        self.by(self.second, tender.case, "award", **values)
        return fresh(tender)


def fresh(tender: Tender) -> Tender:
    return Tender.objects.select_related("case__rule", "case__authority", "case__body").get(pk=tender.pk)
