"""What /verify/ says about a theory paper's code: project, dates, authors and reviewer, people's names masked."""

import re
from uuid import UUID

from django.utils.translation import gettext as _

from creditbank.outcomes.models import LearningOutcome, OutcomeKind
from lms.accounts.api import mask_name, masked_name
from lms.lib.clock import local_day
from lms.lib.verify.services import Verdict, register_verifier

KIND = "theory_paper"
# Between the names that somebody typed into one field.
_BETWEEN = re.compile(r"[、，,;；/]+|\s{2,}")
# A longer word of Chinese characters is the name of a body, which is no secret.
_LONGEST_NAME = 4


def verdict(target: UUID) -> Verdict:
    """The least that lets a title review compare the paper in its hand with what was verified."""
    title = _("论文替代成果证明")
    outcome = (
        LearningOutcome.objects.filter(uuid=target, kind=OutcomeKind.PAPER).select_related("holder").first()
    )
    if outcome is None or outcome.holder.erased_at is not None:
        return Verdict(title=title, status="revoked", note=_("持有人已注销，或者已经没有这项成果。"))
    if outcome.status != LearningOutcome.Status.VERIFIED:
        return Verdict(title=title, status="revoked", note=_("这项成果现在没有通过核实。"))
    details = outcome.details
    started = outcome.starts_on.isoformat() if outcome.starts_on else ""
    rows = [
        (_("持有人"), masked_name(outcome.holder)),
        (_("成果名称"), outcome.title),
        (_("项目"), details.get("project", "")),
        (_("起止日期"), f"{started} – {outcome.issued_on.isoformat()}"),
        (_("作者"), masked_names(details.get("authors", ""))),
        (_("评审人"), masked_names(details.get("reviewer", ""))),
        (_("项目组织单位"), outcome.issuer_name),
        (_("核实方式"), outcome.get_method_display()),
        (_("核实日期"), local_day(outcome.verified_at).isoformat() if outcome.verified_at else ""),
    ]
    return Verdict(title=title, status="valid", rows=[row for row in rows if row[1]])


def masked_names(typed: str) -> str:
    """李明、申江大学机械学院 → 李＊、申江大学机械学院."""
    names = [name.strip() for name in _BETWEEN.split(typed) if name.strip()]
    return "、".join(name if _is_body(name) else mask_name(name) for name in names)


def _is_body(name: str) -> bool:
    return len(name) > _LONGEST_NAME and re.fullmatch(r"[\u3400-\u9fff（）()]+", name) is not None


def register() -> None:
    """Called when the application is ready."""
    register_verifier(KIND, verdict)
