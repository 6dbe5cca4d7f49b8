"""Years handed over: each record checked against the books and taken once, with a receipt; what failed is retried."""

import json
from datetime import date, datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from creditbank.api import post_hours
from creditbank.ledger.models import Transaction
from creditbank.ledger.services import reverse as reverse_posting
from lms.learning.statements import package_queries, packages, rules, senders
from lms.learning.statements.models import PackageReceipt, ReviewPackage, YearStatement
from lms.learning.statements.packages import order, retry
from lms.learning.statements.readiness import NewTitleRule, publish_rule
from lms.learning.statements.senders import Outcome
from lms.lib.actor import Actor
from lms.lib.audit.models import AuditRow
from lms.lib.clock import SHANGHAI
from lms.lib.errors import Conflict, Invalid, NotFound
from lms.lib.ids import uuid7
from lms.lib.jobs.models import Job
from lms.lib.jobs.services import run
from tests.factories.accounts import UserFactory, member
from tests.learning.clients import signed_in
from tests.learning.statements.years import claimed, completed, named, topped_up

pytestmark = [pytest.mark.django_db, pytest.mark.long, pytest.mark.usefixtures("clock")]
CLOCK = datetime(2026, 3, 10, 12, tzinfo=SHANGHAI)


@pytest.fixture
def user():
    return named(UserFactory(), "吴明达")


def booked(user, row, *, kind="specialty", centihours=None):
    """As the credit bank's consumers book what was announced."""
    post_hours(
        user.uuid,
        completion_uuid=row.uuid,
        kind=kind,
        centihours=centihours or getattr(row, "counted_centihours", None) or row.centihours,
        occurred_on=date(2026, 1, 1),
        evidence={},
        rule=("study", 1),
    )
    return row


def ordered(user, **changes):
    values = {"use": "title", "years": [2026], "sender": "file", "key": uuid7()} | changes
    return order(user, **values)


def work():
    """Run what waits, as the worker does."""
    for row in Job.objects.filter(kind=packages.JOB, state=Job.State.QUEUED).order_by("id"):
        run(row.pk)
        row.refresh_from_db()
        assert row.state == Job.State.DONE, row.error


def states(package):
    return list(package.items.order_by("position").values_list("state", flat=True))


