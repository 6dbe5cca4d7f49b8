"""eXeLearning 1.x and 2.x: contentv2.xml and contentv3.xml, its Python objects written down as XML.

Owns reading them as what they are, a graph of named values: nothing is made of them but text. References may run in
circles and an object lies wherever it was met first, so nothing here follows them by recursion.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from courses.packs.foreign.exelearning.parts import (
    Device,
    Exe,
    ExePage,
    beside_program,
    choice,
    gaps,
    picked,
    plain,
    scrambled,
    statement,
)

# Where a value leads back up or to the file's machinery instead of to its content.
_AWAY = frozenset(
    {"parentNode", "parent", "_parent", "_package", "_idevice", "idevice", "question", "images"}
)
_MACHINERY = ("exe.engine.node.", "exe.engine.package.", "exe.engine.lom.")
# iDevices that are nothing but text, by the last part of their class.
_TEXTS = frozenset(
    {
        "FreeTextIdevice",
        "GenericIdevice",
        "JsIdevice",
        "ReflectionIdevice",
        "ReflectionfpdIdevice",
        "CasestudyIdevice",
    }
    | {
        "ReadingActivityIdevice",
        "WikipediaIdevice",
        "FreeTextfpdIdevice",
        "CasopracticofpdIdevice",
        "CitasparapensarfpdIdevice",
    }
    | {
        "DebesconocerfpdIdevice",
        "DestacadofpdIdevice",
        "OrientacionesalumnadofpdIdevice",
        "ParasabermasfpdIdevice",
    }
    | {
        "RecomendacionfpdIdevice",
        "EjercicioresueltofpdIdevice",
        "OrientacionestutoriafpdIdevice",
        "TareasIdevice",
    }
)
_GALLERIES = frozenset({"ImageWithTextIdevice", "ImageMagnifierIdevice"})
_FILES = frozenset({"FileAttachIdevice", "FileAttachIdeviceInc", "AttachmentIdevice"})
_MAX_NODES = 5_000
_MAX_READ = 64 * 1024**2


def read_old(root: Element) -> Exe | None:
    """The tree of a contentv2.xml or contentv3.xml; None where its references stand for more than fits into memory."""
    graph = _Graph(root)
    package = graph.values(root)
    exe = Exe(
        version=graph.word(package.get("release")),
        title=graph.word(package.get("_title")) or graph.word(package.get("_name")),
        language=graph.word(package.get("_lang")),
        author=graph.word(package.get("_author")),
        licence=graph.word(package.get("license")),
        summary=plain(graph.word(package.get("_description"))),
    )
    exe.licence = "" if exe.licence == "None" else exe.licence
    first = graph.real(package.get("root"))
    waiting = [(first, "")] if first is not None else []
    seen: set[int] = set()
    while waiting and len(seen) < _MAX_NODES:
        node, above = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        says = graph.values(node)
        page = ExePage(graph.word(says.get("_id")) or str(len(seen)), above, graph.word(says.get("_title")))
        devices = (graph.real(item) for item in graph.items(says.get("idevices")))
        page.devices = [_device(graph, item) for item in devices if item is not None]
        exe.pages.append(page)
        below = [graph.real(child) for child in graph.items(says.get("children"))]
        waiting += [(child, page.key) for child in reversed(below) if child is not None]
    return exe if graph.left > 0 else None


class _Graph:
    """Objects by their reference, and the few kinds of value there are."""

    def __init__(self, root: Element) -> None:
        # A small file can refer to one large text from thousands of places.
        self.left = _MAX_READ
        self.named = {
            element.get("reference", ""): element
            for element in root.iter()
            if element.get("reference") is not None
        }

    def real(self, element: Element | None) -> Element | None:
        """What an element means: itself, or the object it refers to; None for none."""
        if element is None or _local(element) in ("none", "int", "bool", "string", "unicode"):
            return None
        return self.named.get(element.get("key", "")) if _local(element) == "reference" else element

    def values(self, instance: Element | None) -> dict[str, Element]:
        """An object's values by name."""
        box = (
            next((child for child in instance if _local(child) == "dictionary"), None)
            if instance is not None
            else None
        )
        found, key = {}, None
        for child in box if box is not None else ():
            if child.get("role") == "key":
                key = child.get("value", "")
            elif key is not None:
                found[key], key = child, None
        return found

    def items(self, element: Element | None) -> list[Element]:
        """A list's items; some lists are objects that hold one."""
        real = self.real(element)
        if real is not None and _local(real) == "instance":
            real = self.values(real).get(".listitems")
        found = list(real) if real is not None and _local(real) in ("list", "tuple") else []
        self.left -= 10 * len(found)
        return found if self.left > 0 else []

    def word(self, element: Element | None) -> str:
        text = element.get("value", "") if element is not None and _local(element) != "none" else ""
        self.left -= len(text) + 1
        return text if self.left > 0 else ""

    def true(self, element: Element | None) -> bool:
        return self.word(element).lower() in ("1", "true")

    def html(self, element: Element | None) -> str:
        """What a field of text holds."""
        values = self.values(self.real(element))
        return self.word(values.get("content_w_resourcePaths")) or self.word(values.get("content"))

    def within(self, start: Element) -> Iterator[tuple[Element, dict[str, Element]]]:
        """The objects inside an object, in order, each once, never up to its page."""
        waiting, seen = [start], set()
        while waiting and self.left > 0:
            one = waiting.pop()
            if id(one) in seen or one.get("class", "").startswith(_MACHINERY):
                continue
            seen.add(id(one))
            self.left -= 10
            inside: list[Element | None] = []
            if _local(one) == "instance":
                values = self.values(one)
                yield one, values
                inside = [self.real(value) for name, value in values.items() if name not in _AWAY]
            elif _local(one) in ("list", "tuple"):
                inside = [self.real(item) for item in one]
            elif _local(one) == "dictionary":
                inside = [self.real(item) for item in one if item.get("role") != "key"]
            waiting += [item for item in reversed(inside) if item is not None]


