"""How a course is used, as its provider may see it: one row a course, reckoned each night.

Owns: the projection. No person stands in it, and it can be thrown away and reckoned anew. Refuses: being shown as it is;
what may be told of few people decides rules.py.
"""

from django.db import models


class CourseUse(models.Model):
    """months: "2026-03" → enrolled, started, finished (people enrolled in that month), counted_ms and studied (time counted
    in that month, and of how many people), days (days from start to finish → people).
    lessons: of the newest release, in order: key, title, chapter, started, finished, and films: block, title, length_ms,
    learners, minutes (of each minute, how many people's coverage holds it).
    """

    course = models.OneToOneField("courses.CoursePage", on_delete=models.CASCADE, related_name="+")
    months = models.JSONField(default=dict)
    lessons = models.JSONField(default=list)
    reckoned_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.course_id} {self.reckoned_at}"
