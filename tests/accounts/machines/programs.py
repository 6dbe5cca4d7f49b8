"""Programs of organisations, for tests: a machine made by an administrator, and its token."""

import base64

from django.test import Client

from lms.accounts.machines.services import Credentials, make_machine
from tests.factories.creditbank import member

SCOPE = "outcomes.deposit"


def machine(organisation, **fields) -> Credentials:
    admin = member("admin", organisation, "何敏")
    return make_machine(admin, organisation, **{"name": "证书管理系统", "scopes": [SCOPE]} | fields)


def ask_token(client: Client, credentials: Credentials, secret: str | None = None, **form):
    """The answer of the token's door."""
    said = f"{credentials.machine.client_id}:{credentials.secret if secret is None else secret}"
    basic = base64.b64encode(said.encode()).decode()
    return client.post(
        "/identity/o/api/token",
        {"grant_type": "client_credentials"} | form,
        headers={"Authorization": f"Basic {basic}"},
    )


def token(client: Client, credentials: Credentials) -> str:
    answer = ask_token(client, credentials)
    assert answer.status_code == 200, answer.content
    return answer.json()["access_token"]
