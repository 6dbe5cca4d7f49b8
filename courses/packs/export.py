"""A course → a native pack: what its pages hold, so that importing it gives an equal course.

Owns the way back from pages to the manifest. Refuses people who do not edit for the provider, and courses the format
cannot say (a page made by hand without what the manifest asks for), with every reason.
"""

from __future__ import annotations

import json
import posixpath
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import IO, Any

from django.db.models.fields.files import FieldFile
from django.utils.html import escape
from django.utils.translation import gettext as _
from wagtail.rich_text import expand_db_html

from courses.activities.api import ContentPackage, write_package
from courses.h5p.api import H5PContent
from courses.h5p.api import export as export_h5p
from courses.html import clean_html
from courses.media.models import CourseImage, CourseVideo
from courses.packs.foreign.outline import Lost
from courses.pages.models import ChapterPage, CoursePage, LessonPage
from courses.questions.models import Question
from courses.releases.services import live_parts
from courses.review.queries import drafts_of
from courses.translations.models import CourseTranslation
from courses.translations.po import written
from courses.translations.queries import (
    languages_for,
    newest_release,
    source_of_draft,
    source_of_release,
    work_on,
)
from courses.translations.rules import digest
from lms.accounts.api import Role, User, organisations_for
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.errors import Invalid, NotAllowed, NotFound

from .archive import MANIFEST, open_archive
from .cartridge_out import write_cartridge
from .native import read_archive
from .plan import PackPlan
from .problems import Problem, short

_CHUNK = 1024 * 1024
# Of true and false the platform says the words itself; what is typed has no options.
_WITH_OPTIONS = (
    Question.Kind.SINGLE,
    Question.Kind.MULTIPLE,
    Question.Kind.MATCHING,
    Question.Kind.ORDERING,
)
# Zip files know no earlier day; a pack of the same course is the same file.
_DAY = (1980, 1, 1, 0, 0, 0)


def export_course(
    course: CoursePage,
    actor: Actor,
    *,
    drafts: bool = False,
    lost: list[Lost] | None = None,
) -> IO[bytes]:
    """The native pack of a course as a file from its beginning; the caller closes it.

    What the next release would hold of its live pages, or with `drafts` of the newest draft of each. What cannot go along
    is added to `lost`, by name. Raises NotAllowed, Invalid (`details` lists what the format asks for and the course does not say).
    """
    if not actor.role.startswith("system") and (actor.role, actor.body) != (
        Role.EDITOR,
        course.provider.code,
    ):
        raise NotAllowed(_("只有本单位的课程编辑可以导出课程。"))
    out = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        with zipfile.ZipFile(out, "w") as pack:
            exporter = _Exporter(pack, course, drafts=drafts, whose=_whose(course, actor))
            exporter.write()
        with _read(out) as plan:
            if plan.problems:
                reasons = [str(problem) for problem in plan.problems]
                raise Invalid(
                    _("课程还不能导出：%(reason)s") % {"reason": reasons[0]}, details={"reasons": reasons}
                )
    except BaseException:
        out.close()
        raise
    record(
        actor,
        action="course.export",
        target_type="courses.CoursePage",
        target=course.uuid,
        data={"drafts": drafts},
    )
    if lost is not None:
        lost += exporter.lost
    out.seek(0)
    return out


def export_cartridge(
    course: CoursePage, actor: Actor, *, drafts: bool = False
) -> tuple[IO[bytes], list[Lost]]:
    """The same course as an IMS Common Cartridge 1.3, and what that format cannot say. Raises as `export_course`."""
    lost: list[Lost] = []
    with export_course(course, actor, drafts=drafts, lost=lost) as native:
        archive, refused = open_archive(native)
        if archive is None:
            raise Invalid(refused[0].message)
        out = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        try:
            lost += write_cartridge(read_archive(archive), archive, out)
        except BaseException:
            out.close()
            raise
    out.seek(0)
    return out, lost


def _whose(course: CoursePage, actor: Actor) -> set[int | None] | None:
    """Whose films, exercises and packages go along: the provider's, the platform's, and those of other organisations the actor
    works with materials for. None: anybody's, for the platform itself."""
    user = User.objects.filter(pk=actor.user_id).first() if actor.user_id else None
    if user is None or user.is_superuser:
        return None
    own = organisations_for(user, Role.EDITOR, Role.TEACHER).values_list("pk", flat=True)
    return {None, course.provider_id, *own}


