"""A15, A16: what was announced and is called off afterwards stays on the board: dated, marked, with the reason and where it leads; it is current
no more, in lists, feeds and open data alike."""

import json
from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.urls import reverse

from lms.lib.actor import Actor
from lms.lib.appendonly import OnDatabase
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid
from lms.lib.outbox.models import OutboxDelivery, OutboxEvent
from lms.lib.outbox.services import deliver_pending
from lms.training.bases.models import Base
from lms.training.board import consumers, queries, services
from lms.training.board.models import Kind, Posting, Withdrawal
from search import api as search
from search.api import SearchRequest
from tests.training.advanced import City
from tests.training.cases import Bureau, after
from tests.training.ce import Region
from tests.training.digitals import Lab
from tests.training.tendering import Market
from tests.training.test_board import posted

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(clock):
    return Lab()


def listed(client, **asked):
    return client.get(reverse("board:list"), asked).content.decode()


def test_a15_a_cancelled_items_notices_stay_marked_with_reason_and_link(lab, client):
    item = lab.opened("leaders")
    other = lab.opened("leaders", title="照常实施的项目")
    assert Posting.objects.filter(subject=item.subject).count() == 2
    lab.by(lab.officer, item.case, "cancel", reason="承办单位提出不再实施")
    rows = Posting.objects.filter(subject=item.subject).select_related("withdrawal")
    assert [(row.withdrawal.ended, row.withdrawal.reason) for row in rows] == [
        (True, "承办单位提出不再实施")
    ] * 2
    # Still there, dated and marked; among what is archived, not among what is current.
    page = listed(client)
    assert page.count("2026-03-02 撤回：承办单位提出不再实施") == 2
    assert "承办单位提出不再实施" not in listed(client, state="current")
    assert other.title in listed(client, state="current")
    archived = listed(client, state="archived")
    assert item.title in archived
    assert other.title not in archived
    own = client.get(reverse("board:posting", args=[rows[0].uuid])).content.decode()
    assert "公告的事项已于 2026-03-02 撤回。原因：承办单位提出不再实施" in own
    assert reverse("digital:item", args=[item.uuid]) in own
    # It announces nothing any more.
    assert queries.announced(item.subject, Kind.HOST) is None


def test_a15_a_cancelled_programmes_enrolment_notice_is_current_no_more(client, clock):
    city = City()
    programme = city.enrolling()
    notice = Posting.objects.get(key=programme.notice_key)
    assert notice.last_day is None or notice.last_day > today()
    assert notice.title in listed(client, state="current")
    city.by(city.officer, programme.case, "cancel", reason="报名人数不足")
    notice.refresh_from_db()
    assert (notice.withdrawal.ended, notice.withdrawal.reason, notice.withdrawal.day) == (
        True,
        "报名人数不足",
        today(),
    )
    assert "报名人数不足" not in listed(client, state="current")
    assert "2026-03-02 撤回：报名人数不足" in listed(client, state="archived")
    assert f"【已撤回】{notice.title}" in client.get(reverse("board:atom")).content.decode()
    rows = json.loads(client.get(reverse("board:json", args=["postings"])).content)["rows"]
    assert [row["ended_reason"] for row in rows if row["title"] == notice.title] == ["报名人数不足"]
    # Nobody applies by it any more.
    with pytest.raises(Conflict):
        city.applied(programme)


def test_a16_feeds_and_open_data_say_that_it_was_called_off(lab, client):
    item = lab.opened("leaders")
    lab.by(lab.officer, item.case, "cancel", reason="不再实施")
    feed = client.get(reverse("board:atom")).content.decode()
    assert f"【已撤回】{item.title}" in feed
    assert "已于 2026-03-02 撤回：不再实施" in feed
    rows = json.loads(client.get(reverse("board:json", args=["postings"])).content)["rows"]
    assert {(row["ended_on"], row["ended_reason"]) for row in rows} == {("2026-03-02", "不再实施")}
    text = client.get(reverse("board:csv", args=["postings"])).content.decode()
    assert "ended_on" in text.splitlines()[0]


def test_a15_a_wrong_posting_that_is_withdrawn_still_never_was(lab, client):
    row = posted(lab.officer, lab.authority, title="发错的公告")
    services.withdraw(lab.officer, row, "发错了")
    assert "发错的公告" not in listed(client)
    assert not Withdrawal.objects.get(posting=row).ended
    assert services.end_all(lab.officer, "nothing:there", "没有的事项") == 0


