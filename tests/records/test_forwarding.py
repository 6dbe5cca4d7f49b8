"""One store of ours sends its statements on to another of ours, over a real line: each once, in order, whatever breaks."""

import hashlib
import json
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from uuid import uuid4

import pytest
import time_machine
from django.db.models import Q

from lms.lib.appendonly import erase_words
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now
from lms.lib.jobs import services as jobs
from lms.lib.jobs.models import Job
from lms.records.credentials.services import issue, store_of
from lms.records.forwarding import services
from lms.records.forwarding.models import Aside, Target
from lms.records.forwarding.queries import due
from lms.records.forwarding.services import make_target, send_again, send_on, switch
from lms.records.forwarding.tasks import look
from lms.records.statements.models import Statement, StatementKey
from tests.factories.accounts import OrganisationFactory, UserFactory
from tests.records.conftest import Speaker
from tests.records.samples import ATTACHMENT, CHOICE, statement

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

# Before now and after every statement of the test: nobody else writes here.
SETTLED = -60_000


@pytest.fixture
def away(db):
    """The receiver's store and its credential."""
    return issue(store_of(OrganisationFactory()), "转发来的", ["all"])


@pytest.fixture
def target(settings, live_server, away):
    settings.XAPI_FORWARD_HOSTS = frozenset(["localhost"])
    return make_target(
        UserFactory(is_superuser=True),
        store_of(None),
        name="市记录库",
        address=f"{live_server.url}/xapi/",
        key=away.credential.key,
        secret=away.secret,
        from_start=True,
    )


def kept(secret):
    """The ids of a store's statements in the order of storing."""
    rows = StatementKey.objects.filter(store=secret.credential.store).order_by("stored_ms", "pk")
    return [str(one) for one in rows.values_list("statement_id", flat=True)]


def test_statements_go_on_once_with_their_ids_times_and_attachments(target, away, xapi):
    ids = xapi.keep(*[statement() for _number in range(120)])
    content = b"\xff\xd8photo"
    sha2 = hashlib.sha256(content).hexdigest()
    named = {name: value for name, value in ATTACHMENT.items() if name != "fileUrl"}
    with_file = statement(attachments=[named | {"sha2": sha2, "length": len(content)}])
    body = (
        b"--x\r\nContent-Type: application/json\r\n\r\n"
        + json.dumps(with_file).encode()
        + b"\r\n--x\r\nContent-Type: image/jpeg\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: "
        + sha2.encode()
        + b"\r\n\r\n"
        + content
        + b"\r\n--x--\r\n"
    )
    assert (
        xapi.call("POST", "statements", body=body, Content_Type="multipart/mixed; boundary=x").status_code
        == 200
    )
    assert send_on(target.pk, settle_ms=SETTLED) == 121
    assert set(kept(away)) == {*ids, with_file["id"]}
    assert send_on(target.pk, settle_ms=SETTLED) == 0
    target.refresh_from_db()
    assert (target.sent, target.failures) == (121, 0)

    there = Speaker(away)
    for which in (ids[0], with_file["id"]):
        here, found = xapi.one(which).json(), there.one(which).json()
        assert {name: found[name] for name in ("timestamp", "actor", "object")} == {
            name: here[name] for name in ("timestamp", "actor", "object")
        }
    assert (
        content
        in there.call("GET", "statements", {"statementId": with_file["id"], "attachments": "true"}).content
    )


def test_killed_between_answer_and_position_nothing_is_doubled_or_lost(target, away, xapi):
    class Killed(Exception):
        pass

    ids = xapi.keep(*[statement() for _number in range(130)])
    seen = []

    def tell(count):
        seen.append(count)
        raise Killed

    for _kill in range(2):
        with pytest.raises(Killed):
            send_on(target.pk, tell=tell, settle_ms=SETTLED)
    # Back to where the position was before the last answer, as if the worker had died then.
    Target.objects.filter(pk=target.pk).update(position_ms=0, position=0)
    send_on(target.pk, settle_ms=SETTLED)
    assert sorted(kept(away)) == sorted(ids)
    assert not Aside.objects.exists()


