"""Claims by role and object, step by step, and what counts in the end."""

from datetime import date, datetime, timedelta
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from creditbank.api import audit, posted_hours
from creditbank.ledger.models import Transaction
from lms.learning.declarations import decisions, queries
from lms.learning.declarations.decisions import Verdict, review
from lms.learning.declarations.models import DeclarationFile, HoursDeclaration, State, WorkCredit
from lms.learning.declarations.services import appeal, close_expired, declare, supplement, withdraw
from lms.lib.audit.models import AuditRow
from lms.lib.clock import SHANGHAI
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.models import OutboxEvent
from lms.lib.outbox.services import deliver_pending
from tests.factories.accounts import MembershipFactory, OrganisationFactory, UserFactory, member
from tests.learning.declarations.claims import House, accept, picture, rule

pytestmark = pytest.mark.django_db
CLOCK = datetime(2026, 3, 10, 12, tzinfo=SHANGHAI)


@pytest.fixture
def house(clock):
    return House()


def delivered():
    while deliver_pending():
        pass


def acts(claim):
    return [(step.act, step.level, step.state) for step in claim.steps.order_by("number")]


class TestTheWay:
    def test_from_claim_to_posted_hours_once(self, house):
        rule(grade="全国性")
        claim = house.claim(picture(), grade="全国性", centihours=None)
        assert (claim.state, claim.due_on, claim.ruled_centihours) == ("employer", date(2026, 3, 25), 1200)
        claim = review(house.hr, claim, Verdict("accept"))
        assert claim.state == "department"
        claim = review(house.reviewer, claim, Verdict("accept"))
        assert (claim.state, claim.accepted_centihours, claim.counted_centihours) == ("accepted", 1200, 1200)
        assert acts(claim) == [
            ("submit", "employer", "employer"),
            ("pass", "employer", "department"),
            ("accept", "department", "accepted"),
        ]
        delivered()
        assert posted_hours(house.worker.uuid) == {"public": 0, "specialty": 1200, "vocational": 0}
        row = Transaction.objects.get()
        assert (row.occurred_on, row.rule_code, row.rule_version) == (
            date(2026, 3, 4),
            "activity:conference:specialty:全国性",
            1,
        )
        assert row.evidence["declaration"] == str(claim.uuid)
        OutboxEvent.objects.filter(kind="declaration.accepted").update(done_at=None)
        delivered()
        assert Transaction.objects.count() == 1
        out = StringIO()
        call_command("audit_ledger", stdout=out)
        assert "学时申报与入账学时: 1" in out.getvalue()
        report = audit()
        assert report.breaks == []
        assert report.checked["declarations"] == 1

    def test_the_ledger_holds_no_words_of_the_person(self, house):
        claim = house.accepted(title="李某某的肺癌手术学习班", about="住在某路 1 号")
        delivered()
        assert "李某某" not in str(Transaction.objects.get().evidence)
        assert OutboxEvent.objects.filter(payload__declaration=str(claim.uuid)).count() == 2

    def test_a_supplement_goes_back_to_whoever_asked(self, house):
        claim = review(house.hr, house.claim(), Verdict("ask", "请补会议通知"))
        assert (claim.state, claim.due_on) == ("supplement", date(2026, 3, 25))
        claim = supplement(house.worker, claim, text="已补", files=[picture()])
        assert claim.state == "employer"
        claim = review(house.hr, claim, Verdict("accept"))
        claim = review(house.reviewer, claim, Verdict("ask", "请补签到表"))
        claim = supplement(house.worker, claim, text="", files=[picture()])
        assert (claim.state, claim.files.count()) == ("department", 2)
        assert accept(house.reviewer, claim).state == "accepted"

    def test_an_expired_supplement_closes_and_can_be_declared_anew(self, house, clock):
        claim = review(house.hr, house.claim(title="年会"), Verdict("ask", "请补会议通知"))
        clock.shift(timedelta(days=15))
        assert close_expired() == 0
        clock.shift(timedelta(days=1))
        assert "已过" in queries.next_sentence(claim)
        with pytest.raises(Conflict, match="可以重新申报"):
            supplement(house.worker, claim, text="已补")
        claim.refresh_from_db()
        assert claim.state == "expired"
        assert acts(claim)[-1] == ("expire", "employer", "expired")
        assert claim.steps.last().person is None
        assert "重新申报" in queries.next_sentence(claim)
        assert house.claim(title="年会").state == "employer"

    def test_what_is_late_does_not_stand_in_the_way_before_the_beat_has_come(self, house, clock):
        late = review(house.hr, house.claim(title="年会"), Verdict("ask", "请补会议通知"))
        clock.shift(timedelta(days=16))
        assert house.claim(title="年会").state == "employer"
        late.refresh_from_db()
        assert late.state == "expired"

    def test_the_beat_closes_them_too(self, house, clock):
        review(house.hr, house.claim(), Verdict("ask", "请补会议通知"))
        kept = house.claim()
        clock.shift(timedelta(days=16))
        assert close_expired() == 1
        assert close_expired() == 0
        kept.refresh_from_db()
        assert kept.state == "employer"

    def test_withdrawn_before_the_decision_and_not_after(self, house):
        claim = withdraw(house.worker, house.passed(title="年会"))
        assert claim.state == "withdrawn"
        with pytest.raises(Conflict):
            withdraw(house.worker, claim)
        done = house.accepted(title="年会")
        with pytest.raises(Conflict):
            withdraw(house.worker, done)

    def test_an_appeal_once_and_by_another_reviewer(self, house):
        claim = review(house.reviewer, house.passed(), Verdict("refuse", "看不出主办单位"))
        assert claim.due_on == date(2026, 3, 25)
        claim = appeal(house.worker, claim, reason="会议通知第 2 页写明")
        assert (claim.state, claim.level) == ("appeal", "appeal")
        with pytest.raises(NotAllowed, match="另一位"):
            accept(house.reviewer, claim)
        with pytest.raises(Conflict):
            review(house.second, claim, Verdict("ask", "再补"))
        refused = review(house.second, claim, Verdict("refuse", "仍看不出"))
        assert (refused.state, refused.due_on) == ("refused", None)
        with pytest.raises(Conflict, match="最终"):
            appeal(house.worker, refused, reason="再申诉")

    def test_an_appeal_against_the_employer_goes_to_the_department(self, house):
        claim = review(house.hr, house.claim(), Verdict("refuse", "与岗位无关"))
        claim = appeal(house.worker, claim, reason="与岗位有关")
        with pytest.raises(NotAllowed):
            review(house.hr, claim, Verdict("refuse", "与岗位无关"))
        assert accept(house.reviewer, claim).state == "accepted"

    def test_a_late_appeal(self, house, clock):
        claim = review(house.hr, house.claim(), Verdict("refuse", "与岗位无关"))
        clock.shift(timedelta(days=16))
        assert not queries.may_appeal(claim)
        with pytest.raises(Conflict, match="期限"):
            appeal(house.worker, claim, reason="与岗位有关")

    def test_no_appeal_beside_a_new_claim_of_the_same_work(self, house):
        claim = review(house.hr, house.claim(title="年会"), Verdict("refuse", "材料不清"))
        house.claim(title="年会")
        with pytest.raises(Conflict) as refusal:
            appeal(house.worker, claim, reason="材料清楚")
        assert refusal.value.code == "already_open"
        claim.refresh_from_db()
        assert (claim.state, claim.appealed) == ("refused", False)

    def test_every_step_has_its_audit_row(self, house):
        claim = house.accepted()
        found = AuditRow.objects.filter(target_type=queries.TARGET, target=claim.uuid).order_by("id")
        assert [(row.action, row.role, row.body) for row in found] == [
            ("declaration.submit", "learner", ""),
            ("declaration.pass", "hr", house.employer.code),
            ("declaration.accept", "reviewer", house.department.code),
        ]


