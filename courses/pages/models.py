"""The pages of what can be studied: home, catalogue, course, chapter, lesson.

Owns: what editors write and visitors read. Refuses: learners' state, which learning registers (panel.py), and
serving a lesson to learners, who study a release.
"""

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import CommentPanel, FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Orderable, Page

from courses.blocks import LessonBody
from courses.review.forms import ContentForm
from courses.taxonomy import Kind, Level, Mode, QuizRule, Sector, Theme
from lms.lib.ids import uuid7

if TYPE_CHECKING:
    from courses.releases.models import Release

OCCUPATION_CODE = RegexValidator(r"^[1-8]-\d{2}-\d{2}-\d{2}$", _("职业代码的格式是 6-31-01-03。"))


@dataclass(frozen=True)
class Found:
    """A course's newest release and what one can do after it, fetched together with its page."""

    release: "Release"
    outcomes: "list[CourseOutcome]"


class InCourse:
    """What a course, its chapters and lessons share: they are published together, after review (courses/review)."""

    # Whoever only looks at it cannot write (review/forms.py).
    base_form_class = ContentForm

    @property
    def preview_sizes(self) -> list[dict[str, Any]]:
        """First the phone that most learners have."""
        return [
            {"name": "phone", "icon": "mobile-alt", "device_width": 360, "label": _("手机")},
            {"name": "desktop", "icon": "desktop", "device_width": 1280, "label": _("电脑")},
        ]

    def permissions_for_user(self, user: Any) -> Any:
        from courses.review.permissions import CoursePagePermissions

        return CoursePagePermissions(user, self)

    @property
    def current_workflow_task(self) -> Any:
        """Wagtail's, which looks the step up again for each row of a list."""
        from courses.review.queries import task_of

        return task_of(self)  # type: ignore[arg-type]

    def get_workflow(self) -> Any:
        """Only a course is handed in, with all that is in it."""
        return None

    @property
    def has_workflow(self) -> bool:
        return self.get_workflow() is not None


class PartOfCourse(InCourse):
    """A chapter or a lesson. It has no day of its own: the whole course is published, and after review."""

    settings_panels = [CommentPanel()]

    def get_lock(self) -> Any:
        from courses.review.permissions import lock_of

        return super().get_lock() or lock_of(self)  # type: ignore[misc,arg-type]


def _withdrawn() -> models.BooleanField:
    """In the tree for editors, and taken away from learners with the next release."""
    return models.BooleanField(
        _("下一版移出"),
        default=False,
        help_text=_("勾选以后，下一次发布时从课程里移出；正在学习的人不受影响。"),
    )


class HomePage(Page):
    template = "courses/home.html"
    max_count = 1
    subpage_types = ["courses.CataloguePage"]

    class Meta:
        verbose_name = _("首页")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from courses.pages.queries import home_context

        return super().get_context(request, *args, **kwargs) | home_context(request)


class CataloguePage(Page):
    template = "courses/catalogue.html"
    max_count = 1
    parent_page_types = ["courses.HomePage"]
    subpage_types = ["courses.CoursePage"]

    class Meta:
        verbose_name = _("课程目录")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from courses.pages.queries import catalogue_context

        return super().get_context(request, *args, **kwargs) | catalogue_context(request)


