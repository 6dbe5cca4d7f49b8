"""h5p.json and library.json as values: read strictly where a player depends on it, forgivingly elsewhere.

Version numbers may be written as text ("1"), flags as 0/1 or booleans: real packages do both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import errors
from .names import MACHINE_NAME, LibraryName, LibraryVersion

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:[-_][A-Za-z0-9]{1,8})*")

Refuse = Callable[[str], errors.H5PError]


@dataclass(frozen=True, slots=True)
class PackageManifest:
    """What h5p.json says."""

    title: str
    main_library: LibraryName
    language: str
    dependencies: tuple[LibraryName, ...]
    dynamic_dependencies: tuple[LibraryName, ...]
    raw: Mapping[str, Any] = field(compare=False, repr=False)

    @property
    def default_language(self) -> str:
        """Language of the content itself where it is known, else "und"."""
        value = self.raw.get("defaultLanguage")
        if isinstance(value, str) and _LANGUAGE.fullmatch(value):
            return value
        return self.language


@dataclass(frozen=True, slots=True)
class LibraryManifest:
    """What library.json says."""

    version: LibraryVersion
    title: str
    runnable: bool
    preloaded_js: tuple[str, ...]
    preloaded_css: tuple[str, ...]
    dependencies: tuple[LibraryName, ...]
    dynamic_dependencies: tuple[LibraryName, ...]
    editor_dependencies: tuple[LibraryName, ...]
    core_api: tuple[int, int] | None
    licence: str
    raw: Mapping[str, Any] = field(compare=False, repr=False)

    @property
    def name(self) -> LibraryName:
        """Name with major and minor version."""
        return self.version.name


def _integer(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int) and 0 <= value < 10**9:
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value, re.ASCII):
        return int(value)
    return None


def _text(raw: Mapping[str, Any], key: str, refuse: Refuse, *, limit: int = 255) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value.strip() or len(value) > limit:
        raise refuse(f"“{key}” must be a text of 1 to {limit} characters")
    return value.strip()


def _dependencies(raw: Mapping[str, Any], key: str, refuse: Refuse) -> tuple[LibraryName, ...]:
    value = raw.get(key)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise refuse(f"“{key}” must be a list")
    names = []
    for item in value:
        name = _library_name(item)
        if name is None:
            raise refuse(f"“{key}” must list objects with machineName, majorVersion and minorVersion")
        names.append(name)
    return tuple(dict.fromkeys(names))


def _library_name(item: object) -> LibraryName | None:
    if not isinstance(item, dict):
        return None
    machine, major, minor = (
        item.get("machineName"),
        _integer(item.get("majorVersion")),
        _integer(item.get("minorVersion")),
    )
    if not isinstance(machine, str) or not MACHINE_NAME.fullmatch(machine) or major is None or minor is None:
        return None
    return LibraryName(machine, major, minor)


def _paths(raw: Mapping[str, Any], key: str, refuse: Refuse) -> tuple[str, ...]:
    value = raw.get(key)
    if value is None:
        return ()
    paths = (
        [item.get("path") for item in value if isinstance(item, dict)] if isinstance(value, list) else [None]
    )
    if (
        not isinstance(value, list)
        or len(paths) != len(value)
        or not all(isinstance(p, str) and p for p in paths)
    ):
        raise refuse(f"“{key}” must list objects with a path")
    return tuple(str(path).removeprefix("./") for path in paths)


def parse_package_manifest(raw: object, where: str = "h5p.json") -> PackageManifest:
    """Judge the value of h5p.json. Raises ``InvalidPackageField``."""

    def refuse(message: str) -> errors.H5PError:
        return errors.InvalidPackageField(message, where=where)

    if not isinstance(raw, dict):
        raise refuse("must be an object")
    title = _text(raw, "title", refuse, limit=1000)
    main = _text(raw, "mainLibrary", refuse)
    language = raw.get("language", "und")
    if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
        raise refuse("“language” must be a language code")
    embed = raw.get("embedTypes", ["div"])
    if not isinstance(embed, list) or not embed or not all(kind in ("div", "iframe") for kind in embed):
        raise refuse("“embedTypes” must list div or iframe")
    dependencies = _dependencies(raw, "preloadedDependencies", refuse)
    main_library = next((name for name in dependencies if name.machine_name == main), None)
    if main_library is None:
        raise refuse(f"“preloadedDependencies” must name the main library {main}")
    return PackageManifest(
        title=title,
        main_library=main_library,
        language=language,
        dependencies=dependencies,
        dynamic_dependencies=_dependencies(raw, "dynamicDependencies", refuse),
        raw=raw,
    )


def parse_library_manifest(raw: object, where: str = "library.json") -> LibraryManifest:
    """Judge the value of library.json. Raises ``InvalidLibraryField``."""

    def refuse(message: str) -> errors.H5PError:
        return errors.InvalidLibraryField(message, where=where)

    if not isinstance(raw, dict):
        raise refuse("must be an object")
    title = _text(raw, "title", refuse)
    machine = _text(raw, "machineName", refuse)
    if not MACHINE_NAME.fullmatch(machine):
        raise refuse("“machineName” may hold letters, digits, dot, hyphen and underscore")
    numbers = [_integer(raw.get(key)) for key in ("majorVersion", "minorVersion", "patchVersion")]
    major, minor, patch = numbers
    if major is None or minor is None or patch is None:
        raise refuse("“majorVersion”, “minorVersion” and “patchVersion” must be whole numbers")
    runnable = raw.get("runnable")
    if runnable not in (0, 1, "0", "1", True, False):
        raise refuse("“runnable” must be 0 or 1")
    core_api = None
    if raw.get("coreApi") is not None:
        core = raw["coreApi"] if isinstance(raw["coreApi"], dict) else {}
        core_major, core_minor = _integer(core.get("majorVersion")), _integer(core.get("minorVersion"))
        if core_major is None or core_minor is None:
            raise refuse("“coreApi” must hold majorVersion and minorVersion")
        core_api = (core_major, core_minor)
    licence = raw.get("license")
    return LibraryManifest(
        version=LibraryVersion(LibraryName(machine, major, minor), patch),
        title=title,
        runnable=runnable in (1, "1"),
        preloaded_js=_paths(raw, "preloadedJs", refuse),
        preloaded_css=_paths(raw, "preloadedCss", refuse),
        dependencies=_dependencies(raw, "preloadedDependencies", refuse),
        dynamic_dependencies=_dependencies(raw, "dynamicDependencies", refuse),
        editor_dependencies=_dependencies(raw, "editorDependencies", refuse),
        core_api=core_api,
        licence=licence[:100] if isinstance(licence, str) else "",
        raw=raw,
    )
