"""Importing: all or nothing, recognised when it comes again, a new release when it has changed."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from wagtail.signals import page_published

from courses.demo.load import load_catalogue
from courses.media.models import VideoLadder
from courses.models import (
    ChapterPage,
    CourseDocument,
    CourseImage,
    CoursePage,
    CourseVideo,
    H5PContent,
    LessonPage,
    OneStepPublishing,
    PackImport,
    Question,
    Release,
)
from courses.packs.handing_in import cancel_import, start_import
from courses.packs.kept import incoming
from courses.packs.report import ImportReport, State
from courses.packs.services import import_pack
from courses.review.queries import drafts_of
from courses.review.services import copy, publish
from lms.accounts.api import Role, require_role
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now
from lms.lib.errors import Invalid, NotAllowed, TooMany
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from lms.lib.outbox.models import OutboxEvent
from tests.courses.packs import making
from tests.factories.accounts import OrganisationFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.long]
SYSTEM = Actor.system("tests")


@pytest.fixture
def college():
    return OrganisationFactory(code="shkd")


def stored():
    """Every file that stands in the media folder and in the H5P store's contents."""
    roots = [Path(settings.MEDIA_ROOT), Path(settings.H5P_ROOT) / "contents"]
    return sorted(str(path) for root in roots if root.exists() for path in root.rglob("*") if path.is_file())


def counts():
    models = (
        CoursePage,
        ChapterPage,
        LessonPage,
        Question,
        CourseImage,
        CourseVideo,
        CourseDocument,
        Release,
    )
    return [model.objects.count() for model in models]


def drafted():
    """The lessons that handing the course in would publish."""
    return [lesson.key for lesson in drafts_of(CoursePage.objects.get()).lessons]


def keys_of_release(release):
    return [lesson.key for lesson in release.lessons.all()]


class TestFirst:
    def test_makes_the_pages_and_cuts_one_release(self, tmp_path, college):
        editor = member("editor", college)
        OneStepPublishing.objects.create(organisation=college, since="2026-01-01", reason="试点机构")
        actor = require_role(editor, Role.EDITOR, organisation=college)
        path = making.written(tmp_path / "a.zip")
        report = import_pack(path, organisation=college, actor=actor)
        assert report.state == State.DONE
        assert report.counts == {
            "chapters": 2,
            "lessons": 3,
            "questions": 4,
            "quizzes": 1,
            "images": 1,
            "videos": 1,
            "h5p": 1,
            "packages": 0,
            "files": 1,
        }
        course = CoursePage.objects.get(code="test-course")
        assert course.live
        assert (course.provider, course.owner) == (college, editor)
        assert course.slug == "test-course"
        assert [outcome.text for outcome in course.outcomes.all()] == ["说出四步"]
        assert course.cover.width == 4
        release = Release.objects.get()
        assert (release.number, release.lesson_count, report.release_number) == (1, 3, 1)
        one, two, quiz = release.lessons.all()
        assert [one.key, two.key, quiz.key] == ["one", "two", "quiz"]
        assert [block["type"] for block in one.blocks] == ["text", "image", "video"]
        assert one.blocks[2]["value"]["captions"][0]["lang"] == "zh-Hans"
        assert one.blocks[2]["nominal_ms"] == 2000
        assert [block["type"] for block in two.blocks] == ["text", "h5p", "file"]
        assert two.blocks[1]["value"]["content"] == str(H5PContent.objects.get().uuid)
        assert quiz.blocks[0]["value"]["questions"][2]["options"][0] == {"id": "true", "text": "正确"}
        assert LessonPage.objects.get(key="one").body[0].block_type == "text"
        assert LessonPage.objects.get(key="two").body[0].block_type == "html"

    def test_has_the_sizes_of_its_films_made(self, tmp_path, college):
        import_pack(making.written(tmp_path / "a.zip"), organisation=college, actor=SYSTEM)
        assert not VideoLadder.objects.exists()
        jobs.run(Job.objects.get(kind="courses.films_of_pack").pk)
        assert VideoLadder.objects.get().video == CourseVideo.objects.get()

    def test_leaves_a_row_an_audit_row_and_one_event(self, tmp_path, college):
        import_pack(making.written(tmp_path / "a.zip"), organisation=college, actor=SYSTEM)
        row = PackImport.objects.get()
        assert (row.state, row.course.code, row.file_name) == (State.DONE, "test-course", "a.zip")
        assert AuditRow.objects.filter(action="course.import", target=row.course.uuid).count() == 1
        assert OutboxEvent.objects.filter(kind="course.published").count() == 1
        assert ImportReport.from_json(json.loads(json.dumps(row.report))).state == "done"

    def test_the_pages_can_be_edited_and_published_again(self, tmp_path, college):
        import_pack(making.written(tmp_path / "a.zip"), organisation=college, actor=SYSTEM)
        lesson = LessonPage.objects.get(key="one")
        assert lesson.get_latest_revision_as_object().body == lesson.body
        lesson.title = "停电（修订）"
        lesson.save_revision().publish()
        assert Release.objects.count() == 2

    def test_as_drafts_nothing_is_live(self, tmp_path, college):
        path = making.written(tmp_path / "a.zip")
        report = import_pack(path, organisation=college, actor=SYSTEM, publish=False)
        assert report.state == State.DONE
        assert not CoursePage.objects.get().live
        assert not LessonPage.objects.filter(live=True).exists()
        assert not Release.objects.exists()
        # The same bytes, now to be published, are not "unchanged".
        assert import_pack(path, organisation=college, actor=SYSTEM).release_number == 1
        assert CoursePage.objects.get().live


