"""Staff pages of record stores: who sees which, secrets shown once, looks that leave a row, what content sends."""

import base64
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from lms.accounts.api import staff_group
from lms.accounts.people.queries import explain_looks, looks_at
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.records.credentials.models import Credential
from lms.records.credentials.services import (
    MOST,
    Secret,
    issue,
    make_credential,
    revoke_credential,
    store_of,
)
from lms.records.forwarding.services import make_target
from lms.records.front import MOST_GUESSES
from lms.records.live import words
from lms.records.people.queries import account
from tests.factories.accounts import OrganisationFactory, UserFactory, member
from tests.records.conftest import Speaker
from tests.records.samples import ACTIVITY, AGENT, CHOICE, RESULT, statement

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


@pytest.fixture
def organisation():
    return OrganisationFactory(code="north", name="北港学院")


@pytest.fixture
def store(organisation):
    return store_of(organisation)


def staff_member(role, organisation, **user):
    """Somebody whom the staff screens let in."""
    found = member(role, organisation, **user)
    found.groups.add(staff_group())
    return found


@pytest.fixture
def admin(organisation):
    return staff_member("admin", organisation)


@pytest.fixture
def staff(admin):
    client = Client()
    client.force_login(admin)
    return client


def page(name, *args):
    return reverse(name, args=["north", *args])


class TestCredentials:
    def test_only_who_looks_after_the_store_makes_and_ends_them(self, store, organisation, admin):
        wanted = {"name": "叉车模拟器", "scopes": ["statements/write"]}
        for stranger in (
            UserFactory(),
            member("editor", organisation),
            member("admin", OrganisationFactory()),
        ):
            with pytest.raises(NotAllowed):
                make_credential(stranger, store, **wanted)
        with pytest.raises(NotAllowed):
            make_credential(admin, store_of(None), **wanted)
        made = make_credential(admin, store, **wanted)
        with pytest.raises(NotAllowed):
            revoke_credential(member("admin", OrganisationFactory()), made.credential, reason="不再用")
        with pytest.raises(Invalid):
            revoke_credential(admin, made.credential, reason=" ")
        assert Speaker(made).call("POST", "statements", body=[statement()]).status_code == 200
        for _again in range(2):
            revoke_credential(admin, made.credential, reason="不再用")
        assert Speaker(made).call("POST", "statements", body=[statement()]).status_code == 401
        rows = AuditRow.objects.filter(action__startswith="records.credential").order_by("pk")
        assert [(row.action, row.reason, row.body) for row in rows] == [
            ("records.credential.make", "", "north"),
            ("records.credential.revoke", "不再用", "north"),
        ]
        assert made.secret not in str([row.data for row in rows])
        assert make_credential(UserFactory(is_superuser=True), store_of(None), **wanted)

    @pytest.mark.parametrize(
        "change",
        [{"name": ""}, {"name": "长" * 121}, {"scopes": []}, {"scopes": ["everything"]}, {"last_day": -1}],
    )
    def test_what_one_needs(self, store, admin, change):
        wanted = {"name": "模拟器", "scopes": ["all"]} | change
        if "last_day" in change:
            wanted["last_day"] = today() + timedelta(days=-1)
        with pytest.raises(Invalid):
            make_credential(admin, store, **wanted)

    def test_a_store_has_few(self, store, admin):
        Credential.objects.bulk_create(
            Credential(store=store, key=f"k{number}", name="多", made_at="2026-01-01T00:00Z")
            for number in range(MOST)
        )
        with pytest.raises(Conflict):
            make_credential(admin, store, name="又一个", scopes=["all"])

    def test_the_page_shows_the_secret_once_and_the_last_day_of_use(self, staff, store):
        address = page("records_credentials")
        sent = {"name": "叉车模拟器", "scopes": ["statements/write"], "last_day": today().isoformat()}
        text = staff.post(address, sent).content.decode()
        credential = Credential.objects.get()
        assert credential.key in text
        shown = next(part for part in text.split("<code>") if part.startswith(credential.key))
        assert shown
        secret = text.split("<code>")[3].split("</code>")[0]
        again = staff.get(address).content.decode()
        assert secret not in again
        assert "还没有用过" in again
        Speaker(Secret(credential, secret)).keep(statement())
        assert today().isoformat() in staff.get(address).content.decode()
        assert (
            staff.post(page("records_credential_revoke", credential.key), {"reason": "换新"}).status_code
            == 302
        )
        history = staff.get(page("records_history")).content.decode()
        assert "换新" in history
        assert "停用凭据" in history
        assert staff.post(address, {"name": "", "scopes": []}).status_code == 422

    def test_by_role(self, organisation, store):
        credential = issue(store, "试", ["all"]).credential
        addresses = [
            page(name)
            for name in ("records_credentials", "records_history", "records_targets", "records_find")
        ] + [page("records_watch", credential.key)]
        for user, status in (
            (staff_member("admin", organisation), 200),
            (staff_member("admin", OrganisationFactory()), 404),
            (staff_member("editor", organisation), 403),
            (UserFactory(), 302),
        ):
            client = Client()
            client.force_login(user)
            assert {client.get(address).status_code for address in addresses} == {status}
        root = Client()
        root.force_login(UserFactory(is_superuser=True))
        assert root.get(reverse("records_credentials", args=["-"])).status_code == 200
        assert "北港学院" in root.get(reverse("records_stores")).content.decode()
        client = Client()
        client.force_login(staff_member("admin", organisation))
        assert client.get(reverse("records_credentials", args=["-"])).status_code == 404


