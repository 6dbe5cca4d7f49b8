"""Every requirement of ADL's list for xAPI 1.0.3 by its number (XAPI-00001 … XAPI-00336), over HTTP.

The numbers are those of adlnet/xapi-lrs-conformance-requirements; what is checked was made from the specification. What a number
asks of each resource or method is one function or one row here, so that none is left out: the last test counts them.
"""

import hashlib
import json
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
import time_machine
from django.test import override_settings

from lms.lib.clock import now
from lms.records.models import Statement, StatementKey
from lms.records.values import read_moment
from tests.records.samples import (
    ACCOUNT,
    ACTIVITY,
    AGENT,
    ANONYMOUS,
    ATTACHMENT,
    CHOICE,
    CONTEXT,
    GONE,
    GROUP,
    OPENID,
    REFERENCE,
    RESULT,
    SHA1,
    SUBSTATEMENT,
    VERB,
    changed,
    full,
    statement,
)
from tests.records.test_signatures import send, sign
from tests.records.test_statements import multipart, voiding

pytestmark = pytest.mark.django_db

CHECKS = {}
# Numbers that ask for nothing a store could be looked at for.
NOTHING = {
    95: "empty contextActivities are no fault any more; both are taken",
    136: "the list has no such number",
    137: "parts need no MIME-Version (RFC 2045 asks it of mail)",
    138: "what says it is no multipart is judged as what it says it is",
    223: "the specification gives a DELETE no `since`",
    320: "`extensions` of About are left to the store",
    329: "a fault of ours is made by nobody's request",
}


def number(*numbers):
    def entered(check):
        for one in numbers:
            assert one not in CHECKS, one
            CHECKS[one] = check
        return check

    return entered


@pytest.mark.parametrize("which", [pytest.param(one, id=f"XAPI-{one:05d}") for one in range(1, 337)])
def test_requirement(which, xapi):
    if which in NOTHING:
        assert which not in CHECKS
        return
    CHECKS[which](xapi)


def test_none_is_left_out():
    assert {*CHECKS, *NOTHING} == {*range(1, 337)}


def refused(xapi, data, status=400):
    answer = xapi.call("POST", "statements", body=data)
    assert answer.status_code == status, (answer.status_code, data)
    assert not StatementKey.objects.exists()
    return answer.json()


# --- what a statement is (Data 2) ---------------------------------------------------------------------------

