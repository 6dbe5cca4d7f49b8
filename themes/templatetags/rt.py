"""Template tags of every page: `{% load rt %}`. Listed with examples in themes/README.md."""

from collections.abc import Mapping
from copy import copy
from functools import lru_cache, partial
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, RadioSelect
from django.http import HttpRequest, QueryDict
from django.template import RequestContext
from django.template.loader import get_template
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from lms.lib import citations
from themes import covers, facets, names, numbers
from themes.icons import ICONS
from themes.numbers import percent, whole

register = template.Library()


# --- numbers ---------------------------------------------------------------------------------------------

register.filter("centi", numbers.centi)
register.filter("fen", numbers.fen)
register.filter("minutes", numbers.minutes)
register.filter("seconds", numbers.seconds)
register.filter("duration", numbers.duration)
register.filter("spoken_duration", numbers.spoken_duration)
register.filter("spoken_duration_short", numbers.spoken_duration_short)
register.filter("percent", numbers.percent)

# --- names of codes --------------------------------------------------------------------------------------


for _field in ("kind", "sector", "theme", "mode", "level"):
    register.filter(f"{_field}_name", partial(names.name_of, _field))


@register.filter
def kind_note(value: Any) -> str:
    """What a kind of course is, in one sentence."""
    return str(names.KIND_NOTES.get(str(value), ""))


@register.filter
def cited(text: Any) -> SafeString:
    """A text whose document numbers (文号) lead to the policy library."""
    said = str(text)
    library = reverse("policies:number")
    parts, end = [], 0
    for start, stop, number in citations.cited(said):
        address = f"{library}?{urlencode({'n': number})}"
        parts += [escape(said[end:start]), format_html('<a href="{}">{}</a>', address, said[start:stop])]
        end = stop
    return mark_safe("".join([*parts, escape(said[end:])]))  # noqa: S308 - each part is escaped


# --- marks -----------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An inline line icon; hidden from screen readers unless it has a label."""
    return _icon(name, str(label))


@lru_cache(maxsize=1024)
def _icon(name: str, label: str) -> SafeString:
    inside = ICONS.get(name)
    if inside is None:
        if settings.DEBUG:
            raise template.TemplateSyntaxError(f"no icon is called {name!r}; see themes/icons.py")
        return mark_safe("")
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" {} focusable="false">{}</svg>',
        said,
        mark_safe(inside),  # noqa: S308 - our own constant
    )


@register.simple_tag
def avatar(name: Any, size: str = "") -> SafeString:
    """Initials in a circle: the last two characters of a Chinese name, the first letters of others, a figure for none."""
    text = str(name or "").strip()
    words = text.split()
    shown: str
    if not text:
        shown = icon("person")
    elif text.isascii():
        shown = "".join(word[0] for word in words[:2]).upper()
    else:
        shown = text[-2:] if len(text) > 2 else text[-1:]
    tone = ("credit", "study", "notice")[sum(map(ord, text)) % 3]
    return format_html(
        '<span class="avatar{}" data-tone="{}" aria-hidden="true">{}</span>',
        " avatar-l" if size == "l" else "",
        tone,
        shown,
    )


# --- courses ---------------------------------------------------------------------------------------------


def _of(source: Any, *fields: str) -> Any:
    """The first value found under one of these names on a page, release, search hit or dict; None if none."""
    for field in fields:
        if isinstance(source, Mapping):
            value = source.get(field)
        else:
            value = getattr(source, field, None)
            for box in ("extra", "facets"):
                inside = getattr(source, box, None)
                if value in (None, "") and isinstance(inside, Mapping):
                    value = inside.get(field)
        if isinstance(value, list | tuple):
            value = value[0] if value else None
        if value not in (None, ""):
            return value() if callable(value) and field.startswith("get_") else value
    return None


def _code(value: Any) -> str:
    return str(getattr(value, "value", value) or "")


@register.simple_tag
def cover(source: Any) -> SafeString:
    """The drawn cover of a course; the same course has the same cover in every release."""
    seed = _of(source, "code", "uuid", "slug", "id", "title")
    if seed is None or not isinstance(source, Mapping):
        course = getattr(source, "course", None)
        seed = _of(course, "code") or seed if course is not None else seed
    drawn = covers.draw(
        _code(_of(source, "kind")), _code(_of(source, "sector")), _code(_of(source, "theme")), str(seed or "")
    )
    return mark_safe(drawn)  # noqa: S308 - drawn by us; codes are looked up, never put in


