"""People own their data: their copy has what stores hold about them, an erasure takes the words and leaves the rest."""

import hashlib
import json

import pytest
from django.conf import settings
from django.core.files.storage import default_storage

from lms.accounts.api import export_parts
from lms.records.credentials.services import issue, store_of
from lms.records.models import AgentName, Attachment, Document, Mention, Statement
from lms.records.people import erasure
from lms.records.people.queries import account, names_others, statements
from tests.factories.accounts import UserFactory
from tests.records.samples import AGENT, ATTACHMENT, VERB, statement

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return UserFactory()


def named(user, name="林小雨"):
    return account(user.uuid) | {"name": name}


def texts():
    return [row.raw + row.text for row in Statement.objects.order_by("stored_ms", "pk")]


def test_the_copy_has_statements_and_documents_of_all_stores(person, xapi, other):
    mine = [xapi.keep(statement(actor=named(person)))[0], other.keep(statement(object=named(person)))[0]]
    about_mine = statement(actor=AGENT, object={"objectType": "StatementRef", "id": mine[0]})
    xapi.keep(about_mine, statement())
    where = {
        "activityId": "https://a.example.cn/1",
        "agent": json.dumps(account(person.uuid)),
        "stateId": "s",
    }
    assert xapi.call("PUT", "activities/state", where, {"page": 3}).status_code == 204
    found = export_parts(person)["records"]
    assert {one["statement"]["id"] for one in found["statements"]} == set(mine)
    assert [json.loads(one["content"]) for one in found["documents"]] == [{"page": 3}]
    assert export_parts(UserFactory())["records"] == {"statements": [], "documents": []}


def test_erased_the_words_go_and_the_rows_stay(person, xapi, other):
    mine = [xapi.keep(statement(actor=named(person)))[0], other.keep(statement(actor=named(person)))[0]]
    group = {"objectType": "Group", "member": [named(person), AGENT]}
    mine += xapi.keep(statement(actor=group))
    voided = xapi.keep(statement(actor=named(person)))[0]
    void = {"id": "http://adlnet.gov/expapi/verbs/voided"}
    xapi.keep(statement(verb=void, object={"objectType": "StatementRef", "id": voided}))
    others = xapi.keep(
        statement(actor=AGENT, object={"objectType": "StatementRef", "id": mine[0]}), statement(actor=AGENT)
    )
    where = {
        "activityId": "https://a.example.cn/1",
        "agent": json.dumps(account(person.uuid)),
        "stateId": "s",
    }
    xapi.call("PUT", "activities/state", where, {"page": 3})
    launch = issue(store_of(None), "启动", ["all"], actor=f"account:{settings.PUBLIC_URL}\n{person.uuid}")
    count, mentions = Statement.objects.count(), Mention.objects.count()
    for _again in range(2):
        assert erasure.erase(person) == []
    assert (Statement.objects.count(), Mention.objects.count()) == (count, mentions)
    assert not any(str(person.uuid) in text for text in texts())
    assert Statement.objects.filter(erased=True).count() == len(mine) + 1
    assert not Document.objects.exists()
    assert set(AgentName.objects.values_list("name", flat=True)) == {AGENT["name"]}
    launch.credential.refresh_from_db()
    assert launch.credential.revoked_at
    assert list(statements(person.uuid)) == []
    assert [xapi.one(one).status_code for one in mine[:1] + others] == [404, 200, 200]
    assert set(xapi.find()) >= set(others)
    # The same statement sent again is the one that was there: its words do not come back.
    assert person.uuid.hex not in "".join(texts()).replace("-", "")


def test_files_go_with_the_last_statement_that_names_them(person, xapi):
    def sent(actor, content):
        sha2 = hashlib.sha256(content).hexdigest()
        item = {name: value for name, value in ATTACHMENT.items() if name != "fileUrl"} | {"sha2": sha2}
        body = (
            b"--x\r\nContent-Type: application/json\r\n\r\n"
            + json.dumps(statement(actor=actor, attachments=[item | {"length": len(content)}])).encode()
            + b"\r\n--x\r\nContent-Type: image/jpeg\r\nContent-Transfer-Encoding: binary\r\n"
            + f"X-Experience-API-Hash: {sha2}\r\n\r\n".encode()
            + content
            + b"\r\n--x--\r\n"
        )
        answer = xapi.call("POST", "statements", body=body, Content_Type="multipart/mixed; boundary=x")
        assert answer.status_code == 200, answer.content
        return Attachment.objects.get(sha2=sha2)

    own, shared = sent(named(person), b"own"), sent(named(person), b"shared")
    sent(AGENT, b"shared")
    erasure.erase(person)
    assert not default_storage.exists(own.file)
    assert list(Attachment.objects.all()) == [shared]
    assert default_storage.exists(shared.file)


def test_whether_a_statement_names_others(person):
    me = statement(actor=named(person), authority=account(UserFactory().uuid))
    assert not names_others(me, person.uuid)
    assert names_others(me | {"context": {"team": {"member": [account(UserFactory().uuid)]}}}, person.uuid)
    assert names_others(me, None)
    assert not names_others(statement(actor=AGENT, verb=VERB), None)
