"""Organisations that register themselves: what may be said, who decides, what a suspension does, what anyone sees."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lms.accounts.institutions import queries, services
from lms.accounts.institutions.models import InstitutionRequest
from lms.accounts.institutions.services import Said
from lms.accounts.models import Identity, Membership, Organisation
from lms.accounts.organisations.queries import holds, require_role
from lms.accounts.organisations.rules import uscc_check_digit
from lms.accounts.organisations.services import end_role, resume_organisation, suspend_organisation
from lms.lib.audit.models import AuditRow
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotAllowed, NotFound, TooMany
from tests.factories.accounts import OrganisationFactory, UserFactory, member

pytestmark = pytest.mark.django_db
GOOD, ODD = "91350100M000100Y43", "91350211M0000XUF46"
NOTE = "营业执照正本上就是这个代码"
PDF = b"%PDF-1.4 licence"


def with_check(head):
    return head + uscc_check_digit(head)


def named(**more):
    user = UserFactory(**more)
    Identity.objects.create(
        user=user,
        kind="passport",
        legal_name="王芳",
        number="E1",
        number_hash=f"test-{user.pk}",
        status="checked",
        checked_at=now(),
    )
    return user


def said(**more):
    return Said(**({"kind": "college", "name": "浦东机电学院", "uscc": GOOD} | more))


@pytest.fixture
def applicant():
    return named()


@pytest.fixture
def officer():
    return member("officer", OrganisationFactory(kind="authority", code="ju"))


class TestAsking:
    def test_a_request_waits_with_its_files(self, applicant):
        made = services.submit(
            applicant, said(uscc=" 91350100-m000100y43 "), [SimpleUploadedFile("照.pdf", PDF)]
        )
        assert (made.state, made.uscc, made.uscc_checked) == ("submitted", GOOD, True)
        assert made.files.get().mime == "application/pdf"
        assert not Organisation.objects.filter(uscc=GOOD).exists()
        assert AuditRow.objects.filter(action="institution.submit", target=made.uuid).exists()

    def test_a_code_that_does_not_check_warns_asks_for_the_paper_and_never_blocks(self, applicant, officer):
        with pytest.raises(Invalid) as refusal:
            services.submit(applicant, said(uscc=ODD))
        assert set(refusal.value.details["fields"]) == {"uscc_note"}
        made = services.submit(applicant, said(uscc=ODD, uscc_note=NOTE))
        assert not made.uscc_checked
        with pytest.raises(Invalid) as refusal:
            services.approve(officer, made, "资料齐全")
        assert refusal.value.code == "proof_missing"
        done = services.approve(officer, made, "资料齐全", proof="营业执照正本，存档 2026-021")
        assert done.organisation.uscc_proof == "营业执照正本，存档 2026-021"

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"kind": "authority"}, "kind"),
            ({"kind": "bank"}, "kind"),
            ({"name": " "}, "name"),
            ({"uscc": "9135"}, "uscc"),
            ({"uscc": "91350100M000100Y4三"}, "uscc"),
            ({"about": "长" * 1001}, "about"),
        ],
    )
    def test_what_cannot_be_right(self, applicant, wrong, field):
        with pytest.raises(Invalid) as refusal:
            services.submit(applicant, said(**wrong))
        assert field in refusal.value.details["fields"]
        assert not InstitutionRequest.objects.exists()

    def test_only_with_a_real_name_and_a_file_that_is_one(self, applicant):
        with pytest.raises(NotAllowed):
            services.submit(UserFactory(), said())
        with pytest.raises(Invalid):
            services.submit(applicant, said(), [SimpleUploadedFile("a.pdf", b"MZ")])
        assert not InstitutionRequest.objects.exists()

    def test_one_code_waits_once_and_is_registered_once(self, applicant, officer):
        made = services.submit(applicant, said())
        with pytest.raises(Conflict) as refusal:
            services.submit(named(), said())
        assert refusal.value.code == "already_waiting"
        services.approve(officer, made, "资料齐全")
        with pytest.raises(Conflict) as refusal:
            services.submit(named(), said())
        assert refusal.value.code == "already_registered"

    def test_not_too_many_at_once(self, applicant):
        for number in range(services.MOST_OPEN):
            services.submit(applicant, said(uscc=with_check(f"91350100M00010{number:03d}")))
        with pytest.raises(TooMany):
            services.submit(applicant, said())


class TestDeciding:
    def test_approved_the_applicant_administers_it(self, applicant, officer):
        made = services.submit(applicant, said())
        done = services.approve(officer, made, "资料齐全", code="pdjd")
        home = done.organisation
        assert (done.state, home.code, home.kind, home.uscc_checked) == ("approved", "pdjd", "college", True)
        assert holds(applicant, "admin", organisation=home)
        row = AuditRow.objects.get(action="institution.approve")
        assert (row.person, row.body, row.reason) == (officer.uuid, "ju", "资料齐全")
        with pytest.raises(Conflict):
            services.refuse(officer, made, "资料不全")

    def test_by_default_its_code_is_the_credit_code(self, applicant, officer):
        made = services.submit(applicant, said())
        assert services.approve(officer, made, "资料齐全").organisation.code == GOOD.lower()

    def test_a_code_that_is_taken_changes_nothing(self, applicant, officer):
        made = services.submit(applicant, said())
        OrganisationFactory(code="pdjd")
        with pytest.raises(Conflict):
            services.approve(officer, made, "资料齐全", code="pdjd")
        made.refresh_from_db()
        assert made.state == "submitted"
        assert not Membership.objects.filter(user=applicant).exists()

    def test_asked_for_more_and_answered(self, applicant, officer):
        made = services.submit(applicant, said())
        with pytest.raises(Conflict):
            services.supplement(applicant, made, said())
        services.ask(officer, made, "请补办学许可证照片")
        with pytest.raises(NotFound):
            services.supplement(named(), made, said())
        again = services.supplement(
            applicant, made, said(name="浦东机电职业学院"), [SimpleUploadedFile("b.pdf", PDF)]
        )
        assert (again.state, again.name, again.files.count()) == ("submitted", "浦东机电职业学院", 1)
        assert services.refuse(officer, made, "办学许可证已过期").state == "refused"
        verbs = [row.action.split(".")[1] for row in queries.steps_of(made)]
        assert verbs == ["submit", "ask", "supplement", "refuse"]

    def test_who_may_not(self, applicant, officer):
        made = services.submit(applicant, said())
        for nobody in (applicant, member("admin"), member("reviewer")):
            with pytest.raises(NotAllowed):
                services.approve(nobody, made, "资料齐全")
            with pytest.raises(NotAllowed):
                queries.request_for(nobody, made.uuid)
        Identity.objects.create(
            user=officer,
            kind="passport",
            legal_name="王",
            number="E2",
            number_hash="o",
            status="checked",
            checked_at=now(),
        )
        own = services.submit(officer, said(uscc=ODD, uscc_note=NOTE))
        with pytest.raises(NotAllowed, match="自己提交"):
            services.approve(officer, own, "资料齐全")
        with pytest.raises(Invalid):
            services.refuse(officer, made, " 不 ")

    def test_files_are_the_applicants_and_the_officers_whose_look_is_logged(self, applicant, officer):
        made = services.submit(applicant, said(), [SimpleUploadedFile("a.pdf", PDF)])
        uuid = made.files.get().uuid
        assert queries.file_for(applicant, uuid)
        with pytest.raises(NotFound):
            queries.file_for(member("admin"), uuid)
        assert queries.file_for(officer, uuid)
        assert AuditRow.objects.get(action="institution_file.view").person == officer.uuid

    def test_taken_back_by_the_applicant(self, applicant, officer):
        made = services.submit(applicant, said())
        with pytest.raises(NotFound):
            services.withdraw(named(), made)
        assert services.withdraw(applicant, made).state == "withdrawn"
        with pytest.raises(Conflict):
            services.approve(officer, made, "资料齐全")
        assert services.submit(named(), said()).state == "submitted"


class TestSuspension:
    def test_it_refuses_with_the_reason_and_lifting_it_ends_that(self, officer):
        home = OrganisationFactory(name="青溪技师学院")
        admin, reviewer = member("admin", home), member("reviewer", home)
        suspend_organisation(home, officer, "办学许可证过期，待续期")
        for organisation in (home, None):
            with pytest.raises(NotAllowed, match=r"青溪技师学院自 20\d\d-.*办学许可证过期") as refusal:
                require_role(reviewer, "reviewer", organisation=organisation)
            assert refusal.value.code == "organisation_suspended"
        with pytest.raises(NotAllowed, match="暂停"):
            require_role(UserFactory(is_superuser=True), "reviewer", organisation=home)
        # Somebody without the role is told of the role, not of the suspension.
        with pytest.raises(NotAllowed, match="需要角色"):
            require_role(admin, "reviewer", organisation=home)
        resume_organisation(home, officer, "许可证已续期")
        assert require_role(reviewer, "reviewer", organisation=home).body == home.code
        home.refresh_from_db()
        assert (home.status_reason, home.status_since is not None) == ("许可证已续期", True)

    def test_the_role_held_elsewhere_still_counts(self, officer):
        first, second = OrganisationFactory(), OrganisationFactory()
        user = member("reviewer", first)
        Membership.objects.create(user=user, organisation=second, role="reviewer", since="2026-01-01")
        suspend_organisation(first, officer, "办学许可证过期")
        assert require_role(user, "reviewer").body == second.code

    def test_its_roles_can_still_be_ended(self, officer):
        home = OrganisationFactory()
        member("admin", home)
        suspend_organisation(home, officer, "办学许可证过期")
        row = Membership.objects.get(organisation=home)
        assert end_role(row, UserFactory(is_superuser=True)).until is not None


class TestPages:
    def test_anyone_sees_the_list_with_states_and_no_reasons(self, client, officer):
        OrganisationFactory(name="青溪技师学院", kind="college", uscc=GOOD)
        gone = OrganisationFactory(name="华新培训中心", kind="provider")
        suspend_organisation(gone, officer, "举报核实中")
        text = client.get("/institutions/").content.decode()
        assert "青溪技师学院" in text
        assert GOOD in text
        assert "暂停" in text
        assert "举报核实中" not in text
        assert "华新" not in client.get("/institutions/", {"kind": "college"}).content.decode()
        assert "青溪" in client.get("/institutions/", {"q": GOOD.lower()}).content.decode()
        assert "没有找到" in client.get("/institutions/", {"q": "xyz", "page": "99"}).content.decode()
        found = client.get("/api/v1/accounts/institutions", {"kind": "provider"}).json()
        assert [(row["name"], row["state"]) for row in found["institutions"]] == [
            ("华新培训中心", "suspended")
        ]

    def test_paged_in_few_queries(self, client, django_assert_max_num_queries):
        OrganisationFactory.create_batch(35)
        with django_assert_max_num_queries(6):
            assert client.get("/institutions/").content.decode().count("list-item") == 30
        assert client.get("/institutions/?page=2").content.decode().count("list-item") == 5

    def test_asking_without_scripts(self, client, applicant, officer):
        assert client.get("/me/institutions/").status_code == 302
        client.force_login(applicant)
        data = {"kind": "college", "name": "浦东机电学院", "uscc": ODD, "uscc_note": "", "about": ""}
        page = client.post("/me/institutions/new/", data)
        assert page.status_code == 422
        assert "校验位对不上" in page.content.decode()
        files = {"evidence": SimpleUploadedFile("a.pdf", PDF)}
        answer = client.post("/me/institutions/new/", data | {"uscc_note": NOTE} | files)
        assert answer.status_code == 302
        made = InstitutionRequest.objects.get()
        assert "等待审核" in client.get("/me/institutions/").content.decode()
        services.ask(officer, made, "请补许可证")
        page = client.get(answer.url).content.decode()
        assert "请补许可证" in page
        assert "郑" not in page
        assert client.post(answer.url, data | {"uscc_note": NOTE, "name": "浦东机电职院"}).status_code == 302
        client.force_login(UserFactory())
        assert client.get(answer.url).status_code == 404

    def test_the_officers_screens(self, client, applicant, officer):
        from lms.accounts.organisations.wagtail_access import keep_in_step

        made = services.submit(applicant, said())
        keep_in_step(officer)
        client.force_login(officer)
        assert "浦东机电学院" in client.get("/admin/institutions/").content.decode()
        address = f"/admin/institutions/{made.uuid}/"
        assert client.post(address, {"action": "approve", "reason": ""}).status_code == 422
        assert (
            client.post(address, {"action": "approve", "reason": "资料齐全", "code": "pdjd"}).status_code
            == 302
        )
        assert Organisation.objects.get(code="pdjd").name == "浦东机电学院"
        assert "资料齐全" in client.get(address).content.decode()
        admin = member("admin")
        keep_in_step(admin)
        client.force_login(admin)
        assert client.get("/admin/institutions/").status_code == 403
        assert client.get(address).status_code == 403

    def test_the_api(self, client, applicant):
        client.force_login(applicant)
        body = {"kind": "provider", "name": "华新培训中心", "uscc": "9135"}
        assert client.post("/api/v1/accounts/me/institutions", body).status_code == 422
        made = client.post("/api/v1/accounts/me/institutions", body | {"uscc": GOOD})
        assert made.status_code == 201
        mine = client.get("/api/v1/accounts/me/institutions").json()
        assert json.dumps(mine, ensure_ascii=False).count("华新培训中心") == 1
        uuid = mine[0]["uuid"]
        assert client.post(f"/api/v1/accounts/me/institutions/{uuid}/withdraw").json()["state"] == "withdrawn"
        client.force_login(UserFactory())
        assert client.post(f"/api/v1/accounts/me/institutions/{uuid}/withdraw").status_code == 404
