"""Learning's part of an erasure: what a person wrote, answered and handed in goes; what was counted stays, unnamed.

Intervals, totals, completions and credited works stay under the person's number: postings in the books stand on them and
audit_study rebuilds them. Of rows that only grow, the words alone go (docs/decisions/erasure.md says which).
"""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from lms.accounts.api import ErasurePart, User
from lms.learning.assessment.models import QuizAnswer
from lms.learning.certificates.models import Certificate, CertificateReissue
from lms.learning.declarations.models import (
    OPEN,
    DeclarationFile,
    DeclarationStep,
    HoursDeclaration,
    WorkCredit,
)
from lms.learning.ratings.models import CourseRating
from lms.learning.records.models import H5PState, Statement
from lms.learning.scorm.models import ScormSession
from lms.learning.study.models import StudySession
from lms.learning.study.offline.models import StudyTicket
from lms.lib.appendonly import ErasableModel, erase_words
from lms.lib.evidence import discard

# Rows for good whose words go: where their person stands.
WORDS: tuple[tuple[type[ErasableModel], str], ...] = (
    (DeclarationStep, "declaration__person"),
    (Statement, "person"),
    (StudyTicket, "person"),
    (WorkCredit, "person"),
)


def obstacles(user: User) -> Iterator[str]:
    """Claims of hours that wait for somebody."""
    for claim in HoursDeclaration.objects.filter(person=user, state__in=OPEN).order_by("submitted_at"):
        yield _("学时申报“%(title)s”还在办理。请等待结果，或先撤回。") % {"title": claim.title}


def erase(user: User) -> list[UUID]:
    """See the module's text. Files first."""
    discard(DeclarationFile.objects.filter(declaration__person=user))
    claims = HoursDeclaration.objects.filter(person=user)
    certificates = Certificate.objects.filter(person=user)
    ratings = CourseRating.objects.filter(enrolment__person=user)
    things = [
        uuid for rows in (claims, certificates, ratings) for uuid in rows.values_list("uuid", flat=True)
    ]
    claims.update(title="—", about="", identifier="", work_key="", title_key="")
    certificates.update(holder_name="")
    CertificateReissue.objects.filter(person=user).update(holder_name="")
    # The stars are a figure among others; the words, and what was said of them, go.
    ratings.update(text="", hidden_ground="")
    H5PState.objects.filter(person=user).delete()
    ScormSession.objects.filter(attempt__person=user).delete()
    QuizAnswer.objects.filter(attempt__person=user).delete()
    StudySession.objects.filter(person=user).update(device="", tab="")
    for model, path in WORDS:
        erase_words(model, Q(**{path: user}))
    return things


PART = ErasurePart(obstacles, erase)