class TestAgain:
    def test_the_same_content_is_recognised(self, tmp_path, college):
        path = making.written(tmp_path / "a.zip")
        first = import_pack(path, organisation=college, actor=SYSTEM)
        before, files = counts(), stored()
        again = import_pack(path, organisation=college, actor=SYSTEM)
        third = import_pack(path, organisation=college, actor=SYSTEM)
        assert (again.state, third.state) == (State.UNCHANGED, State.UNCHANGED)
        assert again.release == first.release
        assert (counts(), stored()) == (before, files)

    def test_other_content_is_a_new_release_of_the_same_pages(self, tmp_path, college):
        import_pack(making.written(tmp_path / "a.zip"), organisation=college, actor=SYSTEM)
        pages = {lesson.key: lesson.pk for lesson in LessonPage.objects.all()}
        blocks = [block["id"] for block in Release.objects.get().lessons.first().blocks]
        data = making.manifest(title="停电检修（第二版）")
        data["question_bank"][0]["stem"] = "第一步做什么？"
        data["chapters"][0]["lessons"][0]["title"] = "先停电"
        report = import_pack(making.written(tmp_path / "b.zip", data), organisation=college, actor=SYSTEM)
        assert (report.state, report.release_number) == (State.DONE, 2)
        assert CoursePage.objects.get().title == "停电检修（第二版）"
        assert {lesson.key: lesson.pk for lesson in LessonPage.objects.all()} == pages
        newest = Release.objects.order_by("-number").first()
        assert newest.lessons.first().title == "先停电"
        assert [block["id"] for block in newest.lessons.first().blocks] == blocks
        assert Release.objects.get(number=1).lessons.first().title == "停电"
        assert Question.objects.filter(stem="第一步做什么？").count() == 1
        # Pictures and films that did not change are used again, not stored twice.
        assert (CourseImage.objects.count(), CourseVideo.objects.count(), H5PContent.objects.count()) == (
            2,
            1,
            1,
        )

    def test_moved_new_and_missing_lessons(self, tmp_path, college):
        import_pack(making.written(tmp_path / "a.zip"), organisation=college, actor=SYSTEM)
        data = making.manifest()
        first, second = data["chapters"]
        moved = first["lessons"].pop(0)
        gone = first["lessons"].pop(0)
        new = {"key": "new", "title": "新课时", "blocks": [{"type": "text", "html": making.TEXT}]}
        first["lessons"] = [new]
        second["lessons"].append(moved)
        data["chapters"] = [second, first]
        members = {
            name: body for name, body in making.files().items() if not name.startswith(("h5p/", "media/card"))
        }
        path = making.written(tmp_path / "b.zip", data, members)
        report = import_pack(path, organisation=college, actor=SYSTEM)
        assert report.state == State.DONE, [str(problem) for problem in report.problems]
        assert report.retired == [gone["title"]]
        release = Release.objects.get(number=2)
        assert [(lesson.chapter_title, lesson.key) for lesson in release.lessons.all()] == [
            ("第二章", "quiz"),
            ("第二章", "one"),
            ("第一章", "new"),
        ]
        assert not LessonPage.objects.get(key="two").live
        # Back with its old content: the same page lives again.
        back = import_pack(making.written(tmp_path / "c.zip"), organisation=college, actor=SYSTEM)
        assert (back.release_number, back.retired) == (3, ["新课时"])
        assert LessonPage.objects.get(key="two").live
        assert [lesson.key for lesson in Release.objects.get(number=3).lessons.all()] == [
            "one",
            "two",
            "quiz",
        ]

    def test_drafts_of_a_pack_are_what_it_holds(self, tmp_path, college):
        """Also of what was never published: what a pack that was returned in review held must not go out with the next."""
        whole, less = making.manifest(), making.manifest()
        del less["chapters"][0]["lessons"][1]
        import_pack(making.written(tmp_path / "a.zip"), organisation=college, actor=SYSTEM, publish=False)
        report = import_pack(
            making.written(tmp_path / "b.zip", less), organisation=college, actor=SYSTEM, publish=False
        )
        assert report.retired == ["验电"]
        assert drafted() == ["one", "quiz"]
        whole["title"] = "停电检修（改）"
        path = making.written(tmp_path / "c.zip", whole)
        import_pack(path, organisation=college, actor=SYSTEM, publish=False)
        assert drafted() == ["one", "two", "quiz"]

    def test_what_a_pack_took_out_at_once_stays_out_of_the_next_hand_in(self, tmp_path, college):
        less = making.manifest()
        del less["chapters"][0]["lessons"][1]
        import_pack(making.written(tmp_path / "a.zip"), organisation=college, actor=SYSTEM)
        import_pack(making.written(tmp_path / "b.zip", less), organisation=college, actor=SYSTEM)
        assert drafted() == ["one", "quiz"]
        publish(CoursePage.objects.get(), SYSTEM)
        assert keys_of_release(Release.objects.latest("number")) == ["one", "quiz"]

    def test_a_copy_has_what_the_last_draft_said(self, tmp_path, college):
        whole, less = making.manifest(), making.manifest(outcomes=["做完四步"], summary="先停电。")
        del less["chapters"][0]["lessons"][1]
        less["chapters"][0]["lessons"][0]["title"] = "停电（改）"
        for number, data in enumerate((whole, less)):
            path = making.written(tmp_path / f"{number}.zip", data)
            import_pack(path, organisation=college, actor=SYSTEM, publish=False)
        made = copy(CoursePage.objects.get(), member("editor", college), title="副本", code="fu-ben")
        assert [lesson.title for lesson in drafts_of(made).lessons] == ["停电（改）", "测验"]
        assert (made.summary, [one.text for one in made.outcomes.all()]) == ("先停电。", ["做完四步"])

    @pytest.mark.parametrize("at_once", [False, True])
    def test_a_chapter_that_a_draft_took_out_comes_back_with_its_lessons(self, tmp_path, college, at_once):
        less = making.manifest(rule={"min_coverage_percent": 90, "quizzes": "none"})
        del less["chapters"][1]
        import_pack(making.written(tmp_path / "a.zip"), organisation=college, actor=SYSTEM)
        import_pack(
            making.written(tmp_path / "b.zip", less), organisation=college, actor=SYSTEM, publish=False
        )
        assert drafted() == ["one", "two"]
        path = making.written(tmp_path / "c.zip", making.manifest(title="停电检修（改）"))
        import_pack(path, organisation=college, actor=SYSTEM, publish=at_once)
        assert drafted() == ["one", "two", "quiz"]
        publish(CoursePage.objects.get(), SYSTEM)
        assert keys_of_release(Release.objects.latest("number")) == ["one", "two", "quiz"]

    def test_a_chapter_that_a_draft_renamed_has_its_name_again(self, tmp_path, college):
        import_pack(making.written(tmp_path / "a.zip"), organisation=college, actor=SYSTEM)
        chapter = ChapterPage.objects.get(title="第二章")
        chapter.title = "别的名字"
        chapter.save_revision()
        path = making.written(tmp_path / "b.zip", making.manifest(title="停电检修（改）"))
        import_pack(path, organisation=college, actor=SYSTEM, publish=False)
        assert [page.title for page in drafts_of(CoursePage.objects.get()).chapters] == ["第一章", "第二章"]