class CoursePage(InCourse, Page):
    template = "courses/course.html"
    parent_page_types = ["courses.CataloguePage"]
    subpage_types = ["courses.ChapterPage"]
    # The staff's list shows chapters, and lessons below, in the order in which they are studied.
    admin_default_ordering = "ord"

    # A copy is a course of its own; what it is called it gets when it is saved.
    exclude_fields_in_copy = ["uuid", "code"]

    # Set where the page was fetched together with what it shows (http.py); not a field.
    found_with: "Found | None" = None

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    code = models.SlugField(_("课程代码"), max_length=60, unique=True)
    kind = models.CharField(_("类别"), max_length=12, choices=Kind)
    theme = models.CharField(_("主题"), max_length=20, choices=Theme, blank=True)
    year = models.PositiveSmallIntegerField(_("年度"))
    sector = models.CharField(_("行业"), max_length=30, choices=Sector, blank=True)
    # 372号 三(一): specialty subjects are organised by the department in charge of the sector.
    department = models.CharField(
        _("行业主管部门"), max_length=100, blank=True, help_text=_("专业科目送审以前须写明。")
    )
    occupation_code = models.CharField(_("职业代码"), max_length=12, blank=True, validators=[OCCUPATION_CODE])
    occupation_level = models.PositiveSmallIntegerField(_("技能等级"), choices=Level, null=True, blank=True)
    centihours = models.PositiveIntegerField(_("核定学时（百分之一学时）"))
    provider = models.ForeignKey(
        "accounts.Organisation", verbose_name=_("开课单位"), on_delete=models.PROTECT, related_name="courses"
    )
    mode = models.CharField(_("方式"), max_length=10, choices=Mode, default=Mode.ONLINE)
    language = models.CharField(_("授课语言"), max_length=12, default="zh-Hans")
    summary = models.TextField(_("一句话介绍"), max_length=300)
    description = RichTextField(_("介绍"), blank=True)
    audience = models.CharField(_("适合谁"), max_length=300, blank=True)
    licence = models.CharField(_("许可"), max_length=60, blank=True)
    authors = models.JSONField(_("作者"), default=list, blank=True)
    cover = models.ForeignKey(
        "courses.CourseImage",
        verbose_name=_("封面"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    min_coverage_percent = models.PositiveSmallIntegerField(_("须学完内容的比例（%）"), default=90)
    quiz_rule = models.CharField(_("测验要求"), max_length=12, choices=QuizRule, default=QuizRule.ALL_PASSED)

    content_panels = [
        *Page.content_panels,
        MultiFieldPanel(
            [
                FieldPanel("code"),
                FieldPanel("kind"),
                FieldPanel("theme"),
                FieldPanel("year"),
                FieldPanel("sector"),
                FieldPanel("department"),
                FieldPanel("occupation_code"),
                FieldPanel("occupation_level"),
                FieldPanel("mode"),
                FieldPanel("provider"),
            ],
            heading=_("归类"),
        ),
        FieldPanel("summary"),
        FieldPanel("description"),
        FieldPanel("audience"),
        InlinePanel("outcomes", heading=_("学完能做什么"), label=_("一条")),
        FieldPanel("cover"),
        MultiFieldPanel(
            [FieldPanel("centihours"), FieldPanel("min_coverage_percent"), FieldPanel("quiz_rule")],
            heading=_("学时与完成条件"),
        ),
        MultiFieldPanel([FieldPanel("language"), FieldPanel("licence")], heading=_("版权")),
    ]

    class Meta:
        verbose_name = _("课程")

    def clean(self) -> None:
        super().clean()
        # 372号 三(一): specialty subjects belong to a sector and its department.
        if self.kind == Kind.SPECIALTY and not self.sector:
            raise ValidationError({"sector": _("专业科目须选择所属行业。")})
        if self.min_coverage_percent > 100:
            raise ValidationError({"min_coverage_percent": _("比例不能超过 100%。")})

    def save(self, *args: Any, **kwargs: Any) -> Any:
        # Editors must give a code (the form demands it); only a copy comes without one.
        self.code = self.code or f"copy-{secrets.token_hex(4)}"
        return super().save(*args, **kwargs)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from courses.pages.queries import course_context

        return super().get_context(request, *args, **kwargs) | course_context(request, self)

    def get_workflow(self) -> Any:
        from courses.review.queries import course_workflow

        return course_workflow()


class CourseOutcome(Orderable):
    page = ParentalKey(CoursePage, on_delete=models.CASCADE, related_name="outcomes")
    text = models.CharField(_("学完能做什么"), max_length=200)

    def __str__(self) -> str:
        return self.text


class ChapterPage(PartOfCourse, Page):
    parent_page_types = ["courses.CoursePage"]
    subpage_types = ["courses.LessonPage"]
    admin_default_ordering = "ord"
    # Who may study a course may study all of it: who may see it is said of the course.
    private_page_options: list[str] = []

    withdrawn = _withdrawn()

    content_panels = [*Page.content_panels, FieldPanel("withdrawn")]

    class Meta:
        verbose_name = _("章")

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect(self.get_parent().get_url(request))


class LessonPage(PartOfCourse, Page):
    template = "courses/lesson_preview.html"
    parent_page_types = ["courses.ChapterPage"]
    subpage_types: list[str] = []
    private_page_options: list[str] = []

    exclude_fields_in_copy = ["key"]

    # The lesson's identity across releases and pack versions.
    key = models.CharField(_("课时标识"), max_length=80, blank=True)
    body = StreamField(LessonBody(), verbose_name=_("内容"), blank=True)
    withdrawn = _withdrawn()

    content_panels = [*Page.content_panels, FieldPanel("body"), FieldPanel("withdrawn")]

    class Meta:
        verbose_name = _("课时")

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        self.key = self.key or str(uuid7())
        super().full_clean(*args, **kwargs)

    def save(self, *args: Any, **kwargs: Any) -> Any:
        # Below a copied page Wagtail saves without full_clean.
        self.key = self.key or str(uuid7())
        return super().save(*args, **kwargs)

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect(self.get_parent().get_parent().get_url(request))

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from courses.pages.preview import as_learners_see

        return super().get_context(request, *args, **kwargs) | as_learners_see(self)
