"""Depositing and verifying certificates: forms of numbers, one paper one person, who may judge, private files."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from creditbank.applications.words import number_form_text
from creditbank.outcomes import rules
from creditbank.outcomes.models import LearningOutcome, OutcomeEvidence
from creditbank.outcomes.queries import claimed_by_others
from creditbank.outcomes.services import Deposit, deposit, refuse_outcome, verify_outcome
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotAllowed
from tests.factories.creditbank import certificate, college, entitled, member, person, skill_number

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def test_numbers_of_skill_certificates():
    kind = LearningOutcome.Kind.SKILL
    social = rules.check_number(kind, "S000131000123243000456", 3)
    assert (social.form, social.problem, social.level, social.year) == ("social22", "", 3, 2024)
    assert rules.check_number(kind, "Y000131000123243000456", 3).form == "employer22"
    assert rules.check_number(kind, "S000131000123243000456", 4).problem == "level_differs"
    assert rules.check_number(kind, "AB00131000123243000456", 1).form == "senior22"
    for wrong in ("S00013100012324300045", "S000131000123246000456", "Z000131000123243000456", ""):
        assert rules.check_number(kind, wrong, 3).problem == "skill_form"


def test_numbers_of_other_papers():
    assert not rules.check_number("vocational_qualification", "1234567890123456", 3).problem
    assert rules.check_number("vocational_qualification", "123456789012345", 3).problem
    assert not rules.check_number("x_certificate", "沪X-2024/0017", None).problem
    assert rules.check_number("x_certificate", "a b", None).problem


def test_numbers_are_tidied_before_they_are_compared():
    assert rules.tidy_number(" ｓ0001 3100 ") == "S00013100"


def test_a_right_form_is_never_called_verified():
    for form in ("social22", "employer22", "senior22", "qualification16"):
        assert "只核对了格式" in number_form_text(form)
    assert "以发证机构核实为准" in number_form_text("free")


@pytest.mark.django_db
def test_the_number_is_encrypted_and_found_by_hash():
    number = skill_number()
    outcome = certificate(person(), number=number)
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, achievement FROM creditbank_learningoutcome")
        stored, achievement = cursor.fetchone()
    assert number not in stored
    assert number not in achievement
    outcome.refresh_from_db()
    assert outcome.number == number
    assert AuditRow.objects.filter(action="outcome.deposit", target=outcome.uuid).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "degree"}, "kind"),
        ({"title": " "}, "title"),
        ({"level": None}, "level"),
        ({"level": 9}, "level"),
        ({"occupation_code": "9-01"}, "occupation_code"),
        ({"occupation_code": ""}, "occupation_code"),
        ({"issued_on": date(2999, 1, 1)}, "issued_on"),
        ({"expires_on": date(2020, 1, 1)}, "expires_on"),
        ({"number": "S1"}, "number"),
        ({"number": "S000131000123244000456"}, "number"),
    ],
)
def test_what_cannot_be_right_is_refused_at_its_field(change, field):
    with pytest.raises(Invalid) as refusal:
        certificate(person(), **{"number": "S000131000123243000456"} | change)
    assert refusal.value.details["field"] == field
    assert not LearningOutcome.objects.exists()


@pytest.mark.django_db
def test_one_paper_belongs_to_one_person():
    mine, other = person("甲"), person("乙")
    outcome = certificate(mine, number="S000131000123243000456")
    with pytest.raises(Conflict) as again:
        certificate(mine, number="s 0001 3100 0123 2430 00456")
    assert again.value.details["outcome"] == str(outcome.uuid)
    # Others are not told; which of the two is the holder is found out by a person, for one of them.
    claim = certificate(other, number="S000131000123243000456")
    assert claimed_by_others(outcome)
    assert claimed_by_others(claim)
    body = college("assess", "申江职业技能评价中心")
    LearningOutcome.objects.update(issuer=body)
    entitled(body)
    assessor = member("assessor", body)
    for one in (outcome, claim):
        one.refresh_from_db()
    verify_outcome(assessor, outcome, method="issuer")
    with pytest.raises(Conflict) as taken:
        verify_outcome(assessor, claim, method="issuer")
    assert taken.value.code == "verified_for_another"
    claim.refresh_from_db()
    assert (claim.status, claim.verified_by) == ("submitted", None)
    assert AuditRow.objects.filter(action="outcome.verify").count() == 1
    refuse_outcome(assessor, claim, note="证书是另一个人的")
    assert not claimed_by_others(outcome)


@pytest.mark.django_db
def test_files_lie_outside_the_media_folder_and_are_what_they_say(settings):
    user = person()
    files = [SimpleUploadedFile("证书.png", PNG), SimpleUploadedFile("scan.pdf", b"%PDF-1.7 x")]
    values = Deposit("x_certificate", "数据分析", "", None, "机构", "X-0001", date(2024, 1, 1))
    outcome = deposit(user, values, files)
    stored = list(OutcomeEvidence.objects.filter(outcome=outcome).order_by("id"))
    assert [file.mime for file in stored] == ["image/png", "application/pdf"]
    assert str(settings.MEDIA_ROOT) not in stored[0].file.path
    assert "证书" not in stored[0].file.path
    with pytest.raises(ValueError):
        _ = stored[0].file.url


@pytest.mark.django_db
@pytest.mark.parametrize(
    "files",
    [
        [SimpleUploadedFile("a.png", b"<svg onload=alert(1)>")],
        [SimpleUploadedFile("a.pdf", b"")],
        [SimpleUploadedFile(f"{number}.png", PNG) for number in range(6)],
    ],
)
def test_other_files_are_refused(files):
    values = Deposit("x_certificate", "数据分析", "", None, "机构", "X-0001", date(2024, 1, 1))
    with pytest.raises(Invalid) as refusal:
        deposit(person(), values, files)
    assert refusal.value.details["field"] == "evidence"
    assert not LearningOutcome.objects.exists()


@pytest.mark.django_db
def test_the_issuers_assessor_may_verify_and_nobody_else():
    body = college("assess", "申江职业技能评价中心")
    outcome = certificate(person(), issuer=body)
    for stranger in (person("路人"), member("reviewer", body), member("assessor", college("b", "乙"))):
        with pytest.raises(NotAllowed):
            verify_outcome(stranger, outcome, method="issuer")
    verified = verify_outcome(member("assessor", body), outcome, method="issuer", note="系统可查")
    assert verified.status == "verified"
    assert AuditRow.objects.filter(action="outcome.verify", target=outcome.uuid, body="assess").count() == 1
    with pytest.raises(Conflict):
        refuse_outcome(member("assessor", body), outcome, note="晚了")


@pytest.mark.django_db
def test_nobody_verifies_their_own():
    body = college("assess", "申江职业技能评价中心")
    assessor = member("assessor", body)
    outcome = certificate(assessor, issuer=body)
    with pytest.raises(NotAllowed) as refusal:
        verify_outcome(assessor, outcome, method="issuer")
    assert refusal.value.code == "own_case"


@pytest.mark.django_db
def test_a_refused_number_is_free_again():
    body = college("assess", "申江职业技能评价中心")
    outcome = certificate(person("甲"), issuer=body, number="S000131000123243000456")
    with pytest.raises(Invalid):
        refuse_outcome(member("assessor", body), outcome, note=" ")
    refuse_outcome(member("assessor", body), outcome, note="查无此证")
    assert certificate(person("乙"), number="S000131000123243000456").status == "submitted"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed", ["X-2024/００1 ", "x 2024001", "Ｘ２０２４（001）", "X.2024-001", "X〔2024〕001"]
)
def test_however_it_is_typed_a_paper_is_the_same_one(typed):
    fields = {"kind": "x_certificate", "level": None, "occupation_code": ""}
    holder = person()
    first = certificate(holder, number="X2024001", **fields)
    with pytest.raises(Conflict) as refusal:
        certificate(holder, number=typed, issuer_name="另一家机构", **fields)
    assert refusal.value.code == "already_deposited"
    assert certificate(person(), number=typed, **fields).achievement == first.achievement
