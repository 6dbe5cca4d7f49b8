"""What ties the experts of a review to the body reviewed, as it is known now: what they declared, in the review or the register of
experts, what was found out, and the posts and places of work that the platform knows.

Owns: nothing; it reads. Refuses nothing: reviews.py and services.py refuse what rests on it.
"""

from collections.abc import Collection

from lms.training.ce_bases.models import BaseReview, ReviewSeat
from lms.training.experts import api as register
from lms.training.lifecycle import reading
from lms.training.lifecycle.models import Case


def tied_people(case: Case, people: Collection[int]) -> set[int]:
    """Those of these users whom something ties to the body of a case, by the register, their posts or their work. Three queries."""
    found = {person for person, _body in register.ties(people, {case.body_id})}
    found |= set(reading.people_of(case.body_id).filter(user__in=people).values_list("user", flat=True))
    found |= set(reading.employed_by(case.body_id).filter(user__in=people).values_list("user", flat=True))
    return found | ({case.applicant_id} & set(people))


def tied_seats(review: BaseReview, seats: Collection[ReviewSeat]) -> set[int]:
    """Those of a review's seats whose marks do not count: by what came to light since they declared that there is nothing."""
    people = tied_people(review.case, [seat.expert_id for seat in seats])
    return {seat.pk for seat in seats if seat.tied_at is not None or seat.expert_id in people}


def tainted(review: BaseReview) -> list[ReviewSeat]:
    """The seats whose marks went into the score of a closed review and of which something is known now."""
    counted = list(review.seats.filter(counted=True).select_related("expert"))
    tied = tied_seats(review, counted) if counted else set()
    return [seat for seat in counted if seat.pk in tied]
