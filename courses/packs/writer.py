"""A PackPlan → the pages of a course: made or brought up to date, in the caller's transaction.

A lesson keeps its identity by its key, a chapter by its title. What the new pack no longer holds is
unpublished, not deleted: learners under way study their release, and editors find the draft. Refuses to decide
who may do this and what a failure means (services.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.contrib.contenttypes.models import ContentType
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from wagtail.log_actions import get_active_log_context
from wagtail.models import Page, PageLogEntry, ReferenceIndex, Revision
from wagtail.signal_handlers import disable_reference_index_auto_update
from wagtail.signals import page_published

from courses.activities.api import ContentPackage
from courses.h5p.api import H5PContent
from courses.pages.models import CataloguePage, ChapterPage, CourseOutcome, CoursePage, LessonPage
from courses.questions.models import Question
from courses.releases.models import Release
from courses.releases.services import cut_release, one_release_at_the_end
from courses.review.checks import sound_parts
from courses.review.services import require_open
from courses.translations.po import Entry
from courses.translations.queries import source_of_draft
from courses.translations.services import publish, take
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
    PackageBlock,
    PackPlan,
    QuizBlock,
    TextBlock,
    VideoBlock,
)

# What is the tree's to write, and who a page is.
_OF_THE_TREE = {"id", "page_ptr", "path", "depth", "numchild", "url_path"}


class CourseWriter:
    """Writes one plan. After `write`, `course`, `release` and `retired` say what came of it."""

    def __init__(
        self,
        plan: PackPlan,
        materials: Materials,
        contents: dict[str, H5PContent],
        packages: dict[str, ContentPackage],
        *,
        organisation: Organisation,
        actor: Actor,
        publish: bool,
    ) -> None:
        self.plan = plan
        self.materials = materials
        self.contents = contents
        self.packages = packages
        self.organisation = organisation
        self.actor = actor
        self.publish = publish
        self.user = User.objects.filter(pk=actor.user_id).first() if actor.user_id else None
        self.retired: list[str] = []
        self.release: Release | None = None
        self.course = CoursePage()
        self.questions: dict[str, Question] = {}
        self.touched: list[Page] = []
        # Pages of this import that wait for their first revision.
        self.fresh: list[Page] = []
        # Of them, those whose making Wagtail was not asked to log.
        self.unlogged: list[Page] = []

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
            self._first_revisions()
        self.course = CoursePage.objects.get(pk=self.course.pk)
        parts = sound_parts(self.course) if self.publish else None
        # What is live has the same references, and by now the pictures and films it shows at hand.
        pages: list[Page] = [*parts[0], *parts[1]] if parts is not None else []
        self._index_references({page.pk: page for page in pages})
        if parts is not None:
            self.release = cut_release(self.course, self.actor, parts)
        self._translations()

    def _index_references(self, read: dict[int, Page]) -> None:
        """Wagtail's index of what the pages show, those of `read` in the place of their like: what is new has no rows yet that
        would have to be looked at, and gets all of its own at once."""
        fresh = {page.pk for page in self.fresh}
        pages = [read.get(page.pk, page) for page in self.touched]
        new = [page for page in pages if page.pk in fresh]
        _without_comments(new)
        for page in pages:
            if page.pk not in fresh:
                ReferenceIndex.create_or_update_for_object(page)
        ReferenceIndex.objects.bulk_create(
            (
                ReferenceIndex(
                    content_type=ContentType.objects.get_for_model(page, for_concrete_model=False),
                    base_content_type=ContentType.objects.get_for_model(Page),
                    object_id=page.pk,
                    to_content_type_id=kind,
                    to_object_id=key,
                    model_path=model_path,
                    content_path=content_path,
                    content_path_hash=ReferenceIndex._get_content_path_hash(content_path),
                )
                for page in new
                for kind, key, model_path, content_path in dict.fromkeys(
                    ReferenceIndex._extract_references_from_object(page)
                )
            ),
            batch_size=500,
        )

    def _translations(self) -> None:
        """The pack's words into the working copies; readers have them at once where they have the course at once."""
        if not self.plan.translations:
            return
        by = self.user or self.actor
        source = source_of_draft(self.course)
        for made in self.plan.translations:
            entries = [Entry(role, said, text, 0) for role, said, text in made.entries]
            if not entries:
                continue
            take(by, self.course, made.language, entries, source)
            if self.publish:
                publish(by, self.course, made.language)

    # -- the course ---------------------------------------------------------------------------------

    def _course(self, data: CourseData, catalogue: CataloguePage) -> CoursePage:
        # Looked at once more under its lock: since the plan was made it may have been handed in, or its code taken.
        course = CoursePage.objects.select_for_update().filter(code=data.code).first()
        new = course is None
        if course is not None:
            if course.provider_id != self.organisation.pk:
                raise Conflict(_("课程代码 %(code)s 已经有了，请换一个。") % {"code": data.code})
            require_open(course)
            if self.publish and course.go_live_at and course.go_live_at > now():
                # Its page would wait for that day, while all below it and the release were there at once.
                raise Conflict(
                    _("课程定了发布的日期，这时不能导入后直接发布。请先去掉日期，或导入为草稿。"),
                    code="day_ahead",
                )
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

    def _add(self, parent: Page, page: Page, place: int | None = None) -> None:
        """Add a new page below `parent`, as a draft; `_first_revisions` makes it live when publishing.

        `place`: below a page of this very import, which nobody else knows and whose children are counted by the caller, the number
        among its children, from 1. Elsewhere it becomes the last.

        A draft is saved without the questions Wagtail asks the database about every live page (is its locale there, its
        content type, is its place in the tree its own), all of which are settled here; what the pack says is judged as for
        a live one. Raises ValidationError.
        """
        page.owner = self.user
        page.live, page.has_unpublished_changes = False, True
        page.draft_title = page.title
        # What Wagtail would ask the parent for; and nothing below the catalogue is the root of a site.
        page.locale_id = parent.locale_id
        page._is_site_root = False
        if self.publish:
            page.clean_fields(exclude=_settled(type(page)))
        if place is None:
            parent.add_child(instance=page)
        else:
            page.depth = parent.depth + 1
            page.path = Page._get_path(parent.path, page.depth, place)
            page._cached_parent_obj = parent
            # Its making is logged with the others'.
            page.save(log_action=None)
            self.unlogged.append(page)
        if self.publish and isinstance(page, CoursePage):
            page.clean()
        self.fresh.append(page)
        self.touched.append(page)

    def _first_revisions(self) -> None:
        """What `save_revision` and `publish` do for a page that never was, for all of them at once: a pack brings dozens."""
        moment = now()
        self._log("wagtail.create", moment, [(page, None) for page in self.unlogged])
        _without_comments(self.fresh)
        for page in self.fresh if self.publish else ():
            page.live, page.has_unpublished_changes = True, False
            page.first_published_at = page.last_published_at = moment
        revisions = Revision.objects.bulk_create(
            [
                Revision(
                    content_object=page,
                    base_content_type=page.get_base_content_type(),
                    user=self.user,
                    created_at=moment,
                    object_str=str(page),
                    content=page.serializable_data(),
                )
                for page in self.fresh
            ],
            # Of long JSON an array (as Django sends many rows) is slower to write than rows one by one.
            batch_size=1,
        )
        for page, revision in zip(self.fresh, revisions, strict=True):
            page.latest_revision, page.latest_revision_created_at = revision, moment
            if self.publish:
                page.live_revision = revision
        pages = Page.objects.filter(pk__in=[page.pk for page in self.fresh])
        pages.update(latest_revision_created_at=moment)
        Page.objects.bulk_update(self.fresh, ["latest_revision", "live_revision"])
        if not self.publish:
            return
        pages.update(
            live=True, has_unpublished_changes=False, first_published_at=moment, last_published_at=moment
        )
        self._log("wagtail.publish", moment, zip(self.fresh, revisions, strict=True))
        for page, revision in zip(self.fresh, revisions, strict=True):
            page_published.send(sender=type(page), instance=page, revision=revision)

    def _log(self, action: str, moment: datetime, pages: Iterable[tuple[Page, Revision | None]]) -> None:
        PageLogEntry.objects.bulk_create(
            PageLogEntry(
                page=page,
                content_type=page.get_content_type(),
                label=PageLogEntry.objects.get_instance_title(page),
                action=action,
                timestamp=moment,
                user=self.user or get_active_log_context().user,
                uuid=get_active_log_context().uuid,
                revision=revision,
                content_changed=True,
            )
            for page, revision in pages
        )

    def _revise(self, page: Page) -> None:
        revision = self._drafted(page)
        if self.publish:
            # Wagtail's own check is by place in the tree; ours, by organisation, was made at the door.
            revision.publish(user=self.user, skip_permission_checks=True)

    def _drafted(self, page: Page) -> Revision:
        """The page's new draft; what is not live says it by its row, too, as from Wagtail's own form: a copy is made of rows."""
        if not page.live:
            names = {field.name for field in page._meta.concrete_fields} - _OF_THE_TREE
            names |= {"outcomes"} if isinstance(page, CoursePage) else set()
            page.save(clean=False, update_fields=names)
        self.touched.append(page)
        revision: Revision = page.save_revision(user=self.user, changed=True)
        return revision

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
        drafts = Revision.objects.in_bulk([c.latest_revision_id for c in chapters if c.latest_revision_id])
        kept: list[int] = []
        for plan in self.plan.chapters:
            chapter = next((c for c in left_chapters.values() if c.title == plan.title), None)
            if chapter is None:
                chapter = self._new_chapter(plan)
            else:
                left_chapters.pop(chapter.pk)
                back = chapter.withdrawn or _says_otherwise(chapter, drafts.get(chapter.latest_revision_id))
                chapter.withdrawn = False
                if back or (self.publish and not chapter.live):
                    self._revise(chapter)
            kept.append(chapter.pk)
            self._lessons(chapter, plan, lessons)
        self._order(self.course.pk, kept)
        for page in [*lessons.values(), *left_chapters.values()]:
            self._retire(page)

    def _new_chapter(self, plan: Chapter) -> ChapterPage:
        chapter = ChapterPage(title=plan.title, slug=_free_slug(self.course, "chapter"))
        self._add(self.course, chapter)
        return chapter

    def _lessons(self, chapter: ChapterPage, plan: Chapter, lessons: dict[str, LessonPage]) -> None:
        kept = []
        taken = _slugs(chapter)
        # A new chapter with new lessons: what stands in it is known without asking.
        alone = chapter in self.fresh and not any(wanted.key in lessons for wanted in plan.lessons)
        for place, wanted in enumerate(plan.lessons, 1):
            body = json.dumps(self._body(wanted), ensure_ascii=False)
            there = lessons.pop(wanted.key, None)
            if there is None:
                slug = _free_among(taken, wanted.key)
                lesson = LessonPage(title=wanted.title, slug=slug, key=wanted.key, body=body)
                self._add(chapter, lesson, place if alone else None)
                taken.add(slug)
            else:
                # Its place may have changed with a chapter that moved since it was read.
                lesson = LessonPage.objects.get(pk=there.pk)
                if lesson.get_parent().pk != chapter.pk:
                    lesson.move(ChapterPage.objects.get(pk=chapter.pk), pos="last-child", user=self.user)
                    # Read again: a move leaves the tree's own bookkeeping in memory old.
                    lesson = LessonPage.objects.get(pk=lesson.pk)
                    chapter = ChapterPage.objects.get(pk=chapter.pk)
                    taken = _slugs(chapter)
                lesson.title = lesson.draft_title = wanted.title
                lesson.body = body
                lesson.withdrawn = False
                self._revise(lesson)
            kept.append(lesson.pk)
        if alone:
            chapter.numchild = len(kept)
            Page.objects.filter(pk=chapter.pk).update(numchild=len(kept))
            return
        self._order(chapter.pk, kept)

    def _order(self, parent: int, wanted: list[int]) -> None:
        """Bring the wanted children into their order, moving nothing that stands right."""
        children = Page.objects.child_of(Page.objects.get(pk=parent)).order_by("path")
        if [pk for pk in children.values_list("pk", flat=True) if pk in wanted] == wanted:
            return
        for pk in wanted:
            Page.objects.get(pk=pk).move(Page.objects.get(pk=parent), pos="last-child", user=self.user)

    def _retire(self, stale: Page) -> None:
        """Take a page out that the pack no longer holds: its draft says so, too, or the next hand-in would bring it back."""
        page = Page.objects.get(pk=stale.pk).specific
        draft = page.get_latest_revision_as_object()
        if page.live or not draft.withdrawn:
            self.retired.append(page.title)
        if page.live and self.publish:
            # Its draft is marked with it (courses/signals.py).
            page.unpublish(user=self.user)
            return
        if not draft.withdrawn:
            # Of what is live, learners keep it until the draft is published.
            draft.withdrawn = True
            self._drafted(draft)

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
        if isinstance(block, PackageBlock):
            package = self.packages[block.file]
            return "package", {
                "package": package.pk,
                "part": block.part,
                "title": block.title,
                "minutes": block.minutes,
            }
        if isinstance(block, QuizBlock):
            return "quiz", {
                "title": block.title,
                "pass_percent": block.pass_percent,
                "minutes": block.minutes,
                "questions": [self.questions[id_].pk for id_ in block.questions],
            }
        return "file", {"document": self.materials.document(block), "name": block.name}