@register.simple_tag
def course_card(
    source: Any, percent: int | None = None, url: str = "", heading: str = "h3", why: Any = ""
) -> SafeString:
    """A card from a course page, a release, a search hit or a dict; `percent` adds progress, `why` what explains its place (search)."""
    provider = _of(source, "provider")
    return _card(
        get_language(),
        # A search hit brings both with what was found marked, escaped by search.
        title=_of(source, "title_html", "title"),
        summary=_of(source, "summary_html", "summary"),
        url=str(url or _of(source, "url", "get_url") or "#"),
        kind=_code(_of(source, "kind")),
        centihours=_of(source, "centihours"),
        provider=str(getattr(provider, "name", provider) or ""),
        percent=percent,
        heading=heading if heading in ("h2", "h3", "h4") else "h3",
        drawing=cover(source),
        why=why or "",
    )


# Cards are pure: what stands in one is in the call. Text and text marked as safe are told apart (typed), since the
# first is escaped. Cards with a learner's own percentage are few at a time and come and go.
@lru_cache(maxsize=2048, typed=True)
def _card(language: str | None, **shown: Any) -> SafeString:
    return SafeString(get_template("rt/components/course_card.html").render(shown))


# --- figures ---------------------------------------------------------------------------------------------


@register.inclusion_tag("rt/components/stream.html")
def stream(value: Any, label: str = "", tone: str = "study", thin: bool = False) -> dict[str, Any]:
    """Progress in whole percent as the two lines that meet. Without a label the number stands beside it."""
    share = max(0, min(100, whole(value)))
    # The figure is a window as wide as the share; it begins a little before the line, for its round end.
    return {"value": share, "width": share + 1 + (share == 100), "label": label, "tone": tone, "thin": thin}


@register.inclusion_tag("rt/components/confluence.html")
def confluence(
    public: Any = 0,
    public_goal: Any = 0,
    specialty: Any = 0,
    specialty_goal: Any = 0,
    goal: Any = 0,
    total: Any = None,
) -> dict[str, Any]:
    """The year's goal: 公需 and 专业 in hundredths of an hour, each toward its own part, then both toward
    the whole.

    `total` may be more than the two (other hours that count); their sum when left out. A goal of 0 is unset.
    """
    # Windows of the drawing (100 wide): the streams run to 52, the whole from there to 100.
    public_share = percent(public, public_goal or goal)
    specialty_share = percent(specialty, specialty_goal or goal)
    counted = whole(total) if total is not None else whole(public) + whole(specialty)
    return {
        "public": whole(public),
        "public_goal": whole(public_goal),
        "public_share": public_share,
        "public_width": 1 + 52 * public_share // 100,
        "specialty": whole(specialty),
        "specialty_goal": whole(specialty_goal),
        "specialty_share": specialty_share,
        "specialty_width": 1 + 52 * specialty_share // 100,
        "total": counted,
        "goal": whole(goal),
        "share": percent(counted, goal),
        "whole_width": 48 * percent(counted, goal) // 100 + (percent(counted, goal) == 100),
        "left": max(0, whole(goal) - counted),
    }


@register.simple_tag
def bar(value: Any, maximum: Any, tone: str = "study") -> SafeString:
    """A plain bar; the number itself must stand beside it as text."""
    return format_html(
        '<svg class="bar" data-tone="{}" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="100" height="10"/><rect class="bar-fill" width="{}" height="10"/></svg>',
        tone,
        percent(value, maximum),
    )


# --- addresses and filters -------------------------------------------------------------------------------


def _params(context: RequestContext) -> QueryDict:
    request: HttpRequest | None = context.get("request")
    return request.GET if request is not None else QueryDict()


@register.simple_tag(takes_context=True)
def query(context: RequestContext, **changes: Any) -> str:
    """The present query string with changes; None or "" removes a name."""
    # What is changed is put in anew: values need not be copied one by one.
    params = copy(_params(context))
    for name, value in changes.items():
        if value in (None, ""):
            params.pop(name, None)
        else:
            params[name] = str(value)
    return facets.query_string(params)


@register.simple_tag(takes_context=True)
def query_toggle(context: RequestContext, name: str, value: Any) -> str:
    """The present query string with one of several values of `name` added or taken away."""
    return facets.query_string(facets.toggled(_params(context), name, str(value)))


@register.simple_tag(takes_context=True)
def query_without(context: RequestContext, groups: list[facets.Group]) -> str:
    """The present query string with none of these filters."""
    return facets.query_string(facets.without(_params(context), (group["field"] for group in groups)))


@register.simple_tag(takes_context=True)
def facet_groups(context: RequestContext, found: Any) -> list[facets.Group]:
    """The filters of a search result as groups of rows; see themes.facets.groups."""
    return facets.groups(found, _params(context))


@register.simple_tag
def filter_rows(group: facets.Group) -> SafeString:
    """The values of a filter as boxes to tick; see themes.facets.drawn."""
    return facets.drawn(group)


@register.simple_tag(takes_context=True)
def kept_params(context: RequestContext, groups: list[facets.Group]) -> list[tuple[str, str]]:
    """What else stands in the query string, as pairs for hidden fields of the filter's form."""
    return facets.pairs(facets.without(_params(context), (group["field"] for group in groups)))


