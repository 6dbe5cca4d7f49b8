"""A course asked of employees: enrolled for them once, a request with a day, reminders that don't nag."""

from datetime import date, datetime, timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from lms.accounts.employment.services import confirm, end_own
from lms.accounts.people.export import export_person
from lms.learning.enrolment.models import Enrolment
from lms.learning.rosters import queries
from lms.learning.rosters.models import AssignedCourse, CourseAssignment, StudyReminder
from lms.learning.rosters.services import Whom, assign, remind
from lms.lib.audit.models import AuditRow
from lms.lib.clock import SHANGHAI, today
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.services import deliver_pending
from tests.accounts.rosters import Firm, of, worker
from tests.factories.accounts import UserFactory, member
from tests.factories.courses import released_course
from tests.factories.learning import enrolment
from tests.learning.clients import signed_in
from tests.learning.rosters.firm import TrainingFirm, completed

pytestmark = [pytest.mark.django_db, pytest.mark.long, pytest.mark.usefixtures("clock")]
CLOCK = datetime(2026, 3, 10, 12, tzinfo=SHANGHAI)
DUE = date(2026, 4, 30)


@pytest.fixture
def firm():
    return TrainingFirm(employees=3)


@pytest.fixture
def course():
    return released_course(title="安全用电").course


def ask(firm, course, whom=None, due=DUE):
    return assign(firm.hr, firm.organisation, course, due_on=due, whom=whom or Whom())


def finish(user):
    Enrolment.objects.filter(person=user).update(state="completed")


class TestAssigning:
    def test_everybody_is_enrolled_once_and_the_officer_is_on_record(self, firm, course):
        made = ask(firm, course)
        assert made.people.count() == 3
        rows = AuditRow.objects.filter(action="enrolment.begin")
        assert {row.person for row in rows} == {firm.hr.uuid}
        assert {row.role for row in rows} == {"hr"}
        assert rows.count() == Enrolment.objects.count() == 3

    def test_who_began_by_themselves_keeps_their_enrolment(self, firm):
        release = released_course()
        own = enrolment(firm.workers[0], release)
        ask(firm, release.course)
        assert Enrolment.objects.count() == 3
        assert AssignedCourse.objects.get(person=firm.workers[0]).enrolment == own

    def test_asked_twice_is_asked_once(self, firm, course):
        ask(firm, course)
        with pytest.raises(Conflict):
            ask(firm, course)
        newcomer = worker()
        firm.load(
            *(of(user, f"职工{name}") for user, name in zip(firm.workers, "甲乙丙", strict=True)),
            of(newcomer, "新人"),
        )
        confirm(newcomer, firm.invitation(newcomer))
        assert [row.person for row in ask(firm, course).people.all()] == [newcomer]
        assert CourseAssignment.objects.count() == 2

    def test_departments_the_untrained_and_the_chosen(self, course):
        firm, users = Firm(), [worker() for _ in range(3)]
        firm.load(of(users[0], "张三"), of(users[1], "李四", department="二车间"), of(users[2], "王五"))
        rows = [confirm(user, firm.invitation(user)) for user in users]
        completed(users[0], 100)
        for whom, expected in (
            (Whom(departments=["二车间"]), {users[1]}),
            (Whom(untrained=True), {users[1], users[2]}),
            (Whom(untrained=True, departments=["一车间"]), {users[2]}),
            (Whom(chosen=[rows[0].pk, rows[2].pk]), {users[0], users[2]}),
        ):
            made = ask(firm, released_course().course, whom)
            assert {row.person for row in made.people.all()} == expected

    def test_nobody_unconfirmed_nobody_elses_and_nobody_who_left(self, firm, course):
        other = TrainingFirm(employees=1, code="other")
        silent = worker()
        firm.load(of(firm.workers[0], "职工甲"), of(silent, "李四"))
        for chosen in ([other.employments[0].pk], [firm.employments[1].pk], []):
            with pytest.raises(Invalid):
                ask(firm, course, Whom(chosen=chosen))
        assert {row.person for row in ask(firm, course).people.all()} == {firm.workers[0]}

    @pytest.mark.parametrize("due", [date(2026, 3, 9), date(2029, 1, 1)])
    def test_a_day_that_cannot_be_asked_for(self, firm, course, due):
        with pytest.raises(Invalid):
            ask(firm, course, due=due)
        assert not Enrolment.objects.exists()

    def test_a_course_that_is_not_open(self, firm, course):
        course.live = False
        course.save()
        with pytest.raises(Conflict):
            ask(firm, course)
        assert not CourseAssignment.objects.exists()

    def test_only_by_the_firms_personnel_officer(self, firm, course):
        other = TrainingFirm(employees=0, code="other")
        for user in (other.hr, member("admin", firm.organisation), UserFactory()):
            with pytest.raises(NotAllowed):
                assign(user, firm.organisation, course, due_on=DUE, whom=Whom())
        with pytest.raises(NotFound):
            queries.assignment_for(other.hr, ask(firm, course).uuid)

    def test_as_many_statements_for_many_as_for_few(self, course, django_assert_max_num_queries):
        firm = TrainingFirm(employees=30)
        with django_assert_max_num_queries(30):
            ask(firm, course)


