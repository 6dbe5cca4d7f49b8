"""A request leaves its connection to the next one: opening one costs more than the questions of a page."""

import pytest
from django.core.signals import request_finished, request_started
from django.db import connection


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_request_keeps_the_connection_for_the_next():
    connection.ensure_connection()
    before = connection.connection
    for signal in (request_started, request_finished):
        signal.send(sender=None)
    assert connection.connection is before
