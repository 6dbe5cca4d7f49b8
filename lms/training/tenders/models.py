"""Tenders: a published needs package with its parts, sealed and opened bids, the panel with its interests and scores, results, awards.

Owns: the rows, and the accounts and movements of an award's money. Where a package stands is its `Case`, where a bid stands the bid's own.
What was sealed, declared, scored, decided, awarded and paid only grows, in the database too. Refuses: two bids of a body for a part, the same
sealed file twice, two scores of an expert for a bid in a round, two awards of a part, and a contract above the ceiling or the bid.
"""

from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7
from lms.lib.private import private_storage
from lms.training.grants.models import AbstractMovement, AbstractPurse
from lms.training.lifecycle.models import Case
from lms.training.tenders.rules import By, Part, Tie, Void

PARTS = [
    (Part.PLATFORM.value, _("培训平台开发维护")),
    (Part.ENVIRONMENT.value, _("实训环境搭建")),
    (Part.COURSES.value, _("课程开发更新")),
    (Part.TEACHERS.value, _("师资进修调研")),
    (Part.DELIVERY.value, _("人员培训实施")),
    (Part.RESEARCH.value, _("课题研究")),
]
BYS = [
    (By.PANEL.value, _("专家打分")),
    (By.BASE.value, _("基地评估得分")),
    (By.CHECKS.value, _("检查评估得分")),
]
TIES = [
    (Tie.BASE.value, _("基地评估得分高的优先")),
    (Tie.PRICE.value, _("报价低的优先")),
    (Tie.EARLIER.value, _("密封在先的优先")),
]
VOIDS = [
    (Void.CONTENT.value, _("密封文件里没有可以读出的报价")),
    (Void.FILE.value, _("投标文件不是 PDF")),
    (Void.PRICE.value, _("报价不对")),
    (Void.CEILING.value, _("报价高于预算上限")),
    (Void.NO_BASE.value, _("投标截止那天不是在册的继续教育基地")),
]


def sealed_path(instance: object, filename: str) -> str:
    return f"training/tenders/sealed/{uuid7()}"


def opened_path(instance: object, filename: str) -> str:
    return f"training/tenders/opened/{uuid7()}"


class Tender(models.Model):
    """A needs package that was published. closes_on: the last day for bids; opens_until: the last day for keys, both in; round: of the
    review, counted up when a notice is followed by another review."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="tender")
    title = models.CharField(max_length=120)
    level = models.CharField(max_length=10)
    fund = models.CharField(max_length=10)
    tie = models.CharField(max_length=10, choices=TIES)
    published_on = models.DateField()
    closes_on = models.DateField()
    opens_until = models.DateField()
    round = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            # 三(四): 由市级财政给予专项经费资助.
            models.CheckConstraint(
                condition=models.Q(fund="city", level__in=["national", "city"]), name="training_tender_fund"
            ),
            models.CheckConstraint(
                condition=models.Q(closes_on__gte=models.F("published_on"))
                & models.Q(opens_until__gt=models.F("closes_on")),
                name="training_tender_days",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> str:
        """What its postings on the notice board are about."""
        return f"tender:{self.uuid}"


class TenderPart(AppendOnlyModel):
    """One part as it was published. days: calendar days for carrying it out; criteria: as rules.Criterion."""

    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="parts")
    code = models.CharField(max_length=12, choices=PARTS)
    need = models.TextField()
    ceiling_fen = models.BigIntegerField()
    days = models.PositiveSmallIntegerField()
    criteria = models.JSONField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["tender", "code"], name="training_tender_part_once"),
            models.CheckConstraint(
                condition=models.Q(ceiling_fen__gte=1), name="training_tender_part_ceiling"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tender_id} {self.code}"


class TenderBid(models.Model):
    """A body's bid for a part. What it says is empty until it is opened; base, checks: centimarks when bids closed, base_in_exit: the base was on its
    way out then; frozen with `void` ("" for a valid bid) when the review begins."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="tender_bid")
    part = models.ForeignKey(TenderPart, on_delete=models.PROTECT, related_name="bids")
    bidder = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(null=True)
    amount_fen = models.BigIntegerField(null=True)
    name = models.CharField(max_length=120, blank=True)
    mime = models.CharField(max_length=40, blank=True)
    plain_sha256 = models.CharField(max_length=64, blank=True)
    file = models.FileField(storage=private_storage, upload_to=opened_path, max_length=200, blank=True)
    judged = models.BooleanField(default=False)
    void = models.CharField(max_length=10, choices=VOIDS, blank=True)
    base = models.PositiveIntegerField(null=True)
    base_note = models.CharField(max_length=200, blank=True)
    base_in_exit = models.BooleanField(default=False)
    checks = models.PositiveIntegerField(null=True)
    findings = models.JSONField(default=list)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["part", "bidder"], name="training_tender_bid_once"),
            models.CheckConstraint(
                condition=models.Q(opened_at__isnull=False)
                | models.Q(amount_fen__isnull=True, file="", judged=False),
                name="training_tender_bid_opened",
            ),
        ]
        indexes = [models.Index(fields=["bidder", "-id"], name="training_tender_bid_body")]

    def __str__(self) -> str:
        return f"{self.part_id} {self.bidder_id}"

    @property
    def valid(self) -> bool:
        return self.judged and not self.void


