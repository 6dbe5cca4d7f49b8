"""The demo's grant: the base that stands in the invented district got it, spends it and has one voucher of another use waiting. Loaded
again, nothing is doubled, and what a visitor did stays.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from lms.accounts.api import Organisation, User, employments_in_force
from lms.lib.actor import Actor
from lms.lib.clock import local_day, now
from lms.training.bases.demo import IN_FORCE, SOURCE
from lms.training.bases.models import Base
from lms.training.coordination.api import state_opinion
from lms.training.coordination.demo import group_of
from lms.training.grants.models import Fund
from lms.training.grants.process import CODE, PLAN, PROCESS
from lms.training.grants.rules import BudgetLine, Facts, dump
from lms.training.grants.services import NewFund, set_fund
from lms.training.lifecycle import services
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import NewRule, Said
from lms.training.posts import services as posts
from lms.training.posts.models import SkillPost

DEMO = Actor.system("demo")
FUNDS = (
    ("district", "青溪区地方教育附加区级统筹资金"),
    ("city", "申江市知识更新工程专项"),
)
# Who sits in the district's group, the lead first, and for whom: one of the demo's organisations, else the district's authority.
GROUP = (("curator", ""), ("auditor", "sjrs"), ("reviewer", "sjgh"))
FACTS = Facts(
    purpose="添置数控车削实训耗材，培养企业内部培训师，开展带徒传技。",
    budget=(
        BudgetLine("materials", 9_000_000, "刀具、量具、棒料"),
        BudgetLine("teachers", 6_000_000, "内训师进修"),
        BudgetLine("apprentices", 5_000_000, "师傅带徒津贴"),
    ),
)
_PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n"


def demo_fund(authority: Organisation, money: str, name: str, since: date) -> Fund:
    """The authority's fund of this name, made where it has none."""
    found = Fund.objects.filter(authority=authority, name=name).first()
    return found or set_fund(DEMO, NewFund(authority, money, name, "演示设定，没有文件依据", since))


def load_demo_grants(
    people: Mapping[str, User], organisations: Mapping[str, Organisation], district: Organisation
) -> None:
    """The rule, two funds, one grant on its way, and two posts at the base."""
    if services.rule_on(CODE, district, local_day(now())) is None:
        values = {setting.name: setting.standard for setting in PROCESS.settings}
        services.set_rule(DEMO, NewRule(CODE, district, IN_FORCE, values, SOURCE))
    for money, name in FUNDS:
        demo_fund(district, money, name, date(2023, 1, 1))
    seats = [(people[key], organisations.get(body, district)) for key, body in GROUP]
    group_of(district, seats)
    base = Base.objects.filter(
        authority=district, body=organisations["qsjx"], removed_on__isnull=True
    ).first()
    if base is None:
        return
    if not Case.objects.filter(process=CODE, authority=district, body=base.body).exists():
        _grant(base, people["hr"], people["officer"], [people[key] for key, _body in GROUP])
    _posts(base, people["hr"], people["learner"])


def _grant(base: Base, clerk: User, officer: User, group: Sequence[User]) -> None:
    def day(ago: int) -> date:
        return local_day(now() - timedelta(days=ago))

    def act(user: User, name: str, ago: int, reason: str = "", **values: Any) -> None:
        case.refresh_from_db()
        row = PROCESS.transition(name)
        files = [_pdf(name)] if row is not None and row.takes else []
        services.replay(DEMO, user, case, name, Said(reason, files, values), now() - timedelta(days=ago))

    def paid(fen: int, voucher: str, payee: str, ago: int) -> dict[str, Any]:
        return {"fen": fen, "voucher": voucher, "payee": payee, "paid_on": day(ago)}

    at = now() - timedelta(days=302)
    case = services.replay_begin(DEMO, clerk, CODE, base.body, base.authority, at)
    services.describe(clerk, case, dump(FACTS))
    services.attach(clerk, case, PLAN, [_pdf(PLAN)], at=at, by=DEMO)
    act(clerk, "submit", 300)
    act(officer, "check", 295, "预算与基地项目相符，报协调小组。")
    fund = Fund.objects.get(authority=base.authority, money="district", name=FUNDS[0][1])
    for person in group:
        state_opinion(person, case, "agree", "", at=now() - timedelta(days=283))
    act(officer, "approve", 280, fund=fund, fen=FACTS.fen, decided_on=day(282))
    act(officer, "pay", 270, paid_on=day(271), voucher="QX-BK-0031")
    act(clerk, "spend", 200, use="materials", **paid(8_640_000, "FP-20260117", "溪北刃具商行（演示）", 201))
    act(clerk, "spend", 120, use="teachers", **paid(5_200_050, "FP-20260402", "青溪技师学院", 121))
    why = "印制实训安全图册 300 册，供学员和产业链企业使用。"
    act(clerk, "propose", 9, why, **paid(960_000, "FP-20260718", "溪南印务社（演示）", 10))


def _posts(base: Base, clerk: User, worker: User) -> None:
    """Only while the person works there: a visitor of the demo may have ended it."""
    there = employments_in_force().filter(organisation=base.body, user=worker).exists()
    if SkillPost.objects.filter(base=base).exists() or not there:
        return
    today = local_day(now())
    first = today.replace(month=1, day=1)
    last = date(today.year + 2, 12, 31)
    chief = posts.NewPost(
        "chief", "数控车削首席技师", worker, first, last, 200_000, "青申人〔演示〕5 号", funds_fen=3_000_000
    )
    post = posts.appoint(clerk, base, chief)
    posts.appoint(
        clerk,
        base,
        posts.NewPost("studio", "精车技能大师工作室", worker, first, last, 100_000, "青申人〔演示〕6 号"),
    )
    # The month's payment was entered with the voucher of somebody else, struck, and entered anew.
    wrong = posts.pay(clerk, post, posts.Paid(first, 200_000, first, "GZ-10", 1_000_000))
    posts.strike(clerk, post, wrong, "凭证号写成了别的岗位的，冲正后重新登记。")
    posts.pay(clerk, post, posts.Paid(first, 200_000, first, "GZ-01", 1_000_000))
    posts.award(
        clerk, post, title="年度技术能手", reason="主轴装夹改造，废品率减半。", day=first, fen=500_000
    )


def _pdf(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{name}.pdf", _PAPER, "application/pdf")
