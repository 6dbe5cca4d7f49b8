"""Writing, loading, publishing and taking back: who may, what is kept, what is refused, what is written down."""

import pytest

from courses.models import CourseTranslation, TranslatedText, TranslationVersion
from courses.releases.services import cut_release
from courses.translations import services
from courses.translations.queries import FORMERS, work_on
from courses.translations.rules import digest
from lms.accounts.models import Organisation
from lms.lib.appendonly import AppendOnlyError
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.models import OutboxEvent
from tests.courses.review.crew import staff
from tests.courses.translations.work import (
    ENGLISH,
    PLATFORM,
    change_text,
    course,
    digests,
    po_of,
    translated,
)
from tests.factories import courses as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def page():
    return course(provider=make.organisation("shkd")).course


@pytest.fixture
def editor(page):
    return staff("editor", page.provider)


@pytest.fixture
def approver(page):
    return staff("approver", page.provider)


def write(user, page, texts, was=None, part=""):
    return services.write(user, page, "en", part, texts, was or {})


class TestWriting:
    def test_what_fits_is_kept_and_what_does_not_is_said(self, page, editor):
        lesson = work_on(page, "en").source.parts[1]
        by = {segment.source: segment.digest for segment in lesson.segments}
        stem = by["先___再接地。"]
        done = write(editor, page, {by["第一课"]: " Lesson  one ", stem: "No blank"}, part=lesson.key)
        assert (done.saved, list(done.faults)) == (1, [stem])
        assert work_on(page, "en").look("lesson", "第一课") == "Lesson one"
        assert work_on(page, "en").look("stem", "先___再接地。") is None
        row = AuditRow.objects.get(action="course.translate")
        assert (row.person, row.target, row.data["saved"]) == (editor.uuid, page.uuid, 1)

    def test_an_emptied_text_is_taken_out(self, page, editor):
        key = digests(work_on(page, "en"), "title")[page.title]
        write(editor, page, {key: "A"})
        assert write(editor, page, {key: " "}, {key: "A"}).cleared == 1
        assert not TranslatedText.objects.exists()

    def test_the_same_again_is_no_act(self, page, editor):
        key = digests(work_on(page, "en"), "title")[page.title]
        write(editor, page, {key: "A"})
        assert write(editor, page, {key: "A "}, {key: "A"}).saved == 0
        assert AuditRow.objects.filter(action="course.translate").count() == 1

    def test_a_colleagues_text_is_not_overwritten_unseen(self, page, editor):
        key = digests(work_on(page, "en"), "title")[page.title]
        write(editor, page, {key: "Theirs"})
        done = write(editor, page, {key: "Mine"}, {key: ""})
        assert done.conflicts == {key: "Theirs"}
        assert work_on(page, "en").look("title", page.title) == "Theirs"
        assert write(editor, page, {key: "Mine"}, {key: "Theirs"}).saved == 1

    def test_what_was_typed_for_a_source_that_changed_is_given_back(self, page, editor):
        assert write(editor, page, {"0" * 32: "Typed"}).gone == ["Typed"]

    @pytest.mark.parametrize("role", ["approver", "teacher", "learner", "other"])
    def test_only_the_providers_editors_write(self, page, role):
        where = Organisation.objects.create(code="other", name="别校", kind="college")
        user = staff("editor" if role == "other" else role, where if role == "other" else page.provider)
        key = digests(work_on(page, "en"), "title")[page.title]
        with pytest.raises(NotAllowed):
            write(user, page, {key: "A"})
        assert not CourseTranslation.objects.exists()

    @pytest.mark.parametrize("language", ["zh-hans", "fr", ""])
    def test_only_languages_that_readers_can_choose_and_never_its_own(self, page, editor, language):
        with pytest.raises(NotFound):
            services.write(editor, page, language, "", {}, {})


class TestFiles:
    def test_loaded_once_and_again(self, page, editor):
        first = services.load(editor, page, "en", po_of(ENGLISH))
        assert (first.same, first.unknown) == (0, [])
        assert first.saved == sum(map(len, ENGLISH.values()))
        again = services.load(editor, page, "en", po_of(ENGLISH))
        assert (again.saved, again.same) == (0, first.saved)

    def test_one_wrong_entry_and_nothing_is_written(self, page, editor):
        bad = ENGLISH | {"stem": {"先___再接地。": "No blank"}, "rich": {"停电": "<b>x</b>"}}
        with pytest.raises(Invalid) as caught:
            services.load(editor, page, "en", po_of(bad))
        assert len(caught.value.details["faults"]) == 2
        assert all("第" in line for line in caught.value.details["faults"])
        assert not TranslatedText.objects.exists()
        assert not AuditRow.objects.filter(action="course.translate_file").exists()

    def test_what_the_course_does_not_say_is_named(self, page, editor):
        loaded = services.load(editor, page, "en", po_of({"title": {"别的课程": "Other"}}))
        assert (loaded.saved, loaded.unknown) == (0, ["别的课程"])
        with pytest.raises(Invalid):
            services.load(PLATFORM, page, "en", po_of({"title": {"别的课程": "Other"}}), everything=True)

    def test_not_by_approvers(self, page, approver):
        with pytest.raises(NotAllowed):
            services.load(approver, page, "en", po_of(ENGLISH))


