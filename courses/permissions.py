"""Whose courses and materials staff may touch, as Wagtail's own permission policies: every screen asks these, also those
without a hook of ours (publishing many at once, privacy, order, old revisions, choosers).

Owns: the answer, from today's memberships and the provider of the course. Refuses: deciding by group alone; the group
(access.py) says what staff may do somewhere, these say where.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet
from django.db.models.functions import Substr
from wagtail.models import GroupPagePermission, Page
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permission_policies.pages import PagePermissionPolicy
from wagtail.permissions import register_permission_policy

from courses.activities.models import ContentPackage
from courses.h5p.models import H5PContent
from courses.media.models import CourseVideo
from courses.pages.models import CoursePage
from courses.questions.models import Question
from courses.review.queries import one_step_organisations
from lms.accounts.api import Role, User, organisations_for

# Teachers write questions for courses that editors publish.
MATERIALS = (Role.EDITOR, Role.TEACHER)


def _teaches_for(user: User | AnonymousUser) -> list[int]:
    """The organisations whose materials are the user's to work with; asked for many times a screen, looked up once."""
    if isinstance(user, AnonymousUser) or not user.is_active:
        return []
    kept: list[int] | None = getattr(user, "_teaches_for", None)
    if kept is None:
        kept = list(organisations_for(user, *MATERIALS).values_list("pk", flat=True))
        user._teaches_for = kept  # type: ignore[attr-defined]
    return kept


class OwnCourses(PagePermissionPolicy):
    """Above the courses an editor may add one; in the courses of the own organisations, what the group may there."""

    def get_all_permissions_for_user(self, user: User | AnonymousUser) -> list[GroupPagePermission]:
        if not isinstance(user, User) or user.is_superuser or not _teaches_for(user):
            return []
        given: list[GroupPagePermission] = list(super().get_all_permissions_for_user(user))
        own = list(organisations_for(user, Role.EDITOR))
        if not own:
            return []
        courses = list(CoursePage.objects.filter(provider__in=own).select_related("page_ptr"))
        # Publishing is the end of the review (courses/review), but for organisations the platform lets do so at once.
        at_once = set(one_step_organisations().values_list("organisation_id", flat=True))
        found = [row for row in given if row.permission.codename == "add_page"]
        for row in given:
            found += [
                GroupPagePermission(group_id=row.group_id, page=course.page_ptr, permission=row.permission)
                for course in courses
                if course.path.startswith(row.page.path)
                and (row.permission.codename != "publish_page" or course.provider_id in at_once)
            ]
        return found

    def explorable_instances(self, user: User | AnonymousUser) -> QuerySet[Page]:
        """Not what stands in others' courses, though it is below a page where the user may add one: lists, searches, reports and the
        admin's API show drafts by this."""
        pages: QuerySet[Page] = super().explorable_instances(user)
        return pages if user.is_superuser else without_others(pages, user)


def without_others(pages: QuerySet[Page], user: User | AnonymousUser) -> QuerySet[Page]:
    """The pages without the courses that others edit, and without all below these."""
    own = organisations_for(user, Role.EDITOR) if isinstance(user, User) else ()
    others = CoursePage.objects.exclude(provider__in=own).order_by()
    for depth in others.values_list("depth", flat=True).distinct():
        above = Substr("path", 1, depth * Page.steplen)
        strange = Page.objects.annotate(course=above).filter(course__in=others.values("path"))
        pages = pages.exclude(pk__in=strange.order_by().values("pk"))
    return pages


class OwnMaterials(ModelPermissionPolicy):
    """What belongs to one's own organisations, found by `path` (the lookup of the organisation)."""

    def __init__(self, model: type[Model], path: str, *, without: Iterable[str] = ()) -> None:
        super().__init__(model)
        self.path = path
        self.without = frozenset(without)

    def user_has_permission(self, user: User | AnonymousUser, action: str) -> bool:
        if action in self.without or not (user.is_superuser or _teaches_for(user)):
            return False
        return bool(super().user_has_permission(user, action))

    def user_has_permission_for_instance(
        self, user: User | AnonymousUser, action: str, instance: Model
    ) -> bool:
        return self.user_has_any_permission_for_instance(user, [action], instance)

    def user_has_any_permission_for_instance(
        self, user: User | AnonymousUser, actions: Iterable[str], instance: Model
    ) -> bool:
        return self.own(user).filter(pk=instance.pk).exists() and bool(
            self.user_has_any_permission(user, list(actions))
        )

    def instances_user_has_any_permission_for(
        self, user: User | AnonymousUser, actions: Iterable[str]
    ) -> QuerySet[Any]:
        if not self.user_has_any_permission(user, list(actions)):
            return self.model._default_manager.none()
        return self.own(user)

    def own(self, user: User | AnonymousUser) -> QuerySet[Any]:
        """What the user's organisations have; a superuser sees what belongs to nobody, too."""
        rows: QuerySet[Any] = self.model._default_manager.all()
        if user.is_superuser and user.is_active:
            return rows
        return rows.filter(**{f"{self.path}__in": _teaches_for(user)})


QUESTIONS = OwnMaterials(Question, "course__provider")
VIDEOS = OwnMaterials(CourseVideo, "organisation")
# A content comes with its files, by a pack; a row without them would be an exercise that is not there.
CONTENTS = OwnMaterials(H5PContent, "organisation", without=["add"])
PACKAGES = OwnMaterials(ContentPackage, "organisation", without=["add"])


# The block kinds that show materials, and where in their value they are.
_SHOWN: dict[str, tuple[str, OwnMaterials]] = {
    "video": ("video", VIDEOS),
    "h5p": ("content", CONTENTS),
    "package": ("package", PACKAGES),
    "quiz": ("questions", QUESTIONS),
}


def _materials(body: Iterable[Any]) -> dict[OwnMaterials, set[int]]:
    """The materials that the blocks of a lesson show, by their numbers."""
    found: dict[OwnMaterials, set[int]] = {}
    for block in body:
        name, policy = _SHOWN.get(block.block_type, ("", None))
        if policy is not None:
            rows = block.value[name] if block.block_type == "quiz" else [block.value[name]]
            found.setdefault(policy, set()).update(row.pk for row in rows if row is not None)
    return found


def shows_strange_materials(
    user: User | AnonymousUser, body: Iterable[Any], before: Iterable[Any] = ()
) -> bool:
    """Whether a lesson's blocks show materials that are not the user's own and that the blocks `before` did not show. Choosers
    offer the own alone; a form made by hand may name any, and what a draft shows can be taken away with its answers. One query
    for each kind of material that is new."""
    there = _materials(before)
    for policy, keys in _materials(body).items():
        new = keys - there.get(policy, set())
        if new and policy.own(user).filter(pk__in=new).count() < len(new):
            return True
    return False


def register() -> None:
    """Once, at start: Wagtail keeps the policy a model had when it was first asked."""
    register_permission_policy(Page, OwnCourses())
    for policy in (QUESTIONS, VIDEOS, CONTENTS, PACKAGES):
        register_permission_policy(policy.model, policy)
