"""Demo institutions on their way: one asks to be registered, one was asked for more, one is suspended. All invented; safe to
run twice: what a visitor of the demo decided stays decided.
"""

from lms.accounts.institutions.models import InstitutionRequest
from lms.accounts.institutions.services import Said, ask, submit
from lms.accounts.organisations.models import Organisation
from lms.accounts.organisations.rules import uscc_check_digit
from lms.accounts.organisations.services import register_organisation, suspend_organisation
from lms.accounts.people.models import User
from lms.lib.actor import Actor

DEMO = Actor.system("demo")
_KIND = Organisation.Kind
SUSPENDED = "jgpx"


def _uscc(head: str) -> str:
    return head + uscc_check_digit(head)


def load_demo_institutions(applicant: User, officer: User) -> None:
    """applicant: somebody with a real name, who enters both; officer: of the authority, who asks for more of one."""
    if not InstitutionRequest.objects.filter(applicant=applicant).exists():
        submit(
            applicant,
            Said(
                _KIND.PROVIDER.value,
                "云港职业培训学校",
                _uscc("52990000DEM000008"),
                about="演示数据，虚构机构。培训工种：电工、焊工、叉车司机。",
            ),
        )
        waiting = submit(
            applicant,
            Said(
                _KIND.ASSESSOR.value,
                "江畔技能评价站",
                _uscc("52990000DEM000009"),
                about="演示数据，虚构机构。评价职业：电工、车工。",
            ),
        )
        ask(officer, waiting, "请补上评价机构备案通知书的照片，写明备案的职业和等级。")
    if not Organisation.objects.filter(code=SUSPENDED).exists():
        made = register_organisation(
            DEMO,
            code=SUSPENDED,
            name="旧港培训站",
            kind=_KIND.PROVIDER,
            uscc=_uscc("52990000DEM000010"),
        )
        suspend_organisation(made, DEMO, "演示数据：办学许可证到期，换证以前暂停。")
