"""One activity of a Moodle backup → pages. Every kind that has no place here leaves its introduction and is named."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from courses.packs.foreign.markup import Markup, decoded
from courses.packs.foreign.moodle.files import Files, Stored, readable, text
from courses.packs.foreign.moodle.h5p import OldH5P
from courses.packs.foreign.moodle.packages import content_pages, scorm_pages
from courses.packs.foreign.moodle.questions import Bank, QuizReading
from courses.packs.foreign.moodle.text import as_html
from courses.packs.foreign.moodle.together import database_pages, wiki_pages
from courses.packs.foreign.outline import Exercise, Outline, Page, Piece, Text
from courses.packs.foreign.pieces import PAGES, extension_of, piece_for, played
from courses.packs.foreign.questions import Series, words_of
from courses.packs.foreign.sources import Source
from courses.packs.foreign.trees import read_tree
from courses.packs.problems import Problem, short

_CONTENT_PAGE = "20"  # a lesson's page that only shows something (LESSON_PAGE_BRANCHTABLE)
# Where a part of an activity says what it is: the first two that stand in it.
_CALLED = ("text", "question", "title", "content", "name", "subject", "concept", "label", "description")
# Of what people wrote, only these: the rest is theirs.
_CALLED_OF_PEOPLE = ("name", "title", "subject")
# Activities whose parts are questions.
_ASKS = frozenset({"choice", "feedback", "questionnaire"})
# What people wrote in an activity, as against what its teacher made.
_WRITTEN = frozenset(
    {"discussions", "posts", "records", "submissions", "responses", "attempts", "answers", "messages"}
    | {"completeds", "completed", "subwikis", "userinfo", "grades", "overrides", "sessions", "logs", "tracks"}
)
_ENDS = ("10", "21", "30", "31")  # ends and beginnings of branches and clusters: nothing to read


def kind_name(module: str) -> str:
    """What a reader calls a kind of activity, with Moodle's own name."""
    names = {
        "assign": _("作业"),
        "assignment": _("作业"),
        "forum": _("讨论区"),
        "hsuforum": _("讨论区"),
        "feedback": _("问卷"),
        "questionnaire": _("问卷"),
        "survey": _("问卷"),
        "choice": _("投票"),
        "glossary": _("词汇表"),
        "wiki": _("维基"),
        "lesson": _("程序教学"),
        "scorm": _("SCORM 课件"),
        "imscp": _("IMS 内容包"),
        "lti": _("外部工具"),
        "workshop": _("互评"),
        "data": _("数据库"),
        "chat": _("聊天室"),
        "hvp": _("H5P"),
        "bigbluebuttonbn": _("在线课堂"),
        "attendance": _("考勤"),
        "customcert": _("证书"),
    }
    return f"{names[module]}（{module}）" if module in names else short(module, 40)


@dataclass(frozen=True)
class Activity:
    """An activity as moodle_backup.xml lists it. `directory` is its place in the archive, and its page's key."""

    module: str
    id: str
    section: str
    title: str
    directory: str


class Activities:
    """Reads activities of one backup; what they lose goes to the outline under the activity's directory."""

    def __init__(self, source: Source, root: str, outline: Outline, files: Files, bank: Bank) -> None:
        self.source, self.root, self.outline, self.files, self.bank = source, root, outline, files, bank
        self.old_h5p = OldH5P(source, root, outline, files)
        self._readers: dict[str, Callable[[Reading], list[Page]]] = {
            "page": _page,
            "label": _intro_only,
            "book": _book,
            "resource": _resource,
            "folder": _folder,
            "url": _url,
            "quiz": _quiz,
            "h5pactivity": _h5p,
            "hvp": _hvp,
            "glossary": _glossary,
            "lesson": _lesson,
            "assign": _assign,
            "scorm": scorm_pages,
            "imscp": content_pages,
            "wiki": wiki_pages,
            "data": database_pages,
        }

    def pages(self, activity: Activity) -> list[Page]:
        """The activity's pages in order; none where nothing of it comes in."""
        name = f"{activity.directory}/{activity.module}.xml"
        tree = read_tree(self.source, self.root + name, self.outline)
        if tree is None:
            if not self.outline.problems:
                self.outline.lose(activity.directory, activity.title, "lost_missing", name=short(name))
            return []
        node = tree.find(activity.module)
        reading = Reading(self, activity, tree.get("contextid", ""), node if node is not None else tree)
        pages = self._readers.get(activity.module, _named)(reading)
        return [page for page in pages if page.pieces or page.key == activity.directory]


