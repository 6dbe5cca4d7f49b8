"""Attempts at the quizzes of a pinned release. Questions belong to courses; what a person answered stands here.

Owns: attempts and answers. Refuses: copies of questions: the release is immutable and holds them.
"""

from django.conf import settings
from django.db import models

from lms.lib.ids import uuid7


class QuizAttempt(models.Model):
    """order: [[question id, [option ids as shown]], …], drawn once from `seed` and kept.

    The pass mark is copied at the start, points and result are written once, at closing. Where a question earned a share of
    its points, `points` are the whole ones of the sum; `percent` is of the exact sum.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    enrolment = models.ForeignKey("learning.Enrolment", on_delete=models.PROTECT, related_name="attempts")
    lesson = models.ForeignKey("courses.ReleaseLesson", on_delete=models.PROTECT, related_name="+")
    block = models.CharField(max_length=64)
    number = models.PositiveIntegerField()
    seed = models.PositiveBigIntegerField()
    order = models.JSONField()
    pass_percent = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    points = models.PositiveIntegerField(null=True)
    max_points = models.PositiveIntegerField(null=True)
    percent = models.PositiveSmallIntegerField(null=True)
    passed = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "lesson", "block"],
                condition=models.Q(closed_at__isnull=True),
                name="learning_attempt_one_open",
            ),
            models.UniqueConstraint(
                fields=["enrolment", "lesson", "block", "number"], name="learning_attempt_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.block} #{self.number}"


class QuizAnswer(models.Model):
    """The latest answer to one question: option ids, the typed text of each blank, or the option id for each prompt."""

    attempt = models.ForeignKey(QuizAttempt, on_delete=models.CASCADE, related_name="answers")
    question = models.CharField(max_length=64)
    response = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attempt", "question"], name="learning_answer_once")]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.question}"