# number → places of a full statement with what must not stand there.
WRONG = {
    1: [("result", None), ("actor.name", None), ("object.definition.name", None), ("context.team.member", [None])],
    3: [("actor", GONE)],
    4: [("verb", GONE)],
    5: [("object", GONE)],
    6: [("actor", "lin"), ("verb", "passed"), ("object", 1), ("context", []), ("result", "x"), ("attachments.0.display", 1)],
    7: [("actor.mbox", ""), ("verb.id", ""), ("id", ""), ("timestamp", ""), ("context.language", ""), ("result.duration", "")],
    8: [("actor.Name", "x"), ("Result", RESULT), ("object.definition.Type", "https://a.cn/t")],
    9: [("actor.objectType", "agent"), ("object.objectType", "activity"), ("object.definition.interactionType", "Choice")],
    10: [("more", 1), ("actor.id", "1"), ("result.grade", 1), ("context.course", "x"), ("attachments.0.name", "x")],
    11: [("verb.id", "passed"), ("object.id", "www.a.cn/1"), ("object.definition.moreInfo", "/about")],
    13: [("verb.display", {"zh_CN": "完成"}), ("object.definition.name", {"abcdefghi": "x"}), ("context.language", "a-b")],
    22: [("timestamp", "yesterday"), ("timestamp", 5)],
    23: [("stored", "now"), ("stored", 1)],
    24: [("authority", ACTIVITY), ("authority", "x"), ("authority", {"objectType": "Person", "mbox": AGENT["mbox"]})],
    25: [("attachments", {}), ("attachments", ["x"])],
    27: [("id", "1"), ("id", "{8f87ccde-bb56-4c2e-ab83-44982ef22df0}")],
    28: [("id", 5), ("id", {})],
    29: [("context.registration", "8f87ccdebb564c2eab8344982ef22df0"), ("context.statement.id", "urn:uuid:x")],
    30: [("context.registration", "8f87ccde-bb56-4c2e-ab83-44982ef22dfg"), ("context.statement.id", "1")],
    31: [("actor.objectType", "Person"), ("actor.objectType", "Activity")],
    32: [("actor.objectType", 1), ("object.objectType", {})],
    33: [("actor.name", 1), ("context.team.name", [])],
    34: [("actor.mbox", GONE), ("actor.openid", OPENID["openid"]), ("context.instructor", {"name": "x"})],
    35: [("actor.member", [AGENT]), ("context.instructor", AGENT | {"member": [ACCOUNT]})],
    36: [("context.team.member", AGENT), ("context.team.member", [GROUP]), ("context.team.member", ["x"])],
    37: [("context.team", {"objectType": "Group"}), ("context.team", GROUP | OPENID)],
    38: [("actor.mbox", "lin@example.com"), ("actor.mbox", "mailto:lin")],
    39: [("actor", {"mbox_sha1sum": 1}), ("actor", {"mbox_sha1sum": "x"})],
    40: [("actor", {"openid": 1}), ("actor", {"openid": "lin"})],
    41: [("actor", {"account": "x"}), ("actor", {"account": []})],
    42: [("actor", {"account": {"name": "1"}}), ("actor", {"account": {"homePage": "a.cn", "name": "1"}})],
    43: [("actor", {"account": {"homePage": "https://a.cn"}}), ("actor", {"account": {"homePage": "https://a.cn", "name": 1}})],
    44: [("verb.id", GONE), ("verb.id", "passed"), ("verb.id", 7)],
    45: [("verb.display", "completed"), ("verb.display", {"zh": 1})],
    46: [("object.objectType", "Course"), ("object.objectType", "Verb")],
    47: [("object.id", GONE), ("object.id", "course"), ("object.id", 1)],
    48: [("object.definition", "x"), ("object.definition", [])],
    56: [("object.definition.name", "x"), ("object.definition.name", {"zh": 1})],
    57: [("object.definition.extensions", "x"), ("object.definition.extensions", [])],
    59: [("object.definition.description", "x"), ("object.definition.description", {"zh": 1})],
    60: [("object.definition.type", "course"), ("object.definition.type", 1)],
    61: [("object.definition.moreInfo", "about"), ("object.definition.moreInfo", 1)],
    74: [("result.success", "true"), ("result.success", 1)],
    75: [("result.completion", "yes"), ("result.completion", 0)],
    76: [("result.response", 1), ("result.response", {})],
    77: [("result.duration", "4 min"), ("result.duration", 270)],
    78: [("result.extensions", "x"), ("result.extensions", [])],
    79: [("result.score", 0.9), ("result.score", [])],
    80: [("result.score.max", "50"), ("result.score", {"max": True})],
    81: [("result.score.min", 50), ("result.score.min", 60), ("result.score.min", "0")],
    82: [("result.score.raw", 51), ("result.score.raw", -1), ("result.score.raw", "45")],
    83: [("result.score.scaled", 1.01), ("result.score.scaled", -1.01), ("result.score.scaled", "0.9")],
    86: [("context.contextActivities", []), ("context.contextActivities", "x")],
    87: [("context.registration", "x"), ("context.instructor", ACTIVITY), ("context.instructor", 1)],
    88: [("context.team", AGENT), ("context.team", "x")],
    89: [("context.revision", 1)],
    90: [("context.platform", {})],
    91: [("context.language", "中文"), ("context.language", "zh_CN"), ("context.language", 1)],
    92: [("context.statement", "x"), ("context.statement", {"id": REFERENCE["id"]}), ("context.statement", SUBSTATEMENT)],
    93: [("context.contextActivities.sibling", [{"id": "https://a.cn"}]), ("context.contextActivities.Parent", [])],
    94: [("context.contextActivities.parent", [AGENT]), ("context.contextActivities.parent", "x")],
    98: [("authority", ANONYMOUS | {"member": [AGENT]}), ("authority", GROUP)],
    100: [("authority", ANONYMOUS | {"member": [AGENT, ACCOUNT, SHA1]})],
    101: [("version", "0.9"), ("version", "1.1.0"), ("version", 1)],
    102: [("attachments.0.length", GONE), ("attachments.0.length", "4"), ("attachments.0.length", 4.5)],
    103: [("attachments.0.sha2", GONE), ("attachments.0.sha2", "x"), ("attachments.0.sha2", 1)],
    104: [("attachments.0.fileUrl", "photo.jpg"), ("attachments.0.fileUrl", 1)],
    105: [("attachments.0.contentType", GONE), ("attachments.0.contentType", "jpeg"), ("attachments.0.contentType", 1)],
    106: [("attachments.0.display", GONE), ("attachments.0.display", "x"), ("attachments.0.display", {"zh": 1})],
    107: [("attachments.0.usageType", GONE), ("attachments.0.usageType", "photo")],
    118: [("context.extensions", {"device": 1}), ("result.extensions", {"": 1})],
    120: [("context.extensions", "x"), ("context.extensions", [])],
    121: [("verb.display", {"": "x"}), ("verb.display", {"中": "x"})],
    123: [("timestamp", "20th of November"), ("timestamp", "2026-13-01T00:00:00Z")],
    124: [("result.duration", "P"), ("result.duration", "PT"), ("result.duration", "P0002-06-04T12:30:05")],
}  # fmt: skip
# The same of objects that take the place of the activity.
WRONG_OBJECTS = {
    50: [changed(CHOICE, "definition.correctResponsesPattern", value) for value in ("a", [1], {})],
    55: [changed(CHOICE, "definition.choices", value) for value in ("a", {}, 1)],
    58: [
        changed(CHOICE, "definition.choices.0.id", GONE),
        changed(CHOICE, "definition.choices.0.id", 1),
        changed(CHOICE, "definition.choices.1.id", "a"),
    ],
    49: [changed(CHOICE, "definition.interactionType", value) for value in ("single", 1, {})],
    62: [changed(CHOICE, "definition.choices.0.description", value) for value in ("x", {"zh": 1})],
    63: [changed(CHOICE, "definition.choices.0", value) for value in ("a", 1, [])],
    64: [changed(CHOICE, "definition.interactionType", GONE)],
    65: [{"mbox": AGENT["mbox"]}, {"mbox": GROUP["mbox"], "member": [AGENT]}],
    66: [
        changed(SUBSTATEMENT, "verb", GONE),
        changed(SUBSTATEMENT, "actor.mbox", "x"),
        SUBSTATEMENT | {"result": 1},
    ],
    67: [SUBSTATEMENT | {"authority": AGENT}],
    68: [SUBSTATEMENT | {"version": "1.0.3"}],
    69: [SUBSTATEMENT | {"stored": "2026-11-20T08:30:00Z"}],
    70: [SUBSTATEMENT | {"id": REFERENCE["id"]}],
    71: [SUBSTATEMENT | {"object": SUBSTATEMENT}],
    72: [changed(REFERENCE, "id", GONE), changed(REFERENCE, "id", "1"), changed(REFERENCE, "id", 1)],
    73: [{"id": REFERENCE["id"]}, {name: SUBSTATEMENT[name] for name in ("actor", "verb", "object")}],
}
LISTS = {
    51: ("performance", "steps"),
    52: ("matching", "target"),
    53: ("matching", "source"),
    54: ("likert", "scale"),
}
# Of these the refusal itself names another of the numbers that say the same.
SAID_ELSEWHERE = {6, 7, 8, 9, 11, 13, 24, 28, 29, 30, 32, 35, 65, 66, 73, 92, 94, 100, 120, 123, 124}


def wrong(which):
    def check(xapi):
        for path, value in WRONG[which]:
            told = refused(xapi, changed(full(), path, value))
            one = f"XAPI-{which:05d}"
            if which not in SAID_ELSEWHERE and path not in (
                "context.team.name",
                "context.instructor",
                "context.team",
            ):
                assert told.get("requirement") == one, (path, value, told)

    return check


def wrong_object(which):
    def check(xapi):
        for target in WRONG_OBJECTS[which]:
            told = refused(xapi, statement(object=target))
            if which not in SAID_ELSEWHERE:
                assert told.get("requirement") == f"XAPI-{which:05d}", (target, told)

    return check


def wrong_list(which):
    def check(xapi):
        kind, name = LISTS[which]
        for value in ("a", {}, 1):
            definition = {"interactionType": kind, name: value}
            told = refused(xapi, statement(object={"id": CHOICE["id"], "definition": definition}))
            assert told["requirement"] == f"XAPI-{which:05d}"
        definition = {"interactionType": kind, name: [{"id": "a"}]}
        xapi.keep(statement(object={"id": CHOICE["id"], "definition": definition}))

    return check


