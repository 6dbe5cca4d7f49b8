"""SCORM packages of each edition: what comes in, in what form, what is named as lost, and which packages are refused."""

import pytest

from courses.activities.kinds import read as read_kind
from courses.packs.archive import open_archive
from courses.packs.foreign.outline import Activity
from courses.packs.foreign.scorm.manifest import with_parameters
from tests.courses.activities import making
from tests.courses.packs.foreign.reading import read


def manifest_of(data):
    import io

    archive, problems = open_archive(io.BytesIO(data))
    assert not problems
    return read_kind(archive)


@pytest.mark.parametrize("edition", making.VERSIONS)
def test_items_are_lessons(edition):
    made = read(making.simple(edition), "x.zip", expect="scorm")
    assert made.outline.title == "用电安全"
    assert made.outline.version.startswith("1.2" if edition == "1.2" else f"2004 {edition}")
    units = [(unit.title, [page.title for page in unit.pages]) for unit in made.outline.units]
    assert units == [("第一章", ["验电", "接地"]), ("用电安全", ["附录"])]
    pieces = [piece for unit in made.outline.units for page in unit.pages for piece in page.pieces]
    assert [piece.part for piece in pieces] == ["i1", "i2", "i3"]
    assert all(isinstance(piece, Activity) for piece in pieces)
    assert [block["part"] for kind, block in made.blocks() if kind == "package"] == ["i1", "i2", "i3"]
    assert made.lost() == {}
    # One package, whatever the number of its lessons.
    assert len(made.native.packages) == 1


@pytest.mark.parametrize("edition", making.VERSIONS)
def test_what_the_manifest_says_of_its_items(edition):
    found = manifest_of(making.simple(edition))
    items = found.manifest["items"]
    assert items["i1"] == {"title": "验电", "href": "one/index.html", "type": "sco"}
    assert items["i2"]["href"] == "two/index.html?page=2"
    assert items["i3"]["type"] == "asset"
    assert found.kind == ("scorm12" if edition == "1.2" else "scorm2004")


@pytest.mark.parametrize("edition", ["2nd", "3rd", "4th"])
def test_a_package_with_rules_is_one_lesson(edition):
    made = read(making.sequenced(edition), "x.zip", expect="scorm")
    assert [block["part"] for _kind, block in made.blocks()] == ["org"]
    tree = manifest_of(making.sequenced(edition)).manifest["trees"]["org"]
    assert tree["sequencingControls"] == {"choice": True, "flow": True}
    gate = tree["children"][1]
    assert gate["sequencingRules"]["preConditionRules"] == [
        {
            "action": "disabled",
            "conditionCombination": "all",
            "conditions": [{"condition": "satisfied", "operator": "not", "referencedObjective": "o"}],
        }
    ]
    assert gate["objectives"][0]["mapInfo"] == [{"targetObjectiveID": "g", "readSatisfiedStatus": True}]
    assert tree["children"][0]["primaryObjective"]["mapInfo"][0]["writeSatisfiedStatus"] is True


def test_missing_files_and_other_structures_are_named():
    items = making.item("i1", "在", "r1") + making.item("i2", "不在", "r2") + making.item("i3", "别处", "r3")
    said = making.manifest(
        "1.2",
        making.organization("org", "默认", items)
        + making.organization("other", "另一种", making.item("x", "x", "r1")),
        making.resource("r1", "a.html", files=["a.html", "b%20b.js"])
        + making.resource("r2", "gone.html")
        + making.resource("r3", "https://example.org/a.html"),
    )
    made = read(making.zipped({"imsmanifest.xml": said, "a.html": "<p>"}), "x.zip", expect="scorm")
    assert made.lost() == {
        "另一种": "lost_structure",
        "不在": "lost_missing",
        "别处": "lost_outside",
        "b b.js": "lost_missing",
    }
    assert [block["part"] for _kind, block in made.blocks()] == ["i1"]


def test_names_are_found_whatever_their_case_and_encoding():
    said = making.manifest(
        "1.2",
        making.organization("org", "x", making.item("i", "x", "r")),
        making.resource("r", "A%20b/INDEX.html?x=1"),
    )
    found = manifest_of(making.zipped({"imsmanifest.xml": said, "a b/index.html": "<p>"}))
    assert found.manifest["items"]["i"]["href"] == "a b/index.html?x=1"


def test_limits_and_data_of_an_item():
    more = (
        "<adlcp:masteryscore>80</adlcp:masteryscore><adlcp:maxtimeallowed>00:30:00</adlcp:maxtimeallowed>"
        "<adlcp:timelimitaction>exit,message</adlcp:timelimitaction><adlcp:datafromlms>x=1</adlcp:datafromlms>"
    )
    said = making.manifest(
        "1.2",
        making.organization("org", "x", making.item("i", "x", "r", more=more)),
        making.resource("r", "a.html"),
    )
    item = manifest_of(making.zipped({"imsmanifest.xml": said, "a.html": "<p>"})).manifest["items"]["i"]
    assert (item["mastery"], item["max_time"], item["time_action"], item["data"]) == (
        *("80", "00:30:00", "exit,message", "x=1"),
    )


ONE = making.organization("org", "x", making.item("i", "x", "r"))


@pytest.mark.parametrize(
    ("members", "code"),
    [
        (
            {"imsmanifest.xml": making.manifest("1.2", ONE, making.resource("r", "a.html"), version="2.0")},
            "package_version",
        ),
        (
            {"imsmanifest.xml": making.manifest("1.2", ONE, making.resource("r", "gone.html"))},
            "package_empty",
        ),
        (
            {"in/imsmanifest.xml": making.manifest("1.2", ONE, making.resource("r", "a.html"))},
            "package_nested",
        ),
        ({"imsmanifest.xml": "<manifest xmlns:adlcp='x'>"}, "foreign_broken"),
        (
            {
                "imsmanifest.xml": "<!DOCTYPE m [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><manifest adlcp='x'>&e;</manifest>"
            },
            "foreign_broken",
        ),
        (
            {
                "imsmanifest.xml": making.manifest(
                    "1.2",
                    making.organization("org", "x", making.item("i", "x", "r") * 2),
                    making.resource("r", "a.html"),
                )
            },
            "package_twice",
        ),
        (
            {"imsmanifest.xml": making.manifest("1.2", ONE, making.resource("r", "../a.html"))},
            "package_empty",
        ),
        (
            {
                "imsmanifest.xml": making.manifest("1.2", ONE, making.resource("r", "a.html")),
                "../evil.html": "x",
            },
            "path_traversal",
        ),
    ],
)
def test_packages_that_are_refused(members, code):
    made = read(making.zipped({"a.html": "<p>", **members}), "x.zip", expect="scorm")
    assert code in made.problems()


@pytest.mark.parametrize(
    ("href", "parameters", "whole"),
    [
        ("a.html", "?x=1", "a.html?x=1"),
        ("a.html?y=2", "&x=1", "a.html?y=2&x=1"),
        ("a.html", "x=1", "a.html?x=1"),
        ("a.html", "#p2", "a.html#p2"),
        ("a.html#p1", "#p2", "a.html#p1"),
        ("a.html#p1", "x=1", "a.html?x=1#p1"),
        ("a.html", "", "a.html"),
    ],
)
def test_parameters(href, parameters, whole):
    """CAM 2.3.2.5.1."""
    assert with_parameters(href, parameters) == whole
