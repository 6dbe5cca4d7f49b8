"""The statement resource as a client sees it (xAPI 1.0.3 Communication 2.1, Data 2.3; IEEE 9274.1.1 4.1.6.1), by number."""

import hashlib
import json
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine

from lms.lib.clock import now
from lms.records.models import Mention, Statement, StatementKey
from lms.records.values import read_moment
from tests.records.samples import (
    ACCOUNT,
    ACTIVITY,
    AGENT,
    ANONYMOUS,
    CHOICE,
    GROUP,
    REFERENCE,
    SUBSTATEMENT,
    VERB,
    full,
    statement,
)

pytestmark = pytest.mark.django_db

VOIDED = "http://adlnet.gov/expapi/verbs/voided"


def voiding(target):
    return statement(verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": target})


class TestWriting:
    def test_put_keeps_one_statement_and_says_nothing(self, xapi):  # XAPI-00143, XAPI-00145
        data = statement()
        response = xapi.call("PUT", "statements", {"statementId": data["id"]}, data)
        assert (response.status_code, response.content) == (204, b"")
        assert xapi.one(data["id"]).json()["id"] == data["id"]

    def test_put_wants_its_id(self, xapi):  # XAPI-00144
        assert xapi.call("PUT", "statements", {}, statement()).status_code == 400
        assert xapi.call("PUT", "statements", {"statementId": str(uuid4())}, statement()).status_code == 400

    def test_put_gives_the_statement_its_id(self, xapi):
        data = statement()
        wanted = data.pop("id")
        assert xapi.call("PUT", "statements", {"statementId": wanted}, data).status_code == 204
        assert xapi.one(wanted).json()["id"] == wanted

    def test_post_answers_with_the_ids_in_order(self, xapi):  # XAPI-00146, XAPI-00147
        sent = [statement() for _ in range(3)]
        del sent[1]["id"]
        ids = xapi.keep(*sent)
        assert [ids[0], ids[2]] == [sent[0]["id"], sent[2]["id"]]
        assert xapi.one(ids[1]).status_code == 200
        single = xapi.call("POST", "statements", body=statement())
        assert len(single.json()) == 1

    def test_the_same_again_changes_nothing(self, xapi):  # XAPI-00142
        data = full()
        assert xapi.keep(data) == xapi.keep(data)
        assert Statement.objects.count() == StatementKey.objects.count() == 1

    def test_another_statement_under_the_same_id_is_refused(self, xapi):  # XAPI-00142
        data = statement()
        xapi.keep(data)
        other = data | {"verb": {"id": "http://adlnet.gov/expapi/verbs/failed"}}
        assert xapi.call("POST", "statements", body=other).status_code == 409
        assert xapi.call("PUT", "statements", {"statementId": data["id"]}, other).status_code == 409
        assert xapi.one(data["id"]).json()["verb"]["id"] == VERB["id"]

    def test_what_may_differ_between_two_tellings_does_not_matter(self, xapi):
        data = full() | {"actor": GROUP}
        xapi.keep(data)
        again = json.loads(json.dumps(data))
        again["actor"]["member"].reverse()
        again["verb"] = {"id": VERB["id"]}
        again["object"] = {"id": ACTIVITY["id"], "objectType": "Activity"}
        again["timestamp"] = "2026-11-20T00:30:00.000Z"
        again["context"]["contextActivities"]["parent"] = again["context"]["contextActivities"]["parent"][0]
        assert xapi.keep(again) == [data["id"]]

    def test_a_batch_is_kept_whole_or_not_at_all(self, xapi):  # XAPI-00182
        right, wrong = statement(), statement(verb={})
        assert xapi.call("POST", "statements", body=[right, wrong]).status_code == 400
        taken = statement()
        xapi.keep(taken)
        clash = taken | {"actor": ACCOUNT}
        assert xapi.call("POST", "statements", body=[right, clash]).status_code == 409
        assert xapi.one(right["id"]).status_code == 404
        assert StatementKey.objects.count() == 1
        assert Mention.objects.values("statement").distinct().count() == 1

    def test_a_batch_of_none_keeps_nothing(self, xapi):
        answer = xapi.call("POST", "statements", body=b" [ ] ")
        assert (answer.status_code, answer.json()) == (200, [])
        assert not StatementKey.objects.exists()

    def test_one_id_twice_in_a_batch_is_refused(self, xapi):
        data = statement()
        assert xapi.call("POST", "statements", body=[data, data]).status_code == 400

    def test_the_store_says_when_by_whom_and_in_which_version(self, xapi, xapi2):
        data = statement(stored="2001-01-01T00:00:00Z", authority=ACCOUNT)
        xapi.keep(data)
        told = xapi.one(data["id"]).json()
        assert abs(read_moment(told["stored"]) - now()) < timedelta(minutes=1)
        assert told["timestamp"] == told["stored"]
        assert told["authority"]["account"]["name"] == xapi.secret.credential.key
        assert told["version"] == "1.0.3"
        two = statement()
        xapi2.keep(two)
        assert xapi2.one(two["id"]).json()["version"] == "2.0.0"

    def test_what_was_sent_is_kept_to_the_byte(self, xapi):
        raw = (
            '{ "actor":{"mbox":"mailto:a@example.com"},\n\t"verb" : {"id":"http://a.cn/v"},'
            '"object":{"id":"http://a.cn/o"}, "result":{"score":{"raw":1.50,"max":123456789012345678901234567890}},'
            '"context":{"extensions":{"http://a.cn/e":"\\u4e2d\\u0000中"}} }'
        )
        (statement_id,) = xapi.call("POST", "statements", body=raw.encode()).json()
        assert Statement.objects.get().raw == raw
        told = xapi.one(statement_id).content.decode()
        assert told.startswith(raw[:-1].rstrip())
        assert json.loads(told)["result"]["score"]["max"] == 123456789012345678901234567890

    def test_single_context_activities_are_told_as_arrays(self, xapi):
        data = statement(context={"contextActivities": {"parent": {"id": "http://a.cn/p"}}})
        xapi.keep(data)
        told = xapi.one(data["id"]).json()
        assert told["context"]["contextActivities"]["parent"] == [{"id": "http://a.cn/p"}]

    @pytest.mark.parametrize(
        "body",
        [
            *(
                b"",
                b"{",
                b"[",
                b"[{}",
                b"[{},]",
                b"null",
                b"1",
                b'"x"',
                b"{} {}",
                b"[] x",
                b"\xff\xfe",
                b"\x00",
            ),
            *(
                b"\xef\xbb\xbf{}",
                b"[1]",
                b"[[]]",
                b'{"a":1,"a":2}',
                b'{"id":NaN}',
                b'{"id":1e999}',
                b'{"id":"\\ud800"}',
            ),
            b"[" * 100_000,
            b'{"a":' * 2000 + b"1" + b"}" * 2000,
            b'{"id":' + b"9" * 5000 + b"}",
        ],
    )
    def test_what_is_no_json_of_statements_is_refused(self, xapi, body):
        assert xapi.call("POST", "statements", body=body).status_code == 400
        assert not StatementKey.objects.exists()

    def test_only_json_and_multipart_are_taken(self, xapi):  # XAPI-00127
        for kind in (
            "text/plain",
            "application/xml",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
        ):
            assert xapi.call("POST", "statements", body=statement(), Content_Type=kind).status_code == 400
        response = xapi.call(
            "POST", "statements", body=statement(), Content_Type="application/json; charset=UTF-8"
        )
        assert response.status_code == 200

    def test_rows_are_never_changed(self, xapi):
        xapi.keep(statement())
        for model in (Statement, StatementKey, Mention):
            with pytest.raises(TypeError):
                model.objects.update(store_id=1)
            with pytest.raises(TypeError):
                model.objects.all().delete()


class TestFinding:
    def test_everything_newest_first(self, xapi):  # XAPI-00154, XAPI-00166
        with time_machine.travel(now() - timedelta(hours=1)) as clock:
            ids = []
            for _ in range(3):
                ids += xapi.keep(statement())
                clock.shift(60)
        assert xapi.find() == ids[::-1]
        assert xapi.find(ascending="true") == ids

    def test_nothing_found_is_an_answer(self, xapi):  # XAPI-00149
        assert xapi.call("GET", "statements", {"verb": "http://a.cn/never"}).json() == {
            "statements": [],
            "more": "",
        }

    @pytest.mark.parametrize(
        "agent", [AGENT, ACCOUNT, GROUP, {"mbox": AGENT["mbox"], "name": "another name"}]
    )
    def test_by_agent_as_actor_object_or_member(self, xapi, agent):  # XAPI-00181
        acting = statement(actor=agent)
        aimed = statement(
            actor={"mbox": "mailto:x@example.com"},
            object=agent | {"objectType": agent.get("objectType", "Agent")},
        )
        xapi.keep(acting, aimed, statement(actor={"mbox": "mailto:y@example.com"}))
        assert set(xapi.find(agent=json.dumps(agent))) >= {acting["id"], aimed["id"]}
        assert len(xapi.find(agent=json.dumps(agent))) == 2

    def test_members_of_groups_are_found(self, xapi):
        ids = xapi.keep(statement(actor=ANONYMOUS), statement(actor={"mbox": "mailto:y@example.com"}))
        assert xapi.find(agent=json.dumps(ACCOUNT)) == ids[:1]

    def test_related_agents(self, xapi):  # XAPI-00176
        other = {"mbox": "mailto:y@example.com"}
        near = [
            statement(actor=other, context={"instructor": ACCOUNT}),
            statement(actor=other, context={"team": GROUP}),
            statement(actor=other, object=SUBSTATEMENT | {"actor": ACCOUNT}),
            statement(actor=other, object=SUBSTATEMENT | {"context": {"instructor": ACCOUNT}}),
        ]
        xapi.keep(*near, statement(actor=other))
        wanted = json.dumps(ACCOUNT)
        assert xapi.find(agent=wanted) == []
        assert set(xapi.find(agent=wanted, related_agents="true")) == {one["id"] for one in near}

    def test_context_agents_are_related(self, xapi2):
        other = {"mbox": "mailto:y@example.com"}
        people = {"contextAgents": [{"objectType": "contextAgent", "agent": ACCOUNT}]}
        ids = xapi2.keep(statement(actor=other, context=people))
        assert xapi2.find(agent=json.dumps(ACCOUNT), related_agents="true") == ids

    def test_by_verb(self, xapi):  # XAPI-00180
        ids = xapi.keep(statement(), statement(verb={"id": "http://a.cn/other"}))
        assert xapi.find(verb=VERB["id"]) == ids[:1]

    def test_by_activity_and_related_ones(self, xapi):  # XAPI-00179, XAPI-00177
        parent = statement(object=CHOICE, context={"contextActivities": {"parent": [{"id": ACTIVITY["id"]}]}})
        inner = statement(object=SUBSTATEMENT | {"object": ACTIVITY})
        direct = statement()
        xapi.keep(parent, inner, direct, statement(object=CHOICE))
        assert xapi.find(activity=ACTIVITY["id"]) == [direct["id"]]
        related = xapi.find(activity=ACTIVITY["id"], related_activities="true")
        assert set(related) == {parent["id"], inner["id"], direct["id"]}

    def test_by_registration(self, xapi):  # XAPI-00178
        wanted = str(uuid4())
        ids = xapi.keep(statement(context={"registration": wanted.upper()}), statement())
        assert xapi.find(registration=wanted) == ids[:1]

    def test_all_conditions_together(self, xapi):
        wanted = str(uuid4())
        right = full() | {"context": {"registration": wanted}}
        xapi.keep(right, statement(context={"registration": wanted}, verb={"id": "http://a.cn/o"}), full())
        found = xapi.find(
            registration=wanted,
            verb=VERB["id"],
            activity=ACTIVITY["id"],
            agent=json.dumps({"mbox": AGENT["mbox"]}),
        )
        assert found == [right["id"]]

    def test_since_is_after_and_until_is_not_after(self, xapi):  # XAPI-00175, XAPI-00174
        with time_machine.travel(now() - timedelta(hours=1)) as clock:
            first = xapi.keep(statement())
            clock.shift(60)
            second = xapi.keep(statement())
        moment = xapi.one(first[0]).json()["stored"]
        assert xapi.find(since=moment) == second
        assert xapi.find(until=moment) == first

    @pytest.mark.parametrize(
        "moment", ["0001-01-01T00:00:00Z", "0600-01-01T00:00:00Z", "1970-01-01T00:00:00Z"]
    )
    def test_a_bound_of_long_before_the_store_is_none(self, xapi, moment):
        """Clients that have asked for nothing yet send the first moment of their calendar."""
        ids = xapi.keep(statement())
        assert xapi.find(since=moment) == ids
        assert xapi.find(since=moment, ascending="true") == ids
        assert xapi.find(until=moment) == xapi.find(since=moment, until=moment) == []

    def test_limit_and_the_pages_behind_it(self, xapi):  # XAPI-00173
        ids = xapi.keep(*(statement() for _ in range(7)))
        told, address, pages = [], "", 0
        response = xapi.call("GET", "statements", {"limit": 3, "verb": VERB["id"]})
        while True:
            page = response.json()
            told += [one["id"] for one in page["statements"]]
            address, pages = page["more"], pages + 1
            if not address:
                break
            # What comes meanwhile moves no page.
            xapi.keep(statement())
            response = xapi.call("GET", address)
        assert (told, pages) == (ids[::-1], 3)

    def test_the_next_page_is_of_the_same_store_and_credential(self, xapi, other):
        xapi.keep(statement(), statement())
        more = xapi.call("GET", "statements", {"limit": 1}).json()["more"]
        assert other.call("GET", more).status_code == 404
        assert xapi.call("GET", more + "x").status_code == 404

    @pytest.mark.parametrize(
        "params",
        [
            *(
                {"statementId": "x"},
                {"agent": "x"},
                {"agent": "{}"},
                {"verb": "x"},
                {"activity": "x"},
                {"limit": "-1"},
            ),
            *({"registration": "x"}, {"since": "x"}, {"until": "x"}, {"limit": "x"}, {"ascending": "yes"}),
            *(
                {"format": "xml"},
                {"attachments": "1"},
                {"related_agents": "x"},
                {"Verb": VERB["id"]},
                {"x": "y"},
            ),
            {"agent": '{"objectType":"Group","member":[]}'},
        ],
    )
    def test_what_can_not_be_asked(self, xapi, params):
        assert xapi.call("GET", "statements", params).status_code == 400

    @pytest.mark.parametrize("name", ["statementId", "voidedStatementId"])
    @pytest.mark.parametrize(
        "extra",
        [
            "agent",
            "verb",
            "activity",
            "registration",
            "since",
            "until",
            "limit",
            "ascending",
            "related_agents",
            "related_activities",
        ],
    )
    def test_an_id_stands_alone(self, xapi, name, extra):  # XAPI-00151, XAPI-00150
        assert xapi.call("GET", "statements", {name: str(uuid4()), extra: "1"}).status_code == 400

    def test_an_id_with_format_and_attachments(self, xapi):
        (one,) = xapi.keep(full())
        assert xapi.one(one, format="ids", attachments="false").status_code == 200
        both = {"statementId": one, "voidedStatementId": one}
        assert xapi.call("GET", "statements", both).status_code == 400  # XAPI-00150, XAPI-00151

    def test_how_far_answers_are_complete(self, xapi):  # XAPI-00153
        (one,) = xapi.keep(statement())
        for response in (
            xapi.call("GET", "statements"),
            xapi.one(one),
            xapi.one(str(uuid4())),
            xapi.call("GET", "statements", {"x": "y"}),
        ):
            through = read_moment(response["X-Experience-API-Consistent-Through"])
            assert abs(through - now()) < timedelta(minutes=1)

    def test_a_second_slash_behind_the_endpoint_does_not_matter(self, xapi):
        """Reference players join the endpoint they were given and the resource with one more."""
        (one,) = xapi.keep(statement())
        found = xapi.call("GET", f"/xapi//statements?statementId={one}")
        assert (found.status_code, found.json()["id"]) == (200, one)
        assert xapi.client.options("/xapi//activities/state").status_code == 204

    def test_head_is_get_without_its_body(self, xapi):  # XAPI-00125, XAPI-00126
        (one,) = xapi.keep(statement())
        get, head = xapi.one(one), xapi.call("HEAD", "statements", {"statementId": one})
        assert (head.status_code, head.content) == (200, b"")
        assert head["Content-Type"] == get["Content-Type"]
        assert int(head["Content-Length"]) == len(get.content)

    def test_queries_do_not_grow_with_the_page(self, xapi, django_assert_max_num_queries):
        xapi.keep(*(full() | {"id": str(uuid4())} for _ in range(40)))
        with django_assert_max_num_queries(6):
            assert (
                len(
                    xapi.call("GET", "statements", {"agent": json.dumps(AGENT), "verb": VERB["id"]}).json()[
                        "statements"
                    ]
                )
                == 40
            )


class TestVoiding:
    def test_a_voided_statement_is_found_by_its_own_way_only(self, xapi):  # XAPI-00155, XAPI-00163
        (one,) = xapi.keep(statement())
        (void,) = xapi.keep(voiding(one))
        assert xapi.one(one).status_code == 404
        assert xapi.call("GET", "statements", {"voidedStatementId": one}).json()["id"] == one
        assert xapi.find() == [void]
        assert xapi.call("GET", "statements", {"voidedStatementId": void}).status_code == 404

    def test_whoever_refers_to_a_voided_one_is_found_by_what_it_said(self, xapi):  # XAPI-00162
        (one,) = xapi.keep(statement())
        (void,) = xapi.keep(voiding(one))
        assert xapi.find(activity=ACTIVITY["id"]) == [void]

    def test_voiding_may_come_first(self, xapi):
        data = statement()
        xapi.keep(voiding(data["id"]))
        xapi.keep(data)
        assert xapi.one(data["id"]).status_code == 404

    def test_in_one_batch(self, xapi):
        data = statement()
        (void, _one) = xapi.keep(voiding(data["id"]), data)
        assert xapi.find() == [void]

    def test_a_voiding_statement_is_not_voided(self, xapi):  # XAPI-00016
        (one,) = xapi.keep(statement())
        (void,) = xapi.keep(voiding(one))
        assert xapi.call("POST", "statements", body=voiding(void)).status_code == 400
        assert xapi.one(void).status_code == 200

    def test_only_in_its_own_store(self, xapi, other):
        (one,) = xapi.keep(statement())
        other.keep(voiding(one))
        assert xapi.one(one).status_code == 200


class TestReferences:
    def test_a_reference_is_found_by_what_its_target_says(self, xapi):
        (target,) = xapi.keep(statement())
        aimed = statement(
            verb={"id": "http://a.cn/confirmed"}, object={"objectType": "StatementRef", "id": target}
        )
        xapi.keep(aimed)
        assert set(xapi.find(activity=ACTIVITY["id"])) == {target, aimed["id"]}

    def test_through_others_and_in_any_order(self, xapi):
        target = statement()
        first = statement(
            verb={"id": "http://a.cn/c"}, object={"objectType": "StatementRef", "id": target["id"]}
        )
        second = statement(
            verb={"id": "http://a.cn/c"}, object={"objectType": "StatementRef", "id": first["id"]}
        )
        for one in (second, target, first):
            xapi.keep(one)
        assert set(xapi.find(activity=ACTIVITY["id"])) == {target["id"], first["id"], second["id"]}

    def test_a_circle_ends(self, xapi):
        first, second = statement(), statement()
        first["object"] = {"objectType": "StatementRef", "id": second["id"]}
        second["object"] = {"objectType": "StatementRef", "id": first["id"]}
        xapi.keep(first)
        xapi.keep(second)
        assert len(xapi.find()) == 2


class TestFormats:
    def test_ids_says_only_who_and_what(self, xapi):  # XAPI-00171
        data = full() | {"actor": GROUP}
        xapi.keep(data)
        told = xapi.one(data["id"], format="ids").json()
        assert told["actor"] == {"objectType": "Group", "mbox": GROUP["mbox"]}
        assert told["verb"] == {"id": VERB["id"]}
        assert told["object"] == {"id": ACTIVITY["id"]}
        assert told["context"]["instructor"] == ACCOUNT

    def test_canonical_says_one_language_and_what_the_store_knows(self, xapi):  # XAPI-00169, XAPI-00172
        data = statement()
        xapi.keep(
            data,
            statement(object=ACTIVITY | {"definition": {"name": {"ug": "x"}, "moreInfo": "http://a.cn/m"}}),
        )
        told = xapi.call(
            "GET",
            "statements",
            {"statementId": data["id"], "format": "canonical"},
            Accept_Language="en-GB, zh;q=0.5",
        ).json()
        assert told["object"]["definition"]["name"] == {"en": "Forklift safety"}
        assert told["object"]["definition"]["moreInfo"] == "http://a.cn/m"
        assert told["verb"]["display"] == {"en-US": "completed"}
        assert told["actor"]["name"] == AGENT["name"]

    def test_exact_is_unchanged_by_the_readers_language(self, xapi):  # XAPI-00170
        data = statement()
        xapi.keep(data)
        told = xapi.call("GET", "statements", {"statementId": data["id"]}, Accept_Language="en").json()
        assert told["object"] == ACTIVITY

    def test_an_activity_is_all_that_was_said_of_it(self, xapi):  # XAPI-00254
        xapi.keep(statement(), statement(object={"id": ACTIVITY["id"], "definition": {"name": {"ug": "x"}}}))
        told = xapi.call("GET", "activities", {"activityId": ACTIVITY["id"]}).json()
        assert told["definition"]["name"] == ACTIVITY["definition"]["name"] | {"ug": "x"}
        unknown = xapi.call("GET", "activities", {"activityId": "http://a.cn/unknown"}).json()
        assert unknown == {"objectType": "Activity", "id": "http://a.cn/unknown"}

    def test_a_person_is_every_name_given(self, xapi):  # XAPI-00237 … XAPI-00248
        xapi.keep(statement(), statement(actor={"mbox": AGENT["mbox"], "name": "小雨"}))
        told = xapi.call("GET", "agents", {"agent": json.dumps({"mbox": AGENT["mbox"]})}).json()
        assert sorted(told.pop("name")) == ["小雨", "林小雨"]
        assert told == {"objectType": "Person", "mbox": [AGENT["mbox"]]}


def multipart(statements, *parts, boundary="rt"):
    """A multipart/mixed body; parts: (content, headers)."""
    lines = [
        f"--{boundary}\r\nContent-Type: application/json\r\n\r\n".encode() + json.dumps(statements).encode()
    ]
    for content, headers in parts:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        lines.append(f"--{boundary}\r\n{head}\r\n".encode() + content)
    return b"\r\n".join([*lines, f"--{boundary}--\r\n".encode()])


class TestAttachments:
    CONTENT = b"\xff\xd8 a picture\r\n--not a boundary\r\n\x00"

    def sent(self, **change):
        sha2 = hashlib.sha256(self.CONTENT).hexdigest()
        item = {
            "usageType": "http://a.cn/photo",
            "display": {"zh": "照片"},
            "contentType": "image/jpeg",
            "length": len(self.CONTENT),
            "sha2": sha2,
        }
        headers = {
            "Content-Type": "image/jpeg",
            "Content-Transfer-Encoding": "binary",
            "X-Experience-API-Hash": sha2,
        } | change
        return statement(attachments=[item]), (
            self.CONTENT,
            {k: v for k, v in headers.items() if v is not None},
        )

    def post(self, xapi, body, kind='multipart/mixed; boundary="rt"'):
        return xapi.call("POST", "statements", body=body, Content_Type=kind)

    def test_in_and_out_again(self, xapi):  # XAPI-00167
        data, part = self.sent()
        assert self.post(xapi, multipart(data, part)).status_code == 200
        answer = xapi.one(data["id"], attachments="true")
        assert answer["Content-Type"].startswith("multipart/mixed; boundary=")
        assert self.CONTENT in answer.content
        assert data["attachments"][0]["sha2"].encode() in answer.content
        assert xapi.one(data["id"])["Content-Type"] == "application/json"  # XAPI-00161

    def test_in_a_batch_each_once(self, xapi):
        (one, part), (two, _part) = self.sent(), self.sent()
        assert self.post(xapi, multipart([one, two], part)).status_code == 200
        answer = xapi.call("GET", "statements", {"attachments": "true"})
        assert answer.content.count(self.CONTENT) == 1

    @pytest.mark.parametrize(
        "change",
        [
            {"X-Experience-API-Hash": None},  # XAPI-00132
            {"X-Experience-API-Hash": "0" * 64},  # XAPI-00128
            {"Content-Transfer-Encoding": None},  # XAPI-00135
            {"Content-Transfer-Encoding": "base64"},
        ],
    )
    def test_a_part_that_is_not_right(self, xapi, change):
        data, part = self.sent(**change)
        assert self.post(xapi, multipart(data, part)).status_code == 400
        assert not StatementKey.objects.exists()

    def test_other_bytes_than_the_hash_says(self, xapi):
        data, (_content, headers) = self.sent()
        assert self.post(xapi, multipart(data, (b"other", headers))).status_code == 400

    def test_parts_and_statements_must_agree(self, xapi):
        data, part = self.sent()
        assert self.post(xapi, multipart(statement(), part)).status_code == 400  # XAPI-00128
        assert self.post(xapi, multipart(data)).status_code == 400  # XAPI-00129
        assert xapi.call("POST", "statements", body=data).status_code == 400
        with_address = data["attachments"][0] | {"fileUrl": "https://a.cn/p.jpg"}
        assert xapi.call("POST", "statements", body=data | {"attachments": [with_address]}).status_code == 200

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (
                b"--rt\r\nContent-Type: application/json\r\n\r\n{}\r\n--rt--\r\n",
                "multipart/mixed",
            ),  # XAPI-00131
            (b"{}", "multipart/mixed; boundary=rt"),  # XAPI-00130
            (b"--rt\r\n\r\n--rt--", "multipart/mixed; boundary=rt"),
            (
                b"--rt\r\nContent-Type: text/plain\r\n\r\n{}\r\n--rt--\r\n",
                "multipart/mixed; boundary=rt",
            ),  # XAPI-00134
        ],
    )
    def test_what_is_no_multipart(self, xapi, body, kind):
        assert self.post(xapi, body, kind).status_code == 400


