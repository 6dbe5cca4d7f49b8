"""Plain functions of a submission: what a course must say of itself, and what makes two submissions the same."""

import hashlib
import json
from typing import Any

from django.utils.translation import gettext as _

from courses.taxonomy import Kind


def missing_facts(kind: str, theme: str, sector: str, department: str) -> list[str]:
    """Sentences about what a course of this kind still has to say (沪人社专〔2022〕372号, 三(一); systems A01, A02)."""
    if kind == Kind.PUBLIC and not theme:
        return [_("公需科目须选主题。")]
    if kind != Kind.SPECIALTY:
        return []
    found = [] if sector else [_("专业科目须选择所属行业。")]
    return found if department else [*found, _("专业科目须写明行业主管部门。")]


def digest(content: Any) -> str:
    """SHA-256 over canonical JSON; dates and numbers of other kinds as their text."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
