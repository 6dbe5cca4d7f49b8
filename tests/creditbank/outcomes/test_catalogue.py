"""The catalogue: who keeps it, how it is searched, what it covers (A76), and the dated equivalents of levels (A78)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from creditbank.outcomes import catalogue
from creditbank.outcomes.models import CatalogueEntry, OutcomeKind
from creditbank.outcomes.services import Deposit, deposit
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed
from tests.factories.creditbank import SYSTEM, certificate, college, member, person

pytestmark = pytest.mark.django_db
ELECTRICIAN = catalogue.Entry(
    kind=OutcomeKind.SKILL,
    name="电工",
    occupation_code="6-31-01-03",
    levels=[3, 5, 4],
    issuers=["申江职业技能评价中心", " "],
    assessor_types=["social"],
    valid_from=date(2022, 1, 1),
    source="测试目录文件",
)
WIRING = replace(ELECTRICIAN, kind=OutcomeKind.ABILITY, name="智能家居布线", occupation_code="", levels=[])


def ability(**changes):
    values = {
        "kind": OutcomeKind.ABILITY,
        "title": "智能家居布线",
        "occupation_code": "",
        "level": None,
        "issuer_name": "申江职业技能评价中心",
        "number": "ZX-2024-0007",
        "issued_on": date(2024, 6, 1),
        "assessor_type": "government",
    }
    return Deposit(**values | changes)


def test_officers_keep_it_and_each_change_is_a_row():
    officer = member("officer", college("sjrs", "申江人社"))
    made = catalogue.save_entry(officer, ELECTRICIAN)
    assert made.levels == [5, 4, 3]
    assert made.issuers == ["申江职业技能评价中心"]
    catalogue.save_entry(officer, replace(ELECTRICIAN, validity_months=36), made)
    rows = AuditRow.objects.filter(target=made.uuid).order_by("id")
    assert [row.action for row in rows] == ["catalogue.add", "catalogue.change"]
    assert rows[1].data["changed"] == ["validity_months"]
    with pytest.raises(Conflict):
        catalogue.save_entry(officer, ELECTRICIAN)
    for stranger in (person("路人"), member("admin", college())):
        with pytest.raises(NotAllowed):
            catalogue.save_entry(stranger, ELECTRICIAN)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"occupation_code": "6-31"}, "occupation_code"),
        ({"occupation_code": ""}, "occupation_code"),
        ({"levels": []}, "levels"),
        ({"levels": [9]}, "levels"),
        ({"source": ""}, "source"),
        ({"valid_until": date(2021, 1, 1)}, "valid_until"),
        ({"kind": OutcomeKind.COURSE}, "kind"),
    ],
)
def test_what_an_entry_needs(change, field):
    with pytest.raises(Invalid) as refusal:
        catalogue.save_entry(SYSTEM, replace(ELECTRICIAN, **change))
    assert refusal.value.details["field"] == field
    assert not CatalogueEntry.objects.exists()


def test_it_is_found_by_a_part_of_the_name_and_by_code_while_it_holds():
    catalogue.save_entry(SYSTEM, ELECTRICIAN)
    catalogue.save_entry(
        SYSTEM, replace(ELECTRICIAN, name="焊工", occupation_code="6-18-02-04 S", digital=True)
    )
    over = replace(ELECTRICIAN, name="旧电工", valid_until=today() - timedelta(days=1))
    catalogue.save_entry(SYSTEM, over)

    def names(words):
        return [entry.name for entry in catalogue.find(words, today())]

    assert names("电 工") == names("6-31") == ["电工"]
    assert names("") == ["焊工", "电工"]
    assert names("%") == names("没有的") == []
    assert CatalogueEntry.objects.get(name="焊工").marks == "S"


def test_special_ability_of_a_covered_occupation_is_refused_with_the_reason():
    catalogue.save_entry(SYSTEM, ELECTRICIAN)
    for covered in (ability(occupation_code="6-31-01-03 L"), ability(title=" 电工 ")):
        with pytest.raises(Invalid) as refusal:
            deposit(person(), covered)
        assert refusal.value.code == "occupation_covered"
        for word in ("电工", "职业技能等级证书", "测试目录文件"):
            assert word in refusal.value.message
    with pytest.raises(Invalid):
        catalogue.save_entry(SYSTEM, replace(WIRING, occupation_code="6-31-01-03"))
    # Not covered, or not yet covered when it was issued.
    assert deposit(person(), ability()).status == "submitted"
    assert deposit(
        person(), ability(occupation_code="6-31-01-03", issued_on=date(2021, 6, 1), number="ZX-2")
    ).pk
    assert catalogue.save_entry(SYSTEM, WIRING).kind == OutcomeKind.ABILITY


def test_an_outcome_takes_level_and_validity_from_its_entry():
    entry = catalogue.save_entry(SYSTEM, replace(ELECTRICIAN, validity_months=36))
    outcome = certificate(person(), entry=entry)
    assert (outcome.entry, outcome.expires_on) == (entry, date(2027, 6, 1))
    with pytest.raises(Invalid) as refusal:
        certificate(person(), entry=entry, level=2)
    assert refusal.value.details["field"] == "level"


def test_equivalents_are_dated_and_unset_until_a_source_says_so():
    officer = member("officer", college("sjrs", "申江人社"))
    assert catalogue.equivalent_on(3, today()) is None
    for professional, day in (
        ("assistant", date(2024, 1, 1)),
        ("middle", date(2025, 1, 1)),
        ("", date(2026, 1, 1)),
    ):
        catalogue.set_equivalent(
            officer, level=3, professional=professional, valid_from=day, source="测试文件"
        )
    assert catalogue.equivalent_on(3, date(2023, 12, 31)) is None
    assert catalogue.equivalent_on(3, date(2024, 6, 1)).professional == "assistant"
    assert catalogue.equivalent_on(3, date(2025, 6, 1)).professional == "middle"
    assert catalogue.equivalent_on(3, date(2026, 6, 1)) is None
    shown = dict(catalogue.equivalents(date(2025, 6, 1)))
    assert [level for level, row in shown.items() if row] == [3]
    assert next(iter(shown)) == 6
    with pytest.raises(NotAllowed):
        catalogue.set_equivalent(person(), level=3, professional="middle", valid_from=today(), source="x")
    with pytest.raises(Invalid):
        catalogue.set_equivalent(officer, level=3, professional="middle", valid_from=today(), source=" ")
