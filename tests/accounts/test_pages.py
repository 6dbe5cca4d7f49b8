"""/me/, the staff screens and the API: forms without scripts, masks, rights, rows."""

import json

import pytest
from django.urls import reverse

from lms.accounts.identity.services import reveal_identity, set_identity, verify_identity
from lms.accounts.models import Identity, Membership, Organisation, RoleInvitation, User
from lms.accounts.organisations import services
from lms.accounts.organisations.queries import actor, require_role
from lms.accounts.people.export import _parts, register_export_part
from lms.lib.audit.models import AuditRow
from tests.accounts.test_identity import VECTOR
from tests.factories.accounts import MembershipFactory, OrganisationFactory, UserFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(client):
    user = UserFactory(display_name="小雨", phone="+8619000000321", email="li.na@example.com")
    client.force_login(user)
    return user


def give(client, **more):
    data = {"kind": "id_card", "legal_name": "王芳", "number": VECTOR, "consent": "on"} | more
    return client.post("/me/identity/", {k: v for k, v in data.items() if v is not None})


class TestMe:
    @pytest.mark.parametrize("path", ["/me/", "/me/identity/", "/me/looks/"])
    def test_only_signed_in(self, client, path):
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer.url.startswith("/accounts/login/?next=/me/")

    def test_profile(self, client, person):
        page = client.get("/me/")
        text = page.content.decode()
        assert "小雨" in text
        assert "190 0000 0321" in text
        assert "还没有实名" in text
        assert client.post("/me/", {"display_name": "  小  雨点 "}).status_code == 302
        person.refresh_from_db()
        assert person.display_name == "小 雨点"
        assert client.post("/me/", {"display_name": "长" * 61}).status_code == 422

    def test_few_queries(self, client, person, django_assert_max_num_queries):
        with django_assert_max_num_queries(12):
            client.get("/me/")

    def test_identity_given_and_shown_masked(self, client, person):
        answer = give(client, next="/credit/")
        assert answer.url == "/credit/"
        text = client.get("/me/identity/").content.decode()
        assert "王＊" in text
        assert "1****************X" in text
        assert VECTOR not in text
        assert "王芳" not in text

    def test_next_stays_on_this_site(self, client, person):
        assert give(client, next="//evil.example/").url == "/me/identity/"

    def test_faults_at_their_place_and_nothing_lost(self, client, person):
        answer = give(client, number="110105194912310021", legal_name="王")
        text = answer.content.decode()
        assert answer.status_code == 422
        assert 'id="id_number_error"' in text
        assert "校验不上" in text
        assert 'id="id_legal_name_error"' in text
        assert 'value="110105194912310021"' in text
        assert not Identity.objects.exists()

    def test_no_consent_nothing_kept(self, client, person):
        answer = give(client, consent=None)
        assert answer.status_code == 422
        assert "单独同意" in answer.content.decode()
        both = give(client, consent=None, number="110105194912310021").content.decode()
        assert "单独同意" in both
        assert "校验不上" in both
        assert not Identity.objects.exists()

    def test_a_taken_number_is_409(self, client, person):
        other = UserFactory()
        set_identity(other, "id_card", "王芳", VECTOR, actor(other))
        answer = give(client)
        assert answer.status_code == 409
        assert "不能用于这个账号" in answer.content.decode()

    def test_a_verified_name_is_locked(self, client, person):
        give(client)
        verify_identity(person, require_role(member("officer"), "officer"), reason="窗口核对原件")
        give(client, legal_name="王方")
        assert Identity.objects.get().legal_name == "王芳"
        text = client.get("/me/identity/").content.decode()
        assert "已核实" in text
        assert "<textarea" not in text
        assert 'name="number"' not in text

    def test_who_verifies_is_said_without_an_employer(self, client, person, settings):
        settings.RONGTONG_CONTACT = "申江市民服务中心，工作日 9:00—17:00"
        city = OrganisationFactory(kind="authority", name="申江市人社局")
        member("officer", city)
        member("officer", OrganisationFactory(kind="authority", name="已停办的局", status="suspended"))
        OrganisationFactory(kind="authority", name="没有人员的局")
        firm = OrganisationFactory(kind="enterprise", name="申江机电")
        member("hr", firm)
        text = client.get("/me/identity/").content.decode()
        assert "找谁核实" in text
        assert "申江市人社局" in text
        assert "已停办的局" not in text
        assert "没有人员的局" not in text
        assert "申江机电" not in text
        assert "申江市民服务中心" in text
        assert "原件" in text
        # Of one's own organisation personnel may; nobody verifies themselves.
        MembershipFactory(user=person, organisation=firm, role="teacher")
        alone = MembershipFactory(user=person, role="hr", organisation__name="只有自己的单位").organisation
        text = client.get("/me/identity/").content.decode()
        assert "申江机电" in text
        assert alone.name not in text

    def test_nobody_to_verify_is_said_too(self, client, person):
        assert "还没有能核实的机构" in client.get("/me/identity/").content.decode()

    def test_who_looked(self, client, person):
        give(client)
        officer = member("officer", OrganisationFactory(name="申江市人社局", kind="authority"))
        reveal_identity(officer, person, "核对补贴名单")
        text = client.get("/me/looks/").content.decode()
        assert "申江市人社局" in text
        assert "核对补贴名单" in text
        assert "主管部门人员" in text
        assert officer.display_name not in text

    def test_export_holds_everything_and_is_recorded(self, client, person):
        give(client)
        MembershipFactory(user=person)
        register_export_part("test", lambda user: {"hello": str(user.uuid)})
        try:
            answer = client.post("/me/export/")
        finally:
            del _parts["test"]
        assert "attachment" in answer["Content-Disposition"]
        document = json.loads(answer.content)
        assert document["format"] == "rongtong-person-export"
        assert document["account"]["phone"] == "+8619000000321"
        assert document["account"]["identity"]["number"] == VECTOR
        assert document["account"]["roles"][0]["role"] == "editor"
        assert document["test"] == {"hello": str(person.uuid)}
        assert AuditRow.objects.filter(action="person.export", target=person.uuid).count() == 1
        assert client.get("/me/export/").status_code == 405

    def test_privacy_notice_is_open_to_all(self, client):
        assert "谁能看到" in client.get("/me/privacy/").content.decode()