class TestTheWay:
    def test_every_record_is_taken_once_with_a_receipt(self, user):
        done = booked(user, completed(user, date(2026, 1, 5), 300))
        booked(user, topped_up(done, date(2026, 2, 1), 25))
        booked(user, claimed(user, date(2025, 3, 4), 1200))
        completed(user, date(2026, 1, 6), 0)
        package = ordered(user, years=[2025, 2026, 2026])
        assert states(package) == ["waiting"] * 3
        work()
        assert states(package) == ["taken"] * 3
        assert PackageReceipt.objects.count() == 3
        document = package_queries.document(package)
        assert document["items"][0]["receipts"][0]["reference"] == f"{package.number}-0001"
        assert [item["year"] for item in document["content"]["statements"]] == [2026, 2025]
        assert document["content"]["title_rule"]["version"] == 1
        assert [item["rule"].get("version") for item in document["content"]["records"]] == [1, 1, None]
        assert rules.digest(rules.canonical(document["content"])) == document["content_sha256"]
        # The job again, as after a crash: nothing is handed over twice.
        packages.hand_over(Context(package))
        assert PackageReceipt.objects.count() == 3

    def test_two_clicks_make_one(self, user):
        booked(user, completed(user, date(2026, 1, 5), 300))
        key = uuid7()
        assert ordered(user, key=key).pk == ordered(user, key=key).pk
        assert Job.objects.filter(kind=packages.JOB).count() == 1
        assert ordered(user).pk != ordered(user, key=key).pk
        assert YearStatement.objects.count() == 1

    def test_the_rule_is_named_only_where_it_matters(self, user):
        booked(user, completed(user, date(2026, 1, 5), 300))
        content = package_queries.document(ordered(user, use="assessment"))["content"]
        assert content["title_rule"] is None
        assert content["statements"][0]["goal"]["version"] == 1

    def test_receipts_only_grow(self, user):
        booked(user, completed(user, date(2026, 1, 5), 300))
        ordered(user)
        work()
        for table in ("packagereceipt", "reviewpackage"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM learning_{table}")


class Context:
    """What the worker gives to a job."""

    actor = Actor.system("tests")

    def __init__(self, package):
        self.args = {"package": str(package.uuid)}

    def progress(self, done, total, message=""):
        assert done <= total

    def check_cancelled(self):
        pass


class TestWhatTheBooksSay:
    def test_not_booked_yet_fails_and_is_retried(self, user):
        done = completed(user, date(2026, 1, 5), 300)
        package = ordered(user)
        work()
        assert states(package) == ["failed"]
        booked(user, done)
        retry(user, package.uuid)
        assert states(package) == ["waiting"]
        work()
        assert states(package) == ["taken"]
        assert list(PackageReceipt.objects.values_list("number", "state")) == [(1, "failed"), (2, "taken")]
        with pytest.raises(Conflict):
            retry(user, package.uuid)
        assert AuditRow.objects.filter(action="review_package.retry").count() == 1

    def test_reversed_or_booked_otherwise_is_refused(self, user):
        booked(user, completed(user, date(2026, 1, 5), 300), centihours=299)
        undone = booked(user, completed(user, date(2026, 1, 6), 400))
        good = booked(user, completed(user, date(2026, 1, 7), 500))
        other = UserFactory()
        booked(other, completed(user, date(2026, 1, 8), 600))
        package = ordered(user)
        reverse_posting(
            Transaction.objects.get(idempotency_key=f"hours:{undone.uuid}"),
            reason="重复登记",
            actor=Actor.system("tests"),
        )
        work()
        assert states(package) == ["refused", "refused", "taken", "refused"]
        lines = package_queries.lines(package, package_queries.content_of(package))
        assert "2.99 学时" in lines[0]["reason"]
        assert "冲正" in lines[1]["reason"]
        with translation.override("en"):
            assert (
                "冲正" not in package_queries.lines(package, package_queries.content_of(package))[1]["reason"]
            )
        assert lines[2]["uuid"] == str(good.uuid)


class Picky:
    """A receiver for tests: refuses one record, breaks on another, until told otherwise."""

    name, label = "picky", "测试"

    def __init__(self):
        self.calls, self.well = [], False

    def send(self, head, record):
        self.calls.append((head["number"], record["position"]))
        if not self.well and record["position"] == 2:
            return Outcome("refused", "名称与目录不符")
        if not self.well and record["position"] == 3:
            raise OSError("connection reset")
        return Outcome("taken", reference=f"R{record['position']}")


@pytest.fixture
def picky():
    sender = Picky()
    senders.register_sender(sender)
    yield sender
    del senders._senders[sender.name]


def test_one_refused_one_broken_the_others_taken_and_both_retried(user, picky):
    for day in range(1, 5):
        booked(user, completed(user, date(2026, 1, day), 100 * day))
    package = ordered(user, sender="picky")
    work()
    assert states(package) == ["taken", "refused", "failed", "taken"]
    picky.well = True
    retry(user, package.uuid)
    work()
    assert states(package) == ["taken"] * 4
    assert sorted(place for _number, place in picky.calls) == [1, 2, 2, 3, 3, 4]
    receipts = PackageReceipt.objects.filter(item__position=2).values_list("state", "reason", "reference")
    assert list(receipts) == [("refused", "名称与目录不符", ""), ("taken", "", "R2")]


def test_queries_do_not_grow_with_the_records(user, django_assert_max_num_queries):
    for day in range(1, 21):
        booked(user, completed(user, date(2026, 1, day), 100))
    package = ordered(user)
    with django_assert_max_num_queries(20):
        packages.hand_over(Context(package))
    assert states(package) == ["taken"] * 20


class TestRefused:
    @pytest.mark.parametrize(
        "changes",
        [
            {"use": "party"},
            {"years": []},
            {"years": [1999]},
            {"years": [2027]},
            {"years": list(range(2010, 2022))},
            {"sender": "city"},
            {"years": [2020]},
        ],
    )
    def test_what_cannot_be(self, user, changes):
        booked(user, completed(user, date(2026, 1, 5), 300))
        with pytest.raises(Invalid):
            ordered(user, **changes)
        assert not ReviewPackage.objects.exists()
        assert not YearStatement.objects.exists()

    def test_without_a_verified_name(self):
        user = UserFactory()
        booked(user, completed(user, date(2026, 1, 5), 300))
        with pytest.raises(Conflict, match="实名"):
            ordered(user)

    @pytest.mark.parametrize("role", ["hr", "officer", "auditor", "reviewer"])
    def test_others_neither_read_nor_retry(self, user, role):
        booked(user, completed(user, date(2026, 1, 5), 300))
        package, other = ordered(user), member(role)
        with pytest.raises(NotFound):
            retry(other, package.uuid)
        client = signed_in(other)
        for name in ("package", "package_pdf", "package_data"):
            assert client.get(reverse(f"hours:{name}", args=[package.uuid])).status_code == 404
        assert client.post(reverse("hours:retry_package", args=[package.uuid])).status_code == 404


def test_the_pages(user):
    booked(user, completed(user, date(2026, 1, 5), 300))
    completed(user, date(2026, 1, 6), 400)
    client = signed_in(user)
    page = client.get(reverse("hours:packages")).content.decode()
    assert "2026" in page
    key = str(uuid7())
    form = {"use": "title", "years": ["2026"], "sender": "file", "key": key}
    answer = client.post(reverse("hours:packages"), form)
    package = ReviewPackage.objects.get()
    assert answer["Location"] == reverse("hours:package", args=[package.uuid])
    assert "等待写入" in client.get(answer["Location"]).content.decode()
    work()
    page = client.get(answer["Location"]).content.decode()
    assert "没有写入的 1 条" in page
    assert f"{package.number}-0001" in page
    assert client.get(reverse("hours:package_pdf", args=[package.uuid])).content.startswith(b"%PDF-")
    data = json.loads(client.get(reverse("hours:package_data", args=[package.uuid])).content)
    assert [item["state"] for item in data["items"]] == ["taken", "failed"]
    assert "已写入 1 条" in client.get(reverse("hours:packages")).content.decode()
    assert client.post(reverse("hours:retry_package", args=[package.uuid])).status_code == 302
    for wrong in ({"years": []}, {"use": ""}, {"key": "x"}, {"sender": "x"}, {"years": ["1990"]}):
        assert client.post(reverse("hours:packages"), form | wrong).status_code == 422
    assert ReviewPackage.objects.count() == 1


def test_the_rule_of_the_title_that_was_named(user):
    booked(user, completed(user, date(2026, 1, 5), 300))
    publish_rule(
        Actor.system("tests"),
        NewTitleRule("middle", "", date(2026, 1, 1), "申江市职称评审办法（演示）", centihours_per_year=7200),
    )
    named_rule = package_queries.document(ordered(user, level="middle"))["content"]["title_rule"]
    assert (named_rule["code"], named_rule["version"]) == ("title:middle", 1)
    assert package_queries.document(ordered(user))["content"]["title_rule"]["code"] == "title"


def test_for_programs(user):
    booked(user, completed(user, date(2026, 1, 5), 300))
    client, root = signed_in(user), "/api/v1/learning/statements"

    def post(address, data):
        return client.post(root + address, data, content_type="application/json")

    made = post("", {"year": 2026}).json()
    assert made["content"]["yearly_centihours"] == 300
    assert client.get(root).json()[0]["number"] == made["number"]
    assert client.get(f"{root}/{made['uuid']}").json()["code"] == made["code"]
    assert client.get(f"{root}/{made['uuid']}/pdf").content.startswith(b"%PDF-")
    assert post(f"/{made['uuid']}/link", {"hidden": True}).json()["state"] == "hidden"
    assert post(f"/{made['uuid']}/revoke", {}).json()["state"] == "revoked"
    assert post(f"/{made['uuid']}/revoke", {}).status_code == 409
    ready = client.get(f"{root}/readiness").json()
    assert (ready["rule"]["version"], ready["rule"]["years"]) == (1, None)
    assert ready["years"][0]["missing"] == {
        "total": 8700,
        "specialty": 5700,
        "public": None,
        "either": 3000,
    }
    package = post("/packages", {"key": str(uuid7()), "use": "title", "years": [2026]})
    assert package.status_code == 202
    work()
    found = client.get(f"{root}/packages/{package.json()['uuid']}").json()
    assert [item["state"] for item in found["items"]] == ["taken"]
    assert client.get(f"{root}/packages").json()[0]["number"] == found["number"]
    assert post(f"/packages/{found['uuid']}/retry", {}).status_code == 409
    other = signed_in(UserFactory())
    for address in (f"/{made['uuid']}", f"/{made['uuid']}/pdf", f"/packages/{found['uuid']}"):
        assert other.get(root + address).status_code == 404
    assert Client().get(root).status_code == 401
    for wrong in ({"year": 1999}, {"year": "x"}, {}):
        assert post("", wrong).status_code == 422
