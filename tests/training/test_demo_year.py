"""The invented year: every process walked to each of its ends, as often as is asked; again, nothing is doubled; the same seed, the same
world. Its acts are those of every declared process: each names person, role and body (A26)."""

import os
from collections import Counter

import pytest
from django.db.models import Count, F

from creditbank.api import audit
from lms.accounts.demo import load_demo_people
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict
from lms.training.board.models import Posting
from lms.training.grants.models import Spend
from lms.training.lifecycle.declaration import Side, process_of, processes
from lms.training.lifecycle.models import Act, Case
from lms.training.programmes.demo import COURSE, HOST
from lms.training.programmes.models import ProgrammeResult, Settlement
from lms.training.year.services import make
from tests.factories.courses import released_course

pytestmark = pytest.mark.django_db
# Every process that is declared: one that nothing walks fails here.
WALKED = tuple(row.code for row in processes())


@pytest.fixture
def course(clock):
    _people, organisations = load_demo_people()
    return released_course(code=COURSE, provider=organisations[HOST], mode="blended", kind="vocational")


def ends(process):
    return {state.code for state in process.states if state.final}


def in_figures():
    return [model.objects.count() for model in (Case, Act, Posting, Spend, ProgrammeResult, AuditRow)]


def test_a26_every_act_of_the_year_names_person_role_and_body(course, mailoutbox):
    made = make(1, 7)
    assert made.notes == []
    # Nobody of the year is written to.
    assert mailoutbox == []
    for code in WALKED:
        process = process_of(code)
        reached = {state for (of, state) in made.cases if of == code}
        assert ends(process) <= reached, f"{code}: {ends(process) - reached}"
    acts = Act.objects.select_related("case", "person", "body")
    by_people = [act for act in acts if act.person is not None]
    assert by_people
    for act in by_people:
        assert act.role
        assert act.body_id in (act.case.authority_id, act.case.body_id), act
        side = act.case.declared.transition(act.name).side if act.case.declared.transition(act.name) else ""
        if side == Side.APPLICANT:
            assert (act.body_id, act.role in act.case.declared.roles) == (act.case.body_id, True)
    clock = {"lapse", "close", "escalate", "open", "escalate_late", "moot"}
    assert {act.name for act in acts if act.person is None} <= clock
    logged = Counter(
        AuditRow.objects.filter(action__startswith="case.").values_list(
            "target", "action", "person", "role", "body"
        )
    )
    for act in by_people:
        row = (act.case.uuid, f"case.{act.name}", act.person.uuid, act.role, act.body.code)
        assert logged[row] >= 1, row
    own = Act.objects.filter(person=F("case__applicant"), body=F("case__authority"))
    assert not own.exists(), "nobody acts for the authority on what they filed"
    _nothing_is_doubled()


def _nothing_is_doubled():
    before = in_figures()
    make(1, 7)
    assert in_figures() == before
    assert audit().broken == 0
    assert Settlement.objects.count() == 1


class Cut(Exception):
    """The run ends here."""


def test_a_run_that_was_cut_off_is_gone_on_with_at_once_and_nobody_runs_beside_it(clock):
    def say(line):
        with pytest.raises(Conflict) as refusal:
            make(1, 11)
        assert refusal.value.code == "busy"
        if line.startswith("ce-base"):
            raise Cut

    with pytest.raises(Cut):
        make(1, 11, say)
    begun = Case.objects.count()
    made = make(1, 11)
    assert 0 < begun < Case.objects.count() == sum(made.cases.values())
    once = Case.objects.filter(process__in=["skills-base", "base-grant", "ce-base", "digital-item"])
    assert not once.values("process", "body").annotate(times=Count("pk")).filter(times__gt=1).exists()


# The long form makes the year ten times.
TIMES = 10 if os.environ.get("RONGTONG_SOAK") else 3


@pytest.mark.long
def test_so_many_times_as_much_is_so_many_times_as_much(course):
    one = make(1, 3)
    more = make(TIMES, 3)
    walked = {key: number for key, number in one.cases.items() if key[0] in WALKED}
    assert walked
    assert {key: more.cases[key] for key in walked} == {key: number * TIMES for key, number in walked.items()}
    titles = sorted(Case.objects.filter(process="advanced-programme").values_list("facts__title", flat=True))
    assert len(titles) == len(set(titles))


def test_without_a_course_programmes_are_left_out_and_it_says_so(clock):
    made = make(1, 5)
    assert not any(process == "advanced-programme" for process, _state in made.cases)
    assert COURSE in made.notes[0]
