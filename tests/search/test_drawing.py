"""A result as a page lists it: everything that comes from outside is text, and what is not there takes no room."""

from dataclasses import replace

import pytest
from django.utils.safestring import SafeString
from django.utils.translation import override

from search.queries import Extra, Hit
from search.reasons import Reason
from search.templatetags.found import found_hit

pytestmark = pytest.mark.django_db

PLAIN = Hit(
    type="course",
    id="1",
    title="叉车",
    title_html=SafeString("<mark>叉车</mark> &amp; 安全"),
    summary="",
    summary_html=SafeString(""),
    url="/courses/1/",
    language="zh-Hans",
    facets={},
    extra=Extra(),
    published_at=None,
    centihours=0,
    score=0.0,
)


def test_a_result_without_anything_more_is_its_kind_and_its_title():
    drawn = found_hit(PLAIN)
    assert '<a href="/courses/1/"><mark>叉车</mark> &amp; 安全</a>' in drawn
    assert "课程</p>" in drawn
    for more in ("data-kind", "found-text", "<span", "<details"):
        assert more not in drawn


def test_a_result_says_its_figures_and_why_it_is_there():
    extra = Extra(icon="public", kind="public", provider="工艺学院", year=2026, number="T-7", within="仓储")
    hit = replace(
        PLAIN,
        extra=extra,
        centihours=1250,
        summary_html=SafeString("货叉的<mark>检查</mark>"),
        reasons=(Reason("title", "标题里有「叉车」"), Reason("fresh", "最近半年发布")),
    )
    drawn = found_hit(hit)
    for piece in (
        'data-kind="public"',
        " · 公需科目 · <span>仓储</span>",
        "<span>工艺学院</span>",
        '<span class="num">2026 年度</span>',
        '<span class="num">12.5 学时</span>',
        '<span class="code">T-7</span>',
        '<p class="found-text clip">货叉的<mark>检查</mark></p>',
        '<summary>为什么是它<span class="visually-hidden"> ',
        "</span></summary>",
        "<li>标题里有「叉车」</li><li>最近半年发布</li>",
    ):
        assert piece in drawn
    with override("en"):
        assert "12.5 学时" not in found_hit(hit)


def test_nothing_that_comes_from_outside_is_markup():
    evil = '"><script>%s'
    extra = Extra(icon=evil, kind=evil, provider=evil, year=evil, number=evil, within=evil)
    hit = replace(
        PLAIN, title_html=evil, summary_html=evil, url=evil, extra=extra, reasons=(Reason("title", evil),)
    )
    drawn = found_hit(hit)
    assert "<script>" not in drawn
    assert drawn.count("&quot;&gt;&lt;script&gt;%s") >= 8
