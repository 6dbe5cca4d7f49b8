"""The books: what a posting must be, that keys come first, that nothing can be changed, that reversal happens once."""

import dataclasses
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction

from creditbank.ledger import queries
from creditbank.ledger.models import AccountHead, Entry, Transaction
from creditbank.ledger.services import Line, Posting, holder_account, issuer_account, post, post_many, reverse
from lms.lib.actor import Actor
from lms.lib.appendonly import AppendOnlyError
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.ids import uuid7
from lms.lib.outbox.models import OutboxEvent
from tests.factories.creditbank import SYSTEM, TEST_DAY, booked, booking

pytestmark = pytest.mark.django_db


@contextmanager
def refused_by_the_database():
    with pytest.raises(IntegrityError), transaction.atomic():
        yield


def hours_of(person):
    return queries.balance(holder_account(person, "study_hour.public"))


def test_a_posting_moves_the_amount_and_sums_to_zero():
    person = uuid7()
    row = booked(person, 1250)
    assert hours_of(person) == 1250
    assert queries.derived_balance(issuer_account("study_hour.public")) == -1250
    assert row.entries.count() == row.entry_count == 2
    assert sum(entry.amount for entry in row.entries.all()) == 0


def test_only_holders_are_chained():
    person = uuid7()
    first, second = booked(person, 100), booked(person, 200)
    account = holder_account(person, "study_hour.public")
    links = list(Entry.objects.filter(account=account).order_by("seq"))
    assert [link.transaction_id for link in links] == [first.uuid, second.uuid]
    assert [link.seq for link in links] == [1, 2]
    assert links[1].prev_hash == links[0].hash == first.entries.get(account=account).hash
    assert AccountHead.objects.get(account=account).hash == links[1].hash
    issuer = issuer_account("study_hour.public")
    assert set(Entry.objects.filter(account=issuer).values_list("seq", "hash")) == {(None, "")}
    assert not AccountHead.objects.filter(account=issuer).exists()


def test_the_same_key_gives_the_first_result_and_no_second_event():
    person = uuid7()
    first, again = booked(person, 100, key="k"), booked(person, 100, key="k")
    assert again.uuid == first.uuid
    assert hours_of(person) == 100
    assert OutboxEvent.objects.filter(kind="hours.posted").count() == 1


def test_the_same_key_with_other_content_is_a_conflict():
    person = uuid7()
    booked(person, 100, key="k")
    for change in (
        {"amount": 101},
        {"memo": "x"},
        {"evidence": {"a": 1}},
        {"rule_version": 2},
        {"kind": "other"},
    ):
        amount = change.pop("amount", 100)
        with pytest.raises(Conflict) as refusal:
            booked(person, amount, key="k", **change)
        assert refusal.value.status == 409
        assert refusal.value.code == "idempotency_key_reused"
    assert hours_of(person) == 100


def test_the_key_is_looked_at_before_the_balance():
    # Retrying a spend after the money is gone must give the first result (a flaw of a public ledger, STYLE.md).
    person = uuid7()
    booked(person, 100)
    spent = booked(person, -100, key="spend")
    assert booked(person, -100, key="spend").uuid == spent.uuid


def test_a_holder_never_falls_below_zero():
    person = uuid7()
    booked(person, 100)
    with pytest.raises(Conflict) as refusal:
        booked(person, -101)
    assert refusal.value.code == "balance_too_small"
    assert hours_of(person) == 100
    assert Transaction.objects.count() == 1


@pytest.mark.parametrize(
    ("amounts", "code"),
    [
        ((100, -99), "unbalanced"),
        ((0, 0), "bad_amount"),
        ((1.5, -1.5), "bad_amount"),
        ((True, -1), "bad_amount"),
        ((10**16, -(10**16)), "bad_amount"),
        ((100,), "bad_lines"),
    ],
)
def test_what_is_never_booked(amounts, code):
    person = uuid7()
    accounts = [holder_account(person, "credit"), issuer_account("credit")]
    lines = tuple(Line(account, amount) for account, amount in zip(accounts, amounts, strict=False))
    with pytest.raises(Invalid) as refusal:
        post(Posting("x", TEST_DAY, lines), idempotency_key="k", actor=SYSTEM)
    assert refusal.value.code == code
    assert not Transaction.objects.exists()


