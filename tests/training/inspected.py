"""A city that supervises: its programme was delivered, it has a check form with weights, and officers who check. All invented."""

from datetime import date, datetime
from io import BytesIO
from typing import Any

from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from lms.accounts.models import User
from lms.lib.clock import SHANGHAI
from lms.training.lifecycle import services as cases
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import NewRule, Said
from lms.training.programmes.models import Programme
from lms.training.supervision import checks, frames
from lms.training.supervision.checks import Filled, NewForm
from lms.training.supervision.frames import NewFrame
from lms.training.supervision.models import Check, SampleDraw, SampleFrame, SeedCommit, Sort
from lms.training.supervision.process import CODE, DOCUMENT, PROCESS
from lms.training.yearly_plans.services import NewRight, set_right
from tests.factories.accounts import member
from tests.training.advanced import City
from tests.training.cases import SYSTEM, pdf

VALUES: dict[str, int | None] = {
    **{setting.name: None for setting in PROCESS.settings},
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
    ("weight_need", "选题与岗位需求对得上"),
    ("weight_delivery", "签到和教学记录齐全"),
    ("weight_problem", "学员回岗位解决了实际问题"),
    ("weight_problem", "解决问题有企业的证明"),
    ("weight_benefit", "成果能持续使用"),
)
SECRETS = ("0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210")
ROOT = "ab" * 32
GOOD = {f"i{number:02d}": {"mark": 80, "remark": ""} for number in range(1, 6)}


class Inspection(City):
    """authority: the lead of its region; officer and second check, third and chief judge what was put right; answerer: of the college."""

    def __init__(self, lead: bool = True, **values: int | None) -> None:
        super().__init__()
        self.third: User = member("officer", self.authority, display_name="秦越")
        self.answerer: User = member("admin", self.college, display_name="韩院")
        cases.set_rule(SYSTEM, NewRule(CODE, self.authority, date(2022, 12, 2), VALUES | values, DOCUMENT))
        self.form = checks.set_form(
            SYSTEM, NewForm(self.authority, date(2022, 12, 2), ITEMS, "申人社专〔2026〕3 号（测试）")
        )
        if lead:
            set_right(
                SYSTEM, NewRight("申江市", self.authority, date(2022, 1, 1), "申人社专〔2022〕1 号（测试）")
            )

    def delivered(self, clock: Any) -> Programme:
        programme = self.enrolling()
        return self.reported(clock, programme, self.admitted(programme))

    def frozen(self, **changes: Any) -> SampleFrame:
        values: dict[str, Any] = {
            "authority": self.authority,
            "title": "2026 年研修项目抽查",
            "sort": Sort.PROGRAMME,
            "announced": False,
            "first_day": date(2026, 1, 1),
            "last_day": date(2026, 3, 31),
            "takes": {"city": 1},
        } | changes
        return frames.freeze(self.officer, NewFrame(**values))

    def bound_by(self, frame: SampleFrame) -> list[str]:
        return [frames.commit(self.officer, frame), frames.commit(self.second, frame)]

    def drawn(self, **changes: Any) -> SampleDraw:
        """Drawn from by taking over: the ledger of the tests has no root of the day."""
        frame = self.frozen(**changes)
        self.bound_known(frame)
        row = SeedCommit.objects.filter(frame=frame).order_by("-pk").first()
        assert row is not None
        return frames.replay_reveals(SYSTEM, frame, dict(enumerate(SECRETS, 1)), row.at.date(), ROOT, row.at)

    def bound_known(self, frame: SampleFrame) -> None:
        for user, secret in ((self.officer, SECRETS[0]), (self.second, SECRETS[1])):
            frames.commit(user, frame, secret=secret, by=SYSTEM)

    def visiting(self, **changes: Any) -> Check:
        check = self.drawn(**changes).checks.get()
        return checks.assign(self.third, check, [self.officer, self.second])

    def handed_in(self, *findings: str, marks: dict[str, Any] | None = None, **changes: Any) -> Check:
        check = self.visiting(**changes)
        revision = checks.save(self.officer, check, Filled(marks or GOOD, "现场与材料一致。", findings))
        return checks.hand_in(self.officer, check, revision=revision)

    def decided(self, *findings: str, **changes: Any) -> Check:
        return checks.confirm(self.second, self.handed_in(*findings, **changes))

    def finding(self, **changes: Any) -> Case:
        return self.decided("签到表缺两天", **changes).raised.get().case

    def answer(self, case: Case, name: str = "correct") -> Case:
        files = [pdf("整改.pdf")] if name == "correct" else []
        case.refresh_from_db()
        cases.act(self.answerer, case, name, Said("已补齐签到表", files))
        case.refresh_from_db()
        return case


def desk(client: Any, user: User) -> Any:
    """The client of somebody who comes to the staff screens."""
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(user)
    return client


def picture(
    name: str = "现场.jpg", size: tuple[int, int] = (640, 480), place: bool = True
) -> SimpleUploadedFile:
    """A photo as a phone takes it: lying on its side, with time, device and place in it."""
    image = Image.new("RGB", size, "navy")
    exif = Image.Exif()
    exif[0x0110] = "Telephone 9"
    exif[0x0112] = 6
    if place:
        exif.get_ifd(0x8825)[1] = "N"
        exif.get_ifd(0x8825)[2] = (31.0, 13.0, 48.0)
    kept = BytesIO()
    image.save(kept, "JPEG", exif=exif)
    return SimpleUploadedFile(name, kept.getvalue(), "image/jpeg")


def noon(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=SHANGHAI)
