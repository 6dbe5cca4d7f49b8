"""What is a statement and what is none, by the numbers of ADL's list of requirements (xAPI 1.0.3, Data 2 and 4).

Each case changes one place of a statement that is right; "" stands for a rule that the list gives no number of its own.
"""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.records.faults import Fault
from lms.records.statements.rules import check_statement
from tests.records.samples import (
    ACCOUNT,
    ACTIVITY,
    AGENT,
    ANONYMOUS,
    CHOICE,
    CONTEXT,
    GONE,
    GROUP,
    OPENID,
    REFERENCE,
    SHA1,
    SUBSTATEMENT,
    changed,
    full,
    statement,
)

VOIDS = {"id": "http://adlnet.gov/expapi/verbs/voided"}
OF_AGENT = statement(object=AGENT)
NOT_TEXTS = [1, True, {}, []]
NOT_IRIS = ["rongtong", "/courses/1", "https://exa mple.cn/", "", 7, {}]


def cases(number, path, values):
    return [
        pytest.param(number, path, value, id=f"{number or 'rule'} {path}={value!r:.50}") for value in values
    ]


REFUSED = [
    # Data 2.2: formatting.
    *cases("XAPI-00010", "unknown", ["x"]),
    *cases("XAPI-00010", "actor.Name", ["x"]),
    *cases("XAPI-00010", "verb.name", ["x"]),
    *cases("XAPI-00010", "object.definition.Type", ["http://example.com/t"]),
    *cases("XAPI-00010", "result.Score", [{}]),
    *cases("XAPI-00010", "result.score.mean", [1]),
    *cases("XAPI-00010", "context.course", ["x"]),
    *cases("XAPI-00093", "context.contextActivities.sibling", [[]]),
    *cases("XAPI-00010", "attachments.0.name", ["x"]),
    *cases("XAPI-00001", "result", [None]),
    *cases("XAPI-00001", "object.definition.name", [None]),
    *cases("XAPI-00001", "context.team.member", [None, [None]]),
    # Data 2.4: what must be there.
    *cases("XAPI-00003", "actor", [GONE]),
    *cases("XAPI-00004", "verb", [GONE]),
    *cases("XAPI-00005", "object", [GONE]),
    *cases("XAPI-00044", "verb.id", [GONE]),
    *cases("XAPI-00047", "object.id", [GONE]),
    *cases("XAPI-00006", "actor", ["lin", [], 1]),
    *cases("XAPI-00006", "object", ["course", [], 1]),
    # Data 2.4.1: id.
    *cases("XAPI-00027", "id", ["1", "8f87ccde-bb56-4c2e-ab83", "{8f87ccde-bb56-4c2e-ab83-44982ef22df0}", 5, {}]),
    # Data 2.4.2: actor.
    *cases("XAPI-00031", "actor.objectType", ["agent", "Person", "Activity"]),
    *cases("XAPI-00034", "actor.mbox", [GONE]),
    *cases("XAPI-00034", "actor.openid", ["https://id.example.cn/lin"]),
    *cases("XAPI-00034", "actor.account", [ACCOUNT["account"]]),
    *cases("XAPI-00033", "actor.name", NOT_TEXTS),
    *cases("XAPI-00038", "actor.mbox", ["lin@example.com", "mailto:lin", "MAILTO", 3, {}]),
    *cases("XAPI-00010", "actor.member", [[AGENT]]),
    *cases("XAPI-00039", "actor", [{"mbox_sha1sum": "x"}, {"mbox_sha1sum": "g" * 40}, {"mbox_sha1sum": 1}]),
    *cases("XAPI-00040", "actor", [{"openid": "lin"}, {"openid": 1}]),
    *cases("XAPI-00042", "actor", [{"account": {"name": "1"}}]),
    *cases("XAPI-00043", "actor", [{"account": {"homePage": "https://a.cn"}}]),
    *cases("XAPI-00041", "actor", [{"account": []}]),
    *cases("XAPI-00042", "actor", [{"account": {"homePage": "a.cn", "name": "1"}}]),
    *cases("XAPI-00043", "actor", [{"account": {"homePage": "https://a.cn", "name": 1}}]),
    *cases("XAPI-00010", "actor", [{"account": {"homePage": "https://a.cn", "name": "1", "id": "1"}}]),
    *cases("XAPI-00037", "actor", [{"objectType": "Group"}, {"objectType": "Group", "name": "x"}]),
    *cases("XAPI-00037", "actor", [GROUP | OPENID]),
    *cases("XAPI-00036", "actor", [GROUP | {"member": AGENT}, ANONYMOUS | {"member": "x"}]),
    *cases("XAPI-00036", "actor", [ANONYMOUS | {"member": [GROUP]}]),
    *cases("XAPI-00034", "actor", [ANONYMOUS | {"member": [{"name": "x"}]}]),
    # Data 2.4.3: verb.
    *cases("XAPI-00044", "verb.id", NOT_IRIS),
    *cases("XAPI-00045", "verb.display", ["completed", [], 1]),
    # Data 2.4.4: object.
    *cases("XAPI-00046", "object.objectType", ["activity", "Course", "Verb"]),
    *cases("XAPI-00047", "object.id", NOT_IRIS),
    *cases("XAPI-00048", "object.definition", ["x", []]),
    *cases("XAPI-00056", "object.definition.name", ["x", ["x"], {"zh": 1}]),
    *cases("XAPI-00060", "object.definition.type", NOT_IRIS),
    *cases("XAPI-00061", "object.definition.moreInfo", NOT_IRIS),
    *cases("XAPI-00118", "object.definition.extensions", [{"hours": 1}]),
    *cases("XAPI-00057", "object.definition.extensions", ["x", []]),
    *cases("XAPI-00049", "object", [changed(CHOICE, "definition.interactionType", "single")]),
    *cases("XAPI-00064", "object", [changed(CHOICE, "definition.interactionType", GONE)]),
    *cases("", "object", [changed(CHOICE, "definition.interactionType", "numeric")]),
    *cases("XAPI-00055", "object", [changed(CHOICE, "definition.choices", {})]),
    *cases("XAPI-00058", "object", [
        changed(CHOICE, "definition.choices.0.id", GONE),
        changed(CHOICE, "definition.choices.0.id", 1),
        changed(CHOICE, "definition.choices.1.id", "a"),
    ]),
    *cases("XAPI-00062", "object", [changed(CHOICE, "definition.choices.0.description", "x")]),
    *cases("XAPI-00063", "object", [changed(CHOICE, "definition.choices.0", "a")]),
    *cases("XAPI-00050", "object", [
        changed(CHOICE, "definition.correctResponsesPattern", "a"),
        changed(CHOICE, "definition.correctResponsesPattern", [1]),
    ]),
    *cases("XAPI-00072", "object", [changed(REFERENCE, "id", GONE), changed(REFERENCE, "id", "1")]),
    *cases("XAPI-00010", "object", [REFERENCE | {"definition": {}}]),
    *cases("XAPI-00067", "object", [SUBSTATEMENT | {"authority": AGENT}]),
    *cases("XAPI-00068", "object", [SUBSTATEMENT | {"version": "1.0.3"}]),
    *cases("XAPI-00069", "object", [SUBSTATEMENT | {"stored": "2026-11-20T08:30:00Z"}]),
    *cases("XAPI-00070", "object", [SUBSTATEMENT | {"id": REFERENCE["id"]}]),
    *cases("XAPI-00071", "object", [SUBSTATEMENT | {"object": SUBSTATEMENT}]),
    *cases("XAPI-00066", "object", [changed(SUBSTATEMENT, "verb", GONE)]),
    *cases("XAPI-00038", "object", [changed(SUBSTATEMENT, "actor.mbox", "x")]),
    # Data 2.4.5: result.
    *cases("XAPI-00074", "result.success", ["true", 1]),
    *cases("XAPI-00075", "result.completion", ["yes", 0]),
    *cases("XAPI-00076", "result.response", [1, {}]),
    *cases("XAPI-00077", "result.duration", ["4 min", "PT", "P", "4", "P1M2W", 270]),
    *cases("XAPI-00083", "result.score.scaled", [1.01, -1.01, "0.9", True]),
    *cases("XAPI-00082", "result.score.raw", [51, -1, "45"]),
    *cases("XAPI-00081", "result.score.min", [50, 60]),
    # Data 2.4.6: context.
    *cases("XAPI-00087", "context.registration", ["x", 1]),
    *cases("XAPI-00088", "context.team", [AGENT]),
    *cases("XAPI-00006", "context.instructor", ["x"]),
    *cases("XAPI-00034", "context.instructor", [{"name": "x"}]),
    *cases("XAPI-00089", "context.revision", [1]),
    *cases("XAPI-00090", "context.platform", [1]),
    *cases("XAPI-00091", "context.language", ["中文", "zh_CN", "", 1]),
    *cases("XAPI-00092", "context.statement", ["x"]),
    *cases("XAPI-00010", "context.statement", [SUBSTATEMENT]),
    *cases("XAPI-00073", "context.statement", [{"id": REFERENCE["id"]}]),
    *cases("XAPI-00086", "context.contextActivities", [[], "x"]),
    *cases("XAPI-00010", "context.contextActivities.parent", [[AGENT]]),
    *cases("XAPI-00094", "context.contextActivities.parent", ["x", [REFERENCE]]),
    *cases("XAPI-00047", "context.contextActivities.parent", [[{"objectType": "Activity"}]]),
    # Data 2.4.7, 2.4.8, 2.4.9, 2.4.10: moments, authority, version.
    *cases("XAPI-00022", "timestamp", ["yesterday", "2026-13-01T00:00:00Z", "2026-11-20T08:30:00-00:00", "2026-11-20T08:30:00-00", 5]),
    *cases("XAPI-00023", "stored", ["now", 1]),
    *cases("XAPI-00098", "authority", [GROUP, ANONYMOUS | {"member": [AGENT]}, ANONYMOUS | {"member": [AGENT] * 3}]),
    *cases("XAPI-00101", "version", ["0.9", "1.1", "1.1.0", "2.0.0", 1, ""]),
    # Data 2.4.11: attachments.
    *cases("XAPI-00025", "attachments", [{}, "x", ["x"]]),
    *[
        case
        for name, number in {"usageType": 107, "display": 106, "contentType": 105, "length": 102, "sha2": 103}.items()
        for case in cases(f"XAPI-{number:05d}", f"attachments.0.{name}", [GONE])
    ],
    *cases("XAPI-00107", "attachments.0.usageType", NOT_IRIS),
    *cases("XAPI-00102", "attachments.0.length", ["4", -1, 4.5, True]),
    *cases("XAPI-00103", "attachments.0.sha2", ["x", 1]),
    *cases("XAPI-00104", "attachments.0.fileUrl", NOT_IRIS),
    *cases("XAPI-00105", "attachments.0.contentType", ["jpeg", 1]),
    # Data 4: language maps, extensions.
    *cases("XAPI-00121", "verb.display", [{"zh_CN": "完成"}, {"": "x"}, {"中": "x"}]),
    *cases("XAPI-00045", "verb.display", [{"zh": 1}]),
    *cases("XAPI-00001", "verb.display", [{"zh": None}]),
    *cases("XAPI-00118", "context.extensions", [{"device": 1}]),
    *cases("XAPI-00118", "result.extensions", [{"tries": 1}]),
]  # fmt: skip

