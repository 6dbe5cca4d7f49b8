"""What a deposit must not do: keep a learner's claim, serve its own hands, tell who has an account, quote a number."""

import pytest
from django.core.cache import cache

from creditbank.applications.services import Wish, submit
from creditbank.deposits.models import DepositRow
from creditbank.deposits.requests import deposit_many
from creditbank.deposits.services import accept
from creditbank.deposits.waiting import give_waiting
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.queries import outcome_for_review, verification_counts, verification_queue
from creditbank.outcomes.queries import verifying_organisation as judged_for
from creditbank.outcomes.services import Deposit, deposit, verify_outcome
from lms.accounts.models import Identity, Membership
from lms.accounts.organisations.models import Organisation
from lms.lib.clock import today
from lms.lib.errors import Conflict, NotFound
from tests.accounts.machines.programs import machine
from tests.creditbank.deposits.lists import (
    assessor,
    deposited,
    entitled,
    faults,
    issuer,
    planned,
    reached,
    row,
    run,
    seen,
    xlsx,
)
from tests.creditbank.deposits.test_reading import columns, line
from tests.creditbank.deposits.test_requests import item
from tests.factories.creditbank import (
    certificate,
    college,
    member,
    person,
    programme,
    rule_version,
    skill_number,
)

pytestmark = [pytest.mark.django_db, pytest.mark.long]
COURSE = {
    "kind": "degree_course",
    "title": "电工技术基础",
    "course_code": "EL101",
    "centicredits": "2",
    "score": "60",
    "number": "",
}


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


def course(name, paper="", phone=""):
    return item(name, paper, phone=phone, **COURSE)


def states(answer):
    return [line.state for line in answer.rows]


def told(answer):
    """What the issuer is told of each row."""
    return [line.state == "same" for line in answer.rows], answer.batch.same


# --- whose word it is ------------------------------------------------------------------------------------


def test_the_issuers_word_takes_the_place_of_all_that_the_holder_claimed():
    known = person("李明")
    name, paper = seen(known)
    own = deposit(
        known,
        Deposit(
            kind="degree_course",
            title="电工技术大全",
            occupation_code="",
            level=None,
            issuer_name=issuer().name,
            number="KC-999999",
            issued_on=today(),
            course_code="EL101",
            centicredits=20_000,
            score=10_000,
        ),
    )
    deposit_many(machine(issuer()).machine, "k", [course(name, paper)])
    found = LearningOutcome.objects.get()
    assert (found.status, found.centicredits, found.score) == ("verified", 200, 6000)
    assert (found.title, found.number, found.number_form) == ("电工技术基础", "", "none")
    assert (found.issued_on.isoformat(), found.issuer, found.verified_for) == (
        "2024-06-01",
        issuer(),
        "assess",
    )
    assert (found.pk, found.uuid, found.holder, found.deposited_at) == (
        own.pk,
        own.uuid,
        known,
        own.deposited_at,
    )


# --- nobody for themselves -------------------------------------------------------------------------------


def test_who_hands_a_list_in_is_not_in_it():
    who = assessor()
    name, paper = seen(who)
    batch = planned(xlsx(row(name, paper), row("王芳", "P7654321")), who)
    assert faults(batch) == [(2, "", "不能为自己存入，请由其他人员交。")]


def test_who_became_known_after_the_plan_is_refused_when_it_is_written():
    who = assessor()
    batch = planned(xlsx(row("周静", Identity.objects.get(user=who).number), row("王芳", "P7654321")), who)
    seen(who)
    batch = run(accept(who, batch))
    assert (batch.state, batch.rows.filter(state="planned").count()) == ("ready", 2)
    assert "不能为自己存入" in batch.message
    assert not LearningOutcome.objects.exists()


def test_who_agrees_to_a_list_is_not_in_it_and_another_may_agree():
    who, other = assessor(), assessor()
    name, paper = seen(other)
    batch = run(accept(other, planned(xlsx(row(name, paper)), who)))
    assert batch.state == "ready"
    assert "不能为自己存入" in batch.message
    assert run(accept(who, batch)).state == "done"
    assert LearningOutcome.objects.get().holder == other


