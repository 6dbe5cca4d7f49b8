"""What the record store refuses stands in the server's log: the status, why, where it went, and the key it came with."""

import base64
import json
import logging
from datetime import timedelta

import pytest

from lms.lib.clock import now
from tests.records.samples import ACCOUNT, AGENT, statement

pytestmark = pytest.mark.django_db

BOUND = f"account:{ACCOUNT['account']['homePage']}\n{ACCOUNT['account']['name']}"
DEEP = b'{"id": ' + b"[" * 101 + b"]" * 101 + b"}"


def lines(caplog):
    return [
        (record.levelname, record.getMessage())
        for record in caplog.records
        if record.name == "lms.records.front"
    ]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"{", ""),
        (DEEP, ""),
        (b'{"actor": NaN}', ""),
        (b'{"id": 1, "id": 1}', ""),
        (json.dumps(statement(actor={})).encode(), "statement.actor"),
        (json.dumps(statement(verb={"id": "passed"})).encode(), "statement.verb.id"),
    ],
)
def test_what_is_no_statement(xapi, caplog, body, where):
    with caplog.at_level(logging.INFO, "lms.records.front"):
        assert xapi.call("POST", "statements", body=body).status_code == 400
    ((level, told),) = lines(caplog)
    assert level == "INFO"
    assert told.startswith("xapi: refused 400 xapi, POST '/xapi/statements'")
    assert xapi.secret.credential.key in told
    assert where in told
    assert xapi.find() == []


def test_more_than_a_request_may_have(xapi, settings, caplog):
    settings.XAPI_BODY_BYTES = 2000
    answer = xapi.call("POST", "statements", body=statement(result={"response": "x" * 3000}))
    assert answer.status_code == 413
    ((level, told),) = lines(caplog)
    assert (level, "refused 413 too_large" in told, xapi.secret.credential.key in told) == (
        "WARNING",
        True,
        True,
    )


def test_a_key_that_is_over_or_stopped_or_nobodys(speaker, xapi, caplog):
    over = speaker(["all"], expires_at=now() - timedelta(seconds=1))
    stopped = speaker(["all"])
    stopped.secret.credential.revoked_at = now()
    stopped.secret.credential.save()
    for client in (over, stopped):
        assert client.call("POST", "statements", body=statement()).status_code == 401
    forged = base64.b64encode(b"somebody\nINFO xapi: fine:secret").decode()
    assert xapi.call("GET", "statements", Authorization=f"Basic {forged}").status_code == 401
    assert xapi.call("GET", "statements", Authorization="Bearer x").status_code == 401
    first, second, third, fourth = (told for level, told in lines(caplog) if level == "WARNING")
    assert first.startswith("xapi: refused 401 expired")
    assert over.secret.credential.key in first
    assert second.startswith("xapi: refused 401 unauthorized")
    assert stopped.secret.credential.key in second
    assert "\n" not in third
    assert r"somebody\nINFO" in third
    assert "key ''" in fourth
    secrets = [client.secret.secret for client in (over, stopped)]
    assert not any(secret in told for secret in secrets for _level, told in lines(caplog))


def test_who_speaks_for_another(speaker, caplog):
    client = speaker(["all"], actor=BOUND)
    assert client.call("POST", "statements", body=statement(actor=AGENT)).status_code == 403
    place = {"agent": json.dumps(AGENT), "profileId": "x"}
    assert client.call("PUT", "agents/profile", place, {"a": 1}).status_code == 403
    told = lines(caplog)
    assert [level for level, _told in told] == ["WARNING", "WARNING"]
    assert all("refused 403 actor" in one and client.secret.credential.key in one for _level, one in told)


def test_what_is_not_there_is_no_offence(xapi, caplog):
    with caplog.at_level(logging.INFO, "lms.records.front"):
        assert xapi.one(statement()["id"]).status_code == 404
    assert lines(caplog) == []
