"""A PackPlan → the pages of a course: made or brought up to date, in the caller's transaction.

A lesson keeps its identity by its key, a chapter by its title. What the new pack no longer holds is
unpublished, not deleted: learners under way study their release, and editors find the draft. Refuses to decide
who may do this and what a failure means (services.py).
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import Page, ReferenceIndex
from wagtail.signal_handlers import disable_reference_index_auto_update
from wagtail.signals import page_published

from courses.h5p.api import H5PContent
from courses.pages.models import CataloguePage, ChapterPage, CourseOutcome, CoursePage, LessonPage
from courses.questions.models import Question
from courses.releases.models import Release
from courses.releases.services import cut_release, one_release_at_the_end
from lms.accounts.api import Organisation, User
from lms.lib.actor import Actor
from lms.lib.clock import now
from lms.lib.errors import Conflict

from .html import is_rich_text
from .materials import Materials
from .plan import (
    Block,
    Chapter,
    CourseData,
    H5PBlock,
    ImageBlock,
    Lesson,
    PackPlan,
    QuizBlock,
    TextBlock,
    VideoBlock,
)


class CourseWriter:
    """Writes one plan. After `write`, `course`, `release` and `retired` say what came of it."""

    def __init__(
        self,
        plan: PackPlan,
        materials: Materials,
        contents: dict[str, H5PContent],
        *,
        organisation: Organisation,
        actor: Actor,
        publish: bool,
    ) -> None:
        self.plan = plan
        self.materials = materials
        self.contents = contents
        self.organisation = organisation
        self.actor = actor
        self.publish = publish
        self.user = User.objects.filter(pk=actor.user_id).first() if actor.user_id else None
        self.retired: list[str] = []
        self.release: Release | None = None
        self.course = CoursePage()
        self.questions: dict[str, Question] = {}
        self.touched: list[Page] = []

    def write(self) -> None:
        """Write everything; with `publish` the pages go live and one release is cut. Raises ValidationError of a
        page, and Refusal of the release."""
        if self.plan.course is None:
            raise ValueError("a plan with problems is not written")
        catalogue = CataloguePage.objects.first()
        if catalogue is None:
            raise Conflict(_("还没有课程目录页，请先建立。"))
        # Two imports that add a course at once would take the same place in the tree.
        Page.objects.select_for_update().get(pk=catalogue.pk)
        # Wagtail would index the references of a page at each of its saves; once at the end is enough.
        with one_release_at_the_end(), disable_reference_index_auto_update():
            self.materials.make()
            self.course = self._course(self.plan.course, catalogue)
            self.questions = self._questions()
            self._chapters()
        for page in self.touched:
            ReferenceIndex.create_or_update_for_object(page)
        self.course = CoursePage.objects.get(pk=self.course.pk)
        if self.publish:
            self.release = cut_release(self.course, self.actor)

    # -- the course ---------------------------------------------------------------------------------

    def _course(self, data: CourseData, catalogue: CataloguePage) -> CoursePage:
        course = CoursePage.objects.filter(code=data.code).first()
        new = course is None
        course = course or CoursePage(code=data.code, slug=_free_slug(catalogue, data.code))
        values: dict[str, Any] = {
            "title": data.title,
            "draft_title": data.title,
            "kind": data.kind,
            "theme": data.theme,
            "year": data.year,
            "sector": data.sector,
            "department": data.department,
            "occupation_code": data.occupation_code,
            "occupation_level": data.occupation_level,
            "centihours": data.centihours,
            "provider": self.organisation,
            "mode": data.mode,
            "language": data.language,
            "summary": data.summary,
            "search_description": data.summary,
            "description": data.description_html,
            "audience": data.audience,
            "licence": data.licence,
            "authors": list(data.authors),
            "cover_id": self.materials.image(data.cover) if data.cover else None,
            "min_coverage_percent": data.min_coverage_percent,
            "quiz_rule": data.quizzes,
        }
        for name, value in values.items():
            setattr(course, name, value)
        course.outcomes = [CourseOutcome(text=text, sort_order=n) for n, text in enumerate(data.outcomes)]
        if new:
            self._add(CataloguePage.objects.get(pk=catalogue.pk), course)
        else:
            self._revise(course)
        return CoursePage.objects.get(pk=course.pk)

    def _add(self, parent: Page, page: Page) -> None:
        """Add a new page with its first revision, live at once when publishing.

        What `revision.publish()` does for a page that never was, with one save in place of three: a pack brings
        dozens of pages.
        """
        moment = now()
        page.owner = self.user
        page.live = self.publish
        page.has_unpublished_changes = not self.publish
        if self.publish:
            page.first_published_at = page.last_published_at = moment
        parent.add_child(instance=page)
        revision = page.save_revision(user=self.user, clean=False)
        if self.publish:
            page.live_revision, page.has_unpublished_changes = revision, False
            Page.objects.filter(pk=page.pk).update(live_revision=revision, has_unpublished_changes=False)
            page_published.send(sender=type(page), instance=page, revision=revision)
            log(page, "wagtail.publish", user=self.user, revision=revision, content_changed=True)
        self.touched.append(page)

    def _revise(self, page: Page) -> None:
        revision = page.save_revision(user=self.user, changed=True)
        if self.publish:
            # Wagtail's own check is by place in the tree; ours, by organisation, was made at the door.
            revision.publish(user=self.user, skip_permission_checks=True)
        self.touched.append(page)

    def _questions(self) -> dict[str, Question]:
        there = {question.key: question for question in self.course.questions.all()}
        new: list[Question] = []
        kept: dict[str, Question] = {}
        for id_, asked in self.plan.questions.items():
            data = asked.as_json()
            data.pop("id")
            question = kept[id_] = there.get(id_) or Question(course=self.course, key=id_)
            changed = any(getattr(question, name) != value for name, value in data.items())
            for name, value in data.items():
                setattr(question, name, value)
            if question.pk is None:
                new.append(question)
            elif changed:
                question.save()
        Question.objects.bulk_create(new)
        return kept

    # -- chapters and lessons -----------------------------------------------------------------------

    def _chapters(self) -> None:
        chapters = list(ChapterPage.objects.child_of(self.course).order_by("path"))
        lessons = {lesson.key: lesson for lesson in LessonPage.objects.descendant_of(self.course)}
        left_chapters = {chapter.pk: chapter for chapter in chapters}
        kept: list[int] = []
        for plan in self.plan.chapters:
            chapter = next((c for c in left_chapters.values() if c.title == plan.title), None)
            if chapter is None:
                chapter = self._new_chapter(plan)
            else:
                left_chapters.pop(chapter.pk)
                back, chapter.withdrawn = chapter.withdrawn, False
                if back or (self.publish and not chapter.live):
                    self._revise(chapter)
            kept.append(chapter.pk)
            self._lessons(chapter, plan, lessons)
        self._order(self.course.pk, kept)
        for page in [*lessons.values(), *left_chapters.values()]:
            self._retire(page)

    def _new_chapter(self, plan: Chapter) -> ChapterPage:
        # Read again: the tree's own bookkeeping in memory is old after every child and move.
        parent = CoursePage.objects.get(pk=self.course.pk)
        chapter = ChapterPage(title=plan.title, slug=_free_slug(parent, "chapter"))
        self._add(parent, chapter)
        return chapter

    def _lessons(self, chapter: ChapterPage, plan: Chapter, lessons: dict[str, LessonPage]) -> None:
        kept = []
        for wanted in plan.lessons:
            body = json.dumps(self._body(wanted), ensure_ascii=False)
            there = lessons.pop(wanted.key, None)
            if there is None:
                parent = ChapterPage.objects.get(pk=chapter.pk)
                slug = _free_slug(parent, wanted.key)
                lesson = LessonPage(title=wanted.title, slug=slug, key=wanted.key, body=body)
                self._add(parent, lesson)
            else:
                # Its place may have changed with a chapter that moved since it was read.
                lesson = LessonPage.objects.get(pk=there.pk)
                if lesson.get_parent().pk != chapter.pk:
                    lesson.move(ChapterPage.objects.get(pk=chapter.pk), pos="last-child", user=self.user)
                    lesson = LessonPage.objects.get(pk=lesson.pk)
                lesson.title = lesson.draft_title = wanted.title
                lesson.body = body
                lesson.withdrawn = False
                self._revise(lesson)
            kept.append(lesson.pk)
        self._order(chapter.pk, kept)

    def _order(self, parent: int, wanted: list[int]) -> None:
        """Bring the wanted children into their order, moving nothing that stands right."""
        children = Page.objects.child_of(Page.objects.get(pk=parent)).order_by("path")
        if [pk for pk in children.values_list("pk", flat=True) if pk in wanted] == wanted:
            return
        for pk in wanted:
            Page.objects.get(pk=pk).move(Page.objects.get(pk=parent), pos="last-child", user=self.user)

    def _retire(self, stale: Page) -> None:
        page = Page.objects.get(pk=stale.pk).specific
        if not page.live:
            return
        self.retired.append(page.title)
        if self.publish:
            page.unpublish(user=self.user)
            return
        # Learners keep it until the draft is published.
        draft = page.get_latest_revision_as_object()
        draft.withdrawn = True
        self._revise(draft)

    # -- blocks -------------------------------------------------------------------------------------

    def _body(self, lesson: Lesson) -> list[dict[str, Any]]:
        """The StreamField's own JSON. Block ids follow from course, lesson and place, so that the same content
        imported again is the same snapshot."""
        body = []
        for place, block in enumerate(lesson.blocks):
            kind, value = self._block(block)
            id_ = uuid5(self.course.uuid, f"{lesson.key}/{place}/{block.type}")
            if kind == "quiz":
                value["questions"] = [
                    {"type": "item", "id": str(_item_id(id_, n)), "value": pk}
                    for n, pk in enumerate(value["questions"])
                ]
            body.append({"type": kind, "value": value, "id": str(id_)})
        return body

    def _block(self, block: Block) -> tuple[str, Any]:
        if isinstance(block, TextBlock):
            return "text" if is_rich_text(block.html) else "html", block.html
        if isinstance(block, ImageBlock):
            image = self.materials.image(block.file)
            return "image", {"image": image, "alt": block.alt, "caption": block.caption}
        if isinstance(block, VideoBlock):
            return "video", {"video": self.materials.video(block), "title": block.title}
        if isinstance(block, H5PBlock):
            content = self.contents[block.file]
            return "h5p", {"content": content.pk, "title": block.title, "minutes": block.minutes}
        if isinstance(block, QuizBlock):
            return "quiz", {
                "title": block.title,
                "pass_percent": block.pass_percent,
                "minutes": block.minutes,
                "questions": [self.questions[id_].pk for id_ in block.questions],
            }
        return "file", {"document": self.materials.document(block), "name": block.name}


def _item_id(block: UUID, place: int) -> UUID:
    return uuid5(block, str(place))


def _free_slug(parent: Page, wanted: str) -> str:
    """`wanted`, or with the lowest number that no child of the parent has."""
    taken = set(Page.objects.child_of(parent).values_list("slug", flat=True))
    slug, number = wanted, 1
    while slug in taken or slug == "chapter":
        slug = f"{wanted}-{number}"
        number += 1
    return slug
