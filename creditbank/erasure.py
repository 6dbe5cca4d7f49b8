"""The credit bank's part of an erasure: evidence, numbers and papers go; what stands in the books stays, unnamed.

An achievement's keyed hash stays with a certificate that was used or is under another decision: one achievement, one use
holds for whoever comes with the paper next. Applications keep what was computed and from what; their texts go.
"""

from collections.abc import Iterator
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from creditbank.applications import lifecycle
from creditbank.applications.erasure import erase_cases
from creditbank.applications.models import Application, Redemption
from creditbank.credentials.services import erase_of
from creditbank.honours.erasure import erase_honours, keeps
from creditbank.outcomes.models import LearningOutcome, OutcomeEvidence
from creditbank.promotion.closing import ERASED, close_waiting
from creditbank.promotion.models import Promotion
from creditbank.shares import services as shares
from creditbank.theory.services import forget
from creditbank.transcripts.models import TranscriptSnapshot
from creditbank.transcripts.verdict import KIND
from lms.accounts.api import ErasurePart, User
from lms.lib.clock import now
from lms.lib.evidence import discard
from lms.lib.verify import services as verify


def obstacles(user: User) -> Iterator[str]:
    """Applications that wait for a decision."""
    waiting = Application.objects.filter(applicant=user, state__in=[state.value for state in lifecycle.OPEN])
    rows = waiting.select_related("outcome", "programme", "course__programme__organisation")
    for item in rows.order_by("submitted_at"):
        names = {"title": item.title, "programme": item.programme.name}
        yield _("学分认定申请“%(title)s → %(programme)s”还在审核。请等待结果，或先撤回。") % names
    for asked in Redemption.objects.filter(holder=user, state=Redemption.State.REQUESTED).select_related(
        "programme"
    ):
        yield _("“%(programme)s”的学分兑换还在办理。请等待结果，或先撤回。") % {
            "programme": asked.programme.name
        }


def erase(user: User) -> list[UUID]:
    """See the module's text. Files first."""
    discard(OutcomeEvidence.objects.filter(outcome__holder=user))
    forget(user)
    outcomes = LearningOutcome.objects.filter(holder=user)
    things = [*outcomes.values_list("uuid", flat=True)]
    applications = Application.objects.filter(applicant=user)
    things += [*applications.values_list("uuid", flat=True)]
    things += erase_honours(user)
    outcomes.filter(applications__isnull=True, uses__isnull=True).exclude(keeps()).delete()
    outcomes.update(number="", note="", details={})
    Promotion.objects.filter(outcome__holder=user).update(reason="")
    close_waiting(user, ERASED)
    applications.update(reason="")
    things += erase_cases(user)
    things += erase_of(user)
    things += shares.erase_of(user)
    papers = TranscriptSnapshot.objects.filter(holder=user)
    things += [*papers.values_list("uuid", flat=True)]
    for paper in papers.exclude(content=""):
        verify.revoke(KIND, paper.uuid, gettext_noop("持有人已注销。"))
        paper.content, paper.revoked_at = "", paper.revoked_at or now()
        paper.save(update_fields=["content", "revoked_at"])
    return things


PART = ErasurePart(obstacles, erase)
