"""Real connections at the same moment: two officers decide, one wins; numbers are given once; a body has one open case."""

from datetime import date

import pytest

from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict
from lms.training.bases.models import Base
from lms.training.bases.process import CODE
from lms.training.lifecycle import services
from lms.training.lifecycle.models import Act, Case, Objection
from lms.training.lifecycle.services import Said
from tests.factories.accounts import UserFactory
from tests.races import at_once, won
from tests.training.cases import Bureau, after, ruled

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_two_officers_decide_at_once_and_one_wins(clock):
    bureau = Bureau()
    case = bureau.filed()
    seen = Case.objects.get(pk=case.pk)
    results = at_once(
        *[
            lambda user=user, name=name: services.act(user, seen, name, Said("理由"))
            for user, name in ((bureau.officer, "accept"), (bureau.second, "ask")) * 3
        ]
    )
    assert len(won(results)) == 1
    lost = [result for result in results if result not in won(results)]
    assert {(type(item), item.code) for item in lost} == {(Conflict, "moved_on")}
    assert all("已由" in str(item.message) for item in lost)
    assert Act.objects.filter(case=case).count() == 2
    assert AuditRow.objects.filter(target=case.uuid, action__in=["case.accept", "case.ask"]).count() == 1


def test_one_plaque_though_several_press(clock):
    bureau = Bureau()
    case = bureau.announced()
    after(clock, case.due_on)
    seen = Case.objects.get(pk=case.pk)
    results = at_once(*[lambda: services.act(bureau.officer, seen, "name")] * 4)
    assert len(won(results)) == 1
    assert Base.objects.count() == 1


def test_numbers_are_given_once_and_without_gaps(clock):
    bureau = Bureau()
    drafts = []
    for number in range(4):
        body, clerk = bureau.other(f"厂{number}")
        drafts.append((clerk, bureau.complete(body=body, clerk=clerk)))
    at_once(
        *[lambda clerk=clerk, case=case: services.act(clerk, case, "submit") for clerk, case in drafts],
        refused=(),
    )
    numbers = sorted(Case.objects.values_list("number", flat=True))
    assert numbers == [f"JD-2026-{place:05d}" for place in range(1, 5)]


def test_a_body_opens_one_case(clock):
    bureau = Bureau()
    results = at_once(*[lambda: services.begin(bureau.clerk, CODE, bureau.firm, bureau.authority)] * 4)
    assert len(won(results)) == 1
    assert Case.objects.count() == 1


def test_objections_are_numbered_once(clock):
    bureau = Bureau()
    notice = bureau.announced().notices.get()
    people = [UserFactory() for _ in range(4)]
    at_once(*[lambda user=user: services.object_to(user, notice, "有异议") for user in people], refused=())
    assert Objection.objects.values("number").distinct().count() == 4


def test_rules_of_several_have_a_version_each(clock):
    bureau = Bureau()
    at_once(*[lambda: ruled(bureau.authority, date(2026, 5, 1))] * 3, refused=())
    assert services.rule_on(CODE, bureau.authority, date(2026, 5, 1)).version == 4
