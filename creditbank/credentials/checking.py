"""Checking a credential that somebody hands in, in plain words: who signed it, whether it is unchanged, whether it still holds.

Owns: the findings. Refuses: fetching anything: keys and status come from our own tables, contexts from our own files; what
another issuer signed is said to be another's. Nothing about the person is shown that the credential itself does not say.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from creditbank.credentials import contexts, keys, proofs
from creditbank.credentials.models import IssuedCredential, IssuerKey
from creditbank.credentials.services import place
from lms.lib import json_in
from lms.lib.clock import local_day, now
from lms.lib.errors import Invalid

# A record of 100 lines is about 300 kB, written with blanks or as a JWT.
MOST_BYTES = 500_000
MOST_INSIDE = 101
KNOWN = (contexts.BADGE_CONTEXTS, contexts.CLR_CONTEXTS)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. state: ok, bad or unknown."""

    state: str
    what: str
    text: str


@dataclass
class Report:
    """status: valid, expired, early, revoked, altered or foreign; findings in the order in which they were looked at."""

    status: str = "valid"
    title: str = ""
    findings: list[Finding] = field(default_factory=list)
    rows: list[tuple[str, str]] = field(default_factory=list)

    def ok(self, what: str, text: str) -> None:
        self.findings.append(Finding("ok", what, text))

    def bad(self, status: str, what: str, text: str) -> None:
        """The first thing that is wrong names the whole."""
        self.findings.append(Finding("bad", what, text))
        if self.status == "valid":
            self.status = status


def check(text: str) -> Report:
    """What is right and wrong about a credential as JSON or as a JWT. Raises Invalid for what is neither, or too large."""
    text = text.strip().removeprefix("\ufeff").strip()
    if not text:
        raise Invalid(_("请粘贴凭证的内容，或选择凭证文件。"), code="empty")
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise Invalid(_("内容太大：一份凭证不超过 500 kB。"), code="too_large", status=413)
    if re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", text, re.ASCII):
        return _check_jwt(text)
    try:
        document = json_in.read(text, once=True)
    except json_in.Twice:
        raise Invalid(
            _("内容里同一个名字写了两次：不同的程序会读出不同的内容，所以不能核对。本平台不签发这样的凭证。"),
            code="name_twice",
        ) from None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Invalid(_("这不是凭证：应为 JSON 文件，或一行以点分成三段的 JWT。"), code="not_a_credential")
    return _check_document(document)


def _check_jwt(text: str) -> Report:
    report = Report()
    try:
        header, payload, _signature = proofs.read_jwt(text)
        document = proofs.unclaimed(payload)
    except (ValueError, RecursionError):
        report.bad("altered", _("内容"), _("内容读不出来，或内外不一致：它被改动过，或没有复制完整。"))
        return report
    _describe(report, document)
    row = _key(report, document, header.get("kid"), keys.Algorithm.RS256)
    if row is None:
        return report
    if not proofs.jwt_holds(text, keys.rsa_public(row)):
        _altered(report)
        return report
    _signature_holds(report)
    _still_holds(report, document)
    return report


def _check_document(document: dict[str, Any]) -> Report:
    report = Report()
    _describe(report, document)
    if not _proved(report, document):
        return report
    _still_holds(report, document)
    inside = _inside(document)
    if inside is not None:
        _check_inside(report, inside)
    return report


def _proved(report: Report, document: dict[str, Any]) -> bool:
    proof = document.get("proof")
    method = proof.get("verificationMethod") if isinstance(proof, dict) else None
    row = _key(report, document, method, keys.Algorithm.ED25519)
    if row is None:
        return False
    if not _is_issued(document):
        # Before the costly part: only what was really signed here is made canonical.
        report.bad("altered", _("状态"), _("平台没有签发它的记录。"))
        return False
    if document.get("@context") not in KNOWN or not proofs.proof_holds(document, keys.ed25519_public(row)):
        _altered(report)
        return False
    _signature_holds(report)
    return True


def _key(report: Report, document: dict[str, Any], method: Any, algorithm: str) -> IssuerKey | None:
    """The key that is said to have signed, if it is ours and may be believed."""
    issuer = document.get("issuer")
    named = issuer.get("id") if isinstance(issuer, dict) else issuer
    if named != keys.issuer():
        report.bad(
            "foreign",
            _("签发者"),
            _("它说自己由别的机构签发。这里只能核对本平台签发的凭证，请到签发机构核对。"),
        )
        return None
    row = keys.by_address(method) if isinstance(method, str) else None
    if row is None or row.algorithm != algorithm:
        report.bad("altered", _("密钥"), _("它写着本平台的名字，却没有本平台密钥的签名：不是本平台签发的。"))
        return None
    if row.state == IssuerKey.State.COMPROMISED:
        report.bad("altered", _("密钥"), _("签名的密钥已经作废，它的签名不能再相信。请持有人重新下载一份。"))
        return None
    if row.state == IssuerKey.State.RETIRED:
        report.ok(_("密钥"), _("由本平台以前的密钥签名；密钥已更换，签名仍然有效。"))
    else:
        report.ok(_("密钥"), _("由本平台现在的密钥签名。"))
    return row


