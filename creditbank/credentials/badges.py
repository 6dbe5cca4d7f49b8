"""What a transcript's lines look like as Open Badges 3.0 credentials, and the whole of it as a CLR 2.0: plain functions over
plain values.

Owns: the shape. Refuses: identity numbers and addresses of people; a name only in the form that its holder chose. Every
node has a name of its own, so that no two can be mistaken for each other when they are put in order to be signed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from creditbank.credentials import contexts
from creditbank.credentials.proofs import stamp
from creditbank.ledger.words import unit_title
from creditbank.transcripts.queries import method_of
from lms.lib.clock import SHANGHAI
from lms.lib.units import format_centi

# The space of the names of achievements: the same course under the same rule is the same achievement for everybody.
ACHIEVEMENTS = UUID("6f2f8a3e-5a5b-4c6e-9d5e-2f1f0b7c9a41")
# One for the whole comes on top.
MOST_BADGES = 100


@dataclass(frozen=True)
class Issuer:
    """did: the issuer's id. address: the platform's own. rules: where the public rules are."""

    did: str
    name: str
    address: str
    rules: str

    def profile(self) -> dict[str, Any]:
        return {"id": self.did, "type": ["Profile"], "name": self.name, "url": self.address}


@dataclass(frozen=True)
class Subject:
    """id: of this set alone. name: as the holder lets it be shown, "" for not at all."""

    id: UUID
    name: str

    def node(self, kind: str) -> dict[str, Any]:
        named = {"id": f"urn:uuid:{self.id}", "type": [kind]}
        if not self.name:
            return named
        identity = {
            "type": "IdentityObject",
            "hashed": False,
            "identityHash": tidy(self.name),
            "identityType": "name",
        }
        return named | {"identifier": [identity]}


@dataclass(frozen=True)
class Place:
    """Where a credential stands on a status list. address: the list's."""

    address: str
    index: int

    def entry(self) -> dict[str, Any]:
        return {
            "id": f"{self.address}#{self.index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(self.index),
            "statusListCredential": self.address,
        }


@dataclass(frozen=True)
class Line:
    """One line of a transcript. source: the transaction or outcome behind it; line: which of the source's, where it has several."""

    kind: str
    source: UUID
    line: str
    fields: dict[str, Any]


def tidy(text: str) -> str:
    """Without control characters, which the canonical forms of different makers write differently, without hidden ones, and
    not like the name of a blank node.
    """
    return "".join(mark if mark.isprintable() else " " for mark in text).strip().lstrip("_:")


def lines_of(content: dict[str, Any]) -> list[Line]:
    """The lines of a transcript's content that a credential can speak of, newest first of each sort, at most MOST_BADGES."""
    return list(_lines(content))[:MOST_BADGES]


def _lines(content: dict[str, Any]) -> Iterator[Line]:
    for item in content.get("courses", []):
        if "transaction" in item:
            yield Line("course", UUID(item["transaction"]), item["code"], item)
    for item in content.get("outcomes", []):
        if "uuid" in item:
            yield Line("outcome", UUID(item["uuid"]), "", item)
    for item in content.get("studies", []):
        yield Line("study", UUID(item["transaction"]), "", item)


def until_of(line: Line, chosen: datetime | None) -> datetime | None:
    """When the credential of a line ends: with what it speaks of, or when its holder chose, whichever comes first."""
    expires = line.fields.get("expires_on")
    if line.kind != "outcome" or not expires:
        return chosen
    end = datetime.combine(date.fromisoformat(expires) + timedelta(days=1), time.min, tzinfo=SHANGHAI)
    return end if chosen is None else min(end, chosen)


def badge(
    line: Line,
    *,
    uuid: UUID,
    issuer: Issuer,
    subject: Subject,
    place: Place,
    issued_at: datetime,
    until: datetime | None,
) -> dict[str, Any]:
    """An OpenBadgeCredential, not signed yet."""
    maker = {"course": _course, "outcome": _outcome, "study": _study}[line.kind]
    achievement, about = maker(line, issuer)
    evidence = {
        # Named within this set alone, like the subject: two sets of one person cannot be joined by it either.
        "id": f"urn:uuid:{uuid5(subject.id, str(line.source))}",
        "type": ["Evidence"],
        "name": about.pop("evidence"),
        "narrative": about.pop("narrative"),
    }
    result = about.pop("result", None)
    node = subject.node("AchievementSubject") | about | {"achievement": achievement}
    if result is not None:
        described = f"{achievement['id']}:result"
        achievement["resultDescription"] = [
            {"id": described, "type": ["ResultDescription"], "name": result[0], "resultType": "Result"}
        ]
        node["result"] = [{"type": ["Result"], "resultDescription": described, "value": result[1]}]
    return {
        "@context": contexts.BADGE_CONTEXTS,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": achievement["name"],
        "credentialSubject": node,
        "evidence": [evidence],
    } | _frame(uuid, issuer, place, issued_at, until)


