"""Machines: who makes and revokes them, what a secret and a token are worth, and what is not served."""

import pytest
from allauth.idp.oidc.models import Client as OidcClient
from allauth.idp.oidc.models import Token
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from lms.accounts.machines.http import TRIES_A_MINUTE
from lms.accounts.machines.models import Machine
from lms.accounts.machines.services import (
    MOST,
    actor_of,
    clear_tokens,
    machine_of,
    make_machine,
    revoke_machine,
)
from lms.accounts.models import Organisation
from lms.lib.audit.models import AuditRow
from lms.lib.errors import Conflict, Invalid, NotAllowed
from tests.accounts.machines.programs import SCOPE, ask_token, machine, token
from tests.factories.creditbank import college, member, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def body():
    return college("assess", "申江职业技能评价中心")


def test_only_the_organisations_administrators_make_one(body):
    for stranger in (person(), member("assessor", body), member("admin", college("other", "别的"))):
        with pytest.raises(NotAllowed):
            make_machine(stranger, body, name="系统", scopes=[SCOPE])
    made = machine(body)
    assert made.secret not in OidcClient.objects.get().secret
    row = AuditRow.objects.get(action="machine.make")
    assert (row.target, row.body) == (made.machine.uuid, "assess")
    assert made.secret not in str(row.data)


@pytest.mark.parametrize("change", [{"name": " "}, {"name": "系" * 61}, {"scopes": []}, {"scopes": ["all"]}])
def test_what_a_machine_needs(body, change):
    with pytest.raises(Invalid):
        machine(body, **change)
    assert not OidcClient.objects.exists()


def test_an_organisation_has_few(body):
    admin = member("admin", body)
    Machine.objects.bulk_create(
        Machine(organisation=body, name="旧", client_id=str(n), made_by=admin, made_at=timezone.now())
        for n in range(MOST)
    )
    with pytest.raises(Conflict):
        make_machine(admin, body, name="系统", scopes=[SCOPE])


def test_the_secret_gives_a_token_that_names_the_machine(client, body):
    made = machine(body)
    found = machine_of(token(client, made), SCOPE)
    assert found == made.machine
    who = actor_of(found)
    assert (who.person, who.body, len(who.role)) == (None, "assess", 40)
    in_form = client.post(
        "/identity/o/api/token",
        {
            "grant_type": "client_credentials",
            "client_id": made.machine.client_id,
            "client_secret": made.secret,
        },
    )
    assert in_form.status_code == 200
    found.refresh_from_db()
    assert found.used_on is not None


def test_a_wrong_secret_and_a_foreign_token_are_worth_nothing(client, body):
    made = machine(body)
    assert ask_token(client, made, secret="x").status_code == 401
    assert ask_token(client, made, secret="").status_code in {400, 401}
    for worthless in ("", "x", made.secret):
        with pytest.raises(NotAllowed) as refusal:
            machine_of(worthless, SCOPE)
        assert refusal.value.status == 401


def test_a_token_has_the_scopes_of_its_machine_and_no_more(client, body):
    made = machine(body)
    assert ask_token(client, made, scope="openid").status_code == 400
    given = token(client, made)
    with pytest.raises(NotAllowed) as refusal:
        machine_of(given, "something.else")
    assert refusal.value.status == 403
    Machine.objects.update(scopes=[])
    with pytest.raises(NotAllowed):
        machine_of(given, SCOPE)


def test_a_token_ends_with_its_hour_with_revocation_and_while_the_organisation_is_suspended(client, body):
    made = machine(body)
    given = token(client, made)
    Organisation.objects.filter(pk=body.pk).update(status="suspended")
    with pytest.raises(NotAllowed) as refusal:
        machine_of(given, SCOPE)
    assert refusal.value.status == 403
    Organisation.objects.filter(pk=body.pk).update(status="active")
    Token.objects.update(expires_at=timezone.now())
    with pytest.raises(NotAllowed):
        machine_of(given, SCOPE)
    given = token(client, made)
    admin = member("admin", body)
    with pytest.raises(Invalid):
        revoke_machine(admin, made.machine, reason=" ")
    with pytest.raises(NotAllowed):
        revoke_machine(member("admin", college("other", "别的")), made.machine, reason="停")
    revoke_machine(admin, made.machine, reason="系统停用")
    revoke_machine(admin, made.machine, reason="再停一次")
    assert AuditRow.objects.filter(action="machine.revoke").count() == 1
    with pytest.raises(NotAllowed):
        machine_of(given, SCOPE)
    assert ask_token(client, made).status_code == 401
    assert not Token.objects.exists()


def test_tries_are_limited(client, body):
    made = machine(body)
    for _try in range(TRIES_A_MINUTE):
        client.post("/identity/o/api/token", {"grant_type": "x"})
    answer = ask_token(client, made)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"


def test_nothing_else_of_that_server_is_served(client, body):
    for address in (
        "/identity/o/authorize",
        "/identity/o/api/userinfo",
        "/identity/o/api/clients",
        "/identity/o/device",
    ):
        assert client.get(address, follow=True).status_code == 404
    assert client.get("/identity/o/api/token").status_code == 405
    for grant in ("authorization_code", "password", "urn:ietf:params:oauth:grant-type:device_code", ""):
        assert ask_token(client, machine(body), grant_type=grant).status_code == 400


def test_old_tokens_are_cleared(client, body):
    made = machine(body)
    given = token(client, made)
    Token.objects.update(expires_at=timezone.now() - timezone.timedelta(days=2))
    fresh = token(client, made)
    assert clear_tokens() == 1
    assert machine_of(fresh, SCOPE)
    assert given != fresh


def test_the_administrators_page_shows_the_secret_once(client, body):
    admin = member("admin", body)
    admin.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(admin)
    address = reverse("rongtong_machines", args=[body.code])
    assert client.get(reverse("rongtong_machines_first"))["Location"] == address
    page = client.post(address, {"name": "证书管理系统", "scopes": [SCOPE]})
    secret = page.context["made"].secret
    assert secret in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert secret not in client.get(address).content.decode()
    assert client.post(address, {"name": "", "scopes": [SCOPE]}).status_code == 422
    end = reverse("rongtong_machine_revoke", args=[Machine.objects.get().uuid])
    client.post(end, {"reason": ""})
    assert Machine.objects.get().revoked_at is None
    client.post(end, {"reason": "换新"})
    assert Machine.objects.get().revoked_by == admin
    strange = machine(college("other", "别的")).machine
    assert (
        client.post(reverse("rongtong_machine_revoke", args=[strange.uuid]), {"reason": "x"}).status_code
        == 404
    )
    assert client.get(reverse("rongtong_machines", args=["other"])).status_code == 404
