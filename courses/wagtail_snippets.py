"""The building stones editors choose from in a lesson: videos, questions, H5P contents; each sees their own
organisations' (permissions.py), since questions come with their answers.
"""

from pathlib import PurePath
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views import chooser
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from courses.h5p.models import H5PContent
from courses.media.models import CourseVideo
from courses.packs import sniff
from courses.pages.models import CoursePage
from courses.permissions import CONTENTS, MATERIALS, QUESTIONS, VIDEOS, OwnMaterials
from courses.questions.models import Question
from courses.questions.rules import question_problems, read_lines, write_lines
from lms.accounts.api import User, organisations_for
from lms.lib.errors import NotAllowed

POLICIES: dict[type[Model], OwnMaterials] = {policy.model: policy for policy in (QUESTIONS, VIDEOS, CONTENTS)}


@hooks.register("before_edit_snippet")
def guard_edit(request: HttpRequest, instance: Model) -> None:
    policy = POLICIES.get(type(instance))
    if policy and not policy.user_has_permission_for_instance(request.user, "change", instance):
        raise NotAllowed(_("只有素材所属单位的课程编辑和教师可以修改它。"))


@hooks.register("before_delete_snippet")
def guard_delete(request: HttpRequest, instances: list[Model]) -> None:
    for instance in instances:
        guard_edit(request, instance)


class _Own:
    """Choosing among one's own: the list, and each that is named by number."""

    request: HttpRequest
    model_class: type[Model]

    def get_object_list(self) -> QuerySet[Any]:
        return POLICIES[self.model_class].own(self.request.user)

    def get_object(self, pk: Any) -> Model:
        found: Model = self.get_object_list().get(pk=pk)
        return found

    def get_objects(self, pks: list[Any]) -> QuerySet[Any]:
        return self.get_object_list().filter(pk__in=pks)


class OwnChooseView(_Own, chooser.ChooseView):
    pass


class OwnChooseResultsView(_Own, chooser.ChooseResultsView):
    pass


class OwnChosenView(_Own, chooser.SnippetChosenView):
    pass


class OwnChosenMultipleView(_Own, chooser.SnippetChosenMultipleView):
    pass


class OwnChooserViewSet(chooser.SnippetChooserViewSet):
    choose_view_class = OwnChooseView
    choose_results_view_class = OwnChooseResultsView
    chosen_view_class = OwnChosenView
    chosen_multiple_view_class = OwnChosenMultipleView


class OwnViewSet(SnippetViewSet):
    chooser_viewset_class = OwnChooserViewSet

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return POLICIES[self.model].own(request.user)


class QuestionForm(WagtailAdminModelForm):
    """Options and answers as lines a teacher can type; the JSON behind them is never seen."""

    lines = forms.CharField(
        label=_("选项或答案"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "选择题与判断题：每行一个选项，正确的以 * 开头。填空题：每行一个空，可接受的写法用 | 分开。"
        ),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        course = self.fields.get("course")
        if isinstance(course, forms.ModelChoiceField) and not self.for_user.is_superuser:
            course.queryset = CoursePage.objects.filter(
                provider__in=organisations_for(self.for_user, *MATERIALS)
            )
        if self.instance.pk:
            self.fields["lines"].initial = write_lines(
                self.instance.kind, self.instance.options, self.instance.answer
            )

    def clean(self) -> dict[str, object]:
        cleaned = super().clean()
        kind, lines = cleaned.get("kind"), cleaned.get("lines")
        if kind and lines:
            options, answer = read_lines(kind, lines)
            for problem in question_problems(kind, options, answer):
                self.add_error("lines", problem)
            self.instance.options, self.instance.answer = options, answer
        return cleaned


def _belongs(file: Any, kinds: dict[str, frozenset[str]]) -> bool:
    """Whether a file is what its name says, by its first bytes."""
    head = file.read(sniff.HEAD_BYTES)
    file.seek(0)
    kind = sniff.kind_of(head)
    extension = PurePath(file.name or "").suffix.lower().removeprefix(".")
    return kind in kinds and extension in kinds[kind]


def _kinds(names: frozenset[str]) -> dict[str, frozenset[str]]:
    return {name: frozenset(sniff.TYPES[name][1]) for name in names}


class VideoForm(WagtailAdminModelForm):
    """A video for one's own organisation; files are what a pack may bring, since both stand at a public address."""

    for_user: User

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields.get("organisation")
        if isinstance(owner, forms.ModelChoiceField) and not self.for_user.is_superuser:
            owner.queryset = organisations_for(self.for_user, *MATERIALS)
            owner.required = True

    def clean(self) -> dict[str, object]:
        cleaned: dict[str, object] = super().clean()
        for name, kinds in (("file", sniff.VIDEOS), ("poster", sniff.IMAGES - {"svg"})):
            if name in self.changed_data and cleaned.get(name) and not _belongs(cleaned[name], _kinds(kinds)):
                self.add_error(name, _("这个文件的内容和类型不符，或不是可以用的类型。"))
        return cleaned


class QuestionViewSet(OwnViewSet):
    model = Question
    icon = "help"
    menu_label = _("题库")
    list_display = ["key", "stem", "kind", "course"]
    list_filter = ["kind", "course"]
    search_fields = ["stem", "key"]
    list_per_page = 30
    panels = [
        FieldPanel("course"),
        MultiFieldPanel([FieldPanel("key"), FieldPanel("kind"), FieldPanel("points")], heading=_("题目")),
        FieldPanel("stem"),
        FieldPanel("lines"),
        FieldPanel("explanation"),
    ]


class VideoViewSet(OwnViewSet):
    model = CourseVideo
    icon = "media"
    menu_label = _("视频")
    list_display = ["title", "organisation", "created_at"]
    list_filter = ["organisation"]
    search_fields = ["title"]
    list_per_page = 30
    panels = [
        FieldPanel("title"),
        FieldPanel("file"),
        FieldPanel("poster"),
        FieldPanel("duration_ms"),
        FieldPanel("transcript"),
        FieldPanel("organisation"),
    ]


class H5PViewSet(OwnViewSet):
    model = H5PContent
    icon = "pick"
    menu_label = _("H5P")
    list_display = ["title", "main_library", "organisation", "created_at"]
    search_fields = ["title", "main_library"]
    list_per_page = 30
    panels = [FieldPanel("title")]


class MaterialGroup(SnippetViewSetGroup):
    menu_label = _("课程素材")
    menu_icon = "folder-open-inverse"
    menu_order = 250
    items = (QuestionViewSet, VideoViewSet, H5PViewSet)


Question.base_form_class = QuestionForm  # type: ignore[attr-defined]
CourseVideo.base_form_class = VideoForm  # type: ignore[attr-defined]
register_snippet(MaterialGroup)
