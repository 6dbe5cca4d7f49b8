import pytest


@pytest.fixture(autouse=True)
def _files(_home, settings, tmp_path):
    """Every file of these tests stands below the test's own folder, so that a test can count them."""
    settings.HOME = tmp_path / "home"
    settings.MEDIA_ROOT = tmp_path / "home" / "media"
    settings.H5P_ROOT = tmp_path / "home" / "h5p"
