"""eXeLearning's own files, .elp (1.x and 2.x) and .elpx (3 and later) → lessons, one per page.

Owns recognising them and making pieces of pages; old.py and ode.py read the two ways in which they are written.
Games and other iDevices that are programs are named. The very old ones without XML are refused with a sentence.
"""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.packs.foreign.exelearning.ode import read_ode
from courses.packs.foreign.exelearning.old import read_old
from courses.packs.foreign.exelearning.parts import Device, Exe, ExePage, plain
from courses.packs.foreign.markup import Markup
from courses.packs.foreign.nesting import Node, units_of
from courses.packs.foreign.outline import Download, Outline, Page, Picture, Piece, Quiz, Text
from courses.packs.foreign.sources import Source
from courses.packs.foreign.trees import read_tree
from courses.packs.foreign.webpages import Leftovers, extension, freed, tree_of
from courses.packs.problems import short

_OLD = ("contentv3.xml", "contentv2.xml")
_ODE = "content.xml"
_BINARY = "content.data"
_MAX_DEPTH = 100
_GONE = re.compile(r"^(?:asset|exe-node|exe-package|file):|^\{\{|^https?://(?:localhost|127\.)", re.I)


def kind_name(kind: str) -> str:
    """What a reader calls a kind of iDevice, with eXeLearning's own name."""
    names = {
        "quick-questions": _("抢答游戏"),
        "quick-questions-multiple-choice": _("抢答游戏"),
        "quick-questions-video": _("视频问答"),
        "interactive-video": _("互动视频"),
        "guess": _("猜词游戏"),
        "az-quiz-game": _("字母问答"),
        "trivial": _("问答棋"),
        "crossword": _("填字游戏"),
        "word-search": _("找词游戏"),
        "relate": _("配对游戏"),
        "discover": _("翻牌配对"),
        "flipcards": _("翻卡"),
        "identify": _("识别游戏"),
        "classify": _("分类游戏"),
        "sort": _("排序游戏"),
        "complete": _("补全文字"),
        "puzzle": _("拼图"),
        "hidden-image": _("藏图"),
        "map": _("图上标点"),
        "padlock": _("密码锁"),
        "challenge": _("闯关"),
        "checklist": _("检查清单"),
        "magnifier": _("放大镜"),
        "beforeafter": _("前后对比图"),
        "geogebra-activity": _("GeoGebra 活动"),
        "mathproblems": _("数学题"),
        "mathematicaloperations": _("算术练习"),
        "periodic-table": _("元素周期表"),
        "dragdrop": _("拖放题"),
        "RssIdevice": _("RSS 订阅"),
        "JavaAppIdevice": _("Java 小程序"),
        "AppletIdevice": _("Java 小程序"),
        "JsIdevice": _("互动练习"),
    }
    return f"{names[kind]}（{kind}）" if kind in names else short(kind, 40)


def question_name(kind: str) -> str:
    """The same of a kind of question."""
    names = {"dropdown": _("下拉选择填空"), "scrambled-list": _("带图片的排序题"), "fill": _("填空题")}
    return f"{names[kind]}（{kind}）" if kind in names else short(kind, 40)


class Elp:
    name = "elp"
    label = gettext_lazy("eXeLearning 课件")
    extensions = ("elp", "elpx")

    def recognises(self, source: Source) -> bool:
        if source.kind != "zip":
            return False
        if any(name in source.archive for name in (*_OLD, _BINARY)):
            return True
        if _ODE not in source.archive:
            return False
        head = source.start(_ODE)
        if head is None:
            return source.extension in self.extensions
        return re.search(rb"<ode[\s>]", head) is not None

    def inspect(self, source: Source) -> Outline:
        outline = Outline(self.name)
        name = next((name for name in (*_OLD, _ODE) if name in source.archive), "")
        if not name:
            outline.refuse(
                "foreign_broken",
                "",
                name=short(source.name),
                reason=_("这是 eXeLearning 1 的旧文件，请用新版打开再保存。"),
            )
            return outline
        root = read_tree(source, name, outline)
        if root is not None:
            exe = read_ode(root) if name == _ODE else read_old(root)
            if exe is None:
                outline.refuse("foreign_broken", name, name=name, reason=_("太大或已损坏。"))
            else:
                _Making(source, outline, exe, name).make()
        return outline


ADAPTER = Elp()


