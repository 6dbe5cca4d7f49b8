"""What /verify/ says about a transcript: that it is genuine, whose it is (masked), its sums, and whether what it sums
still stands. Nothing else.
"""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from creditbank.ledger.queries import reversed_uuids
from creditbank.transcripts.models import TranscriptSnapshot
from creditbank.transcripts.queries import content_of
from lms.lib.clock import local_day
from lms.lib.errors import NotFound
from lms.lib.units import format_centi
from lms.lib.verify.services import Verdict, register_verifier

KIND = "transcript"


def verdict(target: UUID) -> Verdict:
    """The least a checker needs; nothing at all of the content once the holder has taken it back."""
    snapshot = TranscriptSnapshot.objects.filter(uuid=target).first()
    if snapshot is None:
        raise NotFound
    title = _("学习成果清单")
    if not snapshot.content:
        return Verdict(title=title, status="revoked", note=_("持有人已注销。"))
    if snapshot.revoked_at is not None:
        return Verdict(title=title, status="revoked", note=_("持有人已停用这份清单的验证。"))
    content = content_of(snapshot)
    undone = _undone_since(content)
    note = _("内容指纹应与清单末页所印的一致。")
    if undone:
        note = _(
            "这份清单是真的，但生成之后有 %(count)s 笔记账被冲正，合计已不是现在的数。请持有人重新生成一份。"
        ) % {"count": undone}
    return Verdict(
        title=title,
        status="expired" if undone else "valid",
        rows=[
            (_("持有人"), content["masked_name"]),
            (_("生成日期"), local_day(snapshot.made_at).isoformat()),
            (_("学时合计"), format_centi(content["centihours"])),
            (_("学分合计"), format_centi(content["centicredits"])),
            (_("内容指纹"), snapshot.content_hash[:16]),
        ],
        note=note,
    )


def _undone_since(content: dict[str, Any]) -> int:
    """How many of the postings that stood when the paper was made have been reversed since."""
    stood = [UUID(line["transaction"]) for line in content["postings"] if not line["reversed"]]
    return len(reversed_uuids(stood))


def register() -> None:
    """Called when the application is ready."""
    register_verifier(KIND, verdict)
