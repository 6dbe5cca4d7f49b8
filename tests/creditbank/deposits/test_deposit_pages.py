"""The issuer's screens without JavaScript: upload, plan, report, accept; the template that comes back as a list."""

import io

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from openpyxl import load_workbook

from creditbank.deposits.models import DepositBatch
from creditbank.deposits.rules import HEADINGS
from creditbank.outcomes.models import LearningOutcome
from tests.creditbank.deposits.lists import assessor, issuer, reached, row, run, xlsx
from tests.factories.creditbank import college, member, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def depositor(client):
    user = assessor()
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(user)
    return user


def shown(client, batch):
    return client.get(reverse("creditbank_deposit", args=[batch.uuid])).content.decode()


def test_a_list_goes_its_way_by_forms_alone(client, depositor):
    learner = person("李明")
    lists = reverse("creditbank_deposits", args=["assess"])
    assert client.get(reverse("creditbank_deposits_first"))["Location"] == lists
    assert "还没有存入过" in client.get(lists).content.decode()
    assert client.post(lists, {}).status_code == 422
    file = xlsx(row("李明", phone=reached(learner)), row("王芳", phone="13900139000"))
    content = file.read()
    file.seek(0)
    answer = client.post(lists, {"file": file})
    batch = DepositBatch.objects.get()
    address = reverse("creditbank_deposit", args=[batch.uuid])
    assert answer["Location"] == address
    assert "看看到哪一步了" in shown(client, batch)
    run(batch)
    page = shown(client, batch)
    assert "共 2 行，没有问题：新存入 2 项" in page
    again = client.post(lists, {"file": io.BytesIO(content)})
    assert DepositBatch.objects.count() == 1 or again.status_code == 302
    client.post(address, {"action": "accept"})
    batch.refresh_from_db()
    run(batch)
    assert "已存入：共 2 行" in shown(client, batch)
    assert LearningOutcome.objects.get().holder == learner
    assert client.post(address, {"action": "discard"}).status_code == 409


def test_the_report_names_row_and_column(client, depositor):
    client.post(
        reverse("creditbank_deposits", args=["assess"]), {"file": xlsx(row("", "P7654321", 职业编码="=A1"))}
    )
    batch = run(DepositBatch.objects.get())
    page = shown(client, batch)
    assert "有 2 处问题，整份都没有存入" in page
    assert "公式" in page
    answer = client.get(reverse("creditbank_deposit_report", args=[batch.uuid]))
    rows = list(load_workbook(io.BytesIO(answer.content)).active.values)
    assert rows[0] == ("行", "列", "问题")
    assert [line[:2] for line in rows[1:]] == [(2, "职业编码"), (2, "姓名")]
    client.post(reverse("creditbank_deposit", args=[batch.uuid]), {"action": "discard"})
    assert "已放弃" in shown(client, batch)


def test_the_template_is_a_list_without_rows(client, depositor):
    answer = client.get(reverse("creditbank_deposits_template"))
    book = load_workbook(io.BytesIO(answer.content))
    assert next(book["名单"].values) == tuple(HEADINGS)
    explained = [line for line in book["填写说明"].values if line[0] == "学历课程成绩"]
    assert "课程代码" in explained[0][1]
    assert "成绩" in explained[0][2]


def test_others_find_nothing(client, depositor):
    client.post(reverse("creditbank_deposits", args=["assess"]), {"file": xlsx(row(phone="13900139000"))})
    batch = DepositBatch.objects.get()
    for role, body in (("reviewer", issuer()), ("assessor", college("other", "别的"))):
        user = member(role, body)
        user.user_permissions.add(Permission.objects.get(codename="access_admin"))
        client.force_login(user)
        for name in ("creditbank_deposit", "creditbank_deposit_report"):
            assert client.get(reverse(name, args=[batch.uuid])).status_code in {403, 404}
        assert client.get(reverse("creditbank_deposits", args=["assess"])).status_code in {403, 404}
