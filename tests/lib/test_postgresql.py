"""A kept connection is found lost before a request uses it, and a live one is not asked."""

import psycopg
import pytest
from django.db import connection

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


@pytest.fixture
def looked_after():
    """As at the beginning of a request that finds the connection of the one before it."""
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    with psycopg.connect(
        connection.connection.info.dsn, password=connection.settings_dict["PASSWORD"], autocommit=True
    ) as other:
        yield pid, other
    connection.close()


def begins() -> None:
    connection.health_check_enabled, connection.health_check_done = True, False


def test_a_connection_that_the_server_ended_is_replaced(looked_after):
    pid, other = looked_after
    other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    begins()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone() != (pid,)


def test_a_connection_that_waits_is_not_asked(looked_after):
    pid, other = looked_after
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'the last request'")
    begins()
    connection.close_if_health_check_failed()
    assert connection.connection.info.backend_pid == pid
    (said,) = other.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
    assert "the last request" in said


def test_one_in_a_failed_transaction_is_not_usable(looked_after):
    raw = connection.connection
    raw.autocommit = False
    with pytest.raises(psycopg.errors.DivisionByZero):
        raw.execute("SELECT 1 / 0")
    assert connection.is_usable() is False
    raw.rollback()
    raw.autocommit = True
    assert connection.is_usable() is True