ACCEPTED = [
    *cases("XAPI-00034", "actor", [AGENT, ACCOUNT, SHA1, OPENID, GROUP, ANONYMOUS, GROUP | {"member": []}]),
    *cases("", "object", [AGENT, GROUP, REFERENCE, SUBSTATEMENT, CHOICE, {"id": "urn:uuid:1"}, {"id": "act:短课"}]),
    *cases("", "object", [SUBSTATEMENT | {"object": REFERENCE}, SUBSTATEMENT | {"object": AGENT}]),
    *cases("XAPI-00119", "object.definition.extensions", [{"https://a.cn/x": None}]),
    *cases("", "result.duration", ["PT0S", "P1Y2M3DT4H5M6.7S", "P3W", "PT1.5H", "P1D"]),
    *cases("", "result.score", [{"scaled": -1}, {"scaled": 1}, {"raw": 3}, {"min": 0, "max": 1}, {}]),
    *cases("", "context.language", ["zh", "en-US", "zh-Hans-CN", "de-1996", "x-own", "i-klingon"]),
    *cases("", "context.contextActivities", [{"parent": {"id": "https://a.cn"}}, {"grouping": []}]),
    *cases("XAPI-00123", "timestamp", ["2026-11-20T08:30:00Z", "2026-11-20T08:30:00.123456789+08:00", "2026-11-20", "2026-11-20T08:30"]),
    *cases("XAPI-00101", "version", ["1.0", "1.0.0", "1.0.9"]),
    *cases("XAPI-00098", "authority", [AGENT, ANONYMOUS]),
    *cases("", "verb.display", [{}, {"zh-Hans": "", "en": "x"}]),
    *cases("", "attachments", [[]]),
]  # fmt: skip


