"""An objection as a paper of whoever wrote it, and the authority's answer as another: form with a version, what stands on it as one text with
its SHA-256, a code that /verify/ checks, and the same as PDF.

Owns: the forms P08 and P09 and what /verify/ says of them, for which no word of either is told. They are made from the objection's own row,
not kept beside it: when the words go with the person, the papers hold no more. Refuses: anybody but the writer and the authority's readers,
whose looks are logged; an answer that there is not yet.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, override

from lms.accounts.api import User, actor, holds
from lms.lib.audit.services import record
from lms.lib.clock import local_day
from lms.lib.errors import NotFound
from lms.lib.verify import services as verify
from lms.lib.verify.services import Verdict
from lms.training.lifecycle import reading
from lms.training.lifecycle.models import Objection
from lms.training.lifecycle.queries import READERS
from lms.training.papers.queries import rendered
from lms.training.papers.services import canonical
from lms.training.papers.templates import Template, register_template, template_of

OBJECTION, ANSWER = "case_objection", "case_objection_answer"
NOTE = gettext_lazy("公示页上只公开异议的编号和结果，不公开内容和提出人。")
TEMPLATES = (
    Template(OBJECTION, "P08", 1, gettext_lazy("异议书"), NOTE),
    Template(ANSWER, "P09", 1, gettext_lazy("异议答复书"), NOTE),
)
GONE = gettext_noop("提出人已注销，内容随之删除。")


@dataclass(frozen=True)
class Sheet:
    """kind: OBJECTION or ANSWER; content: what stands on it; sha256: of its canonical text."""

    kind: str
    row: Objection
    content: dict[str, Any]
    sha256: str
    code: str
    at: datetime


def sheet_for(user: User, uuid: UUID, kind: str) -> Sheet:
    """For whoever wrote it, or who reads the authority's cases; then the look is logged. Raises NotFound (somebody else's; no answer yet;
    the words are gone)."""
    row = _rows().filter(uuid=uuid).first()
    if row is None or not row.text or (kind == ANSWER and row.answered_at is None):
        raise NotFound
    case = row.notice.case
    if row.person_id != user.pk:
        role = next((role for role in READERS if holds(user, role, organisation=case.authority)), None)
        if role is None or reading.party(user, case).own:
            raise NotFound
        record(
            actor(user, role, case.authority),
            action="paper.view",
            target_type="training.Objection",
            target=row.uuid,
            data={"number": row.number, "form": template_of(kind).number},
        )
    content = _content(row, kind)
    return Sheet(
        kind,
        row,
        content,
        _fingerprint(content),
        verify.issue(kind, row.uuid),
        row.answered_at if kind == ANSWER and row.answered_at else row.at,
    )


def pdf(found: Sheet) -> bytes:
    """In the platform's language; the same paper gives the same bytes."""
    with override(settings.LANGUAGE_CODE):
        labels = (_("送达"), _("受理编号"))
    return rendered(found.content, found.sha256, code=found.code, made_at=found.at, labels=labels)


def _rows() -> Any:
    return Objection.objects.select_related("notice__case__authority", "notice__case__body", "answered_by")


def _content(row: Objection, kind: str) -> dict[str, Any]:
    """In the platform's language, whoever reads."""
    case, form = row.notice.case, template_of(kind)
    with override(settings.LANGUAGE_CODE):
        lines = [[_("公示"), row.notice.title], [_("公示编号"), row.notice.number]]
        content = {
            "title": str(form.title),
            "number": row.number if kind == OBJECTION else f"{row.number}-D",
            "template": form.number,
            "version": form.version,
            "note": str(form.note),
            "process": str(case.declared.title),
            "source": str(case.declared.source),
            "case": case.number or "",
        }
        if kind == OBJECTION:
            return content | {
                "to": case.authority.name,
                "by": _("异议提出人"),
                "issued_on": local_day(row.at).isoformat(),
                "lines": lines,
                "items": [row.text],
            }
        return content | {
            "to": _("异议提出人"),
            "by": case.authority.name,
            "issued_on": local_day(row.answered_at or row.at).isoformat(),
            "lines": [*lines, [_("异议编号"), row.number], [_("结果"), state_text(row)]],
            "items": [row.answer],
        }


def _fingerprint(content: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def state_text(row: Objection) -> str:
    return {
        Objection.State.OPEN: _("正在核查"),
        Objection.State.UPHELD: _("异议成立"),
        Objection.State.DISMISSED: _("异议不成立"),
    }[Objection.State(row.state)]


def _verdict(target: UUID, kind: str) -> Verdict:
    """Enough to compare a paper with, and what became of it; no word of it, and not whose it is."""
    row = _rows().filter(uuid=target).first()
    if row is None:
        raise NotFound
    form, case = template_of(kind), row.notice.case
    rows = [
        (_("文书编号"), row.number if kind == OBJECTION else f"{row.number}-D"),
        (_("样式"), _("%(number)s 第 %(version)s 版") % {"number": form.number, "version": form.version}),
        (_("公示编号"), row.notice.number),
        (_("受理编号"), case.number or ""),
        (_("主管部门"), case.authority.name),
        (_("结果"), state_text(row)),
    ]
    if not row.text:
        return Verdict(str(form.title), "revoked", rows, _(GONE))
    rows.append((_("内容指纹（SHA-256）"), _fingerprint(_content(row, kind))))
    return Verdict(str(form.title), "valid", rows)


def register() -> None:
    """Called when the application is ready."""
    for template in TEMPLATES:
        register_template(template)
    verify.register_verifier(OBJECTION, lambda target: _verdict(target, OBJECTION))
    verify.register_verifier(ANSWER, lambda target: _verdict(target, ANSWER))
