"""A15, A16: one public notice board, readable without login, dated, archived, as feeds and as open data; and whatever opens only after
its notice can ask for the day."""

import csv
import io
import json
import xml.etree.ElementTree as ElementTree
from datetime import date, timedelta

import pytest
from django.db import Error, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.lib.actor import Actor
from lms.lib.appendonly import AppendOnlyError
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now, today
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.outbox.models import OutboxEvent
from lms.lib.outbox.services import deliver_pending
from lms.training.board import api as board
from lms.training.board import consumers, data, queries
from lms.training.board.models import Posting, Withdrawal
from lms.training.yearly_plans import services as plans
from search import api as search
from search.api import SearchRequest
from tests.factories.accounts import UserFactory, member
from tests.learning.clients import signed_in

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")
SUBJECT = "programme:0199"
DAY = timedelta(days=1)
ATOM = "{http://www.w3.org/2005/Atom}"


def posted(by, authority, **said):
    given = {"kind": board.Kind.ENROLMENT, "title": "工业互联网高级研修班招收学员", "subject": SUBJECT} | said
    return board.post(by, authority=authority, **given)


def text(client, name, *args, **query):
    return client.get(reverse(name, args=args), query).content.decode()


# --- A15: opens only after its notice -------------------------------------------------------------------------


def test_a15_a_thing_is_announced_from_the_day_of_its_notice(house, clock):
    assert board.announced(SUBJECT, board.Kind.ENROLMENT) is None
    posted(house.officer, house.authority, last_day=today() + 10 * DAY)
    first = today()
    assert board.announced(SUBJECT, board.Kind.ENROLMENT) == first
    assert board.announced(SUBJECT, board.Kind.RESULT) is None
    assert board.announced("programme:other", board.Kind.ENROLMENT) is None
    clock.shift(30 * DAY)
    assert board.announced(SUBJECT, board.Kind.ENROLMENT) == first, "archived is announced all the same"


def test_a15_a_correction_keeps_the_day_and_a_withdrawn_notice_never_was(house, clock):
    first = posted(house.officer, house.authority)
    clock.shift(3 * DAY)
    second = posted(house.officer, house.authority, replaces=first, reason="改了报名截止日期")
    assert (second.since, second.first_day) == (first.first_day, today())
    assert board.announced(SUBJECT, board.Kind.ENROLMENT) == first.first_day
    board.withdraw(house.officer, second, "班次取消")
    assert board.announced(SUBJECT, board.Kind.ENROLMENT) is None


def test_a15_nobody_dates_a_notice_back_or_ahead(house):
    for day in (today() - DAY, today() + DAY):
        with pytest.raises(Invalid, match="日期只能是今天"):
            posted(house.officer, house.authority, first_day=day)
    with pytest.raises(Invalid):
        posted(SYSTEM, house.authority, first_day=today() + DAY)
    assert posted(SYSTEM, house.authority, first_day=date(2025, 3, 1)).since == date(2025, 3, 1)


@pytest.mark.parametrize("role", ["hr", "editor", "admin", "auditor", "officer"])
def test_a15_only_officers_of_the_authority_post(house, role):
    somebody = house.stranger if role == "officer" else member(role, house.authority)
    before = AuditRow.objects.count(), OutboxEvent.objects.count()
    with pytest.raises(NotAllowed):
        posted(somebody, house.authority)
    with pytest.raises(NotAllowed):
        posted(UserFactory(), house.authority)
    with pytest.raises(NotAllowed):
        posted(Actor(None, "visitor"), house.authority)
    assert not Posting.objects.exists()
    assert (AuditRow.objects.count(), OutboxEvent.objects.count()) == before


def test_a15_the_same_key_posts_once(house):
    first = posted(house.officer, house.authority, key="programme:0199:enrolment")
    before = AuditRow.objects.count()
    assert posted(house.officer, house.authority, key="programme:0199:enrolment", title="别的") == first
    assert (Posting.objects.count(), AuditRow.objects.count()) == (1, before)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "  "),
        ("title", "长" * 201),
        ("title", "有\x00字符"),
        ("title", "有\x0b字符"),
        ("kind", "rumour"),
        ("url", "https://example.com/"),
        ("url", "//example.com/"),
        ("last_day", date(2026, 1, 1)),
    ],
    ids=["empty", "long", "nul", "control", "kind", "elsewhere", "sly", "days"],
)
def test_a15_what_cannot_be_is_refused_at_its_field(house, field, value):
    with pytest.raises(Invalid) as refused:
        posted(house.officer, house.authority, **{field: value})
    assert refused.value.details["field"] == field
    assert not Posting.objects.exists()


