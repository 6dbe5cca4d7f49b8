"""Who may deposit what: nobody has said so, it is refused, with who can allow it; in lists, in requests, and once more when
it is written."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from creditbank.deposits.services import accept, upload
from creditbank.outcomes import rights
from creditbank.outcomes.catalogue import Entry, save_entry
from creditbank.outcomes.models import CatalogueEntry, LearningOutcome, OutcomeKind
from lms.accounts.models import Organisation
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Invalid, NotAllowed
from tests.creditbank.deposits.lists import faults, row, run, xlsx
from tests.creditbank.deposits.test_requests import Program, item
from tests.factories.creditbank import SYSTEM, college, entitled, member

pytestmark = pytest.mark.django_db
SINCE = date(2024, 1, 1)
SKILL, COURSE = OutcomeKind.SKILL, OutcomeKind.COURSE


def body(kind="provider"):
    made = college("huaxin", "华新培训中心")
    Organisation.objects.filter(pk=made.pk).update(kind=kind)
    made.refresh_from_db()
    return made


def enter(client, user):
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(user)


def allow(kind=SKILL, *, allowed=True, since=SINCE, **whose):
    return rights.set_right(
        SYSTEM, kind=kind, allowed=allowed, valid_from=since, source="测试规定 3 号", **whose
    )


def catalogue(*issuers, levels=(5, 4, 3), since=date(2020, 1, 1), until=None):
    found = CatalogueEntry.objects.filter(kind=SKILL, occupation_code="6-31-01-03").first()
    entry = Entry(SKILL, "电工", "6-31-01-03", levels, issuers, (), since, "测试目录", valid_until=until)
    return save_entry(SYSTEM, entry, found)


def said_of(home, *rows):
    who = member("assessor", home)
    batch = run(upload(who, home, xlsx(*rows)))
    return [(column, sentence) for _row, column, sentence in faults(batch)]


def test_nobody_has_allowed_it():
    home = body()
    catalogue(home.name)
    ((column, sentence),) = said_of(home, row("李明", "P7654321"))
    assert column == "成果类型"
    assert "没有规定本机构可以存入职业技能等级证书" in sentence
    assert "主管部门" in sentence
    assert "发证范围" in sentence
    assert not LearningOutcome.objects.exists()


def test_a_right_of_its_sort_its_own_and_one_that_is_taken_back():
    home = body()
    catalogue(home.name)
    allow(organisation_kind="provider")
    assert rights.rights_of(home, today())[SKILL].allowed
    assert not said_of(home, row("李明", "P7654321"))
    # Its own row goes before that of its sort, from its day on.
    allow(allowed=False, since=today(), organisation=home)
    ((_column, sentence),) = said_of(home, row("王芳", "P7654322"))
    assert "不再存入" in sentence
    assert "测试规定 3 号" in sentence
    assert rights.rights_of(home, today() - timedelta(days=1))[SKILL].allowed
    allow(organisation_kind="college", kind=COURSE)
    assert COURSE not in rights.rights_of(home, today())


def test_what_begins_tomorrow_does_not_hold_today():
    home = body()
    catalogue(home.name)
    allow(organisation=home, since=today() + timedelta(days=1))
    assert "没有规定" in said_of(home, row("李明", "P7654321"))[0][1]
    assert [row.organisation for row in rights.rows_to_come(today())] == [home]


@pytest.mark.parametrize(
    ("entry", "column", "said"),
    [
        (None, "职业编码", "证书目录里没有 2024-06-01 有效的“6-31-01-03”"),
        ({"issuers": ("申江职业技能评价中心",)}, "职业编码", "没有列出本机构"),
        ({"issuers": ()}, "职业编码", "没有列出本机构"),
        ({"until": date(2024, 5, 31)}, "职业编码", "没有 2024-06-01 有效的"),
        ({"levels": (5, 4)}, "等级", "没有这个等级"),
    ],
)
def test_the_catalogue_has_to_name_the_institution(entry, column, said):
    home = body()
    allow(organisation=home)
    if entry is not None:
        catalogue(*entry.pop("issuers", (home.name,)), **entry)
    ((where, sentence),) = said_of(home, row("李明", "P7654321"))
    assert (where, said in sentence) == (column, True), sentence


def test_what_no_catalogue_has_needs_the_right_alone():
    home = body("college")
    course = {
        "名称": "电工基础",
        "kind": "学历课程成绩",
    }
    heading = ("成果类型", "姓名", "手机号", "名称", "课程代码", "学分", "日期")
    line = (course["kind"], "李明", "13900139001", course["名称"], "EL101", "4", "2025-01-12")
    who = member("assessor", home)
    batch = run(upload(who, home, xlsx(line, heading=heading)))
    assert batch.state == "faulty"
    allow(COURSE, organisation_kind="college")
    batch = run(upload(who, home, xlsx(line, heading=heading)))
    assert batch.state == "ready"


def test_a_right_that_ends_between_plan_and_writing_writes_nothing():
    home = body()
    catalogue(home.name)
    allow(organisation=home)
    who = member("assessor", home)
    batch = run(upload(who, home, xlsx(row("李明", "P7654321"))))
    allow(allowed=False, since=today(), organisation=home)
    batch = run(accept(who, batch))
    assert batch.state == "ready"
    assert "不再存入" in batch.message
    assert batch.rows.get().state == "planned"


def test_a_program_is_told_the_same(client):
    home = body()
    program = Program(client, home)
    status, answer = program.post([item("李明", "P7654321")])
    assert (status, answer["code"]) == (422, "invalid_items")
    (fault,) = answer["details"]["items"]
    assert (fault["index"], fault["field"]) == (0, "kind")
    assert "主管部门" in fault["message"]
    status, scope = program.get("/scope")
    assert status == 200
    assert not any(line["allowed"] for line in scope)
    entitled(home, SKILL)
    status, scope = program.get("/scope")
    assert [line["kind"] for line in scope if line["allowed"]] == [SKILL]
    assert next(line for line in scope if line["kind"] == SKILL)["catalogue"] == ["电工"]
    assert program.post([item("李明", "P7654321")], key="k-2")[0] == 201


def test_only_an_authority_says_so_and_it_is_written_down():
    home = body()
    authority = college("ju", "申江市人力资源和社会保障局")
    values = {"kind": SKILL, "allowed": True, "valid_from": SINCE, "source": "规定"}
    for role in ("admin", "assessor", "reviewer"):
        with pytest.raises(NotAllowed):
            rights.set_right(member(role, home), organisation=home, **values)
    officer = member("officer", authority)
    for wrong in (
        {"organisation": None},
        {"organisation_kind": "provider"},
        {"source": " "},
        {"kind": "x"},
        {"organisation": None, "organisation_kind": "bank"},
    ):
        with pytest.raises(Invalid):
            rights.set_right(officer, **{"organisation": home, **values, **wrong})
    made = rights.set_right(officer, organisation=home, **values)
    assert AuditRow.objects.filter(action="issuing_right.set", target=home.uuid).exists()
    with pytest.raises(TypeError):
        made.delete()


def test_the_screen_of_those_who_decide_and_the_scope_on_the_issuers_page(client):
    home = body()
    enter(client, member("officer", college("ju", "申江市人力资源和社会保障局")))
    address = reverse("creditbank_right_new")
    said = {"kind": SKILL, "allowed": "yes", "valid_from": "2024-01-01", "source": "测试规定 3 号"}
    refused = client.post(address, {**said, "organisation": "huaxin", "organisation_kind": "provider"})
    assert (refused.status_code, "两者选一" in refused.content.decode()) == (422, True)
    assert client.post(address, {**said, "organisation": "nobody"}).status_code == 422
    assert client.post(address, {**said, "organisation": "HUAXIN"}).status_code == 302
    assert client.post(address, {**said, "organisation_kind": "union"}).status_code == 302
    page = client.get(reverse("creditbank_rights")).content.decode()
    assert home.name in page
    assert "所有工会" in page
    who = member("assessor", home)
    enter(client, who)
    assert client.get(reverse("creditbank_rights")).status_code == 403
    page = client.get(reverse("creditbank_deposits", args=[home.code])).content.decode()
    assert "测试规定 3 号" in page
    assert "限目录里列为发证机构的" in page
    assert "尚未设定" in page
