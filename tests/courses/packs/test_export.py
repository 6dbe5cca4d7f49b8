"""A course taken away as a native pack and brought back: nothing is lost on the way."""

import io
import json
import re
import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from courses.activities.api import ContentPackage
from courses.activities.files import folder
from courses.h5p.files import store
from courses.models import (
    ChapterPage,
    CourseDocument,
    CourseImage,
    CoursePage,
    CourseVideo,
    H5PContent,
    LessonPage,
    Question,
)
from courses.packs.api import export_cartridge, export_course, import_pack
from courses.packs.contents import contents_of
from courses.packs.native import read_pack
from courses.packs.plan import ImageBlock
from courses.packs.translated import said_in
from courses.packs.waiting_exports import KEPT, sweep_exports
from courses.translations.po import written
from courses.translations.rules import Part, digest
from lms.accounts.api import Role, require_role, staff_group
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from tests.courses.activities import making as activities
from tests.courses.packs import making, table
from tests.examples import examples
from tests.factories.accounts import MembershipFactory, OrganisationFactory, member
from tests.factories.courses import question, released_course

pytestmark = [pytest.mark.django_db, pytest.mark.long]
SYSTEM = Actor.system("test")


def brought(tmp_path, college, manifest=None, name="a.zip", packed=None):
    path = tmp_path / name
    path.write_bytes((packed or making.pack(manifest)).getvalue())
    report = import_pack(path, organisation=college, actor=SYSTEM)
    assert report.problems == []
    return report


def taken(course=None, **how):
    with export_course(course or CoursePage.objects.get(), SYSTEM, **how) as pack:
        return pack.read()


def said(plan):
    """What a plan says, whatever its files are called."""
    course = {**vars(plan.course), "cover": bool(plan.course.cover)}
    # One without a word is none.
    words = {made.language: frozenset(made.entries) for made in plan.translations if made.entries}
    return (
        course,
        contents_of(plan),
        {id_: question.as_json() for id_, question in plan.questions.items()},
        words,
    )


def worded(pack, data, chosen):
    """The pack with a translation of those of its texts that `chosen` picks, and of every answer that is typed."""
    plan = read_pack(pack)
    if plan.problems:
        return pack
    texts = said_in(plan, plan.course).texts.values()
    picked = [one for one in texts if one.role == "accepted" or chosen(one)]
    # Before each word that is a run's own: what marks it up, its blanks and its answers stay as they are.
    look = {one.digest: " | ".join(f"W7q {part}" for part in one.source.split(" | ")) for one in picked}
    content = written(
        [Part("", "", tuple(picked))],
        lambda role, source: look.get(digest(role, source)),
        course=data["code"],
        source_language=data["language"],
        language="en",
    )
    data = data | {"translations": [{"language": "en", "file": "translations/en.po"}]}
    return making.pack(data, making.files() | {"translations/en.po": content})


def test_there_and_back_nothing_is_lost(tmp_path, college):
    every = making.with_order(making.with_pairs(making.with_number()))
    brought(tmp_path, college, every)
    pack = taken()
    before, after = read_pack(making.pack(every)), read_pack(io.BytesIO(pack))
    assert after.problems == []
    assert said(after) == said(before)
    table.shown("native_out", table.of_plan(after))
    assert taken() == pack
    # The same course again is the same course: no new release.
    (tmp_path / "b.zip").write_bytes(pack)
    report = import_pack(tmp_path / "b.zip", organisation=college, actor=SYSTEM)
    assert (report.state, report.release_number) == ("done", 1)
    (tmp_path / "c.zip").write_bytes(taken())
    assert import_pack(tmp_path / "c.zip", organisation=college, actor=SYSTEM).state == "unchanged"


LINE = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)
WORDS = st.lists(LINE, min_size=1, max_size=5).map(" ".join)
QUESTIONS = st.lists(
    st.tuples(WORDS, st.lists(LINE, min_size=2, max_size=5, unique=True), st.integers(1, 5), WORDS),
    min_size=1,
    max_size=4,
)


DIGITS = st.from_regex(r"\A[0-9]{1,20}(\.[0-9]{1,20})?\Z")
NUMBERS = st.lists(
    st.tuples(WORDS, st.lists(st.tuples(DIGITS | DIGITS.map("-{}".format), DIGITS), min_size=1, max_size=3)),
    max_size=2,
)


