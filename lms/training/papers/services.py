"""Issuing a paper on a case: number, form and version, what stands on it, its hash and its verify code; and taking it back.

Owns: Paper and its codes. Refuses: values that do not survive as canonical JSON. Who may issue what, the process has judged:
papers follow from acts, in their transaction, and nobody issues one by hand.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lms.lib.actor import Actor
from lms.lib.audit.services import record
from lms.lib.clock import local_day
from lms.lib.verify import services as verify
from lms.training.lifecycle.models import Case
from lms.training.lifecycle.services import next_number
from lms.training.papers.models import Paper
from lms.training.papers.templates import APPLICATION, NOTICE, RECEIPT, template_of

KIND = "training_paper"
TARGET = "training.Paper"
ENDED_REFUSED = gettext_noop("公示已经提前结束：不予认定。")
ENDED_WITHDRAWN = gettext_noop("公示已经提前结束：申报单位撤回了申报。")


@transaction.atomic
def issue(
    case: Case, kind: str, values: Mapping[str, Any], *, at: datetime, by: Actor, from_body: bool = False
) -> Paper:
    """A paper on a case that has a number, from the authority to the body, or from the body (from_body). values: `lines` (label and
    value pairs), and `items` (sentences, in a list of their own); written in the platform's language, whatever the officer's.
    Raises KeyError (no such form), ValueError (values).
    """
    template, day = template_of(kind), local_day(at)
    number = f"{case.declared.prefix}-{template.number}-{day.year}-{next_number(f'paper:{case.process}:{kind}:{day.year}'):05d}"
    with translation.override(settings.LANGUAGE_CODE):
        title = str(template.title)
        content = {
            "title": title,
            "number": number,
            "template": template.number,
            "version": template.version,
            "note": str(template.note),
            "process": str(case.declared.title),
            "source": str(case.declared.source),
            "case": case.number or "",
            "to": case.authority.name if from_body else case.body.name,
            "by": case.body.name if from_body else case.authority.name,
            "issued_on": day.isoformat(),
            "lines": _once(case, _pairs([*_answers(case, kind), *values.get("lines", ())])),
            "items": [str(item) for item in values.get("items", ())],
        }
    text = canonical(content)
    paper = Paper.objects.create(
        case=case,
        kind=kind,
        template=template.number,
        version=template.version,
        number=number,
        title=title,
        content=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        issued_at=at,
    )
    verify.issue(KIND, paper.uuid)
    record(
        by,
        action="paper.issue",
        target_type=TARGET,
        target=paper.uuid,
        data={"number": number, "case": case.number, "sha256": paper.sha256},
    )
    return paper


@transaction.atomic
def withdraw(case: Case, kind: str, *, reason: str, by: Actor) -> None:
    """Papers of this kind on the case hold no more: their codes say so, with the reason."""
    for paper in Paper.objects.filter(case=case, kind=kind):
        verify.revoke(KIND, paper.uuid, reason)
        record(by, action="paper.withdraw", target_type=TARGET, target=paper.uuid, reason=reason)


def end_notice(case: Case, act: str, source: str, *, reason: str, by: Actor) -> None:
    """What a public notice on the case says holds no more, where an act takes the case out of it otherwise than by what it was
    published for. act, source: of the act just done. Whoever checks the paper reads what became of the case; the reason of a review
    anew too, that of a refusal is the body's alone."""
    if source not in case.declared.noticing:
        return
    said = {"again": reason, "refuse": ENDED_REFUSED, "withdraw": ENDED_WITHDRAWN}.get(act)
    if said is not None:
        withdraw(case, NOTICE, reason=said, by=by)


def _answers(case: Case, kind: str) -> list[tuple[str, str]]:
    """A receipt names the application that it is for."""
    if kind != RECEIPT:
        return []
    found = Paper.objects.filter(case=case, kind=APPLICATION).order_by("-pk").first()
    return [(_("申请书编号"), found.number)] if found else []


def canonical(content: Mapping[str, Any]) -> str:
    """The one text of what stands on a paper: keys sorted, no blanks, as it is."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _pairs(lines: Sequence[Sequence[Any]]) -> list[list[str]]:
    if any(len(line) != 2 for line in lines):
        raise ValueError("lines of a paper are pairs of label and value")
    return [[str(label), str(value)] for label, value in lines]


def _once(case: Case, lines: list[list[str]]) -> list[list[str]]:
    """Without the case's number, which stands in every paper's head: what a public notice shows has it among its lines."""
    return [line for line in lines if line != [_("受理编号"), case.number]]


def sentence_of_lacks(texts: Sequence[str]) -> list[str]:
    """What is missing, for a paper; one sentence where it is nothing."""
    return list(texts) or [_("材料齐全，没有缺项。")]