@pytest.mark.long
class TestStaff:
    def test_learners_are_told_instead_of_sent_in_circles(self, client, person):
        answer = client.get("/admin/", follow=True)
        assert answer.status_code == 403
        assert "没有工作人员角色" in answer.content.decode()

    def test_visitors_come_back_after_signing_in(self, client):
        answer = client.get("/admin/organisations/", follow=True)
        assert answer.redirect_chain[-1][0] == "/accounts/login/?next=%2Fadmin%2Forganisations%2F"

    @pytest.mark.parametrize(
        ("role", "status"),
        [("officer", 200), ("admin", 200), ("hr", 200), ("editor", 403), ("reviewer", 403)],
    )
    @pytest.mark.parametrize("name", ["organisations", "people", "roles"])
    def test_who_sees_the_registers(self, client, role, status, name):
        college = OrganisationFactory()
        root = User.objects.create_superuser("root@example.com")
        user = UserFactory()
        if role == "officer":
            college = OrganisationFactory(kind="authority")
        services.grant_role(user, college, role, root)
        client.force_login(user)
        assert client.get(reverse(f"rongtong_{name}")).status_code == status
        home = client.get("/admin/").content.decode()
        assert ("rongtong" in home or "/admin/people/" in home) == (status == 200)

    def officer(self, client):
        user = UserFactory()
        root = User.objects.create_superuser("root@example.com")
        services.grant_role(user, OrganisationFactory(kind="authority", name="人社局"), "officer", root)
        client.force_login(user)
        return user

    def test_lists_mask_search_and_page(self, client):
        self.officer(client)
        someone = UserFactory(display_name="赵一", phone="+8619012345678", email="zhao.yi@example.com")
        set_identity(someone, "id_card", "王芳", VECTOR, actor(someone))
        text = client.post("/admin/people/", {"q": "赵"}).content.decode()
        assert "190 **** 5678" in text
        assert "zh***@example.com" in text
        assert "19012345678" not in text
        for words in ("190 1234 5678", "zhao.yi@example.com", VECTOR.lower()):
            assert "赵一" in client.post("/admin/people/", {"q": words}).content.decode(), words
        for words in ("1901234", "zhao.yi", VECTOR[:17]):
            assert "赵一" not in client.post("/admin/people/", {"q": words}).content.decode(), words
        for _n in range(35):
            UserFactory()
        assert "下一页" in client.get("/admin/people/").content.decode()

    def test_list_of_people_takes_few_queries(self, client, django_assert_max_num_queries):
        self.officer(client)
        UserFactory.create_batch(25)
        with django_assert_max_num_queries(20):
            client.get("/admin/people/")

    def test_administrators_see_only_their_own(self, client):
        own, other = OrganisationFactory(name="本院"), OrganisationFactory(name="外院")
        admin = UserFactory()
        services.grant_role(admin, own, "admin", User.objects.create_superuser("root@example.com"))
        colleague, stranger = (
            member("editor", own, display_name="同事甲"),
            member("editor", other, display_name="外人乙"),
        )
        client.force_login(admin)
        assert "外院" not in client.get("/admin/organisations/").content.decode()
        assert "外人乙" not in client.get("/admin/people/").content.decode()
        assert "外人乙" not in client.get("/admin/roles/").content.decode()
        assert "同事甲" in client.get("/admin/roles/").content.decode()
        assert client.get(reverse("rongtong_person", args=[colleague.uuid])).status_code == 200
        assert client.get(reverse("rongtong_person", args=[stranger.uuid])).status_code == 404
        assert client.get(reverse("rongtong_organisation", args=[other.uuid])).status_code == 404
        row = Membership.objects.get(user=stranger)
        assert client.post(reverse("rongtong_role_end", args=[row.pk])).status_code == 404

    def test_registering_with_an_odd_code_warns_and_goes_on(self, client):
        self.officer(client)
        data = {"name": "青申厂", "code": "qs", "kind": "enterprise", "uscc": "91350211M0000XUF46"}
        answer = client.post(reverse("rongtong_organisation_new"), data, follow=True)
        assert "校验不上" in answer.content.decode()
        made = Organisation.objects.get(code="qs")
        answer = client.post(
            reverse("rongtong_organisation_proof", args=[made.uuid]), {"proof": "执照副本 021"}, follow=True
        )
        assert "执照副本 021" in answer.content.decode()
        answer = client.post(reverse("rongtong_organisation_new"), data)
        assert answer.status_code == 422
        assert "已经有了" in answer.content.decode()

    def test_a_code_is_given_afterwards(self, client):
        self.officer(client)
        made = OrganisationFactory(name="无码厂", kind="enterprise", uscc="")
        page = reverse("rongtong_organisation", args=[made.uuid])
        address = reverse("rongtong_organisation_uscc", args=[made.uuid])
        assert address in client.get(page).content.decode()
        wrong = client.post(address, {"uscc-uscc": "9135", "uscc-proof": "执照副本 021"})
        assert wrong.status_code == 422
        assert "18 位" in wrong.content.decode()
        said = {"uscc-uscc": "91350100M000100Y43", "uscc-proof": "执照副本 021"}
        answer = client.post(address, said, follow=True).content.decode()
        assert "91350100M000100Y43" in answer
        assert "执照副本 021" in answer
        assert address not in answer, "what is registered stays"

    def test_the_sector_is_chosen_from_the_catalogues_and_told_by_the_api(self, client):
        self.officer(client)
        made = OrganisationFactory(name="无行业厂", kind="enterprise")
        page = reverse("rongtong_organisation", args=[made.uuid])
        address = reverse("rongtong_organisation_sector", args=[made.uuid])
        assert address in client.get(page).content.decode()
        wrong = client.post(address, {"sector-sector": "magic"})
        assert wrong.status_code == 422
        answer = client.post(address, {"sector-sector": "industry"}, follow=True).content.decode()
        assert "<dd>工业信息</dd>" in answer
        assert "登记行业" in answer
        told = client.get("/api/v1/accounts/organisations", {"q": "无行业厂"}).json()
        assert [one["sector"] for one in told["items"]] == ["industry"]

    def test_only_officers_choose_a_sector(self, client):
        made = OrganisationFactory()
        admin = UserFactory()
        services.grant_role(admin, made, "admin", User.objects.create_superuser("root@example.com"))
        client.force_login(admin)
        address = reverse("rongtong_organisation_sector", args=[made.uuid])
        assert address not in client.get(reverse("rongtong_organisation", args=[made.uuid])).content.decode()
        assert client.post(address, {"sector-sector": "industry"}).status_code == 403
        made.refresh_from_db()
        assert made.sector == ""

    def test_giving_and_ending_a_role_on_the_page(self, client):
        college = OrganisationFactory()
        admin, colleague = UserFactory(), UserFactory(phone="+8619000000654")
        services.grant_role(admin, college, "admin", User.objects.create_superuser("root@example.com"))
        client.force_login(admin)
        url = reverse("rongtong_grant", args=[college.uuid])
        assert client.post(url, {"person": "190 0000 0654", "role": "officer"}).status_code == 422
        assert client.post(url, {"person": "190 0000 0654", "role": "editor"}).status_code == 302
        assert client.post(url, {"person": admin.phone, "role": "editor"}).status_code == 422
        client.force_login(colleague)
        offer = RoleInvitation.objects.get()
        assert str(offer.uuid) in client.get("/me/").content.decode()
        assert client.post(reverse("accounts_pages:role_accept", args=[offer.uuid])).status_code == 302
        row = Membership.objects.get(user=colleague)
        client.force_login(admin)
        assert client.post(reverse("rongtong_role_end", args=[row.pk])).status_code == 302
        row.refresh_from_db()
        assert row.until is not None

    def test_a_real_name_is_shown_for_a_reason_and_verified(self, client):
        self.officer(client)
        someone = UserFactory()
        set_identity(someone, "id_card", "王芳", VECTOR, actor(someone))
        url = reverse("rongtong_person", args=[someone.uuid])
        page = client.get(url)
        assert VECTOR not in page.content.decode()
        assert "no-store" in page["Cache-Control"]
        assert VECTOR not in client.post(url, {"action": "reveal", "reason": "看"}).content.decode()
        assert VECTOR in client.post(url, {"action": "reveal", "reason": "核对补贴名单"}).content.decode()
        assert AuditRow.objects.filter(action="identity.reveal", target=someone.uuid).count() == 1
        said = {"action": "verify", "reason": "窗口核对原件", "seen": page.context["seen"]}
        assert client.post(url, said).status_code == 302
        assert Identity.objects.get(user=someone).status == "verified"

    def test_what_was_changed_since_it_was_shown_is_not_verified(self, client):
        self.officer(client)
        someone = UserFactory()
        set_identity(someone, "id_card", "王芳", VECTOR, actor(someone))
        url = reverse("rongtong_person", args=[someone.uuid])
        page = client.post(url, {"action": "reveal", "reason": "核对证件原件"})
        said = {"action": "verify", "reason": "窗口核对原件", "seen": page.context["seen"]}
        # The paper in the officer's hand says 王芳; at home somebody presses "save".
        set_identity(someone, "id_card", "李四", VECTOR, actor(someone))
        answer = client.post(url, said)
        assert answer.status_code == 422
        assert "本人改过实名信息" in answer.content.decode()
        assert Identity.objects.get(user=someone).status == "checked"
        assert not AuditRow.objects.filter(action="identity.verify").exists()
        for forged in ("", "x", "错"):
            assert client.post(url, said | {"seen": forged}).status_code == 422
        assert client.post(url, said | {"seen": answer.context["seen"]}).status_code == 302
        assert Identity.objects.get(user=someone).status == "verified"

    def test_suspending_on_the_page(self, client):
        self.officer(client)
        college = OrganisationFactory()
        url = reverse("rongtong_organisation_status", args=[college.uuid])
        assert client.post(url, {"status-reason": "停"}).status_code == 422
        assert client.post(url, {"status-reason": "办学许可到期"}).status_code == 302
        college.refresh_from_db()
        assert college.status == "suspended"

    def test_wagtails_own_user_pages_open_for_superusers_alone(self, client):
        root = User.objects.create_superuser("root@example.com")
        client.force_login(root)
        assert client.get(reverse("wagtailusers_users:index")).status_code == 200
        assert client.get(reverse("wagtailusers_users:edit", args=[root.pk])).status_code == 200
        user = UserFactory()
        services.grant_role(user, OrganisationFactory(), "admin", root)
        client.force_login(user)
        assert client.get(reverse("wagtailusers_users:index")).status_code == 302