PAIRS = st.lists(
    st.tuples(
        WORDS,
        st.lists(LINE, min_size=2, max_size=5, unique=True),
        st.lists(st.tuples(LINE, st.integers(0, 4)), min_size=2, max_size=5, unique_by=lambda pair: pair[0]),
    ),
    max_size=2,
)


ORDERS = st.lists(st.tuples(WORDS, st.lists(LINE, min_size=2, max_size=5, unique=True)), max_size=2)


@given(st.data())
@settings(
    max_examples=examples(8),
    suppress_health_check=list(HealthCheck),
)
def test_any_course_comes_back_equal(tmp_path_factory, db, data):
    questions = [
        {
            "id": f"q{n}",
            "kind": "single",
            "stem": stem,
            "options": [{"id": f"o{m}", "text": text} for m, text in enumerate(options)],
            "answer": ["o0"],
            "points": points,
            "explanation": why,
        }
        for n, (stem, options, points, why) in enumerate(data.draw(QUESTIONS))
    ]
    questions += [
        {"id": f"n{n}", "kind": "numeric", "stem": stem, "answer": [list(pair) for pair in accepted]}
        for n, (stem, accepted) in enumerate(data.draw(NUMBERS))
    ]
    questions += [
        {
            "id": f"m{n}",
            "kind": "matching",
            "stem": stem,
            "options": [{"id": f"o{m}", "text": text} for m, text in enumerate(options)],
            "answer": [
                {"id": f"p{m}", "text": prompt, "option": f"o{place % len(options)}"}
                for m, (prompt, place) in enumerate(pairs)
            ],
        }
        for n, (stem, options, pairs) in enumerate(data.draw(PAIRS))
    ]
    questions += [
        {
            "id": f"r{n}",
            "kind": "ordering",
            "stem": stem,
            "options": [{"id": f"o{m}", "text": text} for m, text in enumerate(steps)],
            "answer": [f"o{m}" for m in data.draw(st.permutations(range(len(steps))))],
        }
        for n, (stem, steps) in enumerate(data.draw(ORDERS))
    ]
    used = making.manifest()
    chapters = [
        {
            "title": data.draw(WORDS),
            "lessons": [
                {
                    "key": f"l{n}-{m}",
                    "title": data.draw(WORDS),
                    "blocks": [
                        {"type": "text", "html": f"<p>{'安全' * 300}</p><table><tr><td>表</td></tr></table>"},
                        {
                            "type": "text",
                            "html": f"<h2>题</h2><p>{data.draw(st.sampled_from(['一', '<b>二</b>', '&lt;x&gt;']))}</p>",
                        },
                        *data.draw(st.permutations(used["chapters"][0]["lessons"][0]["blocks"]))[:2],
                        {
                            "type": "quiz",
                            "title": "测验",
                            "pass_percent": 60,
                            "questions": [q["id"] for q in questions],
                        },
                    ],
                }
                for m in range(data.draw(st.integers(1, 3)))
            ],
        }
        for n in range(data.draw(st.integers(1, 2)))
    ]
    bank = questions + [q for q in used["question_bank"] if q["id"] not in {one["id"] for one in questions}]
    manifest = making.manifest(question_bank=bank, chapters=chapters, title=data.draw(WORDS))
    packed = worded(making.pack(manifest), manifest, lambda one: data.draw(st.booleans()))
    before = read_pack(packed)
    if before.problems:
        return
    with transaction.atomic():
        report = brought(tmp_path_factory.mktemp("export"), OrganisationFactory(), packed=packed)
        after = read_pack(io.BytesIO(taken(CoursePage.objects.get(uuid=report.course))))
        transaction.set_rollback(True)
    assert after.problems == []
    assert said(after) == said(before)


def test_a_draft_goes_only_when_asked_for(tmp_path, college):
    brought(tmp_path, college)
    lesson = LessonPage.objects.first()
    lesson.title = "新的名字"
    lesson.save_revision()
    assert "新的名字".encode() not in json_of(taken())
    assert "新的名字".encode() in json_of(taken(drafts=True))


def test_a_draft_whose_cover_was_deleted_goes_without_it(tmp_path, college):
    brought(tmp_path, college)
    course = CoursePage.objects.get()
    assert "cover" in json.loads(json_of(taken(drafts=True)))
    course.save_revision()
    CourseImage.objects.get(pk=course.cover_id).delete()
    assert "cover" not in json.loads(json_of(taken(drafts=True)))