class Reading:
    """One activity while it is read."""

    def __init__(self, all_: Activities, activity: Activity, context: str, node: Element) -> None:
        self.source, self.outline, self.files, self.bank = all_.source, all_.outline, all_.files, all_.bank
        self.root, self.activity, self.context, self.node = all_.root, activity, context, node
        self.old_h5p = all_.old_h5p
        self.key = activity.directory
        self.title = text(node, "name") or activity.title

    @property
    def component(self) -> str:
        return f"mod_{self.activity.module}"

    def texts(self, html: str, context: str, *places: tuple[str, str], title: str = "") -> list[Piece]:
        """The pieces of a text whose files lie in a context."""
        resolve = self.files.resolver(context, *places)
        title = title or self.title
        markup = Markup(self.source, resolve, self.outline.lost, path=self.key, title=title)
        return played(markup.pieces(readable(html)))

    def intro(self) -> list[Piece]:
        html = as_html(text(self.node, "intro"), text(self.node, "introformat"))
        return self.texts(html, self.context, ("intro", ""))

    def stored(self, area: str) -> list[Stored]:
        return self.files.of(self.context, self.component, area)

    def put(self, stored: Stored, name: str = "") -> list[Piece]:
        """A stored file as what it is; named where its content is missing."""
        member = self.files.take(stored)
        if member is None:
            self.lose("lost_missing", title=stored.name, name=short(stored.full))
            return []
        return [piece_for(member, name or stored.name)]

    def shown(self, stored: Stored, title: str = "") -> list[Piece]:
        """A stored file as a lesson's own content: a web page as its text with what it draws on."""
        if extension_of(stored.name) not in PAGES:
            return self.put(stored)
        member = self.files.take(stored)
        data = self.source.text(member) if member is not None else None
        if data is None:
            self.lose("lost_missing", title=stored.name, name=short(stored.full))
            return []
        base = stored.path.strip("/")
        inner = self.files.resolver(self.context, (stored.area, stored.item))

        def resolve(address: str) -> str | None:
            if address.startswith("/") or "//" in address:
                return inner(address)
            # Pages of a package lead up to what lies beside their folder.
            return inner(posixpath.normpath(posixpath.join(base, address)))

        title = title or self.title
        markup = Markup(self.source, resolve, self.outline.lost, path=self.key, title=title)
        return played(markup.pieces(decoded(data)))

    def lose(self, code: str, *, title: str = "", **params: str | Problem) -> None:
        self.outline.lose(self.key, title or self.title, code, **params)

    def told(self) -> list[Piece]:
        """The texts of an activity beside its introduction: Moodle writes beside each in which format it is (workshop:
        instructauthors, conclusion; feedback: page_after_submit)."""
        found: list[Piece] = []
        names = {child.tag for child in self.node}
        for child in self.node:
            name, form = child.tag, f"{child.tag}format"
            if name not in ("intro", "activity") and form in names and len(child) == 0:
                html = as_html(text(self.node, name), text(self.node, form))
                found += self.texts(html, self.context, (name, ""))
        return found

    def lose_parts(self, *told: str) -> None:
        """Name what an activity holds (options of a poll, questions of a survey, fields of a database), and, without
        its text, what people wrote in it. `told`: parts that have been named."""
        kind = kind_name(self.activity.module)
        rest = [(child, False) for child in reversed(self.node) if child.tag not in told]
        while rest:
            node, written = rest.pop()
            written = written or node.tag in _WRITTEN
            words = _part_words(node, _CALLED_OF_PEOPLE if written else _CALLED)
            if words and written:
                self.lose("lost_people", title=f"{self.title} · {words}")
            elif words:
                self.lose("lost_kind", title=f"{self.title} · {words}", what=kind)
                if self.activity.module in _ASKS:
                    self.outline.keep(self.key, f"{self.title} · {words}", self.activity.module, node)
            if not (written and words):
                rest += [(child, written) for child in reversed(node)]

    def page(self, pieces: list[Piece]) -> Page:
        return Page(self.key, self.title, pieces)

    def lose_kind(self) -> None:
        code = "lost_tool" if self.activity.module == "lti" else "lost_kind"
        self.lose(code, what=kind_name(self.activity.module))
        address = text(self.node, "toolurl") or text(self.node, "securetoolurl")
        if address:
            self.lose("lost_outside", what=short(address, 120))


