"""The building stones editors choose from in a lesson: videos, questions, H5P contents; each sees their own
organisations' (permissions.py), since questions come with their answers.
"""

from pathlib import PurePath
from typing import Any, cast

from django import forms
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views import chooser
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from courses.activities.models import ContentPackage
from courses.h5p.models import H5PContent
from courses.media import captions
from courses.media.models import CourseVideo
from courses.media.queries import state_of
from courses.media.rules import read_chapters, write_chapters
from courses.media.services import ask
from courses.packs import sniff
from courses.pages.models import CoursePage
from courses.permissions import CONTENTS, MATERIALS, PACKAGES, QUESTIONS, VIDEOS, OwnMaterials
from courses.questions.models import Question
from courses.questions.rules import question_problems, read_lines, write_lines
from courses.review.services import require_open
from courses.review.shown import require_unshown
from courses.storage.forms import AsksForRoom
from lms.accounts.api import Organisation, User, actor, organisations_for
from lms.lib.errors import NotAllowed
from themes.numbers import duration

POLICIES: dict[type[Model], OwnMaterials] = {
    policy.model: policy for policy in (QUESTIONS, VIDEOS, CONTENTS, PACKAGES)
}


@hooks.register("before_edit_snippet")
def guard_edit(request: HttpRequest, instance: Model) -> None:
    policy = POLICIES.get(type(instance))
    if policy and not policy.user_has_permission_for_instance(request.user, "change", instance):
        raise NotAllowed(_("只有素材所属单位的课程编辑和教师可以修改它。"))
    if isinstance(instance, Question) and request.method == "POST":
        # What a course asks is looked at with it.
        require_open(instance.course)
    if isinstance(instance, (CourseVideo, H5PContent)) and request.method == "POST":
        require_unshown(instance)


@hooks.register("before_delete_snippet")
def guard_delete(request: HttpRequest, instances: list[Model]) -> None:
    for instance in instances:
        guard_edit(request, instance)


@hooks.register("after_create_snippet")
@hooks.register("after_edit_snippet")
def have_it_made(request: HttpRequest, instance: Model) -> None:
    if isinstance(instance, CourseVideo) and isinstance(request.user, User):
        ask(instance, actor(request.user))


def write_captions(video: CourseVideo, form: "VideoForm") -> None:
    """What the form says of captions, once the film is there."""
    who, said = actor(form.for_user), form.cleaned_data
    captions.drop_captions(video, said.get("caption_drop") or [], who)
    if form.caption is not None:
        captions.set_caption(video, said["caption_language"], form.caption, who)


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


