"""Keeping the policy library: a new document, and the next version of an entry.

Owns: PolicyDocument. Refuses: a number that is there already, an entry that somebody else keeps, dates that contradict each other, a
document that replaces itself, and a version written over one that the writer has not seen.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lms.accounts.api import Organisation, Role, User, actor, require_role_or_platform
from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.citations import NUMBER, plain
from lms.lib.clock import now
from lms.lib.errors import Conflict, Invalid, NotAllowed
from lms.lib.ids import uuid7
from lms.lib.outbox.services import emit
from lms.training.policies.models import LONGEST_TEXT, PolicyDocument

LONGEST_SUMMARY = 2000
# What a list can be asked for by its year; beyond, days are mistyped, and the calendar of moments ends.
FIRST_DAY, LAST_DAY = date(1949, 10, 1), date(2100, 12, 31)
MOST_BODIES = 20
_url = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True)
class Entry:
    """What a version says; see PolicyDocument. bodies: who issued it, in their order."""

    number: str
    title: str
    bodies: tuple[str, ...]
    issued_on: date
    first_day: date | None = None
    last_day: date | None = None
    superseded_by: str = ""
    summary: str = ""
    text: str = ""
    url: str = ""
    note: str = ""


@transaction.atomic
def add(by: User | Actor, entry: Entry, keeper: Organisation | None) -> PolicyDocument:
    """A document that the library does not have yet. keeper: the authority that keeps the entry, None: the platform itself. Raises
    NotAllowed, Invalid (with the field), Conflict (the number is there)."""
    who = _keeping(by, keeper)
    uuid = uuid7()
    return _save(who, entry, keeper, uuid, uuid, 1)


@transaction.atomic
def revise(by: User | Actor, seen: PolicyDocument, entry: Entry) -> PolicyDocument:
    """The next version of an entry, its number the same. seen: the version that was changed. Raises as `add`, and Conflict where
    another version has come meanwhile."""
    who = _keeping(by, seen.keeper)
    if plain(entry.number) != seen.plain:
        raise _wrong("number", _("文号不能修改；文号写错的，另行登记一份。"))
    if not entry.note.strip():
        raise _wrong("note", _("请写明这一版改了什么。"))
    return _save(who, entry, seen.keeper, uuid7(), seen.series, seen.version + 1)


def _keeping(by: User | Actor, keeper: Organisation | None) -> Actor:
    if keeper is not None:
        if keeper.kind != Organisation.Kind.AUTHORITY:
            raise NotAllowed(_("政策文件由主管部门维护。"))
        if isinstance(by, User) and by.is_active and by.is_superuser:
            return actor(by, "superuser")
        return require_role_or_platform(by, Role.OFFICER, organisation=keeper)
    if isinstance(by, Actor):
        if not by.is_platform:
            raise NotAllowed
        return by
    if not (by.is_active and by.is_superuser):
        raise NotAllowed(_("这份文件由平台管理员维护。"))
    return actor(by, "superuser")


def _save(
    who: Actor, entry: Entry, keeper: Organisation | None, uuid: UUID, series: UUID, version: int
) -> PolicyDocument:
    said = _checked(entry)
    row = PolicyDocument(
        uuid=uuid,
        series=series,
        version=version,
        plain=plain(entry.number),
        issued_on=entry.issued_on,
        first_day=entry.first_day,
        last_day=entry.last_day,
        keeper=keeper,
        at=now(),
        **said,
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        if version == 1:
            raise Conflict(
                _("政策库里已经有%(number)s。") % {"number": row.number}, code="policy_there"
            ) from None
        raise Conflict(_("这份文件刚刚被人修改过，请刷新后再看。"), code="policy_overtaken") from None
    record(
        who,
        action="policy.add" if version == 1 else "policy.revise",
        target_type="training.PolicyDocument",
        target=series,
        reason=row.note,
        data={"number": row.number, "version": version},
    )
    emit("policy.changed", {"series": str(series)}, key=f"policy.changed:{uuid}")
    return row


def _checked(entry: Entry) -> dict[str, str]:
    bodies = [body.strip() for body in entry.bodies if body.strip()]
    said = {
        "number": entry.number.strip(),
        "title": entry.title.strip(),
        "bodies": "\n".join(bodies),
        # In the one form by which the library finds it: however it was typed, the new document says what it replaced.
        "superseded_by": plain(entry.superseded_by),
        "summary": entry.summary.strip(),
        "text": entry.text.strip(),
        "url": entry.url.strip(),
        "note": entry.note.strip(),
    }
    most = {"title": 200, "summary": LONGEST_SUMMARY, "text": LONGEST_TEXT, "note": 300, "url": 300}
    for name, longest in most.items():
        if len(said[name]) > longest or "\0" in said[name]:
            raise _wrong(name, _("这一项不超过 %(most)s 个字。") % {"most": longest})
    for name in ("number", "superseded_by"):
        if (said[name] or name == "number") and not NUMBER.fullmatch(said[name]):
            raise _wrong(name, _("文号写成“沪人社专〔2022〕372号”的样子。"))
    if not said["title"]:
        raise _wrong("title", _("请填写文件名称。"))
    if not 1 <= len(bodies) <= MOST_BODIES or any(len(body) > 80 or "\0" in body for body in bodies):
        raise _wrong("bodies", _("请填写发文机关，一行一个，每个不超过 80 个字。"))
    for name in ("issued_on", "first_day", "last_day"):
        day = getattr(entry, name)
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            bounds = {"since": FIRST_DAY.isoformat(), "day": LAST_DAY.isoformat()}
            raise _wrong(name, _("日期不早于 %(since)s，不晚于 %(day)s。") % bounds)
    if entry.last_day is not None and entry.last_day < (entry.first_day or entry.issued_on):
        raise _wrong("last_day", _("失效日期不能早于施行日期。"))
    if said["superseded_by"]:
        if plain(said["superseded_by"]) == plain(said["number"]):
            raise _wrong("superseded_by", _("一份文件不能由它自己代替。"))
        if entry.last_day is None:
            raise _wrong("last_day", _("被代替的文件要写明有效到哪一天。"))
    if said["url"]:
        try:
            _url(said["url"])
        except ValidationError:
            raise _wrong("url", _("请填写官方网页的完整地址，以 https:// 或 http:// 开头。")) from None
    return said


def _wrong(name: str, sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_policy", details={"field": name})