class TestForwarding:
    def test_a_target_is_made_stopped_and_its_secret_not_shown(self, staff, store):
        address = page("records_targets")
        sent = {
            "name": "市记录库",
            "address": "https://lrs.example.cn/xapi/",
            "version": "1.0.3",
            "key": "abc",
            "secret": "geheim-4711",
        }
        assert staff.post(address, sent).status_code == 302
        target = store.targets.get()
        text = staff.get(address).content.decode()
        assert "https://lrs.example.cn/xapi/" in text
        assert "geheim-4711" not in text
        assert staff.post(page("records_target_switch", target.uuid), {"on": "0"}).status_code == 302
        assert "已停止" in staff.get(address).content.decode()
        assert staff.post(address, sent | {"address": "lrs"}).status_code == 422

    def test_what_was_refused_is_sent_again_by_who_looks_after_the_store(self, staff, store, organisation):
        admin = UserFactory(is_superuser=True)
        said = {"name": "市记录库", "address": "https://lrs.example.cn/xapi/", "key": "abc", "secret": "s"}
        target = make_target(admin, store, **said)
        rows = [
            target.asides.create(statement=number, statement_id=uuid4(), status=400, at=now())
            for number in range(1, 4)
        ]
        address, again = page("records_targets"), page("records_target_again", target.uuid)
        assert "重发对方没收的 3 条" in staff.get(address).content.decode()
        answer = staff.post(again, {"statement": rows[0].statement}, follow=True).content.decode()
        assert "1 条语句将重发" in answer
        assert "等着重发" in answer
        assert "重发对方没收的 2 条" in answer
        assert "没有等着重发的语句" in (
            staff.post(again, {"statement": rows[0].statement}, follow=True).content.decode()
        )
        assert staff.post(again, {"statement": "x"}).status_code == 404
        assert staff.post(again).status_code == 302
        assert "重发对方没收的语句" in staff.get(page("records_history")).content.decode()
        other = Client()
        other.force_login(staff_member("admin", OrganisationFactory()))
        assert other.post(again).status_code == 404


class TestLooks:
    def test_a_duty_is_said_and_stands_where_the_person_reads_it(self, staff, store):
        person = UserFactory(display_name="林小雨")
        speaker = Speaker(issue(store, "模拟器", ["all"]))
        speaker.keep(statement(actor=account(person.uuid), result=RESULT))
        address = page("records_find")
        assert staff.post(address, {"login": person.email, "reason": "看"}).status_code == 422
        assert (
            "没有这个人"
            in staff.post(address, {"login": UserFactory().email, "reason": "核对成绩"}).content.decode()
        )
        assert (
            "没有这个人"
            in staff.post(address, {"login": "x@example.com", "reason": "核对成绩"}).content.decode()
        )
        assert not looks_at(person).exists()
        opened = staff.post(address, {"login": person.email, "reason": "核对成绩"})
        assert opened.status_code == 302
        text = staff.get(opened.url).content.decode()
        assert "林小雨完成“叉车安全操作”" in text
        assert "得分 90%" in text
        (look,) = explain_looks(looks_at(person))
        assert (look.reason, look.body) == ("职责：核对成绩", "北港学院")
        other = Client()
        other.force_login(staff_member("admin", store.organisation))
        assert other.get(opened.url).status_code == 404

    def test_the_learner_reads_what_all_stores_hold_page_by_page(self, store, xapi):
        person = UserFactory()
        speaker = Speaker(issue(store, "模拟器", ["all"]))
        for number in range(25):
            one = statement(
                actor=account(person.uuid), object=ACTIVITY | {"id": f"https://a.example.cn/{number}"}
            )
            (speaker if number % 2 else xapi).keep(one)
        speaker.keep(statement(actor=AGENT))
        client = Client()
        assert client.get("/me/records/").status_code == 302
        client.force_login(person)
        first = client.get("/me/records/")
        lines, older = first.context["found"].lines, first.context["found"].older
        assert len(lines) == 20
        assert "我完成“叉车安全操作”" in first.content.decode()
        assert store.name in first.content.decode()
        rest = client.get("/me/records/", {"after": older}).context["found"]
        assert (len(rest.lines), rest.older) == (5, "")
        assert len({line.id for line in (*lines, *rest.lines)}) == 25
        assert client.get("/me/records/", {"after": "x" * 50}).status_code == 200


