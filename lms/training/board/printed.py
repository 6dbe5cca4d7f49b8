"""A posting as a paper: the form of its kind with a version, what stands on it as one text with its SHA-256, a code that /verify/ checks,
and the same as PDF. For everybody, like the posting itself.

Owns: the forms G01 … of the board and what /verify/ says of a posting. Refuses nothing: whatever is posted can be printed; what was
withdrawn or replaced says so.
"""

import hashlib
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from lms.lib.errors import NotFound
from lms.lib.pdf import qr_svg, render_typst
from lms.lib.verify import services as verify
from lms.lib.verify.rules import grouped
from lms.lib.verify.services import Verdict
from lms.training.board.models import Kind, Posting
from lms.training.papers.queries import TYPST, address_of
from lms.training.papers.services import canonical
from lms.training.papers.templates import Template, template_of

KIND = "board_posting"
NOTE = gettext_lazy("以公告栏上的现行公告为准；凭验证码可以核对是否已经更正或撤回。")
# A kind's place here is the number of its form: further kinds go to the end.
_FORMS = (
    Kind.PLAN,
    Kind.HOST,
    Kind.ENROLMENT,
    Kind.CALL,
    Kind.TENDER,
    Kind.NOTICE,
    Kind.RESULT,
    Kind.NAMED,
    Kind.REMOVED,
    Kind.DIRECTORY,
    Kind.STANDARD,
    Kind.OTHER,
    Kind.MODEL,
)
TEMPLATES = tuple(
    Template(f"board_{kind.value}", f"G{number:02d}", 1, kind.label, NOTE)
    for number, kind in enumerate(_FORMS, start=1)
)


def form_of(posting: Posting) -> Template:
    return template_of(f"board_{posting.kind}")


def content_of(posting: Posting) -> dict[str, Any]:
    """Everything that stands on the paper and belongs to the posting itself, which never changes."""
    form = form_of(posting)
    return {
        "template": form.number,
        "version": form.version,
        "number": posting.number,
        "kind": posting.kind,
        "title": posting.title,
        "by": posting.authority.name,
        "issued_on": posting.first_day.isoformat(),
        "last_day": posting.last_day.isoformat() if posting.last_day else "",
        "body": posting.body,
        "reason": posting.reason,
    }


def fingerprint(posting: Posting) -> str:
    """SHA-256 of its content as one canonical text."""
    return hashlib.sha256(canonical(content_of(posting)).encode()).hexdigest()


def code_of(posting: Posting) -> str:
    """The same code whoever asks first."""
    return verify.issue(KIND, posting.uuid)


def lines_of(posting: Posting) -> list[tuple[str, str]]:
    """What stands above the text, as label and value."""
    rows = [(_("种类"), str(posting.get_kind_display())), (_("发布日期"), posting.first_day.isoformat())]
    if posting.last_day:
        rows.append((_("现行到"), posting.last_day.isoformat()))
    if posting.replaces is not None:
        rows.append((_("更正"), f"{posting.replaces.number}：{posting.reason}"))
    return rows


def pdf(posting: Posting) -> bytes:
    """In the platform's language; the same posting gives the same bytes."""
    code, form = code_of(posting), form_of(posting)
    address = address_of(code)
    with override(settings.LANGUAGE_CODE):
        text: dict[str, str | Promise] = {
            "number": _("公告编号"),
            "form": _("样式 %(number)s 第 %(version)s 版") % {"number": form.number, "version": form.version},
            "verify": _("验证码"),
            "verify_hint": _("扫码或打开下面的网址，即可核对这份文书的真伪："),
            "hash": _("内容指纹（SHA-256）"),
        }
        lines = lines_of(posting)
        lines.append((_("网址"), settings.PUBLIC_URL + reverse("board:posting", args=[posting.uuid])))
        note = str(form.note)
    data = content_of(posting) | {
        "lines": [list(line) for line in lines],
        "items": [],
        "paragraphs": [line for line in posting.body.splitlines() if line.strip()],
        "note": note,
        "sha256": fingerprint(posting),
        "code": grouped(code),
        "address": address,
        "qr": qr_svg(address),
        "text": text,
    }
    return render_typst(TYPST, data, made_at=posting.at)


def verdict(target: UUID) -> Verdict:
    """What /verify/ says: whether it still stands, and enough to compare a paper with."""
    row = (
        Posting.objects.select_related("authority", "replaces", "replaced_by", "withdrawal")
        .filter(uuid=target)
        .first()
    )
    if row is None:
        raise NotFound
    form = form_of(row)
    rows = [
        (_("公告编号"), row.number),
        (_("样式"), _("%(number)s 第 %(version)s 版") % {"number": form.number, "version": form.version}),
        (_("出具单位"), row.authority.name),
        *lines_of(row),
        (_("内容指纹（SHA-256）"), fingerprint(row)),
    ]
    if (newer := getattr(row, "replaced_by", None)) is not None:
        return Verdict(row.title, "replaced", rows, f"{newer.number} {newer.reason}")
    if (gone := getattr(row, "withdrawal", None)) is not None:
        return Verdict(row.title, "revoked", rows, gone.reason)
    return Verdict(row.title, "valid", rows)
