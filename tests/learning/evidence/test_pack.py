"""A pack: what stands in it, that it follows from the study rows, that the same data gives the same bytes, who gets it."""

import hashlib
import shutil
from datetime import date, timedelta

import pytest
from jsonschema import Draft202012Validator

from lms.accounts.api import Identity
from lms.accounts.people.queries import looks_at
from lms.learning.completion.models import Completion
from lms.learning.evidence import making, packing, shape
from lms.learning.evidence.checking import check
from lms.learning.evidence.keys import public_keys
from lms.learning.evidence.models import EvidenceOrder, EvidencePack
from lms.learning.evidence.services import Ask, cancel, clear, fetch, order, order_own, own_order
from lms.learning.hours.queries import day
from lms.learning.study.models import LessonProgress, StudyReport
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from lms.lib.private import private_storage
from lms.lib.verify.services import check as verify_code
from tests.factories.accounts import MembershipFactory, OrganisationFactory, UserFactory, member
from tests.factories.learning import enrolment
from tests.learning.classes.classroom import Classroom
from tests.learning.evidence.packs import (
    Office,
    lines,
    made,
    manifest,
    opened_zip,
    pass_quiz,
    study,
)

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def office(clock):
    return Office()


def right(data, tmp_path):
    path = tmp_path / "pack.zip"
    path.write_bytes(data)
    return check(path, public_keys())


