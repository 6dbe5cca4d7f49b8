"""A base with its plaque at a district authority, a fund, and the way of its one grant. All invented."""

from datetime import date, timedelta
from itertools import count
from typing import Any

from lms.accounts.models import Organisation, User
from lms.lib.clock import today
from lms.training.bases.models import Base
from lms.training.coordination.api import NewMember, name_member, state_opinion
from lms.training.coordination.models import GroupOpinion
from lms.training.grants.models import Fund, Grant
from lms.training.grants.process import CODE, PLAN, PROCESS
from lms.training.grants.rules import BudgetLine, Facts, dump
from lms.training.grants.services import NewFund, set_fund
from lms.training.lifecycle import services
from lms.training.lifecycle.models import Act, Case, ProcessRule
from lms.training.lifecycle.services import NewRule, Said
from tests.factories.accounts import OrganisationFactory, member
from tests.training.cases import SYSTEM, Bureau, pdf

_codes = count(1)
WHOLE = 20_000_000
SEATED = date(2023, 6, 14)
POSITIONS = ("lead", "member", "member")
# What the group has to have said, for an act that enters its decision.
SAID = {"approve": "agree", "decline": "against"}
FACTS = Facts(
    purpose="添置实训耗材，培养师资",
    budget=(BudgetLine("materials", 12_000_000), BudgetLine("teachers", 8_000_000)),
)


def ruled(authority: Organisation, since: date = date(2023, 6, 14), **values: int | None) -> ProcessRule:
    standard = {setting.name: setting.standard for setting in PROCESS.settings}
    new = NewRule(CODE, authority, since, standard | values, "青人社〔2023〕17 号")
    return services.set_rule(SYSTEM, new)


def coded(body: Organisation) -> str:
    """Give a body a code of its own."""
    body.uscc = f"91350100M{next(_codes):09d}"
    body.save()
    return body.uscc


def plaque() -> str:
    return f"QRS-JD2025-{Base.objects.count() + 1:03d}"


class House(Bureau):
    """A bureau with a rule for grants and a fund of the district; its firm holds a plaque, without the way to it."""

    def __init__(self, **values: int | None) -> None:
        super().__init__()
        ruled(self.authority, **values)
        self.fund = self.source("district", "区地方教育附加区级统筹资金")
        coded(self.firm)
        self.base = self.standing(self.firm, self.clerk)
        self.group = [self.chief, *(member("hr", body, display_name=name) for name, body in self._bodies())]
        for number, person in enumerate(self.group):
            body = person.memberships.get().organisation
            new = NewMember(
                self.authority, person, body, POSITIONS[number], "青人社〔2023〕3 号（测试）", SEATED
            )
            name_member(SYSTEM, new)

    @staticmethod
    def _bodies() -> list[tuple[str, Organisation]]:
        names = (("陈方", "区财政局"), ("黄圆", "区总工会"))
        return [(name, OrganisationFactory(name=body, kind="authority")) for name, body in names]

    def heard(self, case: Case, name: str) -> None:
        """The group has said what this act enters, unless it has said something already."""
        if name in SAID and case.state == "group" and not GroupOpinion.objects.filter(case=case).exists():
            self.says(case, SAID[name])

    def says(self, case: Case, *stands: str) -> None:
        """What each of the group says of a case; who has no stand of their own says the last one."""
        for number, person in enumerate(self.group):
            state_opinion(person, case, stands[min(number, len(stands) - 1)], "看过材料")

    def source(self, money: str, name: str) -> Fund:
        new = NewFund(self.authority, money, name, "青财教〔2023〕1 号（测试）", date(2023, 1, 1))
        return set_fund(SYSTEM, new)

    def standing(self, body: Organisation, clerk: User) -> Base:
        """A base as it stands, without the way to it."""
        case = self.draft(body=body, clerk=clerk)
        Case.objects.filter(pk=case.pk).update(state="named", waits="day", slot=None)
        return Base.objects.create(
            case=case,
            authority=self.authority,
            body=body,
            number=plaque(),
            named_on=today() - timedelta(days=200),
        )

    def application(
        self, facts: Facts = FACTS, body: Organisation | None = None, clerk: User | None = None
    ) -> Case:
        body, clerk = body or self.firm, clerk or self.clerk
        case = services.begin(clerk, CODE, body, self.authority)
        services.describe(clerk, case, dump(facts))
        services.attach(clerk, case, PLAN, [pdf("计划.pdf")])
        return case

    def act(
        self, user: User, case: Case, name: str, reason: str = "同意", file: bool = True, **values: Any
    ) -> Act:
        case.refresh_from_db()
        self.heard(case, name)
        row = PROCESS.transition(name)
        files = [pdf(f"{name}.pdf")] if file and row is not None and row.takes else []
        return services.act(user, case, name, Said(reason, files, values))

    def checked(self, **options: Any) -> Case:
        """Before the group."""
        case = self.application(**options)
        self.act(options.get("clerk") or self.clerk, case, "submit")
        self.act(self.officer, case, "check")
        return case

    def meeting(self, **changes: Any) -> dict[str, Any]:
        return {"fund": self.fund, "fen": WHOLE, "decided_on": today()} | changes

    def committed(self, **options: Any) -> Case:
        case = self.checked(**options)
        self.act(self.officer, case, "approve", **self.meeting())
        return case

    def paid(self, **options: Any) -> Case:
        case = self.committed(**options)
        self.act(self.officer, case, "pay", paid_on=today(), voucher="BK-1")
        return case

    def spend(
        self, case: Case, fen: int, use: str = "materials", voucher: str = "FP-1", **changes: Any
    ) -> Act:
        said = {"use": use, "fen": fen, "payee": "青申工具店", "voucher": voucher, "paid_on": today()}
        return self.act(self.clerk, case, "spend", **said | changes)

    def grant(self, case: Case) -> Grant:
        return Grant.objects.get(case=case)


def draft(bureau: Bureau) -> Case:
    """A complete application of a bureau's firm, with all it needs."""
    ruled(bureau.authority)
    coded(bureau.firm)
    House.standing(bureau, bureau.firm, bureau.clerk)  # type: ignore[arg-type]
    return House.application(bureau)  # type: ignore[arg-type]
