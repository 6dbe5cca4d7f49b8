"""Moodle course backups (.mbz: a gzipped tar or a zip) from Moodle 2.0 to 5.x.

Sections become chapters, activities lessons, in the order in which the course shows them. Refuses people and what
they did, and backups of Moodle 1.x, whose shape is another.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.packs.foreign.markup import Markup
from courses.packs.foreign.moodle.activities import Activities, Activity
from courses.packs.foreign.moodle.files import Files, read_files, readable, text
from courses.packs.foreign.moodle.questions import Bank, read_bank
from courses.packs.foreign.moodle.text import as_html
from courses.packs.foreign.outline import Outline, Page, Unit
from courses.packs.foreign.pieces import played
from courses.packs.foreign.questions import words_of
from courses.packs.foreign.sources import Source
from courses.packs.foreign.trees import head_of, read_tree
from courses.packs.problems import short

_ROOT, _OLD = "moodle_backup.xml", "moodle.xml"
# Kinds that hold other things and are nothing by themselves.
_HOLDERS = ("subsection", "qbank")
_MAX_DEPTH = 5
_MANY = 50
_BLOCKS = ("recent_activity", "search_forums", "news_items", "calendar_upcoming", "activity_modules")


class Moodle:
    name = "moodle"
    label = gettext_lazy("Moodle 课程备份（.mbz）")
    extensions = ("mbz",)

    def recognises(self, source: Source) -> bool:
        return source.kind in ("zip", "tar") and _place(source) is not None

    def inspect(self, source: Source) -> Outline:
        outline = Outline(self.name)
        place = _place(source)
        if place is None:
            return outline
        if posixpath.basename(place) == _OLD:
            outline.refuse("foreign_old", place, name=short(place), what="Moodle 1.x")
            return outline
        tree = read_tree(source, place, outline)
        information = tree.find("information") if tree is not None else None
        if information is not None:
            _Backup(source, place[: -len(_ROOT)], outline, information).read()
        elif not outline.problems:
            outline.refuse(
                "foreign_broken",
                place,
                name=short(place),
                reason=_("没有 %(name)s") % {"name": "information"},
            )
        return outline


def _place(source: Source) -> str | None:
    """The backup's first file: at the root, or in the folder that somebody packed instead of its content."""
    found = [n for n in source.names if posixpath.basename(n) in (_ROOT, _OLD) and n.count("/") < 3]
    for name in sorted(found, key=lambda name: (name.count("/"), name != _ROOT, name)):
        head = head_of(source, name)
        if b"<moodle_backup" in head or b"<MOODLE_BACKUP" in head:
            return name
    return None


@dataclass
class _Section:
    id: str
    number: int
    title: str
    node: Element
    directory: str

    @property
    def sequence(self) -> list[str]:
        return [part.strip() for part in text(self.node, "sequence").split(",") if part.strip()]