class TestRefused:
    def test_a_broken_pack_writes_nothing_but_its_report(self, tmp_path, college):
        data = making.manifest(title="")
        data["question_bank"][0]["answer"] = ["z"]
        before = counts()
        report = import_pack(making.written(tmp_path / "a.zip", data), organisation=college, actor=SYSTEM)
        assert report.state == State.REFUSED
        assert {problem.code for problem in report.problems} == {"too_short", "answer_unknown"}
        assert (counts(), stored()) == (before, [])
        assert PackImport.objects.get().state == State.REFUSED

    def test_more_hours_than_the_content_holds(self, tmp_path, college):
        path = making.written(tmp_path / "a.zip", making.manifest(centihours=500))
        report = import_pack(path, organisation=college, actor=SYSTEM)
        assert [problem.code for problem in report.problems] == ["hours_high"]
        assert "5 学时" in str(report.problems[0])
        assert not CoursePage.objects.exists()

    def test_the_code_of_another_organisation(self, tmp_path, college):
        path = making.written(tmp_path / "a.zip")
        import_pack(path, organisation=college, actor=SYSTEM)
        report = import_pack(path, organisation=OrganisationFactory(), actor=SYSTEM)
        assert [problem.code for problem in report.problems] == ["code_taken"]
        assert Release.objects.count() == 1

    def test_a_course_whose_day_is_to_come_is_not_published_around_it(self, tmp_path, college):
        import_pack(making.written(tmp_path / "a.zip"), organisation=college, actor=SYSTEM, publish=False)
        CoursePage.objects.update(go_live_at=now() + timedelta(days=3))
        path = making.written(tmp_path / "b.zip", making.manifest(title="停电检修（改）"))
        report = import_pack(path, organisation=college, actor=SYSTEM)
        assert [problem.code for problem in report.problems] == ["refused"]
        assert "日期" in str(report.problems[0])
        assert not Release.objects.exists()
        assert not LessonPage.objects.filter(live=True).exists()
        assert import_pack(path, organisation=college, actor=SYSTEM, publish=False).state == State.DONE

    def test_only_editors_of_the_organisation(self, tmp_path, college):
        path = making.written(tmp_path / "a.zip")
        other = member("editor")
        for actor in (
            require_role(other, Role.EDITOR),
            Actor(person=other.uuid, role="teacher", body="shkd", user_id=other.pk),
        ):
            with pytest.raises(NotAllowed):
                import_pack(path, organisation=college, actor=actor)
        assert not PackImport.objects.exists()

    def test_a_file_that_is_not_there(self, tmp_path, college):
        with pytest.raises(Invalid, match="没有这个文件"):
            import_pack(tmp_path / "none.zip", organisation=college, actor=SYSTEM)


