"""What officers, objectors and applicants meet on their pages: a case handed to a colleague, notices that have ended early, answers that were
refused, and whose cases stand in one's list."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Conflict, NotAllowed
from lms.lib.verify import services as verify
from lms.training.lifecycle import queries, services
from lms.training.lifecycle.models import Delegation
from lms.training.papers.models import Paper
from lms.training.papers.services import KIND
from tests.factories.accounts import MembershipFactory, OrganisationFactory, UserFactory, member
from tests.learning.clients import signed_in

pytestmark = pytest.mark.django_db


def staff(user):
    return signed_in(user, staff=True)


def test_a_case_is_handed_to_a_colleague_from_its_page(bureau):
    case = bureau.by(bureau.officer, bureau.filed(), "accept")
    address = reverse("training_case", args=[case.uuid])
    given = {
        "act": "delegate",
        "to": bureau.second.pk,
        "first_day": today().isoformat(),
        "last_day": (today() + timedelta(days=2)).isoformat(),
        "reason": "外出开会",
    }
    page = staff(bureau.officer).get(address).content.decode()
    assert 'value="delegate"' in page
    assert staff(bureau.officer).post(address, given | {"reason": ""}).status_code == 422
    assert not Delegation.objects.exists()
    done = staff(bureau.officer).post(address, given)
    assert done.status_code == 302
    row = Delegation.objects.get()
    assert (row.giver, row.to, row.first_day, row.reason) == (
        bureau.officer,
        bureau.second,
        today(),
        "外出开会",
    )
    assert bureau.by(bureau.second, case, "pass").state == "notice"


def test_who_may_not_hand_it_on_or_answer_sees_no_form_for_it(bureau):
    case = bureau.announced()
    services.object_to(UserFactory(), case.notices.get(), "设备是借来的")
    address = reverse("training_case", args=[case.uuid])
    mine, others = (staff(user).get(address).content.decode() for user in (bureau.officer, bureau.second))
    for press in ("delegate", "dismiss", "uphold_objection"):
        assert f'value="{press}"' in mine
        assert f'value="{press}"' not in others
    assert "由经办人员答复" in others


def test_what_was_typed_as_an_answer_stands_there_again_when_it_is_refused(bureau):
    case = bureau.announced()
    row = services.object_to(UserFactory(), case.notices.get(), "设备是借来的")
    sent = {"act": "dismiss", "objection": str(row.uuid), "text": "查过了。" * 300}
    page = staff(bureau.officer).post(reverse("training_case", args=[case.uuid]), sent)
    assert page.status_code == 422
    assert "查过了。" * 300 in page.content.decode()


def left(bureau, clock, how):
    """A case taken out of its running notice."""
    case = bureau.announced()
    if how == "withdraw":
        return bureau.by(bureau.clerk, case, "withdraw")
    case = bureau.by(bureau.officer, case, how, reason="内部的原因")
    if how == "again":
        case = bureau.by(bureau.officer, case, "pass")
    return case


@pytest.mark.parametrize("how", ["refuse", "again", "withdraw"])
def test_a35_a_notice_whose_case_was_taken_out_of_it_runs_no_more(bureau, clock, how):
    case = left(bureau, clock, how)
    first = case.notices.order_by("pk").first()
    someone = UserFactory()
    client = signed_in(someone)
    page = client.get(reverse("cases:notice", args=[first.uuid])).content.decode()
    assert "公示已经提前结束" in page
    assert str(case.stands.label) in page
    assert "提异议" not in page
    with pytest.raises(Conflict, match="提前结束") as refused:
        services.object_to(someone, first, "设备是借来的")
    assert refused.value.code == "notice_closed"
    listed = client.get(reverse("cases:notices")).content.decode()
    assert listed.count("公示中") == (1 if how == "again" else 0)
    assert listed.count("已提前结束") == 1
    paper = Paper.objects.filter(case=case, template="P03").order_by("pk").first()
    found = verify.check(verify.issue(KIND, paper.uuid))[1]
    assert found.status == "revoked"
    if how == "refuse":
        assert "内部的原因" not in str(found)
        assert "不予认定" in str(found)
    if how == "again":
        newest = case.notices.order_by("pk").last()
        assert services.object_to(someone, newest, "设备是借来的").pk


def test_a35_after_its_last_day_a_notice_is_over_and_nothing_more(bureau, clock):
    case = bureau.named(clock)
    page = Client().get(reverse("cases:notice", args=[case.notices.get().uuid])).content.decode()
    assert "公示期已经结束" in page
    assert "提前结束" not in page
    paper = Paper.objects.get(case=case, template="P03")
    assert verify.check(verify.issue(KIND, paper.uuid))[1].status == "valid"


def test_a35_whoever_worked_on_it_for_the_authority_does_not_object_to_it(bureau):
    case = bureau.announced()
    with pytest.raises(NotAllowed, match="办理过") as refused:
        services.object_to(bureau.officer, case.notices.get(), "我自己觉得不行")
    assert refused.value.code == "took_part"
    assert services.object_to(bureau.second, case.notices.get(), "设备是借来的").pk


def test_a35_an_objector_finds_the_way_back_to_the_answer(bureau, clock):
    case, someone = bureau.announced(), UserFactory()
    notice = case.notices.get()
    row = services.object_to(someone, notice, "设备是借来的")
    services.answer(bureau.officer, row, upheld=False, text="设备是自有的")
    clock.move_to((notice.last_day + timedelta(days=3)).isoformat() + "T12:00:00+08:00")
    client, way = signed_in(someone), reverse("cases:objection", args=[notice.uuid])
    assert way in client.get(reverse("cases:notice", args=[notice.uuid])).content.decode()
    listed = client.get(reverse("cases:notices")).content.decode()
    assert way in listed
    assert row.number in listed
    assert "设备是自有的" in client.get(way).content.decode()
    for other in (signed_in(UserFactory()), Client()):
        assert row.number not in other.get(reverse("cases:notices")).content.decode()


def test_ones_list_has_the_cases_that_ones_role_there_opens(bureau):
    case = bureau.filed()
    school = OrganisationFactory(name="青溪技师学院", kind="college")
    teacher = member("teacher", bureau.firm)
    # Of another body they are the HR; that says nothing here.
    MembershipFactory(user=teacher, organisation=school, role="hr")
    assert queries.own(teacher).rows == []
    assert [row.pk for row in queries.own(bureau.clerk).rows] == [case.pk]
    for row in queries.own(teacher).rows:
        assert queries.own_case(teacher, row.uuid)


class TestPlatform:
    """Administrators of the platform read everything and decide nothing in an authority's name (A26)."""

    def test_they_publish_no_plan_and_set_no_target(self, bureau):
        from lms.training.bundles import services as bundles
        from lms.training.yearly_plans import services as plans

        root = UserFactory(is_superuser=True)
        before = AuditRow.objects.count()
        for act in (
            lambda: plans.begin(root, bureau.authority, 2026, plans.Words("2026 年度公需科目计划")),
            lambda: bundles.set_target(root, 2026, bureau.authority, None, bundles.Figures(99_999)),
        ):
            with pytest.raises(NotAllowed) as refused:
                act()
            assert refused.value.code == "not_of_the_body"
        assert AuditRow.objects.count() == before

    def test_who_is_also_an_officer_there_acts_as_one(self, bureau):
        from lms.training.bundles import services as bundles

        root = member("officer", bureau.authority)
        root.is_superuser = True
        root.save(update_fields=["is_superuser"])
        made = bundles.set_target(root, 2026, bureau.authority, None, bundles.Figures(10))
        assert AuditRow.objects.filter(target=made.uuid, role="officer", person=root.uuid).count() == 1
