"""A course structure of cmi5 read from its XML and judged: cmi5 sections 8.1, 13.1 and 14, and CourseStructure.xsd.

Plain functions over a parsed tree. Every fault names the element it stands in (`/courseStructure/block[2]/au[1]`); as
long as there is one, nothing of the course comes in. Elements and attributes of other namespaces are vendors'
(13.1.5) and passed over. Refuses to fetch anything: what an address leads to is the AU publisher's.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree.ElementTree import Element

from courses.packs.foreign.xmltree import local
from courses.packs.problems import Problem, short

NAMESPACE = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
MOVE_ON = ("NotApplicable", "Passed", "Completed", "CompletedAndPassed", "CompletedOrPassed")
LAUNCH_METHODS = ("AnyWindow", "OwnWindow")
# The names that the launch itself adds to an AU's address (8.1).
LAUNCH_NAMES = frozenset(("endpoint", "fetch", "actor", "registration", "activityId"))
# More than 1,000 AUs must be possible (6.1); more than this is no course.
MAX_AUS = 5_000
MAX_DEPTH = 50
MAX_TEXT = 20_000
MAX_URL = 2_000
# What a course says of one fault a thousand times is told this often.
MAX_FAULTS = 200

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`\x00-\x1f]+")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
# xs:decimal between 0 and 1 with up to four places (13.1.4); more zeros behind them change nothing.
_MASTERY = re.compile(r"\+?(0*1(\.0*)?|0*(\.\d{1,4}0*)|0+(\.(\d{1,4}0*)?)?)")
# Addresses that run in the page that opens them, or read what lies on a computer.
_HOSTILE_SCHEMES = frozenset(("javascript", "data", "vbscript", "file", "blob", "about", "view-source"))
_TEXTS = ("title", "description")
_ORDER: dict[str, tuple[str, ...]] = {
    "courseStructure": ("course", "objectives", "au|block"),
    "course": _TEXTS,
    "block": (*_TEXTS, "objectives", "au|block"),
    "au": (*_TEXTS, "objectives", "url", "launchParameters", "entitlementKey"),
}
_NEEDED: dict[str, tuple[str, ...]] = {
    "courseStructure": ("course",),
    "course": _TEXTS,
    "block": _TEXTS,
    "au": (*_TEXTS, "url"),
    "objective": _TEXTS,
}
_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "course": ("id",),
    "block": ("id",),
    "objective": ("id",),
    "au": ("id", "moveOn", "masteryScore", "launchMethod", "activityType"),
    "langstring": ("lang",),
}

Json = dict[str, Any]


def is_structure(root: Element) -> bool:
    return root.tag == f"{{{NAMESPACE}}}courseStructure"


def read_structure(root: Element, *, files: Container[str] | None) -> tuple[Json, list[Problem]]:
    """The course as plain values, and what is wrong with it.

    files: the names in the zip; None for an XML file alone, whose addresses must all be whole (14.2). The values:
    {"id", "title", "description", "objectives": [...], "children": [...]}, a child being {"type": "au", "id", "key", "title",
    "description", "objectives": [ids], "url", "launchMethod", "moveOn", "masteryScore", "activityType",
    "launchParameters", "entitlementKey"} or {"type": "block", "id", "key", …, "children"}. Titles and descriptions are {language:
    text}; masteryScore is the decimal as text, "" for none; defaults are filled in. Complete only without problems.
    """
    reading = _Reading(files)
    return reading.structure(root), reading.problems


def aus(children: list[Json]) -> Iterator[Json]:
    """Every AU below, in the course's order."""
    for child in children:
        if child["type"] == "au":
            yield child
        else:
            yield from aus(child["children"])


def text_in(texts: Json, language: str = "") -> str:
    """A title in a language, else in Chinese, else the first there is."""
    for wanted in (language, "zh"):
        for tag, text in texts.items():
            if wanted and tag.lower().split("-")[0] == wanted.lower().split("-")[0]:
                return str(text)
    return next((str(text) for text in texts.values()), "")


