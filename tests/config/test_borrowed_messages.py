"""What we translate of Wagtail's staff screens: only what Wagtail itself lacks in Chinese, and none of its blanks lost."""

import re
from pathlib import Path

import polib
import pytest
import wagtail
from django.test import Client
from django.utils import translation

from tests.factories.accounts import UserFactory

ROOT = Path(wagtail.__file__).parent
BORROWED = polib.pofile("locale/zh_Hans/LC_MESSAGES/borrowed.po")
BLANKS = re.compile(r"%\(\w+\)[sd]|{\w+}|</?[a-z]+")


def test_each_is_a_sentence_of_wagtail_that_its_chinese_lacks():
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
    stale = [entry.msgid for entry in BORROWED if (entry.msgctxt, entry.msgid) not in theirs]
    assert stale == []


def test_no_blank_and_no_tag_is_lost():
    for entry in BORROWED:
        said = entry.msgstr_plural[0] if entry.msgid_plural else entry.msgstr
        wanted = set(BLANKS.findall(entry.msgid_plural or entry.msgid))
        assert set(BLANKS.findall(said)) == wanted, entry.msgid


@pytest.mark.django_db
def test_the_dashboard_says_them():
    staff = Client(headers={"accept-language": "zh-hans"})
    staff.force_login(UserFactory(is_superuser=True, is_staff=True))
    with translation.override("zh-hans"):
        page = staff.get("/admin/").content.decode()
    assert "Search all pages" not in page
    assert "created in" not in page
    assert "个页面" in page
