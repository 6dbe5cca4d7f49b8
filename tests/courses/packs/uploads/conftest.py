"""Signed in as the editor of a college, speaking tus."""

import pytest

from tests.courses.packs.uploads.speaking import Tus


@pytest.fixture
def tus(client, college, editor):
    return Tus(client, college)
