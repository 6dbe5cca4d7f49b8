"""Practice: the checklist, the assessor's sheet, and a blended course that completes with both and not before."""

from datetime import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from lms.accounts.people.queries import explain_looks, looks_at
from lms.learning.classes import attendance, queries, services
from lms.learning.classes.erasure import PART
from lms.learning.classes.models import PracticePhoto, PracticeResult
from lms.learning.classes.practice import publish_checklist
from lms.learning.completion.models import Completion
from lms.learning.completion.queries import faults, missing_of
from lms.learning.completion.services import consider
from lms.learning.enrolment.models import Enrolment
from lms.lib.actor import Actor
from lms.lib.clock import SHANGHAI
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.models import OutboxEvent
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.factories.courses import released_course
from tests.factories.learning import SECOND, blocks, enrolment, opened, send
from tests.learning.classes.classroom import Classroom, photo

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def room(clock):
    return Classroom()


@pytest.fixture
def place(room):
    room.checklist()
    return room.learner()


def taught(room, clock):
    """The class has begun, and both meetings are over."""
    room.began()
    clock.move_to(datetime(2026, 3, 11, 18, tzinfo=SHANGHAI))


def study(item, clock):
    """All there is to study online."""
    for number in range(2):
        page = opened(item, number)
        block = blocks(item, number)[0]
        clock.shift(120)
        send(
            page.session,
            1,
            until=120 * SECOND,
            coverage={block["id"]: [[0, block["nominal_ms"]]]},
            state="leaving",
        )


class TestSheets:
    def test_who_may(self, room, place, clock):
        taught(room, clock)
        stranger = member("assessor", OrganisationFactory(kind="assessor"))
        for user in (stranger, member("editor", room.college), place.person):
            with pytest.raises(NotAllowed):
                room.judged(place, passed=False, by=user)
        result = room.judged(place, passed=False)
        assert (result.assessor, result.role, result.body) == (room.assessor, "assessor", room.body)
        result = room.judged(place, passed=False, by=room.teacher)
        assert (result.number, result.role, result.body) == (2, "teacher", room.college)

    def test_never_oneself(self, room, clock):
        room.checklist()
        own = services.join(room.assessor, room.run)
        taught(room, clock)
        room.present(own)
        with pytest.raises(NotAllowed, match="自己"):
            room.judged(own)

    def test_a_pass_needs_every_item_and_presence(self, room, place, clock):
        taught(room, clock)
        with pytest.raises(Invalid, match="没完成"):
            room.judged(place, done=frozenset({"1"}))
        with pytest.raises(Invalid, match="出席 0 次，须出席 2 次"):
            room.judged(place)
        room.present(place, room.meetings[0])
        with pytest.raises(Invalid, match="出席 1 次"):
            room.judged(place)
        with pytest.raises(Invalid):
            room.judged(place, done=frozenset({"1", "2", "9"}))
        with pytest.raises(Invalid, match="还差什么"):
            room.judged(place, passed=False, remark="")
        assert not PracticeResult.objects.exists()

    def test_before_the_class_begins_nobody_is_judged(self, room, place):
        with pytest.raises(Conflict):
            room.judged(place, passed=False)

    def test_a_newer_checklist_or_a_newer_sheet_is_looked_at_first(self, room, place, clock):
        old = queries.checklist_of(room.course)
        taught(room, clock)
        room.checklist("对刀", "首件检验", "收尾")
        with pytest.raises(Conflict, match="清单"):
            room.judged(place, passed=False, checklist=old.uuid)
        room.judged(place, passed=False)
        with pytest.raises(Conflict, match="刚才"):
            room.judged(place, passed=False, after=0)
        assert PracticeResult.objects.get().checklist.version == 2

    def test_photos_are_kept_privately_and_looks_are_logged(self, room, place, clock):
        taught(room, clock)
        with pytest.raises(Invalid, match="JPG"):
            room.judged(place, passed=False, photos=[photo(), photo("a.png", b"GIF89a" + b"0" * 20)])
        with pytest.raises(Invalid, match="最多"):
            room.judged(place, passed=False, photos=[photo() for _ in range(6)])
        assert not PracticePhoto.objects.exists()
        room.judged(place, passed=False, photos=[photo()])
        found = PracticePhoto.objects.get()
        assert (found.mime, found.name) == ("image/png", "首件.png")
        assert queries.photo_for(place.person, found.uuid) == found
        for user in (UserFactory(), member("assessor")):
            with pytest.raises(NotFound):
                queries.photo_for(user, found.uuid)
        before = len(looks_at(place.person))
        queries.photo_for(room.assessor, found.uuid)
        queries.place_for_staff(room.teacher, place.uuid)
        rows = looks_at(place.person)
        assert len(rows) == before + 2
        roster, picture = explain_looks(rows[:2])
        assert (roster.role, roster.reason) == ("教师", f"查看班次的出席和应会考核：{room.run}")
        assert (picture.role, picture.reason) == ("考评员", f"查看应会考核的照片：{room.run}")

    @pytest.mark.parametrize(
        "items", [[], [" "], ["对刀", "对刀"], ["x" * 201], [f"第 {n} 项" for n in range(41)]]
    )
    def test_checklists_that_cannot_be(self, room, items):
        with pytest.raises(Invalid):
            publish_checklist(room.teacher, room.course, items, source="规程")

    def test_only_the_providers_staff_publish(self, room):
        for user in (room.assessor, UserFactory()):
            with pytest.raises(NotAllowed):
                publish_checklist(user, room.course, ["对刀"], source="规程")