for rows, made in ((WRONG, wrong), (WRONG_OBJECTS, wrong_object), (LISTS, wrong_list)):
    for one in rows:
        number(one)(made(one))


@number(2)
def numbers_keep_their_figures(xapi):
    for value in (0.1, 123456.789, 1.17549435e-38, 3.40282347e38, -0.33333334):
        (one,) = xapi.keep(statement(result={"score": {"raw": value}}))
        assert xapi.one(one).json()["result"]["score"]["raw"] == value


@number(12)
def parameters_are_what_they_are_in_statements(xapi):
    for name, value in (
        *(
            ("agent", "x"),
            ("agent", '{"mbox":"lin"}'),
            ("verb", "passed"),
            ("activity", "course"),
            ("registration", "1"),
        ),
        *(("since", "now"), ("until", "now"), ("limit", "-1"), ("ascending", "yes"), ("statementId", "1")),
    ):
        assert xapi.call("GET", "statements", {name: value}).status_code == 400, name


@number(14)
def an_object_is_json(xapi):
    for body in (b"", b"{", b"{'id': 1}", b'{"id":}', b'{"actor":{}', b"statement"):
        assert xapi.call("POST", "statements", body=body).status_code == 400


@number(15)
def texts_are_utf_8(xapi):
    body = json.dumps(statement(result={"response": "叉车"}), ensure_ascii=False)
    (one,) = xapi.call("POST", "statements", body=body.encode()).json()
    assert "叉车".encode() in xapi.one(one).content
    assert xapi.call("POST", "statements", body=body.encode("gb18030")).status_code == 400


@number(16)
def what_voids_is_not_voided(xapi):
    (one,) = xapi.keep(statement())
    (void,) = xapi.keep(voiding(one))
    assert xapi.call("POST", "statements", body=voiding(void)).json()["requirement"] == "XAPI-00016"
    assert xapi.one(void).status_code == 200
    # Nobody asks whether what it voids is here.
    xapi.keep(voiding(str(uuid4())))


@number(17, 20)
def only_a_reference_is_voided(xapi):
    for target in (ACTIVITY, AGENT, SUBSTATEMENT):
        told = refused(xapi, statement(verb={"id": "http://adlnet.gov/expapi/verbs/voided"}, object=target))
        assert told["requirement"] == "XAPI-00017"


@number(18, 19)
def voided_is_what_a_voiding_one_refers_to(xapi):
    one, other = xapi.keep(statement(), statement())
    xapi.keep(
        voiding(one),
        statement(verb={"id": "http://adlnet.gov/expapi/verbs/mentioned"}, object=REFERENCE | {"id": other}),
    )
    assert [xapi.one(which).status_code for which in (one, other)] == [404, 200]
    assert xapi.call("GET", "statements", {"voidedStatementId": one}).status_code == 200


@number(21)
def no_property_twice(xapi):
    text = json.dumps(statement())
    for body in (text[:-1] + ', "id": "x"}', text.replace('"mbox"', '"mbox": "mailto:a@b.cn", "mbox"', 1)):
        assert xapi.call("POST", "statements", body=body.encode()).status_code == 400


@number(26)
def an_id_is_made_where_none_is_given(xapi):
    data = statement()
    del data["id"]
    (one,) = xapi.keep(data)
    assert UUID(one)
    assert xapi.one(one).json()["id"] == one


@number(84)
def revision_is_of_activities(xapi):
    for target in (AGENT, GROUP, REFERENCE, SUBSTATEMENT):
        told = refused(xapi, statement(object=target, context={"revision": "3"}))
        assert told["requirement"] == "XAPI-00084"


@number(85)
def platform_is_of_activities(xapi):
    for target in (AGENT, GROUP, REFERENCE, SUBSTATEMENT):
        told = refused(xapi, statement(object=target, context={"platform": "融通"}))
        assert told["requirement"] == "XAPI-00085"


@number(96)
def a_context_activity_is_told_in_an_array(xapi):
    (one,) = xapi.keep(statement(context={"contextActivities": {"grouping": {"id": "https://a.cn/g"}}}))
    assert xapi.one(one).json()["context"]["contextActivities"] == {"grouping": [{"id": "https://a.cn/g"}]}


@number(97)
def stored_is_the_stores(xapi):
    (one,) = xapi.keep(statement(stored="2001-01-01T00:00:00Z"))
    assert abs(read_moment(xapi.one(one).json()["stored"]) - now()) < timedelta(minutes=1)


@number(99)
def authority_is_who_signed_in(xapi):
    one, other = xapi.keep(statement(), statement(authority=ACCOUNT))
    for which in (one, other):
        assert xapi.one(which).json()["authority"]["account"]["name"] == xapi.secret.credential.key


@number(119)
def extensions_may_hold_nothing(xapi):
    for value in (None, "", {}, [], {"a": None}):
        extensions = {"https://a.cn/x": value}
        (one,) = xapi.keep(statement(result={"extensions": extensions}, context={"extensions": extensions}))
        assert xapi.one(one).json()["result"]["extensions"] == extensions


@number(122)
def a_moment_keeps_its_milliseconds(xapi):
    (one,) = xapi.keep(statement(timestamp="2026-11-20T08:30:00.123456Z"))
    assert "08:30:00.123" in xapi.one(one).json()["timestamp"]
    assert "." in xapi.one(one).json()["stored"]


# --- retrieval, signatures, attachments (Data 2.5, 2.6, 2.4.11; Communication 1.5) ----------------------------


@number(108, 111, 114)
def more_leads_to_the_rest(xapi):
    ids, told = xapi.keep(*(statement() for _ in range(5))), []
    page = xapi.call("GET", "statements", {"limit": 2}).json()
    for size in (2, 2, 1):
        assert page.keys() == {"statements", "more"}
        assert len(page["statements"]) == size
        told += [one["id"] for one in page["statements"]]
        page = xapi.call("GET", page["more"]).json() if page["more"] else page
    assert told == ids[::-1]


@number(109, 110, 113, 154, 159)
def an_answer_is_statements_and_more(xapi):
    (one,) = xapi.keep(statement())
    answer = xapi.call("GET", "statements")
    assert answer.status_code == 200
    assert answer.json().keys() == {"statements", "more"}
    assert [told["id"] for told in answer.json()["statements"]] == [one]
    assert answer.json()["more"] == ""


