"""Statements of several senders at once: whatever the order, the same set is found; one id has one statement."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lms.lib.clock import epoch_ms
from lms.records.credentials.services import Grant, platform_grant, store_of
from lms.records.faults import Fault
from lms.records.models import Mention, StatementKey
from lms.records.statements import queries
from lms.records.statements.keys import Role, agent_key, key, mentions, stored_as
from lms.records.statements.queries import Wanted, find, naming
from lms.records.statements.reading_in import Received
from lms.records.statements.services import take_in
from tests.examples import examples
from tests.factories.accounts import OrganisationFactory
from tests.races import at_once, won
from tests.records.samples import ACCOUNT, AGENT, REFERENCE, VERB, statement

PEOPLE = (AGENT, ACCOUNT)
VERBS = [{"id": f"http://adlnet.gov/expapi/verbs/{name}"} for name in ("passed", "failed")]


def received(data):
    return Received(data, json.dumps(data))


@st.composite
def worlds(draw):
    """Statements, some about others, and two ways of sending them by two clients: batches in an order."""
    count = draw(st.integers(1, 8))
    ids = [str(uuid4()) for _number in range(count)]
    made = []
    for number, one in enumerate(ids):
        about = draw(st.none() | st.sampled_from(ids).filter(lambda other, own=one: other != own))
        voids = about is not None and draw(st.booleans())
        made.append(
            statement(
                id=one,
                actor=draw(st.sampled_from(PEOPLE)),
                verb={"id": "http://adlnet.gov/expapi/verbs/voided"}
                if voids
                else draw(st.sampled_from(VERBS)),
                timestamp=f"2026-11-20T08:30:{number:02d}Z",
                **({"object": REFERENCE | {"id": about}} if about else {}),
            )
        )
    return made, [_batches(draw, made) for _way in range(2)]


def _batches(draw, made):
    order = draw(st.permutations(made))
    batches = []
    while order:
        size = draw(st.integers(1, len(order)))
        batches.append((draw(st.integers(0, 1)), order[:size]))
        order = order[size:]
    return batches


def keep(grant, batch):
    """As over HTTP: what is refused leaves nothing behind."""
    with suppress(Fault):
        take_in(grant, [received(one) for one in batch], version="1.0.3")


def asked(store_id):
    """What three filters of each person find."""
    for person in PEOPLE:
        for role in (Role.AGENT, Role.AGENT | Role.RELATED_AGENT):
            for more in ([], [(key("verb", VERBS[0]["id"]), Role.VERB)]):
                found = find(Wanted(store_id, [(agent_key(person), role), *more]))
                yield {kept.statement_id for kept in found.statements}


@pytest.mark.django_db
@settings(max_examples=examples(30))
@given(worlds())
def test_in_whatever_order_two_clients_send_the_same_set_is_found(world):
    made, ways = world
    voiding = {one["id"] for one in made if "voided" in one["verb"]["id"]}
    # Whether one that voids may itself be voided depends on which was there first (Data 2.3.2): told apart elsewhere.
    assume(not any(one["object"].get("id") in voiding for one in made if one["id"] in voiding))
    found = []
    for batches in ways:
        store = store_of(OrganisationFactory())
        clients = [Grant(store.pk, name, name, frozenset(["all"])) for name in ("one", "two")]
        for which, batch in batches:
            keep(clients[which], batch)
        found.append(list(asked(store.pk)))
    assert found[0] == found[1]


MOMENTS = [
    datetime(2026, 1, 15, 4, tzinfo=UTC),
    datetime(2026, 3, 2, 4, tzinfo=UTC),
    # The last second of a month in Shanghai, and the first of the next.
    datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC),
    datetime(2026, 6, 30, 16, tzinfo=UTC),
    datetime(2026, 11, 20, 4, tzinfo=UTC),
]


@st.composite
def questions(draw):
    """Which person and verbs are asked for, between which moments, which way round, and in what pages."""
    wanted = draw(st.lists(st.sampled_from(["person", "verb", "other verb"]), unique=True, max_size=2))
    since, until = (draw(st.none() | st.sampled_from(MOMENTS)) for _bound in range(2))
    return wanted, since, until, draw(st.booleans()), draw(st.integers(1, 7))


@pytest.fixture
def year(db, monkeypatch):
    """A store of a year, four statements in each of its months; a look is three candidates, an answer ten of them."""
    monkeypatch.setattr(queries, "_FIRST_LOOK", 3)
    monkeypatch.setattr(queries, "MOST_LOOKED_AT", 10)
    with time_machine.travel(MOMENTS[0] - timedelta(hours=1), tick=False):
        store = store_of(OrganisationFactory())
    kept = []
    for moment in MOMENTS:
        for person in PEOPLE:
            for verb in VERBS:
                with time_machine.travel(moment, tick=False):
                    data = statement(actor=person, verb=verb)
                    take_in(platform_grant(store.pk), [received(data)], version="1.0.3")
                kept.append((moment, person, verb, data["id"]))
    return store.pk, kept


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=questions())
def test_page_by_page_a_question_finds_what_it_asks_for(year, question):
    """Over months, through looks that find nothing: the same as looking at every statement."""
    store_id, kept = year
    names, since, until, ascending, limit = question
    asks = {
        "person": ((agent_key(AGENT), Role.AGENT | Role.RELATED_AGENT), lambda row: row[1] == AGENT),
        "verb": ((key("verb", VERBS[0]["id"]), Role.VERB), lambda row: row[2] == VERBS[0]),
        "other verb": ((key("verb", VERBS[1]["id"]), Role.VERB), lambda row: row[2] == VERBS[1]),
    }
    expected = [
        row[3]
        for row in kept
        if (since is None or row[0] > since)
        and (until is None or row[0] <= until)
        and all(asks[name][1](row) for name in names)
    ]
    wanted = Wanted(
        store_id,
        [asks[name][0] for name in names],
        since=None if since is None else epoch_ms(since),
        until=None if until is None else epoch_ms(until),
        ascending=ascending,
        limit=limit,
    )
    found = []
    for _page in range(30):
        page = find(wanted)
        assert len(page.statements) <= limit
        found += [one.statement_id for one in page.statements]
        if page.last is None:
            break
        wanted = replace(wanted, after=page.last)
    assert found == (expected if ascending else expected[::-1])


@pytest.mark.parametrize("ascending", [False, True])
def test_what_never_meets_is_looked_for_no_further_than_an_answer_may(year, ascending):
    """Twelve candidates, few in each stretch of months: an answer looks at ten of them all the same."""
    store_id, _kept = year
    both = [(key("verb", verb["id"]), Role.VERB) for verb in VERBS]
    first = find(Wanted(store_id, both, ascending=ascending))
    assert (first.statements, first.last is None) == ([], False)
    rest = find(Wanted(store_id, both, ascending=ascending, after=first.last))
    assert (rest.statements, rest.last) == ([], None)


@pytest.fixture
def grant(db):
    return platform_grant(store_of(OrganisationFactory()).pk)


@given(worlds())
def test_what_a_statement_names_is_kept_in_roles_that_are_asked_for(world):
    for data in world[0]:
        for roles in mentions(data, {"mbox": "mailto:lrs@example.cn"}).values():
            assert roles in stored_as(Role(roles))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_same_statement_four_times_at_once_is_kept_once(grant):
    batch = [statement(timestamp="2026-11-20T08:30:00Z") for _number in range(20)]

    def send(order):
        return lambda: take_in(grant, [received(batch[at]) for at in order], version="1.0.3")

    orders = [range(20), range(19, -1, -1), [*range(10, 20), *range(10)], range(20)]
    results = at_once(*[send(order) for order in orders], refused=())
    assert {one for result in results for one in result} == {UUID(one["id"]) for one in batch}
    assert StatementKey.objects.filter(store_id=grant.store_id).count() == 20
    told = naming(agent_key(AGENT), Role.AGENT, store_id=grant.store_id)
    assert len(told) == 20
    assert Mention.objects.filter(store_id=grant.store_id, key=agent_key(AGENT)).count() == 20


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_four_different_statements_under_one_id_exactly_one_wins(grant):
    one = str(uuid4())

    def send(number):
        data = statement(id=one, verb=VERB | {"id": f"https://a.example.cn/verbs/{number}"})
        return lambda: take_in(grant, [received(data)], version="1.0.3")

    results = at_once(*[send(number) for number in range(4)])
    assert len(won(results)) == 1
    assert {lost.status for lost in results if isinstance(lost, Fault)} == {409}
    assert StatementKey.objects.filter(store_id=grant.store_id).count() == 1