class TestStores:
    """Each organisation sees its own; a launch speaks for its learner."""

    def test_nobody_sees_another_store(self, xapi, other):
        (one,) = xapi.keep(statement())
        assert other.one(one).status_code == 404
        assert other.find() == []
        # The same id is free there.
        other.keep(statement(id=one, actor=ACCOUNT))
        assert xapi.one(one).json()["actor"] == AGENT

    def test_scopes(self, xapi, speaker):
        (one,) = xapi.keep(statement())
        writer = speaker(["statements/write"])
        (own,) = writer.keep(statement())
        assert writer.call("GET", "statements").status_code == 403
        reader = speaker(["statements/read"])
        assert set(reader.find()) == {one, own}
        assert reader.call("POST", "statements", body=statement()).status_code == 403
        assert (
            reader.call(
                "GET",
                "activities/state",
                {"activityId": ACTIVITY["id"], "agent": json.dumps(AGENT), "stateId": "x"},
            ).status_code
            == 403
        )

    def test_mine_is_what_i_wrote(self, xapi, speaker):
        (theirs,) = xapi.keep(statement())
        mine = speaker(["statements/write", "statements/read/mine"])
        ids = mine.keep(statement())
        assert mine.find() == ids
        assert mine.one(theirs).status_code == 404

    def test_without_define_nothing_is_said_of_activities(self, xapi, speaker):
        speaker(["statements/write"]).keep(statement())
        assert "definition" not in xapi.call("GET", "activities", {"activityId": ACTIVITY["id"]}).json()

    def test_a_launch_speaks_for_its_learner_only(self, speaker):
        registration = uuid4()
        launch = speaker(
            ["statements/write", "statements/read/mine", "state"],
            actor=f"account:{ACCOUNT['account']['homePage']}\n{ACCOUNT['account']['name']}",
            registration=registration,
        )
        right = {"actor": ACCOUNT, "context": {"registration": str(registration)}}
        ids = launch.keep(statement(**right))
        assert launch.find() == ids
        for wrong in (
            right | {"actor": AGENT},
            right | {"context": {"registration": str(uuid4())}},
            {"actor": ACCOUNT},
        ):
            assert launch.call("POST", "statements", body=statement(**wrong)).status_code == 403
        place = {"activityId": ACTIVITY["id"], "stateId": "bookmark"}
        assert (
            launch.call(
                "PUT", "activities/state", place | {"agent": json.dumps(ACCOUNT)}, {"page": 3}
            ).status_code
            == 204
        )
        assert (
            launch.call(
                "PUT", "activities/state", place | {"agent": json.dumps(AGENT)}, {"page": 3}
            ).status_code
            == 403
        )

    def test_unknown_wrong_expired_and_revoked_keys(self, xapi, speaker):
        for header in (None, "", "Basic", "Basic x", "Bearer abc", "Basic eDp5", "Basic //8="):
            response = xapi.call("GET", "statements", Authorization=header)
            assert response.status_code == 401
            assert response["WWW-Authenticate"].startswith("Basic")
        old = speaker(["all"], expires_at=now() - timedelta(seconds=1))
        assert old.call("GET", "statements").status_code == 401
        ended = speaker(["all"])
        ended.secret.credential.revoked_at = now()
        ended.secret.credential.save()
        assert ended.call("GET", "statements").status_code == 401


