"""Small .h5p packages made on the spot, whole or broken in one way."""

import io
import json
import zipfile
from typing import Any

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000"
    "0500010d0a2db40000000049454e44ae426082"
)


def dependency(name: str, major: int = 1, minor: int = 0) -> dict[str, Any]:
    return {"machineName": name, "majorVersion": major, "minorVersion": minor}


def library_json(name: str = "H5P.Greet", **changes: Any) -> dict[str, Any]:
    made = {
        "title": name,
        "machineName": name,
        "majorVersion": 1,
        "minorVersion": 0,
        "patchVersion": 2,
        "runnable": 1,
        "license": "MIT",
        "preloadedJs": [{"path": "greet.js"}],
        "preloadedCss": [{"path": "greet.css"}],
        **changes,
    }
    return {key: value for key, value in made.items() if value is not None}


def h5p_json(**changes: Any) -> dict[str, Any]:
    made = {
        "title": "Greeting",
        "language": "en",
        "mainLibrary": "H5P.Greet",
        "embedTypes": ["div"],
        "license": "U",
        "preloadedDependencies": [dependency("H5P.Greet")],
        **changes,
    }
    return {key: value for key, value in made.items() if value is not None}


def library(name: str = "H5P.Greet", folder: str | None = None, **changes: Any) -> dict[str, Any]:
    """The files of a library, by path in a package."""
    made = library_json(name, **changes)
    folder = folder or f"{name}-{made.get('majorVersion', 1)}.{made.get('minorVersion', 0)}"
    return {
        f"{folder}/library.json": made,
        f"{folder}/greet.js": "H5P.Greet = function () {};",
        f"{folder}/greet.css": ".greet {}",
        f"{folder}/semantics.json": [{"name": "greeting", "type": "text", "label": "Greeting"}],
        f"{folder}/language/fr.json": {"semantics": [{"label": "Texte"}]},
    }


def files(**changes: Any) -> dict[str, Any]:
    """A good package's files; `changes` of h5p.json."""
    return {
        "h5p.json": h5p_json(**changes),
        "content/content.json": {
            "greeting": "Hello",
            "image": {"path": "images/earth.png", "mime": "image/png"},
        },
        "content/images/earth.png": PNG,
        **library(),
    }


def pack(entries: dict[str, Any]) -> io.BytesIO:
    """A zip of the entries: bytes and texts as they are, anything else as JSON."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            if not isinstance(data, bytes | str):
                data = json.dumps(data)
            entry = zipfile.ZipInfo(name) if isinstance(name, str) else name
            archive.writestr(entry, data, compress_type=zipfile.ZIP_DEFLATED)
    out.seek(0)
    return out


def good(**changes: Any) -> io.BytesIO:
    return pack(files(**changes))