@contextmanager
def _read(out: IO[bytes]) -> Iterator[PackPlan]:
    out.seek(0)
    archive, refused = open_archive(out)
    if archive is None:
        yield PackPlan(problems=refused)
        return
    yield read_archive(archive)


def _look(texts: dict[str, str], role: str, source: str) -> str | None:
    return texts.get(digest(role, source))


def _parts(
    course: CoursePage, *, drafts: bool
) -> tuple[CoursePage, list[ChapterPage], dict[str, list[LessonPage]]]:
    """The course, its chapters, and the lessons of each by the chapter's path: as the next release would have them, so without
    what is taken out with it."""
    if drafts:
        found = drafts_of(course)
        course, chapters, lessons = found.course, found.chapters, found.lessons
    else:
        live_chapters, live_lessons = live_parts(course)
        chapters, lessons = list(live_chapters), list(live_lessons)
    inside: dict[str, list[LessonPage]] = {}
    for lesson in lessons:
        inside.setdefault(lesson.path[: -lesson.steplen], []).append(lesson)
    return course, chapters, inside


class _Exporter:
    """Writes one course into an open zip."""

    def __init__(
        self, pack: zipfile.ZipFile, course: CoursePage, *, drafts: bool, whose: set[int | None] | None
    ) -> None:
        self.pack, self.drafts, self.whose = pack, drafts, whose
        self.course, self.chapters, self.lessons = _parts(course, drafts=drafts)
        self.names: dict[str, str] = {}
        self.bank: dict[int, dict[str, Any]] = {}
        # What no pack can hold.
        self.lost: list[Lost] = []

    def write(self) -> None:
        for question in Question.objects.filter(course_id=self.course.pk):
            self._question(question)
        manifest = self._details() | {"chapters": list(self._chapters())}
        manifest["question_bank"] = list(self.bank.values())
        if translations := list(self._translations()):
            manifest["translations"] = translations
        self._member(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode())

    # -- the course ---------------------------------------------------------------------------------

    def _details(self) -> dict[str, Any]:
        course = self.course
        plain = ("code", "title", "language", "kind", "year", "centihours", "mode", "summary")
        found: dict[str, Any] = {"format": "rongtong-pack", "version": 1}
        found |= {name: getattr(course, name) for name in plain}
        found |= {
            name: value
            for name in ("theme", "sector", "department", "audience")
            if (value := getattr(course, name))
        }
        if course.occupation_code and course.occupation_level:
            found["occupation"] = {"code": course.occupation_code, "level": course.occupation_level}
        if description := clean_html(expand_db_html(course.description)).strip():
            found["description_html"] = description
        if outcomes := [outcome.text for outcome in course.outcomes.all()]:
            found["outcomes"] = outcomes
        found["licence"] = course.licence or _("未注明")
        found["authors"] = course.authors or [course.provider.name]
        # A draft may name a picture that was deleted since it was saved.
        cover = CourseImage.objects.filter(pk=course.cover_id).first()
        if cover is None and course.cover_id:
            self._gone(course.title, _("封面"))
        elif cover is not None and (file := self._beside(cover.file, course.title, _("封面"), cover.title)):
            found["cover"] = file
        found["rule"] = {"min_coverage_percent": course.min_coverage_percent, "quizzes": course.quiz_rule}
        return found

    def _chapters(self) -> Iterator[dict[str, Any]]:
        for chapter in self.chapters:
            lessons = []
            for lesson in self.lessons.get(chapter.path, []):
                if blocks := list(self._blocks(lesson)):
                    lessons.append({"key": lesson.key, "title": lesson.title, "blocks": blocks})
                else:
                    self._lose(lesson.title, "out_empty_lesson")
            if lessons:
                yield {"title": chapter.title, "lessons": lessons}
            else:
                self._lose(chapter.title, "out_empty_chapter")

    def _lose(self, title: str, code: str, **values: str) -> None:
        self.lost.append(Lost(MANIFEST, title, Problem(code, "", values)))

    def _translations(self) -> Iterator[dict[str, Any]]:
        """What readers have in other languages, or with drafts the working copies: of the texts the course says."""
        rows = CourseTranslation.objects.filter(course_id=self.course.pk).order_by("language")
        languages = [row.language for row in rows if row.language in dict(languages_for(self.course))]
        if not languages:
            return
        release = None if self.drafts else newest_release(self.course)
        source = source_of_draft(self.course) if release is None else source_of_release(release)
        for language in languages:
            work = work_on(self.course, language, source)
            texts = work.texts if self.drafts else work.published
            parts = [
                replace(part, segments=tuple(one for one in part.segments if one.digest in texts))
                for part in source.parts
            ]
            if not any(part.segments for part in parts):
                continue
            name = f"translations/{language}.po"
            content = written(
                parts,
                partial(_look, texts),
                course=self.course.code,
                source_language=self.course.language,
                language=language,
            )
            self._member(name, content)
            yield {"language": language, "file": name}

    # -- blocks -------------------------------------------------------------------------------------

    def _blocks(self, lesson: LessonPage) -> Iterator[dict[str, Any]]:
        """What can go along; what a draft shows and somebody deleted since is named."""
        for child in lesson.body:
            what, name, there = self._shown(child, lesson)
            if not there:
                self._gone(lesson.title, what, name)
                continue
            if self._strange(child):
                self._lose(lesson.title, "out_others", what=what, name=short(name) or "—")
                continue
            try:
                yield self._block(child, lesson)
            except (FileNotFoundError, NotFound):
                self._gone(lesson.title, what, name)

    def _shown(self, child: Any, lesson: LessonPage) -> tuple[str, str, bool]:
        """What a block shows, what it is called, and whether it is there."""
        value = child.value
        match child.block_type:
            case "image":
                return _("图片"), value["alt"] or value["caption"], value["image"] is not None
            case "video":
                return _("视频"), value["title"], value["video"] is not None
            case "h5p":
                return _("H5P 互动"), value["title"], value["content"] is not None
            case "package":
                return _("外来课件（SCORM、cmi5）"), value["title"], value["package"] is not None
            case "file":
                return _("附件"), value["name"], value["document"] is not None
            case "quiz":
                return _("测验"), value["title"], any(value["questions"])
            case _:
                return "", lesson.title, True

    def _strange(self, child: Any) -> bool:
        """Whether a block shows what is another organisation's: a draft may have been made by hand to name any row."""
        match child.block_type:
            case "video" | "h5p" | "package":
                name = {"h5p": "content"}.get(child.block_type, child.block_type)
                return self.whose is not None and child.value[name].organisation_id not in self.whose
            case "quiz":
                return not any(question for question in child.value["questions"] if self._asks(question))
            case _:
                return False

    def _asks(self, question: Question | None) -> bool:
        """Whether a question is there, and the course's own: those of others come with their answers."""
        return question is not None and question.course_id == self.course.pk

    def _gone(self, title: str, what: str, name: str = "") -> None:
        self._lose(title, "out_gone", what=what, name=short(name) or "—")

    def _block(self, child: Any, lesson: LessonPage) -> dict[str, Any]:
        value = child.value
        match child.block_type:
            case "text":
                return {"type": "text", "html": clean_html(expand_db_html(value.source))}
            case "html":
                return {"type": "text", "html": clean_html(value)}
            case "image":
                block = {"type": "image", "file": self._image(value["image"]), "alt": value["alt"]}
                return block | ({"caption": value["caption"]} if value["caption"] else {})
            case "video":
                return self._video(value["video"], value["title"], lesson)
            case "h5p":
                content: H5PContent = value["content"]
                file = self._h5p(content)
                return {"type": "h5p", "file": file, "title": value["title"], "minutes": value["minutes"]}
            case "package":
                package: ContentPackage = value["package"]
                return {
                    "type": "package",
                    "file": self._package(package),
                    "part": value["part"],
                    "title": value["title"],
                    "minutes": value["minutes"],
                }
            case "lti":
                # A tool is registered for its organisation: elsewhere its place would open nothing.
                self._lose(lesson.title, "out_tool", name=value["title"])
                said = _("外部工具“%(title)s”只能在原来的机构打开。") % {"title": value["title"]}
                return {"type": "text", "html": f"<p>{escape(said)}</p>"}
            case "quiz":
                return self._quiz(value, lesson)
            case _:
                document = value["document"]
                file = self._file(document.file)
                return {"type": "file", "file": file, "name": value["name"] or document.title}

    def _video(self, video: CourseVideo, title: str, lesson: LessonPage) -> dict[str, Any]:
        block: dict[str, Any] = {
            "type": "audio" if video.sound else "video",
            "file": self._file(video.file),
            "title": title or video.title,
        }
        if video.poster and (file := self._beside(video.poster, lesson.title, _("封面"), video.title)):
            block["poster"] = file
        captions = [
            {"file": file, "lang": caption.language, "label": caption.label}
            for caption in video.captions.order_by("id")
            if (file := self._beside(caption.file, lesson.title, _("字幕"), caption.label))
        ]
        if captions:
            block["captions"] = captions
        if video.transcript:
            block["transcript"] = video.transcript
        if video.chapters:
            block["chapters"] = video.chapters
        if video.offline != CourseVideo.Offline.LICENCE:
            block["offline"] = video.offline
        return block

    def _quiz(self, value: Any, lesson: LessonPage) -> dict[str, Any]:
        there = [question for question in value["questions"] if self._asks(question)]
        missing = sum(question is None for question in value["questions"])
        if missing:
            self._gone(lesson.title, _("%(number)d 道题目") % {"number": missing}, value["title"])
        if others := len(value["questions"]) - len(there) - missing:
            said = _("%(number)d 道题目") % {"number": others}
            self._lose(lesson.title, "out_others", what=said, name=short(value["title"]))
        ids = [self._question(question) for question in there]
        block = {
            "type": "quiz",
            "title": value["title"],
            "pass_percent": value["pass_percent"],
            "questions": ids,
        }
        return block | ({"minutes": value["minutes"]} if value["minutes"] else {})

    def _question(self, question: Question) -> str:
        """Notes a question once and returns the id it has in the pack."""
        if question.pk not in self.bank:
            taken = {noted["id"] for noted in self.bank.values()}
            id_ = question.key if question.key not in taken else str(question.uuid)
            data: dict[str, Any] = {"id": id_, "kind": question.kind, "stem": question.stem}
            if question.kind in _WITH_OPTIONS:
                data["options"] = question.options
            data["answer"] = question.answer
            if question.explanation:
                data["explanation"] = question.explanation
            self.bank[question.pk] = data | {"points": question.points}
        return str(self.bank[question.pk]["id"])

    # -- files --------------------------------------------------------------------------------------

    def _image(self, image: CourseImage) -> str:
        return self._file(image.file)

    def _beside(self, stored: FieldFile, title: str, what: str, name: str) -> str:
        """The name in the pack of a file that its block can do without; "" (named) where it is gone."""
        try:
            return self._file(stored)
        except FileNotFoundError:
            self._gone(title, what, name)
            return ""

    def _h5p(self, content: H5PContent) -> str:
        key = f"h5p:{content.pk}"
        if key not in self.names:
            name, data = f"h5p/{content.uuid}.h5p", export_h5p(content.uuid)
            self._member(name, data)
            self.names[key] = name
        return self.names[key]

    def _package(self, package: ContentPackage) -> str:
        key = f"package:{package.pk}"
        if key not in self.names:
            name = f"packages/{package.uuid}.zip"
            with tempfile.TemporaryFile() as whole:
                write_package(package.uuid, whole)
                whole.seek(0)
                with self._opened(name) as into:
                    shutil.copyfileobj(whole, into, _CHUNK)
            # What is gone has no name here: the next block that shows it must not take it for written.
            self.names[key] = name
        return self.names[key]

    def _file(self, stored: FieldFile) -> str:
        """A stored file, once, under a name that is free and plain. Raises FileNotFoundError."""
        place = stored.name or ""
        if place not in self.names:
            base = re.sub(r"[^A-Za-z0-9._-]+", "-", posixpath.basename(place)).strip("-.") or "file"
            name, number = f"media/{base}", 1
            while name.casefold() in {taken.casefold() for taken in self.names.values()}:
                name = f"media/{number}-{base}"
                number += 1
            with stored.storage.open(place) as content, self._opened(name) as into:
                self.names[place] = name
                while chunk := content.read(_CHUNK):
                    into.write(chunk)
        return self.names[place]

    def _member(self, name: str, data: bytes) -> None:
        with self._opened(name) as into:
            into.write(data)

    def _opened(self, name: str) -> IO[bytes]:
        info = zipfile.ZipInfo(name, _DAY)
        info.compress_type = zipfile.ZIP_DEFLATED if name.endswith((".json", ".po")) else zipfile.ZIP_STORED
        return self.pack.open(info, "w", force_zip64=True)