class OwnFilters(WagtailFilterSet):  # type: ignore[misc]  # Wagtail has no types
    """Filters by one's own courses and organisations: the drafts of others have titles, too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = organisations_for(self.request.user, *MATERIALS)
        if course := self.filters.get("course"):
            course.label, course.queryset = _("课程"), CoursePage.objects.filter(provider__in=own)
        if organisation := self.filters.get("organisation"):
            organisation.label, organisation.queryset = _("开课单位"), own


class QuestionFilters(OwnFilters):
    class Meta:
        model = Question
        fields = ["kind", "course"]


class VideoFilters(OwnFilters):
    class Meta:
        model = CourseVideo
        fields = ["organisation"]


# The names of columns whose fields have none.
WHOSE = Column("organisation", label=_("开课单位"), sort_key="organisation")
MADE = DateColumn("created_at", label=_("创建时间"), sort_key="created_at")


class OwnViewSet(SnippetViewSet):
    chooser_viewset_class = OwnChooserViewSet

    # What the rows of the list name besides themselves.
    beside: tuple[str, ...] = ("organisation",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return POLICIES[self.model].own(request.user).select_related(*self.beside)


class QuestionForm(WagtailAdminModelForm):
    """Options and answers as lines a teacher can type; the JSON behind them is never seen."""

    lines = forms.CharField(
        label=_("选项或答案"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "选择题与判断题：每行一个选项，正确的以 * 开头。填空题：每行一个空，可接受的写法用 | 分开。"
            "数值题：每行一个可接受的数，允许的误差写在 ± 后面，例如 220 ± 5。"
            "配对题：每行一对，左右用 | 分开；只有右边的行（以 | 开头）是干扰项。"
            "排序题：每行一项，按正确的先后顺序写。"
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


class VideoForm(AsksForRoom, WagtailAdminModelForm):
    """A video for one's own organisation; files are what a pack may bring, since both stand at a public address. How long
    it is, is read from the file.
    """

    for_user: User
    marks = forms.CharField(
        label=_("章节"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("每行一个：开始时间和名称，例如「02:30 验电」。"),
    )
    caption_language = forms.ChoiceField(
        label=_("字幕语言"), required=False, choices=[("", "—"), *captions.LANGUAGES.items()]
    )
    caption_file = forms.FileField(
        label=_("字幕文件"),
        required=False,
        help_text=_("WebVTT（.vtt）或 SRT（.srt）。同一语言再上传一次，就替换原来的；已发布的课时不变。"),
    )
    caption_drop = forms.MultipleChoiceField(
        label=_("已有的字幕，勾选就移除"), required=False, widget=forms.CheckboxSelectMultiple
    )
    # The file of captions as WebVTT, once it was judged.
    caption: bytes | None = None

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields.get("organisation")
        if isinstance(owner, forms.ModelChoiceField) and not self.for_user.is_superuser:
            owner.queryset = organisations_for(self.for_user, *MATERIALS)
            owner.required = True
        if self.instance.pk:
            self.fields["marks"].initial = write_chapters(self.instance.chapters)
            there = self.instance.captions.order_by("id").values_list("language", "label")
            cast(forms.MultipleChoiceField, self.fields["caption_drop"]).choices = list(there)

    def clean(self) -> dict[str, object]:
        cleaned: dict[str, object] = super().clean() or self.cleaned_data
        for name, kinds in (("file", sniff.PLAYED), ("poster", sniff.IMAGES - {"svg"})):
            if name in self.changed_data and cleaned.get(name) and not _belongs(cleaned[name], _kinds(kinds)):
                self.add_error(name, _("这个文件的内容和类型不符，或不是可以用的类型。"))
        if "file" in self.changed_data and "file" not in self.errors and cleaned.get("file"):
            self._measure(cleaned["file"])
        chapters, wrong = read_chapters(str(cleaned.get("marks") or ""), self.instance.duration_ms or 0)
        if wrong:
            self.add_error(
                "marks", _("看不懂这一行，或它的时间不在顺序里、超出了时长：%(line)s") % {"line": wrong[:80]}
            )
        self.instance.chapters = chapters
        self._judge_captions(cleaned)
        return cleaned

    def whose(self) -> Organisation | None:
        found: Organisation | None = self.cleaned_data.get("organisation")
        return found

    def _judge_captions(self, cleaned: dict[str, Any]) -> None:
        file, language = cleaned.get("caption_file"), cleaned.get("caption_language")
        if file and not language:
            self.add_error("caption_language", _("请选择这份字幕的语言。"))
        elif language and not file and "caption_file" not in self.errors:
            self.add_error("caption_file", _("请选择字幕文件。"))
        elif file:
            data = file.read(captions.MOST_BYTES + 1)
            self.caption = captions.readable(data)
            if self.caption is not None and (wrong := captions.wrong_cue(data)):
                self.add_error("caption_file", wrong)
            if self.caption is None:
                self.add_error("caption_file", _("读不出字幕。请上传 WebVTT 或 SRT 文件，不超过 2 MB。"))

    def save(self, commit: bool = True) -> CourseVideo:
        with transaction.atomic():
            video: CourseVideo = super().save(commit)
            if commit:
                write_captions(video, self)
        return video

    def _measure(self, file: Any) -> None:
        kind = sniff.kind_of(file.read(sniff.HEAD_BYTES))
        length = sniff.video_duration_ms(file, kind, file.size)
        file.seek(0)
        if length is None:
            self.add_error("file", _("读不出这个文件的时长。请换成标准的 MP4（H.264）或 MP3。"))
            return
        self.instance.duration_ms, self.instance.sound = length, kind == "mp3"


class LengthPanel(FieldPanel):  # type: ignore[misc]  # Wagtail has no types
    """How long a film is, as people say it; a new one has no length before its file was read."""

    def format_value_for_display(self, value: int | None) -> str:
        return str(_("保存以后从文件里读出")) if value is None else duration(value)


class QuestionViewSet(OwnViewSet):
    model = Question
    icon = "help"
    menu_label = _("题库")
    beside = ("course",)
    list_display = ["key", "stem", "kind", Column("course", label=_("课程"), sort_key="course")]
    filterset_class = QuestionFilters
    search_fields = ["stem", "key"]
    list_per_page = 30
    panels = [
        FieldPanel("course", heading=_("课程")),
        MultiFieldPanel([FieldPanel("key"), FieldPanel("kind"), FieldPanel("points")], heading=_("题目")),
        FieldPanel("stem"),
        FieldPanel("lines"),
        FieldPanel("explanation"),
    ]


class VideoViewSet(OwnViewSet):
    model = CourseVideo
    icon = "media"
    menu_label = _("视频与音频")
    list_display = [
        "title",
        WHOSE,
        Column("state", label=_("处理"), accessor=state_of),
        MADE,
    ]
    filterset_class = VideoFilters
    search_fields = ["title"]
    list_per_page = 30
    panels = [
        FieldPanel("title"),
        FieldPanel("file"),
        FieldPanel("poster"),
        LengthPanel("duration_ms", heading=_("时长"), read_only=True),
        MultiFieldPanel(
            [FieldPanel("caption_language"), FieldPanel("caption_file"), FieldPanel("caption_drop")],
            heading=_("字幕"),
        ),
        FieldPanel("transcript"),
        FieldPanel("marks"),
        FieldPanel("offline"),
        FieldPanel("organisation", heading=_("开课单位")),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("ladders__job")


class H5PViewSet(OwnViewSet):
    model = H5PContent
    icon = "pick"
    menu_label = _("H5P")
    list_display = [
        "title",
        Column("main_library", label=_("内容类型"), sort_key="main_library"),
        WHOSE,
        MADE,
    ]
    search_fields = ["title", "main_library"]
    list_per_page = 30
    panels = [FieldPanel("title")]


class PackageViewSet(OwnViewSet):
    model = ContentPackage
    icon = "media"
    menu_label = _("外来课件")
    list_display = [
        "title",
        Column("kind", label=_("类型"), accessor="get_kind_display", sort_key="kind"),
        Column("version", label=_("版本")),
        WHOSE,
        DateColumn("installed_at", label=_("导入时间"), sort_key="installed_at"),
    ]
    search_fields = ["title"]
    list_per_page = 30
    panels = [FieldPanel("title")]


class MaterialGroup(SnippetViewSetGroup):
    menu_label = _("课程素材")
    menu_icon = "folder-open-inverse"
    menu_order = 250
    items = (QuestionViewSet, VideoViewSet, H5PViewSet, PackageViewSet)


Question.base_form_class = QuestionForm  # type: ignore[attr-defined]
CourseVideo.base_form_class = VideoForm  # type: ignore[attr-defined]
register_snippet(MaterialGroup)
