"""Demo checks of the invented city: a frame that was drawn from, its check finished with a finding that was put right and closed, and a
second check that is under way. The form, weights, pass mark and days are the demo authority's own. Loaded again, nothing is doubled.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from hashlib import sha256
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from PIL import Image, ImageDraw

from lms.accounts.api import Organisation, Role, User, grant_role
from lms.lib.actor import Actor
from lms.lib.clock import local_day, now, today
from lms.lib.errors import Refusal
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import NewRule, Said
from lms.training.programmes.models import Programme
from lms.training.supervision import checks, frames, rules
from lms.training.supervision.checks import Filled, NewForm
from lms.training.supervision.frames import NewFrame
from lms.training.supervision.models import Check, CheckForm, SampleDraw, SampleFrame, Sort
from lms.training.supervision.process import CODE, DOCUMENT, PROCESS

DEMO = Actor.system("demo")
CITY, HOST = "sjrs", "qpjx"
IN_FORCE = date(2022, 12, 2)
SOURCE = f"{DOCUMENT}（演示：权重、合格线、期限和公开方式由虚构的申江市自己设定）"
VALUES: dict[str, int | None] = {
    "weight_need": 10,
    "weight_delivery": 20,
    "weight_problem": 40,
    "weight_benefit": 30,
    "pass_mark": 60,
    "publish_results": 1,
    "correct_days": 10,
    "recheck_days": 5,
    "contest_days": 5,
}
ITEMS = (
    ("weight_need", "选题与学员单位的岗位需求对得上"),
    ("weight_delivery", "签到、教学记录和师资与计划一致"),
    ("weight_delivery", "资助资金专款专用，凭证齐全"),
    ("weight_problem", "学员回单位以后解决了实际问题，有企业证明"),
    ("weight_benefit", "成果能持续使用，对行业或区域有长期效益"),
)
TITLE = "研修项目抽查（演示）"
FINDING = "演示：第二天下午的签到表缺签退时间。"
_PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n"


def load_demo_supervision(people: Mapping[str, User], organisations: Mapping[str, Organisation]) -> None:
    """Form and rule of the city, one draw with its check, one check under way. Nothing without the demo's programmes."""
    city = organisations[CITY]
    delivered = Programme.objects.filter(case__authority=city, run__isnull=False, host__code=HOST).order_by(
        "pk"
    )
    programme = delivered.exclude(case__state="enrolling").first()
    if programme is None:
        return
    # Whoever judges what was put right has not made the check.
    grant_role(people["approver"], city, Role.OFFICER, DEMO)
    if cases.rule_on(CODE, city, today()) is None:
        values = {setting.name: VALUES.get(setting.name) for setting in PROCESS.settings}
        cases.set_rule(DEMO, NewRule(CODE, city, IN_FORCE, values, SOURCE))
    if not CheckForm.objects.filter(authority=city).exists():
        checks.set_form(DEMO, NewForm(city, IN_FORCE, ITEMS, SOURCE))
    if SampleFrame.objects.filter(authority=city).exists():
        return
    with transaction.atomic():
        draw = _drawn(people, city)
    check = draw.checks.order_by("pk").first()
    if check is not None:
        _finished(people, check)
    if not Check.objects.filter(authority=city, draw__isnull=True).exists():
        _under_way(people, city, programme)


def _ago(days: int) -> datetime:
    return now() - timedelta(days=days)


def _drawn(people: Mapping[str, User], city: Organisation) -> SampleDraw:
    day = today()
    frame = frames.freeze(
        DEMO,
        NewFrame(city, TITLE, Sort.PROGRAMME, False, day - timedelta(days=60), day, {"city": 1}),
        at=_ago(7),
    )
    secrets = {}
    for number, key in ((1, "officer"), (2, "officer2")):
        secrets[number] = sha256(f"{frame.sha256}{key}".encode()).hexdigest()[:32]
        frames.commit(people[key], frame, secret=secrets[number], at=_ago(6), by=DEMO)
    # The demo's books begin today: there is no root of that day, and the page says that this one was entered.
    root = rules.frame_hash("演示")
    return frames.replay_reveals(DEMO, frame, secrets, local_day(_ago(6)), root, _ago(5))


def _finished(people: Mapping[str, User], check: Check) -> None:
    one, two, third = people["officer"], people["officer2"], people["approver"]
    checks.assign(third, check, [one, two], at=_ago(5), by=DEMO)
    checks.add_photo(one, check, _photo("教室"), upload="demo-1", at=_ago(4), by=DEMO)
    marks = dict(zip((row["key"] for row in check.form.items), (85, 78, 90, 82, 76), strict=True))
    filled = Filled(
        {key: {"mark": mark, "remark": ""} for key, mark in marks.items()},
        "演示：到场查看一天，教学与计划一致；两家企业说明了用上的成果。",
        [FINDING],
    )
    revision = checks.save(one, check, filled)
    checks.hand_in(one, check, revision=revision, at=_ago(4), by=DEMO)
    try:
        checks.confirm(two, check, at=_ago(4), by=DEMO)
    except Refusal:
        # The year's calendar is not loaded: it waits for the confirmation, as it would in an office.
        return
    case = check.raised.get().case
    answers = case.applicant
    _act(answers, case, "correct", 2, "签退时间已按门禁记录补齐，并改用扫码签退。")
    _act(third, case, "close", 1, "记录已补齐，抽看三天一致，销号。")


def _under_way(people: Mapping[str, User], city: Organisation, programme: Programme) -> None:
    assert programme.run is not None
    check = checks.order(people["approver"], city, Sort.RUN, programme.run.uuid, "演示：按年度安排定期检查。")
    checks.assign(people["approver"], check, [people["officer"], people["officer2"]])
    first = check.form.items[0]["key"]
    checks.save(people["officer"], check, Filled({first: {"mark": 80, "remark": "与三家企业核对过。"}}))
    checks.add_photo(people["officer"], check, _photo("签到台"), upload="demo-2")


def _act(user: User, case: Case, name: str, days: int, reason: str) -> None:
    case.refresh_from_db()
    row = case.declared.transition(name)
    paper = SimpleUploadedFile("整改.pdf", _PAPER, "application/pdf")
    files = [paper] if row is not None and row.takes else []
    cases.replay(DEMO, user, case, name, Said(reason, files), _ago(days))


def _photo(about: str) -> SimpleUploadedFile:
    """A drawn picture, visibly none of a real place."""
    image = Image.new("RGB", (960, 720), "#dfe7ee")
    pen = ImageDraw.Draw(image)
    pen.rectangle((80, 420, 880, 640), outline="#38516b", width=6)
    pen.rectangle((240, 140, 720, 360), outline="#38516b", width=6)
    for left in range(120, 860, 190):
        pen.ellipse((left, 470, left + 90, 560), outline="#8a5a2b", width=6)
    kept = BytesIO()
    image.save(kept, "JPEG")
    return SimpleUploadedFile(f"{about}.jpg", kept.getvalue(), "image/jpeg")