@pytest.mark.parametrize("agrees", [False, True])
def test_what_somebody_deposited_for_themselves_is_not_given_when_they_come(agrees):
    who, other = assessor(), assessor()
    one = other if agrees else who
    batch = planned(xlsx(row("周静", Identity.objects.get(user=one).number)), who)
    batch = run(accept(other, batch))
    seen(one)
    assert give_waiting(one) == 0
    assert batch.rows.get().state == "waiting"
    assert not LearningOutcome.objects.exists()


def test_a_program_deposits_nothing_for_who_runs_its_organisation():
    program = machine(issuer()).machine
    admin = member("admin", issuer(), "何敏")
    name, paper = seen(admin)
    with pytest.raises(Conflict) as refusal:
        deposit_many(program, "k", [item("王芳", "P7654321"), item(name, paper)])
    assert (refusal.value.code, refusal.value.details) == ("own_case", {"row": 2})
    assert not DepositRow.objects.exists()
    # Of another organisation, or no longer: anybody.
    Membership.objects.filter(user=admin).update(organisation=college("other", "别的机构"))
    deposit_many(program, "k", [item(name, paper)])
    assert LearningOutcome.objects.get().holder == admin


# --- who has an account ----------------------------------------------------------------------------------


def _answers(named, *, together):
    """What the issuer hears that names one person by paper and by telephone: a course, and a certificate."""
    name, paper, phone = named
    program = machine(issuer()).machine
    both = [course(name, paper), course(name, phone=phone)]
    if together:
        heard = [told(deposit_many(program, f"{paper}-both", both))]
    else:
        heard = [told(deposit_many(program, f"{paper}-{n}", [one])) for n, one in enumerate(both)]
    heard += [told(deposit_many(program, f"{paper}-again", both))]
    number = skill_number(3)
    deposit_many(program, f"{paper}-paper", [item(name, paper, number=number)])
    with pytest.raises(Conflict) as refusal:
        deposit_many(program, f"{paper}-phone", [item(name, phone=phone, number=number)])
    return heard, refusal.value.code


@pytest.mark.parametrize("together", [True, False])
def test_naming_one_person_twice_tells_nothing_about_accounts(together):
    known = person("李明")
    phone = reached(known)
    name, paper = seen(known)
    here = _answers((name, paper, phone), together=together)
    assert LearningOutcome.objects.filter(holder=known, kind="degree_course").count() == 1
    assert _answers(("王芳", "P7654321", "13900139000"), together=together) == here
    assert here[0][-1] == ([True, True], 2)
    assert all(line == [False] * len(line) for line, _same in here[0][:-1])


def test_a_list_that_names_one_person_twice_is_written():
    known = person("李明")
    phone = reached(known)
    name, paper = seen(known)
    heading = ("成果类型", "姓名", "证件类型", "证件号码", "手机号", "名称", "日期", "课程代码", "学分")
    end = ["电工技术基础", "2024-01-10", "EL101", 2]
    who = assessor()
    lines = [["学历课程成绩", name, "护照", paper, "", *end], ["学历课程成绩", name, "", "", phone, *end]]
    batch = run(accept(who, planned(xlsx(*lines, heading=heading), who)))
    assert (batch.state, batch.same) == ("done", 0)
    outcome = LearningOutcome.objects.get()
    assert set(batch.rows.values_list("state", "outcome")) == {("given", outcome.pk)}


def test_what_stands_by_another_way_is_not_called_deposited_already():
    known = person("李明")
    own = certificate(known, issuer=issuer())
    verify_outcome(assessor(), own, method="issuer")
    name, paper = seen(known)
    program = machine(issuer()).machine
    first = deposit_many(program, "k-1", [item(name, paper, number=own.number)])
    assert (states(first), first.batch.same) == (["given"], 0)
    assert first.rows[0].outcome == own
    assert states(deposit_many(program, "k-2", [item(name, paper, number=own.number)])) == ["same"]
    assert LearningOutcome.objects.count() == 1


def test_only_its_own_list_is_what_an_issuer_handed_in_before():
    number = skill_number(3)
    deposited(row("王芳", "P7654321", number=number))
    other = college("other", "别的机构")
    entitled(other)
    program = machine(other).machine
    answer = deposit_many(program, "k", [item("王芳", "P7654321", number=number)])
    assert told(answer) == ([False], 0)
    later = person("王芳")
    Identity.objects.filter(user=later).update(number="P7654321")
    seen(later)
    assert give_waiting(later) == 1
    assert LearningOutcome.objects.get().verified_for == "assess"