class TestReminding:
    def test_once_a_week_a_person_and_course(self, firm, course, clock):
        made = ask(firm, course)
        assert remind(firm.hr, made) == 3
        with pytest.raises(Conflict):
            remind(firm.hr, made)
        clock.shift(timedelta(days=6, hours=23))
        with pytest.raises(Conflict):
            remind(firm.hr, made)
        clock.shift(timedelta(hours=2))
        assert remind(firm.hr, made) == 3
        assert sorted(StudyReminder.objects.values_list("number", flat=True)) == [1, 1, 1, 2, 2, 2]

    def test_two_employers_don_t_remind_one_person_twice(self, firm, course):
        user = firm.workers[0]
        second = Firm(name="第二家")
        second.employ(user)
        remind(firm.hr, ask(firm, course))
        with pytest.raises(Conflict):
            remind(second.hr, ask(second, course))

    def test_not_who_has_finished_or_left(self, firm, course):
        made = ask(firm, course)
        finish(firm.workers[0])
        end_own(firm.workers[1], firm.employments[1])
        assert remind(firm.hr, made) == 1
        assert StudyReminder.objects.get().person == firm.workers[2]

    def test_only_by_its_own_officer(self, firm, course):
        with pytest.raises(NotAllowed):
            remind(TrainingFirm(employees=0, code="other").hr, ask(firm, course))

    def test_an_e_mail_once_and_none_after_it_is_done(self, firm, course):
        remind(firm.hr, ask(firm, course))
        finish(firm.workers[0])
        while deliver_pending():
            pass
        assert sorted(letter.to[0] for letter in mail.outbox) == sorted(
            user.email for user in firm.workers[1:]
        )
        assert "2026-04-30" in mail.outbox[0].body
        assert "安全用电" in mail.outbox[0].subject


class TestThePerson:
    def test_my_learning_shows_the_request_until_it_is_done(self, firm, course):
        user = firm.workers[0]
        made = ask(firm, course)
        remind(firm.hr, made)
        client = Client()
        client.force_login(user)
        page = client.get(reverse("learning:home")).content.decode()
        assert "希望你在 2026-04-30 前学完" in page
        assert "提醒于 2026-03-10" in page
        finish(user)
        assert "希望你在" not in client.get(reverse("learning:home")).content.decode()

    def test_a_request_ends_with_the_employment(self, firm, course):
        ask(firm, course)
        end_own(firm.workers[0], firm.employments[0])
        asked = queries.with_requests(Enrolment.objects.all())
        assert {row.person: bool(queries.request_sentence(row, today())) for row in asked} == {
            firm.workers[0]: False,
            firm.workers[1]: True,
            firm.workers[2]: True,
        }

    def test_what_is_asked_for_stands_first_the_most_urgent_at_the_head(self, firm):
        user = firm.workers[0]
        own, later, soon = (enrolment(user, released_course()) for _ in range(3))
        ask(firm, later.course, due=DUE + timedelta(days=1))
        ask(firm, soon.course, due=DUE)
        found = queries.with_requests(Enrolment.objects.filter(person=user))
        assert list(found) == [soon, later, own]

    def test_my_learning_asks_the_database_no_more_for_it(self, firm, course, django_assert_max_num_queries):
        client = Client()
        client.force_login(firm.workers[0])
        ask(firm, course)
        with django_assert_max_num_queries(8) as one:
            client.get(reverse("learning:home"))
        for _ in range(3):
            ask(firm, released_course().course)
        with django_assert_max_num_queries(len(one)):
            client.get(reverse("learning:home"))

    def test_the_export_holds_requests_and_reminders(self, firm, course):
        remind(firm.hr, ask(firm, course))
        part = export_person(firm.workers[0])["employers_requests"]
        assert [(item["course"], item["due_on"], len(item["reminders"])) for item in part] == [
            ("安全用电", DUE, 1)
        ]


class TestPages:
    def test_the_walk_from_choosing_to_reminding(self, firm, course):
        client = signed_in(firm.hr, staff=True)
        code = firm.organisation.code
        assert "布置" in client.get(reverse("learning_assignments")).content.decode()
        assert (
            "安全用电"
            in client.get(reverse("learning_assignment_new", args=[code]) + "?q=用电").content.decode()
        )
        address = reverse("learning_assign", args=[code, course.uuid])
        assert "职工甲" in client.get(address).content.decode()
        refused = client.post(address, {"whom": "chosen", "due_on": "2026-04-30"})
        assert refused.status_code == 422
        assert "没有选中" in refused.content.decode()
        person = str(firm.employments[0].pk)
        answer = client.post(address, {"whom": "chosen", "person": [person, "x"], "due_on": "2026-04-30"})
        made = CourseAssignment.objects.get()
        assert answer.headers["Location"] == reverse("learning_assignment", args=[made.uuid])
        page = client.get(answer.headers["Location"]).content.decode()
        assert "提醒 1 人" in page
        client.post(answer.headers["Location"])
        assert StudyReminder.objects.count() == 1
        assert client.get(answer.headers["Location"]).context["to_remind"] == 0
        assert "0 / 1" in client.get(reverse("learning_assignments")).content.decode()

    def test_nobody_else_comes_in(self, firm, course):
        made = ask(firm, course)
        names = [
            reverse("learning_assignments"),
            reverse("learning_assignment", args=[made.uuid]),
            reverse("learning_assignment_new", args=[firm.organisation.code]),
            reverse("learning_assign", args=[firm.organisation.code, course.uuid]),
        ]
        admin, stranger = (
            signed_in(member("admin", firm.organisation), staff=True),
            signed_in(TrainingFirm(0, code="other").hr, staff=True),
        )
        assert [admin.get(name).status_code for name in names] == [403] * 4
        assert [stranger.get(name).status_code for name in names] == [200, 404, 404, 404]
        assert stranger.post(names[1]).status_code == 404