class SealedBid(AppendOnlyModel):
    """A sealed file as it came. The last one of a bid counts; those before stay as history. number: in the tender, public with the hash."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="seals")
    bid = models.ForeignKey(TenderBid, on_delete=models.PROTECT, related_name="seals")
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveIntegerField()
    file = models.FileField(storage=private_storage, upload_to=sealed_path, max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["tender", "number"], name="training_tender_seal_number")
        ]

    def __str__(self) -> str:
        return f"{self.tender_id} {self.number}"


class PanelExpert(models.Model):
    """Somebody who scores. letter: what they are called where scores are public. released_at: does not score any more; what they had
    scored does not count."""

    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="experts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    named_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["tender", "person"], name="training_panel_once"),
            models.UniqueConstraint(fields=["tender", "number"], name="training_panel_number"),
        ]

    def __str__(self) -> str:
        return f"{self.tender_id} {self.number}"


class InterestDeclaration(AppendOnlyModel):
    """What an expert declared about a bidder, or an officer found out (found_by); the last one holds, and an interest is not taken back.
    conflict: with an interest they do not score it, and read nothing of the part any more."""

    expert = models.ForeignKey(PanelExpert, on_delete=models.PROTECT, related_name="interests")
    bidder = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    conflict = models.BooleanField()
    text = models.CharField(max_length=300, blank=True)
    found_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(found_by__isnull=True) | models.Q(conflict=True),
                name="training_interest_found",
            )
        ]

    def __str__(self) -> str:
        return f"{self.expert_id} {self.bidder_id} {self.conflict}"


class BidScore(AppendOnlyModel):
    """An expert's scores of a bid, handed in. marks: criterion → 0 – 100; reasons: criterion → words."""

    expert = models.ForeignKey(PanelExpert, on_delete=models.PROTECT, related_name="scores")
    bid = models.ForeignKey(TenderBid, on_delete=models.PROTECT, related_name="scores")
    round = models.PositiveSmallIntegerField()
    marks = models.JSONField()
    reasons = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["expert", "bid", "round"], name="training_bid_score_once")
        ]

    def __str__(self) -> str:
        return f"{self.expert_id} {self.bid_id} {self.round}"


class TenderResult(AppendOnlyModel):
    """The result of a part in a round of the review, as it was made public. lines: bids by rank, each criterion explained; first: the
    highest; NULL: no valid bid, the part failed."""

    part = models.ForeignKey(TenderPart, on_delete=models.PROTECT, related_name="results")
    round = models.PositiveSmallIntegerField()
    first = models.ForeignKey(TenderBid, on_delete=models.PROTECT, null=True, related_name="+")
    lines = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["part", "round"], name="training_tender_result_once")]

    def __str__(self) -> str:
        return f"{self.part_id} {self.round}"


class TenderAward(AppendOnlyModel):
    """Who carries a part out, and for how much. ceiling_fen, bid_fen: what the contract may not be above."""

    part = models.OneToOneField(TenderPart, on_delete=models.PROTECT, related_name="award")
    bid = models.OneToOneField(TenderBid, on_delete=models.PROTECT, related_name="award")
    amount_fen = models.BigIntegerField()
    ceiling_fen = models.BigIntegerField()
    bid_fen = models.BigIntegerField()
    awarded_on = models.DateField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_fen__gte=1)
                & models.Q(amount_fen__lte=models.F("ceiling_fen"))
                & models.Q(amount_fen__lte=models.F("bid_fen")),
                name="training_tender_award_amount",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part_id} {self.amount_fen}"

    @property
    def uuid(self) -> UUID:
        """That of the bid that won: a bid is awarded once."""
        return self.bid.uuid


class AwardPurse(AbstractPurse):
    """An account of an award in the credit bank's books, which knows it by this row's uuid."""

    class Place(models.TextChoices):
        COMMITTED = "committed", _("已决定，待拨付")
        PAID = "paid", pgettext_lazy("合同", "已拨付")
        RETURNED = "returned", _("已退回")

    award = models.ForeignKey(TenderAward, on_delete=models.PROTECT, related_name="purses")
    place = models.CharField(max_length=10, choices=Place)

    class Meta(AbstractPurse.Meta):
        constraints = [models.UniqueConstraint(fields=["award", "place"], name="training_award_purse_once")]

    def __str__(self) -> str:
        return f"{self.award_id} {self.place}"


class AwardMovement(AbstractMovement):
    """Money of a contract that was promised, paid to who carries the part out, given back or let go. voucher: its number; transaction: of the
    books; fund: it comes from."""

    class Kind(models.TextChoices):
        COMMIT = "commit", _("列入资助")
        PAY = "pay", _("拨付")
        RETURN = "return", _("退回")
        RELEASE = "release", _("撤销，未拨付")

    award = models.ForeignKey(TenderAward, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=10, choices=Kind)

    class Meta(AbstractMovement.Meta):
        constraints = [
            models.UniqueConstraint(fields=["award", "kind", "voucher"], name="training_award_voucher_once"),
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="training_award_movement_fen"),
        ]

    def __str__(self) -> str:
        return f"{self.award_id} {self.kind} {self.fen}"
