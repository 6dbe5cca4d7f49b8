"""One person, two accounts: who may join them, what moves and what stays, that both count as one, and the way back."""

from datetime import timedelta

import pytest
import time_machine

from creditbank.applications.judging import used_in
from creditbank.applications.models import Application
from creditbank.applications.planner import answer
from creditbank.applications.services import Wish, reverse_recognition, submit
from creditbank.holders import merging, queries
from creditbank.holders.models import AccountMerge, LearningAccount, MergePosting
from creditbank.holders.services import open_account
from creditbank.holders.settling import settle
from creditbank.hours.queries import posted_hours
from creditbank.hours.services import post_hours
from creditbank.ledger.audit import audit
from creditbank.ledger.models import AccountHead, Entry
from creditbank.ledger.queries import balances_of
from creditbank.ledger.services import reverse
from creditbank.transcripts.services import compile_content
from lms.accounts.models import Identity, User
from lms.lib.appendonly import AppendOnlyError
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound, TooMany
from lms.lib.ids import uuid7
from lms.lib.outbox.services import deliver_pending
from tests.creditbank.holders.decided import approved
from tests.factories.creditbank import (
    SYSTEM,
    booked,
    certificate,
    college,
    member,
    person,
    rule_version,
)

pytestmark = pytest.mark.django_db
PAPERS = "窗口核对身份证和护照原件，复印件存档 2026-11-07"


@pytest.fixture
def authority():
    return college("ju", "申江市人力资源和社会保障局")


@pytest.fixture
def officer(authority):
    return member("officer", authority, "郑明")


@pytest.fixture
def second(authority):
    return member("officer", authority, "何平")


@pytest.fixture
def kept():
    return person("李明")


@pytest.fixture
def leaving():
    return person("LI MING")


def asked(officer, kept, leaving):
    return merging.request(officer, kept, leaving, evidence=PAPERS)


def merged(officer, second, kept, leaving):
    return merging.decide(second, asked(officer, kept, leaving), approve=True, reason="证件一致，同一个人")


def hours(user, centihours, course, kind="public"):
    """A completed course's hours."""
    evidence = {"course": course, "title": f"课程 {course}"}
    return post_hours(
        user.uuid,
        completion_uuid=uuid7(),
        kind=kind,
        centihours=centihours,
        occurred_on=today(),
        evidence=evidence,
    )


def total(*users):
    rows = AccountHead.objects.filter(account__holder__in=[user.uuid for user in users])
    return sum(rows.values_list("balance", flat=True))


def books_hold():
    report = audit()
    assert report.broken == 0, report.breaks


class TestNumbers:
    def test_opened_once_with_the_real_name(self):
        nameless, named = person(real_name=False), person()
        assert open_account(nameless) is None
        first = open_account(named)
        assert first is not None
        assert open_account(named) == first
        assert queries.find_by_number(f" {first.number[:4]} {first.number[4:]} ") == named
        assert queries.find_by_number("123456789012") is None
        assert AuditRow.objects.filter(action="learning_account.open", target=named.uuid).count() == 1

    def test_never_changed_and_never_deleted(self, kept):
        account = open_account(kept)
        account.number = "1"
        with pytest.raises(AppendOnlyError):
            account.save()
        with pytest.raises(AppendOnlyError):
            LearningAccount.objects.all().delete()