def test_a15_a_posting_is_corrected_or_withdrawn_once(house):
    first = posted(house.officer, house.authority)
    with pytest.raises(Invalid):
        posted(house.officer, house.authority, replaces=first)
    posted(house.officer, house.authority, replaces=first, reason="错字")
    with pytest.raises(Conflict):
        posted(house.officer, house.authority, replaces=first, reason="又一处错字")
    with pytest.raises(Conflict):
        board.withdraw(house.officer, first, "发错了")
    with pytest.raises(Invalid, match="本单位"):
        posted(house.stranger, house.other, replaces=Posting.objects.last(), reason="不是我的")
    assert (Posting.objects.count(), Withdrawal.objects.count()) == (2, 0)


def test_a15_rows_only_grow(house):
    row = posted(house.officer, house.authority)
    row.title = "改了"
    with pytest.raises(AppendOnlyError):
        row.save()
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM training_posting")


# --- A16: plans, hosts, notices and bases, without login -------------------------------------------------------


def test_a16_a_published_plan_stands_on_the_board_without_login(house, client):
    plan = house.published(house.course(title="职业道德课"))
    deliver_pending()
    row = Posting.objects.get()
    assert (row.kind, row.subject, row.first_day) == ("plan", f"plan:{plan.series}", plan.published_on)
    assert row.url == reverse("plans:plan", args=[plan.uuid])
    listed = text(client, "board:list")
    assert plan.title in listed
    assert plan.published_on.isoformat() in listed
    shown = text(client, "board:posting", row.uuid)
    assert row.url in shown
    assert row.number in shown
    # The paper stands for what the plan promises: each course with its days.
    course = plan.courses.get()
    for said in (course.title, course.code, course.first_day.isoformat(), course.last_day.isoformat()):
        assert said in row.body
    page = text(client, "plans:plan", plan.uuid)
    assert reverse("board:posting_pdf", args=[row.uuid]) in page
    assert row.number in page


@pytest.mark.parametrize("kind", ["plan", "notice", "named", "removed", "tender", "standard", "model"])
def test_a36_nobody_posts_by_hand_what_follows_from_a_process(house, kind):
    with pytest.raises(Invalid, match="不能手工发布") as refused:
        posted(house.officer, house.authority, kind=kind, subject="")
    assert refused.value.details["field"] == "kind"
    assert not Posting.objects.exists()
    page = signed_in(house.officer, staff=True).get(reverse("training_board")).content.decode()
    assert f'<option value="{kind}">' not in page.partition('name="title"')[0].rpartition('name="kind"')[2]


def test_a35_the_reason_of_a_refusal_is_the_bodys_alone(bureau, client):
    case = bureau.announced()
    deliver_pending()
    bureau.by(bureau.officer, case, "refuse", reason="设备清单与现场不符")
    deliver_pending()
    row = Posting.objects.get(kind="notice")
    page = text(client, "board:posting", row.uuid)
    assert "不予认定" in page
    assert "设备清单与现场不符" not in page + text(client, "board:atom")


def test_a16_the_next_version_replaces_the_posting_and_both_are_found(house, client):
    plan = house.published(house.course())
    deliver_pending()
    draft = plans.begin(house.officer, house.authority, 2026, plans.Words("2026 年度计划更新"))
    plans.publish(house.officer, draft)
    deliver_pending()
    assert consumers.catch_up() == 0
    first, second = Posting.objects.order_by("pk")
    assert second.replaces == first
    assert "第 2 版" in second.reason
    assert list(queries.standing()) == [second]
    assert reverse("board:posting", args=[second.uuid]) in text(client, "board:posting", first.uuid)
    assert plan.title not in text(client, "board:list")


def test_a16_words_that_no_feed_can_say_keep_no_plan_off_the_board(house, client):
    house.published(house.course())
    words = plans.Words("年度计划" + "长" * 116, "文号" + "长" * 78, "第一行\x0b第二行")
    plan = plans.publish(house.officer, plans.begin(house.officer, house.authority, 2026, words))
    deliver_pending()
    row = Posting.objects.get(key=f"plan:{plan.uuid}")
    assert "第一行 第二行" in row.body
    ElementTree.fromstring(client.get(reverse("board:atom")).content)
    long = posted(SYSTEM, house.authority, title="长" * 202, body="长" * 20_001)
    assert (len(long.title), len(long.body)) == (200, 20_000)


