import pytest


@pytest.fixture(autouse=True)
def _own_place(settings, tmp_path):
    """Stored files and the place where films are made, of this test alone."""
    settings.HOME = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
