"""Holds by role and object, step by step; what waits, what flows, and that nothing is lost on the way."""

from datetime import date, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core import mail
from django.core.management import call_command

from creditbank.api import posted_hours
from lms.learning.completion.models import Completion, CompletionTopUp
from lms.learning.completion.queries import faults, owed_to
from lms.learning.completion.services import settle, settle_all
from lms.learning.holds import queries, words
from lms.learning.holds.decisions import Verdict, decide
from lms.learning.holds.detect import Suspicion
from lms.learning.holds.models import HoldFile, HoldSession, HoldStep, HoldWord, StudyHold
from lms.learning.holds.services import appeal, explain, open_all
from lms.learning.study.models import LessonProgress
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.factories.accounts import MembershipFactory, UserFactory, member
from tests.factories.learning import enrolment, send
from tests.learning.holds import cases
from tests.learning.holds.cases import (
    DAY,
    NOON,
    QUARTER,
    House,
    completed,
    confirm,
    counted,
    course,
    delivered,
    half,
    held,
    later,
    picture,
    release,
)

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def acts(hold):
    return [(step.act, step.state, step.role) for step in hold.steps.order_by("number")]


class TestWhileItWaits:
    def test_study_goes_on_and_completion_waits(self, item, clock, house):
        hold = half(item, clock)
        before = counted(item)
        later(clock, item, 1, QUARTER)
        assert counted(item) == before + QUARTER * cases.MINUTE
        assert not Completion.objects.exists()
        assert owed_to([item.pk]) == []
        hold = release(house.officer, hold)
        assert hold.state == "released"
        completion = Completion.objects.get()
        assert completion.counted_ms == counted(item)
        delivered()
        assert posted_hours(item.person.uuid)["vocational"] == completion.centihours

    def test_top_ups_of_a_completed_course_wait_and_come(self, item, clock, house):
        completion = completed(item, clock)
        clock.move_to(cases.at(11), tick=False)
        pages = [cases.opened(item, place, device=f"machine-{place}") for place in (0, 1)]
        for place, page in enumerate(pages):
            cases.reports(clock, item, page, 180, place=place, state="here")
        (hold,) = cases.looked(clock)
        assert settle(item.pk) is None
        assert settle_all() == 0
        release(house.officer, hold)
        top_up = CompletionTopUp.objects.get()
        assert completion.centihours + top_up.centihours == counted(item) * 100 // 2_700_000
        assert list(faults(Completion.objects.get())) == []

    def test_other_courses_do_not_wait(self, item, clock):
        hold = half(item, clock)
        assert queries.held([item.pk, item.pk + 1]) == {item.pk}
        other = enrolment(item.person, course(min_coverage_percent=25))
        for place in (0, 1):
            later(clock, other, place, QUARTER, hour=9 + place * 2)
        assert Completion.objects.get().enrolment == other
        assert hold.state == "open"

    def test_the_person_is_told_at_once_and_in_words(self, item, clock):
        hold = held(clock, item)
        delivered()
        (letter,) = mail.outbox
        assert "请说明情况" in letter.subject
        assert f"/hours/holds/{hold.uuid}/" in letter.body
        assert "2026-07-11 前" in letter.body
        assert "作弊" not in letter.body
        first, stretch = words.evidence(hold)
        assert "3 小时 20 分钟" in first
        assert stretch.startswith("09:00–12:20，")
        assert "手机" in stretch
        assert "电脑" in stretch
        assert "学习照常计时" in words.meanwhile(hold)

    def test_an_event_that_comes_after_the_decision_tells_only_that(self, item, clock, house):
        release(house.officer, held(clock, item))
        delivered()
        assert [letter.subject for letter in mail.outbox] == ["学习记录核实：已有结果"]


