"""Daily roots: made once, the same at any later time, closed to late postings, published, provable, audited."""

import json
from datetime import date, datetime, timedelta
from io import StringIO
from unittest.mock import ANY

import pytest
import time_machine
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from creditbank.ledger.audit import audit
from creditbank.proofs import queries, rules, services
from creditbank.proofs.models import LedgerBranch, LedgerDay, LedgerRoot
from creditbank.transcripts.services import make_transcript
from lms.lib.appendonly import AppendOnlyError
from lms.lib.clock import SHANGHAI
from lms.lib.errors import Conflict
from lms.lib.ids import uuid7
from tests.conftest import guards_aside
from tests.creditbank.proofs.test_rules import documented_verifier
from tests.factories.creditbank import booked, person

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 2)


def at(hour, *, day=DAY):
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)


@pytest.fixture
def clock():
    with time_machine.travel(at(12), tick=False) as traveller:
        yield traveller


@pytest.fixture
def small_parts(monkeypatch):
    """Parts of two leaves, so that a handful of accounts has several."""
    monkeypatch.setattr(rules, "PART", 2)


def tomorrow(clock, days=1):
    clock.move_to(at(1, day=DAY + timedelta(days=days)))


def test_a_day_has_its_root_once_when_it_has_ended(clock):
    booked(uuid7(), 100)
    assert services.make_roots() == []
    tomorrow(clock)
    (row,) = services.make_roots()
    assert (row.day, row.accounts, row.entries, row.transactions, row.previous) == (DAY, 1, 1, 1, "")
    assert services.make_roots() == []
    assert LedgerDay.objects.get().day == DAY


def test_missed_days_are_made_later_and_come_out_the_same(clock):
    one = uuid7()
    booked(one, 100)
    tomorrow(clock)
    (early,) = services.make_roots()
    booked(one, 5)
    booked(uuid7(), 7)
    tomorrow(clock, 4)
    made = services.make_roots()
    assert [row.day for row in made] == [DAY + timedelta(days=n) for n in (1, 2, 3)]
    assert [row.previous for row in made] == [early.hash, made[0].hash, made[1].hash]
    assert [row.transactions for row in made] == [2, 0, 0]
    assert made[0].root == made[1].root != early.root
    again = services.heads_of(DAY)
    assert {name: getattr(early, name) for name in again} == again


def test_a_limited_call_leaves_the_rest_to_the_next(clock):
    booked(uuid7(), 1)
    tomorrow(clock, 5)
    assert len(services.make_roots(limit=2)) == 2
    assert len(services.make_roots()) == 3


def test_nothing_is_booked_on_a_closed_day(clock):
    booked(uuid7(), 100)
    tomorrow(clock)
    services.make_roots()
    clock.move_to(at(23))
    with pytest.raises(Conflict) as refusal, transaction.atomic():
        booked(uuid7(), 1)
    assert refusal.value.code == "day_closed"
    # It is the database that says so.
    assert isinstance(refusal.value.__cause__, IntegrityError)
    tomorrow(clock)
    booked(uuid7(), 1)


def test_every_account_of_a_person_is_proved(clock, small_parts):
    people = [uuid7() for _ in range(5)]
    for number, who in enumerate(people):
        booked(who, 100 + number)
        booked(who, 7, unit="credit")
    booked(people[0], -50)
    tomorrow(clock)
    (row,) = services.make_roots()
    assert len(row.parts) == 5
    booked(people[1], 3)
    documented = documented_verifier()
    for who in people:
        proofs = queries.proof_of(who, DAY)
        assert {proof["unit"] for proof in proofs} == {"study_hour.public", "credit"}
        for proof in proofs:
            assert rules.verifies(proof["leaf"], proof["path"], row.root)
            assert documented["stands"](proof["leaf"], proof["path"], row.root)
    assert queries.proof_of(uuid7(), DAY) == []
    assert queries.proof_of(people[0], DAY + timedelta(days=1)) == []


def test_a_proof_reads_a_twig_and_comes_out_the_same_without_one(clock, monkeypatch):
    """Parts of eight leaves with twigs of two: what is kept of a part's inside, and what is made without it, agree."""
    monkeypatch.setattr(rules, "PART", 8)
    monkeypatch.setattr(rules, "TWIG", 2)
    people = [uuid7() for _ in range(21)]
    for number, who in enumerate(people):
        booked(who, 100 + number)
    tomorrow(clock)
    (row,) = services.make_roots()
    assert len(row.parts) == LedgerBranch.objects.count() == 3
    leaves = list(queries.heads_at(at(0, day=DAY + timedelta(days=1))))
    hashes = list(queries.hashes_of(leaves))
    for who in people:
        (proof,) = queries.proof_of(who, DAY)
        assert proof["path"] == rules.path_of(hashes, leaves.index(tuple(proof["leaf"][1:])))
        assert rules.verifies(proof["leaf"], proof["path"], row.root)


