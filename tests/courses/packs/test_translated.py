"""A course's translations in its native pack: they come in with it, are named in the plan, and go out with it."""

import io

import pytest
from django.urls import reverse
from django.utils import translation

from courses.models import CoursePage, CourseTranslation, LessonPage
from courses.packs.api import export_course, import_pack
from courses.packs.native import read_pack
from courses.packs.planning import plan_import
from courses.packs.queries import differences_of
from courses.packs.report import ImportReport
from courses.translations.shown import titles_of
from lms.accounts.api import Role, actor
from lms.lib.actor import Actor
from lms.lib.jobs import services as jobs
from tests.courses.packs import making
from tests.courses.translations.work import po_of
from tests.factories.accounts import member

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
ENGLISH = {
    "title": {"停电检修": "Working dead"},
    "chapter": {"停电": "Isolating"},
    "stem": {"停电以后第一步做什么？": "What comes first?"},
    "option": {"验电": "Test for voltage", "回家": "Go home"},
}


def pack(texts=ENGLISH, *, data=None, language="en", file="translations/en.po", content=None):
    data = data or making.manifest()
    data["chapters"][0]["title"] = "停电"
    data["translations"] = [{"language": language, "file": file}]
    content = po_of(texts) if content is None else content
    return making.pack(data, making.files() | {"translations/en.po": content})


def brought(tmp_path, college, packed, by=SYSTEM, **how):
    path = tmp_path / "a.zip"
    path.write_bytes(packed.getvalue())
    return import_pack(path, organisation=college, actor=by, **how)


def words(plan):
    return {
        made.language: {(role, source): text for role, source, text in made.entries}
        for made in plan.translations
    }


def taken(**how):
    with export_course(CoursePage.objects.get(), SYSTEM, **how) as out:
        return read_pack(io.BytesIO(out.read()))


def test_they_come_in_and_go_out(tmp_path, college):
    packed = pack()
    report = brought(tmp_path, college, packed)
    assert (report.state, report.problems) == ("done", [])
    (told,) = report.translations
    assert (told["language"], told["done"]) == ("en", 5)
    assert told["total"] > told["done"]
    course = CoursePage.objects.get()
    with translation.override("en"):
        assert titles_of({course.pk: "zh-Hans"})[course.pk][0] == "Working dead"
    back = taken()
    assert back.problems == []
    assert words(back) == words(read_pack(packed)) == words(taken(drafts=True))
    # The same words again: the same version, and no new release.
    report = brought(tmp_path, college, packed)
    assert report.state == "unchanged"
    assert CourseTranslation.objects.get().versions.count() == 1


def test_a_draft_brings_the_working_copy_alone(tmp_path, college):
    brought(tmp_path, college, pack(), publish=False)
    assert CourseTranslation.objects.get().current is None
    CoursePage.objects.update(live=True)
    LessonPage.objects.update(live=True)
    assert words(taken(drafts=True))["en"]["title", "停电检修"] == "Working dead"


def test_what_is_handed_in_brings_no_word_to_readers(tmp_path, college):
    person = member("editor", college)
    report = brought(tmp_path, college, pack(), by=actor(person, Role.EDITOR, college))
    assert (report.state, report.submitted) == ("done", True)
    row = CourseTranslation.objects.get()
    assert row.current is None
    assert {text.written_by for text in row.texts.all()} == {person.uuid}


def test_other_words_are_a_difference_and_no_new_release(tmp_path, college):
    first = brought(tmp_path, college, pack())
    other = ENGLISH | {"title": {"停电检修": "Isolation"}}
    row = plan_import(pack(other), name="b.zip", organisation=college, actor=SYSTEM)
    jobs.run(row.job_id)
    row.refresh_from_db()
    found = differences_of(row, ImportReport.from_json(row.report))
    assert [(one.change, one.title) for one in found] == [("changed", "译文：英语")]
    report = brought(tmp_path, college, pack(other))
    assert (report.state, report.release_number) == ("done", first.release_number)
    assert words(taken())["en"]["title", "停电检修"] == "Isolation"


def test_what_was_translated_here_besides_stays(tmp_path, college):
    brought(tmp_path, college, pack())
    less = {"title": {"停电检修": "Isolation"}}
    brought(tmp_path, college, pack(less))
    assert words(taken())["en"]["chapter", "停电"] == "Isolating"


@pytest.mark.parametrize(
    ("changes", "place", "code"),
    [
        ({"file": "translations/de.po"}, "/translations/0/file", "file_missing"),
        ({"file": "media/card.pdf"}, "/translations/0/file", "pattern"),
        ({"content": b"\xff\xfe"}, "/translations/0", "translation_broken"),
        ({"content": b'msgid "a'}, "/translations/0", "translation_broken"),
        (
            {"content": po_of(ENGLISH).replace(b"Language: en", b"Language: de")},
            "/translations/0",
            "translation_broken",
        ),
        ({"texts": {"stem": {"截面不小于___平方毫米。": "No gap"}}}, "/translations/0", "translation_fault"),
        ({"texts": {"title": {"停电检修": "x" * 300}}}, "/translations/0", "translation_fault"),
        ({"texts": {"title": {"停电检修": "a\u0007b"}}}, "/translations/0", "translation_fault"),
    ],
)
def test_what_is_wrong_with_one_refuses_the_pack(changes, place, code):
    found = read_pack(pack(**changes))
    assert [(problem.pointer, problem.code) for problem in found.problems] == [(place, code)]
    assert all(problem.message for problem in found.problems)


def test_two_of_one_language():
    data = making.manifest()
    packed = pack(data=data)
    data["translations"] *= 2
    packed = making.pack(data, making.files() | {"translations/en.po": po_of(ENGLISH)})
    assert [problem.code for problem in read_pack(packed).problems] == ["translation_twice"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"language": "tlh"}, "translation_language"),
        ({"language": "zh-hans"}, "translation_language"),
        ({"texts": ENGLISH | {"lesson": {"没有这一课": "No such lesson"}}}, "translation_unknown"),
    ],
)
def test_what_does_not_come_in_is_named(tmp_path, college, changes, code):
    report = brought(tmp_path, college, pack(**changes))
    assert report.state == "done"
    (told,) = [problem for problem in report.warnings if problem.code.startswith("translation")]
    assert told.code == code
    assert told.message


def test_words_that_spoil_a_question_are_kept_and_not_published(tmp_path, college):
    spoilt = ENGLISH | {"option": {"验电": "Same", "回家": "Same"}}
    refused = brought(tmp_path, college, pack(spoilt))
    assert refused.state == "refused"
    assert [problem.code for problem in refused.problems] == ["translation_spoils"]
    assert not CoursePage.objects.exists()
    report = brought(tmp_path, college, pack(spoilt), publish=False)
    assert report.state == "done"
    assert [problem.code for problem in report.warnings] == ["translation_spoils"]


def test_the_plan_names_them(client, college, editor):
    row = plan_import(pack(), name="a.zip", organisation=college, actor=actor(editor, Role.EDITOR, college))
    jobs.run(row.job_id)
    page = client.get(reverse("courses_pack_import", args=[row.uuid])).content.decode()
    assert "译文：英语" in page
    out = client.get(f"/api/v1/packs/{row.uuid}").json()
    assert [(one["language"], one["done"]) for one in out["translations"]] == [("en", 5)]
