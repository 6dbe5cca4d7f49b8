"""A native pack → an IMS Common Cartridge 1.3: pages, films with captions, files and H5P packages as web content,
quizzes as QTI 1.2 in the cartridge's own profile.

Owns what a cartridge can say of a course and names what it cannot. Refuses packs with problems, and to go beyond the
profile where another system would then refuse the whole: a question that has no place there stays outside, by name.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import IO, Any
from urllib.parse import quote

from django.utils.translation import gettext as _
from lxml import etree
from lxml.builder import ElementMaker

from courses.packs.archive import Archive
from courses.packs.cartridge_qti import SPLIT, fit, in_profile, sayable, write_assessment, write_bank
from courses.packs.foreign.cartridge.adapter import LESSON
from courses.packs.foreign.cartridge.manifest import MANIFEST
from courses.packs.foreign.outline import Lost
from courses.packs.plan import (
    Block,
    CourseData,
    FileBlock,
    H5PBlock,
    ImageBlock,
    Lesson,
    PackageBlock,
    PackPlan,
    Question,
    QuizBlock,
    TextBlock,
    VideoBlock,
)
from courses.packs.problems import Problem

_CP = "http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1"
_LOM = "http://ltsc.ieee.org/xsd/imsccv1p3/LOM/manifest"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_PROFILE = "http://www.imsglobal.org/profile/cc/ccv1p3"
_SCHEMAS = f"{_CP} {_PROFILE}/ccv1p3_imscp_v1p2_v1p0.xsd {_LOM} {_PROFILE}/LOM/ccv1p3_lommanifest_v1p0.xsd"
_QTI = "imsqti_xmlv1p2/imscc_xmlv1p3/assessment"
_BANK = "imsqti_xmlv1p2/imscc_xmlv1p3/question-bank"
_MAKE: dict[str, Any] = {"nsmap": {None: _CP, "lomimscc": _LOM, "xsi": _XSI}}
_E = ElementMaker(namespace=_CP, **_MAKE)
_M = ElementMaker(namespace=_LOM, **_MAKE)
_SYLLABUS = "pages/syllabus.html"
_CHUNK = 1024 * 1024


@dataclass
class _Part:
    """A lesson, or what of it is an item of its own. `needs` are files of the pack that a page shows."""

    title: str
    type: str
    file: str
    content: bytes = b""
    needs: list[str] = field(default_factory=list)


def write_cartridge(plan: PackPlan, pack: Archive, out: IO[bytes]) -> list[Lost]:
    """Write the cartridge of a plan without problems; `pack` is the archive it was read from, opened.

    Returns what a cartridge has no place for, by name. Raises ValueError for a plan with problems, and what reading
    a broken member raises: `out` is then to be thrown away."""
    if not plan.ok or plan.course is None:
        raise ValueError("a plan with problems is not written")
    writing = _Writing(plan, plan.course)
    lessons = [[(lesson, writing.parts(lesson)) for lesson in chapter.lessons] for chapter in plan.chapters]
    manifest = writing.manifest(lessons)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as made:
        made.writestr(_entry(MANIFEST), manifest)
        for part in writing.written:
            if part.content:
                made.writestr(_entry(part.file), part.content)
        for name in writing.files:
            with (
                pack.open(name) as content,
                made.open(_entry(name, stored=True), "w", force_zip64=True) as into,
            ):
                shutil.copyfileobj(content, into, _CHUNK)
    return writing.lost


def _entry(name: str, *, stored: bool = False) -> zipfile.ZipInfo:
    """The same pack gives the same cartridge, byte for byte."""
    info = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    return info


class _Writing:
    """`files` are members of the pack that go along, each once, with the identifiers of their resources."""

    def __init__(self, plan: PackPlan, course: CourseData) -> None:
        self.plan, self.course = plan, course
        self.lost: list[Lost] = []
        self.files: dict[str, str] = {}
        self.written: list[_Part] = []
        self._settings()

    # -- what has no place --------------------------------------------------------------------------

    def _lose(self, title: str, what: str, *, path: str = "manifest.json") -> None:
        self.lost.append(Lost(path, title, Problem("out_setting", "", {"what": what})))

    def _settings(self) -> None:
        course = self.course
        said = {
            _("课程代码"): course.code,
            _("课程类别和年度"): course.kind,
            _("主题"): course.theme,
            _("行业"): course.sector,
            _("行业主管部门"): course.department,
            _("方式"): course.mode != "online",
            _("学时"): course.centihours,
            _("职业和等级"): course.occupation_code,
            _("学习对象"): course.audience,
            _("学习目标"): course.outcomes,
            _("封面"): course.cover,
            _("完成规则"): course.quizzes,
            _("译文"): self.plan.translations,
        }
        for what, value in said.items():
            if value:
                self._lose(course.title, what)

    # -- lessons ------------------------------------------------------------------------------------

    def parts(self, lesson: Lesson) -> list[_Part]:
        """A lesson as items of a cartridge: one page where it can be, else pages, quizzes and files in order."""
        made: list[_Part] = []
        run: list[Block] = []
        for block in lesson.blocks:
            if isinstance(block, TextBlock | ImageBlock | VideoBlock):
                run.append(block)
                continue
            self._close(lesson, run, made)
            if isinstance(block, QuizBlock):
                made += self._quiz(lesson, block, len(made))
            elif isinstance(block, H5PBlock):
                self._lose(block.title, _("练习的时长"), path=block.file)
                made.append(_Part(block.title, "webcontent", block.file))
            elif isinstance(block, PackageBlock):
                # A cartridge knows no SCORM and no cmi5: the package goes along as a file to take away.
                self._lose(block.title, _("课件的播放和成绩"), path=block.file)
                made.append(_Part(block.title, "webcontent", block.file))
            elif isinstance(block, FileBlock):
                made.append(_Part(block.name, "webcontent", block.file))
        self._close(lesson, run, made)
        for part in made:
            if part.content:
                self.written.append(part)
            for name in part.needs if part.content else [part.file]:
                self._file(name)
        return made

    def _close(self, lesson: Lesson, run: list[Block], made: list[_Part]) -> None:
        if not run:
            return
        needs: list[str] = []
        body = "\n".join(html for block in run for html in self._html(block, needs))
        run.clear()
        made.append(self._page(f"pages/{lesson.key}-{len(made)}.html", lesson.title, body, needs))

    def _page(self, file: str, title: str, body: str, needs: list[str]) -> _Part:
        page = (
            f'<!DOCTYPE html>\n<html lang="{escape(self.course.language)}">\n<head><meta charset="utf-8">'
            f"<title>{escape(title)}</title></head>\n<body>\n{body}\n</body>\n</html>\n"
        )
        return _Part(title, "webcontent", file, page.encode(), needs)

    def _html(self, block: Block, needs: list[str]) -> Iterator[str]:
        if isinstance(block, TextBlock):
            yield block.html
        elif isinstance(block, ImageBlock):
            needs.append(block.file)
            caption = f"<figcaption>{escape(block.caption)}</figcaption>" if block.caption else ""
            yield f'<figure><img src="{_address(block.file)}" alt="{escape(block.alt)}">{caption}</figure>'
        elif isinstance(block, VideoBlock):
            needs += [block.file, *filter(None, [block.poster]), *(c.file for c in block.captions)]
            poster = f' poster="{_address(block.poster)}"' if block.poster else ""
            tracks = "".join(
                f'<track kind="captions" src="{_address(c.file)}" srclang="{escape(c.lang)}" label="{escape(c.label)}">'
                for c in block.captions
            )
            tag = "audio" if block.type == "audio" else "video"
            poster = poster if tag == "video" else ""
            yield (
                f'<{tag} controls src="{_address(block.file)}" title="{escape(block.title)}"{poster}>{tracks}</{tag}>'
            )
            if block.chapters:
                self._lose(block.title, _("视频的章节"), path=block.file)
            if block.offline:
                self._lose(block.title, _("能否下载离线学习"), path=block.file)
            spoken = next((t for c in block.captions if (t := self.plan.media[c.file].text)), "")
            if block.transcript and block.transcript != spoken:
                yield "".join(f"<p>{escape(row)}</p>" for row in block.transcript.split("\n") if row.strip())

    def _quiz(self, lesson: Lesson, block: QuizBlock, place: int) -> list[_Part]:
        path = f"quizzes/{lesson.key}-{place}.xml"
        fitting = self._fitting([self.plan.questions[id_] for id_ in block.questions], path)
        self._lose(block.title, _("及格线 %(percent)s%%") % {"percent": block.pass_percent}, path=path)
        if block.minutes is not None:
            self._lose(block.title, _("测验的时长"), path=path)
        if not fitting:
            return []
        return [
            _Part(block.title, _QTI, path, write_assessment(f"{lesson.key}-{place}", block.title, fitting))
        ]

    def _fitting(self, questions: list[Question], path: str) -> list[Question]:
        for question in questions:
            if question.kind in SPLIT:
                how = _("%(count)d 道单选题") % {"count": len(question.answer)}
                problem = Problem(
                    "out_otherwise",
                    "",
                    {"what": _("配对题") if question.kind == "matching" else _("排序题"), "how": how},
                )
                self.lost.append(Lost(path, question.stem, problem))
            elif not sayable(question):
                what = _("数值题") if question.kind == "numeric" else _("一题多空的填空题")
                self._lose(question.stem, what, path=path)
        return [written for question in questions for written in in_profile(question)]

    def _file(self, name: str) -> None:
        self.files.setdefault(name, f"file-{len(self.files) + 1}")

    # -- the manifest -------------------------------------------------------------------------------

    def manifest(self, lessons: list[list[tuple[Lesson, list[_Part]]]]) -> bytes:
        """imsmanifest.xml. A lesson is one item, or a folder where it is written as several."""
        resources = _E.resources()
        root = _E.item(identifier="LearningModules")
        for n, (chapter, inside) in enumerate(zip(self.plan.chapters, lessons, strict=True), 1):
            folder = _E.item(_E.title(fit(chapter.title)), identifier=f"chapter-{n}")
            for lesson, parts in inside:
                folder.extend(self._items(lesson, parts))
            if len(folder) > 1:
                root.append(folder)
            else:
                self._lose(chapter.title, _("没有内容的章"))
        self.written = [*self._description(), *self.written, *self._idle()]
        resources.extend(self._resource(part) for part in self.written)
        resources.extend(
            _E.resource(_E.file(href=quote(name)), identifier=id_, type="webcontent", href=quote(name))
            for name, id_ in self.files.items()
        )
        made = _E.manifest(
            _E.metadata(
                _E.schema("IMS Common Cartridge"), _E.schemaversion("1.3.0"), _M.lom(*self._lom(self.course))
            ),
            _E.organizations(_E.organization(root, identifier="course", structure="rooted-hierarchy")),
            resources,
            identifier=f"rt-{self.course.code}",
        )
        made.set(f"{{{_XSI}}}schemaLocation", _SCHEMAS)
        written: bytes = etree.tostring(made, xml_declaration=True, encoding="UTF-8", pretty_print=True)
        return written

    def _items(self, lesson: Lesson, parts: list[_Part]) -> Iterator[Any]:
        id_ = f"{LESSON}{lesson.key}"
        if not parts:
            self._lose(lesson.title, _("没有内容的节"))
        elif len(parts) == 1 and parts[0].title == lesson.title:
            yield _E.item(_E.title(fit(lesson.title)), identifier=id_, identifierref=self._ref(parts[0]))
        else:
            yield _E.item(
                _E.title(fit(lesson.title)),
                *(
                    _E.item(_E.title(fit(part.title)), identifier=f"{id_}.{n}", identifierref=self._ref(part))
                    for n, part in enumerate(parts)
                ),
                identifier=id_,
            )

    def _ref(self, part: _Part) -> str:
        if not part.content:
            return self.files[part.file]
        return "r-" + part.file.rpartition(".")[0].replace("/", "-")

    def _resource(self, part: _Part) -> Any:
        made = _E.resource(_E.file(href=part.file), identifier=self._ref(part), type=part.type)
        if part.file == _SYLLABUS:
            made.set("intendeduse", "syllabus")
        if part.type == "webcontent":
            made.set("href", part.file)
        made.extend(_E.dependency(identifierref=self.files[name]) for name in dict.fromkeys(part.needs))
        return made

    def _description(self) -> list[_Part]:
        """The long description of the course, as the syllabus of a cartridge."""
        if not self.course.description_html:
            return []
        return [self._page(_SYLLABUS, self.course.title, self.course.description_html, [])]

    def _idle(self) -> list[_Part]:
        """Questions in no quiz, as a bank that no item names."""
        asked = {id_ for block in self.plan.blocks if isinstance(block, QuizBlock) for id_ in block.questions}
        idle = self._fitting(
            [q for q in self.plan.questions.values() if q.id not in asked], "quizzes/bank.xml"
        )
        return [_Part("", _BANK, "quizzes/bank.xml", write_bank("bank", idle))] if idle else []

    @staticmethod
    def _lom(course: CourseData) -> Iterable[Any]:
        def text(name: str, *words: str) -> Any:
            return _M(name, *(_M.string(fit(word), language=course.language) for word in words))

        yield _M.general(
            text("title", course.title), _M.language(course.language), text("description", course.summary)
        )
        yield _M.lifeCycle(
            *(
                _M.contribute(
                    _M.role(_M.value("author")),
                    _M.entity(fit(f"BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nN:{name};;;;\nEND:VCARD")),
                )
                for name in course.authors
            )
        )
        yield _M.rights(
            _M.copyrightAndOtherRestrictions(_M.value("yes")),
            text("description", course.licence),
        )


def _address(name: str) -> str:
    """A file of the pack as a page in pages/ writes it."""
    return escape("../" + quote(name))