class TestAskedByThePerson:
    def test_a_code_from_one_account_entered_on_the_other(self, kept, leaving):
        merge, code = merging.offer(kept)
        assert (len(code), merge.state, merge.other) == (8, "open", None)
        assert code not in str(AccountMerge.objects.values())
        agreed = merging.agree(leaving, f"{code[:4]} {code[4:]}")
        assert (agreed.pk, agreed.state, agreed.other) == (merge.pk, "requested", leaving)
        with pytest.raises(NotFound):
            merging.agree(person(), code)
        assert AuditRow.objects.filter(action="account_merge.agree", target=leaving.uuid).exists()

    def test_a_new_code_ends_the_one_before_and_time_ends_it_too(self, kept, leaving):
        _merge, first = merging.offer(kept)
        _merge, code = merging.offer(kept)
        with pytest.raises(NotFound):
            merging.agree(leaving, first)
        with time_machine.travel(now() + timedelta(minutes=31)), pytest.raises(NotFound):
            merging.agree(leaving, code)
        assert merging.agree(leaving, code).state == "requested"
        with pytest.raises(Conflict):
            merging.offer(kept)

    def test_guessing_is_stopped(self, leaving):
        for _guess in range(merging.MOST_WRONG_AN_HOUR):
            with pytest.raises(NotFound):
                merging.offered(leaving, "00000000")
        with pytest.raises(TooMany):
            merging.offered(leaving, "00000000")

    def test_not_with_itself_and_not_without_a_real_name(self, kept):
        _merge, code = merging.offer(kept)
        with pytest.raises(Conflict, match="同一个账号"):
            merging.agree(kept, code)
        with pytest.raises(Conflict, match="还没有实名"):
            merging.offer(person(real_name=False))

    def test_either_side_takes_it_back_and_nobody_else(self, kept, leaving):
        _merge, code = merging.offer(kept)
        merge = merging.agree(leaving, code)
        with pytest.raises(NotFound):
            merging.withdraw(person(), merge)
        assert merging.withdraw(leaving, merge).state == "withdrawn"
        with pytest.raises(Conflict):
            merging.withdraw(kept, merge)


class TestWhoMay:
    def test_only_officers_with_evidence(self, officer, kept, leaving):
        reviewer = member("reviewer", college())
        for anyone in (kept, reviewer):
            with pytest.raises(NotAllowed):
                asked(anyone, kept, leaving)
        with pytest.raises(Invalid):
            merging.request(officer, kept, leaving, evidence="看过")
        with pytest.raises(NotAllowed, match="自己的"):
            asked(officer, kept, officer)
        assert not AccountMerge.objects.exists()

    def test_another_officer_decides(self, officer, second, kept, leaving):
        merge = asked(officer, kept, leaving)
        for nobody in (officer, member("reviewer", college()), kept):
            with pytest.raises(NotAllowed):
                merging.decide(nobody, merge, approve=True, reason="证件一致")
        with pytest.raises(Invalid):
            merging.decide(second, merge, approve=True, reason="好")
        assert merging.decide(second, merge, approve=False, reason="照片不是同一个人").state == "refused"
        with pytest.raises(Conflict):
            merging.decide(second, merge, approve=True, reason="证件一致")
        leaving.refresh_from_db()
        assert leaving.is_active

    def test_officers_see_what_waits_and_others_do_not(self, officer, kept, leaving):
        merge = asked(officer, kept, leaving)
        assert list(queries.queue(officer, "requested")) == [merge]
        with pytest.raises(NotAllowed):
            queries.queue(kept, "requested")
        with pytest.raises(NotAllowed):
            queries.merge_for(member("admin", college()), merge.uuid)
        queries.merge_for(officer, merge.uuid)
        looks = AuditRow.objects.filter(action="account_merge.view")
        assert set(looks.values_list("target", flat=True)) == {kept.uuid, leaving.uuid}
        with pytest.raises(NotFound):
            queries.merge_of(person(), merge.uuid)


