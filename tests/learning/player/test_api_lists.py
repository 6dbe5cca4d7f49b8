"""The API's lists of one's own courses: every one of them can be reached, page by page."""

from datetime import timedelta

import pytest
from django.test import Client

from lms.learning import http_api
from lms.learning.completion.models import Completion
from lms.lib.clock import now
from tests.factories.accounts import UserFactory
from tests.factories.learning import enrolment

pytestmark = pytest.mark.django_db


def test_every_course_is_on_one_of_the_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    user, moment = UserFactory(), now()
    begun = [enrolment(user) for _number in range(3)]
    for place, item in enumerate(begun):
        Completion.objects.create(
            enrolment=item,
            person=user,
            release=item.release,
            kind=item.release.kind,
            counted_ms=0,
            centihours=0,
            rule={"code": "study", "version": 1, "valid_from": "2026-01-01", "speed_hundredths": 200}
            | {"ms_per_hour": 2_700_000, "approved_centihours": 0, "course": {}},
            evidence={"lessons": []},
            # Two of one moment: each is on one page all the same.
            completed_at=moment - timedelta(days=place // 2),
        )
    monkeypatch.setattr(http_api, "PER_PAGE", 2)
    client = Client()
    client.force_login(user)
    for name, wanted in (
        ("enrolments", {str(item.uuid) for item in begun}),
        ("completions", {str(row.uuid) for row in Completion.objects.all()}),
    ):
        pages = [client.get(f"/api/v1/learning/{name}", {"page": page}).json() for page in (1, 2, 3)]
        assert [len(page) for page in pages] == [2, 1, 0]
        assert {row["uuid"] for page in pages for row in page} == wanted
        assert client.get(f"/api/v1/learning/{name}", {"page": 0}).status_code == 422
