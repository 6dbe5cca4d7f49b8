"""State and profiles (xAPI 1.0.3 Communication 2.2, 2.3, 2.6, 2.7, 3.1; IEEE 9274.1.1 4.1.4), by number."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine

from lms.lib.clock import now
from tests.records.samples import ACCOUNT, ACTIVITY, AGENT

pytestmark = pytest.mark.django_db

WHO = json.dumps(AGENT)
STATE = ("activities/state", {"activityId": ACTIVITY["id"], "agent": WHO}, "stateId")
OF_ACTIVITY = ("activities/profile", {"activityId": ACTIVITY["id"]}, "profileId")
OF_AGENT = ("agents/profile", {"agent": WHO}, "profileId")
ALL = pytest.mark.parametrize(("path", "place", "name"), [STATE, OF_ACTIVITY, OF_AGENT])
PROFILES = pytest.mark.parametrize(("path", "place", "name"), [OF_ACTIVITY, OF_AGENT])
NEW = {"If_None_Match": "*"}


@ALL
class TestEveryDocument:
    def test_kept_told_and_forgotten(
        self, xapi, path, place, name
    ):  # XAPI-00192, 00259, 00288, 00191, 00271, 00285
        at = place | {name: "书签"}
        assert xapi.call("PUT", path, at, {"page": 3}, **NEW).status_code == 204
        told = xapi.call("GET", path, at)
        assert (told.json(), told["Content-Type"]) == ({"page": 3}, "application/json")
        assert told["Last-Modified"]
        assert xapi.call("DELETE", path, at, If_Match=told["ETag"]).status_code == 204
        assert xapi.call("GET", path, at).status_code == 404

    def test_any_bytes_under_any_type(self, xapi, path, place, name):
        at, content = place | {name: "x"}, bytes(range(256))
        assert xapi.call("PUT", path, at, content, Content_Type="image/png", **NEW).status_code == 204
        told = xapi.call("GET", path, at)
        assert (told.content, told["Content-Type"]) == (content, "image/png")
        # Whatever content wrote does not run here.
        assert told["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in told["Content-Security-Policy"]

    def test_ids_and_those_changed_since(
        self, xapi, path, place, name
    ):  # XAPI-00193, 00195, 00270, 00275, 00289
        with time_machine.travel(now() - timedelta(hours=1)):
            xapi.call("PUT", path, place | {name: "old"}, {}, **NEW)
        xapi.call("PUT", path, place | {name: "new"}, {}, **NEW)
        assert xapi.call("GET", path, place).json() == ["old", "new"]
        since = (now() - timedelta(minutes=30)).isoformat()
        assert xapi.call("GET", path, place | {"since": since}).json() == ["new"]
        assert xapi.call("GET", path, place | {"since": "x"}).status_code == 400

    def test_merging_one_level_deep(self, xapi, path, place, name):  # XAPI-00183, 00184, 00234, 00279
        at = place | {name: "x"}
        assert xapi.call("POST", path, at, {"a": {"x": 1}, "b": 2}).status_code == 204  # XAPI-00233, 00280
        assert xapi.call("POST", path, at, {"a": {"y": 1}, "c": 3}).status_code == 204
        assert xapi.call("GET", path, at).json() == {"a": {"y": 1}, "b": 2, "c": 3}

    def test_what_can_not_be_merged(self, xapi, path, place, name):  # XAPI-00229, 00232, 00278, 00281
        at = place | {name: "x"}
        xapi.call("PUT", path, at, b"text", Content_Type="text/plain", **NEW)
        assert xapi.call("POST", path, at, {"a": 1}).status_code == 400
        other = place | {name: "y"}
        xapi.call("POST", path, other, {"a": 1})
        assert xapi.call("POST", path, other, b"a=1", Content_Type="text/plain").status_code == 400
        assert xapi.call("POST", path, other, [1]).status_code == 400
        assert xapi.call("POST", path, other, b"{bad").status_code == 400  # XAPI-00235, 00284
        assert xapi.call("GET", path, other).json() == {"a": 1}

    @pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
    def test_a_condition_that_does_not_hold(self, xapi, method, path, place, name):  # XAPI-00322
        at = place | {name: "x"}
        xapi.call("POST", path, at, {"a": 1})
        assert xapi.call(method, path, at, {"b": 2}, If_Match='"' + "1" * 40 + '"').status_code == 412
        assert xapi.call(method, path, at, {"b": 2}, If_None_Match="*").status_code == 412
        assert xapi.call("GET", path, at).json() == {"a": 1}

    @pytest.mark.parametrize("method", ["PUT", "POST"])
    def test_a_condition_that_holds(self, xapi, method, path, place, name):
        at = place | {name: "x"}
        xapi.call("POST", path, at, {"a": 1})
        tag = xapi.call("GET", path, at)["ETag"]
        assert xapi.call(method, path, at, {"a": 2}, If_Match=tag).status_code == 204
        told = xapi.call("GET", path, at)
        assert told.json() == {"a": 2}
        assert told["ETag"] != tag
        # SHA-1 of the content, in quotes (XAPI-00322).
        assert len(told["ETag"].strip('"')) == 40

    def test_in_2_0_nothing_is_written_over_unseen(self, xapi2, path, place, name):
        at = place | {name: "x"}
        assert xapi2.call("PUT", path, at, {"a": 1}).status_code == 204
        assert xapi2.call("PUT", path, at, {"a": 2}).status_code == 409
        assert xapi2.call("GET", path, at).json() == {"a": 1}

    def test_every_parameter_that_is_needed(self, xapi, path, place, name):
        for missing in place:
            rest = {key: value for key, value in place.items() if key != missing} | {name: "x"}
            for method in ("PUT", "POST", "GET", "DELETE"):
                assert xapi.call(method, path, rest, {}, **NEW).status_code == 400
        for method in ("PUT", "POST"):
            assert xapi.call(method, path, place, {}, **NEW).status_code == 400
        assert xapi.call("GET", path, place | {name: "x", "Extra": "1"}).status_code == 400
        for wrong in ({"agent": "x"}, {"agent": "{}"}, {"activityId": "x"}):
            if wrong.keys() <= place.keys():
                assert xapi.call("GET", path, place | wrong | {name: "x"}).status_code == 400

    def test_of_another_store_nothing(self, xapi, other, path, place, name):
        at = place | {name: "x"}
        xapi.call("POST", path, at, {"a": 1})
        assert other.call("GET", path, at).status_code == 404
        assert other.call("GET", path, place).json() == []

    def test_head(self, xapi, path, place, name):
        at = place | {name: "x"}
        xapi.call("POST", path, at, {"a": 1})
        head = xapi.call("HEAD", path, at)
        assert (head.status_code, head.content) == (200, b"")
        assert head["ETag"] == xapi.call("GET", path, at)["ETag"]


@PROFILES
def test_a_profile_of_1_0_wants_a_condition(xapi, path, place, name):  # XAPI-00322
    at = place | {name: "x"}
    assert xapi.call("PUT", path, at, {"a": 1}).status_code == 400
    xapi.call("POST", path, at, {"a": 1})
    assert xapi.call("PUT", path, at, {"a": 2}).status_code == 409
    assert xapi.call("DELETE", path, place).status_code == 400


class TestState:
    PATH, PLACE, _NAME = STATE

    def test_is_one_persons(self, xapi):
        xapi.call("PUT", self.PATH, self.PLACE | {"stateId": "x"}, {"a": 1})
        theirs = self.PLACE | {"agent": json.dumps(ACCOUNT), "stateId": "x"}
        assert xapi.call("GET", self.PATH, theirs).status_code == 404

    def test_of_each_registration_another(self, xapi):  # XAPI-00218, 00220
        first, second = str(uuid4()), str(uuid4())
        for number, registration in enumerate((first, second)):
            at = self.PLACE | {"stateId": "x", "registration": registration}
            xapi.call("PUT", self.PATH, at, {"n": number})
        told = xapi.call("GET", self.PATH, self.PLACE | {"stateId": "x", "registration": second})
        assert told.json() == {"n": 1}
        assert xapi.call("GET", self.PATH, self.PLACE | {"stateId": "x"}).status_code == 404
        assert xapi.call("GET", self.PATH, self.PLACE | {"registration": "x"}).status_code == 400

    def test_all_of_it_goes_at_once(self, xapi):  # XAPI-00194
        registration = str(uuid4())
        xapi.call("PUT", self.PATH, self.PLACE | {"stateId": "a"}, {})
        xapi.call("PUT", self.PATH, self.PLACE | {"stateId": "b", "registration": registration}, {})
        gone = xapi.call("DELETE", self.PATH, self.PLACE | {"registration": registration})
        assert gone.status_code == 204
        assert xapi.call("GET", self.PATH, self.PLACE).json() == ["a"]
        assert xapi.call("DELETE", self.PATH, self.PLACE).status_code == 204
        assert xapi.call("GET", self.PATH, self.PLACE).json() == []

    def test_in_1_0_it_is_written_over_as_it_comes(self, xapi):
        at = self.PLACE | {"stateId": "x"}
        for page in (1, 2):
            assert xapi.call("PUT", self.PATH, at, {"page": page}).status_code == 204
        assert xapi.call("GET", self.PATH, at).json() == {"page": 2}
