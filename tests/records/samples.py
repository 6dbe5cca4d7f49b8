"""Statements for the tests: a full one of each shape, and a way to change one place of it."""

import copy
from uuid import uuid4

AGENT = {"objectType": "Agent", "name": "林小雨", "mbox": "mailto:lin.xiaoyu@example.com"}
ACCOUNT = {"objectType": "Agent", "account": {"homePage": "https://rongtong.example.cn", "name": "20260001"}}
SHA1 = {"mbox_sha1sum": "b7e1a4c4d8f0a9e2c3d4e5f60718293a4b5c6d7e"}
OPENID = {"openid": "https://id.example.cn/lin"}
GROUP = {
    "objectType": "Group",
    "name": "一班",
    "mbox": "mailto:class1@example.com",
    "member": [AGENT, ACCOUNT],
}
ANONYMOUS = {"objectType": "Group", "member": [AGENT, ACCOUNT]}
VERB = {
    "id": "http://adlnet.gov/expapi/verbs/completed",
    "display": {"en-US": "completed", "zh-Hans": "完成"},
}
ACTIVITY = {
    "objectType": "Activity",
    "id": "https://rongtong.example.cn/courses/forklift",
    "definition": {
        "name": {"zh-Hans": "叉车安全操作", "en": "Forklift safety"},
        "description": {"zh-Hans": "装卸、行驶与停放的安全要求"},
        "type": "http://adlnet.gov/expapi/activities/course",
        "moreInfo": "https://rongtong.example.cn/about/forklift",
        "extensions": {"https://rongtong.example.cn/ext/hours": 2},
    },
}
CHOICE = {
    "id": "https://rongtong.example.cn/questions/1",
    "definition": {
        "interactionType": "choice",
        "correctResponsesPattern": ["a[,]c"],
        "choices": [{"id": "a", "description": {"zh": "系安全带"}}, {"id": "b"}, {"id": "c"}],
    },
}
RESULT = {
    "score": {"scaled": 0.9, "raw": 45, "min": 0, "max": 50},
    "success": True,
    "completion": True,
    "response": "a[,]c",
    "duration": "PT4M30.5S",
    "extensions": {"https://rongtong.example.cn/ext/tries": {"count": None}},
}
CONTEXT = {
    "registration": "5b1c7a40-93a9-4d2f-9c6a-1f0e2d3c4b5a",
    "instructor": ACCOUNT,
    "team": GROUP,
    "contextActivities": {"parent": [{"id": "https://rongtong.example.cn/courses"}], "other": []},
    "revision": "3",
    "platform": "融通",
    "language": "zh-Hans-CN",
    "statement": {"objectType": "StatementRef", "id": "8f87ccde-bb56-4c2e-ab83-44982ef22df0"},
    "extensions": {"https://rongtong.example.cn/ext/device": "phone"},
}
ATTACHMENT = {
    "usageType": "https://rongtong.example.cn/attachments/photo",
    "display": {"zh-Hans": "操作照片"},
    "description": {"zh-Hans": "停放后的叉车"},
    "contentType": "image/jpeg",
    "length": 4,
    "sha2": "88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589",
    "fileUrl": "https://rongtong.example.cn/photos/1.jpg",
}
SUBSTATEMENT = {"objectType": "SubStatement", "actor": AGENT, "verb": VERB, "object": CHOICE}
REFERENCE = {"objectType": "StatementRef", "id": "8f87ccde-bb56-4c2e-ab83-44982ef22df0"}


class _Gone:
    def __repr__(self):
        return "gone"


# Taken out by `changed`.
GONE = _Gone()


def statement(**more):
    """A small whole statement with an id of its own."""
    return {"id": str(uuid4()), "actor": AGENT, "verb": VERB, "object": ACTIVITY} | copy.deepcopy(more)


def full():
    """Every property of a statement."""
    return statement(
        result=RESULT,
        context=CONTEXT,
        timestamp="2026-11-20T08:30:00+08:00",
        attachments=[ATTACHMENT],
        version="1.0.3",
    )


def changed(data, path, value):
    """A copy of `data` in which the place of `path` ("context.team.name") holds `value`."""
    data = copy.deepcopy(data)
    *way, last = path.split(".")
    place = data
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if value is GONE:
        del place[last]
    elif isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return data