class TestContents:
    def test_a_pack_says_what_happened_and_checks_out(self, office, clock, tmp_path):
        item = office.learner(clock)
        pack, data = office.pack()
        report = right(data, tmp_path)
        assert report.right, [finding.text for finding in report.findings]
        assert hashlib.sha256(data).hexdigest() == pack.sha256
        said = manifest(data)
        assert list(Draft202012Validator(shape.schema()).iter_errors(said)) == []
        assert {info.filename for info in opened_zip(data).infolist()} == {
            *shape.FILES,
            "manifest.json",
            "manifest.sig",
        }
        assert (said["counts"]["people"], said["counts"]["completions"]) == (1, 1)
        assert said["asked"]["reason"] == "线上培训过程督导检查"
        assert said["asked"]["body_name"] == "申江市人力资源和社会保障局"
        progress = LessonProgress.objects.filter(enrolment=item)
        assert said["counts"]["counted_ms"] == sum(row.counted_ms for row in progress) > 0
        completion = Completion.objects.get()
        assert said["counts"]["centihours"] == completion.total_centihours > 0
        assert len(lines(data, "reports.jsonl")) == StudyReport.objects.count() == 4
        (attempt,) = lines(data, "attempts.jsonl")
        (quiz,) = lines(data, "questions.jsonl")
        assert attempt["answers"][0]["response"] == ["a"]
        assert attempt["percent"] == 100
        assert quiz["questions"][0]["stem"] == "停电以后第一步做什么？"
        (done,) = lines(data, "completions.jsonl")
        assert done["completion"] == str(completion.uuid)

    def test_stretches_are_those_of_the_learners_own_day(self, office, clock):
        item = office.learner(clock)
        _pack, data = office.pack()
        found = [line for line in lines(data, "stretches.jsonl") if line["wall_ms"] >= 1000]
        own = day(item.person, today())
        assert [(line["reason"], line["wall_ms"], line["counted_ms"]) for line in found] == [
            (line["reason"], line["wall_ms"], line["counted_ms"]) for line in own.lines
        ]
        assert {"repeat", "hidden"} <= {line["reason"] for line in found}
        everything = lines(data, "stretches.jsonl")
        assert sum(line["counted_ms"] for line in everything) == own.counted_ms

    def test_names_are_masked_unless_asked_for_and_numbers_never_there(self, office, clock):
        item = office.learner(clock)
        number = "11010519491231002X"
        Identity.objects.create(
            user=item.person,
            kind="id_card",
            legal_name="欧阳建国",
            number=number,
            number_hash="0" * 64,
            status="verified",
            checked_at=item.started_at,
        )
        _pack, masked = office.pack()
        people = opened_zip(masked).read("people.csv").decode()
        assert "欧＊＊＊" in people
        assert "欧阳建国" not in people
        assert "verified,id_card,2026-03-02,yes" in people
        _pack, named = office.pack(named=True)
        assert "欧阳建国" in opened_zip(named).read("people.csv").decode()
        for data in (masked, named):
            everything = b"".join(opened_zip(data).read(name) for name in opened_zip(data).namelist())
            assert number.encode() not in everything
            assert item.person.phone.encode() not in everything

    def test_a_period_lists_its_days_and_counts_everything(self, office, clock, tmp_path):
        item = enrolment(release=office.release)
        study(item, clock, 0)
        clock.shift(timedelta(days=1))
        study(item, clock, 1)
        _pack, data = office.pack(first=date(2026, 3, 3), last=date(2026, 3, 3))
        assert right(data, tmp_path).right
        counts = manifest(data)["counts"]
        by_lesson = {row.counted_ms for row in LessonProgress.objects.all()}
        assert counts["counted_ms"] == sum(row.counted_ms for row in LessonProgress.objects.all())
        assert counts["period_counted_ms"] in by_lesson
        assert len({line["lesson"] for line in lines(data, "stretches.jsonl")}) == 1
        assert len(lines(data, "reports.jsonl")) == 2

    def test_only_the_people_asked_for(self, office, clock, tmp_path):
        first, _second = office.learner(clock), office.learner(clock)
        _pack, data = office.pack(people=(str(first.uuid),))
        assert right(data, tmp_path).right
        assert {line["enrolment"] for line in lines(data, "reports.jsonl")} == {str(first.uuid)}

    def test_what_comes_after_the_order_is_not_in_it(self, office, clock, tmp_path):
        item = enrolment(release=office.release)
        study(item, clock, 0)
        wanted = office.order()
        clock.shift(60)
        study(item, clock, 1)
        pass_quiz(item)
        enrolment(release=office.release)
        _pack, data = made(wanted)
        assert right(data, tmp_path).right
        assert manifest(data)["counts"]["people"] == 1
        assert len(lines(data, "reports.jsonl")) == 1
        assert lines(data, "attempts.jsonl") == []

    def test_a_turn_held_in_another_course_is_said_and_not_named(self, office, clock, tmp_path):
        item = enrolment(release=office.release)
        elsewhere = enrolment(item.person)
        study(item, clock, 0)
        page = study(elsewhere, clock, 0)
        study(item, clock, 1)
        _pack, data = office.pack()
        assert right(data, tmp_path).right
        assert [line["kind"] for line in lines(data, "claims.jsonl")] == ["open", "elsewhere", "open"]
        everything = b"".join(opened_zip(data).read(name) for name in opened_zip(data).namelist())
        assert str(page.session.uuid).encode() not in everything

    def test_only_those_of_a_class_with_their_attendance(self, clock, tmp_path):
        room = Classroom()
        place = room.learner()
        enrolment(release=room.release)
        room.began()
        clock.move_to(room.meetings[1].ends_at)
        room.present(place, room.meetings[0])
        ask = Ask(room.release.uuid, "课程过程自查", class_run=room.run.uuid)
        _pack, data = made(order(room.teacher, ask))
        assert right(data, tmp_path).right
        assert manifest(data)["scope"]["class_run"] == str(room.run.uuid)
        assert manifest(data)["counts"]["people"] == 1
        rows = lines(data, "attendance.jsonl")
        assert [(row["act"], row["enrolment"]) for row in rows][-2:] == [
            ("in", str(place.enrolment.uuid)),
            ("out", str(place.enrolment.uuid)),
        ]
        # A class without anybody is not everybody.
        empty = room.planned(title="夏季班")
        with pytest.raises(Invalid, match="没有学这门课"):
            order(room.teacher, Ask(room.release.uuid, "课程过程自查", class_run=empty.uuid))

    def test_an_empty_course_has_a_pack_too(self, office, tmp_path):
        _pack, data = office.pack()
        assert right(data, tmp_path).right
        assert manifest(data)["counts"]["people"] == 0

    def test_the_verify_page_knows_it(self, office, clock):
        office.learner(clock)
        wanted = office.order()
        pack, data = made(wanted)
        _code, verdict = verify_code(manifest(data)["verify"]["code"])
        assert verdict.status == "valid"
        assert pack.manifest_sha256 in {value for _label, value in verdict.rows}
        assert pack.manifest_sha256 == hashlib.sha256(opened_zip(data).read("manifest.json")).hexdigest()