class _Backup:
    def __init__(self, source: Source, root: str, outline: Outline, information: Element) -> None:
        self.source, self.root, self.outline, self.information = source, root, outline, information
        self.context = text(information, "original_course_contextid")
        self.files = Files()
        self.bank = Bank()
        self.activities: dict[str, Activity] = {}
        self.modules: dict[str, Element | None] = {}
        self.done: set[str] = set()
        self.done_sections: set[str] = set()
        self.depth = 0

    def read(self) -> None:
        self._course()
        self.files = read_files(self.source, self.root, self.outline)
        self.bank = read_bank(read_tree(self.source, f"{self.root}questions.xml", self.outline))
        self._list_activities()
        self.reader = Activities(self.source, self.root, self.outline, self.files, self.bank)
        sections = self._sections()
        for section in sections:
            if not self._inside(section):
                self.outline.units.append(Unit(section.title, list(self._section(section, sections))))
        left = [a for a in self.activities.values() if a.id not in self.done]
        if left:
            # A backup of single activities has no sections.
            self.outline.units.append(Unit("", [page for a in left for page in self._activity(a, sections)]))
        self._leftovers()

    # -- the course -------------------------------------------------------------------------------------

    def _course(self) -> None:
        outline = self.outline
        outline.version = text(self.information, "moodle_release")
        outline.title = text(self.information, "original_course_fullname")
        course = read_tree(self.source, f"{self.root}course/course.xml", outline)
        if course is not None:
            outline.title = text(course, "fullname") or outline.title
            self.context = course.get("contextid") or self.context
            outline.language = _language(text(course, "lang"))
            html = as_html(text(course, "summary"), text(course, "summaryformat"))
            outline.description_html = readable(html)
            words = words_of(html)
            outline.summary = words.text
            if words.pictures:
                outline.lose("course/course.xml", outline.title, "lost_kind", what=_("课程简介里的图片"))
        root_settings = {
            text(node, "name"): text(node, "value")
            for node in self.information.iterfind("settings/setting")
            if text(node, "level") == "root"
        }
        if root_settings.get("users") == "1" or f"{self.root}users.xml" in self.source.archive:
            outline.lose("users.xml", _("人员"), "lost_people")

    def _list_activities(self) -> None:
        for node in self.information.iterfind("contents/activities/activity"):
            directory, id_ = text(node, "directory").strip("/"), text(node, "moduleid")
            module = text(node, "modulename")
            title = " ".join(words_of(text(node, "title")).text.split()) or directory
            if id_ not in self.activities:
                self.activities[id_] = Activity(
                    module, id_, text(node, "sectionid"), short(title, 190), directory
                )

    def _sections(self) -> list[_Section]:
        found = []
        for node in self.information.iterfind("contents/sections/section"):
            id_, directory = text(node, "sectionid"), text(node, "directory").strip("/")
            tree = read_tree(self.source, f"{self.root}{directory}/section.xml", self.outline)
            if tree is None:
                if not self.outline.problems:
                    name = short(f"{directory}/section.xml")
                    self.outline.lose(directory, text(node, "title"), "lost_missing", name=name)
                continue
            said = text(tree, "number")
            number = int(said) if said.isdecimal() and len(said) < 9 else 0
            title = text(tree, "name") or (_("主题 %(number)d") % {"number": number} if number else "")
            found.append(_Section(id_, number, title, tree, directory))
        return sorted(found, key=lambda section: section.number)

    def _inside(self, section: _Section) -> bool:
        """Whether the section belongs to a subsection (since 4.5): it is read where that stands."""
        return text(section.node, "component") == "mod_subsection"

    # -- sections and activities ---------------------------------------------------------------------------

    def _section(self, section: _Section, sections: list[_Section]) -> Iterator[Page]:
        if section.id in self.done_sections:
            return
        self.done_sections.add(section.id)
        hidden = text(section.node, "visible") == "0"
        html = as_html(text(section.node, "summary"), text(section.node, "summaryformat"))
        if hidden:
            self.outline.lose(section.directory, section.title or self.outline.title, "lost_hidden")
        else:
            self._restrictions(section.directory, section.title or self.outline.title, section.node)
            yield from self._summary(section, html)
        order = {id_: place for place, id_ in enumerate(section.sequence)}
        own = [a for a in self.activities.values() if a.id in order or a.section == section.id]
        for activity in sorted(own, key=lambda a: order.get(a.id, len(order))):
            if hidden:
                self._hide(activity, sections)
            else:
                yield from self._activity(activity, sections)

    def _summary(self, section: _Section, html: str) -> Iterator[Page]:
        title = section.title or self.outline.title
        resolve = self.files.resolver(self.context, ("section", section.id))
        markup = Markup(self.source, resolve, self.outline.lost, path=section.directory, title=title)
        if pieces := played(markup.pieces(readable(html))):
            yield Page(section.directory, title, pieces)

    def _activity(self, activity: Activity, sections: list[_Section]) -> Iterator[Page]:
        if activity.id in self.done:
            return
        module = read_tree(self.source, f"{self.root}{activity.directory}/module.xml", self.outline)
        if module is not None and text(module, "visible") == "0":
            self._hide(activity, sections)
            return
        self.done.add(activity.id)
        if module is not None:
            self._restrictions(activity.directory, activity.title, module)
        if activity.module in _HOLDERS:
            yield from self._held_pages(activity, sections)
            return
        yield from self.reader.pages(activity)

    def _held_pages(self, activity: Activity, sections: list[_Section]) -> Iterator[Page]:
        """What stands in a subsection, under its name. Moodle has one level of them."""
        if self.depth >= _MAX_DEPTH:
            self.outline.lose(activity.directory, activity.title, "lost_kind", what=activity.module)
            return
        self.depth += 1
        for section in self._held(activity, sections):
            for page in self._section(section, sections):
                if page.pieces and section.title not in ("", page.title):
                    page.title = f"{section.title} · {page.title}"
                yield page
        self.depth -= 1

    def _held(self, activity: Activity, sections: list[_Section]) -> list[_Section]:
        tree = read_tree(self.source, f"{self.root}{activity.directory}/{activity.module}.xml", self.outline)
        number = tree.get("id", "") if tree is not None else ""
        return [s for s in sections if self._inside(s) and text(s.node, "itemid") == number != ""]

    def _hide(self, activity: Activity, sections: list[_Section]) -> None:
        if activity.id in self.done:
            return
        self.done.add(activity.id)
        self.outline.lose(activity.directory, activity.title, "lost_hidden")
        self.depth += 1
        held = activity.module in _HOLDERS and self.depth <= _MAX_DEPTH
        for section in self._held(activity, sections) if held else ():
            self.done_sections.add(section.id)
            for inner in self.activities.values():
                if inner.section == section.id:
                    self._hide(inner, sections)
        self.depth -= 1

    def _restrictions(self, path: str, title: str, module: Element) -> None:
        said = text(module, "availability").replace(" ", "")
        old = next(iter(module.find("availability_info") or ()), None)
        dates = any(text(module, name) not in ("", "0") for name in ("availablefrom", "availableuntil"))
        if '"c":[{' in said or old is not None or dates:
            self.outline.lose(path, title, "lost_setting", what=_("访问限制"))

    # -- what nobody asked for -----------------------------------------------------------------------------

    def _leftovers(self) -> None:
        by_category = defaultdict(list)
        for entry in self.bank.unused():
            by_category[entry.category].append(entry)
        for category, entries in by_category.items():
            if len(entries) > _MANY:
                title = _("题库「%(name)s」的 %(count)d 道题") % {
                    "name": short(category),
                    "count": len(entries),
                }
                self.outline.lose("questions.xml", title, "lost_unused")
                continue
            for entry in entries:
                self.outline.lose("questions.xml", short(entry.name, 120), "lost_unused")
        for stored in self.files.unused():
            self.outline.lose(stored.member, stored.name, "lost_unused")
        for name in self._blocks():
            self.outline.lose("course/blocks", name, "lost_kind", what=_("侧边区块"))

    def _blocks(self) -> Iterator[str]:
        """Blocks that hold something of the course; those that only show what is there are no loss."""
        prefix = f"{self.root}course/blocks/"
        for name in self.source.names:
            if name.startswith(prefix) and name.endswith("/block.xml"):
                block = name[len(prefix) :].partition("/")[0].rpartition("_")[0]
                if block and block not in _BLOCKS:
                    yield short(block)


def _language(code: str) -> str:
    """Moodle's language code as BCP 47."""
    if code.startswith("zh"):
        return "zh-Hant" if "tw" in code or "hk" in code else "zh-Hans"
    return code.partition("_")[0]


ADAPTER = Moodle()
