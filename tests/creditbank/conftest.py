"""What tests of the credit bank share."""

import pytest


@pytest.fixture(autouse=True)
def _private_home(settings, tmp_path):
    """Evidence files go to a folder of the test."""
    settings.HOME = tmp_path
