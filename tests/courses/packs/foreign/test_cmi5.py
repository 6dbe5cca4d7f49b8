"""cmi5 course structures: what the specification lets stand and what it does not, by element (cmi5 8.1, 13.1, 14)."""

import io
from decimal import Decimal
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.packs.archive import open_archive
from courses.packs.foreign.cmi5.adapter import ADAPTER
from courses.packs.foreign.cmi5.reader import read
from courses.packs.foreign.cmi5.structure import aus, read_structure
from courses.packs.foreign.formats import adapter_for
from courses.packs.foreign.sources import Source
from tests.courses.packs.foreign.cmi5 import BASE, au, block, structure, texts, zipped
from tests.courses.packs.foreign.reading import read as read_pack

FILES = frozenset({"index.html", "b/quiz.html", "操作 1.html"})


def judged(xml, files=FILES):
    made, problems = read_structure(fromstring(xml), files=files)
    return made, [(problem.code, problem.pointer) for problem in problems]


def faults(xml, files=FILES):
    return judged(xml, files)[1]


def test_13_1_all_of_a_structure_is_read_and_blanks_around_it_removed():
    objective = f'<objectives><objective id="{BASE}o/1">{texts("目标", "会")}</objective></objectives>'
    named = f'<objectives><objective idref="{BASE}o/1"/></objectives>'
    xml = structure(
        block(
            "a",
            au(
                "1",
                url=" index.html?level=2#top ",
                before=named,
                after="<launchParameters> 起点=1 </launchParameters><entitlementKey> xyz-9 </entitlementKey>",
                launchMethod="OwnWindow",
                moveOn="CompletedAndPassed",
                masteryScore="0.8500",
                activityType="http://adlnet.gov/expapi/activities/lesson",
            ),
            block("b", au("2", url="b/quiz.html")),
        ),
        au("3", url="https://au.example.com/start"),
        objectives=objective,
    )
    made, problems = judged(xml)
    assert problems == []
    assert made["id"] == f"{BASE}course"
    assert made["title"] == {"zh-CN": "安全用电"}
    assert [one["id"] for one in made["objectives"]] == [f"{BASE}o/1"]
    one, two, three = aus(made["children"])
    assert one["url"] == "index.html?level=2#top"
    assert one["launchParameters"] == "起点=1"
    assert one["entitlementKey"] == "xyz-9"
    assert (one["launchMethod"], one["moveOn"], one["masteryScore"]) == (
        "OwnWindow",
        "CompletedAndPassed",
        "0.85",
    )
    assert one["objectives"] == [f"{BASE}o/1"]
    # 13.1.4: the defaults.
    assert (two["launchMethod"], two["moveOn"], two["masteryScore"]) == ("AnyWindow", "NotApplicable", "")
    assert three["url"] == "https://au.example.com/start"
    assert [child["type"] for child in made["children"]] == ["block", "au"]


def test_13_1_5_elements_and_attributes_of_vendors_are_passed_over():
    xml = structure(au(after='<v:more xmlns:v="https://v.example.com/">x</v:more>')).replace(
        "<au ", '<au xmlns:v="https://v.example.com/" v:colour="red" ', 1
    )
    assert faults(xml) == []


