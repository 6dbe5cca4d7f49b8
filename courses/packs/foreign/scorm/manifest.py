"""imsmanifest.xml of a SCORM package as plain values: edition, items with their addresses, trees with their sequencing.

Owns: what the two generations write differently. Refuses: packages whose manifest is not at the root, of a version we do
not play, or in which nothing can be opened. A file that is missing is named; only the item that needs it is lost.

The manifest of a ContentPackage (JSON):
  {"edition", "language", "default",              # default: the organization that comes in
   "organizations": {id: {"title", "outline": [node…], "sequenced"}},   node: {"id", "title", "below", "opens", "hidden"}
   "items": {id: {"title", "href", "type": "sco"|"asset", …}},          what can be opened, by the item's id
   "trees": {organization: ActivitySettings},     # 2004 with sequencing
   "missing": [names], "lost": [{"id", "title", "why", "what"}]}
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from courses.activities.kinds import Reading
from courses.packs.archive import READ_ERRORS, Archive
from courses.packs.foreign.scorm.sequencing import (
    attributes,
    collections_of,
    number,
    says_something,
    settings_of,
)
from courses.packs.foreign.xmltree import BrokenXML, child, children, line, parsed, said
from courses.packs.problems import Problem, short

MANIFEST = "imsmanifest.xml"
_MAX_BYTES = 16 * 1024**2
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_MARKS = (b"adlcp", b"ADL SCORM", b"adlnet.org/xsd", b"adlseq")
# What manifests say, and what it is.
_VERSIONS = {
    "1.2": ("scorm12", "1.2"),
    "cam 1.3": ("scorm2004", "2nd"),
    "2004 2nd edition": ("scorm2004", "2nd"),
    "2004 3rd edition": ("scorm2004", "3rd"),
    "2004 4th edition": ("scorm2004", "4th"),
}
LABELS = {"1.2": "1.2", "2nd": "2004 2nd Edition", "3rd": "2004 3rd Edition", "4th": "2004 4th Edition"}


@dataclass
class _Resource:
    href: str = ""
    type: str = "asset"
    outside: bool = False
    missing: list[str] = field(default_factory=list)


def place_of(archive: Archive) -> str:
    """Where a SCORM manifest lies: its name at the root, or nested in one folder; "" where there is none."""
    places = sorted(
        (n for n in archive.sizes if posixpath.basename(n) == MANIFEST), key=lambda n: n.count("/")
    )
    for place in places[:3]:
        try:
            with archive.open(place) as file:
                head = file.read(64 * 1024)
        except READ_ERRORS:
            # Told when it is read in earnest.
            continue
        # UTF-16 has a zero between the letters.
        if any(mark in head.replace(b"\0", b"") for mark in _MARKS):
            return place
    return ""


def read(archive: Archive) -> Reading | None:
    """See kinds.py."""
    place = place_of(archive)
    if not place:
        return None
    found = Reading("scorm12")
    if place != MANIFEST:
        found.problems.append(Problem("package_nested", "", {"name": short(posixpath.dirname(place))}))
        return found
    try:
        if archive.sizes[place] > _MAX_BYTES:
            raise BrokenXML(f"> {_MAX_BYTES // 1024**2} MB")
        root = parsed(archive.read(place, _MAX_BYTES))
    except BrokenXML as error:
        found.problems.append(Problem("foreign_broken", MANIFEST, {"name": MANIFEST, "reason": str(error)}))
        return found
    _Manifest(archive, root, found).read()
    return found


class _Manifest:
    def __init__(self, archive: Archive, root: Element, found: Reading) -> None:
        self.archive, self.root, self.found = archive, root, found
        self.folded = {name.casefold(): name for name in archive.sizes}
        self.shared = collections_of(root)
        self.resources: dict[str, _Resource] = {}
        self.items: dict[str, dict[str, Any]] = {}
        self.lost: list[dict[str, str]] = []
        self.seen: set[str] = set()

    def problem(self, code: str, **params: Any) -> None:
        self.found.problems.append(Problem(code, MANIFEST, params))

    def read(self) -> None:
        edition = self._edition()
        if edition is None:
            return
        self.found.kind, self.edition = edition
        self.found.version = LABELS[self.edition]
        self._resources()
        organizations, trees = {}, {}
        holder = child(self.root, "organizations")
        default = attributes(holder).get("default", "")
        for element in children(holder, "organization"):
            id_ = self._id(element)
            if not id_:
                continue
            tree = self._item(element, id_, top=True)
            sequenced = self.found.kind == "scorm2004" and _sequenced(tree["settings"])
            organizations[id_] = {
                "title": tree["node"]["title"],
                "outline": tree["node"]["below"],
                "sequenced": sequenced,
            }
            if sequenced:
                trees[id_] = tree["settings"]
        if default not in organizations:
            default = next(iter(organizations), "")
        chosen = organizations.get(default, {"title": "", "outline": [], "sequenced": False})
        self.found.title = chosen["title"] or line(said(self.root, "metadata", "lom", "general", "title"))
        self.found.parts = {node["id"]: node["title"] for node in _opening(chosen["outline"])}
        if self.found.problems:
            return
        if not self.found.parts:
            self.problem("package_empty")
            return
        if chosen["sequenced"]:
            self.found.parts = {default: self.found.title, **self.found.parts}
        self.found.manifest = {
            "edition": self.edition,
            "language": self.root.attrib.get(_LANGUAGE, ""),
            "default": default,
            "organizations": organizations,
            "items": self.items,
            "trees": trees,
            "missing": sorted({name for resource in self.resources.values() for name in resource.missing}),
            "lost": self.lost,
        }

    def _edition(self) -> tuple[str, str] | None:
        told = said(self.root, "metadata", "schemaversion")
        known = _VERSIONS.get(" ".join(told.lower().split()))
        if known is None and told:
            self.problem("package_version", value=short(told))
            return None
        if known is None:
            # Old tools write none; their namespaces tell the generations apart.
            known = _VERSIONS["2004 3rd edition" if _modern(self.root) else "1.2"]
        return known

    def _id(self, element: Element) -> str:
        id_ = attributes(element).get("identifier", "")[:300]
        if id_ in self.seen:
            self.problem("package_twice", value=short(id_))
            return ""
        self.seen.add(id_)
        return id_

    # -- resources ----------------------------------------------------------------------------------

    def _resources(self) -> None:
        holder = child(self.root, "resources")
        base = _joined(
            self.root.attrib.get(_BASE, ""), "" if holder is None else holder.attrib.get(_BASE, "")
        )
        for element in children(holder, "resource"):
            given = {key.lower(): value for key, value in attributes(element).items()}
            here = _joined(base, element.attrib.get(_BASE, ""))
            made = _Resource(type="sco" if given.get("scormtype", "").lower() == "sco" else "asset")
            self.resources[attributes(element).get("identifier", "")] = made
            for file in children(element, "file"):
                self._member(attributes(file).get("href", ""), here, made)
            href = attributes(element).get("href", "")
            if href and urlsplit(href).scheme:
                made.href, made.outside = href, True
            elif href:
                made.href = self._member(href, here, made)

    def _member(self, href: str, base: str, resource: _Resource) -> str:
        """The address of a file relative to the package, as the archive spells it; "" (and named) where it is missing."""
        bare, mark, rest = _cut(href)
        address = _joined(base, bare)
        for name in (address, unquote(address)):
            clean = posixpath.normpath(name.replace("\\", "/")).removeprefix("/")
            found = clean if clean in self.archive else self.folded.get(clean.casefold(), "")
            if found:
                return found + mark + rest
        if address:
            resource.missing.append(short(unquote(address), 200))
        return ""

    # -- items --------------------------------------------------------------------------------------

    def _item(self, element: Element, id_: str, *, top: bool = False) -> dict[str, Any]:
        given = attributes(element)
        title = line(said(element, "title"))[:200] or id_
        sequencing = child(element, "sequencing")
        settings: dict[str, Any] = {"id": id_, "title": title, **settings_of(sequencing, self.shared)}
        node: dict[str, Any] = {"id": id_, "title": title, "below": [], "opens": False}
        if given.get("isvisible", "").lower() == "false":
            node["hidden"], settings["isVisible"] = True, False
        ref = given.get("identifierref", "")
        if ref and not top:
            node["opens"] = self._opens(id_, title, ref, given, element, settings)
        if hidden := [
            said(one) for one in children(child(element, "presentation", "navigationInterface"), "hideLMSUI")
        ]:
            settings["hideLmsUi"] = [one for one in hidden if one]
        self._threshold(element, settings)
        maps = [attributes(one) for one in children(child(element, "data"), "map")]
        if maps:
            settings["sharedDataMaps"] = [
                {
                    "targetID": one.get("targetID", ""),
                    "readSharedData": one.get("readSharedData", "true") != "false",
                    "writeSharedData": one.get("writeSharedData", "true") != "false",
                }
                for one in maps
            ]
        below = []
        for inner in children(element, "item"):
            inner_id = self._id(inner)
            if inner_id:
                made = self._item(inner, inner_id)
                node["below"].append(made["node"])
                below.append(made["settings"])
        if below:
            settings["children"] = below
        return {"node": node, "settings": settings}

    def _threshold(self, element: Element, settings: dict[str, Any]) -> None:
        threshold = child(element, "completionThreshold")
        if threshold is None:
            return
        given = attributes(threshold)
        least = number(given.get("minProgressMeasure")) or number(said(threshold) or None)
        settings["completionThreshold"] = {
            # Before the 4th edition the element was the measure itself.
            "completedByMeasure": given.get(
                "completedByMeasure", "true" if self.edition != "4th" else "false"
            )
            == "true",
            "minProgressMeasure": 1.0 if least is None else least,
        }

    def _opens(
        self,
        id_: str,
        title: str,
        ref: str,
        given: dict[str, str],
        element: Element,
        settings: dict[str, Any],
    ) -> bool:
        resource = self.resources.get(ref)
        if resource is None or not resource.href:
            what = short((resource.missing[0] if resource and resource.missing else ref), 120)
            self.lost.append({"id": id_, "title": title, "why": "lost_missing", "what": what})
            return False
        if resource.outside:
            self.lost.append(
                {"id": id_, "title": title, "why": "lost_outside", "what": short(resource.href, 120)}
            )
            return False
        made: dict[str, Any] = {
            "title": title,
            "href": with_parameters(resource.href, given.get("parameters", "")),
            "type": resource.type,
        }
        extra = {
            "mastery": said(element, "masteryscore"),
            "prerequisites": said(element, "prerequisites"),
            "max_time": said(element, "maxtimeallowed") or settings.get("attemptAbsoluteDurationLimit", ""),
            "time_action": said(element, "timelimitaction") or said(element, "timeLimitAction"),
            "data": said(element, "datafromlms") or said(element, "dataFromLMS"),
        }
        made |= {key: value for key, value in extra.items() if value}
        primary = settings.get("primaryObjective", {})
        if primary.get("satisfiedByMeasure"):
            made["passing"] = str(primary.get("minNormalizedMeasure", 1.0))
        self._threshold(element, settings)
        threshold = settings.get("completionThreshold", {})
        if threshold.get("completedByMeasure"):
            made["threshold"] = str(threshold["minProgressMeasure"])
        objectives = [
            one["objectiveID"] for one in [primary, *settings.get("objectives", [])] if one.get("objectiveID")
        ]
        if objectives:
            made["objectives"] = objectives
        self.items[id_] = made
        return True


def with_parameters(href: str, parameters: str) -> str:
    """A launch address with an item's parameters, by the algorithm of CAM 2.3.2.5.1."""
    parameters = re.sub(r"^[?&]+", "", parameters.strip())
    if not parameters:
        return href
    if parameters.startswith("#"):
        return href if "#" in href else href + parameters
    bare, hash_, fragment = href.partition("#")
    return f"{bare}{'&' if '?' in bare else '?'}{parameters}{hash_}{fragment}"


def _cut(href: str) -> tuple[str, str, str]:
    found = re.match(r"^([^?#]*)([?#]?)(.*)$", href, re.S)
    return found.groups() if found else (href, "", "")  # type: ignore[return-value]


def _joined(base: str, more: str) -> str:
    return posixpath.join(base, more) if base else more


def _modern(root: Element) -> bool:
    names = [root.tag, *(key for element in root.iter() for key in (element.tag, *element.attrib))]
    return any("adlcp_v1p3" in name or "imscp_v1p1" in name for name in names)


def _sequenced(settings: dict[str, Any]) -> bool:
    return says_something(settings_only(settings)) or any(
        _sequenced(one) for one in settings.get("children", [])
    )


def settings_only(settings: dict[str, Any]) -> dict[str, Any]:
    """Without what is the item's and not its sequencing's."""
    own = ("id", "title", "children", "isVisible", "hideLmsUi", "completionThreshold", "sharedDataMaps")
    return {key: value for key, value in settings.items() if key not in own}


def _opening(outline: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The nodes that can be opened, in order, those that learners are shown."""
    found = []
    for node in outline:
        if node["opens"]:
            found.append(node)
        found += _opening(node["below"])
    return found