class TestWatching:
    def test_statements_documents_and_refusals_of_a_test_run(self, staff, admin, store):
        made = issue(store, "叉车模拟器", ["all"])
        speaker = Speaker(made)
        me = account(admin.uuid)
        speaker.keep(
            statement(actor=me, object=CHOICE, verb={"id": "http://adlnet.gov/expapi/verbs/answered"})
        )
        where = {"activityId": "https://a.example.cn/1", "agent": json.dumps(me), "stateId": "resume"}
        speaker.call("PUT", "activities/state", where, {"page": 3})
        assert speaker.call("POST", "statements", body=[{"actor": me, "verb": {}}]).status_code == 400
        address = page("records_watch", made.credential.key)
        text = staff.get(address).content.decode()
        assert "回答了" in text
        assert "&quot;page&quot;: 3" in text
        found = staff.get(address).context["watched"]
        assert [row["status"] for row in found.refused] == [400]
        assert found.refused[0]["body"]
        part = staff.get(address, {"part": "1"}).content.decode()
        assert "回答了" in part
        assert "<html" not in part

    def test_of_other_learners_nothing_is_shown_but_that_there_was_something(self, staff, store):
        made = issue(store, "叉车模拟器", ["all"])
        speaker, learner = Speaker(made), UserFactory()
        one = account(learner.uuid) | {"name": "林小雨"}
        speaker.keep(statement(actor=one, result=RESULT))
        where = {"activityId": "https://a.example.cn/1", "agent": json.dumps(one), "stateId": "resume"}
        speaker.call("PUT", "activities/state", where, {"essay": "my own words"})
        speaker.call("POST", "statements", body=[{"actor": one}])
        text = staff.get(page("records_watch", made.credential.key)).content.decode()
        assert "一位学员完成“叉车安全操作”" in text
        for word in ("林小雨", str(learner.uuid), "my own words", "得分"):
            assert word not in text

    def test_guessing_is_slowed_and_who_knows_the_secret_is_let_in(self, store):
        made = issue(store, "叉车模拟器", ["all"])
        speaker = Speaker(made)
        wrong = "Basic " + base64.b64encode(f"{made.credential.key}:no".encode()).decode()
        answers = [
            speaker.call("GET", "statements", Authorization=wrong).status_code
            for _try in range(MOST_GUESSES + 2)
        ]
        assert answers == [401] * MOST_GUESSES + [429] * 2
        assert speaker.call("GET", "statements").status_code == 200


class TestBounds:
    def test_a_body_may_be_larger_than_a_form_and_no_larger_than_said(self, xapi, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
        settings.XAPI_BODY_BYTES = 2**20
        big = statement(result={"response": "x" * 5000})
        assert xapi.call("POST", "statements", body=[big]).status_code == 200
        settings.XAPI_BODY_BYTES = 4000
        answer = xapi.call("POST", "statements", body=[big])
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


class TestWords:
    @pytest.mark.parametrize(
        ("change", "language", "told"),
        [
            ({}, "zh-hans", "林小雨完成“叉车安全操作”"),
            (
                {"verb": {"id": "http://adlnet.gov/expapi/verbs/passed"}},
                "zh-hans",
                "林小雨通过了“叉车安全操作”",
            ),
            (
                {"verb": {"id": "https://a.example.cn/verbs/tested", "display": {"fr": "testa"}}},
                "zh-hans",
                "林小雨testa“叉车安全操作”",
            ),
            ({"verb": {"id": "https://a.example.cn/verbs/tested"}}, "en", "林小雨tested“Forklift safety”"),
            ({"object": {"id": "https://a.example.cn/x/%E5%8F%89"}}, "zh-hans", "林小雨完成“叉”"),
            ({"object": CHOICE}, "zh-hans", "林小雨完成“1”"),
            ({"object": AGENT | {"objectType": "Agent"}}, "zh-hans", "林小雨完成“林小雨”"),
        ],
    )
    def test_sentences(self, change, language, told):
        assert words.sentence(statement(**change), language) == told

    def test_results(self):
        assert words.result({"result": {"score": {"raw": 3, "max": 4}, "success": False}}) == [
            "得分 3，满分 4",
            "没有成功",
        ]
        assert words.result({}) == []
