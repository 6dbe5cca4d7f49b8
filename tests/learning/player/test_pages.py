"""The learner's pages: what they show, to whom, and in how many queries."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from courses.panel import continue_panel, learner_panel
from lms.accounts.api import actor
from lms.learning.enrolment.models import Enrolment
from lms.learning.enrolment.services import enrol
from lms.lib.errors import Conflict, NotAllowed
from tests.factories.accounts import UserFactory
from tests.factories.courses import course_page, released_course, text
from tests.factories.learning import enrolment
from tests.learning.statements.years import named

pytestmark = pytest.mark.django_db


@pytest.fixture
def item():
    return enrolment(with_quiz=True)


@pytest.fixture
def client(item):
    found = Client()
    found.force_login(item.person)
    return found


def player(item, place=0):
    return reverse("learning:player", args=[item.uuid, item.release.lessons.all()[place].uuid])


class TestEnrolment:
    def test_twice_is_once_and_pins_the_release(self):
        release = released_course()
        user = UserFactory()
        first = enrol(user, release.course, actor(user))
        assert enrol(user, release.course, actor(user)) == first
        assert first.release == release

    def test_whoever_begins_is_told_once_that_the_certificate_would_bear_no_real_name(self):
        release, user, client = released_course(), UserFactory(), Client()
        client.force_login(user)
        hint = "证书会先印称呼"
        assert hint in client.get(release.course.get_url()).content.decode()
        named(user, "江一苇")
        assert hint not in client.get(release.course.get_url()).content.decode()
        other = UserFactory()
        client.force_login(other)
        enrol(other, release.course, actor(other))
        for course in (release.course, released_course().course):
            assert hint not in client.get(course.get_url()).content.decode()

    def test_nobody_enrols_somebody_else(self):
        release = released_course()
        with pytest.raises(NotAllowed):
            enrol(UserFactory(), release.course, actor(UserFactory()))

    def test_a_course_without_a_release_is_refused(self):
        user = UserFactory()
        with pytest.raises(Conflict):
            enrol(user, course_page(), actor(user))
        assert Enrolment.objects.count() == 0

    def test_by_form_and_only_by_post(self):
        release = released_course()
        url = reverse("learning:enrol", args=[release.course.uuid])
        client = Client()
        assert client.post(url).url.startswith("/accounts/login/")
        user = UserFactory()
        client.force_login(user)
        assert client.get(url).status_code == 302
        assert Enrolment.objects.count() == 0
        answer = client.post(url)
        assert answer.url == player(Enrolment.objects.get())

    def test_the_course_page_knows_the_learner(self, item):
        found = learner_panel(item.person, item.course, [])
        assert (found["state"], found["percent"]) == ("enrolled", 0)
        assert found["resume_url"] == player(item)
        other = learner_panel(UserFactory(), item.course, [])
        assert (other["state"], other["enrol_url"]) == (
            "none",
            reverse("learning:enrol", args=[item.course.uuid]),
        )
        assert [row["url"] for row in continue_panel(item.person)] == [player(item)]


class TestPages:
    def test_they_open(self, item, client):
        lesson = item.release.lessons.last()
        block = lesson.blocks[0]["id"]
        for url in (
            reverse("learning:home"),
            reverse("learning:course", args=[item.uuid]),
            player(item),
            player(item, 2),
            reverse("learning:quiz", args=[item.uuid, lesson.uuid, block]),
            reverse("hours:year"),
        ):
            answer = client.get(url)
            assert answer.status_code == 200, url
            assert "<h1" in answer.content.decode()

    def test_who_only_works_here_is_shown_the_way_to_work(self, item, client):
        home, way = reverse("learning:home"), reverse("wagtailadmin_home")
        assert way not in client.get(home).content.decode()
        client.force_login(UserFactory(is_superuser=True))
        assert way in client.get(home).content.decode()

    def test_the_player_reads_without_scripts_and_says_what_is_missing(self, item, client):
        body = client.get(player(item)).content.decode()
        assert "停电以后先验电再挂接地线" in body
        assert "<noscript>" in body
        assert "没有开启 JavaScript，不能计时" in body

    def test_nobody_sees_another_persons_enrolment(self, item):
        other = Client()
        other.force_login(UserFactory())
        lesson = item.release.lessons.last()
        for url in (
            player(item),
            reverse("learning:course", args=[item.uuid]),
            reverse("learning:quiz", args=[item.uuid, lesson.uuid, lesson.blocks[0]["id"]]),
            f"/api/v1/learning/enrolments/{item.uuid}",
        ):
            assert other.get(url).status_code == 404, url
        assert other.get("/api/v1/learning/enrolments").json() == []

    def test_a_lesson_of_another_course_is_not_found(self, item, client):
        foreign = enrolment().release.lessons.first()
        assert client.get(reverse("learning:player", args=[item.uuid, foreign.uuid])).status_code == 404

    def test_a_visitor_is_led_to_sign_in_and_back(self, item):
        answer = Client().get(player(item))
        assert answer.url == f"/accounts/login/?next={player(item)}"

    def test_queries_are_flat_in_lessons_and_courses(self, django_assert_max_num_queries):
        user = UserFactory()
        client = Client()
        client.force_login(user)
        small = enrolment(user, released_course([[text()], [text()]]))
        large = enrolment(user, released_course([[text()] for _ in range(12)]))
        first, second = player(small), player(large)
        # Sessions kept in Redis cost one query less; more lessons cost none more.
        with django_assert_max_num_queries(8) as few:
            client.get(first)
        with django_assert_max_num_queries(len(few)):
            client.get(second)
        with django_assert_max_num_queries(8) as one:
            client.get(reverse("learning:home"))
        for _ in range(4):
            enrolment(user, released_course([[text()]]))
        with django_assert_max_num_queries(len(one)):
            client.get(reverse("learning:home"))


class TestApi:
    def post(self, client, path, data):
        return client.post(f"/api/v1/learning/{path}", json.dumps(data), content_type="application/json")

    def test_the_same_way_by_api(self):
        release = released_course(with_quiz=True)
        client = Client()
        assert client.get("/api/v1/learning/enrolments").status_code == 401
        client.force_login(UserFactory())
        found = self.post(client, "enrolments", {"course": str(release.course.uuid)}).json()
        path = f"enrolments/{found['uuid']}"
        whole = client.get(f"/api/v1/learning/{path}").json()
        assert len(whole["outline"]) == 3
        assert whole["missing"]["quizzes"] == ["小测验"]
        lesson = whole["outline"][0]["uuid"]
        opened = self.post(client, f"{path}/sessions", {"lesson": lesson, "device": "api"}).json()
        assert opened["counting"]
        report = {"session": opened["session"], "seq": 1, "elapsed_ms": 0, "active_ms_total": 0, "active": []}
        assert self.post(client, "reports", report).json()["accepted_ms"] == 0
        assert self.post(client, "take-over", {"session": opened["session"]}).json()["counting"]
        quiz = whole["outline"][2]
        attempt = self.post(
            client, f"{path}/lessons/{quiz['uuid']}/quizzes/{quiz['quizzes'][0]['block']}", {}
        ).json()
        key = attempt["questions"][0]["id"]
        assert self.post(client, f"attempts/{attempt['uuid']}/answers", {"answers": {key: ["a"]}}).json() == {
            "saved": 1
        }
        done = self.post(client, f"attempts/{attempt['uuid']}/submit", {"answers": {}}).json()
        assert done["passed"]
        assert client.get(f"/api/v1/learning/attempts/{attempt['uuid']}").json()["questions"][0]["right"]
        assert client.get("/api/v1/learning/completions").json() == []
        assert client.get("/api/v1/learning/hours").json()["goal"]["centihours"] == 9000

    def test_refusals_are_json_with_their_status(self, client):
        answer = self.post(client, "reports", {})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_report")
        assert client.get("/api/v1/learning/days/nonsense").status_code == 422