class _Making:
    def __init__(self, source: Source, outline: Outline, exe: Exe, content: str) -> None:
        self.source, self.outline, self.exe, self.content = source, outline, exe, content
        self.left = Leftovers(source, {content, _BINARY})
        self.ups = {page.key: page.above for page in exe.pages}
        self.by_base: dict[str, list[str]] = {}
        for name in source.names:
            self.by_base.setdefault(posixpath.basename(name).casefold(), []).append(name)

    def make(self) -> None:
        exe, outline = self.exe, self.outline
        outline.version, outline.title, outline.language = exe.version, exe.title, exe.language
        outline.summary, outline.licence = exe.summary, exe.licence
        outline.authors = (exe.author,) if exe.author else ()
        outline.units = units_of(self._tree(), exe.title)
        # The pages once more as HTML, themes and programs: what eXeLearning writes beside the content itself.
        shown = [name for name in self.source.names if not self._written(name)]
        self.left.tell(outline, shown)

    def _written(self, name: str) -> bool:
        if self.content != _ODE:
            return name.endswith((".xsd", ".dtd", "Thumbnail.png"))
        if name.endswith("Thumbnail.png"):
            return True
        return not name.startswith("content/resources/") and not name.startswith("custom/")

    def _tree(self) -> list[Node]:
        nodes = {page.key: Node(page.title, None) for page in self.exe.pages}
        top: list[Node] = []
        for page in self.exe.pages:
            node = nodes[page.key]
            node.page = self._page(page)
            # A page that says it lies below itself, or below one that is not there, stands at the top.
            above = nodes.get(page.above)
            (top if above is None or self._circle(page) else above.below).append(node)
        return top

    def _circle(self, page: ExePage) -> bool:
        key, steps = page.above, 0
        while key and steps < _MAX_DEPTH:
            if key == page.key:
                return True
            key, steps = self.ups.get(key, ""), steps + 1
        return bool(key)

    # -- pages --------------------------------------------------------------------------------------

    def _page(self, page: ExePage) -> Page | None:
        if page.hidden:
            self.outline.lose(page.key, page.title, "lost_hidden")
            for device in page.devices:
                self._pieces(page, device, Outline(""))
            return None
        made = Page(page.key, page.title)
        for device in page.devices:
            if device.hidden:
                name = device.title or device.kind
                self.outline.lose(page.key, f"{page.title}：{name}", "lost_hidden")
                self._pieces(page, device, Outline(""))
            else:
                made.pieces += self._pieces(page, device, self.outline)
        return made

    def _pieces(self, page: ExePage, device: Device, into: Outline) -> list[Piece]:
        found: list[Piece] = []
        name = device.title or device.kind
        if device.unknown:
            into.lose(page.key, f"{page.title}：{name}", "lost_kind", what=kind_name(device.kind))
            if device.source is not None:
                into.keep(page.key, f"{page.title}：{name}", short(device.kind), device.source)
        if device.outside:
            into.lose(page.key, f"{page.title}：{name}", "lost_outside", what=short(device.outside))
        for html in device.html:
            found += self._taken(page, html, into)
        for address, words in device.pictures:
            found += self._file(page, address, words, into)
        for address, words in device.files:
            found += self._file(page, address, words, into)
        for kind, source in device.odd:
            into.lose(page.key, f"{page.title}：{name}", "lost_question", what=question_name(kind))
            into.keep(page.key, f"{page.title}：{name}", short(kind), source)
        if device.questions:
            found.append(Quiz(name or page.title, tuple(device.questions), device.pass_percent))
        return self._headed(device.title, found)

    def _headed(self, title: str, found: list[Piece]) -> list[Piece]:
        """The box's title above what was in it, unless that is a quiz, which bears it itself."""
        if not title or not found or isinstance(found[0], Quiz):
            return found
        heading = f"<h2>{plain(title)}</h2>"
        if isinstance(found[0], Text):
            return [Text(heading + found[0].html), *found[1:]]
        return [Text(heading), *found]

    def _taken(self, page: ExePage, html: str, into: Outline) -> list[Piece]:
        tree = tree_of(f"<div>{html}</div>") if html.strip() else None
        if tree is None:
            return []
        for link in tree.iter("a"):
            # A link to another page of the course keeps its words.
            if _GONE.match(link.get("href") or "") and self.member(link.get("href") or "") is None:
                del link.attrib["href"]
        markup = Markup(self.source, self.member, into.lost, path=page.key, title=page.title)
        found = markup.pieces(freed(tree, self.member).html)
        self.left.used.update(markup.used)
        return found

    def _file(self, page: ExePage, address: str, words: str, into: Outline) -> list[Piece]:
        member = self.member(address)
        if member is None:
            into.lose(page.key, page.title, "lost_missing", name=short(posixpath.basename(address) or "?"))
            return []
        self.left.used.add(member)
        if extension(member) in ("png", "jpg", "jpeg", "gif", "webp", "svg"):
            return [Picture(member, words)]
        return [Download(member, posixpath.basename(member))]

    def member(self, address: str) -> str | None:
        """The file an address means: the program writes several kinds, all of which end in the file's name."""
        if re.match(r"(?:https?|mailto|tel|data|javascript|exe-node):", address, re.I):
            return None
        path = unquote(re.split(r"[?#]", address.replace("\\", "/"), maxsplit=1)[0])
        parts = [part for part in path.split("/") if part not in ("", ".", "..")]
        if not parts:
            return None
        tried = ("/".join(parts), *("/".join(parts[-n:]) for n in (3, 2, 1)))
        for tail in tried:
            for name in (f"content/resources/{tail}", tail):
                if name in self.source.archive:
                    return name
        # The only file of that name, wherever it lies.
        named = self.by_base.get(parts[-1].casefold(), [])
        resources = [name for name in named if self._resource(name)]
        return resources[0] if len(resources) == 1 else None

    def _resource(self, name: str) -> bool:
        return self.content != _ODE or name.startswith(("content/resources/", "custom/"))
