"""Study time that counted online while somebody sat in a class: read from the study engine, which stays the judge of it.

Owns: the question. Refuses: an opinion about what counted; the walk over reports, claims and grants says so.
"""

from lms.learning.classes.reckoning import Counted
from lms.learning.study.models import LessonProgress, StudySession
from lms.learning.study.projection import steps_of

# No page is studied from longer than its rule's session_ms, and none of those is longer than this.
LONGEST_SESSION_MS = 2 * 86_400_000


def counted_between(person_id: int, low: int, high: int) -> list[Counted]:
    """Reports of a person that counted something and were active between two wall moments (ms), in any course.

    One query where no lesson was open, as in most classes; else the lessons of those hours are walked, one by one:
    seldom more than two or three.
    """
    sessions = StudySession.objects.filter(
        person_id=person_id, opened_ms__lt=high, opened_ms__gte=low - LONGEST_SESSION_MS
    )
    lessons = LessonProgress.objects.filter(pk__in=sessions.values("progress_id"), counted_ms__gt=0)
    return [
        (step.active, step.counted_ms)
        for row in lessons
        for step in steps_of(row)
        if step.counted_ms and any(start < high and end > low for start, end in step.active)
    ]
