"""Covers: the same course, the same picture; other courses, other pictures; small, valid, without text."""

from xml.etree import ElementTree

import pytest

from themes import covers
from themes.covers import BY_KIND, MOTIFS, draw

EXPECTED_DICE = [33, 12, 64, 60, 6, 73]


@pytest.mark.parametrize("motif", MOTIFS)
@pytest.mark.parametrize("kind", BY_KIND)
def test_every_motif_is_small_valid_svg_without_text(motif, kind):
    for seed in ("a", "net-sec-2026", "电工"):
        svg = draw(kind, motif, "", seed)
        root = ElementTree.fromstring(svg)
        assert root.attrib["viewBox"].count(" ") == 3
        assert not "".join(root.itertext()).strip()
        assert {element.tag for element in root.iter()} <= {"svg", "g", "path"}
        assert "style" not in svg
        assert "nan" not in svg
        assert len(svg) < 9_000


def test_same_course_same_picture():
    first = draw("public", "", "ethics", "x-1")
    covers.draw.cache_clear()
    assert draw("public", "", "ethics", "x-1") == first


def test_courses_of_one_sector_differ():
    assert len({draw("specialty", "industry", "", f"course-{n}") for n in range(30)}) == 30


def test_dice_do_not_depend_on_the_process():
    """Written down once: a course keeps its cover over releases of this programme."""
    dice = covers.Dice("net-sec-2026")
    assert [dice.between(0, 99) for _ in range(6)] == EXPECTED_DICE


def test_unknown_codes_still_get_a_picture_and_never_reach_the_page():
    svg = draw('"><script>', "<b>", "", '"><script>')
    assert "script" not in svg
    assert ElementTree.fromstring(svg).attrib["data-kind"] == ""
