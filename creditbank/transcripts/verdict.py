"""What /verify/ says about a transcript: that it is genuine, whose it is (masked), and its sums. Nothing else."""

from uuid import UUID

from django.utils.translation import gettext as _

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
    if snapshot.revoked_at is not None:
        return Verdict(title=title, status="revoked", note=_("持有人已停用这份清单的验证。"))
    content = content_of(snapshot)
    return Verdict(
        title=title,
        status="valid",
        rows=[
            (_("持有人"), content["masked_name"]),
            (_("生成日期"), local_day(snapshot.made_at).isoformat()),
            (_("学时合计"), format_centi(content["centihours"])),
            (_("学分合计"), format_centi(content["centicredits"])),
            (_("内容指纹"), snapshot.content_hash[:16]),
        ],
        note=_("内容指纹应与清单末页所印的一致。"),
    )


def register() -> None:
    """Called when the application is ready."""
    register_verifier(KIND, verdict)
