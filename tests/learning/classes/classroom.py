"""A provider with a blended course, its staff and a class run, for tests. Everybody here is invented."""

from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from lms.accounts.models import User
from lms.learning.classes import attendance, practice, queries, services
from lms.learning.classes.models import ClassMeeting, ClassPlace, ClassRun, PracticeResult
from lms.learning.classes.services import NewMeeting, NewRun
from lms.lib.clock import SHANGHAI
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.factories.courses import released_course

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
DAY = datetime(2026, 3, 10, 9, tzinfo=SHANGHAI)
HOUR = timedelta(hours=1)


class Classroom:
    """A college with a teacher, an assessing body with an assessor, a blended course and one class of it.

    The class meets on 10 and 11 March 2026, 9:00 – 12:00; the tests' clock stands on 2 March.
    """

    def __init__(self, *, capacity: int = 2, meetings: int = 2, **course: Any) -> None:
        self.college = OrganisationFactory(kind="college", name="青溪技师学院")
        self.body = OrganisationFactory(kind="assessor", name="申江技能评价中心")
        self.teacher = member("teacher", self.college, display_name="吴工")
        self.assessor = member("assessor", self.body, display_name="孙技")
        self.release = released_course(**{"provider": self.college, "mode": "blended"} | course)
        self.course = self.release.course
        self.run = self.planned(capacity=capacity)
        self.meetings = [self.meeting(DAY + timedelta(days=place)) for place in range(meetings)]
        if meetings:
            self.run = services.move(self.teacher, self.run, "open")

    def said(self, **changes: Any) -> NewRun:
        values = {
            "course": self.course.uuid,
            "title": "春季第一班",
            "place": "青溪校区 3 号实训楼",
            "starts_on": date(2026, 3, 10),
            "ends_on": date(2026, 3, 20),
            "enrol_until": date(2026, 3, 9),
            "capacity": 2,
            "assessor_body": self.body.uuid,
        } | changes
        return NewRun(**values)

    def planned(self, **changes: Any) -> ClassRun:
        return services.plan(self.teacher, self.said(**changes))

    def meeting(self, starts_at: datetime = DAY, **changes: Any) -> ClassMeeting:
        values = {
            "title": "对刀与首件",
            "teacher": "吴工",
            "starts_at": starts_at,
            "ends_at": starts_at + 3 * HOUR,
        } | changes
        return services.add_meeting(self.teacher, self.run, NewMeeting(**values))

    def learner(self, **user: Any) -> ClassPlace:
        return services.join(UserFactory(**user), self.run)

    def began(self) -> None:
        self.run = services.move(self.teacher, self.run, "start")

    def checklist(self, *items: str) -> Any:
        return practice.publish_checklist(
            self.teacher, self.course, items or ("对刀", "首件检验"), source="实训室操作规程"
        )

    def present(self, place: ClassPlace, *meetings: ClassMeeting) -> None:
        """There from start to end, by the roster of a teacher who looks afterwards."""
        for meeting in meetings or self.meetings:
            attendance.correct(
                self.teacher,
                meeting,
                place.uuid,
                since=meeting.starts_at,
                until=meeting.ends_at,
                reason="纸质签到表",
            )

    def judged(
        self, place: ClassPlace, *, passed: bool = True, by: User | None = None, **more: Any
    ) -> PracticeResult:
        found = queries.checklist_of(self.course)
        values = {
            "checklist": found.uuid,
            "done": frozenset(item["key"] for item in found.items) if passed else frozenset(),
            "passed": passed,
            "after": place.results.count(),
            "remark": "" if passed else "对刀方向反了",
        } | more
        photos = values.pop("photos", ())
        return practice.sign_off(by or self.assessor, place, practice.Sheet(**values), photos)


def photo(name: str = "首件.png", content: bytes = PNG) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)
