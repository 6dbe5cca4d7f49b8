"""Statements in words: who did what with what, and with what result, in the reader's language where the statement has it.

Plain functions. A verb is told in the statement's own words for the reader's language, else in ours for the verbs that
content commonly uses, else in whatever words there are, else by the end of its address.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from lms.records.statements.rules import Json
from lms.records.values import best_language

_COMMON = {
    "abandoned": pgettext_lazy("xAPI verb", "中断了"),
    "answered": pgettext_lazy("xAPI verb", "回答了"),
    "attempted": pgettext_lazy("xAPI verb", "开始做"),
    "completed": pgettext_lazy("xAPI verb", "做完了"),
    "experienced": pgettext_lazy("xAPI verb", "看了"),
    "failed": pgettext_lazy("xAPI verb", "没有通过"),
    "initialized": pgettext_lazy("xAPI verb", "打开了"),
    "interacted": pgettext_lazy("xAPI verb", "操作了"),
    "launched": pgettext_lazy("xAPI verb", "启动了"),
    "mastered": pgettext_lazy("xAPI verb", "掌握了"),
    "passed": pgettext_lazy("xAPI verb", "通过了"),
    "progressed": pgettext_lazy("xAPI verb", "有进展："),
    "resumed": pgettext_lazy("xAPI verb", "接着学"),
    "satisfied": pgettext_lazy("xAPI verb", "达到了要求："),
    "scored": pgettext_lazy("xAPI verb", "得分："),
    "suspended": pgettext_lazy("xAPI verb", "暂停了"),
    "terminated": pgettext_lazy("xAPI verb", "离开了"),
    "voided": pgettext_lazy("xAPI verb", "作废了"),
    "waived": pgettext_lazy("xAPI verb", "免修了"),
}
_LONGEST = 300

# An activity's id → what the store knows of it.
Definitions = Mapping[str, Json]


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _end(iri: str) -> str:
    return _cut(unquote(iri.rstrip("/#").replace("#", "/").rpartition("/")[2]) or iri)


def _text(texts: Any, language: str) -> tuple[str, bool]:
    """A text of a language map, and whether it is in the reader's language; "" for none."""
    if not isinstance(texts, dict) or not texts:
        return "", False
    best = best_language(texts, [language]) or ""
    return _cut(str(texts[best])), best.lower().split("-")[0] == language.lower().split("-")[0]


def verb(data: Json, language: str) -> str:
    own, fits = _text(data.get("display"), language)
    if own and fits:
        return own
    short = _end(data["id"])
    return str(_COMMON.get(short, "")) or own or short


def agent(data: Json) -> str:
    """A name; else the part of the identifier that somebody may recognise."""
    if data.get("name"):
        return _cut(str(data["name"]))
    if "account" in data:
        return _cut(str(data["account"]["name"]))
    if "mbox" in data:
        return _cut(str(data["mbox"]).removeprefix("mailto:"))
    if "openid" in data:
        return _cut(str(data["openid"]))
    return _("一组人") if data.get("objectType") == "Group" else _("某人")


def thing(data: Json, language: str, known: Definitions) -> str:
    """What the object is called."""
    kind = data.get("objectType", "Activity")
    if kind in ("Agent", "Group"):
        return agent(data)
    if kind == "StatementRef":
        return _("记录 %(id)s") % {"id": str(data["id"])[:8]}
    if kind == "SubStatement":
        return sentence(data, language, known)
    definition = data.get("definition") or {}
    learnt = known.get(data["id"]) or {}
    for texts in (
        definition.get("name"),
        learnt.get("name"),
        definition.get("description"),
        learnt.get("description"),
    ):
        found, _fits = _text(texts, language)
        if found:
            return found
    return _end(data["id"])


def sentence(data: Json, language: str, known: Definitions | None = None, *, who: str = "") -> str:
    """who: the actor's name where the reader knows a better one than the statement has."""
    return _("%(who)s%(verb)s“%(thing)s”") % {
        "who": who or agent(data["actor"]),
        "verb": verb(data["verb"], language),
        "thing": thing(data["object"], language, known or {}),
    }


def result(data: Json) -> list[str]:
    """What came of it, a few words each."""
    told, found = data.get("result") or {}, []
    score = told.get("score") or {}
    if isinstance(score.get("scaled"), int | float):
        found.append(_("得分 %(percent)s%%") % {"percent": f"{score['scaled'] * 100:.4g}"})
    elif isinstance(score.get("raw"), int | float):
        most = score.get("max")
        found.append(
            _("得分 %(raw)s，满分 %(max)s") % {"raw": score["raw"], "max": most}
            if isinstance(most, int | float)
            else _("得分 %(raw)s") % {"raw": score["raw"]}
        )
    if isinstance(told.get("success"), bool):
        found.append(_("成功") if told["success"] else _("没有成功"))
    if told.get("completion") is True:
        found.append(_("已完成"))
    if isinstance(told.get("response"), str) and told["response"]:
        found.append(_("回答：%(response)s") % {"response": _cut(told["response"])})
    return found