@number(112, 149)
def nothing_found_is_an_answer(xapi):
    answer = xapi.call("GET", "statements", {"verb": "https://a.cn/never"})
    assert (answer.status_code, answer.json()) == (200, {"statements": [], "more": ""})


@number(115)
def a_signature_is_a_jws_of_its_type(xapi):
    data = statement()
    assert send(xapi, data, b"no jws").json()["requirement"] == "XAPI-00115"
    assert send(xapi, data, sign(data), contentType="text/plain").json()["requirement"] == "XAPI-00115"
    assert send(xapi, data, sign(data)).status_code == 200


@number(116)
def a_signature_is_of_this_statement(xapi):
    data = statement()
    other = data | {"verb": {"id": "https://a.cn/other"}}
    assert send(xapi, data, sign(other)).json()["requirement"] == "XAPI-00116"


@number(117)
def a_signature_is_of_one_of_three_algorithms(xapi):
    for algorithm in ("RS256", "RS384", "RS512"):
        data = statement()
        assert send(xapi, data, sign(data, algorithm)).status_code == 200
    data = statement()
    told = send(xapi, data, sign(data, "HS256", "secret of thirty-two bytes or more")).json()
    assert told["requirement"] == "XAPI-00117"


CONTENT = b"a photo of the parked forklift"
PART = {
    "Content-Type": "image/jpeg",
    "Content-Transfer-Encoding": "binary",
    "X-Experience-API-Hash": hashlib.sha256(CONTENT).hexdigest(),
}
MIXED = 'multipart/mixed; boundary="rt"'


def attached(**change):
    item = {name: value for name, value in ATTACHMENT.items() if name != "fileUrl"}
    return statement(
        attachments=[item | {"length": len(CONTENT), "sha2": PART["X-Experience-API-Hash"]} | change]
    )


def post_mixed(xapi, body, kind=MIXED):
    return xapi.call("POST", "statements", body=body, Content_Type=kind)


def part_without(name):
    return CONTENT, {key: value for key, value in PART.items() if key != name}


def mixed_is_refused(xapi, which, body, kind=MIXED):
    answer = post_mixed(xapi, body, kind)
    assert (answer.status_code, answer.json()["requirement"]) == (400, f"XAPI-{which:05d}")
    assert not StatementKey.objects.exists()


@number(127)
def only_json_and_multipart_are_taken(xapi):
    body = json.dumps(attached()).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=rt", ""):
        assert xapi.call("POST", "statements", body=body, Content_Type=kind).status_code == 400
    assert post_mixed(xapi, multipart(attached(), (CONTENT, PART))).status_code == 200


@number(128)
def no_part_that_is_no_attachment(xapi):
    mixed_is_refused(xapi, 128, multipart(statement(), (CONTENT, PART)))


@number(129)
def no_attachment_without_its_part_or_address(xapi):
    mixed_is_refused(xapi, 129, multipart(attached()))
    xapi.keep(attached(fileUrl="https://a.cn/p.jpg"))


@number(130)
def a_boundary_before_each_part(xapi):
    mixed_is_refused(xapi, 130, b"Content-Type: application/json\r\n\r\n{}")


@number(131)
def a_boundary_is_named(xapi):
    mixed_is_refused(xapi, 131, multipart(attached(), (CONTENT, PART)), "multipart/mixed")


@number(132)
def a_part_names_its_hash(xapi):
    mixed_is_refused(xapi, 132, multipart(attached(), part_without("X-Experience-API-Hash")))


@number(133)
def all_statements_are_in_the_first_part(xapi):
    second = (json.dumps(statement()).encode(), {"Content-Type": "application/json"})
    assert post_mixed(xapi, multipart(attached(), second, (CONTENT, PART))).status_code == 400
    assert not StatementKey.objects.exists()


@number(134)
def the_first_part_is_json(xapi):
    body = multipart(attached(), (CONTENT, PART)).replace(b"application/json", b"text/plain", 1)
    mixed_is_refused(xapi, 134, body)


@number(135)
def a_part_is_binary(xapi):
    mixed_is_refused(xapi, 135, multipart(attached(), part_without("Content-Transfer-Encoding")))


# --- the statement resource (Communication 1, 2.1) ------------------------------------------------------------

RESOURCES = {
    139: ("statements", {}),
    230: ("activities/state", {"activityId": ACTIVITY["id"], "agent": json.dumps(AGENT)}),
    245: ("agents", {"agent": json.dumps(AGENT)}),
    252: ("activities", {"activityId": ACTIVITY["id"]}),
    282: ("agents/profile", {"agent": json.dumps(AGENT)}),
    311: ("activities/profile", {"activityId": ACTIVITY["id"]}),
    315: ("about", {}),
}


def resource_is_there(which):
    return lambda xapi: _ok(xapi.call("GET", *RESOURCES[which]))


def _ok(answer):
    assert answer.status_code == 200, answer.content


for one in RESOURCES:
    number(one)(resource_is_there(one))


@number(125, 126)
def head_is_get_without_its_body(xapi):
    (one,) = xapi.keep(statement())
    for path, params in (
        *RESOURCES.values(),
        ("statements", {"statementId": one}),
        ("statements", {"limit": "x"}),
    ):
        get, head = (xapi.call(method, path, params) for method in ("GET", "HEAD"))
        assert (head.status_code, head.content) == (get.status_code, b"")
        assert head["Content-Type"] == get["Content-Type"]


@number(140)
def all_resources_are_there(xapi):
    for path, params in RESOURCES.values():
        _ok(xapi.call("GET", path, params))


@number(142)
def a_statement_is_never_changed(xapi):
    (one,) = xapi.keep(data := statement())
    before = xapi.one(one).content
    other = data | {"verb": {"id": "https://a.cn/other"}}
    assert xapi.call("POST", "statements", body=other).status_code == 409
    assert xapi.call("PUT", "statements", {"statementId": one}, other).status_code == 409
    assert xapi.one(one).content == before


@number(143, 144)
def put_answers_204(xapi):
    data = statement()
    answer = xapi.call("PUT", "statements", {"statementId": data["id"]}, data)
    assert (answer.status_code, answer.content) == (204, b"")


@number(145)
def put_wants_an_id(xapi):
    assert xapi.call("PUT", "statements", {}, statement()).status_code == 400


@number(146, 147)
def post_answers_with_all_ids(xapi):
    data = [statement() for _ in range(3)]
    answer = xapi.call("POST", "statements", body=data)
    assert (answer.status_code, answer.json()) == (200, [one["id"] for one in data])


