"""Template tags: marks, course cards, figures, addresses, filters, forms."""

import re
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import TemplateSyntaxError, engines
from django.utils.safestring import mark_safe

COURSE = {
    "title": "电工作业安全",
    "kind": "vocational",
    "sector": "industry",
    "code": "ele-1",
    "centihours": 850,
    "provider": "江南技师学院",
    "url": "/courses/ele-1/",
    "summary": "先断电，再检查。",
}


def show(source: str, rf=None, path: str = "/", **context: Any) -> str:
    request = rf.get(path) if rf else None
    return engines["django"].from_string("{% load rt %}" + source).render(context, request).strip()


# --- marks


def test_icon_is_hidden_unless_it_has_a_label():
    assert 'aria-hidden="true"' in show('{% icon "clock" %}')
    labelled = show('{% icon "lock" label=label %}', label="<已锁定>")
    assert 'role="img"' in labelled
    assert "&lt;已锁定&gt;" in labelled


def test_unknown_icon_is_told_to_developers_and_not_to_readers(settings):
    settings.DEBUG = True
    with pytest.raises(TemplateSyntaxError, match="no icon"):
        show('{% icon "nonesuch" %}')
    settings.DEBUG = False
    assert show('{% icon "nonesuch" %}') == ""


@pytest.mark.parametrize("name", ["", None])
def test_who_has_no_name_has_a_figure_instead_of_initials(name):
    assert "<svg" in show("{% avatar name %}", name=name)


@pytest.mark.parametrize(
    ("name", "initials"),
    [("周小满", "小满"), ("李春", "春"), ("Ann Lee", "AL"), ("<b>", "&lt;")],
)
def test_avatar(name, initials):
    assert f">{initials}<" in show("{% avatar name %}", name=name)


def test_names_of_codes():
    assert show('{{ "public"|kind_name }}') == "公需科目"
    assert show('{{ "finance"|sector_name }}') == "金融财会"
    assert show('{{ "4"|level_name }}') == "四级 / 中级工"
    assert show("{{ 4|level_name }}") == "四级 / 中级工"
    assert show('{{ "brand-new"|sector_name }}') == "brand-new"
    assert show("{{ nothing|sector_name }}", nothing=None) == ""


# --- courses


@dataclass
class Hit:
    title: str
    title_html: str
    url: str
    summary: str = ""
    facets: dict[str, list[str]] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)


def test_course_card_from_a_dict():
    html = show("{% course_card course percent=40 %}", course=COURSE)
    assert 'href="/courses/ele-1/"' in html
    assert "8.5" in html
    assert "已学 40%" in html
    assert 'data-kind="vocational"' in html


def test_course_card_from_a_search_hit_keeps_its_marks_and_escapes_the_rest():
    hit = Hit(
        title="安全 <x>",
        title_html=mark_safe("<mark>安全</mark> &lt;x&gt;"),
        url="/courses/a/",
        facets={"kind": ["public"]},
        extra={"code": "a", "centihours": 100, "provider": "<东江>"},
    )
    html = show("{% course_card hit %}", hit=hit)
    assert "<mark>安全</mark> &lt;x&gt;" in html
    assert "&lt;东江&gt;" in html
    assert 'data-kind="public"' in html


def test_a_page_its_release_and_its_hit_have_one_cover():
    page = SimpleNamespace(kind="vocational", sector="industry", theme="", code="ele-1", title="x")
    release = SimpleNamespace(kind="vocational", sector="industry", course=page, uuid="0190", title="x")
    hit = Hit(
        title="x",
        title_html="x",
        url="/",
        extra={"kind": "vocational", "sector": "industry", "code": "ele-1"},
    )
    drawn = {show("{% cover it %}", it=it) for it in (page, release, hit, COURSE)}
    assert len(drawn) == 1


# --- figures


@pytest.mark.parametrize(("value", "shown"), [(-5, 0), (0, 0), (40, 40), (250, 100)])
def test_stream_stays_within_its_bounds(value, shown):
    html = show("{% stream value label=label %}", value=value, label=f"已学 {shown}%")
    assert f'aria-label="已学 {shown}%"' in html
    assert ("stream-fill" in html) == bool(shown)


def test_confluence_says_its_numbers_and_sums_them():
    html = show("{% confluence public=1850 public_goal=3000 specialty=4200 specialty_goal=6000 goal=9000 %}")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
    assert "公需科目 18.5 / 30 学时" in text
    assert "合计 60.5 / 90 学时" in text


def test_confluence_without_goals_draws_no_share():
    html = show("{% confluence public=100 %}")
    assert 'class="public"' not in html
    assert "/ " not in re.sub(r"<[^>]+>", "", html)