class TestAllOrNothing:
    def fail_on(self, key):
        def fail(sender, instance, **kwargs):
            if getattr(instance, "key", "") == key:
                raise OSError("the disk is full")

        return fail

    def test_a_failure_in_the_middle_leaves_nothing(self, tmp_path, college):
        path = making.written(tmp_path / "a.zip")
        fail = self.fail_on("quiz")
        before = counts()
        page_published.connect(fail)
        try:
            with pytest.raises(OSError, match="the disk is full"):
                import_pack(path, organisation=college, actor=SYSTEM)
        finally:
            page_published.disconnect(fail)
        assert counts() == before
        assert not H5PContent.objects.exists()
        assert not [name for name in stored() if "/media/" in name]
        assert import_pack(path, organisation=college, actor=SYSTEM).state == State.DONE

    def test_a_failed_renewal_leaves_the_course_as_it_was(self, tmp_path, college):
        import_pack(making.written(tmp_path / "a.zip"), organisation=college, actor=SYSTEM)
        before, files = counts(), stored()
        data = making.manifest(title="第二版")
        members = making.files() | {
            "media/a.svg": making.SVG.replace(b"H40", b"H30"),
            "h5p/x.h5p": making.h5p("上海"),
        }
        fail = self.fail_on("quiz")
        page_published.connect(fail)
        try:
            with pytest.raises(OSError, match="the disk is full"):
                import_pack(
                    making.written(tmp_path / "b.zip", data, members), organisation=college, actor=SYSTEM
                )
        finally:
            page_published.disconnect(fail)
        assert counts() == before
        assert H5PContent.objects.count() == 1
        assert [name for name in stored() if "/media/" in name] == [
            name for name in files if "/media/" in name
        ]
        assert CoursePage.objects.get().title == "停电检修"