def test_a_refused_statement_is_set_aside_with_the_receivers_words(target, away, xapi):
    """Another statement stands there under the id; those around it arrive."""
    taken = str(uuid4())
    Speaker(away).keep(statement(id=taken, object=CHOICE))
    before, after = xapi.keep(statement()), None
    xapi.keep(statement(id=taken))
    after = xapi.keep(statement())
    assert send_on(target.pk, settle_ms=SETTLED) == 3
    assert set(kept(away)) == {taken, *before, *after}
    row = Aside.objects.get()
    assert (str(row.statement_id), row.status) == (taken, 409)
    assert taken in row.said


def test_what_was_set_aside_is_sent_again_when_asked_for(target, away, xapi, settings):
    """Refused twice for its size; then the receiver takes it, and one more asking finds nothing to send."""
    long = statement(context={"platform": "x" * 2_500})
    settings.XAPI_BODY_BYTES = 9_000
    small, large = xapi.keep(statement())[0], xapi.keep(long)[0]
    settings.XAPI_BODY_BYTES = 2_000
    assert send_on(target.pk, settle_ms=SETTLED) == 2
    assert kept(away) == [small]
    row = Aside.objects.get()
    assert (str(row.statement_id), row.status) == (large, 413)
    assert not due(SETTLED)

    assert send_again(target.made_by, target, statement=row.statement) == 1
    assert send_again(target.made_by, target) == 0
    assert list(due(SETTLED)) == [target]
    assert send_on(target.pk, settle_ms=SETTLED) == 1
    row.refresh_from_db()
    assert (row.status, row.asked_at, row.sent_at) == (413, None, None)

    settings.XAPI_BODY_BYTES = 9_000
    assert send_again(target.made_by, target) == 1
    assert send_on(target.pk, settle_ms=SETTLED) == 1
    assert set(kept(away)) == {small, large}
    row.refresh_from_db()
    target.refresh_from_db()
    assert row.sent_at is not None
    assert target.sent == 2
    assert not due(SETTLED)
    assert send_again(target.made_by, target) == 0
    assert AuditRow.objects.filter(action="records.forwarding.again").count() == 2


def test_asked_for_again_it_waits_while_the_receiver_is_away(target, away, xapi):
    taken = str(uuid4())
    Speaker(away).keep(statement(id=taken, object=CHOICE))
    xapi.keep(statement(id=taken))
    send_on(target.pk, settle_ms=SETTLED)
    row = Aside.objects.get()
    send_again(target.made_by, target)
    Target.objects.filter(pk=target.pk).update(endpoint="http://localhost:9/xapi/")
    assert send_on(target.pk, settle_ms=SETTLED) == 0
    row.refresh_from_db()
    target.refresh_from_db()
    assert row.asked_at is not None
    assert target.failures == 1


def test_what_was_erased_meanwhile_is_not_sent_again(target, away, xapi):
    taken = str(uuid4())
    Speaker(away).keep(statement(id=taken, object=CHOICE))
    xapi.keep(statement(id=taken))
    send_on(target.pk, settle_ms=SETTLED)
    send_again(target.made_by, target)
    erase_words(Statement, Q(statement_id=taken, store=target.store))
    assert send_on(target.pk, settle_ms=SETTLED) == 0
    assert not Aside.objects.exists()


def test_the_same_statement_there_already_is_no_fault(target, away, xapi):
    one = statement(timestamp="2026-11-20T08:30:00Z")
    Speaker(away).keep(one)
    xapi.keep(one)
    send_on(target.pk, settle_ms=SETTLED)
    assert kept(away) == [one["id"]]
    assert not Aside.objects.exists()


