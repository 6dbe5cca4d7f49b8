"""The pages and the API of employment: the officer's list with its preview, the person's answer, without scripts."""

from io import BytesIO

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from lms.accounts.demo import load_demo_people
from lms.accounts.employment import queries, services
from lms.accounts.employment.models import Employment, Roster, RosterLine
from lms.accounts.employment.rules import read
from lms.accounts.people.queries import looks_at
from lms.learning.declarations.queries import employers_of
from lms.lib import sheets
from lms.lib.clock import today
from tests.accounts.rosters import Firm, of, row, workbook, worker
from tests.factories.accounts import OrganisationFactory, UserFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture
def firm():
    return Firm()


def signed_in(user):
    found = Client()
    found.force_login(user)
    return found


def staff(user):
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    return signed_in(user)


def text(answer):
    return answer.content.decode()


def file(*rows, name="名单.xlsx", **options):
    return {"file": SimpleUploadedFile(name, workbook(*rows, **options))}


def roster_of(firm):
    return reverse("rongtong_roster", args=[firm.organisation.code])


class TestOfficer:
    def test_the_walk_from_the_template_to_a_confirmed_employee(self, firm):
        user, client = worker(), staff(firm.hr)
        assert client.get(reverse("rongtong_rosters")).headers["Location"] == roster_of(firm)
        sheet = client.get(reverse("rongtong_roster_template"))
        assert [values[1][0] for values in sheets.read(sheet.content)] == ["姓名"]
        answer = client.post(roster_of(firm), file(of(user, "张三"), row("李四", "13900139000")))
        draft = Roster.objects.get()
        assert answer.headers["Location"] == reverse("rongtong_roster_draft", args=[draft.uuid])
        page = client.get(answer.headers["Location"])
        assert "新增 2" in text(page)
        assert not RosterLine.objects.exists()
        answer = client.post(
            answer.headers["Location"], {"action": "apply", "seen": page.context["seen"]}, follow=True
        )
        assert text(answer).count("待本人确认</span>") == 2
        services.confirm(user, firm.invitation(user))
        page = text(client.get(roster_of(firm)))
        assert "已确认</span>" in page
        assert "13900139000" not in page
        assert "139 **** 9000" in page
        assert looks_at(user).count() == 1
        line = firm.lines()[0]
        client.post(reverse("rongtong_roster_remove", args=[line.uuid]), {"reason": "合同到期"})
        assert Employment.objects.get().ended_by == "employer"

    def test_a_bad_file_says_where_and_imports_nothing(self, firm):
        client = staff(firm.hr)
        answer = client.post(roster_of(firm), file(row(), row("李四", "138"), row("王五", "13800138000")))
        assert answer.status_code == 422
        assert "第 3 行：" in text(answer)
        assert "手机号和第 2 行相同" in text(answer)
        for content in (b"", b"PK", b"name,phone"):
            upload = {"file": SimpleUploadedFile("a.xlsx", content)}
            assert client.post(roster_of(firm), upload).status_code == 422
        assert client.post(roster_of(firm)).status_code == 422
        assert not Roster.objects.exists()

    def test_the_same_file_again_and_a_draft_thrown_away(self, firm):
        client = staff(firm.hr)
        firm.load(row())
        answer = client.post(roster_of(firm), file(row()), follow=True)
        assert "没有变化" in text(answer)
        client.post(roster_of(firm), file(row("李四")))
        draft = reverse("rongtong_roster_draft", args=[Roster.objects.get(applied_at=None).uuid])
        client.post(draft, {"action": "discard"})
        assert client.get(draft).status_code == 404
        assert [line.name for line in firm.lines()] == ["张三"]

    def test_what_nobody_saw_is_not_applied(self, firm):
        client = staff(firm.hr)
        client.post(roster_of(firm), file(row()))
        draft = reverse("rongtong_roster_draft", args=[Roster.objects.get().uuid])
        assert client.post(draft, {"action": "apply", "seen": "x"}).status_code == 409
        assert not RosterLine.objects.exists()

    def test_a_leaver_who_confirmed_is_announced(self, firm):
        client = staff(firm.hr)
        firm.employ(worker(), worker())
        client.post(roster_of(firm), file(row("新人", "13700137000")))
        page = text(client.get(reverse("rongtong_roster_draft", args=[Roster.objects.latest("id").uuid])))
        assert "移出的人里有 2 人已经确认" in page

    def test_nobody_else_comes_in(self, firm):
        firm.load(row())
        found = services.upload(firm.hr, firm.organisation, workbook(row("李四")))
        colleague = member("hr", firm.organisation)
        draft = reverse("rongtong_roster_draft", args=[found.draft.uuid])
        remove = reverse("rongtong_roster_remove", args=[firm.lines()[0].uuid])
        for user, statuses in (
            (member("admin", firm.organisation), [403, 403, 403]),
            (Firm(name="别家").hr, [404, 404, 404]),
            (UserFactory(), [403, 403, 403]),
            (colleague, [200, 404, 302]),
        ):
            client = staff(user)
            asked = [
                client.get(roster_of(firm)),
                client.get(draft),
                client.post(remove, {"reason": "合同到期"}),
            ]
            assert [answer.status_code for answer in asked] == statuses


