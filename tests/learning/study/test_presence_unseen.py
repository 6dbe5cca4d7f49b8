"""Who could not see a presence prompt loses nothing by it: pages that show none, and answers that came late to a page."""

import json
from datetime import datetime
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from lms.learning.study.intervals import FOREVER
from lms.learning.study.models import StudySession
from lms.learning.study.presence.models import PresencePrompt
from lms.learning.study.presence.rules import answered_for
from lms.learning.study.presence.services import answer
from lms.learning.study.reports import token_for
from lms.learning.study.services import grant_block, take_over
from lms.lib.clock import SHANGHAI
from tests.factories.courses import PARAGRAPH, released_course, text
from tests.factories.learning import MINUTE, enrolment, opened
from tests.learning.study.test_presence import Page

pytestmark = [pytest.mark.django_db, pytest.mark.long]
NOON = datetime(2026, 12, 2, 12, 0, tzinfo=SHANGHAI)
CLOCK = NOON


@pytest.fixture
def item(clock):
    return enrolment(release=released_course(lessons=[[text(PARAGRAPH * 120)], [text()]]))


class TestPagesThatShowNone:
    """Of an earlier version and still open, of a quiz, another program: they renew themselves under the new rule."""

    def test_they_are_never_asked_and_nothing_of_theirs_is_barred(self, clock, item):
        page = Page(clock, item, asks=False)
        page.study(120)
        assert PresencePrompt.objects.count() == 0
        assert page.progress.counted_ms == 120 * MINUTE

    def test_nor_after_what_proves_presence_elsewhere(self, clock, item):
        page = Page(clock, item, asks=False)
        page.study(10)
        lesson = item.release.lessons.all()[1]
        grant_block(item, lesson, lesson.blocks[0]["id"], source="quiz", evidence=uuid4())
        other = opened(item)
        take_over(item.person, other.session.uuid.hex)
        take_over(item.person, page.session.uuid.hex)
        page.study(110)
        assert PresencePrompt.objects.count() == 0
        assert page.progress.barred_ms == 0

    def test_nor_do_they_go_on_from_a_question(self, clock, item):
        page = Page(clock, item, device="desk", tab="one")
        page.study(50)
        again = Page(clock, item, device="desk", tab="one", again=True, asks=False)
        again.study(20)
        assert (again.prompt, again.progress.counted_ms) == ({}, 70 * MINUTE)

    @pytest.mark.parametrize(
        ("said", "is_asked"), [({}, False), ({"asks": True}, True), ({"asks": 1}, False)]
    )
    def test_the_page_says_so_when_it_opens(self, item, said, is_asked):
        client = Client()
        client.force_login(item.person)
        lesson = item.release.lessons.all()[0]
        body = {"enrolment": str(item.uuid), "lesson": str(lesson.uuid), "device": "d", "tab": "t"} | said
        found = client.post(reverse("learning:study_open"), json.dumps(body), content_type="application/json")
        assert found.status_code == 200
        assert (StudySession.objects.get().prompt_at_ms < FOREVER) == is_asked


class TestHeardOfLate:
    """The answer that told of it was lost with the line: the page measured on, and hears of it when it is long over."""

    @pytest.mark.parametrize(
        ("at", "heard", "holds"),
        [
            (900, None, 900),
            (900, 850, 600),
            (950, 850, 600),
            # Not within the minutes that everybody has.
            (951, 850, 951),
            # Heard of in time.
            (900, 500, 900),
            (900, 400, 900),
            (590, 550, 590),
        ],
    )
    def test_the_moment_it_holds_for(self, at, heard, holds):
        assert answered_for(at, heard, 500, 600) == holds

    def test_as_long_as_others_have_it_costs_nothing(self, clock, item):
        page = Page(clock, item)
        page.study(80)
        assert page.progress.counted_ms == 55 * MINUTE
        heard = page.at
        page.study(9)
        found = self.tap(page, heard)
        assert found.answer.at_ms == found.answer.prompt.expires_ms
        assert found.session.barred == []
        assert (page.progress.counted_ms, page.progress.barred_ms) == (89 * MINUTE, 0)
        call_command("audit_study")

    def test_after_that_only_what_follows_counts(self, clock, item):
        page = Page(clock, item)
        page.study(80)
        heard = page.at
        page.study(11)
        self.tap(page, heard)
        assert page.progress.counted_ms == 55 * MINUTE
        call_command("audit_study")

    def test_a_page_that_goes_on_from_another_was_not_asked_itself(self, clock, item):
        page = Page(clock, item, device="desk", tab="one")
        page.study(70)
        again = Page(clock, item, device="desk", tab="one", again=True)
        again.study(5)
        self.tap(again, 0)
        assert again.progress.counted_ms == 55 * MINUTE

    def test_the_door(self, clock, item):
        page = Page(clock, item)
        page.study(80)
        client = Client()
        client.force_login(item.person)
        body = {
            "session": token_for(page.session.uuid.hex),
            "prompt": page.prompt["id"],
            "at_ms": page.at,
            "heard_ms": page.at,
        }
        for address in (reverse("learning:study_presence"), "/api/v1/learning/presence"):
            wrong = client.post(address, json.dumps(body | {"heard_ms": -1}), content_type="application/json")
            assert wrong.status_code == 422
            found = client.post(address, json.dumps(body), content_type="application/json").json()
            assert (found["in_time"], found["counted_ms"]) == (True, 80 * MINUTE)

    def tap(self, page, heard):
        return answer(
            page.item.person, page.session.uuid.hex, PresencePrompt.objects.get().uuid, page.at, heard
        )
