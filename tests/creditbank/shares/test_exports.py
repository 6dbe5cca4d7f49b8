"""Exports: only who agreed, a receipt for each, what failed and why, tried again, and nothing of whoever took it back."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from creditbank.applications.services import decide
from creditbank.ledger.models import Transaction
from creditbank.ledger.services import reverse as reverse_posting
from creditbank.shares import exports, services
from creditbank.shares.models import ShareLook
from creditbank.shares.services import Wish
from lms.lib.clock import today
from lms.lib.errors import Invalid, NotAllowed
from lms.lib.verify import services as verify
from tests.creditbank.applications.cases import House
from tests.factories.creditbank import SYSTEM, booked, college, member, person, programme, rule_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    user = member("hr", college())
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    return user


def agreed(name="李明", title="安全生产", **fields):
    user = person(name)
    booked(user.uuid, 900, evidence={"title": title})
    said = {"organisation": college().uuid, "for_export": True} | fields
    return services.create_share(
        user, Wish(purpose="评职称", until=today() + timedelta(days=9), name_form="real", **said)
    )


def rows_of(raw):
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠"])
def test_no_cell_begins_like_a_formula(clerk, sign):
    """Also in the wide forms, which spreadsheets of this country take for the same."""
    agreed(title=f"{sign}cmd|' /C calc'!A0")
    (row,) = rows_of(exports.as_csv(clerk, exports.make_export(clerk, college(), "职称申报")))
    assert row["title"] == f"'{sign}cmd|' /C calc'!A0"


def test_only_who_agreed_each_with_a_receipt(clerk):
    agreed()
    agreed("王芳", "=1+1")
    agreed("赵刚", for_export=False)
    agreed("孙丽", organisation=college("other", "别的学院").uuid)
    export = exports.make_export(clerk, college(), "2026 年职称申报")
    rows = rows_of(exports.as_csv(clerk, export))
    assert [(row["name"], row["title"], row["hours"]) for row in rows] == [
        ("李明", "安全生产", "9"),
        ("王芳", "'=1+1", "9"),
    ]
    for row in rows:
        _code, verdict = verify.check(row["receipt"])
        assert verdict.status == "valid"
        assert college().name in str(verdict.rows)
        assert row["name"] not in str(verdict.rows)
    told = json.loads(exports.as_json(clerk, export))
    assert [item["receipt"] for item in told["records"]] == [row["receipt"] for row in rows]
    # Once when it was made and once for each of the two files.
    assert ShareLook.objects.filter(organisation=college()).count() == 2 * 3


def test_what_failed_is_listed_tried_again_and_comes_out(client, clerk):
    hidden, stale, fine = agreed(), agreed("王芳"), agreed("赵刚")
    services.hide(hidden.holder, hidden, hidden=True)
    reverse_posting(Transaction.objects.order_by("posted_at")[1], reason="记错了", actor=SYSTEM)
    export = exports.make_export(clerk, college(), "职称")
    found = dict(exports.records_of(export).values_list("share_id", "reason"))
    assert found == {hidden.pk: "ended", stale.pk: "stale", fine.pk: ""}
    services.hide(hidden.holder, hidden, hidden=False)
    client.force_login(clerk)
    page = client.post(reverse("creditbank_export_retry", args=[export.uuid]), follow=True)
    assert "新导出 1 人" in page.content.decode()
    file = client.get(reverse("creditbank_export_file", args=[export.uuid, "csv"]))
    assert {row["name"] for row in rows_of(file.content)} == {"李明", "赵刚"}
    assert exports.records_of(export).get(share=stale).tries == 2


def test_a_consent_taken_back_leaves_every_later_file(clerk):
    share = agreed()
    export = exports.make_export(clerk, college(), "职称")
    receipt = rows_of(exports.as_csv(clerk, export))[0]["receipt"]
    services.revoke(share.holder, share)
    assert rows_of(exports.as_csv(clerk, export)) == []
    _code, verdict = verify.check(receipt)
    assert (verdict.status, verdict.rows) == ("hidden", [])


def test_only_the_organisation_s_own_staff(client, clerk):
    agreed()
    with pytest.raises(Invalid):
        exports.make_export(clerk, college(), " ")
    with pytest.raises(NotAllowed):
        exports.make_export(clerk, college("other", "别的学院"), "职称")
    with pytest.raises(NotAllowed):
        exports.make_export(person("别人"), college(), "职称")
    with pytest.raises(Invalid):
        other = member("hr", college("other", "别的学院"))
        exports.make_export(other, college("other", "别的学院"), "职称")
    export = exports.make_export(clerk, college(), "职称")
    with pytest.raises(NotAllowed):
        exports.as_json(other, export)


def test_the_staff_pages(client, clerk):
    agreed()
    client.force_login(clerk)
    page = client.get(reverse("creditbank_exports"))
    assert page.status_code == 200, page.content
    made = client.post(
        reverse("creditbank_exports"), {"organisation": college().code, "purpose": "职称"}, follow=True
    )
    assert "下载 CSV" in made.content.decode()
    teacher = member("teacher", college())
    teacher.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(teacher)
    assert client.get(reverse("creditbank_exports")).status_code == 403


def test_credits_of_no_course_go_along_with_their_sum_and_hold_it_up(clerk):
    """A sum is handed over with all that makes it, and not at all once a part of it is taken back."""
    house, learner = House(reviewers=1), person("李明")
    free = rule_version(programme(house.home, code="free", name="自动化"), code="free", courses=[], free=200)
    _learner, row = house.case(learner, version=free)
    decide(house.first, row, approve=True, reason="相符")
    services.create_share(
        learner,
        Wish("评职称", today() + timedelta(days=9), "real", organisation=college().uuid, for_export=True),
    )
    export = exports.make_export(clerk, college(), "职称")
    (told,) = json.loads(exports.as_json(clerk, export))["records"]
    assert (told["sums"], [line["centicredits"] for line in told["besides"]]) == ([0, 200], [200])
    rows = rows_of(exports.as_csv(clerk, export))
    assert [line["credits"] for line in rows if line["kind"] == "credits"] == ["2"]

    reverse_posting(Transaction.objects.get(kind="recognition"), reason="证书被撤销", actor=SYSTEM)
    later = exports.make_export(clerk, college(), "职称")
    assert exports.records_of(later).get().reason == "stale"