def test_every_picture_that_staff_may_upload_goes_along(tmp_path, college):
    """There and back: the admin takes the same kinds of pictures as a pack."""
    brought(tmp_path, college)
    lesson = LessonPage.objects.get(key="one")
    body = lesson.body.get_prep_value()
    for kind in ("png", "jpeg", "gif", "webp", "avif"):
        out = io.BytesIO()
        Image.new("RGB", (8, 6), "white").save(out, kind.upper())
        file = ContentFile(out.getvalue(), name=f"a.{kind}")
        image = CourseImage.objects.create(title=kind, file=file, width=8, height=6)
        body.append({"type": "image", "value": {"image": image.pk, "alt": kind}, "id": str(uuid4())})
    lesson.body = json.dumps(body)
    lesson.save()
    plan = read_pack(io.BytesIO(taken()))
    assert plan.problems == []
    shown = [plan.media[block.file] for block in plan.blocks if isinstance(block, ImageBlock)][1:]
    assert [(file.kind, file.width, file.height) for file in shown] == [
        (kind, 8, 6) for kind in ("png", "jpeg", "gif", "webp", "avif")
    ]


def test_what_is_taken_out_does_not_come_back(tmp_path, college):
    """A lesson that the next release leaves out is in no pack, neither of the drafts nor, once that was published, of what is
    live; the same of what stands below a chapter that is left out."""
    brought(
        tmp_path, college, making.manifest(rule={"min_coverage_percent": 90, "quizzes": "none"}, centihours=1)
    )
    lesson, chapter = LessonPage.objects.get(key="two"), ChapterPage.objects.get(title="第二章")
    for page in (lesson, chapter):
        page.withdrawn = True
        page.save_revision()
    assert keys_of(taken()) == ["one", "two", "quiz"]
    assert keys_of(taken(drafts=True)) == ["one"]
    for page in (lesson, chapter):
        page.get_latest_revision().publish()
    assert keys_of(taken()) == ["one"]


def test_what_others_have_goes_in_no_pack(tmp_path, college):
    """Whatever brought it into a draft: questions come with their answers."""
    brought(tmp_path, college)
    lesson, course = LessonPage.objects.get(key="one"), CoursePage.objects.get()
    theirs = OrganisationFactory(code="theirs")
    asked = question(released_course(provider=theirs).course, stem="别家的题")
    there = CourseVideo.objects.get(), H5PContent.objects.get()
    for row in there:
        row.organisation = theirs
        row.save()
    block = {"type": "quiz", "id": str(uuid4())}
    block["value"] = {"title": "别家的测验", "pass_percent": 60, "minutes": None, "questions": [asked.pk]}
    lesson.body = json.dumps([*lesson.body.get_prep_value(), block])
    lesson.save_revision()
    lost = []
    editor = require_role(member("editor", college), Role.EDITOR, organisation=college)
    with export_course(course, editor, drafts=True, lost=lost) as made:
        pack = made.read()
    assert [(item.title, item.reason.code) for item in lost] == [
        ("停电", "out_others"),
        ("停电", "out_others"),
        ("验电", "out_others"),
    ]
    assert "别家的题".encode() not in json_of(pack)
    with zipfile.ZipFile(io.BytesIO(pack)) as made:
        assert not [name for name in made.namelist() if name.endswith((".mp4", ".vtt", ".h5p"))]
    # Whoever works for both has both.
    both = member("editor", college)
    MembershipFactory(user=both, organisation=theirs, role="teacher")
    lost.clear()
    with export_course(course, require_role(both, Role.EDITOR, organisation=college), drafts=True, lost=lost):
        assert len(lost) == 1