def test_units_do_not_balance_one_another():
    person = uuid7()
    lines = (Line(holder_account(person, "credit"), 5), Line(issuer_account("study_hour.public"), -5))
    with pytest.raises(Invalid):
        post(Posting("x", TEST_DAY, lines), idempotency_key="k", actor=SYSTEM)


def test_evidence_without_floats_and_nul():
    person = uuid7()
    for evidence in ({"a": 0.5}, {"a": [1, {"b": 0.5}]}, {"a": "\0"}, {1: "a"}):
        with pytest.raises(Invalid):
            booked(person, 1, evidence=evidence)
    assert booked(person, 1, evidence={"名": ["字", 1, None, True]}).evidence == {"名": ["字", 1, None, True]}


def test_a_batch_is_all_or_nothing_and_chains_within_itself():
    person = uuid7()
    items = [(f"k{number}", booking(person, amount)) for number, amount in enumerate((100, 50, -120))]
    rows = post_many(items, actor=SYSTEM)
    assert [row.idempotency_key for row in rows] == ["k0", "k1", "k2"]
    assert hours_of(person) == 30
    with pytest.raises(Conflict):
        post_many([("k3", booking(person, 5)), ("k4", booking(person, -36))], actor=SYSTEM)
    assert hours_of(person) == 30
    assert [row.uuid for row in post_many(items, actor=SYSTEM)] == [row.uuid for row in rows]
    with pytest.raises(Conflict):
        post_many([("k5", booking(person, 5)), ("k5", booking(person, 6))], actor=SYSTEM)


def test_a_big_batch_spans_several_statements():
    people = [uuid7() for _ in range(3)]
    rows = post_many([(f"b{n}", booking(people[n % 3], 10)) for n in range(450)], actor=SYSTEM)
    assert len({row.uuid for row in rows}) == 450
    assert [hours_of(person) for person in people] == [1500, 1500, 1500]


def test_events_name_what_moved():
    person = uuid7()
    row = booked(person, 300, unit="credit", event={"application": "a"})
    event = OutboxEvent.objects.get(kind="credit.posted")
    assert event.key == f"credit.posted:{row.uuid}"
    assert event.payload["application"] == "a"
    assert {(line["holder"], line["amount"]) for line in event.payload["lines"]} == {
        (str(person), 300),
        (None, -300),
    }


# --- reversal ----------------------------------------------------------------------------------------------


def test_a_reversal_is_the_negative_and_happens_once():
    person = uuid7()
    row = booked(person, 100)
    back = reverse(row, reason="录入错误", actor=SYSTEM)
    assert back.reverses_id == row.uuid
    assert hours_of(person) == 0
    assert reverse(row, reason="录入错误", actor=SYSTEM).uuid == back.uuid
    with pytest.raises(Conflict):
        reverse(row, reason="另一个原因", actor=SYSTEM)
    with pytest.raises(Conflict):
        reverse(back, reason="撤销冲正", actor=SYSTEM)
    assert AuditRow.objects.filter(action="ledger.reverse", target=row.uuid).count() == 1


def test_what_was_spent_cannot_be_reversed():
    person = uuid7()
    row = booked(person, 100)
    booked(person, -1)
    with pytest.raises(Conflict) as refusal:
        reverse(row, reason="录入错误", actor=SYSTEM)
    assert refusal.value.code == "balance_too_small"


def test_a_reversal_needs_a_role_and_a_reason():
    row = booked(uuid7(), 100)
    with pytest.raises(NotAllowed):
        reverse(row, reason="x", actor=Actor(person=uuid7(), role="learner"))
    with pytest.raises(Invalid):
        reverse(row, reason=" ", actor=SYSTEM)


def test_a_second_reversal_under_another_key_is_refused():
    person = uuid7()
    row = booked(person, 100)
    booked(person, 500)
    reverse(row, reason="录入错误", actor=SYSTEM)
    lines = tuple(Line(entry.account, -entry.amount) for entry in row.entries.select_related("account"))
    with pytest.raises(Conflict) as refusal:
        post(Posting("reversal", TEST_DAY, lines, reverses=row.uuid), idempotency_key="other", actor=SYSTEM)
    assert refusal.value.code == "already_reversed"


# --- the database itself -----------------------------------------------------------------------------------


