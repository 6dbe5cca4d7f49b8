"""`migrate` as this project has it, where it finds nothing to do."""

from io import StringIO

import pytest
from django.core.management import call_command


@pytest.mark.long
@pytest.mark.django_db
def test_migrating_again_says_that_nothing_is_left() -> None:
    # Django compares the models of the application with what was migrated then: those, too, are copied.
    said = StringIO()
    call_command("migrate", stdout=said)
    assert "No migrations to apply" in said.getvalue()
    assert "not yet reflected" not in said.getvalue()