def _device(graph: _Graph, instance: Element) -> Device:
    kind = _class(instance)
    values = graph.values(instance)
    key = graph.word(values.get("id"))
    title = graph.word(values.get("_title"))
    plainly = kind == "FreeTextIdevice" or graph.word(values.get("emphasis")) == "0"
    device = Device(graph.word(values.get("_iDeviceDir")) or kind, title="" if plainly else title)
    if kind in _QUIZZES:
        rate = graph.word(values.get("passRate"))
        device.pass_percent = int(rate) if rate.isdecimal() and len(rate) < 4 else 60
        device.html.append(graph.html(values.get("instructionsForLearners")))
        for number, item in enumerate(graph.items(values.get("questions"))):
            _QUIZZES[kind](device, graph, f"{key}/{number}", graph.values(graph.real(item)))
    elif kind == "ClozeIdevice":
        device.html.append(graph.html(values.get("instructionsForLearners")))
        cloze = graph.values(graph.real(values.get("_content")))
        device.questions.append(
            gaps(key, graph.word(cloze.get("_encodedContent")), graph.html(values.get("feedback")))
        )
    elif kind == "ListaIdevice":
        device.html.append(graph.html(values.get("instructionsForLearners")))
        cloze = graph.values(graph.real(values.get("_content")))
        made = picked(key, graph.word(cloze.get("_encodedContent")), graph.word(cloze.get("otras")))
        device.questions += [made] if made is not None else []
        device.odd += [("dropdown", instance)] if made is None else []
    elif kind == "GalleryIdevice":
        for item in graph.items(values.get("images")):
            _picture(device, graph, graph.values(graph.real(item)))
    elif kind == "ExternalUrlIdevice":
        device.outside = graph.word(values.get("url")) or "…"
    else:
        _read_on(device, graph, instance, kind, key)
    return device


