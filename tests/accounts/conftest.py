import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from tests.accounts.outbox import Outbox


@pytest.fixture(autouse=True)
def _fresh_limits():
    """Rate limits live in the cache of the process; each test starts with none used up."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _own_home(settings, tmp_path):
    settings.HOME = tmp_path


@pytest.fixture
def sms(settings):
    """The text messages sent during the test."""
    settings.RONGTONG_CODE_SENDER = "tests.accounts.outbox.Outbox"
    Outbox.messages.clear()
    return Outbox.messages


@pytest.fixture
def letters():
    """The e-mails sent during the test."""
    return mail.outbox


@pytest.fixture
def django_client_factory():
    """Another browser."""
    return Client
