"""A district authority with two officers and their superior, a firm that applies for a base, and the way there. All invented."""

from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from lms.accounts.models import Organisation, User
from lms.lib.actor import Actor
from lms.lib.clock import SHANGHAI
from lms.training.bases.process import CODE, CONDITIONS, EXPERT, PRIORITY
from lms.training.bases.rules import Facts, Firm, Project, dump
from lms.training.experts import api as experts
from lms.training.experts.models import Expert
from lms.training.lifecycle import services
from lms.training.lifecycle.models import Act, Case, ProcessRule
from lms.training.lifecycle.services import NewRule, Said
from tests.factories.accounts import MembershipFactory, OrganisationFactory, member

SYSTEM = Actor.system("tests")
FIRM_CODE = "91350100M000100Y43"
VALUES: dict[str, int | None] = {
    "notice_days": 5,
    "recheck_months": 12,
    "count_least": 5,
    "count_most": 10,
    "accept_days": 5,
    "supplement_days": 10,
    "review_days": 20,
    "appeal_days": 10,
    "recheck_days": 20,
}
FACTS = Facts(
    site="实训车间 600 平方米，数控车床 12 台",
    department="培训部",
    staff=3,
    experts=4,
    projects=(Project("数控车削", "key_industry", "6-18-01-01", "own", 60),),
    sources=("staff", "chain"),
    firms=(Firm("配套件厂", FIRM_CODE),),
)


def pdf(name: str = "材料.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"%PDF-1.4 " + name.encode(), "application/pdf")


def office(name: str = "区人社局", **values: int | None) -> Organisation:
    """An authority with a rule in force."""
    authority = OrganisationFactory(name=name, kind="authority")
    ruled(authority, date(2023, 6, 14), **values)
    return authority


def ruled(authority: Organisation, since: date, **values: int | None) -> ProcessRule:
    return services.set_rule(SYSTEM, NewRule(CODE, authority, since, VALUES | values, "青人社〔2023〕17 号"))


class Bureau:
    """authority: with officer, second and chief (its administrator); firm: with clerk, who applies for it."""

    def __init__(self, **values: int | None) -> None:
        self.authority = office(**values)
        self.officer: User = member("officer", self.authority, display_name="郑明")
        self.second: User = member("officer", self.authority, display_name="何平")
        self.chief: User = member("admin", self.authority, display_name="丁局")
        self.firm = OrganisationFactory(name="青申精机", kind="enterprise")
        self.clerk: User = member("hr", self.firm)

    def draft(self, body: Organisation | None = None, clerk: User | None = None, **facts: Any) -> Case:
        """Begun and told of, without any evidence."""
        body, clerk = body or self.firm, clerk or self.clerk
        case = services.begin(clerk, CODE, body, self.authority)
        return services.describe(clerk, case, dump(FACTS) | facts)

    def complete(self, *kinds: str, clerk: User | None = None, **options: Any) -> Case:
        case = self.draft(clerk=clerk, **options)
        for kind in kinds or CONDITIONS:
            services.attach(clerk or self.clerk, case, kind, [pdf(f"{kind}.pdf")])
        return case

    def other(self, name: str = "另一家厂") -> tuple[Organisation, User]:
        firm = OrganisationFactory(name=name, kind="enterprise")
        return firm, member("hr", firm)

    def filed(self, **options: Any) -> Case:
        case = self.complete(**options)
        return self.by(options.get("clerk") or self.clerk, case, "submit")

    def by(self, user: User, case: Case, *names: str, reason: str = "符合条件") -> Case:
        """Do these acts one after the other, each on the case as it stands."""
        for name in names:
            case.refresh_from_db()
            row = case.declared.transition(name)
            files = [pdf("意见.pdf")] if row is not None and row.takes else []
            services.act(user, case, name, Said(reason, files))
        case.refresh_from_db()
        return case

    def struck(self, case: Case, reason: str, by: User | None = None) -> Case:
        """Taken back, as it can be contested: told why, heard, and decided by another."""
        self.by(by or self.officer, case, "recheck", "intend", reason=reason)
        clerk = User.objects.get(pk=case.applicant_id)
        self.by(clerk, case, "defend", reason="正在整改")
        return self.by(self.chief, case, "remove", reason=reason)

    def removed(self, case: Case, reason: str) -> Case:
        """The same, and the body leaves it at that."""
        self.struck(case, reason)
        return self.by(User.objects.get(pk=case.applicant_id), case, "accept_removal")

    def announced(self, **options: Any) -> Case:
        return self.by(self.officer, self.filed(**options), "accept", "pass")

    def named(self, clock: Any, **options: Any) -> Case:
        """Through the public notice; the clock stands on the day after it."""
        case = self.announced(**options)
        after(clock, case.due_on)
        return self.by(self.officer, case, "name")


def after(clock: Any, day: date | None) -> None:
    """The clock to the noon after a day."""
    assert day is not None
    clock.move_to(at(day + timedelta(days=1)))


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)


def last(case: Case) -> Act:
    found = case.acts.last()
    assert found is not None
    return found


__all__ = ["CONDITIONS", "EXPERT", "PRIORITY", "Bureau", "MembershipFactory"]


def registered(authority: Organisation, *people: User, **more: Any) -> list[Expert]:
    """In the authority's register of experts, as they have agreed; who is there already stays."""
    found = []
    for person in people:
        there = Expert.objects.filter(
            authority=authority, person=person, state__in=("asked", "listed")
        ).first()
        values = {"fields": ["industry"], "basis": "正高级工程师", "since": date(2024, 1, 1)} | more
        entry = there or experts.enter(SYSTEM, experts.NewExpert(authority, person, **values))
        found.append(entry if entry.state == "listed" else experts.answer(person, entry, agree=True))
    return found
