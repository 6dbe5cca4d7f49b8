"""An exemption granted wrongly: taken back by the assessor with a reason, once, on record; granted again; and not while
credits rest on it.
"""

import json

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from creditbank.applications.decisions import reverse_recognition
from creditbank.applications.services import Wish, decide, submit
from creditbank.dual.exemptions import KIND, ask_exemption, decide_exemption, revoke_exemption
from creditbank.dual.models import Exemption, ExemptionRevocation
from creditbank.dual.registered import erase, part
from creditbank.outcomes.services import verify_outcome
from lms.accounts.api import staff_group
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.outbox.models import OutboxEvent
from lms.lib.verify import services as verify
from tests.creditbank.dual.test_exemptions import course_result
from tests.factories.creditbank import certificate, college, member, person, programme, rule_version
from tests.factories.dual import assessor, exempting, staff
from tests.races import at_once, won

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def crew():
    return staff()


@pytest.fixture
def granted(crew):
    user = person()
    row = ask_exemption(user, exempting().plan, course_result(user).uuid)
    return decide_exemption(crew.assessor, row, approve=True, reason="成绩符合要求")


def test_taken_back_it_stays_on_record_and_verifies_no_more(crew, granted):
    code = verify.issue(KIND, granted.uuid)
    revoke_exemption(crew.assessor, granted, reason="成绩登记有误")
    granted.refresh_from_db()
    assert (granted.state, granted.reason, granted.revocation.reason) == (
        "revoked",
        "成绩符合要求",
        "成绩登记有误",
    )
    assert Exemption.objects.filter(request=granted).count() == 1
    _code, verdict = verify.check(code)
    assert (verdict.status, verdict.note) == ("revoked", "评价机构已撤销这份免考。")
    (event,) = OutboxEvent.objects.filter(kind="exemption.revoked")
    assert event.payload["person"] == str(granted.person.uuid)
    assert part(granted.person)["exemptions"][0]["revoked"]["reason"] == "成绩登记有误"
    with pytest.raises(Conflict):
        revoke_exemption(crew.assessor, granted, reason="再撤一次")
    with pytest.raises(DatabaseError), transaction.atomic():
        ExemptionRevocation.objects.filter(pk=granted.revocation.pk)._raw_delete("default")


def test_it_can_be_asked_for_and_granted_again_and_again(crew, granted):
    user, plan = granted.person, granted.plan_version.plan
    row = granted
    for _ in range(2):
        revoke_exemption(crew.assessor, row, reason="成绩登记有误")
        row = ask_exemption(user, plan, row.outcome.uuid)
        row = decide_exemption(crew.assessor, row, approve=True, reason="已更正")
    first, second, third = Exemption.objects.order_by("id")
    assert first.follows is None
    assert second.follows == first.request.revocation
    assert third.follows == second.request.revocation
    twice = {field: getattr(third, field) for field in ("request", "holder", "programme", "code", "follows")}
    with pytest.raises(IntegrityError), transaction.atomic():
        Exemption.objects.create(**twice, granted_at=third.granted_at)
    assert verify.check(verify.issue(KIND, row.uuid))[1].status == "valid"


def test_who_may_and_with_what(crew, granted):
    for other in (crew.reviewer, crew.admin, granted.person, member("assessor", college())):
        with pytest.raises(NotAllowed):
            revoke_exemption(other, granted, reason="不对")
    with pytest.raises(Invalid):
        revoke_exemption(crew.assessor, granted, reason=" ")
    own = ask_exemption(crew.assessor, granted.plan_version.plan, course_result(crew.assessor).uuid)
    with pytest.raises(Conflict) as refused:
        revoke_exemption(member("assessor", assessor()), own, reason="还没有同意")
    assert refused.value.code == "not_granted"
    decide_exemption(member("assessor", assessor()), own, approve=True, reason="符合")
    with pytest.raises(NotAllowed) as refused:
        revoke_exemption(crew.assessor, own, reason="自己的")
    assert refused.value.code == "own_case"
    assert not ExemptionRevocation.objects.exists()


