"""The forms of the board; services judge, forms only shape."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.accounts.api import User
from lms.lib.clock import today
from lms.lib.forms import DayField
from lms.training.access import authorities
from lms.training.board import queries
from lms.training.board.models import BY_PROCESS, LONGEST_BODY, LONGEST_REASON, LONGEST_TITLE, Kind
from lms.training.forms import body_field


class NarrowForm(forms.Form):
    """What the board's list is narrowed to."""

    q = forms.CharField(label=_("词语"), max_length=queries.LONGEST_WORDS, required=False)
    kind = forms.ChoiceField(label=_("种类"), required=False)
    authority = forms.ChoiceField(label=_("主管部门"), required=False)
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[
            ("", pgettext_lazy("公告", "全部")),
            ("current", pgettext_lazy("公告", "现行")),
            ("archived", pgettext_lazy("公告", "已归档")),
        ],
    )
    year = forms.ChoiceField(label=_("发布年份"), required=False)

    def __init__(self, asked: queries.Asked) -> None:
        year = str(asked.year or "")
        super().__init__(
            {
                "q": asked.words,
                "kind": asked.kind,
                "authority": asked.authority,
                "state": asked.state,
                "year": year,
            }
        )
        every: list[tuple[str, Any]] = [("", pgettext_lazy("公告", "全部"))]
        self.fields["kind"].choices = [*every, *Kind.choices]  # type: ignore[attr-defined]
        names = list(queries.posters().values_list("code", "name"))
        if asked.authority not in ("", *(code for code, _name in names)):
            names.append((asked.authority, asked.authority))
        self.fields["authority"].choices = [*every, *names]  # type: ignore[attr-defined]
        years = sorted({*range(today().year, today().year - 6, -1), *([asked.year] if asked.year else [])})
        self.fields["year"].choices = [*every, *((str(one), str(one)) for one in reversed(years))]  # type: ignore[attr-defined]


class PostForm(forms.Form):
    """A posting by hand: what no other room posts by itself."""

    kind = forms.ChoiceField(
        label=_("种类"), choices=[(kind.value, kind.label) for kind in Kind if kind not in BY_PROCESS]
    )
    title = forms.CharField(label=_("标题"), max_length=LONGEST_TITLE)
    body = forms.CharField(
        label=_("正文"), max_length=LONGEST_BODY, required=False, widget=forms.Textarea(attrs={"rows": 8})
    )
    url = forms.CharField(
        label=_("链接"), max_length=300, required=False, help_text=_("本站的地址，以“/”开头，例如 /plans/。")
    )
    last_day = DayField(
        label=_("现行到"), required=False, help_text=_("这一天以后归档，仍然查得到；不填就一直现行。")
    )
    field_order: tuple[str, ...] = ("authority", "kind", "title", "body", "url", "last_day")

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["authority"] = body_field(_("发布单位"), authorities(user))
        self.order_fields(self.field_order)


class CorrectForm(PostForm):
    """What the corrected posting says, and why. Of which kind it is and about what, stays."""

    reason = forms.CharField(label=_("更正的原因"), max_length=LONGEST_REASON)
    field_order = ("title", "body", "url", "last_day", "reason")

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(user, *args, **options)
        del self.fields["authority"], self.fields["kind"]


class DirectoryForm(forms.Form):
    """Which list an authority makes public as it stands today."""

    directory = forms.ChoiceField(
        label=_("名录或清单"),
        help_text=_("名录和清单按今天的情况列出，编号发布，代替现行的一份；从公告页打印，凭验证码核对。"),
    )

    def __init__(self, user: User, choices: list[tuple[str, Any]], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["directory"].choices = choices  # type: ignore[attr-defined]
        self.fields["authority"] = body_field(_("发布单位"), authorities(user))

    prefix = "directory"


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("撤回的原因"),
        max_length=LONGEST_REASON,
        help_text=_("撤回以后视为没有公告过；公告本身和原因仍然查得到。"),
    )
    prefix = "withdraw"
