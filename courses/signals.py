"""Wagtail's publishing, turned into releases."""

from typing import Any

from django.db.models.signals import post_delete, post_save, pre_save
from wagtail.models import Page, PageViewRestriction, WorkflowState
from wagtail.signals import page_published, page_unpublished, post_page_move, workflow_cancelled

from courses.media.documents import before_replaced, drop_former, keep_former
from courses.media.models import CourseDocument, FormerDocument, VideoLadder
from courses.media.services import forget
from courses.pages.models import ChapterPage, CoursePage, LessonPage
from courses.releases import services
from courses.review.checks import check_live
from courses.review.services import note_withdrawal
from lms.lib.actor import Actor


def _course_of(page: Page) -> CoursePage | None:
    if isinstance(page, CoursePage):
        return page
    return CoursePage.objects.ancestor_of(page).live().first()


def on_published(sender: type[Page], instance: Page, **kwargs: Any) -> None:
    if services.paused() or not isinstance(instance, CoursePage | ChapterPage | LessonPage):
        return
    course = _course_of(instance)
    # A course page may be published before its first lesson: it becomes studyable with that lesson.
    if course and course.live and LessonPage.objects.descendant_of(course).live().exists():
        user = getattr(kwargs.get("revision"), "user", None)
        actor = Actor(user.uuid, "editor", course.provider.code, user.pk) if user else Actor.system("publish")
        # Who publishes without review is held to what the review asks, too.
        check_live(course)
        services.cut_release(course, actor)


def on_unpublished(sender: type[Page], instance: Page, **kwargs: Any) -> None:
    if isinstance(instance, CoursePage):
        services.announce_unpublished(instance)
    elif isinstance(instance, ChapterPage | LessonPage) and not instance.withdrawn:
        # It stays away until its editor wants it again, also when the whole course is published.
        instance.withdrawn = True
        instance.save(update_fields=["withdrawn"])
        instance.save_revision(changed=False, clean=False)


def on_restricted(
    sender: type[PageViewRestriction], instance: PageViewRestriction, raw: bool = False, **kwargs: Any
) -> None:
    if not raw:
        services.announce_restricted(instance.page)


def on_moved(sender: type[Page], instance: Page, **kwargs: Any) -> None:
    # In or out of what is restricted further up; among its neighbours nothing changes.
    if kwargs["parent_page_before"].pk != kwargs["parent_page_after"].pk:
        services.announce_restricted(instance)


def on_workflow_cancelled(
    sender: type[WorkflowState], instance: WorkflowState, user: Any = None, **kwargs: Any
) -> None:
    if instance.content_type.model_class() is CoursePage:
        note_withdrawal(instance, user)


def on_ladder_deleted(sender: type[VideoLadder], instance: VideoLadder, **kwargs: Any) -> None:
    forget(instance)


def before_document_saved(
    sender: type[CourseDocument], instance: CourseDocument, raw: bool = False, **kwargs: Any
) -> None:
    if not raw:
        before_replaced(instance)


def on_document_saved(
    sender: type[CourseDocument], instance: CourseDocument, raw: bool = False, **kwargs: Any
) -> None:
    if not raw:
        keep_former(instance)


def on_former_deleted(sender: type[FormerDocument], instance: FormerDocument, **kwargs: Any) -> None:
    drop_former(instance)


pre_save.connect(before_document_saved, sender=CourseDocument, dispatch_uid="courses.media.replaced")
post_save.connect(on_document_saved, sender=CourseDocument, dispatch_uid="courses.media.former")
post_delete.connect(on_former_deleted, sender=FormerDocument, dispatch_uid="courses.media.former_gone")
post_delete.connect(on_ladder_deleted, sender=VideoLadder, dispatch_uid="courses.media")
page_published.connect(on_published, dispatch_uid="courses.release")
post_save.connect(on_restricted, sender=PageViewRestriction, dispatch_uid="courses.restricted")
post_delete.connect(on_restricted, sender=PageViewRestriction, dispatch_uid="courses.opened")
post_page_move.connect(on_moved, dispatch_uid="courses.moved")
workflow_cancelled.connect(on_workflow_cancelled, dispatch_uid="courses.review.withdrawn")
page_unpublished.connect(on_unpublished, dispatch_uid="courses.unpublish")