class TestWhatMoves:
    def test_both_numbers_find_the_one_that_goes_on(self, officer, second, kept, leaving):
        numbers = [open_account(user).number for user in (kept, leaving)]
        merged(officer, second, kept, leaving)
        assert [queries.find_by_number(number) for number in numbers] == [kept, kept]
        assert queries.numbers_of(leaving) == numbers == queries.numbers_of(kept)
        leaving.refresh_from_db()
        assert not leaving.is_active
        assert open_account(leaving).number == numbers[1]

    def test_hours_move_one_by_one_and_a_course_on_both_counts_once(self, officer, second, kept, leaving):
        hours(kept, 300, "a")
        hours(leaving, 500, "a")
        hours(leaving, 200, "b")
        hours(leaving, 100, "c", kind="specialty")
        before = total(kept, leaving)
        merge = merged(officer, second, kept, leaving)
        assert total(kept, leaving) == before
        # Five hours of course a in all (the larger figure), two of b, one of c.
        assert posted_hours(kept.uuid) == {"public": 700, "specialty": 100, "vocational": 0}
        assert posted_hours(leaving.uuid)["public"] == 300
        titles = [study["title"] for study in compile_content(kept)["studies"]]
        assert sorted(titles) == ["课程 a", "课程 a", "课程 b", "课程 c"]
        part = merge.postings.get(transaction__evidence__course="a").transaction
        assert (part.evidence["counted_once"], part.kind) == (300, "merge")
        assert part.evidence["merge"] == str(merge.uuid)
        books_hold()

    def test_credits_keep_their_courses_and_the_certificate_is_spent_for_both(
        self, officer, second, kept, leaving
    ):
        done = approved(leaving)
        outcome = done.outcome
        version = done.rule_version
        merged(officer, second, kept, leaving)
        assert [item.balance for item in balances_of(kept.uuid) if item.unit.code == "credit"] == [800]
        assert [course["name"] for course in compile_content(kept)["courses"]] == [
            "电工技术基础",
            "电气控制实训",
        ]
        assert compile_content(kept)["courses"][0]["rule"] == "electrician-3 v1"
        outcome.refresh_from_db()
        assert outcome.holder == kept
        # One achievement, one use: neither the certificate nor its courses a second time.
        kept.refresh_from_db()
        with pytest.raises(Conflict):
            submit(kept, Wish(outcome.uuid, version.rule.code, version.number))
        other = certificate(kept)
        with pytest.raises(Conflict):
            submit(kept, Wish(other.uuid, version.rule.code, version.number))
        assert {fact.course_code for fact in used_in(kept)} == {"EL101", "EL102"}
        assert answer(kept, today()).plans[0].earned == 800
        books_hold()

    def test_the_same_paper_on_both_goes_on_as_the_one_found_genuine(self, officer, second, kept, leaving):
        mine = certificate(kept, number="S000131000123243000777")
        theirs = certificate(leaving, number="S000131000123243000777")
        type(theirs).objects.filter(pk=theirs.pk).update(
            status="verified", verified_by=officer, verified_at=now(), method="original", verified_for="ju"
        )
        merge = merged(officer, second, kept, leaving)
        mine.refresh_from_db()
        theirs.refresh_from_db()
        assert (mine.holder, theirs.holder) == (leaving, kept)
        assert mine.achievement == theirs.achievement
        merging.undo(officer, merge, reason="照片核对有误")
        mine.refresh_from_db()
        theirs.refresh_from_db()
        assert (mine.holder, theirs.holder) == (kept, leaving)


class TestWhatStandsInTheWay:
    def test_a_course_credited_on_both_is_shown_and_refused(self, officer, second, kept, leaving):
        approved(kept)
        clash = approved(leaving)
        found = queries.preview(kept, leaving)
        assert [item.course for item in found.clashes] == ["电工技术基础", "电气控制实训"]
        with pytest.raises(Conflict, match="都认定过") as refusal:
            asked(officer, kept, leaving)
        assert len(refusal.value.details["reasons"]) == 2
        admin = member("admin", clash.programme.organisation)
        reverse_recognition(admin, clash, reason="两个账号重复认定")
        merged(officer, second, kept, leaving)
        books_hold()

    def test_open_applications_roles_and_erasures(self, officer, kept, leaving):
        version = rule_version()
        outcome = certificate(leaving)
        submit(leaving, Wish(outcome.uuid, version.rule.code, version.number))
        with pytest.raises(Conflict, match="还在审核"):
            asked(officer, kept, leaving)
        with pytest.raises(Conflict, match="角色"):
            asked(officer, kept, member("teacher", college("jx", "技师学院")))
        User.objects.filter(pk=kept.pk).update(is_active=False)
        kept.refresh_from_db()
        with pytest.raises(Conflict, match="已停用"):
            asked(officer, kept, person())

    def test_each_account_once_and_no_chains(self, officer, second, kept, leaving):
        third = person("第三")
        merged(officer, second, kept, leaving)
        with pytest.raises(Conflict):
            asked(officer, third, leaving)
        with pytest.raises(Conflict, match="自己并入过"):
            asked(officer, third, kept)
        merged(officer, second, kept, third)
        assert queries.person_uuids(third) == [kept.uuid, leaving.uuid, third.uuid]

    def test_asked_twice_at_most_one_waits(self, officer, kept, leaving):
        asked(officer, kept, leaving)
        with pytest.raises(Conflict, match="在等待"):
            asked(officer, person(), leaving)