class TestPerson:
    def test_the_walk_from_the_invitation_to_the_end(self, firm):
        user = worker()
        firm.load(of(user, "张三丰"))
        client = signed_in(user)
        assert "有单位等你确认" in text(client.get(reverse("accounts_pages:profile")))
        page = text(client.get(reverse("accounts_pages:employment")))
        assert "青申精密机械有限公司" in page
        assert "张＊＊" in page
        assert "张三丰" not in page
        line = firm.lines()[0]
        answer = client.post(reverse("accounts_pages:employment_confirm", args=[line.uuid]), follow=True)
        assert "已确认：你在青申精密机械有限公司工作。" in text(answer)
        assert list(employers_of(user)) == [firm.organisation]
        employment = Employment.objects.get()
        answer = client.post(reverse("accounts_pages:employment_end", args=[employment.uuid]), follow=True)
        assert "由本人结束" in text(answer)
        assert not employers_of(user).exists()

    def test_a_no(self, firm):
        user = worker()
        firm.load(of(user))
        client = signed_in(user)
        address = reverse("accounts_pages:employment_decline", args=[firm.lines()[0].uuid])
        assert "单位看到的仍是“待本人确认”" in text(client.post(address, follow=True))
        assert "待本人确认</span>" in text(staff(firm.hr).get(roster_of(firm)))

    def test_somebody_elses_is_not_there(self, firm):
        user, stranger = worker(), signed_in(worker())
        employment = firm.employ(user)[0]
        line = firm.lines()[0]
        for name, uuid in (("confirm", line.uuid), ("decline", line.uuid), ("end", employment.uuid)):
            address = reverse(f"accounts_pages:employment_{name}", args=[uuid])
            assert stranger.get(address).status_code == 405
            assert stranger.post(address).status_code == 404
            assert Client().post(address).status_code == 302
        assert "还没有单位" in text(stranger.get(reverse("accounts_pages:employment")))

    def test_signing_in_and_learning_wait_for_no_employer(self, firm):
        user = worker()
        firm.load(of(user))
        assert signed_in(user).get(reverse("learning:home")).status_code == 200
        assert not employers_of(user).exists()

    def test_an_authority_is_no_employer_whose_officer_could_say_that_a_claim_is_true(self):
        authority = OrganisationFactory(kind="authority")
        assert not employers_of(member("officer", authority)).exists()


class TestApi:
    def test_the_whole_way(self, firm):
        user = worker()
        firm.load(of(user, "张三丰"))
        client = signed_in(user)
        waiting = client.get("/api/v1/accounts/me/invitations").json()
        assert [(item["organisation"], item["name"]) for item in waiting] == [
            (firm.organisation.code, "张＊＊")
        ]
        line = waiting[0]["uuid"]
        assert client.post(f"/api/v1/accounts/me/invitations/{line}/decline").status_code == 204
        assert client.get("/api/v1/accounts/me/invitations").json() == []
        made = client.post(f"/api/v1/accounts/me/invitations/{line}/confirm").json()
        assert (made["in_force"], made["since"]) == (True, "2026-03-01")
        ended = client.post(f"/api/v1/accounts/me/employments/{made['uuid']}/end").json()
        assert (ended["in_force"], ended["ended_by"], ended["until"]) == (
            False,
            "person",
            today().isoformat(),
        )
        assert [item["uuid"] for item in client.get("/api/v1/accounts/me/employments").json()] == [
            made["uuid"]
        ]
        other = signed_in(worker())
        assert other.post(f"/api/v1/accounts/me/employments/{made['uuid']}/end").status_code == 404
        assert other.post(f"/api/v1/accounts/me/invitations/{line}/confirm").status_code == 404
        assert Client().get("/api/v1/accounts/me/employments").status_code == 401


def test_the_template_filled_in_is_taken(firm):
    body = staff(firm.hr).get(reverse("rongtong_roster_template")).content
    book = load_workbook(BytesIO(body))
    for place, value in enumerate(row(), start=1):
        book.worksheets[0].cell(2, place, value)
    out = BytesIO()
    book.save(out)
    people, bad = read(sheets.read(out.getvalue()), today())
    assert ([person.name for person in people], bad) == (["张三"], [])


def test_the_demo_twice_and_after_its_visitors_changed_it():
    people, organisations = load_demo_people()
    lines = queries.on_roster(organisations["qsjx"])
    states = sorted(lines.values_list("state", flat=True))
    assert states == ["confirmed"] * 3 + ["invited"] * 3
    assert list(employers_of(people["learner"])) == [organisations["qsjx"]]
    assert queries.invitations(people["learner2"]).count() == 1
    services.end_own(people["learner"], Employment.objects.get(user=people["learner"]))
    load_demo_people()
    assert not employers_of(people["learner"]).exists()
    assert lines.count() == 6
