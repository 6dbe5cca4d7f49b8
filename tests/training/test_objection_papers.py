"""A35: an objection is a paper of whoever wrote it, and the answer another: with number, form, PDF and a code that tells no word of it."""

import re

import pytest
from django.urls import reverse

from lms.lib.audit.models import AuditRow
from lms.lib.verify import services as verify
from lms.training.lifecycle import people, services
from lms.training.papers.objections import ANSWER, OBJECTION
from tests.factories.accounts import MembershipFactory, UserFactory, member
from tests.learning.clients import signed_in
from tests.training.cases import Bureau

pytestmark = pytest.mark.django_db
WORDS, REPLY = "实训车间已经出租给别的单位", "现场核查，车间仍在使用，附照片"


@pytest.fixture
def bureau(clock):
    return Bureau()


@pytest.fixture
def objection(bureau):
    case = bureau.announced()
    return services.object_to(UserFactory(display_name="闵如松"), case.notices.get(), WORDS)


def answered(bureau, objection):
    return services.answer(bureau.officer, objection, upheld=False, text=REPLY)


def page(client, name, row):
    return client.get(reverse(f"cases:{name}", args=[row.uuid]))


def test_a35_an_objection_has_number_form_pdf_and_code(objection):
    client = signed_in(objection.person)
    own = client.get(reverse("cases:objection", args=[objection.notice.uuid])).content.decode()
    assert reverse("cases:objection_paper", args=[objection.uuid]) in own
    assert reverse("cases:answer_paper", args=[objection.uuid]) not in own
    said = page(client, "objection_paper", objection).content.decode()
    for part in (
        objection.number,
        "P08",
        WORDS,
        objection.notice.number,
        objection.notice.case.authority.name,
    ):
        assert part in said
    made = page(client, "objection_pdf", objection)
    assert (made.status_code, made["Content-Type"], made.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert page(client, "objection_pdf", objection).content == made.content
    assert page(client, "answer_paper", objection).status_code == 404


def test_a35_the_answer_is_a_paper_of_its_own(bureau, objection):
    before = verify.check(verify.issue(OBJECTION, objection.uuid))[1]
    row = answered(bureau, objection)
    client = signed_in(row.person)
    said = page(client, "answer_paper", row).content.decode()
    for part in (f"{row.number}-D", "P09", REPLY, "异议不成立"):
        assert part in said
    assert page(client, "answer_pdf", row).content[:5] == b"%PDF-"
    # What was objected stays the same paper: its fingerprint does not change with the answer.
    after = verify.check(verify.issue(OBJECTION, row.uuid))[1]
    assert [pair for pair in after.rows if "SHA" in pair[0]] == [
        pair for pair in before.rows if "SHA" in pair[0]
    ]
    assert ("结果", "异议不成立") in after.rows


@pytest.mark.parametrize("kind", [OBJECTION, ANSWER])
def test_a35_the_code_tells_what_became_of_it_and_no_word_and_no_name(bureau, objection, client, kind):
    row = answered(bureau, objection)
    code = verify.issue(kind, row.uuid)
    said = client.get(reverse("verify:code", args=[code])).content.decode()
    assert row.number in said
    assert "异议不成立" in said
    for word in (WORDS, REPLY, row.person.display_name, bureau.officer.display_name):
        assert word not in said


def test_a35_who_reads_an_objection(bureau, objection):
    row = answered(bureau, objection)
    for user in (row.person, bureau.officer, bureau.second):
        for name in ("objection_paper", "objection_pdf", "answer_paper", "answer_pdf"):
            assert page(signed_in(user), name, row).status_code == 200
    assert (
        AuditRow.objects.filter(action="paper.view", target=row.uuid, person=bureau.officer.uuid).count() == 4
    )
    # Its own body, other authorities, strangers; an officer who belongs to the body, too.
    MembershipFactory(user=bureau.second, organisation=bureau.firm, role="teacher")
    for user in (bureau.clerk, member("officer"), UserFactory(), bureau.second):
        for name in ("objection_paper", "answer_pdf"):
            assert page(signed_in(user), name, row).status_code == 404


def test_a35_when_the_words_go_the_papers_hold_no_more(bureau, objection):
    row = answered(bureau, objection)
    code = verify.issue(OBJECTION, row.uuid)
    people.erase(row.person)
    _code, found = verify.check(code)
    assert found.status == "revoked"
    assert not [pair for pair in found.rows if re.search("SHA", pair[0])]
    assert page(signed_in(bureau.officer), "objection_paper", row).status_code == 404
    shown = signed_in(row.person).get(reverse("cases:objection", args=[row.notice.uuid])).content.decode()
    assert reverse("cases:objection_paper", args=[row.uuid]) not in shown


def test_a35_the_paper_is_in_the_platforms_language_whoever_reads(objection):
    client = signed_in(objection.person)
    first = page(client, "objection_pdf", objection).content
    client.cookies["django_language"] = "en"
    assert page(client, "objection_pdf", objection).content == first
