"""Signed in as the editor of a college, speaking tus."""

import pytest

from lms.accounts.api import staff_group
from tests.courses.packs.uploads.speaking import Tus
from tests.factories.accounts import OrganisationFactory, member


@pytest.fixture(autouse=True)
def _files(_home, settings, tmp_path):
    settings.HOME = tmp_path / "home"


@pytest.fixture
def college(db):
    return OrganisationFactory(code="shkd", name="申江开放大学")


@pytest.fixture
def editor(client, college):
    user = member("editor", college)
    user.groups.add(staff_group())
    client.force_login(user)
    return user


@pytest.fixture
def tus(client, college, editor):
    return Tus(client, college)
