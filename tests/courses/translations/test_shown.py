"""What readers see: the translation where their language has one, the source for the rest, and the same course for all."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from courses.models import TranslationVersion
from courses.releases.services import cut_release
from courses.translations import services
from courses.translations.shown import also_accepted, carded, titles_of
from lms.accounts.models import User
from lms.learning.assessment import services as quizzes
from lms.learning.assessment.models import QuizAttempt
from lms.lib.outbox.services import deliver_pending
from tests.courses.translations.work import ENGLISH, PLATFORM, change_text, course, po_of, translated
from tests.factories.accounts import UserFactory
from tests.factories.learning import enrolment

pytestmark = pytest.mark.django_db
ORIGINAL = {"rt_words": "original"}


@pytest.fixture
def release():
    return course()


@pytest.fixture
def page(release):
    return release.course


def reader(language="en", user: User | None = None, **cookies):
    client = Client(headers={"accept-language": language})
    if user is not None:
        client.force_login(user)
    for name, value in cookies.items():
        client.cookies[name] = value
    return client


def seen(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


class TestCoursePage:
    def test_in_the_readers_language_with_a_way_back(self, page):
        translated(page)
        shown = seen(reader(), page.get_url())
        for words in ("Safe work at low voltage", "Isolate, test, earth.", "Chapter one", "Lesson one"):
            assert words in shown
        assert 'name="words" value="original"' in shown
        original = seen(reader(**ORIGINAL), page.get_url())
        assert '<h1 lang="zh-Hans">低压电工安全作业</h1>' in original
        assert 'name="words" value="translation"' in original

    def test_readers_of_the_source_see_it_as_ever_and_ask_nothing_more(self, page, django_assert_num_queries):
        translated(page)
        client = reader("zh-hans")
        shown = seen(client, page.get_url())
        assert "低压电工安全作业" in shown
        assert 'name="words"' not in shown
        assert 'lang="zh-Hans">低压' not in shown

    def test_nothing_is_offered_where_nothing_is_published(self, page):
        services.load(PLATFORM, page, "en", po_of(ENGLISH))
        shown = seen(reader(), page.get_url())
        assert '<h1 lang="zh-Hans">低压电工安全作业</h1>' in shown
        assert 'name="words"' not in shown

    def test_kept_fragments_know_the_version(self, page):
        translated(page)
        assert "Safe work at low voltage" in seen(reader(), page.get_url())
        translated(page, {"title": {"低压电工安全作业": "Low voltage, safely"}})
        assert "Low voltage, safely" in seen(reader(), page.get_url())
        services.withdraw(PLATFORM, page, "en", "有一处译错了")
        assert "低压电工安全作业" in seen(reader(), page.get_url())

    def test_the_switch_goes_back_to_the_page(self, page):
        client = reader()
        answer = client.post(reverse("themes:preferences"), {"words": "original", "next": page.get_url()})
        assert answer.status_code == 302
        assert answer.cookies["rt_words"].value == "original"
        assert "rt_words" not in client.post(reverse("themes:preferences"), {"words": "<script>"}).cookies

    def test_card_and_catalogue(self, page):
        translated(page)
        deliver_pending()
        found = seen(reader(), "/courses/?q=voltage")
        assert "Safe work at low <mark>voltage</mark>" in found
        assert "低压电工安全作业" in seen(reader("zh-hans"), "/courses/").replace("<mark>", "").replace(
            "</mark>", ""
        )
        assert "Safe work at low voltage" in seen(reader(), "/")
        services.withdraw(PLATFORM, page, "en", "有一处译错了")
        deliver_pending()
        assert "Safe work" not in seen(reader(), "/courses/")

    def test_words_of_a_translation_are_escaped(self, page):
        translated(page, {"title": {"低压电工安全作业": "<script>alert(1)</script>"}})
        deliver_pending()
        for address in (page.get_url(), "/courses/", "/"):
            shown = seen(reader(), address)
            assert "<script>alert(1)" not in shown
            assert "&lt;script&gt;alert(1)" in shown


class TestCards:
    def test_a_course_that_was_renamed_is_not_called_by_its_former_name(
        self, page, django_assert_num_queries
    ):
        translated(page)
        with translation.override("en"):
            with django_assert_num_queries(1):
                assert titles_of({page.pk: "zh-Hans"})[page.pk][0] == "Safe work at low voltage"
            page.title = "低压电工复审"
            page.save()
            cut_release(page, PLATFORM)
            with django_assert_num_queries(2):
                assert titles_of({page.pk: "zh-Hans"})[page.pk] == ("", "Isolate, test, earth.")
            (card,) = carded([page])
            assert (card.title, card.summary) == ("低压电工复审", "Isolate, test, earth.")
            # Its new name in translation is there as soon as that is published.
            services.load(PLATFORM, page, "en", po_of({"title": {"低压电工复审": "Renewal"}}))
            services.publish(PLATFORM, page, "en")
            with django_assert_num_queries(1):
                assert titles_of({page.pk: "zh-Hans"})[page.pk][0] == "Renewal"


class TestLesson:
    def player(self, item):
        return reverse("learning:player", args=[item.uuid, item.release.lessons.get().uuid])

    def test_text_keeps_its_structure_and_the_rest_is_the_original_and_says_so(self, release, page):
        translated(page)
        item = enrolment(release=release)
        shown = seen(reader(user=item.person), self.player(item))
        assert "<h2>Isolating</h2>" in shown
        assert 'First <b>test</b>, see <a href="https://example.com/a" rel="noopener nofollow">' in shown
        assert '<p><span lang="zh-Hans">停电以后先验电再挂接地线。' in shown
        assert "Short quiz" in shown

    def test_stale_texts_fall_back_and_learners_under_way_keep_theirs(self, release, page):
        translated(page)
        before = enrolment(release=release)
        newer = change_text(page, "再挂接地线。", "最后再挂接地线。")
        assert newer.pk != release.pk
        after = enrolment(release=newer)
        assert "Then connect the earth leads." in seen(reader(user=before.person), self.player(before))
        shown = seen(reader(user=after.person), self.player(after))
        assert "Then connect the earth leads." not in shown
        assert '<span lang="zh-Hans">最后再挂接地线。</span>' in shown
        assert "<h2>Isolating</h2>" in shown

    def test_texts_for_an_older_release_stay_in_later_versions(self, release, page):
        translated(page)
        before = enrolment(release=release)
        change_text(page, "再挂接地线。", "最后再挂接地线。")
        translated(page, {"rich": {"最后再挂接地线。": "Last, connect the earth leads."}})
        assert "Then connect the earth leads." in seen(reader(user=before.person), self.player(before))

    def test_course_and_quiz_pages(self, release, page):
        translated(page)
        item = enrolment(release=release)
        client = reader(user=item.person)
        own = seen(client, reverse("learning:course", args=[item.uuid]))
        assert "Safe work at low voltage" in own
        assert "Lesson one" in own
        lesson = item.release.lessons.get()
        block = next(block["id"] for block in lesson.blocks if block["type"] == "quiz")
        assert "Short quiz" in seen(client, reverse("learning:quiz", args=[item.uuid, lesson.uuid, block]))


class TestMarking:
    @pytest.fixture
    def item(self, release):
        return enrolment(release=release)

    def begin(self, item):
        lesson = item.release.lessons.get()
        block = next(block["id"] for block in lesson.blocks if block["type"] == "quiz")
        return quizzes.begin(item.person, item, lesson, block)

    def answered(self, item, typed, option="a"):
        """Handed in as any page would; the questions and options are known by the same ids in every language."""
        row = self.begin(item)
        lesson = item.release.lessons.get()
        asked = next(block for block in lesson.blocks if block["type"] == "quiz")["value"]["questions"]
        given = {q["id"]: [typed] if q["kind"] == "fill" else [option] for q in asked}
        return quizzes.submit(item.person, row, given)

    def place(self, row):
        return reverse("learning:attempt", args=[row.enrolment.uuid, row.lesson.uuid, row.block, row.uuid])

    def test_what_stays_in_the_source_says_so_everywhere_on_the_page(self, page, item):
        translated(page)
        row = self.answered(item, "earth")
        client = reader(user=item.person, **ORIGINAL)
        shown = seen(client, self.place(row))
        lesson = item.release.lessons.get()
        for words in (lesson.title, "小测验"):
            assert f'<span lang="zh-Hans">{words}</span>' in shown
            assert f">{words}" not in shown.replace(f' lang="zh-Hans">{words}', "").replace(
                f"<title>{words}", ""
            )

    @pytest.mark.parametrize("typed", ["验电", "测电", "test", "Voltage Test"])
    def test_an_answer_is_marked_alike_in_both_languages(self, page, item, typed):
        translated(page)
        row = self.answered(item, typed)
        assert (row.percent, row.passed) == (100, True)
        for language in ("en", "zh-hans"):
            shown = seen(reader(language, item.person), self.place(row))
            assert 'data-state="wrong"' not in shown
            assert "100%" in shown

    @pytest.mark.parametrize(("typed", "option"), [("earth", "a"), ("test", "b")])
    def test_what_is_wrong_is_wrong_in_both(self, page, item, typed, option):
        translated(page)
        assert self.answered(item, typed, option).percent == 50

    def test_the_page_asks_by_the_same_names_in_both(self, page, item):
        translated(page)
        row = self.begin(item)
        english = seen(reader(user=item.person), self.place(row))
        chinese = seen(reader("zh-hans", item.person), self.place(row))

        def names(html):
            return sorted(part.split('"')[0] for part in html.split('name="q-')[1:])

        assert "What comes first after isolating?" in english
        assert "Test for voltage" in english
        assert names(english) == names(chinese)
        assert 'value="a"' in english

    def test_what_a_later_version_accepts_changes_no_mark(self, page, item):
        before = self.answered(item, "test")
        assert before.percent == 50
        translated(page)
        before.refresh_from_db()
        shown = seen(reader(user=item.person), self.place(before))
        assert "50%" in shown
        assert "voltage test" not in shown
        assert self.answered(item, "test").percent == 100

    def test_a_withdrawn_version_accepts_nothing_from_then_on(self, page, item):
        translated(page)
        good = self.answered(item, "test")
        services.withdraw(PLATFORM, page, "en", "有一处译错了")
        assert self.answered(item, "test").percent == 50
        good = QuizAttempt.objects.get(pk=good.pk)
        assert "100%" in seen(reader("zh-hans", item.person), self.place(good))

    def test_questions_that_need_no_words_ask_nothing(self, page, django_assert_num_queries):
        translated(page)
        with django_assert_num_queries(0):
            assert also_accepted([{"kind": "single", "answer": ["a"]}], page.pk)

    def test_hours_and_completion_are_one_courses(self, release, page, item):
        """Studied in one language and examined in the other: one enrolment, one release."""
        translated(page)
        again = enrolment(user=item.person, release=release)
        assert again.pk == item.pk
        assert TranslationVersion.objects.get().release_id == release.pk


def test_evidence_of_an_answer_in_translation_recounts(release, page):
    """A pack carries what was accepted, so that its marks can be recounted without us."""
    from courses.translations.api import history_of
    from lms.learning.evidence.agreeing import _marked_right
    from lms.learning.evidence.gather import _accepted_beside, _questions_of
    from lms.learning.evidence.lines import attempt_line
    from lms.lib.clock import now

    translated(page)
    item = enrolment(release=release, user=UserFactory())
    row = TestMarking().answered(item, "test")
    asked = _questions_of(release.pk)
    line = attempt_line(row, "l", now(), is_erased=False)
    line |= _accepted_beside(row, asked, history_of(page.pk), now())
    quiz = {("l", row.block): {"questions": asked[row.lesson_id, row.block]}}
    assert _marked_right(line, quiz)
    assert not _marked_right({**line, "accepted": {}}, quiz)