class Rude(BaseHTTPRequestHandler):
    """A receiver that answers as told: (status, headers), one after the other; then 200."""

    answers: list = []
    asked: list = []

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        type(self).asked.append(self.path)
        status, headers = self.answers.pop(0) if self.answers else (200, {})
        self.send_response(status)
        for name, value in ({"Content-Length": "2"} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"no")

    do_GET = do_POST  # noqa: N815 - http.server's names

    def log_message(self, *_args):
        pass


@pytest.fixture
def rude():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Rude)
    Rude.answers, Rude.asked = [], []
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_asked_for_again_a_request_holds_no_more_than_the_first_time(
    target, xapi, rude, settings, monkeypatch
):
    settings.XAPI_FORWARD_HOSTS = frozenset([f"127.0.0.1:{rude.server_port}"])
    Target.objects.filter(pk=target.pk).update(endpoint=f"http://127.0.0.1:{rude.server_port}/")
    monkeypatch.setattr(services, "BATCH_BYTES", ATTACHMENT["length"])
    xapi.keep(*[statement(attachments=[ATTACHMENT]) for _number in range(3)])
    Rude.answers = [(413, {})] * 3
    assert send_on(target.pk, settle_ms=SETTLED) == 3
    assert len(Rude.asked) == 3
    assert send_again(target.made_by, target) == 3
    assert send_on(target.pk, settle_ms=SETTLED) == 3
    assert len(Rude.asked) == 6
    assert not Aside.objects.filter(sent_at=None).exists()
    assert Aside.objects.count() == 3


@pytest.mark.parametrize(
    ("answer", "most_s"),
    [
        ((503, {}), 31),
        ((429, {"Retry-After": "120"}), 121),
        ((401, {}), 31),
        ((302, {"Location": "http://127.0.0.1:1/"}), 31),
    ],
)
def test_everything_waits_while_the_receiver_is_away(target, xapi, rude, settings, answer, most_s):
    settings.XAPI_FORWARD_HOSTS = frozenset([f"127.0.0.1:{rude.server_port}"])
    Target.objects.filter(pk=target.pk).update(endpoint=f"http://127.0.0.1:{rude.server_port}/")
    xapi.keep(statement())
    Rude.answers = [answer]
    assert send_on(target.pk, settle_ms=SETTLED) == 0
    target.refresh_from_db()
    assert (target.failures, target.position) == (1, 0)
    assert str(answer[0]) in target.said
    # No redirect is followed.
    assert Rude.asked == ["/statements"]
    assert most_s - 5 < (target.next_try_at - now()).total_seconds() <= most_s
    assert not due(SETTLED)
    switch(target.made_by, target, on=True)
    assert list(due(SETTLED)) == [target]
    assert send_on(target.pk, settle_ms=SETTLED) == 1
    target.refresh_from_db()
    assert (target.failures, target.said) == (0, "")


def test_the_beat_orders_one_job_a_run_and_the_job_sends(target, away, xapi):
    with time_machine.travel(now() - timedelta(minutes=5)):
        ids = xapi.keep(statement())
    look()
    assert kept(away) == ids
    assert Job.objects.get().state == Job.State.DONE
    look()
    assert Job.objects.count() == 1
    with time_machine.travel(now() - timedelta(minutes=4)):
        xapi.keep(statement())
    look()
    assert Job.objects.count() == 2
    # What is not settled yet waits.
    xapi.keep(statement())
    look()
    assert len(kept(away)) == 2
    jobs.resume()


def test_stopped_it_sends_nothing_and_goes_on_where_it_stopped(target, away, xapi):
    xapi.keep(statement())
    switch(target.made_by, target, on=False)
    assert send_on(target.pk, settle_ms=SETTLED) == 0
    assert not due(SETTLED)
    switch(target.made_by, target, on=True)
    assert send_on(target.pk, settle_ms=SETTLED) == 1
    assert list(AuditRow.objects.order_by("pk").values_list("action", flat=True)) == [
        "records.forwarding.make",
        "records.forwarding.off",
        "records.forwarding.on",
    ]
