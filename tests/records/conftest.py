"""A store, its credential, and a client that speaks xAPI to it."""

import base64
import json
from urllib.parse import urlencode

import pytest
from django.test import Client

from lms.records.credentials.services import issue, store_of
from tests.factories.accounts import OrganisationFactory


class Speaker:
    """An xAPI client: `call` gives Django's response."""

    def __init__(self, secret, version="1.0.3"):
        self.secret = secret
        self.version = version
        self.client = Client()

    @property
    def authorization(self):
        pair = f"{self.secret.credential.key}:{self.secret.secret}"
        return "Basic " + base64.b64encode(pair.encode()).decode()

    def call(self, method, path, params=None, body=None, **headers):
        """body: what is sent as JSON, or bytes as they are; headers by name, `None` to leave one out."""
        told = {
            "Authorization": self.authorization,
            "X-Experience-API-Version": self.version,
            "Content-Type": "application/json",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        kind = told.pop("Content-Type")
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        query = f"?{urlencode(params)}" if params else ""
        return self.client.generic(
            method,
            path if path.startswith("/") else f"/xapi/{path}{query}",
            content,
            content_type=kind or "",
            headers={name: value for name, value in told.items() if value is not None},
        )

    def keep(self, *statements):
        """Sends statements; their ids."""
        response = self.call("POST", "statements", body=list(statements))
        assert response.status_code == 200, response.content
        return response.json()

    def find(self, **params):
        """Ids of the statements found, in order."""
        response = self.call("GET", "statements", params)
        assert response.status_code == 200, response.content
        return [one["id"] for one in response.json()["statements"]]

    def one(self, statement_id, **params):
        return self.call("GET", "statements", {"statementId": statement_id} | params)


@pytest.fixture
def xapi(db):
    return Speaker(issue(store_of(None), "试用", ["all"]))


@pytest.fixture
def xapi2(xapi):
    return Speaker(xapi.secret, version="2.0.0")


@pytest.fixture
def speaker(db):
    """Makes clients of the platform's own store with given scopes and bounds."""

    def make(scopes, **bounds):
        return Speaker(issue(store_of(None), "试用", scopes, **bounds))

    return make


@pytest.fixture
def other(db):
    """A client of another organisation's store."""
    organisation = OrganisationFactory()
    return Speaker(issue(store_of(organisation), "另一家", ["all"]))
