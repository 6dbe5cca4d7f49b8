"""A page far down a list holds what it would hold if it were read at once."""

import pytest
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Count
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from lms.accounts.models import Organisation
from lms.lib.pages import DEEP, paginate

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows():
    Organisation.objects.bulk_create(
        Organisation(code=f"firm-{n}", name=f"企业 {n % 7}", kind="enterprise") for n in range(DEEP + 45)
    )
    return Organisation.objects.annotate(people=Count("memberships")).order_by("name", "-id")


def page(rows, number, keys_from=DEEP):
    return paginate(RequestFactory().get("/", {"page": number}), rows, keys_from=keys_from)


@pytest.mark.parametrize("keys_from", [0, DEEP])
@pytest.mark.parametrize("number", ["1", "10", "11", "13", "99", "nonsense", "-1"])
def test_each_page_is_the_same(rows, number, keys_from):
    found, plain = page(rows, number, keys_from), Paginator(rows, 20).get_page(number)
    assert [row.pk for row in found] == [row.pk for row in plain]
    assert (found.number, found.has_next(), found.start_index()) == (
        plain.number,
        plain.has_next(),
        plain.start_index(),
    )
    assert all(row.people == 0 for row in found)


def test_what_is_no_row_is_read_at_once(rows):
    names = Organisation.objects.order_by("id").values("name")
    assert [row["name"] for row in page(names, "11")] == [row["name"] for row in names[DEEP : DEEP + 20]]
    kinds = Organisation.objects.order_by("id").distinct()
    assert len(page(kinds, "11")) == 20
    assert list(page(list(range(500)), "12")) == list(range(220, 240))


def test_only_far_down_it_is_a_question_more(rows):
    with CaptureQueriesContext(connection) as near:
        list(page(rows, "2"))
    with CaptureQueriesContext(connection) as far:
        list(page(rows, "11"))
    with CaptureQueriesContext(connection) as asked:
        list(page(rows, "1", keys_from=0))
    assert (len(near), len(far), len(asked)) == (2, 3, 3)
