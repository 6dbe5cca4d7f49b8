"""What exercises tell: kept once, judged, and granting a block at their end."""

import json
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from courses.h5p.api import load_state
from courses.models import ReleaseLesson
from lms.learning.records.export import part
from lms.learning.records.models import Statement
from lms.learning.study.models import LessonProgress, StudyGrant
from tests.factories.accounts import UserFactory
from tests.factories.courses import released_course
from tests.factories.learning import enrolment

pytestmark = pytest.mark.django_db
VERBS = "http://adlnet.gov/expapi/verbs/"
CONTENT = uuid4()


@pytest.fixture
def item(monkeypatch):
    return enrolment(release=released_course())


@pytest.fixture
def lesson(item):
    """A lesson with an exercise, pinned as a release would pin it."""
    return ReleaseLesson.objects.create(
        release=item.release,
        key="exercise",
        chapter_title="第一章",
        position=9,
        title="练习",
        nominal_ms=120_000,
        block_kinds=["h5p"],
        blocks=[
            {
                "id": "ex",
                "type": "h5p",
                "nominal_ms": 120_000,
                "value": {"content": str(CONTENT), "title": "练习"},
            }
        ],
    )


@pytest.fixture
def client(item):
    found = Client()
    found.force_login(item.person)
    return found


def event(verb="answered", part=""):
    extensions = {"http://h5p.org/x-api/h5p-subContentId": part} if part else {}
    return {
        "actor": {"name": "somebody else", "mbox": "mailto:other@example.com"},
        "verb": {"id": VERBS + verb},
        "object": {"id": "x", "definition": {"extensions": extensions}},
        "result": {"score": {"raw": 3, "min": 0, "max": 4, "scaled": 1}, "success": True},
        "timestamp": "1999-01-01T00:00:00Z",
    }


def post(client, item, lesson, data, name="h5p_statements", block="ex"):
    url = reverse(f"learning:{name}", args=[item.uuid, lesson.uuid, block])
    return client.post(url, json.dumps(data), content_type="application/json")


def test_the_end_of_the_whole_meets_the_block(client, item, lesson):
    answer = post(client, item, lesson, {"id": str(uuid4()), "statement": event()})
    assert answer.json() == {"kept": True, "granted": True, "percent": 100, "counted_ms": 0}
    row = Statement.objects.get()
    assert row.raw["actor"]["account"]["name"] == str(item.person.uuid)
    assert "other@example.com" not in json.dumps(row.raw)
    assert not row.raw["timestamp"].startswith("1999")
    assert (row.verb, row.whole, row.score_scaled, row.success) == ("answered", True, 7500, True)


def test_a_part_is_kept_and_grants_nothing(client, item, lesson):
    answer = post(client, item, lesson, {"statement": event(part="abc")})
    assert (answer.json()["kept"], answer.json()["granted"]) == (True, False)
    assert LessonProgress.objects.count() == 0


def test_the_same_statement_twice_is_one(client, item, lesson):
    data = {"id": str(uuid4()), "statement": event("completed")}
    assert post(client, item, lesson, data).json() == post(client, item, lesson, data).json()
    assert Statement.objects.count() == StudyGrant.objects.count() == 1


def test_a_verb_that_tells_nothing_is_not_kept(client, item, lesson):
    assert post(client, item, lesson, {"statement": event("clicked")}).json()["kept"] is False


@pytest.mark.parametrize("data", [{"id": "x", "statement": {}}, [], {"id": 3}])
def test_nonsense_is_refused(client, item, lesson, data):
    assert post(client, item, lesson, data).status_code == 422


def test_no_such_exercise_and_another_person(client, item, lesson):
    assert post(client, item, lesson, {"statement": event()}, block="nope").status_code == 404
    other = Client()
    other.force_login(UserFactory())
    assert post(other, item, lesson, {"statement": event()}).status_code == 404
    assert post(Client(), item, lesson, {"statement": event()}).status_code == 401


def test_a_state_is_kept_and_handed_back(client, item, lesson):
    state = {"0": {"state": '{"page":2}'}}
    assert post(client, item, lesson, {"state": state}, "h5p_state").json() == {"saved": True}
    assert post(client, item, lesson, {"state": state}, "h5p_state").status_code == 200
    assert load_state(item.person.uuid, CONTENT) == state
    assert load_state(UserFactory().uuid, CONTENT) == {}
    assert post(client, item, lesson, {"state": "x"}, "h5p_state").status_code == 422


def test_a_program_hands_in_the_same_over_the_api(client, item, lesson):
    place = f"/api/v1/learning/enrolments/{item.uuid}/lessons/{lesson.uuid}/h5p"
    state = {"dataType": "state", "subContentId": "0", "data": "{}", "preload": True}
    for data in ({"state": {"0": {"state": state}}}, {"state": 5}):
        page = post(client, item, lesson, data, name="h5p_state")
        program = client.post(f"{place}/ex/state", json.dumps(data), content_type="application/json")
        assert (program.status_code, program.json()) == (page.status_code, page.json())
    kept = client.get(f"{place}/ex/state")
    assert kept.json() == {"state": load_state(item.person.uuid, CONTENT)}
    said = {"id": str(uuid4()), "statement": event()}
    answer = client.post(f"{place}/ex/statements", json.dumps(said), content_type="application/json")
    assert answer.json() == post(client, item, lesson, said).json() | {"granted": True, "kept": True}
    assert Statement.objects.count() == 1
    other = Client()
    other.force_login(UserFactory())
    assert other.get(f"{place}/ex/state").status_code == 404
    assert client.get(f"{place}/none/state").status_code == 404


def test_another_device_goes_on_where_the_first_one_stopped(client, item, lesson):
    """The state is the person's, not the browser's: the page that a second device opens hands it to the player."""
    assert (
        post(client, item, lesson, {"state": {"0": {"state": '{"at": 3}'}}}, "h5p_state").status_code == 200
    )
    phone = Client()
    phone.force_login(item.person)
    page = phone.get(reverse("learning:player", args=[item.uuid, lesson.uuid]))
    (block,) = [block for block in page.context["blocks"] if block["type"] == "h5p"]
    assert block["h5p"]["state"] == {"0": {"state": '{"at": 3}'}}
    # The later word stays, whichever device says it.
    assert post(phone, item, lesson, {"state": {"0": {"state": '{"at": 5}'}}}, "h5p_state").status_code == 200
    assert load_state(item.person.uuid, CONTENT) == {"0": {"state": '{"at": 5}'}}


def test_a_statement_names_the_activity_and_no_person(client, item, lesson):
    post(client, item, lesson, {"statement": event()})
    raw = Statement.objects.get().raw
    assert raw["actor"]["account"]["name"] == str(item.person.uuid)
    assert "name" not in raw["actor"]
    assert raw["object"]["definition"]["name"] == {"zh-CN": "练习"}
    assert raw["verb"]["display"]["zh-CN"] == "回答了"
    (out,) = [row["raw"] for row in part(item.person)["statements"]]
    assert out["actor"]["name"] == item.person.display_name
