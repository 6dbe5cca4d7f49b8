"""What a statement must look like (xAPI 1.0.3 Data 2; IEEE 9274.1.1-2023 4.2), and nothing of where it is kept.

Plain functions over parsed JSON; each raises `Fault` with the place and, where ADL's list has one, the requirement's
number. A statement that passes is never changed by us, only added to.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from lms.records import values
from lms.records.faults import Fault

VOIDED = "http://adlnet.gov/expapi/verbs/voided"
SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"
# The kinds of identifier somebody can have; exactly one of them (Data 2.4.2.3).
IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")

Json = dict[str, Any]

_STATEMENT = frozenset(
    [
        "id",
        "actor",
        "verb",
        "object",
        "result",
        "context",
        "timestamp",
        "stored",
        "authority",
        "version",
        "attachments",
    ]
)
_SUBSTATEMENT = frozenset(
    ["objectType", "actor", "verb", "object", "result", "context", "timestamp", "attachments"]
)
# What the store says of a statement, which no statement inside another has.
_NOT_INSIDE = {"authority": "XAPI-00067", "version": "XAPI-00068", "stored": "XAPI-00069", "id": "XAPI-00070"}
_AGENT = frozenset(("objectType", "name", *IDENTIFIERS))
_GROUP = _AGENT | {"member"}
_ACCOUNT = frozenset(("homePage", "name"))
_VERB = frozenset(("id", "display"))
_ACTIVITY = frozenset(("objectType", "id", "definition"))
_REFERENCE = frozenset(("objectType", "id"))
_RESULT = frozenset(["score", "success", "completion", "response", "duration", "extensions"])
# What a score may say, with the requirement of each.
_FIGURES = {"max": "XAPI-00080", "min": "XAPI-00081", "raw": "XAPI-00082", "scaled": "XAPI-00083"}
_SCORE = frozenset(_FIGURES)
_CONTEXT = frozenset(
    [
        "registration",
        "instructor",
        "team",
        "contextActivities",
        "revision",
        "platform",
        "language",
        "statement",
        "extensions",
    ]
)
_CONTEXT_2 = _CONTEXT | {"contextAgents", "contextGroups"}
_KINDS_OF_ACTIVITIES = frozenset(["parent", "grouping", "category", "other"])
# What every attachment has, with the requirement of each.
_OF_ATTACHMENTS = {
    "usageType": "XAPI-00107",
    "display": "XAPI-00106",
    "contentType": "XAPI-00105",
    "length": "XAPI-00102",
    "sha2": "XAPI-00103",
}
_ATTACHMENT = frozenset([*_OF_ATTACHMENTS, "description", "fileUrl"])
# Which lists of components belong to which kind of interaction (Data 2.4.4.1, table of interaction components).
_COMPONENTS = {
    "choice": ("choices",),
    "sequencing": ("choices",),
    "likert": ("scale",),
    "matching": ("source", "target"),
    "performance": ("steps",),
    "true-false": (),
    "fill-in": (),
    "long-fill-in": (),
    "numeric": (),
    "other": (),
}
INTERACTIONS = frozenset(_COMPONENTS)
# Each list of components, with the requirement that it is one.
_LISTED = {
    "steps": "XAPI-00051",
    "target": "XAPI-00052",
    "source": "XAPI-00053",
    "scale": "XAPI-00054",
    "choices": "XAPI-00055",
}
_LISTS = frozenset(_LISTED)
_DEFINITION = (
    frozenset(
        [
            "name",
            "description",
            "type",
            "moreInfo",
            "interactionType",
            "correctResponsesPattern",
            "extensions",
        ]
    )
    | _LISTS
)


def check_statement(
    data: Any, *, version: int = 1, where: str = "statement", may_hold_null: bool = True
) -> None:
    """Raise `Fault` unless this is a statement. version: 1 for 1.0.x, 2 for 2.0.x. may_hold_null: False where the text it
    was read from has the word nowhere.
    """
    _properties(data, _STATEMENT, where)
    if may_hold_null:
        _no_nulls(data, where)
    for name, rule in (("actor", "XAPI-00003"), ("verb", "XAPI-00004"), ("object", "XAPI-00005")):
        _required(data, name, where, rule)
    if "id" in data and not values.is_uuid(data["id"]):
        _refuse(_("不是 UUID"), f"{where}.id", "XAPI-00027")
    _core(data, where, version, outer=True)
    target = data["object"]
    if isinstance(target, dict) and target.get("objectType") == "SubStatement":
        _substatement(target, f"{where}.object", version)
    if "stored" in data and values.read_moment(data["stored"], strict=version > 1) is None:
        _refuse(_("不是 ISO 8601 时间"), f"{where}.stored", "XAPI-00023")
    if "authority" in data:
        check_authority(data["authority"], f"{where}.authority")
    if "version" in data:
        _version(data["version"], f"{where}.version", version)
    if data["verb"]["id"] == VOIDED and target.get("objectType") != "StatementRef":
        _refuse(_("作废语句的对象必须是 StatementRef"), f"{where}.object", "XAPI-00017")


def check_agent(data: Any, where: str, *, group: bool = True) -> None:
    """An Agent or, where `group`, a Group (Data 2.4.2)."""
    if not isinstance(data, dict):
        _refuse(_("应是一个对象"), where, "XAPI-00006" if group else "XAPI-00036")
    kind = data.get("objectType", "Agent")
    if kind == "Group" and group:
        _group(data, where)
    elif kind == "Agent":
        _properties(data, _AGENT, where)
        _name(data, where)
        if _identifiers(data, where) != 1:
            _refuse(_("必须有且只有一种标识（mbox、mbox_sha1sum、openid、account）"), where, "XAPI-00034")
    else:
        _refuse(_("objectType 只能是 Agent 或 Group"), where, "XAPI-00031" if group else "XAPI-00036")


def check_authority(data: Any, where: str) -> None:
    """An Agent, or a Group of an application and its user (Data 2.4.9)."""
    check_agent(data, where)
    if data.get("objectType") == "Group" and (
        any(name in data for name in IDENTIFIERS) or len(data.get("member", ())) != 2
    ):
        _refuse(_("作为 authority 的 Group 必须匿名，且恰有两个成员"), where, "XAPI-00098")


def check_activity_id(value: Any, where: str) -> None:
    if not values.is_iri(value):
        _refuse(_("不是带协议的 IRI"), where)


# --- parts ------------------------------------------------------------------------------------------------


def _core(data: Json, where: str, version: int, *, outer: bool) -> None:
    """What statements and substatements share."""
    check_agent(data["actor"], f"{where}.actor")
    _verb(data["verb"], f"{where}.verb")
    _object(data["object"], f"{where}.object", outer=outer)
    if "result" in data:
        _result(data["result"], f"{where}.result")
    if "context" in data:
        _context(data["context"], data["object"], f"{where}.context", version)
    if "timestamp" in data and values.read_moment(data["timestamp"], strict=version > 1) is None:
        _refuse(_("不是 ISO 8601 时间"), f"{where}.timestamp", "XAPI-00022")
    if "attachments" in data:
        _attachments(data["attachments"], f"{where}.attachments")


def _group(data: Json, where: str) -> None:
    _properties(data, _GROUP, where)
    _name(data, where)
    count = _identifiers(data, where)
    if count > 1:
        _refuse(_("只能有一种标识"), where, "XAPI-00037")
    if count == 0 and "member" not in data:
        _refuse(_("匿名 Group 必须列出成员"), where, "XAPI-00037")
    if "member" in data:
        members = data["member"]
        if not isinstance(members, list):
            _refuse(_("应是一个数组"), f"{where}.member", "XAPI-00036")
        for number, member in enumerate(members):
            check_agent(member, f"{where}.member[{number}]", group=False)


def _name(data: Json, where: str) -> None:
    if "name" in data and not isinstance(data["name"], str):
        _refuse(_("应是文字"), f"{where}.name", "XAPI-00033")


def _identifiers(data: Json, where: str) -> int:
    """How many identifiers are given, each of them checked."""
    count = 0
    for name in IDENTIFIERS:
        if name not in data:
            continue
        count += 1
        value, place = data[name], f"{where}.{name}"
        if name == "mbox" and not values.is_mailto(value):
            _refuse(_("应是 mailto: 开头的邮箱地址"), place, "XAPI-00038")
        elif name == "mbox_sha1sum" and not values.is_sha1(value):
            _refuse(_("应是 40 位十六进制的 SHA-1"), place, "XAPI-00039")
        elif name == "openid" and not values.is_iri(value):
            _refuse(_("不是带协议的 IRI"), place, "XAPI-00040")
        elif name == "account":
            _account(value, place)
    return count


def _account(data: Any, where: str) -> None:
    _properties(data, _ACCOUNT, where, "XAPI-00041")
    _required(data, "homePage", where, "XAPI-00042")
    _required(data, "name", where, "XAPI-00043")
    if not values.is_iri(data["homePage"]):
        _refuse(_("不是带协议的 IRI"), f"{where}.homePage", "XAPI-00042")
    if not isinstance(data["name"], str):
        _refuse(_("应是文字"), f"{where}.name", "XAPI-00043")


def _verb(data: Any, where: str) -> None:
    _properties(data, _VERB, where)
    _required(data, "id", where, "XAPI-00044")
    if not values.is_iri(data["id"]):
        _refuse(_("不是带协议的 IRI"), f"{where}.id", "XAPI-00044")
    if "display" in data:
        _language_map(data["display"], f"{where}.display", "XAPI-00045")


def _object(data: Any, where: str, *, outer: bool) -> None:
    if not isinstance(data, dict):
        _refuse(_("应是一个对象"), where, "XAPI-00006")
    kind = data.get("objectType", "Activity")
    if kind == "Activity":
        _activity(data, where)
    elif kind in ("Agent", "Group"):
        check_agent(data, where)
    elif kind == "StatementRef":
        _reference(data, where)
    elif kind != "SubStatement" or not outer:
        # A substatement stands in a statement only, where it is checked with its own rules.
        rule = "XAPI-00071" if kind == "SubStatement" else "XAPI-00046"
        _refuse(_("objectType 不认识，或不能放在这里"), f"{where}.objectType", rule)


def _substatement(data: Json, where: str, version: int) -> None:
    for name, rule in _NOT_INSIDE.items():
        if name in data:
            _refuse(_("没有这个属性（区分大小写）"), f"{where}.{name}", rule)
    _properties(data, _SUBSTATEMENT, where)
    for name in ("actor", "verb", "object"):
        _required(data, name, where, "XAPI-00066")
    _core(data, where, version, outer=False)


def _reference(data: Any, where: str) -> None:
    _properties(data, _REFERENCE, where)
    if data.get("objectType") != "StatementRef":
        _refuse(_("objectType 必须是 StatementRef"), f"{where}.objectType", "XAPI-00073")
    if not values.is_uuid(data.get("id")):
        _refuse(_("不是 UUID"), f"{where}.id", "XAPI-00072")


def _activity(data: Any, where: str) -> None:
    _properties(data, _ACTIVITY, where, "XAPI-00094")
    if data.get("objectType", "Activity") != "Activity":
        _refuse(_("objectType 必须是 Activity"), f"{where}.objectType", "XAPI-00094")
    _required(data, "id", where, "XAPI-00047")
    if not values.is_iri(data["id"]):
        _refuse(_("不是带协议的 IRI"), f"{where}.id", "XAPI-00047")
    if "definition" in data:
        _definition(data["definition"], f"{where}.definition")


def _definition(data: Any, where: str) -> None:
    _properties(data, _DEFINITION, where, "XAPI-00048")
    for name, rule in (("name", "XAPI-00056"), ("description", "XAPI-00059")):
        if name in data:
            _language_map(data[name], f"{where}.{name}", rule)
    for name, rule in (("type", "XAPI-00060"), ("moreInfo", "XAPI-00061")):
        if name in data and not values.is_iri(data[name]):
            _refuse(_("不是带协议的 IRI"), f"{where}.{name}", rule)
    if "extensions" in data:
        _extensions(data["extensions"], f"{where}.extensions", "XAPI-00057")
    given = _LISTS & data.keys()
    if "interactionType" in data:
        kind = data["interactionType"]
        if not isinstance(kind, str) or kind not in _COMPONENTS:
            _refuse(_("不是规定的题型"), f"{where}.interactionType", "XAPI-00049")
        for name in given - set(_COMPONENTS[kind]):
            _refuse(_("这种题型没有这一项"), f"{where}.{name}")
    elif given or "correctResponsesPattern" in data:
        _refuse(_("有题目的选项或答案，就必须写明 interactionType"), where, "XAPI-00064")
    if "correctResponsesPattern" in data:
        pattern = data["correctResponsesPattern"]
        if not isinstance(pattern, list) or not all(isinstance(item, str) for item in pattern):
            _refuse(_("应是文字的数组"), f"{where}.correctResponsesPattern", "XAPI-00050")
    for name in given:
        _components(data[name], f"{where}.{name}", _LISTED[name])


def _components(data: Any, where: str, rule: str) -> None:
    if not isinstance(data, list):
        _refuse(_("应是一个数组"), where, rule)
    seen = set()
    for number, item in enumerate(data):
        place = f"{where}[{number}]"
        _properties(item, frozenset(("id", "description")), place, "XAPI-00063")
        if not isinstance(item.get("id"), str):
            _refuse(_("应是文字"), f"{place}.id", "XAPI-00058")
        if item["id"] in seen:
            _refuse(_("同一组里标识不能重复"), f"{place}.id", "XAPI-00058")
        seen.add(item["id"])
        if "description" in item:
            _language_map(item["description"], f"{place}.description", "XAPI-00062")


def _result(data: Any, where: str) -> None:
    _properties(data, _RESULT, where)
    for name, rule in (("success", "XAPI-00074"), ("completion", "XAPI-00075")):
        if name in data and not isinstance(data[name], bool):
            _refuse(_("只能是 true 或 false"), f"{where}.{name}", rule)
    if "response" in data and not isinstance(data["response"], str):
        _refuse(_("应是文字"), f"{where}.response", "XAPI-00076")
    if "duration" in data and not values.is_duration(data["duration"]):
        _refuse(_("不是 ISO 8601 时长"), f"{where}.duration", "XAPI-00077")
    if "extensions" in data:
        _extensions(data["extensions"], f"{where}.extensions", "XAPI-00078")
    if "score" in data:
        _score(data["score"], f"{where}.score")


def _score(data: Any, where: str) -> None:
    _properties(data, _SCORE, where, "XAPI-00079")
    for name, value in data.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            _refuse(_("应是数字"), f"{where}.{name}", _FIGURES[name])
    if "scaled" in data and not -1 <= data["scaled"] <= 1:
        _refuse(_("scaled 在 -1 到 1 之间"), f"{where}.scaled", _FIGURES["scaled"])
    low, high, raw = data.get("min"), data.get("max"), data.get("raw")
    if low is not None and high is not None and low >= high:
        _refuse(_("min 要小于 max"), where, _FIGURES["min"])
    if raw is not None and ((low is not None and raw < low) or (high is not None and raw > high)):
        _refuse(_("raw 在 min 与 max 之间"), f"{where}.raw", _FIGURES["raw"])


def _context(data: Any, target: Any, where: str, version: int) -> None:
    _properties(data, _CONTEXT if version == 1 else _CONTEXT_2, where)
    if "registration" in data and not values.is_uuid(data["registration"]):
        _refuse(_("不是 UUID"), f"{where}.registration", "XAPI-00087")
    if "instructor" in data:
        check_agent(data["instructor"], f"{where}.instructor")
    if "team" in data:
        check_agent(data["team"], f"{where}.team")
        if data["team"].get("objectType") != "Group":
            _refuse(_("team 必须是 Group"), f"{where}.team", "XAPI-00088")
    of_activity = isinstance(target, dict) and target.get("objectType", "Activity") == "Activity"
    for name, text, place in (
        ("revision", "XAPI-00089", "XAPI-00084"),
        ("platform", "XAPI-00090", "XAPI-00085"),
    ):
        if name in data:
            if not isinstance(data[name], str):
                _refuse(_("应是文字"), f"{where}.{name}", text)
            if not of_activity:
                _refuse(_("只有对象是 Activity 时才能有这一项"), f"{where}.{name}", place)
    if "language" in data and not values.is_language(data["language"]):
        _refuse(_("不是 RFC 5646 语言标签"), f"{where}.language", "XAPI-00091")
    if "statement" in data:
        if not isinstance(data["statement"], dict):
            _refuse(_("应是一个对象"), f"{where}.statement", "XAPI-00092")
        _reference(data["statement"], f"{where}.statement")
    if "extensions" in data:
        _extensions(data["extensions"], f"{where}.extensions")
    if "contextActivities" in data:
        _context_activities(data["contextActivities"], f"{where}.contextActivities")
    _context_people(data, where)


def _context_activities(data: Any, where: str) -> None:
    if isinstance(data, dict) and not data.keys() <= _KINDS_OF_ACTIVITIES:
        name = min(data.keys() - _KINDS_OF_ACTIVITIES)
        _refuse(_("没有这个属性（区分大小写）"), f"{where}.{name[:80]}", "XAPI-00093")
    _properties(data, _KINDS_OF_ACTIVITIES, where, "XAPI-00086")
    for name, given in data.items():
        for number, activity in enumerate(given if isinstance(given, list) else [given]):
            _activity(activity, f"{where}.{name}[{number}]")


def _context_people(data: Json, where: str) -> None:
    """contextAgents and contextGroups of 2.0 (IEEE 9274.1.1 4.2.2.5)."""
    for name, kind, inner in (
        ("contextAgents", "contextAgent", "agent"),
        ("contextGroups", "contextGroup", "group"),
    ):
        if name not in data:
            continue
        if not isinstance(data[name], list):
            _refuse(_("应是一个数组"), f"{where}.{name}")
        for number, item in enumerate(data[name]):
            place = f"{where}.{name}[{number}]"
            _properties(item, frozenset(("objectType", inner, "relevantTypes")), place)
            if item.get("objectType") != kind:
                _refuse(_("objectType 不对"), f"{place}.objectType")
            _required(item, inner, place)
            check_agent(item[inner], f"{place}.{inner}", group=inner == "group")
            if inner == "group" and item[inner].get("objectType") != "Group":
                _refuse(_("这里必须是 Group"), f"{place}.group")
            if "relevantTypes" in item:
                types = item["relevantTypes"]
                if not isinstance(types, list) or not types or not all(map(values.is_iri, types)):
                    _refuse(_("应是至少一个 IRI 的数组"), f"{place}.relevantTypes")


def _attachments(data: Any, where: str) -> None:
    if not isinstance(data, list):
        _refuse(_("应是一个数组"), where, "XAPI-00025")
    for number, item in enumerate(data):
        place = f"{where}[{number}]"
        _properties(item, _ATTACHMENT, place, "XAPI-00025")
        for name, rule in _OF_ATTACHMENTS.items():
            _required(item, name, place, rule)
        if not values.is_iri(item["usageType"]):
            _refuse(_("不是带协议的 IRI"), f"{place}.usageType", _OF_ATTACHMENTS["usageType"])
        _language_map(item["display"], f"{place}.display", _OF_ATTACHMENTS["display"])
        if "description" in item:
            _language_map(item["description"], f"{place}.description")
        if not values.is_media_type(item["contentType"]):
            _refuse(_("不是媒体类型"), f"{place}.contentType", _OF_ATTACHMENTS["contentType"])
        if isinstance(item["length"], bool) or not isinstance(item["length"], int) or item["length"] < 0:
            _refuse(_("应是不小于 0 的整数"), f"{place}.length", _OF_ATTACHMENTS["length"])
        if not values.is_sha2(item["sha2"]):
            _refuse(_("应是十六进制的 SHA-2"), f"{place}.sha2", _OF_ATTACHMENTS["sha2"])
        if "fileUrl" in item and not values.is_iri(item["fileUrl"]):
            _refuse(_("不是带协议的 IRI"), f"{place}.fileUrl", "XAPI-00104")


# --- kinds of values --------------------------------------------------------------------------------------


def _extensions(data: Any, where: str, rule: str = "XAPI-00120") -> None:
    """rule: the requirement that it is an object, where that has a number of its own."""
    if not isinstance(data, dict):
        _refuse(_("应是一个对象"), where, rule)
    for key in data:
        if not values.is_iri(key):
            _refuse(_("扩展的名字必须是带协议的 IRI"), where, "XAPI-00118")


def _language_map(data: Any, where: str, rule: str = "") -> None:
    """rule: the requirement that it is one."""
    if not isinstance(data, dict):
        _refuse(_("应是“语言标签：文字”的对象"), where, rule)
    for tag, text in data.items():
        if not values.is_language(tag):
            _refuse(_("不是 RFC 5646 语言标签"), where, "XAPI-00121")
        if not isinstance(text, str):
            _refuse(_("应是文字"), f"{where}.{tag}", rule)


def _version(value: Any, where: str, version: int) -> None:
    ok = isinstance(value, str) and (
        value == "1.0"
        or value.startswith("1.0.")
        or (version > 1 and (value == "2.0" or value.startswith("2.0.")))
    )
    if not ok:
        _refuse(_("不是支持的 xAPI 版本"), where, "XAPI-00101")


def _properties(data: Any, known: frozenset[str], where: str, rule: str = "XAPI-00006") -> None:
    """rule: the requirement that it is an object, where that has a number of its own."""
    if not isinstance(data, dict):
        _refuse(_("应是一个对象"), where, rule)
    if not data.keys() <= known:
        name = min(data.keys() - known)
        _refuse(_("没有这个属性（区分大小写）"), f"{where}.{name[:80]}", "XAPI-00010")


def _required(data: Json, name: str, where: str, rule: str = "") -> None:
    if name not in data:
        _refuse(_("缺少这一项"), f"{where}.{name}", rule)


def _no_nulls(data: Any, where: str) -> None:
    """No null anywhere but inside extensions (Data 2.2, XAPI-00001)."""
    if isinstance(data, dict):
        for name, value in data.items():
            if value is None:
                _refuse(_("不能是 null"), f"{where}.{name}", "XAPI-00001")
            if name != "extensions" and isinstance(value, dict | list):
                _no_nulls(value, f"{where}.{name}")
    elif isinstance(data, list):
        for number, value in enumerate(data):
            if value is None:
                _refuse(_("不能是 null"), f"{where}[{number}]", "XAPI-00001")
            if isinstance(value, dict | list):
                _no_nulls(value, f"{where}[{number}]")


def _refuse(message: str, where: str, rule: str = "") -> Any:
    raise Fault(_("%(where)s：%(message)s。") % {"where": where, "message": message}, where=where, rule=rule)


# --- what a statement is about ----------------------------------------------------------------------------


def agents_in(agent: Json) -> list[Json]:
    """The agent or group itself where it has an identifier, and a group's members."""
    found = [agent] if any(name in agent for name in IDENTIFIERS) else []
    found += agent.get("member", ())
    return found


def context_activities(context: Mapping[str, Any]) -> list[Json]:
    found: list[Json] = []
    for given in context.get("contextActivities", {}).values():
        found += given if isinstance(given, list) else [given]
    return found


def visit_activities(data: Json, visit: Callable[[Json], None]) -> None:
    """Every Activity of a statement, in its substatement too."""
    for part in parts_of(data):
        if part["object"].get("objectType", "Activity") == "Activity":
            visit(part["object"])
        for activity in context_activities(part.get("context", {})):
            visit(activity)


def parts_of(data: Json) -> Sequence[Json]:
    """The statement, and its substatement where it has one."""
    target = data["object"]
    return (data, target) if target.get("objectType") == "SubStatement" else (data,)
