"""What we translate of Wagtail's staff screens: all that Wagtail itself lacks in Chinese, nothing else, no blank lost."""

import re
from pathlib import Path

import django
import polib
import pytest
import wagtail
from django import forms
from django.test import Client
from django.utils import translation

from tests.factories.accounts import UserFactory

ROOT = Path(wagtail.__file__).parent
BORROWED = polib.pofile("locale/zh_Hans/LC_MESSAGES/borrowed.po")
REWORDED = polib.pofile("locale/zh_Hans/LC_MESSAGES/reworded.po")
BLANKS = re.compile(r"%\(\w+\)[sd]|{\w+}|</?[a-z]+")


def test_they_are_the_sentences_of_wagtail_that_its_chinese_lacks():
    theirs = set()
    for english in ROOT.glob("**/locale/en/LC_MESSAGES/django.po"):
        chinese = Path(str(english).replace("/en/", "/zh_Hans/"))
        has = (
            {(e.msgctxt, e.msgid) for e in polib.pofile(chinese) if e.translated()}
            if chinese.exists()
            else set()
        )
        own = {(e.msgctxt, e.msgid) for e in polib.pofile(english)}
        theirs |= own - has
    ours = {(entry.msgctxt, entry.msgid) for entry in BORROWED}
    assert ours - theirs == set()
    assert {key for key in theirs - ours if key[1]} == set(), "a new Wagtail's sentences without Chinese"


def test_no_blank_and_no_tag_is_lost():
    for entry in [*BORROWED, *REWORDED]:
        said = entry.msgstr_plural[0] if entry.msgid_plural else entry.msgstr
        wanted = set(BLANKS.findall(entry.msgid_plural or entry.msgid))
        assert set(BLANKS.findall(said)) == wanted, entry.msgid


def test_django_says_ours_instead_of_its_own():
    known = {
        entry.msgid
        for entry in polib.pofile(Path(django.__file__).parent / "conf/locale/zh_Hans/LC_MESSAGES/django.po")
    }
    assert {entry.msgid for entry in REWORDED} <= known
    with translation.override("zh-hans"):
        form = type("One", (forms.Form,), {"text": forms.CharField(max_length=3)})({"text": "四个字了"})
        assert form.errors["text"] == ["不能超过 3 个字，现在有 4 个。"]


@pytest.mark.django_db
def test_the_dashboard_says_them():
    staff = Client(headers={"accept-language": "zh-hans"})
    staff.force_login(UserFactory(is_superuser=True, is_staff=True))
    with translation.override("zh-hans"):
        page = staff.get("/admin/").content.decode()
    assert "Search all pages" not in page
    assert "created in" not in page
    assert "个页面" in page
