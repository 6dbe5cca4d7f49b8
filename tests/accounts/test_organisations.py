"""Organisation codes, who may give which role, and that each act leaves its rows."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.accounts.demo import ORGANISATIONS, demo_accounts, load_demo_people
from lms.accounts.institutions.models import InstitutionRequest
from lms.accounts.models import Identity, Membership, Organisation, Role, User
from lms.accounts.organisations import rules, services
from lms.accounts.organisations.queries import holds
from lms.accounts.organisations.wagtail_access import STAFF_GROUP
from lms.lib.audit.models import AuditRow
from lms.lib.clock import today
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.outbox.models import OutboxEvent
from tests.factories.accounts import OrganisationFactory, UserFactory, member

GOOD, ODD = "91350100M000100Y43", "91350211M0000XUF46"


def test_codes_of_organisations():
    assert rules.uscc_fault(GOOD) is None
    assert rules.uscc_fault(rules.normalise_uscc(" 91350100-m000100y43 ")) is None
    assert rules.uscc_fault(ODD) == "checksum"
    assert rules.uscc_fault("9135") == "length"
    assert rules.uscc_fault("91350100I000100Y43") == "characters"


@given(
    st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9), st.integers(0, 17), st.integers(1, 30)
)
def test_any_single_wrong_character_is_caught(tail, place, shift):
    head = "91350100" + tail
    code = head + rules.uscc_check_digit(head)
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    other = alphabet[(alphabet.index(code[place]) + shift) % 31]
    assert rules.uscc_fault(code) is None
    assert rules.uscc_fault(code[:place] + other + code[place + 1 :]) is not None


def test_codes_of_the_demo_check():
    for row in ORGANISATIONS:
        assert rules.uscc_fault(row.uscc) is None, row.name


def register(by, **more):
    given = {"code": "xin", "name": "新学院", "kind": "college", "uscc": GOOD} | more
    return services.register_organisation(by, **given)


@pytest.mark.django_db
class TestOrganisations:
    def test_registered_by_the_authority_with_its_rows(self):
        officer = member("officer", OrganisationFactory(kind="authority", code="ju"))
        made = register(officer)
        assert made.uscc_checked
        assert services.uscc_warning(made) == ""
        row = AuditRow.objects.get(action="organisation.register")
        assert (row.person, row.role, row.body, row.target) == (officer.uuid, "officer", "ju", made.uuid)
        assert OutboxEvent.objects.filter(kind="organisation.changed").count() == 1

    def test_a_sector_is_one_of_the_catalogues_and_leaves_a_row(self):
        officer = member("officer")
        made = register(officer, sector="industry")
        assert made.sector == "industry"
        for sector in ("magic", "industry "):
            with pytest.raises(Invalid):
                services.set_sector(made, officer, sector)
        with pytest.raises(Invalid):
            register(officer, code="andere", sector="magic")
        services.set_sector(made, officer, "trade")
        services.set_sector(made, officer, "trade")
        services.set_sector(made, officer, "")
        made.refresh_from_db()
        assert made.sector == ""
        rows = AuditRow.objects.filter(action="organisation.set_sector", target=made.uuid).order_by("id")
        assert [row.data for row in rows] == [
            {"was": "industry", "sector": "trade"},
            {"was": "trade", "sector": ""},
        ]
        with pytest.raises(NotAllowed):
            services.set_sector(made, member("admin", made), "trade")

    def test_a_code_that_does_not_check_warns_and_asks_for_proof_and_never_blocks(self):
        officer = member("officer")
        made = register(officer, uscc=ODD)
        assert not made.uscc_checked
        assert "核对营业执照" in services.uscc_warning(made)
        with pytest.raises(Invalid):
            services.prove_uscc(made, officer, "看")
        services.prove_uscc(made, officer, "营业执照副本，存档 2026-11-021")
        assert services.uscc_warning(made) == ""
        assert AuditRow.objects.filter(action="organisation.prove_uscc", target=made.uuid).exists()

    def test_a_code_is_given_afterwards_with_what_was_seen_and_stays(self):
        authority = OrganisationFactory(kind="authority")
        officer = member("officer", authority)
        made = register(officer, uscc="")
        for uscc, proof, field in (("9135", "营业执照副本", "uscc"), (GOOD, "看", "proof")):
            with pytest.raises(Invalid) as refused:
                services.set_uscc(made, officer, uscc, proof)
            assert refused.value.details == {"field": field}
        services.set_uscc(made, officer, " 91350100-m000100y43 ", "营业执照副本，存档 2026-11-021")
        made.refresh_from_db()
        assert (made.uscc, made.uscc_checked) == (GOOD, True)
        row = AuditRow.objects.get(action="organisation.set_uscc")
        assert (row.person, row.target, row.reason) == (
            officer.uuid,
            made.uuid,
            "营业执照副本，存档 2026-11-021",
        )
        assert OutboxEvent.objects.filter(kind="organisation.changed", payload__what="uscc").exists()
        with pytest.raises(Conflict, match="不能改成另一个"):
            services.set_uscc(made, officer, ODD, "营业执照副本")
        other = register(officer, code="qita", uscc="")
        with pytest.raises(Conflict, match="已经登记在"):
            services.set_uscc(other, officer, GOOD, "营业执照副本")
        services.set_uscc(other, officer, ODD, "营业执照副本，校验位与证照一致")
        assert (other.uscc_checked, services.uscc_warning(other)) == (False, "")

    def test_who_gives_a_code(self):
        authority = OrganisationFactory(kind="authority")
        officer = member("officer", authority)
        made = register(officer, uscc="")
        with pytest.raises(NotAllowed):
            services.set_uscc(made, member("admin", made), GOOD, "营业执照副本")
        with pytest.raises(NotAllowed, match="任职"):
            services.set_uscc(authority, officer, GOOD, "统一社会信用代码证书")
        assert not AuditRow.objects.filter(action="organisation.set_uscc").exists()

    @pytest.mark.parametrize("bad", [{"code": "中文"}, {"code": ""}, {"name": " "}, {"kind": "bank"}])
    def test_what_is_missing(self, bad):
        with pytest.raises(Invalid):
            register(member("officer"), **bad)
        assert Organisation.objects.count() == 1

    def test_a_code_is_used_once(self):
        officer = member("officer")
        register(officer)
        with pytest.raises(Conflict):
            register(officer, name="另一所")

    @pytest.mark.parametrize("role", [role for role in Role.values if role != "officer"])
    def test_nobody_else_registers_or_suspends(self, role):
        staff = member(role)
        with pytest.raises(NotAllowed):
            register(staff)
        with pytest.raises(NotAllowed):
            services.suspend_organisation(OrganisationFactory(), staff, "不再办学了")

    def test_suspended_roles_stop_counting_at_once(self):
        officer, college = member("officer"), OrganisationFactory()
        editor = member("editor", college)
        assert holds(editor, "editor")
        services.suspend_organisation(college, officer, "办学许可到期")
        assert not holds(editor, "editor")
        with pytest.raises(Conflict):
            services.grant_role(
                UserFactory(), college, "editor", User.objects.create_superuser("s@example.com")
            )
        services.resume_organisation(college, officer, "已经换证")
        assert holds(editor, "editor")
        assert editor.groups.filter(name=STAFF_GROUP).exists()


@pytest.mark.django_db
class TestRoles:
    def test_given_and_ended_with_rows_event_and_the_way_into_the_admin(self):
        college = OrganisationFactory(code="shkd")
        admin, user = member("admin", college), UserFactory()
        membership = services.grant_role(user, college, "editor", admin)
        assert holds(user, "editor", organisation=college)
        assert user.has_perm("wagtailadmin.access_admin")
        row = AuditRow.objects.get(action="role.grant")
        assert (row.person, row.target, row.body) == (admin.uuid, user.uuid, "shkd")
        assert row.data == {"organisation": "shkd", "role": "editor"}
        services.end_role(membership, admin, reason="调岗")
        user = User.objects.get(pk=user.pk)
        assert not holds(user, "editor")
        assert not user.has_perm("wagtailadmin.access_admin")
        assert AuditRow.objects.filter(action="role.end", reason="调岗").exists()
        assert OutboxEvent.objects.filter(kind="membership.changed").count() == 2

    @pytest.mark.parametrize("role", [role for role in Role.values if role != "admin"])
    def test_only_the_administrator_gives_roles(self, role):
        college = OrganisationFactory()
        staff = member(role, college)
        with pytest.raises(NotAllowed):
            services.grant_role(UserFactory(), college, "editor", staff)

    def test_not_the_administrator_of_another_organisation(self):
        admin, college = member("admin"), OrganisationFactory()
        with pytest.raises(NotAllowed):
            services.grant_role(UserFactory(), college, "editor", admin)

    def test_never_oneself(self):
        college = OrganisationFactory()
        admin = member("admin", college)
        with pytest.raises(NotAllowed):
            services.grant_role(admin, college, "editor", admin)
        with pytest.raises(NotAllowed):
            services.end_role(Membership.objects.get(user=admin), admin)
        root = User.objects.create_superuser("root@example.com")
        with pytest.raises(NotAllowed):
            services.grant_role(root, college, "editor", root)

    @pytest.mark.parametrize("kind", Organisation.Kind.values)
    @pytest.mark.parametrize("role", Role.values)
    def test_roles_fit_the_kind(self, kind, role):
        root, organisation = User.objects.create_superuser("root@example.com"), OrganisationFactory(kind=kind)
        if rules.role_fits(kind, role):
            services.grant_role(UserFactory(), organisation, role, root)
        else:
            with pytest.raises(Invalid):
                services.grant_role(UserFactory(), organisation, role, root)

    def test_only_the_authority_has_officers(self):
        assert [kind for kind in Organisation.Kind.values if rules.role_fits(kind, "officer")] == [
            "authority"
        ]

    def test_twice_is_once_and_again_after_an_end(self):
        root, college, user = (
            User.objects.create_superuser("r@example.com"),
            OrganisationFactory(),
            UserFactory(),
        )
        first = services.grant_role(user, college, "editor", root)
        assert services.grant_role(user, college, "editor", root) == first
        services.end_role(first, root)
        again = services.grant_role(user, college, "editor", root)
        assert holds(user, "editor")
        assert again.until is None
        assert Membership.objects.count() == 1

    def test_a_role_given_again_before_it_ends_goes_on(self):
        root, college, user = (
            User.objects.create_superuser("r@example.com"),
            OrganisationFactory(),
            UserFactory(),
        )
        soon, later = today() + timedelta(days=3), today() + timedelta(days=90)
        services.grant_role(user, college, "editor", root, until=soon)
        assert services.grant_role(user, college, "editor", root, until=later).until == later
        # Never shorter, and nothing is noted where nothing changed.
        told = AuditRow.objects.filter(action="role.grant").count()
        assert services.grant_role(user, college, "editor", root, until=soon).until == later
        assert AuditRow.objects.filter(action="role.grant").count() == told == 2
        assert services.grant_role(user, college, "editor", root).until is None
        assert Membership.objects.get().since == today()

    def test_a_role_that_begins_later_does_not_stand_in_the_way_of_one_from_today(self):
        root, college, user = (
            User.objects.create_superuser("r@example.com"),
            OrganisationFactory(),
            UserFactory(),
        )
        services.grant_role(user, college, "editor", root, since=today() + timedelta(days=30))
        assert not holds(user, "editor")
        services.grant_role(user, college, "editor", root, until=today() + timedelta(days=7))
        assert holds(user, "editor")

    def test_a_role_that_ran_out_closes_the_admin_at_the_next_sign_in(self, client):
        from tests.factories.accounts import PASSWORD

        root, college, user = (
            User.objects.create_superuser("r@example.com"),
            OrganisationFactory(),
            UserFactory(),
        )
        services.grant_role(user, college, "editor", root, until=today())
        Membership.objects.update(since=today() - timedelta(days=9), until=today() - timedelta(days=1))
        client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
        assert not user.groups.filter(name=STAFF_GROUP).exists()


@pytest.mark.django_db
class TestDemo:
    def test_loaded_twice_is_loaded_once(self):
        people, organisations = load_demo_people()
        counts = (User.objects.count(), Organisation.objects.count(), Membership.objects.count())
        again, _same = load_demo_people()
        assert (
            counts
            == (User.objects.count(), Organisation.objects.count(), Membership.objects.count())
            == (17, 8, 11)
        )
        assert again == people
        assert set(organisations) == {"shkd", "qpjx", "hxpx", "qsjx", "sjrs", "sjpj", "sjgh"}
        assert {m.role for m in Membership.objects.all()} == set(Role.values)
        assert Identity.objects.get(user=people["learner"]).status == "verified"
        assert Organisation.objects.get(status="suspended").name == "旧港培训站"
        states = InstitutionRequest.objects.order_by("state").values_list("state", flat=True)
        assert list(states) == ["submitted", "supplement"]

    def test_everyone_signs_in_with_what_is_printed(self, client):
        load_demo_people()
        printed = demo_accounts()
        assert len(printed) == 17
        for _role, logins, password in printed[::5]:
            for login in logins.split(" / "):
                answer = client.post("/accounts/login/", {"login": login, "password": password})
                assert answer.status_code == 302, login
                client.post("/accounts/logout/")