def test_a16_notices_plaques_and_removals_are_posted(bureau, clock, client):
    case = bureau.named(clock)
    deliver_pending()
    clock.shift(150 * DAY)
    bureau.removed(case, "场地已经停用")
    deliver_pending()
    deliver_pending()
    notice = case.notices.get()
    kinds = {row.kind: row for row in Posting.objects.all()}
    assert set(kinds) == {"notice", "named", "removed"}
    assert (kinds["notice"].first_day, kinds["notice"].last_day) == (notice.first_day, notice.last_day)
    assert board.announced(f"case:{case.uuid}", board.Kind.NOTICE) == notice.first_day
    assert "场地已经停用" in text(client, "board:posting", kinds["removed"].uuid)
    assert "已经归档" in text(client, "board:posting", kinds["notice"].uuid)
    assert notice.title not in text(client, "board:list", state="current")
    assert notice.title in text(client, "board:list", state="archived")


def test_a16_what_was_public_before_there_was_a_board_is_posted_once(house, bureau):
    house.published(house.course())
    bureau.announced()
    assert consumers.catch_up() == 2
    assert consumers.catch_up() == 0
    deliver_pending()
    assert Posting.objects.count() == 2


def test_a16_the_list_is_narrowed_paged_and_asks_no_more_for_more_rows(house, client):
    for number in range(3):
        posted(house.officer, house.authority, title=f"通知 {number}", kind="call")
    with CaptureQueriesContext(connection) as few:
        text(client, "board:list")
    for number in range(25):
        posted(house.stranger, house.other, title=f"结果 {number}", kind="result")
    with CaptureQueriesContext(connection) as many:
        first = text(client, "board:list")
    assert len(many) <= len(few)
    assert "结果 24" in first
    assert "通知 0" not in first
    page = queries.page(queries.Asked(), "")
    assert "通知 0" in text(client, "board:list", after=page.next)
    only = text(client, "board:list", kind="call", authority=house.authority.code, year="2026")
    assert "通知 2" in only
    assert "结果" not in only.split("筛选")[1].split("<ul")[1].split("</ul>")[0]
    for nonsense in ("kind=x", "year=２０２６", "state=x", "after=9.9.9", "authority=nobody", "year=0001"):
        assert client.get(f"{reverse('board:list')}?{nonsense}").status_code == 200


def test_a16_words_are_looked_for_in_bounded_steps_and_every_hit_is_met_once(
    house, client, clock, monkeypatch
):
    monkeypatch.setattr(queries, "LOOKED_THROUGH", 4)
    monkeypatch.setattr(queries, "PER_PAGE", 2)
    titles = []
    for number in range(17):
        if number % 3 == 0:
            clock.shift(DAY)
        title = f"第 {number} 期" + ("焊接" if number in (0, 1, 2, 9, 16) else "车削") + "研修班"
        posted(house.officer, house.authority, title=title, subject=f"programme:{number}")
        titles.append(title)
    met, after, steps = [], "", 0
    while steps == 0 or after:
        page = queries.page(queries.Asked(words="焊接"), after, 2)
        met += [row.title for row in page.rows]
        after, steps = page.next, steps + 1
        assert (page.since is None) or after
    assert met == [title for title in reversed(titles) if "焊接" in title]
    assert steps < 8
    # Where a step found nothing, the page says how far it came and offers the next one.
    shown = text(client, "board:list", q="第 0 期")
    assert "更早的公告里还没有找" in shown
    assert "下一页" in shown
    assert "这里没有公告" not in shown