class TestAfterwards:
    def test_a_late_posting_follows_its_person(self, officer, second, kept, leaving):
        merge = merged(officer, second, kept, leaving)
        hours(leaving, 400, "late")
        deliver_pending()
        assert posted_hours(kept.uuid)["public"] == 400
        assert total(leaving) == 0
        # Delivered again, or settled again: nothing moves twice.
        assert settle(merge, SYSTEM) == []
        # The same course on the surviving account later: it counts once, with the larger figure.
        hours(kept, 300, "late")
        deliver_pending()
        assert posted_hours(kept.uuid)["public"] == 400
        books_hold()

    def test_what_was_carried_over_can_still_be_reversed(self, officer, second, kept, leaving):
        row = hours(leaving, 400, "a")
        hours(leaving, 100, "b")
        merged(officer, second, kept, leaving)
        reverse(row, reason="经人工核实更正", actor=SYSTEM)
        deliver_pending()
        assert posted_hours(kept.uuid)["public"] == 100
        assert total(leaving) == 0
        books_hold()

    def test_undone_within_its_term_everything_is_as_before(self, officer, second, kept, leaving):
        done = approved(leaving)
        hours(kept, 300, "a")
        hours(leaving, 500, "a")
        before = {user.pk: total(user) for user in (kept, leaving)}
        merge = merged(officer, second, kept, leaving)
        with pytest.raises(NotAllowed):
            merging.undo(second, merge, reason="照片核对有误")
        merging.undo(officer, merge, reason="照片核对有误")
        assert {user.pk: total(user) for user in (kept, leaving)} == before
        done.refresh_from_db()
        assert (done.applicant, done.outcome.holder) == (leaving, leaving)
        leaving.refresh_from_db()
        assert leaving.is_active
        assert queries.person_uuids(kept) == [kept.uuid]
        assert all(row.transaction.reversed_by for row in MergePosting.objects.all())
        with pytest.raises(Conflict):
            merging.undo(officer, merge, reason="照片核对有误")
        books_hold()

    def test_not_after_the_term_nor_when_it_was_spent(self, officer, second, kept, leaving):
        hours(leaving, 500, "a")
        merge = merged(officer, second, kept, leaving)
        with time_machine.travel(now() + timedelta(days=31)), pytest.raises(Conflict, match="30 天"):
            merging.undo(officer, merge, reason="照片核对有误")
        booked(kept.uuid, -400, kind="spent")
        with pytest.raises(Conflict) as refusal:
            merging.undo(officer, merge, reason="照片核对有误")
        assert refusal.value.code == "balance_too_small"
        merge.refresh_from_db()
        assert merge.state == "merged"
        leaving.refresh_from_db()
        assert not leaving.is_active

    def test_not_when_a_certificate_that_came_over_was_used_since(self, officer, second, kept, leaving):
        outcome = certificate(leaving)
        merge = merged(officer, second, kept, leaving)
        version = rule_version()
        submit(kept, Wish(outcome.uuid, version.rule.code, version.number))
        with pytest.raises(Conflict, match="又办理过"):
            merging.undo(officer, merge, reason="照片核对有误")

    def test_no_entry_of_before_was_touched(self, officer, second, kept, leaving):
        hours(kept, 300, "a")
        hours(leaving, 500, "b")
        before = list(Entry.objects.order_by("id").values())
        merge = merged(officer, second, kept, leaving)
        merging.undo(officer, merge, reason="照片核对有误")
        assert list(Entry.objects.order_by("id").values())[: len(before)] == before


def test_the_paper_that_was_given_on_the_other_account_stays_there(officer, second, kept, leaving):
    merged(officer, second, kept, leaving)
    assert Identity.objects.filter(user__in=[kept, leaving]).count() == 2
    assert Application.objects.count() == 0