class TestFront:
    def test_about_asks_nothing(self, client):
        response = client.get("/xapi/about")
        assert response.json()["version"] == ["1.0.3", "2.0.0"]
        assert response["X-Experience-API-Version"]

    @pytest.mark.parametrize(
        ("sent", "told"),
        [("1.0", "1.0.3"), ("1.0.0", "1.0.3"), ("1.0.9", "1.0.3"), ("2.0.0", "2.0.0"), ("2.0", "2.0.0")],
    )
    def test_versions_understood(self, xapi, sent, told):  # XAPI-00333
        response = xapi.call("GET", "statements", X_Experience_API_Version=sent)
        assert (response.status_code, response["X-Experience-API-Version"]) == (200, told)

    @pytest.mark.parametrize("sent", [None, "", "0.9", "0.95", "1.1", "1.1.0", "3.0.0", "1.0.x", "x"])
    def test_versions_refused(self, xapi, sent):  # XAPI-00331, XAPI-00321
        assert xapi.call("GET", "statements", X_Experience_API_Version=sent).status_code == 400

    def test_other_methods(self, xapi):
        assert xapi.call("DELETE", "statements").status_code == 405
        assert xapi.call("PATCH", "statements").status_code == 405

    def test_any_origin_may_ask_since_no_cookie_opens_anything(self, client):
        response = client.options("/xapi/statements")
        assert response.status_code == 204
        assert response["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response

    def test_the_alternate_syntax(self, xapi):  # XAPI-00336
        data = statement()
        form = {
            "statementId": data["id"],
            "content": json.dumps(data),
            "Authorization": xapi.authorization,
            "X-Experience-API-Version": "1.0.3",
            "Content-Type": "application/json",
        }
        kind = "application/x-www-form-urlencoded"
        from urllib.parse import urlencode

        def send(path, form):
            return xapi.call(
                "POST",
                path,
                body=urlencode(form).encode(),
                Content_Type=kind,
                Authorization=None,
                X_Experience_API_Version=None,
            )

        assert send("/xapi/statements?method=PUT", form).status_code == 204
        asked = {name: form[name] for name in ("Authorization", "X-Experience-API-Version")} | {
            "statementId": data["id"]
        }
        assert send("/xapi/statements?method=GET", asked).json()["id"] == data["id"]
        assert send("/xapi/statements?method=GET&x=y", asked).status_code == 400
        assert (
            send("/xapi/statements?method=GET", asked | {"X-Experience-API-Version": "2.0.0"}).status_code
            == 400
        )

    def test_a_refusal_says_where_and_which_rule(self, xapi):
        told = xapi.call("POST", "statements", body=statement(verb={"id": "x"})).json()
        assert (told["where"], told["requirement"]) == ("statement.verb.id", "XAPI-00044")
        assert "statement.verb.id" in told["message"]


def test_nothing_here_is_a_reference_by_chance():
    assert REFERENCE["id"] != str(uuid4())
