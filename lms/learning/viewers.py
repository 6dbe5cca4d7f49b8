"""A learner as search sees one: their occupations and the hours they lack this year, as plain values."""

from courses.api import Kind
from creditbank.api import occupations_of
from lms.accounts.api import User, workplaces
from lms.learning.enrolment.models import Enrolment
from lms.learning.hours.queries import year
from lms.learning.hours.years import this_year
from search.api import Viewer

# The occupations of the courses begun last say what somebody works at now.
RECENT = 20
MOST = 5


def viewer(user: User) -> Viewer:
    """Occupations of the person's verified certificates, then of the courses begun last. lacking: of the year's goal, by kind,
    where a rule sets one (HoursGoal). sectors: of where they work today, by an employment they confirmed or a role.
    """
    rows = Enrolment.objects.filter(person=user).exclude(course__occupation_code="").order_by("-studied_at")
    studied = rows.values_list("course__occupation_code", flat=True)[:RECENT]
    occupations = tuple(dict.fromkeys([*occupations_of(user), *studied]))[:MOST]
    figures = year(user, this_year())
    goal = figures["goal"]
    wanted = {
        Kind.PUBLIC: (goal.public_centihours or 0) if goal else 0,
        Kind.SPECIALTY: figures["specialty_goal"],
    }
    lacking = {str(kind): least - figures["earned"][kind] for kind, least in wanted.items()}
    sectors = workplaces(user).exclude(sector="").order_by().values_list("sector", flat=True).distinct()
    return Viewer(
        occupations=occupations,
        sectors=tuple(sorted(sectors)[:MOST]),
        lacking={kind: missing for kind, missing in lacking.items() if missing > 0},
    )