class TestPublishing:
    def test_by_another_than_who_wrote(self, page, editor, approver):
        services.load(editor, page, "en", po_of(ENGLISH))
        with pytest.raises(NotAllowed):
            services.publish(editor, page, "en")
        version = services.publish(approver, page, "en")
        assert (version.number, version.title, version.done < version.total) == (
            1,
            "Safe work at low voltage",
            True,
        )
        row = AuditRow.objects.get(action="course.translation_publish")
        assert (row.person, row.target, row.data["number"]) == (approver.uuid, page.uuid, 1)
        assert OutboxEvent.objects.filter(kind="course.translated").count() == 1

    def test_not_ones_own_words_though_an_approver(self, page, editor):
        from tests.factories.accounts import MembershipFactory

        MembershipFactory(user=editor, organisation=page.provider, role="approver")
        services.load(editor, page, "en", po_of(ENGLISH))
        with pytest.raises(NotAllowed) as caught:
            services.publish(editor, page, "en")
        assert caught.value.code == "oneself"

    def test_at_once_where_the_organisation_publishes_in_one_step(self, page, editor):
        from courses.models import OneStepPublishing
        from lms.lib.clock import today

        OneStepPublishing.objects.create(organisation=page.provider, since=today(), reason="测试")
        services.load(editor, page, "en", po_of(ENGLISH))
        assert services.publish(editor, page, "en").number == 1

    def test_only_what_was_looked_at(self, page, editor, approver):
        services.load(editor, page, "en", po_of(ENGLISH))
        seen = work_on(page, "en").fingerprint
        services.load(editor, page, "en", po_of({"title": {page.title: "Otherwise"}}))
        with pytest.raises(Conflict):
            services.publish(approver, page, "en", seen=seen)
        assert not TranslationVersion.objects.exists()

    def test_a_quiz_that_would_be_spoilt_is_named(self, page):
        services.load(PLATFORM, page, "en", po_of(ENGLISH | {"option": {"验电": "Test", "挂接地线": "TEST"}}))
        with pytest.raises(Invalid) as caught:
            services.publish(PLATFORM, page, "en")
        assert "停电以后第一步做什么？" in caught.value.details["faults"][0]
        assert CourseTranslation.objects.get().current is None

    def test_the_same_again_is_the_same_version(self, page):
        translated(page)
        assert services.publish(PLATFORM, page, "en").number == 1
        assert TranslationVersion.objects.count() == 1

    def test_not_before_the_course(self):
        page = make.course_page()
        services.load(PLATFORM, page, "en", po_of({"title": {page.title: "A"}}))
        with pytest.raises(Conflict):
            services.publish(PLATFORM, page, "en")

    def test_versions_only_grow(self, page):
        translated(page)
        version = TranslationVersion.objects.get()
        with pytest.raises(AppendOnlyError):
            version.save()
        with pytest.raises(AppendOnlyError):
            version.delete()


class TestTakingBack:
    @pytest.mark.parametrize("role", ["editor", "approver"])
    def test_with_a_reason(self, page, role):
        translated(page)
        user = staff(role, page.provider)
        with pytest.raises(Invalid):
            services.withdraw(user, page, "en", "错")
        services.withdraw(user, page, "en", "有一处译错了")
        assert CourseTranslation.objects.get().current is None
        assert AuditRow.objects.get(action="course.translation_withdraw").reason == "有一处译错了"
        with pytest.raises(Conflict):
            services.withdraw(user, page, "en", "有一处译错了")
        assert services.publish(PLATFORM, page, "en").number == 3

    def test_also_by_the_platforms_reviewer_and_nobody_else(self, page):
        translated(page)
        with pytest.raises(NotAllowed):
            services.withdraw(staff("teacher", page.provider), page, "en", "有一处译错了")
        services.withdraw(
            staff("curator", make.organisation("sjrs", "authority")), page, "en", "有一处译错了"
        )


class TestWhatChanges:
    def test_a_changed_text_is_stale_and_the_rest_stays(self, page):
        translated(page)
        change_text(page, "再挂接地线。", "最后再挂接地线。")
        work = work_on(page, "en")
        lesson = work.source.parts[1]
        assert work.figures(lesson)["stale"] == 1
        segment = next(s for s in lesson.segments if s.source == "最后再挂接地线。")
        assert work.former(segment).text == "Then connect the earth leads."
        assert work.look("rich", "停电") == "Isolating"

    def test_also_among_many_that_were_said_elsewhere(self, page):
        translated(page)
        row = TranslatedText.objects.get(source="再挂接地线。")
        for number in range(2 * FORMERS):
            row.pk, row.part, row.source = None, f"elsewhere-{number}", f"最后再挂接地线{number}"
            row.digest, row.text = digest("rich", row.source), "Elsewhere"
            row.save()
        change_text(page, "再挂接地线。", "最后再挂接地线。")
        work = work_on(page, "en")
        segment = next(s for s in work.source.parts[1].segments if s.source == "最后再挂接地线。")
        found = work.former(segment)
        assert found is not None
        # The own part's is among those looked at; the most alike is taken.
        assert found.text == "Elsewhere"
        TranslatedText.objects.filter(part__startswith="elsewhere").update(source="断电挂牌")
        assert work_on(page, "en").former(segment).text == "Then connect the earth leads."

    def test_publishing_a_course_again_makes_no_second_course(self, page):
        translated(page)
        assert cut_release(page, PLATFORM).number == page.releases.order_by("-number").first().number
        assert page.releases.filter(title="低压电工安全作业").count() == page.releases.count()