def test_rows_are_never_changed_or_deleted_in_python():
    row = booked(uuid7(), 100)
    with pytest.raises(AppendOnlyError):
        Entry.objects.all().delete()
    with pytest.raises(AppendOnlyError):
        Transaction.objects.update(memo="x")
    with pytest.raises(AppendOnlyError):
        row.save()


@pytest.mark.parametrize("table", ["transaction", "entry", "account", "unit"])
def test_rows_are_never_changed_or_deleted_in_sql(table):
    booked(uuid7(), 100)
    column = {"transaction": "memo", "entry": "hash", "account": "key", "unit": "label"}[table]
    with refused_by_the_database(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE creditbank_{table} SET {column} = 'x'")
    with refused_by_the_database(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM creditbank_{table}")


def raw(row, amounts, accounts, *, count=None, reverses=None):
    """Write a transaction past the service, with entries that the service would refuse."""
    uuid = uuid7()
    for account, amount in zip(accounts, amounts, strict=True):
        Entry.objects.create(transaction_id=uuid, account=account, amount=amount)
    values = {field.attname: getattr(row, field.attname) for field in Transaction._meta.concrete_fields}
    values |= {
        "uuid": uuid,
        "idempotency_key": str(uuid),
        "entry_count": count or len(amounts),
        "reverses_id": reverses,
    }
    Transaction.objects.create(**values)
    connection.check_constraints()
    return uuid


def test_the_seal_checks_sum_count_accounts_and_reversal():
    row = booked(uuid7(), 100)
    hours, credit = issuer_account("study_hour.public"), issuer_account("credit")
    other, pool = issuer_account("study_hour.public", uuid7()), issuer_account("study_hour.public", uuid7())
    raw(row, (5, -5), (hours, other))
    with refused_by_the_database():
        raw(row, (5, -4), (hours, other))
    with refused_by_the_database():
        raw(row, (5, -5), (hours, credit))
    college = issuer_account("credit", uuid7())
    raw(row, (5, -5, 7, -7), (hours, other, credit, college))
    with refused_by_the_database():
        raw(row, (5, -4, 7, -8), (hours, other, credit, college))
    with refused_by_the_database():
        raw(row, (5, -5), (hours, other), count=3)
    with refused_by_the_database():
        raw(row, (5, -5), (hours, type(hours)(pk=10**9)))
    original = raw(row, (5, -5), (hours, other))
    with refused_by_the_database():
        raw(row, (-5, 5), (hours, pool), reverses=original)
    with refused_by_the_database():
        raw(row, (-4, 4), (hours, other), reverses=original)
    back = raw(row, (-5, 5), (hours, other), reverses=original)
    with refused_by_the_database():
        raw(row, (-5, 5), (hours, other), reverses=original)
    with refused_by_the_database():
        raw(row, (5, -5), (hours, other), reverses=back)


def test_a_sealed_transaction_takes_no_more_entries():
    row = booked(uuid7(), 100)
    pair = issuer_account("credit"), issuer_account("credit", uuid7())
    with refused_by_the_database():
        Entry.objects.create(transaction_id=row.uuid, account=pair[0], amount=5)
        Entry.objects.create(transaction_id=row.uuid, account=pair[1], amount=-5)
        connection.check_constraints()


def test_entries_need_a_transaction():
    with refused_by_the_database():
        Entry.objects.create(transaction_id=uuid7(), account=issuer_account("credit"), amount=5)
        connection.check_constraints()


def test_a_head_below_its_bound_is_refused():
    person = uuid7()
    booked(person, 5)
    with refused_by_the_database():
        AccountHead.objects.filter(account=holder_account(person, "study_hour.public")).update(balance=-1)


def test_overwriting_by_insert_is_refused():
    booked(uuid7(), 100)
    for table, key in (("entry", "id"), ("transaction", "uuid"), ("account", "id")):
        name = f"creditbank_{table}"
        replace = f"INSERT OR REPLACE INTO {name} SELECT * FROM {name}"
        upsert = f"INSERT INTO {name} SELECT * FROM {name} ON CONFLICT ({key}) DO UPDATE SET {key} = EXCLUDED.{key}"
        with refused_by_the_database(), connection.cursor() as cursor:
            cursor.execute(replace if connection.vendor == "sqlite" else upsert)


def test_lines_are_values():
    line = Line(issuer_account("credit"), 1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        line.amount = 2
