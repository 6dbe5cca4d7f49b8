"""The pages at their statuses, without scripts: the learner's way, the staff's screens, the API beside them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from lms.accounts.people.export import export_person
from lms.learning.holds import erasure
from lms.learning.holds.models import HoldFile, HoldRule, HoldWord, StudyHold
from lms.learning.holds.services import explain
from tests.factories.accounts import UserFactory
from tests.factories.learning import enrolment
from tests.learning.clients import signed_in
from tests.learning.holds.cases import House, confirm, course, held, picture, release

pytestmark = [pytest.mark.django_db, pytest.mark.long, pytest.mark.usefixtures("clock")]


@pytest.fixture
def house():
    return House()


@pytest.fixture
def item():
    return enrolment(release=course(min_coverage_percent=25))


@pytest.fixture
def hold(clock, item):
    return held(clock, item)


@pytest.fixture
def client(item):
    return signed_in(item.person)


def text(answer):
    return answer.content.decode()


def detail(hold):
    return reverse("hours:hold", args=[hold.uuid])


class TestLearner:
    def test_visitors_sign_in_first(self, hold):
        for address in (reverse("hours:holds"), detail(hold)):
            answer = Client().get(address)
            assert answer.status_code == 302
            assert "login" in answer["Location"]

    def test_nobody_elses(self, hold):
        client = signed_in(UserFactory())
        assert client.get(detail(hold)).status_code == 404
        assert client.post(detail(hold) + "explain/", {"text": "是我"}).status_code == 404
        assert client.get(reverse("hours:holds")).context["rows"] == []

    def test_every_page_of_the_course_says_it_plainly(self, client, item, hold):
        lesson = item.release.lessons.first()
        for address in (
            reverse("learning:course", args=[item.uuid]),
            reverse("learning:player", args=[item.uuid, lesson.uuid]),
            reverse("hours:year"),
        ):
            page = text(client.get(address))
            assert "的学习有疑点，要由工作人员核实" in page, address
            assert "2026-07-11 前（含当日）答复" in page
            assert detail(hold) in page

    def test_and_nothing_where_nothing_is_held(self, client, item):
        assert "核实" not in text(client.get(reverse("learning:course", args=[item.uuid])))
        assert "没有需要核实的学习" in text(client.get(reverse("hours:holds")))

    def test_the_way_from_the_notice_to_the_answer(self, client, item, hold, house):
        page = text(client.get(detail(hold)))
        for words in (
            "多台设备长时间同时在学",
            "共有 3 小时 20 分钟",
            "09:00–12:20",
            "已经得到的学时和证书不变",
            "核实规则第 1 版",
            reverse("hours:day", args=[hold.day]),
        ):
            assert words in page
        assert client.post(detail(hold) + "explain/", {"text": ""}).status_code == 422
        answer = client.post(
            detail(hold) + "explain/", {"text": "平板是女儿在用", "evidence": [picture()]}, follow=True
        )
        assert answer.status_code == 200
        assert "平板是女儿在用" in text(answer)
        assert "照片.png" in text(answer)
        file = reverse("hours:hold_file", args=[HoldFile.objects.get().uuid])
        assert client.get(file)["Content-Type"] == "image/png"
        assert signed_in(UserFactory()).get(file).status_code == 404
        release(house.officer, hold)
        page = text(client.get(detail(hold)))
        assert "家里人借用过平板，属实" in page
        assert "全部照常计入" in page
        assert "提交说明" not in page
        assert "有疑点" not in text(client.get(reverse("learning:course", args=[item.uuid])))

    def test_an_appeal(self, client, item, hold, house):
        confirm(house.officer, hold)
        page = text(client.get(detail(hold)))
        assert "可以在 2026-07-19 前（含当日）申诉一次" in page
        assert "不计入" in page
        assert client.post(detail(hold) + "appeal/", {"text": ""}).status_code == 422
        page = text(client.post(detail(hold) + "appeal/", {"text": "不同意"}, follow=True))
        assert "由另一位工作人员复核" in page
        assert client.post(detail(hold) + "appeal/", {"text": "再一次"}).status_code == 409

    def test_the_day_says_why_it_does_not_count(self, client, hold, house):
        confirm(house.officer, hold)
        assert "经人工核实，这段时间不计入" in text(client.get(reverse("hours:day", args=[hold.day])))

    def test_an_answer_that_is_late_says_so(self, client, hold, clock):
        clock.shift(timedelta(days=9))
        assert "已经超期" in text(client.get(detail(hold)))


class TestStaff:
    def test_the_queue_and_a_case(self, hold, house, item):
        officer = signed_in(house.officer, staff=True)
        page = text(officer.get(reverse("learning_holds")))
        assert item.release.title in page
        assert "data-queue" in page
        case = reverse("learning_hold", args=[hold.uuid])
        page = text(officer.get(case))
        assert "这只是疑点，不是结论" in page
        assert reverse("learning_record_open", args=[item.uuid]) in page
        assert str(item.person) not in page or len(str(item.person)) == 1
        assert officer.post(case, {"action": "release", "reason": ""}).status_code == 422
        named = [str(row.session.uuid) for row in hold.sessions.select_related("session")]
        done = officer.post(case, {"action": "confirm", "reason": "只计一处", "sessions": named[:1]})
        assert done.status_code == 302
        assert hold.sessions.filter(barred=True).count() == 1
        assert officer.post(case, {"action": "release", "reason": "再想想"}).status_code in (403, 409)
        assert item.release.title in text(officer.get(reverse("learning_holds") + "?state=confirmed"))

    def test_auditors_read_and_do_not_decide(self, hold, house):
        auditor = signed_in(house.auditor, staff=True)
        case = reverse("learning_hold", args=[hold.uuid])
        assert 'name="action"' not in text(auditor.get(case))
        sessions = [str(row.session.uuid) for row in hold.sessions.select_related("session")]
        refused = auditor.post(case, {"action": "release", "reason": "属实", "sessions": sessions})
        assert refused.status_code == 403
        assert StudyHold.objects.get().state == "open"

    @pytest.mark.parametrize("name", ["learning_holds", "learning_hold_rules"])
    def test_others_of_the_staff_see_nothing(self, name):
        client = signed_in(UserFactory(), staff=True)
        assert client.get(reverse(name)).status_code == 403

    def test_the_menu_counts_what_waits(self, hold, house):
        page = text(signed_in(house.officer, staff=True).get(reverse("wagtailadmin_home")))
        assert (
            "学习记录核实（1）" in page or "\\u5b66\\u4e60\\u8bb0\\u5f55\\u6838\\u5b9e\\uff081\\uff09" in page
        )

    def test_the_next_version_of_the_rule(self, house):
        officer = signed_in(house.officer, staff=True)
        address = reverse("learning_hold_rules")
        assert "平台规则第 1 版" in text(officer.get(address))
        said = {
            "valid_from": "2026-07-03",
            "speed_excess": "20",
            "speed_excess_percent": "200",
            "overlap": "180",
            "refusals": "10",
            "ahead": "15",
            "shared_people": "4",
            "shared": "30",
            "answer_days": "5",
            "appeal_days": "20",
            "source": "沪人社〔2026〕1 号",
        }
        assert officer.post(address, said | {"overlap": "1"}).status_code == 422
        assert officer.post(address, said | {"valid_from": "2026-07-01"}).status_code == 422
        assert officer.post(address, said).status_code == 302
        rule = HoldRule.objects.get(version=2)
        assert (rule.overlap_ms, rule.refusals, rule.source) == (180 * 60_000, 10, "沪人社〔2026〕1 号")
        auditor = signed_in(house.auditor, staff=True)
        assert auditor.post(address, said).status_code == 403


class TestApi:
    def test_reading_explaining_appealing(self, client, hold, house):
        (row,) = client.get("/api/v1/learning/holds").json()
        assert (row["uuid"], row["reason"], row["state"]) == (str(hold.uuid), "overlap", "open")
        address = f"/api/v1/learning/holds/{hold.uuid}"
        full = client.get(address).json()
        assert full["evidence"][0].startswith("2026-07-03 共有 3 小时 20 分钟")
        assert len(full["sessions"]) == 2
        said = client.post(f"{address}/explain", {"text": "平板是女儿在用", "evidence": [picture()]})
        assert said.status_code == 200
        assert said.json()["steps"][-1]["text"] == "平板是女儿在用"
        assert client.post(f"{address}/explain", {"text": ""}).status_code == 422
        assert client.post(f"{address}/appeal", {"text": "不同意"}).status_code == 409
        confirm(house.officer, StudyHold.objects.get())
        assert client.post(f"{address}/appeal", {"text": "不同意"}).json()["state"] == "appealed"

    def test_nobody_elses_and_nobody_unknown(self, hold):
        address = f"/api/v1/learning/holds/{hold.uuid}"
        stranger = signed_in(UserFactory())
        assert stranger.get(address).status_code == 404
        assert stranger.post(f"{address}/explain", {"text": "是我"}).status_code == 404
        assert Client().get(address).status_code == 401


class TestOwnData:
    def test_the_export_names_what_was_held_and_said(self, item, hold, house):
        explain(item.person, hold, text="平板是女儿在用")
        release(house.officer, hold)
        part = export_person(item.person)["holds"]
        (row,) = part["holds"]
        assert row["reason"] == "overlap"
        assert [step["text"] for step in row["steps"]] == ["", "平板是女儿在用", "家里人借用过平板，属实"]

    def test_an_erasure_takes_every_word_and_file(self, item, hold):
        explain(item.person, hold, text="平板是女儿在用", files=[picture()])
        stored = HoldFile.objects.get().file
        path, storage = stored.name, stored.storage
        assert erasure.erase(item.person) == [hold.uuid]
        assert not HoldWord.objects.exists()
        assert not HoldFile.objects.exists()
        assert not storage.exists(path)
        assert StudyHold.objects.get().state == "open"
