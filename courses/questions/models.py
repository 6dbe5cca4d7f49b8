"""The question bank of a course. Attempts are learning's; here stands what is asked and what is right."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.questions.rules import MARKINGS, unordered, unpaired
from lms.lib.ids import uuid7


class Question(models.Model):
    class Kind(models.TextChoices):
        SINGLE = "single", _("单选题")
        MULTIPLE = "multiple", _("多选题")
        TRUE_FALSE = "true_false", _("判断题")
        FILL = "fill", _("填空题")
        NUMERIC = "numeric", _("数值题")
        MATCHING = "matching", _("配对题")
        ORDERING = "ordering", _("排序题")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    course = models.ForeignKey("courses.CoursePage", on_delete=models.CASCADE, related_name="questions")
    key = models.CharField(_("题号"), max_length=60)
    kind = models.CharField(_("题型"), max_length=12, choices=Kind)
    stem = models.TextField(_("题干"))
    # [{"id": "a", "text": "…"}]; empty for fill and numeric. Of matching: what may be chosen, also what is right for nothing.
    options = models.JSONField(default=list, blank=True)
    # Option ids, of ordering all of them in their right order; for fill a list of accepted texts per blank, for numeric [number, tolerance] as decimal texts, for
    # matching the prompts, each with the one option that is right for it: [{"id": "1", "text": "…", "option": "a"}].
    answer = models.JSONField(default=list)
    explanation = models.TextField(_("解析"), blank=True)
    points = models.PositiveSmallIntegerField(_("分值"), default=1)

    class Meta:
        verbose_name = _("题目")
        verbose_name_plural = _("题目")
        constraints = [models.UniqueConstraint(fields=["course", "key"], name="courses_question_key_once")]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.key} · {self.stem[:40]}"

    def snapshot(self) -> dict[str, object]:
        """The question as a release pins it, with the rule it is marked by where that is not all or nothing."""
        marking = MARKINGS.get(self.kind)
        options, answer = self.options, self.answer
        if self.kind == self.Kind.MATCHING:
            options, answer = unpaired(options, answer)
        elif self.kind == self.Kind.ORDERING:
            options, answer = unordered(options, answer)
        return ({"marking": marking} if marking else {}) | {
            "id": str(self.uuid),
            "kind": self.kind,
            "stem": self.stem,
            "options": options,
            "answer": answer,
            "explanation": self.explanation,
            "points": self.points,
        }
