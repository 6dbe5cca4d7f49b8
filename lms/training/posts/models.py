"""Posts of outstanding skilled people at a base, as its enterprise set them up: term, allowance, what was paid, awards.

Owns: the rows. The enterprise pays; here stands what it says it paid, with its voucher. Payments and awards only grow; a
payment that was wrong is struck by a row of its own. Refuses: a month paid twice while the first counts.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.appendonly import AppendOnlyModel, ErasableModel
from lms.lib.ids import uuid7
from lms.training.bases.models import Base
from lms.training.posts.rules import Kind, Term


class SkillPost(models.Model):
    """allowance_fen: a month (岗位津贴); funds_fen: a year's working funds (工作经费), 0 where there are none; document: by which
    the enterprise appointed. ended_on: before its last day."""

    KINDS = [(Kind.CHIEF.value, _("首席技师")), (Kind.STUDIO.value, _("技能大师工作室"))]

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="posts")
    kind = models.CharField(max_length=10, choices=KINDS)
    title = models.CharField(max_length=80)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()
    allowance_fen = models.PositiveBigIntegerField()
    funds_fen = models.PositiveBigIntegerField(default=0)
    document = models.CharField(max_length=200)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_on = models.DateField(null=True)
    ended_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("技能带头人岗位")
        ordering = ["-first_day", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day"))
                & (models.Q(ended_on__isnull=True) | models.Q(ended_on__gte=models.F("first_day"))),
                name="training_post_term",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def term(self) -> Term:
        return Term(self.first_day, self.last_day, self.ended_on)


class PostPayment(AppendOnlyModel):
    """What the enterprise paid for a month (its first day): the allowance, and working funds with it. again: how many payments of
    that month were recorded before and struck, so that the right one can be recorded in their place."""

    post = models.ForeignKey(SkillPost, on_delete=models.PROTECT, related_name="payments")
    month = models.DateField()
    again = models.PositiveSmallIntegerField(default=0, db_default=0)
    allowance_fen = models.PositiveBigIntegerField()
    funds_fen = models.PositiveBigIntegerField(default=0)
    paid_on = models.DateField()
    voucher = models.CharField(max_length=60)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(fields=["post", "month", "again"], name="training_post_month_once")
        ]

    def __str__(self) -> str:
        return f"{self.post_id} {self.month:%Y-%m}"


class PaymentStrike(ErasableModel):
    """冲正 of a payment: it was doubled or mistaken and counts no more; both rows stay. The words go when the post's person is
    erased."""

    blank: ClassVar[dict[str, Any]] = {"reason": ""}

    payment = models.OneToOneField(PostPayment, on_delete=models.PROTECT, related_name="strike")
    reason = models.CharField(max_length=300)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.payment_id}"


class SkillAward(ErasableModel):
    """An honour or reward (三(二)3), with its reason; fen: 0 for an honour alone. The words go when the person is erased."""

    blank: ClassVar[dict[str, Any]] = {"title": "", "reason": ""}

    post = models.ForeignKey(SkillPost, on_delete=models.PROTECT, related_name="awards")
    title = models.CharField(max_length=120)
    reason = models.CharField(max_length=300)
    fen = models.PositiveBigIntegerField(default=0)
    day = models.DateField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-day", "-pk"]

    def __str__(self) -> str:
        return self.title
