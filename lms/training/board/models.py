"""What stands on the public notice board (372号 四(三)): dated, numbered, and never changed.

Owns: `Posting` and `Withdrawal`. Refuses: to change or take away a row. A correction is a posting that replaces the one before;
what was wrongly posted is withdrawn with a reason, and both stay readable. What was rightly posted and is called off afterwards
(a cancelled programme) is ended with the reason: it stays on the board, marked.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7

LONGEST_TITLE = 200
LONGEST_BODY = 20_000
LONGEST_REASON = 500


class Kind(models.TextChoices):
    """What is told. The words of the documents: 372号 三, 四(三); 青人社〔2023〕17 号 四."""

    PLAN = "plan", pgettext_lazy("公告", "年度计划")
    HOST = "host", pgettext_lazy("公告", "承办单位")
    ENROLMENT = "enrolment", pgettext_lazy("公告", "招收学员通知")
    CALL = "call", pgettext_lazy("公告", "征集和申报")
    TENDER = "tender", pgettext_lazy("公告", "培训项目需求包")
    NOTICE = "notice", pgettext_lazy("公告", "公示")
    RESULT = "result", pgettext_lazy("公告", "结果")
    NAMED = "named", pgettext_lazy("公告", "认定授牌")
    REMOVED = "removed", pgettext_lazy("公告", "核销")
    DIRECTORY = "directory", pgettext_lazy("公告", "名录和清单")
    STANDARD = "standard", pgettext_lazy("公告", "评估标准")
    MODEL = "model", pgettext_lazy("公告", "能力素质模型")
    OTHER = "other", pgettext_lazy("公告", "其他")


# What follows from acts of a process, with its case, its papers and its checks: nobody posts one by hand, it would look like the other.
BY_PROCESS = frozenset(
    {
        Kind.PLAN,
        Kind.TENDER,
        Kind.NOTICE,
        Kind.NAMED,
        Kind.REMOVED,
        Kind.STANDARD,
        Kind.MODEL,
    }
)


class Posting(AppendOnlyModel):
    """One posting. subject: what it is about, as its room names it ("plan:<uuid>"); first_day to last_day, both in: how long it is
    current, NULL for as long as nothing replaces it, afterwards it is archived; since: the first day of the first posting that this
    one goes back to; url: where on this site the thing itself stands; key: given by the room, so that nothing is posted twice.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    number = models.CharField(max_length=20, unique=True)
    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=12, choices=Kind)
    subject = models.CharField(max_length=80, blank=True)
    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=LONGEST_TITLE)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=300, blank=True)
    first_day = models.DateField()
    last_day = models.DateField(null=True)
    since = models.DateField()
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("公告")
        ordering = ["-first_day", "-pk"]
        indexes = [
            models.Index(fields=["first_day", "id"], name="training_posting_day"),
            models.Index(fields=["kind", "first_day", "id"], name="training_posting_kind"),
            models.Index(fields=["authority", "first_day", "id"], name="training_posting_authority"),
            models.Index(fields=["subject", "kind"], name="training_posting_subject"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day__isnull=True) | models.Q(last_day__gte=models.F("first_day")),
                name="training_posting_days",
            ),
            models.CheckConstraint(
                condition=models.Q(replaces__isnull=True) | ~models.Q(reason=""),
                name="training_posting_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Withdrawal(AppendOnlyModel):
    """A posting that was wrong and that nothing replaces: since when, and why. It counts as never announced. ended: it was right, and
    what it announced was called off; it was announced until that day. url: where on this site that stands."""

    posting = models.OneToOneField(Posting, on_delete=models.PROTECT, related_name="withdrawal")
    day = models.DateField()
    reason = models.CharField(max_length=LONGEST_REASON)
    ended = models.BooleanField(default=False, db_default=False)
    url = models.CharField(max_length=300, blank=True, db_default="")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.posting_id} ({self.day})"
