"""Our side as a platform: the tools of organisations, what they were launched with, and what they told.

Owns: registrations, the pseudonym a person has with each tool, launches (used once), links, line items, scores. Refuses:
scores that change: a later one is a further row.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.appendonly import ErasableModel
from lms.lib.ids import uuid7

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"


class Scope(models.TextChoices):
    """What a tool's token may be asked for (AGS 2.0, 3.1.1 to 3.4.1; NRPS 2.0, 2.3)."""

    LINE_ITEMS = f"{AGS}lineitem", _("管理成绩栏")
    LINE_ITEMS_READ = f"{AGS}lineitem.readonly", _("查看成绩栏")
    RESULTS = f"{AGS}result.readonly", _("查看成绩")
    SCORES = f"{AGS}score", _("报送成绩")
    MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly", _("查看学员名单")


class LtiTool(models.Model):
    """A program of an organisation's that opens in its courses. redirect_uris: where tokens may be sent, exactly these.
    public_keys: its JWKS where it has no address of one.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("待启用")
        ON = "on", _("使用中")
        OFF = "off", _("已停用")

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("名称"), max_length=120)
    client_id = models.CharField(max_length=40, unique=True)
    deployment_id = models.CharField(max_length=40)
    login_url = models.CharField(max_length=500)
    target_url = models.CharField(max_length=500)
    deep_link_url = models.CharField(max_length=500, blank=True)
    redirect_uris = models.JSONField(default=list)
    jwks_url = models.CharField(max_length=500, blank=True)
    public_keys = models.JSONField(default=dict)
    scopes = models.JSONField(default=list)
    # The organisation lets the tool ask for names; each person still says yes or no.
    asks_names = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State, default=State.ON)
    state_reason = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("外部工具")
        verbose_name_plural = _("外部工具")

    def __str__(self) -> str:
        return self.name

    @property
    def scope_names(self) -> list[str]:
        return [str(Scope(scope).label) for scope in self.scopes if scope in Scope.values]


class LtiInvitation(models.Model):
    """One dynamic registration that an organisation's administrator asked for."""

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.expires_at:%Y-%m-%d %H:%M}"


class LtiSubject(models.Model):
    """What a tool calls a person: a name of its own for each tool, so that two tools cannot compare. named: whether the
    person lets it have their name; None while nobody asked.
    """

    tool = models.ForeignKey(LtiTool, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sub = models.CharField(max_length=40)
    named = models.BooleanField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tool", "person"], name="learning_lti_subject_once"),
            models.UniqueConstraint(fields=["tool", "sub"], name="learning_lti_sub_once"),
        ]

    def __str__(self) -> str:
        return self.sub


class LtiLink(models.Model):
    """A place in a course that opens a tool: the resource link. The same block in a later release is the same link."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    tool = models.ForeignKey(LtiTool, on_delete=models.PROTECT, related_name="+")
    course = models.ForeignKey("courses.CoursePage", on_delete=models.PROTECT, related_name="+")
    block = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tool", "course", "block"], name="learning_lti_link_once")
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class LtiLaunch(models.Model):
    """One opening of a tool by one person, good for a few minutes and one token. content: what its message says of the place
    or of the deep linking asked for. items: what the tool chose; taken_at: when its chooser put that into a lesson.
    """

    class Kind(models.TextChoices):
        RESOURCE = "resource"
        DEEP_LINKING = "deep"

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    hint = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=8, choices=Kind)
    tool = models.ForeignKey(LtiTool, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    link = models.ForeignKey(LtiLink, on_delete=models.PROTECT, null=True, related_name="+")
    lesson = models.ForeignKey("courses.LessonPage", on_delete=models.SET_NULL, null=True, related_name="+")
    content = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    items = models.JSONField(default=list)
    taken_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.uuid)


class LtiLineItem(models.Model):
    """A column of scores that a tool keeps in a course (AGS 2.0, 2.2). What is removed keeps its rows and is not told."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    tool = models.ForeignKey(LtiTool, on_delete=models.PROTECT, related_name="+")
    course = models.ForeignKey("courses.CoursePage", on_delete=models.PROTECT, related_name="+")
    link = models.ForeignKey(LtiLink, on_delete=models.PROTECT, null=True, related_name="+")
    # The column that a deep-linked item brought: made with its link, once.
    of_link = models.OneToOneField(LtiLink, on_delete=models.PROTECT, null=True, related_name="+")
    label = models.CharField(max_length=255)
    maximum = models.DecimalField(max_digits=12, decimal_places=4)
    resource_id = models.CharField(max_length=255, blank=True)
    tag = models.CharField(max_length=255, blank=True)
    made_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tool", "course"], name="learning_lti_line_items")]

    def __str__(self) -> str:
        return self.label


class LtiScore(ErasableModel):
    """What a tool said of a person's work: evidence, and no study time. at: the tool's own moment; given and maximum as it
    wrote them, None where it gave none.
    """

    blank = {"comment": ""}

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    line_item = models.ForeignKey(LtiLineItem, on_delete=models.PROTECT, related_name="scores")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    enrolment = models.ForeignKey("learning.Enrolment", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    given = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    maximum = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    activity = models.CharField(max_length=20)
    grading = models.CharField(max_length=20)
    comment = models.TextField(blank=True)
    stored_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line_item", "person", "at"], name="learning_lti_score_once")
        ]

    def __str__(self) -> str:
        return f"{self.given}/{self.maximum}"


class LtiToken(models.Model):
    """A tool's access to our services: an hour, some scopes; kept as a keyed hash."""

    tool = models.ForeignKey(LtiTool, on_delete=models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.tool_id} {self.expires_at:%Y-%m-%d %H:%M}"
