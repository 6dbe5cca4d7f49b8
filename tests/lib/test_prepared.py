"""A statement of the hot paths is planned once for each connection, whatever the size of the numbers given to it."""

import pytest
from django.db import connection

from lms.lib import prepared

NUMBERS = (1, 40_000, 3_000_000_000)


def test_what_is_given_comes_back(db):
    assert [prepared.fetch("SELECT 1 WHERE %s > 0", [number]) for number in NUMBERS] == [[(1,)]] * 3


@pytest.mark.postgres
def test_a_statement_is_planned_once(db):
    for number in NUMBERS:
        prepared.fetch("SELECT %s::bigint AS planned_once", [number])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%planned_once%%'")
        assert cursor.fetchone() == (1,)
