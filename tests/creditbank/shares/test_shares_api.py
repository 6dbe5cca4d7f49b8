"""Shares by API: what a holder can do on the pages a program can do for them, and nobody else anything."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from creditbank.shares.models import Share
from creditbank.transcripts.services import make_transcript, revoke_transcript
from lms.lib.clock import today
from tests.factories.creditbank import booked, college, member, person

pytestmark = pytest.mark.django_db
WISH = {"purpose": "应聘", "recipient": "申江某公司人事部"}


@pytest.fixture
def learner(client):
    user = person("李明")
    for hours, title in ((1250, "安全生产（公需）"), (300, "班组长实务")):
        booked(user.uuid, hours, evidence={"title": title}, rule_code="hours", rule_version=2)
    client.force_login(user)
    return user


def call(client, method, path="", body=None):
    more = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    answer = getattr(client, method)(f"/api/v1/credit/shares{path}", **more)
    return answer.status_code, answer.json()


def made(client, **said):
    status, share = call(client, "post", "", WISH | {"until": f"{today() + timedelta(days=30)}"} | said)
    assert status == 201, share
    return share


def test_chosen_lines_are_shown_by_the_link_and_the_looks_are_told(client, learner):
    status, lines = call(client, "get", "/lines")
    assert (status, {line["label"] for line in lines}) == (
        200,
        {"安全生产（公需）（12.5 学时）", "班组长实务（3 学时）"},
    )
    line = next(line for line in lines if "安全生产" in line["label"])
    share = made(client, lines=[line["key"]], name_form="none")
    assert (share["state"], share["lines"], share["looks"]) == ("open", [line["key"]], 0)
    assert share["last_day"] == f"{today() + timedelta(days=30)}"
    text = type(client)().get(share["address"], REMOTE_ADDR="203.0.113.77").content.decode()
    assert "安全生产（公需）" in text
    assert "班组长实务" not in text
    assert call(client, "get", f"/{share['uuid']}")[1]["looks"] == 1
    (look,) = call(client, "get", f"/{share['uuid']}/looks")[1]
    assert (look["network"], look["device"], look["organisation"]) == ("203.0.*.*", "other", "")


def test_hidden_shown_ended_and_taken_back(client, learner):
    share = made(client)
    where = f"/{share['uuid']}"
    opened = lambda: type(client)().get(share["address"]).status_code  # noqa: E731
    assert call(client, "post", f"{where}/hide")[1]["state"] == "hidden"
    assert opened() == 404
    assert call(client, "post", f"{where}/show")[1]["state"] == "open"
    assert opened() == 200
    assert call(client, "post", f"{where}/until", {"until": f"{today()}"})[1]["last_day"] == f"{today()}"
    assert call(client, "post", f"{where}/until", {"until": "2001-01-01"})[0] == 422
    status, gone = call(client, "post", f"{where}/revoke")
    assert (status, gone["state"], gone["address"]) == (200, "revoked", "")
    assert opened() == 404
    for act in ("hide", "show", "revoke"):
        assert call(client, "post", f"{where}/{act}")[0] == 409
    assert [row["state"] for row in call(client, "get")[1]] == ["revoked"]


def test_of_a_transcript_that_stands_and_not_of_one_that_was_stopped(client, learner):
    paper = make_transcript(learner)
    share = made(client, transcript=str(paper.uuid))
    assert share["transcript"] == str(paper.uuid)
    revoke_transcript(learner, paper)
    assert call(client, "get", f"/{share['uuid']}")[1]["state"] == "stopped"
    again = {"until": f"{today()}", "transcript": str(paper.uuid)}
    assert call(client, "post", "", WISH | again)[0] == 409


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"purpose": " "}, "purpose"),
        ({"recipient": ""}, "recipient"),
        ({"until": "2999-01-01"}, "until"),
        ({"name_form": "nick"}, "name_form"),
        ({"lines": ["course:none"]}, "lines"),
        ({"lines": []}, "lines"),
        ({"for_export": True}, "for_export"),
        ({"organisation": "0190aaaa-0000-7000-8000-000000000000"}, "organisation"),
    ],
)
def test_a_share_that_cannot_be_says_which_field(client, learner, said, field):
    status, refusal = call(client, "post", "", WISH | {"until": f"{today()}"} | said)
    assert (status, refusal["details"]["field"]) == (422, field)
    assert not Share.objects.exists()


def test_for_one_organisation_only_its_people_see_it(client, learner):
    home = college()
    share = made(client, recipient="", organisation=str(home.uuid), for_export=True)
    assert (share["organisation_name"], share["for_export"]) == (home.name, True)
    assert type(client)().get(share["address"]).status_code == 404
    client.force_login(member("hr", home))
    assert client.get(share["address"]).status_code == 200
    client.force_login(learner)
    assert call(client, "get", f"/{share['uuid']}/looks")[1][0]["organisation"] == home.name


def test_nobody_elses(client, learner):
    share, paper = made(client), make_transcript(learner)
    home = college()
    for other in (person("王芳"), member("admin", home), member("reviewer", home)):
        client.force_login(other)
        assert call(client, "get")[1] == []
        for method, path in (
            ("get", ""),
            ("get", "/looks"),
            *(("post", f"/{a}") for a in ("hide", "revoke")),
        ):
            assert call(client, method, f"/{share['uuid']}{path}")[0] == 404
        said = WISH | {"until": f"{today()}", "transcript": str(paper.uuid)}
        assert call(client, "post", "", said)[0] == 404
        assert call(client, "get", f"/lines?transcript={paper.uuid}")[0] == 404
    client.logout()
    assert call(client, "get")[0] == 401
    assert type(client)().get(reverse("credit:shares")).status_code == 302
    assert Share.objects.get().revoked_at is None
