import pytest

from courses.models import OneStepPublishing
from lms.accounts.api import staff_group
from tests.factories.accounts import OrganisationFactory, member


@pytest.fixture(autouse=True)
def _files(_home, settings, tmp_path):
    """Every file of these tests stands below the test's own folder, so that a test can count them."""
    settings.HOME = tmp_path / "home"
    settings.MEDIA_ROOT = tmp_path / "home" / "media"
    settings.H5P_ROOT = tmp_path / "home" / "h5p"


@pytest.fixture
def college(db):
    return OrganisationFactory(code="shkd", name="申江开放大学")


@pytest.fixture
def editor(client, college):
    """Signed in, and an editor of the college, which publishes in one step (review: tests/courses/review)."""
    OneStepPublishing.objects.create(organisation=college, since="2026-01-01", reason="测试")
    user = member("editor", college)
    user.groups.add(staff_group())
    client.force_login(user)
    return user
