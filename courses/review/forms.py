"""Forms of the review: what is typed by those who return, take away, copy and change many courses at once."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.pages import WagtailAdminPageForm
from wagtail.admin.widgets import AdminDateTimeInput
from wagtail.models import COMMENTS_RELATION_NAME

from courses.taxonomy import Sector
from lms.accounts.api import Organisation
from lms.lib.errors import Invalid
from lms.lib.forms import DayField

COMMENTS = frozenset({"comments", COMMENTS_RELATION_NAME})


class WordForm(forms.Form):
    """What Wagtail's screens ask for at a step. It names the hand-in that was looked at (decide.html fills it in): by the
    time it is sent, another may lie there."""

    handed_in = forms.IntegerField(widget=forms.HiddenInput)
    comment = forms.CharField(
        label=_("意见"), max_length=2000, required=False, widget=forms.Textarea({"rows": 3})
    )


class ReturnForm(WordForm):
    """Whoever returns a course says what is to be changed."""

    comment = forms.CharField(label=_("要改什么"), max_length=2000, widget=forms.Textarea({"rows": 3}))


class DecisionForm(forms.Form):
    comment = forms.CharField(
        label=_("意见"),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("退回时必须写明要改什么；也可以打开课程或课时，在具体字段上写批注。"),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由"), min_length=4, max_length=200)


class ContentForm(WagtailAdminPageForm):  # type: ignore[misc]  # Wagtail has no types
    """The form of a page in a course. Whoever only looks at it writes comments at its fields and changes nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        from courses.review.queries import only_reviews

        self.only_reviews = bool(self.instance.pk) and only_reviews(self.instance, self.for_user)
        if self.only_reviews:
            for field in self.fields.values():
                field.disabled = True

    def clean(self) -> dict[str, Any]:
        from courses.pages.models import PartOfCourse

        cleaned: dict[str, Any] = super().clean()
        if self.only_reviews and any(
            formset.has_changed() for name, formset in self.formsets.items() if name not in COMMENTS
        ):
            raise ValidationError(_("审核的人不改内容：在字段上写批注，退回修改。"))
        if not self.only_reviews:
            self._clean_provider(cleaned.get("provider"))
            self._clean_materials(cleaned.get("body"))
            page: Any = self.instance
            if issubclass(type(page), PartOfCourse):
                # A part has no days of its own; one from before it was so goes with the next draft.
                page.go_live_at = page.expire_at = None
        return cleaned

    def _clean_materials(self, body: Any) -> None:
        from courses.permissions import shows_strange_materials

        if body is not None and shows_strange_materials(self.for_user, body, self.instance.body):
            sentence = _("这一课时用到了别的机构的题目、视频、H5P 或外来课件。只能用本机构的，请换掉再保存。")
            self.add_error(None, sentence)

    def _clean_provider(self, provider: Organisation | None) -> None:
        if provider is None or not self.instance.pk or self.for_user.is_superuser:
            return
        from courses.review.checks import require_provider

        # The draft may name another already.
        row = type(self.instance).objects.select_related("provider").get(pk=self.instance.pk)
        try:
            require_provider(row, provider)
        except Invalid as refusal:
            self.add_error("provider", str(refusal.message))


class CopyForm(forms.Form):
    title = forms.CharField(label=_("课程名称"), max_length=200)
    code = forms.SlugField(
        label=_("课程代码"), max_length=60, help_text=_("小写字母、数字和短横，别的课程没有用过的。")
    )


class FactsForm(forms.Form):
    """What may be set for many courses in one act; what stays empty is left as each course has it."""

    sector = forms.ChoiceField(label=_("行业"), choices=[("", _("不改")), *Sector.choices], required=False)
    department = forms.CharField(label=_("行业主管部门"), max_length=100, required=False)
    year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2100, required=False)
    go_live_at = forms.DateTimeField(label=_("定时发布"), required=False, widget=AdminDateTimeInput)
    expire_at = forms.DateTimeField(label=_("停止报名"), required=False, widget=AdminDateTimeInput)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not any(given.values()):
            raise ValidationError(_("请至少填一项要改的。"))
        start, end = given.get("go_live_at"), given.get("expire_at")
        if start and end and end <= start:
            raise ValidationError({"expire_at": _("停止报名要晚于定时发布。")})
        return given


class OneStepForm(forms.Form):
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("机构"))
    since = DayField(label=_("自"))
    until = DayField(label=_("至"), required=False, help_text=_("不填就一直有效，可以随时结束。"))
    reason = forms.CharField(label=_("理由"), min_length=4, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = Organisation.objects.filter(status=Organisation.Status.ACTIVE).order_by("name")
        cast(forms.ModelChoiceField, self.fields["organisation"]).queryset = offered