def base(path):
    """A full statement; where another object is put in, without what is said of activities only."""
    data = full()
    return (
        changed(changed(data, "context.revision", GONE), "context.platform", GONE)
        if path == "object"
        else data
    )


@pytest.mark.parametrize(("number", "path", "value"), REFUSED)
def test_what_is_no_statement_is_refused_at_its_place(number, path, value):
    with pytest.raises(Fault) as caught:
        check_statement(changed(base(path), path, value))
    assert caught.value.status == 400
    assert caught.value.details.get("where", "").startswith("statement")
    if number:
        assert caught.value.details["requirement"] == number


@pytest.mark.parametrize(("number", "path", "value"), ACCEPTED)
def test_what_is_a_statement_is_taken(number, path, value):
    check_statement(changed(base(path), path, value))


@pytest.mark.parametrize("name", ["revision", "platform"])
def test_revision_and_platform_are_said_of_activities_only(name):
    with pytest.raises(Fault):
        check_statement(OF_AGENT | {"context": {name: CONTEXT[name]}})


def test_only_a_reference_is_voided():
    check_statement(statement(verb=VOIDS, object=REFERENCE))
    with pytest.raises(Fault) as caught:
        check_statement(statement(verb=VOIDS))
    assert caught.value.details["requirement"] == "XAPI-00017"