def _signature_holds(report: Report) -> None:
    report.ok(_("签名"), _("签名正确：签发以后一个字也没有改过。"))


def _altered(report: Report) -> None:
    report.bad("altered", _("签名"), _("签名与内容不符：内容被改动过，或没有复制完整。"))


def _still_holds(report: Report, document: dict[str, Any]) -> None:
    """Dates and status of a credential whose signature holds."""
    try:
        begins = proofs.read_stamp(document["validFrom"])
        ends = proofs.read_stamp(document["validUntil"]) if "validUntil" in document else None
        row = _issued(document)
    except (KeyError, ValueError, TypeError):
        _altered(report)
        return
    _dates(report, begins, ends)
    if row is None:
        report.bad("altered", _("状态"), _("平台没有签发它的记录。"))
    elif row.revoked_at is not None:
        text = _("%(day)s 已撤销：%(reason)s。") % {
            "day": local_day(row.revoked_at).isoformat(),
            "reason": row.get_reason_display(),
        }
        report.bad("revoked", _("状态"), text)
    else:
        report.ok(_("状态"), _("没有被撤销。"))


def _dates(report: Report, begins: datetime, ends: datetime | None) -> None:
    moment = now()
    if begins > moment:
        report.bad("early", _("日期"), _("还没有到生效的时间。"))
    elif ends is not None and ends <= moment:
        report.bad("expired", _("日期"), _("%s 已到期。") % local_day(ends).isoformat())
    elif ends is None:
        report.ok(_("日期"), _("没有设定到期日。"))
    else:
        report.ok(_("日期"), _("有效期到 %s。") % local_day(ends).isoformat())


def _is_issued(document: dict[str, Any]) -> bool:
    """Whether something was signed here under its id, whatever else the document says."""
    prefix, _colon, uuid = str(document.get("id")).rpartition(":")
    try:
        return prefix == "urn:uuid" and IssuedCredential.objects.filter(uuid=UUID(uuid)).exists()
    except ValueError:
        return False


def _issued(document: dict[str, Any]) -> IssuedCredential | None:
    """The row of a credential by its id; None where it was never issued. Raises ValueError for a status entry that is not its."""
    prefix, _colon, uuid = str(document["id"]).rpartition(":")
    if prefix != "urn:uuid":
        return None
    row = IssuedCredential.objects.select_related("status_list").filter(uuid=UUID(uuid)).first()
    if row is not None and document["credentialStatus"] != place(row).entry():
        raise ValueError("status")
    return row


def _inside(document: dict[str, Any]) -> list[Any] | None:
    subject = document.get("credentialSubject")
    inside = subject.get("verifiableCredential") if isinstance(subject, dict) else None
    return inside if isinstance(inside, list) else None


def _check_inside(report: Report, inside: list[Any]) -> None:
    """The credentials that a record holds, each by its own signature: the record's covers which there are."""
    wrong: list[str] = []
    for item in inside[:MOST_INSIDE]:
        one = Report()
        if isinstance(item, dict):
            _describe(one, item)
            if _proved(one, item):
                _still_holds(one, item)
        if one.status != "valid" or not isinstance(item, dict):
            wrong.append(one.title or "?")
    if wrong:
        text = _("里面的 %(count)s 份凭证不再有效：%(names)s") % {
            "count": len(wrong),
            "names": "、".join(wrong[:5]),
        }
        report.bad("revoked", _("所含凭证"), text)
    else:
        report.ok(_("所含凭证"), _("里面的 %s 份凭证也逐一核对过，都有效。") % len(inside))


def _describe(report: Report, document: dict[str, Any]) -> None:
    """What the credential says of itself, for the eyes: title, whose, by whom."""
    report.title = _text(document.get("name"))
    subject = document.get("credentialSubject")
    if not isinstance(subject, dict):
        return
    names = subject.get("identifier")
    first = names[0] if isinstance(names, list) and names else None
    if isinstance(first, dict) and first.get("identityType") == "name":
        report.rows.append((_("持有人"), _text(first.get("identityHash"))))
    achievement = subject.get("achievement")
    if isinstance(achievement, dict):
        creator = achievement.get("creator")
        if isinstance(creator, dict):
            report.rows.append((_("授予机构"), _text(creator.get("name"))))
        report.rows.append((_("成果说明"), _text(achievement.get("description"))))
    if "creditsEarned" in subject:
        report.rows.append((_("学分"), _text(subject["creditsEarned"])))
    results = subject.get("result")
    if isinstance(results, list) and results and isinstance(results[0], dict):
        report.rows.append((_("学时"), _text(results[0].get("value"))))


def _text(value: Any) -> str:
    return str(value)[:200] if isinstance(value, str | int | float) else ""
