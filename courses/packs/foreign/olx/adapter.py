"""Open edX courses as Studio exports them (OLX in a .tar.gz), and OLX written by hand.

Chapters (sections) become chapters; every unit (vertical) a lesson, under the name of its subsection where a chapter
has several. Blocks may stand in files of their own or in one another. Refuses nothing it can name.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import partial
from html import escape
from typing import Any
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.packs.foreign.markup import Markup
from courses.packs.foreign.olx.dragging import dragged
from courses.packs.foreign.olx.files import OlxFiles, html_of, title_of
from courses.packs.foreign.olx.problems import ProblemReading
from courses.packs.foreign.olx.video import video_pieces
from courses.packs.foreign.outline import Outline, Page, Piece, Unit
from courses.packs.foreign.pieces import played
from courses.packs.foreign.questions import Series, words_of
from courses.packs.foreign.sources import Source
from courses.packs.foreign.trees import head_of, read_tree
from courses.packs.problems import short

_CONTAINERS = ("sequential", "vertical", "videosequence", "problemset", "wrapper", "unit")
# Blocks that ask something, also where what they are in has no place.
_ASKS = (
    "problem",
    "openassessment",
    "drag-and-drop-v2",
    "poll",
    "poll_question",
    "survey",
    "word_cloud",
    "image-explorer",
    "problem-builder",
    "step-builder",
    "freetextresponse",
)
# Attributes of blocks that only show what lies elsewhere.
_LEADS = ("launch_url", "embed_code", "document_url", "image_url")
# Blocks that show a few of those they hold, which ones is drawn for everybody.
_DRAWS = ("library_content", "itembank")
_MAX_DRAWN = 200
# What Studio calls a problem that nobody gave a name.
_STUDIO = re.compile(
    r"(Multiple Choice|Checkboxes|Dropdown|Text Input|Numerical Input|Blank (Common|Advanced) Problem)"
    r"( with Hints and Feedback)?|Problem|problem"
)
_QUIET = ("wiki", "grading_policy")
_DRESS = (".css", ".js", ".eot", ".woff", ".woff2", ".ttf", ".otf", ".map", ".less", ".scss")
_FOLDERS = ("chapter", "sequential", "vertical", "html", "problem", "video")


def kind_name(tag: str) -> str:
    """What a reader calls a kind of block, with Open edX's own name."""
    names = {
        "discussion": _("讨论区"),
        "lti": _("外部工具"),
        "lti_consumer": _("外部工具"),
        "poll": _("投票"),
        "poll_question": _("投票"),
        "survey": _("问卷"),
        "word_cloud": _("词云"),
        "openassessment": _("开放题和互评"),
        "staffgradedxblock": _("教师评分"),
        "edx_sga": _("教师评分作业"),
        "drag-and-drop-v2": _("拖放题"),
        "library_content": _("题库随机内容"),
        "itembank": _("题库随机内容"),
        "split_test": _("分组实验"),
        "conditional": _("按条件显示的内容"),
        "randomize": _("随机内容"),
        "done": _("「学完了」按钮"),
        "annotatable": _("批注文本"),
        "scorm": _("SCORM 课件"),
        "h5pxblock": _("H5P"),
        "textbook": _("教材"),
    }
    return f"{names[tag]}（{tag}）" if tag in names else short(tag, 40)


class OpenEdx:
    name = "olx"
    label = gettext_lazy("Open edX 课程（OLX，.tar.gz）")
    extensions = ("tar.gz", "tgz")

    def recognises(self, source: Source) -> bool:
        return source.kind in ("zip", "tar") and _place(source) is not None

    def inspect(self, source: Source) -> Outline:
        outline = Outline(self.name)
        place = _place(source)
        tree = read_tree(source, place, outline) if place is not None else None
        if place is not None and tree is not None:
            _Course(source, place[: -len("course.xml")], outline).read(tree)
        return outline


def _place(source: Source) -> str | None:
    """The course's first file: the highest course.xml that says it is one."""
    found = [
        name for name in source.names if posixpath.basename(name) == "course.xml" and name.count("/") < 4
    ]
    for name in sorted(found, key=lambda name: (name.count("/"), name)):
        head = head_of(source, name)
        # A Moodle backup has a course.xml, too, with the course's id in Moodle.
        if re.search(rb"<course[\s>/]", head) and not re.search(rb"<course[^>]*contextid=", head):
            return name
    return None


