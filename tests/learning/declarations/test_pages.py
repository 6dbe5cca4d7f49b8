"""The pages at their statuses, without scripts: the learner's way, the staff's screens, the API beside them."""

import json
from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from creditbank.api import posted_hours
from lms.accounts.employment.services import confirm
from lms.accounts.people.export import export_person
from lms.learning.declarations.decisions import Verdict, review
from lms.learning.declarations.models import DeclarationFile, HoursActivityRule, HoursDeclaration
from lms.lib.clock import SHANGHAI
from lms.lib.outbox.services import deliver_pending
from tests.accounts.rosters import Firm, of
from tests.factories.accounts import MembershipFactory, UserFactory, member
from tests.learning.clients import signed_in
from tests.learning.declarations.claims import PNG, House, accept, picture, rule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock"), pytest.mark.long]
CLOCK = datetime(2026, 3, 10, 12, tzinfo=SHANGHAI)


@pytest.fixture
def house():
    return House()


@pytest.fixture
def client(house):
    return signed_in(house.worker)


def form(house, **changes):
    return {
        "sort": "conference",
        "category": "specialty",
        "title": "智能制造学术年会",
        "organiser": "申江市机械工程学会",
        "starts_on": "2026-03-02",
        "ends_on": "2026-03-04",
        "units": "",
        "hours": "12",
        "identifier": "",
        "about": "",
        "employer": str(house.employer.uuid),
        "department": str(house.department.uuid),
    } | changes


def text(answer):
    return answer.content.decode()


def test_visitors_sign_in_first(house):
    claim = house.claim()
    for address in (reverse("hours:declare"), reverse("hours:declarations"), detail(claim)):
        answer = Client().get(address)
        assert answer.status_code == 302
        assert "login" in answer["Location"]


def detail(claim):
    return reverse("hours:declaration", args=[claim.uuid])


