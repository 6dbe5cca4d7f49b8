"""A list from upload to records: the plan, the report, all or nothing, the same file, whose a row is, and who waits."""

from datetime import date

import pytest
from django.utils.translation import override

from creditbank.deposits.models import DepositBatch, DepositFault, DepositRow
from creditbank.deposits.services import accept, discard, upload
from creditbank.deposits.waiting import give_waiting
from creditbank.outcomes.models import LearningOutcome
from creditbank.outcomes.services import verify_outcome
from creditbank.outcomes.timeline import timeline
from creditbank.outcomes.words import standing
from lms.accounts.models import Identity
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.jobs.models import Job
from lms.lib.outbox.services import deliver_pending, emit
from tests.creditbank.deposits.lists import (
    HEADING,
    assessor,
    csv_file,
    deposited,
    faults,
    issuer,
    planned,
    reached,
    row,
    run,
    seen,
    xlsx,
)
from tests.factories.creditbank import certificate, college, member, person, skill_number

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_a_list_becomes_verified_outcomes_of_those_who_are_known_and_waits_for_the_others():
    known = person("李明")
    name, paper = seen(known)
    who = assessor()
    batch = planned(xlsx(row(name, paper), row("王芳", "P7654321"), row("赵强", phone="13900139000")), who)
    assert (batch.state, batch.lines, batch.same) == ("ready", 3, 0)
    assert not LearningOutcome.objects.exists()
    assert not batch.file
    batch = run(accept(who, batch))
    assert batch.state == "done"
    outcome = LearningOutcome.objects.get()
    assert (outcome.holder, outcome.status, outcome.method) == (known, "verified", "deposit")
    assert (outcome.verified_by, outcome.verified_for, outcome.assessor_type) == (who, "assess", "social")
    assert standing(outcome) == "由发证机构存入，存入即核实"
    steps = timeline(outcome, date(2026, 11, 21))
    assert [step.step for step in steps if step.at] == ["deposit", "verify", "accumulate"]
    assert steps[0].who == "申江职业技能评价中心 考评员"
    states = dict(batch.rows.values_list("row", "state"))
    assert states == {2: "given", 3: "waiting", 4: "waiting"}
    assert batch.rows.get(row=2).content == ""
    assert "王芳" in batch.rows.get(row=3).content


def test_one_fault_and_nothing_is_kept_but_the_faults():
    batch = planned(
        xlsx(row("李明", "P7654321"), row("王芳", "P7654322", number="S1"), row("", "1", 等级="九级"))
    )
    assert (batch.state, batch.lines, batch.faults_found) == ("faulty", 3, 4)
    found = faults(batch)
    assert [(number, column) for number, column, _sentence in found] == [
        (3, "编号"),
        (4, "等级"),
        (4, "姓名"),
        (4, "证件号码"),
    ]
    assert not DepositRow.objects.exists()
    with pytest.raises(Conflict):
        accept(batch.by, batch)
    assert not LearningOutcome.objects.exists()


def test_a_file_that_cannot_be_read_has_one_fault_without_a_row():
    from django.core.files.uploadedfile import SimpleUploadedFile

    batch = planned(SimpleUploadedFile("名单.csv", "姓名\n李明\n".encode()))
    assert (batch.state, batch.faults_found) == ("faulty", 1)
    assert faults(batch)[0][0] == 0
    # What is no workbook, or claims to be a huge one, is refused at the counter.
    for content in (b"", b"PK\x03\x04 broken"):
        with pytest.raises(Invalid):
            upload(assessor(), issuer(), SimpleUploadedFile("名单.xlsx", content))
    assert DepositBatch.objects.count() == 1


def test_the_same_outcome_twice_in_a_list_is_a_fault():
    number = skill_number(3)
    batch = planned(
        csv_file(row(number=number, phone="13900139000"), row(number=number, phone="13900139000"))
    )
    assert "和第 2 行是同一项成果" in faults(batch)[0][2]


def test_the_same_file_is_recognised_until_it_was_given_up():
    who = assessor()
    content = xlsx(row(phone="13900139000")).read()
    from django.core.files.uploadedfile import SimpleUploadedFile

    def again():
        return upload(who, issuer(), SimpleUploadedFile("另一个名字.xlsx", content))

    first = again()
    with pytest.raises(Conflict) as refusal:
        again()
    assert refusal.value.details["batch"] == str(first.uuid)
    run(first)
    discard(who, first)
    assert not DepositRow.objects.exists()
    assert again().pk != first.pk