def test_what_no_pack_can_hold_is_named(client, tmp_path, college):
    brought(tmp_path, college)
    lesson, empty = LessonPage.objects.get(key="two"), LessonPage.objects.get(key="quiz")
    tool = {"tool": str(uuid4()), "title": "虚拟实验室", "url": "", "details": "{}"}
    lesson.body = json.dumps(
        [*lesson.body.get_prep_value(), {"type": "lti", "value": tool, "id": str(uuid4())}]
    )
    lesson.save()
    empty.body = "[]"
    empty.save()
    CoursePage.objects.update(quiz_rule="none")
    lost = []
    pack = taken(lost=lost)
    assert [(item.title, item.reason.code) for item in lost] == [
        ("验电", "out_tool"),
        ("测验", "out_empty_lesson"),
        ("第二章", "out_empty_chapter"),
    ]
    assert "虚拟实验室".encode() in json_of(pack)
    err = io.StringIO()
    call_command("export_pack", "test-course", str(tmp_path / "out.zip"), stderr=err)
    assert "虚拟实验室" in err.getvalue()
    user = member("editor", college)
    user.groups.add(staff_group())
    client.force_login(user)
    page = reverse("courses_pack_export", args=[CoursePage.objects.get().uuid])
    told = client.get(page).content.decode()
    assert "虚拟实验室" in told
    assert "第二章" in told
    ticket = ticket_of(told)
    # What is taken is what the page spoke of, whatever became of the course since; it was written once.
    lesson.body = "[]"
    lesson.save()
    answer = client.get(page, {"take": ticket})
    assert (answer["X-Left-Out"], b"".join(answer.streaming_content)) == ("3", pack)
    assert AuditRow.objects.filter(action="course.export").count() == 3


def ticket_of(page):
    return re.search(r'name="take"\s+value="([^"]+)"', page)[1]


def test_a_file_that_waits_is_its_makers_and_for_an_hour(client, tmp_path, college, settings):
    settings.HOME = tmp_path
    brought(tmp_path, college)
    course, users = CoursePage.objects.get(), [member("editor", college), member("editor", college)]
    page, tickets = reverse("courses_pack_export", args=[course.uuid]), []
    waiting = tmp_path / "private" / "exports"

    def asked(**query):
        answer = client.get(page, {"format": "cartridge", **query})
        return answer, b"".join(answer.streaming_content) if answer.streaming else answer.content.decode()

    for user in users:
        user.groups.add(staff_group())
        client.force_login(user)
        tickets += [ticket_of(asked()[1]), ticket_of(asked()[1])]
    # The second of the same person takes the first one's place.
    assert len([path for path in waiting.rglob("*") if path.is_file()]) == 2
    for ticket in (tickets[1], tickets[2], tickets[3] + "x", "1"):
        answer, content = asked(take=ticket)
        assert "Content-Disposition" not in answer
        assert "已经过期" in content
    assert zipfile.is_zipfile(io.BytesIO(asked(take=ticket_of(asked()[1]))[1]))
    last = ticket_of(asked()[1])
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=61), tick=False):
        assert "已经过期" in asked(take=last)[1]
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=3), tick=False):
        assert sweep_exports() == 2
    assert list(waiting.iterdir()) == []


def test_files_that_wait_are_swept_as_often_as_they_are_kept(tmp_path, settings):
    settings.HOME = tmp_path
    (sweep,) = (
        one for one in settings.CELERY_BEAT_SCHEDULE.values() if one["task"] == "courses.packs.sweep_plans"
    )
    assert sweep["schedule"] <= KEPT.total_seconds()
    # One that goes between the list and the look at it (a link to nothing is listed, and is not there) stops nothing.
    for number in "12":
        (tmp_path / "private" / "exports" / number).mkdir(parents=True)
        (tmp_path / "private" / "exports" / number / "a").symlink_to(tmp_path / "gone")
        (tmp_path / "private" / "exports" / number / "b").write_bytes(b"x")
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2), tick=False):
        assert sweep_exports() == 2


@pytest.mark.parametrize("where", ["row", "file"])
def test_what_was_deleted_since_is_named_and_the_rest_goes(tmp_path, college, where):
    brought(tmp_path, college)
    for page in (CoursePage.objects.get(), *LessonPage.objects.all()):
        page.save_revision()
    video, document = CourseVideo.objects.get(), CourseDocument.objects.get()
    things = [*CourseImage.objects.all(), video, document, H5PContent.objects.get()]
    if where == "row":
        for thing in things:
            thing.delete()
        Question.objects.filter(key="q1").delete()
    else:
        for thing in things[:-1]:
            thing.file.storage.delete(thing.file.name)
        video.captions.get().file.storage.delete(video.captions.get().file.name)
    lost = []
    manifest = json.loads(json_of(taken(drafts=True, lost=lost)))
    said = {(item.title, item.reason.params["what"]) for item in lost if item.reason.code == "out_gone"}
    assert {("停电检修", "封面"), ("停电", "图片"), ("停电", "视频"), ("验电", "附件")} <= said
    assert (("验电", "H5P 互动") in said, ("测验", "1 道题目") in said) == (where == "row", where == "row")
    blocks = [block for lesson in manifest["chapters"][0]["lessons"] for block in lesson["blocks"]]
    kinds = [block["type"] for block in blocks]
    assert kinds == (["text", "text"] if where == "row" else ["text", "text", "h5p"])
    assert "cover" not in manifest