def clr(
    badges: list[dict[str, Any]],
    *,
    uuid: UUID,
    issuer: Issuer,
    subject: Subject,
    place: Place,
    issued_at: datetime,
    until: datetime | None,
    about: str,
) -> dict[str, Any]:
    """The ClrCredential of signed badges, not signed yet. about: what the sums are, in words."""
    return {
        "@context": contexts.CLR_CONTEXTS,
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": _("学习成果清单"),
        "description": tidy(about),
        "credentialSubject": subject.node("ClrSubject") | {"verifiableCredential": [*badges]},
    } | _frame(uuid, issuer, place, issued_at, until)


def _frame(
    uuid: UUID, issuer: Issuer, place: Place, issued_at: datetime, until: datetime | None
) -> dict[str, Any]:
    frame = {
        "id": f"urn:uuid:{uuid}",
        "issuer": issuer.profile(),
        "validFrom": stamp(issued_at),
        "credentialStatus": place.entry(),
    }
    return frame if until is None else frame | {"validUntil": stamp(until)}


def _achievement(
    key: str, kind: str, name: str, text: str, rule: str, issuer: Issuer, code: str = ""
) -> dict[str, Any]:
    uuid = uuid5(ACHIEVEMENTS, key)
    # "code v3" → the code, which is the anchor of the rule on the public page.
    anchor = code.rpartition(" v")[0] or str(uuid)
    return {
        "id": f"urn:uuid:{uuid}",
        "type": ["Achievement"],
        "achievementType": kind,
        "name": tidy(name),
        "description": tidy(text),
        "criteria": {"id": f"{issuer.rules}#{anchor}", "narrative": tidy(rule)},
    }


def _creator(name: str) -> dict[str, Any]:
    return {"id": f"urn:uuid:{uuid5(ACHIEVEMENTS, f'body:{name}')}", "type": ["Profile"], "name": tidy(name)}


def _course(line: Line, issuer: Issuer) -> tuple[dict[str, Any], dict[str, Any]]:
    """A course that a college credited. Rule: the published version under which it did."""
    item = line.fields
    key = f"course:{item['college']}:{item['programme']}:{item['code']}:{item['rule']}"
    text = _("%(college)s %(programme)s 的课程，按转换规则认定学分。") % item
    rule = _("按公布的转换规则 %(rule)s 认定。规则公布后不再修改。") % item
    achievement = _achievement(key, "Course", item["name"], text, rule, issuer, item["rule"])
    if item["college"]:
        achievement["creator"] = _creator(item["college"])
    achievement["humanCode"] = tidy(item["code"])
    credits = number(item["centicredits"])
    about = {
        "creditsEarned": credits,
        "activityEndDate": _midnight(item["on"]),
        "evidence": _("学分银行的一笔记账"),
        "narrative": _("%(on)s 入账，依据规则 %(rule)s。") % item,
    }
    return achievement | {"creditsAvailable": credits}, about


def _outcome(line: Line, issuer: Issuer) -> tuple[dict[str, Any], dict[str, Any]]:
    """A certificate that somebody else issued and a reviewer verified. Its number is nobody's business here."""
    item = line.fields | {"method": method_of(line.fields)}
    rule = _("%(issuer)s 颁发，经平台核实：%(method)s。") % item
    key = f"outcome:{item['issuer']}:{item['title']}"
    achievement = _achievement(key, "Certification", item["title"], rule, rule, issuer)
    achievement["creator"] = _creator(item["issuer"])
    about = {
        "activityEndDate": _midnight(item["issued_on"]),
        "evidence": _("核实过的证书"),
        "narrative": _("%(issued_on)s 发证；核实方式：%(method)s。") % item,
    }
    return achievement, about


def _study(line: Line, issuer: Issuer) -> tuple[dict[str, Any], dict[str, Any]]:
    """Hours that stand in the books for a course studied here, or for another activity that was accepted."""
    item = line.fields
    unit = str(unit_title(item["unit"]))
    rule = (
        _("按学时规则 %(rule)s 计算，已记入学分银行。") % item
        if item["rule"]
        else _("已记入学分银行的学时。")
    )
    key = f"study:{item['title']}:{item['unit']}:{item['rule']}"
    achievement = _achievement(key, "Course", item["title"], unit, rule, issuer)
    about = {
        "activityEndDate": _midnight(item["on"]),
        "evidence": _("学分银行的一笔记账"),
        "narrative": _("%(on)s 入账。") % item,
        "result": (f"{unit}（{pgettext('标题', '学时')}）", format_centi(item["centi"])),
    }
    return achievement, about


def _midnight(day: str) -> str:
    """A Shanghai day as the moment that Open Badges wants."""
    return f"{day}T00:00:00+08:00"


def number(centi: int) -> int | float:
    """Hundredths as the number that Open Badges wants: whole where it is whole. Two decimals survive as they are."""
    return centi // 100 if centi % 100 == 0 else float(f"{centi // 100}.{centi % 100:02d}")