def test_what_was_deposited_already_is_the_same_and_adds_nothing():
    known = person("李明")
    name, paper = seen(known)
    lines = [row(name, paper), row("王芳", "P7654321")]
    first = deposited(*lines)
    again = deposited(*lines, row("赵强", "P1112223"), who=first.by)
    assert (again.lines, again.same) == (3, 2)
    assert LearningOutcome.objects.count() == 1
    assert DepositRow.objects.filter(state="waiting").count() == 2


def test_what_the_holder_registered_is_verified_by_the_issuers_list():
    known = person("李明")
    name, paper = seen(known)
    own = certificate(known)
    deposited(row(name, paper, number=own.number))
    own.refresh_from_db()
    assert (own.status, own.method, own.issuer) == ("verified", "deposit", issuer())
    assert LearningOutcome.objects.count() == 1


def test_a_number_that_is_verified_as_another_persons_is_a_fault_that_names_nobody():
    other = certificate(person("张三"), issuer=issuer())
    who = assessor()
    verify_outcome(who, other, method="issuer")
    name, paper = seen(person("李明"))
    batch = planned(
        xlsx(row(name, paper, number=other.number), row("王芳", "P7654321", number=other.number)), who
    )
    assert [number for number, _column, _sentence in faults(batch)] == [2, 3]
    assert all("张三" not in sentence for _row, _column, sentence in faults(batch))


def test_a_number_that_waits_for_another_person_is_a_fault():
    number = skill_number(3)
    who = deposited(row("王芳", "P7654321", number=number)).by
    batch = planned(xlsx(row("李明", "P7654329", number=number)), who)
    assert batch.state == "faulty"


def test_what_came_between_plan_and_writing_leaves_nothing_written():
    known = person("李明")
    name, paper = seen(known)
    number = skill_number(3)
    who = assessor()
    batch = planned(xlsx(row("王芳", "P7654321"), row(name, paper, number=number)), who)
    verify_outcome(who, certificate(person("张三"), number=number, issuer=issuer()), method="issuer")
    batch = run(accept(who, batch))
    assert batch.state == "ready"
    assert "第 3 行" in batch.message
    assert Job.objects.get(uuid=batch.job).state == "failed"
    assert not LearningOutcome.objects.filter(holder=known).exists()
    assert set(batch.rows.values_list("state", flat=True)) == {"planned"}
    assert not AuditRow.objects.filter(action="deposit.write").exists()


def test_a_name_or_a_paper_nobody_has_seen_proves_nothing():
    typed = person("李明")
    identity = Identity.objects.get(user=typed)
    named_otherwise = person("王芳")
    _name, paper = seen(named_otherwise)
    deposited(row("李明", identity.number), row("王小芳", paper))
    assert not LearningOutcome.objects.exists()


def test_a_proved_telephone_and_the_same_name_are_enough_unless_the_paper_differs():
    reachable = person("李明")
    phone = reached(reachable)
    deposited(row("李明", phone=phone))
    assert LearningOutcome.objects.get().holder == reachable
    deposited(row("王芳", phone=phone), row("李明", "P9999999", phone))
    assert LearningOutcome.objects.count() == 1


def test_who_verifies_their_real_name_gets_what_waits_for_them():
    later = person("李明")
    identity = Identity.objects.get(user=later)
    batch = deposited(row("李明", identity.number), row("别人", "P7654321"))
    assert give_waiting(later) == 0
    _name, paper = seen(later)
    assert paper == identity.number
    batch_row = batch.rows.get(row=2)
    from lms.accounts.identity.services import number_hash

    assert batch_row.paper_hash == number_hash("passport", paper)
    emit("identity.changed", {"person": str(later.uuid), "status": "verified"}, key="identity.changed:test")
    deliver_pending()
    outcome = LearningOutcome.objects.get()
    assert (outcome.holder, outcome.status, outcome.verified_for) == (later, "verified", "assess")
    batch_row.refresh_from_db()
    assert (batch_row.state, batch_row.outcome, batch_row.content) == ("given", outcome, "")
    assert give_waiting(later) == 0
    assert batch.rows.get(row=3).state == "waiting"