AU = "/courseStructure/au[1]"
BAD = [
    (structure(au(), namespace="https://w3id.org/xapi/profiles/cmi5/v1/Other.xsd"), "cmi5_root", "/"),
    (structure(), "cmi5_missing", "/courseStructure"),
    (structure(au(), course=""), "cmi5_missing", "/courseStructure"),
    (structure(au(), course=f"<course>{texts()}</course>"), "cmi5_missing", "/courseStructure/course"),
    (structure(au(), course=f'<course id="kurs">{texts()}</course>'), "cmi5_iri", "/courseStructure/course"),
    (structure(au(), course=f'<course id="{BASE}c"/>'), "cmi5_missing", "/courseStructure/course"),
    (structure(block("a")), "cmi5_missing", "/courseStructure/block[1]"),
    (structure(block("a", au(), inner="")), "cmi5_missing", "/courseStructure/block[1]"),
    (structure(au("1"), au("1")), "cmi5_id_twice", "/courseStructure/au[2]"),
    (structure(block("1", au("1")), block("1", au("2"))), "cmi5_id_twice", "/courseStructure/block[2]"),
    (structure(au(texts_="")), "cmi5_missing", AU),
    (structure(au(texts_=texts() + "<title/>")), "cmi5_order", AU),
    (
        structure(au(texts_=texts().replace(' lang="zh-CN">单元', ' lang="中文">单元'))),
        "cmi5_value",
        f"{AU}/title",
    ),
    (structure(au(texts_="<title/>" + texts().partition("</title>")[2])), "cmi5_missing", f"{AU}/title"),
    (structure(au(url="")), "cmi5_missing", f"{AU}/url"),
    (structure(au(after="<url>index.html</url>")), "cmi5_twice", AU),
    (structure(au(after="<entitlementKey/><launchParameters/>")), "cmi5_order", AU),
    (structure(au(after="<weight>3</weight>")), "cmi5_unexpected", AU),
    (structure(au(weight="3")), "cmi5_unexpected", AU),
    (structure(au(launchMethod="anywindow")), "cmi5_value", AU),
    (structure(au(launchMethod="")), "cmi5_value", AU),
    (structure(au(moveOn="Failed")), "cmi5_value", AU),
    (structure(au(masteryScore="1.01")), "cmi5_value", AU),
    (structure(au(masteryScore="-0.1")), "cmi5_value", AU),
    (structure(au(masteryScore="0.12345")), "cmi5_value", AU),
    (structure(au(masteryScore="1e-1")), "cmi5_value", AU),
    (structure(au(masteryScore="")), "cmi5_value", AU),
    (structure(au(activityType="lesson")), "cmi5_iri", AU),
    (
        structure(au(before=f'<objectives><objective idref="{BASE}o/9"/></objectives>')),
        "cmi5_objective",
        f"{AU}/objectives/objective[1]",
    ),
    (
        structure(au(), objectives=f'<objectives><objective id="{BASE}o/1"/></objectives>'),
        "cmi5_missing",
        "/courseStructure/objectives/objective[1]",
    ),
    (structure(au(), objectives="<objectives/>"), "cmi5_missing", "/courseStructure/objectives"),
    (structure(au(url="missing.html")), "file_missing", f"{AU}/url"),
    (structure(au(url="../../etc/passwd")), "path_traversal", f"{AU}/url"),
    (structure(au(url="a/%2e%2e/%2e%2e/x")), "path_traversal", f"{AU}/url"),
    (structure(au(url="/index.html")), "cmi5_url", f"{AU}/url"),
    (structure(au(url="//elsewhere.example.com/x")), "cmi5_url", f"{AU}/url"),
    (structure(au(url="http:///x")), "cmi5_url", f"{AU}/url"),
    (structure(au(url="http://[::1/x")), "cmi5_url", f"{AU}/url"),
    (structure(au(url="https://li:na@au.example.com/x")), "cmi5_url", f"{AU}/url"),
    (structure(au(url="javascript:alert(1)")), "cmi5_url_hostile", f"{AU}/url"),
    (structure(au(url="data:text/html,x")), "cmi5_url_hostile", f"{AU}/url"),
    (structure(au(url="index.html?fetch=x")), "cmi5_url_names", f"{AU}/url"),
]


@pytest.mark.parametrize(("xml", "code", "where"), BAD, ids=range(len(BAD)))
def test_13_1_and_14_each_fault_is_told_by_its_element(xml, code, where):
    assert (code, where) in faults(xml)


def test_14_1_addresses_may_lead_outside_the_zip_only_when_whole():
    assert faults(structure(au("1", url="b/quiz.html?x=1"), au("2", url="app://au.example.com/x"))) == []
    assert faults(structure(au(url="%E6%93%8D%E4%BD%9C%201.html"))) == []


def test_14_2_alone_every_address_is_whole():
    assert faults(structure(au(url="index.html")), None) == [("cmi5_url_relative", f"{AU}/url")]
    assert faults(structure(au(url="https://au.example.com/")), None) == []