def alternate(xapi, method, path="statements", **form):
    told = {"Authorization": xapi.authorization, "X-Experience-API-Version": "1.0.3"} | form
    return xapi.call(
        "POST",
        f"/xapi/{path}?method={method}",
        body=urlencode(told).encode(),
        Content_Type="application/x-www-form-urlencoded",
        Authorization=None,
        X_Experience_API_Version=None,
    )


@number(148)
def a_get_may_come_as_a_post(xapi):
    (one,) = xapi.keep(statement())
    answer = alternate(xapi, "GET", limit="1")
    assert answer.status_code == 200
    assert [told["id"] for told in answer.json()["statements"]] == [one]


@number(336)
def every_request_may_come_as_a_post(xapi):
    data = statement()
    kept = alternate(xapi, "PUT", statementId=data["id"], content=json.dumps(data))
    assert kept.status_code == 204
    place = {"activityId": ACTIVITY["id"], "agent": json.dumps(AGENT), "stateId": "x"}
    assert alternate(xapi, "PUT", "activities/state", content='{"a": 1}', **place).status_code == 204
    assert alternate(xapi, "GET", "activities/state", **place).json() == {"a": 1}
    assert alternate(xapi, "DELETE", "activities/state", **place).status_code == 204
    assert alternate(xapi, "GET&limit=1").status_code == 400


def an_id_stands_alone(name):
    def check(xapi):
        (one,) = xapi.keep(statement())
        other = "statementId" if name == "voidedStatementId" else "voidedStatementId"
        for extra in (
            *(
                "agent",
                "verb",
                "activity",
                "registration",
                "related_activities",
                "related_agents",
                "since",
                "until",
            ),
            *("limit", "ascending", other),
        ):
            assert xapi.call("GET", "statements", {name: one, extra: one}).status_code == 400, extra

    return check


number(150)(an_id_stands_alone("voidedStatementId"))
number(151)(an_id_stands_alone("statementId"))


@number(152)
def consistent_through_is_not_before_what_is_told(xapi):
    xapi.keep(statement())
    answer = xapi.call("GET", "statements")
    through = read_moment(answer["X-Experience-API-Consistent-Through"])
    assert all(read_moment(one["stored"]) <= through for one in answer.json()["statements"])


@number(153, 160)
def consistent_through_is_told_whatever_comes(xapi):
    for params, status in (({}, 200), ({"statementId": str(uuid4())}, 404), ({"limit": "x"}, 400)):
        answer = xapi.call("GET", "statements", params)
        assert answer.status_code == status
        through = answer["X-Experience-API-Consistent-Through"]
        assert "T" in through
        assert abs(read_moment(through) - now()) < timedelta(minutes=1)


@number(155, 157, 163)
def a_voided_one_is_told_by_its_own_parameter(xapi):
    (one,) = xapi.keep(statement())
    xapi.keep(voiding(one))
    answer = xapi.call("GET", "statements", {"voidedStatementId": one})
    assert (answer.status_code, answer.json()["id"]) == (200, one)
    assert xapi.one(one).status_code == 404
    assert one not in xapi.find()


@number(156, 158)
def one_is_told_by_its_id(xapi):
    (one, _other) = xapi.keep(statement(), statement())
    answer = xapi.one(one)
    assert (answer.status_code, answer.json()["id"]) == (200, one)


@number(161)
def without_attachments_there_is_only_json(xapi):
    data = attached()
    post_mixed(xapi, multipart(data, (CONTENT, PART)))
    for params in ({}, {"attachments": "false"}):
        answer = xapi.one(data["id"], **params)
        assert answer["Content-Type"] == "application/json"
        assert CONTENT not in answer.content


@number(162)
def what_refers_to_a_voided_one_is_told(xapi):
    (one,) = xapi.keep(statement())
    (about,) = xapi.keep(statement(actor=ACCOUNT, object=REFERENCE | {"id": one}))
    (void,) = xapi.keep(voiding(one))
    assert set(xapi.find(verb=VERB["id"])) == {about, void}


@number(164)
def what_is_told_is_what_was_asked_for(xapi):
    wanted = statement(actor=ACCOUNT, verb={"id": "https://a.cn/did"}, object=CHOICE)
    xapi.keep(wanted, statement(), statement(actor=ACCOUNT), statement(object=CHOICE))
    asked = {"agent": json.dumps(ACCOUNT), "verb": "https://a.cn/did", "activity": CHOICE["id"]}
    assert xapi.find(**asked) == [wanted["id"]]


@number(165)
def an_answer_says_what_it_is(xapi):
    (one,) = xapi.keep(statement())
    for params in ({}, {"statementId": one}, {"limit": "x"}):
        assert xapi.call("GET", "statements", params)["Content-Type"].startswith("application/json")
    assert xapi.one(one, attachments="true")["Content-Type"].startswith("multipart/mixed; boundary=")


@number(166)
def ascending_is_the_order_of_storing(xapi):
    ids = [xapi.keep(statement())[0] for _ in range(3)]
    assert (xapi.find(ascending="true"), xapi.find(ascending="false"), xapi.find()) == (
        ids,
        ids[::-1],
        ids[::-1],
    )


@number(167)
def attachments_come_as_multipart(xapi):
    data = attached()
    post_mixed(xapi, multipart(data, (CONTENT, PART)))
    answer = xapi.call("GET", "statements", {"attachments": "true"})
    assert answer["Content-Type"].startswith("multipart/mixed; boundary=")
    assert CONTENT in answer.content
    assert PART["X-Experience-API-Hash"].encode() in answer.content


def told_as(xapi, form, **headers):
    xapi.keep(data := full() | {"attachments": []})
    answer = xapi.call("GET", "statements", {"format": form} if form else {}, **headers)
    (told,) = answer.json()["statements"]
    assert told["id"] == data["id"]
    return data, told


@number(168, 170)
def exact_is_as_it_came(xapi):
    data, told = told_as(xapi, "")
    assert told["object"] == data["object"]
    assert told["verb"] == data["verb"]
    answer = xapi.call("GET", "statements", {"format": "exact"})
    assert answer.json()["statements"] == [told]


@number(169)
def canonical_is_what_the_store_knows(xapi):
    xapi.keep(statement(object={"id": CHOICE["id"], "definition": {"name": {"zh": "第一题"}}}))
    xapi.keep(statement(object={"id": CHOICE["id"]}))
    newest = xapi.call("GET", "statements", {"format": "canonical"}).json()["statements"][0]
    assert newest["object"]["definition"]["name"] == {"zh": "第一题"}