def test_what_an_issuer_deposited_is_not_among_what_it_judges():
    name, paper = seen(person("李明"))
    who = assessor()
    reviewer = member("reviewer", issuer())
    claimed = certificate(person("张三"), issuer=issuer())
    deposit_many(machine(issuer()).machine, "k", [item(name, paper), course(name, paper)])
    for user in (who, reviewer):
        assert not verification_queue(user, "verified").exists()
    for made in LearningOutcome.objects.filter(method="deposit"):
        assert judged_for(who, made) is None
        assert judged_for(reviewer, made) is None
        with pytest.raises(NotFound):
            outcome_for_review(who, made.uuid)
    assert verification_counts(who) == {"submitted": 1}
    assert judged_for(who, claimed) == issuer()


def test_a_college_that_it_was_handed_to_still_sees_what_was_deposited():
    version = rule_version(programme())
    known = person("李明")
    name, paper = seen(known)
    deposit_many(machine(issuer()).machine, "k", [item(name, paper)])
    made = LearningOutcome.objects.get()
    submit(known, Wish(made.uuid, version.rule.code, version.number))
    reviewer = member("reviewer", college())
    assert list(verification_queue(reviewer, "verified")) == [made]
    assert judged_for(reviewer, made) == college()


# --- cells -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["9e999999", "1e999990", "1_000", "-", "9" * 10, "四"])
def test_amounts_that_are_no_number_are_a_sentence(typed):
    found = columns(line(kind="学历课程成绩", course_code="EL101", number="", centicredits=typed))
    assert "不是一个数" in found["学分"]


def test_full_width_amounts_are_read_as_they_look():
    found = line(kind="学历课程成绩", course_code="EL101", number="", level="", centicredits="１２")
    assert (columns(found), found.said.centicredits) == ({}, 1200)


@pytest.mark.parametrize("field", ["kind", "level", "issued_on", "paper_kind", "assessor_type"])
def test_a_sentence_never_quotes_a_number(field):
    sentences = columns(line(**{field: "110101199003071234"}))
    assert sentences
    assert not any("1101" in sentence for sentence in sentences.values())


def test_a_slipped_column_leaves_no_number_in_the_faults():
    slipped = "110101199003071234"
    heading = ("成果类型", "姓名", "手机号", "名称", "日期", "课程代码", "学分", "成绩")
    rows = [
        ["学历课程成绩", "李明", slipped, "电工技术基础", slipped, "EL101", slipped, 60],
        [slipped, "李明", "13900139000", "电工技术基础", "2024-01-10", "EL101", 2, slipped],
    ]
    batch = planned(xlsx(*rows, heading=heading))
    found = faults(batch)
    assert {(number, column) for number, column, _sentence in found} >= {
        (2, "手机号"),
        (2, "日期"),
        (2, "学分"),
        (3, "成果类型"),
        (3, "成绩"),
    }
    assert not any("1101" in sentence or "1234" in sentence for _row, _column, sentence in found)


# --- a suspended issuer ----------------------------------------------------------------------------------


def _suspend(status=Organisation.Status.SUSPENDED):
    Organisation.objects.filter(code="assess").update(status=status)


def test_nothing_of_a_suspended_issuer_is_written():
    name, paper = seen(person("李明"))
    who = assessor()
    batch = accept(who, planned(xlsx(row(name, paper)), who))
    _suspend()
    batch = run(batch)
    assert (batch.state, batch.rows.get().state) == ("ready", "planned")
    assert "机构已暂停" in batch.message
    assert not LearningOutcome.objects.exists()
    _suspend(Organisation.Status.ACTIVE)
    assert run(accept(who, batch)).state == "done"


def test_nothing_of_a_suspended_issuer_is_given():
    later = person("李明")
    batch = deposited(row("李明", Identity.objects.get(user=later).number))
    seen(later)
    _suspend()
    assert give_waiting(later) == 0
    assert batch.rows.get().state == "waiting"
    _suspend(Organisation.Status.ACTIVE)
    assert give_waiting(later) == 1
