"""What a staff page answers: done, at the field, or above the page; the same in every room."""

import pytest
from django import forms
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage

from lms.lib.attempts import DONE, attempt, attempt_form, refused
from lms.lib.errors import Conflict, Invalid, NotAllowed


class Words(forms.Form):
    title = forms.CharField(max_length=8)


@pytest.fixture
def request_(rf):
    found = rf.post("/")
    found._messages = CookieStorage(found)
    return found


def said(request):
    return [(item.level_tag, str(item)) for item in get_messages(request)]


def refuse(refusal):
    def act():
        raise refusal

    return act


def test_a_button(request_):
    assert attempt(request_, lambda: None, "好了") == DONE
    assert attempt(request_, refuse(Conflict("晚了")), "好了") == 409
    assert said(request_) == [("success", "好了"), ("error", "晚了")]


def test_a_form_that_is_wrong_by_itself_asks_no_service(request_):
    assert attempt_form(request_, Words({}), refuse(AssertionError()), "好了") == 422
    assert said(request_) == []


@pytest.mark.parametrize(
    ("refusal", "status", "at_field"),
    [
        (Invalid("太短", details={"field": "title"}), 422, True),
        (Conflict("有人用了", details={"field": "title"}), 409, True),
        (Invalid("不对", details={"field": "elsewhere"}), 422, False),
        (NotAllowed("不行"), 403, False),
    ],
)
def test_a_refusal_stands_at_its_field_or_above_the_page(request_, refusal, status, at_field):
    form = Words({"title": "字"})
    assert attempt_form(request_, form, refuse(refusal), "好了") == status
    assert bool(form.errors.get("title")) is at_field
    assert bool(said(request_)) is not at_field


def test_of_what_is_missing_the_service_s_sentence_stands_at_the_field(request_):
    form = Words({"title": ""})
    assert not form.is_valid()
    assert refused(request_, form, Invalid("请写标题，大家会看到", details={"field": "title"})) == 422
    assert form.errors == {"title": ["请写标题，大家会看到"]}
    assert said(request_) == []


def test_what_the_form_found_wrong_itself_is_not_said_twice(request_):
    form = Words({"title": "字" * 9})
    assert not form.is_valid()
    before = dict(form.errors)
    refused(request_, form, Invalid("请写标题", details={"field": "title"}))
    assert dict(form.errors) == before
    assert said(request_) == []


def test_without_a_posted_form_it_stands_above_the_page(request_):
    for form in (None, Words()):
        assert refused(request_, form, Invalid("请写标题", details={"field": "title"})) == 422
    assert said(request_) == [("error", "请写标题")] * 2


def test_what_is_no_refusal_is_an_error(request_):
    with pytest.raises(ZeroDivisionError):
        attempt(request_, refuse(ZeroDivisionError()), "好了")