@number(171)
def ids_are_identifiers_alone(xapi):
    _data, told = told_as(xapi, "ids")
    assert told["object"] == {"id": ACTIVITY["id"]}
    assert told["verb"] == {"id": VERB["id"]}
    assert told["actor"] == {"objectType": "Agent", "mbox": AGENT["mbox"]}


@number(172)
def canonical_is_in_the_readers_language(xapi):
    _data, told = told_as(xapi, "canonical", Accept_Language="en;q=0.8, fr")
    assert told["object"]["definition"]["name"] == {"en": "Forklift safety"}


@number(173)
def limit_bounds_a_page(xapi):
    xapi.keep(*(statement() for _ in range(4)))
    assert [len(xapi.find(limit=size)) for size in (1, 3, 0, 9)] == [1, 3, 4, 4]


@number(174, 175)
def since_is_after_and_until_is_not_after(xapi):
    with time_machine.travel(now() - timedelta(hours=1)) as clock:
        first = xapi.keep(statement())
        clock.shift(60)
        second = xapi.keep(statement())
    moment = xapi.one(first[0]).json()["stored"]
    assert (xapi.find(since=moment), xapi.find(until=moment)) == (second, first)


@number(176)
def related_agents_stand_anywhere(xapi):
    (near, _far) = xapi.keep(statement(context={"instructor": ACCOUNT}), statement())
    asked = {"agent": json.dumps(ACCOUNT)}
    assert xapi.find(**asked, related_agents="true") == [near]
    assert xapi.find(**asked, related_agents="false") == xapi.find(**asked) == []


@number(177)
def related_activities_stand_anywhere(xapi):
    (near, _far) = xapi.keep(
        statement(context={"contextActivities": {"other": [{"id": CHOICE["id"]}]}}), statement()
    )
    asked = {"activity": CHOICE["id"]}
    assert xapi.find(**asked, related_activities="true") == [near]
    assert xapi.find(**asked, related_activities="false") == xapi.find(**asked) == []


@number(178)
def by_registration(xapi):
    (one, _other) = xapi.keep(statement(context={"registration": CONTEXT["registration"]}), statement())
    assert xapi.find(registration=CONTEXT["registration"]) == [one]


@number(179)
def by_activity(xapi):
    (one, _other) = xapi.keep(statement(object=CHOICE), statement())
    assert xapi.find(activity=CHOICE["id"]) == [one]


@number(180)
def by_verb(xapi):
    (one, _other) = xapi.keep(statement(verb={"id": "https://a.cn/did"}), statement())
    assert xapi.find(verb="https://a.cn/did") == [one]


@number(181)
def by_agent(xapi):
    for agent in (ACCOUNT, SHA1, OPENID, GROUP):
        (one, _other) = xapi.keep(statement(actor=agent), statement(actor={"mbox": "mailto:x@a.cn"}))
        assert one in xapi.find(agent=json.dumps(agent))


@number(182, 326)
def a_batch_is_whole_or_not_at_all(xapi):
    right = statement()
    assert xapi.call("POST", "statements", body=[right, statement(verb={})]).status_code == 400
    assert xapi.call("POST", "statements", body=[statement(actor={}), right]).status_code == 400
    assert not StatementKey.objects.exists()
    assert not Statement.objects.exists()


# --- documents (Communication 2.2, 2.3, 2.6, 2.7, 3.1) ---------------------------------------------------------

PLACES = {
    "state": ("activities/state", {"activityId": ACTIVITY["id"], "agent": json.dumps(AGENT)}, "stateId"),
    "agent": ("agents/profile", {"agent": json.dumps(AGENT)}, "profileId"),
    "activity": ("activities/profile", {"activityId": ACTIVITY["id"]}, "profileId"),
}


class Documents:
    """One of the three resources. Its methods give the response."""

    def __init__(self, xapi, kind):
        self.xapi = xapi
        self.path, self.place, self.name = PLACES[kind]

    def call(self, method, name="x", body=None, *, without=(), **params):
        at = self.place | ({} if name is None else {self.name: name}) | params
        at = {key: value for key, value in at.items() if key not in without}
        body = {"a": 1} if body is None and method in ("PUT", "POST") else body
        condition = {"If_None_Match": "*"} if method == "PUT" else {}
        return self.xapi.call(method, self.path, at, body, **condition)


def of_each(**numbers):
    """A check of several resources: of each under its own numbers."""

    def entered(check):
        for kind, which in numbers.items():
            number(*which)(lambda xapi, kind=kind: check(Documents(xapi, kind)))
        return check

    return entered


def no_method_takes(*params, **numbers):
    """kind → {method: number}: what comes without a parameter, or with these, is refused (400) and changes nothing."""
    for kind, methods in numbers.items():
        for method, which in methods.items():

            def check(xapi, kind=kind, method=method):
                on = Documents(xapi, kind)
                for param in params:
                    without = (param,) if isinstance(param, str) else ()
                    given = {} if isinstance(param, str) else param
                    assert on.call(method, without=without, **given).status_code == 400, param
                assert on.call("GET", None).json() == []

            number(which)(check)


no_method_takes(
    {"agent": "lin"}, {"agent": "{"}, {"agent": '{"name":"x"}'}, {"agent": "[]"},
    state={"DELETE": 196, "GET": 197, "POST": 198, "PUT": 199},
    agent={"DELETE": 255, "POST": 256, "PUT": 257, "GET": 258},
    activity={"GET": 304},
)  # fmt: skip
no_method_takes(
    {"registration": "x"}, {"registration": "8f87ccdebb564c2eab8344982ef22df0"},
    state={"DELETE": 200, "GET": 201, "POST": 202, "PUT": 203},
)  # fmt: skip
no_method_takes("activityId", state={"DELETE": 207, "GET": 208, "POST": 209, "PUT": 210})
no_method_takes("activityId", activity={"GET": 296, "DELETE": 297, "POST": 298, "PUT": 299})
no_method_takes(
    "agent",
    state={"DELETE": 212, "GET": 213, "POST": 214, "PUT": 215},
    agent={"GET": 261, "DELETE": 262, "POST": 263, "PUT": 264},
)
no_method_takes("stateId", state={"PUT": 206, "POST": 211})
no_method_takes("profileId", agent={"DELETE": 265, "POST": 266, "PUT": 267})
no_method_takes("profileId", activity={"DELETE": 300, "POST": 301, "PUT": 302})
no_method_takes(
    {"since": "x"},
    {"since": "2026"},
    state={"GET": 204, "DELETE": 205},
    agent={"GET": 260},
    activity={"GET": 295},
)