class _Course:
    def __init__(self, source: Source, root: str, outline: Outline) -> None:
        self.source, self.outline = source, outline
        self.files = OlxFiles(source, root, outline)
        self.settings: dict[str, None] = {}

    def read(self, tree: Element) -> None:
        run = tree.get("url_name", "")
        policies = self.files.json(f"policies/{run}/policy.json") or self.files.json("policies/policy.json")
        if isinstance(policies, dict):
            self.files.policy = {key: said for key, said in policies.items() if isinstance(said, dict)}
        loaded = self.files.load(tree, ())
        if loaded is None:
            return
        course, key = loaded
        self._about(course, self.files.policy.get(key, {}))
        for child in course:
            self._top(child, (key,))
        self._tabs(self.files.policy.get(key, {}).get("tabs"))
        self._info()
        if f"{self.files.root}policies/{run}/grading_policy.json" in self.source.archive:
            self.settings[_("评分规则")] = None
        if self.settings:
            self.outline.lose(key, self.outline.title, "lost_setting", what="、".join(self.settings))
        self._leftovers()

    # -- the course -------------------------------------------------------------------------------------

    def _about(self, course: Element, policy: dict[str, Any]) -> None:
        outline = self.outline
        outline.title = title_of(course)
        outline.language = _language(course.get("language", ""))
        outline.licence = _licence(course.get("license", ""))
        outline.description_html = self.files.text("about/overview.html")
        short_words = words_of(self.files.text("about/short_description.html")).text
        words = words_of(outline.description_html)
        outline.summary = short_words or words.text
        if words.pictures:
            outline.lose("about/overview.html", outline.title, "lost_kind", what=_("课程简介里的图片"))
        picture = course.get("course_image", "")
        member = self.files.static(picture) if picture else None
        if member is not None:
            outline.lose(member, picture, "lost_setting", what=_("课程封面"))

    def _top(self, node: Element, trail: tuple[str, ...]) -> None:
        """A child of the course: a chapter, or what stands where a chapter should."""
        if node.tag in _QUIET:
            return
        loaded = self.files.load(node, trail)
        if loaded is None:
            return
        block, key = loaded
        title = title_of(block)
        if node.tag not in ("chapter", *_CONTAINERS):
            self.lose_kind(key, title, block, (*trail, key))
            return
        if self._hidden(block, (*trail, key), title):
            return
        unit = Unit(title)
        parts = list(block) if node.tag == "chapter" else [node]
        several = sum(1 for part in parts if part.tag in ("sequential", "videosequence", "problemset")) > 1
        for part in parts:
            unit.pages += self._pages(part, (*trail, key) if node.tag == "chapter" else trail, "", several)
        self.outline.units.append(unit)

    def _pages(self, node: Element, trail: tuple[str, ...], above: str, several: bool) -> Iterator[Page]:
        """The lessons of a subsection. `above` is its name, `several` that a chapter has more than one."""
        loaded = self.files.load(node, trail)
        if loaded is None:
            return
        block, key = loaded
        title = title_of(block)
        if self._hidden(block, (*trail, key), title or above):
            return
        self.block_settings(block)
        if key in self.files.missing:
            return
        if node.tag in _CONTAINERS and node.tag != "vertical":
            for child in block:
                yield from self._pages(child, (*trail, key), title or above, several)
            return
        shown = title or above or self.outline.title
        if above and several and above != shown:
            shown = f"{above} · {shown}"
        page = Page(key, short(shown, 190))
        blocks = list(block) if node.tag == "vertical" else [node]
        _PageReading(self, page).take(blocks, (*trail, key) if node.tag == "vertical" else trail)
        yield page

    def _hidden(self, block: Element, trail: tuple[str, ...], title: str) -> bool:
        """Whether learners never saw it; then every lesson in it is named."""
        if block.get("visible_to_staff_only", "").lower() != "true":
            return False
        self.outline.lose(trail[-1], title or trail[-1], "lost_hidden")
        self._hide(block, trail)
        return True

    def _hide(self, block: Element, trail: tuple[str, ...]) -> None:
        for child in block:
            if not child.get("url_name"):
                continue
            loaded = self.files.load(child, trail)
            if loaded is None:
                return
            if child.tag in ("vertical", "sequential"):
                self.outline.lose(loaded[1], title_of(loaded[0]) or loaded[1], "lost_hidden")
            if child.tag in _CONTAINERS:
                self._hide(loaded[0], (*trail, loaded[1]))

    def block_settings(self, block: Element) -> None:
        if block.get("graded", "").lower() == "true":
            self.settings[_("评分规则")] = None
        if block.get("due") or block.get("start"):
            self.settings[_("开放和截止时间")] = None
        if block.get("group_access", "{}") not in ("", "{}", "null"):
            self.settings[_("按组显示内容")] = None

    # -- other pages ------------------------------------------------------------------------------------

    def _tabs(self, tabs: Any) -> None:
        """The course's own pages beside its chapters."""
        unit = Unit(_("其他页面"))
        for tab in tabs if isinstance(tabs, list) else ():
            if (
                not isinstance(tab, dict)
                or tab.get("type") != "static_tab"
                or not isinstance(tab.get("url_slug"), str)
            ):
                continue
            slug = tab["url_slug"]
            title = str(tab.get("name") or slug)[:190]
            if tab.get("course_staff_only"):
                self.outline.lose(f"tabs/{slug}.html", title, "lost_hidden")
                continue
            self._html_page(unit, f"tabs/{slug}.html", title)
        self._html_page(unit, "info/handouts.html", _("讲义"))
        if unit.pages:
            self.outline.units.append(unit)

    def _html_page(self, unit: Unit, name: str, title: str) -> None:
        pieces = self.html_pieces(self.files.text(name), name, title)
        if pieces:
            unit.pages.append(Page(name, title, pieces))

    def _info(self) -> None:
        if words_of(self.files.text("info/updates.html")).text:
            self.outline.lose("info/updates.html", _("课程通知"), "lost_kind", what=_("课程通知"))

    def html_pieces(self, html: str, path: str, title: str) -> list[Piece]:
        markup = Markup(self.source, self.files.resolve, self.outline.lost, path=path, title=title)
        return played(markup.pieces(html)) if html.strip() else []

    # -- what nobody asked for -----------------------------------------------------------------------------

    def lose_kind(
        self, path: str, title: str, block: Element, trail: tuple[str, ...], what: str = ""
    ) -> None:
        """Name a block of a kind that has no place, and every block in it."""
        what = what or kind_name(str(block.tag))
        code = "lost_tool" if block.tag in ("lti", "lti_consumer") else "lost_kind"
        self.outline.lose(path, short(title or path, 190), code, what=what)
        if block.tag in _ASKS:
            self.outline.keep(path, short(title or path, 190), str(block.tag), block)
        for address in filter(None, (block.get(name, "") for name in _LEADS)):
            found = re.search(r"https?://[^\s\"'<>]+", address)
            if found:
                self.outline.lose(path, short(title or path, 190), "lost_outside", what=short(found[0], 120))
        for child in block:
            if not child.get("url_name"):
                continue
            loaded = self.files.load(child, trail)
            if loaded is None:
                return
            inner, key = loaded
            name = title_of(inner) or short(words_of(html_of(inner)).text.partition("\n")[0]) or key
            self.lose_kind(path, f"{title or path} · {name}", inner, (*trail, key), what)

    def _leftovers(self) -> None:
        root = self.files.root
        for name in self.source.names:
            if name.startswith(
                (f"{root}drafts/vertical/", f"{root}drafts/sequential/", f"{root}drafts/chapter/")
            ):
                tree = read_tree(self.source, name, self.outline)
                title = title_of(tree) if tree is not None else ""
                self.outline.lose(name, title or posixpath.basename(name), "lost_hidden")
        for name in self.files.orphans(_FOLDERS):
            tree = read_tree(self.source, root + name, self.outline)
            title = title_of(tree) if tree is not None else ""
            self.outline.lose(name, title or name, "lost_unused")
        dress = 0
        for name in self.files.unused():
            if name.lower().endswith(_DRESS):
                dress += 1
            else:
                self.outline.lose(name, posixpath.basename(name), "lost_unused")
        if dress:
            self.outline.lose("static", "static", "lost_dress", count=dress)