@pytest.mark.parametrize("table", ["training_withdrawal", "training_interestdeclaration"])
def test_a15_the_way_back_of_a_migration_leaves_tables_of_before_closed(table):
    operations = import_module("lms.training.migrations.0011_gaps").Migration.operations
    editor = connection.schema_editor()
    for operation in reversed([row for row in operations if isinstance(row, OnDatabase)]):
        operation.database_backwards("training", editor, None, None)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table]
            )
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
        assert any("append_only" in name for (name,) in cursor.fetchall())


def test_a15_a_cancelled_package_and_a_notice_that_is_reviewed_anew_say_so(client, clock):
    market = Market()
    tender = market.published()
    market.by(market.officer, tender.case, "cancel", reason="需求有变")
    subject = Posting.objects.get(subject=tender.subject, kind=Kind.TENDER)
    assert subject.withdrawal.ended
    assert reverse("tenders:tender", args=[tender.uuid]) == subject.withdrawal.url
    assert not hasattr(Posting.objects.get(subject=tender.subject, kind=Kind.RESULT), "withdrawal")


def test_a35_a_public_notice_that_was_left_before_its_last_day_is_ended_by_its_reason(client, clock):
    bureau = Bureau()
    case = bureau.announced()
    deliver(case)
    notice = case.notices.get()
    posting = Posting.objects.get(key=f"notice:{notice.uuid}")
    assert not hasattr(posting, "withdrawal")
    bureau.by(bureau.officer, case, "again", reason="材料存疑，重新评审")
    deliver(case)
    gone = Withdrawal.objects.get(posting=posting)
    assert (gone.ended, gone.reason) == (True, "材料存疑，重新评审")
    deliver(case)
    assert Withdrawal.objects.count() == 1


def test_a35_a_reason_that_no_feed_can_say_does_not_keep_a_notice_current(client, clock):
    bureau = Bureau()
    case = bureau.announced()
    deliver(case)
    bureau.by(bureau.officer, case, "again", reason="材料存疑\x01重新评审")
    deliver(case)
    assert Withdrawal.objects.get().reason == "材料存疑 重新评审"
    assert not OutboxDelivery.objects.filter(done_at=None).exists()


def test_a35_a_reason_of_nothing_but_what_no_feed_can_say_keeps_nothing_current(client, clock):
    bureau = Bureau()
    case = bureau.announced()
    deliver(case)
    bureau.by(bureau.officer, case, "again", reason="\x01\x02")
    other, clerk = bureau.other()
    base = bureau.named(clock, body=other, clerk=clerk)
    deliver(base)
    bureau.removed(base, "\x01\x02")
    deliver(case)
    assert not OutboxDelivery.objects.filter(done_at=None).exists()
    assert {row.reason for row in Withdrawal.objects.all()} == {"没有写明原因"}
    assert set(Withdrawal.objects.values_list("posting__kind", flat=True)) == {"named", "notice"}
    consumers.catch_up()


def test_a35_a_notice_that_ran_to_its_last_day_ends_by_itself(client, clock):
    bureau = Bureau()
    case = bureau.announced()
    deliver(case)
    after(clock, case.notices.get().last_day)
    bureau.by(bureau.officer, case, "name")
    deliver(case)
    assert not Withdrawal.objects.exists()


def deliver(_case):
    while deliver_pending():
        pass


# --- a base that is named and later taken back ------------------------------------------------------------------


def test_a37_the_removal_of_a_base_ends_the_notice_of_its_naming(clock, client):
    bureau = Bureau()
    case = bureau.named(clock)
    deliver(case)
    named = Posting.objects.get(kind=Kind.NAMED)
    other_clerk = bureau.other()
    other = bureau.named(clock, body=other_clerk[0], clerk=other_clerk[1])
    deliver(other)
    after(clock, today())
    bureau.removed(case, "场地已经出租")
    deliver(case)
    gone = Withdrawal.objects.get()
    base = Base.objects.get(case=case)
    page = reverse("bases:base", args=[base.uuid])
    assert (gone.posting, gone.ended, gone.day, gone.url) == (named, True, base.removed_on, page)
    assert gone.reason == "场地已经出租"
    said = client.get(reverse("board:posting", args=[named.uuid])).content.decode()
    assert f"这项认定已于 {gone.day} 终止。原因：场地已经出租" in said
    assert page in said
    assert f"{gone.day} 终止：场地已经出租" in listed(client, kind="named")
    # The other base stands as it stood, and so does the 核销 itself.
    assert bureau.firm.name not in listed(client, kind="named", state="current")
    assert other_clerk[0].name in listed(client, kind="named", state="current")
    assert bureau.firm.name in listed(client, kind="removed", state="current")
    deliver(case)
    consumers.catch_up()
    assert Withdrawal.objects.count() == 1