@of_each(state=(188, 192, 217), agent=(259, 269, 274), activity=(288, 290))
def a_document_is_told(on):
    on.call("PUT", body={"page": 3})
    answer = on.call("GET")
    assert (answer.status_code, answer.json(), answer["Content-Type"]) == (
        200,
        {"page": 3},
        "application/json",
    )


@of_each(state=(193,), agent=(270,), activity=(289,))
def without_an_id_all_ids_are_told(on):
    assert on.call("GET", None).json() == []
    for name in ("one", "two"):
        on.call("PUT", name)
    assert sorted(on.call("GET", None).json()) == ["one", "two"]


@of_each(state=(141, 195, 221, 222), agent=(268, 275), activity=(294, 303))
def since_is_what_changed_after(on):
    with time_machine.travel(now() - timedelta(hours=1)):
        on.call("PUT", "old")
    on.call("PUT", "new")
    since = (now() - timedelta(minutes=30)).isoformat()
    assert on.call("GET", None, since=since).json() == ["new"]


@of_each(state=(187, 191, 216), agent=(271,), activity=(285, 291))
def a_document_is_deleted(on):
    on.call("PUT")
    on.call("PUT", "other")
    assert on.call("DELETE").status_code == 204
    assert on.call("GET").status_code == 404
    assert on.call("GET", "other").status_code == 200


@of_each(state=(194,))
def without_an_id_all_are_deleted(on):
    on.call("PUT", "one")
    on.call("PUT", "two")
    assert on.call("DELETE", None).status_code == 204
    assert on.call("GET", None).json() == []


@of_each(state=(189, 231, 233), agent=(272, 280, 283), activity=(286, 292, 310, 312))
def a_post_keeps_what_is_new(on):
    answer = on.call("POST", body={"a": 1})
    assert (answer.status_code, answer.content) == (204, b"")
    assert on.call("GET").json() == {"a": 1}


@of_each(state=(190,), agent=(273,), activity=(287, 293))
def a_put_answers_204(on):
    answer = on.call("PUT", body={"a": 1})
    assert (answer.status_code, answer.content) == (204, b"")


@of_each(state=(234,), agent=(279,), activity=(308,))
def two_objects_are_merged(on):
    on.call("POST", body={"a": 1, "b": 2})
    assert on.call("POST", body={"b": 3, "c": 4}).status_code == 204
    assert on.call("GET").json() == {"a": 1, "b": 3, "c": 4}


@number(183, 184, 185, 186)
def a_merge_is_one_level_deep_and_one_document(xapi):
    for kind in PLACES:
        on = Documents(xapi, kind)
        on.call("POST", body={"a": {"x": 1, "y": 2}, "b": [1]})
        on.call("POST", body={"a": {"z": 3}, "c": {}})
        assert json.loads(on.call("GET").content) == {"a": {"z": 3}, "b": [1], "c": {}}


def not_merged(kind, numbers):
    """numbers: what is no JSON by its type, what is no object, what says it is JSON and is none."""
    of_type, no_object, _no_json = numbers

    def types(xapi):
        on = Documents(xapi, kind)
        on.call("POST")
        place = on.place | {on.name: "x"}
        told = xapi.call("POST", on.path, place, b"a=1", Content_Type="text/plain")
        assert (told.status_code, told.json()["requirement"]) == (400, f"XAPI-{of_type:05d}")
        text = on.place | {on.name: "text"}
        xapi.call("PUT", on.path, text, b"a=1", Content_Type="text/plain", If_None_Match="*")
        assert xapi.call("POST", on.path, text, {"a": 2}).status_code == 400
        assert (on.call("GET").json(), on.call("GET", "text").content) == ({"a": 1}, b"a=1")

    def objects(xapi):
        on = Documents(xapi, kind)
        on.call("POST")
        told = on.call("POST", body=[1])
        assert (told.status_code, told.json()["requirement"]) == (400, f"XAPI-{no_object:05d}")
        on.call("PUT", "list", [1])
        assert on.call("POST", "list", {"a": 2}).status_code == 400
        assert (on.call("GET").json(), on.call("GET", "list").json()) == ({"a": 1}, [1])

    def texts(xapi):
        on = Documents(xapi, kind)
        assert on.call("POST", body=b'{"a": ').status_code == 400
        assert on.call("PUT", body=b"{a: 1}").status_code == 400
        assert on.call("GET").status_code == 404

    for which, check in zip(numbers, (types, objects, texts), strict=True):
        number(which)(check)


not_merged("state", (232, 229, 235))
not_merged("agent", (278, 281, 284))
not_merged("activity", (309, 313, 314))


@of_each(state=(224, 225, 226, 228), agent=(276, 277), activity=(305, 306, 307))
def an_id_is_a_text_whatever_it_looks_like(on):
    for name in ("7", "null", "[1]", "书签 1/2?"):
        assert [on.call(method, name).status_code for method in ("PUT", "POST", "GET")] == [204, 204, 200]
        assert on.call("GET", None).json() == [name]
        assert on.call("DELETE", name).status_code == 204


@of_each(state=(218, 219, 220, 227))
def of_each_registration_another(on):
    first, second = ({"registration": str(uuid4())} for _ in range(2))
    assert on.call("PUT", body={"n": 1}, **first).status_code == 204
    assert on.call("POST", body={"n": 2}, **second).status_code == 204
    assert [on.call("GET", **which).json()["n"] for which in (first, second)] == [1, 2]
    assert on.call("DELETE", **first).status_code == 204
    assert [on.call("GET", **which).status_code for which in (first, second)] == [404, 200]


@number(322)
def nothing_is_written_over_unseen(xapi):
    for kind in PLACES:
        on = Documents(xapi, kind)
        on.call("POST")
        tag, place = on.call("GET")["ETag"], on.place | {on.name: "x"}
        # SHA-1 of the content, in quotes.
        assert tag == f'"{hashlib.sha1(on.call("GET").content, usedforsecurity=False).hexdigest()}"'
        assert xapi.call("PUT", on.path, place, {"a": 2}, If_Match='"other"').status_code == 412
        assert xapi.call("PUT", on.path, place, {"a": 2}, If_None_Match="*").status_code == 412
        if kind != "state":
            assert xapi.call("PUT", on.path, place, {"a": 2}).status_code == 409
        assert on.call("GET").json() == {"a": 1}
        assert xapi.call("PUT", on.path, place, {"a": 2}, If_Match=tag).status_code == 204
        assert on.call("GET")["ETag"] != tag


