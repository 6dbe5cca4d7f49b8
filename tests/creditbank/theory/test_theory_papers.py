"""The proof of a theory paper: only of a verified one, its code checked by anybody, people's names masked there."""

from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from pypdf import PdfReader

from creditbank.erasure import erase
from creditbank.outcomes.models import LearningOutcome, OutcomeKind
from creditbank.outcomes.services import verify_outcome
from creditbank.theory.services import paper_pdf, verify_address
from creditbank.theory.verdict import masked_names
from lms.lib.errors import Conflict, NotFound
from lms.lib.verify.models import VerifyCode
from tests.factories.creditbank import certificate, college, member, person

pytestmark = pytest.mark.django_db


def written(user, *, verified=True):
    home = college("sjjx", "申江机械厂")
    row = certificate(
        user,
        kind=OutcomeKind.PAPER,
        title="智能产线改造的实践与思考",
        occupation_code="",
        level=None,
        number="",
        issuer=home,
        issuer_name=home.name,
        starts_on=date(2025, 9, 1),
        issued_on=date(2026, 1, 10),
        project="智能产线改造",
        authors="李明、王芳",
        reviewer="申江大学机械学院",
    )
    if verified:
        verify_outcome(member("assessor", home), row, method="original")
    return LearningOutcome.objects.get(pk=row.pk)


def verified_page(client, code):
    return client.get(reverse("verify:code", args=[code]))


def test_the_paper_carries_what_a_title_review_asks_for(client):
    user = person("李明")
    outcome = written(user)
    client.force_login(user)
    assert reverse("credit:theory_paper", args=[outcome.uuid]) in (
        client.get(reverse("credit:outcome", args=[outcome.uuid])).content.decode()
    )
    answer = client.get(reverse("credit:theory_paper", args=[outcome.uuid]))
    assert answer["Content-Type"] == "application/pdf"
    assert "no-store" in answer["Cache-Control"]
    text = PdfReader(BytesIO(answer.content)).pages[0].extract_text()
    code = VerifyCode.objects.get(kind="theory_paper").code
    for part in ("智能产线改造", "2025-09-01", "2026-01-10", "李明、王芳", "申江大学机械学院", code[:4]):
        assert part in text
    assert paper_pdf(outcome) == answer.content
    assert user.identity.number not in text


def test_anybody_can_check_it_and_sees_no_ones_whole_name(client):
    code, address = verify_address(written(person("李明")))
    assert code in address
    page = verified_page(client, code)
    text = page.content.decode()
    assert page.status_code == 200
    for part in ("智能产线改造的实践与思考", "2025-09-01", "李＊、王＊", "申江大学机械学院", "申江机械厂"):
        assert part in text
    assert "李明" not in text
    assert "王芳" not in text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("李明、王芳", "李＊、王＊"),
        ("李明，欧阳志远; 申江大学机械学院", "李＊、欧＊＊＊、申江大学机械学院"),
        ("John Smith / 阿依古丽·买买提", "J＊＊＊＊＊＊＊＊＊、阿＊＊＊＊＊＊＊"),
        ("", ""),
    ],
)
def test_names_are_masked_and_bodies_are_not(typed, shown):
    assert masked_names(typed) == shown


def test_nothing_is_printed_of_what_nobody_verified(client):
    user = person()
    outcome = written(user, verified=False)
    client.force_login(user)
    assert client.get(reverse("credit:theory_paper", args=[outcome.uuid])).status_code == 409
    shown = client.get(reverse("credit:outcome", args=[outcome.uuid])).content.decode()
    assert reverse("credit:theory_paper", args=[outcome.uuid]) not in shown
    with pytest.raises(Conflict):
        verify_address(outcome)
    with pytest.raises(NotFound):
        verify_address(certificate(user))
    assert not VerifyCode.objects.filter(kind="theory_paper").exists()


def test_what_does_not_stand_any_more_is_revoked(client):
    user = person("李明")
    outcome = written(user)
    code, _address = verify_address(outcome)
    LearningOutcome.objects.filter(pk=outcome.pk).update(status="refused")
    page = verified_page(client, code).content.decode()
    assert "现在没有通过核实" in page
    assert "智能产线改造" not in page
    erase(user)
    assert not LearningOutcome.objects.filter(pk=outcome.pk).exists()
    assert "持有人已注销" in verified_page(client, code).content.decode()


def test_by_api_and_nobody_elses(client):
    user = person()
    outcome = written(user)
    where = f"/api/v1/credit/outcomes/{outcome.uuid}/paper"
    page = reverse("credit:theory_paper", args=[outcome.uuid])
    assert client.get(where).status_code == 401
    assert client.get(page).status_code == 302
    for other in (person(), member("admin", college("sjjx", "申江机械厂"))):
        client.force_login(other)
        assert {client.get(address).status_code for address in (where, f"{where}/pdf", page)} == {404}
    client.force_login(user)
    told = client.get(where).json()
    assert told["address"].endswith(reverse("verify:code", args=[told["code"]]))
    assert client.get(f"{where}/pdf").content.startswith(b"%PDF")
    other = certificate(user)
    assert client.get(f"/api/v1/credit/outcomes/{other.uuid}/paper").status_code == 404