class TestWhoMay:
    def test_each_level_is_its_own_peoples(self, house):
        other = House()
        claim = house.claim()
        strangers = (house.worker, house.reviewer, house.second, other.hr, other.reviewer, UserFactory())
        for stranger in strangers:
            with pytest.raises(NotAllowed):
                review(stranger, claim, Verdict("accept"))
        claim = review(house.hr, claim, Verdict("accept"))
        for stranger in (house.worker, house.hr, other.reviewer, member("officer", house.department)):
            with pytest.raises(NotAllowed):
                accept(stranger, claim)
        assert accept(house.reviewer, claim).state == "accepted"

    def test_nobody_judges_their_own(self, house):
        MembershipFactory(user=house.hr, organisation=house.department, role="reviewer")
        claim = house.claim(person=house.hr)
        with pytest.raises(NotAllowed, match="自己"):
            review(house.hr, claim, Verdict("accept"))
        assert claim not in queries.queue(house.hr, "waiting")
        with pytest.raises(NotFound):
            queries.for_review(house.hr, claim.uuid)
        root = UserFactory(is_superuser=True)
        MembershipFactory(user=root, organisation=house.employer, role="teacher")
        with pytest.raises(NotAllowed, match="自己"):
            review(root, house.claim(person=root), Verdict("accept"))

    def test_one_person_does_not_decide_on_both_levels(self, house):
        MembershipFactory(user=house.hr, organisation=house.department, role="reviewer")
        claim = house.passed()
        with pytest.raises(NotAllowed, match="另一位"):
            accept(house.hr, claim)

    def test_asking_is_no_decision(self, house):
        claim = review(house.hr, house.claim(), Verdict("ask", "请补会议通知"))
        claim = supplement(house.worker, claim, text="已补")
        assert review(house.hr, claim, Verdict("accept")).state == "department"

    def test_the_learners_acts_are_the_learners(self, house):
        claim = review(house.hr, house.claim(), Verdict("ask", "请补会议通知"))
        for act in (
            lambda: supplement(house.hr, claim, text="已补"),
            lambda: withdraw(house.hr, claim),
            lambda: appeal(house.hr, claim, reason="x"),
        ):
            with pytest.raises(NotFound):
                act()
        with pytest.raises(NotFound):
            queries.own(house.hr, claim.uuid)

    def test_the_department_sees_what_has_reached_it(self, house):
        claim = house.claim(picture())
        file = DeclarationFile.objects.get()
        for found in (lambda: queries.for_review(house.reviewer, claim.uuid),):
            with pytest.raises(NotFound):
                found()
        with pytest.raises(NotFound):
            queries.evidence_for(house.reviewer, file.uuid)
        review(house.hr, claim, Verdict("accept"))
        assert queries.for_review(house.reviewer, claim.uuid) == claim
        assert queries.evidence_for(house.reviewer, file.uuid) == file
        looks = AuditRow.objects.filter(action__endswith=".view", target=house.worker.uuid)
        assert [(look.action, look.role) for look in looks.order_by("id")] == [
            ("declaration.view", "reviewer"),
            ("evidence.view", "reviewer"),
        ]

    def test_evidence_is_the_owners_and_the_reviewers(self, house):
        claim = house.claim(picture())
        file = DeclarationFile.objects.get()
        assert queries.evidence_for(house.worker, file.uuid) == file
        assert not AuditRow.objects.filter(action="evidence.view").exists()
        assert queries.evidence_for(house.hr, file.uuid) == file
        for stranger in (UserFactory(), member("teacher", house.employer), House().hr):
            with pytest.raises(NotFound):
                queries.evidence_for(stranger, file.uuid)
        withdraw(house.worker, claim)
        with pytest.raises(NotFound):
            queries.evidence_for(house.hr, file.uuid)

    def test_the_queue_of_each_and_the_oldest_first(self, house, clock):
        first = house.claim()
        clock.shift(60)
        second = house.claim()
        assert list(queries.queue(house.hr, "waiting")) == [first, second]
        assert list(queries.queue(house.reviewer, "waiting")) == []
        review(house.hr, second, Verdict("accept"))
        assert list(queries.queue(house.hr, "waiting")) == [first]
        assert list(queries.queue(house.reviewer, "waiting")) == [second]
        assert list(queries.queue(House().hr, "waiting")) == []
        review(house.reviewer, queries.for_review(house.reviewer, second.uuid), Verdict("refuse", "不符"))
        assert list(queries.queue(house.hr, State.REFUSED)) == [second]
        assert list(queries.queue(house.second, State.REFUSED)) == [second]

    def test_a_role_that_ended_judges_no_more(self, house):
        claim = house.claim()
        house.hr.memberships.update(until=date(2026, 3, 9))
        with pytest.raises(NotAllowed):
            review(house.hr, claim, Verdict("accept"))


