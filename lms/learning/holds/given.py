"""What hangs on a held enrolment: whether it was completed, which hours were given, how they stand in the books, and its
certificate. For whoever decides, and so that hours which do not count and are still booked cannot go unseen.
"""

from dataclasses import dataclass

from creditbank.api import postings_of
from lms.learning.certificates.models import Certificate
from lms.learning.certificates.withdrawal import withdrawn_sentence
from lms.learning.completion.models import Completion
from lms.learning.holds.models import StudyHold


@dataclass(frozen=True)
class Given:
    """Hundredths of a 学时: worth by the rows of hours, booked in the credit bank. certificate: number; withdrawn: when
    and why, "" while it stands."""

    completion: Completion
    worth_centihours: int
    booked_centihours: int
    certificate: str
    withdrawn: str

    @property
    def is_settled(self) -> bool:
        """Whether the books say what the hours are worth; else the posting is under way, or stuck."""
        return self.worth_centihours == self.booked_centihours


def given(hold: StudyHold) -> Given | None:
    """None where the course was not completed yet."""
    rows = Completion.objects.filter(enrolment=hold.enrolment_id).prefetch_related("top_ups", "corrections")
    completion = rows.first()
    if completion is None:
        return None
    sources = [
        completion.uuid,
        *(item.uuid for item in completion.top_ups.all()),
        *(item.uuid for item in completion.corrections.all()),
    ]
    booked = sum(row.centihours for row in postings_of(sources).values() if not row.undone)
    certificate = Certificate.objects.filter(completion=completion).first()
    return Given(
        completion,
        completion.total_centihours,
        booked,
        certificate.number if certificate else "",
        withdrawn_sentence(certificate) if certificate else "",
    )