def _part_words(node: Element, names: tuple[str, ...]) -> str:
    """What a part of an activity is called or asks, "" for settings and for what only holds parts."""
    if not node.get("id"):
        return ""
    said = (" ".join(words_of(text(node, name)).text.split()) for name in names)
    return short(" · ".join(list(dict.fromkeys(filter(None, said)))[:2]), 120)


# -- the kinds ---------------------------------------------------------------------------------------------


def _named(reading: Reading) -> list[Page]:
    """A kind that has no place: its introduction and what else it tells learners stay, its parts are named."""
    reading.lose_kind()
    pieces = [*reading.intro(), *reading.told()]
    reading.lose_parts()
    return [reading.page(pieces)] if pieces else []


def _intro_only(reading: Reading) -> list[Page]:
    return [reading.page(reading.intro())]


def _page(reading: Reading) -> list[Page]:
    html = as_html(text(reading.node, "content"), text(reading.node, "contentformat"))
    pieces = reading.texts(html, reading.context, ("content", ""))
    # Many pages are introduced by their own text.
    intro = words_of(text(reading.node, "intro")).text
    twice = bool(intro) and intro == words_of(html).text
    return [reading.page(pieces if twice else [*reading.intro(), *pieces])]


def _book(reading: Reading) -> list[Page]:
    intro = reading.intro()
    pages = [reading.page(intro)] if intro else []
    chapters = list(reading.node.iterfind("chapters/chapter"))
    for chapter in sorted(chapters, key=lambda node: _number(text(node, "pagenum"))):
        title = text(chapter, "title") or reading.title
        if text(chapter, "hidden") == "1":
            reading.lose("lost_hidden", title=f"{reading.title} · {title}")
            continue
        html = as_html(text(chapter, "content"), text(chapter, "contentformat"))
        place = ("chapter", chapter.get("id", ""))
        pieces = reading.texts(html, reading.context, place, title=title)
        if pieces:
            pages.append(Page(f"{reading.key}/chapter-{chapter.get('id', '')}", title, pieces))
        else:
            reading.lose("lost_empty", title=f"{reading.title} · {title}")
    if not pages and not chapters:
        reading.lose("lost_empty")
    return pages


def _resource(reading: Reading) -> list[Page]:
    pieces, stored = reading.intro(), reading.stored("content")
    if not stored:
        reading.lose("lost_missing", name=short(reading.title))
    # Moodle shows the first; the others are what that one needs.
    main = next((one for one in stored if one.order > 0), stored[0] if stored else None)
    if main is not None and extension_of(main.name) in PAGES:
        return [reading.page([*pieces, *reading.shown(main)])]
    for one in stored:
        pieces += reading.put(one)
    return [reading.page(pieces)] if pieces else []


def _folder(reading: Reading) -> list[Page]:
    pieces = reading.intro()
    for stored in sorted(reading.stored("content"), key=lambda one: (one.path, one.name)):
        pieces += reading.put(stored, stored.full)
    return [reading.page(pieces)]


def _url(reading: Reading) -> list[Page]:
    address = text(reading.node, "externalurl")
    reading.lose("lost_outside", what=short(address, 120))
    shown = escape(reading.title)
    link = (
        f'<p><a href="{escape(address)}">{shown}</a></p>'
        if address.startswith(("http://", "https://"))
        else ""
    )
    return [reading.page([*reading.intro(), *([Text(link)] if link else [])])]


def _quiz(reading: Reading) -> list[Page]:
    def missing(address: str) -> None:
        outside = "//" in address
        if outside:
            reading.lose("lost_outside", what=short(address))
        else:
            reading.lose("lost_missing", name=short(address))

    series = Series(reading.title, lambda address: None, missing, _pass_percent(reading))
    quiz = QuizReading(reading.outline, reading.files, reading.bank, series, reading.key, reading.texts)
    quiz.take(reading.node)
    pieces = [*reading.intro(), *series.pieces()]
    if not pieces:
        reading.lose("lost_empty")
    return [reading.page(pieces)] if pieces else []


def _pass_percent(reading: Reading) -> int:
    """What the gradebook says passes; the platform's usual mark where it says nothing."""
    tree = read_tree(reading.source, f"{reading.root}{reading.key}/grades.xml", reading.outline)
    for item in tree.iter("grade_item") if tree is not None else ():
        try:
            passing, top = float(text(item, "gradepass")), float(text(item, "grademax"))
        except ValueError:
            continue
        if 0 < passing <= top < 1e9:
            return round(passing / top * 100)
    return 60