def test_a16_feeds_carry_the_newest_and_are_kept_a_minute(house, client):
    for number in range(2):
        posted(house.officer, house.authority, title=f"<b>通知</b> {number}", body="正文 & 附件")
    withdrawn = posted(house.officer, house.authority, title="发错的")
    board.withdraw(house.officer, withdrawn, "发错了")
    row = queries.standing().order_by("-pk").first()
    answer = client.get(reverse("board:atom"))
    assert answer["Content-Type"].startswith("application/atom+xml")
    entries = ElementTree.fromstring(answer.content).findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["<b>通知</b> 1", "<b>通知</b> 0"]
    assert entries[0].findtext(f"{ATOM}id") == f"urn:uuid:{row.uuid}"
    rss = client.get(reverse("board:rss"), {"kind": "result"})
    assert ElementTree.fromstring(rss.content).findall("channel/item") == []
    for got in (answer, rss):
        assert "public" in got["Cache-Control"]
        assert "max-age=60" in got["Cache-Control"]
        assert "Cookie" not in got.get("Vary", "")
        assert not got.cookies
    again = client.get(reverse("board:atom"), headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304


def test_a16_open_data_is_paged_with_ids_that_stay(house, client):
    rows = [
        Posting(
            number=f"T-{number}",
            key=f"t:{number}",
            kind="result",
            authority=house.authority,
            title=f"=1+{number}",
            first_day=date(2026, 1, 1),
            since=date(2026, 1, 1),
            at=now(),
        )
        for number in range(data.ROWS_PER_PAGE + 3)
    ]
    Posting.objects.bulk_create(rows)
    address, seen = reverse("board:json", args=["postings"]), []
    while address:
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address)
        assert len(asked) <= 2
        got = json.loads(answer.content)
        seen += [row["id"] for row in got["rows"]]
        address = got["next"]
    assert len(seen) == len(set(seen)) == len(rows)
    assert set(seen) == {str(row.uuid) for row in rows}
    table = client.get(reverse("board:csv", args=["postings"]))
    lines = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert [line["id"] for line in lines] == seen[: data.ROWS_PER_PAGE]
    assert lines[0]["title"].startswith("'=1+"), "no cell becomes a formula"
    assert 'rel="next"' in table["Link"]
    assert table["Access-Control-Allow-Origin"] == "*"
    assert "public" in table["Cache-Control"]


def test_a16_every_column_is_explained_and_every_table_readable_without_login(house, bureau, clock, client):
    house.published(house.course())
    bureau.named(clock)
    consumers.catch_up()
    explained = text(client, "board:data")
    for table in data.datasets():
        got = json.loads(text(client, "board:json", table.code))
        head = text(client, "board:csv", table.code).lstrip("\ufeff").splitlines()[0]
        assert head == ",".join(table.columns)
        assert all(f"<code>{name}</code>" in explained for name in table.columns)
        if table.code in ("postings", "bases", "plan-courses"):
            assert list(got["rows"][0]) == list(table.columns), table.code
    assert client.get(reverse("board:json", args=["people"])).status_code == 404


def test_a16_notices_are_found_by_searching(house):
    row = posted(house.officer, house.authority, title="船舶焊接高级研修班招收学员通知")
    deliver_pending()

    def found():
        asked = SearchRequest(query="船舶焊接", types=("notice",))
        return [hit.url for hit in search.search(asked).hits]

    assert found() == [reverse("board:posting", args=[row.uuid])]
    board.withdraw(house.officer, row, "班次取消")
    deliver_pending()
    assert found() == []


# --- the staff's screen -----------------------------------------------------------------------------------------


def test_officers_post_correct_and_withdraw_in_the_admin(house):
    client = signed_in(house.officer, staff=True)
    listed = reverse("training_board")
    said = {"act": "post", "authority": house.authority.pk, "kind": "directory", "title": "培训资源名录"}
    assert client.post(listed, said).status_code == 302
    row = Posting.objects.get()
    page = reverse("training_posting", args=[row.uuid])
    assert client.post(page, said | {"act": "correct", "title": "名录（更正）"}).status_code == 422
    assert client.post(page, said | {"act": "correct", "reason": "漏了一家"}).status_code == 302
    assert client.get(page).status_code == 404, "what was replaced is not corrected again"
    newest = queries.standing().get()
    page = reverse("training_posting", args=[newest.uuid])
    assert signed_in(house.stranger, staff=True).get(page).status_code == 404
    assert client.post(page, {"act": "withdraw", "withdraw-reason": "重复"}).status_code == 302
    assert not queries.standing().exists()
    assert signed_in(member("hr", house.authority), staff=True).get(listed).status_code == 403
    assert "已撤回" in client.get(listed).content.decode()
    assert client.post(page, {"act": "withdraw", "withdraw-reason": "又一次"}).status_code == 409
    assert client.post(page, said | {"act": "correct", "reason": "没看到已撤回"}).status_code == 409
    assert client.post(page, said | {"act": "again", "reason": "重新发布"}).status_code == 302
    assert queries.standing().get().replaces == newest
