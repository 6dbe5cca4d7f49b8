"""Two at the same moment: a launch, a nonce, an assertion and a link are used once, and a score is one row."""

import pytest
from django.conf import settings

from lms.learning.lti import once
from lms.learning.lti.keys import signing_key
from lms.learning.lti.models import LtiKey
from lms.learning.lti.platform import grading, launching, tokens
from lms.learning.lti.platform.models import LtiLineItem, LtiScore, Scope
from lms.lib.clock import now
from tests.learning.lti.parties import Tool, asked_of, form
from tests.races import at_once, won

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_a_launch_gives_one_token(row, item, browser, address):
    tool = Tool(row, browser, settings.PUBLIC_URL)
    asked = asked_of(tool.login(form(browser.get(address))))
    results = at_once(*[lambda: launching.authorize(item.person, asked)] * 4)
    assert len(won(results)) == 1


def test_a_nonce_is_used_once():
    results = at_once(*[lambda: once.use("nonce", "c", "n", until=now())] * 6)
    assert sorted(results) == [False] * 5 + [True]


def test_an_assertion_gives_one_token(row, browser):
    tool = Tool(row, browser, settings.PUBLIC_URL)
    asked = {
        "grant_type": "client_credentials",
        "client_assertion_type": tokens.ASSERTION,
        "client_assertion": tool.assertion(),
        "scope": Scope.SCORES,
    }
    assert len(won(at_once(*[lambda: tokens.issue(asked)] * 4))) == 1


def test_the_first_key_is_one():
    kids = {key.kid for key in at_once(*[signing_key] * 4, refused=())}
    assert len(kids) == 1
    assert LtiKey.objects.count() == 1


def test_the_same_score_at_once_is_one_row(row, browser, address, item):
    tool = Tool(row, browser, settings.PUBLIC_URL)
    told = tool.open(browser.get(address)).get_launch_data()
    line = LtiLineItem.objects.get()
    said = {
        "userId": told["sub"],
        "scoreGiven": 1,
        "scoreMaximum": 1,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": now().isoformat(),
    }
    results = at_once(*[lambda: grading.take_score(row, item.course.uuid, line.uuid, said)] * 4)
    assert won(results)
    assert LtiScore.objects.count() == 1


def test_a_link_and_its_column_are_made_once(row, item, browser, address):
    lesson = item.release.lessons.get()
    block = next(block["id"] for block in lesson.blocks if block["type"] == "lti")
    at_once(*[lambda: launching.begin(item.person, item, lesson, block)] * 4, refused=())
    assert LtiLineItem.objects.count() == 1
