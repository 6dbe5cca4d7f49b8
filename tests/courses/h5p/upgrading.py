"""A library in two versions with an upgrade script, and a sub-library that the newer one takes in a newer version."""

from typing import Any

from courses.h5p import api
from lms.lib.actor import Actor

from .packages import PNG, dependency, h5p_json, library_json, pack

OLD_PARAMS: dict[str, Any] = {
    "greeting": "Hello",
    "image": {"path": "images/earth.png", "mime": "image/png"},
    "parts": [
        {
            "library": "H5P.Part 1.0",
            "params": {"text": "one"},
            "subContentId": "a",
            "metadata": {"title": "A"},
        }
    ],
}
#: What the scripts below make of them.
NEW_PARAMS: dict[str, Any] = {
    "greetings": ["Hello", "1.2"],
    "image": OLD_PARAMS["image"],
    "parts": [
        {
            "library": "H5P.Part 1.1",
            "params": {"texts": "one!"},
            "subContentId": "a",
            "metadata": {"title": "A"},
        }
    ],
}

UPGRADES = """
var H5PUpgrades = H5PUpgrades || {};
H5PUpgrades['H5P.Greet'] = (function () {
  return {
    1: {
      0: function () { throw new Error('below the old version: not asked'); },
      1: function (parameters, finished) {
        parameters.greetings = [parameters.greeting];
        delete parameters.greeting;
        finished(null, parameters);
      },
      2: {
        contentUpgrade: function (parameters, finished, extras) {
          setTimeout(function () {
            parameters.greetings.push('1.2');
            extras.metadata.source = 'https://example.org/' + typeof document + '/' + typeof localStorage;
            finished(null, parameters, {metadata: extras.metadata});
          }, 1);
        }
      }
    },
    2: { 0: function () { throw new Error('above the new version: not asked'); } }
  };
})();
"""
PART_UPGRADES = """
var H5PUpgrades = H5PUpgrades || {};
H5PUpgrades['H5P.Part'] = {1: {1: function (parameters, finished) {
  if (parameters.text === 'bad') return finished('this text is bad');
  finished(null, {texts: parameters.text + '!'});
}}};
"""


def text(name: str) -> dict[str, Any]:
    return {"name": name, "type": "text", "label": name}


def semantics(minor: int) -> list[dict[str, Any]]:
    parts = {
        "name": "parts",
        "type": "list",
        "label": "Parts",
        "field": {"name": "part", "type": "library", "options": [f"H5P.Part 1.{1 if minor else 0}"]},
    }
    return [text("greeting"), {"name": "image", "type": "image", "label": "Image"}, parts]


def libraries(
    minor: int, part: int, *, upgrades: str = UPGRADES, part_upgrades: str = PART_UPGRADES
) -> dict[str, Any]:
    """H5P.Greet 1.<minor> and H5P.Part 1.<part>, by path in a package."""
    made: dict[str, Any] = {}
    for name, number, runnable, fields, script in (
        ("H5P.Greet", minor, 1, semantics(minor), upgrades),
        ("H5P.Part", part, 0, [text("texts" if part else "text")], part_upgrades),
    ):
        folder = f"{name}-1.{number}"
        made[f"{folder}/library.json"] = library_json(
            name, minorVersion=number, runnable=runnable, preloadedCss=None, preloadedJs=[{"path": "a.js"}]
        )
        made[f"{folder}/a.js"] = f"{name} = function () {{}};"
        made[f"{folder}/semantics.json"] = fields
        if number:
            made[f"{folder}/upgrades.js"] = script
    return made


def old_package(title: str = "Greeting", **params: Any) -> Any:
    manifest = h5p_json(title=title, preloadedDependencies=[dependency("H5P.Greet"), dependency("H5P.Part")])
    content = {**OLD_PARAMS, **params}
    files = {"content/content.json": content, "content/images/earth.png": PNG}
    return pack({"h5p.json": manifest, **files, **libraries(0, 0)})


def put_newer(organisation: Any, **scripts: str) -> None:
    """H5P.Greet 1.2 with H5P.Part 1.1 onto an organisation's shelf, by a package that uses them."""
    needs = [dependency("H5P.Greet", 1, 2), dependency("H5P.Part", 1, 1)]
    manifest = h5p_json(preloadedDependencies=needs, title="newer")
    newer = pack({"h5p.json": manifest, "content/content.json": {}, **libraries(2, 1, **scripts)})
    api.install_package(newer, actor=Actor.system("test"), organisation=organisation)