@register.simple_tag(takes_context=True)
def kept_params_but(context: RequestContext, *fields: str) -> list[tuple[str, str]]:
    """All of the query string but these names, as pairs for hidden fields."""
    return facets.pairs(facets.without(_params(context), fields))


@register.simple_tag(takes_context=True)
def chosen_filters(context: RequestContext, groups: list[facets.Group]) -> list[dict[str, str]]:
    """[{"label", "url"}]: each chosen value with the address that takes it away."""
    params = _params(context)
    return [
        {
            "label": row["label"],
            "url": facets.query_string(facets.toggled(params, group["field"], row["value"])),
        }
        for group in groups
        for row in group["chosen"]
    ]


@register.simple_tag(takes_context=True)
def active(context: RequestContext, target: str, exact: bool = False) -> SafeString:
    """`aria-current="page"` when this address is at or under the target (an address or a URL name)."""
    request: HttpRequest | None = context.get("request")
    if request is None:
        return mark_safe("")
    if not target.startswith("/"):
        try:
            target = reverse(target)
        except NoReverseMatch:
            return mark_safe("")
    here = request.path == target if exact or target == "/" else request.path.startswith(target)
    return mark_safe('aria-current="page"') if here else mark_safe("")


@register.filter
def page_numbers(page: Any) -> list[int | None]:
    """Numbers for a pager with None for a gap: 1, None, 4, 5, 6, None, 12."""
    last = page.paginator.num_pages if hasattr(page, "paginator") else whole(_of(page, "num_pages", "pages"))
    here = whole(_of(page, "number"))
    shown = sorted({1, last, *(n for n in range(here - 2, here + 3) if 1 <= n <= last)} - {0})
    result: list[int | None] = []
    for before, number in zip([0, *shown], shown, strict=False):
        if number - before == 2:
            result.append(number - 1)
        elif number - before > 2:
            result.append(None)
        result.append(number)
    return result


@register.simple_tag
def count_words(found: int) -> str:
    """How many courses were found, as a sentence."""
    return (
        ngettext("找到 %(n)d 门课程", "找到 %(n)d 门课程", found) % {"n": found}
        if found
        else _("没有找到课程")
    )


# --- content of lessons ----------------------------------------------------------------------------------

BLOCKS: dict[str, tuple[str, Promise]] = {
    "video": ("video", gettext_lazy("视频")),
    "audio": ("sound", gettext_lazy("音频")),
    "quiz": ("quiz", gettext_lazy("测验")),
    "lti": ("external", gettext_lazy("外部工具")),
    "h5p": ("puzzle", gettext_lazy("互动")),
    "text": ("text", gettext_lazy("图文")),
    "image": ("image", gettext_lazy("图片")),
    "file": ("file", gettext_lazy("资料")),
}


@register.filter
def block_icons(kinds: Any) -> list[dict[str, str]]:
    """[{"icon", "label"}] for the block types of a lesson, each once; pictures go with text."""
    found = set(kinds or ())
    if "image" in found and "text" in found:
        found.discard("image")
    return [{"icon": name, "label": str(label)} for kind, (name, label) in BLOCKS.items() if kind in found]


@register.filter
def words(text: str) -> list[str]:
    """The words of a constant in a template: `{% for kind in "public specialty"|words %}`."""
    return text.split()


@register.filter
def lang(text: Any) -> str:
    """The attribute of words in another language than their page, ` lang="zh-Hans"`; "" for all others."""
    language = getattr(text, "lang", "")
    return format_html(' lang="{}"', language) if language else ""


# --- forms and layout ------------------------------------------------------------------------------------


@register.filter
def is_check(field: BoundField) -> bool:
    """A single box to tick: its label stands behind it."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def is_choice_list(field: BoundField) -> bool:
    """Radios or boxes that are drawn one by one."""
    return isinstance(field.field.widget, RadioSelect)  # CheckboxSelectMultiple is one


class CaptureNode(template.Node):
    def __init__(self, nodelist: template.NodeList, name: str) -> None:
        self.nodelist = nodelist
        self.name = name

    def render(self, context: template.Context) -> SafeString:
        # Stripping loses the mark that a rendered text is safe.
        context[self.name] = mark_safe(self.nodelist.render(context).strip())  # noqa: S308
        return SafeString("")


@register.tag
def capture(parser: template.base.Parser, token: template.base.Token) -> CaptureNode:
    """`{% capture name %}…{% endcapture %}` renders once and keeps what it gave."""
    try:
        _tag, name = token.split_contents()
    except ValueError as error:
        raise template.TemplateSyntaxError("capture takes the name to keep it under") from error
    nodelist = parser.parse(("endcapture",))
    parser.delete_first_token()
    return CaptureNode(nodelist, name)
