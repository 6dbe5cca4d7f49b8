"""Questions to the store answer as a plain look at every statement would, whatever is asked together, in what order and pages."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from uuid import UUID

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.lib.clock import epoch_ms
from lms.records.credentials.services import Grant, store_of
from lms.records.statements import keys, queries
from lms.records.statements.keys import Role
from lms.records.statements.queries import Wanted, find
from lms.records.statements.reading_in import Received
from lms.records.statements.services import take_in
from tests.examples import examples
from tests.factories.accounts import OrganisationFactory
from tests.records.samples import ACCOUNT, AGENT, OPENID, statement

PEOPLE = [AGENT, ACCOUNT, OPENID]
VERBS = [f"http://adlnet.gov/expapi/verbs/{name}" for name in ("answered", "completed", "voided")]
PLACES = [f"https://rongtong.example.cn/parts/{number}" for number in range(3)]
TIMES = [f"5b1c7a40-93a9-4d2f-9c6a-{number:012d}" for number in range(2)]
CLIENTS = ("one", "two")
MOMENTS = [
    datetime(2026, 2, 10, 4, tzinfo=UTC),
    datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC),
    # The first second of the next month in Shanghai.
    datetime(2026, 6, 30, 16, tzinfo=UTC),
    datetime(2026, 10, 5, 4, tzinfo=UTC),
    datetime(2026, 11, 20, 4, tzinfo=UTC),
]
ASKED_AT = datetime(2026, 11, 21, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    """A statement by what it may be found by; number: its place among all."""

    number: int
    moment: datetime
    client: str
    person: int
    verb: str
    place: str
    parent: str | None
    teacher: int | None
    time: str | None

    @property
    def id(self):
        return str(UUID(int=0x4000_8000_0000_0000_0000 + self.number))

    def data(self):
        context = {}
        if self.parent:
            context["contextActivities"] = {"parent": [{"id": self.parent}]}
        if self.teacher is not None:
            context["instructor"] = PEOPLE[self.teacher]
        if self.time:
            context["registration"] = self.time
        return statement(
            id=self.id,
            actor=PEOPLE[self.person],
            verb={"id": self.verb},
            object={"id": self.place},
            context=context,
        )


@st.composite
def stores(draw):
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from(MOMENTS),
                st.sampled_from(CLIENTS),
                st.integers(0, 2),
                st.sampled_from(VERBS[:2]),
                st.sampled_from(PLACES),
                st.none() | st.sampled_from(PLACES),
                st.none() | st.integers(0, 2),
                st.none() | st.sampled_from(TIMES),
            ),
            max_size=24,
        )
    )
    # As stored: by moment, then one client's batch after the other's.
    drawn.sort(key=lambda one: one[:2])
    return [Told(number, *one) for number, one in enumerate(drawn)]


@dataclass(frozen=True)
class Question:
    client: str | None
    person: tuple[int, bool] | None
    verb: str | None
    place: tuple[str, bool] | None
    time: str | None
    since: datetime | None
    until: datetime | None
    ascending: bool
    limit: int

    def fits(self, told, by):
        """In the words of Communication 2.1.3. by: each client's own agent."""
        return all(
            [
                self.client in (None, told.client),
                self.since is None or told.moment > self.since,
                self.until is None or told.moment <= self.until,
                self.verb in (None, told.verb),
                self.time in (None, told.time),
                self.person is None
                or told.person == self.person[0]
                or (self.person[1] and told.teacher == self.person[0]),
                self.place is None
                or told.place == self.place[0]
                or (self.place[1] and told.parent == self.place[0]),
            ]
        )

    def wanted(self, store_id, by):
        named = []
        authority = None
        if self.client:
            agent = by[self.client]
            authority = keys.authority_key(agent.authority, agent.authority_json)
            named.append((keys.agent_key(agent.authority), Role.RELATED_AGENT))
        if self.person:
            role = Role.AGENT | Role.RELATED_AGENT if self.person[1] else Role.AGENT
            named.append((keys.agent_key(PEOPLE[self.person[0]]), role))
        if self.verb:
            named.append((keys.key("verb", self.verb), Role.VERB))
        if self.place:
            role = Role.ACTIVITY | Role.RELATED_ACTIVITY if self.place[1] else Role.ACTIVITY
            named.append((keys.activity_key(self.place[0]), role))
        if self.time:
            named.append((keys.registration_key(self.time), Role.REGISTRATION))
        return Wanted(
            store_id,
            named,
            authority=authority,
            since=self.since and epoch_ms(self.since),
            until=self.until and epoch_ms(self.until),
            ascending=self.ascending,
            limit=self.limit,
        )