def test_what_is_gone_is_named_at_each_place_that_shows_it(tmp_path, college):
    manifest = making.manifest()
    shown = manifest["chapters"][0]["lessons"][1]["blocks"]
    exercise = next(block for block in shown if block["type"] == "h5p")
    part = {"type": "package", "file": "packages/x.zip", "minutes": 1}
    shown += [{**exercise, "title": "再填空"}]
    shown += [{**part, "part": id_, "title": title} for id_, title in (("i1", "课件一"), ("i2", "课件二"))]
    files = making.files() | {"packages/x.zip": activities.simple("3rd")}
    brought(tmp_path, college, packed=making.pack(manifest, files))
    shutil.rmtree(store().content_folder(str(H5PContent.objects.get().uuid)))
    shutil.rmtree(folder(ContentPackage.objects.get().uuid))
    lost = []
    kept = json.loads(json_of(taken(lost=lost)))["chapters"][0]["lessons"][1]["blocks"]
    assert [block["type"] for block in kept] == ["text", "file"]
    gone = [item.reason.params["name"] for item in lost if item.reason.code == "out_gone"]
    assert gone == ["填空", "再填空", "课件一", "课件二"]


@pytest.mark.parametrize("said", ["yes", "no"])
def test_whether_a_film_may_be_taken_along_travels(tmp_path, college, said):
    manifest = making.manifest()
    manifest["chapters"][0]["lessons"][0]["blocks"][2]["offline"] = said
    brought(tmp_path, college, manifest)
    assert CourseVideo.objects.get().offline == said
    back = read_pack(io.BytesIO(taken()))
    assert [block.offline for block in back.blocks if block.type == "video"] == [said]
    cartridge, lost = export_cartridge(CoursePage.objects.get(), SYSTEM)
    cartridge.close()
    assert "能否下载离线学习" in " ".join(item.reason.message for item in lost)


def keys_of(pack):
    return [
        lesson["key"] for chapter in json.loads(json_of(pack))["chapters"] for lesson in chapter["lessons"]
    ]


def json_of(pack):
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        return archive.read("manifest.json")


def test_what_the_format_cannot_say_is_named(tmp_path, college):
    brought(tmp_path, college)
    CoursePage.objects.update(kind="public", theme="")
    with pytest.raises(CommandError, match="theme"):
        call_command("export_pack", "test-course", str(tmp_path / "out.zip"))
    with pytest.raises(CommandError, match="没有代码"):
        call_command("export_pack", "nobody", str(tmp_path / "out.zip"))


def test_who_may_take_it_away(client, tmp_path, college):
    brought(tmp_path, college)
    course = CoursePage.objects.get()
    page, api = reverse("courses_pack_export", args=[course.uuid]), f"/api/v1/packs/export/{course.uuid}"
    editor, stranger = member("editor", college), member("editor", OrganisationFactory())
    for user in (editor, stranger):
        user.groups.add(staff_group())
    client.force_login(editor)
    assert "导出课程包" in client.get(reverse("wagtailadmin_explore", args=[course.pk])).content.decode()
    for address in (page, api):
        answer = client.get(address)
        assert answer["Content-Disposition"] == 'attachment; filename="test-course.zip"'
        assert read_pack(io.BytesIO(b"".join(answer.streaming_content))).problems == []
    # What a cartridge leaves out is said before it is taken.
    said = client.get(page, {"format": "cartridge"})
    assert "完成规则" in said.content.decode()
    cartridge = client.get(page, {"format": "cartridge", "take": ticket_of(said.content.decode())})
    assert cartridge["Content-Disposition"] == 'attachment; filename="test-course.imscc"'
    with zipfile.ZipFile(io.BytesIO(b"".join(cartridge.streaming_content))) as archive:
        assert "imsmanifest.xml" in archive.namelist()
    call_command("export_pack", "test-course", str(tmp_path / "out.imscc"), cartridge=True)
    client.force_login(stranger)
    assert client.get(page).status_code == 404
    assert client.get(api).status_code in (403, 404)
    client.logout()
    assert client.get(api).status_code == 401