class TestJob:
    def start(self, college, data=None, **options):
        editor = member("editor", college)
        actor = require_role(editor, Role.EDITOR, organisation=college)
        return start_import(making.pack(data), name="课程.zip", organisation=college, actor=actor, **options)

    def run(self, row):
        jobs.run(row.job_id)
        row.refresh_from_db()
        row.job.refresh_from_db()

    def test_an_upload_waits_outside_the_public_media_and_is_imported(self, college):
        row = self.start(college)
        assert (row.state, row.job.state) == (State.QUEUED, Job.State.QUEUED)
        kept = incoming(row.uuid)
        assert kept.exists()
        assert Path(settings.MEDIA_ROOT) not in kept.parents
        assert oct(kept.stat().st_mode & 0o777) == "0o600"
        self.run(row)
        assert (row.state, row.job.state) == (State.DONE, Job.State.DONE)
        assert row.job.progress_done == row.job.progress_total > 3
        assert not kept.exists()
        assert row.course.owner.uuid == row.job.person

    def test_a_refused_pack_fails_the_job_with_a_sentence(self, college):
        row = self.start(college, making.manifest(title=""))
        self.run(row)
        assert (row.state, row.job.state) == (State.REFUSED, Job.State.FAILED)
        assert row.job.message == "内容不能为空，至少 1 个字。"
        assert not incoming(row.uuid).exists()

    def test_begun_again_after_a_crash_it_does_not_double(self, college):
        row = self.start(college)
        # What a worker killed in the middle leaves behind: a claimed job, and files of its folder.
        leftover = Path(settings.MEDIA_ROOT) / "packs" / str(row.uuid) / "half.png"
        leftover.parent.mkdir(parents=True)
        leftover.write_bytes(b"x")
        PackImport.objects.filter(pk=row.pk).update(state=State.RUNNING)
        self.run(row)
        assert row.state == State.DONE
        assert not leftover.exists()
        assert CoursePage.objects.count() == 1

    def test_killed_after_its_commit_it_keeps_what_it_stored(self, college):
        row = self.start(college)
        self.run(row)
        files = stored()
        assert files
        # The worker died before it could end the job: its lease runs out and the job is begun again.
        Job.objects.filter(pk=row.job_id).update(state=Job.State.QUEUED)
        self.run(row)
        assert (row.state, row.job.state) == (State.DONE, Job.State.DONE)
        assert stored() == files

    def test_cancelled_before_and_during(self, college):
        row = self.start(college)
        actor = Actor.system("tests")
        cancel_import(row, actor)
        row.refresh_from_db()
        assert row.state == State.CANCELLED
        assert not incoming(row.uuid).exists()

        row = self.start(college)
        Job.objects.filter(pk=row.job_id).update(cancel_asked=True)
        self.run(row)
        assert (row.state, row.job.state) == (State.CANCELLED, Job.State.CANCELLED)
        assert not CoursePage.objects.exists()
        cancel_import(row, actor)  # over: nothing happens

    def test_too_many_at_once(self, college, monkeypatch):
        monkeypatch.setattr("courses.packs.handing_in.MAX_OPEN_IMPORTS", 1)
        self.start(college)
        with pytest.raises(TooMany):
            self.start(college)

    def test_too_large_a_file_leaves_nothing(self, college, monkeypatch):
        monkeypatch.setattr("courses.packs.kept.MAX_UPLOAD_BYTES", 10)
        with pytest.raises(Invalid, match="超过"):
            self.start(college)
        assert not list((Path(settings.HOME) / "packs").iterdir())
        assert not PackImport.objects.exists()


