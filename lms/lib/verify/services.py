"""Issuing, revoking and answering verify codes. Each kind's owner registers what its code says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from lms.lib.clock import now
from lms.lib.errors import Invalid, NotFound
from lms.lib.verify.models import VerifyCode
from lms.lib.verify.rules import fresh_code, is_long_enough, is_number, normalise


@dataclass(frozen=True)
class Verdict:
    """One clear answer: status is valid, revoked, expired, hidden or replaced; rows are the least a checker needs."""

    title: str
    status: str
    rows: list[tuple[str, str]] = field(default_factory=list)
    note: str = ""


Verifier = Callable[[UUID], Verdict]
_verifiers: dict[str, Verifier] = {}


def register_verifier(kind: str, verifier: Verifier) -> None:
    _verifiers[kind] = verifier


def issue(kind: str, target: UUID) -> str:
    """The code of a target, made on the first call and the same ever after."""
    row, _made = VerifyCode.objects.get_or_create(
        kind=kind, target=target, defaults={"code": fresh_code(), "issued_at": now()}
    )
    return row.code


def codes(kind: str, targets: Sequence[UUID]) -> dict[UUID, str]:
    """The codes that were issued for these targets."""
    rows = VerifyCode.objects.filter(kind=kind, target__in=targets)
    return dict(rows.values_list("target", "code"))


def revoke(kind: str, target: UUID, reason: str) -> None:
    """Say from now on that it was taken back. reason: somebody's own words, or a sentence of the catalogue as it stands
    in the code (gettext_noop): whoever checks reads that one in their own language."""
    VerifyCode.objects.filter(kind=kind, target=target, revoked_at__isnull=True).update(
        revoked_at=now(), revoked_reason=reason
    )


def reinstate(kind: str, target: UUID) -> None:
    """What was taken back wrongly holds again, as if it had never been; its owner keeps the history."""
    VerifyCode.objects.filter(kind=kind, target=target).update(revoked_at=None, revoked_reason="")


def _reason(row: VerifyCode) -> str:
    from django.utils.translation import gettext

    return gettext(row.revoked_reason) if row.revoked_reason else ""


def check(typed: str) -> tuple[str, Verdict]:
    """The normalised code and what it says. Raises Invalid (mistyped) or NotFound (never issued)."""
    from django.utils.translation import gettext as _

    code = normalise(typed)
    if code is None and is_number(typed):
        raise Invalid(
            _(
                "这是证书编号，不是验证码。验证码是另外 12 位字母和数字，印在二维码旁边，形如 XXXX-XXXX-XXXX。"
            ),
            code="number_typed",
        )
    if code is None and is_long_enough(typed):
        raise Invalid(_("这不是一个验证码：有一位或几位输错了，请对照证书再看一遍。"), code="mistyped")
    if code is None:
        raise Invalid(_("这不是一个验证码：应为 12 位字母和数字，请对照证书再输入一次。"), code="mistyped")
    row = VerifyCode.objects.filter(code=code).first()
    if row is None or row.kind not in _verifiers:
        raise NotFound(_("没有这个验证码的记录。如果它印在一份证书上，请联系发证单位。"), code="unknown_code")
    verdict = _verifiers[row.kind](row.target)
    if row.revoked_at is not None:
        verdict = Verdict(title=verdict.title, status="revoked", rows=verdict.rows, note=_reason(row))
    return code, verdict