class TestMaking:
    def test_the_same_data_gives_the_same_bytes_however_it_is_cut(self, office, clock, monkeypatch, tmp_path):
        for _number in range(5):
            office.learner(clock)
        wanted = office.order()
        _pack, first = made(wanted)
        folder = tmp_path / "again"
        for size in (1, 2, 7):
            monkeypatch.setattr(making, "CHUNK", size)
            shutil.rmtree(folder, ignore_errors=True)
            beat = packing.Beat(Quiet(), 5)
            making._chunks(beat, wanted, folder)
            target = folder / "pack.zip"
            packing.write_zip(
                target, wanted, folder, list(packing.facts_in(folder)), making.signing_key(), beat
            )
            assert target.read_bytes() == first

    def test_a_killed_job_goes_on_after_its_last_chunk(self, office, clock, monkeypatch, tmp_path):
        for _number in range(3):
            office.learner(clock)
        monkeypatch.setattr(making, "CHUNK", 1)
        wanted = office.order()
        row = jobs.claim(Job.objects.get(key=wanted.job_key).pk)
        with pytest.raises(KeyboardInterrupt):
            making.make(Killed(jobs.RunningJob(row), after=2))
        folder = making.work_folder(wanted)
        (folder / ".000002-half").mkdir()
        seen = []
        monkeypatch.setattr(making, "_write_chunk", watched(making._write_chunk, seen))
        clock.shift(jobs.LEASE + timedelta(seconds=1))
        _pack, data = made(wanted)
        assert seen == [2]
        assert right(data, tmp_path).right
        assert not folder.exists()

    def test_a_cancelled_job_leaves_nothing(self, office, clock, monkeypatch):
        office.learner(clock)
        wanted = office.order()
        monkeypatch.setattr(making, "CHUNK", 1)
        monkeypatch.setattr(
            making, "_write_chunk", then(making._write_chunk, lambda: cancel(office.officer, wanted.uuid))
        )
        jobs.run(Job.objects.get(key=wanted.job_key).pk)
        assert Job.objects.get(key=wanted.job_key).state == "cancelled"
        assert not making.work_folder(wanted).exists()
        assert not EvidencePack.objects.exists()
        assert not AuditRow.objects.filter(action="evidence.pack.view").exists()

    def test_memory_and_queries_do_not_grow_with_people(self, office, clock, django_assert_max_num_queries):
        for _number in range(6):
            office.learner(clock)
        wanted = office.order()
        frame = making.gather.frame_of(wanted, making.gather.course(wanted))
        items = list(making.gather.enrolments_of(wanted))
        with django_assert_max_num_queries(14):
            chunk = making.gather.Chunk(frame, items)
            for part in (chunk.people, chunk.sign_ins, chunk.study, chunk.attempts, chunk.exercises):
                list(part())
            list(chunk.attendance())
            list(chunk.completions())

    def test_files_go_after_seven_days_and_the_answer_stays(self, office, clock):
        pack, data = office.pack()
        clock.shift(timedelta(days=7, seconds=1))
        assert clear() == 1
        assert clear() == 0
        assert not private_storage().exists(pack.file)
        with pytest.raises(Conflict, match="七天"):
            fetch(office.officer, pack.order.uuid)
        assert verify_code(manifest(data)["verify"]["code"])[1].status == "valid"


class Quiet:
    """A job's context without a row."""

    def progress(self, done, total, message=""):
        pass

    def check_cancelled(self):
        pass