class TestConfirmed:
    def test_the_named_sessions_do_not_count_and_the_rest_does(self, item, clock, house):
        hold = half(item, clock)
        total = counted(item)
        assert total > 0
        later(clock, item, 1, 30)
        honest = counted(item) - total
        assert honest == 30 * cases.MINUTE
        hold = confirm(house.officer, hold)
        assert counted(item) == honest
        assert all(row.session.barred for row in HoldSession.objects.select_related("session"))
        call_command("audit_study", stdout=StringIO())
        assert "不计入" in words.what(hold)
        assert queries.may_appeal(hold)

    def test_nor_what_was_told_in_the_very_moment_of_opening(self, item, clock, house):
        hold = held(clock, item)
        for row in queries.sessions_of(hold):
            block = row.session.lesson.blocks[0]["id"]
            send(
                row.session, 7, until=0, active=[], coverage={block: [[0, 300 * cases.MINUTE]]}, state="late"
            )
            assert LessonProgress.objects.get(pk=row.session.progress_id).covered_ms >= 300 * cases.MINUTE
        confirm(house.officer, hold)
        assert not LessonProgress.objects.filter(enrolment=item, covered_ms__gt=0).exists()

    def test_what_of_a_hold_was_honest_can_be_left_out(self, item, clock, house):
        hold = half(item, clock)
        total = counted(item)
        mine, other = [row.session for row in queries.sessions_of(hold)]
        holder, watcher = (mine, other) if mine.attributed_ms else (other, mine)
        confirm(house.officer, hold, [watcher.uuid])
        assert counted(item) == total
        assert HoldSession.objects.get(barred=True).session == watcher
        assert holder.pk != watcher.pk

    def test_it_can_be_studied_again_and_then_counts(self, item, clock, house):
        hold = half(item, clock)
        confirm(house.officer, hold)
        assert counted(item) == 0
        later(clock, item, 0, 30)
        assert counted(item) == 30 * cases.MINUTE

    def test_reports_that_come_later_do_not_count_either(self, item, clock, house):
        hold = half(item, clock)
        confirm(house.officer, hold)
        page = hold.sessions.select_related("session").first().session
        cases.send(page, 2, until=230 * cases.MINUTE, active=[[200 * cases.MINUTE, 230 * cases.MINUTE]])
        assert counted(item) == 0
        call_command("audit_study", stdout=StringIO())

    def test_an_appeal_is_decided_by_another_and_gives_everything_back(self, item, clock, house):
        hold = half(item, clock)
        total = counted(item)
        confirm(house.officer, hold)
        hold.refresh_from_db()
        hold = appeal(item.person, hold, text="平板是女儿在用", files=[picture()])
        assert (hold.state, hold.due_on) == ("appealed", date(2026, 7, 11))
        assert counted(item) == 0
        with pytest.raises(NotAllowed, match="另一位"):
            release(house.officer, hold)
        hold = release(house.second, hold)
        assert counted(item) == total
        assert acts(hold) == [
            ("open", "open", "system:holds"),
            ("confirm", "confirmed", "officer"),
            ("appeal", "appealed", "learner"),
            ("release", "released", "officer"),
        ]
        assert HoldFile.objects.get().name == "照片.png"
        call_command("audit_study", stdout=StringIO())

    def test_an_appeal_upheld_is_final(self, item, clock, house):
        hold = half(item, clock)
        confirm(house.officer, hold)
        hold.refresh_from_db()
        hold = confirm(house.second, appeal(item.person, hold, text="请再看"))
        assert (hold.state, hold.due_on) == ("upheld", None)
        with pytest.raises(Conflict, match="最终"):
            appeal(item.person, hold, text="再申诉")
        assert HoldSession.objects.filter(barred=True).count() == 2

    def test_a_late_appeal(self, item, clock, house):
        hold = confirm(house.officer, half(item, clock))
        clock.shift(timedelta(days=16))
        assert not queries.may_appeal(hold)
        with pytest.raises(Conflict, match="期限"):
            appeal(item.person, hold, text="请再看")