def test_what_does_not_fit_is_not_used_and_the_audit_says_so(clock, monkeypatch):
    monkeypatch.setattr(rules, "PART", 8)
    monkeypatch.setattr(rules, "TWIG", 2)
    people = [uuid7() for _ in range(5)]
    for who in people:
        booked(who, 100)
    tomorrow(clock)
    (row,) = services.make_roots()
    branch = LedgerBranch.objects.get()
    for spoilt in ([[branch.twigs[0][0], "00" * 32], *branch.twigs[1:]], [["0", "zz"]], branch.twigs[1:]):
        with guards_aside(connection), connection.cursor() as cursor:
            cursor.execute("UPDATE creditbank_ledgerbranch SET twigs = %s", [json.dumps(spoilt)])
        for who in people:
            (proof,) = queries.proof_of(who, DAY)
            assert rules.verifies(proof["leaf"], proof["path"], row.root)
        assert any("branch" in sentence for sentence in audit().breaks)


def test_a_part_in_which_nothing_happened_is_kept_once(clock, monkeypatch):
    monkeypatch.setattr(rules, "PART", 2)
    people = [uuid7() for _ in range(6)]
    for who in people:
        booked(who, 1)
    tomorrow(clock)
    services.make_roots()
    booked(people[5], 1)
    tomorrow(clock, 2)
    services.make_roots()
    assert LedgerBranch.objects.count() == 4


def test_a_transcript_leads_to_the_root_of_its_day(clock):
    learner = person()
    booked(learner.uuid, 100)
    clock.shift(60)
    paper = make_transcript(learner)
    assert queries.proof_of_transcript(paper)["proofs"] == []
    clock.shift(60)
    booked(learner.uuid, 20)
    tomorrow(clock)
    (row,) = services.make_roots()
    found = queries.proof_of_transcript(paper)
    (proof,) = found["proofs"]
    assert found["content_hash"] == paper.content_hash
    number, shown = proof["shown"]
    assert (number, shown) == (1, json.loads(paper.content)["postings"][0]["hash"])
    assert rules.follows(shown, proof["links"]) == proof["leaf"][3]
    assert rules.verifies(proof["leaf"], proof["path"], row.root)


def test_roots_are_published_without_login(client, clock):
    booked(uuid7(), 100)
    tomorrow(clock)
    (row,) = services.make_roots()
    assert row.root in client.get("/credit/roots/").content.decode()
    told = client.get(f"/credit/roots/{DAY}.json").json()
    assert told == client.get("/credit/roots/list.json").json()["roots"][0]
    assert told == client.get(f"/api/v1/credit/roots/{DAY}").json()
    assert told == client.get("/api/v1/credit/roots").json()["roots"][0]
    # What is published suffices to make the row's hash again.
    del told["hash"]
    assert rules.digest(["root", *told.values()]) == row.hash
    assert client.get("/credit/roots/2026-13-01.json").status_code == 422
    assert client.get("/credit/roots/2020-01-01.json").status_code == 404


def test_proofs_are_for_their_owner(client, clock):
    learner = person()
    booked(learner.uuid, 100)
    paper = make_transcript(learner)
    tomorrow(clock)
    services.make_roots()
    places = (f"/credit/roots/{DAY}/proof.json", f"/credit/transcript/{paper.uuid}/proof.json")
    assert {client.get(place).status_code for place in places} == {302}
    assert client.get(f"/api/v1/credit/roots/{DAY}/proof").status_code == 401
    client.force_login(learner)
    for place in places:
        answer = client.get(place)
        assert answer.json()["proofs"] == [ANY]
        assert "no-store" in answer["Cache-Control"]
    assert len(client.get(f"/api/v1/credit/roots/{DAY}/proof").json()) == 1
    assert client.get(f"/api/v1/credit/transcripts/{paper.uuid}/proof").json()["proofs"][0]["links"] == []
    client.force_login(person())
    assert client.get(places[1]).status_code == 404
    assert client.get(places[0]).json()["proofs"] == []


def test_rows_are_never_changed(clock):
    booked(uuid7(), 100)
    tomorrow(clock)
    services.make_roots()
    for table in ("creditbank_ledgerroot", "creditbank_ledgerday"):
        for statement in (f"UPDATE {table} SET day = day", f"DELETE FROM {table}"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
    with pytest.raises(AppendOnlyError):
        LedgerRoot.objects.all().delete()


def test_the_command_makes_them_and_says_so(clock):
    booked(uuid7(), 100)
    tomorrow(clock)
    first, second = StringIO(), StringIO()
    call_command("ledger_root", stdout=first)
    call_command("ledger_root", stdout=second)
    assert str(DAY) in first.getvalue()
    assert str(DAY) not in second.getvalue()


def test_the_audit_sees_history_that_was_written_anew(clock):
    """Whoever rewrites a posting with all its hashes and the account's chain and head cannot rewrite what it came to."""
    one = uuid7()
    row = booked(one, 100)
    booked(uuid7(), 30)
    tomorrow(clock)
    services.make_roots()
    assert audit().broken == 0
    connection.check_constraints()
    with guards_aside(connection), connection.cursor() as cursor:
        for table, column in (("entry", "transaction_id"), ("transaction", "uuid")):
            key = str(row.uuid) if connection.vendor == "postgresql" else row.uuid.hex
            cursor.execute(f"DELETE FROM creditbank_{table} WHERE {column} = %s", [key])
        cursor.execute("DELETE FROM creditbank_accounthead WHERE balance = 100")
        cursor.execute(
            "DELETE FROM creditbank_account WHERE holder IS NOT NULL AND id NOT IN "
            "(SELECT account_id FROM creditbank_accounthead)"
        )
        cursor.execute("DELETE FROM lib_outboxevent")
    sentences = [text for text in audit().breaks if text.startswith("root")]
    assert len(sentences) == 2, sentences