class TestAPI:
    def call(self, client, method, path, body=None):
        return client.generic(
            method,
            f"/api/v1/accounts{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
        )

    def test_who_is_not_signed_in(self, client):
        for path in ("/me", "/me/identity", "/me/memberships"):
            assert self.call(client, "GET", path).status_code == 401

    def test_me(self, client, person):
        MembershipFactory(user=person, organisation=OrganisationFactory(code="shkd"))
        found = self.call(client, "GET", "/me").json()
        assert found["phone"] == "190 **** 0321"
        assert found["real_name_status"] == "unverified"
        assert self.call(client, "GET", "/me/memberships").json()[0]["organisation"] == "shkd"
        assert self.call(client, "PATCH", "/me", {"display_name": "新名"}).json()["display_name"] == "新名"

    def test_identity(self, client, person):
        body = {"kind": "id_card", "legal_name": "王芳", "number": VECTOR, "consent": False}
        assert self.call(client, "PUT", "/me/identity", body).status_code == 422
        answer = self.call(client, "PUT", "/me/identity", body | {"consent": True})
        assert answer.json() == {
            "status": "checked",
            "kind": "id_card",
            "country": "",
            "legal_name": "王＊",
            "number": "1****************X",
        }
        bad = self.call(client, "PUT", "/me/identity", body | {"consent": True, "number": "1"})
        assert bad.status_code == 422
        assert "18 位" in bad.json()["details"]["fields"]["number"]

    def test_organisations_are_public_and_suspended_ones_missing(self, client):
        OrganisationFactory(name="甲学院", code="jia")
        OrganisationFactory(name="乙学院", status="suspended")
        found = self.call(client, "GET", "/organisations?q=学院").json()
        assert found["count"] == 1
        assert found["items"][0]["code"] == "jia"
        assert "uscc" not in found["items"][0]