# --- agents, activities, about (Communication 2.4, 2.5, 2.8) ---------------------------------------------------


def person(xapi, agent):
    answer = xapi.call("GET", "agents", {"agent": json.dumps(agent)})
    assert answer.status_code == 200
    return answer.json()


@number(236, 237, 246, 248)
def an_agent_is_told_as_a_person(xapi):
    xapi.keep(statement(actor=AGENT), statement(actor=AGENT | {"name": "小林"}))
    told = person(xapi, {"mbox": AGENT["mbox"]})
    assert sorted(told.pop("name")) == ["小林", "林小雨"]
    assert told == {"objectType": "Person", "mbox": [AGENT["mbox"]]}


def of_a_person(name, agent):
    def check(xapi):
        assert person(xapi, agent)[name] == [agent[name]]

    return check


for which, name, agent in (
    *((238, "name", AGENT), (239, "mbox", AGENT), (240, "mbox_sha1sum", SHA1)),
    *((241, "openid", OPENID), (242, "account", ACCOUNT)),
):
    number(which)(of_a_person(name, agent))


@number(244)
def an_address_is_told_with_its_scheme(xapi):
    assert all(one.startswith("mailto:") for one in person(xapi, AGENT)["mbox"])


@number(247)
def whoever_is_not_known_is_a_person_too(xapi):
    nobody = {"mbox": "mailto:nobody@example.com"}
    assert person(xapi, nobody) == {"objectType": "Person", "mbox": [nobody["mbox"]]}


@number(243, 249)
def agents_are_asked_for_with_an_agent(xapi):
    for params in ({}, {"agent": "x"}, {"agent": "{}"}, {"agent": '{"mbox":"lin"}'}, {"agent": "[]"}):
        assert xapi.call("GET", "agents", params).status_code == 400


@number(250)
def activities_are_asked_for_with_an_id(xapi):
    for params in ({}, {"activityId": "course"}, {"activityid": ACTIVITY["id"]}):
        assert xapi.call("GET", "activities", params).status_code == 400


@number(251, 253, 254)
def an_activity_is_all_that_was_said_of_it(xapi):
    for tag, name in (("zh", "叉车"), ("en", "Forklift")):
        xapi.keep(statement(object={"id": CHOICE["id"], "definition": {"name": {tag: name}}}))
    answer = xapi.call("GET", "activities", {"activityId": CHOICE["id"]})
    assert answer.status_code == 200
    definition = {"name": {"zh": "叉车", "en": "Forklift"}}
    assert answer.json() == {"objectType": "Activity", "id": CHOICE["id"], "definition": definition}


@number(316, 317, 318, 319)
def about_tells_the_versions(xapi):
    answer = xapi.call("GET", "about", X_Experience_API_Version=None, Authorization=None)
    assert answer.status_code == 200
    versions = answer.json()["version"]
    assert "1.0.3" in versions
    # 2.0.0 came after the list (IEEE 9274.1.1).
    assert set(versions) <= {"0.9", "0.95", "1.0.0", "1.0.1", "1.0.2", "1.0.3", "2.0.0"}


# --- faults, versions, who may (Communication 3, 4) ------------------------------------------------------------


@number(321)
def a_version_is_told_everywhere_but_at_about(xapi):
    for which, (path, params) in RESOURCES.items():
        answer = xapi.call("GET", path, params, X_Experience_API_Version=None)
        assert answer.status_code == (200 if which == 315 else 400), path
    assert xapi.call("GET", "statements", X_Experience_API_Version=None).json()["requirement"] == "XAPI-00321"


@number(323)
def faults_are_of_the_specifications_codes(xapi):
    xapi.keep(data := statement())
    clash = data | {"actor": ACCOUNT}
    for body, status in ((clash, 409), (statement(actor={}), 400), (b"{", 400), (b"", 400)):
        assert xapi.call("POST", "statements", body=body).status_code == status


@number(324)
def an_unknown_parameter_is_refused(xapi):
    for path, params in RESOURCES.values():
        if path != "about":
            assert xapi.call("GET", path, params | {"extra": "1"}).status_code == 400, path


@number(325)
def a_parameter_of_another_case_is_refused(xapi):
    for params in (
        {"StatementId": str(uuid4())},
        {"Verb": VERB["id"]},
        {"LIMIT": "1"},
        {"related_Agents": "true"},
    ):
        assert xapi.call("GET", "statements", params).status_code == 400
    place = {"activityId": ACTIVITY["id"], "Agent": json.dumps(AGENT)}
    assert xapi.call("GET", "activities/state", place).status_code == 400


@number(327)
def who_may_not_is_told_403(xapi):
    credential = xapi.secret.credential
    credential.scopes = ["statements/read"]
    credential.save()
    refused(xapi, statement(), status=403)


@number(328)
def what_is_too_large_is_told_413(xapi):
    with override_settings(XAPI_BODY_BYTES=4000):
        refused(xapi, statement(result={"response": "x" * 5000}), status=413)
        xapi.keep(statement(result={"response": "x" * 1000}))


@number(330, 332)
def a_statement_keeps_its_version(xapi):
    for version in ("1.0", "1.0.0", "1.0.1", "1.0.3"):
        (one,) = xapi.keep(statement(version=version))
        assert xapi.one(one).json()["version"] == version


@number(331)
def another_version_is_refused(xapi):
    for version in ("0.9", "0.95", "1.1.0", "3.0.0", "x"):
        answer = xapi.call("GET", "statements", X_Experience_API_Version=version)
        assert (answer.status_code, answer.json()["requirement"]) == (400, "XAPI-00331")


@number(333)
def the_latest_version_is_told(xapi):
    for version in ("1.0", "1.0.0", "1.0.2", "1.0.3"):
        answer = xapi.call("GET", "statements", X_Experience_API_Version=version)
        assert answer["X-Experience-API-Version"] == "1.0.3"


@number(334, 335)
def basic_opens_and_nothing_else(xapi):
    _ok(xapi.call("GET", "statements"))
    for header in (None, "Basic", "Basic eDp5", "Bearer abc", xapi.authorization[:-6] + "AAAAA="):
        answer = xapi.call("POST", "statements", body=statement(), Authorization=header)
        assert answer.status_code == 401
    assert not StatementKey.objects.exists()