class TestCompletion:
    def test_both_and_not_before(self, room, place, clock):
        item = place.enrolment
        assert item.release.rule["practice"] is True
        study(item, clock)
        assert not Completion.objects.exists()
        assert missing_of(item).practice
        assert missing_of(item).lessons == []
        taught(room, clock)
        room.judged(place, passed=False)
        assert not Completion.objects.exists()
        room.present(place)
        room.judged(place)
        completion = Completion.objects.get()
        assert completion.enrolment == item
        sheet = PracticeResult.objects.get(passed=True)
        assert completion.evidence["practice"] == {
            "result": str(sheet.uuid),
            "body": room.body.code,
            "checklist": 1,
            "at": sheet.at.isoformat(),
        }
        # The hours are those of the study alone: six hours at the machine add nothing.
        assert completion.counted_ms == sum(row["counted_ms"] for row in completion.evidence["lessons"])
        assert completion.centihours <= item.release.centihours
        assert list(faults(completion)) == []
        assert OutboxEvent.objects.filter(kind="course.completed").count() == 1
        # A later sheet changes nothing of what was completed.
        room.judged(place, passed=False)
        assert consider(item.pk) == completion

    def test_practice_first_then_the_last_lesson(self, room, place, clock):
        taught(room, clock)
        room.present(place)
        room.judged(place)
        assert not Completion.objects.exists()
        study(place.enrolment, clock)
        assert Completion.objects.get().evidence["practice"]

    def test_a_correction_of_attendance_takes_practice_back_and_gives_it(self, room, place, clock):
        taught(room, clock)
        room.present(place)
        room.judged(place)
        meeting = room.meetings[0]
        attendance.correct(room.teacher, meeting, place.uuid, since=None, until=None, reason="代签")
        study(place.enrolment, clock)
        assert not Completion.objects.exists()
        room.present(place, meeting)
        assert Completion.objects.exists()

    def test_the_last_sheet_holds(self, room, place, clock):
        taught(room, clock)
        room.present(place)
        room.judged(place)
        room.judged(place, passed=False)
        study(place.enrolment, clock)
        assert not Completion.objects.exists()

    def test_online_courses_ask_for_no_practice(self, clock):
        item = enrolment(release=released_course())
        assert "practice" not in item.release.rule
        study(item, clock)
        completion = Completion.objects.get(enrolment=item)
        assert "practice" not in completion.evidence
        assert list(faults(completion)) == []

    def test_a_release_of_before_asks_for_none_whatever_the_course_says_now(self, clock):
        release = released_course()
        item = enrolment(release=release)
        type(release.course).objects.filter(pk=release.course.pk).update(mode="blended")
        study(item, clock)
        assert Completion.objects.filter(enrolment=item).exists()

    def test_a_completion_without_its_practice_is_a_fault(self, room, place, clock):
        study(place.enrolment, clock)
        taught(room, clock)
        room.present(place)
        room.judged(place)
        completion = Completion.objects.get()
        del completion.evidence["practice"]
        assert list(faults(completion)) == ["its rule asks for practice, its evidence names none"]

    def test_nobody_elses_practice(self, room, place, clock):
        other = room.learner()
        taught(room, clock)
        room.present(place)
        room.judged(place)
        study(other.enrolment, clock)
        assert queries.fulfilled(other.enrolment) is None
        assert Enrolment.objects.get(pk=other.enrolment_id).state == "active"


@pytest.mark.parametrize("table", ["attendanceevent", "practicechecklist", "practiceresult", "classfiling"])
@pytest.mark.parametrize("act", ["UPDATE learning_{} SET id = id", "DELETE FROM learning_{}"])
def test_what_is_on_record_is_never_changed(room, place, clock, table, act):
    taught(room, clock)
    room.present(place)
    room.judged(place)
    authority = OrganisationFactory(kind="authority")
    services.note_filing(Actor.system("tests"), room.run, filed=True, reference="备案 1", authority=authority)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute(act.format(table))


class TestErasure:
    def test_photos_go_and_what_was_counted_stays(self, room, place, clock):
        taught(room, clock)
        room.present(place)
        result = room.judged(place, photos=[photo()])
        kept = PracticePhoto.objects.get().file
        things = list(PART.erase(place.person))
        assert set(things) == {place.uuid, result.uuid}
        assert not PracticePhoto.objects.exists()
        assert not kept.storage.exists(kept.name)
        place.refresh_from_db()
        assert place.state == "seated"
        assert PracticeResult.objects.get() == result
        assert list(PART.erase(place.person)) == things

    def test_a_seat_is_given_to_who_waits(self, room, place):
        _second, third = room.learner(), room.learner()
        assert list(PART.obstacles(place.person)) == []
        PART.erase(place.person)
        third.refresh_from_db()
        assert third.state == "seated"