class _PageReading:
    """The blocks of one lesson in order; problems that follow one another are one quiz."""

    def __init__(self, course: _Course, page: Page) -> None:
        self.course, self.page = course, page
        self.outline, self.files = course.outline, course.files
        self.quiz: ProblemReading | None = None
        self.names: list[str] = []
        # Of those that became questions.
        self.titles: list[str] = []

    def take(self, blocks: list[Element], trail: tuple[str, ...]) -> None:
        for node in blocks:
            loaded = self.files.load(node, trail)
            if loaded is None:
                return
            self._block(*loaded, trail)
        self._close()

    def _block(self, block: Element, key: str, trail: tuple[str, ...]) -> None:
        tag, title = str(block.tag), title_of(block)
        if key in self.files.missing:
            return
        if block.get("visible_to_staff_only", "").lower() == "true":
            self.outline.lose(self.page.key, title or key, "lost_hidden")
            return
        self.course.block_settings(block)
        if tag == "problem":
            self._problem(block, key, title or self.page.title)
            return
        self._close()
        if tag == "html":
            before = self.outline.lost.total
            shown = self.course.html_pieces(self._html(block), self.page.key, self.page.title)
            if not shown and self.outline.lost.total == before:
                self._lose(title or self.page.title, "lost_empty")
            self.page.pieces += shown
        elif tag in ("video", "videoalpha"):
            title = title or self.page.title
            self.page.pieces += video_pieces(self.files, self.outline, block, self.page.key, title)
        elif tag in _CONTAINERS:
            self.take(list(block), (*trail, key))
        elif tag in _DRAWS and any(part.get("url_name") for part in block):
            self._drawn(block, (*trail, key), title or f"{self.page.title} · {kind_name(tag)}")
        elif tag == "drag-and-drop-v2" and (
            pieces := dragged(block, key, title or self.page.title, self.files.resolve, self._missing)
        ):
            self.page.pieces += pieces
        else:
            name = title or f"{self.page.title} · {kind_name(tag)}"
            if tag not in _ASKS and not any(part.get("url_name") for part in block):
                # What stands in it is a text to read, such as that which learners mark up (annotatable).
                html = html_of(block, ("instructions", "title"))
                self.page.pieces += self.course.html_pieces(html, self.page.key, self.page.title)
            # What a tool says of itself to learners, where there is no other text in it.
            if tag in ("lti", "lti_consumer") and (said := block.get("description", "").strip()):
                self.page.pieces += self.course.html_pieces(f"<p>{escape(said)}</p>", self.page.key, name)
            self.course.lose_kind(self.page.key, name, block, (*trail, key))

    def _drawn(self, block: Element, trail: tuple[str, ...], title: str) -> None:
        """All that a block draws from, since lessons here show all they have; beyond a bound it is counted."""
        held = [part for part in block if part.get("url_name")]
        self.take(held[:_MAX_DRAWN], trail)
        said = block.get("max_count", "1")
        drawn = int(said) if said.isdecimal() and len(said) < 6 else len(held)
        told = {"what": short(title), "count": len(held), "drawn": min(drawn, len(held))}
        if len(held) > _MAX_DRAWN:
            self._lose(title, "lost_draw_many", left=len(held) - _MAX_DRAWN, **told)
        elif drawn < len(held):
            self._lose(title, "lost_draw", **told)
        else:
            self._lose(title, "lost_setting", what=kind_name(str(block.tag)))

    def _html(self, block: Element) -> str:
        name = block.get("filename", "") or block.get("url_name", "")
        own = html_of(block)
        return own if own.strip() else self.files.text(f"html/{name.replace(':', '/')}.html")

    def _problem(self, block: Element, key: str, title: str) -> None:
        if self.quiz is None:
            series = Series(title, self.files.resolve, self._missing)
            texts = partial(self.course.html_pieces, path=self.page.key, title=self.page.title)
            self.quiz = ProblemReading(series, partial(self._lose), self._keep, texts)
        self.names.append(title)
        before = len(self.quiz.series.questions)
        self.quiz.take(block, key, title)
        if len(self.quiz.series.questions) > before:
            self.titles.append(title)

    def _close(self) -> None:
        """The quiz so far, if there is one, becomes pieces of the page."""
        if self.quiz is None:
            return
        if len(self.names) > 1:
            self.quiz.series.title = self.titles[0] if len(self.titles) == 1 else self.page.title
            self._lose_titles(self.quiz.series)
        self.page.pieces += self.quiz.series.pieces()
        if self.quiz.settings:
            self._lose(self.quiz.series.title, "lost_setting", what="、".join(self.quiz.settings))
        self.quiz, self.names, self.titles = None, [], []

    def _lose_titles(self, series: Series) -> None:
        """Name what the problems of one quiz are called, where no question says it: a quiz has one title."""
        asked = [series.title, *(question.stem for question in series.questions)]
        own = (name for name in dict.fromkeys(self.titles) if not _STUDIO.fullmatch(name))
        gone = [name for name in own if not any(name in words for words in asked)]
        for name in gone:
            self._lose(f"{self.page.title} · {name}", "lost_setting", what=_("各题的标题"))

    def _missing(self, address: str) -> None:
        code, name = ("lost_outside", "what") if "//" in address else ("lost_missing", "name")
        self._lose(self.page.title, code, **{name: short(address)})

    def _lose(self, title: str, code: str, **params: Any) -> None:
        self.outline.lose(self.page.key, short(title, 120), code, **params)

    def _keep(self, title: str, kind: str, problem: Element) -> None:
        self.outline.keep(self.page.key, short(title, 120), kind, problem)


def _language(code: str) -> str:
    """Open edX' language code as BCP 47."""
    if code.lower().startswith("zh"):
        return "zh-Hant" if re.search(r"tw|hk|hant", code, re.I) else "zh-Hans"
    return code.replace("_", "-")


def _licence(said: str) -> str:
    """The course's licence, by its SPDX name where it is a Creative Commons one."""
    if not said.startswith("creative-commons"):
        return said.replace("-", " ")
    version = re.search(r"ver=([0-9.]+)", said)
    parts = re.findall(r"\b(BY|NC|ND|SA)\b", said)
    return "-".join(["CC", *parts, version.group(1) if version else "4.0"])


ADAPTER = OpenEdx()