def test_not_while_credits_of_the_certificate_stand(crew, granted):
    """The college takes the recognition back first; then, and not before, the exemption goes."""
    learner, home = granted.person, programme()
    paper = certificate(learner, level=4, issuer=assessor(), issued_on=today())
    verify_outcome(crew.assessor, paper, method="issuer")
    version = rule_version(home, code="electrician-4", level=4)
    case = submit(learner, Wish(paper.uuid, version.rule.code, 1))
    case = decide(crew.reviewer, case, approve=True, reason="相符")
    assert case.state == "approved"
    with pytest.raises(Conflict) as refused:
        revoke_exemption(crew.assessor, granted, reason="成绩登记有误")
    assert refused.value.code == "rests_on_it"
    assert refused.value.details == {"applications": [str(case.uuid)], "college": home.organisation.code}
    assert home.organisation.name in str(refused.value.message)
    reverse_recognition(crew.admin, case, reason="免考有误")
    row = revoke_exemption(crew.assessor, granted, reason="成绩登记有误")
    (event,) = OutboxEvent.objects.filter(kind="exemption.revoked")
    assert (row.state, event.payload["certificates"]) == ("revoked", [str(paper.uuid)])


def test_certificates_of_others_and_of_before_have_nothing_to_do_with_it(crew, granted):
    learner, home = granted.person, programme()
    before = certificate(learner, level=4, issuer=college("other-body", "别的机构"), issued_on=today())
    verify_outcome(member("assessor", college("other-body")), before, method="issuer")
    version = rule_version(home, code="electrician-4", level=4)
    decide(crew.reviewer, submit(learner, Wish(before.uuid, version.rule.code, 1)), approve=True, reason="符")
    assert revoke_exemption(crew.assessor, granted, reason="有误").state == "revoked"


def test_the_pages(client, crew, granted):
    crew.assessor.groups.add(staff_group())
    client.force_login(crew.assessor)
    case = reverse("creditbank_exemption", args=[granted.uuid])
    assert "撤销免考" in client.get(case).content.decode()
    assert client.post(case, {"action": "revoke", "reason": ""}).status_code == 422
    assert client.post(case, {"action": "revoke", "reason": "成绩登记有误"}).status_code == 302
    assert client.post(case, {"action": "revoke", "reason": "再来"}).status_code == 409
    queue = client.get(reverse("creditbank_exemptions"), {"state": "revoked"}).content.decode()
    assert case in queue
    assert "成绩登记有误" in client.get(case).content.decode()
    client.force_login(granted.person)
    page = client.get(reverse("credit:dual_exemption", args=[granted.uuid])).content.decode()
    assert "这份免考已被撤销" in page
    assert "成绩登记有误" in page


def test_by_api(client, crew, granted):
    def call(who, body):
        client.force_login(who)
        path = f"/api/v1/credit/dual/requests/{granted.uuid}/revocation"
        answer = client.post(path, json.dumps(body), content_type="application/json")
        return answer.status_code, answer.json()

    for other in (granted.person, crew.admin, member("assessor", college())):
        assert call(other, {"reason": "不对"})[0] == 404
    assert call(crew.assessor, {"reason": ""})[0] == 422
    status, told = call(crew.assessor, {"reason": "成绩登记有误"})
    assert (status, told["state"], told["revoked_reason"], told["code"]) == (
        200,
        "revoked",
        "成绩登记有误",
        "",
    )
    client.force_login(granted.person)
    (mine,) = client.get("/api/v1/credit/dual/exemptions").json()
    assert (mine["state"], mine["revoked_reason"]) == ("revoked", "成绩登记有误")


def test_with_the_person_the_words_go(crew, granted):
    revoke_exemption(crew.assessor, granted, reason="成绩登记有误")
    erase(granted.person)
    assert ExemptionRevocation.objects.get().reason == ""


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_several_assessors_at_once_one_takes_it_back(crew, granted):
    crowd = [member("assessor", assessor(), f"考评{n}") for n in range(4)]
    tasks = [lambda who=who: revoke_exemption(who, granted, reason="成绩有误") for who in crowd]
    assert len(won(at_once(*tasks))) == 1
    assert ExemptionRevocation.objects.count() == 1
    row = ask_exemption(granted.person, granted.plan_version.plan, granted.outcome.uuid)
    tasks = [lambda who=who: decide_exemption(who, row, approve=True, reason="已更正") for who in crowd]
    assert len(won(at_once(*tasks))) == 1
    assert Exemption.objects.count() == 2
