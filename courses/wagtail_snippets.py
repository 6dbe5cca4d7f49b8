"""The building stones editors choose from in a lesson: videos, questions, H5P contents."""

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from courses.h5p.models import H5PContent
from courses.media.models import CourseVideo
from courses.questions.models import Question
from courses.questions.rules import question_problems, read_lines, write_lines


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


class QuestionViewSet(SnippetViewSet):
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


class VideoViewSet(SnippetViewSet):
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


class H5PViewSet(SnippetViewSet):
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
register_snippet(MaterialGroup)