def _read_on(device: Device, graph: _Graph, instance: Element, kind: str, key: str) -> None:
    """An iDevice of texts, pictures and files: whatever of these is inside it, in order."""
    device.unknown = kind not in _TEXTS | _GALLERIES | _FILES
    for part, values in graph.within(instance):
        name = _class(part)
        if "content_w_resourcePaths" in values or (
            name in ("TextField", "FeedbackField") and "content" in values
        ):
            html = graph.word(values.get("content_w_resourcePaths")) or graph.word(values.get("content"))
            found = scrambled(f"{key}/{len(device.questions)}", html)
            if found is not None:
                device.questions += [found[0]] if found[0] is not None else []
                device.odd += [("scrambled-list", part)] if found[0] is None else []
                html = found[1]
            device.unknown |= "-DataGame" in html
            device.html.append(html)
        elif name in ("ImageField", "MagnifierField"):
            picture = graph.values(graph.real(values.get("imageResource")))
            device.pictures.append((graph.word(picture.get("_storageName")), ""))
        elif name == "FileField":
            file = graph.values(graph.real(values.get("fileResource")))
            about = graph.word(graph.values(graph.real(values.get("fileDescription"))).get("content"))
            device.files.append((graph.word(file.get("_storageName")), plain(about)))
    if device.unknown and kind == "JsIdevice":
        device.html = [beside_program(html) for html in device.html]
    device.source = instance if device.unknown else None


def _picture(device: Device, graph: _Graph, image: dict[str, Element]) -> None:
    """A picture of a gallery, with its caption."""
    stored = graph.values(graph.real(image.get("_imageResource")))
    caption = graph.word(graph.values(graph.real(image.get("_caption"))).get("content"))
    device.pictures.append((graph.word(stored.get("_storageName")), plain(caption)))


# -- questions ---------------------------------------------------------------------------------------------

_Values = dict[str, Element]


def _single(device: Device, graph: _Graph, key: str, values: _Values) -> None:
    """MultichoiceIdevice and QuizTestIdevice: options that say of themselves whether they are right."""
    options, more = [], graph.html(values.get("hintTextArea"))
    for item in graph.items(values.get("options")):
        option = graph.values(graph.real(item))
        right = graph.true(option.get("isCorrect"))
        options.append((graph.html(option.get("answerTextArea")), right))
        if right:
            more = f"{graph.html(option.get('feedbackTextArea'))} {more}"
    device.questions.append(choice(key, graph.html(values.get("questionTextArea")), options, more))


def _several(device: Device, graph: _Graph, key: str, values: _Values) -> None:
    options = []
    for item in graph.items(values.get("options")):
        option = graph.values(graph.real(item))
        options.append((graph.html(option.get("answerTextArea")), graph.true(option.get("isCorrect"))))
    more = graph.html(values.get("feedbackTextArea"))
    device.questions.append(
        choice(key, graph.html(values.get("questionTextArea")), options, more, several=True)
    )


def _statement(device: Device, graph: _Graph, key: str, values: _Values) -> None:
    more = f"{graph.html(values.get('feedbackTextArea'))} {graph.html(values.get('hintTextArea'))}"
    stem = graph.html(values.get("questionTextArea"))
    device.questions.append(statement(key, stem, right=graph.true(values.get("isCorrect")), explanation=more))


_QUIZZES = {
    "MultichoiceIdevice": _single,
    "QuizTestIdevice": _single,
    "MultiSelectIdevice": _several,
    "TrueFalseIdevice": _statement,
    "VerdaderofalsofpdIdevice": _statement,
    "EleccionmultiplefpdIdevice": _single,
    "SeleccionmultiplefpdIdevice": _several,
}


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _class(element: Element) -> str:
    return element.get("class", "").rpartition(".")[2]