def test_6_1_more_than_a_thousand_aus():
    made, problems = judged(
        structure(*(block(str(n), *(au(f"{n}-{m}") for m in range(60))) for n in range(20)))
    )
    assert problems == []
    assert len(list(aus(made["children"]))) == 1200


def test_a_bomb_of_blocks_is_refused():
    xml = au()
    for n in range(120):
        xml = block(str(n), xml)
    assert [code for code, _where in faults(structure(xml))] == ["cmi5_deep"]


@given(st.integers(0, 10_000), st.integers(0, 4))
def test_13_1_4_a_mastery_score_keeps_its_value(places, zeros):
    said = f"{Decimal(places) / 10_000}" + ("0" * zeros if places % 10_000 else "")
    made, problems = judged(structure(au(masteryScore=said)))
    assert problems == []
    assert Decimal(made["children"][0]["masteryScore"]) == Decimal(places) / 10_000


@given(st.text(max_size=60))
def test_whatever_an_address_says_it_is_judged(url):
    printable = "".join(c for c in url if c.isprintable() and c not in "\ufffe\uffff")
    judged(structure(au(url=printable)))


# --- packages -----------------------------------------------------------------------------------------------


def reading(data):
    archive, problems = open_archive(io.BytesIO(data))
    assert archive is not None, problems
    with archive:
        return read(archive)


@pytest.mark.parametrize("zip64", [False, True])
def test_14_1_both_kinds_of_zip(zip64):
    found = reading(zipped(structure(au("1"), au("2")), force_zip64=zip64))
    assert found.problems == []
    assert found.kind == "cmi5"
    assert list(found.parts.values()) == ["单元1", "单元2"]


def test_14_1_a_zip_without_the_structure_at_its_root_is_no_cmi5_package():
    assert reading(zipped(structure(au()), name="course/cmi5.xml")) is None


@pytest.mark.parametrize(
    "xml",
    [
        "<courseStructure",
        '<!DOCTYPE x [<!ENTITY a "b">]>' + structure(au()).partition("?>")[2],
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        + structure(au()).partition("?>")[2].replace("单元1", "&a;"),
    ],
)
def test_xml_that_attacks_or_is_broken_is_refused_whole(xml):
    found = reading(zipped(xml))
    assert [problem.code for problem in found.problems] == ["foreign_broken"]
    assert found.manifest == {}


def test_it_comes_in_as_lessons_with_packages_and_what_is_broken_is_refused():
    made = read_pack(zipped(structure(block("a", au("1")), au("2"))), "course.zip", expect="cmi5")
    assert made.draft.problems == []
    assert [kind for kind, _block in made.blocks()] == ["package", "package"]
    broken = read_pack(zipped("<courseStructure"), "course.zip", expect="cmi5")
    assert [problem.code for problem in broken.draft.problems] == ["foreign_broken"]


def inspected(tmp_path, data, name):
    path = tmp_path / name
    path.write_bytes(data)
    with Source(path, name) as source:
        assert adapter_for(source) is ADAPTER
        return ADAPTER.inspect(source)


def test_a_zip_becomes_chapters_and_lessons(tmp_path):
    xml = structure(au("0"), block("a", au("1"), block("b", au("2"))), au("3"))
    outline = inspected(tmp_path, zipped(xml), "course.zip")
    assert outline.problems == []
    assert outline.title == "安全用电"
    told = [(unit.title, [page.title for page in unit.pages]) for unit in outline.units]
    assert told == [("安全用电", ["单元0"]), ("块a", ["单元1", "块b · 单元2"]), ("安全用电", ["单元3"])]
    assert {page.pieces[0].file for unit in outline.units for page in unit.pages} == {"cmi5.zip"}


def test_14_2_an_xml_alone_comes_in(tmp_path):
    xml = structure(au(url="https://au.example.com/start")).encode()
    outline = inspected(tmp_path, xml, "course.xml")
    assert outline.problems == []
    assert [page.title for page in outline.units[0].pages] == ["单元1"]


def test_a_structure_with_a_fault_brings_nothing_in(tmp_path):
    outline = inspected(tmp_path, zipped(structure(au(moveOn="Sometimes"))), "course.zip")
    assert [problem.code for problem in outline.problems] == ["cmi5_value"]
    assert outline.units == []