def _says_otherwise(chapter: ChapterPage, draft: Revision | None) -> bool:
    """Whether a chapter's newest draft takes it out, or calls it something else than its row does."""
    said = draft.content if draft is not None else {}
    return bool(said.get("withdrawn", False)) or said.get("title", chapter.title) != chapter.title


def _item_id(block: UUID, place: int) -> UUID:
    return uuid5(block, str(place))


def _without_comments(pages: Iterable[Page]) -> None:
    """Ask once for the comments of all these pages, which Wagtail asks each page for by itself wherever it takes it apart; new pages
    have none."""
    kinds: dict[type[Page], list[Page]] = {}
    for page in pages:
        kinds.setdefault(type(page), []).append(page)
    for alike in kinds.values():
        prefetch_related_objects(alike, "wagtail_admin_comments")


def _settled(model: type[Page]) -> frozenset[str]:
    """The fields of a new page that its place in the tree and this module settle, not the pack."""
    relations = {field.name for field in model._meta.concrete_fields if field.is_relation}
    return frozenset(relations | {"path", "depth", "numchild", "url_path", "slug", "translation_key"})


def _slugs(parent: Page) -> set[str]:
    return set(Page.objects.child_of(parent).values_list("slug", flat=True))


def _free_slug(parent: Page, wanted: str) -> str:
    return _free_among(_slugs(parent), wanted)


def _free_among(taken: set[str], wanted: str) -> str:
    """`wanted`, or with the lowest number that no child of the parent has."""
    slug, number = wanted, 1
    while slug in taken or slug == "chapter":
        slug = f"{wanted}-{number}"
        number += 1
    return slug
