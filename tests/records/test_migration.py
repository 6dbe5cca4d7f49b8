"""Migrating a store that is full: what refers to what is written down, and the key of the mentions changes under its writers."""

import json
from importlib import import_module
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection

from lms.records.models import Mention, Reference, StatementKey
from tests.conftest import guards_aside
from tests.records.samples import AGENT, REFERENCE, VERB, statement

late = import_module("lms.records.migrations.0004_low")


@pytest.mark.django_db
def test_references_of_statements_from_before_are_written_down_once(xapi, monkeypatch):
    monkeypatch.setattr(late, "_AT_ONCE", 2)
    targets = [statement()["id"] for _number in range(5)]
    ids = xapi.keep(*[statement(object=REFERENCE | {"id": one}) for one in targets])
    # As a store of before has it: no rows here, and a role of the mentions for it.
    with guards_aside(connection), connection.cursor() as cursor:
        cursor.execute("DELETE FROM records_reference")
    for row in StatementKey.objects.filter(statement_id__in=ids):
        Mention.objects.create(
            store_id=row.store_id,
            key=row.statement_id,
            stored_ms=row.stored_ms,
            statement=row.pk,
            roles=late._TARGET,
        )
    for _time in range(2):
        late.references(apps, None)
        assert sorted(Reference.objects.values_list("target", flat=True)) == sorted(map(UUID, targets))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_key_changes_there_and_back_and_from_where_it_was_cut_off(xapi):
    ids = xapi.keep(statement(), statement())
    with connection.cursor() as cursor:
        parts = late._parts(cursor)
        assert len(parts) > 1
        assert late._key_of(cursor, "records_mention") == late._AFTER
        with connection.schema_editor(atomic=False) as editor:
            late.roles_last(None, editor)
        assert {late._key_of(cursor, part) for part in ["records_mention", *parts]} == {late._BEFORE}
        # Cut off after a part: what is built stays, the others are built.
        late._build(cursor, parts[0], late._AFTER)
        ids += xapi.keep(statement())
        with connection.schema_editor(atomic=False) as editor:
            late.roles_first(None, editor)
            late.roles_first(None, editor)
        assert {late._key_of(cursor, part) for part in ["records_mention", *parts]} == {late._AFTER}
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname LIKE '%%in_turn'")
        assert cursor.fetchone() == (0,)
    assert set(xapi.find(agent=json.dumps(AGENT), verb=VERB["id"])) == set(ids)
