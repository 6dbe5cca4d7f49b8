"""A draft's effect counted in the background: who may ask, what comes of it, and which numbers are not told."""

import pytest
from django.urls import reverse

from creditbank.rules.drafts import effect
from creditbank.rules.drafts.effect import figures, order_effect, within
from creditbank.rules.drafts.services import discard_draft, save_draft
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.jobs.models import Job
from lms.lib.jobs.services import run
from tests.creditbank.rules.house import House
from tests.creditbank.rules.test_staff_pages import signed_in, text
from tests.factories.creditbank import certificate, member, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return House()


def counted(user, draft):
    job = order_effect(user, draft)
    run(job.id)
    job.refresh_from_db()
    draft.refresh_from_db()
    return job


def test_the_count_stands_beside_the_draft(house):
    for _ in range(6):
        certificate(person(), issuer=house.home)
    for _ in range(7):
        certificate(person(), issuer=house.home, level=5)
    draft = house.submitted()
    page = reverse("creditbank_draft", args=[draft.uuid])
    reviewer = signed_in(house.reviewers[0])
    assert "估算影响" in text(reviewer.get(page))
    assert reviewer.post(page, {"action": "effect"}).status_code == 302
    assert "刷新" in text(reviewer.get(page))
    assert reviewer.post(page, {"action": "effect"}).status_code == 409
    job = Job.objects.get()
    run(job.id)
    job.refresh_from_db()
    assert (job.state, job.result["qualify"]) == ("done", 6), job.message
    draft.refresh_from_db()
    shown = effect.shown(draft)
    assert dict(shown.figures) == {
        "本校学员": "13",
        "有这条规则认可的成果": "6",
        "会按这条规则得到认定": "6",
        "其中成果都已核实": "0",
        "总学分会比现在多": "6",
        "合计给出的学分": "30",
    }
    assert [number for _sentence, number in shown.reasons] == ["7"]
    assert "重新估算" in text(reviewer.get(page))
    assert AuditRow.objects.filter(action="rule_draft.effect", person=house.reviewers[0].uuid).count() == 1


def test_a_changed_draft_says_that_its_numbers_are_old(house):
    draft = house.draft()
    counted(house.editor, draft)
    assert not effect.shown(draft).stale
    save_draft(house.editor, draft, house.said(level=4))
    draft.refresh_from_db()
    assert effect.shown(draft).stale
    job = order_effect(house.editor, draft)
    save_draft(house.editor, draft, house.said(level=3))
    run(job.id)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "重新估算" in job.message


@pytest.mark.parametrize("role", ["teacher", "hr", "auditor"])
def test_who_may_not_ask(house, role):
    with pytest.raises(NotAllowed):
        order_effect(member(role, house.home), house.draft())
    with pytest.raises(NotAllowed):
        order_effect(House("other", "另一所学校").editor, house.draft(title="另一条"))
    assert not Job.objects.exists()


def test_what_is_not_counted(house):
    with pytest.raises(Invalid):
        order_effect(house.editor, house.draft(courses=[]))
    with pytest.raises(Conflict):
        order_effect(house.editor, house.draft(title="停止", ends=True))
    gone = discard_draft(house.editor, house.draft(title="作废"), reason="不要了")
    with pytest.raises(Conflict):
        order_effect(house.editor, gone)


def test_small_groups_are_not_told_nor_given_away():
    assert [within(None, count) for count in (0, 1, 4, 5, 90)] == ["0", "少于 5", "少于 5", "5", "90"]
    # 98 of 100 would tell of the other two.
    assert (within(100, 98), within(100, 95), within(100, 100)) == ("几乎全部", "95", "100")
    some = {"learners": 50, "touched": 4, "qualify": 3, "verified": 1, "gain": 3, "centicredits": 900}
    said = figures(some)
    assert [number for _label, number in said] == ["50", "少于 5", "少于 5", "少于 5", "少于 5"]