def _h5p(reading: Reading) -> list[Page]:
    pieces = reading.intro()
    packages = [
        one for one in reading.files.of(reading.context, reading.component) if extension_of(one.name) == "h5p"
    ]
    members = [member for stored in packages if (member := reading.files.take(stored)) is not None]
    if not members:
        reading.lose("lost_missing", name=short(packages[0].name if packages else f"{reading.title}.h5p"))
    pieces += [Exercise(member, reading.title) for member in members]
    return [reading.page(pieces)] if pieces else []


def _hvp(reading: Reading) -> list[Page]:
    """The older plugin keeps an exercise in parts."""
    pieces = reading.intro()
    package = reading.old_h5p.package(reading.node, reading.context, reading.title)
    if package is not None:
        pieces.append(Exercise(package, reading.title))
    else:
        reading.lose_kind()
    return [reading.page(pieces)] if pieces else []


def _glossary(reading: Reading) -> list[Page]:
    pieces, entries = reading.intro(), 0
    for entry in reading.node.iterfind("entries/entry"):
        if text(entry, "approved") == "0":
            reading.lose("lost_hidden", title=text(entry, "concept"))
            continue
        html = as_html(text(entry, "definition"), text(entry, "definitionformat"))
        # It is found under its other names, too.
        names = [text(entry, "concept"), *(text(a, "alias_text") for a in entry.iterfind("aliases/alias"))]
        pieces.append(Text(f"<h3>{escape(' / '.join(filter(None, names)))}</h3>"))
        pieces += reading.texts(html, reading.context, ("entry", entry.get("id", "")))
        for stored in reading.files.of(reading.context, reading.component, "attachment", entry.get("id", "")):
            pieces += reading.put(stored)
        entries += 1
    for category in reading.node.iterfind("categories/category"):
        reading.lose("lost_setting", title=text(category, "name"), what=_("词条分类"))
    if not entries:
        reading.lose_kind()
    return [reading.page(_joined(pieces))] if pieces else []


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Texts that follow one another as one: a glossary has thousands of entries."""
    found: list[Piece] = []
    for piece in pieces:
        last = found[-1] if found else None
        if isinstance(piece, Text) and isinstance(last, Text) and len(last.html) < 20_000:
            found[-1] = Text(last.html + piece.html)
        else:
            found.append(piece)
    return found


def _lesson(reading: Reading) -> list[Page]:
    """Its texts come in their order; the ways between them and the questions do not."""
    pages = [reading.page(intro)] if (intro := reading.intro()) else []
    reading.lose_kind()
    for node in reading.node.iterfind("pages/page"):
        title, kind = text(node, "title") or reading.title, text(node, "qtype")
        html = as_html(text(node, "contents"), text(node, "contentsformat"))
        if kind == _CONTENT_PAGE:
            pieces = reading.texts(html, reading.context, ("page_contents", node.get("id", "")), title=title)
            if pieces:
                pages.append(Page(f"{reading.key}/page-{node.get('id', '')}", title, pieces))
            else:
                reading.lose("lost_empty", title=f"{reading.title} · {title}")
            for answer in node.iterfind("answers/answer"):
                if words := words_of(text(answer, "answer_text")).text:
                    reading.lose("lost_setting", title=f"{title} · {short(words)}", what=_("跳转按钮"))
        elif kind in _ENDS:
            # What its author calls the end of a branch; nobody else sees it.
            reading.lose("lost_setting", title=f"{reading.title} · {title}", what=_("分支的结束"))
        else:
            stem = words_of(html).text or title
            reading.lose("lost_question", title=short(stem, 120), what=kind_name("lesson"))
            reading.outline.keep(reading.key, short(stem, 120), "lesson", node)
    return pages


def _assign(reading: Reading) -> list[Page]:
    reading.lose_kind()
    html = as_html(text(reading.node, "activity"), text(reading.node, "activityformat"))
    pieces = [*reading.intro(), *reading.texts(html, reading.context, ("activityattachment", ""))]
    for stored in reading.stored("introattachment"):
        pieces += reading.put(stored)
    return [reading.page(pieces)] if pieces else []


def _number(said: str) -> int:
    return int(said) if said.isdecimal() and len(said) < 9 else 0