class TestHours:
    def test_where_nothing_is_set_the_reviewer_sets_hours_with_a_reason(self, house):
        claim = house.passed(centihours=1200)
        assert claim.rule is None
        assert "尚未设定" in " ".join(queries.explanation(claim))
        for verdict in (
            Verdict("accept", "相符"),
            Verdict("accept", "", 800),
            Verdict("accept", "相符", 1201),
            Verdict("accept", "相符", 0),
            Verdict("accept", "相符", -100),
        ):
            with pytest.raises(Invalid):
                review(house.reviewer, claim, verdict)
        assert WorkCredit.objects.count() == 0
        assert review(house.reviewer, claim, Verdict("accept", "参会两天", 800)).counted_centihours == 800

    def test_never_more_than_the_rule_and_never_more_than_declared(self, house):
        rule()
        assert house.passed(centihours=5000).ceiling == 1200
        assert house.passed(centihours=700).ceiling == 700
        claim = house.passed(centihours=5000)
        with pytest.raises(Invalid, match="12"):
            review(house.reviewer, claim, Verdict("accept", "相符", 1300))

    def test_lowering_needs_a_reason(self, house):
        rule()
        claim = house.passed(centihours=None)
        with pytest.raises(Invalid) as refusal:
            review(house.reviewer, claim, Verdict("accept", "", 600))
        assert refusal.value.code == "reason_missing"
        done = review(house.reviewer, claim, Verdict("accept", "只参加了一天", 600))
        assert done.counted_centihours == 600
        assert done.steps.last().reason == "只参加了一天"

    def test_the_rule_of_the_day_the_activity_ended(self, house):
        rule(valid_from=date(2025, 1, 1), centihours_per_unit=1200)
        rule(valid_from=date(2026, 3, 4), centihours_per_unit=900)
        rule(valid_from=date(2026, 3, 5), centihours_per_unit=None)
        before = house.claim(starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 3), centihours=None)
        on_the_day = house.claim(starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 4), centihours=None)
        after = house.claim(starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 5))
        found = [
            (claim.ruled_centihours, claim.rule and claim.rule.version)
            for claim in (before, on_the_day, after)
        ]
        assert found == [(1200, 1), (900, 2), (None, None)]

    def test_a_rule_is_for_its_grade_and_category(self, house):
        rule(grade="全国性", centihours_per_unit=1200)
        rule(grade="省级", centihours_per_unit=800)
        assert house.claim(grade="省级", centihours=None).ruled_centihours == 800
        assert house.claim().rule is None
        assert house.claim(grade="全国性", category="public").rule is None

    def test_units_and_the_year(self, house):
        rule(activity="training", centihours_per_unit=100, unit_word="课时")
        claim = house.claim(
            activity="training",
            centiunits=2450,
            centihours=None,
            starts_on=date(2025, 12, 30),
            ends_on=date(2026, 1, 2),
        )
        assert (claim.ruled_centihours, claim.year) == (2450, 2026)

    def test_the_same_work_adds_only_the_difference(self, house):
        paper = {"activity": "paper", "identifier": "10.1016/j.jmsy.2024.01.003"}
        again = paper | {"identifier": "https://doi.org/10.1016/J.JMSY.2024.01.003", "title": "同一篇"}
        assert house.accepted(600, **paper).counted_centihours == 600
        assert house.accepted(1000, **again).counted_centihours == 400
        lower = house.accepted(800, **again)
        assert lower.counted_centihours == 0
        assert "同一成果" in " ".join(queries.explanation(queries.own(house.worker, lower.uuid)))
        delivered()
        assert posted_hours(house.worker.uuid)["specialty"] == 1000
        assert OutboxEvent.objects.filter(kind="declaration.accepted", done_at=None).count() == 0
        assert audit().breaks == []

    def test_another_person_has_their_own_count(self, house):
        other = member("teacher", house.employer)
        paper = {"activity": "paper", "identifier": "10.1016/j.jmsy.2024.01.003"}
        assert house.accepted(600, **paper).counted_centihours == 600
        assert house.accepted(600, person=other, **paper).counted_centihours == 600

    def test_the_yearly_cap(self, house):
        rule(yearly_cap_centihours=2000)
        counted = [house.accepted(None, centihours=None).counted_centihours for _ in range(3)]
        assert counted == [1200, 800, 0]
        last_year = {"starts_on": date(2025, 6, 2), "ends_on": date(2025, 6, 3), "centihours": None}
        assert house.accepted(None, **last_year).counted_centihours == 1200
        last = queries.own_all(house.worker).filter(year=2026).order_by("id").last()
        assert "每年最多 20 学时，此前已记 20 学时" in " ".join(queries.explanation(last))


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("field", "changes"),
        [
            ("activity", {"activity": "party"}),
            ("activity", {"grade": "银河级"}),
            ("category", {"category": "vocational"}),
            ("title", {"title": " "}),
            ("title", {"title": "长" * 121}),
            ("organiser", {"organiser": "\0\0\0"}),
            ("identifier", {"identifier": "12"}),
            ("about", {"about": "长" * 1001}),
            ("ends_on", {"ends_on": date(2026, 3, 1)}),
            ("ends_on", {"ends_on": date(2026, 3, 11)}),
            ("starts_on", {"starts_on": date(26, 3, 2)}),
            ("units", {"centiunits": 0}),
            ("units", {"centiunits": 1.5}),
            ("hours", {"centihours": 0}),
            ("hours", {"centihours": None}),
            ("hours", {"centihours": 100_001}),
        ],
    )
    def test_a_field_that_cannot_be_right(self, house, field, changes):
        with pytest.raises(Invalid) as refusal:
            house.claim(**changes)
        assert refusal.value.details["field"] == field
        assert not HoursDeclaration.objects.exists()

    def test_an_authority_is_nobodys_employer_since_it_has_no_personnel_officers(self, house):
        with pytest.raises(Invalid):
            house.claim(person=house.reviewer, employer=house.department.uuid)

    def test_an_employer_one_is_no_member_of_and_a_department_that_is_none(self, house):
        other = House()
        with pytest.raises(Invalid):
            house.claim(employer=other.employer.uuid)
        with pytest.raises(Invalid):
            house.claim(department=OrganisationFactory(kind="college").uuid)
        other.department.status = "suspended"
        other.department.save()
        with pytest.raises(Invalid):
            house.claim(department=other.department.uuid)

    @pytest.mark.parametrize(
        "file",
        [
            SimpleUploadedFile("证书.png", b"<html><script>alert(1)</script>"),
            SimpleUploadedFile("证书.pdf", b"MZ\x90\x00"),
            SimpleUploadedFile("空.pdf", b""),
            SimpleUploadedFile("大.png", b"\x89PNG\r\n\x1a\n" + b"0" * (10 * 1024 * 1024)),
        ],
        ids=["html", "exe", "empty", "large"],
    )
    def test_files_that_are_no_evidence(self, house, file):
        with pytest.raises(Invalid) as refusal:
            house.claim(picture(), file)
        assert refusal.value.details["field"] == "evidence"
        assert not HoursDeclaration.objects.exists()
        assert not DeclarationFile.objects.exists()

    def test_more_than_five_files_also_in_two_goes(self, house):
        with pytest.raises(Invalid):
            house.claim(*(picture() for _ in range(6)))
        claim = house.claim(*(picture() for _ in range(4)))
        claim = review(house.hr, claim, Verdict("ask", "请补"))
        with pytest.raises(Invalid):
            supplement(house.worker, claim, text="补", files=[picture(), picture()])
        claim.refresh_from_db()
        assert (claim.state, claim.files.count()) == ("supplement", 4)

    def test_the_same_claim_twice(self, house):
        claim = house.claim(title="年会")
        with pytest.raises(Conflict) as refusal:
            house.claim(title="《年会》")
        assert refusal.value.details == {"declaration": str(claim.uuid)}

    def test_a_verdict_without_its_reason_or_without_sense(self, house):
        claim = house.claim()
        for verdict in (Verdict("ask"), Verdict("refuse", " "), Verdict("accept", "长" * 1001)):
            with pytest.raises(Invalid):
                review(house.hr, claim, verdict)
        for word in ("pass", "expire", "submit", ""):
            with pytest.raises(Invalid):
                review(house.hr, claim, Verdict(word, "理由"))
        claim.refresh_from_db()
        assert (claim.state, claim.steps.count()) == ("employer", 1)

    def test_a_stale_page_decides_nothing(self, house):
        seen = house.claim()
        review(house.hr, seen, Verdict("ask", "请补会议通知"))
        with pytest.raises(Conflict):
            review(house.hr, seen, Verdict("accept"))
        stale = house.passed()
        fresh = queries.for_review(house.reviewer, stale.uuid)
        accept(house.reviewer, fresh)
        with pytest.raises(Conflict):
            accept(house.second, stale)


class TestRules:
    def test_officers_publish_and_nobody_else(self, house):
        officer = member("officer", house.department)
        new = decisions.NewRule("paper", "specialty", date(2026, 1, 1), 600, "篇", "测试文件")
        assert decisions.publish_rule(officer, new).version == 1
        assert decisions.publish_rule(officer, new).version == 2
        for other in (house.worker, house.hr, house.reviewer):
            with pytest.raises(NotAllowed):
                decisions.publish_rule(other, new)
        assert AuditRow.objects.filter(action="hours_rule.publish").count() == 2

    def test_a_rule_published_later_does_not_change_what_was_handed_in(self, house):
        claim = house.passed(centihours=1200)
        rule(centihours_per_unit=100)
        assert accept(house.reviewer, claim).counted_centihours == 1200


def test_the_same_declaration_by_a_declared_value(house):
    """The service itself, as the API calls it."""
    made = declare(house.worker, house.said())
    assert made.work_key.startswith("conference:")
