"""Whatever is asked below /xapi/ is answered as the specification has it, in JSON: also where nothing is, and with a NUL."""

import pytest

from tests.records.samples import AGENT

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize(
    "address",
    [
        "/xapi/statements?statementId=%00",
        "/xapi/statements?%00=1",
        "/xapi//statements?verb=a%00b",
        "/xapi/activities/state?stateId=%00",
        "/xapi/about?x=%00",
        "/xapi/statements%00",
        "/xapi/%00",
    ],
)
def test_a_nul_in_an_address_is_refused_in_json(xapi, method, address):
    answer = xapi.client.generic(method, address, headers={"X-Experience-API-Version": "1.0.3"})
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/json"
    assert answer["X-Experience-API-Version"]
    assert answer["Access-Control-Allow-Origin"] == "*"
    if method != "HEAD":
        assert answer.json()["code"] == "xapi"


def test_a_nul_of_the_alternate_syntax_is_refused_in_json(xapi):
    answer = xapi.client.post(
        "/xapi/statements?method=GET", "verb=%00", content_type="application/x-www-form-urlencoded"
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "xapi")


@pytest.mark.parametrize("address", ["", "nothing", "statements/", "agents/profile/x"])
def test_where_nothing_is(xapi, address):
    for method in ("GET", "POST"):
        answer = xapi.call(method, address, body=AGENT if method == "POST" else None)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    # With and without a slash of content's own, all that is there is there.
    assert xapi.call("GET", "about").status_code == xapi.call("GET", "/xapi//about").status_code == 200


def test_elsewhere_it_is_a_page(client):
    answer = client.get("/verify/?code=%00")
    assert (answer.status_code, answer["Content-Type"].split(";")[0]) == (400, "text/html")
