"""Where a store may be sent on to, how long the pauses are, and who says so: what needs no line."""

import pytest
from django.db import connection

from lms.lib.errors import Invalid, NotAllowed
from lms.lib.outgoing import is_public
from lms.records.credentials.services import store_of
from lms.records.forwarding import rules
from lms.records.forwarding.line import Unreachable, ask
from lms.records.forwarding.models import Target
from lms.records.forwarding.services import make_target, send_again
from tests.factories.accounts import OrganisationFactory, UserFactory, member


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("::1", "::", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::"),
        *("224.0.0.1", "255.255.255.255", "2001::1"),
    ],
)
def test_no_address_inside_is_called(address):
    assert not is_public(address)


def test_public_addresses_are_called():
    assert is_public("203.119.1.1")
    assert is_public("2400:3200::1")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "https://127.0.0.1:9/", "https://localhost/", "https://[::1]/"]
)
def test_hosts_inside_are_not_called_unless_named(settings, url):
    settings.XAPI_FORWARD_HOSTS = frozenset()
    with pytest.raises(Unreachable):
        ask("GET", url, {})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://lrs.example.cn/xapi/statements", "https://lrs.example.cn/xapi/"),
        ("https://lrs.example.cn", "https://lrs.example.cn/"),
        ("ftp://lrs.example.cn/", ""),
        ("https://user@lrs.example.cn/", ""),
        ("https://lrs.example.cn/?a=b", ""),
        ("https://lrs.example.cn/a\r\nHost: b", ""),
        ("https://[::1", ""),
        ("", ""),
    ],
)
def test_addresses_of_stores(text, found):
    assert rules.endpoint(text) == found


def test_pauses_grow_to_an_hour():
    pauses = [rules.pause(number).total_seconds() for number in range(1, 12)]
    assert pauses[:3] == [30, 60, 120]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 3600 == rules.pause(1, 99_999).total_seconds()


@pytest.mark.django_db
def test_only_who_looks_after_a_store_says_where_it_sends():
    organisation = OrganisationFactory()
    store = store_of(organisation)
    wanted = {"name": "市", "address": "https://lrs.example.cn/", "key": "k", "secret": "s"}
    for stranger in (UserFactory(), member("editor", organisation), member("admin", OrganisationFactory())):
        with pytest.raises(NotAllowed):
            make_target(stranger, store, **wanted)
    admin = member("admin", organisation)
    with pytest.raises(NotAllowed):
        make_target(admin, store_of(None), **wanted)
    for wrong in ({"address": "lrs"}, {"name": " "}, {"key": "a:b"}, {"secret": ""}, {"version": "0.9"}):
        with pytest.raises(Invalid):
            make_target(admin, store, **wanted | wrong)
    made = make_target(admin, store, **wanted)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM records_target")
        assert cursor.fetchone()[0] != "s"
    assert Target.objects.get(pk=made.pk).secret == "s"
    with pytest.raises(NotAllowed):
        send_again(UserFactory(), made)
    assert made.position_ms > 0
