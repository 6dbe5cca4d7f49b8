"""The people of a review: two editors, the approver of their college, the platform's reviewer; and a course of theirs."""

from dataclasses import dataclass
from typing import Any

from courses.models import CoursePage, LessonPage
from courses.review import services
from lms.accounts.api import Organisation, Role, User, actor, staff_group
from tests.factories import courses as make
from tests.factories.accounts import member


def staff(role: str, organisation: Organisation, name: str = "") -> User:
    user = member(role, organisation, display_name=name or role)
    user.groups.add(staff_group())
    return user


@dataclass
class Crew:
    college: Organisation
    platform: Organisation
    editor: User
    approver: User
    curator: User
    course: CoursePage

    @property
    def fresh(self) -> CoursePage:
        return CoursePage.objects.get(pk=self.course.pk)

    @property
    def lesson(self) -> LessonPage:
        return LessonPage.objects.descendant_of(self.course).order_by("path").first()

    @property
    def titles(self) -> list[str]:
        """What learners have now."""
        release = self.course.releases.order_by("-number").first()
        return [lesson.title for lesson in release.lessons.all()] if release else []

    def draft(self, page: Any, **fields: Any) -> None:
        """The editor saves a draft."""
        draft = type(page).objects.get(pk=page.pk).get_latest_revision_as_object()
        for name, value in fields.items():
            setattr(draft, name, value)
        draft.save_revision(user=self.editor, clean=False)

    def submit(self, user: User | None = None) -> None:
        user = user or self.editor
        services.submit(self.fresh, user, actor(user, Role.EDITOR, self.college))

    def decide(self, user: User, *, passed: bool = True, comment: str = "") -> None:
        services.decide(self.fresh.current_workflow_task_state, user, passed=passed, comment=comment)


def crew(**fields: Any) -> Crew:
    """A live course and everybody it takes to change it."""
    college = make.organisation("shkd")
    platform = make.organisation("sjrs", "authority")
    release = make.released_course(provider=college, **fields)
    return Crew(
        college,
        platform,
        staff("editor", college, "周文"),
        staff("approver", college, "秦越"),
        staff("curator", platform, "叶青"),
        release.course,
    )
