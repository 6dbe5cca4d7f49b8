"""The demo catalogue: sound, honest about its hours, covering what the policy names, made the same every time."""

import re

import pytest

from courses.demo import build, videos
from courses.html import text_of
from courses.packs.native import read_pack
from courses.packs.plan import H5PBlock, ImageBlock, QuizBlock, TextBlock, VideoBlock
from courses.releases.rules import Pace, approvable_centihours
from courses.taxonomy import Kind, Sector

STARTER = "start-here"
PACE = Pace(ms_per_character=200, ms_per_question=60_000)


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packs")
    return {path.stem: read_pack(path) for path in build.build_all(folder)}


def test_every_pack_is_sound_and_none_is_missing(plans):
    assert len(plans) >= 14
    for code, plan in plans.items():
        assert plan.ok, (code, [str(problem) for problem in plan.problems])
        assert plan.course.code == code


def test_kinds_sectors_and_years_are_covered(plans):
    courses = [plan.course for plan in plans.values()]
    assert {course.kind for course in courses} == set(Kind.values)
    assert {course.sector for course in courses if course.kind == Kind.SPECIALTY} == set(Sector.values)
    assert {course.year for course in courses} == {2025, 2026}
    assert {build.provider(code) for code in plans} == {"shkd", "qpjx", "hxpx"}
    assert all(course.occupation_code for course in courses if course.kind == Kind.VOCATIONAL)


def test_hours_are_honest(plans):
    for code, plan in plans.items():
        ceiling = approvable_centihours(plan.nominal_ms(PACE))
        assert plan.course.centihours <= ceiling, code
        # Not a pittance either: within a tenth of what the content holds.
        assert plan.course.centihours >= ceiling * 9 // 10, code


def test_the_starter_is_short(plans):
    plan = plans[STARTER]
    assert 5 <= plan.course.centihours <= 8
    assert 150_000 <= plan.nominal_ms(PACE) <= 240_000
    quizzes = [block for block in plan.blocks if isinstance(block, QuizBlock)]
    assert [len(quiz.questions) for quiz in quizzes] == [3]
    assert build.codes()[0] == STARTER


def test_every_course_teaches_asks_and_draws(plans):
    for code, plan in plans.items():
        assert 3 <= len(plan.lessons) <= 6, code
        assert any(isinstance(block, ImageBlock) for block in plan.blocks), code
        assert isinstance(plan.lessons[-1].blocks[-1], QuizBlock), code
        assert len(plan.questions) >= 6, code
        assert all(question.explanation for question in plan.questions.values()), code
        assert {question.kind for question in plan.questions.values()} == {
            "single",
            "multiple",
            "true_false",
            "fill",
        }, code
    without = [code for code, plan in plans.items() if not any(isinstance(b, H5PBlock) for b in plan.blocks)]
    assert len(without) <= 2


def test_lessons_are_of_a_size_one_reads_in_a_break(plans):
    for code, plan in plans.items():
        for lesson in plan.lessons:
            texts = [text_of(block.html) for block in lesson.blocks if isinstance(block, TextBlock)]
            count = sum(len(re.sub(r"\s", "", text)) for text in texts)
            low = 150 if code == STARTER else 500
            assert low <= count <= 1200, (code, lesson.key, count)
            headings = "".join(block.html for block in lesson.blocks if isinstance(block, TextBlock))
            assert "<h2>" in headings, (code, lesson.key)


def test_words_are_calm_and_chinese(plans):
    for code, plan in plans.items():
        words = " ".join(text_of(block.html) for block in plan.blocks if isinstance(block, TextBlock))
        assert "！" not in words, code
        assert "!" not in words, code
        assert len(plan.course.summary) <= 120, code


def test_the_films_are_short_small_and_captioned(plans):
    films = [
        (plan, block) for plan in plans.values() for block in plan.blocks if isinstance(block, VideoBlock)
    ]
    assert len(films) == 2
    for plan, block in films:
        file = plan.media[block.file]
        assert 20_000 <= file.duration_ms <= 40_000
        assert file.size < 400_000
        assert {caption.lang for caption in block.captions} == {"zh-Hans", "en"}
        assert block.transcript


def test_the_stored_captions_are_the_script_s():
    for film in videos.FILMS:
        for language in ("zh", "en"):
            path = videos.CATALOGUE / film.course / "media" / f"{film.name}.{language}.vtt"
            assert path.read_text(encoding="utf-8") == videos.captions(film, language)


def test_equal_sources_make_equal_bytes():
    for code in (STARTER, "electric-safety-2026"):
        assert build.build(code) == build.build(code)


def test_a_lesson_is_cut_into_blocks_at_its_markers():
    html = '<h2>a</h2>\n<!-- image {"file": "media/x.svg", "alt": "b"} -->\n  <p>c</p>'
    assert build.blocks(html) == [
        {"type": "text", "html": "<h2>a</h2>"},
        {"type": "image", "file": "media/x.svg", "alt": "b"},
        {"type": "text", "html": "<p>c</p>"},
    ]


def test_the_command_line(tmp_path, capsys):
    assert build.main([]) == 2
    assert build.main([str(tmp_path)]) == 0
    assert STARTER in capsys.readouterr().out
