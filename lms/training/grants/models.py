"""Grants: the funds they come from, each grant as the coordination group decided it, its accounts in the books, and what was
reported of it.

Owns: the rows that say what a posting of the books was for; the sums are the books' own (`creditbank.api`). Everything but the
end of a grant only grows, in the database too. Refuses: a second grant to a body by its GB 32100 code (`training_grant_once`).
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.appendonly import AppendOnlyModel
from lms.lib.ids import uuid7
from lms.training.bases.models import Base
from lms.training.grants.rules import Money, Use
from lms.training.lifecycle.models import Act, Case

USES = [
    (Use.RENT.value, _("场地设备租赁")),
    (Use.MATERIALS.value, _("耗材工具购置")),
    (Use.TEACHERS.value, _("师资培养")),
    (Use.APPRENTICES.value, _("带徒传技")),
    (Use.PROJECTS.value, _("项目开发")),
    (Use.EXCHANGE.value, _("技术交流攻关")),
    (Use.STUDIES.value, _("培训进修")),
    (Use.CONTESTS.value, _("技能竞赛")),
    (Use.ASSESSMENT.value, _("鉴定考核")),
    (Use.INNOVATION.value, _("创新科研")),
    (Use.PUBLISHING.value, _("著作出版")),
    (Use.RESEARCH.value, _("课题调研")),
    (Use.OTHER.value, _("其他（要经同意）")),
]


class Fund(AppendOnlyModel):
    """Where an authority's money comes from. money: city or district, which fixes what it pays for (A24); document: by which the
    authority has it. Its account in the books is unbounded: no document says how much there is."""

    MONEY = [(Money.CITY.value, _("市级资金")), (Money.DISTRICT.value, _("区级资金"))]

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    authority = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    money = models.CharField(max_length=10, choices=MONEY)
    name = models.CharField(max_length=120)
    document = models.CharField(max_length=300)
    valid_from = models.DateField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["authority", "name"], name="training_fund_once")]

    def __str__(self) -> str:
        return self.name


class AbstractPurse(AppendOnlyModel):
    """An account in the credit bank's books of one thing that a fund pays for; the books know it by this row's uuid. A subclass has the
    thing and its places."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)

    class Meta:
        abstract = True
        ordering = ["pk"]


class AbstractMovement(AppendOnlyModel):
    """Money of one thing that was promised, paid, given back or let go (grants.purses). voucher: its number; transaction: of the books; fund:
    it comes from; kind: one of grants.purses, of which a subclass has those of its thing."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10)
    fen = models.PositiveBigIntegerField()
    voucher = models.CharField(max_length=60)
    note = models.CharField(max_length=200, blank=True)
    day = models.DateField()
    transaction = models.UUIDField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ["pk"]


class Grant(models.Model):
    """One grant, as the coordination group decided it on a day, in the presence of members. uscc: the body's code, by which a
    second grant is refused. fen: decided; key_project: of the district pool (六). cancelled_on: before it was paid."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="grant")
    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="grants")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="grants")
    uscc = models.CharField(max_length=18)
    fen = models.PositiveBigIntegerField()
    key_project = models.BooleanField()
    decided_on = models.DateField()
    members = models.JSONField()
    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="+")
    cancelled_on = models.DateField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["uscc"], condition=models.Q(cancelled_on__isnull=True), name="training_grant_once"
            ),
            models.CheckConstraint(
                condition=models.Q(fen__gt=0) & ~models.Q(uscc=""), name="training_grant_whole"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.fen}"


class Purse(AppendOnlyModel):
    """An account of a grant in the books, which knows it by this row's uuid. use: of spent money."""

    class Place(models.TextChoices):
        COMMITTED = "committed", _("已决定，待拨付")
        HELD = "held", _("已拨付，未使用")
        SPENT = "spent", _("已使用")
        RETURNED = "returned", _("已退回")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="purses")
    place = models.CharField(max_length=10, choices=Place)
    use = models.CharField(max_length=12, choices=USES, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["grant", "place", "use"], name="training_purse_once"),
            models.CheckConstraint(
                condition=models.Q(place="spent") & ~models.Q(use="")
                | ~models.Q(place="spent") & models.Q(use=""),
                name="training_purse_use",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grant_id} {self.place} {self.use}".strip()


class Movement(AppendOnlyModel):
    """Money that the authority promised, paid, took back or let go. voucher: its number where there is one; transaction: of the
    books."""

    class Kind(models.TextChoices):
        COMMIT = "commit", _("列入资助")
        PAY = "pay", _("拨付")
        RETURN = "return", _("退回")
        RELEASE = "release", _("撤销，未拨付")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=10, choices=Kind)
    fen = models.PositiveBigIntegerField()
    day = models.DateField()
    voucher = models.CharField(max_length=60, blank=True)
    act = models.OneToOneField(Act, on_delete=models.PROTECT, related_name="+")
    transaction = models.UUIDField(unique=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="training_movement_some"),
            # 一次性: promised once, paid once.
            models.UniqueConstraint(
                fields=["grant", "kind"],
                condition=models.Q(kind__in=["commit", "pay", "release"]),
                name="training_movement_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grant_id} {self.kind} {self.fen}"


class Spend(AppendOnlyModel):
    """One voucher that the body reports: use, sum, to whom, when. note: what it was for. Its file stands with the act."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="spends")
    number = models.PositiveIntegerField()
    use = models.CharField(max_length=12, choices=USES)
    fen = models.PositiveBigIntegerField()
    payee = models.CharField(max_length=120)
    voucher = models.CharField(max_length=60)
    paid_on = models.DateField()
    note = models.CharField(max_length=200, blank=True)
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    act = models.OneToOneField(Act, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["grant", "number"], name="training_spend_number"),
            models.CheckConstraint(condition=models.Q(fen__gt=0), name="training_spend_some"),
        ]

    def __str__(self) -> str:
        return f"{self.grant_id} {self.number}"


class SpendStep(AppendOnlyModel):
    """What became of a reported voucher. booked: it counts, from then on; refused: "other" that was not agreed to; struck: it was
    wrong and counts no more. transaction: of the books."""

    class Kind(models.TextChoices):
        BOOKED = "booked", _("已列支")
        REFUSED = "refused", _("不同意列支")
        STRUCK = "struck", _("已冲正")

    spend = models.ForeignKey(Spend, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind)
    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="+")
    transaction = models.UUIDField(null=True, unique=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["spend", "kind"], name="training_spend_step_once"),
            models.CheckConstraint(
                condition=models.Q(kind="refused", transaction__isnull=True)
                | ~models.Q(kind="refused") & models.Q(transaction__isnull=False),
                name="training_spend_step_booked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.spend_id} {self.kind}"