class TestCommand:
    def test_reports_what_was_made(self, tmp_path, college, capsys):
        call_command("import_pack", str(making.written(tmp_path / "a.zip")), "--organisation", "shkd")
        out, err = capsys.readouterr()
        assert "停电检修（test-course）：已导入" in out
        assert "第 1 次发布" in out
        assert "检查课程包" in err
        call_command("import_pack", str(tmp_path / "a.zip"), "--organisation", "shkd")
        assert "内容没有变化" in capsys.readouterr().out

    def test_refusals_are_sentences(self, tmp_path, college):
        broken = making.written(tmp_path / "a.zip", making.manifest(year="x", title=""))
        for arguments, sentence in (
            ([str(broken), "--organisation", "shkd"], "/year: 这里要是一个整数。"),
            ([str(broken), "--organisation", "nobody"], "没有代码为「nobody」的单位"),
            ([str(tmp_path / "none.zip"), "--organisation", "shkd"], "没有这个文件"),
        ):
            with pytest.raises(CommandError, match=sentence):
                call_command("import_pack", *arguments)
        assert not CoursePage.objects.exists()

    def test_drafts(self, tmp_path, college, capsys):
        path = making.written(tmp_path / "a.zip")
        call_command("import_pack", str(path), "--organisation", "shkd", "--draft")
        assert "发布" not in capsys.readouterr().out
        assert not CoursePage.objects.get().live


def test_the_demo_catalogue_loads_and_repeats(monkeypatch):
    from courses.demo import build

    wanted = ["start-here", "electric-safety-2026"]
    monkeypatch.setattr(build, "codes", lambda: wanted)
    organisations = {code: OrganisationFactory(code=code) for code in ("shkd", "qpjx", "hxpx")}
    assert load_catalogue(SYSTEM, organisations) == 2
    assert load_catalogue(SYSTEM, organisations) == 0
    assert {course.provider.code for course in CoursePage.objects.all()} == {"shkd", "qpjx"}
    assert Release.objects.count() == 2


def test_fifty_packs_of_one_college_do_not_keep_another_waiting(college):
    other = OrganisationFactory()
    editor = require_role(member("editor", college), Role.EDITOR, organisation=college)
    theirs = require_role(member("editor", other), Role.EDITOR, organisation=other)

    def handed_in(code, organisation, who):
        pack = making.pack(making.manifest(code=code, title=code))
        return start_import(pack, name=f"{code}.zip", organisation=organisation, actor=who)

    mine = [handed_in(f"mine-{n}", college, editor) for n in range(3)]
    waiting = [*mine, handed_in("theirs-0", other, theirs)]
    order = []

    def work():
        before = set(PackImport.objects.filter(state=State.DONE).values_list("pk", flat=True))
        jobs.run(waiting[len(order)].job_id)
        after = PackImport.objects.filter(state=State.DONE).exclude(pk__in=before).get()
        order.append(after.course.code)

    work()
    work()
    waiting.append(handed_in("theirs-1", other, theirs))
    for _ in range(3):
        work()
    assert order == ["mine-0", "theirs-0", "mine-1", "theirs-1", "mine-2"]