def questions():
    moment = st.none() | st.sampled_from(MOMENTS)
    return st.builds(
        Question,
        client=st.none() | st.sampled_from(CLIENTS),
        person=st.none() | st.tuples(st.integers(0, 2), st.booleans()),
        verb=st.none() | st.sampled_from(VERBS[:2]),
        place=st.none() | st.tuples(st.sampled_from(PLACES), st.booleans()),
        time=st.none() | st.sampled_from(TIMES),
        since=moment,
        until=moment,
        ascending=st.booleans(),
        limit=st.integers(1, 7),
    )


def opened():
    with time_machine.travel(MOMENTS[0] - timedelta(hours=1), tick=False):
        store = store_of(OrganisationFactory())
    return store.pk, {name: Grant(store.pk, name, name, frozenset(["all"])) for name in CLIENTS}


def keep(by, told):
    for (moment, client), batch in groupby(told, key=lambda one: (one.moment, one.client)):
        with time_machine.travel(moment, tick=False):
            data = [one.data() for one in batch]
            take_in(by[client], [Received(one, json.dumps(one)) for one in data], version="1.0.3")


def void(by, ids):
    """Says with a third client that these are void; its own statements are about nothing that is asked for."""
    made = [
        statement(
            actor={"mbox": "mailto:keeper@example.cn"},
            verb={"id": VERBS[2]},
            object={"objectType": "StatementRef", "id": one},
        )
        for one in ids
    ]
    take_in(by, [Received(one, json.dumps(one)) for one in made], version="1.0.3")
    return [one["id"] for one in made]


def read(wanted, pages):
    found = []
    for _page in range(pages):
        page = find(wanted)
        assert len(page.statements) <= wanted.limit
        found += [one.statement_id for one in page.statements]
        if page.last is None:
            return found
        wanted = replace(wanted, after=page.last)
    raise AssertionError(f"no end after {pages} pages")


@pytest.fixture
def short_looks(db, monkeypatch):
    """A look is three candidates, an answer ten of them, and a key is counted to two."""
    monkeypatch.setattr(queries, "_FIRST_LOOK", 3)
    monkeypatch.setattr(queries, "MOST_LOOKED_AT", 10)
    monkeypatch.setattr(queries, "_PROBE", 2)


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=stores(), asked=st.lists(questions(), min_size=1, max_size=6), data=st.data())
def test_a_question_finds_what_a_look_at_every_statement_finds(short_looks, told, asked, data):
    store_id, by = opened()
    keep(by, told)
    gone = (
        set(data.draw(st.lists(st.sampled_from([one.id for one in told]), unique=True, max_size=3)))
        if told
        else set()
    )
    with time_machine.travel(ASKED_AT, tick=False):
        voiding = set(void(Grant(store_id, "keeper", "keeper", frozenset(["all"])), sorted(gone)))
        for question in asked:
            expected = [one.id for one in told if one.id not in gone and question.fits(one, by)]
            found = read(question.wanted(store_id, by), pages=60)
            # What voids is found by what it voids, too (2.1.3.s2.b6): told apart elsewhere.
            found = [one for one in found if one not in voiding]
            assert found == (expected if question.ascending else expected[::-1])


@pytest.mark.parametrize("ascending", [False, True])
def test_of_two_that_are_both_common_the_rarer_leads(short_looks, ascending):
    """Of sixty statements of a client one in ten is a person's: an answer of ten candidates holds all six."""
    store_id, by = opened()
    told = [
        Told(number, MOMENTS[-1], "one", 0 if number % 10 == 5 else 1, VERBS[0], PLACES[0], None, None, None)
        for number in range(60)
    ]
    for one in told:
        keep(by, [replace(one, moment=one.moment + timedelta(minutes=one.number))])
    asked = Question("one", (0, False), VERBS[0], None, None, None, None, ascending, 6)
    with time_machine.travel(ASKED_AT, tick=False):
        page = find(asked.wanted(store_id, by))
    assert len(page.statements) == 6