class _Reading:
    def __init__(self, files: Container[str] | None) -> None:
        self.files = files
        self.problems: list[Problem] = []
        self.ids: set[str] = set()
        self.objectives: set[str] = set()
        self.references: list[tuple[str, str]] = []
        self.count = 0

    def fault(self, code: str, where: str, **params: Any) -> None:
        if len(self.problems) < MAX_FAULTS:
            self.problems.append(Problem(code, where, params))

    def structure(self, root: Element) -> Json:
        where = "/courseStructure"
        if not is_structure(root):
            self.fault("cmi5_root", "/", found=short(root.tag, 120), namespace=NAMESPACE)
            return {}
        parts = self._parts(root, "courseStructure", where)
        course = self._first(parts, "course")
        made: Json = {"id": "", "title": {}, "description": {}}
        if course is not None:
            at = f"{where}/course"
            self._attributes(course, "course", at)
            inside = self._parts(course, "course", at)
            made = {"id": self._id(course, at), **self._texts(inside, at)}
        made["objectives"] = self._objectives(self._first(parts, "objectives"), f"{where}/objectives")
        made["children"] = self._children(parts, where, 1)
        if self.count > MAX_AUS:
            self.fault("too_many", where, limit=MAX_AUS, count=self.count)
        for at, named in self.references:
            if named not in self.objectives:
                self.fault("cmi5_objective", at, value=short(named, 120))
        return made

    # -- elements -----------------------------------------------------------------------------------

    def _parts(self, element: Element, kind: str, where: str) -> list[Element]:
        """The children that are cmi5's own, each where and as often as the schema lets it stand."""
        order, seen, last = _ORDER[kind], set(), 0
        found: list[Element] = []
        for child in element:
            if not child.tag.startswith(f"{{{NAMESPACE}}}"):
                if "}" not in child.tag:
                    self.fault("cmi5_unexpected", where, name=short(child.tag, 60))
                continue
            name = local(child)
            place = next((n for n, names in enumerate(order) if name in names.split("|")), None)
            if place is None:
                self.fault("cmi5_unexpected", where, name=short(name, 60))
                continue
            if place < last:
                self.fault("cmi5_order", where, name=name)
            elif name in seen and "|" not in order[place]:
                self.fault("cmi5_twice", where, name=name)
            last = max(last, place)
            seen.add(name)
            found.append(child)
        for name in _NEEDED[kind]:
            if name not in seen:
                self.fault("cmi5_missing", where, name=name)
        if "au|block" in order and not seen & {"au", "block"}:
            self.fault("cmi5_missing", where, name="au")
        return found

    def _first(self, parts: list[Element], name: str) -> Element | None:
        return next((part for part in parts if local(part) == name), None)

    def _children(self, parts: list[Element], where: str, depth: int) -> list[Json]:
        made: list[Json] = []
        number = {"au": 0, "block": 0}
        for part in parts:
            name = local(part)
            if name not in number:
                continue
            number[name] += 1
            at = f"{where}/{name}[{number[name]}]"
            if name == "au":
                self.count += 1
                if self.count <= MAX_AUS:
                    made.append(self._au(part, at))
            elif depth >= MAX_DEPTH:
                self.fault("cmi5_deep", at, limit=MAX_DEPTH)
            else:
                made.append(self._block(part, at, depth))
        return made

    def _block(self, element: Element, where: str, depth: int) -> Json:
        self._attributes(element, "block", where)
        parts = self._parts(element, "block", where)
        return {
            "type": "block",
            **self._named(element, where),
            **self._texts(parts, where),
            "objectives": self._referred(self._first(parts, "objectives"), f"{where}/objectives"),
            "children": self._children(parts, where, depth + 1),
        }

    def _au(self, element: Element, where: str) -> Json:
        self._attributes(element, "au", where)
        parts = self._parts(element, "au", where)
        said = element.get("activityType", "").strip()
        if said and not _IRI.fullmatch(said):
            self.fault("cmi5_iri", where, name="activityType", value=short(said, 120))
        return {
            "type": "au",
            **self._named(element, where),
            **self._texts(parts, where),
            "objectives": self._referred(self._first(parts, "objectives"), f"{where}/objectives"),
            "url": self._url(self._first(parts, "url"), where),
            "launchMethod": self._chosen(element, "launchMethod", LAUNCH_METHODS, "AnyWindow", where),
            "moveOn": self._chosen(element, "moveOn", MOVE_ON, "NotApplicable", where),
            "masteryScore": self._mastery(element, where),
            "activityType": said,
            "launchParameters": self._words(self._first(parts, "launchParameters"), where),
            "entitlementKey": self._words(self._first(parts, "entitlementKey"), where),
        }

    # -- what stands in them ------------------------------------------------------------------------

    def _attributes(self, element: Element, kind: str, where: str) -> None:
        for name in element.attrib:
            if "}" not in name and name not in _ATTRIBUTES.get(kind, ()):
                self.fault("cmi5_unexpected", where, name=short(name, 60))

    def _id(self, element: Element, where: str) -> str:
        said = element.get("id", "").strip()
        if not said:
            self.fault("cmi5_missing", where, name="id")
        elif not _IRI.fullmatch(said) or len(said) > MAX_URL:
            self.fault("cmi5_iri", where, name="id", value=short(said, 120))
        elif said in self.ids:
            self.fault("cmi5_id_twice", where, value=short(said, 120))
        self.ids.add(said)
        return said

    def _named(self, element: Element, where: str) -> Json:
        """The publisher's id, and the short key that the platform's rows and addresses have in its place."""
        iri = self._id(element, where)
        return {"id": iri, "key": sha256(iri.encode()).hexdigest()[:16]}

    def _chosen(self, element: Element, name: str, known: tuple[str, ...], usual: str, where: str) -> str:
        said = element.get(name)
        value = usual if said is None else said.strip()
        if value not in known:
            self.fault("cmi5_value", where, name=name, value=short(value, 60), expected="、".join(known))
        return value

    def _mastery(self, element: Element, where: str) -> str:
        said = element.get("masteryScore")
        if said is None:
            return ""
        value = said.strip()
        if not value or not _MASTERY.fullmatch(value):
            expected = "0–1（0.0001）"
            self.fault("cmi5_value", where, name="masteryScore", value=short(value, 60), expected=expected)
            return ""
        whole, _dot, places = value.lstrip("+").partition(".")
        places = places.rstrip("0")
        return f"{int(whole or 0)}.{places}" if places else str(int(whole or 0))

    def _words(self, element: Element | None, where: str) -> str:
        """The text of launchParameters or entitlementKey, as it stands but for blanks around it (13.1)."""
        if element is None:
            return ""
        said = "".join(element.itertext()).strip()
        if len(said) > MAX_TEXT:
            self.fault("too_long", f"{where}/{local(element)}", limit=MAX_TEXT)
        return said

    def _texts(self, parts: list[Element], where: str) -> Json:
        made = {}
        for name in _TEXTS:
            element = self._first(parts, name)
            made[name] = {} if element is None else self._langstrings(element, f"{where}/{name}")
        return made

    def _langstrings(self, element: Element, where: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for child in element:
            if not child.tag.startswith(f"{{{NAMESPACE}}}"):
                continue
            if local(child) != "langstring":
                self.fault("cmi5_unexpected", where, name=short(local(child), 60))
                continue
            self._attributes(child, "langstring", where)
            language = child.get("lang", "und").strip()
            if not _LANGUAGE.fullmatch(language):
                self.fault(
                    "cmi5_value", where, name="lang", value=short(language, 60), expected="xs:language"
                )
                continue
            said = "".join(child.itertext()).strip()
            if len(said) > MAX_TEXT:
                self.fault("too_long", where, limit=MAX_TEXT)
            found.setdefault(language, said)
        if not found:
            self.fault("cmi5_missing", where, name="langstring")
        elif where.endswith("/title") and not any(found.values()):
            self.fault("too_short", where, limit=1)
        return found

    def _objectives(self, element: Element | None, where: str) -> list[Json]:
        made: list[Json] = []
        for number, child in enumerate(self._listed(element, where), 1):
            at = f"{where}/objective[{number}]"
            self._attributes(child, "objective", at)
            own = [part for part in child if part.tag.startswith(f"{{{NAMESPACE}}}")]
            names = [local(part) for part in own]
            for name in _TEXTS:
                if names.count(name) != 1:
                    self.fault("cmi5_twice" if names.count(name) else "cmi5_missing", at, name=name)
            iri = self._id(child, at)
            self.objectives.add(iri)
            made.append({"id": iri, **self._texts(own, at)})
        return made

    def _referred(self, element: Element | None, where: str) -> list[str]:
        found = []
        for number, child in enumerate(self._listed(element, where), 1):
            named = child.get("idref", "").strip()
            if named:
                self.references.append((f"{where}/objective[{number}]", named))
                found.append(named)
        return found

    def _listed(self, element: Element | None, where: str) -> list[Element]:
        if element is None:
            return []
        found = [child for child in element if child.tag == f"{{{NAMESPACE}}}objective"]
        if not found:
            self.fault("cmi5_missing", where, name="objective")
        return found

    # -- addresses ----------------------------------------------------------------------------------

    def _url(self, element: Element | None, where: str) -> str:
        said = "" if element is None else "".join(element.itertext()).strip()
        where = f"{where}/url"
        if element is None:
            return ""
        code = url_fault(said, alone=self.files is None)
        if code:
            self.fault(code, where, value=short(said, 120), name="url")
        elif not _SCHEME.match(said) and self.files is not None and member_of(said) not in self.files:
            self.fault("file_missing", where, name=short(member_of(said)))
        return said


def member_of(url: str) -> str:
    """The name in the zip that a relative address leads to."""
    return unquote(url.partition("#")[0].partition("?")[0]).removeprefix("./")


def url_fault(url: str, *, alone: bool) -> str:
    """What is wrong with an AU's address, as a problem's code; "" for nothing. alone: there is no zip around it."""
    if not url:
        return "cmi5_missing"
    if len(url) > MAX_URL or re.search(r"[\s<>\"{}|\\^`\x00-\x1f]", url):
        return "cmi5_url"
    try:
        parts = urlsplit(url)
    except ValueError:
        return "cmi5_url"
    if parts.scheme:
        if parts.scheme.lower() in _HOSTILE_SCHEMES:
            return "cmi5_url_hostile"
        if not parts.netloc or parts.username is not None:
            return "cmi5_url"
    elif alone:
        return "cmi5_url_relative"
    elif parts.netloc or parts.path.startswith("/") or not parts.path:
        return "cmi5_url"
    elif ".." in unquote(parts.path).split("/") or "\\" in unquote(parts.path):
        return "path_traversal"
    names = {name for name, _value in parse_qsl(parts.query, keep_blank_values=True)}
    return "cmi5_url_names" if names & LAUNCH_NAMES else ""