def test_a37_what_was_removed_before_is_ended_on_the_day_it_was_removed(clock):
    bureau = Bureau()
    case = bureau.named(clock)
    deliver(case)
    after(clock, today())
    bureau.removed(case, "场地已经出租")
    removed = today()
    clock.shift(timedelta(days=40))
    consumers.catch_up()
    assert Withdrawal.objects.get().day == removed


def test_a37_bases_that_left_before_are_looked_at_again_by_the_migration(clock):
    bureau, region = Bureau(), Region()
    case = bureau.named(clock)
    base = region.named(clock)
    deliver(case)
    bureau.removed(case, "场地已经出租")
    region.by(region.clerk, base.case, "resign", reason="不再承担")
    OutboxEvent.objects.filter(done_at=None).delete()
    migration = import_module("lms.training.migrations.0012_reading")
    for _twice in range(2):
        migration.look_again(None, connection.schema_editor())
    assert OutboxEvent.objects.filter(kind="board.look_again").count() == 2
    deliver(case)
    assert {row.reason for row in Withdrawal.objects.all()} == {"场地已经出租", "不再承担"}
    assert set(Withdrawal.objects.values_list("posting__kind", flat=True)) == {"named"}


def test_a37_a_naming_that_was_corrected_by_hand_is_ended_as_it_stands(clock):
    bureau = Bureau()
    case = bureau.named(clock)
    deliver(case)
    named = Posting.objects.get(kind=Kind.NAMED)
    said = {"kind": named.kind, "subject": named.subject, "title": "更正后的认定", "body": "编号更正"}
    newer = services.post(
        bureau.officer, authority=bureau.authority, replaces=named, reason="编号有误", **said
    )
    bureau.removed(case, "场地已经出租")
    deliver(case)
    assert Withdrawal.objects.get().posting == newer


def test_a11_a_base_that_leaves_ends_the_notice_of_its_naming(clock):
    region = Region()
    base = region.named(clock)
    deliver(base.case)
    region.by(region.clerk, base.case, "resign", reason="不再承担")
    deliver(base.case)
    assert {row.posting.kind for row in Withdrawal.objects.all()} == {"named"}
    assert Withdrawal.objects.get().url == f"/ce-bases/{base.uuid}/"


def test_a15_only_the_platform_ends_a_posting_on_an_earlier_day(lab):
    row = posted(lab.officer, lab.authority, title="一条公告")
    with pytest.raises(Invalid):
        services.end(lab.officer, row, "不办了", day=today() - timedelta(days=1))
    # Never before it was there.
    gone = services.end(Actor.system("tests"), row, "不办了", day=today() - timedelta(days=9))
    assert gone.day == row.first_day


def test_a16_search_finds_what_was_called_off_and_says_so(lab):
    item = lab.opened("leaders")
    lab.by(lab.officer, item.case, "cancel", reason="承办单位\n\n提出不再实施")
    while deliver_pending():
        pass
    hits = search.search(SearchRequest(query=item.title, types=("notice",))).hits
    assert len(hits) == 2
    assert {hit.title for hit in hits} == {f"【已撤回】{row.title}" for row in queries.shown()}
    assert all(hit.summary.startswith("已于 2026-03-02 撤回：承办单位 提出不再实施") for hit in hits)


def test_a15_a_wrong_posting_that_was_withdrawn_is_not_found(lab):
    row = posted(lab.officer, lab.authority, title="发错的公告一则")
    while deliver_pending():
        pass
    assert search.search(SearchRequest(query="发错的公告一则", types=("notice",))).hits
    services.withdraw(lab.officer, row, "发错了")
    while deliver_pending():
        pass
    assert not search.search(SearchRequest(query="发错的公告一则", types=("notice",))).hits