class TestVersionTwo:
    """IEEE 9274.1.1-2023 4.2.2.5: people of the context, which 1.0 does not know."""

    PEOPLE = {
        "contextAgents": [
            {"objectType": "contextAgent", "agent": AGENT, "relevantTypes": ["https://a.cn/teacher"]}
        ],
        "contextGroups": [{"objectType": "contextGroup", "group": GROUP}],
    }

    def test_they_are_taken(self):
        check_statement(statement(context=self.PEOPLE, version="2.0.0"), version=2)

    def test_1_0_refuses_them(self):
        with pytest.raises(Fault):
            check_statement(statement(context=self.PEOPLE))

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("contextAgents", {}),
            ("contextAgents.0.objectType", "contextGroup"),
            ("contextAgents.0.objectType", GONE),
            ("contextAgents.0.agent", GONE),
            ("contextAgents.0.agent", GROUP),
            ("contextAgents.0.relevantTypes", []),
            ("contextAgents.0.relevantTypes", ["teacher"]),
            ("contextAgents.0.role", "x"),
            ("contextGroups.0.group", AGENT),
            ("contextGroups.0.group", GONE),
        ],
    )
    def test_what_is_wrong_with_them_is_refused(self, path, value):
        with pytest.raises(Fault):
            check_statement(statement(context=changed(self.PEOPLE, path, value)), version=2)

    @pytest.mark.parametrize("moment", ["2026-11-20", "2026-11-20T08:30Z", "2026-11-20T08:30:00"])
    def test_moments_are_of_rfc_3339(self, moment):
        with pytest.raises(Fault):
            check_statement(statement(timestamp=moment), version=2)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PLACES = [
    *("id", "actor", "verb", "object", "result", "context", "timestamp", "stored", "authority", "version"),
    *("attachments", "actor.mbox", "actor.account", "verb.display", "object.objectType", "object.definition"),
    *("result.score", "result.score.raw", "context.team", "context.team.member", "context.contextActivities"),
    *("attachments.0", "attachments.0.length", "context.statement", "object.definition.extensions"),
]


@given(st.sampled_from(PLACES), ANYTHING, st.sampled_from([1, 2]))
def test_whatever_stands_anywhere_is_taken_or_refused_and_nothing_else(path, value, version):
    with suppress(Fault):
        check_statement(changed(full(), path, value), version=version)


def test_the_full_one_is_one():
    check_statement(full())
    check_statement(statement(object=ACTIVITY | {"definition": {}}))