# --- addresses


def test_query_changes_and_removes(rf):
    assert show("{% query page=2 %}", rf, "/?q=a&page=1") == "?q=a&amp;page=2"
    assert show("{% query q=None page=None %}", rf, "/?q=a&page=1") == "?"


def test_query_toggle_adds_takes_away_and_forgets_the_page(rf):
    assert show('{% query_toggle "kind" "public" %}', rf, "/?kind=specialty&page=3") == (
        "?kind=specialty&amp;kind=public"
    )
    assert show('{% query_toggle "kind" "public" %}', rf, "/?kind=public") == "?"


def test_active(rf):
    assert show('{% active "/learn/" %}', rf, "/learn/x/") == 'aria-current="page"'
    assert show('{% active "/learn/" exact=True %}', rf, "/learn/x/") == ""
    assert show('{% active "/" %}', rf, "/learn/") == ""
    assert show('{% active "no-such:name" %}', rf) == ""


@pytest.mark.parametrize(
    ("number", "shown"),
    [(1, [1, 2, 3, None, 12]), (5, [1, 2, 3, 4, 5, 6, 7, None, 12]), (6, [1, None, 4, 5, 6, 7, 8, None, 12])],
)
def test_page_numbers(number, shown):
    from themes.templatetags.rt import page_numbers

    assert page_numbers(Paginator(range(120), 10).page(number)) == shown


def test_pagination_keeps_the_query(rf):
    page = Paginator(range(50), 10).page(2)
    html = show('{% include "rt/components/pagination.html" %}', rf, "/?q=a&page=2", page=page)
    assert "?q=a&amp;page=3" in html
    assert 'aria-current="page">2<' in html


# --- filters


def test_many_values_stand_behind_a_summary_and_hold_no_html(rf):
    rows = [{"value": f"v{number}", "label": f"<b>{number}", "count": number} for number in range(10)]
    html = show('{% include "rt/components/facets.html" %}', rf, "/?kind=v9", facets={"kind": rows})
    assert html.count("<details") == html.count("</details>") == 1
    assert '<details class="filter-more" open><summary>还有 2 项</summary>' in html
    assert html.index('value="v7"') < html.index("<details") < html.index('value="v8"')
    assert html.count(" checked") == 1
    assert "<b>" not in html
    assert "&lt;b&gt;9" in html
    few = show('{% include "rt/components/facets.html" %}', rf, "/", facets={"kind": rows[:8]})
    assert "<details" not in few


@pytest.mark.parametrize(
    "facets",
    [
        {"kind": {"public": 3, "specialty": 0}},
        {"kind": [("public", 3), ("specialty", 0)]},
        {"kind": {"label": "类别", "values": [{"value": "public", "count": 3}]}},
        [
            SimpleNamespace(
                name="kind", label="类别", values=[SimpleNamespace(value="public", count=3, label="公需科目")]
            )
        ],
    ],
)
def test_facets_in_every_shape(rf, facets):
    html = show('{% include "rt/components/facets.html" %}', rf, "/?kind=public&q=a", facets=facets)
    assert re.search(r'name="kind" value="public"\s+checked', html)
    assert "公需科目" in html
    assert '<input type="hidden" name="q" value="a">' in html


def test_chosen_filters_lead_to_taking_them_away(rf):
    html = show(
        '{% facet_groups facets as groups %}{% include "rt/components/chosen.html" %}',
        rf,
        "/?kind=public&kind=specialty",
        facets={"kind": {"public": 3, "specialty": 1}},
    )
    assert 'href="?kind=specialty"' in html
    assert "全部清空" in html


# --- forms


class Sample(forms.Form):
    name = forms.CharField(label="姓名", help_text="和证件一致")
    agree = forms.BooleanField(label="同意")
    way = forms.ChoiceField(
        label="方式", choices=[("a", "短信"), ("b", "邮件")], widget=forms.RadioSelect, required=False
    )


def test_form_names_every_field_and_ties_errors_to_them(rf):
    form = Sample({})
    form.is_valid()
    html = show('{% include "rt/components/form.html" %}', rf, form=form)
    assert 'for="id_name"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_error"' in html
    assert 'href="#id_name"' in html
    assert "csrfmiddlewaretoken" in html
    assert html.count("可不填") == 1


def test_capture_keeps_what_it_rendered():
    assert show("{% capture x %} <b>a</b> {% endcapture %}[{{ x }}]") == "[<b>a</b>]"
    assert show("{% capture x %}  {% endcapture %}{% if x %}some{% else %}none{% endif %}") == "none"
