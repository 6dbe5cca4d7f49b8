"""What learners make of a course: who may rate, what is told of how many, and what search hears of it."""

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from courses.searching import CourseSource
from lms.accounts.api import actor
from lms.learning.enrolment.models import Enrolment
from lms.learning.enrolment.services import enrol
from lms.learning.erasure import erase
from lms.learning.ratings import rules, services
from lms.learning.ratings.models import CourseRating, CourseRatings
from lms.learning.ratings.queries import course_rating, texts
from lms.learning.records.export import part
from lms.learning.registered import signals_of
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.lib.outbox.models import OutboxEvent
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.factories.courses import released_course
from tests.learning.clients import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return released_course().course


def completed(course, user=None):
    user = user or UserFactory()
    item = enrol(user, course, actor(user))
    Enrolment.objects.filter(pk=item.pk).update(state=Enrolment.State.COMPLETED)
    item.refresh_from_db()
    return item


def rated(course, *stars, text=""):
    items = [completed(course) for _star in stars]
    for item, star in zip(items, stars, strict=True):
        services.rate(item.person, item.uuid, star, text)
    return items


class TestRules:
    @pytest.mark.parametrize(
        ("completed", "met", "lessons", "may"),
        [
            (True, 0, 9, True),
            (False, 4, 9, False),
            (False, 5, 9, True),
            (False, 1, 2, True),
            (False, 0, 0, False),
        ],
    )
    def test_completed_or_half_of_the_lessons(self, completed, met, lessons, may):
        assert rules.may_rate(completed=completed, met=met, lessons=lessons) is may

    def test_the_mean_is_rounded_half_up(self):
        assert str(rules.summary([0, 0, 0, 0, 7]).mean) == "5.0"
        assert str(rules.summary([1, 0, 0, 1, 2]).mean) == "3.8"
        assert str(rules.summary([0, 0, 1, 0, 19]).mean) == "4.9"
        assert rules.summary([]).mean is None

    @given(st.lists(st.integers(0, 1000), min_size=5, max_size=5))
    def test_a_mean_lies_between_the_stars_and_few_tell_nothing(self, counts):
        found = rules.summary(counts)
        assert found.ratings == sum(counts)
        assert found.mean is None or 1 <= found.mean <= 5
        assert bool(rules.signals(found)) == (sum(counts) >= rules.FEWEST_TOLD)


class TestRating:
    def test_who_completed_it_rates_once_changes_and_takes_back(self, course):
        item = completed(course)
        services.rate(item.person, item.uuid, 5, " 讲得清楚 ")
        services.rate(item.person, item.uuid, 4, "讲得清楚")
        row = CourseRating.objects.get()
        assert (row.stars, row.text) == (4, "讲得清楚")
        assert course_rating(course).counts == (0, 0, 0, 1, 0)
        services.take_back(item.person, item.uuid)
        row.refresh_from_db()
        assert (row.stars, row.text) == (None, "")
        assert course_rating(course).ratings == 0
        with pytest.raises(Conflict):
            services.take_back(item.person, item.uuid)
        steps = AuditRow.objects.filter(target=row.uuid).order_by("at", "id")
        assert [step.action for step in steps] == ["rating.give", "rating.change", "rating.take_back"]
        assert "讲得清楚" not in str([step.data for step in steps])

    def test_the_same_again_is_no_step(self, course):
        (item,) = rated(course, 5)
        services.rate(item.person, item.uuid, 5, "")
        assert AuditRow.objects.filter(action__startswith="rating.").count() == 1

    def test_who_only_began_may_not(self, course):
        person = UserFactory()
        item = enrol(person, course, actor(person))
        with pytest.raises(NotAllowed):
            services.rate(person, item.uuid, 5, "")
        assert not CourseRating.objects.exists()

    def test_nobody_rates_by_anothers_enrolment(self, course):
        item = completed(course)
        with pytest.raises(NotFound):
            services.rate(UserFactory(), item.uuid, 1, "")

    def test_own_staff_and_authors_may_not(self, course):
        for person in (member("teacher", course.provider), UserFactory()):
            if not person.memberships.exists():
                course.save_revision(user=person)
            item = completed(course, person)
            with pytest.raises(NotAllowed):
                services.rate(person, item.uuid, 5, "")
            page = signed_in(person).get(reverse("learning:course", args=[item.uuid])).content.decode()
            assert "不能给它评分" in page
            assert reverse("learning:rate", args=[item.uuid]) not in page

    @pytest.mark.parametrize(("stars", "text"), [(None, ""), (0, ""), (6, ""), (5, "长" * 501)])
    def test_nonsense_is_refused_and_nothing_written(self, course, stars, text):
        item = completed(course)
        with pytest.raises(Invalid):
            services.rate(item.person, item.uuid, stars, text)
        assert not CourseRating.objects.exists()
        assert not CourseRatings.objects.exists()


