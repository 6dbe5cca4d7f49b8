"""Shares: what a viewer sees, who may see it, what the holder sees of the looks, and how it ends."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from creditbank.credentials.models import CredentialSet
from creditbank.ledger.models import Transaction
from creditbank.ledger.services import reverse as reverse_posting
from creditbank.outcomes.models import LearningOutcome
from creditbank.shares import rules, services
from creditbank.shares.models import Share, ShareLook
from creditbank.shares.services import Wish
from creditbank.transcripts.models import TranscriptSnapshot
from creditbank.transcripts.queries import content_of
from creditbank.transcripts.services import make_transcript, revoke_transcript
from lms.accounts.api import Role
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotFound
from tests.factories.creditbank import SYSTEM, booked, certificate, college, member, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner():
    """李明: 12.5 hours of a course and a certificate that was verified."""
    user = person("李明")
    booked(user.uuid, 1250, evidence={"title": "安全生产（公需）"}, rule_code="hours", rule_version=2)
    kept = LearningOutcome.objects.filter(pk=certificate(user).pk)
    kept.update(status="verified", method="register", verified_at=now(), verified_by=person("陈静"))
    return user


def wish(**fields):
    return Wish(
        **{
            "purpose": "应聘",
            "until": today() + timedelta(days=30),
            "name_form": "masked",
            "recipient": "申江某公司人事部",
        }
        | fields
    )


def opened(client, share, **headers):
    return client.get(reverse("credit:shared", args=[share.token]), **headers)


def test_a_stranger_with_the_link_sees_the_least(client, learner):
    share = services.create_share(learner, wish())
    page = opened(client, share)
    text = page.content.decode()
    assert page.status_code == 200
    for part in ("李＊", "安全生产（公需）", "12.5", "电工 三级/高级工", "应聘"):
        assert part in text
    for part in ("李明", learner.identity.number, str(learner.uuid), learner.email):
        assert part not in text
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]


def test_only_what_was_chosen(client, learner):
    items = rules.items_of(content_of(make_transcript(learner)))
    course = next(item for item in items if item.kind == "study")
    share = services.create_share(learner, wish(lines=(course.key,), name_form="none"))
    text = opened(client, share).content.decode()
    assert "安全生产（公需）" in text
    assert "电工" not in text
    assert "李" not in text
    assert "学时合计" not in text


def test_every_look_is_in_the_log_of_the_holder(client, learner):
    share = services.create_share(learner, wish())
    opened(client, share, REMOTE_ADDR="203.0.113.77", headers={"user-agent": "Mozilla/5.0 (iPhone) Mobile"})
    reader = member("hr", college())
    client.force_login(reader)
    opened(client, share, REMOTE_ADDR="2001:db8:1:2::3", headers={"user-agent": "Mozilla/5.0 (X11)"})
    looks = list(ShareLook.objects.order_by("id").values_list("network", "device", "organisation__name"))
    assert looks == [("203.0.*.*", "phone", None), ("2001:0db8:*", "computer", college().name)]
    client.force_login(learner)
    opened(client, share)
    assert ShareLook.objects.count() == 2
    page = client.get(reverse("credit:share", args=[share.uuid])).content.decode()
    assert "203.0.*.*" in page
    assert college().name in page
    assert "203.0.113.77" not in page


@pytest.mark.parametrize(
    "end",
    [
        lambda share: services.hide(share.holder, share, hidden=True),
        lambda share: services.revoke(share.holder, share),
        lambda share: revoke_transcript(share.holder, share.snapshot),
        lambda share: services.erase_of(share.holder),
    ],
)
def test_whatever_ended_it_the_answer_is_the_same(client, learner, end):
    share = services.create_share(learner, wish())
    address = reverse("credit:shared", args=[share.token])
    never = client.get(reverse("credit:shared", args=["x" * 32]))
    end(share)
    after = client.get(address)
    assert after.status_code == never.status_code == 404
    assert _main(after) == _main(never)
    assert not ShareLook.objects.exists()


def test_the_last_day_is_the_last(client, learner):
    share = services.create_share(learner, wish(until=today()))
    assert share.last_day == today()
    assert opened(client, share).status_code == 200
    with time_machine.travel(share.until):
        assert opened(client, share).status_code == 404


def _main(answer):
    return answer.content.decode().partition("<main")[2].partition("</main>")[0]


def test_hidden_and_shown_again(client, learner):
    share = services.create_share(learner, wish())
    client.force_login(learner)
    client.post(reverse("credit:change_share", args=[share.uuid, "hide"]))
    assert opened(client, share).status_code == 404
    client.post(reverse("credit:change_share", args=[share.uuid, "show"]))
    assert opened(client, share).status_code == 200
    day = today() + timedelta(days=3)
    client.post(reverse("credit:change_share", args=[share.uuid, "until"]), {"until": day.isoformat()})
    share.refresh_from_db()
    assert share.last_day == day
    wrong = client.post(reverse("credit:change_share", args=[share.uuid, "until"]), {"until": "2001-01-01"})
    assert wrong.status_code == 422
    client.post(reverse("credit:change_share", args=[share.uuid, "revoke"]))
    again = client.post(reverse("credit:change_share", args=[share.uuid, "show"]))
    assert again.status_code == 409
    assert opened(client, share).status_code == 404


def test_a_share_for_an_organisation_is_for_its_people(client, learner):
    share = services.create_share(learner, wish(recipient="", organisation=college().uuid))
    assert opened(client, share).status_code == 404
    client.force_login(member("hr", college("other", "别的学院")))
    assert opened(client, share).status_code == 404
    client.force_login(member("hr", college()))
    assert opened(client, share).status_code == 200


def test_what_was_taken_back_since_is_marked(client, learner):
    share = services.create_share(learner, wish())
    reverse_posting(Transaction.objects.get(kind="hours"), reason="记错了", actor=SYSTEM)
    LearningOutcome.objects.update(status="refused")
    text = opened(client, share).content.decode()
    assert "已冲正，不再有效" in text
    assert text.count("不再有效") == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"purpose": " "},
        {"recipient": ""},
        {"until": today() - timedelta(days=1)},
        {"until": today() + timedelta(days=400)},
        {"name_form": "initials"},
        {"lines": ()},
        {"lines": ("study:no",)},
        {"for_export": True},
        {"organisation": uuid4()},
    ],
)
def test_what_a_share_needs(learner, fields):
    with pytest.raises(Invalid):
        services.create_share(learner, wish(**fields))
    assert not Share.objects.exists()
    assert not TranscriptSnapshot.objects.exists()


def test_nobody_shares_another_s_paper(learner):
    paper = make_transcript(person("别人"))
    with pytest.raises(NotFound):
        services.create_share(learner, wish(), paper)
    own = make_transcript(learner)
    revoke_transcript(learner, own)
    with pytest.raises(Conflict):
        services.create_share(learner, wish(), own)


def test_there_is_a_limit(learner, monkeypatch):
    monkeypatch.setattr(services, "MOST_STANDING", 1)
    services.create_share(learner, wish())
    with pytest.raises(Conflict):
        services.create_share(learner, wish())


def test_the_form_makes_one(client, learner):
    client.force_login(learner)
    address = reverse("credit:new_share")
    assert "安全生产（公需）" in client.get(address).content.decode()
    bad = client.post(address, {"purpose": "", "until": "", "name_form": "masked"})
    assert bad.status_code == 422
    said = {
        "whole": "all",
        "purpose": "评职称",
        "until": (today() + timedelta(days=9)).isoformat(),
        "name_form": CredentialSet.NameForm.REAL,
        "recipient": "申江机电公司",
    }
    made = client.post(address, said, follow=True)
    assert "<svg" in made.content.decode()
    assert "评职称" in client.get(reverse("credit:shares")).content.decode()
    client.force_login(person("别人"))
    assert client.get(reverse("credit:share", args=[Share.objects.get().uuid])).status_code == 404


def test_guessing_is_slowed_down(client):
    address = {"REMOTE_ADDR": "198.51.100.4"}
    codes = [client.get(f"/credit/s/guess-{n}/", **address).status_code for n in range(32)]
    assert codes[0] == 404
    assert codes[-1] == 429


def test_the_role_is_of_today(client, learner):
    reader = member(Role.HR, college())
    reader.memberships.update(until=today() - timedelta(days=1))
    share = services.create_share(learner, wish(organisation=college().uuid))
    client.force_login(reader)
    assert opened(client, share).status_code == 404
