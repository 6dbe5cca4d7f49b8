"""培训课程包 and targets (372号 三(一)): courses that a department puts together for a purpose, and how much a year is to
bring, broken down from the city to departments and districts.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.ids import uuid7


class BundleState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    CLOSED = "closed", _("已停用")


class Audience(models.TextChoices):
    """For whom training has contents of its own (沪工总研〔2020〕94号 二)."""

    MIGRANT = "migrant", _("农民工")
    TECHNICIAN = "technician", _("技师、高级技师")


class Part(models.TextChoices):
    """What such training contains besides the skill itself."""

    ETHICS = "ethics", _("职业道德")
    CRAFT = "craft", _("工匠精神")
    EMPLOYMENT = "employment", _("就业指导")
    TRENDS = "trends", _("行业和专业技术发展趋势")
    POLICY = "policy", _("高技能人才和社会保障等公共政策")
    MENTORING = "mentoring", _("带徒传技的方法和手段")


class Bundle(models.Model):
    """owner: the department (行业主管部门) in charge; guide: what it tells learners and hosts, plain text; audience: "" for
    everybody.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    owner = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    purpose = models.CharField(max_length=300)
    guide = models.TextField(blank=True)
    audience = models.CharField(max_length=12, choices=Audience, blank=True, default="")
    state = models.CharField(max_length=10, choices=BundleState, default=BundleState.DRAFT)
    published_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["year", "owner"], name="training_bundle_year"),
            models.Index(
                fields=["-year", "title", "id"],
                name="training_bundle_public",
                condition=models.Q(state="published"),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class BundleCourse(models.Model):
    """part: which of the contents that its audience needs the course is, as the department says; "" for none of them."""

    bundle = models.ForeignKey(Bundle, on_delete=models.CASCADE, related_name="courses")
    course = models.ForeignKey("courses.CoursePage", on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    part = models.CharField(max_length=12, choices=Part, blank=True, default="")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["bundle", "course"], name="training_bundle_course_once"),
        ]

    def __str__(self) -> str:
        return f"{self.bundle_id} {self.course_id}"


class Target(models.Model):
    """What a body is to bring in a year. parent: the target this one is a part of; without one it is the body's own, as
    the city's is. A body has at most one of its own, and one from each body above that gives it one: whoever is first
    keeps nobody else from theirs.

    kind: of courses that count for it (公需, 专业, 职业技能), "" for all of them; a body has the above once for each kind. person_times (人次):
    courses completed; centihours: hundredths of a 学时 given, null where none is set. Every change has its audit row with what
    stood before.
    """

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    year = models.PositiveSmallIntegerField()
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    body = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, blank=True, default="", db_default="")
    person_times = models.PositiveIntegerField()
    centihours = models.PositiveBigIntegerField(null=True)
    source = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["year", "body", "parent", "kind"],
                condition=models.Q(parent__isnull=False),
                name="training_target_part_once",
            ),
            models.UniqueConstraint(
                fields=["year", "body", "kind"],
                condition=models.Q(parent__isnull=True),
                name="training_target_own_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.body_id}"