def test_a_waiting_row_of_another_name_goes_on_waiting():
    later = person("李明")
    _name, paper = seen(later)
    deposited(row("李小明", paper))
    assert give_waiting(later) == 0
    assert DepositRow.objects.get().state == "waiting"


def test_outcomes_without_a_number_are_told_apart_by_person():
    heading = ("成果类型", "姓名", "手机号", "名称", "日期", "课程代码", "学分", "成绩")
    course = ["学历课程成绩", "李明", "13900139000", "电工技术基础", "2024-01-10", "EL101", 4.5, 85.5]
    other = ["学历课程成绩", "王芳", "13900139001", "电工技术基础", "2024-01-10", "EL101", 4.5, ""]
    batch = planned(xlsx(course, other, heading=heading))
    assert batch.state == "ready"
    batch = planned(xlsx(course, course, heading=heading), batch.by)
    assert batch.state == "faulty"


def test_special_ability_of_a_covered_occupation_is_a_fault_of_its_row():
    from creditbank.outcomes import catalogue
    from tests.creditbank.outcomes.test_catalogue import ELECTRICIAN
    from tests.factories.creditbank import SYSTEM

    catalogue.save_entry(SYSTEM, ELECTRICIAN)
    line = row(phone="13900139000", kind="专项职业能力证书", number="ZX-0001")
    batch = planned(xlsx(line))
    assert [(number, column) for number, column, _s in faults(batch)] == [(2, "职业编码")]
    assert "覆盖" in faults(batch)[0][2]


def test_only_the_issuers_own_people():
    for stranger in (
        person("路人"),
        member("reviewer", issuer()),
        member("assessor", college("other", "别的")),
    ):
        with pytest.raises(NotAllowed):
            upload(stranger, issuer(), xlsx(row(phone="13900139000")))
    batch = planned(xlsx(row(phone="13900139000")))
    with pytest.raises(NotAllowed):
        accept(member("assessor", college("other", "别的")), batch)
    with pytest.raises(NotAllowed):
        discard(member("assessor", college("other", "别的")), batch)
    assert DepositBatch.objects.count() == 1


def test_accepting_twice_writes_once_and_a_written_list_cannot_be_given_up():
    who = assessor()
    batch = planned(xlsx(row(phone="13900139000")), who)
    accept(who, batch)
    accept(who, batch)
    batch.refresh_from_db()
    run(batch)
    run(batch)
    assert DepositRow.objects.filter(state="waiting").count() == 1
    with pytest.raises(Conflict):
        discard(who, batch)


def test_reading_begun_anew_begins_from_nothing():
    who = assessor()
    batch = upload(who, issuer(), xlsx(row(phone="13900139000"), row(phone="13900139001")))
    DepositFault.objects.create(batch=batch, row=9, column="", sentence="left over")
    DepositRow.objects.create(batch=batch, row=2, same_key="0" * 64)
    assert run(batch).state == "ready"
    assert batch.rows.count() == 2
    assert not batch.faults.exists()


@pytest.mark.parametrize("rows", [40, 400])
def test_queries_grow_with_chunks_and_not_with_rows(rows, django_assert_max_num_queries):
    who = assessor()
    batch = upload(who, issuer(), xlsx(*(row(phone=f"139{n:08d}") for n in range(rows))))
    with django_assert_max_num_queries(45):
        run(batch)
    accept(who, batch)
    batch.refresh_from_db()
    with django_assert_max_num_queries(45):
        run(batch)
    assert batch.rows.filter(state="waiting").count() == rows


def test_columns_that_are_not_read_are_told_before_anybody_agrees():
    batch = planned(xlsx([*row("李明", "P7654321"), "2030-01-01"], heading=[*HEADING, "有效日期"]))
    assert batch.state == "ready"
    assert "有效日期" in batch.message


def test_what_is_wrong_is_said_in_the_language_of_whoever_handed_it_in():
    with override("en"):
        batch = upload(assessor(), issuer(), xlsx(row("李明", "P7654321", 职业编码="=A1")))
    # The worker speaks the platform's language.
    batch = run(batch)
    assert "formula" in faults(batch)[0][2]