class TestTelling:
    def test_everybody_is_told_from_five_on_with_the_counts(self, course, client):
        rated(course, 5, 5, 4, 5)
        assert "评价还不够多" in client.get(course.get_url()).content.decode()
        rated(course, 4)
        page = client.get(course.get_url()).content.decode()
        assert "4.6 · 5 人评价" in page
        assert "5 分：3 人" in page
        assert "评价还不够多" not in page

    def test_the_page_asks_whoever_may_and_has_not(self, course):
        item = completed(course)
        client = signed_in(item.person)
        assert "说说你的看法" in client.get(course.get_url()).content.decode()
        there = reverse("learning:rate", args=[item.uuid])
        assert there in client.get(reverse("learning:course", args=[item.uuid])).content.decode()
        answer = client.post(there, {"stars": "5", "text": "好"})
        assert answer.status_code == 302
        assert CourseRating.objects.get().stars == 5
        assert "说说你的看法" not in client.get(course.get_url()).content.decode()
        assert client.post(there, {"stars": "9"}).status_code == 422
        assert client.post(there, {"act": "take_back"}).status_code == 302
        assert CourseRating.objects.get().stars is None

    def test_staff_read_words_without_names_from_three_on(self, course):
        items = rated(course, 5, 1, text="机房的设备旧了")
        client = signed_in(member("editor", course.provider), staff=True)
        there = reverse("learning_ratings_course", args=[course.uuid])
        assert "机房的设备旧了" not in client.get(there).content.decode()
        items += rated(course, 3, text="节奏合适")
        page = client.get(there).content.decode()
        assert "机房的设备旧了" in page
        assert "节奏合适" in page
        assert not any(item.person.display_name in page for item in items)
        other = signed_in(member("editor", OrganisationFactory()), staff=True)
        assert other.get(there).status_code == 404
        assert signed_in(UserFactory(), staff=True).get(there).status_code in (302, 403)

    def test_who_teaches_finds_the_page_and_no_other_bodys_courses(
        self, course, django_assert_max_num_queries
    ):
        rated(course, 5, 4, 4)
        foreign = released_course(provider=OrganisationFactory()).course
        client = signed_in(member("teacher", course.provider), staff=True)
        there = reverse("learning_ratings")
        assert there in client.get(reverse("wagtailadmin_home")).content.decode()
        page = client.get(there).content.decode()
        assert reverse("learning_ratings_course", args=[course.uuid]) in page
        assert "<td>4.3</td>" in page
        assert str(foreign.uuid) not in page
        for _number in range(5):
            released_course(provider=course.provider)
        with django_assert_max_num_queries(30):
            assert client.get(there).status_code == 200
        assert signed_in(member("hr", course.provider), staff=True).get(there).status_code in (302, 403)

    def test_words_are_hidden_with_a_ground_and_the_stars_stay(self, course):
        items = rated(course, 1, 4, 5, text="骂人的话")
        row = CourseRating.objects.get(enrolment=items[0])
        staff = member("admin", course.provider)
        with pytest.raises(Invalid):
            services.hide(staff, course.uuid, row.uuid, " ")
        with pytest.raises(NotFound):
            services.hide(member("admin", OrganisationFactory()), course.uuid, row.uuid, "辱骂")
        with pytest.raises(NotFound):
            services.hide(UserFactory(), course.uuid, row.uuid, "辱骂")
        client = signed_in(staff, staff=True)
        there = reverse("learning_ratings_hide", args=[course.uuid, row.uuid])
        assert client.post(there, {"ground": "辱骂他人"}).status_code == 302
        page = client.get(reverse("learning_ratings_course", args=[course.uuid])).content.decode()
        assert page.count("骂人的话") == 2
        assert "辱骂他人" in page
        assert course_rating(course).ratings == 3
        assert AuditRow.objects.get(action="rating.hide").reason == "辱骂他人"
        with pytest.raises(Conflict):
            services.hide(staff, course.uuid, row.uuid, "辱骂他人")
        # Other words are judged anew.
        services.rate(items[0].person, items[0].uuid, 1, "设备旧")
        assert "设备旧" in {one.text for one in texts(course, course_rating(course)) if not one.hidden_ground}

    def test_the_person_takes_it_along_and_erasure_leaves_the_number(self, course):
        (item,) = rated(course, 2, text="我姓王，住在三号楼")
        assert part(item.person)["enrolments"][0]["rating"]["text"] == "我姓王，住在三号楼"
        row = CourseRating.objects.get()
        # What the audit says of it loses its words, too: the erasure goes by these.
        assert row.uuid in erase(item.person)
        row.refresh_from_db()
        assert (row.stars, row.text) == (2, "")


class TestSearch:
    def test_search_hears_of_five_and_of_each_one_more(self, course):
        def told():
            return OutboxEvent.objects.filter(kind="course.taken").count()

        before = told()
        rated(course, 5, 5, 4, 5)
        assert told() == before
        assert "satisfaction" not in signals_of([course.pk]).get(course.pk, {})
        rated(course, 4)
        assert told() == before + 1
        assert signals_of([course.pk])[course.pk] == {"satisfaction": 4.6, "ratings": 5.0}
        (document,) = CourseSource().documents([str(course.uuid)])
        assert document.signals["satisfaction"] == 4.6

    def test_however_many_courses_two_queries(self, django_assert_num_queries):
        keys = [released_course().course.pk for _number in range(3)]
        with django_assert_num_queries(2):
            signals_of(keys)