class Killed:
    """A job whose worker is killed after some chunks."""

    def __init__(self, context, *, after):
        self.context, self.args, self.left = context, context.args, after

    def progress(self, *args):
        self.context.progress(*args)

    def check_cancelled(self):
        if not self.left:
            raise KeyboardInterrupt
        self.left -= 1


def watched(original, seen):
    def write(folder, number, *args):
        seen.append(number)
        return original(folder, number, *args)

    return write


def then(original, after):
    def write(*args):
        original(*args)
        after()

    return write


class TestWho:
    def test_authority_and_provider_and_nobody_else(self, office, clock):
        office.learner(clock)
        for user in (office.officer, office.auditor, office.teacher, office.admin):
            assert made(office.order(user))[1]
        others = [
            UserFactory(),
            member("teacher"),
            member("admin", OrganisationFactory(kind="provider")),
            member("editor", office.provider),
            member("reviewer", office.authority),
            # An officer's role in something that is no authority supervises nothing.
            member("officer", OrganisationFactory(kind="enterprise")),
        ]
        for user in others:
            with pytest.raises(NotFound):
                office.order(user)
        assert EvidenceOrder.objects.count() == 4

    def test_a_teacher_gets_no_real_names(self, office):
        with pytest.raises(NotAllowed):
            office.order(office.teacher, named=True)
        assert office.order(office.admin, named=True).named

    def test_only_who_asked_fetches_and_only_while_in_the_role(self, office, clock):
        wanted = office.order(office.teacher)
        made(wanted)
        for user in (office.admin, office.officer, UserFactory()):
            with pytest.raises(NotFound):
                fetch(user, wanted.uuid)
        office.teacher.memberships.update(until=date(2026, 3, 1))
        with pytest.raises(NotFound):
            own_order(office.teacher, wanted.uuid)

    def test_a_reason_is_asked_for_and_every_learner_sees_it(self, office, clock):
        item = office.learner(clock)
        with pytest.raises(Invalid) as refused:
            office.order(reason="  查 ")
        assert refused.value.details == {"field": "reason"}
        _pack, _data = office.pack()
        (look,) = looks_at(item.person)
        assert (look.action, look.reason, look.role) == (
            "evidence.pack.view",
            "制作证据包：线上培训过程督导检查",
            "officer",
        )
        assert AuditRow.objects.filter(action="evidence.download", person=office.officer.uuid).count() == 1

    def test_one_pack_of_a_course_is_made_at_a_time(self, office):
        first = office.order()
        with pytest.raises(Conflict) as refused:
            office.order()
        assert refused.value.details == {"order": str(first.uuid)}
        assert office.order(office.auditor)

    def test_unknown_people_and_wrong_periods_are_named(self, office, clock):
        office.learner(clock)
        stranger = enrolment()
        with pytest.raises(Invalid, match=str(stranger.uuid)):
            office.order(people=(str(stranger.uuid),))
        with pytest.raises(Invalid, match="早于"):
            office.order(first=date(2026, 3, 2), last=date(2026, 3, 1))
        for outside in (date.min, date(1999, 12, 31), date(2027, 1, 1), date.max):
            with pytest.raises(Invalid, match="2000 到 2026"):
                office.order(first=outside)
            with pytest.raises(Invalid, match="2000 到 2026"):
                office.order(last=outside)
        assert not EvidenceOrder.objects.exists()

    def test_a_learner_gets_their_own_and_no_right_answers_of_open_quizzes(self, office, clock, tmp_path):
        item = enrolment(release=office.release)
        office.learner(clock)
        study(item, clock, 0)
        _pack, data = made(order_own(item.person, item.uuid))
        assert right(data, tmp_path).right
        assert manifest(data)["counts"]["people"] == 1
        assert lines(data, "questions.jsonl") == []
        assert not looks_at(item.person).exists()
        with pytest.raises(NotFound):
            order_own(UserFactory(), item.uuid)

    def test_roles_end(self, office):
        gone = MembershipFactory(
            user=UserFactory(), organisation=office.authority, role="officer", until=date(2026, 3, 1)
        ).user
        with pytest.raises(NotFound):
            office.order(gone)
