"""A college whose limit the tests set, and its editor, signed in."""

from datetime import date

import pytest

from courses.models import OneStepPublishing, StorageLimit
from lms.accounts.api import staff_group
from tests.factories.accounts import OrganisationFactory, member


@pytest.fixture(autouse=True)
def _files(_home, settings, tmp_path):
    settings.HOME = tmp_path / "home"
    settings.MEDIA_ROOT = tmp_path / "home" / "media"
    settings.H5P_ROOT = tmp_path / "home" / "h5p"


@pytest.fixture
def college(db):
    return OrganisationFactory(code="shkd", name="申江开放大学")


@pytest.fixture
def editor(client, college):
    OneStepPublishing.objects.create(organisation=college, since="2026-01-01", reason="测试")
    user = member("editor", college)
    user.groups.add(staff_group())
    client.force_login(user)
    return user


@pytest.fixture
def limited():
    """Give an organisation a limit in bytes, from long ago on."""

    def limit(organisation, bytes):
        return StorageLimit.objects.create(
            organisation=organisation, bytes=bytes, since=date(2020, 1, 1), reason="测试上限"
        )

    return limit