class TestLearner:
    def test_the_walk_from_the_form_to_the_page_of_hours(self, house, client):
        assert "尚未设定" in text(client.get(reverse("hours:declare")))
        files = {
            "evidence": [SimpleUploadedFile("通知.png", PNG), SimpleUploadedFile("签到.pdf", b"%PDF-1.7 x")]
        }
        answer = client.post(reverse("hours:declare"), form(house) | files, follow=True)
        claim = HoursDeclaration.objects.get()
        assert answer.redirect_chain == [(detail(claim), 302)]
        assert "通知.png" in text(answer)
        assert "应在 2026-03-25 前完成" in text(answer)
        hr, reviewer = signed_in(house.hr, staff=True), signed_in(house.reviewer, staff=True)
        case = reverse("learning_declaration", args=[claim.uuid])
        queue = reverse("learning_declarations")
        assert claim.title in text(hr.get(queue))
        assert claim.title not in text(reviewer.get(queue))
        assert reviewer.get(case).status_code == 404
        assert hr.post(case, {"action": "accept", "reason": ""}).status_code == 302
        assert claim.title not in text(hr.get(queue))
        refused = reviewer.post(case, {"action": "accept", "hours": "10", "reason": ""})
        assert refused.status_code == 422
        # At its field, with what was typed; not as a message above the page.
        assert list(refused.context["form"].errors) == ["reason"]
        assert text(refused).count("请写明学时怎样确定") == 1
        assert 'value="10"' in text(refused)
        refused = reviewer.post(case, {"action": "accept", "hours": "12.5", "reason": "多出半天"})
        assert list(refused.context["form"].errors) == ["hours"]
        assert "多出半天" in text(refused)
        done = reviewer.post(case, {"action": "accept", "hours": "10.25", "reason": "参会两天半"})
        assert done.status_code == 302
        while deliver_pending():
            pass
        assert posted_hours(house.worker.uuid)["specialty"] == 1025
        page = text(client.get(reverse("hours:year")))
        assert "智能制造学术年会" in page
        assert "10.25" in page
        assert "参会两天半" in page
        assert "正在记入" not in page
        assert "10.25" in text(client.get(reverse("hours:declarations")))
        assert "参会两天半" in text(client.get(detail(claim)))

    def test_a_grade_of_a_rule_can_be_chosen_and_hours_left_to_it(self, house, client):
        rule(grade="全国性")
        page = text(client.get(reverse("hours:declare")))
        assert "conference|全国性" in page
        assert "每次 12 学时" in page
        client.post(reverse("hours:declare"), form(house, sort="conference|全国性", hours="", units="2"))
        claim = HoursDeclaration.objects.get()
        assert (claim.declared_centihours, claim.rule.version) == (2400, 1)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("hours", ""),
            ("hours", "12.345"),
            ("hours", "-3"),
            ("hours", "1e9"),
            ("hours", "NaN"),
            ("units", "0"),
            ("ends_on", "2026-03-01"),
            ("ends_on", "2027-01-01"),
            ("title", ""),
            ("sort", "conference|银河级"),
            ("employer", ""),
            ("department", "0190aaaa-0000-7000-8000-000000000000"),
        ],
    )
    def test_what_cannot_be_right_is_said_beside_the_field(self, house, client, field, value):
        answer = client.post(reverse("hours:declare"), form(house, **{field: value}))
        assert answer.status_code == 422
        assert f'href="#id_{field}' in text(answer)
        assert not HoursDeclaration.objects.exists()

    def test_a_file_that_is_no_evidence(self, house, client):
        files = {"evidence": SimpleUploadedFile("x.png", b"<svg onload=alert(1)>")}
        answer = client.post(reverse("hours:declare"), form(house) | files)
        assert answer.status_code == 422
        assert "不是 PDF、JPG 或 PNG" in text(answer)
        assert not HoursDeclaration.objects.exists()

    def test_a_double_click_leads_to_the_first_claim(self, house, client):
        client.post(reverse("hours:declare"), form(house))
        answer = client.post(reverse("hours:declare"), form(house))
        assert answer.status_code == 302
        assert answer["Location"] == detail(HoursDeclaration.objects.get())

    def test_somebody_without_an_employer_is_told_what_to_do(self):
        page = text(signed_in(UserFactory()).get(reverse("hours:declare")))
        assert "单位的人事专员" in page
        assert reverse("accounts_pages:employment") in page
        assert 'name="title"' not in page

    def test_a_confirmed_employee_declares_and_the_firms_officer_lets_it_through(self, house, client):
        firm, user = Firm(), UserFactory()
        firm.load(of(user))
        page = signed_in(user).get(reverse("hours:declare"))
        assert 'name="title"' not in text(page)
        confirm(user, firm.invitation(user))
        said = form(house, employer=str(firm.organisation.uuid))
        assert signed_in(user).post(reverse("hours:declare"), said).status_code == 302
        claim = HoursDeclaration.objects.get(person=user)
        assert review(firm.hr, claim, Verdict("accept")).state == "department"

    def test_supplement_withdraw_and_appeal(self, house, client):
        claim = review(house.hr, house.claim(), Verdict("ask", "请补会议通知"))
        page = text(client.get(detail(claim)))
        assert "请补会议通知" in page
        assert "2026-03-25 前（含当日）补充" in page
        there = reverse("hours:supplement", args=[claim.uuid])
        assert client.post(there, {"text": ""}).status_code == 422
        assert client.post(there, {"text": "已补", "evidence": picture()}).status_code == 302
        claim = review(house.hr, HoursDeclaration.objects.get(), Verdict("refuse", "与岗位无关"))
        there = reverse("hours:appeal", args=[claim.uuid])
        assert client.post(there, {"reason": ""}).status_code == 422
        assert client.post(there, {"reason": "与岗位有关"}).status_code == 302
        assert client.post(there, {"reason": "与岗位有关"}).status_code == 409
        assert client.post(reverse("hours:withdraw", args=[claim.uuid])).status_code == 302
        assert client.post(reverse("hours:withdraw", args=[claim.uuid])).status_code == 409
        assert "撤回" in text(client.get(detail(claim)))

    def test_others_claims_and_files_are_not_there(self, house):
        claim = house.claim(picture())
        file = DeclarationFile.objects.get()
        stranger = signed_in(UserFactory())
        for address in (detail(claim), reverse("hours:evidence", args=[file.uuid])):
            assert stranger.get(address).status_code == 404
        for name in ("withdraw", "supplement", "appeal"):
            there = reverse(f"hours:{name}", args=[claim.uuid])
            assert stranger.post(there, {"text": "x", "reason": "x"}).status_code == 404
            assert stranger.get(there).status_code == 405

    def test_evidence_comes_as_a_private_file(self, house, client):
        house.claim(picture())
        file = DeclarationFile.objects.get()
        answer = client.get(reverse("hours:evidence", args=[file.uuid]))
        assert b"".join(answer.streaming_content) == PNG
        assert answer["Content-Type"] == "image/png"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert "no-store" in answer["Cache-Control"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "证书" not in file.file.name
        with pytest.raises(ValueError, match="no public address"):
            file.file.storage.url(file.file.name)

    def test_queries_do_not_grow(self, house, client, django_assert_max_num_queries):
        pages = (reverse("hours:declarations"), reverse("hours:year"), reverse("hours:declare"))
        house.accepted()
        with django_assert_max_num_queries(200) as first:
            for address in pages:
                client.get(address)
        for _ in range(4):
            house.accepted()
            house.claim()
        with django_assert_max_num_queries(len(first.captured_queries)):
            for address in pages:
                client.get(address)

    def test_queries_of_a_claim_do_not_grow_with_its_steps(
        self, house, client, django_assert_max_num_queries
    ):
        short = house.claim(picture())
        client.get(detail(short))
        # Where sessions lie in Redis it is one less.
        with django_assert_max_num_queries(5):
            client.get(detail(short))
        long = house.claim(picture(), picture())
        review(house.hr, long, Verdict("refuse", "与岗位无关"))
        with django_assert_max_num_queries(5):
            client.get(detail(long))

    def test_the_list_is_paged(self, house, client):
        for _ in range(21):
            house.claim()
        assert text(client.get(reverse("hours:declarations"))).count("list-link") == 20
        assert text(client.get(reverse("hours:declarations") + "?page=2")).count("list-link") == 1

    def test_the_pages_in_english(self, house, client):
        claim = accept(house.reviewer, house.passed())
        for address in (reverse("hours:declare"), reverse("hours:declarations"), detail(claim)):
            page = text(client.get(address, headers={"accept-language": "en"}))
            assert "<h1>" in page
            assert 'lang="en"' in page

    def test_ones_own_data_holds_the_claims(self, house):
        house.accepted()
        part = export_person(house.worker)["declarations"]
        assert part[0]["counted_centihours"] == 1200
        assert [step["act"] for step in part[0]["steps"]] == ["submit", "pass", "accept"]


class TestStaff:
    def test_who_decided_before_reads_that_an_appeal_is_heard_by_somebody_else(self, house, client):
        claim = review(house.reviewer, house.passed(), Verdict("refuse", "看不出主办单位"))
        client.post(reverse("hours:appeal", args=[claim.uuid]), {"reason": "会议通知第 2 页写明"})
        address = reverse("learning_declaration", args=[claim.uuid])
        first = text(signed_in(house.reviewer, staff=True).get(address))
        assert "要由另一位审核人员处理" in first
        assert 'name="action"' not in first
        second = text(signed_in(house.second, staff=True).get(address))
        assert "要由另一位审核人员处理" not in second
        assert 'name="action"' in second

    def test_screens_are_for_those_who_judge(self, house):
        claim = house.claim()
        case = reverse("learning_declaration", args=[claim.uuid])
        for stranger in (house.worker, member("editor", house.employer), member("reviewer")):
            client = signed_in(stranger, staff=True)
            assert client.get(reverse("learning_declarations")).status_code == 403
            assert client.get(case).status_code == 403
            assert client.get(reverse("learning_hours_rules")).status_code == 403
        other = signed_in(House().hr, staff=True)
        assert other.get(case).status_code == 404
        assert other.post(case, {"action": "accept"}).status_code == 404

    def test_the_menu_shows_what_one_may(self, house):
        home = reverse("wagtailadmin_home")
        assert reverse("learning_declarations") in text(signed_in(house.hr, staff=True).get(home))
        assert reverse("learning_declarations") not in text(signed_in(house.worker, staff=True).get(home))
        officer = signed_in(member("officer", house.department), staff=True)
        assert reverse("learning_hours_rules") in text(officer.get(home))

    def test_the_queue_by_state_paged_and_in_a_fixed_number_of_queries(
        self, house, django_assert_max_num_queries
    ):
        client = signed_in(house.hr, staff=True)
        address = reverse("learning_declarations")
        house.claim()
        client.get(address)
        with django_assert_max_num_queries(100) as first:
            client.get(address)
        for _ in range(30):
            house.claim()
        with django_assert_max_num_queries(len(first.captured_queries)):
            page = text(client.get(address))
        assert "page=2" in page
        assert page.count('class="title"') == 30
        review(house.hr, HoursDeclaration.objects.first(), Verdict("refuse", "与岗位无关"))
        assert text(client.get(address + "?state=refused")).count('class="title"') == 1
        assert text(client.get(address + "?state=nonsense&page=x")).count('class="title"') == 30

    def test_similar_claims_are_shown_to_the_reviewer(self, house):
        house.accepted(title="年会一")
        claim = house.claim(title="年会二")
        page = text(signed_in(house.hr, staff=True).get(reverse("learning_declaration", args=[claim.uuid])))
        assert "可能相同的申报" in page
        assert "年会一" in page

    def test_ones_own_claim_is_not_in_ones_queue(self, house):
        claim = house.claim(person=house.hr)
        client = signed_in(house.hr, staff=True)
        assert claim.title not in text(client.get(reverse("learning_declarations")))
        assert client.get(reverse("learning_declaration", args=[claim.uuid])).status_code == 404

    def test_an_officer_publishes_a_rule(self, house):
        client = signed_in(member("officer", house.department), staff=True)
        address = reverse("learning_hours_rules")
        assert "尚未设定" in text(client.get(address))
        new = {
            "activity": "paper",
            "grade": "第一作者",
            "category": "specialty",
            "valid_from": "2026-01-01",
            "hours": "6",
            "unit_word": "篇",
            "yearly_cap": "",
            "source": "申江人社〔2026〕1 号",
        }
        assert client.post(address, new | {"source": ""}).status_code == 422
        assert client.post(address, new | {"hours": "0"}).status_code == 422
        assert client.post(address, new).status_code == 302
        row = HoursActivityRule.objects.get()
        assert (row.centihours_per_unit, row.version, row.grade) == (600, 1, "第一作者")
        assert "每篇 6 学时" in text(client.get(address))


class TestApi:
    def test_the_same_way_by_program(self, house, client):
        there = "/api/v1/learning/declarations"
        said = {
            "activity": "conference",
            "category": "specialty",
            "title": "年会",
            "organiser": "学会",
            "starts_on": "2026-03-02",
            "ends_on": "2026-03-04",
            "centihours": "1200",
            "employer": str(house.employer.uuid),
            "department": str(house.department.uuid),
        }
        made = client.post(there, said | {"evidence": [picture()]})
        assert made.status_code == 201
        uuid = made.json()["uuid"]
        assert [row["uuid"] for row in client.get(there).json()] == [uuid]
        assert client.post(there, said).json()["code"] == "already_open"
        assert client.post(there, said | {"title": "另一个", "ends_on": "2027-01-01"}).status_code == 422
        hr, reviewer = signed_in(house.hr), signed_in(house.reviewer)
        assert [row["uuid"] for row in hr.get(f"{there}/review").json()] == [uuid]
        assert client.get(f"{there}/review").status_code == 403

        def judge(who, **values):
            return who.post(f"{there}/review/{uuid}", json.dumps(values), content_type="application/json")

        assert judge(reviewer, verdict="accept").status_code == 404
        assert judge(hr, verdict="accept").json()["state"] == "department"
        assert judge(reviewer, verdict="pass").status_code == 422
        assert judge(reviewer, verdict="accept", centihours=1300, reason="x").status_code == 422
        done = judge(reviewer, verdict="accept", centihours=800, reason="参会两天").json()
        assert (done["state"], done["counted_centihours"]) == ("accepted", 800)
        own = client.get(f"{there}/{uuid}").json()
        assert [step["act"] for step in own["steps"]] == ["submit", "pass", "accept"]
        year = client.get("/api/v1/learning/hours?year=2026").json()
        assert year["earned"]["specialty"] == 800
        assert year["declarations"][0]["uuid"] == uuid
        assert client.post(f"{there}/{uuid}/withdraw").status_code == 409
        assert client.get(f"{there}/rules").json() == []

    def test_somebody_elses_claim(self, house):
        claim = house.claim()
        MembershipFactory(user=(other := UserFactory()), organisation=house.employer, role="teacher")
        client = signed_in(other)
        there = f"/api/v1/learning/declarations/{claim.uuid}"
        assert client.get(there).status_code == 404
        assert client.post(f"{there}/withdraw").status_code == 404
