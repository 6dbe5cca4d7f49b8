"""Demo data of claims: invented rules that say so, and two claims of a demo engineer. Safe to run twice."""

from collections.abc import Mapping
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from lms.accounts.api import Organisation, Role, User, grant_role
from lms.learning.declarations.decisions import NewRule, Verdict, publish_rule, review
from lms.learning.declarations.models import Activity, Category, HoursActivityRule, HoursDeclaration
from lms.learning.declarations.services import Declared, declare
from lms.lib.actor import Actor
from lms.lib.clock import today

DEMO = Actor.system("demo")
SOURCE = "演示规则，仅用于试用"
EMPLOYER, DEPARTMENT = "qsjx", "sjrs"
# activity, grade, hundredths of an hour per unit, unit
RULES = (
    (Activity.TRAINING, "", 100, "课时"),
    (Activity.CONFERENCE, "全国性", 1200, "次"),
    (Activity.CONFERENCE, "省级", 800, "次"),
)
# The smallest picture there is, for a claim to have a file.
_PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63f80f0001010100b1"
    "38f6140000000049454e44ae426082"
)


def load_demo_declarations(people: Mapping[str, User], organisations: Mapping[str, Organisation]) -> int:
    """people: "teacher" (who also works at the demo's enterprise), "hr" of it, "officer" of the authority. Makes rules,
    a claim that was accepted and one that waits for the employer. Returns how many claims there are.
    """
    worker, hr, officer = people["teacher"], people["hr"], people["officer"]
    grant_role(worker, organisations[EMPLOYER], Role.TEACHER, DEMO)
    grant_role(officer, organisations[DEPARTMENT], Role.REVIEWER, DEMO)
    if "officer2" in people:
        # An appeal is heard by somebody else.
        grant_role(people["officer2"], organisations[DEPARTMENT], Role.REVIEWER, DEMO)
    for activity, grade, amount, word in RULES:
        category = Category.SPECIALTY
        known = HoursActivityRule.objects.filter(activity=activity, grade=grade, category=category)
        if not known.exists():
            publish_rule(
                DEMO,
                NewRule(
                    activity=activity,
                    grade=grade,
                    category=category,
                    valid_from=today() - timedelta(days=730),
                    centihours_per_unit=amount,
                    unit_word=word,
                    source=SOURCE,
                ),
            )
    done = _claim(
        worker,
        organisations,
        title="全国智能制造学术年会",
        organiser="申江市机械工程学会",
        activity=Activity.CONFERENCE,
        grade="全国性",
        days_ago=40,
        centiunits=100,
    )
    if done is not None:
        done = review(hr, done, Verdict("accept", "属实，本单位派出"))
        review(officer, done, Verdict("accept", "与会议通知和签到表相符"))
    _claim(
        worker,
        organisations,
        title="数控机床维护研修班",
        organiser="青溪技师学院",
        activity=Activity.TRAINING,
        grade="",
        days_ago=12,
        centiunits=1600,
    )
    return HoursDeclaration.objects.filter(person=worker).count()


def _claim(
    worker: User,
    organisations: Mapping[str, Organisation],
    *,
    title: str,
    organiser: str,
    activity: str,
    grade: str,
    days_ago: int,
    centiunits: int,
) -> HoursDeclaration | None:
    """The claim, or None when it is there already."""
    if HoursDeclaration.objects.filter(person=worker, title=title).exists():
        return None
    last = today() - timedelta(days=days_ago)
    said = Declared(
        activity=activity,
        grade=grade,
        category=Category.SPECIALTY,
        title=title,
        organiser=organiser,
        starts_on=last - timedelta(days=1),
        ends_on=last,
        centiunits=centiunits,
        employer=organisations[EMPLOYER].uuid,
        department=organisations[DEPARTMENT].uuid,
    )
    return declare(worker, said, [SimpleUploadedFile("通知.png", _PICTURE)])