class TestWhoMay:
    def test_officers_decide_others_do_not(self, item, clock, house):
        hold = held(clock, item)
        firm = House().authority
        strangers = (
            UserFactory(),
            item.person,
            house.auditor,
            member("reviewer", house.authority),
            member("admin", house.authority),
            member("hr", item.release.provider),
        )
        for stranger in strangers:
            with pytest.raises(NotAllowed):
                release(stranger, hold)
        assert StudyHold.objects.get().state == "open"
        assert firm is not None
        assert release(house.officer, hold).state == "released"

    def test_nobody_decides_on_their_own(self, clock, house):
        item = enrolment(house.officer, course(min_coverage_percent=25))
        hold = held(clock, item)
        with pytest.raises(NotAllowed, match="自己"):
            release(house.officer, hold)
        assert hold not in queries.queue(house.officer, "waiting")
        with pytest.raises(NotFound):
            queries.for_staff(house.officer, hold.uuid)
        root = UserFactory(is_superuser=True)
        MembershipFactory(user=root, organisation=house.authority, role="officer")
        assert queries.decides(root, hold)
        assert release(house.second, hold).state == "released"

    def test_looks_stand_in_the_persons_list(self, item, clock, house):
        hold = held(clock, item)
        explain(item.person, hold, text="见照片", files=[picture()])
        file = HoldFile.objects.get()
        for reader in (house.officer, house.auditor):
            assert queries.for_staff(reader, hold.uuid) == hold
            assert queries.file_for(reader, file.uuid) == file
        assert queries.file_for(item.person, file.uuid) == file
        looks = AuditRow.objects.filter(target=item.person.uuid, action__endswith=".view").order_by("id")
        assert [(look.action, look.role) for look in looks] == [
            ("hold.view", "officer"),
            ("evidence.view", "officer"),
            ("hold.view", "auditor"),
            ("evidence.view", "auditor"),
        ]
        for stranger in (UserFactory(), member("hr", item.release.provider)):
            with pytest.raises(NotFound):
                queries.for_staff(stranger, hold.uuid)
            with pytest.raises(NotFound):
                queries.file_for(stranger, file.uuid)
            with pytest.raises(NotFound):
                queries.own(stranger, hold.uuid)
            assert not queries.sees(stranger)

    def test_the_persons_acts_are_theirs(self, item, clock, house):
        hold = held(clock, item)
        for act in (explain, appeal):
            with pytest.raises(NotFound):
                act(house.officer, hold, text="我来说")

    def test_every_step_has_its_audit_row(self, item, clock, house):
        hold = held(clock, item)
        explain(item.person, hold, text="平板是女儿在用")
        release(house.officer, hold)
        rows = AuditRow.objects.filter(target_type="learning.StudyHold", target=hold.uuid).order_by("id")
        assert [(row.action, row.role, row.reason) for row in rows] == [
            ("hold.open", "system:holds", ""),
            ("hold.explain", "learner", "平板是女儿在用"),
            ("hold.release", "officer", "家里人借用过平板，属实"),
        ]


class TestWhatIsRefused:
    def test_a_decision_needs_a_reason_and_a_verdict(self, item, clock, house):
        hold = held(clock, item)
        for verdict in (
            Verdict("release", " "),
            Verdict("confirm", "x" * 1001),
            Verdict("void", "够了"),
            Verdict("confirm", "够了", []),
            Verdict("confirm", "够了", [uuid4()]),
        ):
            with pytest.raises(Invalid):
                decide(house.officer, hold, verdict)
        assert HoldStep.objects.count() == 1

    def test_an_explanation_says_something(self, item, clock):
        hold = held(clock, item)
        with pytest.raises(Invalid):
            explain(item.person, hold, text=" ")
        with pytest.raises(Invalid):
            explain(item.person, hold, text="见附件", files=[picture(content=b"MZ")])
        assert not HoldWord.objects.exists()
        for _ in range(10):
            explain(item.person, hold, text="见照片")
        with pytest.raises(Conflict):
            explain(item.person, hold, text="见照片")

    def test_what_was_decided_moves_no_more(self, item, clock, house):
        hold = held(clock, item)
        stale = StudyHold.objects.get()
        release(house.officer, hold)
        with pytest.raises(Conflict):
            confirm(house.second, stale)
        with pytest.raises(Conflict):
            explain(item.person, stale, text="还有")
        with pytest.raises(Conflict):
            appeal(item.person, stale, text="还有")

    def test_nobody_is_held_after_their_account_was_erased(self, item, clock):
        item.person.erased_at = NOON
        item.person.save(update_fields=["erased_at"])
        found = Suspicion(item.person.pk, item.pk, "overlap", DAY, (), {})
        assert open_all([found], queries.rule_on(DAY)) == []
