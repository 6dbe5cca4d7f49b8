"""The transcript: what stands in the books, its hash, its PDF, its public check, and taking it back."""

import re
from io import BytesIO

import pytest
from django import urls
from django.utils import translation
from pypdf import PdfReader

from creditbank.applications.services import Wish, decide, submit
from creditbank.ledger.queries import balances_of
from creditbank.ledger.rules import digest
from creditbank.ledger.services import reverse
from creditbank.outcomes.services import verify_outcome
from creditbank.transcripts.queries import content_of
from creditbank.transcripts.services import (
    compile_content,
    make_transcript,
    revoke_transcript,
    transcript_pdf,
    verify_address,
)
from lms.lib.errors import Conflict
from lms.lib.verify import services as verify
from tests.factories.creditbank import SYSTEM, booked, certificate, member, person, rule_version

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def learner():
    """李明: 12.5 public hours and 8 credits by recognition."""
    user = person("李明")
    booked(user.uuid, 1250)
    version = rule_version()
    outcome = certificate(user)
    application = submit(user, Wish(outcome.uuid, version.rule.code, 1))
    reviewer = member("reviewer", version.rule.programme.organisation)
    verify_outcome(reviewer, outcome, method="register")
    decide(reviewer, application, approve=True, reason="相符")
    return user


def test_the_content_is_what_stands_in_the_books(learner):
    content = compile_content(learner)
    assert (content["centihours"], content["centicredits"]) == (1250, 800)
    assert [course["name"] for course in content["courses"]] == ["电工技术基础", "电气控制实训"]
    assert len(content["postings"]) == 2
    assert content["outcomes"][0]["method"] == "在官方查询系统核实"


def test_reversed_credits_leave_the_paper(learner):
    from creditbank.applications.models import Application

    reverse(Application.objects.get().transaction, reason="证书被撤销", actor=SYSTEM)
    content = compile_content(learner)
    assert content["centicredits"] == 0
    assert content["courses"] == []
    assert len(content["postings"]) == 3


def test_a_snapshot_does_not_change_afterwards(learner):
    snapshot = make_transcript(learner)
    booked(learner.uuid, 100)
    snapshot.refresh_from_db()
    content = content_of(snapshot)
    assert content["centihours"] == 1250
    assert digest(content) == snapshot.content_hash


def test_the_pdf_is_readable_and_always_the_same(learner):
    snapshot = make_transcript(learner)
    pdf = transcript_pdf(snapshot)
    assert pdf == transcript_pdf(snapshot)
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    for part in ("学习成果清单", "李明", "电工技术基础", "12.5", snapshot.content_hash[:16]):
        assert part in text.replace("\n", "")


def test_credits_are_a_heading_in_english(client, learner):
    account = next(found.account for found in balances_of(learner.uuid) if found.unit.code == "credit")
    client.force_login(learner)
    with translation.override("en"):
        page = client.get(
            urls.reverse("credit:statement", args=[account.uuid]), headers={"accept-language": "en"}
        )
        pages = PdfReader(BytesIO(transcript_pdf(make_transcript(learner)))).pages
    assert re.search(r"<h1>Credits <span[^>]*>8</span></h1>", page.content.decode())
    lines = [line.strip() for page in pages for line in page.extract_text().splitlines()]
    assert any(line.startswith("Credits") for line in lines)
    assert not any(line.startswith("credits") for line in lines)


def test_a_name_cannot_become_code(learner):
    learner.identity.legal_name = '#panic("x") *粗* $x$'
    learner.identity.save()
    text = PdfReader(BytesIO(transcript_pdf(make_transcript(learner)))).pages[0].extract_text()
    assert '#panic("x") *粗* $x$' in text


def test_an_empty_transcript_renders():
    pdf = transcript_pdf(make_transcript(person("王芳")))
    assert "还没有" in PdfReader(BytesIO(pdf)).pages[0].extract_text()


def test_anyone_verifies_with_minimum_data(learner):
    snapshot = make_transcript(learner)
    code, address = verify_address(snapshot)
    assert address.endswith(f"/verify/{code}/")
    _code, verdict = verify.check(code)
    shown = str(verdict.rows)
    assert verdict.status == "valid"
    assert "李＊" in shown
    assert "李明" not in shown
    assert snapshot.content_hash[:16] in shown


def test_a_paper_whose_credits_were_reversed_says_so(learner):
    from creditbank.applications.models import Application

    before = make_transcript(learner)
    reverse(Application.objects.get().transaction, reason="证书被撤销", actor=SYSTEM)
    after = make_transcript(learner)
    _code, old = verify.check(verify_address(before)[0])
    assert old.status == "expired"
    assert "1 笔" in old.note
    _code, new = verify.check(verify_address(after)[0])
    assert new.status == "valid"


def test_the_holder_takes_it_back(learner):
    snapshot = make_transcript(learner)
    code, _address = verify_address(snapshot)
    with pytest.raises(Conflict):
        revoke_transcript(person("别人"), snapshot)
    with translation.override("en"):
        revoke_transcript(learner, snapshot)
        assert verify.check(code)[1].note.isascii()
    # Whoever checks reads it in their own language, whichever its holder has.
    _code, verdict = verify.check(code)
    assert verdict.note == "持有人已停用这份清单的验证。"
    assert verdict.status == "revoked"
    assert verdict.rows == []
    with pytest.raises(Conflict):
        revoke_transcript(learner, snapshot)
